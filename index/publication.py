"""The moment from which documents count: a new generation, its members and the pointer to it, in one transaction."""

import json
from collections.abc import Collection, Iterable

from index.editions import cite_newest
from index.library_rows import GenerationRecord
from index.row_checksums import CHECKED, CHECKED_MEMBERSHIP, row_checksum
from index.transactions import Statements


def publish(
    connection: Statements, record: GenerationRecord, wanted: Collection[int], removed_sources: Iterable[str]
) -> None:
    """Makes ``wanted`` the members of a new generation, lets sources go, and points to it."""
    values = (
        record.id, record.name, record.created_at, record.model, record.fingerprint,
        record.dimension, record.count, record.splitting, json.dumps(record.files, sort_keys=True),
    )  # fmt: skip
    connection.execute(
        f"INSERT INTO generations ({CHECKED['generations']}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, row_checksum(*values)),
    )
    _replace_members(connection, record.id, wanted)
    for name in removed_sources:
        connection.execute("DELETE FROM sources WHERE name = ?", (name,))
        connection.execute("DELETE FROM files WHERE source = ?", (name,))
        connection.execute("UPDATE documents SET edition = NULL WHERE source = ?", (name,))
        connection.execute("DELETE FROM editions WHERE source = ?", (name,))
        # Its past must not come back with another source of that name.
        of_source = "(SELECT key FROM documents WHERE source = ?)"
        connection.execute(f"DELETE FROM memberships WHERE document_key IN {of_source}", (name,))
    cite_newest(connection)
    connection.execute(
        "INSERT INTO pointer VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET generation = excluded.generation",
        (record.id,),
    )


def _replace_members(connection: Statements, generation: int, wanted: Collection[int]) -> None:
    """Makes the documents ``wanted``, and no others, the members from a new generation on."""
    rows = connection.execute(
        "SELECT document_key, first_generation, checksum FROM memberships WHERE end_generation IS NULL"
    ).fetchall()
    ended = []
    for key, first, checksum in rows:
        if key not in wanted:
            whole = checksum in (None, row_checksum(key, first, None))
            # What was damaged stays so: its checksum must not come to match what nobody stored.
            ended.append((generation, row_checksum(key, first, generation) if whole else checksum, key))
    connection.executemany(
        "UPDATE memberships SET end_generation = ?, checksum = ? WHERE document_key = ? AND end_generation IS NULL",
        ended,
    )
    new = sorted(set(wanted).difference(key for key, *_ in rows))
    connection.executemany(
        "INSERT INTO memberships (document_key, first_generation, end_generation, checksum) VALUES (?, ?, NULL, ?)",
        [(key, generation, row_checksum(key, generation, None)) for key in new],
    )
    # PostgreSQL has those without one that were there before there were checksums.
    before = connection.execute(f"SELECT {CHECKED_MEMBERSHIP} FROM memberships WHERE checksum IS NULL").fetchall()
    connection.executemany(
        "UPDATE memberships SET checksum = ? WHERE document_key = ? AND first_generation = ? AND checksum IS NULL",
        [(row_checksum(*row), *row[:2]) for row in before],
    )
