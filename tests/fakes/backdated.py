"""Generations as if they had been made at another moment."""

import sqlite3
from contextlib import closing
from pathlib import Path

from index.row_checksums import CHECKED, row_checksum


def backdate(library: Path, created_at: str, generation: int | None = None) -> None:
    """Sets the moment, ISO 8601, of one generation, or of all, in the file of a library."""
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.create_function("checksum", -1, row_checksum)
        connection.execute(
            "UPDATE generations SET created_at = ? WHERE ? IS NULL OR id = ?", (created_at, generation, generation)
        )
        connection.execute(f"UPDATE generations SET checksum = checksum({CHECKED['generations']})")
