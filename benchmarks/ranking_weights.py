"""Weights of ranking, learned from the features of sentences (bot.features) and from what a reader says of them.

The order of sentences is learned list by list: the loss is the negative logarithm of the share that the right
sentences of a question have in the exponentials of all logits (the top-one loss of ListNet, Cao et al. 2007), several
right ones added up. How likely the first three answer is a logistic regression on top (bot.answerability).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ranking_features import Listed, Readings
from ranking_questions import Question
from scipy.optimize import brentq, minimize

from bot.answerability import QUOTES, answer_features, read_features
from bot.rank import READ_FIRST, Ranking, ReaderWeights, is_enough

DOMAIN_SHARE = 0.25
"""What the questions of the field weigh together, against 1 for all of training."""

ELSEWHERE_SHARE = 0.25
NEAR_MISSES = "squad2"
"""The training set with questions that its passages do not answer though they speak of the matter: how likely an
answer is, is learned from it, from questions asked elsewhere and from those of the field."""

READ_ORDER_SHARE = 4.0
"""What the questions of the field weigh for what a reader's logit is worth in the order, which is one number: on
encyclopaedias, which it learned from, it is worth more."""

READ_SHARE = 0.5
"""What the questions of the field, and those asked elsewhere, weigh for the answerability with a reader."""

PENALTY = 3e-3
QUOTED = 5


@dataclass(frozen=True, slots=True)
class Read:
    """The sentences of a question, best first: their logits, which answer, and what the reader says of the first ones.
    ``dense`` are their cosines with the question, ``unread`` is the answer's logit without the reader.
    """

    question: Question
    logits: np.ndarray
    right: np.ndarray
    reader: np.ndarray
    dense: np.ndarray
    unread: float


def learn(train: Sequence[Listed], domain: Sequence[Listed], elsewhere: Sequence[Listed]) -> Ranking:
    """The weights without a reader."""
    everything = [*train, *domain]
    share = [1.0 / len(train)] * len(train) + [DOMAIN_SHARE / len(domain)] * len(domain)
    usable = [(each, w) for each, w in zip(everything, share, strict=True) if 0 < each.right.sum() < len(each.right)]
    names = train[0].names
    order = _listwise([(each.values, each.right) for each, _ in usable], np.array([w for _, w in usable]))
    # Then shifted and stretched until the logistic function of a logit is a probability, for sentences that
    # would be quoted: the best few of each question.
    quoted = [(each.values @ order, each.right) for each in everything if len(each.right)]
    best = [np.argsort(-logits, kind="stable")[:QUOTED] for logits, _ in quoted]
    logits = np.concatenate([logits[first] for (logits, _), first in zip(quoted, best, strict=True)])
    right = np.concatenate([right[first] for (_, right), first in zip(quoted, best, strict=True)])
    slope, intercept = _logistic(logits[:, None], right, np.ones(len(right)), 0.0)
    sentence = {"intercept": intercept} | dict(zip(names, order * slope[0], strict=True))
    ranking = Ranking(_rounded(sentence), {})
    near = [each for each in train if each.question.id.startswith(NEAR_MISSES)]
    mixture = ((near, 1.0), (elsewhere, ELSEWHERE_SHARE), (domain, DOMAIN_SHARE))
    some = [(each, share / len(part)) for part, share in mixture for each in part if len(each.right)]
    found = [(ranked(ranking, each), each.right) for each, _ in some]
    rows = [answer_features(values, logits.tolist()) for (values, logits, _), _ in found]
    answered = np.array([bool(right[order[:QUOTES]].any()) for (_, _, order), right in found])
    matrix = np.array([list(row.values()) for row in rows])
    slopes, intercept = _logistic(matrix, answered, np.array([w for _, w in some]), PENALTY)
    answer = {"intercept": intercept} | dict(zip(rows[0], slopes, strict=True))
    return replace(ranking, answer=_rounded(answer))


def learn_reader(
    manifest: str,
    near: Sequence[Read],
    others: Sequence[Read],
    domain: Sequence[Read],
    elsewhere: Sequence[Read],
    weight: float | None = None,
) -> ReaderWeights:
    """What the reader is worth, from questions that it was not trained on: ``near`` has near misses among them,
    ``others`` are answerable and have a say in the order only. ``weight`` is that for the order, if it is not learned.
    """
    asked = [(each, 1 / (len(near) + len(others))) for each in (*near, *others)]
    asked += [(each, READ_ORDER_SHARE / len(domain)) for each in domain]
    usable = [(each, share) for each, share in asked if 0 < each.right.sum() < len(each.right)]
    lists = [(np.c_[each.logits, every_reader_logit(each)], each.right) for each, _ in usable]
    if weight is None:
        own, reader = _listwise(lists, np.array([share for _, share in usable]))
        weight = round(max(0.0, float(reader / own)), 4)
    neutral = _neutral(weight, [each for each, _ in asked])
    mixture = ((near, 1.0), (elsewhere, READ_SHARE), (domain, READ_SHARE))
    some = [(each, share / len(part)) for part, share in mixture for each in part]
    ordered = [order_read(weight, each) for each, _ in some]
    rows = [answer_values(each, order) for (each, _), order in zip(some, ordered, strict=True)]
    answered = np.array([each.right[order[:QUOTES]].any() for (each, _), order in zip(some, ordered, strict=True)])
    slopes, intercept = _logistic(
        np.array([list(row.values()) for row in rows]), answered, np.array([share for _, share in some]), PENALTY
    )
    return ReaderWeights(
        manifest, weight, neutral, _rounded({"intercept": intercept} | dict(zip(rows[0], slopes, strict=True)))
    )


def read_all(ranking: Ranking, lists: Sequence[Listed], readings: Readings, most: int) -> list[Read]:
    """Has the best ``most`` sentences of each question read, as the product does: fewer, if the first ones are enough.
    Questions without any are left out.
    """
    found, asked = [], []
    for each in lists:
        if not len(each.right):
            continue
        values, logits, order = ranked(ranking, each)
        unread = logit_of(ranking.answer, answer_features(values, logits.tolist()))
        dense = np.array([each_values["sentence_dense"] for each_values in values])
        found.append((each.question, logits, each.right[order], dense, unread))
        asked.append((each.searched, [each.texts[place] for place in order[:most]]))
    return [
        Read(question, logits, right, reader[:READ_FIRST] if is_enough(reader[:READ_FIRST]) else reader, dense, unread)
        for (question, logits, right, dense, unread), reader in zip(found, readings.of(asked), strict=True)
    ]


def every_reader_logit(each: Read) -> np.ndarray:
    """Also of the sentences that were not read: the lowest (bot.rank)."""
    return np.concatenate([each.reader, np.full(len(each.logits) - len(each.reader), each.reader.min())])


def order_read(weight: float, each: Read) -> np.ndarray:
    """The places of the sentences, best first."""
    return np.argsort(-(each.logits + weight * every_reader_logit(each)), kind="stable")


def answer_values(each: Read, order: np.ndarray) -> dict[str, float]:
    return read_features(each.unread, every_reader_logit(each)[order].tolist(), each.dense[order].tolist())


def _neutral(weight: float, lists: Sequence[Read]) -> float:
    """The reader's logit that adds nothing, so that the scores of what would be quoted are as high as often right."""
    logits, reader, right = [], [], []
    for each in lists:
        first = order_read(weight, each)[:QUOTED]
        logits.append(each.logits[first])
        reader.append(every_reader_logit(each)[first])
        right.append(each.right[first])
    fixed, share = np.concatenate(logits) + weight * np.concatenate(reader), float(np.concatenate(right).mean())

    def more(neutral: float) -> float:
        return float((1 / (1 + np.exp(-(fixed - weight * neutral)))).mean()) - share

    return 0.0 if weight == 0 else round(float(brentq(more, -50 / weight, 50 / weight)), 4)


