"""The measures against numbers worked out by hand, and against plain ways to compute them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.measures import (
    Bin,
    RiskPoint,
    area_of_risk,
    auroc,
    brier,
    calibration_error,
    interval,
    percentile,
    reliability,
    risk_coverage,
    share,
    within,
)

SCORE = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
"""Few values, so that there are ties."""

JUDGED = st.lists(st.tuples(SCORE, st.booleans()), min_size=1, max_size=30)


def test_ranks_within_a_depth() -> None:
    assert within([1, 3, 4, None], 3) == [True, True, False, False]
    assert share(within([1, 3, 4, None], 3)) == 0.5


def test_auroc_by_hand() -> None:
    assert auroc([0.9, 0.4], [0.6, 0.1]) == 0.75  # three of four pairs in order
    assert auroc([0.5], [0.5]) == 0.5
    assert auroc([1.0, 1.0], [0.0]) == 1.0
    assert auroc([0.0], [1.0, 0.0]) == 0.25


@given(st.lists(SCORE, min_size=1, max_size=20), st.lists(SCORE, min_size=1, max_size=20))
def test_auroc_counts_pairs(positives: list[float], negatives: list[float]) -> None:
    wins = [(high > low) + (high == low) / 2 for high, low in product(positives, negatives)]
    assert auroc(positives, negatives) == pytest.approx(sum(wins) / len(wins))
    assert auroc(positives, negatives) == pytest.approx(1 - auroc(negatives, positives))


def test_the_risk_coverage_curve_by_hand() -> None:
    points = risk_coverage([0.5, 0.9, 0.5, 0.2], [1, 0, 0, 1], total=5)
    assert points == [RiskPoint(0.9, 0.2, 0.0), RiskPoint(0.5, 0.6, 1 / 3), RiskPoint(0.2, 0.8, 0.5)]
    # One question at no risk, two at a third, one at a half; four are answered in all.
    assert area_of_risk([0.5, 0.9, 0.5, 0.2], [1, 0, 0, 1]) == pytest.approx((0 + 2 / 3 + 1 / 2) / 4)


def test_nothing_answered_is_no_risk() -> None:
    assert risk_coverage([], [], total=3) == []
    assert area_of_risk([], []) == 0.0


@given(JUDGED)
def test_the_curve_is_what_thresholds_do(judged: list[tuple[float, bool]]) -> None:
    scores, wrong = [score for score, _ in judged], [bad for _, bad in judged]
    expected = []
    for threshold in sorted(set(scores), reverse=True):
        answered = [bad for score, bad in judged if score >= threshold]
        expected.append(RiskPoint(threshold, len(answered) / len(judged), sum(answered) / len(answered)))
    points = risk_coverage(scores, wrong, len(judged))
    assert points == expected
    steps = zip([RiskPoint(1, 0, 0), *points], points, strict=False)
    area = sum((point.coverage - before.coverage) * point.risk for before, point in steps)
    assert area_of_risk(scores, wrong) == pytest.approx(area)


def test_reliability_by_hand() -> None:
    bins = reliability([0.0, 0.95, 1.0, 0.3], [0, 1, 0, 1])
    assert bins == [Bin(0.0, 0.1, 1, 0.0, 0.0), Bin(0.3, 0.4, 1, 0.3, 1.0), Bin(0.9, 1.0, 2, 0.975, 0.5)]
    assert calibration_error(bins) == pytest.approx((0 + 0.7 + 2 * 0.475) / 4)
    assert brier([0.0, 0.5], [0, 1]) == 0.125


@given(JUDGED)
def test_every_prediction_is_in_one_bin(judged: list[tuple[float, bool]]) -> None:
    bins = reliability([score for score, _ in judged], [right for _, right in judged])
    assert sum(each.count for each in bins) == len(judged)
    assert sum(each.count * each.right for each in bins) == pytest.approx(sum(right for _, right in judged))
    assert all(each.low <= each.predicted <= each.high for each in bins)


def test_intervals_are_the_same_every_time_and_hold_the_value() -> None:
    sample = [0.0] * 30 + [1.0] * 70
    low, high = interval(share, sample)
    assert (low, high) == interval(share, sample)
    # The standard error of 0.7 over 100 is 0.0458; 1.96 of them on either side.
    assert (low, high) == pytest.approx((0.61, 0.79), abs=0.015)
    assert interval(share, [1.0, 1.0]) == (1.0, 1.0)


def test_an_interval_draws_every_sample_apart() -> None:
    sizes: set[tuple[int, ...]] = set()

    def note(*samples: np.ndarray) -> float:
        sizes.add(tuple(len(sample) for sample in samples))
        return 0.0

    assert interval(note, [1.0, 2.0], [3.0, 4.0, 5.0]) == (0.0, 0.0)
    assert sizes == {(2, 3)}


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 99), percentile([7.0], 99)) == (50.0, 99.0, 7.0)
