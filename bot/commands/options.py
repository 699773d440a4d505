"""What every command shares: where things are stored, how results are printed, what is read."""

import json
import math
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click

from bot.assemble import Legation
from bot.input_files import STANDARD
from bot.progress import progress
from bot.render.visible import visible_line
from bot.settings import load_settings
from index.errors import LegationError

EXIT_CHECK_FAILED = 1


class FileName(click.Path):
    """The name of a file or folder. ``-`` is one only for what is read or written as a stream."""

    def __init__(self, stream: bool = False) -> None:
        super().__init__(readable=False, allow_dash=stream, path_type=Path)  # whoever opens it says more

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).strip():  # a variable of the shell that is not set; Python would take it for this folder
            self.fail("the name is empty.", param, ctx)
        if value == str(STANDARD) and not self.allow_dash:
            self.fail("name a file or folder, instead of - (or ./- if it is called so).", param, ctx)
        path = super().convert(value, param, ctx)
        # Python drops the dot of ./- and takes both for one.
        return path.absolute() if path == STANDARD and value != str(STANDARD) else path


class Text(click.types.StringParamType):
    """Words that are not left out: what a variable of the shell leaves that is not set would mean another thing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not value.strip():
            self.fail("it is empty.", param, ctx)
        return super().convert(value, param, ctx)


home_option = click.option(
    "--home",
    type=FileName(),
    help="Folder under which everything is stored (or LEGATION_HOME).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def number(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """What is no number is neither below 0 nor above 1, and click lets it pass."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number.")
    return value


@contextmanager
def opened(home: Path | None) -> Iterator[Legation]:
    """The parts, with progress shown as long as the block lasts."""
    settings = load_settings(home)
    with progress() as tell, closing(Legation(settings, tell, lambda sentence: click.echo(sentence, err=True))) as all_:
        yield all_


@contextmanager
def reading(home: Path | None) -> Iterator[Legation]:
    """The parts, for who only reads: where there is no library, none is made. Raises EmptyLibraryError."""
    with opened(home) as legation:
        legation.check_library()
        yield legation


@contextmanager
def prepared(home: Path | None) -> Iterator[Legation]:
    """The parts, with all that an answer needs; progress is shown only until that is there."""
    settings = load_settings(home)
    with ExitStack() as stack:
        with progress() as tell:
            legation = Legation(settings, tell, lambda sentence: click.echo(sentence, err=True))
            stack.enter_context(closing(legation))
            legation.prepare()
        yield legation


@contextmanager
def printed() -> Iterator[None]:
    """For what is done after the result was printed: an error goes to standard error only, which leaves standard
    output the one JSON object that it is.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        yield
    except LegationError as error:
        raise SystemExit(complain(error.user_message, error.exit_code, error.retryable, as_json=False)) from error


def complain(sentence: str, code: int, retryable: bool, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"error": {"message": sentence, "exit_code": code, "retryable": retryable}}))
    click.echo(visible_line(sentence), err=True)
    return code


def width() -> int:
    return max(20, min(shutil.get_terminal_size().columns, 100))


def colour() -> bool:
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return sys.stdout is not None and sys.stdout.isatty() and not plain
