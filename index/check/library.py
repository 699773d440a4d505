"""The library: the checksum of every document and row, every passage's place in its text, every vector's shape, every
reference.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from index.check.result import ENCODE, ENCODE_AGAIN, RESTORE, SPLIT, Check, Tally, Tell
from index.check.stored import Stored
from index.errors import LibraryError
from index.library_rows import read_document
from index.row_checksums import CHECKED, CHECKED_MEMBERSHIP, parsed, row_checksum
from index.stored_vectors import vectors_are_whole
from index.transactions import Statements
from index.types import Document, Progress, Span

BATCH = 100
"""Documents that are read in one transaction: whoever writes waits for it."""


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


def check_documents(stored: Stored, tell: Tell) -> Iterator[Check]:
    """Documents, their passages and the vectors of these."""
    tallies = _Tallies()
    with stored.database() as database:
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
        mends = RESTORE if tallies.passages.wrong else SPLIT, ENCODE_AGAIN if tallies.vectors.wrong else ENCODE
        with database.reading() as connection:
            if not tallies.passages.wrong:  # one that is damaged may be the one that is missing
                _missing_passages(connection, known, tallies.passages)
            _missing_vectors(connection, known, tallies.vectors)
    yield tallies.documents.check(RESTORE)
    yield from (tally.check(mend) for tally, mend in zip((tallies.passages, tallies.vectors), mends, strict=True))


def check_references(stored: Stored, tell: Tell) -> Iterator[Check]:
    """Numbers of documents that stand in lists, which no database follows."""
    tally = Tally("references")
    with stored.database() as database, database.reading() as connection:
        known = {key for (key,) in connection.execute("SELECT key FROM documents")}
        for table in ("files", "editions"):
            for source, path, keys in connection.execute(f"SELECT source, path, document_keys FROM {table}"):
                for key in parsed(keys):
                    tally.add(None if key in known else f"{source}/{path} was read as a document that is not there")
        _citations(connection, tally)
    yield tally.check(RESTORE)


def check_records(stored: Stored, tell: Tell) -> Iterator[Check]:
    """What is known of the editions of sanctions lists, of generations, and of what belongs to which of these."""
    tally = Tally("records")
    with stored.database() as database, database.reading() as connection:
        for table in ("editions", "generations"):
            for name, *values, checksum in connection.execute(f"SELECT name, {CHECKED[table]}, checksum FROM {table}"):
                sound = row_checksum(*values) == checksum
                tally.add(None if sound else f"{name} of {table} no longer matches its checksum")
        for *values, checksum in connection.execute(f"SELECT {CHECKED_MEMBERSHIP}, checksum FROM memberships"):
            sound = checksum in (None, row_checksum(*values))  # none yet, in PostgreSQL until the next publication
            tally.add(None if sound else f"when document number {values[0]} was there no longer matches its checksum")
    yield tally.check(RESTORE)


def _citations(connection: Statements, tally: Tally) -> None:
    """What may be quoted is cited under an edition of a list that has it, in whichever version: an edition that was
    read again, as when its source comes into another collection, names the new ones.
    """
    query = "SELECT key, id, edition FROM documents WHERE edition IS NOT NULL"
    cited = {key: (name, number) for key, name, number in connection.execute(query)}
    quoted = {key for (key,) in connection.execute("SELECT document_key FROM memberships WHERE end_generation IS NULL")}
    listed: dict[int, frozenset[str]] = {}
    for number, keys in connection.execute("SELECT id, document_keys FROM editions"):
        held = cited.keys() & parsed(keys)
        listed[number] = frozenset(cited[key][0] for key in held)
        quoted |= held
    for name, number in (cited[key] for key in sorted(quoted & cited.keys())):
        there = name in listed.get(number, frozenset())
        tally.add(None if there else f"{name} is cited under an edition that does not have it")


def _known(connection: Statements) -> _Known:
    query = "SELECT g.splitting, g.fingerprint FROM generations g JOIN pointer ON pointer.generation = g.id"
    row = connection.execute(query).fetchone()
    dimensions = dict(connection.execute("SELECT fingerprint, dimension FROM generations"))
    return _Known(None if row is None else (row[0], row[1]), dimensions)


def _document(connection: Statements, key: int, documents: Tally) -> Document | None:
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


def _passages(connection: Statements, key: int, document: Document, known: _Known, tallies: _Tallies) -> None:
    query = f"SELECT {CHECKED['passages']}, checksum FROM passages WHERE document_key = ?"
    vectors = (
        "SELECT fingerprint, encoded_digest, vector, sentences, vector_checksum, sentences_checksum FROM vectors "
        "WHERE encoded_digest = ?"
    )
    for *values, checksum in connection.execute(query, (key,)).fetchall():
        number, _, _, start, end, headings, sentences, digest, _ = values
        sound = row_checksum(*values) == checksum
        spans = _sentences(start, end, headings, sentences, len(document.text))
        if not sound or spans is None:
            problem = "is no stretch of its text" if sound else "no longer matches its checksum"
            tallies.passages.add(f"passage {number} of {document.id} {problem}")
            continue
        tallies.passages.add(None)
        for stored in connection.execute(vectors, (digest,)):
            right = vectors_are_whole(stored, len(spans), known.dimensions.get(stored[0]))
            tallies.vectors.add(None if right else f"the vectors of passage {number} of {document.id} are damaged")


def _sentences(start: int, end: int, headings: str, sentences: str, length: int) -> tuple[Span, ...] | None:
    """The sentences of a passage, if all of it lies within a text of so many characters."""
    try:
        spans = tuple(Span(int(first), int(last)) for first, last in json.loads(sentences))
        _ = [str(each) for each in json.loads(headings)]
        edges = [start, *(place for span in spans for place in (span.start, span.end)), end]
        within = 0 <= start < end <= length and edges == sorted(edges) and all(span.start < span.end for span in spans)
    except (ValueError, TypeError):  # a damaged row may hold text where a number was
        return None
    return spans if within else None


def _missing_passages(connection: Statements, known: _Known, passages: Tally) -> None:
    """Every reader gives something to quote, so a document that answers has passages."""
    if known.current is None:
        return
    query = (
        "SELECT d.id FROM memberships m JOIN documents d ON d.key = m.document_key WHERE m.end_generation IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM passages p WHERE p.document_key = d.key AND p.splitting = ?) ORDER BY d.id"
    )
    for (name,) in connection.execute(query, known.current[:1]):
        passages.tell(f"{name} has none")


def _missing_vectors(connection: Statements, known: _Known, vectors: Tally) -> None:
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
