"""The sources of documents: add, sync, remove, sources, diff."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.assemble import Legation
from bot.commands.options import Text, colour, home_option, json_option, opened, reading, width
from bot.render.visible import visible_line
from index.errors import ReadError, UsageError
from index.manifest import KINDS, SourceEntry

if TYPE_CHECKING:
    from index.sync import SyncReport

MOST_PROBLEMS = 20
"""Broken rows that are printed; JSON has them all."""

MOST_KINDS = 8
"""Of files that are passed over."""


@click.command(short_help="Add files, folders, web pages, feeds or lists.")
@click.argument("locations", nargs=-1, required=True, type=Text(), metavar="LOCATION...")
@click.option("--collection", metavar="NAME", type=Text(), help="Collection of these documents. Default: the name.")
@click.option(
    "--name", metavar="NAME", type=Text(), help="Name of the source. Default: that of the file, folder or host."
)
@click.option("--kind", type=click.Choice(KINDS), default="auto", help="What stands there. Default: found out.")
@click.option(
    "--every", metavar="INTERVAL", type=Text(), help="Read again by itself while a service runs: 15m, 6h, 7d."
)
@click.option("--publisher", metavar="NAME", type=Text(), help="Publisher of documents that name none.")
@click.option("--language", metavar="TAG", type=Text(), help="Language of documents that name none, as in en or pt-BR.")
@click.option(
    "--include", multiple=True, metavar="PATTERN", type=Text(), help="Only paths or addresses like this; repeatable."
)
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", type=Text(), help="No paths or addresses like this; repeatable."
)
@click.option(
    "--edition", metavar="DATE", type=Text(), help="Date of a sanctions list that gives none itself: YYYY-MM-DD."
)
@json_option
@home_option
def add(
    locations: tuple[str, ...],
    collection: str | None,
    name: str | None,
    kind: str,
    every: str | None,
    publisher: str | None,
    language: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    edition: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Add files, folders, web pages, feeds, sitemaps or sanctions lists, and index them."""
    from bot.sources import NOT_ADDED, add_sources

    if name is not None and len(locations) > 1:
        raise UsageError("--name goes with one LOCATION.")
    chosen = next(each for each in KINDS if each == kind)
    wanted = SourceEntry("", "", chosen, "", every, publisher, language, include, exclude, edition)
    with opened(home) as legation:
        added = add_sources(legation, locations, wanted, name, collection)
    report, empty = added.report, added.empty
    if not empty or not as_json:
        _print_report(report, as_json)
    if empty:
        raise ReadError(NOT_ADDED.format(names=", ".join(empty), reasons=_why(report) if as_json else ""))


@click.command(short_help="Bring the sources up to date.")
@click.argument("names", nargs=-1, type=Text())
@click.option("--due", is_flag=True, help="Only those whose interval has passed.")
@click.option("--verify", is_flag=True, help="Compare every vector with its checksum; encode damaged ones again.")
@json_option
@home_option
def sync(names: tuple[str, ...], due: bool, verify: bool, as_json: bool, home: Path | None) -> None:
    """Bring the sources NAMES (default: all) up to date and index what has changed."""
    from bot.sources import sync_sources

    if names and due:
        raise UsageError("--due chooses the sources by itself; it goes without NAMES.")
    with _sources(home) as legation:
        report = sync_sources(legation, names, only_due=due, verify=verify)
    _print_report(report, as_json)


@click.command(short_help="Take sources out of the library.")
@click.argument("names", nargs=-1, required=True, type=Text())
@json_option
@home_option
def remove(names: tuple[str, ...], as_json: bool, home: Path | None) -> None:
    """Take sources out of the library and the manifest; their documents leave the answers at once."""
    from bot.sources import remove_sources

    with _sources(home) as legation:
        report = remove_sources(legation, names)
    _print_report(report, as_json)


@click.command(short_help="List the sources.")
@json_option
@home_option
def sources(as_json: bool, home: Path | None) -> None:
    """List the sources with their collections, numbers of documents, and when they were looked at."""
    from bot.render.words import documents
    from bot.sources import list_sources

    with _sources(home) as legation:
        listed = list_sources(legation)
    if as_json:
        click.echo(json.dumps({"sources": [asdict(item) for item in listed]}))
        return
    for item in listed:
        newest = f", newest {item.newest}" if item.newest else ""
        every = f", read again every {item.every}" if item.every else ""
        line = f"{item.name} [{item.collection}]: {documents(item.documents)}{newest}, from {item.location}{every}"
        click.echo(visible_line(line))
    if not listed:
        click.echo("There are no sources yet; legation add LOCATION adds one.")


@click.command(short_help="Show what was added, changed and withdrawn in a source.")
@click.argument("source", type=Text())
@click.option(
    "--since", metavar="DATE", type=Text(), help="Compare with what was held, or what the list said, on YYYY[-MM[-DD]]."
)
@json_option
@home_option
def diff(source: str, since: str | None, as_json: bool, home: Path | None) -> None:
    """Show what was added, changed and withdrawn in SOURCE, or listed, amended and delisted, with quotes.

    Without --since, in its last change; of a list, since the edition before.
    """
    from bot.comparing.command import run_diff

    with reading(home) as legation:
        run_diff(legation, source, since, as_json, width(), colour())


@contextmanager
def _sources(home: Path | None) -> Iterator[Legation]:
    """The parts, where there are sources: in a library, or in a manifest that none was read of yet."""
    with opened(home) as legation:
        if not legation.home.manifest.exists():
            legation.check_library()
        yield legation


def _print_report(report: "SyncReport", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    for skipped in report.skipped:
        kept = " (its last good version still answers)" if skipped.kept else ""
        click.echo(visible_line(f"skipped {skipped.name}: {skipped.reason}{kept}"), err=True)
    for problem in report.problems[:MOST_PROBLEMS]:
        click.echo(visible_line(f"left out {problem.name}: {problem.reason}"), err=True)
    if len(report.problems) > MOST_PROBLEMS:
        click.echo(f"left out {len(report.problems) - MOST_PROBLEMS} more; --json names them all", err=True)
    if report.passed_over:
        click.echo(visible_line(f"passed over, as nothing reads such files: {_kinds(report.passed_over)}"), err=True)
    click.echo(
        f"{report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.unchanged} unchanged, {len(report.skipped)} skipped; {report.passages} passages, "
        f"{report.encoded} of them newly encoded "
        f"(generation {report.generation}, {report.elapsed_seconds:.1f} s)"
    )


def _why(report: "SyncReport") -> str:
    """What the report would have said, for an error that stands alone: of skipped parts the first."""
    if report.skipped:
        return f" ({report.skipped[0].name}: {report.skipped[0].reason.removesuffix('.')})"
    return f" (passed over, as nothing reads such files: {_kinds(report.passed_over)})" if report.passed_over else ""


def _kinds(passed_over: Mapping[str, int]) -> str:
    kinds = [f"{count} {ending or 'without an ending'}" for ending, count in passed_over.items()]
    others = sum(list(passed_over.values())[MOST_KINDS:])
    return ", ".join([*kinds[:MOST_KINDS], *([f"{others} of other kinds"] if others else [])])
