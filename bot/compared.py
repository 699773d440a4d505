"""What became of texts since they were read or quoted, as plain values. Every text shown is a slice of a document."""

from dataclasses import dataclass
from typing import Literal

from index.errors import LibraryError
from index.types import Document, Edition

Verdict = Literal["exact", "moved", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """``document.text[start:end]``; never empty."""

    document: Document
    start: int
    end: int

    @property
    def text(self) -> str:
        """Raises LibraryError if there is no such stretch in the document: nothing else is shown in its place."""
        if not 0 <= self.start < self.end <= len(self.document.text):
            raise LibraryError(f"A stretch of {self.document.id} does not lie within its text; it is not shown.")
        return self.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Rewording:
    """A line or sentence as it was and as it is; one of them is None where it was taken out or put in."""

    old: Stretch | None
    new: Stretch | None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A document or entry that is there before and after. ``rewordings`` are in the order of the text, empty if no
    more than white space or ``details`` differ: the names of the fields of Document that do.
    """

    before: Document
    after: Document
    rewordings: tuple[Rewording, ...]
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states of one thing: the editions of a list in a collection, or what a source held and holds.

    ``subject`` is what it is called, ``against`` what is compared with what. ``before`` and ``after`` are the
    editions, None for a source. ``since`` is the day of the first state, ISO 8601; None if there is none. ``added``
    and ``removed`` hold the beginning of every document or entry that came or went, in the order of their references
    or ids, as ``amended`` are. If there is nothing to compare, ``nothing`` says so in a sentence and all these are
    empty.
    """

    kind: Literal["list", "documents"]
    subject: str
    collection: str
    against: str = ""
    before: Edition | None = None
    after: Edition | None = None
    since: str | None = None
    added: tuple[Stretch, ...] = ()
    amended: tuple[Amendment, ...] = ()
    removed: tuple[Stretch, ...] = ()
    nothing: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """All comparisons for one name that was asked for: a source may hold several lists, and documents beside them."""

    name: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """``exact``: the document of today has the quote at that place. ``moved``: it has it elsewhere
    (then ``start`` and ``end`` say where). ``changed``: the document is there, without the quote.
    ``gone``: the document is not in the current index.

    ``cited`` says of the cited version: True if the library still holds it and the quote stands
    there at that place, False if it holds it and the quote does not (the answer was altered), None
    if it does not hold that version.

    ``found_in`` is the document that it was compared with where that is another one: an entry of a sanctions list
    stands in the list's current edition, wherever that was read from. For ``changed``, ``now_text`` is the stretch
    ``now_start``..``now_end`` of today's document, in its version ``now_version``, that is most like the quote; None
    if nothing there is like it. ``note`` says more, in a sentence.
    """

    answer: str
    number: int
    document: str
    verdict: Verdict
    start: int
    end: int
    cited: bool | None
    text: str
    found_in: str | None = None
    now_text: str | None = None
    now_start: int | None = None
    now_end: int | None = None
    now_version: str | None = None
    note: str | None = None
