"""The threshold below which answers are refused, chosen from questions whose answers are known. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluation.measures import RESAMPLES, SEED, Values, brier, calibration_error, reliability
from index.errors import UsageError

GRID = 100
"""Thresholds are whole hundredths: fewer digits than that are noise, and a person can say them."""

REFUSE_AT_MOST = 0.05

LEAST_ANSWERABLE = 10
"""From fewer answerable questions a threshold can be chosen, but says little."""

_LEAST, _MOST = 0.001, 0.999


@dataclass(frozen=True, slots=True)
class Scored:
    """A question: its answerability (None if no threshold would have it answered), whether the documents answer it,
    and whether one of the first three quotes is right.
    """

    score: float | None
    answerable: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """At most the share ``refuse_at_most`` of the answerable questions is refused; at least the share
    ``right_at_least`` of what is answered is right. None is no such goal; at least one is set.
    """

    refuse_at_most: float | None
    right_at_least: float | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """``refuse_below`` and what it does: the share of answerable questions ``refused``, of all questions ``answered``,
    and of those ``right`` (None if none is answered).

    ``low``..``high`` is the 95% bootstrap interval of the threshold, and ``refused_elsewhere`` the mean share
    of answerable questions refused among those that a resample left out: what to expect of other questions.
    Both are None if hardly any resample has a threshold or leaves a question out.
    """

    refuse_below: float
    refused: float
    answered: float
    right: float | None
    low: float | None
    high: float | None
    refused_elsewhere: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """How far the answerability is what it says: ``error`` and ``brier`` of it as it is, and after
    ``1 / (1 + exp(-(slope * logit + intercept)))``, which fits these questions best (Platt 1999).
    """

    error: float
    brier: float
    slope: float
    intercept: float
    fitted_error: float
    fitted_brier: float


def make_goal(refuse_at_most: float | None, right_at_least: float | None) -> Goal:
    """The goal that was asked for; without any, that 5 in 100 answerable questions are refused at most."""
    if refuse_at_most is None and right_at_least is None:
        return Goal(REFUSE_AT_MOST, None)
    return Goal(refuse_at_most, right_at_least)


def reservation(answerable: int, write: bool) -> str | None:
    """What to say of a choice from so few answerable questions; None if they are enough.

    Raises UsageError if there are none, or too few for a threshold that is to be written into the settings.
    """
    if answerable >= LEAST_ANSWERABLE:
        return None
    if answerable == 0:
        raise UsageError("There is no answerable question to choose a threshold from.")
    sentence = (
        f"Of {LEAST_ANSWERABLE} answerable questions that a threshold should be chosen from, there are {answerable}"
    )
    if write:
        raise UsageError(f"{sentence}; it is not written.")
    return f"{sentence}; it says little."


def choose(questions: Sequence[Scored], goal: Goal) -> Chosen:
    """The threshold for the goal, of 0, 0.01 … 1: with ``refuse_at_most`` the highest that keeps it (so that as
    many as possible of the others are refused), otherwise the lowest that reaches ``right_at_least``.

    Raises UsageError if there is no answerable question or no threshold reaches the goal.
    """
    listed = [(-1 if each.score is None else each.score, each.answerable, each.right) for each in questions]
    rows = np.array(listed, dtype=float).reshape(-1, 3)
    if not rows[:, 1].any():
        raise UsageError("There is no answerable question to choose a threshold from.")
    place = _choose(rows, goal)
    if place is None:
        raise UsageError("No threshold reaches this goal on these questions; ask for less.")
    refused, answered, right = (shares[place] for shares in _shares(rows))
    low, high, elsewhere = _uncertainty(rows, goal)
    return Chosen(
        place / GRID, float(refused), float(answered), float(right) if answered else None, low, high, elsewhere
    )


def fit(questions: Sequence[Scored]) -> Fit:
    """Whether the answerability is calibrated on the questions, and the best two numbers to mend it."""
    scores = np.array([each.score or 0.0 for each in questions], dtype=float)
    right = np.array([each.right for each in questions], dtype=float)
    slope, intercept = platt(scores, right)
    fitted = _sigmoid(slope * _logit(scores) + intercept)
    return Fit(
        calibration_error(reliability(scores, right)),
        brier(scores, right),
        slope,
        intercept,
        calibration_error(reliability(fitted, right)),
        brier(fitted, right),
    )


def platt(scores: Values, right: Values) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of ``right`` on the scores' logits, by Newton's method, with
    Platt's smoothed targets, which keep both finite.
    """
    hits = right.sum()
    targets = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    features = np.column_stack((_logit(scores), np.ones(len(scores))))
    weights = np.zeros(2)
    for _ in range(100):
        predicted = _sigmoid(features @ weights)
        gradient = features.T @ (targets - predicted)
        curvature = (features * (predicted * (1 - predicted))[:, None]).T @ features + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return float(weights[0]), float(weights[1])


def _choose(rows: Values, goal: Goal) -> int | None:
    """The place of the threshold on the grid, or None."""
    refused, answered, right = _shares(rows)
    allowed = np.ones(GRID + 1, dtype=bool)
    if goal.refuse_at_most is not None:
        allowed &= refused <= goal.refuse_at_most + 1e-12
    if goal.right_at_least is not None:
        allowed &= (answered > 0) & (right >= goal.right_at_least - 1e-12)
    places = np.flatnonzero(allowed)
    if not places.size:
        return None
    return int(places[0] if goal.refuse_at_most is None else places[-1])


def _shares(rows: Values) -> tuple[Values, Values, Values]:
    """By threshold, the shares of ``Chosen``; the share of right answers is 0 where nothing is answered."""
    scores, answerable, right = rows[:, 0], rows[:, 1] > 0, rows[:, 2] > 0
    given = scores[None, :] >= (np.arange(GRID + 1) / GRID)[:, None]
    answered = given.sum(axis=1)
    refused = 1 - given[:, answerable].mean(axis=1)
    return refused, answered / len(rows), given[:, right].sum(axis=1) / np.maximum(answered, 1)


def _uncertainty(rows: Values, goal: Goal) -> tuple[float | None, float | None, float | None]:
    generator = np.random.default_rng(SEED)
    thresholds, elsewhere = [], []
    for _ in range(RESAMPLES):
        drawn = generator.integers(0, len(rows), len(rows))
        left_out = np.delete(rows, drawn, axis=0)
        place = _choose(rows[drawn], goal) if rows[drawn][:, 1].any() else None
        if place is None:
            continue
        thresholds.append(place / GRID)
        scores = left_out[left_out[:, 1] > 0][:, 0]
        if scores.size:
            elsewhere.append(float((scores < place / GRID).mean()))
    if len(thresholds) < RESAMPLES / 2 or not elsewhere:
        return None, None, None
    low, high = np.quantile(thresholds, (0.025, 0.975))
    return float(low), float(high), float(np.mean(elsewhere))


def _logit(scores: Values) -> Values:
    held = np.clip(scores, _LEAST, _MOST)
    return np.log(held / (1 - held))


def _sigmoid(logits: Values) -> Values:
    return 1 / (1 + np.exp(-logits))
