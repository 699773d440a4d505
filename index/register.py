"""Who stands on which sanctions list, in which of its editions: made with a generation, searched by name.

An entry of a list keeps its reference from edition to edition, while its text is amended. So the register holds
listings, each with the versions of its text and the editions that these stood in.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from index.editions import EditionRecord
from index.errors import GenerationError
from index.generation_files import NOTHING
from index.library import Library
from index.types import Document, Entry

if TYPE_CHECKING:  # its tables take a while to load, and most questions ask for no name
    from index.names import NameIndex, NameRow

FORMAT = 4

_BRACKETED = re.compile(r"(?P<before>.*[^\s(])\s*\((?P<inside>[^()]{2,80})\)\s*[,.]?")
_LEAST_LETTERS, _TELLING_LETTERS = 2, 4


@dataclass(frozen=True, slots=True)
class HeldEdition:
    """An edition that is held. ``date`` is ISO 8601; without ``dated`` it is the day on which the list was read.
    ``current`` is the newest of its list in its collection. ``entries`` counts its entries.
    """

    list: str
    name: str
    publisher: str
    collection: str
    date: str
    dated: bool
    current: bool
    entries: int


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a listing: its document's key, and the positions, in ``Register.editions``, that it stands in."""

    document_key: int
    editions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """An entry of one list in one collection through its editions. ``versions`` are in the order of these; all else
    is from the last one.
    """

    list: str
    collection: str
    reference: str
    title: str
    kind: str
    births: tuple[str, ...]
    countries: tuple[str, ...]
    programmes: tuple[str, ...]
    listed: str | None
    versions: tuple[Version, ...]

    def in_edition(self, position: int) -> int | None:
        """The key of its document in an edition, or None if it is not in it."""
        return next((each.document_key for each in self.versions if position in each.editions), None)

    @property
    def last(self) -> int:
        """The position of the last edition that it stands in."""
        return max(position for version in self.versions for position in version.editions)


class Register:
    """The register of one generation, from what ``register_content`` gave. Safe to share between threads."""

    def __init__(self, lists: bytes, names: bytes) -> None:
        """Raises GenerationError for what another version of Legation wrote."""
        if lists not in (NOTHING, b"") and not lists.startswith(_head()):
            raise GenerationError("The register of sanctions lists is of another version; run: legation sync")
        self._lists, self._names = lists, names

    @property
    def holds_lists(self) -> bool:
        return self._lists not in (NOTHING, b"")

    def holds_lists_of(self, collections: tuple[str, ...]) -> bool:
        """Whether there is a list in one of these ``collections``; empty: in any."""
        if not collections:
            return self.holds_lists
        return any(each.collection in collections for each in self.editions)

    @cached_property
    def editions(self) -> tuple[HeldEdition, ...]:
        """Oldest first."""
        return tuple(HeldEdition(*each) for each in self._content["editions"]) if self.holds_lists else ()

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        """In no order that means anything; ``names`` speaks of them by their position."""
        return tuple(_listing(each) for each in self._content["listings"]) if self.holds_lists else ()

    @cached_property
    def names(self) -> "NameIndex":
        from index.names import NameIndex

        return NameIndex(self._names)

    @cached_property
    def _content(self) -> dict[str, list[list[Any]]]:
        content: dict[str, list[list[Any]]] = json.loads(self._lists)
        return content


def register_content(
    library: Library, editions: Sequence[EditionRecord], current: Sequence[EditionRecord]
) -> tuple[bytes, bytes]:
    """What a generation keeps of the ``editions``, which are in the order of time: the listings, and their names."""
    if not editions:
        return NOTHING, NOTHING
    from index.names import NameIndex

    stands_in: dict[int, list[int]] = defaultdict(list)
    for position, each in enumerate(editions):
        for key in each.document_keys:
            stands_in[key].append(position)
    versions: dict[tuple[str, str, str], list[tuple[list[int], int, Document, Entry]]] = defaultdict(list)
    for key, positions in stands_in.items():
        document = library.documents([key])[key]
        if document.entry is not None:
            place = (document.entry.list, editions[positions[0]].collection, document.entry.reference)
            versions[place].append((positions, key, document, document.entry))
    listings: list[object] = []
    rows: list[NameRow] = []
    for (short, collection, reference), texts in versions.items():
        texts.sort(key=lambda text: text[0])
        *_, document, entry = max(texts, key=lambda text: text[0][-1])
        numbered = [[key, positions] for positions, key, _, _ in texts]
        rows.extend(_name_rows(len(listings), entry, [(text[2], text[3]) for text in texts]))
        facts = (
            short, collection, reference, document.title, entry.kind, entry.births, entry.countries,
            entry.programmes, entry.listed,
        )  # fmt: skip
        listings.append((facts, numbered))
    held, made_from = _held(editions, current), _fingerprint(editions, current)
    content = {"format": FORMAT, "made_from": made_from, "editions": held, "listings": listings}
    return json.dumps(content, ensure_ascii=False).encode(), NameIndex.build(rows)


