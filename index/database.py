"""The SQLite file under the library: schema, connections, and SQLite's errors in our words.

A rollback journal, not WAL: SQLite before 3.51.3 can corrupt a database when a WAL is reset, and
Python 3.11 commonly brings 3.40. Transactions are kept short instead, so that readers hardly wait.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import BusyError, LegationError, LibraryError, StorageError, UsageError

SCHEMA_VERSION = 2
APPLICATION_ID = 0x4C454741  # "LEGA": tells our file from any other SQLite file
BUSY_TIMEOUT_SECONDS = 20.0
DAMAGED = (
    "The library file is damaged or is no Legation library; restore it from a backup, "
    "or move it away and add the sources again."
)

SCHEMA = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY, location TEXT NOT NULL, collection TEXT NOT NULL, added_at TEXT NOT NULL
) STRICT;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, source TEXT NOT NULL,
    collection TEXT NOT NULL, path TEXT NOT NULL, media_type TEXT NOT NULL, title TEXT NOT NULL,
    publisher TEXT, published TEXT, url TEXT, language TEXT, text TEXT NOT NULL,
    version TEXT NOT NULL, digest TEXT NOT NULL, headings TEXT NOT NULL, blocks TEXT NOT NULL,
    stored_at TEXT NOT NULL, UNIQUE (id, digest)
) STRICT;
CREATE INDEX documents_by_version ON documents (id, version);
CREATE TABLE files (
    source TEXT NOT NULL, path TEXT NOT NULL, content_digest TEXT NOT NULL, reading TEXT NOT NULL,
    document_key INTEGER NOT NULL REFERENCES documents (key), PRIMARY KEY (source, path)
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document_key INTEGER NOT NULL REFERENCES documents (key),
    splitting TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    headings TEXT NOT NULL, sentences TEXT NOT NULL, encoded_digest BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages (document_key, splitting);
CREATE TABLE vectors (
    fingerprint TEXT NOT NULL, encoded_digest BLOB NOT NULL, vector BLOB NOT NULL, sentences BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vectors_by_digest ON vectors (encoded_digest, fingerprint);
CREATE TABLE generations (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL, model TEXT NOT NULL,
    fingerprint TEXT NOT NULL, dimension INTEGER NOT NULL, count INTEGER NOT NULL,
    splitting TEXT NOT NULL, files TEXT NOT NULL
) STRICT;
CREATE TABLE memberships (
    document_key INTEGER NOT NULL REFERENCES documents (key),
    first_generation INTEGER NOT NULL, end_generation INTEGER
) STRICT;
CREATE INDEX memberships_open ON memberships (end_generation, document_key);
CREATE TABLE pointer (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL REFERENCES generations (id)
) STRICT;
"""


class Database:
    """Connections to one SQLite file, one for each thread that asks.

    Raises LibraryError if the file is damaged, foreign or of another version; StorageError if the
    disk refuses; BusyError if another process holds the file for longer than the time limit.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._connections_lock = threading.Lock()
        try:
            with translated():
                self._create_if_empty()
                self._check_identity()
        except LegationError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all see one state of the library; within ``writing`` its own."""
        with translated():
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back whole if anything is raised. One within another
        is part of it.
        """
        with translated():
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def close(self) -> None:
        """Closes the connections of all threads; none of them may be in use."""
        with self._connections_lock:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    def _connection(self) -> sqlite3.Connection:
        connection = self._connections.get(threading.current_thread())
        return self._connect("rw") if connection is None else connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # connections are closed by other threads, when their own is done
        )
        with self._connections_lock:
            for thread in [thread for thread in self._connections if not thread.is_alive()]:
                self._connections.pop(thread).close()
            self._connections[threading.current_thread()] = connection
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA cache_size = -65536")  # KiB: no transaction of ours spills early
        return connection

    def _create_if_empty(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect("rwc")
        # Asked of SQLite, not of the file system: it first rolls back a creation that was killed.
        if connection.execute("PRAGMA page_count").fetchone()[0] > 0:
            return
        connection.execute("BEGIN EXCLUSIVE")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:  # nobody was first
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.commit()

    def _check_identity(self) -> None:
        connection = self._connection()
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise LibraryError(f"{self._path.name} is not a Legation library.")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 1:
            self._upgrade(connection)
            return
        if version != SCHEMA_VERSION:
            raise LibraryError(f"The library has schema {version}; this version of Legation reads {SCHEMA_VERSION}.")

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """From schema 1, whose vectors lacked those of the sentences: the next sync encodes again."""
        connection.execute("BEGIN EXCLUSIVE")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 1:  # nobody was first
            connection.execute("DROP TABLE vectors")
            for statement in SCHEMA.split(";"):
                if " vectors" in statement:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.commit()


@contextmanager
def translated() -> Iterator[None]:
    """Raises SQLite's and the file system's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(error) from error
    except UnicodeDecodeError as error:  # SQLite complains of a damaged schema, and quotes it
        raise LibraryError(DAMAGED) from error
    except UnicodeEncodeError as error:  # a file name or an argument that was not UTF-8
        raise UsageError("A name or path holds bytes that are not valid UTF-8.") from error
    except OSError as error:
        raise StorageError(f"The library cannot be stored: {error.strerror or error}.") from error


def _translate(error: sqlite3.Error) -> LegationError:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return BusyError("Another process is writing to the library; try again in a moment.")
    if primary == sqlite3.SQLITE_FULL:
        return StorageError("The disk is full; the index is as it was, and what was read so far is kept.")
    if primary in {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
    }:
        return StorageError(f"The library cannot be read or written ({error}); the index is as it was.")
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return LibraryError(DAMAGED)
    return LibraryError(f"The library refused an operation: {error}.")
