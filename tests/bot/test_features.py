"""What speaks for a sentence: each feature by its sign, on invented sentences."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features import Features
from bot.types import Asked, Period, Understanding
from index.types import Alternatives, Query
from tests.bot.sentence_examples import sentence

KINDS: tuple[Asked, ...] = ("date", "number", "reason", "place", "person", "duty", "list")
PLAIN = "it was so"
CLOSED = "The embassy in Strelsau was closed."


def understood(text: str = "Was it closed?", *alternatives: Alternatives, **fields: object) -> Understanding:
    return Understanding(Query(text, alternatives), **fields)


def of(understanding: Understanding, *sentences: str, **fields: object) -> dict[str, float]:
    return Features(understanding).of(sentence(*sentences, **fields))


NAMES = tuple(of(understood(), PLAIN))


def test_the_names_are_always_the_same_in_the_same_order() -> None:
    assert {f"offers_{kind}" for kind in KINDS} < set(NAMES)
    everything = understood("Why Zenda?", asked=frozenset(KINDS), periods=(Period(date.min, date.max, "ever"),))
    assert tuple(of(everything, CLOSED)) == NAMES


def test_what_the_search_measured_goes_through() -> None:
    values = of(understood(), PLAIN, dense=-0.7, coverage=0.1, own=0.2, near=0.3)
    names = ("sentence_dense", "words", "words_sentence", "words_near")
    assert [values[name] for name in names] == [-0.7, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("kind", "offering", "other"),
    [
        ("date", "It closed on May 4.", "It may close."),
        ("date", "It closed in 1911.", "It cost 1,911 crowns."),
        ("date", "It stood there for a century.", "It stood there."),
        ("number", "Nine people stayed.", "The people stayed."),
        ("number", "It had 40 rooms.", "It had rooms."),
        ("reason", "It closed because of the flood.", "It closed, and the flood rose."),
        ("reason", "It closed due to floods.", "It closed early."),
        ("place", "They moved to the city of Hentzau.", "They moved to a better city."),
        ("person", "Envoy Sapt signed it.", "the envoy signed it."),
        ("person", "then Rudolf Rassendyll left.", "then Rassendyll left."),
        ("duty", "A licence is required.", "A letter is here."),
        ("list", "Oslo, Rome and Bern", "Oslo or Rome"),
    ],
)
def test_a_sentence_offers_what_is_asked_for_or_lacks_it(kind: Asked, offering: str, other: str) -> None:
    asking = understood(asked=frozenset({kind}))
    assert of(asking, offering)[f"offers_{kind}"] == 1.0
    assert of(asking, other)[f"offers_{kind}"] == -1.0
    assert [of(asking, offering)[f"offers_{each}"] for each in KINDS if each != kind] == [0.0] * 6
    assert [of(understood(), offering)[f"offers_{each}"] for each in KINDS] == [0.0] * 7


def test_what_the_question_says_itself_is_not_what_it_asks_for() -> None:
    """Reasons, duties and lists are told by their wording, which a question may share."""
    asked = understood("Why were 40 rooms in Zenda closed in 1911 by Rudolf Rassendyll?", asked=frozenset(KINDS))
    lacking = of(asked, "In 1911 Rudolf Rassendyll closed 40 rooms in Zenda.")
    assert [lacking[f"offers_{kind}"] for kind in ("date", "number", "place", "person")] == [-1.0] * 4
    offering = of(asked, "In July Rudolf Rassendyll and Flavia Elphberg closed 12 rooms in Strelsau.")
    assert [offering[f"offers_{kind}"] for kind in ("date", "number", "place", "person")] == [1.0] * 4
    why = understood("Was it closed because of the flood?", asked=frozenset({"reason"}))
    assert of(why, "It was closed because of the war.")["offers_reason"] == 1.0


def missing(understanding: Understanding, *sentences: str, **fields: object) -> float:
    """The share of the question's names that are not said."""
    return of(understanding, *sentences, **fields)["names_missing"]


