"""A copy of a SQLite file of one moment, made while others read and write it: SQLite's online backup.

It is made some pages at a time, so that whoever writes hardly waits. But each write has it begun anew; so once others
have written often enough, the rest is done in one go, and now they wait.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from index.errors import BusyError

COPY_PAGES = 4096
COPY_RESTARTS = 3

Tell = Callable[[int, int], None]
"""Hears how many of how many pages are done."""


def copy_database(source: sqlite3.Connection, path: Path, tell: Tell) -> None:
    """Makes ``path`` a copy of what ``source``, which is in no transaction, has open. Raises sqlite3.Error, and
    BusyError if somebody else holds the file for longer than ``source`` waits.
    """
    copy = sqlite3.connect(path, isolation_level=None)
    try:
        copy.execute("PRAGMA synchronous = OFF")  # whoever wants the copy to last sees to that
        try:
            source.backup(copy, pages=COPY_PAGES, progress=_Copying(tell, COPY_RESTARTS).step)
        except _DisturbedError:
            source.backup(copy, progress=_Copying(tell, None).step)
    finally:
        copy.close()


class _DisturbedError(Exception):
    """Others write so often that a copy does not get anywhere."""


class _Copying:
    """What SQLite tells of a copy. After ``restarts`` beginnings anew (None: never) it is ended."""

    def __init__(self, tell: Tell, restarts: int | None) -> None:
        self._tell, self._restarts = tell, restarts
        self._left: int | None = None

    def step(self, status: int, left: int, total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:  # it was waited for already
            raise BusyError("Another process is writing; try again in a moment.")
        if self._restarts is not None and self._left is not None and left >= self._left:
            self._restarts -= 1
            if self._restarts < 0:
                raise _DisturbedError
        self._left = left
        self._tell(total - left, total)
