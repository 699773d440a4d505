"""Measures of answers, as pure functions over plain numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

RESAMPLES = 1000
SEED = 20261124
BINS = 10


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """If everything with an answerability of at least ``threshold`` is answered, the share ``coverage`` of all
    questions is answered, and of those the share ``risk`` wrongly.
    """

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """``count`` questions with an answerability in ``low``..``high`` (1 is in the last bin): their mean
    answerability, and the share of them that was answered rightly.
    """

    low: float
    high: float
    count: int
    predicted: float
    right: float


def share(values: Sequence[float] | Values) -> float:
    """The mean; of true and false the share that is true. At least one value."""
    return float(np.mean(np.asarray(values, dtype=float)))


def within(ranks: Sequence[int | None], depth: int) -> list[bool]:
    """For every rank, counted from 1, whether it is there and at most ``depth``."""
    return [rank is not None and rank <= depth for rank in ranks]


def auroc(positives: Sequence[float] | Values, negatives: Sequence[float] | Values) -> float:
    """How often a positive scores above a negative, over all pairs; a tie counts half (Mann and Whitney 1947).
    Both need at least one value. 0.5 is chance, 1 is perfect.
    """
    ordered = np.sort(np.asarray(negatives, dtype=float))
    scores = np.asarray(positives, dtype=float)
    below = np.searchsorted(ordered, scores, side="left")
    not_above = np.searchsorted(ordered, scores, side="right")
    return float((below + not_above).sum() / (2 * scores.size * ordered.size))


def risk_coverage(scores: Sequence[float] | Values, wrong: Sequence[float] | Values, total: int) -> list[RiskPoint]:
    """One point for every different score, the highest first; equal scores are answered together.

    ``scores`` are of the questions that can be answered at all, among ``total``; ``wrong`` is 1 for
    those whose answer would be wrong, 0 for the others (El-Yaniv and Wiener 2010).
    """
    values, counts, wrongs = _steps(scores, wrong)
    return [
        RiskPoint(threshold, count / total, bad / count)
        for threshold, count, bad in zip(values.tolist(), counts.tolist(), wrongs.tolist(), strict=True)
    ]


def area_of_risk(scores: Sequence[float] | Values, wrong: Sequence[float] | Values) -> float:
    """The area under the risk-coverage curve, over the coverage that is reached: the mean risk, each step
    at the risk of its end. 0 is perfect; without any score it is 0, for nothing is answered.
    """
    _, counts, wrongs = _steps(scores, wrong)
    if not counts.size:
        return 0.0
    return float((np.diff(counts, prepend=0) * wrongs / counts).sum() / counts[-1])


def _steps(scores: Sequence[float] | Values, wrong: Sequence[float] | Values) -> tuple[Values, Values, Values]:
    """The different scores, falling; how many questions have at least that score; how many of those are wrong."""
    values, wrongs = np.asarray(scores, dtype=float), np.asarray(wrong, dtype=float)
    order = np.argsort(-values, kind="stable")
    values, wrongs = values[order], np.cumsum(wrongs[order])
    last = np.flatnonzero(np.append(values[1:] != values[:-1], True)[: values.size])
    return values[last], (last + 1).astype(float), wrongs[last]


def interval(statistic: Callable[..., float], *samples: Sequence[float] | Values) -> tuple[float, float]:
    """The 95% interval of ``statistic(*samples)`` by the percentile bootstrap (Efron and Tibshirani 1993).

    Every sample is drawn anew from itself, ``RESAMPLES`` times, apart from the others. The seed is fixed: the
    same samples have the same interval.
    """
    generator = np.random.default_rng(SEED)
    arrays = [np.asarray(sample, dtype=float) for sample in samples]
    drawn = [
        statistic(*(array[generator.integers(0, len(array), len(array))] for array in arrays)) for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def reliability(predicted: Sequence[float] | Values, right: Sequence[float] | Values) -> list[Bin]:
    """The bins of equal width that hold something, of ``BINS`` from 0 to 1."""
    probabilities, outcomes = np.asarray(predicted, dtype=float), np.asarray(right, dtype=float)
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return [
        Bin(
            place / BINS,
            (place + 1) / BINS,
            int((places == place).sum()),
            float(probabilities[places == place].mean()),
            float(outcomes[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """How far predictions are from what came true, over the bins, weighted by their counts (Naeini et al. 2015)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.predicted - each.right) for each in bins) / total


def brier(predicted: Sequence[float] | Values, right: Sequence[float] | Values) -> float:
    """The mean squared difference of prediction and outcome (Brier 1950): 0 is perfect, 0.25 is always 0.5."""
    return share((np.asarray(predicted, dtype=float) - np.asarray(right, dtype=float)) ** 2)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least ``percent`` in 100 of them do not exceed."""
    return float(np.quantile(np.asarray(values, dtype=float), percent / 100, method="inverted_cdf"))
