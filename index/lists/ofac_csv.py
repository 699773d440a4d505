"""OFAC's Specially Designated Nationals list as CSV: sdn.csv with alt.csv, add.csv and sdn_comments.csv.

Columns: OFAC's data specification (dat_spec.txt of 25 September 2023), also to be read on
https://moov-io.github.io/watchman/file-structure. No file has a header, every row is one line, ``-0-`` means null, and
``ent_num`` links the files. The format has no date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from index.errors import ReadError
from index.lists import OFAC_COLUMNS, OFAC_COMPANIONS, ofac_remarks
from index.lists.entry_text import EntryText, gather, words
from index.lists.rows import Row, read_rows
from index.types import Edition, EntryKind, FileReading, Problem

OFAC = "U.S. Department of the Treasury, Office of Foreign Assets Control"
SDN = "OFAC Specially Designated Nationals and Blocked Persons List"

REMARKS = 1_000
"""Characters that the remarks of sdn.csv have room for; sdn_comments.csv goes on with longer ones."""

# The set of 2019 ends in the midst of the null of its last rows.
_NULL = {"-0-", "-0", ""}
_KINDS: dict[str, EntryKind] = {"": "entity", "individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
_ALTERNATES: dict[str, tuple[str, Literal["alias", "former"]]] = {
    "aka": ("Also known as", "alias"),
    "fka": ("Formerly known as", "former"),
    "nka": ("Now known as", "alias"),
}


@dataclass(slots=True)
class _Listed:
    """What the four files say of one entry. ``remarks`` keep the white space at which they were cut."""

    line: int
    values: tuple[str, ...]
    remarks: str
    alternates: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[tuple[str, ...]] = field(default_factory=list)
    continued: bool = False


def read_ofac_csv(files: Mapping[str, bytes]) -> FileReading:
    """Every entry, with its alternate names, addresses and whole remarks. Names of files count in any case.

    A row that is broken, or names no entry of sdn.csv, or has the number of another is a problem and is left out.
    Raises ReadError if there is no sdn.csv, or no entry in it.
    """
    named = {PurePosixPath(name).name.lower(): (PurePosixPath(name).name, content) for name, content in files.items()}
    if "sdn.csv" not in named:
        raise ReadError("The list lacks its main file, sdn.csv.")
    main = named["sdn.csv"][0]
    problems: list[Problem] = []
    listed = _main(*named["sdn.csv"], problems)
    for companion, columns, add in zip(OFAC_COMPANIONS, (5, 6, 2), (_alternate, _address, _comment), strict=True):
        name, content = named.get(companion, (companion, b""))
        seen: dict[tuple[str, ...], int] = {}
        for row in _rows(name, content, columns, problems):
            reason = _unlinked(row, listed, main) or _repeated(row, seen, columns)
            reason = reason or add(listed[_number(row)], row.values)
            if reason:
                problems.append(Problem(f"{name}, line {row.line}", reason))
    for each in listed.values():
        if len(each.remarks) == REMARKS and not each.continued:
            reason = f"The remarks break off after {REMARKS} characters, and sdn_comments.csv does not go on with them."
            problems.append(Problem(f"{main}, line {each.line}", reason))
    reading = gather("text/csv", Edition("ofac-sdn", SDN, OFAC, None), _entries(main, listed))
    return FileReading(reading.media_type, reading.readings, reading.edition, (*problems, *reading.problems))


def _rows(name: str, content: bytes, columns: int, problems: list[Problem]) -> Iterator[Row]:
    """The good rows with a number; the others are problems."""
    for row in read_rows(content, columns=columns, lines=1):
        if row.broken:
            problems.append(Problem(f"{name}, line {row.line}", row.broken))
        elif not _number(row):
            problems.append(Problem(f"{name}, line {row.line}", "The first column is no entry number."))
        else:
            yield row


def _main(name: str, content: bytes, problems: list[Problem]) -> dict[str, _Listed]:
    listed: dict[str, _Listed] = {}
    for row in _rows(name, content, OFAC_COLUMNS, problems):
        number, values = _number(row), tuple(map(_value, row.values))
        reason = ""
        if number in listed:
            reason = f"The entry number {number} is that of line {listed[number].line} already."
        elif not values[1]:
            reason = "The entry has no name."
        elif values[2].lower() not in _KINDS:
            reason = f"The type of the entry is unknown: {values[2][:100]}."
        if reason:
            problems.append(Problem(f"{name}, line {row.line}", reason))
        else:
            listed[number] = _Listed(row.line, values, row.values[11] if values[11] else "")
    return listed


def _unlinked(row: Row, listed: Mapping[str, _Listed], main: str) -> str:
    return "" if _number(row) in listed else f"No entry of {main} has the number {_number(row)}."


def _repeated(row: Row, seen: dict[tuple[str, ...], int], columns: int) -> str:
    """A record's own number stands in the second column; comments have none, so their text tells them apart."""
    key = tuple(map(words, row.values[:2]))
    if columns > len(key) and not _digits(key[1]):
        return "The second column is no record number."
    if seen.setdefault(key, row.line) != row.line:
        return f"The row repeats line {seen[key]}."
    return ""


