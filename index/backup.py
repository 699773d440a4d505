"""A backup: what cannot be made again, in one file, which ``index.restore`` puts back.

The file is a plain tar archive of the databases, each as it was at one moment, and the manifest of sources; the last
member, ``manifest.json``, has the SHA-256 of each of the others. Nothing is packed: vectors hardly get smaller, and a
member can then be no larger than the file. It is read header by header and not by tarfile, which would follow what a
header says: here, a member is a regular file of one of the names that are known, or the whole is refused.
"""

import fcntl
import hashlib
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType
from typing import IO

from index.database import Database
from index.errors import BackupError, EmptyLibraryError, LibraryError, StorageError, UsageError
from index.home import LOST, Home, fsync_folder
from index.postgres import PostgresDatabase
from index.row_copy import copy_out
from index.sqlite_schema import Schema
from index.types import Progress
from index.verified import verify_database

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 65_536

_BLOCK = 512
_MOST_PADDING = tarfile.RECORDSIZE + 2 * _BLOCK
_CHUNK = 1 << 20
_WORK = ".legation-backup-"
_NOTHING = "Nothing is stored yet that could be backed up."


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup. ``created`` is ISO 8601 in UTC. ``left_out``: a sentence for each database, other than the
    library, that is damaged and so is not in the one that was written.
    """

    created: str
    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()


Tell = Callable[[Progress], None]

Opened = Callable[[], PostgresDatabase]
Shared = Mapping[str, Opened]
"""By the names that their files would have, what opens those that lie in PostgreSQL."""


def write_backup(
    home: Home,
    target: Path,
    databases: Mapping[str, Schema],
    *,
    replace: bool,
    tell: Tell = lambda progress: None,
    shared: Shared = MappingProxyType({}),
) -> Backup:
    """Writes a backup of ``home`` to the file ``target``, which is there whole or not at all. ``databases`` are the
    names of the SQLite files in it, and ``shared`` opens those that lie in PostgreSQL instead; others may read and
    write them meanwhile. The disk of ``target`` needs room for twice the largest of them.

    Where one of them is damaged so that it could not be put back, the others are not to be lost with it: it is left
    out, unless the backup would take the place of one that may have it. Raises LibraryError then, and if it is the
    library; EmptyLibraryError if there is none, UsageError if ``target`` exists (unless ``replace``), StorageError and
    BusyError.
    """
    if home.library.name not in shared:
        if home.lost:
            raise LibraryError(LOST)
        if not home.library.exists():
            raise EmptyLibraryError(_NOTHING)
    _refuse_target(home, target, databases, replace)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    parts: list[Part] = []
    left_out: list[str] = []
    try:
        with _work(target.parent) as work:
            packed = work / "backup"
            with (
                _created(packed) as stream,
                tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive,
            ):
                for name, schema in databases.items():
                    try:
                        if not _copied(home.path / name, schema, shared.get(name), work / name, tell):
                            if name == home.library.name:
                                raise EmptyLibraryError(_NOTHING)
                            continue
                        verify_database(work / name, schema, name == home.library.name, tell)
                        parts.append(_put(archive, work / name))
                    except LibraryError as error:
                        if name == home.library.name or os.path.lexists(target):
                            raise LibraryError(f"No backup was written ({name}): {error.user_message}") from error
                        left_out.append(f"{name} is not in it: {error.user_message}")
                    except StorageError as error:  # of the copy's disk, say, not the library's
                        raise StorageError(f"No backup was written ({name}): {error.user_message}") from error
                    (work / name).unlink(missing_ok=True)
                if home.manifest.exists():
                    (work / home.manifest.name).write_bytes(_content(home.manifest))
                    parts.append(_put(archive, work / home.manifest.name))
                listed = {"format": FORMAT, "created": created, "parts": [asdict(part) for part in parts]}
                (work / MANIFEST).write_text(json.dumps(listed, indent=2) + "\n")
                _put(archive, work / MANIFEST)
            descriptor = os.open(packed, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            packed.replace(target)
            fsync_folder(target.parent)
    except OSError as error:
        raise StorageError(f"The backup cannot be written: {error.strerror or error}.") from error
    return Backup(created, tuple(parts), tuple(left_out))


def open_backup(path: Path) -> IO[bytes]:
    """The file at ``path``, to be closed by whoever asks. Raises UsageError if it cannot be read, or is none: a pipe is
    not waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path} is no file.")
    return os.fdopen(descriptor, "rb")


def unpack(path: Path, folder: Path, known: Collection[str], tell: Tell = lambda progress: None) -> Backup:
    """Writes the parts of the backup at ``path`` into ``folder``, under those of the names ``known`` that it has.

    Raises BackupError if the file is damaged, or holds anything else; StorageError, and what ``open_backup`` raises.
    """
    with open_backup(path) as stream:
        size, found = os.fstat(stream.fileno()).st_size, list[Part]()
        while (header := _header(stream)) is not None:
            if header.name == MANIFEST:
                backup = _manifest(stream, header, path)
                if set(backup.parts) != set(found) or len(backup.parts) != len(found):
                    raise BackupError(f"{path.name} is damaged: its parts do not match their checksums.")
                _refuse_more(stream, path)
                return backup
            if header.name not in known or header.name in {part.name for part in found}:
                raise BackupError(f"{path.name} is no backup of Legation: it holds something that none has.")
            if header.size > size - stream.tell():
                raise BackupError(f"{path.name} is damaged: it is cut short.")
            found.append(_take(stream, header, folder, tell))
    raise BackupError(f"{path.name} is damaged, or no backup of Legation.")


