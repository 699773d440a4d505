"""The SQLite files that Legation keeps, the library above all: schema, connections, SQLite's errors in our words.

A rollback journal, not WAL: SQLite before 3.51.3 can corrupt a database when a WAL is reset, and
Python 3.11 commonly brings 3.40. Transactions are kept short instead, so that readers hardly wait.
"""

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from index.database_copy import copy_database
from index.errors import BusyError, LegationError, LibraryError, StorageError, UsageError
from index.home import make_home
from index.transactions import Statements

SCHEMA_VERSION = 5
APPLICATION_ID = 0x4C454741  # "LEGA": tells our file from any other SQLite file
BUSY_TIMEOUT_SECONDS = 20.0

SCHEMA = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY, location TEXT NOT NULL, collection TEXT NOT NULL, added_at TEXT NOT NULL,
    options TEXT NOT NULL DEFAULT '{}', synced_at TEXT
) STRICT;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, source TEXT NOT NULL,
    collection TEXT NOT NULL, path TEXT NOT NULL, media_type TEXT NOT NULL, title TEXT NOT NULL,
    publisher TEXT, published TEXT, url TEXT, language TEXT, text TEXT NOT NULL,
    version TEXT NOT NULL, digest TEXT NOT NULL, headings TEXT NOT NULL, blocks TEXT NOT NULL,
    stored_at TEXT NOT NULL, pinpoints TEXT NOT NULL DEFAULT '[]', entry TEXT,
    edition INTEGER REFERENCES editions (id), UNIQUE (id, digest)
) STRICT;
CREATE INDEX documents_by_version ON documents (id, version);
CREATE TABLE files (
    source TEXT NOT NULL, path TEXT NOT NULL, content_digest TEXT NOT NULL, reading TEXT NOT NULL,
    document_keys TEXT NOT NULL, edition INTEGER REFERENCES editions (id), validators TEXT NOT NULL DEFAULT '{}',
    missing_since TEXT, PRIMARY KEY (source, path)
) STRICT;
CREATE TABLE editions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, path TEXT NOT NULL, content_digest TEXT NOT NULL,
    collection TEXT NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL, publisher TEXT NOT NULL,
    date TEXT NOT NULL, dated INTEGER NOT NULL, document_keys TEXT NOT NULL, stored_at TEXT NOT NULL,
    UNIQUE (source, path, content_digest)
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

CHECKED = {
    "passages": 'id, document_key, splitting, "start", "end", headings, sentences, encoded_digest, '
    "(SELECT digest FROM documents WHERE key = document_key)",
    "editions": "id, source, path, collection, list, name, publisher, date, dated",
    "generations": "id, name, created_at, model, fingerprint, dimension, count, splitting, files",
}
"""What the column ``checksum`` of a table is of, the id first: SQLite keeps no checksums, and what it reads goes into
answers.
"""

CHECKED_VECTORS = {
    "vector_checksum": "fingerprint, encoded_digest, vector",
    "sentences_checksum": "fingerprint, encoded_digest, sentences",
}
"""The same for the columns of the table of vectors: who reads the one need not read the other."""

CHECKED_MEMBERSHIP = "document_key, first_generation, end_generation"
"""The same for the table of memberships, whose rows have no id."""

