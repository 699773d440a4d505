"""Everything that is stored, compared with everything that is known of it: checksums, places, shapes, references.

It changes nothing. What is derived from the library is made again by itself if it is damaged; the library is not.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.check.derived import EXPORT, PAST, check_index, check_leftovers, check_lists, check_models, check_past
from index.check.library import check_documents, check_records, check_references
from index.check.result import (
    ENCODE,
    ENCODE_AGAIN,
    OLDER,
    RESTORE,
    SPLIT,
    SYNC,
    UNREACHED,
    UPGRADE,
    Check,
    Tally,
    Tell,
)
from index.check.stored import Stored
from index.database import Database
from index.errors import BusyError, LegationError, LibraryError, SettingsError, StorageError
from index.home import Home, in_the_place_of
from index.library_schema import LIBRARY
from index.manifest import read_manifest
from index.sqlite_schema import Schema
from index.transactions import SharedDatabase

__all__ = ["ENCODE", "ENCODE_AGAIN", "RESTORE", "SPLIT", "SYNC", "UNREACHED", "Check", "check"]

RESTORE_SHARED = "pg_restore of a dump that is whole, or drop the namespace legation_library and restore a backup"


def check(
    home: Home,
    databases: Mapping[str, Schema],
    models: Path,
    tell: Tell,
    shared: Callable[[], SharedDatabase] | None = None,
) -> Iterator[Check]:
    """Checks all that lies in ``home``, and the exported models in the folder ``models``. ``databases`` are the names
    of the SQLite files in ``home``; ``shared`` opens the database that has the library instead of one of these, if one
    does. Never raises a LegationError: what is wrong is a ``Check``.
    """
    files = {name: schema for name, schema in databases.items() if shared is None or name != home.library.name}
    for each in _checks(Stored(home, shared), files, models, tell):
        yield replace(each, mend=RESTORE_SHARED) if shared is not None and each.mend == RESTORE else each


def _checks(stored: Stored, databases: Mapping[str, Schema], models: Path, tell: Tell) -> Iterator[Check]:
    home = stored.home
    if (taken := in_the_place_of(home.path)) is not None:
        yield Check("home", "wrong", f"{taken} is no folder", "correct LEGATION_HOME, or --home")
        return
    for name, schema in databases.items():
        mend = RESTORE if name == home.library.name else schema.mend
        yield from _guarded(name, mend, _database, home.path / name, schema, mend)
    if stored.shared is not None:
        yield from _guarded("library", RESTORE, _shared, stored)
    if stored.exists:
        yield from _guarded("documents", RESTORE, check_documents, stored, tell)
        yield from _guarded("references", RESTORE, check_references, stored, tell)
        yield from _guarded("records", RESTORE, check_records, stored, tell)
        yield from _guarded("index", SYNC, check_index, stored, tell)
        yield from _guarded("lists", SYNC, check_lists, stored, tell)
    elif home.lost:
        yield Check(home.library.name, "wrong", "it is missing or empty, and was here before", RESTORE)
    yield from _guarded("past", PAST, check_past, home)
    yield from _guarded("models", EXPORT, check_models, models, tell)
    yield from _guarded(home.manifest.name, "correct it", _manifest, home)
    yield from _guarded("generations", RESTORE, check_leftovers, stored)
    yield from _unfinished(home)


def _guarded(subject: str, mend: str, look: Callable[..., Iterator[Check]], *arguments: Any) -> Iterator[Check]:
    try:
        yield from look(*arguments)
    except LegationError as error:
        if mend in {RESTORE, SYNC} and isinstance(error, StorageError | BusyError | SettingsError):
            mend = UNREACHED  # what was not looked at need not be damaged, and is not to be thrown away
        elif mend == SYNC and isinstance(error, LibraryError):
            mend = RESTORE  # the index is made from the library
        # What it is built again by stands in the mend.
        detail = error.user_message.removesuffix("; run: legation sync") if mend == SYNC else error.user_message
        yield Check(subject, "wrong", detail, mend)
    except OSError as error:  # a folder that may not be looked into
        yield Check(subject, "wrong", f"{error.filename or subject} cannot be read: {error.strerror}", UNREACHED)


def _database(path: Path, schema: Schema, mend: str) -> Iterator[Check]:
    if not _holds_something(path):  # opened, an empty file would become a new database
        yield Check(path.name, "note", "it is empty" if path.exists() else "there is none")
        return
    tally = Tally(path.name)
    with closing(Database(path, schema)) as database:
        for problem in database.problems():
            tally.tell(problem)
        older = database.older
    detail = f"structure and references of {path.stat().st_size:,} bytes"
    if tally.wrong:
        yield tally.check(mend)
    elif older is not None:
        yield _older(path.name, older, schema.upgraded_by, f"{detail}; ")
    else:
        yield Check(path.name, "ok", detail)


def _shared(stored: Stored) -> Iterator[Check]:
    with stored.database() as database:
        if database.older is not None:
            yield _older("library", database.older, LIBRARY.upgraded_by)


def _older(subject: str, version: int, upgraded_by: str, detail: str = "") -> Check:
    return Check(subject, "note", detail + OLDER.format(version=version), UPGRADE.format(upgraded_by=upgraded_by))


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _manifest(home: Home) -> Iterator[Check]:
    if home.manifest.exists():
        held = len(read_manifest(home.manifest))
        yield Check(home.manifest.name, "ok", f"{held:,} source{'' if held == 1 else 's'}")


def _unfinished(home: Home) -> Iterator[Check]:
    """What ``index.restore`` leaves: a folder that it was cut short in, or what was there before."""
    if any(home.path.glob("restoring-*/")):
        yield Check("restore", "wrong", "it was cut short", "nothing: the next question or sync goes on with it")
    for folder in sorted(home.path.glob("replaced-*/")):
        yield Check("restore", "note", f"{folder} has what was replaced", "delete it once it is not needed")
