"""The order of sentences, what their scores are made of, and what a reranker may change."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from math import exp
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answerability import answer_features, read_features
from bot.features import Features
from bot.quote import RankedSentence
from bot.rank import (
    ENOUGH,
    RERANKER_LIMIT,
    WEIGHTS,
    Ranking,
    ReaderWeights,
    gather_copies,
    probability,
    rank,
    read,
    rerank,
    shipped_ranking,
    weighed,
)
from bot.types import Part, Understanding
from index.errors import ModelError
from index.search import SentenceHit
from index.types import Entry, ListedName, Query
from tests.bot.sentence_examples import sentence

ASKED = Understanding(Query("What happened in Strelsau?"))
NAMES = list(Features(ASKED).of(sentence("It.")))
COSINE = Ranking({**dict.fromkeys(["intercept", *NAMES], 0.0), "intercept": -1.0, "sentence_dense": 4.0}, {})
"""A ranking by the cosine of the sentence, and by nothing else."""


class FixedReranker:
    """Gives each text the score that it is told, and keeps what it was asked."""

    name = "fixed"

    def __init__(self, *scores: float) -> None:
        self.scores = scores
        self.asked: list[tuple[str, list[str]]] = []

    def score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked.append((question, list(texts)))
        return np.array(self.scores[: len(texts)], dtype=np.float32)


class FixedReader:
    """Gives each pair the logit that it is told, and keeps the pairs."""

    name = "fixed"

    def __init__(self, *logits: float) -> None:
        self.given = logits
        self.asked: list[tuple[str, str]] = []

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        begin = len(self.asked)
        self.asked += pairs
        return np.array(self.given[begin : len(self.asked)], dtype=np.float64)


def found(*cosines: float) -> list[SentenceHit]:
    return [sentence("It.", name=f"{number}", passage=number, dense=dense) for number, dense in enumerate(cosines)]


def paths(ranked: Sequence[RankedSentence]) -> list[str]:
    return [item.document.path for item in ranked]


def test_the_weights_that_ship_are_for_the_features_there_are() -> None:
    learned = json.loads(WEIGHTS.read_text())
    assert (Path(__file__).parents[2] / learned["made_by"]).is_file()
    values = Features(ASKED).of(sentence("It."))
    assert list(learned["sentence"]) == ["intercept", *values]
    assert list(learned["answer"]) == ["intercept", *answer_features([values], [0.0])]
    assert list(learned["reader"]["answer"]) == ["intercept", *read_features(0.0, [0.0], [0.0])]
    reader = ReaderWeights(**learned["reader"])
    assert shipped_ranking() == Ranking(learned["sentence"], learned["answer"], reader)


def test_the_best_comes_first() -> None:
    assert paths(rank(COSINE, ASKED, found(0.1, 0.9, -0.5))) == ["1.md", "0.md", "2.md"]
    assert rank(COSINE, ASKED, []) == []


def test_a_score_is_what_its_parts_add_up_to() -> None:
    best, _, worst = rank(COSINE, ASKED, found(0.1, 0.75, -0.25))
    assert [best.logit, worst.logit] == [2.0, -2.0]
    assert [best.score, worst.score] == pytest.approx([1 / (1 + exp(-2)), 1 / (1 + exp(2))])
    assert best.parts[0] == Part("intercept", 1.0, -1.0)
    assert [part for part in best.parts if part.adds][1:] == [Part("sentence_dense", 0.75, 3.0)]
    assert [part.name for part in best.parts] == ["intercept", *NAMES]


def test_the_shipped_weights_add_up_too() -> None:
    for item in rank(shipped_ranking(), ASKED, found(0.1, 0.75)):
        features = {part.name: part.value for part in item.parts}
        assert item.logit == pytest.approx(sum(shipped_ranking().sentence[name] * v for name, v in features.items()))
        assert item.score == pytest.approx(1 / (1 + exp(-item.logit)))


def test_ties_come_by_document_and_place() -> None:
    tied = [
        sentence("First.", "Second.", name="b", place=1),
        sentence("Third.", name="c"),
        sentence("First.", "Second.", name="b", place=0),
        sentence("Zeroth.", name="a"),
    ]
    for order in permutations(tied):
        texts = [item.text for item in rank(COSINE, ASKED, order)]
        assert texts == ["Zeroth.", "First.", "Second.", "Third."]


def test_the_reranker_reads_the_best_with_what_stands_above_and_before_them() -> None:
    reranker = FixedReranker(0.5, 0.5)
    sentences = [
        sentence("One.", "Two.", "Three.", "Four.", place=1, title="Strelsau", headings=("1911", "May"), dense=0.5),
        sentence("Alone.", title="Zenda", dense=0.9, name="b"),
        sentence("Not read.", dense=0.1, name="c"),
    ]
    rerank(ASKED, rank(COSINE, ASKED, sentences), reranker, 2)
    assert reranker.asked == [(ASKED.query.text, ["Alone. | Zenda", "Two. | Strelsau - 1911 - May | One."])]


def test_what_was_reranked_stays_before_the_others() -> None:
    ranked = rerank(ASKED, rank(COSINE, ASKED, found(0.9, 0.8, 0.7, 0.6)), FixedReranker(0.01, 0.02), 2)
    assert paths(ranked) == ["1.md", "0.md", "2.md", "3.md"]
    assert [item.parts[-1] for item in ranked[2:]] == [replace(ranked[1].parts[-1], supposed=True)] * 2
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)


def test_the_rerankers_logit_is_added() -> None:
    first, second = rerank(ASKED, rank(COSINE, ASKED, found(0.5, 0.25)), FixedReranker(0.5, 0.75), 5)
    assert paths([first, second]) == ["1.md", "0.md"]
    assert first.parts[-1].value == 0.75
    assert first.parts[-1].adds == pytest.approx(np.log(3))
    assert second.parts[-1] == Part("reranker", 0.5, 0.0)
    assert [first.logit, second.logit] == pytest.approx([0.0 + np.log(3), 1.0])
    assert first.score == pytest.approx(probability(first.logit))


def test_a_reranker_that_is_certain_is_believed_only_so_far() -> None:
    first, second = rerank(ASKED, rank(COSINE, ASKED, found(0.5, 0.25)), FixedReranker(0.0, 1.0), 2)
    assert [first.parts[-1].adds, second.parts[-1].adds] == pytest.approx([RERANKER_LIMIT, -RERANKER_LIMIT])


HALF = ReaderWeights("", 0.5, 1.0, {})
"""A reader's logit counts half, from 1 on."""