_CHECKSUMS = (
    *((table, "checksum", of) for table, of in CHECKED.items()),
    *(("vectors", column, of) for column, of in CHECKED_VECTORS.items()),
)
_CHECKSUM_COLUMNS = ";".join(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER" for table, column, _ in _CHECKSUMS)
_CHECKSUM_VALUES = ";".join(f"UPDATE {table} SET {column} = checksum({of})" for table, column, of in _CHECKSUMS)
_MEMBERSHIP_COLUMN = "ALTER TABLE memberships ADD COLUMN checksum INTEGER"


def row_checksum(*values: object) -> int:
    """CRC-32 of the values of a row, as the database gives them."""
    total = 0
    for value in values:
        content = value if isinstance(value, bytes) else repr(value).encode()
        total = zlib.crc32(b"%d %b" % (len(content), content), total)
    return total


def batches(values: Iterable[Any], size: int = 500) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """For ``IN (…)``: the marks and the values. Another machine is not asked for each of many by itself; SQLite before
    3.32 takes no more than 999 at once.
    """
    waiting = iter(values)
    while batch := tuple(islice(waiting, size)):
        yield ", ".join("?" * len(batch)), batch


def set_checksums(connection: Statements, table: str, where: str, arguments: Sequence[Any]) -> None:
    """Gives rows of a table of ``CHECKED`` the checksums of what they hold now."""
    rows = connection.execute(f"SELECT {CHECKED[table]} FROM {table} WHERE {where}", arguments).fetchall()
    connection.executemany(
        f"UPDATE {table} SET checksum = ? WHERE id = ?", [(row_checksum(*row), row[0]) for row in rows]
    )


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds. ``name`` is what a person calls it, ``mend`` what to do if it is damaged.

    ``statements`` make an empty file; ``upgrades`` maps an older version to what brings it to the next one. ``kept``
    says what is not lost if the disk refuses. ``private``: people wrote it, so nobody else may read the file, and what
    is deleted is overwritten. Each connection keeps up to ``cache_kib`` of the file in memory: as much as a transaction
    writes, or it spills early.
    """

    name: str
    application_id: int
    version: int
    statements: str
    mend: str
    upgrades: dict[int, str]
    kept: str
    private: bool = False
    cache_kib: int = 65_536

    @property
    def damaged(self) -> str:
        return f"The {self.name} file is damaged or is no Legation {self.name}; {self.mend}."


def _statement(name: str) -> str:
    """The statements of the library's schema that speak of ``name``."""
    speaking = (f" TABLE {name} ", f" ON {name} ")
    return ";".join(statement for statement in SCHEMA.split(";") if any(words in statement for words in speaking))


LIBRARY = Schema(
    name="library",
    application_id=APPLICATION_ID,
    version=SCHEMA_VERSION,
    statements=f"{SCHEMA};{_CHECKSUM_COLUMNS};{_MEMBERSHIP_COLUMN}",
    mend="restore it from a backup, or move it away and add the sources again",
    upgrades={
        # Version 1 had no vectors of sentences: the next sync encodes again.
        1: f"DROP TABLE vectors;{_statement('vectors')}",
        # Version 2 knew one document a file, no pinpoints and no sanctions lists.
        2: f"""ALTER TABLE sources ADD COLUMN options TEXT NOT NULL DEFAULT '{{}}';
        ALTER TABLE sources ADD COLUMN synced_at TEXT;
        ALTER TABLE documents ADD COLUMN pinpoints TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE documents ADD COLUMN entry TEXT;
        ALTER TABLE documents ADD COLUMN edition INTEGER REFERENCES editions (id);
        ALTER TABLE files RENAME TO files_2;{_statement("files")};{_statement("editions")};
        INSERT INTO files (source, path, content_digest, reading, document_keys)
        SELECT source, path, content_digest, reading, '[' || document_key || ']' FROM files_2;
        DROP TABLE files_2""",
        # Version 3 had no checksums but those of documents.
        3: f"{_CHECKSUM_COLUMNS};{_CHECKSUM_VALUES}",
        # Version 4 had none of memberships.
        4: f"{_MEMBERSHIP_COLUMN};UPDATE memberships SET checksum = checksum({CHECKED_MEMBERSHIP})",
    },
    kept="the index is as it was",
)


DAMAGED_ROW = "A row of the library is damaged; restore it from a backup."


def parsed(text: str) -> Any:
    """JSON from a column of the library. Raises LibraryError if it is damaged."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise LibraryError(DAMAGED_ROW) from error


@dataclass(frozen=True, slots=True)
class _Opened:
    """A connection, and which file it has open."""

    connection: sqlite3.Connection
    file: tuple[int, int] | None


class Database:
    """Connections to one SQLite file, one for each thread that asks.

    Raises LibraryError if the file is damaged, foreign or of another version, or is no longer where it was when it was
    opened; StorageError if the disk refuses; BusyError if another process holds the file for longer than the time
    limit. With ``begun_anew``, a file that is gone is begun anew instead, or what lies in its place is opened, and
    ``begun_anew`` is called.
    """

    def __init__(self, path: Path, schema: Schema = LIBRARY, begun_anew: Callable[[], None] | None = None) -> None:
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
            connection.execute("BEGIN IMMEDIATE")
            self._writers.add(thread)
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._writers.discard(thread)

    def problems(self) -> list[str]:
        """What SQLite itself finds wrong: with the structure of the file, and rows that refer to what is not there."""
        with self.reading() as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            if not found:
                for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
                    found.append(f"row {row} of {table} refers to a row of {parent} that is not there")
        return found

    def copy_to(self, path: Path, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Makes ``path`` a copy of the file as it is at one moment, while others may read and write (SQLite's online
        backup). ``tell`` hears how many of how many pages are done.
        """
        with self._translated():
            copy_database(self._connection(), path, tell)

    def close(self) -> None:
        """Closes the connections of all threads; none of them may be in use."""
        with self._connections_lock:
            for opened in self._connections.values():
                opened.connection.close()
            self._connections.clear()

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
            for thread in [thread for thread in self._connections if thread is here or not thread.is_alive()]:
                self._connections.pop(thread).connection.close()
            self._connections[here] = _Opened(connection, file or self._file())
        return connection

    def _create_if_empty(self) -> None:
        make_home(self._path.parent)
        if self._schema.private:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = self._connect("rwc")
        # Asked of SQLite, not of the file system: it first rolls back a creation that was killed.
        if connection.execute("PRAGMA page_count").fetchone()[0] > 0:
            return
        connection.execute("BEGIN EXCLUSIVE")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:  # nobody was first
            for statement in self._schema.statements.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {self._schema.application_id}")
            connection.execute(f"PRAGMA user_version = {self._schema.version}")
        connection.commit()

    def _check_identity(self) -> None:
        connection, schema = self._connections[threading.current_thread()].connection, self._schema
        if connection.execute("PRAGMA application_id").fetchone()[0] != schema.application_id:
            raise LibraryError(f"{self._path.name} is not a Legation {schema.name}.")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version in schema.upgrades:
            try:
                self._upgrade(connection)
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_READONLY:
                    raise
                raise StorageError(
                    f"The {schema.name} is of an earlier version of Legation and has to be upgraded, which cannot be "
                    f"done where it may only be read; {schema.kept}."
                ) from error
        elif version != schema.version:
            raise LibraryError(
                f"The {schema.name} has schema {version}; this version of Legation reads {schema.version}."
            )

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        connection.create_function("checksum", -1, row_checksum, deterministic=True)
        connection.execute("BEGIN EXCLUSIVE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been first
        for older in range(version, self._schema.version):
            for statement in self._schema.upgrades[older].split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {self._schema.version}")
        connection.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raises SQLite's and the file system's errors as ours."""
        name = self._schema.name
        try:
            yield
        except sqlite3.Error as error:
            raise _translate(error, self._schema) from error
        except UnicodeDecodeError as error:  # SQLite complains of a damaged schema, and quotes it
            raise LibraryError(self._schema.damaged) from error
        except UnicodeEncodeError as error:  # a file name or an argument that was not UTF-8
            raise UsageError("A name or path holds bytes that are not valid UTF-8.") from error
        except OSError as error:
            raise StorageError(f"The {name} cannot be stored: {error.strerror or error}.") from error


def _primary(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None if the error is Python's own."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _translate(error: sqlite3.Error, schema: Schema) -> LegationError:
    primary = _primary(error)
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return BusyError(f"Another process is writing to the {schema.name}; try again in a moment.")
    if primary == sqlite3.SQLITE_FULL:
        return StorageError(f"The disk is full; {schema.kept}.")
    if primary in {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
    }:
        return StorageError(f"The {schema.name} cannot be read or written ({error}); {schema.kept}.")
    # Python's own word, without a code, for text that is not UTF-8; it quotes the text.
    undecodable = primary is None and isinstance(error, sqlite3.OperationalError)
    if undecodable or primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return LibraryError(schema.damaged)
    return LibraryError(f"The {schema.name} refused an operation: {error}.")
