"""One entry of a list as plain text, a line a field, with the places of its names in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from index.errors import ReadError
from index.lists.dates import iso
from index.readers.text import clean
from index.types import Edition, Entry, EntryKind, FileReading, ListedName, NameKind, Problem, Reading, Span

Kind = EntryKind

# A single line end is only where the list's own editor wrapped the line.
_PARAGRAPH = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


def words(value: str | None) -> str:
    """A list's own words on one line, white space (no-break spaces too) collapsed; empty for None."""
    return clean(value, max(len(value), 1)) or "" if value else ""


def in_latin(name: str) -> bool:
    """Whether some letter of the name is Latin, or it has none at all."""
    letters = [each for each in name if each.isalpha()]
    return not letters or any(each < "\u0250" or "\u1e00" <= each < "\u1f00" for each in letters)


@dataclass(slots=True)
class EntryText:
    """Builds the text of one entry, a line a field, in the order of the calls.

    The first line is the primary name alone; every other is ``Label: value``. Labels are ours, values the list's
    own words. Empty values leave no line. ``list_name``, ``reference`` and ``kind`` are those of ``Entry``.
    """

    list_name: str
    reference: str
    kind: Kind
    births: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)
    _listed: str | None = None
    _dates: list[str] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)
    _names: list[ListedName] = field(default_factory=list)
    _length: int = 0

    @property
    def nameless(self) -> bool:
        """Whether no name was given yet."""
        return not self._names

    def name(self, label: str, value: str | None, kind: NameKind, *, weak: bool = False, said: str = "") -> None:
        """A name on a line of its own; the first one given is the primary one and stands without a label.

        ``said`` is the whole value of the line if it is more than the name.
        """
        name = words(value)
        if not name:
            return
        if self.nameless:
            line, kind, before = name, "primary", 0
        else:
            line, before = f"{label}: {words(said) or name}", len(label) + 2
        start = self._length + line.index(name, before)
        self._names.append(ListedName(start, start + len(name), kind, weak))
        self._add(line)

    def say(self, label: str, *values: str | None) -> None:
        """One line with the values that are not empty, joined by commas."""
        said = ", ".join(filter(None, map(words, values)))
        if said:
            self._add(f"{label}: {said}")

    def prose(self, label: str, value: str | None) -> None:
        """Long text: one line a paragraph, which an empty line ends; the label stands before the first."""
        paragraphs = [each for each in map(words, _PARAGRAPH.split((value or "").replace("\r", ""))) if each]
        for number, paragraph in enumerate(paragraphs):
            self._add(paragraph if number else f"{label}: {paragraph}")

    def programme(self, value: str | None) -> None:
        """One line, and one of ``Entry.programmes``."""
        if words(value):
            self.programmes.append(words(value))
            self.say("Programme", value)

    def listed_on(self, value: str | None) -> None:
        """The day of listing, as the list writes it."""
        self.say("Listed on", value)
        self._listed = self._listed or iso(value)
        self._dated(value)

    def amended_on(self, value: str | None, label: str = "Amended on") -> None:
        """A day on which the entry changed, as the list writes it."""
        self.say(label, value)
        self._dated(value)

    def reading(self, edition: Edition) -> Reading:
        """The finished text, every line a block. Its date is the newest of listing and amendments."""
        blocks, start = [], 0
        for line in self._lines:
            blocks.append(Span(start, start + len(line)))
            start += len(line) + 1
        entry = Entry(
            self.list_name, self.reference, self.kind, tuple(self._names), _each(self.births), _each(self.countries),
            _each(self.programmes), self._listed,
        )  # fmt: skip
        return Reading(
            text="\n".join(self._lines),
            blocks=tuple(blocks),
            title=self._lines[0],
            publisher=edition.publisher,
            published=max(self._dates, default=None),
            language="en",
            member=self.reference,
            entry=entry,
        )

    def _add(self, line: str) -> None:
        self._lines.append(line)
        self._length += len(line) + 1

    def _dated(self, value: str | None) -> None:
        if date := iso(value):
            self._dates.append(date)


def gather(media_type: str, edition: Edition, found: Iterable[tuple[str, EntryText | str]]) -> FileReading:
    """All entries of a list: ``found`` holds the place of each, and the entry or why there is none.

    A date of the edition that is no whole day is left out. An entry whose reference another had before is a problem.
    Raises ReadError if there is no entry at all.
    """
    if edition.date is not None and len(edition.date) < len("2001-01-25"):
        edition = replace(edition, date=None)
    readings: dict[str, Reading] = {}
    problems = []
    for place, each in found:
        if isinstance(each, str):
            problems.append(Problem(place, each))
        elif each.reference in readings:
            problems.append(Problem(place, f"Another entry before it has the reference {each.reference}."))
        else:
            readings[each.reference] = each.reading(edition)
    if not readings:
        first = next((f" The first problem is at {each.place}: {each.reason}" for each in problems), "")
        raise ReadError(f"The list holds no entry that can be read.{first}")
    return FileReading(media_type, tuple(readings.values()), edition, tuple(problems))


def _each(values: Iterable[str]) -> tuple[str, ...]:
    """Every value once, in order, cleaned."""
    return tuple(dict.fromkeys(filter(None, map(words, values))))
