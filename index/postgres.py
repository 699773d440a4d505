"""A PostgreSQL database that processes on several machines share: connections and transactions.

The counterpart of ``index.database``, with the same ``reading`` and ``writing``. The tables of a room lie in a
namespace of their own (PostgreSQL calls it a schema), so that the rooms can share one database. psycopg is imported
when the first database is opened; it comes with the extra ``postgres``.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import LibraryError, StorageError, UncertainError, UsageError
from index.postgres_connections import APPLICATION_NAME, connection_options, connection_pool
from index.postgres_errors import is_lost, translated
from index.postgres_schema import PostgresSchema, migrate, show_as_todays, version_of
from index.postgres_statements import PostgresStatements

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from index.postgres_statements import Connection

POOL_SECONDS = 5.0
"""Until a connection is to be had, attempts to connect again included."""

IMPATIENT_SECONDS = 0.5
"""The same once one was not to be had, until one is: whoever waits behind others must not wait for each of them."""


@dataclass(frozen=True, slots=True)
class _Under:
    """The transaction that a thread has under way."""

    statements: PostgresStatements
    writing: bool


class PostgresDatabase:
    """Connections to one namespace, shared by the threads of a process. Its tables are made if there are none. Those of
    an older version are read as they are, and are brought to today's by the first who writes.

    Raises SettingsError if ``uri`` is no address or psycopg is missing; StorageError if the server cannot be reached,
    is lost, or its disk refuses; BusyError if others hold what is wanted for longer than the time limits;
    UncertainError if the connection was lost while a transaction was committed, so that it may have been; UsageError
    for a text that PostgreSQL cannot store; LibraryError for the rest. No error shows the address.
    """

    def __init__(self, uri: str, schema: PostgresSchema) -> None:
        self._uri, self._schema = uri, schema
        self._thread = threading.local()
        self._failed = False
        self._version = len(schema.migrations)
        self._begin = (
            f"; SET LOCAL search_path = {schema.namespace}; SET LOCAL statement_timeout = '{schema.statement_seconds}s'"
            f"; SET LOCAL lock_timeout = '{schema.lock_seconds}s'"
            f"; SET LOCAL idle_in_transaction_session_timeout = '{schema.pause_seconds}s'"
        )
        self._pools = [(os.getpid(), connection_pool(uri, POOL_SECONDS))]
        with self._translated():
            self._look()
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
            if self.older is not None:
                self._upgrade()
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
        process, pool = self._pools[-1]
        if process == os.getpid():
            pool.close()

    @property
    def _pool(self) -> "ConnectionPool[Connection]":
        """That of this process. One that was forked has no use of its parent's, and must not end those connections
        either: what two processes say and hear through one of them is torn between them.
        """
        process, pool = self._pools[-1]
        if process != os.getpid():
            pool = connection_pool(self._uri, POOL_SECONDS)
            pool.open()
            self._pools.append((os.getpid(), pool))
        return pool

    @property
    def _under(self) -> _Under | None:
        under: _Under | None = getattr(self._thread, "under", None)
        return under

    def _connected(self, name: str = APPLICATION_NAME) -> "Connection":
        """A connection beside the pool, under a name that the server tells others."""
        import psycopg

        try:
            return psycopg.connect(self._uri, **{**connection_options(), "application_name": name})
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

        pool = self._pool
        try:
            connection = pool.getconn(IMPATIENT_SECONDS if self._failed else POOL_SECONDS)
        except PoolTimeout:
            self._failed = True
            raise
        self._failed = False
        try:
            yield connection
        finally:
            pool.putconn(connection)

    @contextmanager
    def _transaction(self, connection: "Connection", *, writing: bool) -> Iterator[PostgresStatements]:
        import psycopg

        older = self.older is not None
        kind = "READ COMMITTED" if writing else "REPEATABLE READ"
        kind += ", READ WRITE" if writing or older else ", READ ONLY"
        connection.execute(f"BEGIN TRANSACTION ISOLATION LEVEL {kind}{self._begin}".encode())
        statements = PostgresStatements(connection)
        self._thread.under = _Under(statements, writing)
        try:
            if older and not writing:
                self._version = version_of(statements, self._schema)  # another process may have upgraded it
                show_as_todays(statements, self._schema, self._version)
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
            if not is_lost(error):
                raise
            raise UncertainError(
                f"The connection to PostgreSQL was lost while the {self._schema.name} was written; it is not known "
                "whether it was."
            ) from error
        if done.statusmessage != "COMMIT":  # a statement had failed, and whoever ran it went on
            raise LibraryError(f"What was to be written to the {self._schema.name} failed in part; nothing was.")

    # Versions

    @property
    def older(self) -> int | None:
        """The version that is there, if it is an older one and was not upgraded yet."""
        return None if self._version == len(self._schema.migrations) else self._version

    def _look(self) -> None:
        """Which version is there; today's is made if there is none."""
        with self._connected() as connection, self._transaction(connection, writing=False) as statements:
            (encoding,) = statements.execute("SHOW server_encoding").fetchone() or ("",)
            self._version = version_of(statements, self._schema)
        if encoding != "UTF8":
            raise LibraryError(f"The PostgreSQL database has the encoding {encoding}; Legation needs UTF8.")
        if self._version == 0:
            self._upgrade()

    def _upgrade(self) -> None:
        with self._connected() as connection, self._transaction(connection, writing=True) as statements:
            migrate(statements, self._schema)
        self._version = len(self._schema.migrations)

    # Errors

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raises psycopg's errors as ours."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise translated(error, self._schema) from error
        except UnicodeEncodeError as error:
            raise UsageError("A name or path holds bytes that are not valid UTF-8.") from error
