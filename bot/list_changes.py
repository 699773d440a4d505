"""Who was delisted or listed from one edition of a list to another. Pure: the register and the texts are given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.entry_quote import quote_entry
from bot.list_look import Look
from bot.list_question import ListQuestion
from bot.list_words import change_sentence, programmes_meant, uncompared
from bot.types import Lookup, NameMatch, Period, Quote
from index.register import Register
from index.types import Document

Documents = Callable[[Sequence[int]], Mapping[int, Document]]


def look_up_changes(
    asked: ListQuestion, register: Register, documents: Documents, looks: Mapping[tuple[str, str], Look], limit: int
) -> tuple[tuple[Quote, ...], tuple[Lookup, ...]]:
    """At most ``limit`` of the entries that only the older, or only the newer, of two editions of each list has, each
    cited from that; and what each list says, with its sentence.
    """
    quotes: list[Quote] = []
    lookups: list[Lookup] = []
    compared = [(look, _between(look, asked.period)) for look in looks.values()]
    parts = len(asked.changes) * sum(between is not None for _, between in compared)
    for look, between in compared:
        if between is None:
            oldest, newest = look.edition(look.places[0]), look.edition(look.places[-1])
            if oldest is not None and newest is not None:
                lookups.append(Lookup("no edition", oldest.list, None, oldest, sentence=uncompared(oldest, newest)))
            continue
        for change in asked.changes:
            room = (limit - len(quotes)) // max(parts, 1)
            found, lookup = _changed(asked, register, documents, look, between, change == "delisted", room, len(quotes))
            quotes += found
            lookups.append(lookup)
            parts -= 1
    return tuple(quotes), tuple(lookups)


def _between(look: Look, period: Period | None) -> tuple[int, int] | None:
    """The positions of the two editions to compare: the last two, or those between which a time lies. None if there is
    one edition alone, or if all are later than that time, or earlier.
    """
    if len(look.places) == 1:
        return None
    if period is None:
        return look.places[-2], look.places[-1]
    first, last = (look.held[place].date for place in (look.places[0], look.places[-1]))
    if period.last.isoformat() < first or period.first.isoformat() > last:
        return None
    before = [place for place in look.places[:-1] if look.held[place].date <= period.first.isoformat()]
    older = before[-1] if before else look.places[0]
    after = [place for place in look.places if place > older and look.held[place].date >= period.last.isoformat()]
    return older, after[0] if after else look.places[-1]


def _changed(
    asked: ListQuestion,
    register: Register,
    documents: Documents,
    look: Look,
    between: tuple[int, int],
    gone: bool,
    room: int,
    before: int,
) -> tuple[list[Quote], Lookup]:
    older, newer = between
    own, other = (older, newer) if gone else (newer, older)
    held = look.held[own]
    found = [
        (not _in_time(listing.listed, asked.period), listing.reference, key)
        for listing in register.listings
        if (listing.list, listing.collection) == (held.list, held.collection)
        and asked.entries in {None, listing.kind}
        and (key := listing.in_edition(own)) is not None
        and listing.in_edition(other) is None
        and (not asked.programmes or any(programmes_meant(each, listing.programmes) for each in asked.programmes))
    ]
    edition, old, new = look.edition(own), look.edition(older), look.edition(newer)
    if old is None or new is None:
        raise AssertionError("editions that are compared are held")
    quotes = []
    for number, (_, _, key) in enumerate(sorted(found)[:room], before + 1):
        document = documents([key])[key]
        quote = quote_entry(number, document, NameMatch("", document.title, 1.0, weak=False), edition)
        quotes.append(replace(quote, match=None))
    sentence = change_sentence(gone, old, new, len(found), [quote.number for quote in quotes], asked.entries or "")
    lookup = Lookup("delisted", held.list, new, old) if gone else Lookup("listed later", held.list, old, new)
    return quotes, replace(lookup, count=len(found), programmes=asked.programmes, sentence=sentence)


def _in_time(listed: str | None, period: Period | None) -> bool:
    """Whether an entry says that it was listed in the time that was asked about; such stand first."""
    return listed is not None and period is not None and str(period.first) <= listed <= str(period.last)
