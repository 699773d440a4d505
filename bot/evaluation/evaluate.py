"""The two evaluations, from questions to figures."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from bot.assemble import Legation
from bot.evaluation import beir, summary
from bot.evaluation.asking import Outcome, ask_all, check_unchanged, evaluations, measuring
from bot.evaluation.calibration import Goal, Scored, choose, fit
from bot.evaluation.extra import needed
from bot.evaluation.figures import Calibration, Evaluation, Measure
from bot.evaluation.judging import answer_judge, gold_judge
from bot.evaluation.measures import share
from bot.evaluation.questions import Case
from bot.evaluation.summary import measure
from index.errors import UsageError


def ask_questions(legation: Legation, cases: Sequence[Case], corpus: Path | None) -> tuple[Legation, list[Outcome]]:
    """Asks the questions on the folder ``corpus``, or on the library as it is (None). Returns what was asked, too.

    Raises what ``measuring``, ``gold_judge`` and ``ask_all`` raise.
    """
    measured = measuring(legation, corpus)
    record = measured.library.current()
    judge = gold_judge(measured.library, cases, within_corpus=corpus is not None)
    outcomes = ask_all(measured, cases, judge)
    check_unchanged(measured, record)
    return measured, outcomes


def evaluate_questions(
    legation: Legation, cases: Sequence[Case], corpus: Path | None, refuse_below: float
) -> tuple[Evaluation, list[Outcome]]:
    """Figures and outcomes of questions with gold quotes; see ``ask_questions``."""
    measured, outcomes = ask_questions(legation, cases, corpus)
    measures = [
        *summary.quote_measures(outcomes, "quote", documents=True),
        *_answer_measures(outcomes, refuse_below, judged=True),
    ]
    answerable = sum(case.answerable for case in cases)
    return _evaluation(measured, len(cases), answerable, measures, outcomes, refuse_below, judged=True), outcomes


def calibrate(legation: Legation, cases: Sequence[Case], corpus: Path | None, goal: Goal) -> Calibration:
    """Chooses a threshold on the questions; see ``ask_questions`` and ``choose``."""
    _, outcomes = ask_questions(legation, cases, corpus)
    scored = [Scored(outcome.answerability, outcome.case.answerable, outcome.right) for outcome in outcomes]
    chosen = choose(scored, goal)
    measures = summary.refusal_measures(outcomes, chosen.refuse_below)
    measures += summary.right_among_answered(outcomes, chosen.refuse_below)
    return Calibration(len(cases), goal, chosen, tuple(measures), fit(scored))


def evaluate_beir(
    legation: Legation, chosen: beir.RetrievalSet, refuse_below: float
) -> tuple[Evaluation, list[Outcome]]:
    """Figures of a retrieval set, and the outcomes of those of its queries whose answers are known.

    Raises UsageError if ir-measures is not installed, and what a sync and a search raise.
    """
    needed("ir_measures", "--beir")
    cases = chosen.cases
    content = (chosen.folder / "corpus.jsonl").read_bytes()
    # Another corpus is another place: no document of an earlier one can be left behind in it.
    place = evaluations(legation) / f"beir-{hashlib.sha256(content).hexdigest()[:16]}"
    ids = beir.write_files(chosen, place)
    measured = measuring(legation, place)
    record = measured.library.current()
    if chosen.missing:
        legation.notice(f"Relevant documents that are not in corpus.jsonl, and so never found: {chosen.missing}.")
    run = _rank(measured, chosen, ids)
    measures = [measure(name, share, values) for name, values in beir.measured(chosen.relevant, run).items()]
    outcomes = ask_all(measured, cases, answer_judge) if cases else []
    check_unchanged(measured, record)
    judged = any(case.answers for case in cases)
    if judged:
        measures += summary.quote_measures(outcomes, "quote-contains-answer", documents=False)
    if outcomes:
        measures += _answer_measures(outcomes, refuse_below, judged)
    return _evaluation(
        measured, len(chosen.queries), chosen.answerable, measures, outcomes, refuse_below, judged
    ), outcomes


def check_set(chosen: beir.RetrievalSet, plot: bool, errors: bool) -> None:
    """Raises UsageError if a picture or a report is wanted that the set cannot give."""
    if not any(case.answers for case in chosen.cases) and (plot or errors):
        raise UsageError("The queries of this set have no answers; --plot and --errors need them.")


def _answer_measures(outcomes: Sequence[Outcome], refuse_below: float, judged: bool) -> list[Measure]:
    """``judged``: it is known which quotes are right."""
    return [
        *summary.exactness(outcomes),
        *summary.refusal_measures(outcomes, refuse_below),
        *(summary.right_among_answered(outcomes, refuse_below) if judged else ()),
        *summary.telling_apart(outcomes),
        *(summary.being_right(outcomes) if judged else ()),
    ]


def _rank(legation: Legation, chosen: beir.RetrievalSet, ids: dict[str, str]) -> beir.Scores:
    from index.types import Progress

    searcher = legation.searcher()
    run: beir.Scores = {}
    for number, query in enumerate(chosen.relevant, start=1):
        hits = beir.find_hits(searcher, chosen.queries[query])
        run[query] = beir.document_scores(hits, ids, lambda hit: hit.score)
        legation.tell(Progress("search", number, len(chosen.relevant)))
    return run


def _evaluation(
    legation: Legation,
    questions: int,
    answerable: int,
    measures: Sequence[Measure],
    outcomes: Sequence[Outcome],
    refuse_below: float,
    judged: bool,
) -> Evaluation:
    record = legation.library.current()
    median, p99 = summary.times(outcomes) if outcomes else (None, None)
    return Evaluation(
        questions=questions,
        answerable=answerable,
        documents=sum(documents for _, _, documents, _ in legation.library.counts()),
        passages=record.count if record is not None else 0,
        model=legation.encoder.name,
        refuse_below=refuse_below,
        measures=tuple(measures),
        by_kind=tuple(summary.kinds(outcomes, refuse_below)) if judged else (),
        risk_coverage=tuple(summary.curve(outcomes)) if judged else (),
        reliability=tuple(summary.bins(outcomes)) if judged else (),
        median_ms=median,
        p99_ms=p99,
        asked=tuple(summary.asked(outcome, refuse_below) for outcome in outcomes),
    )