def test_names_may_be_said_in_any_way() -> None:
    asked = understood("Why did Old Strelsau fall?", Alternatives("Old Strelsau", ("Ostrel", "O.S.")))
    for way in ("Old  Strelsau fell.", "OSTREL fell.", "The O.S. fell.", "The OS fell."):
        assert missing(asked, way) == 0.0
    for other in ("Strelsau fell.", "It fell of old.", "Ostrelia fell."):
        assert missing(asked, other) == 1.0


def test_each_name_and_number_counts_alike() -> None:
    asked = understood("Did Rudolf write 40 letters to Zenda in Corlu?")
    assert missing(asked, "Rudolf wrote to çorlu.") == 0.5
    assert missing(asked, "rudolf wrote 40 letters, Zenda none, Corlu one.") == 0.0
    assert missing(asked, "Rudolfo wrote 400.") == 1.0
    assert missing(understood("did anybody write?"), PLAIN) == 0.0


def test_a_question_begins_with_a_capital_that_is_no_name() -> None:
    assert missing(understood("Ambassadors left Zenda?"), "They left Zenda.") == 0.0


def test_other_words_for_what_is_no_name_are_no_names() -> None:
    asked = understood("why did the embassy close?", Alternatives("embassy", ("legation", "mission")))
    assert missing(asked, PLAIN) == 0.0


def test_title_headings_and_neighbours_say_names_too() -> None:
    asked = understood("what of Strelsau and Zenda?")
    assert missing(asked, PLAIN, title="Strelsau, 1911") == 0.5
    assert missing(asked, PLAIN, title="Strelsau", headings=("Castles", "Zenda")) == 0.0
    about = ("Strelsau is old.", PLAIN, "Zenda is new.", PLAIN)
    assert [missing(asked, *about, place=place) for place in range(4)] == [0.5, 0.0, 0.5, 0.5]


SIXTIES = (Period(date(1960, 1, 1), date(1969, 12, 31), "in the 1960s"),)


@pytest.mark.parametrize(
    ("text", "published", "value"),
    [
        ("It closed in 1964.", None, 1.0),
        ("It closed in 1974 and not in 1964.", None, 1.0),
        ("It closed in 1974.", "1964", -1.0),
        ("It closed.", "1969-12-31", 0.5),
        ("It closed.", "1970", 0.0),
        ("It closed.", None, 0.0),
        ("It cost $1964.", None, 0.0),
    ],
)
def test_a_period_that_is_asked_for(text: str, published: str | None, value: float) -> None:
    assert of(understood(periods=SIXTIES), text, published=published)["period"] == value
    assert of(understood(), text, published=published)["period"] == 0.0


def test_of_several_periods_any_will_do() -> None:
    periods = (*SIXTIES, Period(date(1990, 1, 1), date(1990, 12, 31), "1990"))
    assert of(understood(periods=periods), "It closed in 1990.")["period"] == 1.0


TEXTS = st.text(min_size=1, max_size=80) | st.text("AZaz09 .,:;§-()’é\n", min_size=1, max_size=80)
PERIODS = st.tuples(st.dates(), st.dates()).map(lambda days: Period(min(days), max(days), ""))
UNDERSTANDINGS = st.builds(
    Understanding,
    st.builds(Query, TEXTS, st.lists(st.builds(Alternatives, TEXTS, st.tuples(TEXTS)), max_size=2).map(tuple)),
    st.frozensets(st.sampled_from(KINDS)),
    st.lists(PERIODS, max_size=2).map(tuple),
)


@given(UNDERSTANDINGS, st.lists(TEXTS, min_size=1, max_size=3), TEXTS, st.none() | TEXTS | st.just("1964-02"))
def test_whatever_the_texts_every_feature_is_bounded(
    understanding: Understanding, sentences: list[str], title: str, published: str | None
) -> None:
    values = of(understanding, *sentences, title=title, published=published)
    assert tuple(values) == NAMES
    assert all(-1 <= value <= 1 for value in values.values())
