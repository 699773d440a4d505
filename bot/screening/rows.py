"""A table of people or companies, row by row: CSV in UTF-8, its cells parted by commas, semicolons or tabs.

A row that cannot be read spoils itself only. Formats: RFC 4180, and text/tab-separated-values.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.screened import BrokenRow, Person
from bot.screening.facts import births_of, countries_of
from index.errors import UsageError

DELIMITERS = (",", ";", "\t")
LONGEST_NAME = 300
"""Characters."""

MOST_LINES = 20
"""Lines that one row may take; a quotation mark that is never closed must not swallow the table."""

_FULL = ("full_name", "fullname", "name")
_PARTS = (
    ("first_name", "firstname", "given_name", "given_names", "forename"),
    ("middle_name", "middlename", "middle_names"),
    ("last_name", "lastname", "surname", "family_name"),
)
_BIRTHS = ("date_of_birth", "birth_date", "birthdate", "dob")
_COUNTRIES = ("nationality", "country", "citizenship")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Columns that are asked for, each by its name in the header or by its number, from 1."""

    name: str | None = None
    birth: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what is wanted stands, from 0. The name is that of the column ``full``, or where that is empty or None,
    all of ``parts``. ``width`` is how many cells a row has; without ``header`` the first row is one of names.
    """

    full: int | None
    parts: tuple[int, ...]
    births: tuple[int, ...]
    countries: tuple[int, ...]
    width: int
    header: bool


def read_rows(lines: Iterable[str], chosen: Chosen) -> Iterator[Person | BrokenRow]:
    """The rows, in order; blank lines are left out. ``lines`` come with their line ends, bytes that are no UTF-8 as
    surrogates (``errors="surrogateescape"``).

    Raises UsageError if the beginning is no such table, or a column that is asked for or needed is not in it.
    """
    numbered = _Lines(lines)
    first = numbered.peek()
    if first is None:
        raise UsageError("The table is empty.")
    if "\0" in first or _SURROGATE.search(first) or first.startswith("PK\x03\x04"):
        raise UsageError("This is no CSV in UTF-8: save the table as CSV (UTF-8), its cells parted by , ; or tabs.")
    records = _records(numbered, max(DELIMITERS, key=first.count))
    start, head = next(records, (0, ""))
    if not head:
        raise UsageError("The table is empty.")
    if isinstance(head, str):
        raise UsageError(f"The first line of the table cannot be read: {head}.")
    columns = find_columns(head, chosen)
    if not columns.header:
        yield _row(1, start, head, columns)
    for number, (line, record) in enumerate(records, start=1 if columns.header else 2):
        yield BrokenRow(number, line, record) if isinstance(record, str) else _row(number, line, record, columns)


def find_columns(head: Sequence[str], chosen: Chosen) -> Columns:
    """What stands in which column, by the first row. That is the header, unless the column of names is asked for by
    its number and no cell of the row is a name that this module or ``chosen`` knows.

    Raises UsageError for a column that is not there, and if none has the names.
    """
    names = [_plain(cell) for cell in head]
    known = {*_FULL, *(each for part in _PARTS for each in part), *_BIRTHS, *_COUNTRIES}
    by_name = [each for each in (chosen.birth, chosen.country) if each is not None and _plain(each) in names]
    asked = _asked(names, chosen.name)
    header = not known.isdisjoint(names) or bool(by_name) or (asked is not None and _plain(chosen.name or "") in names)
    if asked is None and not header:
        raise UsageError(_no_names(head))
    full = asked if asked is not None else _first(names, _FULL)
    parts = tuple(place for part in _PARTS if (place := _first(names, part)) is not None) if asked is None else ()
    if full is None and (_first(names, _PARTS[0]) is None or _first(names, _PARTS[2]) is None):
        raise UsageError(_no_names(head))
    birth, country = _asked(names, chosen.birth), _asked(names, chosen.country)
    return Columns(
        full=full,
        parts=parts,
        births=(birth,) if birth is not None else _all(names, _BIRTHS),
        countries=(country,) if country is not None else _all(names, _COUNTRIES),
        width=len(head),
        header=header,
    )


def _asked(names: Sequence[str], wanted: str | None) -> int | None:
    """The column that is asked for; a name goes before a number."""
    if wanted is None:
        return None
    found = [place for place, name in enumerate(names) if name == _plain(wanted)]
    if len(found) > 1:
        raise UsageError(f"{len(found)} columns are called {wanted}; name one by its number.")
    if found:
        return found[0]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise UsageError(f"There is no column {wanted}; the first row is: {', '.join(names)}.")


def _no_names(head: Sequence[str]) -> str:
    return (
        f"No column of names is recognised in the first row ({', '.join(head)[:200]}); --column takes its name or "
        "number. Cells are parted by commas, semicolons or tabs."
    )


def _first(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(each) for each in known if each in names), None)


def _all(names: Sequence[str], known: Sequence[str]) -> tuple[int, ...]:
    return tuple(place for place, name in enumerate(names) if name in known)


def _plain(name: str) -> str:
    return "_".join(re.split(r"[\s_-]+", name.strip().casefold()))


def _row(number: int, line: int, record: Sequence[str], columns: Columns) -> Person | BrokenRow:
    filled = len(record) - next((place for place, cell in enumerate(reversed(record)) if cell.strip()), len(record))
    if filled > columns.width:
        return BrokenRow(number, line, f"it has {len(record)} cells where the first row has {columns.width}")
    needed = columns.parts[0] if columns.full is None else columns.full
    if len(record) <= needed:
        return BrokenRow(number, line, f"it has {len(record)} cells, and the name stands in cell {needed + 1}")
    cells = [" ".join(cell.split()) for cell in (*record, *[""] * (columns.width - len(record)))]
    name = cells[columns.full] if columns.full is not None else ""
    name = name or " ".join(filter(None, (cells[place] for place in columns.parts)))
    if len(name) > LONGEST_NAME:
        return BrokenRow(number, line, f"the name has more than {LONGEST_NAME} characters")
    told = [cells[place] for place in columns.births if cells[place]]
    from_ = [cells[place] for place in columns.countries if cells[place]]
    notes = [f"the date of birth “{cell[:40]}” is not understood" for cell in told if not births_of(cell)]
    notes += [f"the country “{cell[:40]}” is not known" for cell in from_ if not countries_of(cell)]
    births = tuple(birth for cell in told for birth in births_of(cell))
    countries = tuple(country for cell in from_ for country in countries_of(cell))
    return Person(number, line, name, births, countries, tuple(notes))


class _Lines:
    """Lines with their numbers, from 1, which can be taken back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self._waiting, self._number = iter(lines), deque[str](), 0

    def peek(self) -> str | None:
        """The first line that is not blank, without a byte order mark; what is before it is left out for good. None if
        there is none.
        """
        for line in self._lines:
            if plain := line.removeprefix("\ufeff").strip(" \r\n"):
                self._waiting.append(line.removeprefix("\ufeff"))
                return plain
            self._number += 1
        return None

    def take(self) -> tuple[int, str] | None:
        line = self._waiting.popleft() if self._waiting else next(self._lines, None)
        if line is None:
            return None
        self._number += 1
        return self._number, line

    def give_back(self, lines: Sequence[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self._number -= len(lines)


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """The cells of each record, or why it cannot be read, with the number of its first line."""
    while (taken := lines.take()) is not None:
        number, line = taken
        used = [line]

        def more(used: list[str] = used) -> Iterator[str]:
            yield used[0]
            while len(used) < MOST_LINES and (following := lines.take()) is not None:
                used.append(following[1])
                yield following[1]

        try:
            cells = next(csv.reader(more(), delimiter=delimiter, strict=True))
        except csv.Error as error:
            lines.give_back(used[1:])
            yield number, f"it is no CSV ({error})"
            continue
        if any("\0" in cell or _SURROGATE.search(cell) for cell in cells):
            lines.give_back(used[1:])
            yield number, "it is not in UTF-8"
        elif len(cells) > 1 or any(cell.strip() for cell in cells):
            yield number, cells
