"""Two versions of a text compared line by line, and long lines sentence by sentence. Pure."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from bot.compared import Rewording, Stretch
from index.sentences import sentences
from index.types import Document, Span

LONG = 300
"""Characters from which a line is compared by its sentences."""

ALIKE = 60.0
"""Percent from which a line counts as another one reworded: by the ratio of ``rapidfuzz.fuzz``, or by how much of the
shorter one both begin with.
"""

_REACH = 40  # lines further on in a rewritten stretch are not looked at: a table may be thousands of lines


def rewordings(before: Document, after: Document) -> tuple[Rewording, ...]:
    """What was reworded, taken out or put in, in the order of the text; white space apart, all else is the same.

    Lines are the blocks and headings of a document.
    """
    found: list[Rewording] = []
    for old, new in _compared(before.text, lines_of(before), after.text, lines_of(after)):
        if old is not None and new is not None and max(old.end - old.start, new.end - new.start) > LONG:
            parts = _compared(before.text, sentences(before.text, old), after.text, sentences(after.text, new))
            found += [_rewording(before, first, after, second) for first, second in parts]
        else:
            found.append(_rewording(before, old, after, new))
    return tuple(found)


def lines_of(document: Document) -> list[Span]:
    """The blocks and headings in order; the whole text if it has none."""
    headings = [Span(heading.start, heading.end) for heading in document.headings]
    spans = sorted({*headings, *document.blocks}, key=lambda span: (span.start, span.end))
    return spans or [Span(0, len(document.text))]


def _rewording(before: Document, old: Span | None, after: Document, new: Span | None) -> Rewording:
    return Rewording(
        Stretch(before, old.start, old.end) if old is not None else None,
        Stretch(after, new.start, new.end) if new is not None else None,
    )


def _compared(
    before: str, old: Sequence[Span], after: str, new: Sequence[Span]
) -> Iterator[tuple[Span | None, Span | None]]:
    """What differs, in order: a line beside the one that it became, or one alone."""
    was, now = _words(before, old), _words(after, new)
    # What both begin and end with needs no search; on a long table that is nearly all.
    head = _common(zip(was, now, strict=False))
    tail = _common(zip(reversed(was[head:]), reversed(now[head:]), strict=False))
    was, now = was[head : len(was) - tail], now[head : len(now) - tail]
    # SequenceMatcher starts from no line that a long text repeats often: slightly more differs then, and none of it
    # wrongly, but the time stays short.
    for kind, first, last, start, end in SequenceMatcher(None, was, now).get_opcodes():
        if kind != "equal":
            for one, other in _paired(was[first:last], now[start:end]):
                yield (
                    None if one is None else old[head + first + one],
                    None if other is None else new[head + start + other],
                )


def _paired(was: Sequence[str], now: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """The positions of lines that became one another, in order, and of those that became nothing or came from it."""
    place = 0
    for number, line in enumerate(was):
        scores = [_alike(line, other) for other in now[place : place + _REACH]]
        best = max(scores, default=0.0)
        if best < ALIKE:
            yield number, None
            continue
        step = scores.index(best)
        yield from ((None, other) for other in range(place, place + step))
        yield number, place + step
        place += step + 1
    yield from ((None, other) for other in range(place, len(now)))


def _alike(line: str, other: str) -> float:
    from rapidfuzz.distance import Prefix
    from rapidfuzz.fuzz import ratio

    return max(ratio(line, other), 100 * Prefix.similarity(line, other) / min(len(line), len(other)))


def _common(pairs: Iterator[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _words(text: str, spans: Sequence[Span]) -> list[str]:
    """The lines without what a line break or an indent makes of them."""
    return [" ".join(text[span.start : span.end].split()) for span in spans]
