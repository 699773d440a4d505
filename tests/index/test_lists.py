"""What all lists share: which format a file has, dates, rows of CSV files, and the text of an entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.lists import (
    EU_CSV,
    EU_XML,
    OFAC_ADVANCED,
    OFAC_CSV,
    OPENSANCTIONS,
    UK_CSV,
    UK_XML,
    UN,
    ListFormat,
    read_list,
    recognise,
)
from index.lists.dates import ends, iso
from index.lists.entry_text import EntryText, gather, in_latin, words
from index.lists.rows import Row, read_rows
from index.types import Edition, Entry, ListedName, Problem, Span

DECLARED = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- a > b -->\n'
SDN_ROW = b'36,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA"' + b",-0- " * 8 + b"\n"
EDITION = Edition("un", "The List", "The Publisher", "2020-11-30")


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("un.xml", DECLARED + b'<CONSOLIDATED_LIST dateGenerated="2020-11-30T20:31:19.923-05:00">', UN),
        ("download", b"<CONSOLIDATED_LIST/>", UN),
        ("eu.xml", DECLARED + b'<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2024">', EU_XML),
        ("e.xml", b'<x:export generationDate="2024" xmlns:x="http://eu.europa.ec/fpi/fsd/export">', EU_XML),
        ("eu.xml", b'<export generationDate="2024">', None),
        ("uk.xml", DECLARED + b"<Designations><DateGenerated>20/08/2026</DateGenerated>", UK_XML),
        ("o.xml", b'<Sanctions xmlns="https://example.org/exports/ADVANCED_XML" Version="3">', OFAC_ADVANCED),
        ("o.xml", b'<Sanctions xmlns="http://www.un.org/sanctions/1.0">', OFAC_ADVANCED),
        ("o.xml", b"<Sanctions><DateOfIssue/>", OFAC_ADVANCED),
        ("o.xml", b"<Sanctions>", None),
        ("un.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><CONSOLIDATED_LIST>', UN),
        ("a.html", b"<!DOCTYPE html><html><body>CONSOLIDATED_LIST</body></html>", None),
        ("eu.csv", b"\xef\xbb\xbffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber\r\n", EU_CSV),
        ("uk.csv", b'Report Date: 05-May-2026\r\nLast Updated,Unique ID,"Name 6"\r\n', UK_CSV),
        ("uk.csv", b"Unique ID,Name 6,Name 1\n", UK_CSV),
        ("uk.csv", b"Report Date: 05-May-2026\n", None),
        ("targets.simple.csv", b'"id","schema","name","aliases","birth_date"\n', OPENSANCTIONS),
        ("t.csv", b"id,schema,name,aliases\n", OPENSANCTIONS),
        ("t.csv", b"id,name\n1,2\n", None),
        ("sdn.csv", SDN_ROW, OFAC_CSV),
        ("lists/sdn.csv", b"||||\n" + SDN_ROW, OFAC_CSV),
        ("sdn.csv", b"||||\n", None),
        ("alt.csv", b'36,12,"aka","AERO-CARIBBEAN",-0- \n', None),
        ("add.csv", b'36,25,-0- ,"Havana","Cuba",-0- \n', None),
        ("sdn_comments.csv", b'36,"x"\n', None),
        ("notes.txt", b"Nothing of all this.\n", None),
        ("empty", b"", None),
    ],
)
def test_the_format_of_a_file(name: str, head: bytes, expected: ListFormat | None) -> None:
    assert recognise(name, head) == expected


def test_companions_are_written_as_the_main_file_is() -> None:
    small, capitals = recognise("a/sdn.csv", SDN_ROW), recognise("a/SDN.CSV", SDN_ROW)
    assert small is not None
    assert small.companions == ("alt.csv", "add.csv", "sdn_comments.csv")
    assert capitals is not None
    assert capitals.companions == ("ALT.CSV", "ADD.CSV", "SDN_COMMENTS.CSV")
    assert capitals.reader == small.reader == "index.lists.ofac_csv:read_ofac_csv"


@given(st.binary(max_size=300), st.sampled_from(["a.xml", "sdn.csv", "a.csv"]))
def test_any_head_has_a_format_or_none(head: bytes, name: str) -> None:
    assert recognise(name, head) in {None, UN, EU_CSV, EU_XML, UK_CSV, UK_XML, OFAC_CSV, OFAC_ADVANCED, OPENSANCTIONS}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2016-11-30", "2016-11-30"), ("2020-11-30T20:31:19.923-05:00", "2020-11-30"),
        ("2008-03-10-05:00", "2008-03-10"), ("2001-01-25 00:00:00", "2001-01-25"),
        ("2001Z", "2001"), ("1964-07", "1964-07"), (" 1958 ", "1958"), ("25/01/2001", "2001-01-25"),
        ("dd/mm/1945", "1945"), ("00/00/1945", "1945"), ("dd/03/1945", "1945-03"), ("23-Sep-2026", "2026-09-23"),
        ("05 May 1948", "1948-05-05"), ("Dec 1948", "1948-12"), ("31/02/2001", None), ("2001-13-01", None),
        ("1 Foo 1999", None), ("1948 or so", None), ("0000", None), ("١٩٤٨", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_date(written: str | None, expected: str | None) -> None:
    assert iso(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("14 Jun 1975", ("1975-06-14",)),
        ("circa 1951", ("1951",)),
        ("1955 to 1958", ("1955", "1958")),
        ("01 Jan 1955 to 31 Dec 1958", ("1955-01-01", "1958-12-31")),
        ("circa 1962-1964", ("1962", "1964")),
        ("1964-07", ("1964-07",)),
        ("unknown", ()),
    ],
)
def test_a_range_of_dates(written: str, expected: tuple[str, ...]) -> None:
    assert ends(written) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    for date in [iso(text), *ends(text)]:
        assert date is None or len(date) in {4, 7, 10}


def test_rows_with_quotation_marks_and_line_ends() -> None:
    content = b'\xef\xbb\xbfa,b\r\n"1,\r\n1","say ""x"""\r\n\r\n \x1a\r\nlast,'
    expected = [Row(1, ("a", "b")), Row(2, ("1,\n1", 'say "x"')), Row(6, ("last", ""))]
    assert list(read_rows(content)) == expected
    assert list(read_rows(content.replace(b"\r\n", b"\r"))) == expected


