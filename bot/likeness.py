"""The stretch of a text that is most like an older one. Pure."""

from bot.rewording import ALIKE, lines_of
from index.sentences import sentences
from index.types import Document, Span

_MORE_OR_FEWER = 2
"""Lines or sentences that may have been put in or taken out."""


def most_like(document: Document, quote: str) -> Span | None:
    """The lines of an entry, or the sentences of another document, that are together most like ``quote``; the first
    ones of several that are as much so. None if none reach ALIKE, by the ratio of ``rapidfuzz.fuzz`` (100 is the same).
    """
    from rapidfuzz.fuzz import ratio

    pieces, count = _pieces(document), _count(document, quote)
    best, found = ALIKE, None
    for size in range(max(1, count - _MORE_OR_FEWER), count + _MORE_OR_FEWER + 1):
        for first, last in zip(pieces, pieces[size - 1 :], strict=False):
            score = ratio(quote, document.text[first.start : last.end], score_cutoff=best)
            if score > best or (found is None and score == best):
                best, found = score, Span(first.start, last.end)
    return found


def _pieces(document: Document) -> list[Span]:
    lines = lines_of(document)
    if document.entry is not None:
        return lines
    return [piece for line in lines for piece in sentences(document.text, line)]


def _count(document: Document, quote: str) -> int:
    """Of how many pieces the quote was made."""
    if document.entry is not None:
        return quote.count("\n") + 1
    return sum(len(sentences(line, Span(0, len(line)))) for line in quote.split("\n"))
