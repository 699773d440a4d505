"""Measuring the answers: eval, calibrate."""

from pathlib import Path

import click

from bot.commands.options import EXIT_CHECK_FAILED, FileName, home_option, json_option, number, opened, printed
from bot.settings import TOML_NAME, load_settings


@click.command("eval", short_help="Measure the answers to questions of your own.")
@click.argument("questions", required=False, metavar="QUESTIONS.jsonl|-", type=FileName(stream=True))
@click.option("--corpus", metavar="FOLDER", type=FileName(), help="Ask on these documents alone.")
@click.option("--beir", metavar="FOLDER", type=FileName(), help="A retrieval set in BEIR layout.")
@click.option("--limit", type=click.IntRange(1), help="Only so many of the questions, always the same ones.")
@click.option(
    "--refuse-below", type=click.FloatRange(0, 1), callback=number, help="The threshold. Default: the setting."
)
@click.option("--plot", metavar="FILE", type=FileName(), help="Draw into a .png or .svg file.")
@click.option("--errors", metavar="FILE", type=FileName(), help="Write the failing cases as Markdown.")
@json_option
@home_option
def evaluate(
    questions: Path | None,
    corpus: Path | None,
    beir: Path | None,
    limit: int | None,
    refuse_below: float | None,
    plot: Path | None,
    errors: Path | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Measure the answers to QUESTIONS.jsonl, whose right answers are known, or the ranking of a BEIR set."""
    from bot.evaluation.command import carry_out, plan, write_files
    from bot.evaluation.report import to_json, to_text

    planned = plan(questions, corpus, beir, limit, plot, errors)
    with opened(home) as legation:
        if corpus is None and beir is None:
            legation.check_library()
        evaluation, outcomes = carry_out(planned, legation, refuse_below)
    click.echo(to_json(evaluation) if as_json else to_text(evaluation))
    with printed():
        write_files(planned, evaluation, outcomes)
    if any(each.name == "exact quotes" and each.value < 1 for each in evaluation.measures):
        raise SystemExit(EXIT_CHECK_FAILED)


@click.command(short_help="Choose from your questions when to refuse an answer.")
@click.argument("questions", metavar="QUESTIONS.jsonl|-", type=FileName(stream=True))
@click.option("--corpus", metavar="FOLDER", type=FileName(), help="Ask on these documents alone.")
@click.option(
    "--refuse-at-most",
    type=click.FloatRange(0, 1),
    callback=number,
    help="Share of answerable questions. Default: 0.05.",
)
@click.option(
    "--right-at-least", type=click.FloatRange(0, 1), callback=number, help="Share of the answers that are given."
)
@click.option("--write", is_flag=True, help="Write the threshold into legation.toml of the home folder.")
@json_option
@home_option
def calibrate(
    questions: Path,
    corpus: Path | None,
    refuse_at_most: float | None,
    right_at_least: float | None,
    write: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Choose the threshold below which answers are refused from QUESTIONS.jsonl, whose right answers are known."""
    from bot.evaluation.calibration import make_goal, reservation
    from bot.evaluation.evaluate import calibrate as choose_threshold
    from bot.evaluation.files import check_threshold, write_threshold
    from bot.evaluation.questions import read_questions
    from bot.evaluation.report import calibration_to_text, to_json
    from bot.input_files import read_text

    cases = read_questions(read_text(questions))
    reserved = reservation(sum(case.answerable for case in cases), write)
    with opened(home) as legation:
        if corpus is None:
            legation.check_library()
        if write:
            check_threshold(legation.home.path / TOML_NAME)
        calibration = choose_threshold(legation, cases, corpus, make_goal(refuse_at_most, right_at_least))
    click.echo(to_json(calibration) if as_json else calibration_to_text(calibration))
    if reserved is not None:
        click.echo(reserved, err=True)
    if write:
        with printed():
            write_threshold(legation.home.path / TOML_NAME, calibration.chosen.refuse_below)
        if load_settings(home).refuse_below != calibration.chosen.refuse_below:
            click.echo(
                "LEGATION_REFUSE_BELOW, in the environment or in .env, is stronger than legation.toml.", err=True
            )
