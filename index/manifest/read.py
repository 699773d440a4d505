"""From the file to the sources, or to one sentence that says what is wrong with it."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import SettingsError, StorageError
from index.manifest.entry import FIELDS, KINDS, SourceEntry, is_name, problems

MARK = "\ufeff"
"""A byte order mark, which some editors leave at the beginning of a file."""


def read_manifest(path: Path) -> tuple[SourceEntry, ...]:
    """The sources in the order of the file; none if there is no file.

    Raises SettingsError, which names the file, the source and the field, or the line if the file is not TOML, for
    anything that is not as docs/adding-documents.md says; StorageError if the file cannot be read. A "~" is not
    expanded: a location that begins with one is an error, since the file may be read by several people.
    """
    text = read_text(path)
    return () if text is None else parse_entries(path, text)


def read_text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"The manifest {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"The manifest {path} is not UTF-8 in line {line}.") from error


def parse_entries(path: Path, text: str) -> tuple[SourceEntry, ...]:
    try:
        given = tomllib.loads(text.removeprefix(MARK))
    except (ValueError, RecursionError) as error:  # ValueError: TOMLDecodeError, and a number of too many digits
        raise SettingsError(f"The manifest {path} is not TOML: {error}.") from error
    tables = given.pop("source", [])
    for key in given:
        raise wrong(path, f"{key} is none of its parts, which are all written as [[source]]")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise wrong(path, "a source is written as [[source]], in two pairs of brackets")
    entries: dict[str, SourceEntry] = {}
    for number, table in enumerate(tables, 1):
        entry = _Table(path, number, table).entry()
        if entry.name in entries:
            raise wrong(path, f'two sources have the name "{entry.name}"')
        entries[entry.name] = entry
    return tuple(entries.values())


@dataclass(frozen=True, slots=True)
class _Table:
    """Turns the values of the ``number``-th source into an entry, or says what is wrong."""

    path: Path
    number: int
    given: Mapping[str, Any]

    def entry(self) -> SourceEntry:
        for key in self.given:
            if key not in FIELDS:
                raise self._wrong(key, f"is no field; the fields are {', '.join(FIELDS)}")
        for key in ("name", "location"):
            if key not in self.given:
                raise self._wrong(key, "is missing")
        kind = next((each for each in KINDS if each == self._text("kind", "auto")), None)
        if kind is None:
            raise self._wrong("kind", f"is none of {', '.join(KINDS)}")
        if not isinstance(self.given.get("enabled", True), bool):
            raise self._wrong("enabled", "is neither true nor false")
        entry = SourceEntry(
            name=self._text("name", ""),
            location=self._text("location", ""),
            kind=kind,
            collection=self._text("collection", ""),
            every=self._optional("every"),
            publisher=self._optional("publisher"),
            language=self._optional("language"),
            include=self._texts("include"),
            exclude=self._texts("exclude"),
            edition=self._optional("edition"),
            enabled=self.given.get("enabled", True),
        )
        for field, problem in problems(entry):
            raise self._wrong(field, problem)
        return resolved(self.path, entry)

    def _optional(self, key: str) -> str | None:
        return self._text(key, "") if key in self.given else None

    def _text(self, key: str, default: str) -> str:
        value = self.given.get(key, default)
        if key == "edition" and isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if not isinstance(value, str):
            raise self._wrong(key, "is no text in quotation marks")
        if not value and key in self.given:
            raise self._wrong(key, "is empty")
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        values = self.given.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._wrong(key, 'is no list of texts, such as ["*.pdf"]')
        return tuple(values)

    def _wrong(self, field: str, problem: str) -> SettingsError:
        return wrong(self.path, f"in {label(self.given.get('name'), self.number)}, {field} {problem}")


def label(name: object, number: int | None = None) -> str:
    """What a sentence calls a source: by its name, if that can be printed."""
    if isinstance(name, str) and is_name(name):
        return f'source "{name}"'
    return "the new source" if number is None else f"source number {number}"


def wrong(path: Path, why: str) -> SettingsError:
    """One sentence on one line, whatever a key of the file holds."""
    visible = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in why)
    return SettingsError(f"The manifest {path} is wrong: {visible}.")


def resolved(path: Path, entry: SourceEntry) -> SourceEntry:
    """With a relative location resolved against the manifest's folder, links followed; an absolute one as it is."""
    if entry.on_the_web or os.path.isabs(entry.location):  # noqa: PTH117 - as written: Path would change "/a//b"
        return entry
    return replace(entry, location=os.path.realpath(path.absolute().parent / entry.location))
