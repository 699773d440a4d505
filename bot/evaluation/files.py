"""Files that are read and written around a measurement."""

import re
import tomllib
from pathlib import Path

from index.errors import SettingsError, UsageError

_THRESHOLD = re.compile(r"^(?P<name>[ \t]*refuse_below[ \t]*=[ \t]*)[^\s#]+", re.MULTILINE)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8. Raises UsageError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.") from error


def check_target(path: Path) -> None:
    """Raises UsageError if a file cannot be written at ``path``, before anything is measured for it."""
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{path} is no place for a file.")


def threshold_line(refuse_below: float) -> str:
    """The line of ``legation.toml`` that sets the threshold."""
    return f"refuse_below = {refuse_below:g}"


def write_threshold(path: Path, refuse_below: float) -> None:
    """Sets the threshold in the settings file at ``path``, which may be new; the rest of it stays as it is.

    Raises SettingsError if the file is not TOML, or sets the threshold in a way that is not one plain line.
    """
    changed = with_threshold(path.read_bytes() if path.exists() else b"", refuse_below)
    path.parent.mkdir(parents=True, exist_ok=True)
    provisional = path.with_name(path.name + ".new")
    provisional.write_bytes(changed)
    provisional.replace(path)


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
