"""Editions in the library's file: what a day without a date is, which is newest, and what an entry is cited from."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.editions import EditionRecord, newest
from index.errors import LibraryError
from index.library import FileRecord, Library
from index.library_rows import GenerationRecord
from index.types import Document, Edition, Entry, ListedName, Source, Span
from tests.fakes.library_places import BOTH, LibraryPlace

UN = Edition("un", "The list", "United Nations", "2018-10-29")
UNDATED = replace(UN, date=None)
FIRST, LATER = date(2026, 3, 1), date(2026, 3, 9)


@pytest.fixture
def library(place: LibraryPlace) -> Iterator[Library]:
    library = place.open()
    for name in ("one", "two"):
        library.put_source(Source(name, f"/{name}", "c"))
    yield library
    library.close()


def put_entry(library: Library, reference: str = "KPi.001", text: str = "Ri Won", source: str = "one") -> int:
    entry = Entry("un", reference, "person", (ListedName(0, len(text), "primary"),))
    document = Document(
        f"{source}/{reference}", source, "c", reference, "application/xml", text, None, None, None, None, text, (),
        (Span(0, len(text)),), entry=entry,
    )  # fmt: skip
    return library.put_document(document)


def put(library: Library, edition: Edition, keys: list[int], digest: str = "a", day: date = FIRST) -> int:
    return library.editions.put("one", "un.xml", digest, "c", edition, keys, day)


def publish(library: Library, number: int, keys: list[int], day: date) -> None:
    record = GenerationRecord(number, str(number), f"{day}T12:00:00+00:00", "words", "words-1", 2, 0, "s", {})
    library.publish(record, keys, [])


def cited(library: Library, keys: list[int]) -> list[str | None]:
    """The dates of the editions that entries are cited under."""
    return [each.edition.date if each.edition else None for each in library.documents(keys).values()]


def dates(library: Library) -> list[tuple[str, bool]]:
    return [(each.date, each.edition.dated) for each in library.editions.all()]


@BOTH
def test_an_edition_comes_back_as_it_was(library: Library) -> None:
    keys = [put_entry(library), put_entry(library, "KPi.002", "Pak")]
    number = put(library, UN, keys)
    assert library.editions.all() == (EditionRecord(number, "one", "un.xml", "c", UN, tuple(keys)),)
    assert {each.edition for each in library.documents(keys).values()} == {UN}


@BOTH
def test_the_same_bytes_are_one_edition_however_often_they_are_read(library: Library) -> None:
    first = put(library, UN, [put_entry(library)])
    again = put_entry(library, text="Ri Won, as another reader reads it")
    renamed = replace(UN, name="The list, renamed")
    assert put(library, renamed, [again], day=LATER) == first
    assert library.editions.all() == (EditionRecord(first, "one", "un.xml", "c", renamed, (again,)),)


@BOTH
def test_without_a_date_the_day_of_the_first_reading_counts(library: Library) -> None:
    key = put_entry(library)
    put(library, UNDATED, [key])
    assert dates(library) == [("2026-03-01", False)]
    put(library, UNDATED, [key], day=LATER)
    assert dates(library) == [("2026-03-01", False)]
    put(library, UN, [key], day=LATER)  # its date was told
    assert dates(library) == [("2018-10-29", True)]
    put(library, UNDATED, [key], day=LATER)  # and taken back
    assert dates(library) == [("2026-03-01", False)]


@BOTH
def test_an_entry_is_cited_from_the_newest_edition_that_holds_it(library: Library) -> None:
    both, old = put_entry(library), put_entry(library, "KPi.002", "Pak")
    put(library, replace(UN, date="2020-11-30"), [both], "b")
    put(library, UN, [both, old], "a")
    assert cited(library, [both, old]) == ["2020-11-30", "2018-10-29"]


@BOTH
def test_an_entry_is_cited_from_a_newer_edition_when_that_is_published(library: Library) -> None:
    """Until then the index of the edition before answers, after a sync that was killed perhaps for long."""
    both, old, new = (put_entry(library, reference, reference) for reference in ("KPi.001", "KPi.002", "KPi.003"))
    put(library, UN, [both, old], "a")
    publish(library, 1, [both, old], FIRST)
    assert cited(library, [both, old]) == ["2018-10-29", "2018-10-29"]
    put(library, replace(UN, date="2020-11-30"), [both, new], "b", LATER)
    put(library, replace(UN, date="2019-05-01"), [both, old], "c", LATER)
    assert cited(library, [both, old, new]) == ["2018-10-29", "2018-10-29", "2020-11-30"]
    publish(library, 2, [both, new], LATER)
    assert cited(library, [both, old, new]) == ["2020-11-30", "2019-05-01", "2020-11-30"]


@BOTH
def test_they_come_in_the_order_of_their_days_then_as_they_were_read(library: Library) -> None:
    days = ["2020-11-30", "2018-10-29", "2020-11-30", "2019-01-01"]
    numbers = [put(library, replace(UN, date=day), [], str(place)) for place, day in enumerate(days)]
    assert [each.id for each in library.editions.all()] == [numbers[place] for place in (1, 3, 0, 2)]


@BOTH
def test_a_source_takes_its_editions_into_its_collection(library: Library) -> None:
    put(library, UN, [])
    library.put_source(Source("one", "/one", "closed"))
    assert [each.collection for each in library.editions.all()] == ["closed"]
    library.put_source(Source("two", "/two", "elsewhere"))
    assert [each.collection for each in library.editions.all()] == ["closed"]


@BOTH
def test_those_of_sources_that_are_gone_are_left_out(library: Library) -> None:
    library.editions.put("nobody", "un.xml", "a", "c", UN, [], FIRST)
    assert library.editions.all() == ()


@BOTH
def test_what_lies_there_is_what_the_files_were_read_as_last(library: Library) -> None:
    old, new = put(library, UN, [], "a"), put(library, replace(UN, date="2020-11-30"), [], "b")
    library.put_file("one", "un.xml", FileRecord("a", "", (), old))
    assert library.editions.lying_there() == {("one", "un.xml", old)}
    library.put_file("one", "un.xml", FileRecord("b", "", (), new))
    library.put_file("one", "note.md", FileRecord("c", "", ()))
    assert library.editions.lying_there() == {("one", "un.xml", new)}


@BOTH
def test_damaged_keys_are_refused(library: Library, place: LibraryPlace) -> None:
    put(library, UN, [])
    place.execute("UPDATE editions SET document_keys = '[1'")
    with pytest.raises(LibraryError):
        library.editions.all()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.dates()), max_size=12))
def test_the_newest_of_each_list_in_each_collection(made: list[tuple[str, str, date]]) -> None:
    records = [
        EditionRecord(number, "s", "p", within, Edition(short, "n", "p", day.isoformat()), ())
        for number, (short, within, day) in enumerate(sorted(made, key=lambda each: each[2]))
    ]
    found = newest(records)
    places = [(each.edition.list, each.collection) for each in found]
    assert sorted(places) == sorted({(short, within) for short, within, _ in made})
    for each in found:
        same = [one.id for one in records if (one.edition.list, one.collection) == (each.edition.list, each.collection)]
        assert each.id == max(same)
