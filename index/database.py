"""The SQLite files that Legation keeps: connections and transactions.

A rollback journal, not WAL: SQLite before 3.51.3 can corrupt a database when a WAL is reset, and
Python 3.11 commonly brings 3.40. Transactions are kept short instead, so that readers hardly wait.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.database_copy import copy_database
from index.errors import LegationError, LibraryError, StorageError, UsageError
from index.home import make_home
from index.interruption import held_ctrl_c
from index.sqlite_errors import primary_code, translated
from index.sqlite_schema import Schema, create_if_empty, show_as_todays, upgrade, version_of

BUSY_TIMEOUT_SECONDS = 20.0
_LOOK_SECONDS = 0.1
"""How often the thread that waits for a check looks for Ctrl-C."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A connection, and which file it has open."""

    connection: sqlite3.Connection
    file: tuple[int, int] | None


class Database:
    """Connections to one SQLite file, one for each thread that asks. One of an older version is read as it is, and is
    brought to today's by the first who writes.

    Raises LibraryError if the file is damaged, foreign or of another version, or is no longer where it was when it was
    opened; StorageError if the disk refuses; BusyError if another process holds the file for longer than the time
    limit. With ``begun_anew``, a file that is gone is begun anew instead, or what lies in its place is opened, and
    ``begun_anew`` is called.
    """

    def __init__(self, path: Path, schema: Schema, begun_anew: Callable[[], None] | None = None) -> None:
        self._path, self._schema, self._begun_anew = path, schema, begun_anew
        self._connections: dict[threading.Thread, _Opened] = {}
        self._connections_lock = threading.Lock()
        self._writers: set[threading.Thread] = set()
        self._beginning = threading.Lock()
        try:
            with self._translated():
                self._open()
        except LegationError:
            self.close()
            raise

    @property
    def older(self) -> int | None:
        """The version of the file, if it is an older one and was not upgraded yet."""
        return None if self._version == self._schema.version else self._version

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all see one state of the file; within ``writing`` its own."""
        with self._translated():
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                if self.older is not None:
                    self._version = version_of(connection, self._schema)  # another process may have upgraded it
                    if self.older is not None:
                        show_as_todays(connection, self._schema, self._version)
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back whole if anything is raised. One within another
        is part of it; within ``reading`` it would be lost, so that is a RuntimeError.
        """
        thread = threading.current_thread()
        with self._translated():
            connection = self._connection()
            if connection.in_transaction:
                if thread not in self._writers:
                    raise RuntimeError("What is written within reading is not kept.")
                yield connection
                return
            if self.older is not None:
                self._upgrade(connection)
            connection.execute("BEGIN IMMEDIATE")
            self._writers.add(thread)
            try:
                version_of(connection, self._schema)  # a newer version may have upgraded it meanwhile
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._writers.discard(thread)

    def upgrade(self) -> None:
        """Brings the file to today's version, if it is older."""
        with self._translated():
            if self.older is not None:
                self._upgrade(self._connection())

    def problems(self) -> list[str]:
        """What SQLite itself finds wrong: with the structure of the file, and rows that refer to what is not there."""
        # A large table takes half a minute, in which SQLite hears of nothing else.
        with (
            self.reading() as connection,
            held_ctrl_c() as pressed,
            ThreadPoolExecutor(1, thread_name_prefix="check") as pool,
        ):
            checked = pool.submit(_problems, connection)
            while not wait([checked], _LOOK_SECONDS).done:
                if pressed:
                    connection.interrupt()  # at each look: a statement that begins only now has not heard of it
            return checked.result()

    def copy_to(self, path: Path, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Makes ``path`` a copy of the file as it is at one moment, while others may read and write (SQLite's online
        backup). ``tell`` hears how many of how many pages are done.
        """
        with self._translated():
            copy_database(self._connection(), path, tell)

    def close(self) -> None:
        """Closes the connections of this thread and of those that have ended. Another may be about to use its own: to
        take one away under a statement may end the process.
        """
        with self._connections_lock:
            self._close_those_of(threading.current_thread())

    def _connection(self) -> sqlite3.Connection:
        opened = self._connections.get(threading.current_thread())
        if opened is not None and opened.connection.in_transaction:
            return opened.connection
        if self._file() != self._known:
            self._begin_anew()
            opened = self._connections.get(threading.current_thread())
        return self._connect("rw") if opened is None or opened.file != self._known else opened.connection

    def _begin_anew(self) -> None:
        """The file was deleted, moved away, or another one was put in its place."""
        if self._begun_anew is None:
            raise LibraryError(
                f"The {self._schema.name} file was moved, deleted or replaced while it was open; start Legation again."
            )
        with self._beginning:
            if self._file() == self._known:  # another thread was first
                return
            self._open()
        self._begun_anew()

    def _file(self) -> tuple[int, int] | None:
        """Which file can be seen at the path, if any. One that is open keeps its number to itself."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _open(self) -> None:
        self._create_if_empty()
        self._check_identity()
        self._known = self._connections[threading.current_thread()].file

    def _connect(self, mode: str) -> sqlite3.Connection:
        file = self._file()
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # connections are closed by other threads, when their own is done
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA synchronous = EXTRA")
            if self._schema.private:
                connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA cache_size = -{self._schema.cache_kib}")
        except BaseException:
            connection.close()  # one that is not set up must not be used
            raise
        with self._connections_lock:
            here = threading.current_thread()
            self._close_those_of(here)
            self._connections[here] = _Opened(connection, file or self._file())
        return connection

    def _close_those_of(self, here: threading.Thread) -> None:
        """And those of threads that have ended."""
        for thread in [thread for thread in self._connections if thread is here or not thread.is_alive()]:
            self._connections.pop(thread).connection.close()

    def _create_if_empty(self) -> None:
        make_home(self._path.parent)
        if self._schema.private and not self._path.exists():
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        create_if_empty(self._connect("rwc"), self._schema)

    def _check_identity(self) -> None:
        connection, schema = self._connections[threading.current_thread()].connection, self._schema
        if connection.execute("PRAGMA application_id").fetchone()[0] != schema.application_id:
            raise LibraryError(f"{self._path.name} is not a Legation {schema.name}.")
        self._version = version_of(connection, schema)

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        try:
            upgrade(connection, self._schema)
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_READONLY:
                raise
            raise StorageError(
                f"The {self._schema.name} is of an earlier version of Legation and has to be upgraded, which cannot be "
                f"done where it may only be read; {self._schema.kept}."
            ) from error
        self._version = version_of(connection, self._schema)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raises SQLite's and the file system's errors as ours."""
        name = self._schema.name
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, self._schema) from error
        except UnicodeDecodeError as error:  # SQLite complains of a damaged schema, and quotes it
            raise LibraryError(self._schema.damaged) from error
        except UnicodeEncodeError as error:  # a file name or an argument that was not UTF-8
            raise UsageError("A name or path holds bytes that are not valid UTF-8.") from error
        except OSError as error:
            raise StorageError(f"The {name} cannot be stored: {error.strerror or error}.") from error


def _problems(connection: sqlite3.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    if not found:
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            found.append(f"row {row} of {table} refers to a row of {parent} that is not there")
    return found
