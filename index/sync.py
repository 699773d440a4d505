"""Sources to library to next generation. The only writer.

The order of writes is what keeps a crash harmless. Documents, passages and vectors are committed
as they come, but nobody sees them; then the new generation's files are written beside the old ones;
then one transaction publishes both. Killed anywhere before that, the old generation goes on
answering, and the next sync finds all that was committed.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from index.building import build_generation
from index.editions import EditionRecord
from index.errors import GenerationError, LibraryError, NotFoundError
from index.home import Home
from index.intake import Intake, Skipped
from index.library import Library, Member
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.parsing.process import ParsingLimits
from index.parsing.supervisor import ParsingProcess
from index.passage_index import PassageStore
from index.prepare import Preparation, preparing, splitting_name
from index.register import knows_editions
from index.types import Encoder, Progress, Source
from index.web.rules import DownloadRules

if TYPE_CHECKING:
    from index.web.download import Downloader

LOOKED_OVER = 100_000
"""Up to so many passages, every sync looks whether the library still has all of what answers."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in numbers of documents. ``generation`` is the name of what answers now. ``skipped`` are files
    and sources that were not read, ``problems`` the rows of those that were and had broken ones. ``passed_over`` counts
    files of kinds that nothing reads, by the endings of their names, the most frequent first.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    problems: tuple[Skipped, ...]
    passages: int
    encoded: int
    generation: str
    elapsed_seconds: float
    passed_over: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """``most_bytes`` of one file are read; ``passage_tokens`` is the size of passages. ``second_look`` is how long
    what was not found on the web is looked for before it is let go. What no longer answers is kept for ``keep``, None
    for ever.
    """

    most_bytes: int
    passage_tokens: int
    parsing: ParsingLimits = field(default_factory=ParsingLimits)
    download: DownloadRules = field(default_factory=DownloadRules)
    second_look: timedelta = timedelta(hours=1)
    keep: timedelta | None = None


def sync(
    home: Home,
    library: Library,
    encoder: Encoder,
    limits: Limits,
    *,
    store: PassageStore | None = None,
    add: Sequence[Source] = (),
    only: Sequence[str] | None = None,
    remove: Sequence[str] = (),
    verify: bool = False,
    tell: Callable[[Progress], None] = lambda progress: None,
    parser: ParsingProcess | None = None,
) -> SyncReport:
    """Brings the sources named in ``only`` (None: all of them) up to date and publishes the result.

    The index is kept in ``store``; without one, in the folder of generations. ``add`` are sources to take in first,
    ``remove`` the names of sources to let go. ``verify``: each vector is compared with its checksum, and what is
    damaged or missing is encoded again; otherwise that happens if such a one turns up. ``parser`` reads documents, if
    one is running already; without it, one is started and ended. Raises BusyError if another sync is under way,
    NotFoundError for a source that is not there, StorageError, and LibraryError. One bad document never stops a sync:
    it stands in the report.
    """
    started = time.perf_counter()
    store = store or LocalStore(home.generations)
    with library.alone(home.lock), preparing(library, encoder, limits.passage_tokens) as preparation:
        for source in add:
            library.put_source(source)
        sources = {source.name: source for source in library.sources()}
        for name in (*(only or ()), *remove):
            if name not in sources:
                raise NotFoundError(f"There is no source called {name}; legation sources lists them.")
        chosen = [s for s in sources.values() if s.name not in remove and (only is None or s.name in only)]
        before = library.members()
        with _intake(library, limits, parser, before, preparation, tell) as intake:
            taken = {source.name for source in chosen} | set(remove)
            intake.keep(key for key, member in before.items() if member.source not in taken)
            for source in chosen:
                intake.take(source)
        oldest = None if limits.keep is None else datetime.now(UTC) - limits.keep
        old = library.old_editions(oldest) if oldest is not None else set()
        pruned = library.prune(oldest, ()) if oldest is not None else 0
        editions, current = intake.editions(remove, old)
        entries = {key for each in editions for key in each.document_keys}
        keys = sorted((intake.keys - entries).union(*(each.document_keys for each in current)))
        splitting = splitting_name(encoder, limits.passage_tokens)
        record = library.current()
        alike = record is not None and (record.fingerprint, record.splitting) == (encoder.fingerprint, splitting)
        # What answers is split and encoded already; to look at each of a million passages takes seconds. It is done
        # where nothing is new, where something turns out to be missing, and in a library where it takes little.
        everything = {*keys, *entries}
        complete = alike and not (
            record is not None
            and record.count <= LOOKED_OVER
            and library.lacks_some(record.splitting, record.fingerprint)
        )
        new = everything.difference(before if complete else ())
        if verify:
            _forget_damaged(library, tell)
        wanted = everything if verify else new or everything
        preparation.finish(sorted(wanted), tell)
        if (
            record is None
            or not alike
            or before.keys() != set(keys)
            or not _is_current(store, library, record, editions, current)
            or remove
            or pruned  # who has an earlier day open learns so that it must be made anew
        ):
            publish = partial(
                _publish, home, store, library, encoder, splitting, keys, (editions, current), remove, tell
            )
            try:
                record = publish()
            except LibraryError:
                if not _forget_damaged(library, tell) and wanted == everything:
                    raise
                preparation.finish(sorted(everything), tell)
                record = publish()
        library.finish([source.name for source in chosen], intake.gone)
        if oldest is not None and old:
            library.prune(oldest, old)
        now = set(keys)
        counts = library.history.changes(before.keys() - now, now - before.keys())
        return SyncReport(
            added=counts.added,
            changed=counts.changed,
            removed=counts.removed,
            unchanged=len(keys) - counts.added - counts.changed,
            skipped=tuple(intake.skipped),
            problems=tuple(intake.problems),
            passages=record.count,
            encoded=preparation.encoded,
            generation=record.name,
            elapsed_seconds=time.perf_counter() - started,
            passed_over=dict(sorted(intake.passed_over.items(), key=lambda item: (-item[1], item[0]))),
        )


