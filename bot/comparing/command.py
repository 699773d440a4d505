"""``legation diff``: what has changed in a source or on a list, printed."""

import json
from datetime import UTC, date, datetime

import click

from bot.assemble import Legation
from bot.comparing.changes import find_changes
from bot.render.changes import changes_to_dict, render_changes
from index.errors import UsageError
from index.generation import parse_day


def run_diff(
    legation: Legation, source: str, since: str | None, as_json: bool, width: int = 80, colour: bool = False
) -> int:
    """Prints the changes in ``source`` since the end of the day ``since``, as people type it; of a year or month that
    is its last day. Returns the exit code. Raises as ``find_changes`` does, and UsageError for what is no date or
    lies in the future.
    """
    changes = find_changes(legation.library, source, _day(since) if since is not None else None)
    if as_json:
        click.echo(json.dumps(changes_to_dict(changes)))
    else:
        click.echo(render_changes(changes, width, colour).rstrip("\n"))
    return 0


def _day(given: str) -> date:
    today = datetime.now(UTC).date()
    if parse_day(given, last=False) > today:
        raise UsageError(f"{given} lies in the future; --since takes a day that has been.")
    return min(parse_day(given, last=True), today)
