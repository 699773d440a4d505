"""A database file that nobody writes to, compared with what it should be: before it goes into a backup, and before one
is put back.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from index.database import Database
from index.errors import LibraryError
from index.library_rows import read_document
from index.sqlite_schema import Schema
from index.types import Progress

Tell = Callable[[Progress], None]


def verify_database(path: Path, schema: Schema, is_library: bool, tell: Tell = lambda progress: None) -> int:
    """Checks the structure of the file, which is brought to today's version, and in the library every document. Returns
    how many documents there are.

    Raises LibraryError if the file is not as it should be, and StorageError.
    """
    _refuse_programs(path, schema)
    database = Database(path, schema)
    try:
        database.upgrade()
        if _shape(path) != _shape_of(schema):
            raise LibraryError(f"The {schema.name} has other tables than it should.")
        if problems := database.problems():
            raise LibraryError(f"{schema.damaged[:-1]} ({problems[0]}).")
        if not is_library:
            return 0
        with database.reading() as connection:
            keys = [key for (key,) in connection.execute("SELECT key FROM documents ORDER BY key")]
            for number, key in enumerate(keys, start=1):
                read_document(connection, key)
                tell(Progress("check", number, len(keys)))
        return len(keys)
    finally:
        database.close()


def _refuse_programs(path: Path, schema: Schema) -> None:
    """A database can hold views, triggers and virtual tables, which are run when one asks something of it."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            rows = connection.execute(
                "SELECT type IN ('table', 'index') AND sql NOT LIKE 'CREATE VIRTUAL%' FROM sqlite_schema"
            ).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise LibraryError(schema.damaged) from error
    if not rows or (0,) in rows:
        raise LibraryError(f"The {schema.name} has other tables than it should.")


def _shape(path: Path) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return _shape_in(connection)


def _shape_of(schema: Schema) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema.statements)
        return _shape_in(connection)


def _shape_in(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    """The tables, their columns and the indexes, in no order: columns that came later stand elsewhere."""
    query = (
        "SELECT t.name, t.type, c.name, c.type, c.hidden FROM sqlite_schema t LEFT JOIN pragma_table_xinfo(t.name) c "
        "WHERE t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return set(connection.execute(query))
