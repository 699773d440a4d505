"""Lines for a terminal or a pipe: wrapping, looks, and bytes that depend on nothing but the arguments."""

import io
import re
from dataclasses import dataclass

from rich.console import Console
from rich.style import Style
from rich.text import Text

NARROWEST = 20
"""Columns; a narrower terminal gets lines of this width."""

INDENT = "  "

_LINK_ID = re.compile(r"(?<=\x1b\]8;)id=[^;]*")


@dataclass(frozen=True, slots=True)
class Look:
    """``width`` in columns; whether titles carry OSC 8 links; what strong, faint and marked text looks like."""

    width: int
    hyperlinks: bool
    strong: Style
    faint: Style
    marked: Style


def make_look(width: int, colour: bool, hyperlinks: bool = False) -> Look:
    plain = Style()
    return Look(
        max(width, NARROWEST),
        hyperlinks,
        Style(bold=True) if colour else plain,
        Style(dim=True) if colour else plain,
        Style(bold=True, reverse=True) if colour else plain,
    )


def wrapped(text: Text, look: Look, first: str = "", rest: str = "") -> list[Text]:
    """The lines of ``text``, each of at most ``look.width`` columns with its margin."""
    console = _console(look, io.StringIO(), escapes=False)
    lines = text.wrap(console, look.width - len(rest), overflow="fold")
    margins = [first, *[rest] * (len(lines) - 1)]
    for line in lines:
        line.rstrip()
    return [Text.assemble(margin, line) for margin, line in zip(margins, lines, strict=True)]


def printed(lines: list[Text], look: Look, escapes: bool) -> str:
    """The lines as they are written, with escape codes or without any."""
    output = io.StringIO()
    console = _console(look, output, escapes)
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)
    # rich numbers its links at random; without a number the same answer gives the same bytes.
    return _LINK_ID.sub("", output.getvalue())


def _console(look: Look, output: io.StringIO, escapes: bool) -> Console:
    """A console that neither the environment nor a terminal has a say in."""
    return Console(
        file=output,
        width=look.width,
        height=25,
        color_system="standard" if escapes else None,
        force_terminal=escapes,
        force_jupyter=False,
        no_color=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
