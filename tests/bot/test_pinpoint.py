"""Where a quote stands, as citations name it."""

from dataclasses import replace

import pytest

from bot.pinpoint import place_of
from index.types import Document, Entry, Heading, ListedName, Pinpoint, Span


def _document(text: str, headings: tuple[tuple[str, int], ...] = (), pages: tuple[Pinpoint, ...] = ()) -> Document:
    """The lines of a text as blocks, those that are in ``headings``, with their levels, as headings."""
    levels, blocks, found, start = dict(headings), [], [], 0
    for line in text.split("\n"):
        if line in levels:
            found.append(Heading(start, start + len(line), levels[line], line))
        else:
            blocks.append(Span(start, start + len(line)))
        start += len(line) + 1
    return Document(
        id="s/a.txt", source="s", collection="s", path="a.txt", media_type="text/plain", title="Treaty", publisher=None,
        published=None, url=None, language=None, text=text, headings=tuple(found), blocks=tuple(blocks),
        pinpoints=pages,
    )  # fmt: skip


def _place(document: Document, words: str) -> str | None:
    start = document.text.index(words)
    above: list[Heading] = []
    for heading in document.headings:
        if heading.end <= start:
            above = [*(each for each in above if each.level < heading.level), heading]
    return place_of(document, [each.title for each in above], start)


def test_sections_stand_before_the_page() -> None:
    text = "Closures\nThe embassy was closed."
    document = _document(text, (("Closures", 1),), (Pinpoint(0, len(text), "p. 4"),))
    assert _place(document, "The embassy") == "Closures › p. 4"
    assert place_of(document, (), 9) == "p. 4"


def test_a_page_holds_to_its_end_and_not_beyond() -> None:
    document = _document("One.\nTwo.\nThree.", pages=(Pinpoint(0, 5, "p. 1"), Pinpoint(5, 9, "p. 2")))
    assert [place_of(document, (), at) for at in (0, 4, 5, 8, 9)] == ["p. 1", "p. 1", "p. 2", "p. 2", None]


def test_without_any_place_there_is_none() -> None:
    assert place_of(_document("One."), (), 0) is None
    assert place_of(_document("One."), ("", ""), 0) is None


def test_an_entry_of_a_list_is_cited_by_its_reference_alone() -> None:
    entry = Entry("un", "KPi.024", "person", (ListedName(0, 3, "primary"),))
    document = replace(_document("Kim", pages=(Pinpoint(0, 3, "row 7"),)), entry=entry)
    assert place_of(document, ("Individuals",), 0) == "KPi.024"


TREATY = "Part I\nArticle 1\nNo post is closed.\nArticle 10. Costs\n(1) The host pays.\n(2) The guest leaves."
HEADINGS = (("Part I", 1), ("Article 1", 2), ("Article 10. Costs", 2))


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("No post", "Part I › Article 1"),
        ("(1) The host", "Part I › Article 10. Costs › Article 10(1)"),
        ("(2) The guest", "Part I › Article 10. Costs › Article 10(2)"),
    ],
)
def test_the_legal_place_stands_behind_the_title_of_its_provision_if_it_says_more(words: str, place: str) -> None:
    assert _place(_document(TREATY, HEADINGS), words) == place


@pytest.mark.parametrize(
    ("headings", "place"),
    [
        (("Part I", "Article 10. Costs"), "Part I › Article 10. Costs › Article 10(1)"),
        (("Article 1", "Article 10"), "Article 1 › Article 10 › Article 10(1)"),
        (("Article  10 Costs", "Paragraphs"), "Article  10 Costs › Article 10(1)"),
        (("ARTICLE 10", "Sub"), "ARTICLE 10 › Article 10(1)"),
        (("Article 100",), "Article 100 › Article 10(1)"),
        (("Article 10bis",), "Article 10bis › Article 10(1)"),
        ((), "Article 10(1)"),
    ],
)
def test_the_title_of_a_provision_is_told_from_longer_numbers(headings: tuple[str, ...], place: str) -> None:
    document = _document(TREATY, HEADINGS)
    assert place_of(document, headings, TREATY.index("(1) The host")) == place


def test_an_article_of_an_annex_is_not_said_twice() -> None:
    text = "Annex IV\nArticle 2\nThe archives are sealed."
    document = _document(text, (("Annex IV", 1), ("Article 2", 2)))
    assert _place(document, "The archives") == "Annex IV › Article 2"
    assert place_of(document, ("Article 2",), text.index("The")) == "Article 2 › Annex IV, Article 2"
