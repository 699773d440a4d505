"""Statements of PostgreSQL, run as those of SQLite."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

    Connection = psycopg.Connection[TupleRow]
    Cursor = psycopg.Cursor[TupleRow]


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


def _marked(query: str) -> bytes:
    """The statement with psycopg's marks of values."""
    return query.replace("%", "%%").replace("?", "%s").encode()
