"""Invented sanctions lists, and a library that they are synced into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from index.errors import LegationError
from index.generation import Generation
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.register import Register
from index.search import Opened, Searcher
from index.sync import Limits, SyncReport, sync
from index.types import Filter, Query, Source
from index.web.rules import DownloadRules
from tests.fakes.library_places import LibraryPlace, in_sqlite
from tests.fakes.word_encoder import WordEncoder

ON_LOOPBACK = DownloadRules(allowed_hosts=frozenset({"127.0.0.1"}), seconds_between_requests=0.0, attempts=1)


def un(day: str, **names: str) -> str:
    """An edition of the UN's list: references, with an underscore for the full stop, and names."""
    people = "".join(
        f"<INDIVIDUAL><FIRST_NAME>{name}</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>"
        f"<REFERENCE_NUMBER>{reference.replace('_', '.')}</REFERENCE_NUMBER></INDIVIDUAL>"
        for reference, name in names.items()
    )
    return (
        f'<?xml version="1.0"?><CONSOLIDATED_LIST dateGenerated="{day}T00:00:00"><INDIVIDUALS>{people}</INDIVIDUALS>'
        "<ENTITIES></ENTITIES></CONSOLIDATED_LIST>"
    )


def sdn(names: Mapping[int, str]) -> str:
    rows = (f'{number},"{name}","individual","DPRK",{"-0-," * 7}-0-' for number, name in names.items())
    return "".join(f"{row}\r\n" for row in rows)


def alt(names: Mapping[int, str]) -> str:
    return "".join(f'{number},{number}0,"aka","{name}",-0-\r\n' for number, name in names.items())


def add(cities: Mapping[int, str]) -> str:
    return "".join(f'{number},{number}1,"1 Main Street","{city}","Cuba",-0-\r\n' for number, city in cities.items())


@dataclass
class Work:
    """A library at work. ``told`` is what the last sync reported."""

    home: Home
    library: Library
    encoder: WordEncoder
    parser: ParsingProcess
    limits: Limits = field(
        default_factory=lambda: Limits(
            most_bytes=100_000, passage_tokens=50, download=ON_LOOPBACK, second_look=timedelta(0)
        )
    )
    place: LibraryPlace | None = None

    def sync(
        self, *add: Source, only: Sequence[str] | None = None, remove: Sequence[str] = (), limits: Limits | None = None
    ) -> SyncReport:
        self.encoder.encoded.clear()
        chosen = limits or self.limits
        report = sync(
            self.home, self.library, self.encoder, chosen, add=add, only=only, remove=remove, parser=self.parser
        )
        self.is_whole()
        return report

    def is_whole(self) -> None:
        """The index, the library and the register agree, and whatever the register names can be read."""
        assert self.library.check() == []
        record = self.library.current()
        assert record is not None
        generation = Generation(self.home.generations, record)
        assert generation.placed == self.library.placed(record.splitting)
        listings = Register(generation.lists, generation.names).listings
        keys = {version.document_key for listing in listings for version in listing.versions}
        assert self.library.documents(keys).keys() == keys

    def backdate(self, created_at: str, generation: int | None = None) -> None:
        """As if one generation, or all, had been made at another moment."""
        (self.place or in_sqlite(self.home.library)).backdate(created_at, generation)

    def searcher(self) -> Searcher:
        return Searcher(self.home, self.library, self.encoder)

    def ids(self) -> list[str]:
        """Of the documents that answer."""
        return [each.id for each in self.library.current_documents()]

    def texts(self) -> list[str]:
        return [each.text for each in self.library.current_documents()]

    def answers(self, question: str, *collections: str, within: Opened | None = None) -> list[str]:
        """The ids of the documents found, best first."""
        found = self.searcher().search(Query(question), Filter(collections), 5, within=within)
        return [hit.stored.document.id for hit in found.hits]


def editions(opened: Opened) -> list[tuple[str, str, str, bool]]:
    """Of every edition in the register its list, collection and date, and whether it is the current one."""
    return [(each.list, each.collection, each.date, each.current) for each in opened.register.editions]


def standing(opened: Opened, *collections: str) -> dict[str, list[str]]:
    """The dates of the editions that each listing stands in, by reference, in these collections (none: in all)."""
    register = opened.register
    return {
        listing.reference: [
            register.editions[place].date
            for place in range(len(register.editions))
            if listing.in_edition(place) is not None
        ]
        for listing in sorted(register.listings, key=lambda each: each.reference)
        if not collections or listing.collection in collections
    }


def failure(error: LegationError) -> tuple[str, str]:
    return type(error).__name__, error.user_message
