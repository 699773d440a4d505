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
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from index.library_reader import STILL, LibraryReader
from index.library_rows import GenerationRecord, insert_document, now
from index.lock import HELD, writer_lock
from index.publication import publish
from index.retention import old_editions, prune
from index.row_checksums import parsed, set_checksums
from index.transactions import batches
from index.types import Document, Passage, Source

_SOURCE_COLUMNS = ("name", "location", "collection")


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


class Library(LibraryReader):
    """The library as a sync has it: all that is read for answers, what is known of what was read before, and what is
    written.
    """

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

    def unsplit(self, keys: Sequence[int], splitting: str) -> list[int]:
        """Those of ``keys`` whose passages under ``splitting`` are not stored yet."""
        query = "SELECT DISTINCT document_key FROM passages WHERE splitting = ? AND document_key IN"
        split: set[int] = set()
        with self._database.reading() as connection:
            for marks, batch in batches(keys):
                split.update(key for (key,) in connection.execute(f"{query} ({marks})", (splitting, *batch)))
        return [key for key in keys if key not in split]

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
            f"WHERE {STILL}"
        )
        with self._database.reading() as connection:
            return {key: Member(source, path) for key, source, path in connection.execute(query)}

    def publish(self, record: GenerationRecord, keys: Iterable[int], removed_sources: Iterable[str]) -> None:
        """Makes ``keys`` the members of a new generation and points to it: all or nothing.

        This is a full replacement of the membership, not a merge.
        """
        wanted = set(keys)
        with self._database.writing() as connection:
            publish(connection, record, wanted, removed_sources)

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
