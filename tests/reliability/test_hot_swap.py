"""Fifty people ask while the index is replaced again and again: no error, no answer from two indexes, nothing kept.

Every edition of every document says which one it is, so does the list, and so does the index that an answer names.
"""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.chat.desk import Desk
from index.generation import Generation
from tests.fakes.dated_posts import ask, desk, editions_of, question, resident_mib, sync_apart
from tests.fakes.post_library import PostLibrary, quick_folder
from tests.rounds import Rounds

ASKERS = 50
PATIENCE = 120.0
GROWTH = 1.10
"""Memory at the end, at most, of that after a fifth of the swaps; half the askers' threads may have come later."""


class Askers:
    """People who ask on and on. ``seen`` are the pairs of index and edition that were answered from."""

    def __init__(self, asked: Desk) -> None:
        self._desk, self._changed, self._stop = asked, threading.Condition(), threading.Event()
        self._pool = ThreadPoolExecutor(ASKERS)
        self.seen: set[tuple[str, int]] = set()
        self.answers = 0
        self._asking = [self._pool.submit(self._ask, number) for number in range(ASKERS)]

    def _ask(self, number: int) -> None:
        random, count = Random(number), 0
        try:
            while not self._stop.is_set():
                answer = ask(self._desk, question(random), f"thread {number}", f"{count:09}")
                count += 1
                (edition,) = editions_of(answer)
                with self._changed:
                    self.seen.add((answer.generation, edition))
                    self.answers += 1
                    self._changed.notify_all()
        except BaseException:
            self._stop.set()
            raise

    def wait_for(self, generation: str) -> None:
        """Until somebody was answered from it, or something went wrong."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stop.is_set() or any(name == generation for name, _ in self.seen), PATIENCE
            )

    def end(self) -> None:
        """Raises what any of them met."""
        self._stop.set()
        self._pool.shutdown()
        for each in self._asking:
            each.result()


def test_fifty_ask_while_the_index_is_replaced(rounds: Rounds, request: pytest.FixtureRequest) -> None:
    with quick_folder() as folder:
        posts = PostLibrary(folder / "place")
        published = {sync_apart(posts, 0): 0}
        with desk(posts.home) as asked:
            askers = Askers(asked)
            memory: list[float] = []
            try:
                askers.wait_for(*published)
                for number, _ in rounds(short=4, long=100):
                    name = sync_apart(posts, number + 1)
                    published[name] = number + 1
                    askers.wait_for(name)
                    memory.append(resident_mib())
            finally:
                askers.end()
            assert askers.seen == set(published.items())
            assert _open_generations() == [list(published)[-1]]
            patience = time.monotonic() + 60
            while not _mapped(folder) <= {list(published)[-1]} and time.monotonic() < patience:
                time.sleep(0.05)  # tantivy's threads let go within a second
            assert _mapped(folder) <= {list(published)[-1]}
    if request.config.getoption("--soak"):
        after_warm_up, last = memory[len(memory) // 5], memory[-1]
        print(f"{askers.answers:,} answers; {after_warm_up:.0f} MiB after a fifth, {last:.0f} MiB at the end")
        assert last <= after_warm_up * GROWTH


def _open_generations() -> list[str]:
    gc.collect()
    return [each.record.name for each in gc.get_objects() if isinstance(each, Generation)]


def _mapped(folder: Path) -> set[str]:
    """The generations below a folder of which this process has a file mapped or open."""
    mapped = [line.split(maxsplit=5)[-1] for line in Path("/proc/self/maps").read_text().splitlines()]
    opened: list[str] = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            opened.append(str(each.readlink()))
    marker = str(folder)
    return {
        path.split("/generations/")[1].split("/")[0]
        for path in (*mapped, *opened)
        if path.startswith(marker) and "/generations/" in path
    }
