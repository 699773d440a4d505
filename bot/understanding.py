"""What plain rules make of a question: what to search for, and what kind of answer is wanted.

No language model, no classifier: patterns, a list of countries and a glossary. In order: talk that asks
nothing, greeting dropped, typos mended, the question before taken in if this one leans on it, acronyms
and codes written out, other ways to say the names and words of the field.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bot.as_of import without_as_of
from bot.asked import kinds_asked
from bot.dates import asks_present, find_periods
from bot.glossary import Glossary, Term
from bot.language import is_foreign
from bot.places import Mention, Places, load_places
from bot.small_talk import talk_of, without_opening
from bot.spelling import mend
from bot.types import Asked, Correction, Question, Understanding
from bot.unsaid import unsaid
from bot.words import Edit, edited, searchable, tokens
from index.types import Alternatives, Filter, Query, Vocabulary

_OPEN_BEGIN = date.min
_OWN_PLACE = re.compile(
    r"\b(?:in|at|on|against|about) (?:the )?"
    r"(?!(?:it|its|that|this|these|those|them|their|his|her|what|which|whose|all)\b)[^\W\d]",
    re.IGNORECASE,
)
_OTHER_TIME = re.compile(r"\b(?:earlier|later|before|after|afterwards?|then|next|again|now|since)\b", re.IGNORECASE)


def understand(question: Question, vocabulary: Vocabulary, glossary: Glossary, today: date) -> Understanding:
    """What to search for. ``question.context`` is the text that the question before was searched by, or that
    question itself. Never raises, whatever the text; ``query.text`` has words if the question has any.
    """
    typed = searchable(without_as_of(question.text))
    talk = talk_of(typed)
    if talk is not None:
        return Understanding(Query(question.text), filter=question.filter, talk=talk)
    places = load_places()
    text, corrections = _mended(typed, vocabulary, places, glossary)
    text, limits = _limited(text, question.filter, today)
    whole, before, new = None, list[Correction](), text
    if question.context:
        context, before = _mended(searchable(question.context), vocabulary, places, glossary)
        # Dates of publication do not last: they would silently limit all that is asked afterwards.
        context, _ = _limited(context, Filter(), today)
        whole = _with_context(text, context, places, today)
        new = context if whole == context else text  # "tell me more" asks for what the question before did
    searched = _written_out(whole or text, places, glossary)
    mended = tuple((*before, *corrections) if whole else corrections)
    as_typed = _written_out(_unmended(whole or text, mended), places, glossary) if mended else searched
    asked = frozenset[Asked]() if is_foreign(text) else kinds_asked(new) or kinds_asked(whole or "")
    periods = own = find_periods(new, today)
    if whole and not periods and "date" not in asked and not _OTHER_TIME.search(text):
        periods = find_periods(whole, today)
    terms = glossary.terms(searched)
    mentions = _mentions(searched, places, terms)
    ways = _ways(searched, mentions, terms)
    names = unsaid(searched, ways, vocabulary)
    if whole and whole != context:  # the words of two questions in a row are no sentence that tells what a name is
        names = tuple(each for each in names if each.name in text)
        if not (names or places.mentions(text) or _OWN_PLACE.search(text)):
            names = unsaid(_written_out(context, places, glossary), ways, vocabulary)
    return Understanding(
        query=Query(
            searched, tuple(_alternatives(ways, {_folded(searched[each.start : each.end]) for each in mentions}))
        ),
        asked=asked,
        periods=tuple(dated.period for dated in periods),
        places=_places(mentions),
        present=asks_present(new, dated=bool(own)),
        corrections=mended,
        context_used=whole is not None,
        filter=limits,
        unsaid=names,
        as_typed=as_typed,
    )


def _mended(text: str, vocabulary: Vocabulary, places: Places, glossary: Glossary) -> tuple[str, list[Correction]]:
    """The text without greeting and typos. The user's own acronyms that are also codes of countries are written out:
    here, before they are taken for places.
    """
    text = without_opening(text)
    edits, corrections = mend(text, vocabulary, places, glossary)
    text = edited(text, edits)
    named = ((each, _folded(text[each.start : each.end])) for each in places.mentions(text))
    own = [Edit(each.start, each.end, glossary.acronyms[name]) for each, name in named if name in glossary.own]
    return edited(text, own), corrections


def _unmended(text: str, corrections: tuple[Correction, ...]) -> str:
    """The text with what was typed in the stead of what was meant, wherever that stands."""
    for each in corrections:
        text = re.sub(rf"(?<!\w){re.escape(each.searched)}(?!\w)", each.typed, text, flags=re.IGNORECASE)
    return text


def _with_context(text: str, context: str, places: Places, today: date) -> str | None:
    from bot.follow_up import with_context  # its patterns take a while to compile, and most questions have no context

    return with_context(text, context, places, today)


def _limited(text: str, given: Filter, today: date) -> tuple[str, Filter]:
    """The filter with the dates of publication that the words ask for, and the text without these words. What is
    set already stays, and then so do the words.
    """
    asked = next((dated for dated in find_periods(text, today) if dated.published), None)
    if asked is None or given.since is not None or given.until is not None:
        return text, given
    first, last = asked.period.first, asked.period.last
    rest = " ".join(edited(text, [Edit(asked.start, asked.end, "")]).split())
    return rest, replace(given, since=first if first > _OPEN_BEGIN else None, until=last)


def _written_out(text: str, places: Places, glossary: Glossary) -> str:
    """Codes of countries and acronyms in full, but not a code that is part of a word of the glossary: "PNG'd"."""
    terms = glossary.terms(text)
    edits = [each for each in places.written_out(text) if not _is_within(each, terms)]
    taken = {edit.start for edit in edits}
    return edited(text, [*edits, *(edit for edit in glossary.written_out(text) if edit.start not in taken)])


def _is_within(each: Edit | Mention, terms: list[Term]) -> bool:
    return any(term.start <= each.start and each.end <= term.end for term in terms)


def _mentions(text: str, places: Places, terms: list[Term]) -> list[Mention]:
    """The places of a text, without those that are part of a longer name: "America" of an act's title."""
    return [each for each in places.mentions(text) if not _is_within(each, terms)]


def _places(mentions: list[Mention]) -> tuple[str, ...]:
    named = (country for mention in mentions for country in mention.countries)
    return tuple(dict.fromkeys(name for country in named for name in (country.name, *country.now)))


def _ways(text: str, mentions: list[Mention], terms: list[Term]) -> list[Alternatives]:
    """Other ways to say what stands in the text, in its order."""
    spans = [(each.start, each.end) for each in mentions]
    ways = [(each.start, each.end, [way for form in each.forms for way in form.alternatives()]) for each in mentions]
    for term in terms:
        if not any(start < term.end and term.start < end for start, end in spans):
            ways.append((term.start, term.end, list(term.others)))
    return [Alternatives(text[start:end], tuple(dict.fromkeys(others))) for start, end, others in sorted(ways)]


def _alternatives(ways: list[Alternatives], named: set[str]) -> Iterator[Alternatives]:
    """Each word or name once, without what the text says itself: ``named`` are its places, folded."""
    seen: set[str] = set()
    for each in ways:
        words = _folded(each.words)
        fresh = tuple(other for other in each.others if _folded(other) not in named | {words})
        if fresh and words not in seen:
            seen.add(words)
            yield Alternatives(each.words, fresh)


def _folded(text: str) -> str:
    return " ".join(word.folded for word in tokens(text))