def _alternate(entry: _Listed, values: tuple[str, ...]) -> str:
    kind, name, remarks = (_value(value) for value in values[2:])
    if kind.lower() not in _ALTERNATES:
        return f"The kind of the alternate name is unknown: {kind[:100]}."
    if not name:
        return "The alternate name is missing."
    entry.alternates.append((kind.lower(), name))
    if remarks:
        entry.alternates.append(("", remarks))
    return ""


def _address(entry: _Listed, values: tuple[str, ...]) -> str:
    entry.addresses.append(tuple(map(_value, values[2:])))
    return ""


def _comment(entry: _Listed, values: tuple[str, ...]) -> str:
    if not _value(values[1]):
        return "The comment is empty."
    entry.remarks += values[1]
    entry.continued = True
    return ""


def _entries(main: str, listed: Mapping[str, _Listed]) -> Iterator[tuple[str, EntryText]]:
    remarks = {number: ofac_remarks.split(words(each.remarks)) for number, each in listed.items()}
    countries = {address[2] for each in listed.values() for address in each.addresses}
    countries.update(*map(ofac_remarks.countries_named, remarks.values()))
    for number, each in listed.items():
        yield f"{main}, line {each.line}", _entry(number, each, remarks[number], countries - {""})


def _entry(number: str, listed: _Listed, remarks: list[str], countries: set[str]) -> EntryText:
    _, name, kind, programmes, title, call_sign, vessel, tonnage, gross, flag, owner, _ = listed.values
    entry = EntryText("ofac-sdn", number, _KINDS[kind.lower()])
    entry.name("", name, "primary")
    entry.say("Reference", number)
    for programme in programmes.strip("[]").split("] ["):
        entry.programme(programme)
    entry.say("Type", kind)
    for alternate, text in listed.alternates:
        if alternate:
            label, kind_of_name = _ALTERNATES[alternate]
            entry.name(label, text, kind_of_name)
        else:
            entry.say("Remark on this name", text)
    ofac_remarks.say_names(entry, remarks)
    entry.say("Title", title)
    entry.say("Call sign", call_sign)
    entry.say("Vessel type", vessel)
    entry.say("Tonnage", tonnage)
    entry.say("Gross registered tonnage", gross)
    entry.say("Vessel flag", flag)
    entry.say("Vessel owner", owner)
    ofac_remarks.say_personal(entry, remarks, countries)
    for address in listed.addresses:
        entry.say("Address", *address)
        entry.countries.append(address[2])
    entry.countries.append(flag)  # the flag is a ship's nationality
    ofac_remarks.say_others(entry, remarks)
    return entry


def _value(text: str) -> str:
    value = words(text)
    return "" if value in _NULL else value


def _number(row: Row) -> str:
    """The entry number, empty if the first column holds none."""
    text = row.values[0].strip()
    return text if _digits(text) else ""


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal() and text.strip("0") != ""