def _listwise(lists: Sequence[tuple[np.ndarray, np.ndarray]], weight: np.ndarray) -> np.ndarray:
    """Weights of the features, shape (features,), for lists of the values of sentences, shape (sentences, features),
    and which are right: each list holds right and wrong ones.
    """
    values = np.concatenate([values for values, _ in lists])
    right = np.concatenate([right for _, right in lists]).astype(float)
    lengths = np.array([len(right) for _, right in lists])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    of = np.repeat(np.arange(len(lists)), lengths)
    centre, spread = values.mean(0), values.std(0) + 1e-6
    normal = (values - centre) / spread
    weight = weight / weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logits = normal @ w
        shares = np.exp(logits - np.maximum.reduceat(logits, starts)[of])
        total, hit = np.add.reduceat(shares, starts), np.add.reduceat(shares * right, starts) + 1e-12
        gradient = ((shares / total[of] - shares * right / hit[of]) * weight[of]) @ normal
        return float(weight @ (np.log(total) - np.log(hit)) + PENALTY * w @ w), gradient + 2 * PENALTY * w

    return np.asarray(minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B").x / spread)


def _logistic(values: np.ndarray, right: np.ndarray, weight: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Weights of the features, and the intercept."""
    centre, spread = values.mean(0), values.std(0) + 1e-6
    normal = np.c_[(values - centre) / spread, np.ones(len(values))]
    weight = weight / weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logits = normal @ w
        wrong = 1 / (1 + np.exp(-logits)) - right
        gradient = normal.T @ (weight * wrong)
        gradient[:-1] += 2 * penalty * w[:-1]
        return float(weight @ (np.logaddexp(0, logits) - right * logits) + penalty * w[:-1] @ w[:-1]), gradient

    found = minimize(loss, np.zeros(normal.shape[1]), jac=True, method="L-BFGS-B").x
    slopes = found[:-1] / spread
    return slopes, float(found[-1] - slopes @ centre)


def ranked(ranking: Ranking, each: Listed) -> tuple[list[dict[str, float]], np.ndarray, np.ndarray]:
    """The features and the logits of the sentences, best first, and the places at which they were."""
    logits = each.values @ np.array([ranking.sentence[name] for name in each.names]) + ranking.sentence["intercept"]
    order = np.argsort(-logits, kind="stable")
    values = [dict(zip(each.names, row.tolist(), strict=True)) for row in each.values[order]]
    return values, logits[order], order


def logit_of(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    return sum(weights[name] * value for name, value in {"intercept": 1.0, **values}.items())


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in weights.items()}
