"""How likely the first three quotes answer the question. Pure."""

from collections.abc import Mapping, Sequence
from math import exp

from bot.quote import RankedSentence
from bot.rank import Ranking, logit, probability, weighed

QUOTES = 3
"""The probability is that one of so many answers."""


def answerability(ranking: Ranking, ranked: Sequence[RankedSentence]) -> float:
    """The calibrated probability, in [0, 1], that one of the three best sentences answers; 0 without any.

    A logistic regression over ``answer_features``. It tells questions about other subjects apart. It hardly
    tells near misses, for which the sources have every word but the answer (docs/quality.md).
    """
    if not ranked:
        return 0.0
    values = [{part.name: part.value for part in item.parts} for item in ranked]
    return probability(weighed(ranking.answer, answer_features(values, [logit(item) for item in ranked])))


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
