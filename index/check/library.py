"""The library: every document's checksum, every passage's place in its text, every vector's shape, every reference."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from index.check.result import RESTORE, Check, Tally, Tell
from index.database import Database
from index.errors import LibraryError
from index.home import Home
from index.library_rows import read_document
from index.prepare import passage_digest
from index.types import Document, Passage, Progress, Span

BATCH = 100
"""Documents that are read in one transaction: whoever writes waits for it."""

LENGTH_TOLERANCE = 1e-3
"""How far from 1 the length of a vector may be."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The splitting and the fingerprint of the current generation, and the dimension of each model by fingerprint."""

    current: tuple[str, str] | None
    dimensions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Tallies:
    documents: Tally = field(default_factory=lambda: Tally("documents"))
    passages: Tally = field(default_factory=lambda: Tally("passages"))
    vectors: Tally = field(default_factory=lambda: Tally("vectors"))


def check_documents(home: Home, tell: Tell) -> Iterator[Check]:
    """Documents, their passages and the vectors of these."""
    tallies = _Tallies()
    with closing(Database(home.library)) as database:
        with database.reading() as connection:
            keys = [key for (key,) in connection.execute("SELECT key FROM documents ORDER BY key")]
            known = _known(connection)
        for start in range(0, len(keys), BATCH):
            with database.reading() as connection:
                for key in keys[start : start + BATCH]:
                    document = _document(connection, key, tallies.documents)
                    if document is not None:
                        _passages(connection, key, document, known, tallies)
            tell(Progress("check", min(start + BATCH, len(keys)), len(keys)))
        with database.reading() as connection:
            _missing_vectors(connection, known, tallies.vectors)
    yield from (tally.check(RESTORE) for tally in (tallies.documents, tallies.passages, tallies.vectors))


def check_references(home: Home, tell: Tell) -> Iterator[Check]:
    """Numbers of documents that stand in lists, which SQLite does not follow."""
    tally = Tally("references")
    with closing(Database(home.library)) as database, database.reading() as connection:
        for table in ("files", "editions"):
            rows = connection.execute(
                f"SELECT t.source || '/' || t.path, d.key FROM {table} t, json_each(t.document_keys) each "
                "LEFT JOIN documents d ON d.key = each.value"
            )
            for place, key in rows:
                tally.add(None if key is not None else f"{place} was read as a document that is not there")
    yield tally.check(RESTORE)


def _known(connection: sqlite3.Connection) -> _Known:
    query = "SELECT g.splitting, g.fingerprint FROM generations g JOIN pointer ON pointer.generation = g.id"
    row = connection.execute(query).fetchone()
    dimensions = dict(connection.execute("SELECT fingerprint, dimension FROM generations"))
    return _Known(None if row is None else (row[0], row[1]), dimensions)


def _document(connection: sqlite3.Connection, key: int, documents: Tally) -> Document | None:
    row = connection.execute("SELECT version FROM documents WHERE key = ?", (key,)).fetchone()
    if row is None:  # a sync has let it go meanwhile
        return None
    try:
        document = read_document(connection, key)
    except LibraryError as error:
        documents.add(error.user_message.rstrip("."))
        return None
    documents.add(None if document.version == row[0] else f"the version of {document.id} is not that of its text")
    return document


def _passages(connection: sqlite3.Connection, key: int, document: Document, known: _Known, tallies: _Tallies) -> None:
    query = (
        'SELECT id, splitting, "start", "end", headings, sentences, encoded_digest FROM passages WHERE document_key = ?'
    )
    vectors = "SELECT fingerprint, vector, sentences FROM vectors WHERE encoded_digest = ?"
    for number, splitting, start, end, headings, sentences, digest in connection.execute(query, (key,)).fetchall():
        passage = _passage(start, end, headings, sentences, len(document.text))
        if passage is None:
            tallies.passages.add(f"passage {number} of {document.id} is no stretch of its text")
            continue
        now = known.current is not None and splitting == known.current[0]  # others were made by other rules
        same = not now or passage_digest(document, passage) == digest
        tallies.passages.add(None if same else f"passage {number} of {document.id} is not the one that was encoded")
        for fingerprint, vector, parts in connection.execute(vectors, (digest,)):
            sound = _is_sound(vector, parts, len(passage.sentences), known.dimensions.get(fingerprint))
            tallies.vectors.add(None if sound else f"the vectors of passage {number} of {document.id} are damaged")


def _passage(start: int, end: int, headings: str, sentences: str, length: int) -> Passage | None:
    """The passage, if all of it lies within a text of so many characters."""
    try:
        spans = tuple(Span(int(first), int(last)) for first, last in json.loads(sentences))
        titles = tuple(str(each) for each in json.loads(headings))
    except (ValueError, TypeError):
        return None
    edges = [start, *(place for span in spans for place in (span.start, span.end)), end]
    within = 0 <= start < end <= length and edges == sorted(edges) and all(span.start < span.end for span in spans)
    return Passage(start, end, titles, spans) if within else None


def _is_sound(vector: bytes, sentences: bytes, count: int, dimension: int | None) -> bool:
    """Whether these are numbers, as many as there must be, and of a vector of length 1."""
    dimension = dimension or len(vector) // 4
    if len(vector) != dimension * 4 or len(sentences) != count * dimension * 2:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        length = float(np.linalg.norm(np.frombuffer(vector, dtype="<f4")))
    return abs(length - 1) < LENGTH_TOLERANCE and bool(np.isfinite(np.frombuffer(sentences, dtype="<f2")).all())


def _missing_vectors(connection: sqlite3.Connection, known: _Known, vectors: Tally) -> None:
    if known.current is None:
        return
    query = (
        "SELECT count(*) FROM memberships m JOIN passages p ON p.document_key = m.document_key AND p.splitting = ? "
        "LEFT JOIN vectors v ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ? "
        "WHERE m.end_generation IS NULL AND v.vector IS NULL"
    )
    (count,) = connection.execute(query, known.current).fetchone()
    if count:
        vectors.tell(f"passages without one: {count:,}")
