"""``legation screen``: a table of names against the sanctions lists, row by row."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import click

from bot.as_of import parse_as_of
from bot.assemble import Legation
from bot.input_files import open_input
from bot.render.screening import edition_in_words, header, to_csv, to_json
from bot.render.visible import visible_line
from bot.screened import BrokenRow, Screened
from bot.screening.rows import Chosen, read_rows
from bot.screening.screening import Screening
from index.errors import NotFoundError, UsageError

_PROGRESS_EVERY = 500
"""Rows."""


def run_screen(
    legation: Legation,
    file: Path,
    chosen: Chosen,
    lists: Sequence[str],
    collections: Sequence[str],
    as_of: str | None,
    candidates: bool,
    as_json: bool,
) -> int:
    """Screens the table in ``file`` and prints what is found for each row as soon as it is, as
    CSV, or as one JSON object a line. Returns the exit code: that of UsageError if some row could not be read.

    Raises UsageError for a table, column or day that cannot be understood; NotFoundError for a list or collection that
    is not held, on that day; and what ``Searcher.open`` raises.
    """
    day = parse_as_of(as_of, datetime.now(UTC).date()) if as_of is not None else None
    with _lines(file) as lines:
        legation.prepare()
        legation.check_collections(collections)
        if day is not None:
            _check_day(legation, day, lists, collections)
        opened = legation.searcher().open(day)
        screening = Screening(opened.register, legation.library.documents, lists, collections)
        results: Counter[str] = Counter()
        for number, screened in enumerate(screening.screen(read_rows(lines, chosen)), start=1):
            if number == 1 and not as_json:
                click.echo(header())
            for line in (to_json(screened, candidates),) if as_json else to_csv(screened, candidates):
                click.echo(line)
            _report(screened)
            results[screened.result] += 1
            if number % _PROGRESS_EVERY == 0:
                click.echo(f"Screened {number} rows.", err=True)
    looked_into = list(screening.editions.values())
    editions = ", ".join(edition_in_words(each, looked_into) for each in looked_into)
    click.echo(visible_line(f"{_summary(results, candidates)} Looked into: {editions}."), err=True)
    return UsageError.exit_code if results["not read"] else 0


def _report(screened: Screened) -> None:
    row = screened.row
    if isinstance(row, BrokenRow):
        click.echo(visible_line(f"line {row.line} was not read: {row.reason}"), err=True)
    else:
        for note in row.notes:
            click.echo(visible_line(f"line {row.line} was screened without something: {note}"), err=True)


def _summary(results: Counter[str], candidates: bool) -> str:
    rows = results.total()
    told = [f"{results['found']} found"]
    if candidates:
        told += [f"{results['alike']} alike", f"{results['not found']} not found"]
    else:
        told.append(f"{results['alike'] + results['not found']} not found")
        if results["alike"]:
            told[-1] += f" ({results['alike']} of them with names merely alike, which --candidates prints)"
    told += [f"{results[each]} {each}" for each in ("no name", "not read") if results[each]]
    return f"{rows} row{'' if rows == 1 else 's'}: {', '.join(told)}."


def _check_day(legation: Legation, day: date, lists: Sequence[str], collections: Sequence[str]) -> None:
    """Says which lists have no edition as early as ``day``: an error where the list is asked for by name."""
    editions = [
        each
        for each in legation.library.editions.all()
        if (not lists or each.edition.list in lists) and (not collections or each.collection in collections)
    ]
    oldest = {(each.edition.list, each.collection): each for each in reversed(editions)}
    late = [each for each in oldest.values() if each.date > day.isoformat()]
    early = {key for key, each in oldest.items() if each.date <= day.isoformat()}
    for each in late:
        sentence = f"No edition of the {each.edition.name} as early as {day} is held; the oldest is of {each.date}."
        if not early or (lists and each.edition.list not in {short for short, _ in early}):
            raise NotFoundError(sentence)
        legation.notice(sentence)


@contextmanager
def _lines(file: Path) -> Iterator[io.TextIOWrapper]:
    """The lines of a file with their ends, bytes that are no UTF-8 as surrogates."""
    with open_input(file) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
        try:
            yield lines
        finally:
            lines.detach()  # whoever opened the stream closes it
