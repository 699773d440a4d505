"""What a source has to be read, wherever it lies: files of a folder, pages and feeds of the web, sanctions lists."""

import fnmatch
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from index.errors import ReadError
from index.fetch import FoundFile, read_bytes, read_head, walk
from index.lists import HEAD, ListFormat, recognise
from index.readers import readable
from index.types import Problem, Source
from index.web.download import Downloader, Fetched, Validators
from index.web.errors import Gone
from index.web.looking import look
from index.web.paths import path_of

MOST_ITEMS = 50_000
"""Of one feed or sitemap."""

_LIST_SUFFIXES = frozenset({".csv", ".xml"})

Known = Mapping[str, Mapping[str, str]]
"""What servers want to hear at the next look, by the name of the file: ``etag`` and ``last_modified``."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an item, by the names of its files: one, or the set of a sanctions list. ``name`` is the one that
    tells its format; ``url`` where it was found in the end.
    """

    files: dict[str, bytes]
    name: str
    media_type: str | None = None
    url: str | None = None
    validators: dict[str, dict[str, str]] = field(default_factory=dict)


class Item(Protocol):
    """Something to read. ``path`` names it within its source; ``published`` is a date that the source gives for it."""

    @property
    def path(self) -> str: ...

    @property
    def published(self) -> str | None: ...

    def read(self, known: Known) -> Content | None:
        """Its bytes, or None if the server says that they are those ``known``. Raises ReadError, and Gone if there is
        nothing at its place any more.
        """


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has now. ``alone``: it is one item by its nature, so that its documents need no name of it.
    ``complete``: what is not among ``items`` is gone. ``problems`` are items that must not be read.
    """

    items: tuple[Item, ...]
    alone: bool
    complete: bool
    problems: tuple[Problem, ...] = ()


def find_items(
    source: Source, downloader: Callable[[], Downloader], most_bytes: int, known: Collection[str] = ()
) -> Found:
    """What there is to read of a source, of which the paths ``known`` were read before. Raises ReadError if its place
    is gone or cannot be reached.
    """
    return _on_the_web(source, downloader(), known) if source.on_the_web else _in_files(source, most_bytes, known)


@dataclass(frozen=True, slots=True)
class _LocalItem:
    files: tuple[FoundFile, ...]
    most_bytes: int
    published: str | None = None

    @property
    def path(self) -> str:
        return self.files[0].path

    def read(self, known: Known) -> Content:
        names = [PurePosixPath(file.path).name for file in self.files]
        contents = [read_bytes(file, self.most_bytes) for file in self.files]
        return Content(dict(zip(names, contents, strict=True)), names[0])


@dataclass(frozen=True, slots=True)
class _WebItem:
    """A document at an address; of a sanctions list, with what belongs to it beside it there. What the server wants to
    hear of the document itself stands under its path.
    """

    path: str
    url: str
    downloader: Downloader
    published: str | None = None

    def read(self, known: Known) -> Content | None:
        first = _fetch(self.downloader, self.url, known.get(self.path, {}))
        if first is None:
            # The list itself is unchanged; what belongs to it may not be.
            beside = {name: validators for name, validators in known.items() if name != self.path}
            if not any(self._companion(name, validators, known) for name, validators in beside.items()):
                return None
            first = _fetch(self.downloader, self.url, {})
        if first is None:
            raise ReadError("the server says that it is unchanged, without being asked")
        name, found = self._recognised(first)
        files, validators = {name: first.content}, {self.path: _validators(first)}
        for other in found.companions if found is not None else ():
            fetched = self._companion(other, {}, known)
            if fetched is not None:
                files[other], validators[other] = fetched.content, _validators(fetched)
        return Content(files, name, first.media_type, first.url, validators)

    def _recognised(self, fetched: Fetched) -> tuple[str, ListFormat | None]:
        """The name to read it by, and the format if it is a sanctions list: some are told by their names."""
        asked = PurePosixPath(urlsplit(self.url).path).name
        for name in (asked, fetched.file_name or asked):
            found = recognise(name, fetched.content[:HEAD])
            if found is not None:
                return name, found
        return fetched.file_name or PurePosixPath(self.path).name, None

    def _companion(self, name: str, validators: Mapping[str, str], known: Known) -> Fetched | None:
        """None if it is unchanged, or was never there. Without one that was, the list would lack its names."""
        try:
            return _fetch(self.downloader, urljoin(self.url, name), validators)
        except Gone as error:
            if name in known:
                raise ReadError(f"{name}, which belongs to it, is gone: {error.user_message}") from error
            return None
        except ReadError as error:
            raise ReadError(f"{name}, which belongs to it, was not read: {error.user_message}") from error


def _fetch(downloader: Downloader, url: str, known: Mapping[str, str]) -> Fetched | None:
    validators = Validators(known.get("etag"), known.get("last_modified"), known.get("url")) if known else None
    answer = downloader.get(url, validators)
    return answer if isinstance(answer, Fetched) else None


def _validators(fetched: Fetched) -> dict[str, str]:
    given = {"etag": fetched.etag, "last_modified": fetched.last_modified, "url": fetched.url}
    return {name: value for name, value in given.items() if value}


def _on_the_web(source: Source, downloader: Downloader, known: Collection[str]) -> Found:
    kind = source.kind if source.kind in {"page", "feed", "sitemap"} else "auto"
    if source.kind == "list" or (kind == "auto" and path_of(downloader.check(source.location)) in known):
        kind = "page"  # what was found to be one is not fetched again to find it out
    listing = look(kind, source.location, downloader, source.include, source.exclude, MOST_ITEMS)
    items = tuple(_WebItem(each.path, each.url, downloader, each.published) for each in listing.items)
    # A feed shows what is new; what it no longer shows is not gone.
    complete = listing.kind != "feed" and listing.complete
    return Found(items, listing.kind == "page", complete, listing.problems)


def _in_files(source: Source, most_bytes: int, known: Collection[str]) -> Found:
    location = Path(source.location)
    try:
        location.stat()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        why = "does not exist any more" if gone else f"cannot be read: {error.strerror}"
        raise ReadError(f"{source.location} {why}") from error
    single = location.is_file()
    files = list(walk(location, _maybe_readable))
    chosen = files if single else [file for file in files if _chosen(file.path, source)]
    # What belongs to a list need not be included by name.
    others = _companions(files[0]) if single else (file for file in files if not _excluded(file.path, source))
    items = _items(chosen, (*chosen, *others), most_bytes, known)
    alone = len(items) == 1 and (single or _list_format(items[0].files[0]) is not None)
    return Found(tuple(items), alone, complete=True)


def list_at(location: Path) -> str | None:
    """The short name of the sanctions list that a file is, or all that can be read in a folder."""
    lists = _lists_at(location)
    return lists.pop() if len(lists) == 1 else None


def holds_list(location: Path) -> bool:
    """Whether a file is a sanctions list, or one can be read in a folder. Raises ReadError if none can be, and
    something cannot be looked into.
    """
    if not _lists_at(location) <= {None}:
        return True
    for file in walk(location, _maybe_readable):
        if _may_be_list(file) or not _maybe_readable(file.path):  # this is a folder that cannot be listed
            try:
                read_head(file, 1)
            except ReadError as error:
                name = location.name if file.path == "." else file.path
                raise ReadError(f"{name}: {error.user_message}") from error
    return False


def _lists_at(location: Path) -> set[str | None]:
    """The short names of the lists that are there; None among them if anything else can be read."""
    files = list(walk(location, _maybe_readable))
    formats = [_list_format(item.files[0]) for item in _items(files, files, 0, ())]
    return {found.list if found is not None else None for found in formats}


def _companions(file: FoundFile) -> tuple[FoundFile, ...]:
    """What belongs to a sanctions list beside its file. Raises ReadError if its folder cannot be listed."""
    found = _list_format(file)
    if found is None or not found.companions:
        return ()
    try:
        beside = sorted(file.absolute.parent.iterdir())
    except OSError as error:
        raise ReadError(f"the folder that {file.path} lies in cannot be listed: {error.strerror}") from error
    wanted = {other.casefold() for other in found.companions}
    return tuple(
        FoundFile(each.name, each)
        for each in beside
        if each.name.casefold() in wanted and each.is_file() and not each.is_symlink()
    )


def _maybe_readable(name: str) -> bool:
    return readable(name) or PurePosixPath(name).suffix.lower() in _LIST_SUFFIXES


def _chosen(path: str, source: Source) -> bool:
    included = not source.include or any(fnmatch.fnmatchcase(path, pattern) for pattern in source.include)
    return included and not _excluded(path, source)


def _excluded(path: str, source: Source) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in source.exclude)


def _items(
    files: Sequence[FoundFile], others: Sequence[FoundFile], most_bytes: int, known: Collection[str]
) -> list[_LocalItem]:
    """The files of a sanctions list as one item, with what belongs to it among ``others``; XML that is none is no
    document, unless it was read as one before or nothing else is there.
    """
    formats = {file.path: found for file in files if (found := _list_format(file)) is not None}
    beside = {file.path.casefold(): file for file in others}
    items: list[_LocalItem] = []
    taken: set[str] = set()
    for file in files:
        if file.path in formats:
            places = ((PurePosixPath(file.path).parent / other).as_posix() for other in formats[file.path].companions)
            mine = [beside[place.casefold()] for place in places if place.casefold() in beside]
            taken.update(other.path for other in mine)
            items.append(_LocalItem((file, *mine), most_bytes))
    for file in files:
        left_out = len(files) > 1 and file.path not in known and _is_other_xml(file)
        if file.path not in formats and file.path not in taken and not left_out:
            items.append(_LocalItem((file,), most_bytes))
    return sorted(items, key=lambda item: item.path)


def _may_be_list(file: FoundFile) -> bool:
    """By its name."""
    return PurePosixPath(file.path).suffix.lower() in _LIST_SUFFIXES


def _list_format(file: FoundFile) -> ListFormat | None:
    head = _head(file)
    return None if head is None else recognise(PurePosixPath(file.path).name, head)


def _is_other_xml(file: FoundFile) -> bool:
    """Whether it can be read, and is XML but no sanctions list."""
    return PurePosixPath(file.path).suffix.lower() == ".xml" and _head(file) is not None and _list_format(file) is None


def _head(file: FoundFile) -> bytes | None:
    """The beginning of a file that may be a sanctions list; None if it cannot be one, or cannot be read."""
    if file.problem is not None or not _may_be_list(file):
        return None
    try:
        return read_head(file, HEAD)
    except ReadError:  # told when the whole file is read
        return None
