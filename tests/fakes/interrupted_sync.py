"""A sync in a process of its own that meets its trouble at a chosen moment."""

import multiprocessing
import os
import resource
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from index import prepare
from index import sync as module
from index.errors import LegationError
from index.home import Home
from index.library import Library
from index.types import Progress, Source
from tests.fakes.word_encoder import WordEncoder

BATCH = 4
DIMENSION = 8
LIMITS = module.Limits(most_bytes=100_000, passage_tokens=8)

# Processes are forked from a server that has imported everything once, and has no threads.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Ending:
    """``code`` of the process (negative: the signal). ``stage`` is the last that it told of; ``error``
    the class and sentence of what it raised, if it lived to say so.
    """

    code: int | None
    stage: str = ""
    error: tuple[str, str] | None = None


def interrupted_sync(home: Home, folder: Path, stage: str, event: int, most_bytes: int = 0) -> Ending:
    """Syncs ``folder`` as source "posts". At the ``event``-th time that ``stage`` is told of, or a document was
    "split" (or at the "start"), the process is killed, or, if ``most_bytes`` is given, no file can grow beyond it: to
    a program the same as a disk that is full.
    """
    here, there = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_sync, args=(there, home, folder, stage, event, most_bytes))
    process.start()
    there.close()
    try:
        last, error = here.recv()
    except EOFError:
        last, error = "", None
    here.close()
    process.join(60)
    ending = Ending(process.exitcode, last, error)
    process.close()
    return ending


def _sync(answer: Connection, home: Home, folder: Path, stage: str, event: int, most_bytes: int) -> None:
    heard: list[str] = [""]

    def trouble() -> None:
        if not most_bytes:
            os.kill(os.getpid(), signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    def hear(told: str) -> None:
        heard.append(told)
        if told == stage and heard.count(stage) == event:
            trouble()

    def tell(progress: Progress) -> None:
        hear(progress.stage)

    def put_passages(*values: Any) -> None:
        Library.put_passages(library, *values)
        hear("split")

    prepare.ENCODE_BATCH = BATCH
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if stage == "start":
        trouble()
    try:
        library = Library(home.library)
        library.put_passages = put_passages  # type: ignore[method-assign]
        source = Source("posts", str(folder), "c")
        module.sync(home, library, WordEncoder(DIMENSION), LIMITS, add=[source], tell=tell)
        library.close()
        answer.send((heard[-1], None))
    except LegationError as error:
        answer.send((heard[-1], (type(error).__name__, error.user_message)))
