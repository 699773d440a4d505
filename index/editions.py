"""Every edition of every sanctions list that was read, in the library's file.

An edition stays when the next one comes: what a list said on an earlier day, and what was listed or delisted
since, is read from here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from index.errors import LibraryError
from index.row_checksums import CHECKED, DAMAGED_ROW, parsed, row_checksum, set_checksums
from index.transactions import Statements, Transactions
from index.types import Edition


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """An edition as it was read from the file at ``path`` of a source.

    ``edition.dated`` says that its date is the list's own, or was given for it. ``document_keys`` are its entries, in
    the order of the list.
    """

    id: int
    source: str
    path: str
    collection: str
    edition: Edition
    document_keys: tuple[int, ...]

    @property
    def date(self) -> str:
        """ISO 8601, of day precision."""
        return self.edition.date or ""


class Editions:
    """The editions in the library's file. Every method may raise LibraryError, StorageError or BusyError."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def put(
        self,
        source: str,
        path: str,
        content_digest: str,
        collection: str,
        edition: Edition,
        document_keys: Sequence[int],
        read_on: date,
    ) -> int:
        """Commits an edition, in place of what the same bytes were read as before. Returns its id. One without a
        date counts from the day on which it was first read; that is ``read_on`` if it never was.
        """
        columns = (
            "source, path, content_digest, collection, list, name, publisher, date, dated, document_keys, stored_at"
        )
        with self._database.writing() as connection:
            known = connection.execute(
                "SELECT id, stored_at FROM editions WHERE source = ? AND path = ? AND content_digest = ?",
                (source, path, content_digest),
            ).fetchone()
            first_read = known[1] if known is not None else read_on.isoformat()
            day, dated = edition.date or first_read, edition.date is not None
            keys = json.dumps(list(document_keys))
            values = (
                source, path, content_digest, collection, edition.list, edition.name, edition.publisher,
                day, int(dated), keys, first_read,
            )  # fmt: skip
            if known is not None:
                number = int(known[0])
                settings = ", ".join(f"{column} = ?" for column in columns.split(", "))
                connection.execute(f"UPDATE editions SET {settings} WHERE id = ?", (*values, number))
            else:
                marks = ", ".join("?" * len(values))
                insert = f"INSERT INTO editions ({columns}) VALUES ({marks}) RETURNING id"
                number = int(connection.execute(insert, values).fetchone()[0])
            set_checksums(connection, "editions", "id = ?", (number,))
            if known is not None:
                _cite(connection, number, day, document_keys)
            else:  # what answers already goes on being cited under an edition that is published
                connection.executemany(
                    "UPDATE documents SET edition = ? WHERE key = ? AND edition IS NULL",
                    [(number, key) for key in document_keys],
                )
            return number

    def all(self) -> tuple[EditionRecord, ...]:
        """The editions of the sources that are still in the library, oldest first, of one day in the order in which
        they were read.
        """
        query = (
            f"SELECT {CHECKED['editions']}, checksum, document_keys FROM editions "
            "WHERE source IN (SELECT name FROM sources) ORDER BY date, id"
        )
        with self._database.reading() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def lying_there(self) -> set[tuple[str, str, int]]:
        """(source, path, edition id) of the files of lists as they were read last."""
        query = "SELECT source, path, edition FROM files WHERE edition IS NOT NULL"
        with self._database.reading() as connection:
            return {(row[0], row[1], row[2]) for row in connection.execute(query)}


def cite_newest(connection: Statements) -> None:
    """Lets every entry be cited under the newest edition that it stands in. Part of a publication, before the pointer
    is moved: editions first read before the current generation was made are cited already.
    """
    query = (
        "SELECT id, date, document_keys FROM editions WHERE stored_at >= coalesce((SELECT substr(created_at, 1, 10) "
        "FROM generations JOIN pointer ON pointer.generation = generations.id), '') ORDER BY date, id"
    )
    for number, day, keys in connection.execute(query).fetchall():
        _cite(connection, number, day, parsed(keys))


def _cite(connection: Statements, number: int, day: str, document_keys: Sequence[int]) -> None:
    connection.executemany(
        "UPDATE documents SET edition = ? WHERE key = ? AND (edition IS NULL OR edition != ? AND "
        "? >= (SELECT date FROM editions WHERE id = documents.edition))",
        [(number, key, number, day) for key in document_keys],
    )


def find_edition(connection: Statements, number: int) -> Edition | None:
    """The edition of an id. Raises LibraryError if it is no longer as it was stored."""
    query = f"SELECT {CHECKED['editions']}, checksum FROM editions WHERE id = ?"
    row = connection.execute(query, (number,)).fetchone()
    return None if row is None else _edition(row)


def _edition(row: Sequence[Any]) -> Edition:
    """From the columns that a checksum is of, and the checksum."""
    *values, checksum = row
    if row_checksum(*values) != checksum:
        raise LibraryError(DAMAGED_ROW)
    *_, short, name, publisher, day, dated = values
    return Edition(short, name, publisher, day, bool(dated))


def _record(row: Sequence[Any]) -> EditionRecord:
    *edition, keys = row
    number, source, path, collection, *_ = edition
    return EditionRecord(number, source, path, collection, _edition(edition), tuple(parsed(keys)))


def newest(editions: Sequence[EditionRecord]) -> tuple[EditionRecord, ...]:
    """Of every list in every collection the last of ``editions``, which are in the order of ``all``."""
    return tuple({(each.edition.list, each.collection): each for each in editions}.values())
