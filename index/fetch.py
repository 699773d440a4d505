"""From a folder to bytes. Every rule about which files may be read stands here; those of the web are in index/web.

Only regular files are opened, only inside the folder that was added, and never more bytes than allowed.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import ReadError


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file below a location. ``path`` is relative to it, with forward slashes; the file's own name
    if the location is the file. ``problem`` says why it must not be read, if so.
    """

    path: str
    absolute: Path
    problem: str | None = None


def walk(
    location: Path, wanted: Callable[[str], bool], tell_other: Callable[[str], None] = lambda path: None
) -> Iterator[FoundFile]:
    """Every file at or below ``location`` that is ``wanted`` by name, in the order of the paths. ``tell_other`` hears
    the paths of the others.

    Names that begin with a dot are left out, folders behind symbolic links are not entered. A file
    link is followed only if it ends inside the folder. Links that lead out of it, to files or folders, and
    folders that cannot be listed come as a problem. A location that is one file is always wanted.
    """
    if location.is_file():
        yield FoundFile(location.name, location.resolve())
        return
    root = location.resolve()
    unlistable: list[OSError] = []
    found: list[FoundFile] = []
    for folder, folders, names in os.walk(root, onerror=unlistable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = (_judge(root, Path(folder) / name) for name in folders if (Path(folder) / name).is_symlink())
        found.extend(link for link in linked if link.problem is not None)
        for name in names:
            if name.startswith("."):
                continue
            absolute = Path(folder) / name
            if wanted(name):
                found.append(_judge(root, absolute))
            else:
                tell_other(_shown(absolute.relative_to(root).as_posix()))
    for error in unlistable:
        absolute = Path(error.filename)
        path = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else absolute.name
        found.append(FoundFile(path, absolute, f"the folder cannot be listed: {error.strerror}"))
    yield from sorted(found, key=lambda file: file.path)


def _judge(root: Path, absolute: Path) -> FoundFile:
    path = absolute.relative_to(root).as_posix()
    if (shown := _shown(path)) != path:
        return FoundFile(shown, absolute, "its name is not valid UTF-8")
    target = Path(os.path.realpath(absolute))  # Path.resolve would raise for links that lead to themselves
    if not target.is_relative_to(root):
        return FoundFile(path, absolute, "it is a symbolic link that leads out of the folder")
    return FoundFile(path, target)


def _shown(path: str) -> str:
    """The path itself, if it is valid UTF-8."""
    return path.encode(errors="surrogateescape").decode(errors="replace")


def read_bytes(file: FoundFile, most_bytes: int) -> bytes:
    """The file's content. Raises ReadError, with the reason, if it cannot or must not be read."""
    content = read_head(file, most_bytes + 1)
    if len(content) > most_bytes:
        raise ReadError(f"it is larger than {most_bytes} bytes, the most that is read of one file")
    return content


def read_head(file: FoundFile, most_bytes: int) -> bytes:
    """The first bytes of a file, at most so many. Raises as ``read_bytes`` does."""
    if file.problem is not None:
        raise ReadError(file.problem)
    try:
        # Not blocking, so that a pipe in the folder cannot hold up the sync; not following, because the
        # links were followed and judged when the folder was walked.
        descriptor = os.open(file.absolute, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ReadError("it is not a regular file")
            return stream.read(most_bytes)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ReadError("it is a symbolic link that leads nowhere") from error
        raise ReadError(f"it cannot be read: {error.strerror}") from error
