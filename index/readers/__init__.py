"""From the bytes of one file to its text, with headings, blocks and what the file says of itself.

To add a format, write one file with a function from bytes to Reading and add one line to FORMATS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from index.errors import ReadError
from index.readers.html import read_html
from index.readers.markdown import read_markdown
from index.readers.plain import read_plain
from index.types import Reading


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its media type, its reader, and the suffixes (lower case) that it goes by."""

    media_type: str
    reader: Callable[[bytes], Reading]
    suffixes: tuple[str, ...]


FORMATS = (
    Format("text/markdown", read_markdown, (".md", ".markdown")),
    Format("text/plain", read_plain, (".txt", ".text")),
    Format("text/html", read_html, (".html", ".htm", ".xhtml")),
)

READERS_VERSION = 1
"""Raised whenever a reader would make something else of the same file; a sync then reads it again."""


def readable(name: str) -> bool:
    """Whether a reader exists for a file of this name or path."""
    return _format(name) is not None


def read(content: bytes, name: str) -> tuple[str, Reading]:
    """The media type and the reading of a file; the suffix of ``name`` tells the format.

    The text is normalised here, once: line ends are LF, a byte order mark is gone, NUL and lone
    surrogates do not occur. Blocks and headings lie in order, do not overlap, and neither begin nor
    end with white space; there is at least one block. Raises ReadError, whose message does not name
    the file, if the format is unknown, the file is damaged, or it holds no text to quote.
    """
    found = _format(name)
    if found is None:
        known = ", ".join(suffix for each in FORMATS for suffix in each.suffixes)
        raise ReadError(f"No reader for this kind of file; those that can be read end in {known}.")
    reading = found.reader(content)
    if not reading.text.strip():
        raise ReadError("The file holds no text.")
    if not reading.blocks:
        raise ReadError("The file holds no text to quote: only headings, or markup without words.")
    return found.media_type, reading


def _format(name: str) -> Format | None:
    suffix = PurePosixPath(name).suffix.lower()
    return next((each for each in FORMATS if suffix in each.suffixes), None)
