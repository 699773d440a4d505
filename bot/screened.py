"""What screening a table of names against sanctions lists gives, as plain values."""

from dataclasses import dataclass
from typing import Literal

from index.types import Document

Result = Literal["found", "alike", "not found", "no name", "not read"]
"""``found``: a name of an entry is stated to be the same. ``alike``: only names that are worth a look. ``not found``:
neither, in the editions that were looked into. ``no name``, ``not read``: the row could not be screened.
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A row: ``number`` counts rows from 1, the header left out, ``line`` the lines of the file. ``births`` are ISO
    8601 dates of any precision, ``countries`` English names. ``notes`` say what of the row was not understood.
    """

    number: int
    line: int
    name: str
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be read, and why."""

    number: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LookedInto:
    """An edition that names were looked up in. Without ``dated``, ``date`` is the day on which the list was read."""

    list: str
    name: str
    collection: str
    date: str
    dated: bool


@dataclass(frozen=True, slots=True)
class Match:
    """An entry of ``edition`` whose name ``listed`` is that of a row, or like it. ``score`` is in [0, 1], higher is
    better; ``weak`` if the list itself calls that name weak. ``document`` is the entry's text.
    """

    edition: LookedInto
    reference: str
    listed: str
    score: float
    weak: bool
    programmes: tuple[str, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found for a row: ``matches``, and ``candidates``, whose names are only alike; the best first.
    ``looked_into`` are all editions that were, whatever was found.
    """

    row: Person | BrokenRow
    matches: tuple[Match, ...] = ()
    candidates: tuple[Match, ...] = ()
    looked_into: tuple[LookedInto, ...] = ()

    @property
    def result(self) -> Result:
        if isinstance(self.row, BrokenRow):
            return "not read"
        if not self.looked_into:
            return "no name"
        return "found" if self.matches else "alike" if self.candidates else "not found"