def test_what_a_reader_says_is_weighed_from_where_it_says_nothing() -> None:
    first, second = read(HALF, ASKED, rank(COSINE, ASKED, found(0.5, 0.25)), FixedReader(1.0, 9.0), 2)
    assert paths([first, second]) == ["1.md", "0.md"]
    assert [item.parts[-1] for item in (first, second)] == [Part("reader", 9.0, 4.0), Part("reader", 1.0, 0.0)]
    assert [first.logit, second.logit] == [4.0, 1.0]
    assert first.score == probability(first.logit)


def test_a_reader_reads_the_best_and_the_others_stay_behind() -> None:
    reader = FixedReader(-3.0, -1.0)
    sentences = [
        sentence("One.", "Two.", "Three.", place=1, title="Strelsau", headings=("1911", "May"), dense=0.5),
        sentence("Alone.", title="Zenda", dense=0.9, name="b"),
        sentence("Not read.", dense=0.4, name="c"),
    ]
    ranked = read(HALF, ASKED, rank(COSINE, ASKED, sentences), reader, 2)
    assert reader.asked == [
        (ASKED.query.text, "Alone. | Zenda"),
        (ASKED.query.text, "Two. | Strelsau - 1911 - May | One."),
    ]
    assert [item.text for item in ranked] == ["Alone.", "Two.", "Not read."]
    assert [item.parts[-1].adds for item in ranked] == [-2.0, -1.0, -2.0]
    assert [item.parts[-1].supposed for item in ranked] == [False, False, True]


