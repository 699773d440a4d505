"""Threads that stay from one call to the next.

Of a process that is forked, only the thread that forks goes on in the child: a pool of threads that was begun before
would take work there and never do it. So the child begins a pool of its own.
"""

import os
from concurrent.futures import ThreadPoolExecutor


class WorkerThreads:
    """A pool of up to ``count`` threads, which are begun when they are first needed. Safe to share between threads."""

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name
        self._begun = self._begin()

    @property
    def pool(self) -> ThreadPoolExecutor:
        """That of this process."""
        process, pool = self._begun
        if process != os.getpid():
            self._begun = process, pool = self._begin()
        return pool

    def _begin(self) -> tuple[int, ThreadPoolExecutor]:
        return os.getpid(), ThreadPoolExecutor(self._count, thread_name_prefix=self._name)
