"""The rows of a CSV file (RFC 4180), each with its line; a broken one costs no other."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LINES_A_ROW = 1_000
"""A row of more lines than this has a quotation mark that was never closed."""

_END_OF_FILE = "\x1a"  # what DOS wrote at the end of a text file; OFAC's still have it
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is that of the row's first line, from 1. ``broken`` says why there are no ``values``, else empty."""

    line: int
    values: tuple[str, ...] = ()
    broken: str = ""


def read_rows(
    content: bytes, delimiter: str = ",", columns: int | None = None, lines: int = LINES_A_ROW
) -> Iterator[Row]:
    """Every row that is not empty, good or broken, in order.

    ``columns`` is how many every row must have; if None, as many as the first one. ``lines`` is how many lines a
    row may have. A row is broken that is no UTF-8, or whose quotation marks or number of columns are wrong; reading
    then goes on with the very next line, so that a mark that was never closed does not swallow the rows after it.
    """
    text = _lines(content.removeprefix(_BYTE_ORDER_MARK))
    start = 0
    while start < len(text):
        row, used = _row(text, start, delimiter, lines)
        if row.values and columns is None:
            columns = len(row.values)
        if row.values and len(row.values) != columns:
            row, used = Row(row.line, (), f"{_counted(len(row.values))} instead of {columns}."), 1
        if row.values or row.broken:
            yield row
        start += used


def _row(text: Sequence[str | None], start: int, delimiter: str, lines: int) -> tuple[Row, int]:
    """The row that begins at ``text[start]``, and how many lines it takes; neither values nor fault if it is empty."""
    first = text[start]
    if first is None:
        return Row(start + 1, (), "The line is not valid UTF-8."), 1
    if not first.strip(" \t" + _END_OF_FILE):
        return Row(start + 1), 1
    reader = csv.reader(_following(text, start, lines), delimiter=delimiter, strict=True)
    try:
        values = next(reader)
    except (csv.Error, StopIteration) as error:
        unclosed = "unexpected end" in str(error)
        fault = "A quotation mark is not closed." if unclosed else f"It is no CSV: {error}."
        return Row(start + 1, (), fault), 1
    return Row(start + 1, tuple(values)), max(reader.line_num, 1)


def _following(text: Sequence[str | None], start: int, lines: int) -> Iterator[str]:
    for number in range(start, min(start + lines, len(text))):
        line = text[number]
        if line is None:
            return
        yield line + "\n"


def _lines(content: bytes) -> list[str | None]:
    """The lines, None for one that is not UTF-8 or holds a NUL."""
    return [_decoded(line) for line in content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")]


def _decoded(line: bytes) -> str | None:
    try:
        return None if b"\0" in line else line.decode()
    except UnicodeDecodeError:
        return None


def _counted(columns: int) -> str:
    return "The row has 1 column" if columns == 1 else f"The row has {columns} columns"
