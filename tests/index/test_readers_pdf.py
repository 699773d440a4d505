"""PDF, with files written here: one font, lines at given places."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ReadError
from index.readers import read
from index.readers.pdf_lines import HYPHEN, Line, find_words, paragraphs
from index.types import FileReading, Pinpoint, Problem, Reading, Span

PDFS = Path(__file__).resolve().parents[2] / "../shared/messy/pdf"

IMAGE = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"


def show(lines: Sequence[str], leading: float = 14, left: float = 72, top: float = 700, size: float = 12) -> bytes:
    """The drawing of lines below each other; an empty one leaves a gap."""
    shown = b"".join(b"(%s) Tj T* " % line.encode("cp1252").translate(None, b"()\\") for line in lines)
    return b"BT /F1 %g Tf %g TL %g %g Td %sET\n" % (size, leading, left, top, shown)


def stream(content: bytes, dictionary: bytes | None = None) -> bytes:
    return (dictionary or b"<</Length %d>>" % len(content)) + b"stream\n" + content + b"\nendstream"


def pdf(pages: Sequence[bytes], catalog: bytes = b"", information: bytes = b"") -> bytes:
    """A PDF of pages with these drawings; ``/I`` names a picture. ``information`` holds entries of Info."""
    kids = b" ".join(b"%d 0 R" % (6 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        stream(b"\x80", IMAGE),
        b"<<%s>>" % information,
    ]
    for number, page in enumerate(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>/XObject<</I 4 0 R>>>>>>" % (7 + 2 * number)
        )
        objects.append(stream(page))
    parts = [b"%PDF-1.4\n", *(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, start=1))]
    offsets = list(accumulate(len(part) for part in parts))
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets[:-1])
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, offsets[-1])
    return b"".join(parts) + head + table + end


def reading(content: bytes) -> Reading:
    return read(content, "a.pdf").readings[0]


def blocks(content: bytes) -> list[str]:
    found = reading(content)
    return [found.text[block.start : block.end] for block in found.blocks]


PICTURE = b"q 400 0 0 400 72 200 cm /I Do Q\n"
FIRST = ["The embassy in Luanda was closed in November 1975, and opened again", "seventeen years later."]
SECOND = ["Diplomatic relations were established on July 14, 1994."]


def test_pages_are_pinpoints_and_paragraphs_run_over_line_ends() -> None:
    found = read(pdf([show([*FIRST, "", *SECOND]), show(["The second page says no more than this."])]), "a.pdf")
    parts = ["\n".join(FIRST), SECOND[0], "The second page says no more than this."]
    first, second, third = (len(part) for part in parts)
    assert found == FileReading(
        "application/pdf",
        (
            Reading(
                "\n\n".join(parts),
                (
                    Span(0, first),
                    Span(first + 2, first + 2 + second),
                    Span(first + second + 4, first + second + third + 4),
                ),
                pinpoints=(
                    Pinpoint(0, first + 2 + second, "p. 1"),
                    Pinpoint(first + second + 4, first + second + third + 4, "p. 2"),
                ),
            ),
        ),
    )


def test_page_labels_name_the_pages() -> None:
    labels = b"/PageLabels<</Nums[0<</S/r>>2<</S/D/St 7>>3<</P(A-)/S/D>>]>>"
    found = reading(pdf([show([f"Page {number} of four."]) for number in range(4)], labels))
    assert [pinpoint.label for pinpoint in found.pinpoints] == ["p. i", "p. ii", "p. 7", "p. A-1"]


def test_a_page_label_that_is_no_text_is_the_number_of_the_page() -> None:
    labels = b"/PageLabels<</Nums[0<</P(\xfe\xff\xd8\x00)/S/D>>]>>"
    found = reading(pdf([show(["Page one of one."])], labels))
    assert [pinpoint.label for pinpoint in found.pinpoints] == ["p. 1"]


def test_any_number_of_characters_that_are_in_no_text_may_come_before_and_after_it() -> None:
    page = show(["\x02" * 1500 + "It was closed." + "\x02" * 1500])
    assert blocks(pdf([page])) == ["It was closed."]
    with pytest.raises(ReadError, match="holds no text"):
        read(pdf([show(["\x02" * 1500])]), "a.pdf")


def test_pages_without_text_have_no_pinpoint() -> None:
    found = reading(pdf([b"", show(["Only the second page has words."]), b""]))
    assert found.pinpoints == (Pinpoint(0, 31, "p. 2"),)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["The closure gave no infor-", "mation to anybody."], "The closure gave no information to anybody."),
        (["The self-", "reliance of the office."], "The self-reliance of the office."),
        (["In the years 1990-", "1992 nobody came."], "In the years 1990-\n1992 nobody came."),
        (["The Anglo-", "French treaty holds."], "The Anglo-French treaty holds."),
        (
            ["Peace talks on peace and on talks, or peace-", "talks, failed."],
            "Peace talks on peace and on talks, or peace-talks, failed.",
        ),
        (
            ["The counterclaim stood. Then the counter-", "claim fell."],
            "The counterclaim stood. Then the counterclaim fell.",
        ),
    ],
)
def test_words_parted_at_line_ends(lines: list[str], expected: str) -> None:
    assert blocks(pdf([show(lines)])) == [expected]


def test_what_parts_paragraphs() -> None:
    page = (
        show(["Closures and openings"], size=20, top=740)
        + show(["A line that goes on to the right margin of the page, as most of them do here,", "and ends."])
        + show(
            ["The next paragraph is told by the line before it, which ended early, though", "no gap is seen."], top=672
        )
        + show(["- A first item of a list, without any end to it", "- A second one"], top=630)
    )
    assert blocks(pdf([page])) == [
        "Closures and openings",
        "A line that goes on to the right margin of the page, as most of them do here,\nand ends.",
        "The next paragraph is told by the line before it, which ended early, though\nno gap is seen.",
        "- A first item of a list, without any end to it",
        "- A second one",
    ]


def test_a_sentence_runs_from_one_column_into_the_next() -> None:
    page = show(["The mission in the first", "of the columns goes on"], top=200) + show(
        ["in the second of them,", "and ends there."], left=320, top=700
    )
    assert blocks(pdf([page])) == [
        "The mission in the first\nof the columns goes on\nin the second of them,\nand ends there."
    ]


@pytest.mark.parametrize(
    ("information", "title", "published"),
    [
        (b"/Title(The closure of 1975)/CreationDate(D:20190110080000+02'00')", "The closure of 1975", "2019-01-10"),
        (b"/Title(\xfe\xff\x00L\x00e\x00 \x00c\x00a\x00f\x00\xe9)/CreationDate(D:2019)", "Le café", "2019"),
        (b"/Title(untitled)/ModDate(D:201901)", None, "2019-01"),
        (b"/Title(Microsoft Word - Final 2.doc)/CreationDate(D:20191301)", None, None),
        (b"/Title(report_final.indd)/CreationDate(yesterday)/ModDate(20190110)", None, "2019-01-10"),
        (b"/Title( )", None, None),
        (b"/Title(\xfe\xff\xd8\x00\x00a)/CreationDate(D:2019)", None, "2019"),
        (b"/Title(The closure)/CreationDate(\xfe\xff\xdc\x00)/ModDate(D:2019)", "The closure", "2019"),
        (b"", None, None),
    ],
)
def test_title_and_date(information: bytes, title: str | None, published: str | None) -> None:
    found = reading(pdf([show(SECOND)], information=information))
    assert (found.title, found.published) == (title, published)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pdf([PICTURE, PICTURE]), "The PDF holds pictures of pages and no text; recognise its text (OCR) first."),
        (pdf([b"", b""]), "The PDF holds no text on its 2 pages."),
        (pdf([show(["   "])]), "The PDF holds no text on its 1 page."),
        (pdf([]), "The PDF is damaged: it cannot be opened, or has no pages."),
        (pdf([b""]).replace(b"/Page/", b"/Fish/"), "The PDF is damaged: its pages cannot be read."),
        (b"", "The file is no PDF: it does not begin as one."),
        (b"<html><p>Sign in to read this document.</p></html>", "The file is no PDF: it does not begin as one."),
        (b"%PDF-1.7\n" + b"\0" * 2_000, "The PDF is damaged: it cannot be opened, or has no pages."),
        (pdf([show(SECOND)])[:200], "The PDF is damaged: it cannot be opened, or has no pages."),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.pdf")
    assert caught.value.user_message == message


def test_a_page_that_is_a_picture_is_a_problem_of_the_file() -> None:
    found = read(pdf([show(SECOND), PICTURE]), "a.pdf")
    assert found.readings[0].text == SECOND[0]
    assert found.problems == (Problem("p. 2", "the page is a picture without text; recognise its text (OCR) first"),)


def test_a_file_without_its_table_of_objects_is_mended() -> None:
    content = pdf([show(SECOND)])
    assert blocks(content[: content.index(b"xref")] + content[content.index(b"trailer") :]) == SECOND


def test_passwords() -> None:
    if not PDFS.is_dir():
        pytest.skip("the files are not here")
    assert reading((PDFS / "r6-empty-password.pdf").read_bytes()) == reading((PDFS / "unencrypted.pdf").read_bytes())
    with pytest.raises(ReadError, match=r"^The PDF is encrypted and needs a password\.$"):
        read((PDFS / "r6-user-password.pdf").read_bytes(), "a.pdf")


LINES = st.builds(
    Line,
    st.text(st.sampled_from("aA1.-• ﬁ" + HYPHEN), min_size=1).filter(str.strip).map(str.strip),
    *[st.floats(-1e4, 1e4) for _ in range(4)],
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=20))
def test_no_place_of_lines_loses_a_character(lines: list[Line]) -> None:
    found = list(paragraphs(lines, find_words(line.text for line in lines)))

    def letters(text: str) -> str:
        return "".join(c for c in text.replace("ﬁ", "fi") if c in "aA1.•fi")

    assert letters("".join(found)) == letters("".join(line.text for line in lines))
    assert all(HYPHEN not in text for text in found)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=40))
def test_damaged_files_give_sound_spans_or_a_read_error(place: int, damage: bytes) -> None:
    content = pdf([show(FIRST), show(SECOND)])
    try:
        found = reading(content[:place] + damage + content[place + len(damage) :])
    except ReadError as error:
        assert "\n" not in error.user_message
        return
    for block in found.blocks:
        assert found.text[block.start : block.end].strip() == found.text[block.start : block.end] != ""
    assert all(before.end <= after.start for before, after in pairwise(found.blocks))
