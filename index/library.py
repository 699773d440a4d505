"""The library: sources, every version of every document, passages, vectors, generations. The truth.

All else that Legation stores is derived from this one SQLite file, or from these tables of PostgreSQL, and can be made
again.

A document becomes searchable in two steps. Its rows are committed as soon as they are known, so
that a crash loses no work; but it counts only from the moment when ``publish`` makes it a member of
a generation and moves the pointer, in one transaction. ``memberships`` keeps for which generations
(half-open, end_generation NULL for "still") a document was in.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Protocol

import numpy as np

from index.database import Database
from index.editions import Editions, cite_newest
from index.errors import LibraryError
from index.history import History
from index.library_rows import (
    GenerationRecord,
    frozen,
    insert_document,
    now,
    read_documents,
    read_generation,
    replace_members,
    vectors_are_whole,
)
from index.library_schema import LIBRARY
from index.lock import HELD, writer_lock
from index.retention import old_editions, prune
from index.row_checksums import CHECKED, DAMAGED_ROW, parsed, row_checksum, set_checksums
from index.transactions import Transactions, batches
from index.types import (
    Document,
    Passage,
    Source,
    Span,
    StoredPassage,
    Vectors,
)

_SOURCE_COLUMNS = ("name", "location", "collection")
_NUL = "\0"
_STILL = "+m.end_generation IS NULL AND m.first_generation > 0"
"""Always true of the second; with it, and with the plus, all rows of the table are read, and not SQLite's index of it,
which may be damaged without anything noticing.
"""

_VERIFY = "run: legation sync --verify"
_ASCII_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What the last successful reading of a file gave: its documents, and the edition if it is a sanctions list.

    ``reading`` names all that decides what is read, the bytes apart: if it differs, the file is read again.
    ``validators`` are what the server wants to hear at the next look, by the name of the file. ``missing_since``
    is when, ISO 8601 in UTC, the file was first not found where it was.
    """

    content_digest: str
    reading: str
    document_keys: tuple[int, ...]
    edition: int | None = None
    validators: dict[str, dict[str, str]] = field(default_factory=dict)
    missing_since: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A document of the current generation: its source's name, and its path there."""

    source: str
    path: str


@dataclass(frozen=True, slots=True)
class PassageRow:
    """Where a passage belongs. ``published`` is its document's date in ISO 8601, of any precision."""

    id: int
    document_key: int
    collection: str
    published: str | None


class SharedDatabase(Transactions, Protocol):
    """One that processes on several machines write to, as ``index.postgres_library`` has it."""

    def problems(self) -> list[str]:
        """What the database itself finds wrong."""

    def alone(self, held: str) -> AbstractContextManager[None]:
        """Holds the writer's lock. Raises BusyError, with the sentence ``held`` that names the owner, if another
        process has it for longer than a second.
        """


