"""When a question leans on the one before, and what the two say together."""

from datetime import date

import pytest

from bot.follow_up import with_context
from bot.places import load_places

BEFORE = "Why did Brazil close its consulate in Durban in 2019?"


def together(text: str, context: str = BEFORE) -> str | None:
    return with_context(text, context, load_places(), date(2026, 11, 24))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and in Kenya?", "Why did Brazil close its consulate in Kenya in 2019?"),
        ("and in 1998?", "Why did Brazil close its consulate in Durban in 1998?"),
        ("and after 2020?", "Why did Brazil close its consulate in Durban after 2020?"),
        ("what about last year?", "Why did Brazil close its consulate in Durban last year?"),
        ("why?", "Brazil close consulate Durban 2019 why?"),
        ("and when?", "Brazil close consulate Durban when?"),
        ("when did it reopen?", "Brazil consulate Durban when did it reopen?"),
        ("so which of its envoys signed?", "Brazil close consulate Durban 2019 which of its envoys signed?"),
        ("who was the consul?", "Brazil close consulate Durban 2019 who was the consul?"),
        (
            "how many people worked there in 2005?",
            "Brazil close consulate Durban how many people worked there in 2005?",
        ),
        ("Who decided this?", "Brazil close consulate Durban 2019 Who decided this?"),
        ("which ones?", "Brazil close consulate Durban 2019 which ones?"),
        ("and jordan?", "Why did Jordan close its consulate in Durban in 2019?"),
        ("same for chad", "Why did Chad close its consulate in Durban in 2019?"),
        ("and in turkey?", "Why did Brazil close its consulate in Turkey in 2019?"),
        ("who won?", "Brazil close consulate Durban 2019 who won?"),
        ("won't it reopen?", "Brazil consulate Durban 2019 won't it reopen?"),
        ("tell me more", BEFORE),
        ("can you tell me more about it?", BEFORE),
        ("any sources?", BEFORE),
        ("source?", BEFORE),
        ("and the embassy in Quito?", "Brazil close consulate Durban 2019 the embassy in Quito?"),
        ("what happened then?", "Brazil close consulate Durban 2019 what happened then?"),
    ],
)
def test_what_leans_on_the_question_before(text: str, expected: str) -> None:
    assert together(text) == expected


@pytest.mark.parametrize(
    ("context", "text", "expected"),
    [
        ("Why did Cuba close its embassy in Peru?", "and in Kenya?", "Why did Cuba close its embassy in Kenya?"),
        ("Why did Cuba close its embassy in Peru?", "Kenya?", "Why did Cuba close its embassy in Kenya?"),
        ("Why did Cuba close its embassy in Lima, Peru?", "and in Kenya?", "Why did Cuba close its embassy in Kenya?"),
        (
            "Why did the British leave Sanaa in 2015?",
            "what about the French?",
            "Why did the French leave Sanaa in 2015?",
        ),
        ("Why did Cuba leave Peru", "and the Dutch?", "Why did the Dutch leave Peru"),
        ("embassy closures", "and in Kenya?", "embassy closures in Kenya"),
        ("Who runs the Brazilian post in New Orleans?", "and in Kenya?", "Who runs the Brazilian post in Kenya?"),
        ("Did the Brazilian post close?", "and in Kenya?", "Did the Brazilian post close in Kenya?"),
        ("Which states recognised Taiwan?", "and Kosovo?", "Which states recognised Kosovo?"),
        ("Which band toured in Peru?", "and in jordan?", "Which band toured in Jordan?"),
        (
            "When did Cuba close its embassy in Peru?",
            "did it also leave in Kenya?",
            "Cuba close embassy did it also leave in Kenya?",
        ),
        (
            "When did the US embassy in Libya close?",
            "why did the Americans leave?",
            "US embassy Libya close why did the Americans leave?",
        ),
    ],
)
def test_a_place_takes_the_part_of_its_like(context: str, text: str, expected: str) -> None:
    assert together(text, context) == expected


@pytest.mark.parametrize(
    "text",
    [
        "When did Kenya close its embassy in Cuba?",
        "and why did Cuba expel the Dutch ambassador in 1961?",
        "The consulate in Bonn became an office. When was that office shut?",
        "Salzburg agency of Peru, when was it closed?",
        "protecting power for Peru in Iran, who is it?",
        "is it legal to export wheat to Syria?",
        "which sources name Peru as a protecting power?",
        "a regime jails its critics. can Peru cut its ties with it?",
        "Is there an exemption for humanitarian aid and medicine?",
        "What hydration should I use for a sourdough with rye?",
        "Which act of Congress covers licences for those who ship food?",
        "foreign banks in Peru - what happens when the central bank delists them?",
    ],
)
def test_what_names_its_own_subject_stands_alone(text: str) -> None:
    assert together(text) is None


def test_a_context_without_words_is_none() -> None:
    assert together("and when?", "???") is None


def test_a_chain_keeps_its_subject() -> None:
    first = together("when did it reopen?")
    assert first == "Brazil consulate Durban when did it reopen?"
    second = together("who was the consul then?", first)
    assert second == "Brazil consulate Durban reopen who was the consul then?"
    third = together("and in Kenya?", "Why did Brazil leave Peru in 2019?")
    assert third == "Why did Brazil leave Kenya in 2019?"
    assert together("when?", third) == "Brazil leave Kenya when?"


def test_of_a_long_question_names_and_words_of_the_field_are_kept() -> None:
    context = (
        "Why did the Brazilian consulate in Durban refuse emergency travel papers for sailors stranded aboard a rusty "
        "freighter under arrest during that stormy winter season 1999 near Richards Bay"
    )
    assert together("who was the consul?", context) == (
        "Brazilian consulate Durban 1999 Richards Bay who was the consul?"
    )


def test_the_longest_questions_full_of_places_go_together_at_once() -> None:
    """Where each place of the one was compared with each of the other, this took minutes."""
    context, text = "in Uganda " * 1000, "and when it Kenya " * 555
    assert together(text, context) == f"{'Uganda ' * 1000}{text.removeprefix('and ')}".strip()
