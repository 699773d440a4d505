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
_MARKER = r"(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5}|[IVX]{1,5}|[a-z]{2}|[A-Z]{2})"
_WRITTEN = re.compile(rf"(\({_MARKER}\)|{_MARKER}[.)](?=\s))\s*")
_WRITTEN_IN_GAP = re.compile(rf"(?:\A|\n)\s*(\({_MARKER}\)|{_MARKER}[.)])\s*\Z")
_LABEL = re.compile(r"\(\w{1,4}\)\s+[A-Z“][^:.?!—]*(?<![,;\s])\Z")
_ROMAN = re.compile(r"[ivx]+|[IVX]{2,}")
_NUMERALS = tuple(tens + ones for tens in ("", "x", "xx") for ones in " i ii iii iv v vi vii viii ix".split(" "))


def mark_of(text: str, piece: Span, before: int) -> str:
    """The marker of an item, "ii" of "(ii)"; "" for what is no item. It may stand before the item, in
    ``text[before:piece.start]``.
    """
    found = MARK.match(text, piece.start, piece.end) or _MARK_IN_GAP.search(text[before : piece.start])
    return next(group for group in found.groups() if group) if found else ""


def marks_of(text: str, piece: Span, before: int) -> tuple[str, ...]:
    """All markers that an item begins with, as they are written: "(a)" and "(1)" of "(a)(1) The President", "8." of
    "8. Decides". Bullets and words in brackets are left out; one marker may stand before the item, in
    ``text[before:piece.start]``.
    """
    gap = _WRITTEN_IN_GAP.search(text[before : piece.start])
    marks = [gap.group(1)] if gap and _sorts(bare(gap.group(1))) else []
    position = piece.start
    while (found := _WRITTEN.match(text, position, piece.end)) and _sorts(bare(found.group(1))):
        marks.append(found.group(1))
        position = found.end()
    return tuple(marks)


def without_marks(words: str) -> str:
    """The words behind all markers that ``marks_of`` finds in them."""
    marks = marks_of(words, Span(0, len(words)), 0)
    position = 0
    for written in marks:
        position = words.index(written, position) + len(written)
    return words[position:].lstrip()


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
    """A list and the item of it that was met last: its marker as it is written, and the place that it was given.

    ``sort`` tells how the list counts, one of _SORTS; ``sure`` of the levels up to this one are without doubt.
    """

    written: str
    sort: str
    place: int
    sure: int


class Nesting:
    """The lists within lists that a walk through a text stands in, outermost first.

    A marker goes on the list that it follows in, or begins one within the item met last. One that can do neither,
    or begins a list of a sort that is open already, leaves in doubt what it belongs to, until an outer list goes on.
    """

    def __init__(self, marks: Sequence[str] = ()) -> None:
        """``marks`` lead to the text that the walk begins in; they are not in doubt."""
        self.levels = [Level(written, _sorts(bare(written))[0], -1, depth) for depth, written in enumerate(marks, 1)]
        self._floor = len(self.levels)
        self._loose = False

    def known(self) -> list[Level]:
        """The levels of the item met last that are not in doubt."""
        return self.levels[: self.levels[-1].sure] if self.levels else []

    def leave(self) -> list[Level]:
        """Goes on with text without a marker, which may belong to any of the open items; the levels that it
        belongs to in any case.
        """
        self._loose = len(self.levels) > self._floor
        return self.levels[: self._floor]

    def enter(self, written: str, place: int, to_come: Sequence[str]) -> None:
        """Goes on with an item. ``to_come`` are the markers after it: "(i)" begins a list within "(h)" if "(ii)"
        comes before "(j)".
        """
        mark, sorts = bare(written), _sorts(bare(written))
        alike = [depth for depth, level in enumerate(self.levels) if _shape(level.written) == _shape(written)]
        open_already = [depth for depth in alike if self.levels[depth].sort in sorts]
        follows = [depth for depth in open_already if self._goes_on(depth, mark)]
        begun = [sort for sort in sorts if _count(mark, sort) == 1]
        begun = [sort for sort in begun if all(self.levels[depth].sort != sort for depth in alike)]
        if follows and begun and self._is_nested(follows[-1], written, to_come):
            follows = []
        if len(follows) == 1:
            level = self.levels[follows[0]]
            self.levels[follows[0] :] = [Level(written, level.sort, place, level.sure)]
        elif begun and not follows:
            certain = not self._loose and len(self.known()) == len(self.levels)
            sure = len(self.levels) + 1 if certain else min(self._floor, self.levels[-1].sure)
            self.levels.append(Level(written, begun[0], place, sure))
        else:
            depth = min([*open_already, len(self.levels)])
            self.levels[depth:] = [Level(written, sorts[0], place, min(self._floor, depth))]
            self._floor = min(self._floor, depth)
        self._loose = False

    def _goes_on(self, depth: int, mark: str) -> bool:
        level = self.levels[depth]
        return _count(mark, level.sort) == _count(bare(level.written), level.sort) + 1

    def _is_nested(self, depth: int, written: str, to_come: Sequence[str]) -> bool:
        """Whether a marker that goes on the list at ``depth`` begins another all the same; only "(i)" and "(I)" do."""
        roman, letter = written.replace("i", "ii").replace("I", "II"), written.replace("i", "j").replace("I", "J")
        first = next((other for other in to_come if other in (roman, letter)), None)
        if first is None:
            return any(level.sort == "Letter" for level in self.levels[depth + 1 :])
        return first == roman


_SORTS = ("number", "letter", "Letter", "roman", "Roman", "letters", "Letters")


def _count(mark: str, sort: str) -> int:
    """The place of a marker in a list of a sort, from 1; 0 if it cannot be in one."""
    if sort == "number":
        return int(mark) if mark.isdigit() else 0
    if not mark.isalpha() or mark.islower() != sort.islower():
        return 0
    small = mark.lower()
    if sort.lower() == "roman":
        return _NUMERALS.index(small) if small in _NUMERALS else 0
    if len(set(small)) > 1:
        return 0
    letters = ord(small[0]) - ord("a") + 1
    if sort.lower() == "letters":
        return letters if len(small) == 2 else 0
    return letters + 26 * (len(small) - 1)


def _sorts(mark: str) -> list[str]:
    return [sort for sort in _SORTS if _count(mark, sort)]


def bare(written: str) -> str:
    """The marker without its brackets or full stop."""
    return written.strip("().")


def _shape(written: str) -> str:
    return written.replace(bare(written), "")