@pytest.mark.parametrize(
    ("logits", "most"),
    [
        ((ENOUGH, -9.0), 4),
        ((-9.0, ENOUGH), 4),
        ((ENOUGH - 0.01, ENOUGH - 0.01, -7.0, 5.0), 4),
        ((-9.0, -9.0, 8.0), 3),
        ((-9.0,), 1),
    ],
)
def test_a_reader_reads_on_only_where_neither_of_the_first_two_answers(logits: tuple[float, ...], most: int) -> None:
    reader = FixedReader(*logits)
    ranked = read(HALF, ASKED, rank(COSINE, ASKED, found(0.9, 0.8, 0.7, 0.6, 0.5)), reader, most)
    assert len(reader.asked) == len(logits)
    said = {item.document.path: item.parts[-1] for item in ranked}
    unread = 5 - len(logits)
    assert [said[f"{n}.md"].value for n in range(5)] == [*logits, *[min(logits)] * unread]
    assert [said[f"{n}.md"].supposed for n in range(5)] == [False] * len(logits) + [True] * unread


def test_the_same_sentence_of_the_same_text_is_read_once() -> None:
    copies = [sentence("It closed.", "It reopened.", name=name, dense=0.9) for name in "cab"]
    another = sentence("It closed.", "It was sold.", name="d", dense=0.5)
    ranked = gather_copies(rank(COSINE, ASKED, [*copies, another]))
    reader = FixedReader(1.0, 3.0)
    once, other = read(HALF, ASKED, ranked, reader, 2)
    assert [text for _, text in reader.asked] == ["It closed. | Notes", "It closed. | Notes"]
    assert (paths([once, other]), paths(once.copies), other.copies) == (["a.md", "d.md"], ["b.md", "c.md"], ())
    assert [part.supposed for item in (once, other) for part in item.parts] == [False] * 2 * len(once.parts)


def test_the_same_words_at_another_place_of_a_text_or_in_two_entries_are_no_copies() -> None:
    twice = sentence("It closed.", "It closed.", name="a", place=1)
    entry = Entry("un", "A.1", "person", (ListedName(0, 4, "primary"),))
    listed = [sentence("It closed.", name=name, entry=entry) for name in "cd"]
    found = [sentence("It closed.", "It closed.", name="b"), twice, *listed]
    assert [item.copies for item in gather_copies(rank(COSINE, ASKED, found))] == [(), (), (), ()]


def test_a_title_that_does_not_say_the_name_makes_no_copy() -> None:
    titles = {"a": "Zenda", "b": "Strelsau", "c": "In Strelsau"}
    found = [sentence("It is closed.", name=name, title=title) for name, title in titles.items()]
    assert {item.document.title: paths(item.copies) for item in gather_copies(rank(COSINE, ASKED, found))} == {
        "Zenda": [], "Strelsau": ["c.md"],
    }  # fmt: skip


def test_without_a_sentence_nothing_is_read() -> None:
    reader = FixedReader()
    assert read(HALF, ASKED, [], reader, 2) == []
    assert reader.asked == []


def test_what_a_reranker_raises_is_raised() -> None:
    class Broken(FixedReranker):
        def score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            raise ModelError("No memory.")

    with pytest.raises(ModelError, match="No memory"):
        rerank(ASKED, rank(COSINE, ASKED, found(0.5)), Broken(), 1)


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.floats(-1, 1), st.floats(-1e3, 1e3)), max_size=9))
def test_a_probability_is_one_whatever_the_weights(given_parts: dict[str, tuple[float, float]]) -> None:
    values = {name: value for name, (value, _) in given_parts.items() if name != "intercept"}
    weights = {name: weight for name, (_, weight) in given_parts.items()} | {"intercept": 0.0}
    assert 0 <= probability(weighed(weights, values)) <= 1
