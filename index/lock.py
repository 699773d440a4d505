"""One writer at a time: a file lock that the kernel gives back when its owner dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from index.errors import BusyError, StorageError
from index.home import make_home

WAIT_SECONDS = 1.0
HELD = "Another sync is under way ({owner}); try again when it is done."


@contextmanager
def writer_lock(path: Path, held: str = HELD) -> Iterator[None]:
    """Holds the lock at ``path``. Raises BusyError, with the sentence ``held`` that names the owner, if another
    process has it for longer than a second, and StorageError if the lock file cannot be made.
    """
    from filelock import FileLock, Timeout  # who only asks needs no lock, and its import takes 7 ms

    owner = path.with_suffix(".owner")
    try:
        make_home(path.parent)
        lock = FileLock(path)
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout as error:
        raise BusyError(held.format(owner=_owner(owner))) from error
    except OSError as error:
        raise StorageError(f"Nothing can be written to {path.parent}: {error.strerror or error}.") from error
    try:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            owner.write_text(json.dumps({"process": os.getpid(), "started": started}))
        except OSError as error:
            raise StorageError(f"Nothing can be written to {path.parent}: {error.strerror}.") from error
        yield
    finally:
        with suppress(OSError):  # where nothing can be written any more; who has the lock next writes its own name
            owner.unlink(missing_ok=True)
        lock.release()


@contextmanager
def shared_lock(path: Path, held: str) -> Iterator[None]:
    """Holds the lock at ``path`` together with others who do so; ``writer_lock`` does not get it meanwhile. Raises
    BusyError, with the sentence ``held`` that names the owner, if that has it, and StorageError as ``writer_lock``.
    """
    try:
        make_home(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(f"Nothing can be written to {path.parent}: {error.strerror or error}.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(held.format(owner=_owner(path.with_suffix(".owner")))) from error
        yield
    finally:
        os.close(descriptor)


def _owner(path: Path) -> str:
    try:
        fields = json.loads(path.read_text())
        return f"process {fields['process']}, started {fields['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "its owner could not be read"
