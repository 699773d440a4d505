"""SQLite's errors in our words."""

import sqlite3

from index.errors import BusyError, LegationError, LibraryError, StorageError
from index.sqlite_schema import Schema


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None if the error is Python's own."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def translated(error: sqlite3.Error, schema: Schema) -> LegationError:
    primary = primary_code(error)
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
