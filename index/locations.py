"""What a source has to be read, wherever it lies: files of a folder, pages and feeds of the web, sanctions lists."""

import fnmatch
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.fetch import FoundFile, read_bytes, read_head, walk
from index.items import Content, Found, Known
from index.lists import HEAD, ListFormat, recognise
from index.readers import readable
from index.types import Source

if TYPE_CHECKING:
    from index.web.download import Downloader

_LIST_SUFFIXES = frozenset({".csv", ".xml"})

_LONGEST_ENDING = 12
"""With its dot: ".excalidraw" is one that programs give."""


def find_items(
    source: Source, downloader: "Callable[[], Downloader]", most_bytes: int, known: Collection[str] = ()
) -> Found:
    """What there is to read of a source, of which the paths ``known`` were read before. Raises ReadError if its place
    is gone or cannot be reached.
    """
    if not source.on_the_web:
        return _in_files(source, most_bytes, known)
    from index.web_items import find_on_the_web  # what it takes is imported where it is needed

    return find_on_the_web(source, downloader(), known)


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


def _in_files(source: Source, most_bytes: int, known: Collection[str]) -> Found:
    location = Path(source.location)
    try:
        location.stat()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        why = "does not exist any more" if gone else f"cannot be read: {error.strerror}"
        raise ReadError(f"{source.location} {why}") from error
    single = location.is_file()
    of_other_kinds: list[str] = []
    files = list(walk(location, _maybe_readable, of_other_kinds.append))
    chosen = files if single else [file for file in files if _chosen(file.path, source)]
    # What belongs to a list need not be included by name.
    others = _companions(files[0]) if single else (file for file in files if not _excluded(file.path, source))
    items = _items(chosen, (*chosen, *others), most_bytes, known)
    alone = len(items) == 1 and (single or _list_format(items[0].files[0]) is not None)
    read = {each.path for item in items for each in item.files}
    unread = [path for path in of_other_kinds if _chosen(path, source)]
    unread += [file.path for file in chosen if file.path not in read]  # XML that is no sanctions list
    passed_over = Counter(map(_ending, unread))
    return Found(tuple(items), alone, complete=True, passed_over=passed_over)


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


def _ending(path: str) -> str:
    """That of a file's name, in small letters, if it looks like one: "minutes of 3.5.2024 in Oslo" has none."""
    ending = PurePosixPath(path).suffix.lower()
    return ending if len(ending) <= _LONGEST_ENDING and not any(map(str.isspace, ending)) else ""


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
