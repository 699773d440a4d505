"""How much of a passage to quote around one sentence. Pure.

The pieces that a passage is cut into are sentences, items of lists, and labels such as "(1) In general".
Pieces that go on from one another ("if it is (A) old; or (B) new.") are one sentence here.
"""

import re
from collections.abc import Sequence

from bot.list_items import FINISHED, ITEM_END, OPENING_END, kind_of, mark_of, reads_as_label, without_mark
from index.types import Span

MOST_SENTENCES = 3
MOST_CHARACTERS = 700

_MOST_LABELS = 2

_LEANS_BACK = re.compile(
    r"(?:It|This|These|Those|They|He|She|His|Her|Its|Their|That|Such|However|Both|Thereafter|Upon this"
    r"|The (?:former|latter|same))\b"
    r"|(?:In|On|By|After|During|Since|From|Until)\b[^,.;]{0,40},?\s(?:it|they|he|she|this|these|its|their)\b"
)
_POST = re.compile(
    r"The (?:embassy|legation|mission|consulate(?: general)?|consular agency|agency|post|office|interests section"
    r"|sanctions?|ban|relations|government|agreement|closure|staff)\b",
    re.IGNORECASE,
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
_NAME = re.compile(rf"(?<=\s)(?!{_MONTH})[A-Z]\w")
_DAY = re.compile(rf"\b{_MONTH} \d{{1,2}}\b|\b\d{{1,2}} {_MONTH}")
_YEAR = re.compile(r"\b1[5-9]\d\d\b|\b20\d\d\b")


def widen(text: str, sentences: Sequence[Span], chosen: Span) -> Span:
    """The stretch of ``text`` that lets ``chosen`` be understood: one to three sentences of the passage.

    An item of a list comes with its lead-in and, because "and" or "or" stands between them, with the other
    items; a lead-in with its items; "It was closed …", "The embassy was closed …" and a day without its year with
    the sentence before; the text of a statute's paragraph with the label above it. Of what is more than
    MOST_CHARACTERS, what fits is taken; one sentence alone is never cut. ``sentences`` are the passage's, in
    order; ``chosen`` is one of them.
    """
    return _Pieces(text, sentences).around(sentences.index(chosen))


class _Pieces:
    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._text = text
        self._words = [text[span.start : span.end] for span in spans]
        self._marks = [self._mark(index) for index in range(len(spans))]

    def around(self, chosen: int) -> Span:
        core = chosen
        while self._label(core) and core + 1 < len(self.spans):
            core += 1
        first, last = self._list(core)
        while first > 0 and self._leans_back(first) and self._fits(first - 1, last):
            first -= 1
        least = max(0, min(chosen, first - _MOST_LABELS))
        while first > least and self._label(first - 1) and self._fits(first - 1, last):
            first -= 1
        if first > chosen:
            return self.spans[chosen]
        return Span(self.spans[first].start, self.spans[last].end)

    def _list(self, here: int) -> tuple[int, int]:
        """The first choice that fits: the whole list, its start up to here, the nearest lead-in up to here."""
        root, parent = self._root(here), self._parent(here)
        end, below = self._end(here), self._end_below(here)
        choices = ((root, end), (root, below), (root, here), (parent, below), (parent, here))
        first, last = next((choice for choice in choices if self._fits(*choice)), (here, here))
        while self._opens(here) and self._is_below(last + 1, here) and self._fits(first, last + 1):
            last += 1
        return first, last

    def _is_below(self, index: int, lead: int) -> bool:
        """Whether a piece somewhere after a lead-in belongs to it: it goes on, or is an item like the first."""
        if index == len(self.spans) or self._label(index):
            return False
        mark = self._marks[index]
        if mark and mark == self._marks[lead]:
            return False
        return self._continues(index) or (mark != "" and mark == self._marks[lead + 1])

    def _fits(self, first: int, last: int) -> bool:
        begun = [index for index in range(first + 1, last + 1) if not self._continues(index)]
        count = 1 + sum(not self._label(index - 1) for index in begun)
        return count <= MOST_SENTENCES and self.spans[last].end - self.spans[first].start <= MOST_CHARACTERS

    def _root(self, here: int) -> int:
        """Where the sentence begins, or the lead-in of a list whose items are sentences themselves."""
        start = here
        while self._continues(start):
            start -= 1
        lead = start
        while lead > 0 and self._marks[lead] and not self._label(lead):
            lead -= 1
        return lead if lead < start and self._opens(lead) and not self._marks[lead] else start

    def _parent(self, here: int) -> int:
        """The nearest lead-in before an item that is not of the item's own kind: "(A) …" for "(ii) …"."""
        if not self._marks[here]:
            return here
        root = self._root(here)
        above = (index for index in range(here - 1, root - 1, -1) if self._opens(index))
        return next((index for index in above if self._marks[index] != self._marks[here]), here)

    def _end(self, here: int) -> int:
        while here + 1 < len(self.spans) and self._continues(here + 1):
            here += 1
        return here

    def _end_below(self, here: int) -> int:
        """The last of the items that an item leads in to."""
        end, whole = here, self._end(here)
        if self._opens(here):
            while end < whole and self._marks[end + 1] != self._marks[here]:
                end += 1
        return end

    def _continues(self, index: int) -> bool:
        """Whether a piece goes on from the one before it."""
        if index == 0 or self._label(index - 1) or self._label(index):
            return False
        before = self._words[index - 1]
        if FINISHED.search(before):
            return False
        if self._marks[index] or self._words[index][:1].islower() or self._words[index][:1] in ",;)":
            return True
        return ITEM_END.search(before) is not None or OPENING_END.search(before) is not None

    def _opens(self, index: int) -> bool:
        """Whether a piece is a lead-in: what goes on from it is not just the next item beside it."""
        words = self._words[index]
        if self._label(index) or FINISHED.search(words) or ITEM_END.search(words):
            return False
        following = index + 1 < len(self.spans) and self._continues(index + 1)
        return following and bool(self._marks[index + 1] or OPENING_END.search(words))

    def _label(self, index: int) -> bool:
        if index + 1 == len(self.spans) or not reads_as_label(self._words[index]):
            return False
        return not without_mark(self._words[index + 1])[:1].islower()

    def _leans_back(self, index: int) -> bool:
        words = self._words[index]
        if self._marks[index]:
            return False
        if self._continues(index) or _LEANS_BACK.match(words) or words[:1].islower():
            return True
        noun = _POST.match(words)
        if noun is not None and _NAME.search(words, noun.end()) is None:
            return True
        return _DAY.search(words) is not None and _YEAR.search(words) is None

    def _mark(self, index: int) -> str:
        """The kind of an item's marker; "" for what is no item."""
        span = self.spans[index]
        before = self.spans[index - 1].end if index else self._text.rfind("\n", 0, span.start) + 1
        return kind_of(mark_of(self._text, span, before))
