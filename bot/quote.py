"""Ranked sentences to quotes: which to show, and how much around them. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from bot.claim import EVENT
from bot.latest import latest_day
from bot.lead_in import find_lead_ins, is_label
from bot.link import deep_link
from bot.list_items import without_mark
from bot.pinpoint import place_of
from bot.types import MOST_REPETITIONS, Part, Quote, Repetition
from bot.widen import widen
from index.search import SentenceHit
from index.types import Document, Span

TELLING_WORDS = 5
"""Words of a sentence that another document repeats; "It reopened in 1979." may be said of anything."""

NEAR_DUPLICATE = 0.8
"""Share of their words that two sentences have in common if they say the same."""

SPREAD_FROM = 0.4
"""A list is gathered from documents whose best sentence has this share of the best score, or more."""

STATE_FROM = 0.4
"""Sentences with this share of the best score, or more, tell of the same matter: the latest event is its state."""

NEARLY_EQUAL = 0.95
"""A score of this share of a better one, or more, is equal enough for the newer document to come first."""

Words = Mapping[str, str]
"""The words of a text, each by what it is without capitals."""

_WORD = re.compile(r"\w+")
_TURNS = frozenset("no not never nor without except unless open opened reopened closed suspended resumed".split())


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence with its final score in [0, 1], higher is better: the logistic function of ``logit``, which is made of
    the ``values`` of features times their ``weights``, and of what was ``read``. ``copies`` are the same sentence in
    other passages with the same text, as they were ranked.
    """

    sentence: SentenceHit
    score: float
    logit: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    read: Part | None = None
    copies: "tuple[RankedSentence, ...]" = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the logit is the sum of. Made when asked for, of the few that are quoted."""
        features = tuple(Part(name, value, self.weights[name] * value) for name, value in self.values.items())
        return features if self.read is None else (*features, self.read)

    @property
    def document(self) -> Document:
        return self.sentence.hit.stored.document

    @property
    def text(self) -> str:
        return self.document.text[self.sentence.span.start : self.sentence.span.end]

    @property
    def names_missing(self) -> float:
        """The share of the question's names that is not said there."""
        return self.values.get("names_missing", 0.0)


def select_quotes(
    ranked: Sequence[RankedSentence], limit: int, spread: bool = False, as_of: date | None = None
) -> tuple[Quote, ...]:
    """At most ``limit`` quotes, best first, numbered from 1. Expects ``ranked`` best first.

    Each is built around one sentence, which is its highlight. A sentence that an earlier quote
    already shows, or that says nearly the same in the same words, is not quoted again. A label of what
    stands below it, or an item's marker, is no answer and not quoted alone.

    ``spread`` is for questions that ask for a list: each document whose best sentence has at least
    SPREAD_FROM of the best score gets one quote before any gets a second. ``as_of`` is today, for questions
    about how things are now: of sentences that say nearly the same, or score nearly the same, the
    one of the newer document comes first; documents without a date come last. Then, of the sentences with
    STATE_FROM of the best score that name a day, and as many of the question's names as the best one does, the
    one with the latest day comes first, days after ``as_of`` left out, and those that tell of an opening, a
    closure or the like before those that do not; the others keep their places.
    """
    if as_of is not None and ranked:
        ranked = _latest_first(list(_newer_first([_newest_copy(item) for item in ranked])), as_of)
    if spread:
        ranked = _spread(ranked)
    quotes: list[Quote] = []
    words = cache(_words)
    for item in ranked:
        text = item.text
        if not _WORD.search(without_mark(text)):
            continue
        same = _showing(item.document, text, quotes, words)
        if same is None:
            if len(quotes) < limit:
                quote = _quote(len(quotes) + 1, item, quotes)
                if not is_label(quote.document, quote.start, quote.end):
                    quotes.append(_with_copies(quote, item))
        elif (
            as_of is not None
            and _newer(item.document, same.document)
            and _says_the_same(words(text), words(_highlight(same)))
        ):
            others = [quote for quote in quotes if quote is not same]
            newer = replace(_quote(same.number, item, others), number=same.number)
            quotes[same.number - 1] = _with_copies(_citing(newer, same), item)
        else:
            quotes[same.number - 1] = _with_copies(_with_repetition(same, item), item)
    return tuple(quotes)


def _newest_copy(item: RankedSentence) -> RankedSentence:
    """The sentence as the newest of the documents has it that say it."""
    newest = max((item, *item.copies), key=lambda each: each.document.published or "")
    if newest is item:
        return item
    others = (item, *(each for each in item.copies if each is not newest))
    return replace(item, sentence=newest.sentence, copies=others)


def _newer_first(ranked: Sequence[RankedSentence]) -> Iterator[RankedSentence]:
    start = 0
    while start < len(ranked):
        least = ranked[start].score * NEARLY_EQUAL
        end = next((index for index in range(start, len(ranked)) if ranked[index].score < least), len(ranked))
        yield from sorted(ranked[start:end], key=lambda item: item.document.published or "", reverse=True)
        start = end


