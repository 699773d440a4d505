"""A PostgreSQL database that processes on several machines share: connections, transactions, migrations, its errors in
our words.

The counterpart of ``index.database``, with the same ``reading`` and ``writing``. The tables of a room lie in a
namespace of their own (PostgreSQL calls it a schema), so that the rooms can share one database. psycopg is imported
when the first database is opened; it comes with the extra ``postgres``.
"""

import re
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import (
    BusyError,
    LegationError,
    LibraryError,
    SettingsError,
    StorageError,
    UncertainError,
    UsageError,
)

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow
    from psycopg_pool import ConnectionPool

    Connection = psycopg.Connection[TupleRow]
    Cursor = psycopg.Cursor[TupleRow]

CONNECT_SECONDS = 5
"""Of one attempt to connect; libpq takes whole seconds, 2 at least."""

POOL_SECONDS = 5.0
"""Until a connection is to be had, attempts to connect again included."""

IMPATIENT_SECONDS = 0.5
"""The same once one was not to be had, until one is: whoever waits behind others must not wait for each of them."""

APPLICATION_NAME = "legation"

MOST_CONNECTIONS = 10
"""Of one process to one database."""

INSTALL = "PostgreSQL needs psycopg: pip install 'legation[postgres]'."
NO_ADDRESS = "The address of the PostgreSQL database is not one: postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
NO_PORT = (
    "The port in the address of the PostgreSQL database is no number from 1 to 65535. "
    "(In a user or a password, / is written as %2F.)"
)

_KEEPALIVE = {
    # A server that is gone without a word is noticed in some 20 seconds.
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 20_000,
}  # fmt: skip

_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"})
"""SQLSTATEs with which a server ends a connection, beside class 08 (PostgreSQL, "Error Codes")."""

_BUSY = {
    "55P03": "Another process is writing to the {name}; try again in a moment.",
    "57014": "An operation on the {name} took too long and was given up; try again in a moment.",
    "40001": "Another process is writing to the {name}; try again in a moment.",
    "40P01": "Another process is writing to the {name}; try again in a moment.",
    "53300": "PostgreSQL takes no more connections; try again in a moment.",
}
_REFUSED = {
    "53100": "The disk of the PostgreSQL server is full; {kept}.",
    "25006": "PostgreSQL lets the {name} be read only; {kept}.",
    "42501": "PostgreSQL does not give Legation the right to do that with the {name}; {kept}.",
}


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """What a namespace holds. ``name`` is what a person calls it, ``kept`` says what is not lost if the server refuses.

    ``migrations`` bring it from nothing to today's version, which is their number; each is some statements, and is
    never changed once it was released. A statement, a wait for a lock, and a pause within a transaction may take as
    many seconds as is said here; the server gives up what takes longer.

    ``tables`` are those whose rows a backup has, each after those that it refers to; the columns ``apart`` mean nothing
    but here, and are not in it.
    """

    name: str
    namespace: str
    migrations: tuple[str, ...]
    kept: str
    statement_seconds: int = 20
    lock_seconds: int = 10
    pause_seconds: int = 60
    tables: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()


class PostgresStatements:
    """Runs statements as ``sqlite3.Connection`` does: a value is marked with ``?``, which stands nowhere else in them.

    ``connection`` is psycopg's, for what SQLite does not know, as ``COPY``.
    """

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection

    def execute(self, query: str, parameters: Sequence[Any] = (), /) -> "Cursor":
        return self.connection.execute(_marked(query), parameters)

    def executemany(self, query: str, parameters: Iterable[Sequence[Any]], /) -> "Cursor":
        cursor = self.connection.cursor()
        cursor.executemany(_marked(query), parameters)
        return cursor


@dataclass(frozen=True, slots=True)
class _Under:
    """The transaction that a thread has under way."""

    statements: PostgresStatements
    writing: bool


