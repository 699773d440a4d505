"""Asking, and looking at what was quoted: ask, show, verify."""

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import click

from bot.commands.options import (
    EXIT_CHECK_FAILED,
    FileName,
    Text,
    colour,
    home_option,
    json_option,
    prepared,
    reading,
    width,
)
from bot.input_files import STANDARD, open_lines, read_text
from bot.render.machine import answer_to_json, document_to_dict
from bot.render.visible import visible
from bot.types import Answer
from index.errors import UsageError


@click.command(short_help="Answer a question with quoted, cited passages.")
@click.argument("question", nargs=-1)
@click.option(
    "--batch",
    metavar="FILE|-",
    type=FileName(stream=True),
    help="One question a line, plain or JSON; needs --json.",
)
@click.option(
    "--collection", multiple=True, metavar="NAME", type=Text(), help="Search only this collection; repeatable."
)
@click.option("--since", metavar="DATE", type=Text(), help="Only documents published on or after YYYY[-MM[-DD]].")
@click.option("--until", metavar="DATE", type=Text(), help="Only documents published on or before YYYY[-MM[-DD]].")
@click.option(
    "--as-of", metavar="DATE", type=Text(), help="Ask what was held, and what the lists said, on YYYY[-MM[-DD]]."
)
@click.option("--limit", type=click.IntRange(1, 20), help="Most quotes.")
@click.option("--explain", is_flag=True, help="Show how the question was understood and what each score is made of.")
@json_option
@home_option
def ask(
    question: tuple[str, ...],
    batch: Path | None,
    collection: tuple[str, ...],
    since: str | None,
    until: str | None,
    as_of: str | None,
    limit: int | None,
    explain: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Answer QUESTION with quoted, cited passages; without one, on a terminal, open a prompt."""
    from bot.conversation import Asking, answer_batch, converse, parse_scope

    if batch is not None and (question or not as_json):
        raise UsageError("--batch takes its questions from a file, and needs --json.")
    text: str | None = " ".join(question) if question and question != (str(STANDARD),) else None
    if text is None and batch is None and not (sys.stdin is not None and sys.stdin.isatty()):
        text = read_text(STANDARD)
    scope = parse_scope(collection, since, until, as_of)
    if text is not None:
        scope.question(text)  # what cannot be asked is refused before an index is built
    render = answer_to_json if as_json else _explained if explain else _rendered
    with nullcontext() if batch is None else open_lines(batch) as lines, prepared(home) as legation:
        asking = Asking(legation, scope, limit)
        if lines is not None:
            code = answer_batch(asking, lines)
            if code:
                raise SystemExit(code)
        elif text is not None:
            click.echo(render(asking.answer(text)).rstrip("\n"))
        else:
            converse(asking, render, legation.home.history)


@click.command(short_help="Show a document, or the passage that a quote is from.")
@click.argument("document", type=Text())
@click.option("--at", metavar="START:END", type=Text(), help="Mark this stretch of the stored text.")
@click.option("--text", is_flag=True, help="Only the stored text (with --at, only that stretch), nothing else.")
@click.option("--version", metavar="SHA256", type=Text(), help="An earlier version, by its SHA-256.")
@json_option
@home_option
def show(document: str, at: str | None, text: bool, version: str | None, as_json: bool, home: Path | None) -> None:
    """Show DOCUMENT (its id, or the path or file name it ends with), or the place of a quote in it."""
    from bot.render.terminal import render_document, render_passage

    with reading(home) as legation:
        found = legation.find_document(document, version)
    start, end = _span(at, len(found.text)) if at is not None else (0, len(found.text))
    stretch = found.text[start:end]
    if as_json:
        shown = {"document": document_to_dict(found), "start": start, "end": end, "text": stretch}
        click.echo(json.dumps(shown))
    elif text:
        if sys.stdout is not None:  # it was not closed before we started
            # Byte for byte into a file or pipe; on a screen nothing of a document may act as a control.
            written = visible(stretch) if sys.stdout.isatty() else stretch
            sys.stdout.buffer.write(written.encode())
    elif at is None:
        click.echo(render_document(found, width(), colour()))
    else:
        click.echo(render_passage(found, start, end, width(), colour()))


@click.command(short_help="Check every quote of an answer given earlier.")
@click.argument("answer", metavar="ANSWER.json|-", type=FileName(stream=True))
@json_option
@home_option
def verify(answer: Path, as_json: bool, home: Path | None) -> None:
    """Check every quote of what ask --json printed earlier: exact, moved, changed or gone."""
    from bot.render.checks import render_checks
    from bot.verify import read_answers
    from bot.verify import verify as verify_answers

    answers = list(read_answers(read_text(answer)))
    with reading(home) as legation:
        checks = verify_answers(legation.library, answers)
    if as_json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}))
    else:
        click.echo(render_checks(checks, width(), colour()).rstrip("\n"))
    if any(check.verdict != "exact" or check.cited is False for check in checks):
        raise SystemExit(EXIT_CHECK_FAILED)


def _rendered(answer: Answer) -> str:
    from bot.render.terminal import render_answer

    return render_answer(answer, width(), colour(), hyperlinks=colour())


def _explained(answer: Answer) -> str:
    from bot.render.explain import render_explanation

    return f"{_rendered(answer)}\n{render_explanation(answer, width(), colour())}"


def _span(at: str, length: int) -> tuple[int, int]:
    start, _, end = at.partition(":")
    try:
        span = int(start), int(end)
    except ValueError as error:
        raise UsageError("--at takes two numbers, as in --at 120:260.") from error
    if span[0] >= span[1]:
        raise UsageError(f"--at {at} ends before it begins, or holds nothing.")
    if span[0] < 0 or span[1] > length:
        raise UsageError(f"--at {at} does not lie within the text, which has {length} characters.")
    return span
