"""Which quotes contradict each other, and above all which do not."""

from dataclasses import replace

import pytest
from render_examples import document, quote

from bot.difference import find_differences
from bot.types import Difference, Quote


def _quotes(*told: tuple[str, str | None] | str) -> list[Quote]:
    """One sentence a document, with the document's date."""
    quotes = []
    for number, each in enumerate(told, 1):
        text, published = each if isinstance(each, tuple) else (each, None)
        within = document(text, published=published, name=f"gazette/{number}.md")
        quotes.append(quote(within, text, number=number))
    return quotes


def _found(*told: tuple[str, str | None] | str) -> list[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    return [(each.about, each.numbers, each.values) for each in find_differences(_quotes(*told))]


def test_one_closure_on_two_dates_newest_document_first() -> None:
    differences = find_differences(
        _quotes(
            ("The American Embassy at Strelsau was closed on May 4, 1911, when all staff were withdrawn.", "1950"),
            "Zenda is a town.",
            ("The U.S. Embassy in Strelsau was closed on 6 May 1911.", "2008-03"),
        )
    )
    assert differences == (
        Difference("date", "The U.S. Embassy in Strelsau was closed", (3, 1), ("6 May 1911", "May 4, 1911")),
    )


def test_documents_without_a_date_come_last() -> None:
    told = "The legation in Strelsau was closed in {}."
    assert _found(told.format(1911), (told.format(1912), "2001")) == [("date", (2, 1), ("1912", "1911"))]


@pytest.mark.parametrize(
    ("one", "other", "about", "values"),
    [
        (
            "On May 4, 1911, the Embassy in Strelsau was closed.",
            "The Embassy in Strelsau was closed on May 5, 1911.",
            "date",
            ("May 4, 1911", "May 5, 1911"),
        ),
        (
            "Ruritania severed diplomatic relations with Zenda on June 6, 1907, after a war.",
            "Ruritania severed diplomatic relations with Zenda on June 7, 1907.",
            "date",
            ("June 6, 1907", "June 7, 1907"),
        ),
        (
            "Ruritania was recognized on 1911-05-04.",
            "Ruritania was recognized on April 30, 1911.",
            "date",
            ("1911-05-04", "April 30, 1911"),
        ),
        (
            "The consulate at Zenda opened in May 1880 and closed in 1891.",
            "The consulate at Zenda opened in June 1880.",
            "date",
            ("May 1880", "June 1880"),
        ),
        (
            "Ruritania keeps 53 diplomatic missions in foreign capitals.",
            "Ruritania keeps 46 diplomatic missions in foreign capitals.",
            "number",
            ("53", "46"),
        ),
        (
            "The attack on Zenda killed 1,200 people in the city.",
            "The attack on Zenda killed two thousand people in the city.",
            "number",
            ("1,200", "two thousand"),
        ),
        (
            "The embassy in Strelsau is closed.",
            "The embassy in Strelsau is now open.",
            "status",
            ("closed", "open"),
        ),
        (
            "As of March 2020, the embassy in Strelsau remains closed.",
            "As of May 2021, the embassy in Strelsau is open.",
            "status",
            ("closed", "open"),
        ),
        (
            "The sanctions on Ruritania are in force.",
            "The sanctions on Ruritania are suspended.",
            "status",
            ("in force", "suspended"),
        ),
        (
            "The steamer Rassendyll is listed.",
            "The steamer Rassendyll is delisted.",
            "status",
            ("listed", "delisted"),
        ),
    ],
)
def test_differences(one: str, other: str, about: str, values: tuple[str, str]) -> None:
    assert _found(one, other) == [(about, (1, 2), values)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Other names: other things.
        ("Ruritania severed relations with Zenda in May 1907.", "Hentzau severed relations with Zenda in June 1907."),
        ("The embassy in Strelsau is closed.", "The embassy in Zenda is open."),
        ("The British embassy in Strelsau closed in 1911.", "The embassy in Strelsau closed in 1912."),
        # Other kinds of post.
        ("The consulate at Zenda closed in May 1880.", "The legation at Zenda closed in June 1880."),
        # Other events of one post.
        ("The embassy in Strelsau was closed in 1950.", "The embassy in Strelsau was reopened in 1951."),
        ("The embassy in Strelsau was closed in 1950.", "The embassy in Strelsau was closed again in 1951."),
        ("The first embassy in Strelsau was closed in 1950.", "The embassy in Strelsau was closed in 1951."),
        ("The embassy in Strelsau was closed in 1911.", "The embassy in Strelsau was closed in 1950."),
        # One date within the other.
        ("The embassy in Strelsau was closed in 1911.", "The embassy in Strelsau was closed on May 4, 1911."),
        ("The embassy in Strelsau was closed in May 1911.", "The embassy in Strelsau was closed on 1911-05-04."),
        # The same value, said otherwise.
        ("The embassy in Strelsau was closed on May 4, 1911.", "The embassy in Strelsau was closed on 4 May 1911."),
        ("The fire in Zenda killed 1,200 people there.", "The fire in Zenda killed 1200 people there."),
        # Dates of something else, or vague ones.
        ("The embassy in Strelsau was closed after May 4, 1911.", "The embassy in Strelsau was closed on May 6, 1911."),
        ("The embassy in Strelsau was closed by 1911.", "The embassy in Strelsau was closed in 1912."),
        ("Minister Rassendyll arrived in Strelsau in 1911.", "Minister Rassendyll arrived in Strelsau in 1912."),
        # Numbers of other years, other units, vague ones, and numbers that name.
        (
            "In 1911 Ruritania kept 53 diplomatic missions in foreign capitals.",
            "In 1912 Ruritania kept 46 diplomatic missions in foreign capitals.",
        ),
        ("Ruritania lost 53 soldiers in the long war.", "Ruritania lost 12 bridges in the long war."),
        ("Ruritania keeps about 53 diplomatic missions abroad.", "Ruritania keeps 46 diplomatic missions abroad."),
        ("Chapter 5 applies to vessels of Ruritania.", "Chapter 6 applies to vessels of Ruritania."),
        ("Every 30 days Ruritania reports to the committee.", "Every 60 days Ruritania reports to the committee."),
        # A history of one post is no disagreement on how it stands.
        ("The embassy in Strelsau was closed.", "The embassy in Strelsau is open."),
        # Nobody is named.
        ("Diplomatic relations were established in May 1911.", "Diplomatic relations were established in June 1911."),
        ("The embassy is closed.", "The embassy is open."),
        # Subordinate clauses belong to the subject of their sentence.
        (
            "Ruritania was recognized when a legation in Zenda opened on May 4, 1911.",
            "Hentzau was recognized when a legation in Zenda opened on May 5, 1911.",
        ),
    ],
)  # fmt: skip
def test_no_difference(one: str, other: str) -> None:
    assert _found(one, other) == []


