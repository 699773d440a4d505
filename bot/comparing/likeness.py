"""The stretch of a text that is most like an older one. Pure."""

from bot.comparing.rewording import ALIKE, lines_of
from index.sentences import sentences
from index.types import Document, Span

_MORE_OR_FEWER = 2
"""Lines or sentences that may have been put in or taken out."""


def most_like(document: Document, quote: str) -> Span | None:
    """The lines of an entry, or the sentences of another document, that are together most like ``quote``; the first
    ones of several that are as much so. None if none reach ALIKE, by the ratio of ``rapidfuzz.fuzz`` (100 is the same).
    """
    from rapidfuzz.fuzz import ratio

    pieces, counts = _pieces(document), _counts(document, quote)
    best, found = ALIKE, None
    for size in range(max(1, min(counts) - _MORE_OR_FEWER), max(counts) + _MORE_OR_FEWER + 1):
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


def _counts(document: Document, quote: str) -> tuple[int, ...]:
    """Of how many pieces the quote may have been made: a line end in it may be one within a paragraph."""
    lines = quote.split("\n")
    if document.entry is not None:
        return (len(lines),)
    return len(sentences(quote, Span(0, len(quote)))), sum(len(sentences(line, Span(0, len(line)))) for line in lines)
