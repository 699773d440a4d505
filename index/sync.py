"""Sources to library to next generation. The only writer.

The order of writes is what keeps a crash harmless. Documents, passages and vectors are committed
as they come, but nobody sees them; then the new generation's files are written beside the old ones;
then one transaction publishes both. Killed anywhere before that, the old generation goes on
answering, and the next sync finds all that was committed.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath

import numpy as np

from index import generation
from index.errors import GenerationError, NotFoundError, ReadError
from index.fetch import FoundFile, read_bytes, walk
from index.generation import Generation, Row
from index.home import Home
from index.library import FileRecord, GenerationRecord, Library, Member
from index.lock import writer_lock
from index.readers import READERS_VERSION, read, readable
from index.split import SPLIT_VERSION, encoded_text, split
from index.types import Document, Encoder, Passage, Source, Span, StoredPassage

ENCODE_BATCH = 64
COMMIT_BATCH = 64


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of ``stage`` are finished. ``total`` 0: the stage has no units.

    The stages, in order: read, split, encode, generation-written, generation-renamed, published,
    cleaned.
    """

    stage: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or source that was not read, and why. ``kept``: its last good version still answers."""

    name: str
    reason: str
    kept: bool


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in numbers of documents. ``generation`` is the name of what answers now."""

    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    encoded: int
    generation: str
    elapsed_seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """``most_bytes`` of one file are read; ``passage_tokens`` is the size of passages."""

    most_bytes: int
    passage_tokens: int


def sync(
    home: Home,
    library: Library,
    encoder: Encoder,
    limits: Limits,
    *,
    add: Sequence[Source] = (),
    only: Sequence[str] | None = None,
    remove: Sequence[str] = (),
    tell: Callable[[Progress], None] = lambda progress: None,
) -> SyncReport:
    """Brings the sources named in ``only`` (None: all of them) up to date and publishes the result.

    ``add`` are sources to take in first, ``remove`` the names of sources to let go. Raises BusyError
    if another sync is under way, NotFoundError for a source that is not there, StorageError, and
    LibraryError. One bad document never stops a sync: it stands in the report.
    """
    started = time.perf_counter()
    with writer_lock(home.lock):
        for source in add:
            library.put_source(source)
        sources = {source.name: source for source in library.sources()}
        for name in (*(only or ()), *remove):
            if name not in sources:
                raise NotFoundError(f"There is no source called {name}; legation sources lists them.")
        chosen = [s for s in sources.values() if s.name not in remove and (only is None or s.name in only)]
        before = library.members()
        intake = _Intake(library, limits.most_bytes, before, tell)
        chosen_names = {source.name for source in chosen} | set(remove)
        intake.keep(key for key, member in before.items() if member.source not in chosen_names)
        for source in chosen:
            intake.take(source)
        keys = sorted(intake.keys)
        splitting = splitting_name(encoder, limits.passage_tokens)
        _split_all(library, encoder, limits.passage_tokens, splitting, keys, tell)
        encoded = _encode_all(library, encoder, splitting, keys, tell)
        record = library.current()
        if remove or record is None or not _is_current(home, record, encoder, splitting, set(before), set(keys)):
            record = _publish(home, library, encoder, splitting, keys, remove, tell)
        return SyncReport(
            added=intake.added,
            changed=intake.changed,
            removed=len(set(before) - set(keys)) - intake.changed,
            unchanged=len(keys) - intake.added - intake.changed,
            skipped=tuple(intake.skipped),
            passages=record.count,
            encoded=encoded,
            generation=record.name,
            elapsed_seconds=time.perf_counter() - started,
        )


def splitting_name(encoder: Encoder, passage_tokens: int) -> str:
    """Names the way documents were split: with another name they are split again."""
    return f"{SPLIT_VERSION}/{passage_tokens}/{encoder.name}"


class _Intake:
    """Reads sources into the library and collects the keys of the documents that are to answer."""

    def __init__(
        self, library: Library, most_bytes: int, before: dict[int, Member], tell: Callable[[Progress], None]
    ) -> None:
        self._library, self._most_bytes, self._before, self._tell = library, most_bytes, before, tell
        self.keys: set[int] = set()
        self.skipped: list[Skipped] = []
        self.added = self.changed = 0

    def keep(self, keys: Iterable[int]) -> None:
        self.keys.update(keys)

    def take(self, source: Source) -> None:
        location = Path(source.location)
        previous = {member.path: key for key, member in self._before.items() if member.source == source.name}
        try:
            location.stat()
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            why = "does not exist any more" if gone else f"cannot be read: {error.strerror}"
            reason = f"{source.location} {why}"
            self.skipped.append(Skipped(source.name, reason, kept=bool(previous)))
            self.keep(previous.values())
            return
        known = self._library.files(source.name)
        files = list(walk(location, readable))
        for start in range(0, len(files), COMMIT_BATCH):
            with self._library.batch():
                for number, file in enumerate(files[start : start + COMMIT_BATCH], start=start + 1):
                    self._take_file(source, file, known.get(file.path), previous)
                    self._tell(Progress("read", number, len(files)))

    def _take_file(self, source: Source, file: FoundFile, record: FileRecord | None, previous: dict[str, int]) -> None:
        old_key = previous.get(file.path)
        try:
            key = self._document_key(source, file, record)
        except ReadError as error:
            name = source.name if Path(source.location).is_file() else f"{source.name}/{file.path}"
            # The path may be of a folder that cannot be listed: what was read below it is kept too.
            kept = [key for path, key in previous.items() if PurePosixPath(path).is_relative_to(file.path)]
            self.skipped.append(Skipped(name, error.user_message, kept=bool(kept)))
            self.keep(kept)
            return
        self.keys.add(key)
        self.added += old_key is None
        self.changed += old_key is not None and key != old_key

    def _document_key(self, source: Source, file: FoundFile, record: FileRecord | None) -> int:
        content = read_bytes(file, self._most_bytes)
        digest = hashlib.sha256(content).hexdigest()
        reading = f"{READERS_VERSION}/{source.collection}"
        if record is not None and (record.content_digest, record.reading) == (digest, reading):
            return record.document_key
        media_type, result = read(content, file.path)
        document = Document(
            id=f"{source.name}/{file.path}",
            source=source.name,
            collection=source.collection,
            path=file.path,
            media_type=media_type,
            title=result.title or Path(file.path).stem,
            publisher=result.publisher,
            published=result.published,
            url=result.url,
            language=result.language,
            text=result.text,
            headings=result.headings,
            blocks=result.blocks,
        )
        return self._library.put_document(document, digest, reading)


