"""Sources as people handle them: added, brought up to date and taken out, and written in the manifest.

The manifest, ``sources.toml`` in the home folder, says which sources there are; the library holds what was read of
them. A source that is no longer in the manifest leaves the library at the next sync of all. The shipped briefs are in
no manifest: they are there until something else is added.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.assemble import BRIEFS, Legation, visible_name
from bot.schedule import due, seconds_until_next
from index.errors import NotFoundError, ReadError, SettingsError, StorageError, UsageError
from index.manifest import FIELDS, SourceEntry, delete_unused, put_entry, read_manifest, remove_entries
from index.manifest.entry import problems
from index.manifest.read import read_text
from index.manifest.write import alone, replace_file
from index.types import Source

if TYPE_CHECKING:
    from index.sync import SyncReport


NOT_ADDED = "Nothing could be read in {names}; it was not added{reasons}."

_OPTIONS = frozenset({"every", "publisher", "language", "include", "exclude", "edition"})


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source, with how many documents the current index has of it, their newest date, and when it was looked at
    last, ISO 8601 in UTC.
    """

    name: str
    collection: str
    location: str
    kind: str
    every: str | None
    documents: int
    newest: str | None
    synced: str | None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of sources that were added; ``empty`` are those in which nothing could be read: they are not kept."""

    report: "SyncReport"
    empty: tuple[str, ...]


def add_sources(
    legation: Legation, locations: Sequence[str], wanted: SourceEntry, name: str | None, collection: str | None
) -> Added:
    """Adds files, folders and web addresses, indexes them and writes them into the manifest. ``wanted`` has all else
    that was given for them; a name or collection that was not given is chosen here.

    Raises UsageError if a path does not exist, a name is taken, or an option or a place is not allowed, and ReadError
    if what should be a sanctions list cannot be read.
    """
    for field, problem in problems(wanted):
        if field in _OPTIONS:
            raise UsageError(f"--{field} {problem}.")
    for given in (name, collection):
        if given is not None and (not given or given != visible_name(given) or "/" in given):
            raise UsageError("A name has no slash, no control character, and no white space at its ends.")
    begins = legation.is_new
    had_manifest = legation.home.manifest.exists()
    _begin_manifest(legation)
    written = {entry.name for entry in read_manifest(legation.home.manifest)}
    known = _known(legation)
    new: list[SourceEntry] = []
    for place in locations:
        location = place if _is_address(place) else str(_existing(place))
        chosen = name or next((each.name for each in known.values() if each.location == location), None)
        chosen = _free_name([*known.values(), *new], location, chosen or _plain_name(location))
        before = known.get(chosen)
        within = collection or (before.collection if before else _collection(location, chosen))
        entry = _with_given(before, replace(wanted, name=chosen, location=location, collection=within))
        _check_location(entry, chooses=bool(wanted.include or wanted.exclude), dated=wanted.edition is not None)
        new.append(entry)
    for entry in new:
        put_entry(legation.home.manifest, entry)
    names = [entry.name for entry in new]
    report = legation.sync(add=[source_of(entry) for entry in new], only=names)
    empty = tuple(name for name in names if not legation.library.files(name))
    if empty:
        remove_entries(legation.home.manifest, [name for name in empty if name not in written])
        if begins and legation.delete_library(empty):
            if not had_manifest:
                delete_unused(legation.home.manifest)
            return Added(report, empty)
        legation.sync(only=(), remove=empty)
    if wanted.edition is not None:
        _tell_of_no_lists(legation, [name for name in names if name not in empty])
    return Added(report, empty)


def _tell_of_no_lists(legation: Legation, names: Sequence[str]) -> None:
    """What stands at an address is known once it was read."""
    lists = {each.source for each in legation.library.editions.all()}
    for name in names:
        if name not in lists:
            legation.notice(f"{name} holds no sanctions list; --edition says nothing of it.")


def _check_location(entry: SourceEntry, chooses: bool, dated: bool) -> None:
    from index.locations import holds_list

    for field, problem in problems(entry):
        if field == "location":
            raise UsageError(f"The location of {entry.name} {problem}.")
    if chooses and not entry.on_the_web and Path(entry.location).is_file():
        raise UsageError(f"{entry.location} is one file; --include and --exclude choose from what a folder holds.")
    if dated and not entry.on_the_web:
        try:
            held = holds_list(Path(entry.location))
        except ReadError as error:
            raise ReadError(NOT_ADDED.format(names=entry.name, reasons=f" ({error.user_message})")) from error
        if not held:
            raise UsageError(f"{entry.location} holds no sanctions list; --edition is the date of one.")


def sync_sources(
    legation: Legation, names: Sequence[str] = (), *, only_due: bool = False, verify: bool = False
) -> "SyncReport":
    """Brings the sources ``names`` (default: all that are enabled) up to date, as the manifest has them now;
    ``only_due`` those whose interval has passed. ``verify`` is that of ``index.sync.sync``. Raises NotFoundError for a
    name that is in neither.
    """
    _begin_manifest(legation)
    # In this order: what somebody adds just now stands in the manifest first, and must not be taken for removed.
    held = _held(legation)
    entries = {entry.name: entry for entry in read_manifest(legation.home.manifest)}
    for name in names:
        if name not in entries and name not in held:
            raise NotFoundError(f"There is no source called {name}; legation sources lists them.")
    wanted = [source_of(entry) for entry in entries.values() if entry.enabled or entry.name in names]
    if only_due:
        chosen = set(due(tuple(entries.values()), _synced(legation), datetime.now(UTC)))
    else:
        chosen = set(names) or {source.name for source in wanted} | (held.keys() & {BRIEFS})
    # A source that is not read now is at least told where it belongs: a collection may have to be closed.
    told = [source_of(entry) for entry in entries.values() if entry.name in chosen | held.keys()]
    changed = [source for source in told if held.get(source.name) != source]
    gone = () if names or only_due else tuple(sorted(held.keys() - entries.keys() - {BRIEFS}))
    return legation.sync(add=changed, only=sorted(chosen - set(gone)), remove=gone, verify=verify)


def remove_sources(legation: Legation, names: Sequence[str]) -> "SyncReport":
    """Takes sources out of the library and the manifest. Raises NotFoundError for one that is not there."""
    _begin_manifest(legation, without=names)
    held = _held(legation).keys()
    written = {entry.name for entry in read_manifest(legation.home.manifest)}
    for name in names:
        if name not in held | written:
            raise NotFoundError(f"There is no source called {name}; legation sources lists them.")
    # First, so that the next sync goes on with it if this one is cut short.
    remove_entries(legation.home.manifest, names)
    return legation.sync(only=(), remove=[name for name in names if name in held])


def list_sources(legation: Legation) -> list[ListedSource]:
    """The sources of the library and of the manifest, with what the current index holds of them."""
    counted: dict[str, tuple[int, str | None]] = {}
    counts, synced = ([], {}) if legation.is_new else (legation.library.counts(), legation.library.synced())
    for name, _, documents, newest in counts:
        before, latest = counted.get(name, (0, None))
        counted[name] = (before + documents, max(filter(None, (latest, newest)), default=None))
    entries = {entry.name: entry for entry in read_manifest(legation.home.manifest)}
    held = _held(legation)
    sources = {**{name: source_of(entry) for name, entry in entries.items() if entry.enabled}, **held}
    return [
        ListedSource(
            name,
            source.collection,
            source.location,
            source.kind,
            entries[name].every if name in entries else None,
            *counted.get(name, (0, None)),
            synced.get(name),
        )
        for name, source in sorted(sources.items())
    ]


def seconds_until_due(legation: Legation) -> float | None:
    """How long until a source is to be read again by itself; None if none ever is. Raises SettingsError if the manifest
    cannot be understood.
    """
    entries = read_manifest(legation.home.manifest)
    return seconds_until_next(entries, _synced(legation), datetime.now(UTC))


def source_of(entry: SourceEntry) -> Source:
    """The source that an entry of the manifest describes."""
    return Source(
        name=entry.name, location=entry.location, collection=entry.collection, kind=entry.kind,
        publisher=entry.publisher, language=entry.language, include=entry.include, exclude=entry.exclude,
        edition=entry.edition,
    )  # fmt: skip


def _synced(legation: Legation) -> Mapping[str, datetime]:
    """When sources were last looked at. A moment that is damaged counts as none: its source is looked at again."""
    moments: dict[str, datetime] = {}
    for name, moment in legation.library.synced().items():
        with suppress(ValueError):
            moments[name] = datetime.fromisoformat(moment).astimezone(UTC)
    return moments


def _begin_manifest(legation: Legation, without: Sequence[str] = ()) -> None:
    """Writes the sources of a library that has no manifest yet, one of an earlier version, into a new one: all of them
    at once, because a sync lets go of what is not in it. Raises SettingsError if it is an empty file, as an editor on a
    full disk leaves.
    """
    manifest = legation.home.manifest
    sources = [source for name, source in _held(legation).items() if name not in {BRIEFS, *without}]
    if manifest.exists() and sources and not read_text(manifest):
        raise SettingsError(
            f"The manifest {manifest} is empty, but the library has sources; put it back, delete it to have them "
            "written into a new one, or take them out with legation remove."
        )
    if manifest.exists() or not sources:
        return
    try:
        with TemporaryDirectory(dir=manifest.parent, prefix=".manifest-") as folder:
            begun = Path(folder) / manifest.name
            for source in sources:
                put_entry(begun, _entry_of(source))
            with alone(manifest):
                if not manifest.exists():  # nobody was faster
                    replace_file(manifest, begun.read_bytes())
    except OSError as error:
        raise StorageError(f"The manifest {manifest} cannot be written: {error.strerror or error}.") from error


def _entry_of(source: Source) -> SourceEntry:
    return SourceEntry(
        source.name, source.location, source.kind, source.collection, None, source.publisher, source.language,
        source.include, source.exclude, source.edition,
    )  # fmt: skip


def _held(legation: Legation) -> dict[str, Source]:
    """The sources of the library by their names. One that is not there is made by a sync, and not to be looked at."""
    return {} if legation.is_new else {source.name: source for source in legation.library.sources()}


def _known(legation: Legation) -> dict[str, SourceEntry]:
    """The sources of the library and the manifest, by name; what the manifest says counts."""
    held = {name: _entry_of(source) for name, source in _held(legation).items() if name != BRIEFS}
    return held | {entry.name: entry for entry in read_manifest(legation.home.manifest)}


def _with_given(before: SourceEntry | None, given: SourceEntry) -> SourceEntry:
    """What was given now; what was not stays as it was, but a source that is added again is enabled."""
    if before is None:
        return given
    plain = SourceEntry(given.name, given.location)
    kept = {name: getattr(before, name) for name in FIELDS if getattr(given, name) == getattr(plain, name)}
    return replace(given, **(kept | {"collection": given.collection, "enabled": True}))


def _free_name(known: Sequence[SourceEntry], location: str, wanted: str) -> str:
    """``wanted``, or ``wanted-2`` and so on if another place has that name already."""
    places = {entry.name: entry.location for entry in known}
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if places.get(name, location) == location)


def _is_address(location: str) -> bool:
    return re.match(r"https?://", location, re.IGNORECASE) is not None


def _existing(given: str) -> Path:
    path = Path(given)
    try:
        path.stat()
        return path.resolve()
    except FileNotFoundError as error:
        scheme, mark, _ = given.partition("://")
        if mark:  # the rest may hold a password
            raise UsageError(f"{scheme}:// is not read; an address begins with http:// or https://.") from error
        raise UsageError(f"There is no file or folder called {path}.") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be opened: {getattr(error, 'strerror', None) or error}.") from error


def _plain_name(location: str) -> str:
    """A source's name from its place: the file's or folder's own, or the host's, without white space or slashes."""
    if _is_address(location):
        try:
            parts = urlsplit(location)
        except ValueError as error:
            raise UsageError(f"{location} is no valid web address.") from error
        last = Path(parts.path).stem
        plain = "-".join(part for part in ((parts.hostname or "").removeprefix("www."), last) if part)
    else:
        path = Path(location)
        plain = path.stem if path.is_file() else path.name
    return "-".join(visible_name(plain).split()) or "documents"


def _collection(location: str, name: str) -> str:
    """Editions of one sanctions list belong together, whatever their files are called; else the source's name."""
    from index.locations import list_at

    return name if _is_address(location) else list_at(Path(location)) or name
