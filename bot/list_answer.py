"""What the sanctions lists that are held say of a name, or who is on them. Pure: the register and the texts are given.

No name is ever said to be free of sanctions: what is not found is not found in this edition of this list.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.entry_quote import quote_entry
from bot.list_question import ListQuestion
from bot.list_words import sentence_of
from bot.types import Lookup, NameMatch, Quote
from index.names import CANDIDATE, STATED, NameCandidate
from index.register import HeldEdition, Listing, Register
from index.types import Document, Edition

MOST_CANDIDATES = 3
BARE_NAME_FROM = 0.95
"""Score from which a text that is perhaps nothing but a name is taken for the name of an entry."""

_NEARLY_AS_GOOD = 0.06
_EXACT, _AS_EXACT = 0.99, 0.015
"""Stated matches with scores further below the best one are candidates beside it; beside an exact one, all others."""

_SEARCHED = 40
_CALLED = {"un": "UN", "ofac-sdn": "OFAC", "eu": "EU", "uk": "UK", "opensanctions": "OpenSanctions"}

Documents = Callable[[Sequence[int]], Mapping[int, Document]]


@dataclass(frozen=True, slots=True)
class ListFinding:
    """The entries found, best first; those whose names are only alike; and what each list says."""

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
) -> ListFinding | None:
    """What the lists in ``collections`` (empty: all) say, with at most ``limit`` quotes; ``wanted`` as in
    ``quote_entry``. None if no list is held there, or if what may be a name is that of no entry.
    """
    groups = _groups(register, collections)
    if not groups:
        return None
    chosen = {key: places for key, places in groups.items() if not asked.lists or key[0] in asked.lists}
    day = asked.period.last if asked.period is not None else date.max
    looks = {key: _Look(register, places, day) for key, places in chosen.items()}
    held = {short for short, _ in groups}
    missing = [Lookup("not held", _CALLED.get(short, short)) for short in sorted(asked.lists - held)]
    if asked.kind == "members":
        finding = _members(asked, register, documents, looks, limit, missing)
    else:
        named = _named(asked, register, documents, looks, limit, wanted, missing)
        if named is None:
            return None
        finding = named
    last = asked.period.last if asked.period is not None else None
    told = tuple(replace(each, sentence=sentence_of(each, last)) for each in finding.lookups)
    return replace(finding, lookups=told)


class _Look:
    """The editions of one list in one collection, and the one of them to look into: the newest of ``day`` or before."""

    def __init__(self, register: Register, places: Sequence[int], day: date) -> None:
        self.places = tuple(places)
        self.held = {place: register.editions[place] for place in places}
        early = [place for place in places if self.held[place].date <= day.isoformat()]
        self.place = early[-1] if early else None

    def edition(self, place: int | None) -> Edition | None:
        return None if place is None else _edition(self.held[place])

    def judge(self, listing: Listing) -> tuple[Lookup, int]:
        """What the list says of a listing, and the edition to cite it from."""
        looked = self.place
        standing = [place for place in self.places if listing.in_edition(place) is not None]
        if looked is None or all(place > looked for place in standing):
            state = Lookup("listed later" if looked is not None else "no edition", listing.list, self.edition(looked))
            return replace(state, other=self.edition(standing[0])), standing[0]
        if looked in standing:
            newest = self.places[-1]
            gone = self.edition(newest) if newest not in standing else None
            return Lookup("listed", listing.list, self.edition(looked), gone), looked
        before = max(place for place in standing if place < looked)
        return Lookup("delisted", listing.list, self.edition(looked), self.edition(before)), before

    def nothing(self) -> Lookup:
        """That nobody of that name is found."""
        if self.place is None:
            oldest = self.held[self.places[0]]
            return Lookup("no edition", oldest.list, None, _edition(oldest))
        return Lookup("not found", self.held[self.place].list, self.edition(self.place))


def _groups(register: Register, collections: tuple[str, ...]) -> dict[tuple[str, str], list[int]]:
    """The positions of the editions of each list in each collection, oldest first."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, held in enumerate(register.editions):
        if not collections or held.collection in collections:
            groups[held.list, held.collection].append(place)
    return groups


def _edition(held: HeldEdition) -> Edition:
    return Edition(held.list, held.name, held.publisher, held.date, held.dated)


def _named(
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    looks: Mapping[tuple[str, str], _Look],
    limit: int,
    wanted: str | None,
    missing: Sequence[Lookup],
) -> ListFinding | None:
    listings = register.listings

    def allowed(place: int) -> bool:
        return (listings[place].list, listings[place].collection) in looks

    found = register.names.search(asked.name, _SEARCHED, asked.births, asked.countries, allowed) if looks else []
    best = max((each.score for each in found), default=0.0)
    if not asked.certain and best < BARE_NAME_FROM:
        return None
    least = max(STATED, best - (_AS_EXACT if best >= _EXACT else _NEARLY_AS_GOOD))
    stated = [each for each in found if each.score >= least][:limit]
    alike = [each for each in found if each not in stated and each.score >= CANDIDATE][:MOST_CANDIDATES]
    quotes: list[Quote] = []
    lookups: list[Lookup] = []
    for each in stated:
        quote, lookup = _quoted(len(quotes) + 1, each, asked.name, register, documents, looks, wanted)
        quotes.append(quote)
        lookups.append(lookup)
    answered = {(listings[each.entry].list, listings[each.entry].collection) for each in stated}
    lookups += [look.nothing() for key, look in looks.items() if key not in answered]
    candidates = [
        _quoted(number, each, asked.name, register, documents, looks, None)[0] for number, each in enumerate(alike, 1)
    ]
    return ListFinding(tuple(quotes), tuple(candidates), (*lookups, *missing))


def _quoted(
    number: int,
    found: NameCandidate,
    name: str,
    register: Register,
    documents: Documents,
    looks: Mapping[tuple[str, str], _Look],
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
    looks: Mapping[tuple[str, str], _Look],
    limit: int,
    missing: Sequence[Lookup],
) -> ListFinding:
    quotes: list[Quote] = []
    lookups: list[Lookup] = []
    for (short, collection), look in looks.items():
        place = look.place
        if place is None:
            lookups.append(look.nothing())
            continue
        members = [
            (listing.reference, key)
            for listing in register.listings
            if (listing.list, listing.collection) == (short, collection)
            and (key := listing.in_edition(place)) is not None
            and _under(listing, asked.programmes)
        ]
        lookups.append(Lookup("members", short, look.edition(place), count=len(members), programmes=asked.programmes))
        for _, key in sorted(members)[: limit - len(quotes)]:
            document = documents([key])[key]
            match = NameMatch("", document.title, 1.0, weak=False)
            quotes.append(replace(quote_entry(len(quotes) + 1, document, match, look.edition(place)), match=None))
    return ListFinding(tuple(quotes), (), (*lookups, *missing))


def _under(listing: Listing, programmes: Sequence[str]) -> bool:
    """Whether it is listed under one of the programmes; OFAC's have numbers behind their names ("DPRK2")."""
    if not programmes:
        return True
    own = [each.casefold().rstrip("0123456789") for each in listing.programmes]
    return any(programme.casefold() in own for programme in programmes)
