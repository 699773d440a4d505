"""Ranked sentences to quotes: which to show, and how much around them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.link import deep_link
from bot.types import Quote
from index.search import SentenceHit
from index.types import Document, Span

MOST_SENTENCES = 3
MOST_CHARACTERS = 700
NEAR_DUPLICATE = 0.8

_LEANS_FORWARD = re.compile(r"(?::|—|–|\bshall|\bmay|\bwho|\bthat|\bis|\bto|\bas|\bif)\s*\Z")
_LEANS_BACK = re.compile(
    r"(?:It|This|These|Those|They|He|She|His|Her|Its|Their|That|Such|However|The (?:former|latter)|Upon this|Both)\b"
    r"|[a-z(]|[ivxIVX]+\.\s"
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence with its final score in [0, 1], higher is better."""

    sentence: SentenceHit
    score: float


def select_quotes(ranked: Sequence[RankedSentence], limit: int) -> tuple[Quote, ...]:
    """At most ``limit`` quotes, best first, numbered from 1.

    Each is built around one sentence, which is its highlight. A sentence that an earlier quote
    already shows, or that says nearly the same in the same words, is not quoted again.
    """
    quotes: list[Quote] = []
    for item in ranked:
        if len(quotes) == limit:
            break
        document = item.sentence.hit.stored.document
        span = item.sentence.span
        if any(_repeats(document.text[span.start : span.end], earlier) for earlier in quotes):
            continue
        around = widen(document, item.sentence.hit.stored.passage.sentences, span)
        if any(_overlaps(document, around, earlier) for earlier in quotes):
            around = span
        quotes.append(_quote(len(quotes) + 1, document, around, item))
    return tuple(quotes)


def widen(document: Document, sentences: Sequence[Span], chosen: Span) -> Span:
    """One to three sentences of the passage that let ``chosen`` be understood.

    A sentence that leans on the one before ("It was closed …", a list item) takes that with it; one
    that leads in to what follows ("… if four conditions are met:") takes that.
    """
    first = last = sentences.index(chosen)

    def room(start: Span, end: Span) -> bool:
        return last - first < MOST_SENTENCES - 1 and end.end - start.start <= MOST_CHARACTERS

    while first > 0 and _LEANS_BACK.match(document.text, sentences[first].start):
        if not room(sentences[first - 1], sentences[last]):
            break
        first -= 1
    if _LEANS_FORWARD.search(document.text, chosen.start, chosen.end):
        while last + 1 < len(sentences) and room(sentences[first], sentences[last + 1]):
            last += 1
    return Span(sentences[first].start, sentences[last].end)


def _repeats(sentence: str, quote: Quote) -> bool:
    """Whether the quote shows the sentence, whichever document it is from, or answers in nearly its words."""
    if sentence in quote.text:
        return True
    start, end = quote.highlight
    ours, theirs = _words(sentence), _words(quote.document.text[start:end])
    return bool(ours | theirs) and len(ours & theirs) / len(ours | theirs) >= NEAR_DUPLICATE


def _overlaps(document: Document, around: Span, quote: Quote) -> bool:
    return document.id == quote.document.id and quote.start < around.end and around.start < quote.end


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _quote(number: int, document: Document, around: Span, item: RankedSentence) -> Quote:
    headings = item.sentence.hit.stored.passage.headings
    return Quote(
        number=number,
        text=document.text[around.start : around.end],
        start=around.start,
        end=around.end,
        highlight=(item.sentence.span.start, item.sentence.span.end),
        document=document,
        pinpoint=" › ".join(headings) or None,
        link=deep_link(document, around.start, around.end),
        score=item.score,
    )
