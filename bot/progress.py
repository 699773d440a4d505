"""How long work goes on: a bar on a terminal, a plain line now and then elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from index.types import Progress

_LABELS = {
    "read": "Reading", "split": "Splitting", "encode": "Encoding", "search": "Searching", "ask": "Asking",
    "copy": "Copying (MiB)", "rows": "Copying (rows)", "unpack": "Unpacking (MiB)", "check": "Checking",
    "train": "Training",
}  # fmt: skip
_PLAIN_LINES_A_STAGE = 4


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator["Callable[[Progress], None]"]:
    """Yields what a sync, an evaluation or a training is to tell of its progress. ``stream``: standard error."""
    stream = stream or sys.stderr
    if stream is None:  # closed before we started: there is nobody to tell
        yield lambda event: None
        return
    with ExitStack() as stack:
        yield _bars(stream, stack) if stream.isatty() else _plain(stream)


def _bars(stream: TextIO, stack: ExitStack) -> "Callable[[Progress], None]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Bars(*columns, console=Console(file=stream), transient=True)
    tasks: dict[str, TaskID] = {}

    def tell(event: "Progress") -> None:
        if event.stage not in _LABELS:
            return
        if not tasks:
            stack.enter_context(bars)
        if event.stage not in tasks:
            tasks[event.stage] = bars.add_task(_LABELS[event.stage], total=event.total)
        bars.update(tasks[event.stage], completed=event.done, total=event.total)

    return tell


def _plain(stream: TextIO) -> "Callable[[Progress], None]":
    parts: dict[str, int] = {}

    def tell(event: "Progress") -> None:
        if event.stage not in _LABELS:
            return
        is_done, part = event.done == event.total, event.done * _PLAIN_LINES_A_STAGE // max(1, event.total)
        before, parts[event.stage] = parts.get(event.stage, 0), 0 if is_done else part
        if is_done or (event.total > 100 and part > before):
            print(f"{_LABELS[event.stage]}: {event.done} of {event.total}", file=stream, flush=True)

    return tell
