"""Rows of names against the editions of sanctions lists that hold. Pure: the register and the texts are given.

No name is ever said to be free of sanctions: what is not found is not found in these editions of these lists.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bot.screened import BrokenRow, LookedInto, Match, Person, Screened
from index.errors import LibraryError, NotFoundError
from index.names import CANDIDATE, STATED, NameCandidate, normal_form
from index.register import Register
from index.types import Document

MOST_MATCHES = 50
"""Entries that are given for one row, matches and candidates together."""

Documents = Callable[[Sequence[int]], Mapping[int, Document]]


class Screening:
    """The lists that are screened against. Safe to share between threads, as far as ``documents`` is."""

    def __init__(
        self, register: Register, documents: Documents, lists: Sequence[str] = (), collections: Sequence[str] = ()
    ) -> None:
        """Of each list in each collection the edition that is current in ``register`` is looked into; ``lists`` are
        short names, and empty stands for all, as it does for ``collections``.

        Raises NotFoundError if there is none, or none of one of ``lists``.
        """
        self._register, self._documents = register, documents
        self._places = {
            (held.list, held.collection): place
            for place, held in enumerate(register.editions)
            if held.current
            and (not lists or held.list in lists)
            and (not collections or held.collection in collections)
        }
        within = f" in {', '.join(collections)}" if collections else ""
        here = sorted({held.list for held in register.editions if held.current})
        missing = [short for short in lists if short not in {short for short, _ in self._places}]
        if missing:
            others = f"; the lists held are {', '.join(here)}" if here else ""
            raise NotFoundError(f"No list called {missing[0]} is held{within}{others}.")
        if not self._places:
            raise NotFoundError(f"No sanctions list is held{within}; legation add takes one in.")
        self.editions = {place: _looked_into(register, place) for place in self._places.values()}
        self._keys: dict[int, int] = {}
        for number, listing in enumerate(register.listings):
            place = self._places.get((listing.list, listing.collection))
            key = listing.in_edition(place) if place is not None else None
            if key is not None:
                self._keys[number] = key

    def screen(self, rows: Iterable[Person | BrokenRow]) -> Iterator[Screened]:
        """What is found for each row, one by one. Raises LibraryError if an entry is no longer as it was stored."""
        return map(self._screened, rows)

    def _screened(self, row: Person | BrokenRow) -> Screened:
        if isinstance(row, BrokenRow) or not normal_form(row.name).words:
            return Screened(row)
        names = self._register.names
        found = names.search(row.name, MOST_MATCHES, row.births, row.countries, self._keys.__contains__)
        stated = tuple(self._match(each) for each in found if each.score >= STATED)
        alike = tuple(self._match(each) for each in found if CANDIDATE <= each.score < STATED)
        return Screened(row, stated, alike, tuple(self.editions.values()))

    def _match(self, found: NameCandidate) -> Match:
        listing, key = self._register.listings[found.entry], self._keys[found.entry]
        document = self._documents([key])[key]
        if document.entry is None:
            raise LibraryError(f"{document.id} is no entry of a list any more; it is not cited.")
        place = self._places[listing.list, listing.collection]
        return Match(
            edition=self.editions[place],
            reference=listing.reference,
            listed=found.text,
            score=found.score,
            weak=found.weak,
            programmes=document.entry.programmes,
            document=document,
        )


def _looked_into(register: Register, place: int) -> LookedInto:
    held = register.editions[place]
    return LookedInto(held.list, held.name, held.collection, held.date, held.dated)
