"""What a namespace of PostgreSQL holds: made where there is none, brought up to date when it is written to, and read as
it is until then, so that an earlier version of Legation, which may still run, can go on using it.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import LibraryError
from index.postgres_statements import PostgresStatements


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """What a namespace holds. ``name`` is what a person calls it, ``kept`` says what is not lost if the server refuses.

    ``migrations`` bring it from nothing to today's version, which is their number; each is some statements, and is
    never changed once it was released. ``views`` maps an older version to queries by the names of tables, which show
    what it has as the tables of today; ``upgraded_by`` is what a person starts to have it upgraded. A statement, a wait
    for a lock, and a pause within a transaction may take as many seconds as is said here; the server gives up what
    takes longer.

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
    views: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    upgraded_by: str = ""


def version_of(statements: PostgresStatements, schema: PostgresSchema) -> int:
    """The version that is there, 0 if there is nothing yet. Raises LibraryError for a later one than today's."""
    # Asked of the catalogue's rows: what to_regclass says may be from before the lock was had.
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = ? AND tablename = 'schema_version'"
    if statements.execute(tables, (schema.namespace,)).fetchone() == (0,):
        return 0
    row = statements.execute(f"SELECT version FROM {schema.namespace}.schema_version").fetchone()
    version, known = 0 if row is None else int(row[0]), len(schema.migrations)
    if version > known:
        raise LibraryError(f"The {schema.name} has schema {version}; this version of Legation reads {known}.")
    return version


def show_as_todays(statements: PostgresStatements, schema: PostgresSchema, version: int) -> None:
    """Lets the tables of an older version be read as those of today, and nothing be written, until the transaction is
    rolled back. Temporary views come before tables of their names.
    """
    for table, query in schema.views.get(version, {}).items():
        statements.execute(f"CREATE TEMPORARY VIEW {table} AS {query}")
    statements.execute("SET TRANSACTION READ ONLY")


def migrate(statements: PostgresStatements, schema: PostgresSchema) -> None:
    """Applies what is missing, once, whoever else opens the database at the same moment."""
    namespace = schema.namespace
    statements.execute("SELECT pg_advisory_xact_lock(?)", (zlib.crc32(namespace.encode()),))
    version = version_of(statements, schema)  # another process may have been first
    there = "SELECT count(*) FROM pg_namespace WHERE nspname = ?"
    if statements.execute(there, (namespace,)).fetchone() == (0,):
        statements.execute(f"CREATE SCHEMA {namespace}")
    if version == 0:
        statements.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        statements.execute("INSERT INTO schema_version VALUES (0)")
    for migration in schema.migrations[version:]:
        statements.connection.execute(migration.encode())
    statements.execute("UPDATE schema_version SET version = ?", (len(schema.migrations),))
