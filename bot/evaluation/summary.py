"""Outcomes to figures, with what is uncertain about them."""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from bot.evaluation.asking import Outcome
from bot.evaluation.figures import Asked, KindMeasures, Measure
from bot.evaluation.measures import (
    Bin,
    RiskPoint,
    Values,
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
from bot.evaluation.questions import UNANSWERABLE

DEPTHS = (1, 3, 5)


def measure(
    name: str, statistic: Callable[..., float], *samples: Sequence[float] | Values, group: str | None = None
) -> Measure:
    """``statistic`` of the samples, with its interval."""
    low, high = interval(statistic, *samples)
    return Measure(name, group, statistic(*samples), low, high, sum(len(sample) for sample in samples))


def quote_measures(outcomes: Sequence[Outcome], quote_name: str, documents: bool) -> list[Measure]:
    """quote@k (called ``quote_name``), highlight@1 and document@k of the answerable questions."""
    ranks = [outcome.ranks for outcome in outcomes if outcome.case.answerable]
    if not ranks:
        return []
    found = [measure(f"{quote_name}@{depth}", share, within([rank.quote for rank in ranks], depth)) for depth in DEPTHS]
    found.append(measure("highlight@1", share, within([rank.highlight for rank in ranks], 1)))
    if documents:
        found += [
            measure(f"document@{depth}", share, within([rank.document for rank in ranks], depth)) for depth in (1, 5)
        ]
    return found


def exactness(outcomes: Sequence[Outcome]) -> list[Measure]:
    """The share of quotes that are slices of the stored text."""
    exact = list(chain.from_iterable(outcome.exact for outcome in outcomes))
    return [measure("exact quotes", share, exact)] if exact else []


def refusal_measures(outcomes: Sequence[Outcome], refuse_below: float) -> list[Measure]:
    """What is refused and answered at the threshold."""
    refused = [not outcome.answered(refuse_below) for outcome in outcomes if outcome.case.answerable]
    found = [measure("refused", share, refused)] if refused else []
    for group, cannot in grouped(outcomes).items():
        answered = [outcome.answered(refuse_below) for outcome in cannot]
        found.append(measure("answered", share, answered, group=group))
    return found


def right_among_answered(outcomes: Sequence[Outcome], refuse_below: float) -> list[Measure]:
    """The share of the answers given at the threshold that are right, if any is given."""
    given = [outcome.right for outcome in outcomes if outcome.answered(refuse_below)]
    return [measure("right among answered", share, given)] if given else []


def telling_apart(outcomes: Sequence[Outcome]) -> list[Measure]:
    """How well the answerability tells answerable questions from the others."""
    scores = [outcome.score for outcome in outcomes if outcome.case.answerable]
    groups = grouped(outcomes) if scores else {}
    return [
        measure("AUROC", auroc, scores, [outcome.score for outcome in cannot], group=group)
        for group, cannot in groups.items()
    ]


def being_right(outcomes: Sequence[Outcome]) -> list[Measure]:
    """How well the answerability tells right answers from wrong ones, and whether it says how often they are.
    Nothing if no question has an answer; no area if nothing can be answered.
    """
    if not any(outcome.case.answerable for outcome in outcomes):
        return []
    rows = np.array([(outcome.score, outcome.right, outcome.answerability is not None) for outcome in outcomes])
    area = [measure("area under risk-coverage", _area, rows)] if rows[:, 2].any() else []
    return [
        *area,
        measure("Brier score", lambda sample: brier(sample[:, 0], sample[:, 1]), rows),
        measure("calibration error", _calibration_error, rows),
    ]


def grouped(outcomes: Sequence[Outcome]) -> dict[str | None, list[Outcome]]:
    """The unanswerable questions, if there are any: under None all of them, then by the groups that were named."""
    groups: dict[str | None, list[Outcome]] = {}
    for outcome in outcomes:
        if not outcome.case.answerable:
            groups.setdefault(None, []).append(outcome)
            groups.setdefault(outcome.case.group, []).append(outcome)
    return {name: group for name, group in groups.items() if len(groups) > 2 or name != UNANSWERABLE}


def curve(outcomes: Sequence[Outcome]) -> list[RiskPoint]:
    """The risk-coverage curve of the questions."""
    can = [outcome for outcome in outcomes if outcome.answerability is not None]
    return risk_coverage([outcome.score for outcome in can], [not outcome.right for outcome in can], len(outcomes))


def bins(outcomes: Sequence[Outcome]) -> list[Bin]:
    """How often questions of each answerability were answered rightly."""
    return reliability([outcome.score for outcome in outcomes], [outcome.right for outcome in outcomes])


def kinds(outcomes: Sequence[Outcome], refuse_below: float) -> list[KindMeasures]:
    """The figures by kind, in the order in which the kinds come."""
    return [
        _kind(kind, [outcome for outcome in outcomes if outcome.case.kind == kind], refuse_below)
        for kind in dict.fromkeys(outcome.case.kind for outcome in outcomes)
    ]


def asked(outcome: Outcome, refuse_below: float) -> Asked:
    case, ranks = outcome.case, outcome.ranks
    return Asked(
        case.id, case.kind, case.group, ranks.quote, ranks.highlight, ranks.document,
        outcome.answerability, outcome.answered(refuse_below), outcome.elapsed_ms,
    )  # fmt: skip


def times(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    elapsed = [outcome.elapsed_ms for outcome in outcomes]
    return percentile(elapsed, 50), percentile(elapsed, 99)


def _kind(kind: str, outcomes: Sequence[Outcome], refuse_below: float) -> KindMeasures:
    can = [outcome for outcome in outcomes if outcome.case.answerable]
    cannot = [outcome for outcome in outcomes if not outcome.case.answerable]
    ranks = [outcome.ranks.quote for outcome in can]
    first, three, five = (share(within(ranks, depth)) if ranks else None for depth in DEPTHS)
    refused = share([not outcome.answered(refuse_below) for outcome in can]) if can else None
    answered = share([outcome.answered(refuse_below) for outcome in cannot]) if cannot else None
    return KindMeasures(kind, len(can), first, three, five, refused, len(cannot), answered)


def _area(rows: Values) -> float:
    can = rows[rows[:, 2] > 0]
    return area_of_risk(can[:, 0], 1 - can[:, 1])


def _calibration_error(rows: Values) -> float:
    return calibration_error(reliability(rows[:, 0], rows[:, 1]))
