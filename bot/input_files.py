"""Files that a command reads: by their names, or standard input for ``-``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from index.errors import UsageError

STANDARD = Path("-")
"""Standard input; where a command writes, standard output."""


@contextmanager
def open_input(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file. Raises UsageError if it cannot be opened."""
    if path == STANDARD:
        if sys.stdin is None:  # Python's way of saying that it was closed before we started
            raise UsageError("Standard input is closed.")
        yield sys.stdin.buffer  # not ours to close
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    with stream:
        yield stream


def read_text(path: Path) -> str:
    """The text of a file in UTF-8. Raises UsageError."""
    with open_input(path) as stream:
        try:
            return stream.read().decode("utf-8-sig")
        except OSError as error:
            raise _unreadable(path, error) from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{_called(path)} is not UTF-8 text.") from error


@contextmanager
def open_lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a file, as they come: a pipe is answered line by line. A byte that is not UTF-8 spoils its own line
    only. Raises UsageError, at once if the file cannot be opened.
    """
    with open_input(path) as stream:
        yield _lines(path, stream)


def _lines(path: Path, stream: BinaryIO) -> Iterator[str]:
    try:
        for number, line in enumerate(stream):
            text = line.decode("utf-8", errors="surrogateescape")
            yield text.removeprefix("\ufeff") if number == 0 else text
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{_called(path)} cannot be read: {error.strerror}.")


def _called(path: Path) -> str:
    return "Standard input" if path == STANDARD else str(path)
