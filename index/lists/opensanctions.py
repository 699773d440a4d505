"""OpenSanctions' simplified table, targets.simple.csv.

Columns: https://www.opensanctions.org/docs/bulk/ and the exporter
https://github.com/opensanctions/opensanctions/blob/main/zavod/zavod/exporters/simplecsv.py. A cell of several values is
itself a CSV row with semicolons. ``last_seen`` is left out: it is the time of the export, not of the entry.
"""

import csv
from collections.abc import Mapping

from index.errors import ReadError
from index.lists import OPENSANCTIONS_COLUMNS
from index.lists.dates import iso
from index.lists.entry_text import EntryText, gather, in_latin, words
from index.lists.rows import Row, read_rows
from index.types import Edition, EntryKind, FileReading

_KINDS: dict[str, EntryKind] = {
    "Person": "person", "Vessel": "vessel", "Airplane": "aircraft", "LegalEntity": "entity", "Organization": "entity",
    "Company": "entity", "PublicBody": "entity",
}  # fmt: skip
_DETAILS = {
    "birth_date": "Date of birth", "countries": "Country", "identifiers": "Identifier", "addresses": "Address",
    "phones": "Phone number", "emails": "Email address", "sanctions": "Sanction",
}  # fmt: skip
_TOLD = {*OPENSANCTIONS_COLUMNS, *_DETAILS, "program_ids", "dataset", "first_seen", "last_seen", "last_change"}


def read_opensanctions(files: Mapping[str, bytes]) -> FileReading:
    """Every target. The file has no date of its own.

    Raises ReadError without a header and as ``gather`` does.
    """
    ((name, content),) = files.items()
    rows = read_rows(content)
    columns = [words(column) for column in next(rows, Row(1)).values]
    if tuple(columns[: len(OPENSANCTIONS_COLUMNS)]) != OPENSANCTIONS_COLUMNS:
        raise ReadError("The list lacks its first line, the names of the columns.")
    found = (
        (f"{name}, line {row.line}", row.broken or _entry(dict(zip(columns, row.values, strict=False)))) for row in rows
    )
    return gather("text/csv", Edition("opensanctions", "OpenSanctions Targets", "OpenSanctions", None), found)


def _entry(row: Mapping[str, str]) -> EntryText | str:
    reference = words(row["id"])
    if not reference:
        return "The row has no id."
    entry = EntryText("opensanctions", reference, _KINDS.get(words(row["schema"]), "other"))
    entry.name("", row["name"], "primary")
    if entry.nameless:
        return "The row has no name."
    entry.say("Reference", reference)
    for programme in _values(row, "program_ids"):
        entry.programme(programme)
    for dataset in _values(row, "dataset"):
        entry.say("List", dataset)
    entry.say("First seen", row.get("first_seen"))
    entry.amended_on(row.get("last_change"), "Last change")
    entry.say("Type", row["schema"])
    for alias in sorted(_values(row, "aliases"), key=in_latin):
        if in_latin(alias):
            entry.name("Alias", alias, "alias")
        else:
            entry.name("Original script", alias, "original script")
    for column, label in _DETAILS.items():
        for value in _values(row, column):
            entry.say(label, value)
    for column, value in row.items():
        if column not in _TOLD:
            entry.say(column.replace("_", " ").capitalize(), value)
    entry.births += filter(None, map(iso, _values(row, "birth_date")))
    entry.countries += _values(row, "countries")
    return entry


def _values(row: Mapping[str, str], column: str) -> list[str]:
    """The values of a cell; the whole cell is one if it is no CSV row."""
    cell = words(row.get(column))
    try:
        return [words(value) for value in next(csv.reader([cell], delimiter=";", strict=True), []) if words(value)]
    except csv.Error:
        return [cell]
