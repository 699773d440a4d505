"""What is read from the library for answers and checks. ``index.library`` is the whole of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from index.database import Database
from index.editions import Editions
from index.errors import LibraryError
from index.history import History
from index.library_rows import GenerationRecord, frozen, read_documents, read_generation
from index.library_schema import LIBRARY
from index.row_checksums import CHECKED, DAMAGED_ROW, parsed, row_checksum
from index.stored_vectors import StoredVectors
from index.transactions import SharedDatabase, batches
from index.types import Document, Passage, Source, Span, StoredPassage

STILL = "+m.end_generation IS NULL AND m.first_generation > 0"
"""Always true of the second; with it, and with the plus, all rows of the table are read, and not SQLite's index of it,
which may be damaged without anything noticing.
"""

_NUL = "\0"
_ASCII_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)


class LibraryReader:
    """Opens (and creates, if need be) the library file, or has a database for it. Safe to share between threads.

    Every method may raise LibraryError, StorageError or BusyError.
    """

    def __init__(self, place: Path | SharedDatabase) -> None:
        self._shared = None if isinstance(place, Path) else place
        self._database: Database | SharedDatabase = Database(place, LIBRARY) if isinstance(place, Path) else place
        self.editions = Editions(self._database)
        self.history = History(self._database)
        self.vectors = StoredVectors(self._database)

    @property
    def older(self) -> int | None:
        """The version of the schema, if it is an older one: it is read as it is, and upgraded by who writes."""
        return self._database.older

    def close(self) -> None:
        self._database.close()

    @property
    def has_documents(self) -> bool:
        """Whether there is any document, of any version, published or not."""
        with self._database.reading() as connection:
            return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM documents)").fetchone()[0])

    def sources(self) -> tuple[Source, ...]:
        """All sources, in the order of their names."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT name, location, collection, options FROM sources ORDER BY name")
            return tuple(_source(*row) for row in rows)

    def synced(self) -> dict[str, str]:
        """By name, when each source was last looked at, ISO 8601 in UTC; those that never were are left out."""
        with self._database.reading() as connection:
            return dict(
                connection.execute("SELECT name, synced_at FROM sources WHERE synced_at IS NOT NULL").fetchall()
            )

    def documents(self, keys: Iterable[int]) -> dict[int, Document]:
        """Documents by key, each in the collection that its source is in now: what is no longer open is not open in
        the past either. Raises LibraryError if one is no longer as it was stored.
        """
        with self._database.reading() as connection:
            return read_documents(connection, keys)

    def saying(self, text: str) -> frozenset[int]:
        """The keys of all documents ever stored whose text holds ``text``; capitals of ASCII make no difference."""
        if _NUL in text:  # no document has one, and PostgreSQL takes none
            return frozenset()
        query = "SELECT key FROM documents WHERE instr(upper(text), ?) > 0"
        with self._database.reading() as connection:
            return frozenset(key for (key,) in connection.execute(query, (text.translate(_ASCII_CAPITALS),)))

    def current(self) -> GenerationRecord | None:
        """The generation that answers now, or None before the first sync. Raises LibraryError if that is not the last
        one.
        """
        query = "SELECT g.* FROM generations g JOIN pointer ON pointer.generation = g.id"
        with self._database.reading() as connection:
            record = read_generation(connection, query)
            (last,) = connection.execute("SELECT max(id) FROM generations").fetchone()
        if last != (record.id if record else None):
            raise LibraryError(DAMAGED_ROW)
        return record

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """Passages with their documents, in the order of ``ids``. Raises LibraryError for an unknown id
        or a passage or document that is no longer as it was stored.
        """
        query = f"SELECT {CHECKED['passages']}, checksum FROM passages WHERE id IN"
        found: dict[int, tuple[int, Passage]] = {}
        with self._database.reading() as connection:
            for marks, batch in batches(ids):
                rows = {row[0]: row for row in connection.execute(f"{query} ({marks})", batch)}
                found |= {passage_id: _passage(passage_id, rows.get(passage_id)) for passage_id in batch}
            documents = read_documents(connection, [key for key, _ in found.values()])
        return [StoredPassage(each, found[each][1], documents[found[each][0]]) for each in ids]

    def current_documents(self) -> Iterator[Document]:
        """Every document of the current generation, in the order of their ids."""
        query = (
            "SELECT d.key FROM memberships m JOIN documents d ON d.key = m.document_key "
            "WHERE m.end_generation IS NULL ORDER BY d.id"
        )
        with self._database.reading() as connection:
            keys = [row[0] for row in connection.execute(query)]
        for key in keys:
            yield from self.documents([key]).values()  # outside the transaction, which must not stay open

    def find_documents(self, name: str, version: str | None = None) -> list[Document]:
        """Documents whose id is ``name`` (or, failing that, whose path is, or ends in ``/name``).

        Without ``version`` only those in the current generation; with it, that version of them,
        current or not.
        """
        if _NUL in name:
            return []
        where = (
            "d.version = ?"
            if version is not None
            else "d.key IN (SELECT document_key FROM memberships WHERE end_generation IS NULL)"
        )
        query = f"SELECT max(d.key) FROM documents d WHERE ({{}}) AND {where} GROUP BY d.id ORDER BY d.id"
        conditions = (
            ("d.id = ?", (name,)),
            ("d.path = ? OR substr(d.path, length(d.path) - ?) = ?", (name, len(name), "/" + name)),
        )
        wanted = () if version is None else (version,)
        with self._database.reading() as connection:
            for condition, arguments in conditions:
                rows = connection.execute(query.format(condition), (*arguments, *wanted)).fetchall()
                if rows:
                    return list(read_documents(connection, [key for (key,) in rows]).values())
        return []

    def counts(self, generation: int | None = None) -> list[tuple[str, str, int, str | None]]:
        """(source, collection, documents, newest publication date) of a generation, by default the current one."""
        within = STILL if generation is None else "m.first_generation <= ? AND coalesce(m.end_generation > ?, TRUE)"
        query = (
            "SELECT d.source, coalesce(s.collection, d.collection), count(*), max(d.published) FROM memberships m "
            "JOIN documents d ON d.key = m.document_key LEFT JOIN sources s ON s.name = d.source "
            f"WHERE {within} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(query, () if generation is None else (generation,) * 2)]

    def counts_of(self, keys: Iterable[int]) -> list[tuple[str, str, int, str | None]]:
        """What ``counts`` tells, of the documents ``keys``, each in the collection that its source is in now."""
        now_in = {source.name: source.collection for source in self.sources()}
        query = "SELECT source, collection, published FROM documents WHERE key = ?"
        counted: dict[tuple[str, str], list[str | None]] = {}
        with self._database.reading() as connection:
            for key in keys:
                source, collection, published = connection.execute(query, (key,)).fetchone()
                counted.setdefault((source, now_in.get(source, collection)), []).append(published)
        return [
            (*place, len(dates), max((each for each in dates if each is not None), default=None))
            for place, dates in sorted(counted.items())
        ]

    def check(self) -> list[str]:
        """What the database itself finds wrong, or nothing."""
        return self._database.problems()


def _passage(passage_id: int, row: Sequence[Any] | None) -> tuple[int, Passage]:
    """The document's key, and the passage."""
    if row is None:
        raise LibraryError(f"The index names passage {passage_id}, which the library does not hold.")
    *values, checksum = row
    if row_checksum(*values) != checksum:
        raise LibraryError(f"Passage {passage_id} is no longer as it was stored; it is not quoted.")
    _, key, _, start, end, headings, sentences, *_ = values
    spans = tuple(Span(*pair) for pair in parsed(sentences))
    return key, Passage(start, end, tuple(parsed(headings)), spans)


def _source(name: str, location: str, collection: str, options: str) -> Source:
    chosen: dict[str, Any] = {key: frozen(value) for key, value in parsed(options).items()}
    try:
        return replace(Source(name, location, collection), **chosen)
    except TypeError as error:
        raise LibraryError(DAMAGED_ROW) from error
