"""What a list item belongs to, where its quote cannot begin there. Pure.

"(8) knowingly sells arms;" says nothing without "The President shall designate any person that", which may
stand far above it, in another passage of the same section.
"""

import re
from bisect import bisect_right
from functools import cached_property

from bot.list_items import (
    FINISHED,
    ITEM_END,
    OPENING_END,
    kind_of,
    mark_of,
    marks_before,
    reads_as_label,
    without_mark,
)
from index.types import Document, Span

MOST_CHARACTERS = 500
"""Of all lead-ins of a quote together."""

# Behind a word of some length, because "Gen. Sapt" has no break.
_SENTENCE_BREAK = re.compile(r"(?:[a-z]{4}|[”)\]])[.!?][”)\"]*\s+(?=[A-Z“])")

_LOOK_BACK = 400
"""Blocks; a list whose start is further up is left without its lead-in."""


def find_lead_ins(document: Document, start: int) -> tuple[tuple[int, int], ...]:
    """The stretches of the document that lead in to the list item that begins at ``start``, outermost first.

    Each is the last sentence of a block, or goes on over several in a row; all lie before ``start`` and under
    the same heading. Of nested lists' lead-ins the outermost and the nearest matter most: the others go if
    together they are longer than MOST_CHARACTERS, then the nearest, then the outermost. Empty for what is no
    item, or has no lead-in.
    """
    section = _Section(document, start)
    chain: list[int] = []
    here = section.last if section.begins_a_block else None
    while here is not None and (here := section.lead_in_of(here)) is not None:
        chain.insert(0, here)
    choices = (chain, [*chain[:1], *chain[1:][-1:]], chain[:1], chain[-1:])
    chosen = next((some for some in choices if section.length(some) <= MOST_CHARACTERS), [])
    spans: list[tuple[int, int]] = []
    for index in chosen:
        lead = section.last_sentence(index)
        if spans and index - 1 in chosen:
            spans[-1] = (spans[-1][0], lead.end)
        else:
            spans.append((lead.start, lead.end))
    return tuple(spans)


def is_label(document: Document, start: int, end: int) -> bool:
    """Whether a stretch is nothing but the label of what stands below it: "(2) Food; medicine"."""
    if not reads_as_label(document.text[start:end]):
        return False
    section = _Section(document, start)
    below = section.below
    if not section.begins_a_block or below is None:
        return False
    if without_mark(document.text[below.start : below.end])[:1].islower():
        return False
    return section.mark(section.last) not in marks_before(mark_of(document.text, below, end))


class _Section:
    """The blocks of the document that stand under one heading, up to the one that holds ``start``."""

    def __init__(self, document: Document, start: int) -> None:
        self.text, self._start, self._document = document.text, start, document
        self._end = bisect_right(document.blocks, start, key=lambda block: block.start)
        headings = document.headings
        heading = bisect_right(headings, start, key=lambda heading: heading.start)
        floor = headings[heading - 1].end if heading else 0
        self._ceiling = headings[heading].start if heading < len(headings) else len(self.text)
        self._first = bisect_right(document.blocks, floor - 1, 0, self._end, key=lambda block: block.start)

    @cached_property
    def blocks(self) -> list[Span]:
        near = self._document.blocks[max(self._first, self._end - _LOOK_BACK) : self._end]
        return [_trimmed(self.text, block) for block in near]

    @property
    def last(self) -> int:
        return len(self.blocks) - 1

    @property
    def begins_a_block(self) -> bool:
        return bool(self.blocks) and self.blocks[-1].start == self._start

    @property
    def below(self) -> Span | None:
        """The block after the last."""
        if self._end == len(self._document.blocks) or self._document.blocks[self._end].start >= self._ceiling:
            return None
        return _trimmed(self.text, self._document.blocks[self._end])

    def mark(self, index: int) -> str:
        block = self.blocks[index]
        before = self.blocks[index - 1].end if index else self.text.rfind("\n", 0, block.start) + 1
        return mark_of(self.text, block, before)

    def words(self, index: int) -> str:
        return self.text[self.blocks[index].start : self.blocks[index].end]

    def last_sentence(self, index: int) -> Span:
        """Of a block; more of it where that is hard to tell."""
        block = self.blocks[index]
        starts = [found.end() for found in _SENTENCE_BREAK.finditer(self.text, block.start, block.end)]
        return Span(starts[-1], block.end) if starts else block

    def length(self, indices: list[int]) -> int:
        return sum(lead.end - lead.start for lead in map(self.last_sentence, indices))

    def lead_in_of(self, item: int) -> int | None:
        """What an item goes on from; None if it is no item, or what stands before its list is complete."""
        if not self.mark(item):
            return None
        first = self._first_item(item)
        if first == 0 or not self._is_open(first - 1):
            return None
        below = without_mark(self.words(first))
        opens = OPENING_END.search(self.words(first - 1)) is not None
        return first - 1 if opens or below.lstrip('“"‘')[:1].islower() else None

    def _first_item(self, item: int) -> int:
        """The first item of the list: the lists within its items are passed over by counting down."""
        while item > 0 and not (self._is_open(item - 1) and kind_of(self.mark(item - 1)) != kind_of(self.mark(item))):
            mark = self.mark(item)
            if mark.isalnum():
                wanted, above = marks_before(mark), range(item - 1, -1, -1)
            else:
                wanted, above = frozenset({mark}), range(item - 1, item - 2, -1)
            found = next((index for index in above if self.mark(index) in wanted), None)
            if found is None:
                break
            item = found
        return item

    def _is_open(self, index: int) -> bool:
        words = self.words(index)
        return FINISHED.search(words) is None and ITEM_END.search(words) is None


def _trimmed(text: str, block: Span) -> Span:
    piece = text[block.start : block.end]
    start = block.start + len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))
