"""How likely the first three quotes answer the question. Pure."""

from collections.abc import Mapping, Sequence
from math import exp

from bot.quote import RankedSentence
from bot.rank import READER, Ranking, logit, probability, weighed
from bot.types import Part

QUOTES = 3
"""The probability is that one of so many answers."""


def answerability(ranking: Ranking, ranked: Sequence[RankedSentence]) -> float:
    """The calibrated probability, in [0, 1], that one of the three best sentences answers; 0 without any.

    A logistic regression over ``answer_features``. It tells questions about other subjects apart. It hardly
    tells near misses, for which the sources have every word but the answer (docs/quality.md).
    """
    return probability(_unread(ranking, ranked)) if ranked else 0.0


def answerability_read(ranking: Ranking, ranked: Sequence[RankedSentence], again: Sequence[RankedSentence]) -> float:
    """The same for sentences that a reader has read: ``ranked`` as they were before, ``again`` as bot.rank.read
    ordered them. Expects a ranking with weights for a reader.

    A logistic regression over ``read_features``; what the reader says joins what was known without it, which tells
    other subjects apart better than the reader does.
    """
    if not ranked or ranking.reader is None:
        return 0.0
    said = {_place(item): part.value for item in again for part in item.parts if part.name == READER}
    passage = [said[_place(item)] for item in ranked if _place(item)[0] == _place(ranked[0])[0]]
    unread = sum(part.adds for part in _unread(ranking, ranked))
    features = read_features(unread, passage, [said[_place(item)] for item in again])
    return probability(weighed(ranking.reader.answer, features))


def answer_features(values: Sequence[Mapping[str, float]], logits: Sequence[float]) -> dict[str, float]:
    """The features of an answer, always the same names in the same order, from the features and logits of its
    sentences, best first. Expects at least one sentence.

    ``score`` is the best sentence's logit over 10, ``share`` that of the first three in the exponentials of
    all logits. The others are the best sentence's own features, or the best of any sentence.
    """
    weights = [exp(logit - logits[0]) for logit in logits]
    return {
        "score": logits[0] / 10,
        "share": sum(weights[:QUOTES]) / sum(weights),
        "best_sentence_dense": max(each["sentence_dense"] for each in values),
        "words": values[0]["words"],
        "words_sentence": values[0]["words_sentence"],
        "period": values[0]["period"],
        "names_missing": min(each["names_missing"] for each in values[:QUOTES]),
    }


def read_features(unread: float, passage: Sequence[float], ordered: Sequence[float]) -> dict[str, float]:
    """The features of an answer whose sentences were read: ``unread`` is its logit without the reader, ``passage`` are
    the reader's logits of sentences in the passage that came first without it, of which the best counts, ``ordered``
    those of all sentences, best first, of which the mean of the first three counts. Expects at least one of each.
    """
    first = ordered[:QUOTES]
    return {"unread": unread, "reader_passage": max(passage), "reader_three": sum(first) / len(first)}


def _unread(ranking: Ranking, ranked: Sequence[RankedSentence]) -> tuple[Part, ...]:
    values = [{part.name: part.value for part in item.parts} for item in ranked]
    return weighed(ranking.answer, answer_features(values, [logit(item) for item in ranked]))


def _place(item: RankedSentence) -> tuple[int, int]:
    return item.sentence.hit.stored.id, item.sentence.span.start
