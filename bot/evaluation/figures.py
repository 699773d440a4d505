"""What an evaluation and a calibration say, as plain values: the JSON has the same fields."""

from dataclasses import dataclass

from bot.evaluation.calibration import Chosen, Fit, Goal
from bot.evaluation.measures import Bin, RiskPoint


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure over ``count`` questions (quotes, for exactness), with its 95% interval. ``group`` is the sort
    of unanswerable questions that it is about, None if it is about no single sort.
    """

    name: str
    group: str | None
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class KindMeasures:
    """The figures of one kind of question; ``refused`` of the answerable ones, ``answered`` of the others. A share of
    nothing is None.
    """

    kind: str
    answerable: int
    quote_1: float | None
    quote_3: float | None
    quote_5: float | None
    refused: float | None
    unanswerable: int
    answered: float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in short: the ranks of the first right quote, highlight and document, and its answerability."""

    id: str
    kind: str
    group: str | None
    quote: int | None
    highlight: int | None
    document: int | None
    answerability: float | None
    answered: bool
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that is known after the questions were asked. ``refuse_below`` is the threshold that refusals
    and answers are counted at. Times are warm ones, in milliseconds; without asked questions they are None.
    """

    questions: int
    answerable: int
    documents: int
    passages: int
    model: str
    refuse_below: float
    measures: tuple[Measure, ...]
    by_kind: tuple[KindMeasures, ...] = ()
    risk_coverage: tuple[RiskPoint, ...] = ()
    reliability: tuple[Bin, ...] = ()
    median_ms: float | None = None
    p99_ms: float | None = None
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, the goal it was chosen for, and what it does on the questions; whether the answerability is
    calibrated on them.
    """

    questions: int
    goal: Goal
    chosen: Chosen
    measures: tuple[Measure, ...]
    fit: Fit
