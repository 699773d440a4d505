"""What the rows of SQLite and of PostgreSQL have in common, for whoever keeps rows in either of them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Protocol


class Rows(Protocol):
    """What a statement found, and how many rows it concerned. ``sqlite3.Cursor`` is one."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Statements(Protocol):
    """Runs statements within a transaction. A value is marked with ``?``. ``sqlite3.Connection`` is one."""

    def execute(self, query: str, parameters: Sequence[Any] = ..., /) -> Rows: ...
    def executemany(self, query: str, parameters: Iterable[Sequence[Any]], /) -> Rows: ...


class Transactions(Protocol):
    """A database. Every method may raise LibraryError, StorageError or BusyError."""

    def reading(self) -> AbstractContextManager[Statements]:
        """Statements that all see one state of the database; within ``writing`` its own."""

    def writing(self) -> AbstractContextManager[Statements]:
        """A transaction: committed at the end, rolled back whole if anything is raised. One within another
        is part of it; within ``reading`` it would be lost, so that is a RuntimeError.
        """

    @property
    def older(self) -> int | None:
        """The version of the tables, if it is an older one: they are read as they are, and upgraded by who writes."""

    def close(self) -> None:
        """Closes all connections; none of them may be in use."""


class SharedDatabase(Transactions, Protocol):
    """One that processes on several machines write to, as ``index.postgres_library`` is."""

    def problems(self) -> list[str]:
        """What the database itself finds wrong."""

    def alone(self, held: str) -> AbstractContextManager[None]:
        """Holds the writer's lock. Raises BusyError, with the sentence ``held`` that names the owner, if another
        process has it for longer than a second.
        """


def batches(values: Iterable[Any], size: int = 500) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """For ``IN (…)``: the marks and the values. Another machine is not asked for each of many by itself; SQLite before
    3.32 takes no more than 999 at once.
    """
    waiting = iter(values)
    while batch := tuple(islice(waiting, size)):
        yield ", ".join("?" * len(batch)), batch
