"""From the bytes of one file to its documents: text, with headings, blocks and what the file says of itself.

To add a format, write one file with a function from bytes to Reading (or to FileReading, if a file holds several
documents or parts that can be left out) and add one line to FORMATS.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from pkgutil import resolve_name

from index.errors import ReadError
from index.readers.media import base_type, sniff, to_utf_8
from index.types import FileReading, Problem, Reading

Reader = Callable[[bytes], Reading | FileReading]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its media type, its reader as "module:function", the suffixes (lower case) and other media types
    it goes by. What the reader needs is imported with the first file of the kind, by the process that reads it alone.
    """

    media_type: str
    reader: str
    suffixes: tuple[str, ...]
    other_types: tuple[str, ...] = ()


_OFFICE = "application/vnd.openxmlformats-officedocument."

FORMATS = (
    Format("text/markdown", "index.readers.markdown:read_markdown", (".md", ".markdown"), ("text/x-markdown",)),
    Format("text/plain", "index.readers.plain:read_plain", (".txt", ".text")),
    Format("text/html", "index.readers.html:read_html", (".html", ".htm", ".xhtml"), ("application/xhtml+xml",)),
    Format("application/pdf", "index.readers.pdf:read_pdf", (".pdf",), ("application/x-pdf",)),
    Format(f"{_OFFICE}wordprocessingml.document", "index.readers.docx:read_docx", (".docx", ".docm")),
    Format("application/vnd.oasis.opendocument.text", "index.readers.odt:read_odt", (".odt",)),
    Format("application/epub+zip", "index.readers.epub:read_epub", (".epub",)),
    Format("application/rtf", "index.readers.rtf:read_rtf", (".rtf",), ("text/rtf",)),
    Format("message/rfc822", "index.readers.mail:read_mail", (".eml",)),
    Format("text/csv", "index.readers.tables:read_csv", (".csv",), ("application/csv",)),
    Format("text/tab-separated-values", "index.readers.tables:read_tsv", (".tsv",)),
    Format(f"{_OFFICE}spreadsheetml.sheet", "index.readers.workbook:read_xlsx", (".xlsx", ".xlsm")),
    Format(
        "application/x-ndjson",
        "index.readers.json_lines:read_json_lines",
        (".jsonl", ".ndjson"),
        ("application/jsonl", "application/x-jsonlines"),
    ),
)

READERS_VERSION = 2
"""Raised whenever a reader would make something else of the same file; a sync then reads it again."""


def readable(name: str) -> bool:
    """Whether a reader exists for a file of this name or path."""
    return _by_suffix(name) is not None


def read(content: bytes, name: str, media_type: str | None = None) -> FileReading:
    """What a file holds. The suffix of ``name`` tells the format, else ``media_type``, else the first bytes.

    ``media_type`` is what a Content-Type header says, parameters included; its charset counts for text that is not
    UTF-8. The text of each reading is normalised here, once: line ends are LF, a byte order mark is gone, NUL and
    lone surrogates do not occur. Blocks and headings lie in order, do not overlap, and neither begin nor end with
    white space; there is at least one block. No two readings have the same ``member``. Raises ReadError, whose
    message does not name the file, if the format is unknown, what reads it is not installed, the file is damaged, or it
    holds no text to quote.
    """
    found = _by_suffix(name) or _by_type(base_type(media_type)) or _by_type(sniff(content))
    if found is None:
        known = ", ".join(suffix for each in FORMATS for suffix in each.suffixes)
        raise ReadError(f"No reader for this kind of file; those that can be read end in {known}.")
    try:
        reader: Reader = resolve_name(found.reader)
        result = reader(to_utf_8(content, media_type) if found.media_type.startswith("text/") else content)
    except ModuleNotFoundError as error:  # not another ImportError, which may be for want of memory
        raise ReadError(f"What reads this kind of file is missing ({error.msg}); install Legation again.") from error
    if isinstance(result, Reading):
        result = FileReading(found.media_type, (result,))
    readings, problems = [], list(result.problems)
    for reading in result.readings:
        reason = _reason_against(reading)
        if reason is None:
            readings.append(reading)
        elif len(result.readings) == 1:
            raise ReadError(reason)
        else:
            problems.append(Problem(reading.member, reason))
    if not readings:
        raise ReadError("The file holds no document with text to quote.")
    return FileReading(found.media_type, _with_own_names(readings), result.edition, tuple(problems))


def _by_suffix(name: str) -> Format | None:
    suffix = PurePosixPath(name).suffix.lower()
    return next((each for each in FORMATS if suffix in each.suffixes), None)


def _by_type(media_type: str | None) -> Format | None:
    return next((each for each in FORMATS if media_type in (each.media_type, *each.other_types)), None)


def _reason_against(reading: Reading) -> str | None:
    if not reading.text.strip():
        return "The file holds no text."
    if not reading.blocks:
        return "The file holds no text to quote: only headings, or markup without words."
    return None


def _with_own_names(readings: list[Reading]) -> tuple[Reading, ...]:
    """Readings of one name are told apart by a number: "a", "a (2)"."""
    taken = {reading.member for reading in readings}
    seen: Counter[str] = Counter()
    named = []
    for reading in readings:
        name = reading.member
        seen[name] += 1
        if seen[name] > 1:
            while (candidate := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
            taken.add(candidate)
            reading = replace(reading, member=candidate)  # noqa: PLW2901
        named.append(reading)
    return tuple(named)
