"""Whether a row of the library is as it was stored: checksums, and what to say if it is not.

SQLite keeps no checksums, and what it reads goes into answers.
"""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from index.errors import LibraryError
from index.transactions import Statements

CHECKED = {
    "passages": 'id, document_key, splitting, "start", "end", headings, sentences, encoded_digest, '
    "(SELECT digest FROM documents WHERE key = document_key)",
    "editions": "id, source, path, collection, list, name, publisher, date, dated",
    "generations": "id, name, created_at, model, fingerprint, dimension, count, splitting, files",
}
"""What the column ``checksum`` of a table is of, the id first."""

CHECKED_VECTORS = {
    "vector_checksum": "fingerprint, encoded_digest, vector",
    "sentences_checksum": "fingerprint, encoded_digest, sentences",
}
"""The same for the columns of the table of vectors: who reads the one need not read the other."""

CHECKED_MEMBERSHIP = "document_key, first_generation, end_generation"
"""The same for the table of memberships, whose rows have no id."""

DAMAGED_ROW = "A row of the library is damaged; restore it from a backup."


def row_checksum(*values: object) -> int:
    """CRC-32 of the values of a row, as the database gives them."""
    total = 0
    for value in values:
        content = value if isinstance(value, bytes) else repr(value).encode()
        total = zlib.crc32(b"%d %b" % (len(content), content), total)
    return total


def check_memberships(connection: Statements) -> None:
    """Compares when every document was there with the checksum of its row, which takes microseconds each. Raises
    LibraryError.
    """
    for *values, checksum in connection.execute(f"SELECT {CHECKED_MEMBERSHIP}, checksum FROM memberships"):
        # In PostgreSQL, those of before there were checksums get theirs with the next publication.
        if checksum is not None and row_checksum(*values) != checksum:
            raise LibraryError(DAMAGED_ROW)


def set_checksums(connection: Statements, table: str, where: str, arguments: Sequence[Any]) -> None:
    """Gives rows of a table of ``CHECKED`` the checksums of what they hold now."""
    rows = connection.execute(f"SELECT {CHECKED[table]} FROM {table} WHERE {where}", arguments).fetchall()
    connection.executemany(
        f"UPDATE {table} SET checksum = ? WHERE id = ?", [(row_checksum(*row), row[0]) for row in rows]
    )


def parsed(text: str) -> Any:
    """JSON from a column of the library. Raises LibraryError if it is damaged."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise LibraryError(DAMAGED_ROW) from error
