"""So that nothing is lost: check, backup, restore."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import EXIT_CHECK_FAILED, FileName, home_option, json_option, opened
from bot.render.visible import visible, visible_line
from bot.settings import Settings
from index.errors import LibraryError
from index.library_schema import LIBRARY
from index.sqlite_schema import Schema

if TYPE_CHECKING:
    from index.backup import Backup, Opened, Shared

SERVICES = ("slack", "discord")


_file = click.argument("file", type=FileName())


@click.command(short_help="Compare everything that is stored with its checksums.")
@json_option
@home_option
def check(as_json: bool, home: Path | None) -> None:
    """Check every document, passage, vector, index and model file; say what is wrong and what to do about it."""
    from index.check import check as run_checks

    with opened(home) as legation:
        if not (legation.has_chats or legation.home.manifest.exists()):
            legation.check_library()
        models = legation.settings.model_cache or legation.home.models
        checks = list(run_checks(legation.home, _databases(), models, legation.tell, legation.open_shared))
    if as_json:
        click.echo(json.dumps({"checks": [asdict(each) for each in checks]}))
    else:
        for each in checks:
            mend = f" -> {each.mend}" if each.mend else ""
            click.echo(visible(f"{each.status:5} {each.subject}: {each.detail}{mend}"))
    if any(each.status == "wrong" for each in checks):
        raise SystemExit(EXIT_CHECK_FAILED)


@click.command(short_help="Write the library and the chats into one file.")
@_file
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@json_option
@home_option
def backup(file: Path, force: bool, as_json: bool, home: Path | None) -> None:
    """Write the library, the state of chats and the manifest of sources to FILE; services may run meanwhile."""
    from index.backup import write_backup
    from index.restore import finish_restore

    with opened(home) as legation:
        finish_restore(legation.home)
        shared = _shared(legation.settings)
        made = write_backup(legation.home, file, _databases(), replace=force, tell=legation.tell, shared=shared)
    if as_json:
        click.echo(json.dumps({"file": str(file), **asdict(made)}))
    else:
        _print_backup(file, made)
    for sentence in made.left_out:
        click.echo(visible_line(sentence), err=True)
    if made.left_out:
        raise SystemExit(LibraryError.exit_code)


def _print_backup(file: Path, made: "Backup") -> None:
    names, size = ", ".join(part.name for part in made.parts), sum(part.bytes for part in made.parts)
    click.echo(visible_line(f"Written to {file}: {names} ({size / 1_000_000:,.1f} MB)."))
    click.echo("legation.toml is not in it, as it has the tokens: keep it apart.")


@click.command(short_help="Put back what a backup holds.")
@_file
@click.option("--force", is_flag=True, help="Replace what is there, and keep it in a folder beside.")
@json_option
@home_option
def restore(file: Path, force: bool, as_json: bool, home: Path | None) -> None:
    """Verify the backup FILE and put back what it holds; all of it, or nothing."""
    from index.restore import restore as put_back

    with opened(home) as legation:
        shared = _shared(legation.settings)
        restored = put_back(
            legation.home, file, _databases(), SERVICES, replace=force, tell=legation.tell, shared=shared
        )
    if as_json:
        click.echo(json.dumps(asdict(restored)))
        return
    names = ", ".join(restored.parts)
    click.echo(f"Put back as of {restored.created}: {names}; {restored.documents:,} documents, all verified.")
    if restored.kept is not None:
        click.echo(visible_line(f"What was here before lies in {legation.home.path / restored.kept}."))
    if "library.sqlite" in shared:  # a question builds no index that other machines might look for
        click.echo("legation sync builds the index from the library, unless this home has it already.")
    else:
        click.echo("The index is built again from the library with the next question, or now with legation sync.")


def _databases() -> dict[str, Schema]:
    from bot.chat.store import NAME, SCHEMA

    return {"library.sqlite": LIBRARY, NAME: SCHEMA}


def _shared(settings: Settings) -> "Shared":
    """What opens those of the databases that lie in PostgreSQL."""
    from bot.chat.schema import NAME, POSTGRES
    from index.postgres import PostgresDatabase
    from index.postgres_library import PostgresLibrary

    library, chats = settings.library.shared, settings.chat.shared
    found: dict[str, Opened] = {}
    if library is not None:
        found["library.sqlite"] = lambda: PostgresLibrary(library)
    if chats is not None:
        found[NAME] = lambda: PostgresDatabase(chats, POSTGRES)
    return found
