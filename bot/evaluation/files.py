"""Files that are read and written around a measurement."""

import os
import re
import shutil
import tomllib
from pathlib import Path

from index.errors import SettingsError, StorageError, UsageError

_THRESHOLD = re.compile(r"^(?P<name>[ \t]*refuse_below[ \t]*=[ \t]*)[^\s#]+", re.MULTILINE)


def check_target(path: Path, *others: Path | None) -> None:
    """Looks, before anything is measured for it, whether a file can be written at ``path``, links followed.

    Raises UsageError if that is no place for a plain file, or one of the ``others``; StorageError if there is no
    access.
    """
    target = _followed(path)
    if (target.exists() and not target.is_file()) or not target.parent.is_dir():
        raise UsageError(f"{path} is no place for a file.")
    for other in others:
        if other is not None and _same(target, _followed(other)):
            raise UsageError(f"{path} and {other} are the same file.")
    if not os.access(target if target.exists() else target.parent, os.W_OK, effective_ids=True):
        raise StorageError(f"{path} cannot be written: there is no access.")


def check_beginning(path: Path, beginning: str) -> None:
    """Looks whether a file may be replaced: one that is empty, or begins as what we write.

    Raises UsageError if it holds something else, StorageError if it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            held = stream.read(len(beginning.encode()))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    if held not in (b"", beginning.encode()):
        raise UsageError(f"{path} holds something else, which would be lost; name another file.")


def write_file(path: Path, content: bytes) -> None:
    """Raises StorageError naming the file."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}.") from error


def threshold_line(refuse_below: float) -> str:
    """The line of ``legation.toml`` that sets the threshold."""
    return f"refuse_below = {refuse_below:g}"


def check_threshold(path: Path) -> None:
    """Looks, before anything is measured, whether ``write_threshold`` can do its work. Raises what it raises."""
    target = _followed(path)
    if target.exists() and not target.is_file():
        raise SettingsError(f"{path} is not a file.")
    with_threshold(_content(target), 0.0)
    folder = next(parent for parent in target.parents if parent.exists())
    if not folder.is_dir() or not all(
        os.access(each, os.W_OK, effective_ids=True) for each in (folder, target) if each.exists()
    ):
        raise StorageError(f"{path} cannot be written: there is no access.")


def write_threshold(path: Path, refuse_below: float) -> None:
    """Sets the threshold in the settings file at ``path``, which may be new; the rest of it stays as it is, and so
    do its mode and a link that it is.

    Raises SettingsError if it is not a file in TOML, or sets the threshold in a way that is not one plain line,
    StorageError if it cannot be written.
    """
    target = _followed(path)
    changed = with_threshold(_content(target), refuse_below)
    provisional = target.with_name(target.name + ".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        provisional.unlink(missing_ok=True)
        provisional.write_bytes(changed)
        if target.exists():
            shutil.copymode(target, provisional)
        provisional.replace(target)
    except OSError as error:
        provisional.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror}.") from error


def with_threshold(content: bytes, refuse_below: float) -> bytes:
    """``content`` with the threshold set: in its line, or in a new one at the top, where no table has begun."""
    try:
        text = content.decode()
        before = tomllib.loads(text)
        if "refuse_below" in before:
            changed = _THRESHOLD.sub(rf"\g<name>{refuse_below:g}", text, count=1)
        else:
            changed = f"{threshold_line(refuse_below)}\n{text}"
        if tomllib.loads(changed) == before | {"refuse_below": refuse_below}:
            return changed.encode()
    except ValueError as error:
        raise SettingsError("legation.toml is not TOML; nothing was written.") from error
    raise SettingsError(f"Nothing was written; set this in legation.toml yourself: {threshold_line(refuse_below)}")


def _followed(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    try:
        target.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:  # no access to a folder on the way; links in a circle
        raise StorageError(f"{path} cannot be opened: {error.strerror}.") from error
    return target


def _same(one: Path, other: Path) -> bool:
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
