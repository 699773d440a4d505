"""Tables as text and as workbooks."""

import io
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from index.errors import ReadError
from index.readers import read
from index.types import FileReading, Heading, Pinpoint, Reading, Span


def rows(content: str, name: str = "a.csv") -> list[tuple[str, str]]:
    """The blocks of a table with the labels of their pinpoints."""
    reading = read(content.encode(), name).readings[0]
    assert [(each.start, each.end) for each in reading.pinpoints] == [(each.start, each.end) for each in reading.blocks]
    return [(each.label, reading.text[each.start : each.end]) for each in reading.pinpoints]


def test_a_row_repeats_the_names_of_its_columns() -> None:
    content = b"Country,City,Status\r\nFrance,Lyon,closed\r\n,,\r\nAngola,Luanda,\r\n"
    assert read(content, "a.csv") == FileReading(
        "text/csv",
        (
            Reading(
                "Country: France | City: Lyon | Status: closed\n\nCountry: Angola | City: Luanda",
                (Span(0, 45), Span(47, 77)),
                pinpoints=(Pinpoint(0, 45, "row 2"), Pinpoint(47, 77, "row 4")),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Country;Reason\nFrance;budget, staff\nAngola;war, danger\n", "Country: France | Reason: budget, staff"),
        ("Country\tShare\nFrance\t1,5\nAngola\t2,5\n", "Country: France | Share: 1,5"),
        ("Country|Share\nFrance|1,5\n", "Country: France | Share: 1,5"),
        ("sep=;\nCountry;Share\nFrance;1,5,2\n", "Country: France | Share: 1,5,2"),
        ('Country,Note\n"France, the ""old"" post","one\r\ntwo"\n', 'Country: France, the "old" post | Note: one\ntwo'),
        ("Country\nFrance\n", "Country: France"),
        ("Country,,Status:\nFrance,Lyon,closed,late\n", "Country: France | Lyon | Status: closed | late"),
        ('Country,Note\nFrance,a 3" gun\n', 'Country: France | Note: a 3" gun'),
        ("Country,Note\nFrance,  0012.50 \n", "Country: France | Note: 0012.50"),
    ],
)
def test_delimiters_quotes_and_values(content: str, expected: str) -> None:
    assert rows(content)[0][1] == expected


def test_tabs_part_the_values_of_a_tsv_whatever_else_it_holds() -> None:
    assert rows("Place\tNote\nLyon, France\tclosed, 1992\n", "a.tsv") == [
        ("row 2", "Place: Lyon, France | Note: closed, 1992")
    ]


def test_a_first_row_of_values_is_no_header() -> None:
    assert rows("France,1992\nAngola,1975\n") == [("row 1", "France | 1992"), ("row 2", "Angola | 1975")]
    assert rows("a,a\nb,c\n") == [("row 1", "a | a"), ("row 2", "b | c")]
    assert rows("Only,one row\n") == [("row 1", "Only | one row")]


def test_a_title_above_the_header_is_a_row_of_its_own() -> None:
    assert rows("Closures of 1992,,\n\nCountry,City,Status\nFrance,Lyon,closed\n") == [
        ("row 1", "Closures of 1992"),
        ("row 4", "Country: France | City: Lyon | Status: closed"),
    ]


def test_a_quotation_mark_that_is_never_closed_is_refused() -> None:
    with pytest.raises(ReadError, match=r"^The table has a quotation mark that is opened and never closed\.$"):
        read(b'Country,Note\nFrance,"closed\nAngola,open\n', "a.csv")


@settings(deadline=None)
@given(st.text(st.sampled_from('ab1,;\t|"\n\r 0-')))
def test_any_table_gives_a_pinpoint_for_each_block_or_a_read_error(content: str) -> None:
    try:
        found = rows(content)
    except ReadError:
        return
    assert [words.strip() for _, words in found] == [words for _, words in found]


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.properties.title = "Closures"
    book.properties.created = datetime(2019, 1, 10)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_sheets_are_headings_over_their_rows() -> None:
    content = workbook(
        Missions=[
            ["Country", "Closed", "Staff", "Share"],
            ["France", date(1992, 1, 10), 3.0, 0.25],
            [],
            ["Angola", None, 4],
        ],
        Notes=[["Remark"], [True]],
    )
    text = (
        "Missions\n\nCountry: France | Closed: 1992-01-10 | Staff: 3 | Share: 0.25\n\nCountry: Angola | Staff: 4"
        "\n\nNotes\n\nRemark: TRUE"
    )
    assert read(content, "a.xlsx") == FileReading(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (
            Reading(
                text,
                (Span(10, 71), Span(73, 99), Span(108, 120)),
                (Heading(0, 8, 1, "Missions"), Heading(101, 106, 1, "Notes")),
                title="Closures",
                published="2019-01-10",
                pinpoints=(Pinpoint(10, 71, "row 2"), Pinpoint(73, 99, "row 4"), Pinpoint(108, 120, "row 2")),
            ),
        ),
    )


def test_hidden_sheets_are_not_read() -> None:
    book = Workbook()
    book.worksheets[0].append(["Shown"])
    hidden = book.create_sheet("Hidden")
    hidden.append(["Secret"])
    hidden.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    assert read(stream.getvalue(), "a.xlsx").readings[0].text == "Sheet\n\nShown"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK", "The file is damaged, or no Excel workbook: it is not a complete zip file."),
        (workbook(Empty=[]), "The file holds no text to quote: only headings, or markup without words."),
        (
            workbook(A=[["a"]]).replace(b"xl/workbook.xml", b"xl/workbook.txt"),
            "The Excel workbook is damaged: its sheets cannot be read.",
        ),
    ],
)
def test_workbooks_that_cannot_be_read_say_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.xlsx")
    assert caught.value.user_message == message
