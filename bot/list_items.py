"""How items of lists, their labels and what leads in to them are written. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Span

LONGEST_LABEL = 120
"""Characters."""

FINISHED = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?:\s*\[\d+\])*\Z")
ITEM_END = re.compile(r"[;,](?:\s+(?:and|or|but))?\Z")
OPENING_END = re.compile(
    r"(?:[:—–]|\b(?:shall|may|must|who|that|which|is|are|not|to|as|if|for|by|of|in|means|include[sd]?|following))\Z"
)
MARK = re.compile(r"(?:\((\w{1,4})\)|(\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)](?=\s)|([•▪*]|[-–](?=\s)))\s*")
_MARK_IN_GAP = re.compile(r"(?:\A|\n)\s*(?:([-*+•▪–])|(\w{1,4})[.)]|\((\w{1,4})\))\s*\Z")
_WRITTEN = re.compile(r"(\(\w{1,4}\)|(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)](?=\s))\s*")
_WRITTEN_IN_GAP = re.compile(r"(?:\A|\n)\s*(\(\w{1,4}\)|\w{1,4}[.)])\s*\Z")
_LABEL = re.compile(r"\(\w{1,4}\)\s+[A-Z“][^:.?!—]*(?<![,;\s])\Z")
_ROMAN = re.compile(r"[ivx]+|[IVX]{2,}")
_FIRST = frozenset({"1", "a", "A", "i", "I", "aa", "AA"})
_NUMERALS = tuple(tens + ones for tens in ("", "x", "xx") for ones in " i ii iii iv v vi vii viii ix".split(" "))


def mark_of(text: str, piece: Span, before: int) -> str:
    """The marker of an item, "ii" of "(ii)"; "" for what is no item. It may stand before the item, in
    ``text[before:piece.start]``.
    """
    found = MARK.match(text, piece.start, piece.end) or _MARK_IN_GAP.search(text[before : piece.start])
    return next(group for group in found.groups() if group) if found else ""


def marks_of(text: str, piece: Span, before: int) -> tuple[str, ...]:
    """All markers that an item begins with, as they are written: "(a)" and "(1)" of "(a)(1) The President", "8." of
    "8. Decides". Bullets are left out; one marker may stand before the item, in ``text[before:piece.start]``.
    """
    gap = _WRITTEN_IN_GAP.search(text[before : piece.start])
    marks = [gap.group(1)] if gap else []
    position = piece.start
    while found := _WRITTEN.match(text, position, piece.end):
        marks.append(found.group(1))
        position = found.end()
    return tuple(marks)


def kind_of(mark: str) -> str:
    """What lists of one level have in common; "" for no marker."""
    if not mark or not mark.isalnum():
        return "bullet" if mark else ""
    if mark.isdigit():
        return "number"
    if _ROMAN.fullmatch(mark):
        return "roman" if mark.islower() else "Roman"
    return "letter" if mark.islower() else "Letter"


def marks_before(mark: str) -> frozenset[str]:
    """The markers that can be the one before in the list: "(v)" comes after "(iv)" or "(u)"; none for a first one."""
    if mark.isdigit():
        return frozenset({str(int(mark) - 1)} if int(mark) > 1 else ())
    if not mark.isalpha() or not mark.isascii():
        return frozenset()
    small, before = mark.lower(), set()
    if small in _NUMERALS[2:]:
        before.add(_NUMERALS[_NUMERALS.index(small) - 1])
    if len(set(small)) == 1 and small[0] > "a":
        before.add(chr(ord(small[0]) - 1) * len(small))
    return frozenset(each if mark.islower() else each.upper() for each in before)


def reads_as_label(words: str) -> bool:
    """Whether a piece may be a label, "(1) In general"; what stands below it has the last word."""
    if len(words) > LONGEST_LABEL or _LABEL.match(words) is None:
        return False
    return OPENING_END.search(words) is None and ITEM_END.search(words) is None


def without_mark(words: str) -> str:
    return MARK.sub("", words, count=1) if MARK.match(words) else words


@dataclass(frozen=True, slots=True)
class Level:
    """A list, and the item of it that was met last: its marker as it is written, and the place that it was given.

    ``sure`` of the levels up to this one are without doubt.
    """

    written: str
    place: int
    sure: int

    @property
    def mark(self) -> str:
        return bare(self.written)


class Nesting:
    """The lists within lists that a walk through a text stands in, outermost first.

    A marker goes on the list that it follows in, or begins one within the last item. A marker that can do neither,
    or that begins a list of a kind that is open already, leaves what it belongs to in doubt until an outer list
    goes on.
    """

    def __init__(self, marks: Sequence[str] = ()) -> None:
        """``marks`` lead to the text that the walk begins in; they are not in doubt."""
        self.levels = [Level(written, -1, depth) for depth, written in enumerate(marks, start=1)]
        self._floor = len(self.levels)
        self._loose = False

    def known(self) -> list[Level]:
        """The levels of the item met last that are not in doubt."""
        return self.levels[: self.levels[-1].sure] if self.levels else []

    def leave(self) -> list[Level]:
        """Goes on with text without a marker, which may belong to any of the open items; the levels that it
        certainly belongs to.
        """
        self._loose = len(self.levels) > self._floor
        return self.levels[: min(self._floor, len(self.levels))]

    def enter(self, written: str, place: int, to_come: Sequence[str]) -> None:
        """Goes on with an item. ``to_come`` are the markers after it, which tell "(i)" after "(h)" from "(i)", "(ii)"."""
        mark = bare(written)
        before = marks_before(mark)
        alike = [depth for depth, level in enumerate(self.levels) if _shape(level.written) == _shape(written)]
        follows = [depth for depth in alike if self.levels[depth].mark in before]
        open_already = [depth for depth in alike if _sort(self.levels[depth].mark) == _sort(mark)]
        begins = mark in _FIRST and not open_already
        if follows and begins and self._is_nested(follows[-1], mark, to_come):
            follows = []
        if len(follows) == 1:
            self._replace(follows[0], Level(written, place, min(self.levels[follows[0]].sure, follows[0] + 1)))
        elif begins and not follows:
            depth = len(self.levels)
            certain = not self._loose and (depth == 0 or self.levels[-1].sure == depth)
            sure = depth + 1 if certain else min(self._floor, self.levels[-1].sure)
            self.levels.append(Level(written, place, sure))
        else:
            depth = min([*follows, *open_already, len(self.levels)])
            self._replace(depth, Level(written, place, min(self._floor, depth)))
        self._loose = False

    def _replace(self, depth: int, level: Level) -> None:
        self.levels[depth:] = [level]

    def _is_nested(self, depth: int, mark: str, to_come: Sequence[str]) -> bool:
        """Whether "(i)" begins a list in spite of the "(h)" at ``depth``."""
        roman, letter = ("ii", "j") if mark == "i" else ("II", "J")
        shape = _shape(self.levels[depth].written)
        following = (bare(other) for other in to_come if _shape(other) == shape and bare(other) in (roman, letter))
        first = next(following, None)
        if first is None:
            return any(level.mark.isupper() for level in self.levels[depth + 1 :])
        return first == roman


def bare(written: str) -> str:
    """The marker without its brackets or full stop."""
    return written.strip("().")


def _shape(written: str) -> str:
    return written.replace(bare(written), "")


def _sort(mark: str) -> tuple[str, bool]:
    """What tells "(a)" from "(aa)", which is the item of another list."""
    kind = kind_of(mark)
    return kind, len(mark) > 1 and kind in ("letter", "Letter")