def _forget_damaged(library: Library, tell: Callable[[Progress], None]) -> int:
    return library.vectors.forget_damaged(lambda done, total: tell(Progress("check", done, total)))


@contextmanager
def _intake(
    library: Library,
    limits: Limits,
    running: ParsingProcess | None,
    before: Mapping[int, Member],
    preparation: Preparation,
    tell: Callable[[Progress], None],
) -> Iterator[Intake]:
    """Reads with a child process, and a client of the web where a source needs one. What was read is split and encoded
    while more is read.
    """
    with ExitStack() as stack:
        parser = running or stack.enter_context(ParsingProcess(limits.parsing))

        @cache
        def downloader() -> "Downloader":
            from index.web.download import Downloader

            return stack.enter_context(Downloader(limits.download))

        yield Intake(
            library, parser, downloader, limits.most_bytes, limits.second_look, before, preparation.begin, tell
        )


def _is_current(
    store: PassageStore,
    library: Library,
    record: GenerationRecord,
    editions: Sequence[EditionRecord],
    current: Sequence[EditionRecord],
) -> bool:
    """Whether the generation's files are whole, of today's format, know these editions of lists, and have every passage
    in the collection that its source is in: what could not be read again since that was changed is moved too.
    """
    try:
        opened = store.open(record)
    except GenerationError:
        return False
    if not opened.is_of_todays_format:
        return False
    return knows_editions(opened.lists, editions, current) and opened.placed == library.placed(record.splitting)


def _publish(
    home: Home,
    store: PassageStore,
    library: Library,
    encoder: Encoder,
    splitting: str,
    keys: Sequence[int],
    editions: tuple[Sequence[EditionRecord], Sequence[EditionRecord]],
    remove: Sequence[str],
    tell: Callable[[Progress], None],
) -> GenerationRecord:
    previous = library.current()
    record = build_generation(
        store, library, encoder, splitting, keys, *editions, lambda step: tell(Progress(step)), previous
    )
    library.publish(record, keys, remove)
    tell(Progress("published"))
    keep = {record.name} | ({previous.name} if previous else set())
    for each in (store, LocalStore(home.generations)):  # files stay behind where an engine has the index now
        each.remove_others(keep)
    LocalStore(home.past).remove_others(())  # what the past was may be read otherwise now
    tell(Progress("cleaned"))
    return record
