"""A bounded number of questions at once: the core is synchronous, and there are only so many cores."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from index.errors import BusyError

Result = TypeVar("Result")

BUSY = "I am answering many other questions; please try again in a moment."


class Pool:
    """Runs work in ``workers`` threads; at most ``waiting`` pieces wait for one. For one event loop."""

    def __init__(self, workers: int, waiting: int) -> None:
        self._most = workers + waiting
        self._taken = 0
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="legation")

    @property
    def taken(self) -> int:
        """Pieces of work that run or wait."""
        return self._taken

    async def run(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns or raises. Raises BusyError, at once, if too many wait already."""
        if self._taken >= self._most:
            raise BusyError(BUSY)
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1

    def close(self) -> None:
        """Drops what waits; what runs is finished by its thread."""
        self._threads.shutdown(wait=False, cancel_futures=True)
