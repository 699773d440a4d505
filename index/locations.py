"""What a source has to be read, wherever it lies: files of a folder, pages and feeds of the web, sanctions lists."""

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urljoin

from index.errors import ReadError
from index.fetch import FoundFile, read_bytes, read_head, walk
from index.lists import ListFormat, recognise
from index.readers import readable
from index.types import Problem, Source
from index.web.download import Downloader, Fetched, Validators
from index.web.looking import look

HEAD_BYTES = 4096
"""Of a file that may be a sanctions list, to recognise it by."""

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


def find_items(source: Source, downloader: Callable[[], Downloader], most_bytes: int) -> Found:
    """What there is to read of a source. Raises ReadError if its place is gone or cannot be reached."""
    return _on_the_web(source, downloader()) if source.on_the_web else _in_files(source, most_bytes)


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
    path: str
    url: str
    downloader: Downloader
    published: str | None = None

    def read(self, known: Known) -> Content | None:
        fetched = _fetch(self.downloader, self.url, known.get(self.path, {}))
        if fetched is None:
            return None
        name = fetched.file_name or PurePosixPath(self.path).name
        return Content(
            {name: fetched.content}, name, fetched.media_type, fetched.url, {self.path: _validators(fetched)}
        )


@dataclass(frozen=True, slots=True)
class _WebList:
    """A sanctions list at an address, with what belongs to it beside it there."""

    path: str
    url: str
    downloader: Downloader
    published: str | None = None

    def read(self, known: Known) -> Content | None:
        name = PurePosixPath(self.path).name
        first = _fetch(self.downloader, self.url, known.get(name, {}))
        companions = [each for each in known if each != name]
        if first is None:
            # The list itself is unchanged; what belongs to it may not be.
            answers = [_fetch(self.downloader, urljoin(self.url, each), known[each]) for each in companions]
            if not any(answers):
                return None
            first = _fetch(self.downloader, self.url, {})
        if first is None:
            raise ReadError("the server says that it is unchanged, without being asked")
        found = recognise(name, first.content[:HEAD_BYTES])
        fetched = {name: first}
        for other in found.companions if found is not None else ():
            place = urljoin(self.url, other)
            whole = _fetch(self.downloader, place, {})
            if whole is not None:
                fetched[other] = whole
        return Content(
            {each: answer.content for each, answer in fetched.items()},
            name,
            first.media_type,
            first.url,
            {each: _validators(answer) for each, answer in fetched.items()},
        )


def _fetch(downloader: Downloader, url: str, known: Mapping[str, str]) -> Fetched | None:
    validators = Validators(known.get("etag"), known.get("last_modified"), known.get("url")) if known else None
    answer = downloader.get(url, validators)
    return answer if isinstance(answer, Fetched) else None


def _validators(fetched: Fetched) -> dict[str, str]:
    given = {"etag": fetched.etag, "last_modified": fetched.last_modified, "url": fetched.url}
    return {name: value for name, value in given.items() if value}


def _on_the_web(source: Source, downloader: Downloader) -> Found:
    if source.kind == "list":
        name = PurePosixPath(source.location.partition("?")[0]).name or "list"
        return Found((_WebList(name, source.location, downloader),), alone=True, complete=False)
    kind = source.kind if source.kind in {"page", "feed", "sitemap"} else "auto"
    listing = look(kind, source.location, downloader, source.include, source.exclude, MOST_ITEMS)
    items = tuple(_WebItem(each.path, each.url, downloader, each.published) for each in listing.items)
    # A feed shows what is new; what it no longer shows is not gone.
    complete = listing.kind == "sitemap" and listing.complete
    return Found(items, listing.kind == "page", complete, listing.problems)


def _in_files(source: Source, most_bytes: int) -> Found:
    location = Path(source.location)
    try:
        location.stat()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        why = "does not exist any more" if gone else f"cannot be read: {error.strerror}"
        raise ReadError(f"{source.location} {why}") from error
    files = [file for file in walk(location, _maybe_readable) if location.is_file() or _chosen(file.path, source)]
    if location.is_file():
        files += _companions(files[0])
    items = tuple(_items(files, most_bytes))
    return Found(items, alone=len(items) == 1 and (location.is_file() or _is_list(items[0])), complete=True)


def list_at(location: Path) -> str | None:
    """The short name of the sanctions list that a file or folder is, if it is one."""
    files = list(walk(location, _maybe_readable)) if location.is_file() else list(_children(location))
    lists = {found.list for file in files if (found := _list_format(file)) is not None}
    return lists.pop() if len(lists) == 1 else None


def _children(folder: Path) -> Iterator[FoundFile]:
    """The files that lie in a folder itself: a list is never deeper."""
    for file in walk(folder, _maybe_readable):
        if "/" not in file.path:
            yield file


def _companions(file: FoundFile) -> Iterator[FoundFile]:
    """What belongs to a sanctions list beside its file."""
    found = _list_format(file)
    if found is None or not found.companions:
        return
    wanted = {other.casefold() for other in found.companions}
    for beside in sorted(file.absolute.parent.iterdir()):
        if beside.name.casefold() in wanted and beside.is_file() and not beside.is_symlink():
            yield FoundFile(beside.name, beside)


def _maybe_readable(name: str) -> bool:
    return readable(name) or PurePosixPath(name).suffix.lower() in _LIST_SUFFIXES


def _chosen(path: str, source: Source) -> bool:
    included = not source.include or any(fnmatch.fnmatchcase(path, pattern) for pattern in source.include)
    return included and not any(fnmatch.fnmatchcase(path, pattern) for pattern in source.exclude)


def _items(files: Sequence[FoundFile], most_bytes: int) -> list[_LocalItem]:
    """The files of a sanctions list as one item; XML that is none is no document."""
    formats = {file.path: found for file in files if (found := _list_format(file)) is not None}
    beside = {file.path.casefold(): file for file in files}
    items: list[_LocalItem] = []
    taken: set[str] = set()
    for path, found in formats.items():
        folder = PurePosixPath(path).parent
        others = [beside.get((folder / other).as_posix().casefold()) for other in found.companions]
        mine = [other for other in others if other is not None]
        taken.update(other.path for other in mine)
        items.append(_LocalItem((beside[path.casefold()], *mine), most_bytes))
    for file in files:
        single = PurePosixPath(file.path).suffix.lower() == ".xml" and len(files) > 1
        if file.path not in formats and file.path not in taken and not (single and file.problem is None):
            items.append(_LocalItem((file,), most_bytes))
    return sorted(items, key=lambda item: item.path)


def _list_format(file: FoundFile) -> ListFormat | None:
    if file.problem is not None or PurePosixPath(file.path).suffix.lower() not in _LIST_SUFFIXES:
        return None
    try:
        return recognise(PurePosixPath(file.path).name, read_head(file, HEAD_BYTES))
    except ReadError:  # told when the whole file is read
        return None


def _is_list(item: _LocalItem) -> bool:
    return _list_format(item.files[0]) is not None
