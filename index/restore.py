"""A backup put back: all of it verified first, then all of it put in place, or nothing.

What lies in PostgreSQL is copied into it first, where it holds nothing, and nobody sees it before all is there. Once
that is committed, the files follow.

What is unpacked and verified lies in a folder of the home. Giving that folder its final name decides: from then on
each file is put in the place of the old one, and if that is cut short, whoever opens the home next goes on with it.
The old files are kept in a folder beside.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from index.errors import BackupError, LegationError, StorageError, UsageError
from index.home import Home, fsync_folder, fsync_tree
from index.local_store import LocalStore
from index.sqlite_schema import Schema
from index.verified import verify_database

if TYPE_CHECKING:  # every command looks whether there is something to finish, and hardly any has to
    from index.backup import Backup, Shared, Tell
    from index.postgres import PostgresDatabase

_BEGUN, _DECIDED, _KEPT = ".restoring-", "restoring-", "replaced-"
_PARTS = "parts.json"
_BESIDE = ("", "-journal", "-wal", "-shm")
"""Ends of the names of a database and what SQLite puts beside it: a journal must not meet another database."""

_HELD = "Legation writes to this home ({owner}); try again when it is done."
_HELD_ROWS = "Another process writes to the library in PostgreSQL ({owner}); try again when it is done."
_SERVED = "legation {name} runs with this home ({{owner}}); stop it first."


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. ``created`` is when the backup was made; ``kept`` names the folder of the home in which what
    was there before lies, if anything was.
    """

    created: str
    parts: tuple[str, ...]
    documents: int
    kept: str | None


def restore(
    home: Home,
    path: Path,
    databases: Mapping[str, Schema],
    services: Sequence[str] = (),
    *,
    replace: bool,
    tell: "Tell" = lambda progress: None,
    shared: "Shared" = MappingProxyType({}),
) -> Restored:
    """Puts what the backup at ``path`` holds into ``home``, so that of the files that a backup can have it has those of
    this one and no others. The index is not in it: it is built again when somebody asks.

    ``databases`` and ``shared`` are as in ``write_backup``; ``services`` the commands that must not run. Raises
    BackupError if the backup is damaged or is none, UsageError if there is something in the home already (unless
    ``replace``) or in PostgreSQL, BusyError, StorageError, and what ``index.row_copy.filled`` raises.
    """
    from index.backup import open_backup
    from index.lock import writer_lock
    from index.row_copy import refuse_taken

    open_backup(path).close()  # before there is anything of a home
    names = (*databases, home.manifest.name)
    try:
        with ExitStack() as locks:
            locks.enter_context(writer_lock(home.lock, _HELD))
            for name in services:
                locks.enter_context(writer_lock(home.path / f"{name}.lock", _SERVED.format(name=name)))
            _finish(home)
            if not replace and any((home.path / name).exists() for name in names):
                raise UsageError(f"{home.path} is in use already; --force replaces what is there, and keeps it beside.")
            opened = {name: locks.enter_context(closing(each())) for name, each in shared.items()}
            for each in opened.values():
                locks.enter_context(each.alone(_HELD_ROWS))
            if home.library.name in opened:  # before all is unpacked
                with opened[home.library.name].reading() as statements:
                    refuse_taken(statements, opened[home.library.name].schema)
            return _restore(home, path, databases, opened, tell)
    except OSError as error:
        raise StorageError(f"The backup cannot be restored: {error.strerror or error}.") from error


def is_restore_unfinished(home: Home) -> bool:
    """Whether a restore was cut short when all was decided: the files of the home may then be of two moments."""
    return any(home.path.glob(f"{_DECIDED}*/"))


def finish_restore(home: Home) -> bool:
    """Goes on with a restore that was cut short when all was decided; whether there was one. Raises BusyError if it is
    still under way, and StorageError.
    """
    if not is_restore_unfinished(home):
        return False
    from index.lock import writer_lock

    with writer_lock(home.lock, "A backup is being restored ({owner}); try again when that is done."):
        try:
            return _finish(home)
        except OSError as error:
            raise StorageError(f"The backup cannot be restored: {error.strerror or error}.") from error


