"""What is kept of the past: versions of documents, and editions of lists, until they are old enough to go."""

from collections.abc import Collection
from datetime import datetime

from index.row_checksums import parsed
from index.transactions import Statements


def prune(connection: Statements, before: datetime, old: Collection[int]) -> int:
    """Deletes documents that answer nothing any more and stopped doing so before a moment, the editions ``old``, and
    what hangs on them. Returns the number of documents that went.

    What answers now is never touched, nor the newest edition of a list, nor what a file was read as last. ``old`` are
    from ``old_editions``, and the current generation's register knows none of them: it quotes from those it knows.
    """
    moment = before.isoformat(timespec="seconds")
    connection.executemany("UPDATE documents SET edition = NULL WHERE edition = ?", [(number,) for number in old])
    connection.executemany("DELETE FROM editions WHERE id = ?", [(number,) for number in old])
    keys = _forgotten(connection, moment)
    for statement in (
        "DELETE FROM memberships WHERE document_key = ?",
        "DELETE FROM passages WHERE document_key = ?",
        "DELETE FROM documents WHERE key = ?",
    ):
        connection.executemany(statement, [(key,) for key in keys])
    connection.execute("DELETE FROM vectors WHERE encoded_digest NOT IN (SELECT encoded_digest FROM passages)")
    return len(keys)


def old_editions(connection: Statements, before: datetime) -> set[int]:
    """The ids of editions that no file was read as last, and that were followed by a newer one before a moment."""
    query = """
        SELECT e.id FROM editions e WHERE e.id NOT IN (SELECT edition FROM files WHERE edition IS NOT NULL)
        AND EXISTS (
            SELECT 1 FROM editions n WHERE (n.list, n.collection) = (e.list, e.collection)
            AND (n.date, n.id) > (e.date, e.id) AND n.stored_at < ?
        )
    """
    return {row[0] for row in connection.execute(query, (before.date().isoformat(),))}


def _forgotten(connection: Statements, moment: str) -> list[int]:
    """Documents that stopped answering before the moment, or were stored before it and never answered."""
    query = """
        SELECT d.key FROM documents d WHERE d.stored_at < ?
        AND NOT EXISTS (
            SELECT 1 FROM memberships m LEFT JOIN generations g ON g.id = m.end_generation
            WHERE m.document_key = d.key AND (m.end_generation IS NULL OR g.created_at >= ?)
        )
    """
    old = {row[0] for row in connection.execute(query, (moment, moment))}
    for table in ("files", "editions"):
        for (keys,) in connection.execute(f"SELECT document_keys FROM {table}"):
            old.difference_update(parsed(keys))
    return sorted(old)
