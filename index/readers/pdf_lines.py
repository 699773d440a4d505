"""The lines of a page of PDF as paragraphs. A PDF tells where each character stands, and nothing of paragraphs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from index.readers.text import printable

HYPHEN = "\ufffe"
"""Stands at the end of a line for a hyphen within a word."""

_WINDOW = 12
_FINISHED = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*\Z")
_BULLET = re.compile(r"[\uf0a7\uf0b7\uf0d8•‣▪●■◦–—*·-]\s+\S")
_NUMBER = re.compile(
    r"(?:\(?(?:\d{1,3}|[a-z]|[ivxl]{1,5})[.)]|§\s?\d+|(?:Art\.|Article|Section)\s\d+)\s", re.IGNORECASE
)
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_TAIL = re.compile(r"[^\W\d_]+\Z")
_HEAD = re.compile(r"[^\W\d_]+")
# fmt: off
_PREFIXES = frozenset({
    "all", "anti", "co", "counter", "cross", "ex", "half", "high", "inter", "intra", "long", "low", "mid", "multi",
    "non", "off", "on", "post", "pre", "pro", "quasi", "self", "semi", "short", "so", "sub", "ultra", "vice", "well",
})
_GLYPHS = str.maketrans({
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ſt", "ﬆ": "st",
    "\uf0a7": "▪", "\uf0b7": "•", "\uf0d8": "➢",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Line:
    """Words with the box around them, in points from the lower left corner of the page."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        """Of the font, the same for all of its characters; 0 if it is not known."""
        return abs(self.top - self.bottom)


def find_words(lines: Iterable[str]) -> frozenset[str]:
    """The words and compounds with hyphens of a document, in small letters, without those parted at a line end."""
    found: set[str] = set()
    parted = False
    for line in lines:
        words = _COMPOUND.findall(line.lower())
        if parted:
            words = words[1:]
        parted = line.endswith(HYPHEN)
        if parted:
            words = words[:-1]
        for word in words:
            found.update((word, *word.split("-")))
    return frozenset(found)


def paragraphs(lines: Sequence[Line], words: frozenset[str]) -> Iterator[str]:
    """The paragraphs of a page, their lines parted by line feeds. ``words`` are those of the whole document."""
    pitch = _pitch(lines)
    collected: list[Line] = []
    for index, line in enumerate(lines):
        if collected and _parts(lines, index, collected, pitch):
            yield _joined(collected, words)
            collected = []
        collected.append(line)
    if collected:
        yield _joined(collected, words)


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance from a line down to the next, in heights of its font; 1 if there is none."""
    steps = [
        (line.bottom - below.bottom) / line.height
        for line, below in pairwise(lines)
        if line.height > 0 and 0 < line.bottom - below.bottom < 3 * line.height
    ]
    return median(steps) if steps else 1.0


def _parts(lines: Sequence[Line], index: int, collected: Sequence[Line], pitch: float) -> bool:
    """Whether a paragraph ends before the line ``index``."""
    above, line = lines[index - 1], lines[index]
    if above.text.endswith(HYPHEN):
        return False
    height = min(above.height, line.height)
    finished = _FINISHED.search(above.text) is not None
    if _BULLET.match(line.text):
        return True
    if height <= 0:
        return finished
    goes_on = not finished and line.text[0].islower()
    if max(above.height, line.height) > 1.15 * height and not goes_on:
        return True
    step = above.bottom - line.bottom
    if step < 0.3 * height:  # beside or above: another column, or the cell of a table
        return not goes_on
    # Large type can stand closer, and small type wider, than most lines of the page.
    usual = min(pitch, *_steps(collected[-_WINDOW:])) if len(collected) > 1 else pitch
    if goes_on:
        return step > 2 * usual * above.height
    if step > 1.35 * usual * above.height:
        return True
    if finished and _NUMBER.match(line.text):
        return True
    return _ends_early(lines, index, finished) or (finished and line.left > above.left + 0.5 * height)


def _steps(collected: Sequence[Line]) -> list[float]:
    """Distances between the lines of a paragraph, in heights of the font."""
    return [
        (above.bottom - below.bottom) / above.height
        for above, below in pairwise(collected)
        if above.height > 0 and above.bottom > below.bottom
    ] or [1.0]


def _ends_early(lines: Sequence[Line], index: int, finished: bool) -> bool:
    """Whether the line before ends where the first word of this one would still have had room.

    How far lines go is seen from those around that begin at about the same place; three quarters of them, so
    that a wide heading over narrow columns does not count.
    """
    above, line = lines[index - 1], lines[index]
    nearby = lines[max(0, index - _WINDOW) : index + _WINDOW]
    rights = sorted(each.right for each in nearby if abs(each.left - above.left) < 2.5 * above.height)
    margin = rights[int(0.75 * (len(rights) - 1))] if rights else above.right
    width = line.right - line.left
    word = line.text.split(maxsplit=1)[0]
    needed = width * (len(word) + 1) / max(len(line.text), 1)
    room = margin - above.right
    return room > needed if finished else room > max(needed, 0.35 * (margin - above.left))


def _joined(lines: Sequence[Line], words: frozenset[str]) -> str:
    pieces = [lines[0].text]
    for line in lines[1:]:
        before = pieces[-1]
        if before.endswith(HYPHEN):
            pieces[-1] = before[:-1] + _hyphen(before[:-1], line.text, words)
            pieces.append(line.text)
        else:
            pieces.extend(("\n", line.text))
    return printable("".join(pieces).replace(HYPHEN, "-").translate(_GLYPHS))


def _hyphen(before: str, after: str, words: frozenset[str]) -> str:
    """The hyphen between two parts of a word, or nothing if only the end of the line brought it in.

    The document itself is the dictionary: how it writes the word elsewhere decides, then whether both parts are
    words of it by themselves.
    """
    tail, head = _TAIL.search(before), _HEAD.match(after)
    if tail is None or head is None or not head[0][0].islower():
        return "-"
    left, right = tail[0].lower(), head[0].lower()
    if left + right in words:
        return ""
    if f"{left}-{right}" in words or left in _PREFIXES or (left in words and right in words):
        return "-"
    return ""
