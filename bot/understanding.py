"""What plain rules make of a question: what to search for, and what kind of answer is wanted.

No language model, no classifier: patterns, a list of countries and a glossary. In order: talk that asks
nothing, greeting dropped, typos mended, the question before taken in if this one leans on it, acronyms
and codes written out, other ways to say the names and words of the field.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bot.asked import kinds_asked
from bot.dates import Dated, asks_present, find_periods
from bot.glossary import Glossary, Term
from bot.places import Mention, Places, load_places
from bot.small_talk import talk_of, without_opening
from bot.spelling import mend
from bot.types import Question, Understanding
from bot.words import Edit, edited, tokens
from index.types import Alternatives, Filter, Query, Vocabulary

_OPEN_BEGIN = date.min
_OTHER_TIME = re.compile(r"\b(?:earlier|later|before|after|afterwards?|then|next|again|now|since)\b", re.IGNORECASE)


def understand(question: Question, vocabulary: Vocabulary, glossary: Glossary, today: date) -> Understanding:
    """What to search for. ``question.context`` is the text that the question before was searched by, or that
    question itself. Never raises, whatever the text; ``query.text`` has words if the question has any.
    """
    talk = talk_of(question.text)
    if talk is not None:
        return Understanding(Query(question.text), filter=question.filter, talk=talk)
    places = load_places()
    text = without_opening(question.text)
    edits, corrections = mend(text, vocabulary, places, glossary)
    text = edited(text, edits)
    dates = find_periods(text, today)
    limits = _limits(question.filter, dates)
    text = _without_publication(text, dates)
    whole = _with_context(text, question.context, places, today) if question.context else None
    searched = _written_out(whole or text, places, glossary)
    asked = kinds_asked(text) or (kinds_asked(whole) if whole else frozenset())
    periods = find_periods(text, today)
    if whole and not periods and "date" not in asked and not _OTHER_TIME.search(text):
        periods = find_periods(whole, today)
    terms = glossary.terms(searched)
    mentions = _mentions(searched, places, terms)
    return Understanding(
        query=Query(searched, tuple(_alternatives(searched, mentions, terms))),
        asked=asked,
        periods=tuple(dated.period for dated in (*periods, *(each for each in dates if each.published))),
        places=_places(mentions),
        present=asks_present(text),
        corrections=tuple(corrections),
        context_used=whole is not None,
        filter=limits,
    )


def _with_context(text: str, context: str, places: Places, today: date) -> str | None:
    from bot.follow_up import with_context  # its patterns take a while to compile, and most questions have no context

    return with_context(text, context, places, today)


def _limits(given: Filter, dates: list[Dated]) -> Filter:
    """The filter with the dates of publication that the words ask for; what is set already stays."""
    asked = next((dated.period for dated in dates if dated.published), None)
    if asked is None or given.since is not None or given.until is not None:
        return given
    return replace(given, since=asked.first if asked.first > _OPEN_BEGIN else None, until=asked.last)


def _without_publication(text: str, dates: list[Dated]) -> str:
    """The text without the words that became a filter, if others are left."""
    rest = " ".join(edited(text, [Edit(each.start, each.end, "") for each in dates if each.published]).split())
    return rest if tokens(rest) else text


def _written_out(text: str, places: Places, glossary: Glossary) -> str:
    edits = places.written_out(text)
    taken = {edit.start for edit in edits}
    return edited(text, [*edits, *(edit for edit in glossary.written_out(text) if edit.start not in taken)])


def _mentions(text: str, places: Places, terms: list[Term]) -> list[Mention]:
    """The places of a text, without those that are part of a longer name: "America" of an act's title."""
    return [
        each
        for each in places.mentions(text)
        if not any(term.start <= each.start and each.end <= term.end for term in terms)
    ]


def _places(mentions: list[Mention]) -> tuple[str, ...]:
    named = (country for mention in mentions for country in mention.countries)
    return tuple(dict.fromkeys(name for country in named for name in (country.name, *country.now)))


def _alternatives(text: str, mentions: list[Mention], terms: list[Term]) -> Iterator[Alternatives]:
    """Other ways to say what stands in the text, each word or name once."""
    spans = [(each.start, each.end) for each in mentions]
    ways = [(each.start, each.end, [way for form in each.forms for way in form.alternatives()]) for each in mentions]
    for term in terms:
        if not any(start < term.end and term.start < end for start, end in spans):
            ways.append((term.start, term.end, list(term.others)))
    said = {_folded(text[start:end]) for start, end in spans}
    seen: set[str] = set()
    for start, end, others in sorted(ways):
        words = text[start:end]
        fresh = tuple(other for other in dict.fromkeys(others) if _folded(other) not in said | {_folded(words)})
        if fresh and _folded(words) not in seen:
            seen.add(_folded(words))
            yield Alternatives(words, fresh)


def _folded(text: str) -> str:
    return " ".join(word.folded for word in tokens(text))
