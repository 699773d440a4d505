"""How likely the first three quotes answer the question. Pure."""

from collections.abc import Mapping, Sequence
from math import exp

from bot.quote import RankedSentence
from bot.rank import INTERCEPT, Ranking, probability, weighed

QUOTES = 3
"""The probability is that one of so many answers."""

ANOTHER_SUBJECT = -2.0
"""The logit of an answerability of 0.12."""


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
    said = [item.read.value for item in again if item.read is not None]
    dense = [item.values["sentence_dense"] for item in again]
    return probability(_logit(ranking.reader.answer, read_features(_unread(ranking, ranked), said, dense)))


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


def read_features(unread: float, said: Sequence[float], dense: Sequence[float]) -> dict[str, float]:
    """The features of an answer whose sentences were read, from its logit without the reader, and from the reader's
    logits of its sentences and their cosines with the question, best first. Expects at least one sentence.

    Below ANOTHER_SUBJECT the logit without the reader has a slope of its own: what looks like another subject is told
    apart by that, and the reader should not outweigh it. Of the reader's logits, the mean of the first three counts,
    and the best of all; that one also by the cosine of its sentence, which the reader likes for another subject, too.
    """
    first = said[:QUOTES]
    return {
        "unread": unread,
        "unread_low": min(unread, ANOTHER_SUBJECT),
        "reader_three": sum(first) / len(first),
        "reader_best": max(said),
        "reader_best_dense": dense[said.index(max(said))],
    }


def _unread(ranking: Ranking, ranked: Sequence[RankedSentence]) -> float:
    return _logit(ranking.answer, answer_features([item.values for item in ranked], [item.logit for item in ranked]))


def _logit(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return weighed(weights, {INTERCEPT: 1.0, **features})