def test_a_broken_row_costs_no_other() -> None:
    content = b'a;b\n1;"never closed\n2;x\n3\n\xff;x\n4;y\x00\n5;"x"y\n6;"z"\n7;8;9\n'
    assert list(read_rows(content, ";")) == [
        Row(1, ("a", "b")),
        Row(2, (), "A quotation mark is not closed."),
        Row(3, ("2", "x")),
        Row(4, (), "The row has 1 column instead of 2."),
        Row(5, (), "The line is not valid UTF-8."),
        Row(6, (), "The line is not valid UTF-8."),
        Row(7, (), "It is no CSV: ';' expected after '\"'."),
        Row(8, ("6", "z")),
        Row(9, (), "The row has 3 columns instead of 2."),
    ]


def test_a_row_of_too_many_columns_over_several_lines_ends_with_its_first_line() -> None:
    assert list(read_rows(b'a,b\n1,"x\n2,y\n3,"z\n4,w\n')) == [
        Row(1, ("a", "b")),
        Row(2, (), "It is no CSV: ',' expected after '\"'."),
        Row(3, ("2", "y")),
        Row(4, (), "A quotation mark is not closed."),
        Row(5, ("4", "w")),
    ]
    assert [row.line for row in read_rows(b'a,b\n1,"x\n2",y,z\n3,w\n') if row.broken] == [2, 3]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), min_size=2, max_size=2)))
