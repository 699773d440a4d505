"""The official sanctions lists: from their files to one reading for each entry.

To add a format, write one file with a function from files to FileReading, name it in a ListFormat, and let
``recognise`` tell it.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from pkgutil import resolve_name

from index.types import FileReading

Reader = Callable[[Mapping[str, bytes]], FileReading]

HEAD = 4_096
"""Bytes from the start of a file by which its format is told."""

# The root element, behind a declaration, comments and a document type; its attributes tell the format too.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)*<(?:[\w.-]+:)?([\w.-]+)([^>]*)",
    re.DOTALL,
)


OFAC_COLUMNS = 12
"""Of sdn.csv, which has no header."""

OFAC_COMPANIONS = ("alt.csv", "add.csv", "sdn_comments.csv")

OPENSANCTIONS_COLUMNS = ("id", "schema", "name", "aliases")
"""The first ones of the header."""


@dataclass(frozen=True, slots=True)
class ListFormat:
    """``list`` is the short name of the list, ``reader`` what reads it, as "module:function", imported with the first
    list of the format. ``companions`` are the names of further files that belong to the one recognised, as far as they
    lie beside it, with capital letters if it has them.
    """

    name: str
    list: str
    media_type: str
    reader: str
    companions: tuple[str, ...] = ()


UN = ListFormat("un-xml", "un", "application/xml", "index.lists.un:read_un")
OFAC_CSV = ListFormat("ofac-csv", "ofac-sdn", "text/csv", "index.lists.ofac_csv:read_ofac_csv", OFAC_COMPANIONS)
OFAC_CSV_CAPITALS = replace(OFAC_CSV, companions=tuple(name.upper() for name in OFAC_COMPANIONS))
OFAC_ADVANCED = ListFormat(
    "ofac-advanced-xml", "ofac-sdn", "application/xml", "index.lists.ofac_advanced:read_ofac_advanced"
)
EU_XML = ListFormat("eu-xml", "eu", "application/xml", "index.lists.eu_xml:read_eu_xml")
EU_CSV = ListFormat("eu-csv", "eu", "text/csv", "index.lists.eu_csv:read_eu_csv")
UK_XML = ListFormat("uk-xml", "uk", "application/xml", "index.lists.uk:read_uk")
UK_CSV = ListFormat("uk-csv", "uk", "text/csv", "index.lists.uk_csv:read_uk_csv")
OPENSANCTIONS = ListFormat(
    "opensanctions-csv", "opensanctions", "text/csv", "index.lists.opensanctions:read_opensanctions"
)


def recognise(name: str, head: bytes) -> ListFormat | None:
    """The format of the list whose main file has this name and begins with ``head``, HEAD bytes or all; else None.

    Names count for OFAC's CSV alone, which has no header: its main file is sdn.csv, in small letters or capitals.
    """
    plain = PurePosixPath(name).name
    if plain.lower() == "sdn.csv":
        fitting = OFAC_CSV_CAPITALS if plain == plain.upper() else OFAC_CSV
        return fitting if _is_sdn(head) else None
    root = _ROOT.match(head)
    return _xml(root[1], root[2], head) if root else _table(head)


def read_list(fmt: ListFormat, files: Mapping[str, bytes]) -> FileReading:
    """All entries of a list. ``files`` are the main file and those of its companions that there are, by their names.

    Every reading is one entry: ``title`` its primary name, ``member`` its reference, ``published`` the newest of its
    days of listing and amendment. Its text has one line a field, each of them a block. Rows and elements that cannot
    be read are ``problems``. Raises ReadError if the file is damaged as a whole or holds no entry that can be read.
    """
    reader: Reader = resolve_name(fmt.reader)
    return reader(files)


def _xml(root: bytes, attributes: bytes, head: bytes) -> ListFormat | None:
    if root == b"CONSOLIDATED_LIST":
        return UN
    if root == b"Designations":
        return UK_XML
    if root == b"export" and b"http://eu.europa.ec/fpi/fsd/export" in attributes:
        return EU_XML
    # The model's first namespace was the UN's; OFAC's list has another now.
    ours = b"ADVANCED_XML" in attributes or b"http://www.un.org/sanctions/1.0" in attributes or b"<DateOfIssue" in head
    return OFAC_ADVANCED if root == b"Sanctions" and ours else None


def _table(head: bytes) -> ListFormat | None:
    lines = head.decode("utf-8-sig", "ignore").splitlines()
    header = lines[0] if lines else ""
    if "fileGenerationDate" in header and "Entity_LogicalId" in header and ";" in header:
        return EU_CSV
    if [column.strip('"') for column in header.split(",")[: len(OPENSANCTIONS_COLUMNS)]] == list(OPENSANCTIONS_COLUMNS):
        return OPENSANCTIONS
    reported = header.strip('"').lower().startswith("report date:")
    header = lines[1] if reported and len(lines) > 1 else header
    return UK_CSV if "Unique ID" in header and "Name 6" in header and "," in header else None


def _is_sdn(head: bytes) -> bool:
    """Whether some line is a row of sdn.csv; the first ones may be damaged."""
    return any(_is_sdn_row(line) for line in head.decode("utf-8-sig", "ignore").splitlines())


def _is_sdn_row(line: str) -> bool:
    try:
        row = next(csv.reader([line]), [])
    except csv.Error:
        return False
    return len(row) == OFAC_COLUMNS and row[0].strip().isdecimal()