def _latest_first(ranked: Sequence[RankedSentence], today: date) -> list[RankedSentence]:
    best = max(ranked, key=lambda item: item.score)
    near = [item.score >= STATE_FROM * best.score and item.names_missing <= best.names_missing for item in ranked]
    days = {
        place: (EVENT.search(item.text) is not None, day, item.document.published or "")
        for place, item in enumerate(ranked)
        if near[place] and (day := latest_day(item.text, today)) is not None
    }
    ordered = list(ranked)
    for place, taken in zip(days, sorted(days, key=lambda each: days[each], reverse=True), strict=True):
        ordered[place] = ranked[taken]
    return ordered


def _spread(ranked: Sequence[RankedSentence]) -> list[RankedSentence]:
    first: dict[str, RankedSentence] = {}
    for item in ranked:
        if item.score >= SPREAD_FROM * ranked[0].score:
            first.setdefault(item.document.id, item)
    chosen = list(first.values())
    return chosen + [item for item in ranked if item not in chosen]


def _newer(document: Document, other: Document) -> bool:
    return (document.published or "") > (other.published or "")


def _showing(document: Document, text: str, quotes: Sequence[Quote], words: Callable[[str], Words]) -> Quote | None:
    """The first quote that shows the sentence, whichever document it is from, or answers in nearly its words. The same
    line in two entries of lists is said of two.
    """
    ours = words(text)
    for quote in quotes:
        if (document.entry is not None or quote.document.entry is not None) and document.id != quote.document.id:
            continue
        if text in quote.text or _says_the_same(ours, words(_highlight(quote))):
            return quote
    return None


def _words(text: str) -> Words:
    return {word.casefold(): word for word in _WORD.findall(text)}


def _says_the_same(ours: Words, theirs: Words) -> bool:
    """Whether nearly all words are the same, and every name, number and turn of the meaning."""
    fewer, more = len(ours), len(theirs)
    if fewer > more:
        fewer, more = more, fewer
    if not more or fewer / more < NEAR_DUPLICATE:  # quickly told, of most
        return False
    shared = len(ours.keys() & theirs.keys())
    if shared / (fewer + more - shared) < NEAR_DUPLICATE:
        return False
    changed = [theirs.get(word) or ours[word] for word in ours.keys() ^ theirs.keys()]
    return not any(word[0].isupper() or word[-1].isdigit() or word in _TURNS for word in changed)


def _highlight(quote: Quote) -> str:
    return quote.document.text[slice(*quote.highlight)]


def _with_repetition(quote: Quote, item: RankedSentence) -> Quote:
    """The quote, cited from the sentence's document too, if that says the same word for word."""
    document, passage = item.document, item.sentence.hit.stored.passage
    if len(quote.repeated) == MOST_REPETITIONS or document.id in _cited(quote):
        return quote
    said, headings = _highlight(quote), passage.headings
    start = document.text.find(said, passage.start, passage.end)
    if start < 0:
        start, headings = document.text.find(said), ()
    if start < 0:
        return quote
    end = start + len(said)
    place = place_of(document, headings, start)
    return _repeated(quote, (Repetition(document, start, end, place, deep_link(document, start, end)),))


def _with_copies(quote: Quote, item: RankedSentence) -> Quote:
    for copy in item.copies:
        quote = _with_repetition(quote, copy)
    return quote


def _citing(quote: Quote, other: Quote) -> Quote:
    """The quote of a newer document, cited from those of an older quote too, as far as they say it word for word."""
    start, end = other.highlight
    older = Repetition(other.document, start, end, other.pinpoint, deep_link(other.document, start, end))
    said = _highlight(quote)
    return _repeated(quote, (each for each in (older, *other.repeated) if _text_of(each) == said))


def _repeated(quote: Quote, others: Iterable[Repetition]) -> Quote:
    """The quote with these repetitions too, one a document."""
    if len(_WORD.findall(_highlight(quote))) < TELLING_WORDS:
        return quote
    known = _cited(quote)
    new = {each.document.id: each for each in others if each.document.id not in known}
    return replace(quote, repeated=(*quote.repeated, *new.values())[:MOST_REPETITIONS])


def _cited(quote: Quote) -> set[str]:
    return {quote.document.id, *(each.document.id for each in quote.repeated)}


def _text_of(repetition: Repetition) -> str:
    return repetition.document.text[repetition.start : repetition.end]


def _overlaps(document: Document, around: Span, quote: Quote) -> bool:
    return document.id == quote.document.id and quote.start < around.end and around.start < quote.end


def _quote(number: int, item: RankedSentence, others: Sequence[Quote]) -> Quote:
    """The quote around a sentence; the sentence alone where more would show again what ``others`` show."""
    document, span, passage = item.document, item.sentence.span, item.sentence.hit.stored.passage
    around = widen(document.text, passage.sentences, span)
    if any(_overlaps(document, around, other) for other in others):
        around = span
    return Quote(
        number=number,
        text=document.text[around.start : around.end],
        start=around.start,
        end=around.end,
        highlight=(span.start, span.end),
        document=document,
        pinpoint=place_of(document, passage.headings, around.start),
        link=deep_link(document, around.start, around.end),
        score=item.score,
        parts=item.parts,
        lead_ins=_name_of_entry(document, around.start) or find_lead_ins(document, around.start),
    )


def _name_of_entry(document: Document, start: int) -> tuple[tuple[int, int], ...]:
    """The first line of a list's entry, which says whose all other lines are."""
    if document.entry is None or not document.blocks or start < document.blocks[0].end:
        return ()
    return ((document.blocks[0].start, document.blocks[0].end),)