def _refuse_target(home: Home, target: Path, databases: Collection[str], replace: bool) -> None:
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.")
    if not os.path.lexists(target):
        return
    if not replace:
        raise UsageError(f"{target} is there already; --force writes the backup in its place.")
    own = [home.path / name for name in (*databases, home.manifest.name)]
    if not target.is_file() or any(each.exists() and target.samefile(each) for each in own):
        raise UsageError(f"{target} is not a backup that could be replaced.")


@contextmanager
def _work(parent: Path) -> Iterator[Path]:
    """A folder in ``parent`` for as long as the context lasts; what a process that was killed has left is deleted."""
    for left in parent.glob(f"{_WORK}*/"):
        with suppress(OSError), _locked(left):
            shutil.rmtree(left, ignore_errors=True)
    work = Path(mkdtemp(prefix=_WORK, dir=parent))
    try:
        with _locked(work):
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Raises BlockingIOError if somebody else has it; the kernel gives it back if we die."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _created(path: Path) -> IO[bytes]:
    """Questions that people asked are in it: for its owner alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error


def _copied(path: Path, schema: Schema, opened: Opened | None, copy: Path, tell: Tell) -> bool:
    """Makes ``copy``, if there is anything to be copied."""
    if opened is not None:
        with closing(opened()) as shared:
            return copy_out(shared, copy, schema, tell) > 0
    if not path.exists():
        return False
    with closing(Database(path, schema)) as database:
        database.copy_to(copy, lambda done, total: tell(Progress("copy", _mib(done * 4096), _mib(total * 4096))))
    return True


def _mib(size: int) -> int:
    """Bytes as MiB, rounded up."""
    return -(-size // _CHUNK)


class _Hashed:
    """Reads from a stream and computes the SHA-256 of what it gave."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._sha256 = stream, hashlib.sha256()

    def read(self, size: int = _CHUNK) -> bytes:
        chunk = self._stream.read(size)
        self._sha256.update(chunk)
        return chunk

    def digest(self) -> str:
        return self._sha256.hexdigest()


def _put(archive: tarfile.TarFile, path: Path) -> Part:
    with path.open("rb") as stream:
        member, content = tarfile.TarInfo(path.name), _Hashed(stream)
        facts = os.fstat(stream.fileno())
        member.size, member.mtime, member.mode = facts.st_size, int(facts.st_mtime), 0o600
        archive.addfile(member, content)
        return Part(path.name, member.size, content.digest())


def _header(stream: IO[bytes]) -> tarfile.TarInfo | None:
    """The next member, if the next block is the header of a regular file."""
    try:
        member = tarfile.TarInfo.frombuf(stream.read(_BLOCK), "utf-8", "strict")
    except (tarfile.HeaderError, ValueError):
        return None
    return member if member.type == tarfile.REGTYPE and not member.linkname and member.size >= 0 else None


def _take(stream: IO[bytes], header: tarfile.TarInfo, folder: Path, tell: Tell) -> Part:
    content, left = _Hashed(stream), header.size
    try:
        with _created(folder / header.name) as target:
            while left:
                chunk = content.read(min(left, _CHUNK))
                if not chunk:
                    raise BackupError("The backup changed while it was read.")
                target.write(chunk)
                left -= len(chunk)
                tell(Progress("unpack", _mib(header.size - left), _mib(header.size)))
        stream.read(-header.size % _BLOCK)
    except OSError as error:
        raise StorageError(f"The backup cannot be unpacked: {error.strerror or error}.") from error
    return Part(header.name, header.size, content.digest())


def _manifest(stream: IO[bytes], header: tarfile.TarInfo, path: Path) -> Backup:
    content = stream.read(min(header.size, MOST_MANIFEST_BYTES))
    stream.read(-header.size % _BLOCK)
    try:
        if len(content) != header.size:
            raise ValueError  # noqa: TRY301
        fields = json.loads(content)
        written = int(fields["format"])
        parts = tuple(Part(str(each["name"]), int(each["bytes"]), str(each["sha256"])) for each in fields["parts"])
        backup = Backup(str(fields["created"]), parts)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupError(f"{path.name} is damaged, or no backup of Legation.") from error
    if written != FORMAT:
        raise BackupError(f"{path.name} was written by another version of Legation (format {written}).")
    return backup


def _refuse_more(stream: IO[bytes], path: Path) -> None:
    """After the manifest there is nothing but the zeros that end an archive."""
    rest = stream.read(_MOST_PADDING + 1)
    if len(rest) > _MOST_PADDING or any(rest):
        raise BackupError(f"{path.name} is no backup of Legation: it holds something that none has.")
