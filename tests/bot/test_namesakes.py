"""Longer names that hold the name of a country that is asked about and mean another."""

import pytest

from bot.features import Features
from bot.namesakes import namesakes, with_namesakes
from bot.places import load_places
from bot.types import Understanding
from index.types import Query
from tests.bot.sentence_examples import sentence


def _of(text: str) -> tuple[str, ...]:
    return namesakes(text, load_places())


def test_names_of_other_countries_and_of_none() -> None:
    assert _of("When did Samoa become independent?") == ("American Samoa",)
    assert _of("what about Mexico?") == ("Gulf of Mexico", "New Mexico")
    assert _of("When did Sudan become independent?") == ("South Sudan", "South Sudanese")
    guinea = _of("When was Guinea recognized?")
    assert {"Equatorial Guinea", "Guinea-Bissau", "Papua New Guinea", "New Guinea"} < set(guinea)


def test_what_is_asked_about_is_no_namesake() -> None:
    assert _of("Sudan and South Sudan") == ()
    assert "Equatorial Guinea" not in _of("Guinea or Equatorial Guinea?")
    # Both Koreas are meant; East Germany became Germany.
    assert _of("When were relations with Korea established?") == ()
    assert _of("What about Germany?") == ()


def test_a_longer_name_that_holds_another_is_kept_whole() -> None:
    assert _of("Republic of the Congo") == ("Democratic Republic of the Congo",)
    assert _of("Democratic Republic of the Congo") == ()


def test_no_country_no_namesakes() -> None:
    assert _of("which embassies were closed?") == ()


def test_they_go_with_the_query() -> None:
    understanding = Understanding(Query("Samoa"), present=True)
    assert with_namesakes(understanding) == Understanding(Query("Samoa", (), ("American Samoa",)), present=True)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Samoa was recognized.", 0.0),
        ("American Samoa was not.", 1.0),
        ("It is near American Samoa, and Samoa is large.", 0.0),
        ("American  SAMOA’s port.", 1.0),
    ],
)
def test_a_sentence_that_says_a_namesake_does_not_say_the_name(text: str, missing: float) -> None:
    understanding = with_namesakes(Understanding(Query("was Samoa recognized?")))
    assert Features(understanding).of(sentence(text))["names_missing"] == missing