def knows_editions(lists: bytes, editions: Sequence[EditionRecord], current: Sequence[EditionRecord]) -> bool:
    """Whether ``lists`` was made from just these editions, and the entries that they have now."""
    if lists == NOTHING:
        return not editions
    if not lists.startswith(_head()):
        return False
    content = json.loads(lists)
    return bool(content["format"] == FORMAT and content["made_from"] == _fingerprint(editions, current))


def _fingerprint(editions: Sequence[EditionRecord], current: Sequence[EditionRecord]) -> str:
    """SHA-256 of all that decides what stands in the register."""
    parts = [[asdict(each) for each in editions], [each.id for each in current]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _head() -> bytes:
    return f'{{"format": {FORMAT},'.encode()


def _held(editions: Sequence[EditionRecord], current: Sequence[EditionRecord]) -> list[list[object]]:
    holding = {each.id for each in current}
    return [
        [each.edition.list, each.edition.name, each.edition.publisher, each.collection, each.date, each.edition.dated,
         each.id in holding, len(each.document_keys)]
        for each in editions
    ]  # fmt: skip


def _name_rows(listing: int, entry: Entry, texts: Sequence[tuple[Document, Entry]]) -> "list[NameRow]":
    """Every name that the listing has or had, each once; strong if it ever was."""
    from index.names import NameRow

    found: dict[str, NameRow] = {}
    for document, version in texts:
        for name in version.names:
            written = document.text[name.start : name.end]
            for text, weak in ((written, name.weak), *_in_parts(written, name.weak, entry.kind)):
                if text not in found or (found[text].weak and not weak):
                    found[text] = NameRow(
                        listing, entry.kind, text, weak, name.kind == "original script", entry.births, entry.countries
                    )
    return list(found.values())


def _in_parts(name: str, weak: bool, kind: str) -> Iterator[tuple[str, bool]]:
    """The names that are written as one with a bracket behind it: "Foreign Trade Bank (FTB)" is both, a short
    acronym a weak one, as others have it too. Of a place or a branch in brackets nothing is left out: that is another
    company.
    """
    found = _BRACKETED.fullmatch(name)
    if found is None:
        return
    before, inside = found["before"], found["inside"].strip()
    acronym = _is_acronym(inside, before)
    if acronym or kind == "person" or _in_latin(before) != _in_latin(inside):
        yield before, weak
    if acronym:
        yield inside, weak or len(inside) < _TELLING_LETTERS


def _is_acronym(letters: str, name: str) -> bool:
    """Whether the letters stand in the name in this order, beginning with those of one of its words."""
    small = [letter for letter in letters.casefold() if letter.isalnum()]
    if len(small) < _LEAST_LETTERS or " " in letters or letters.islower() or not letters[0].isupper():
        return False
    starts = [found.start() for found in re.finditer(r"\b\w", name) if found[0].casefold() == small[0]]
    return any(_holds(name[start:].casefold(), small) for start in starts)


def _holds(text: str, letters: Sequence[str]) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _in_latin(text: str) -> bool:
    return any("a" <= letter <= "\u024f" for letter in text.casefold())


def _listing(stored: list[Any]) -> Listing:
    (short, collection, reference, title, kind, births, countries, programmes, listed), texts = _tuple(stored)
    versions = tuple(Version(key, positions) for key, positions in texts)
    return Listing(short, collection, reference, title, kind, births, countries, programmes, listed, versions)


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, list) else value