class PostgresDatabase:
    """Connections to one namespace, shared by the threads of a process. Opening it brings it to today's version.

    Raises SettingsError if ``uri`` is no address or psycopg is missing; StorageError if the server cannot be reached,
    is lost, or its disk refuses; BusyError if others hold what is wanted for longer than the time limits;
    UncertainError if the connection was lost while a transaction was committed, so that it may have been; UsageError
    for a text that PostgreSQL cannot store; LibraryError for the rest. No error shows the address.
    """

    def __init__(self, uri: str, schema: PostgresSchema) -> None:
        self._uri, self._schema = uri, schema
        self._thread = threading.local()
        self._failed = False
        self._begin = (
            f"; SET LOCAL search_path = {schema.namespace}; SET LOCAL statement_timeout = '{schema.statement_seconds}s'"
            f"; SET LOCAL lock_timeout = '{schema.lock_seconds}s'"
            f"; SET LOCAL idle_in_transaction_session_timeout = '{schema.pause_seconds}s'"
        )
        self._pool = _pool(uri)
        with self._translated():
            self._migrate()
            self._pool.open()

    @property
    def schema(self) -> PostgresSchema:
        return self._schema

    @contextmanager
    def reading(self) -> Iterator[PostgresStatements]:
        """Statements that all see one state of the database; within ``writing`` its own."""
        with self._translated():
            under = self._under
            if under is not None:
                yield under.statements
                return
            with self._pooled() as connection, self._transaction(connection, writing=False) as statements:
                yield statements

    @contextmanager
    def writing(self) -> Iterator[PostgresStatements]:
        """A transaction: committed at the end, rolled back whole if anything is raised. One within another
        is part of it; within ``reading`` it would be lost, so that is a RuntimeError.

        It sees what others commit meanwhile (READ COMMITTED), so what must not change between two statements is to be
        locked, or said in one.
        """
        with self._translated():
            under = self._under
            if under is not None:
                if not under.writing:
                    raise RuntimeError("What is written within reading is not kept.")
                yield under.statements
                return
            with self._pooled() as connection, self._transaction(connection, writing=True) as statements:
                yield statements

    def alone(self, held: str) -> AbstractContextManager[None]:
        """Holds the lock of whoever writes, where only one may."""
        return nullcontext()

    def server(self) -> str:
        """The server's version, such as "15.18"."""
        with self.reading() as statements:
            ((version,),) = statements.execute("SHOW server_version").fetchall()
        return str(version).split()[0]

    def close(self) -> None:
        """Closes all connections; none of them may be in use."""
        self._pool.close()

    @property
    def _under(self) -> _Under | None:
        under: _Under | None = getattr(self._thread, "under", None)
        return under

    def _connected(self, name: str = APPLICATION_NAME) -> "Connection":
        """A connection beside the pool, under a name that the server tells others."""
        import psycopg

        try:
            return psycopg.connect(self._uri, **{**_options(), "application_name": name})
        except psycopg.OperationalError as error:
            if error.pgconn is not None:
                raise
            silent = isinstance(error, psycopg.errors.ConnectionTimeout)
            reason = "no answer in time" if silent else "no host of that name"
            raise StorageError(
                f"PostgreSQL, which has the {self._schema.name}, cannot be reached ({reason}); {self._schema.kept}."
            ) from error

    @contextmanager
    def _pooled(self) -> Iterator["Connection"]:
        from psycopg_pool import PoolTimeout

        try:
            connection = self._pool.getconn(IMPATIENT_SECONDS if self._failed else POOL_SECONDS)
        except PoolTimeout:
            self._failed = True
            raise
        self._failed = False
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    @contextmanager
    def _transaction(self, connection: "Connection", *, writing: bool) -> Iterator[PostgresStatements]:
        import psycopg

        kind = "READ COMMITTED, READ WRITE" if writing else "REPEATABLE READ, READ ONLY"
        connection.execute(f"BEGIN TRANSACTION ISOLATION LEVEL {kind}{self._begin}".encode())
        statements = PostgresStatements(connection)
        self._thread.under = _Under(statements, writing)
        try:
            yield statements
            if writing:
                self._commit(connection)
        finally:
            self._thread.under = None
            # A connection that is lost has no transaction any more, and the pool throws it away.
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                with suppress(psycopg.Error):
                    connection.execute(b"ROLLBACK")

    def _commit(self, connection: "Connection") -> None:
        import psycopg

        try:
            done = connection.execute(b"COMMIT")
        except psycopg.OperationalError as error:
            if not _is_lost(error):
                raise
            raise UncertainError(
                f"The connection to PostgreSQL was lost while the {self._schema.name} was written; it is not known "
                "whether it was."
            ) from error
        if done.statusmessage != "COMMIT":  # a statement had failed, and whoever ran it went on
            raise LibraryError(f"What was to be written to the {self._schema.name} failed in part; nothing was.")

    # Migrations

    def _migrate(self) -> None:
        """Applies what is missing, once, whoever else opens the database at the same moment."""
        known = len(self._schema.migrations)
        with self._connected() as connection:
            with self._transaction(connection, writing=False) as statements:
                (encoding,) = statements.execute("SHOW server_encoding").fetchone() or ("",)
                version = self._version(statements)
            if encoding != "UTF8":
                raise LibraryError(f"The PostgreSQL database has the encoding {encoding}; Legation needs UTF8.")
            if version == known:
                return
            with self._transaction(connection, writing=True) as statements:
                statements.execute("SELECT pg_advisory_xact_lock(?)", (zlib.crc32(self._schema.namespace.encode()),))
                version = self._version(statements)  # another process may have been first
                if version > known:
                    name = self._schema.name
                    raise LibraryError(f"The {name} has schema {version}; this version of Legation reads {known}.")
                self._apply(statements, version)

    def _version(self, statements: PostgresStatements) -> int:
        """0 if there is nothing yet."""
        # Asked of the catalogue's rows: what to_regclass says may be from before the lock was had.
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = ? AND tablename = 'schema_version'"
        if statements.execute(tables, (self._schema.namespace,)).fetchone() == (0,):
            return 0
        row = statements.execute(f"SELECT version FROM {self._schema.namespace}.schema_version").fetchone()
        return 0 if row is None else int(row[0])

    def _apply(self, statements: PostgresStatements, version: int) -> None:
        namespace = self._schema.namespace
        there = "SELECT count(*) FROM pg_namespace WHERE nspname = ?"
        if statements.execute(there, (namespace,)).fetchone() == (0,):
            statements.execute(f"CREATE SCHEMA {namespace}")
        if version == 0:
            statements.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
            statements.execute("INSERT INTO schema_version VALUES (0)")
        for migration in self._schema.migrations[version:]:
            statements.connection.execute(migration.encode())
        statements.execute("UPDATE schema_version SET version = ?", (len(self._schema.migrations),))

    # Errors

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raises psycopg's errors as ours."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise _translate(error, self._schema) from error
        except UnicodeEncodeError as error:
            raise UsageError("A name or path holds bytes that are not valid UTF-8.") from error