def _split_all(
    library: Library,
    encoder: Encoder,
    passage_tokens: int,
    splitting: str,
    keys: Sequence[int],
    tell: Callable[[Progress], None],
) -> None:
    waiting = library.unsplit(keys, splitting)
    for start in range(0, len(waiting), COMMIT_BATCH):
        with library.batch():
            for number, key in enumerate(waiting[start : start + COMMIT_BATCH], start=start + 1):
                document = library.documents([key])[key]
                passages = split(document, encoder.count_tokens, passage_tokens)
                digests = [_digest(*_encoding(document, passage)) for passage in passages]
                library.put_passages(key, splitting, passages, digests)
                tell(Progress("split", number, len(waiting)))


def _encode_all(
    library: Library, encoder: Encoder, splitting: str, keys: Sequence[int], tell: Callable[[Progress], None]
) -> int:
    waiting = library.passages_without_vector(keys, splitting, encoder.fingerprint)
    for start in range(0, len(waiting), ENCODE_BATCH):
        batch = library.passages([passage_id for _, passage_id in waiting[start : start + ENCODE_BATCH]])
        encodings = [_encoding(stored.document, stored.passage) for stored in batch]
        vectors, sentences = encoder.encode_with_sentences(*zip(*encodings, strict=True))
        digests = [_digest(*encoding) for encoding in encodings]
        library.put_vectors(encoder.fingerprint, digests, vectors, sentences)
        tell(Progress("encode", start + len(batch), len(waiting)))
    return len(waiting)


def _is_current(
    home: Home, record: GenerationRecord, encoder: Encoder, splitting: str, before: set[int], keys: set[int]
) -> bool:
    if before != keys or (record.fingerprint, record.splitting) != (encoder.fingerprint, splitting):
        return False
    if not generation.has_every_file(record):
        return False
    try:
        Generation(home.generations, record)
    except GenerationError:
        return False
    return True


def _publish(
    home: Home,
    library: Library,
    encoder: Encoder,
    splitting: str,
    keys: Sequence[int],
    remove: Sequence[str],
    tell: Callable[[Progress], None],
) -> GenerationRecord:
    previous = library.current()
    # What syncs that failed have left makes room first: on a full disk it would only grow.
    generation.remove_others(home.generations, {previous.name} if previous else set())
    rows = library.passage_rows(keys, splitting, encoder.fingerprint, encoder.dimension)
    vectors = np.array([row.vector for row in rows], dtype=np.float32).reshape(-1, encoder.dimension)
    planned = GenerationRecord(
        id=library.next_generation_id(), name="", created_at="", model=encoder.name,
        fingerprint=encoder.fingerprint, dimension=encoder.dimension, count=0, splitting=splitting, files={},
    )  # fmt: skip
    record = generation.build(
        home.generations,
        planned,
        _generation_rows(library, [row.id for row in rows]),
        vectors,
        lambda step: tell(Progress(step)),
    )
    library.publish(record, keys, remove)
    tell(Progress("published"))
    keep = {record.name} | ({previous.name} if previous else set())
    generation.remove_others(home.generations, keep)
    tell(Progress("cleaned"))
    return record


def _generation_rows(library: Library, passage_ids: Sequence[int]) -> Iterable[Row]:
    """The rows in the order of the ids. By words, a passage is found with those beside it in its section:
    the names that it leaves out often stand there.
    """
    before: StoredPassage | None = None
    passage: StoredPassage | None = None
    for after in chain(_stored_passages(library, passage_ids), (None,)):
        if passage is not None:
            beside = [other.text for other in (before, after) if other is not None and _one_section(passage, other)]
            text = "\n".join((encoded_text(passage.document, passage.passage), *beside))
            yield Row(passage.id, text, passage.document.collection, passage.document.published)
        before, passage = passage, after


def _stored_passages(library: Library, passage_ids: Sequence[int]) -> Iterator[StoredPassage]:
    waiting = iter(passage_ids)
    while batch := list(islice(waiting, 512)):
        yield from library.passages(batch)


def _one_section(passage: StoredPassage, other: StoredPassage) -> bool:
    return (passage.document.id, passage.passage.headings) == (other.document.id, other.passage.headings)


def _encoding(document: Document, passage: Passage) -> tuple[str, tuple[Span, ...]]:
    """The text to encode, and where in it the sentences of the passage stand."""
    text = encoded_text(document, passage)
    shift = len(text) - passage.end  # the passage stands at the end
    return text, tuple(Span(sentence.start + shift, sentence.end + shift) for sentence in passage.sentences)


def _digest(text: str, sentences: Sequence[Span]) -> bytes:
    """SHA-256 of all that the vectors of a passage depend on, the model apart."""
    places = [(sentence.start, sentence.end) for sentence in sentences]
    return hashlib.sha256(json.dumps([text, places]).encode()).digest()
