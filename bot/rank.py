"""Sentences in the order in which they answer, and how likely the first of them do. Pure.

Both are linear: features (bot.features) times the weights in ``ranking.json``, which
``benchmarks/train_ranking.py`` learned; docs/quality.md says from what and how well. The order was learned
list by list, as in ListNet (Cao et al., "Learning to Rank: From Pairwise Approach to Listwise
Approach", 2007): the right sentences of a question against all others found for it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path

from bot.features import Features
from bot.quote import RankedSentence
from bot.reader_text import text_to_read
from bot.types import Part, Understanding
from index.search import SentenceHit
from index.types import Reranker

WEIGHTS = Path(__file__).parent / "ranking.json"

RERANKER_LIMIT = 8.0
"""A reranker's score moves a sentence's logit by at most this much either way."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Learned weights, by the names of features; ``intercept`` is the weight of a feature that is always 1."""

    sentence: Mapping[str, float]
    answer: Mapping[str, float]


@cache
def shipped_ranking() -> Ranking:
    """The weights that ship with the product."""
    learned = json.loads(WEIGHTS.read_text())
    return Ranking(learned["sentence"], learned["answer"])


def rank(ranking: Ranking, understanding: Understanding, sentences: Sequence[SentenceHit]) -> list[RankedSentence]:
    """The sentences with scores in [0, 1], best first; ties by document and place.

    A score is about how likely the sentence answers.
    """
    features = Features(understanding)
    ranked = [_ranked(sentence, weighed(ranking.sentence, features.of(sentence))) for sentence in sentences]
    return sorted(ranked, key=_order)


def rerank(
    understanding: Understanding, ranked: Sequence[RankedSentence], reranker: Reranker, most: int
) -> list[RankedSentence]:
    """The same sentences after the reranker has read the best ``most``: its logit is added to theirs. The others
    get the lowest of what it added, and so stay behind. Raises what the reranker raises.
    """
    first, others = ranked[:most], ranked[most:]
    if not first:
        return list(ranked)
    scores = reranker.score(understanding.query.text, [text_to_read(item.sentence) for item in first])
    read = [_reranked(float(score)) for score in scores]
    lowest = min(read, key=lambda part: part.adds)
    parts = [*read, *[lowest] * len(others)]
    again = [_ranked(item.sentence, (*item.parts, part)) for item, part in zip(ranked, parts, strict=True)]
    return sorted(again, key=_order)


def logit(item: RankedSentence) -> float:
    """What the parts of a sentence's score add up to; the score is this, mapped to [0, 1]."""
    return sum(part.adds for part in item.parts)


def weighed(weights: Mapping[str, float], values: Mapping[str, float]) -> tuple[Part, ...]:
    """Each value with what it adds to a logit. Expects a weight for every name, and one for ``intercept``."""
    everything = {"intercept": 1.0, **values}
    return tuple(Part(name, value, weights[name] * value) for name, value in everything.items())


def probability(parts: Sequence[Part]) -> float:
    """The logistic function of what the parts add up to, in [0, 1]."""
    return 1 / (1 + exp(-max(-500.0, sum(part.adds for part in parts))))


def _ranked(sentence: SentenceHit, parts: tuple[Part, ...]) -> RankedSentence:
    return RankedSentence(sentence, probability(parts), parts)


def _order(item: RankedSentence) -> tuple[float, str, int]:
    return -logit(item), item.document.id, item.sentence.span.start


def _reranked(score: float) -> Part:
    bound = 1 / (1 + exp(RERANKER_LIMIT))
    score = min(1 - bound, max(bound, score))
    return Part("reranker", score, log(score / (1 - score)))
