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

READER = "reader"
"""Name of the part of a sentence's score that a reader adds."""

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
    ranked = [_ranked(sentence, weighed(ranking.sentence, features.of(sentence))) for sentence in sentences]
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
    return [replace(first, copies=tuple(others)) for first, *others in gathered.values()]


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
    """The same as ``rerank``, by a reader whose logits have learned weights."""
    pairs = [(understanding.query.text, text_to_read(item.sentence)) for item in ranked[:most]]
    logits = reader.logits(pairs).tolist() if pairs else ()
    return _with_parts(ranked, [Part(READER, each, weights.weight * (each - weights.neutral)) for each in logits])


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


def _with_parts(ranked: Sequence[RankedSentence], parts: Sequence[Part]) -> list[RankedSentence]:
    """Ordered anew with one more part each; those left over get the part that adds the least."""
    if not parts:
        return list(ranked)
    lowest = min(parts, key=lambda part: part.adds)
    every = [*parts, *[replace(lowest, supposed=True)] * (len(ranked) - len(parts))]
    with_it = [(item, (*item.parts, part)) for item, part in zip(ranked, every, strict=True)]
    return sorted((replace(item, score=probability(each), parts=each) for item, each in with_it), key=_order)


def _reranked(score: float) -> Part:
    bound = 1 / (1 + exp(RERANKER_LIMIT))
    score = min(1 - bound, max(bound, score))
    return Part("reranker", score, log(score / (1 - score)))