def _options() -> dict[str, Any]:
    """How every connection is opened. Statements are not prepared: behind a pooler of connections, they would go to
    another one than they were prepared on.
    """
    return {
        "autocommit": True,
        "prepare_threshold": None,
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_SECONDS,
        "application_name": APPLICATION_NAME,
        **_KEEPALIVE,
    }


def _pool(uri: str) -> "ConnectionPool[Connection]":
    """Not opened yet."""
    try:
        import psycopg
        from psycopg_pool import ConnectionPool
    except ImportError as error:
        raise SettingsError(INSTALL) from error
    try:
        parts = psycopg.conninfo.conninfo_to_dict(uri)
    except psycopg.Error:
        raise SettingsError(NO_ADDRESS) from None  # its words repeat the address, with the password
    # Of two, libpq would take a part of the password for the host, and repeat it.
    if not uri.startswith(("postgresql://", "postgres://")) or uri.count("@") > 1:
        raise SettingsError(NO_ADDRESS)
    # Empty for the usual one, and one of each host if there are several.
    if not all(_is_port(port) for port in str(parts.get("port", "")).split(",") if port):
        raise SettingsError(NO_PORT)
    return ConnectionPool(
        uri,
        kwargs=_options(),
        min_size=0,
        max_size=MOST_CONNECTIONS,
        check=ConnectionPool.check_connection,
        timeout=POOL_SECONDS,
        reconnect_timeout=POOL_SECONDS,
        num_workers=1,
        open=False,
    )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 65535


def _marked(query: str) -> bytes:
    """The statement with psycopg's marks of values."""
    return query.replace("%", "%%").replace("?", "%s").encode()


def _is_lost(error: "psycopg.Error") -> bool:
    """Whether the connection is gone, so that nothing is known of what it did last."""
    return error.sqlstate is None or error.sqlstate in _LOST or error.sqlstate.startswith("08")


def _translate(error: "psycopg.Error", schema: PostgresSchema) -> LegationError:
    """PostgreSQL's own words may repeat a value that somebody wrote, so they are shown only where it has seen none:
    when a connection is opened.
    """
    import psycopg
    from psycopg_pool import PoolTimeout

    name, kept, state = schema.name, schema.kept, error.sqlstate
    if isinstance(error, PoolTimeout):
        return StorageError(f"PostgreSQL, which has the {name}, gives no connection; {kept}.")
    if state in _BUSY:
        return BusyError(_BUSY[state].format(name=name))
    if state in _REFUSED:
        return StorageError(_REFUSED[state].format(name=name, kept=kept))
    if isinstance(error, psycopg.OperationalError) and _is_lost(error):
        if error.pgconn is not None and error.pgconn.status == psycopg.pq.ConnStatus.BAD and state is None:
            return StorageError(f"PostgreSQL, which has the {name}, cannot be reached{_reason(error)}; {kept}.")
        return StorageError(f"The connection to PostgreSQL, which has the {name}, was lost; {kept}.")
    if state is not None and state.startswith("53"):
        return StorageError(f"PostgreSQL, which has the {name}, lacks memory or disk ({state}); {kept}.")
    if isinstance(error, psycopg.DataError) and state is None:
        return UsageError("A text holds a character that PostgreSQL does not store.")
    return LibraryError(f"PostgreSQL refused an operation on the {name} ({type(error).__name__}, {state}).")


def _reason(error: "psycopg.Error") -> str:
    """Why no connection came about, as libpq says it, without what could be an address."""
    found = re.search(r"(?:failed|error): (?:FATAL:\s+)?([^\n:]*)\s*$", str(error).strip().splitlines()[0])
    return f" ({found[1].strip()})" if found else ""
