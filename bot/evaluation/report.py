"""An evaluation as text for a terminal, as JSON, and its failing cases as Markdown."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from textwrap import fill, indent
from typing import Any

from bot.evaluation.asking import Outcome
from bot.evaluation.figures import Calibration, Evaluation, KindMeasures, Measure
from bot.evaluation.files import threshold_line
from bot.render.visible import visible, visible_line
from bot.types import Quote

ERRORS_TITLE = "# Failing cases\n"
"""What the file of failing cases begins with."""

_DECIMALS = 6
_WIDTH = 100
_SHOWN = 3
_LEAST = 0.0005  # what is 0.000 when it is written

_OF = {"answered": "all unanswerable", "AUROC": "all unanswerable"}
_NONE = "-"


def to_json(result: Evaluation | Calibration) -> str:
    """The result on one line; numbers with at most six decimals."""
    return json.dumps(rounded(asdict(result)), allow_nan=False)


def rounded(value: Any) -> Any:
    """The same with every float rounded to six decimals."""
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value


def to_text(evaluation: Evaluation) -> str:
    """Tables for a terminal."""
    lines = [
        f"{evaluation.questions} questions, {evaluation.answerable} of them answerable, on {evaluation.documents} "
        f"documents ({evaluation.passages} passages); refused below {evaluation.refuse_below:g}",
        "",
        *table(("measure", "value", "95% interval", "of"), [_measure_row(each) for each in evaluation.measures]),
    ]
    if len(evaluation.by_kind) > 1:
        head = ("kind", "answerable", "quote@1", "quote@3", "quote@5", "refused", "unanswerable", "answered")
        lines += ["", *table(head, [_kind_row(kind) for kind in evaluation.by_kind])]
    if evaluation.median_ms is not None:
        lines += [
            "",
            f"A warm answer takes {evaluation.median_ms:.0f} ms (99th percentile {evaluation.p99_ms:.0f} ms).",
        ]
    return "\n".join(lines)


def calibration_to_text(calibration: Calibration) -> str:
    """The threshold and what it does, for a terminal, with the lines that set it."""
    chosen, fit = calibration.chosen, calibration.fit
    lines = [
        f"Refuse below {chosen.refuse_below:g}, chosen from {calibration.questions} questions"
        + ("" if chosen.low is None else f" (95% interval {chosen.low:g} to {chosen.high:g})"),
        "",
        *table(("measure", "value", "95% interval", "of"), [_measure_row(each) for each in calibration.measures]),
        "",
    ]
    if chosen.refused_elsewhere is not None:
        lines.append(f"Of other answerable questions, expect {chosen.refused_elsewhere:.3f} to be refused (bootstrap).")
    lines += [
        f"1 / (1 + exp(-({fit.slope:.2f} * logit + {fit.intercept:.2f}))) of the answerability fits these questions "
        f"best: calibration error {fit.fitted_error:.3f} instead of {fit.error:.3f}, Brier score "
        f"{fit.fitted_brier:.3f} instead of {fit.brier:.3f}.",
        "",
        f"legation.toml:  {threshold_line(chosen.refuse_below)}",
        f"environment:    LEGATION_REFUSE_BELOW={chosen.refuse_below:g}",
    ]
    return "\n".join(lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of even width, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def _measure_row(each: Measure) -> tuple[str, ...]:
    of = each.group or _OF.get(each.name)
    name = f"{each.name} ({visible_line(of)})" if of else each.name
    return name, f"{each.value:.3f}", f"{each.low:.3f} to {each.high:.3f}", str(each.count)


def _kind_row(kind: KindMeasures) -> tuple[str, ...]:
    def shown(value: float | None) -> str:
        return _NONE if value is None else f"{value:.3f}"

    quotes = (kind.quote_1, kind.quote_3, kind.quote_5, kind.refused)
    return (
        visible_line(kind.kind),
        str(kind.answerable),
        *(shown(value) for value in quotes),
        str(kind.unanswerable),
        shown(kind.answered),
    )


def errors_to_markdown(outcomes: Sequence[Outcome], refuse_below: float) -> str:
    """Every question that went wrong, under what went wrong, with what was wanted and what was quoted.

    What comes from documents and questions stands in fenced code, where nothing of it acts as Markdown.
    """
    sections: dict[str, list[Outcome]] = {
        "Answerable, but refused": [],
        "Answerable, but none of the first three quotes is right": [],
        "Answerable, but the first quote is not right": [],
        "Not answerable, but answered": [],
    }
    refused, missed, late, answered = sections.values()
    for outcome in outcomes:
        given = outcome.answered(refuse_below)
        if not outcome.case.answerable:
            answered += [outcome] if given else []
        elif not given:
            refused.append(outcome)
        elif outcome.ranks.quote != 1:
            (late if outcome.right else missed).append(outcome)
    counts = [f"- {title}: {len(each)}" for title, each in sections.items()]
    parts = [
        ERRORS_TITLE.rstrip(),
        f"Of {len(outcomes)} questions, refused below {refuse_below:g}:\n\n" + "\n".join(counts),
    ]
    for title, each in sections.items():
        if each:
            parts += [f"## {title}", *(fenced(_case_text(outcome, refuse_below)) for outcome in each)]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """``text`` as a fenced code block that nothing in it can end (CommonMark 0.31, section 4.5)."""
    shown = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def _case_text(outcome: Outcome, refuse_below: float) -> str:
    return "\n".join(_case_lines(outcome, refuse_below))


def _case_lines(outcome: Outcome, refuse_below: float) -> Iterator[str]:
    case = outcome.case
    yield f"{visible_line(case.id)} ({visible_line(case.kind if case.answerable else f'{case.kind}, {case.group}')})"
    if case.context is not None:
        yield _paragraph(f"before: {case.context}")
    yield _paragraph(f"asked: {case.question}")
    yield f"  {_verdict(outcome, refuse_below)}"
    for gold in case.gold:
        yield f"  gold, {visible_line(gold.doc)}:"
        yield _paragraph(gold.quote, "    ")
    if case.answers:
        yield _paragraph(f"gold: {' | '.join(dict.fromkeys(case.answers))}")
    for quote in outcome.quotes[:_SHOWN]:
        right = " (right)" if quote.number == outcome.ranks.quote else ""
        yield f"  [{quote.number}]{right} {visible_line(quote.document.id)} @ {quote.start}:{quote.end}"
        yield _paragraph(_score(quote), "    ")
        yield _paragraph(quote.text, "    ")


def _verdict(outcome: Outcome, refuse_below: float) -> str:
    likely = outcome.answerability
    if likely is None:
        return "refused: nothing was found, or it is small talk"
    if outcome.answered(refuse_below):
        return f"answered: answerability {likely:.3f}, not below {refuse_below:g}"
    return f"refused: answerability {likely:.3f}, below {refuse_below:g}"


def _score(quote: Quote) -> str:
    """The parts that add anything, the weightiest first."""
    parts = sorted((part for part in quote.parts if abs(part.adds) >= _LEAST), key=lambda part: -abs(part.adds))
    told = ", ".join(
        f"{part.name} {'not read' if part.supposed else f'{part.value:.3g}'} adds {part.adds:+.3f}" for part in parts
    )
    return f"score {quote.score:.3f}{': ' + told if told else ''}"


def _paragraph(text: str, margin: str = "  ") -> str:
    width = _WIDTH - len(margin)
    return indent(fill(visible_line(text), width, break_long_words=False, break_on_hyphens=False), margin)
