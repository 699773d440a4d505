"""The command line. Thin: options in, the parts asked, text or JSON out.

Exit codes: 0 done (also when nothing was found: that is an answer), 1 a check failed, 2 and up as in
index.errors, 70 an error inside Legation, 130 interrupted.
"""

import json
import math
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.assemble import Legation
from bot.progress import progress
from bot.question import make_question
from bot.render.machine import answer_to_json, document_to_dict
from bot.render.visible import visible, visible_line
from bot.settings import TOML_NAME, load_settings
from bot.types import Answer
from index.errors import LegationError, ReadError, SettingsError, StorageError, UsageError

if TYPE_CHECKING:
    from index.sync import SyncReport

EXIT_CHECK_FAILED = 1
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130

_home = click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Folder under which everything is stored (or LEGATION_HOME).",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _number(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """What is no number is neither below 0 nor above 1, and click lets it pass."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number.")
    return value


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="legation", prog_name="legation")
def app() -> None:
    """Answers questions about diplomatic closures and sanctions with quoted, cited passages."""


@app.command()
@click.argument("question", nargs=-1)
@click.option("--batch", metavar="FILE|-", help="One question a line, plain or JSON; needs --json.")
@click.option("--collection", multiple=True, metavar="NAME", help="Search only this collection; repeatable.")
@click.option("--since", metavar="DATE", help="Only documents published on or after YYYY[-MM[-DD]].")
@click.option("--until", metavar="DATE", help="Only documents published on or before YYYY[-MM[-DD]].")
@click.option("--limit", type=click.IntRange(1, 20), help="Most quotes.")
@click.option("--explain", is_flag=True, help="Show how the question was understood and what each score is made of.")
@_json
@_home
def ask(
    question: tuple[str, ...],
    batch: str | None,
    collection: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int | None,
    explain: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Answer QUESTION with quoted, cited passages; without one, on a terminal, open a prompt."""
    from bot.conversation import Asking, answer_batch, converse

    if batch is not None and (question or not as_json):
        raise UsageError("--batch takes its questions from a file, and needs --json.")
    text: str | None = " ".join(question) if question else None
    if text is None and batch is None and not (sys.stdin is not None and sys.stdin.isatty()):
        text = _read_text("-")
    if text is not None:
        make_question(text)  # what cannot be asked is refused before an index is built
    render = answer_to_json if as_json else _explained if explain else _rendered
    with _legation(home) as legation:
        legation.prepare()
        asking = Asking(legation, collection, since, until, limit)
    if batch is not None:
        code = answer_batch(asking, _read_lines(batch))
        if code:
            raise SystemExit(code)
    elif text is not None:
        click.echo(render(asking.answer(text)).rstrip("\n"))
    else:
        converse(asking, render, legation.home.history)


@app.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--collection", metavar="NAME", help="Collection of these documents. Default: the source's name.")
@click.option("--name", metavar="NAME", help="Name of the source. Default: that of the file or folder.")
@_json
@_home
def add(paths: tuple[Path, ...], collection: str | None, name: str | None, as_json: bool, home: Path | None) -> None:
    """Add files or folders to the library and index them."""
    if name is not None and len(paths) > 1:
        raise UsageError("--name goes with one PATH.")
    with _legation(home) as legation:
        report, empty = legation.add(paths, collection, name)
    if not empty or not as_json:
        _print_report(report, as_json)
    if empty:
        reasons = f" ({report.skipped[0].name}: {report.skipped[0].reason})" if report.skipped else ""
        raise ReadError(f"Nothing could be read in {', '.join(empty)}; it was not added{reasons}.")


@app.command()
@click.argument("names", nargs=-1)
@_json
@_home
def sync(names: tuple[str, ...], as_json: bool, home: Path | None) -> None:
    """Bring the sources NAMES (default: all) up to date and index what has changed."""
    with _legation(home) as legation:
        report = legation.sync(only=names or None)
    _print_report(report, as_json)


@app.command()
@click.argument("names", nargs=-1, required=True)
@_json
@_home
def remove(names: tuple[str, ...], as_json: bool, home: Path | None) -> None:
    """Take sources out of the library; their documents leave the answers at once."""
    with _legation(home) as legation:
        report = legation.sync(only=(), remove=names)
    _print_report(report, as_json)


@app.command()
@_json
@_home
def sources(as_json: bool, home: Path | None) -> None:
    """List the sources with their collections and numbers of documents."""
    with _legation(home) as legation:
        listed = legation.list_sources()
    if as_json:
        click.echo(json.dumps({"sources": [asdict(item) for item in listed]}))
        return
    for item in listed:
        newest = f", newest {item.newest}" if item.newest else ""
        line = f"{item.name} [{item.collection}]: {item.documents} documents{newest}, from {item.location}"
        click.echo(visible_line(line))
    if not listed:
        click.echo("There are no sources yet; legation add PATH adds one.")


@app.command()
@click.argument("document")
@click.option("--at", metavar="START:END", help="Mark this stretch of the stored text.")
@click.option("--text", is_flag=True, help="Only the stored text (with --at, only that stretch), nothing else.")
@click.option("--version", metavar="SHA256", help="An earlier version, by its SHA-256.")
@_json
@_home
def show(document: str, at: str | None, text: bool, version: str | None, as_json: bool, home: Path | None) -> None:
    """Show DOCUMENT (its id, or the path or file name it ends with), or the place of a quote in it."""
    from bot.render.terminal import render_document, render_passage

    with _legation(home) as legation:
        found = legation.find_document(document, version)
    start, end = _span(at, len(found.text)) if at is not None else (0, len(found.text))
    stretch = found.text[start:end]
    if as_json:
        shown = {"document": document_to_dict(found), "start": start, "end": end, "text": stretch}
        click.echo(json.dumps(shown))
    elif text:
        # Byte for byte into a file or pipe; on a screen nothing of a document may act as a control.
        written = visible(stretch) if sys.stdout.isatty() else stretch
        sys.stdout.buffer.write(written.encode())
    elif at is None:
        click.echo(render_document(found, _width(), _colour()))
    else:
        click.echo(render_passage(found, start, end, _width(), _colour()))


@app.command()
@click.argument("answer", metavar="ANSWER.json|-")
@_json
@_home
def verify(answer: str, as_json: bool, home: Path | None) -> None:
    """Check every quote of what ask --json printed earlier: exact, moved, changed or gone."""
    from bot.verify import read_answers
    from bot.verify import verify as verify_answers

    answers = list(read_answers(_read_text(answer)))
    with _legation(home) as legation:
        checks = verify_answers(legation.library, answers)
    if as_json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            notes = {False: "; the cited version does not say this", None: "; the cited version is not held here"}
            altered = notes.get(check.cited, "")
            line = f"[{check.number}] {check.verdict}: {check.document} @ {check.start}:{check.end}{altered}"
            click.echo(visible_line(f"{check.answer} {line}" if len(answers) > 1 else line))
        if not checks:
            click.echo("The answer has no quotes to check.")
    if any(check.verdict != "exact" or check.cited is False for check in checks):
        raise SystemExit(EXIT_CHECK_FAILED)


@app.command("eval")
@click.argument("questions", required=False, metavar="QUESTIONS.jsonl", type=click.Path(path_type=Path))
@click.option("--corpus", metavar="FOLDER", type=click.Path(path_type=Path), help="Ask on these documents alone.")
@click.option("--beir", metavar="FOLDER", type=click.Path(path_type=Path), help="A retrieval set in BEIR layout.")
@click.option("--limit", type=click.IntRange(1), help="Only so many of the questions, always the same ones.")
@click.option(
    "--refuse-below", type=click.FloatRange(0, 1), callback=_number, help="The threshold. Default: the setting."
)
@click.option("--plot", metavar="FILE", type=click.Path(path_type=Path), help="Draw into a .png or .svg file.")
@click.option("--errors", metavar="FILE", type=click.Path(path_type=Path), help="Write the failing cases as Markdown.")
@_json
@_home
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
    with _legation(home) as legation:
        evaluation, outcomes = carry_out(planned, legation, refuse_below)
    click.echo(to_json(evaluation) if as_json else to_text(evaluation))
    with _printed():
        write_files(planned, evaluation, outcomes)
    if any(each.name == "exact quotes" and each.value < 1 for each in evaluation.measures):
        raise SystemExit(EXIT_CHECK_FAILED)


@app.command()
@click.argument("questions", metavar="QUESTIONS.jsonl", type=click.Path(path_type=Path))
@click.option("--corpus", metavar="FOLDER", type=click.Path(path_type=Path), help="Ask on these documents alone.")
@click.option(
    "--refuse-at-most",
    type=click.FloatRange(0, 1),
    callback=_number,
    help="Share of answerable questions. Default: 0.05.",
)
@click.option(
    "--right-at-least", type=click.FloatRange(0, 1), callback=_number, help="Share of the answers that are given."
)
@click.option("--write", is_flag=True, help="Write the threshold into legation.toml of the home folder.")
@_json
@_home
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
    from bot.evaluation.files import check_threshold, read_text, write_threshold
    from bot.evaluation.questions import read_questions
    from bot.evaluation.report import calibration_to_text, to_json

    cases = read_questions(read_text(questions))
    reserved = reservation(sum(case.answerable for case in cases), write)
    with _legation(home) as legation:
        if write:
            check_threshold(legation.home.path / TOML_NAME)
        calibration = choose_threshold(legation, cases, corpus, make_goal(refuse_at_most, right_at_least))
    click.echo(to_json(calibration) if as_json else calibration_to_text(calibration))
    if reserved is not None:
        click.echo(reserved, err=True)
    if write:
        with _printed():
            write_threshold(legation.home.path / TOML_NAME, calibration.chosen.refuse_below)
        if load_settings(home).refuse_below != calibration.chosen.refuse_below:
            click.echo(
                "LEGATION_REFUSE_BELOW, in the environment or in .env, is stronger than legation.toml.", err=True
            )


@app.command()
@click.option("--manifest", is_flag=True, help="Print the manifest that Slack makes the app from, and end.")
@_home
def slack(manifest: bool, home: Path | None) -> None:
    """Answer in Slack, until stopped; docs/slack.md leads through it."""
    settings = load_settings(home)
    if manifest:
        from bot.slack_manifest import manifest as slack_manifest

        click.echo(slack_manifest(settings.slack), nl=False)
        return
    from bot.service import run
    from bot.slack_service import SlackConnection

    with _legation(home) as legation:
        run(legation, [SlackConnection(legation)])


@app.command()
@click.option("--sync-commands", is_flag=True, help="Tell Discord our commands even if they have not changed.")
@click.option("--invite", is_flag=True, help="Print the address at which a server's admin lets the bot in, and end.")
@_home
def discord(sync_commands: bool, invite: bool, home: Path | None) -> None:
    """Answer in Discord, until stopped; docs/discord.md leads through it."""
    from bot.discord_service import DiscordConnection, invitation
    from bot.service import run

    if invite:
        click.echo(invitation(load_settings(home).discord))
        return
    with _legation(home) as legation:
        run(legation, [DiscordConnection(legation, sync=sync_commands)])


@app.command()
@_home
def serve(home: Path | None) -> None:
    """Answer in every chat that is set up, in one process over one index, until stopped."""
    from bot.discord_service import DiscordConnection
    from bot.service import run
    from bot.slack_service import SlackConnection

    with _legation(home) as legation:
        connections = [each for each in (SlackConnection(legation), DiscordConnection(legation)) if each.wanted]
        if not connections:
            raise SettingsError("Neither Slack nor Discord is set up: docs/slack.md and docs/discord.md say how.")
        run(legation, connections)


@app.command()
@click.option("--since", metavar="DATE", help="Only what was asked on or after YYYY[-MM[-DD]].")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most groups of questions.")
@_json
@_home
def gaps(since: str | None, limit: int, as_json: bool, home: Path | None) -> None:
    """List what people asked in chats and did not get: the documents to add."""
    from index.generation import parse_day

    first = parse_day(since, last=False) if since is not None else None
    with _legation(home) as legation:
        found = legation.gaps(first)
    if as_json:
        click.echo(json.dumps({"gaps": [asdict(gap) for gap in found[:limit]]}))
        return
    for gap in found[:limit]:
        wrong = f", {gap.marked_wrong} of them answered and marked as wrong" if gap.marked_wrong else ""
        times = "once" if gap.times == 1 else f"{gap.times} times"
        click.echo(visible_line(f"{times}, last on {gap.latest}{wrong}: {gap.question}"))
        for other in gap.others:
            click.echo(f"    also: {visible_line(other)}")
    if len(found) > limit:
        click.echo(f"{len(found) - limit} more groups; --limit shows them.")
    if not found:
        click.echo("Nothing was asked in chats that was not answered.")


@app.command()
@click.option("--show-config", is_flag=True, help="Print every setting instead; of secrets only whether they are set.")
@_json
@_home
def doctor(show_config: bool, as_json: bool, home: Path | None) -> None:
    """Look at everything an answer depends on; say what is wrong and how to mend it."""
    from bot.doctor import examine
    from bot.settings import shown_settings

    if show_config:
        shown = shown_settings(load_settings(home))
        lines = (f"{name} = {'' if value is None else visible_line(value)}".rstrip() for name, value in shown.items())
        click.echo(json.dumps({"settings": shown}) if as_json else "\n".join(lines))
        return
    with _legation(home) as legation:
        findings = list(examine(legation))
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mend = f" -> {finding.mend}" if finding.mend else ""
            click.echo(visible(f"{finding.status:5} {finding.subject}: {finding.detail}{mend}"))
    if any(finding.status == "wrong" for finding in findings):
        raise SystemExit(EXIT_CHECK_FAILED)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point: runs a command and turns every error into a sentence and an exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # Python's way of saying that it was closed before we started
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        # Not app.main, which would end the process by itself when a pipe is closed.
        with app.make_context("legation", given) as context:
            app.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
        code = 0
    except click.exceptions.Exit as error:  # --help and --version
        code = error.exit_code
    except LegationError as error:
        code = _complain(error.user_message, error.exit_code, error.retryable, as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = UsageError.exit_code
    except click.ClickException as error:
        code = _complain(error.format_message(), UsageError.exit_code, False, as_json)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again on closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except OSError as error:
        if _traceback_wanted():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what could not be written stays unwritten
        click.echo(f"Reading or writing failed: {error.strerror or type(error).__name__}.", err=True)
        code = StorageError.exit_code
    except Exception as error:  # the last fence: no person sees a traceback unasked
        if _traceback_wanted():
            raise
        kind = type(error).__name__
        sentence = f"Something went wrong inside Legation ({kind}); LEGATION_TRACEBACK=1 shows where."
        code = _complain(sentence, EXIT_INTERNAL, False, as_json)
    sys.exit(code)


@contextmanager
def _legation(home: Path | None) -> Iterator[Legation]:
    """The parts, with progress shown as long as the block lasts."""
    settings = load_settings(home)
    with progress() as tell:
        yield Legation(settings, tell, lambda sentence: click.echo(sentence, err=True))


@contextmanager
def _printed() -> Iterator[None]:
    """For what is done after the result was printed: an error goes to standard error only, which leaves standard
    output the one JSON object that it is.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        yield
    except LegationError as error:
        raise SystemExit(_complain(error.user_message, error.exit_code, error.retryable, as_json=False)) from error


def _traceback_wanted() -> bool:
    try:
        return load_settings().traceback
    except LegationError:
        return False


def _complain(sentence: str, code: int, retryable: bool, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"error": {"message": sentence, "exit_code": code, "retryable": retryable}}))
    click.echo(visible_line(sentence), err=True)
    return code


