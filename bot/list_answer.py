"""What the sanctions lists that are held say of a name, or who is on them. Pure: the register and the texts are given.

No name is ever said to be free of sanctions: what is not found is not found in this edition of this list.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from bot.entry_quote import quote_entry
from bot.list_changes import look_up_changes
from bot.list_look import Look, editions_of_lists
from bot.list_number import Saying, look_up_number, number_in
from bot.list_question import Certainty, ListQuestion
from bot.list_words import CALLED, is_regime, programmes_meant, sentence_of
from bot.types import Lookup, NameMatch, Quote
from index.names import CANDIDATE, STATED, NameCandidate, NormalName, normal_form
from index.register import Register
from index.types import Document

MOST_CANDIDATES = 3
LEAST_SCORES: Mapping[Certainty, float] = MappingProxyType({"certain": 0.0, "likely": 0.9, "perhaps": 0.95})
"""Scores of the best name from which a question is taken for one about a name, by how sure that is otherwise."""

_NEARLY_AS_GOOD = 0.06
_EXACT, _AS_EXACT = 0.99, 0.015
"""Stated matches with scores further below the best one are candidates beside it; beside an exact one, all others."""
_SPELT = 0.95
"""Score of a name that differs from another one in its spelling only."""

_SEARCHED = 40
_TWO_NAMES, _SEVERAL = re.compile(r"\s+(?:and|or)\s+", re.IGNORECASE), range(2, 5)
_TELLING = frozenset({"", "common", "place", "generic"})
_LEAST_WORDS = 2

Documents = Callable[[Sequence[int]], Mapping[int, Document]]


@dataclass(frozen=True, slots=True)
class ListFinding:
    """The entries found, best first; those whose names are only alike; and what each list says. ``name`` is the one
    that was looked up, empty if none was.
    """

    name: str
    quotes: tuple[Quote, ...]
    candidates: tuple[Quote, ...]
    lookups: tuple[Lookup, ...]


def look_up(
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    collections: tuple[str, ...],
    limit: int,
    wanted: str | None,
    saying: Saying,
) -> ListFinding | None:
    """What the lists in ``collections`` (empty: all) say, with at most ``limit`` quotes; ``wanted`` as in
    ``quote_entry``. None if no list is held there, or if what may be a name is that of no entry.
    """
    if asked.kind == "changes":
        looks, missing = _looks(asked, register, collections)
        quotes, lookups = look_up_changes(asked, register, documents, looks, limit)
        return _told(ListFinding("", quotes, (), (*lookups, *missing)), asked) if looks or missing else None
    whole = _find(asked, register, documents, collections, limit, wanted)
    number = number_in(asked.name)
    if number is not None and not (whole is not None and whole.quotes):
        numbered = _numbered(number, asked, register, documents, collections, limit, saying)
        return _told(numbered, asked) if numbered is not None else None
    names = _TWO_NAMES.split(asked.name)
    if whole is None:
        return None
    if len(names) not in _SEVERAL or len(names) > limit or _is_that_name(whole):
        return _told(whole, asked)
    room = limit // len(names)
    each = [_find(replace(asked, name=name), register, documents, collections, room, wanted) for name in names]
    found = [one for one in each if one is not None]
    return _together(found, asked) if any(map(_is_that_name, found)) else _told(whole, asked)


def _is_that_name(finding: ListFinding) -> bool:
    return bool(finding.quotes) and finding.quotes[0].score >= _SPELT


def _told(finding: ListFinding, asked: ListQuestion, before: int = 0, about: str = "") -> ListFinding:
    """The finding with its sentences, ``about`` before them, its quotes numbered on from ``before``."""
    last = asked.period.last if asked.period is not None else None
    alike = [quote.document.edition for quote in finding.candidates]
    spelt = {quote.number: quote.match.score for quote in finding.quotes if quote.match and quote.match.score < _SPELT}
    numbered = [each if each.number is None else replace(each, number=each.number + before) for each in finding.lookups]

    def sentence(lookup: Lookup) -> str:
        score = spelt.get((lookup.number or 0) - before)
        return sentence_of(lookup, last, asked.entries, lookup.edition in alike, score)

    told = (each if each.sentence else replace(each, sentence=about + sentence(each)) for each in numbered)
    quotes = tuple(replace(quote, number=quote.number + before) for quote in finding.quotes)
    return replace(finding, quotes=quotes, lookups=tuple(told))


def _together(findings: Sequence[ListFinding], asked: ListQuestion) -> ListFinding:
    """What is said of several names, one after another."""
    told: list[ListFinding] = []
    for each in findings:
        told.append(_told(each, asked, sum(len(earlier.quotes) for earlier in told), f"{each.name}: "))
    candidates = [quote for each in told for quote in each.candidates][:MOST_CANDIDATES]
    return ListFinding(
        asked.name,
        tuple(quote for each in told for quote in each.quotes),
        tuple(replace(quote, number=number) for number, quote in enumerate(candidates, 1)),
        tuple(lookup for each in told for lookup in each.lookups),
    )


def _find(
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    collections: tuple[str, ...],
    limit: int,
    wanted: str | None,
) -> ListFinding | None:
    """As ``look_up``, of one name, without the sentences."""
    looks, missing = _looks(asked, register, collections)
    if not looks and not missing:
        return None
    if asked.kind == "members":
        return _members(asked, register, documents, collections, looks, limit, missing)
    return _named(asked, register, documents, looks, limit, wanted, missing)


def _looks(
    asked: ListQuestion, register: Register, collections: tuple[str, ...]
) -> tuple[dict[tuple[str, str], Look], list[Lookup]]:
    """The lists that are held and asked of, and what to say of those that are asked of and not held; both empty if no
    list is held.
    """
    groups = editions_of_lists(register, collections)
    if not groups:
        return {}, []
    day = asked.period.last if asked.period is not None else date.max
    chosen = {key: places for key, places in groups.items() if not asked.lists or key[0] in asked.lists}
    held = {short for short, _ in groups}
    missing = [Lookup("not held", CALLED.get(short, short)) for short in sorted(asked.lists - held)]
    return {key: Look(register, places, day) for key, places in chosen.items()}, missing


def _numbered(
    number: str,
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    collections: tuple[str, ...],
    limit: int,
    saying: Saying,
) -> ListFinding | None:
    """What the lists say of a number. None if no list is held, or if what may be a name has a number of no entry."""
    looks, missing = _looks(asked, register, collections)
    quotes, lookups = look_up_number(number, register, documents, saying, looks, limit)
    if not quotes and (asked.certainty == "perhaps" or not (looks or missing)):
        return None
    return ListFinding(number, quotes, (), (*lookups, *missing))


def _named(
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    looks: Mapping[tuple[str, str], Look],
    limit: int,
    wanted: str | None,
    missing: Sequence[Lookup],
) -> ListFinding | None:
    listings = register.listings

    def allowed(place: int) -> bool:
        return (listings[place].list, listings[place].collection) in looks

    every = len(looks) == len({(each.list, each.collection) for each in register.editions})
    found = (
        register.names.search(asked.name, _SEARCHED, asked.births, asked.countries, None if every else allowed)
        if looks
        else []
    )
    best = max((each.score for each in found), default=0.0)
    if best < LEAST_SCORES[asked.certainty]:
        return None
    stated = _stated(found, register)
    shown = _shown(stated, register, limit)
    quotes: list[Quote] = []
    lookups: list[Lookup] = []
    for each in shown:
        quote, lookup = _quoted(len(quotes) + 1, each, asked.name, register, documents, looks, wanted)
        quotes.append(quote)
        lookups.append(lookup)
    hidden = Counter(_list_of(each, register) for each in stated if each not in shown)
    for place, each in enumerate(shown):  # the first of each list says how many more there are
        lookups[place] = replace(lookups[place], count=hidden.pop(_list_of(each, register), 0))
    answered = {_list_of(each, register) for each in shown}
    for each in stated:
        if _list_of(each, register) not in answered:  # no room for it
            answered.add(_list_of(each, register))
            lookups.append(looks[_list_of(each, register)].judge(listings[each.entry])[0])
    lookups += [look.nothing() for key, look in looks.items() if key not in answered]
    alike = _candidates(asked.name, [each for each in found if each not in stated], register, answered)
    candidates = [
        _quoted(number, each, asked.name, register, documents, looks, None)[0] for number, each in enumerate(alike, 1)
    ]
    return ListFinding(asked.name, tuple(quotes), tuple(candidates), (*lookups, *missing))


def _list_of(found: NameCandidate, register: Register) -> tuple[str, str]:
    listing = register.listings[found.entry]
    return listing.list, listing.collection


def _stated(found: Sequence[NameCandidate], register: Register) -> list[NameCandidate]:
    """The names of each list that are the best of it, or nearly. Where another list has the very name, only those
    that differ from it in spelling.
    """
    best: dict[tuple[str, str], float] = {}
    for each in found:
        best[_list_of(each, register)] = max(each.score, best.get(_list_of(each, register), 0.0))
    first = max(best.values(), default=0.0)
    exact = first >= _EXACT
    least, apart = (_SPELT, _AS_EXACT) if exact else (max(STATED, first - _NEARLY_AS_GOOD), _NEARLY_AS_GOOD)
    return [each for each in found if each.score >= max(least, best[_list_of(each, register)] - apart)]


def _shown(stated: Sequence[NameCandidate], register: Register, limit: int) -> list[NameCandidate]:
    """At most ``limit`` of them, in order; the first one of each list is never left out for the second of another."""
    first = {_list_of(each, register): each for each in reversed(stated)}
    chosen = sorted(stated, key=lambda each: first[_list_of(each, register)] is not each)[:limit]
    return [each for each in stated if each in chosen]


def _candidates(
    name: str, found: Sequence[NameCandidate], register: Register, answered: Set[tuple[str, str]]
) -> list[NameCandidate]:
    """Names nearly alike, or longer and beginning with ``name``: those of lists that have not ``answered`` first."""
    form = normal_form(name)
    alike = [each for each in found if each.score >= CANDIDATE or _holds(normal_form(each.text), form)]

    def rank(each: NameCandidate) -> tuple[bool, float]:
        listing = register.listings[each.entry]
        return (listing.list, listing.collection) in answered, -each.score

    return sorted(alike, key=rank)[:MOST_CANDIDATES]


def _holds(longer: NormalName, name: NormalName) -> bool:
    """Whether a listed name begins with all words of a shorter one, which say something: "Al-Nusrah Front for ..."."""
    words = [word.sound for word in name.words]
    telling = [word for word in name.words if word.role in _TELLING]
    return len(telling) >= _LEAST_WORDS and [word.sound for word in longer.words[: len(words)]] == words


def _quoted(
    number: int,
    found: NameCandidate,
    name: str,
    register: Register,
    documents: Documents,
    looks: Mapping[tuple[str, str], Look],
    wanted: str | None,
) -> tuple[Quote, Lookup]:
    listing = register.listings[found.entry]
    look = looks[listing.list, listing.collection]
    lookup, place = look.judge(listing)
    key = listing.in_edition(place)
    if key is None:
        raise AssertionError("a listing is cited from an edition that it stands in")
    match = NameMatch(name, found.text, found.score, found.weak)
    quote = quote_entry(number, documents([key])[key], match, look.edition(place), wanted)
    return quote, replace(lookup, number=number)


def _members(
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    collections: tuple[str, ...],
    looks: Mapping[tuple[str, str], Look],
    limit: int,
    missing: Sequence[Lookup],
) -> ListFinding | None:
    known = {
        programme
        for listing in register.listings
        if not collections or listing.collection in collections
        for programme in listing.programmes
    }
    if not all(is_regime(each) or programmes_meant(each, known) for each in asked.programmes):
        return None
    quotes: list[Quote] = []
    lookups: list[Lookup] = []
    for (short, collection), look in looks.items():
        place = look.place
        if place is None:
            lookups.append(look.nothing())
            continue
        standing = [
            (listing, key)
            for listing in register.listings
            if (listing.list, listing.collection) == (short, collection)
            and asked.entries in {None, listing.kind}
            and (key := listing.in_edition(place)) is not None
        ]
        own = {programme for listing, _ in standing for programme in listing.programmes}
        meant = tuple(name for each in asked.programmes for name in programmes_meant(each, own))
        members = [
            (listing.reference, key)
            for listing, key in standing
            if not asked.programmes or not set(meant).isdisjoint(listing.programmes)
        ]
        under = meant or asked.programmes
        lookups.append(Lookup("members", short, look.edition(place), count=len(members), programmes=under))
        for _, key in sorted(members, key=lambda each: _in_order(each[0]))[: limit - len(quotes)]:
            document = documents([key])[key]
            match = NameMatch("", document.title, 1.0, weak=False)
            quotes.append(replace(quote_entry(len(quotes) + 1, document, match, look.edition(place)), match=None))
    return ListFinding("", tuple(quotes), (), (*lookups, *missing))


def _in_order(reference: str) -> list[tuple[int, str]]:
    """A key to sort references by, numbers in them as such: "9758" before "10001"."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", reference)]