class Library:
    """Opens (and creates, if need be) the library file, or has a database for it. Safe to share between threads.

    Every method may raise LibraryError, StorageError or BusyError.
    """

    def __init__(self, place: Path | SharedDatabase) -> None:
        self._shared = None if isinstance(place, Path) else place
        self._database: Database | SharedDatabase = Database(place, LIBRARY) if isinstance(place, Path) else place
        self.editions = Editions(self._database)
        self.history = History(self._database)

    @property
    def older(self) -> int | None:
        """The version of the schema, if it is an older one: it is read as it is, and upgraded by who writes."""
        return self._database.older

    def close(self) -> None:
        self._database.close()

    def alone(self, lock: Path) -> AbstractContextManager[None]:
        """Holds the writer's lock, which is the file ``lock``, or one that a shared database keeps for all machines.
        Raises BusyError if another process has it, and StorageError.
        """
        return writer_lock(lock) if self._shared is None else self._shared.alone(HELD)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """What is written within is committed together at the end: a commit waits for the disk, and a
        thousand small ones wait for seconds. If anything is raised, none of it is kept.
        """
        with self._database.writing():
            yield

    # Sources

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

    def put_source(self, source: Source) -> None:
        """Adds a source, or changes the one of that name."""
        options = {name: value for name, value in asdict(source).items() if name not in _SOURCE_COLUMNS and value}
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO sources (name, location, collection, added_at, options) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET collection = excluded.collection, location = excluded.location, "
                "options = excluded.options",
                (source.name, source.location, source.collection, now(), json.dumps(options, sort_keys=True)),
            )
            # What is no longer open is not open in the past either.
            connection.execute("UPDATE editions SET collection = ? WHERE source = ?", (source.collection, source.name))
            set_checksums(connection, "editions", "source = ?", (source.name,))

    # Documents, committed but not yet published

    def files(self, source: str) -> dict[str, FileRecord]:
        """By path, what is known of the files of a source."""
        query = (
            "SELECT path, content_digest, reading, document_keys, edition, validators, missing_since "
            "FROM files WHERE source = ?"
        )
        with self._database.reading() as connection:
            return {
                path: FileRecord(digest, reading, tuple(parsed(keys)), edition, parsed(validators), missing)
                for path, digest, reading, keys, edition, validators, missing in connection.execute(query, (source,))
            }

    def put_file(self, source: str, path: str, record: FileRecord) -> None:
        """Commits what a file was read as."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO files (source, path, content_digest, reading, document_keys, edition, validators, "
                "missing_since) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, path) DO UPDATE SET "
                "content_digest = excluded.content_digest, reading = excluded.reading, "
                "document_keys = excluded.document_keys, edition = excluded.edition, "
                "validators = excluded.validators, missing_since = excluded.missing_since",
                (source, path, record.content_digest, record.reading, json.dumps(record.document_keys),
                 record.edition, json.dumps(record.validators), record.missing_since),
            )  # fmt: skip

    def put_document(self, document: Document) -> int:
        """Commits a document version, unless it is there already. Returns its key."""
        with self._database.writing() as connection:
            return insert_document(connection, document)

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

    def unsplit(self, keys: Sequence[int], splitting: str) -> list[int]:
        """Those of ``keys`` whose passages under ``splitting`` are not stored yet."""
        query = "SELECT DISTINCT document_key FROM passages WHERE splitting = ? AND document_key IN"
        split: set[int] = set()
        with self._database.reading() as connection:
            for marks, batch in batches(keys):
                split.update(key for (key,) in connection.execute(f"{query} ({marks})", (splitting, *batch)))
        return [key for key in keys if key not in split]

    def put_passages(self, key: int, splitting: str, passages: Sequence[Passage], digests: Sequence[bytes]) -> None:
        """Commits the passages of a document; ``digests`` are of the texts that are to be encoded."""
        rows = [
            (key, splitting, passage.start, passage.end, json.dumps(passage.headings, ensure_ascii=False),
             json.dumps([(s.start, s.end) for s in passage.sentences]), digest)
            for passage, digest in zip(passages, digests, strict=True)
        ]  # fmt: skip
        columns = 'document_key, splitting, "start", "end", headings, sentences, encoded_digest'
        with self._database.writing() as connection:
            connection.executemany(f"INSERT INTO passages ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            set_checksums(connection, "passages", "document_key = ? AND splitting = ?", (key, splitting))

    # Vectors, kept by what was encoded, so that nothing is encoded twice

    def passages_without_vector(self, keys: Sequence[int], splitting: str, fingerprint: str) -> list[tuple[int, int]]:
        """(document key, passage id) of passages not encoded yet by the model, one for each text."""
        query = (
            "SELECT p.document_key, p.id, p.encoded_digest FROM passages p LEFT JOIN vectors v "
            "ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ? "
            "WHERE v.encoded_digest IS NULL AND p.splitting = ? AND p.document_key IN"
        )
        missing: dict[bytes, tuple[int, int]] = {}
        with self._database.reading() as connection:
            for marks, batch in batches(keys):
                arguments = (fingerprint, splitting, *batch)
                found = connection.execute(f"{query} ({marks}) ORDER BY p.document_key, p.id", arguments)
                for document_key, passage_id, digest in found:
                    missing.setdefault(digest, (document_key, passage_id))
        return list(missing.values())

    def lacks_some(self, splitting: str, fingerprint: str) -> bool:
        """Whether a document that answers has no passages any more, or one of them no vector by the model. Takes about
        a second for a million passages, and longer where they are not in memory.
        """
        still = "FROM memberships m {} WHERE m.end_generation IS NULL AND NOT EXISTS (SELECT 1 FROM {}) LIMIT 1"
        of_document = "passages p WHERE p.document_key = m.document_key AND p.splitting = ?"
        of_passage = "vectors v WHERE v.encoded_digest = p.encoded_digest AND v.fingerprint = ?"
        joined = "JOIN passages p ON p.document_key = m.document_key AND p.splitting = ?"
        with self._database.reading() as connection:
            unsplit = connection.execute(f"SELECT 1 {still.format('', of_document)}", (splitting,)).fetchone()
            arguments = (splitting, fingerprint)
            unread = connection.execute(f"SELECT 1 {still.format(joined, of_passage)}", arguments).fetchone()
        return unsplit is not None or unread is not None

    def put_vectors(
        self, fingerprint: str, digests: Sequence[bytes], vectors: Vectors, sentences: Sequence[Vectors]
    ) -> None:
        """Commits the vectors of encoded passages and of the sentences in each, by the passages' digests.

        Those of sentences are kept at half precision, which moves a cosine by less than 0.001.
        """
        rows = []
        for digest, vector, parts in zip(digests, vectors, sentences, strict=True):
            whole = np.ascontiguousarray(vector, dtype="<f4").tobytes()
            halves = np.ascontiguousarray(parts, dtype="<f2").tobytes()
            checksums = row_checksum(fingerprint, digest, whole), row_checksum(fingerprint, digest, halves)
            rows.append((fingerprint, digest, whole, halves, *checksums))
        with self._database.writing() as connection:
            # Named, because SQLite may believe a schema that it read before another process upgraded it.
            columns = "fingerprint, encoded_digest, vector, sentences, vector_checksum, sentences_checksum"
            connection.executemany(
                f"INSERT INTO vectors ({columns}) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (encoded_digest, fingerprint) DO NOTHING",
                rows,
            )

    def sentence_vectors(self, ids: Sequence[int], fingerprint: str, dimension: int) -> list[Vectors]:
        """The vectors of the sentences of each passage, shape (sentences, dimension), in the order of ``ids``.

        Raises LibraryError if one is missing or damaged.
        """
        query = (
            "SELECT p.id, p.sentences, v.fingerprint, v.encoded_digest, v.sentences, v.sentences_checksum "
            "FROM passages p LEFT JOIN vectors v ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ?"
        )
        found: dict[int, Vectors] = {}
        with self._database.reading() as connection:
            for marks, batch in batches(ids):
                rows = connection.execute(f"{query} WHERE p.id IN ({marks})", (fingerprint, *batch))
                for passage_id, stored, *values, blob, checksum in rows:
                    spans = parsed(stored)
                    count = len(spans) if isinstance(spans, list) else 0
                    if row_checksum(*values, blob) == checksum and len(blob) == count * dimension * 2:
                        halves = np.frombuffer(blob, dtype="<f2").reshape(count, dimension)
                        found[passage_id] = halves.astype(np.float32)
        for passage_id in ids:
            if passage_id not in found:
                raise LibraryError(f"The sentence vectors of passage {passage_id} are missing or damaged; {_VERIFY}")
        return [found[passage_id] for passage_id in ids]

    def passage_rows(self, keys: Sequence[int], splitting: str) -> list[PassageRow]:
        """The passages of documents, in the order of their ids, each in the collection that its source is in now."""
        documents = (
            "SELECT d.key, coalesce(s.collection, d.collection), d.published FROM documents d "
            "LEFT JOIN sources s ON s.name = d.source WHERE d.key IN"
        )
        passages = "SELECT id, document_key FROM passages WHERE splitting = ? AND document_key IN"  # an index has both
        rows: list[PassageRow] = []
        with self._database.reading() as connection:
            for marks, batch in batches(keys):
                places = {key: place for key, *place in connection.execute(f"{documents} ({marks})", batch)}
                found = connection.execute(f"{passages} ({marks})", (splitting, *batch))
                rows += (PassageRow(number, key, *places[key]) for number, key in found)
        return sorted(rows, key=lambda row: row.id)

    def passage_vectors(self, ids: Sequence[int], fingerprint: str, dimension: int) -> Vectors:
        """The vectors of passages, shape (len(ids), dimension), in the order of ``ids``. Raises LibraryError if one is
        missing or damaged.
        """
        query = (
            "SELECT p.id, v.fingerprint, v.encoded_digest, v.vector, v.vector_checksum FROM passages p "
            "LEFT JOIN vectors v ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ? WHERE p.id IN"
        )
        vectors = np.zeros((len(ids), dimension), dtype=np.float32)
        place = 0
        with self._database.reading() as connection:
            for marks, batch in batches(ids):
                rows = connection.execute(f"{query} ({marks})", (fingerprint, *batch))
                found = {passage_id: values for passage_id, *values in rows}
                for passage_id in batch:
                    *values, blob, checksum = found.get(passage_id, (None, None, None, None))
                    if row_checksum(*values, blob) != checksum or blob is None or len(blob) != dimension * 4:
                        raise LibraryError(f"The vector of passage {passage_id} is missing or damaged; {_VERIFY}")
                    vectors[place] = np.frombuffer(blob, dtype="<f4")
                    place += 1
        return vectors

    def forget_damaged_vectors(self, tell: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Deletes vectors that are no longer as they were stored, so that they count as not encoded yet. Returns how
        many; ``tell`` hears how many passages of how many were looked at. For the holder of the writer's lock alone.
        """
        passages = f"SELECT {CHECKED['passages']}, checksum FROM passages WHERE id IN"
        vectors = (
            "SELECT fingerprint, encoded_digest, vector, sentences, vector_checksum, sentences_checksum FROM vectors "
            "WHERE encoded_digest IN"
        )
        with self._database.reading() as connection:
            dimensions = dict(connection.execute("SELECT fingerprint, dimension FROM generations").fetchall())
            ids = [number for (number,) in connection.execute("SELECT id FROM passages ORDER BY id")]
        seen = forgotten = 0
        for marks, batch in batches(ids):
            with self._database.reading() as connection:
                held = connection.execute(f"{passages} ({marks})", batch).fetchall()
                # What a damaged passage says of its vectors is no reason to lose them.
                sentences = {row[7]: row[6] for *row, checksum in held if row_checksum(*row) == checksum}
                damaged = [
                    (stored[0], stored[1])
                    for marks_of_vectors, digests in batches(sentences)
                    for stored in connection.execute(f"{vectors} ({marks_of_vectors})", digests)
                    if not vectors_are_whole(stored, len(parsed(sentences[stored[1]])), dimensions.get(stored[0]))
                ]
            if damaged:
                with self._database.writing() as connection:
                    connection.executemany("DELETE FROM vectors WHERE fingerprint = ? AND encoded_digest = ?", damaged)
            seen, forgotten = seen + len(batch), forgotten + len(damaged)
            tell(seen, len(ids))
        return forgotten

    def encoded_digests(self, ids: Sequence[int]) -> bytes:
        """SHA-256 of what the passages ``ids``, ascending, hold and are encoded from."""
        digest = hashlib.sha256()
        with self._database.reading() as connection:
            for marks, batch in batches(ids):
                query = f"SELECT encoded_digest FROM passages WHERE id IN ({marks}) ORDER BY id"
                for (each,) in connection.execute(query, batch):
                    digest.update(each)
        return digest.digest()

    # Generations

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

    def next_generation_id(self) -> int:
        """The id that the next published generation gets; stable only while the writer's lock is held."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT coalesce(max(id), 0) + 1 FROM generations").fetchone()[0])

    def placed(self, splitting: str) -> dict[int, str]:
        """Of the passages of the current generation, by id, the collections that their sources are in now."""
        query = (
            "SELECT p.id, coalesce(s.collection, d.collection) FROM memberships m "
            "JOIN documents d ON d.key = m.document_key LEFT JOIN sources s ON s.name = d.source "
            "JOIN passages p ON p.document_key = d.key AND p.splitting = ? WHERE m.end_generation IS NULL"
        )
        with self._database.reading() as connection:
            return dict(connection.execute(query, (splitting,)).fetchall())

    def members(self) -> dict[int, Member]:
        """The documents in the current generation, by key."""
        query = (
            "SELECT d.key, d.source, d.path FROM memberships m JOIN documents d ON d.key = m.document_key "
            f"WHERE {_STILL}"
        )
        with self._database.reading() as connection:
            return {key: Member(source, path) for key, source, path in connection.execute(query)}

    def publish(self, record: GenerationRecord, keys: Iterable[int], removed_sources: Iterable[str]) -> None:
        """Makes ``keys`` the members of a new generation and points to it: all or nothing.

        This is a full replacement of the membership, not a merge.
        """
        wanted = set(keys)
        with self._database.writing() as connection:
            values = (
                record.id, record.name, record.created_at, record.model, record.fingerprint,
                record.dimension, record.count, record.splitting, json.dumps(record.files, sort_keys=True),
            )  # fmt: skip
            connection.execute(
                f"INSERT INTO generations ({CHECKED['generations']}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, row_checksum(*values)),
            )
            replace_members(connection, record.id, wanted)
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

    def finish(self, synced: Iterable[str], gone: Iterable[tuple[str, str]]) -> None:
        """Notes that sources were looked at just now, and lets go of files, (source, path), that are gone."""
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE sources SET synced_at = ? WHERE name = ?", [(now(), name) for name in synced]
            )
            connection.executemany("DELETE FROM files WHERE source = ? AND path = ?", list(gone))

    def old_editions(self, before: datetime) -> set[int]:
        """The ids of editions that ``prune`` may delete."""
        with self._database.reading() as connection:
            return old_editions(connection, before)

    def prune(self, before: datetime, old: Collection[int]) -> int:
        """Deletes what stopped answering before a moment, and the editions ``old``; see ``index.retention.prune``."""
        with self._database.writing() as connection:
            return prune(connection, before, old)

    # Reading for answers and checks

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
        within = _STILL if generation is None else "m.first_generation <= ? AND coalesce(m.end_generation > ?, TRUE)"
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
    return replace(Source(name, location, collection), **chosen)
