"""Entries of sanctions lists that give a number: a passport's, a ship's, a register's. It is no name, and not looked
up as one. Pure: the texts that say it are given.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bot.entry_quote import quote_entry
from bot.list_look import Look
from bot.types import Lookup, NameMatch, Quote
from index.register import Register
from index.types import Document, Span

Saying = Callable[[str], Collection[int]]
"""Gives the keys of the documents whose text holds a text, in capitals or small letters."""

_LEAST_DIGITS = 5
_TOKEN = re.compile(r"\w(?:[\w./-]*\w)?")
_WHAT_OF = frozenset(
    """the a an with of is no nr number numbers numbered imo mmsi passport passports vessel ship tanker aircraft company
    person individual entity id identification identity card national registration register registered registry tax
    swift bic iban account serial cedula nit rfc ssn inn ogrn d-u-n-s duns call sign document tail""".split()
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}")


def number_in(name: str) -> str | None:
    """The number of five digits or more in what was asked for as a name, if nothing else stands there but what it is
    the number of: "IMO 9187629". None if there is no such number, or more than one.
    """
    tokens = [token for token in _TOKEN.findall(name) if token.casefold() not in _WHAT_OF]
    if len(tokens) != 1 or _DATE.fullmatch(tokens[0]):
        return None
    return tokens[0] if sum(character.isdigit() for character in tokens[0]) >= _LEAST_DIGITS else None


def look_up_number(
    number: str,
    register: Register,
    documents: Callable[[Sequence[int]], Mapping[int, Document]],
    saying: Saying,
    looks: Mapping[tuple[str, str], Look],
    limit: int,
) -> tuple[tuple[Quote, ...], tuple[Lookup, ...]]:
    """At most ``limit`` entries that give the number as a whole, and what each list says."""
    held, whole = saying(number), re.compile(rf"(?<!\w){re.escape(number)}(?!\w)", re.IGNORECASE)
    quotes: list[Quote] = []
    lookups: list[Lookup] = []
    answered: set[tuple[str, str]] = set()
    for listing in register.listings if held else ():
        look = looks.get((listing.list, listing.collection))
        if look is None:
            continue
        lookup, place = look.judge(listing)
        key = listing.in_edition(place)
        found = whole.search(documents([key])[key].text) if key is not None and key in held else None
        if key is None or found is None:
            continue
        answered.add((listing.list, listing.collection))
        if len(quotes) < limit:
            match = NameMatch(number, found[0], 1.0, weak=False)
            at = Span(*found.span())
            quote = quote_entry(len(quotes) + 1, documents([key])[key], match, look.edition(place), at=at)
            quotes.append(replace(quote, match=None))
            lookups.append(replace(lookup, number=len(quotes)))
    lookups += [look.nothing() for key, look in looks.items() if key not in answered]
    return tuple(quotes), tuple(lookups)
