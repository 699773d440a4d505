"""How items of lists, their labels and what leads in to them are written. Pure."""

import re

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
