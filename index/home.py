"""Where everything that Legation stores lies, under one folder."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOTDIR
from pathlib import Path

LOST = (
    "library.sqlite is missing or empty, but was here before; restore it from a backup, or remove generations and "
    "store.id beside it to begin anew."
)
"""What to say where ``Home.lost``."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that ``--home`` or ``LEGATION_HOME`` names. Only the library cannot be made again."""

    path: Path

    @property
    def library(self) -> Path:
        return self.path / "library.sqlite"

    @property
    def generations(self) -> Path:
        return self.path / "generations"

    @property
    def past(self) -> Path:
        """Generations of earlier days, made when somebody asks for one."""
        return self.path / "past"

    @property
    def manifest(self) -> Path:
        return self.path / "sources.toml"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def store_id(self) -> Path:
        """Says what the names of the index begin with in an engine, if one has it."""
        return self.path / "store.id"

    @property
    def lock(self) -> Path:
        return self.path / "sync.lock"

    @property
    def history(self) -> Path:
        return self.path / "history"

    @property
    def lost(self) -> bool:
        """Whether there was a library, as an index beside it or the name of one in an engine shows, and there is none
        now. A new one must not take its place: it would answer from other documents, and the next sync would delete
        what is left of the old one.
        """
        if self.library.exists() and self.library.stat().st_size:
            return False
        if self.store_id.exists():
            return True
        return self.generations.is_dir() and any(each.name[:1].isdigit() for each in self.generations.iterdir())

    def delete_library(self) -> None:
        """Deletes the library, after all that is made from it: without it that would look as if it were ``lost``.

        For the holder of the writer's lock, when no connection is open. Raises OSError.
        """
        for folder in (self.past, self.generations):
            delete_folder(folder)
        self.store_id.unlink(missing_ok=True)
        self.library.unlink(missing_ok=True)
        fsync_folder(self.path)


def in_the_place_of(folder: Path) -> Path | None:
    """What lies where the folder, or one above it, would be, and is no folder: a file, or a link that leads nowhere."""
    return next((each for each in (folder, *folder.parents) if os.path.lexists(each) and not each.is_dir()), None)


def make_home(folder: Path) -> None:
    """Makes the folder, for its owner alone, unless it is there; it and those above it last through a power cut. Raises
    OSError, which names what lies in its place.
    """
    if (taken := in_the_place_of(folder)) is not None:
        raise NotADirectoryError(ENOTDIR, f"{taken} is no folder")
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        with suppress(PermissionError):  # one that may be written into, but not read
            fsync_folder(each.parent)


def delete_folder(folder: Path) -> None:
    """In two goes, if need be: a thread of tantivy may still write a lock file into what was open. Raises OSError."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)


def fsync_folder(folder: Path) -> None:
    """Makes renames and new names within a folder last through a power cut (POSIX fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """fsync of every file and folder below ``folder``, itself included."""
    for root, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(root) / name, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        fsync_folder(Path(root))
