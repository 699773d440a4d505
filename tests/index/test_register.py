"""The register of listings: made from editions, searched by name, and when it must be made anew."""

import json
from dataclasses import replace
from datetime import date

import pytest

from index.editions import EditionRecord, newest
from index.generation_files import NOTHING
from index.library import Library
from index.register import Register, knows_editions, register_content
from index.types import Document, Edition, Entry, ListedName, Source, Span


def put_entry(
    library: Library, text: str, *names: ListedName, reference: str = "KPi.001", source: str = "one", **facts: object
) -> int:
    entry = Entry("un", reference, "person", names, **facts)  # type: ignore[arg-type]
    document = Document(
        f"{source}/{reference}", source, "c", reference, "application/xml", text.partition(";")[0], None, None,
        None, None, text, (), (Span(0, len(text)),), entry=entry,
    )  # fmt: skip
    return library.put_document(document)


def put_edition(library: Library, day: str, *keys: int, source: str = "one", collection: str = "c") -> None:
    library.put_source(Source(source, f"/{source}", collection))
    edition = Edition("un", "The list", "United Nations", day)
    library.editions.put(source, "un.xml", day, collection, edition, keys, date(2026, 3, 1))


def register(library: Library) -> Register:
    return Register(*content(library))


def content(library: Library) -> tuple[bytes, bytes]:
    editions = library.editions.all()
    return register_content(library, editions, newest(editions))


def name(start: int, end: int, weak: bool = False) -> ListedName:
    return ListedName(start, end, "alias" if weak else "primary", weak)


def test_nothing_is_held(library: Library) -> None:
    assert content(library) == (NOTHING, NOTHING)
    empty = register(library)
    assert (empty.holds_lists, empty.editions, empty.listings) == (False, (), ())
    assert not Register(b"", b"").holds_lists  # a generation of an earlier format


def test_an_edition_without_entries_is_held(library: Library) -> None:
    put_edition(library, "2018-10-29")
    made = register(library)
    assert (made.holds_lists, made.listings) == (True, ())
    assert [made.holds_lists_of(each) for each in ((), ("c", "d"), ("d",))] == [True, True, False]
    assert [(each.date, each.current, each.entries) for each in made.editions] == [("2018-10-29", True, 0)]
    assert made.names.search("Ri Won", 3) == []


def test_a_listing_has_the_versions_of_its_text_in_their_order(library: Library) -> None:
    old = put_entry(library, "Ri Won; born 1960", name(0, 6), births=("1960",), programmes=("DPRK",))
    new = put_entry(library, "Ri Won; born 1961", name(0, 6), births=("1961",), listed="2009-07-16")
    put_edition(library, "2020-11-30", new)
    put_edition(library, "2018-10-29", old)
    put_edition(library, "2019-05-05", old)
    put_edition(library, "2022-01-01")
    (listing,) = register(library).listings
    assert [(each.document_key, each.editions) for each in listing.versions] == [(old, (0, 1)), (new, (2,))]
    assert [listing.in_edition(place) for place in range(4)] == [old, old, new, None]
    assert listing.last == 2
    # All else is from the last version.
    assert (listing.births, listing.programmes, listing.listed) == (("1961",), (), "2009-07-16")
    assert (listing.list, listing.collection, listing.reference, listing.kind) == ("un", "c", "KPi.001", "person")


def test_a_text_that_comes_back_is_one_version(library: Library) -> None:
    one, other = put_entry(library, "Ri Won", name(0, 6)), put_entry(library, "Ri Won; amended", name(0, 6))
    for day, key in (("2018-01-01", one), ("2019-01-01", other), ("2020-01-01", one)):
        put_edition(library, day, key)
    (listing,) = register(library).listings
    assert [(each.document_key, each.editions) for each in listing.versions] == [(one, (0, 2)), (other, (1,))]
    assert [listing.in_edition(place) for place in range(3)] == [one, other, one]
    assert listing.title == "Ri Won"


def test_every_name_that_a_listing_ever_had_finds_it(library: Library) -> None:
    """It is strong if it ever was; those of the text before are found too, and say so by their own words."""
    old = put_entry(library, "Ri Won; Ree Wonn", name(0, 6), name(8, 16, weak=True))
    new = put_entry(library, "Ri Won; Ree Wonn; Lee", name(0, 6), name(8, 16), name(18, 21, weak=True))
    put_edition(library, "2018-10-29", old)
    put_edition(library, "2020-11-30", new)
    made = register(library)
    for text, weak in (("Ri Won", False), ("Ree Wonn", False), ("Lee", True)):
        best = made.names.search(text, 1)[0]
        assert (best.entry, best.text, best.weak) == (0, text, weak)


def test_editions_of_two_sources_in_one_collection_are_one_list(library: Library) -> None:
    old, new = put_entry(library, "Ri Won", name(0, 6)), put_entry(library, "Ri Won", name(0, 6), source="two")
    put_edition(library, "2018-10-29", old)
    put_edition(library, "2020-11-30", new, source="two")
    (listing,) = register(library).listings
    assert [each.document_key for each in listing.versions] == [old, new]
    put_edition(library, "2020-11-30", new, source="two", collection="closed")
    assert [(each.collection, each.last) for each in register(library).listings] == [("c", 0), ("closed", 1)]
    assert [each.current for each in register(library).editions] == [True, True]


def _same(records: list[EditionRecord]) -> list[EditionRecord]:
    return records


def _newer(records: list[EditionRecord]) -> list[EditionRecord]:
    return [*records, replace(records[0], id=9)]


def _fewer(records: list[EditionRecord]) -> list[EditionRecord]:
    return records[:1]


def _other_entries(records: list[EditionRecord]) -> list[EditionRecord]:
    """As many as before: what another version of the readers made of the same bytes."""
    return [replace(records[0], document_keys=(99,)), *records[1:]]


def _other_day(records: list[EditionRecord]) -> list[EditionRecord]:
    return [replace(each, edition=replace(each.edition, date="2017-01-01")) for each in records]


def _moved(records: list[EditionRecord]) -> list[EditionRecord]:
    return [replace(each, collection="closed") for each in records]


@pytest.mark.parametrize("change", [_same, _newer, _fewer, _other_entries, _other_day, _moved])
def test_it_knows_what_it_was_made_from(library: Library, change: object) -> None:
    put_edition(library, "2018-10-29", put_entry(library, "Ri Won", name(0, 6)))
    put_edition(library, "2020-11-30")
    lists, _ = content(library)
    editions = change(list(library.editions.all()))  # type: ignore[operator]
    assert knows_editions(lists, editions, newest(editions)) is (change is _same)
    assert not knows_editions(NOTHING, editions, newest(editions))


def test_it_knows_which_ones_hold_and_its_own_format(library: Library) -> None:
    put_edition(library, "2018-10-29", put_entry(library, "Ri Won", name(0, 6)))
    editions = library.editions.all()
    lists, _ = content(library)
    assert not knows_editions(lists, editions, ())
    assert not knows_editions(lists, (), ())
    older = json.dumps(json.loads(lists) | {"format": 1}).encode()
    assert not knows_editions(older, editions, editions)


def test_the_same_editions_make_the_same_bytes(library: Library) -> None:
    put_edition(library, "2018-10-29", put_entry(library, "Ri Won", name(0, 6)))
    assert content(library) == content(library)
