"""Which edition of each list a question looks into, and what that says of a listing. Pure."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date

from bot.list_words import sentence_of
from bot.types import Lookup
from index.register import HeldEdition, Listing, Register
from index.types import Edition


class Look:
    """The editions of one list in one collection, and the one of them to look into: the newest of ``day`` or before."""

    def __init__(self, register: Register, places: Sequence[int], day: date) -> None:
        self.places = tuple(places)
        self.held = {place: register.editions[place] for place in places}
        early = [place for place in places if self.held[place].date <= day.isoformat()]
        self.place = early[-1] if early else None

    def edition(self, place: int | None) -> Edition | None:
        return None if place is None else edition_of(self.held[place])

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
            return Lookup("no edition", oldest.list, None, edition_of(oldest))
        return Lookup("not found", self.held[self.place].list, self.edition(self.place))


def not_yet(
    lists: Set[str], then: Register, now: Register, collections: tuple[str, ...], day: date
) -> tuple[Lookup, ...]:
    """That of these ``lists`` (empty: all) no edition is held as early as ``day``, for those that ``now`` has and
    ``then``, the register of that day, has not.
    """
    known = editions_of_lists(then, collections)
    late = {
        place: now.editions[places[0]]
        for place, places in editions_of_lists(now, collections).items()
        if place not in known
    }
    told = [
        Lookup("no edition", held.list, None, edition_of(held))
        for held in late.values()
        if held.list in lists or not lists
    ]
    return tuple(replace(each, sentence=sentence_of(each, day)) for each in told)


def editions_of_lists(register: Register, collections: tuple[str, ...]) -> dict[tuple[str, str], list[int]]:
    """The positions of the editions of each list in each collection, oldest first."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, held in enumerate(register.editions):
        if not collections or held.collection in collections:
            groups[held.list, held.collection].append(place)
    return groups


def edition_of(held: HeldEdition) -> Edition:
    return Edition(held.list, held.name, held.publisher, held.date, held.dated)
