"""The pieces that a generation's files are made of, so that what did not change is not made again.

A piece is a group of files that depends on nothing but what its ``key`` names. While a generation is built, a finished
piece leaves a note with its key: a build that was killed goes on from there. The next generation takes over what the
one before it has, as links to the same files, which nothing ever writes into.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.home import delete_folder, fsync_folder, fsync_tree
from index.onnx_model import file_digest

_NOTES = ".pieces"
"""A folder within the one that is built, which the finished generation does not have."""


@dataclass(frozen=True, slots=True)
class Former:
    """The files of the generation before, and their SHA-256 as recorded."""

    folder: Path
    files: dict[str, str]


class Pieces:
    """Makes the pieces of the generation in the folder ``work``, or finds them made. ``name`` is that of a file, or of
    a folder whose files belong together. Every method may raise OSError.
    """

    def __init__(self, work: Path, former: Former | None) -> None:
        self._work, self._former = work, former
        self._notes = work / _NOTES
        self._notes.mkdir(parents=True, exist_ok=True)
        self.files: dict[str, str] = {}

    def made(self, names: Sequence[str], key: str) -> bool:
        """Whether a build that was cut short has finished this piece. What it has not finished is deleted."""
        note = self._note(names)
        with suppress(OSError, ValueError, KeyError, TypeError):
            held = json.loads(note.read_text())
            if held["key"] == key and all((self._work / name).is_file() for name in held["files"]):
                self.files.update(held["files"])
                return True
        note.unlink(missing_ok=True)
        self._delete(names)
        return False

    def former_digest(self, names: Sequence[str]) -> bytes:
        """Tells of what the generation before has under these names."""
        files = self._former.files if self._former else {}
        held = sorted(item for item in files.items() if any(_within(item[0], name) for name in names))
        return hashlib.sha256(json.dumps(held).encode()).digest()

    def take_over(self, names: Sequence[str], former: Sequence[str]) -> dict[str, str] | None:
        """Links the files ``former`` of the generation before to ``names``, and returns their digests. None, and
        nothing is there, if one of them is damaged or missing.
        """
        if self._former is None:
            return None
        taken: dict[str, str] = {}
        for name, before in zip(names, former, strict=True):
            files = {file: digest for file, digest in self._former.files.items() if _within(file, before)}
            taken |= {name + file.removeprefix(before): digest for file, digest in files.items()}
            whole = (
                _link(self._former.folder / file, self._work / (name + file.removeprefix(before)), digest)
                for file, digest in files.items()
            )
            if not files or not all(whole):
                self._delete(names)
                return None
        return taken

    def finish(self, names: Sequence[str], key: str, taken: Mapping[str, str] | None = None) -> None:
        """Makes the piece last, and notes that it is whole. ``taken`` are digests that are known already."""
        known = taken or {}
        files = {}
        for file in (file for name in names for file in _files(self._work / name)):
            path = file.relative_to(self._work).as_posix()
            files[path] = known.get(path) or file_digest(file)
        for name in names if taken is None else ():  # what was taken over lasts already
            _fsync(self._work / name)
        note = self._note(names)
        note.write_text(json.dumps({"key": key, "files": files}))
        _fsync(note)
        fsync_folder(self._notes)
        self.files.update(files)

    def end(self) -> None:
        """Deletes the notes, and whatever else a build that was cut short has left."""
        shutil.rmtree(self._notes)
        for file in _files(self._work):
            if file.relative_to(self._work).as_posix() not in self.files:
                file.unlink()

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            place = self._work / name
            if place.is_dir():
                delete_folder(place)
            else:
                place.unlink(missing_ok=True)

    def _note(self, names: Sequence[str]) -> Path:
        return self._notes / names[0].replace("/", "-")


def key_of(*parts: bytes | str) -> str:
    """SHA-256 of everything that a piece depends on."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(b"%d " % len(content) + content)
    return digest.hexdigest()


def _within(file: str, name: str) -> bool:
    return file == name or file.startswith(f"{name}/")


def _files(place: Path) -> Iterable[Path]:
    return [file for file in place.rglob("*") if file.is_file()] if place.is_dir() else [place]


def _fsync(place: Path) -> None:
    if place.is_dir():
        fsync_tree(place)
        return
    with place.open("rb") as file:
        os.fsync(file.fileno())


def _link(source: Path, target: Path, digest: str) -> bool:
    """Whether the file was there, and whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # a file system without links says so in several ways, and some count them
        if not _is_whole(source, digest):
            return False
        shutil.copyfile(source, target)
        _fsync(target)
    return _is_whole(target, digest)


def _is_whole(file: Path, digest: str) -> bool:
    try:
        return file.is_file() and file_digest(file) == digest
    except OSError:  # a disk that cannot read it, say
        return False
