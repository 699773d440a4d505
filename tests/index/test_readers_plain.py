from pathlib import Path

import pytest

from index.readers import read
from index.types import Heading, Reading, Span

ARTICLE = Path(__file__).resolve().parents[2] / "../shared/corpus/news/north-korea-embassies.txt"


def plain(text: str) -> Reading:
    return read(text.encode(), "a.txt").readings[0]


def test_paragraphs_stand_between_blank_lines_and_keep_their_wrapped_lines() -> None:
    text = "\n  First line.\nSecond line. \n \t\n\u00a0Next.\n\n\n"
    assert plain(text) == Reading(text, (Span(3, 27), Span(33, 38)))
    assert text[3:27] == "First line.\nSecond line."
    assert text[33:38] == "Next."


def test_a_short_first_line_is_the_title() -> None:
    text = "Embassies  close\n\nKey comments:\n\nA dozen closed."
    assert plain(text) == Reading(
        text,
        (Span(18, 31), Span(33, 48)),
        (Heading(0, 16, 1, "Embassies close"),),
        "Embassies close",
    )


@pytest.mark.parametrize(
    "first", ["It closed.", "Key comments:", "Dear Sir,", "Two\nlines", "x" * 151, "大使館は閉鎖された。"]
)
def test_other_first_paragraphs_are_no_title(first: str) -> None:
    text = f"{first}\n\nMore."
    assert plain(text) == Reading(text, (Span(0, len(first)), Span(len(first) + 2, len(text))))


def test_a_lone_line_is_a_block() -> None:
    assert plain("Embassies close") == Reading("Embassies close", (Span(0, 15),))


def test_an_article() -> None:
    if not ARTICLE.exists():
        pytest.skip("the corpus is not here")
    reading = read(ARTICLE.read_bytes(), ARTICLE.name).readings[0]
    title = "North Korea is shutting down some of its embassies around the world"
    assert reading.headings == (Heading(0, 67, 1, title),)
    assert reading.title == title
    assert len(reading.blocks) == 11
    assert [reading.text[block.start : block.start + 14] for block in reading.blocks[6:8]] == [
        "On Wednesday, ",
        "Key comments:\n",
    ]