def _restore(
    home: Home, path: Path, databases: Mapping[str, Schema], opened: Mapping[str, "PostgresDatabase"], tell: "Tell"
) -> Restored:
    from index.backup import unpack
    from index.row_copy import Filling, filled

    names = (*databases, home.manifest.name)

    for left in home.path.glob(f"{_BEGUN}*/"):
        shutil.rmtree(left, ignore_errors=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    work = home.path / f"{_BEGUN}{stamp}"
    work.mkdir(mode=0o700)
    try:
        backup = unpack(path, work, names, tell)
        documents = _verify(work, path, backup, databases, home.library.name, tell)
        parts = tuple(part.name for part in backup.parts)
        placed = [name for name in parts if name not in opened]
        absent = [name for name in names if name not in placed]
        fillings = [
            Filling(work / name, databases[name], database) for name, database in opened.items() if name in parts
        ]
        with filled(fillings, tell):
            for each in fillings:
                each.path.unlink()
            (work / _PARTS).write_text(json.dumps({"parts": placed, "absent": absent}))
            fsync_tree(work)
        with _told(fillings, path):
            work.rename(home.path / f"{_DECIDED}{stamp}")
            fsync_folder(home.path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _finish(home)
    kept = home.path / f"{_KEPT}{stamp}"
    return Restored(backup.created, parts, documents, kept.name if kept.exists() else None)


@contextmanager
def _told(fillings: Sequence[object], path: Path) -> Iterator[None]:
    """If the files cannot be put in place after all, whoever restores is not to begin again with the rows."""
    try:
        yield
    except OSError as error:
        if not fillings:
            raise
        raise StorageError(
            f"PostgreSQL has its part of {path.name}, but the files of the home cannot be put in place "
            f"({error.strerror or error}); unpack them with tar."
        ) from error


def _verify(
    work: Path, path: Path, backup: "Backup", databases: Mapping[str, Schema], library: str, tell: "Tell"
) -> int:
    """Checks every database that was unpacked, and every document. Returns how many documents there are."""
    found = {part.name for part in backup.parts}
    if library not in found:
        raise BackupError(f"{path.name} is no backup of Legation: it has no library.")
    documents = 0
    for name in databases.keys() & found:
        try:
            documents += verify_database(work / name, databases[name], name == library, tell)
        except StorageError:
            raise
        except LegationError as error:
            raise BackupError(f"{path.name} cannot be restored ({name}): {error.user_message}") from error
    return documents


def _finish(home: Home) -> bool:
    """Puts in place what was decided on. It can be cut short and begun again after every step."""
    decided = sorted(home.path.glob(f"{_DECIDED}*/"))
    for folder in decided:
        kept = home.path / folder.name.replace(_DECIDED, _KEPT, 1)
        if (folder / _PARTS).exists():
            listed = json.loads((folder / _PARTS).read_text())
            for name in listed["parts"]:
                if (folder / name).exists():
                    _keep(home.path / name, kept)
                    (folder / name).replace(home.path / name)
            for name in listed["absent"]:
                _keep(home.path / name, kept)
            # Indexes of earlier days know documents by their numbers, which others may have now.
            LocalStore(home.past).remove_others(())
            fsync_folder(home.path)
            (folder / _PARTS).unlink()
        shutil.rmtree(folder)
    return bool(decided)


def _keep(path: Path, kept: Path) -> None:
    for end in _BESIDE:
        old = path.with_name(path.name + end)
        if old.exists() and not (kept / old.name).exists():
            kept.mkdir(mode=0o700, exist_ok=True)
            old.rename(kept / old.name)
        elif end:
            old.unlink(missing_ok=True)
    if kept.exists():
        fsync_folder(kept)
