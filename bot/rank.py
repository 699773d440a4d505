"""Sentences in the order in which they answer, and how likely the first of them do. Pure.

Both are linear: features (bot.features), and what a reader says, times the weights in ``ranking.json``, which
``benchmarks/train_ranking.py`` learned; docs/quality.md says from what and how well. The order was learned
list by list, as in ListNet (Cao et al., "Learning to Rank: From Pairwise Approach to Listwise
Approach", 2007): the right sentences of a question against all others found for it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, log
from pathlib import Path

from bot.features import Features
from bot.quote import RankedSentence
from bot.reader_text import text_to_read
from bot.types import Part, Understanding
from index.copies import said
from index.search import SentenceHit
from index.types import Reader, Reranker

WEIGHTS = Path(__file__).parent / "ranking.json"

INTERCEPT = "intercept"
"""Name of the part that is the same for every sentence."""
READER = "reader"
"""Name of the part of a sentence's score that a reader adds."""

READ_FIRST = 2
"""Sentences that are read of every question, at once on two cores."""
ENOUGH = -1.0
"""The logit of a reader at which one of them answers so likely that no others are read (docs/quality.md)."""

RERANKER_LIMIT = 8.0
"""A reranker's score moves a sentence's logit by at most this much either way."""


@dataclass(frozen=True, slots=True)
class ReaderWeights:
    """What a reader's logit is worth: to the logit of a sentence ``weight`` times what it is above ``neutral``, to
    that of an answer what ``answer`` says (bot.answerability). They were learned with the reader whose manifest has
    the SHA-256 ``manifest``.
    """

    manifest: str
    weight: float
    neutral: float
    answer: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Learned weights, by the names of features; ``intercept`` is the weight of a feature that is always 1. Without
    ``reader``, no reader can be used.
    """

    sentence: Mapping[str, float]
    answer: Mapping[str, float]
    reader: ReaderWeights | None = None


@cache
def shipped_ranking() -> Ranking:
    """The weights that ship with the product."""
    learned = json.loads(WEIGHTS.read_text())
    return Ranking(learned["sentence"], learned["answer"], ReaderWeights(**learned["reader"]))


def rank(ranking: Ranking, understanding: Understanding, sentences: Sequence[SentenceHit]) -> list[RankedSentence]:
    """The sentences with scores in [0, 1], best first; ties by document and place.

    A score is about how likely the sentence answers.
    """
    features = Features(understanding)
    ranked = [_ranked(sentence, features.of(sentence), ranking.sentence) for sentence in sentences]
    return sorted(ranked, key=_order)


def gather_copies(ranked: Sequence[RankedSentence]) -> list[RankedSentence]:
    """The sentences, best first, without those that stand at the same place of the same text as a better one: that has
    them as its copies. What stands under a title that says less of the question's names is no copy: the same few
    words may be said of many.
    """
    gathered: dict[tuple[object, ...], list[RankedSentence]] = {}
    for item in ranked:
        stored = item.sentence.hit.stored
        place = item.sentence.span.start - stored.passage.start
        gathered.setdefault((said(stored), place, item.names_missing), []).append(item)
    return [replace(first, copies=tuple(others)) if others else first for first, *others in gathered.values()]


def rerank(
    understanding: Understanding, ranked: Sequence[RankedSentence], reranker: Reranker, most: int
) -> list[RankedSentence]:
    """The same sentences after the reranker has read the best ``most``: its logit is added to theirs. The others
    are supposed to get the lowest of what it added, and so stay behind. Raises what the reranker raises.
    """
    texts = [text_to_read(item.sentence) for item in ranked[:most]]
    scores = reranker.score(understanding.query.text, texts) if texts else ()
    return _with_parts(ranked, [_reranked(float(score)) for score in scores])


def read(
    weights: ReaderWeights, understanding: Understanding, ranked: Sequence[RankedSentence], reader: Reader, most: int
) -> list[RankedSentence]:
    """The same as ``rerank``, by a reader whose logits have learned weights. It reads the first ones, and the others
    only if that is not enough.
    """
    logits: list[float] = []
    for items in (ranked[:most][:READ_FIRST], ranked[READ_FIRST:most]):
        if items and not (logits and is_enough(logits)):
            pairs = [(understanding.query.text, text_to_read(each.sentence)) for each in items]
            logits += reader.logits(pairs).tolist()
    return _with_parts(ranked, [Part(READER, each, weights.weight * (each - weights.neutral)) for each in logits])


def is_enough(logits: Sequence[float]) -> bool:
    """Whether, after a reader has said this of the first sentences, no others need be read."""
    return max(logits) >= ENOUGH


def weighed(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    """The logit that the values add up to, each times its weight. Expects a weight for every name."""
    return sum(weights[name] * value for name, value in values.items())


def probability(logit: float) -> float:
    """The logistic function, in [0, 1]."""
    return 1 / (1 + exp(-max(-500.0, logit)))


def _ranked(sentence: SentenceHit, values: Mapping[str, float], weights: Mapping[str, float]) -> RankedSentence:
    values = {INTERCEPT: 1.0, **values}
    logit = weighed(weights, values)
    return RankedSentence(sentence, probability(logit), logit, values, weights)


def _order(item: RankedSentence) -> tuple[float, str, int]:
    return -item.logit, item.document.id, item.sentence.span.start


def _with_parts(ranked: Sequence[RankedSentence], parts: Sequence[Part]) -> list[RankedSentence]:
    """Ordered anew with one more part each; those left over get the part that adds the least."""
    if not parts:
        return list(ranked)
    lowest = min(parts, key=lambda part: part.adds)
    every = [*parts, *[replace(lowest, supposed=True)] * (len(ranked) - len(parts))]
    with_it = [(item, item.logit + part.adds, part) for item, part in zip(ranked, every, strict=True)]
    again = [replace(item, score=probability(logit), logit=logit, read=part) for item, logit, part in with_it]
    return sorted(again, key=_order)


def _reranked(score: float) -> Part:
    bound = 1 / (1 + exp(RERANKER_LIMIT))
    score = min(1 - bound, max(bound, score))
    return Part("reranker", score, log(score / (1 - score)))
