"""Many questions in a row on the command line: a prompt for a person, a batch for a program."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from bot.as_of import parse_as_of
from bot.assemble import Legation
from bot.question import make_question
from bot.render.machine import answer_to_json
from bot.render.visible import visible_line
from bot.types import Answer, Question
from index.errors import LegationError, UsageError
from index.generation import parse_day

_FIELDS = ("id", "question", "context")
"""What a JSON line of a batch may hold."""

_SHOWN = 40
_ENDINGS = frozenset({"exit", "quit", "/exit", "/quit"})


@dataclass(frozen=True, slots=True)
class Scope:
    """The collections (none: all) and days that every question is limited to, and the day that it is asked as of."""

    collections: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    as_of: date | None = None

    def question(self, text: str, context: str | None = None) -> Question:
        """Raises what ``make_question`` raises."""
        return make_question(text, context, self.collections, self.since, self.until, self.as_of)


def parse_scope(collections: tuple[str, ...], since: str | None, until: str | None, as_of: str | None) -> Scope:
    """The scope that dates as people type them give. Raises UsageError for one that is none, or lies in the future."""
    return Scope(
        collections,
        parse_day(since, last=False) if since is not None else None,
        parse_day(until, last=True) if until is not None else None,
        parse_as_of(as_of, datetime.now(UTC).date()) if as_of is not None else None,
    )


class Asking:
    """Asks within the same scope, for at most ``limit`` quotes, every time. Raises NotFoundError for a collection that
    nothing is in.
    """

    def __init__(self, legation: Legation, scope: Scope, limit: int | None) -> None:
        self._legation, self._scope, self._limit = legation, scope, limit
        legation.check_collections(scope.collections)

    def answer(self, text: str, context: str | None = None, name: str | None = None) -> Answer:
        """Raises what ``make_question`` and ``Answerer.answer`` raise."""
        return self._legation.answerer.answer(self._scope.question(text, context), self._limit, name)


def answer_batch(asking: Asking, lines: Iterable[str]) -> int:
    """Prints one JSON object for each line that is not blank, in order: an answer, or an error.

    Returns the exit code: 0, or that of the first line that could not be answered.
    """
    code = 0
    for line in lines:
        if not line.strip():
            continue
        name: str | None = None
        try:
            fields = _parse(line)
            name = _name(fields)
            _check_fields(fields)
            text, context = _question(fields)
            click.echo(answer_to_json(asking.answer(text, context, name)))
        except LegationError as error:
            code = code or error.exit_code
            problem = {
                "message": error.user_message,
                "exit_code": error.exit_code,
                "retryable": error.retryable,
            }
            click.echo(json.dumps({"id": name, "error": problem}))
    return code


def converse(asking: Asking, render: Callable[[Answer], str], history: Path) -> None:
    """A prompt with history. A question may lean on the one before. Ctrl-C drops a line; Ctrl-D and "exit" end."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.output import create_output

    # Standard output is for answers: if it is a file, the prompt is drawn on the terminal that remains.
    terminal = sys.stdout is not None and sys.stdout.isatty()
    output = None if terminal else create_output(stdout=sys.stderr)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)), output=output)
    context: str | None = None
    click.echo("Ask about embassies, consulates, missions and sanctions. Ctrl-D or exit ends.", err=True)
    while True:
        try:
            text = session.prompt("? ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if not text.strip():
            continue
        if text.strip().lower() in _ENDINGS:
            return
        try:
            answer = asking.answer(text, context)
            click.echo(render(answer).rstrip("\n"))
            if answer.understanding is not None and answer.understanding.talk is None:
                context = answer.understanding.query.text
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
        except LegationError as error:
            click.echo(visible_line(error.user_message), err=True)


def _parse(line: str) -> dict[str, Any]:
    if not line.lstrip().startswith("{"):
        return {"question": line}
    try:
        fields: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError("This line begins like a JSON object but is none.") from error
    return fields


def _name(fields: dict[str, Any]) -> str | None:
    name = fields.get("id")
    if name is not None and type(name) not in {str, int}:
        raise UsageError('The "id" of a JSON line is a string or a whole number.')
    return None if name is None else str(name)


def _check_fields(fields: dict[str, Any]) -> None:
    unknown = next((field for field in fields if field not in _FIELDS), None)
    if unknown is not None:
        raise UsageError(f'A JSON line has no field "{unknown[:_SHOWN]}"; there are {", ".join(_FIELDS)}.')


def _question(fields: dict[str, Any]) -> tuple[str, str | None]:
    text, context = fields.get("question"), fields.get("context")
    if not isinstance(text, str) or not isinstance(context, str | None):
        raise UsageError('A JSON line needs "question", and "context" if it has one, as strings.')
    return text, context