def test_what_one_document_says_twice_is_two_things() -> None:
    within = document("The post in Zenda closed in 1911. The post in Zenda closed in 1912.")
    quotes = [
        quote(within, "The post in Zenda closed in 1911."),
        quote(within, "The post in Zenda closed in 1912.", number=2, pinpoint="Later"),
    ]
    assert find_differences(quotes) == ()


def test_only_the_sentence_that_answers_is_compared() -> None:
    text = "The embassy in Strelsau was closed on May 4, 1911. It reopened."
    first = quote(document(text, name="a"), text, "It reopened.")
    (second,) = _quotes("The embassy in Strelsau was closed on May 6, 1911.")
    assert find_differences([first, second]) == ()


def test_each_thing_once_and_two_things_apart() -> None:
    closed, opened = "The embassy in Strelsau was closed in {}.", "The embassy in Strelsau was opened in {}."
    told = [closed.format(1911), opened.format(1880), closed.format(1912), opened.format(1881), closed.format(1911)]
    assert _found(*told) == [("date", (1, 3), ("1911", "1912")), ("date", (2, 4), ("1880", "1881"))]


@pytest.mark.parametrize(
    ("scores", "told"),
    [((0.9, 0.1, 0.1), []), ((0.9, 0.45, 0.44), []), ((0.9, 0.45, 0.45), [(2, 3)]), ((0.5, 0.9, 0.4), [])],
)
def test_what_is_beside_the_point_is_not_told(scores: tuple[float, ...], told: list[tuple[int, ...]]) -> None:
    quotes = _quotes(
        "The legation of Hentzau moved.",
        "The embassy in Strelsau was closed in 1911.",
        "The embassy in Strelsau was closed in 1912.",
    )
    scored = [replace(quote, score=score) for quote, score in zip(quotes, scores, strict=True)]
    assert [each.numbers for each in find_differences(scored)] == told


def test_what_differs_from_the_first_quote_matters_whatever_it_scores() -> None:
    quotes = _quotes("The embassy in Strelsau was closed in 1911.", "The embassy in Strelsau was closed in 1912.")
    scored = [quotes[0], replace(quotes[1], score=0.01)]
    assert [each.numbers for each in find_differences(scored)] == [(1, 2)]


def test_no_quotes_no_differences() -> None:
    assert find_differences(()) == ()
