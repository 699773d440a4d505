"""The UK Sanctions List, CSV; see ``uk_entry``.

The first line is "Report Date: 05-May-2026", the second the header. Every row repeats its designation with another
name, address or other value.
"""

import re
from collections.abc import Mapping

from index.errors import ReadError
from index.lists.dates import iso
from index.lists.entry_text import gather, words
from index.lists.rows import Row, read_rows
from index.lists.uk_entry import FIELDS, REASONS, REFERENCE, Field, Record, edition, uk_entry
from index.types import FileReading

_REPORT = re.compile(rb"(?:\xef\xbb\xbf)?\"?Report Date: *([^\r\n\",]*)[^\r\n]*(?:\r\n|\r|\n)?", re.IGNORECASE)
_TOLD = {column for field in FIELDS for column in field.columns}


def read_uk_csv(files: Mapping[str, bytes]) -> FileReading:
    """Every designation. The edition's date is the report date.

    Raises ReadError without a header and as ``gather`` does.
    """
    ((name, content),) = files.items()
    report = _REPORT.match(content)
    date = iso(report[1].decode("ascii", "replace")) if report else None
    rows = read_rows(content[report.end() :] if report else content)
    skipped = 1 if report else 0
    header = next(rows, Row(1))
    columns = [words(column).lower() for column in header.values]
    if REFERENCE.columns[0] not in columns:
        raise ReadError("The list lacks its header, the names of the columns.")
    found = []
    groups: dict[str, list[dict[str, str]]] = {}
    places: dict[str, str] = {}
    for row in rows:
        values = {column: value for column, value in zip(columns, row.values, strict=False) if value}
        reference = words(values.get(REFERENCE.columns[0]))
        place = f"{name}, line {row.line + skipped}"
        if row.broken or not reference:
            found.append((place, row.broken or "The row has no unique ID."))
            continue
        groups.setdefault(reference, []).append(values)
        places.setdefault(reference, place)
    entries = ((places[reference], uk_entry(_record(group))) for reference, group in groups.items())
    return gather("text/csv", edition(date), [*found, *entries])


def _record(rows: list[dict[str, str]]) -> Record:
    new = dict.fromkeys(column for row in rows for column in row if column and column not in _TOLD)
    others = [Field(column.capitalize(), (), (column,)) for column in new]
    record = {field: _values(rows, field) for field in (*FIELDS, *others)}
    return {field: values for field, values in record.items() if values}


def _values(rows: list[dict[str, str]], field: Field) -> list[tuple[str, ...]]:
    """Each value once, in order. Reasons keep their line ends, by which they part into paragraphs."""
    texts = (tuple(row.get(column, "") for column in field.columns) for row in rows)
    said = (each for each in texts if any(map(words, each)))
    return list(dict.fromkeys(each if field in REASONS else tuple(map(words, each)) for each in said))
