"""A small file replaced as a whole, by one process at a time."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import StorageError
from index.home import fsync_folder, make_home


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keeps other edits in the file's folder out, and makes the folder if there is none.

    The kernel gives the lock back if this process dies. Raises StorageError.
    """
    folder = _target(path).parent
    try:
        make_home(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            raise _unwritten(path, error) from error
        yield
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """The whole new file or the whole old one, also after a power cut; with the permissions of the old one.

    A link at ``path`` stays one: the file that it leads to is replaced. Raises StorageError.
    """
    target = _target(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write(temporary, content, like=target)
            os.replace(temporary, target)  # noqa: PTH105 - so that a test can make it fail
        finally:
            temporary.unlink(missing_ok=True)
        fsync_folder(target.parent)
    except OSError as error:
        raise _unwritten(path, error) from error


def delete_file(path: Path) -> None:
    """Deletes the file, or the link at ``path``. Raises StorageError."""
    try:
        path.unlink(missing_ok=True)
        fsync_folder(path.parent)
    except OSError as error:
        raise _unwritten(path, error) from error


def _write(temporary: Path, content: bytes, like: Path) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        with suppress(FileNotFoundError):
            os.fchmod(descriptor, stat.S_IMODE(like.stat().st_mode))
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)


def _target(path: Path) -> Path:
    """The file itself if ``path`` is a link to it, so that the link is kept."""
    return Path(os.path.realpath(path))


def _unwritten(path: Path, error: OSError) -> StorageError:
    return StorageError(f"The manifest {path} cannot be written: {error.strerror or error}.")
