"""Rows copied as they are between a SQLite file and PostgreSQL. A backup has SQLite files wherever the rows lie, so
that what was copied out of the one can be put back into the other.

Both have the same tables and columns, as tests compare, and neither gives a number again that was given once. Rows go
by ``COPY`` in its binary format, none of them kept in memory.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.database import Database
from index.errors import LegationError, LibraryError, UsageError
from index.postgres import PostgresDatabase
from index.postgres_schema import PostgresSchema
from index.postgres_statements import PostgresStatements
from index.sqlite_schema import Schema
from index.transactions import Statements
from index.types import Progress

Tell = Callable[[Progress], None]

_TELL_ROWS = 1000

_PATIENT = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SET LOCAL synchronize_seqscans = off"
)
"""A copy takes as long as there are rows. What was stored together lies together afterwards, too."""

_KINDS: Mapping[str, type] = {"text": str, "bytea": bytes, "int4": int, "int8": int, "float8": float}
"""What SQLite is to give for the types of our columns."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A SQLite file whose rows are to come into a database."""

    path: Path
    schema: Schema
    database: PostgresDatabase


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table that are copied, with their types in PostgreSQL; and the one that PostgreSQL numbers."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    numbered: str | None

    @property
    def listed(self) -> str:
        return ", ".join(f'"{name}"' for name in self.names)

    @property
    def counted(self) -> str | None:
        """The column whose numbers both of them give."""
        return self.numbered if self.numbered in self.names else None


