"""Sources into the library: what is new or changed is read and committed, what is gone is let go."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.editions import EditionRecord, newest
from index.errors import ReadError
from index.items import Content, Found, Item
from index.library import FileRecord, Library, Member
from index.library_rows import now
from index.locations import find_items
from index.parsing.supervisor import ParsingProcess
from index.readers import READERS_VERSION
from index.types import Document, Edition, FileReading, Progress, Reading, Source
from index.web.errors import Gone

if TYPE_CHECKING:
    from index.web.download import Downloader

COMMIT_BATCH = 64
COMMIT_SECONDS = 2.0
"""What was read is committed after so many files or seconds, whichever comes first."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, part of one, or source that was not read, and why. ``kept``: its last good version still answers."""

    name: str
    reason: str
    kept: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of an item: its new record and reading, or with ``reading`` None the record as it was."""

    path: str
    record: FileRecord
    reading: FileReading | None = None
    documents: tuple[Document, ...] = ()


class Intake:
    """Reads sources into the library and collects the keys of the documents that are to answer.

    ``before`` is what answers now; ``begin`` hears the keys of what was read and committed. A document on the web that
    is not found is let go when a second look, at least ``second_look`` after the first, does not find it either.
    """

    def __init__(
        self,
        library: Library,
        parser: ParsingProcess,
        downloader: "Callable[[], Downloader]",
        most_bytes: int,
        second_look: timedelta,
        before: Mapping[int, Member],
        begin: Callable[[Sequence[int], Callable[[Progress], None]], None],
        tell: Callable[[Progress], None],
    ) -> None:
        self._library, self._parser, self._downloader = library, parser, downloader
        self._most_bytes, self._second_look, self._before = most_bytes, second_look, before
        self._begin, self._tell = begin, tell
        self.keys: set[int] = set()
        self.skipped: list[Skipped] = []
        self.problems: list[Skipped] = []
        self.gone: list[tuple[str, str]] = []
        self.passed_over: Counter[str] = Counter()
        self._taken: set[str] = set()

    def keep(self, keys: Iterable[int]) -> None:
        """Lets documents answer on."""
        self.keys.update(keys)

    def take(self, source: Source) -> None:
        """Reads a source. Whatever is wrong with it or a part of it stands in ``skipped`` and ``problems``."""
        previous = {member.path: key for key, member in self._before.items() if member.source == source.name}
        records = self._library.files(source.name)
        self._taken.clear()
        try:
            found = find_items(source, self._downloader, self._most_bytes, records.keys())
        except ReadError as error:
            self.skipped.append(Skipped(source.name, error.user_message, kept=bool(previous)))
            self.keep(previous.values())
            return
        self.passed_over.update(found.passed_over)
        for problem in found.problems:
            self.skipped.append(Skipped(f"{source.name}: {problem.place}", problem.reason, kept=False))
        reads = self._read_all(source, found, records, previous)
        for batch in _batches(reads):
            with self._library.batch():
                keys = [key for read in batch for key in self._commit(source, read)]
            self._begin(keys, self._tell)
        self._let_go(source, found, records, previous)

    def editions(
        self, remove: Sequence[str], old: Collection[int] = ()
    ) -> tuple[tuple[EditionRecord, ...], tuple[EditionRecord, ...]]:
        """The editions of lists that questions about names look into, oldest first, and those of them that hold: of
        each list in each collection the newest that lies in a source, or that lay at a place where an older one lies
        now: a mirror may be behind. Those after it were taken away and say nothing any more. Those of the sources
        ``remove``, and those with the ids ``old``, are left out.
        """
        held = [each for each in self._library.editions.all() if each.source not in remove and each.id not in old]
        lying = self._library.editions.lying_there()
        gone = set(self.gone)
        there = {
            (each.source, each.path): each
            for each in held
            if (each.source, each.path, each.id) in lying and (each.source, each.path) not in gone
        }
        newer = [each for each in held if (place := there.get((each.source, each.path))) and _is_newer(each, place)]
        current = newest([each for each in held if each in newer or each in there.values()])
        last = {(each.edition.list, each.collection): held.index(each) for each in current}
        known = [each for place, each in enumerate(held) if place <= last.get((each.edition.list, each.collection), -1)]
        return tuple(known), current

    def _read_all(
        self, source: Source, found: Found, records: Mapping[str, FileRecord], previous: Mapping[str, int]
    ) -> Iterator[_Read]:
        for number, item in enumerate(found.items, start=1):
            record = records.get(item.path)
            try:
                yield self._read(source, found, item, record)
            except Gone as error:
                self._miss(source, item.path, record, error.user_message)
            except ReadError as error:
                kept = self._answering(source, found, item, record, previous)
                name = source.name if found.alone else f"{source.name}/{item.path}"
                self.skipped.append(Skipped(name, error.user_message, kept=bool(kept)))
                self.keep(kept)
            self._tell(Progress("read", number, len(found.items)))

    def _answering(
        self, source: Source, found: Found, item: Item, record: FileRecord | None, previous: Mapping[str, int]
    ) -> tuple[int, ...]:
        """What was read of an item before. The path of one that never was may be of a folder that cannot be listed:
        what was read below it counts.
        """
        if record is not None:
            return record.document_keys
        below = not source.on_the_web
        return tuple(
            key
            for path, key in previous.items()
            if found.alone or (below and PurePosixPath(path).is_relative_to(item.path))
        )

    def _read(self, source: Source, found: Found, item: Item, record: FileRecord | None) -> _Read:
        reading = _reading_name(source)
        same = record is not None and record.reading == reading
        content = item.read(record.validators if same and record is not None else {})
        if content is None and record is not None:
            return _Read(item.path, replace(record, missing_since=None))
        if content is None:
            raise ReadError("the server says that it is unchanged, but it was never read")
        digest = _digest(content)
        if same and record is not None and record.content_digest == digest:
            return _Read(item.path, replace(record, validators=content.validators, missing_since=None))
        read = self._parser.parse(content.files, content.name, content.media_type)
        if source.kind == "list" and read.edition is None:
            raise ReadError("it is not a sanctions list in a format that can be read")
        if record is not None and record.edition is not None and read.edition is None:
            raise ReadError("it was a sanctions list, and cannot be read as one any more")
        self._report(source, item, read)
        documents = tuple(_documents(source, found, item, content, read))
        return _Read(item.path, FileRecord(digest, reading, (), None, content.validators), read, documents)

    def _report(self, source: Source, item: Item, read: FileReading) -> None:
        for problem in read.problems:
            self.problems.append(Skipped(f"{source.name}/{item.path}: {problem.place}", problem.reason, kept=False))

    def _commit(self, source: Source, read: _Read) -> tuple[int, ...]:
        """The keys of what was read, if anything was."""
        record = read.record
        if read.reading is not None:
            keys = tuple(self._library.put_document(document) for document in read.documents)
            edition = self._put_edition(source, read.path, record.content_digest, read.reading.edition, keys)
            record = replace(record, document_keys=keys, edition=edition)
        self._library.put_file(source.name, read.path, record)
        self._taken.add(read.path)
        self.keep(record.document_keys)
        return record.document_keys if read.reading is not None else ()

    def _put_edition(
        self, source: Source, path: str, digest: str, edition: Edition | None, keys: Sequence[int]
    ) -> int | None:
        if edition is None:
            return None
        edition = replace(edition, date=edition.date or source.edition)
        self._warn_of_newer(source, path, edition)
        today = datetime.now(UTC).date()
        return self._library.editions.put(source.name, path, digest, source.collection, edition, keys, today)

    def _warn_of_newer(self, source: Source, path: str, edition: Edition) -> None:
        here = [each for each in self._library.editions.all() if (each.source, each.path) == (source.name, path)]
        newest_date = max((each.date for each in here if each.edition.dated), default="")
        if edition.date is not None and newest_date > edition.date:
            reason = f"it is of {edition.date}; the newer edition of {newest_date} was here before and answers on"
            self.skipped.append(Skipped(source.name, reason, kept=True))

    def _let_go(
        self, source: Source, found: Found, records: Mapping[str, FileRecord], previous: Mapping[str, int]
    ) -> None:
        """Decides on what was read once and is not there now."""
        there = {item.path for item in found.items}
        absent = {path: record for path, record in records.items() if path not in there}
        if source.on_the_web:
            self._let_go_of_web(source, found, absent)
            return
        if found.alone and not self._taken:  # it has moved, and there is nothing in its place
            self.keep(key for record in absent.values() for key in record.document_keys)
            return
        unlistable = [item.path for item in found.items if not records.get(item.path)]
        for path, record in absent.items():
            if any(PurePosixPath(path).is_relative_to(folder) for folder in unlistable):
                continue  # kept above: the folder it lies in cannot be listed
            if not there and record.missing_since is None:
                self._mark_missing(source, path, record)
            else:
                self.gone.append((source.name, path))
        if absent and not there and previous and not self._is_letting_go(source):
            reason = "nothing is left in it; its documents answer on until the next sync finds nothing either"
            self.skipped.append(Skipped(source.name, reason, kept=True))

    def _let_go_of_web(self, source: Source, found: Found, absent: Mapping[str, FileRecord]) -> None:
        for path, record in absent.items():
            if not _was_read_at(source.location, record):
                # The source has moved: what it held is let go as soon as there is something in its place.
                if self._taken:
                    self.gone.append((source.name, path))
                else:
                    self.keep(record.document_keys)
            elif found.complete:
                self._miss(source, path, record, "it is no longer listed")
            else:
                self.keep(record.document_keys)

    def _is_letting_go(self, source: Source) -> bool:
        return any(name == source.name for name, _ in self.gone)

    def _miss(self, source: Source, path: str, record: FileRecord | None, reason: str) -> None:
        if record is None:
            self.skipped.append(Skipped(f"{source.name}/{path}", reason, kept=False))
            return
        first = record.missing_since
        if first is not None and datetime.now(UTC) - datetime.fromisoformat(first) >= self._second_look:
            self.gone.append((source.name, path))
            return
        self._mark_missing(source, path, record)
        waits = f"{reason}; it answers on until a second look does not find it either"
        self.skipped.append(Skipped(f"{source.name}/{path}", waits, kept=True))

    def _mark_missing(self, source: Source, path: str, record: FileRecord) -> None:
        self._library.put_file(source.name, path, replace(record, missing_since=record.missing_since or now()))
        self.keep(record.document_keys)


def _is_newer(edition: EditionRecord, other: EditionRecord) -> bool:
    """By the dates that lists give themselves: of one that gives none, what lies there is what holds."""
    return edition.edition.dated and other.edition.dated and edition.date > other.date


def _batches(reads: Iterator[_Read]) -> Iterator[list[_Read]]:
    """What was read, in groups that are committed together: a commit waits for the disk."""
    batch: list[_Read] = []
    started = time.monotonic()
    for read in reads:
        batch.append(read)
        if len(batch) >= COMMIT_BATCH or time.monotonic() - started > COMMIT_SECONDS:
            yield batch
            batch, started = [], time.monotonic()
    if batch:
        yield batch


def _reading_name(source: Source) -> str:
    """Names all that decides what is read of a file, its bytes apart."""
    values = (
        READERS_VERSION,
        source.collection,
        source.kind == "list",
        source.publisher,
        source.language,
        source.edition,
        source.location if source.on_the_web else None,
    )
    return json.dumps(values, ensure_ascii=False)


def _was_read_at(address: str, record: FileRecord) -> bool:
    return record.reading.endswith(f", {json.dumps(address, ensure_ascii=False)}]")


def _digest(content: Content) -> str:
    if len(content.files) == 1:
        return hashlib.sha256(content.files[content.name]).hexdigest()
    parts = sorted((name, hashlib.sha256(part).hexdigest()) for name, part in content.files.items())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _documents(source: Source, found: Found, item: Item, content: Content, read: FileReading) -> Iterator[Document]:
    for reading in read.readings:
        path = _path(found, item, reading)
        yield Document(
            id=f"{source.name}/{path}",
            source=source.name,
            collection=source.collection,
            path=path,
            media_type=read.media_type,
            title=reading.title or Path(path).stem,
            publisher=reading.publisher or source.publisher,
            published=reading.published or item.published,
            # Where it was fetched, not where it says that it is.
            url=content.url if content.url is not None and not reading.member else reading.url or content.url,
            language=reading.language or source.language,
            text=reading.text,
            headings=reading.headings,
            blocks=reading.blocks,
            pinpoints=reading.pinpoints,
            entry=reading.entry,
        )


def _path(found: Found, item: Item, reading: Reading) -> str:
    if not reading.member:
        return item.path
    return reading.member if found.alone else f"{item.path}/{reading.member}"
