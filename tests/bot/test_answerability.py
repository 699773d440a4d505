"""How likely an answer is right: what it is computed from, and that it is a probability."""

from collections.abc import Sequence
from math import exp, log

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answerability import answer_features, answerability, answerability_read, read_features
from bot.features import Features
from bot.rank import Ranking, ReaderWeights, rank, read, shipped_ranking
from bot.types import Understanding
from index.types import Query
from tests.bot.sentence_examples import sentence

ASKED = Understanding(Query("When did the embassy in Strelsau close?"), frozenset({"date"}))
COSINES = st.lists(st.floats(-1, 1), min_size=1, max_size=6)


def test_without_a_sentence_nothing_is_likely() -> None:
    assert answerability(shipped_ranking(), []) == 0.0


def test_a_sentence_that_answers_is_likelier_than_one_about_something_else() -> None:
    answers = sentence("The embassy in Strelsau closed in May 1911.", dense=0.8, coverage=1.0, own=1.0, near=1.0)
    other = sentence("Bread is baked at night.", dense=0.05)
    likely, unlikely = (answerability(shipped_ranking(), rank(shipped_ranking(), ASKED, [s])) for s in (answers, other))
    assert 0 < unlikely < likely < 1


@given(COSINES, st.floats(0, 1), st.floats(-1, 1))
def test_it_is_a_probability(cosines: list[float], share: float, passage: float) -> None:
    found = [
        sentence("Strelsau is old.", name=str(number), passage=number, dense=dense, coverage=share, score=share)
        for number, dense in enumerate(cosines)
    ]
    assert 0 <= answerability(shipped_ranking(), rank(shipped_ranking(), ASKED, found)) <= 1


def test_it_is_the_logistic_function_of_what_its_features_add_up_to() -> None:
    values = Features(ASKED).of(sentence("It."))
    nothing = dict.fromkeys(answer_features([values], [0.0]), 0.0)
    weights = Ranking(dict.fromkeys(["intercept", *values], 0.0), {**nothing, "intercept": -1.0, "words": 2.0})
    ranked = rank(weights, ASKED, [sentence("It.", coverage=0.75)])
    assert answerability(weights, ranked) == pytest.approx(1 / (1 + exp(-0.5)))


def values(**known: float) -> dict[str, float]:
    return dict.fromkeys(Features(ASKED).of(sentence("It.")), 0.0) | known


def test_its_features_are_of_the_best_sentence_or_the_best_of_any() -> None:
    first = values(sentence_dense=0.4, words=0.2, period=1.0, names_missing=0.5)
    second = values(sentence_dense=0.6, words=0.9, period=-1.0, names_missing=0.25)
    fourth = values(sentence_dense=0.7, names_missing=0.0)
    features = answer_features([first, second, second, fourth], [2.0, 1.0, 0.0, -1.0])
    assert features["score"] == pytest.approx(0.2)
    assert features["share"] == pytest.approx((1 + exp(-1) + exp(-2)) / (1 + exp(-1) + exp(-2) + exp(-3)))
    assert (features["best_sentence_dense"], features["names_missing"]) == (0.7, 0.25)
    assert (features["words"], features["period"]) == (0.2, 1.0)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=9).map(lambda logits: sorted(logits, reverse=True)))
def test_the_share_of_the_first_three_is_a_share(logits: list[float]) -> None:
    share = answer_features([values()] * len(logits), logits)["share"]
    assert 0 < share <= 1
    assert share == 1 or len(logits) > 3


def test_what_was_read_adds_to_what_was_known_without_it() -> None:
    class Fixed:
        name = "fixed"

        def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
            said = {"First.": -2.0, "Elsewhere.": -1.5, "Beside it.": 6.0}
            return np.array([said[text.partition(" |")[0]] for _, text in pairs])

    nothing = dict.fromkeys(["intercept", *values()], 0.0)
    weights = {"intercept": 0.5, "unread": 2.0, "unread_low": 0.5, "reader_three": 0.75, "reader_best": 0.25}
    weights["reader_best_dense"] = 2.0
    reader = ReaderWeights("", 0.1, 0.0, weights)
    ranking = Ranking({**nothing, "sentence_dense": 10.0}, shipped_ranking().answer, reader)
    found = [
        sentence("First.", "Beside it.", name="a", passage=1, dense=0.9),
        sentence("First.", "Beside it.", place=1, name="a", passage=1, dense=0.3),
        sentence("Elsewhere.", name="b", passage=2, dense=0.6),
        *(sentence("Not read.", name=name, passage=number, dense=0.1) for number, name in enumerate("cdef", start=3)),
    ]
    ranked = rank(ranking, ASKED, found)
    again = read(reader, ASKED, ranked, Fixed(), 3)
    assert [item.text for item in again[:3]] == ["First.", "Elsewhere.", "Beside it."]
    known = answerability(ranking, ranked)
    unread = log(known / (1 - known))
    expected = 0.5 + 2 * unread + 0.5 * min(unread, -2) + 0.75 * (-2.0 - 1.5 + 6.0) / 3 + 0.25 * 6.0 + 2.0 * 0.3
    assert answerability_read(ranking, ranked, again) == pytest.approx(1 / (1 + exp(-expected)))
    assert answerability_read(ranking, [], []) == 0.0


@pytest.mark.parametrize(("unread", "low"), [(0.5, -2.0), (-2.0, -2.0), (-3.5, -3.5)])
def test_below_a_likelihood_of_another_subject_it_counts_for_more(unread: float, low: float) -> None:
    features = {"unread": unread, "unread_low": low, "reader_three": 1.0, "reader_best": 1.0}
    assert read_features(unread, [1.0], [0.5]) == {**features, "reader_best_dense": 0.5}


def test_of_what_the_reader_says_the_mean_of_the_first_three_counts_and_the_best() -> None:
    features = read_features(0.5, [-1.0, 0.0, 4.0, 9.0], [0.9, 0.8, 0.7, 0.6])
    assert (features["reader_three"], features["reader_best"], features["reader_best_dense"]) == (1.0, 9.0, 0.6)
    assert read_features(0.5, [1.0, 2.0], [0.9, 0.8])["reader_three"] == 1.5
    assert read_features(0.5, [2.0, 2.0], [0.9, 0.8])["reader_best_dense"] == 0.9
