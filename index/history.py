"""What the library held before: on an earlier day, before a change, under an earlier edition of a list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.editions import EditionRecord
from index.library_rows import GenerationRecord, read_document, read_generation
from index.row_checksums import check_memberships
from index.transactions import Transactions
from index.types import Document


@dataclass(frozen=True, slots=True)
class Changes:
    """Between two sets of documents: the keys, by document id, before and after."""

    before: dict[str, int]
    after: dict[str, int]

    @property
    def added(self) -> int:
        return len(self.after.keys() - self.before.keys())

    @property
    def changed(self) -> int:
        return sum(self.before[name] != self.after[name] for name in self.after.keys() & self.before.keys())

    @property
    def removed(self) -> int:
        return len(self.before.keys() - self.after.keys())


class History:
    """The past in the library's file. Every method may raise LibraryError, StorageError or BusyError; those that tell
    of another day compare every row of when a document was there with its checksum, as nothing else would notice.
    """

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def generation_at(self, day: date) -> GenerationRecord | None:
        """The generation that answered at the end of a day in UTC, or None if there was none yet."""
        query = "SELECT * FROM generations WHERE created_at < ? ORDER BY id DESC LIMIT 1"
        with self._database.reading() as connection:
            return read_generation(connection, query, (_day_after(day),))

    def held_at(self, day: date) -> set[int]:
        """The documents, entries of sanctions lists apart, that answered at the end of a day in UTC, by key; those
        of sources that were taken out of the library since are left out.
        """
        query = (
            "SELECT m.document_key FROM memberships m JOIN documents d ON d.key = m.document_key "
            "JOIN sources s ON s.name = d.source "
            "WHERE d.entry IS NULL AND m.first_generation <= ? AND coalesce(m.end_generation > ?, TRUE)"
        )
        record = self.generation_at(day)
        if record is None:
            return set()
        with self._database.reading() as connection:
            check_memberships(connection)
            return {row[0] for row in connection.execute(query, (record.id, record.id))}

    def without_withdrawn(self, editions: Sequence[EditionRecord], day: date) -> tuple[EditionRecord, ...]:
        """Those of ``editions``, in the order of time, that were not taken away by the end of a day in UTC. What was
        first read later counts by its own date.
        """
        record = self.generation_at(day)
        if record is None:
            return tuple(editions)
        query = (
            "SELECT document_key, max(CASE WHEN end_generation <= ? THEN 0 ELSE 1 END) FROM memberships "
            "WHERE first_generation <= ? GROUP BY document_key"
        )
        with self._database.reading() as connection:
            check_memberships(connection)
            still = {key: bool(holds) for key, holds in connection.execute(query, (record.id, record.id))}
        groups: dict[tuple[str, str], list[EditionRecord]] = {}
        for each in editions:
            groups.setdefault((each.edition.list, each.collection), []).append(each)
        kept = {each.id for group in groups.values() for each in _not_withdrawn(group, still)}
        return tuple(each for each in editions if each.id in kept)

    def first_day(self) -> date | None:
        """The day, in UTC, of the first generation."""
        with self._database.reading() as connection:
            created = connection.execute("SELECT min(created_at) FROM generations").fetchone()[0]
        return None if created is None else date.fromisoformat(created[:10])

    def changes(self, before: Iterable[int], after: Iterable[int]) -> Changes:
        """What became of documents, by their keys then and now."""
        return Changes(self._ids(before), self._ids(after))

    def _ids(self, keys: Iterable[int]) -> dict[str, int]:
        with self._database.reading() as connection:
            query = "SELECT id FROM documents WHERE key = ?"
            return {connection.execute(query, (key,)).fetchone()[0]: key for key in keys}

    def last_change(self, source: str) -> GenerationRecord | None:
        """The generation in which a document of the source, entries of sanctions lists apart, came or went last; None
        if it never had one.
        """
        query = (
            "SELECT * FROM generations WHERE id = (SELECT max(coalesce(m.end_generation, m.first_generation)) "
            "FROM memberships m JOIN documents d ON d.key = m.document_key WHERE d.source = ? AND d.entry IS NULL)"
        )
        with self._database.reading() as connection:
            check_memberships(connection)
            return read_generation(connection, query, (source,))

    def held_before(self, generation: int, source: str) -> set[int]:
        """The documents of a source, entries of sanctions lists apart, that answered just before a generation, by
        key.
        """
        query = (
            "SELECT m.document_key FROM memberships m JOIN documents d ON d.key = m.document_key "
            "WHERE d.source = ? AND d.entry IS NULL "
            "AND m.first_generation < ? AND coalesce(m.end_generation >= ?, TRUE)"
        )
        with self._database.reading() as connection:
            return {row[0] for row in connection.execute(query, (source, generation, generation))}

    def successors(self, document: Document) -> list[Document]:
        """What the current generation has under the reference of an entry, on the same list in the same collection:
        an edition read from one source may follow one from another. Nothing for what is no entry.
        """
        entry = document.entry
        if entry is None:
            return []
        query = (
            "SELECT d.key FROM documents d JOIN memberships m ON m.document_key = d.key AND m.end_generation IS NULL "
            "LEFT JOIN sources s ON s.name = d.source "
            "WHERE json_extract(d.entry, '$.list') = ? AND json_extract(d.entry, '$.reference') = ? "
            "AND coalesce(s.collection, d.collection) = ? ORDER BY d.id"
        )
        wanted = (entry.list, entry.reference, document.collection)
        with self._database.reading() as connection:
            return [read_document(connection, row[0]) for row in connection.execute(query, wanted).fetchall()]


def _not_withdrawn(editions: Sequence[EditionRecord], still: Mapping[int, bool]) -> Iterator[EditionRecord]:
    """Of one list in one collection. ``still`` are the entries that have answered, and whether they do still: what came
    after the last edition that answers, and did answer, was taken away, and so was all before it if none answers.
    """
    answering = [place for place, each in enumerate(editions) if any(still.get(key) for key in each.document_keys)]
    answered = [place for place, each in enumerate(editions) if any(key in still for key in each.document_keys)]
    for place, each in enumerate(editions):
        if place <= max(answering, default=-1) or place > max(answered, default=-1):
            yield each


def _day_after(day: date) -> str:
    return (day + timedelta(days=1)).isoformat() if day < date.max else "9999-12-31T24"