def test_every_row_of_a_written_file_is_read(rows: list[list[str]]) -> None:
    lines = [",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows]
    read = list(read_rows("\n".join(lines).encode()))
    assert [(row.line, row.values) for row in read] == [(line, tuple(row)) for line, row in enumerate(rows, start=1)]


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_broken_ones_in_order(content: bytes) -> None:
    lines = [row.line for row in read_rows(content)]
    assert lines == sorted(set(lines))


def test_words_on_one_line() -> None:
    assert words(" a \u00a0\n b\x00c\x85d\ud800 ") == "a b c d"
    assert words(None) == words(" ") == ""


@pytest.mark.parametrize(("name", "expected"), [("José", True), ("Ḥasan", True), ("Иван", False), ("٧٧", True)])
def test_the_script_of_a_name(name: str, expected: bool) -> None:
    assert in_latin(name) is expected


def test_the_text_of_an_entry_its_names_and_blocks() -> None:
    entry = EntryText("un", "KPi.033", "person")
    assert entry.nameless
    entry.name("never shown", " RI \u00a0WON HO", "alias")
    entry.say("Reference", "KPi.033")
    entry.programme("DPRK")
    entry.programme(" DPRK")
    entry.programme("")
    entry.listed_on("30/11/2016")
    entry.amended_on("2018-05")
    entry.amended_on("soon")
    entry.name("Alias", "Alias", "former", weak=True, said="a.k.a. 'Alias'.")
    entry.name("Alias", None, "alias")
    entry.say("Address", "", None, " Pyongyang", "DPRK")
    entry.say("Gender", " ", None)
    entry.prose("Comments", "\n First\nline.\r\n \r\n\n Second. \n")
    entry.births += ["1964", "1964", ""]
    entry.countries += ["DPRK ", "DPRK"]
    reading = entry.reading(EDITION)
    lines = [
        "RI WON HO",
        "Reference: KPi.033",
        "Programme: DPRK",
        "Programme: DPRK",
        "Listed on: 30/11/2016",
        "Amended on: 2018-05",
        "Amended on: soon",
        "Alias: a.k.a. 'Alias'.",
        "Address: Pyongyang, DPRK",
        "Comments: First line.",
        "Second.",
    ]
    assert reading.text == "\n".join(lines)
    assert [reading.text[block.start : block.end] for block in reading.blocks] == lines
    assert reading.blocks[:2] == (Span(0, 9), Span(10, 28))
    start = reading.text.index("'Alias'") + 1
    names = (ListedName(0, 9, "primary"), ListedName(start, start + 5, "former", weak=True))
    assert reading.entry == Entry("un", "KPi.033", "person", names, ("1964",), ("DPRK",), ("DPRK",), "2016-11-30")
    assert (reading.title, reading.publisher, reading.published) == ("RI WON HO", "The Publisher", "2018-05")
    assert (reading.language, reading.member, reading.url, reading.headings) == ("en", "KPi.033", None, ())


def test_an_entry_whose_reference_another_has_is_a_problem() -> None:
    entries = [EntryText("un", "1", "other"), EntryText("un", "1", "other")]
    for entry, name in zip(entries, "ab", strict=True):
        entry.name("", name, "primary")
    found = gather("text/csv", EDITION, [("x, line 1", entries[0]), ("x, line 2", "No."), ("x, line 3", entries[1])])
    assert [reading.text for reading in found.readings] == ["a"]
    problem = Problem("x, line 3", "Another entry before it has the reference 1.")
    assert (found.media_type, found.edition, found.problems) == (
        "text/csv",
        EDITION,
        (Problem("x, line 2", "No."), problem),
    )


def test_a_list_without_an_entry_is_not_read() -> None:
    with pytest.raises(ReadError, match=r"^The list holds no entry that can be read\.$"):
        gather("text/csv", EDITION, [])
    with pytest.raises(ReadError, match=r"read\. The first problem is at x, line 2: No\.$"):
        gather("text/csv", EDITION, [("x, line 2", "No.")])


@pytest.mark.parametrize("fmt", [UN, EU_XML, UK_XML, OFAC_ADVANCED])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The XML is damaged or cut off at line"),
        (b"<a>", "The XML is damaged or cut off at line 1"),
        (b"<a></b>", "The XML is damaged or cut off at line 1"),
        (b"<a>\xff</a>", "The XML is damaged or cut off at line 1"),
        (b"<a>&b;</a>", "The XML is damaged or cut off at line 1"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "The XML has a document type definition"),
        ("<a/>".encode("utf-16"), "The XML is not in UTF-8"),
        (b"<a/>", "The list holds no entry"),
    ],
)
def test_xml_that_is_not_read(fmt: ListFormat, content: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_list(fmt, {"a.xml": content})


@pytest.mark.parametrize("fmt", [EU_CSV, UK_CSV, OPENSANCTIONS])
@pytest.mark.parametrize("content", [b"", b"\n", b"a,b\n1,2\n", b'"', b"\xff\n"])
def test_a_table_without_its_header_is_not_read(fmt: ListFormat, content: bytes) -> None:
    with pytest.raises(ReadError, match="the names of the columns"):
        read_list(fmt, {"a.csv": content})
