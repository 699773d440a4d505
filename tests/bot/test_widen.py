"""How much is quoted around one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.widen import MOST_CHARACTERS, widen
from index.types import Span

LIST = [
    "Sanctions end if the President certifies that Ruritania has",
    "(1) freed all prisoners;",
    "(2) paid for",
    "(A) the palace; and",
    "(B) the bridge; and",
    "(3) held an election.",
]


def _text(pieces: list[str], between: str = "\n\n") -> tuple[str, tuple[Span, ...]]:
    """The pieces one after another, and where they stand; a bullet is no part of a piece."""
    text, spans = "", []
    for piece in pieces:
        text += between if text else ""
        bullet, _, words = piece.rpartition("- ")
        text += "- " if bullet or piece.startswith("- ") else ""
        spans.append(Span(len(text), len(text) + len(words)))
        text += words
    return text, tuple(spans)


def _widened(pieces: list[str], chosen: int, between: str = " ") -> list[int]:
    """The numbers of the pieces that are quoted."""
    text, spans = _text(pieces, between)
    span = widen(text, spans, spans[chosen])
    return [index for index, each in enumerate(spans) if span.start <= each.start and each.end <= span.end]


@pytest.mark.parametrize(
    "sentence",
    [
        "It reopened six years later.",
        "In 1979 it reopened.",
        "The embassy was closed again in 1995.",
        "The post was reopened in May 1995.",
        "Its staff left by train.",
        "Minister Rassendyll left on May 4.",
    ],
)
def test_what_leans_back_takes_the_sentence_before(sentence: str) -> None:
    pieces = ["Ruritania is small.", "The legation in Strelsau was closed in 1911.", sentence, "Zenda is far."]
    assert _widened(pieces, 2) == [1, 2]
    assert _widened([sentence, "Zenda is far."], 0) == [0]


@pytest.mark.parametrize(
    "sentence",
    [
        "The legation in Strelsau was closed in 1911.",
        "The Embassy of Zenda stayed open.",
        "Minister Rassendyll left on May 4, 1911.",
        "Italy held it.",
    ],
)
def test_what_stands_alone_is_quoted_alone(sentence: str) -> None:
    assert _widened(["Ruritania is small.", sentence, "Zenda is far."], 1) == [1]


def test_three_sentences_at_most() -> None:
    assert _widened(["Zenda fell.", "It rose.", "It fell.", "It rose again."], 3) == [1, 2, 3]


def test_an_item_comes_with_the_whole_list() -> None:
    assert [_widened(LIST, chosen, "\n\n") for chosen in range(6)] == [[0, 1, 2, 3, 4, 5]] * 6


def test_of_a_long_list_an_item_comes_with_what_leads_in_to_it() -> None:
    last = LIST[5].replace("an election", "an election " * 50)
    assert _widened([*LIST[:5], last], 1, "\n\n") == [0, 1]
    assert _widened([*LIST[:5], last], 2, "\n\n") == [0, 1, 2, 3, 4]
    first = LIST[0].replace("certifies", "certifies " * 70)
    assert _widened([first, *LIST[1:]], 4, "\n\n") == [2, 3, 4]
    assert _widened([first, *LIST[1:]], 1, "\n\n") == [1]


def test_of_a_long_list_its_lead_in_comes_with_the_items_that_fit() -> None:
    long = [f"({number}) {'bridge ' * 30};" for number in range(1, 6)]
    assert _widened(["The President shall rebuild", *long], 0, "\n\n") == [0, 1, 2, 3]


def test_items_that_are_sentences_come_with_their_lead_in() -> None:
    pieces = [
        "These posts were closed:",
        "- Strelsau was closed in 1911.",
        "- Zenda was closed in 1912.",
        "Others stayed.",
    ]
    assert [_widened(pieces, chosen, "\n\n") for chosen in range(4)] == [[0, 1, 2], [0, 1], [0, 1, 2], [3]]


def test_a_list_ends_where_the_next_paragraph_begins() -> None:
    pieces = ["In this section, “state” means", "(i) Ruritania; and", "(ii) Zenda.", "(B) Notice", "A notice is sent."]
    assert _widened(pieces, 0, "\n\n") == [0, 1, 2]
    assert _widened([*pieces[:3], "(B) The President shall tell Zenda.", "(C) So."], 0, "\n\n") == [0, 1, 2]


def test_a_paragraph_comes_with_the_labels_above_it_and_a_label_with_its_paragraph() -> None:
    pieces = [
        "(1) Submission to Congress",
        "(A) In general",
        "The President shall report on Ruritania.",
        "(B) Form",
        "The report shall be open.",
    ]
    assert [_widened(pieces, chosen, "\n\n") for chosen in range(5)] == [
        [0, 1, 2],
        [0, 1, 2],
        [0, 1, 2],
        [3, 4],
        [3, 4],
    ]


def test_lines_without_full_stops_are_not_taken_for_one_sentence() -> None:
    assert _widened(["Embassy Strelsau", "Embassy Zenda", "Legation Hentzau"], 1, "\n\n") == [1]


@given(
    st.lists(
        st.sampled_from([*LIST, "It fell.", "(B) Form", "- item;", "Zenda:", "so", "x" * 400, "The post moved."]),
        min_size=1,
        max_size=12,
    ),
    st.data(),
)
def test_what_is_quoted_holds_the_sentence_and_lies_within_the_passage(pieces: list[str], data: st.DataObject) -> None:
    text, spans = _text(pieces)
    chosen = data.draw(st.sampled_from(spans))
    span = widen(text, spans, chosen)
    assert spans[0].start <= span.start <= chosen.start
    assert chosen.end <= span.end <= spans[-1].end
    assert span == chosen or span.end - span.start <= MOST_CHARACTERS
    assert span.start in {each.start for each in spans}
    assert span.end in {each.end for each in spans}
