"""Many names at once against the sanctions lists: screen."""

from pathlib import Path

import click

from bot.commands.options import FileName, Text, home_option, json_option, reading


@click.command(short_help="Look the names in a table up in the sanctions lists.")
@click.argument("file", metavar="FILE|-", type=FileName(stream=True))
@click.option("--column", metavar="NAME|NUMBER", type=Text(), help="Column of the names. Default: found by its title.")
@click.option(
    "--birth-column", metavar="NAME|NUMBER", type=Text(), help="Column of dates of birth. Default: found by its title."
)
@click.option(
    "--country-column", metavar="NAME|NUMBER", type=Text(), help="Column of countries. Default: found by its title."
)
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="LIST",
    type=Text(),
    help="Only this list: un, ofac-sdn, eu, uk, opensanctions; repeatable.",
)
@click.option(
    "--collection", multiple=True, metavar="NAME", type=Text(), help="Only lists in this collection; repeatable."
)
@click.option("--as-of", metavar="DATE", type=Text(), help="What the lists said at the end of YYYY[-MM[-DD]].")
@click.option("--candidates", is_flag=True, help="Print names that are merely alike too.")
@json_option
@home_option
def screen(
    file: Path,
    column: str | None,
    birth_column: str | None,
    country_column: str | None,
    lists: tuple[str, ...],
    collection: tuple[str, ...],
    as_of: str | None,
    candidates: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Look the names in a table up in the sanctions lists, row by row; as CSV, or with --json one object a line."""
    from bot.screening.command import run_screen
    from bot.screening.rows import Chosen

    chosen = Chosen(column, birth_column, country_column)
    with reading(home) as legation:
        code = run_screen(legation, file, chosen, lists, collection, as_of, candidates, as_json)
    if code:
        raise SystemExit(code)