def _rendered(answer: Answer) -> str:
    from bot.render.terminal import render_answer

    return render_answer(answer, _width(), _colour(), hyperlinks=_colour())


def _explained(answer: Answer) -> str:
    from bot.render.explain import render_explanation

    return f"{_rendered(answer)}\n{render_explanation(answer, _width(), _colour())}"


def _print_report(report: "SyncReport", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    for skipped in report.skipped:
        kept = " (its last good version still answers)" if skipped.kept else ""
        click.echo(visible_line(f"skipped {skipped.name}: {skipped.reason}{kept}"), err=True)
    click.echo(
        f"{report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.unchanged} unchanged, {len(report.skipped)} skipped; {report.passages} passages, "
        f"{report.encoded} of them newly encoded "
        f"(generation {report.generation}, {report.elapsed_seconds:.1f} s)"
    )


def _span(at: str, length: int) -> tuple[int, int]:
    start, _, end = at.partition(":")
    try:
        span = int(start), int(end)
    except ValueError as error:
        raise UsageError("--at takes two numbers, as in --at 120:260.") from error
    if not 0 <= span[0] < span[1] <= length:
        raise UsageError(f"--at {at} does not lie within the text, which has {length} characters.")
    return span


def _read_text(name: str) -> str:
    if name == "-" and sys.stdin is None:
        raise UsageError("Standard input is closed.")
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{'Standard input' if name == '-' else name} is not UTF-8 text.") from error


def _read_lines(name: str) -> Iterator[str]:
    """The lines of a batch, as they come: a pipe is answered line by line. A byte that is not UTF-8 spoils its
    own line only.
    """
    if name == "-" and sys.stdin is None:
        raise UsageError("Standard input is closed.")
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            for number, line in enumerate(stream):
                text = line.decode("utf-8", errors="surrogateescape")
                yield text.removeprefix("\ufeff") if number == 0 else text
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error


def _width() -> int:
    return max(20, min(shutil.get_terminal_size().columns, 100))


def _colour() -> bool:
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


if __name__ == "__main__":
    main()
