"""What legation eval is asked for, checked before anything is measured, and then carried out."""

from dataclasses import dataclass
from pathlib import Path

from bot.assemble import Legation
from bot.evaluation.asking import Outcome
from bot.evaluation.beir import RetrievalSet, read_set
from bot.evaluation.evaluate import check_set, evaluate_beir, evaluate_questions
from bot.evaluation.extra import needed
from bot.evaluation.figures import Evaluation
from bot.evaluation.files import check_beginning, check_target, write_file
from bot.evaluation.plot import check_plot, draw
from bot.evaluation.questions import Case, read_questions, sample
from bot.evaluation.report import ERRORS_TITLE, errors_to_markdown
from bot.input_files import read_text
from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, on what, and the files to write."""

    asked: tuple[Case, ...] | RetrievalSet
    corpus: Path | None
    plot: Path | None
    errors: Path | None


def plan(
    questions: Path | None,
    corpus: Path | None,
    beir: Path | None,
    limit: int | None,
    plot: Path | None,
    errors: Path | None,
) -> Plan:
    """Raises UsageError for anything that cannot be done, StorageError for a file that cannot be written."""
    if (questions is None) == (beir is None):
        raise UsageError("legation eval takes either QUESTIONS.jsonl or --beir FOLDER.")
    if beir is not None and corpus is not None:
        raise UsageError("--corpus goes with QUESTIONS.jsonl; a set in BEIR layout has its own documents.")
    if plot is not None:
        check_target(plot, questions)
    if errors is not None:
        check_target(errors, questions, plot)
        check_beginning(errors, ERRORS_TITLE)
    if plot is not None:
        check_plot(plot)
    if beir is not None:
        needed("ir_measures", "--beir")
        chosen = read_set(beir, limit)
        check_set(chosen, plot is not None, errors is not None)
        return Plan(chosen, None, plot, errors)
    cases = read_questions(read_text(questions)) if questions is not None else ()
    return Plan(sample(cases, limit, (case.id for case in cases)), corpus, plot, errors)


def carry_out(plan: Plan, legation: Legation, refuse_below: float | None) -> tuple[Evaluation, list[Outcome]]:
    """Measures. ``refuse_below``: the threshold, None for that of the settings."""
    threshold = legation.settings.refuse_below if refuse_below is None else refuse_below
    if isinstance(plan.asked, RetrievalSet):
        return evaluate_beir(legation, plan.asked, threshold)
    return evaluate_questions(legation, plan.asked, plan.corpus, threshold)


def write_files(plan: Plan, evaluation: Evaluation, outcomes: list[Outcome]) -> None:
    """Writes the files that were asked for. Raises StorageError."""
    if plan.errors is not None:
        write_file(plan.errors, errors_to_markdown(outcomes, evaluation.refuse_below).encode())
    if plan.plot is not None:
        write_file(plan.plot, draw(evaluation, plan.plot.suffix.lower()))
