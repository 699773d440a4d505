"""Where a library lies, and a way into it behind its back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from index.library import Library
from index.postgres_library import POSTGRES_LIBRARY, PostgresLibrary
from index.row_checksums import CHECKED, row_checksum

Execute = Callable[..., list[tuple[Any, ...]]]

BOTH = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
"""For tests whose ``library`` lies in a ``place``."""


@dataclass(frozen=True, slots=True)
class LibraryPlace:
    """``open`` a library there. ``execute`` a statement in the SQL that both know, with its values."""

    kind: str
    open: Callable[[], Library]
    execute: Execute

    def backdate(self, created_at: str, generation: int | None = None) -> None:
        """Sets the moment, ISO 8601, of one generation, or of all."""
        for (number,) in self.execute("SELECT id FROM generations"):
            if generation in (None, number):
                self.execute("UPDATE generations SET created_at = ? WHERE id = ?", created_at, number)
        self.check_generations()

    def check_generations(self) -> None:
        """Gives them the checksums of what they hold now."""
        for row in self.execute(f"SELECT {CHECKED['generations']} FROM generations"):
            self.execute("UPDATE generations SET checksum = ? WHERE id = ?", row_checksum(*row), row[0])


def in_sqlite(path: Path) -> LibraryPlace:
    def execute(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(path)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return LibraryPlace("sqlite", lambda: Library(path), execute)


def in_postgres(uri: str) -> LibraryPlace:
    def execute(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        options = f"-c search_path={POSTGRES_LIBRARY.namespace}"
        with psycopg.connect(uri, options=options) as connection:
            cursor = connection.execute(statement.replace("?", "%s").encode(), values)
            return cursor.fetchall() if cursor.description else []

    return LibraryPlace("postgresql", lambda: Library(PostgresLibrary(uri)), execute)


def emptied(uri: str) -> LibraryPlace:
    """A library that is as new, in a database that had one: quicker than a new database."""
    PostgresLibrary(uri).close()
    place = in_postgres(uri)
    tables = place.execute("SELECT tablename FROM pg_tables WHERE schemaname = ?", POSTGRES_LIBRARY.namespace)
    names = ", ".join(name for (name,) in tables if name != "schema_version")
    place.execute(f"TRUNCATE {names} RESTART IDENTITY")
    return place
