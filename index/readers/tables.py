"""Tables: comma-, semicolon- or tab-separated values (RFC 4180).

A row is a block that repeats the names of its columns: "Country: France | City: Lyon". So a row says by itself
what it says, and is quoted whole. Rows are numbered as a spreadsheet numbers them, from 1 and with empty ones.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from index.errors import ReadError
from index.readers.composition import CELL_SEPARATOR, Composition
from index.readers.text import clean, decode, printable
from index.types import Reading

CELLS = 5_000_000
"""Cells that are not empty, and rows, that a table may have together."""

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 65_536
_SAMPLE_ROWS = 100
_NAME_LENGTH = 100
_VALUE = re.compile(r"[-+(]?[$€£]?\s?\d[\d.,' /:T-]*[%)]?Z?")


def read_csv(content: bytes) -> Reading:
    """A block for each row; the delimiter is what parts the first rows most evenly.

    Raises ReadError as ``decode`` does, for a table that is too large, and for quotation marks left open.
    """
    text = decode(content)
    if text.startswith("sep=") and text[5:6] == "\n":  # an instruction to Excel, which does not count it as a row
        return _reading(text[6:], text[4])
    return _reading(text, _delimiter(text))


def read_tsv(content: bytes) -> Reading:
    """As ``read_csv``, with tabs between the values."""
    return _reading(decode(content), "\t")


def write_table(rows: Iterable[Sequence[str]], composition: Composition) -> None:
    """Adds a block and a pinpoint, "row 17", for each row. Raises ReadError for a table of more than CELLS."""
    table = [tuple(_value(cell) for cell in row) for row in _bounded(rows)]
    first, names = _header(table)
    for number, row in enumerate(table, start=1):
        if number == first + 1 and names:
            continue
        start = composition.next_start
        composition.add(_sentence(row, names if number > first else ()))
        composition.pinpoint(start, f"row {number}")


def _reading(text: str, delimiter: str) -> Reading:
    composition = Composition()
    write_table(_rows(text, delimiter), composition)
    layout = composition.layout()
    return Reading(layout.text, layout.blocks, pinpoints=layout.pinpoints)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Marks in the midst of a value are kept; one that is never closed would make one value of all that follows."""
    strict = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    try:
        return list(strict)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise ReadError("The table has a quotation mark that is opened and never closed.") from error
    try:
        return list(csv.reader(_lines(text), delimiter=delimiter))
    except csv.Error as error:
        raise ReadError(f"The table cannot be read: {error}.") from error


def _lines(text: str) -> Iterator[str]:
    return (line + "\n" for line in text.split("\n"))


def _delimiter(text: str) -> str:
    """The one that gives most of the first rows the same number of fields, and the more fields; else a comma."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample.rpartition("\n")[0] or sample
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        reader = csv.reader(_lines(sample), delimiter=delimiter)
        widths = Counter(len(row) for row, _ in zip(reader, range(_SAMPLE_ROWS), strict=False) if row)
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        score = (round(rows / widths.total(), 2), width) if width > 1 else (0.0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _bounded(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    cells = 0
    for row in rows:
        cells += 1 + sum(1 for cell in row if cell)
        if cells > CELLS:
            raise ReadError(f"The table has more than {CELLS:,} cells and rows.")
        yield row


def _value(cell: str) -> str:
    return printable(cell).strip()


def _header(table: Sequence[Sequence[str]]) -> tuple[int, Sequence[str]]:
    """The index of the row with the names of the columns, and the names; none if it does not look like one.

    It is the first row of at least half as many filled cells as most rows have, so that titles and notes above it
    are left alone. Names are all different, short, and no numbers or dates.
    """
    filled = [sum(1 for cell in row if cell) for row in table]
    common = Counter(count for count in filled if count).most_common(1)
    usual = common[0][0] if common else 0
    for index, row in enumerate(table):
        if filled[index] and 2 * filled[index] >= max(usual, max(filled[index + 1 : index + 6], default=0)):
            names = [cell for cell in row if cell]
            named = (
                any(filled[index + 1 :])
                and len(set(names)) == len(names)
                and all(len(name) <= _NAME_LENGTH and not _VALUE.fullmatch(name) for name in names)
            )
            return index, tuple(clean(cell) or "" for cell in row) if named else ()
    return 0, ()


def _sentence(row: Sequence[str], names: Sequence[str]) -> str:
    """Values unchanged, with the names of their columns where these have one; empty cells left out."""
    named = list(names) + [""] * (len(row) - len(names))
    return CELL_SEPARATOR.join(
        f"{name.rstrip(':')}: {cell}" if name else cell for name, cell in zip(named, row, strict=False) if cell
    )