class _Counting:
    """Tells of rows that pass."""

    def __init__(self, statements: Statements, tables: Sequence[str], tell: Tell) -> None:
        counts = (statements.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables)
        self.total: int = sum(count for (count,) in counts)
        self._done, self._tell = 0, tell

    def each(self, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for row in rows:
            yield row
            self._done += 1
            if self._done % _TELL_ROWS == 0 or self._done == self.total:
                self._tell(Progress("rows", self._done, self.total))


def copy_out(database: PostgresDatabase, path: Path, schema: Schema, tell: Tell) -> int:
    """Makes ``path`` a SQLite file with the rows that ``database`` has at one moment, while others may write. Returns
    how many. Raises LibraryError, StorageError and BusyError.
    """
    tables = database.schema.tables
    with closing(Database(path, schema)) as file, database.reading() as there, file.writing() as here:
        there.connection.execute(_PATIENT.encode())
        counting = _Counting(there, tables, tell)
        for table in tables:
            columns = _columns(here, there, table, database.schema, older=database.older is not None)
            marks = ", ".join("?" * len(columns.names))
            with closing(_sent(there, f"{database.schema.namespace}.{table}", columns)) as rows:
                here.executemany(f"INSERT INTO {table} ({columns.listed}) VALUES ({marks})", counting.each(rows))
            if columns.counted is not None:
                _go_on_in_sqlite(here, there, table, columns.counted)
        return counting.total


@contextmanager
def filled(fillings: Sequence[Filling], tell: Tell) -> Iterator[None]:
    """Within, the databases have the rows of the files, and nobody sees them. They are committed at the end, or nothing
    is if anything is raised.

    Raises UsageError if a database has something already, or if a text has a character that PostgreSQL does not store;
    LibraryError, StorageError, BusyError and UncertainError.
    """
    copied = False
    try:
        with _filled(fillings, tell):
            yield
            copied = True
    except LegationError as error:
        if not copied:
            raise
        names = " and ".join(each.database.schema.namespace for each in fillings)
        raise type(error)(
            f"{error.user_message[:-1]}; before another attempt, drop what PostgreSQL may have of it ({names})."
        ) from error


@contextmanager
def _filled(fillings: Sequence[Filling], tell: Tell) -> Iterator[None]:
    if not fillings:
        yield
        return
    first, *others = fillings
    with first.database.writing() as there:
        _copy_in(first, there, tell)
        with _filled(others, tell):
            yield


def refuse_taken(statements: Statements, schema: PostgresSchema) -> None:
    """Raises UsageError if the tables hold anything."""
    if any(statements.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in schema.tables):
        raise UsageError(
            f"The {schema.name} in PostgreSQL is in use already, and is not replaced: name another database, or make a "
            f"pg_dump of it and drop the namespace {schema.namespace}."
        )


def _copy_in(filling: Filling, there: PostgresStatements, tell: Tell) -> None:
    schema = filling.database.schema
    there.connection.execute(_PATIENT.encode())
    there.execute(f"LOCK TABLE {', '.join(schema.tables)} IN SHARE ROW EXCLUSIVE MODE")  # it stays empty meanwhile
    refuse_taken(there, schema)
    with closing(Database(filling.path, filling.schema)) as file, file.reading() as here:
        counting = _Counting(here, schema.tables, tell)
        for table in schema.tables:
            columns = _columns(here, there, table, schema)
            query = f"COPY {table} ({columns.listed}) FROM STDIN (FORMAT BINARY)"
            with there.connection.cursor().copy(query.encode()) as copy:
                copy.set_types(columns.types)
                rows = iter(here.execute(f"SELECT {columns.listed} FROM {table} ORDER BY rowid"))
                for row in counting.each(rows):
                    _refuse_unfit(row, table, columns, filling.schema)
                    copy.write_row(row)
            if columns.counted is not None:
                _go_on_in_postgres(here, there, table, columns.counted)


def _columns(
    here: Statements, there: Statements, table: str, schema: PostgresSchema, *, older: bool = False
) -> _Columns:
    """With ``older`` those that are there, and else a column that is not is an error."""
    query = (
        "SELECT column_name, udt_name, is_identity FROM information_schema.columns "
        "WHERE table_schema = ? AND table_name = ?"
    )
    rows = there.execute(query, (schema.namespace, table)).fetchall()
    types = {name: kind for name, kind, _ in rows}
    numbered = next((name for name, _, identity in rows if identity == "YES"), None)
    names = [name for _, name, *_ in here.execute(f"PRAGMA table_info({table})") if name not in schema.apart]
    if older:
        names = [name for name in names if name in types]
    return _Columns(tuple(names), tuple(types[name] for name in names), numbered)


def _sent(there: PostgresStatements, table: str, columns: _Columns) -> Generator[tuple[Any, ...], None, None]:
    """The rows of a table, in the order of their numbers if they have some, and else as they lie there."""
    what = f"{table} ({columns.listed})"
    if columns.numbered is not None:
        what = f'(SELECT {columns.listed} FROM {table} ORDER BY "{columns.numbered}")'
    with there.connection.cursor().copy(f"COPY {what} TO STDOUT (FORMAT BINARY)".encode()) as copy:
        copy.set_types(columns.types)
        yield from copy.rows()


def _go_on_in_sqlite(here: Statements, there: Statements, table: str, column: str) -> None:
    """The next number is higher than any that was given, also to what is there no more."""
    query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(?, ?)::regclass)"
    (last,) = there.execute(query, (table, column)).fetchone() or (None,)
    if last is None:
        return
    update = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
    if here.execute(update, (last, table)).rowcount == 0:
        here.execute("INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)", (last, table))


def _go_on_in_postgres(here: Statements, there: Statements, table: str, column: str) -> None:
    given = "SELECT max(CAST(seq AS INTEGER)) FROM sqlite_sequence WHERE name = ?"
    found = (
        here.execute(f'SELECT max("{column}") FROM {table}').fetchone(),
        here.execute(given, (table,)).fetchone(),
    )
    last = max((number or 0 for (number,) in found), default=0)
    if last > 0:
        there.execute("SELECT setval(pg_get_serial_sequence(?, ?), ?)", (table, column, last))


def _refuse_unfit(row: Sequence[Any], table: str, columns: _Columns, schema: Schema) -> None:
    """Raises UsageError for a text with NUL, and LibraryError for what no file of ours has in such a column."""
    for value, kind, name in zip(row, columns.types, columns.names, strict=True):
        if not _fits(value, kind):
            raise LibraryError(schema.damaged)
        if isinstance(value, str) and "\0" in value:
            raise UsageError(
                f"PostgreSQL stores no text with the character NUL, and the {schema.name} has one ({name} in {table})."
            )


def _fits(value: Any, kind: str) -> bool:
    if kind == "int4" and isinstance(value, int):
        return -(2**31) <= value < 2**31
    return value is None or isinstance(value, _KINDS[kind])
