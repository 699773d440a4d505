"""What one ``[[source]]`` of a manifest may hold."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import get_args
from urllib.parse import urlsplit

from index.errors import SettingsError
from index.types import SourceKind

Kind = SourceKind
KINDS: tuple[Kind, ...] = get_args(Kind)

LEAST_SECONDS = 5 * 60
MOST_SECONDS = 3650 * 24 * 3600
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 24 * 3600}
_INTERVAL = re.compile(r"([1-9][0-9]{0,6})([mhd])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|https?:", re.IGNORECASE)
_NO_INTERVAL = 'is no interval such as "15m", "6h" or "7d", from 5m to 3650d'
_NO_LINE = "is empty, or has a control character or white space at its ends"


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One ``[[source]]`` of a manifest.

    ``location`` is an absolute path, a path relative to the manifest's folder, or an http(s) address; in what
    ``read_manifest`` gives, relative ones are resolved. ``collection`` is the name if left empty. ``every``, such
    as "15m", "6h" or "7d", is how often the source is read again; None: only when somebody asks. ``publisher`` and
    ``language`` (a BCP 47 tag) hold where a document names none. ``include`` and ``exclude`` are glob patterns on
    the path or address. ``edition`` is the date, YYYY-MM-DD, of a sanctions list that carries none itself.
    """

    name: str
    location: str
    kind: Kind = "auto"
    collection: str = ""
    every: str | None = None
    publisher: str | None = None
    language: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    edition: str | None = None
    enabled: bool = True

    def __post_init__(self) -> None:
        if not self.collection:
            object.__setattr__(self, "collection", self.name)

    @property
    def every_seconds(self) -> int | None:
        """``every`` in seconds, from 300 to 315,360,000. Raises SettingsError if it is no interval."""
        if self.every is None:
            return None
        seconds = _seconds(self.every)
        if seconds is None:
            raise SettingsError(f'In source "{self.name}", every {_NO_INTERVAL}.')
        return seconds

    @property
    def on_the_web(self) -> bool:
        """Whether the location is a web address."""
        return _SCHEME.match(self.location) is not None


FIELDS = tuple(each.name for each in fields(SourceEntry))
"""The keys that a ``[[source]]`` may have, in the order in which they are written."""


def problems(entry: SourceEntry) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it), in the order of the fields."""
    named = "has a slash, a control character, or white space at its ends or doubled"
    if not is_name(entry.name):
        yield "name", named
    problem = _location_problem(entry)
    if problem is not None:
        yield "location", problem
    if not is_name(entry.collection):
        yield "collection", named
    if entry.every is not None and _seconds(entry.every) is None:
        yield "every", _NO_INTERVAL
    if entry.publisher is not None and not _is_line(entry.publisher):
        yield "publisher", _NO_LINE
    if entry.language is not None and _LANGUAGE.fullmatch(entry.language) is None:
        yield "language", 'is no language tag such as "en" or "pt-BR"'
    for key, patterns in (("include", entry.include), ("exclude", entry.exclude)):
        if not all(map(_is_line, patterns)):
            yield key, f"holds a pattern that {_NO_LINE}"
    if entry.edition is not None and not _is_date(entry.edition):
        yield "edition", "is no date such as 2026-05-31"


def _location_problem(entry: SourceEntry) -> str | None:
    if not _is_line(entry.location):
        return _NO_LINE
    if entry.on_the_web:
        problem = _address_problem(entry.location)
        if problem is None and entry.kind == "files":
            return "is a web address, but its kind is files"
        return problem
    if entry.kind in {"page", "feed", "sitemap"}:
        return f"is no http or https address, which a {entry.kind} needs"
    if entry.location.startswith("~"):
        return 'begins with "~", which is not expanded; write the whole path (or "./~" for a name that begins so)'
    return None


def _address_problem(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return "is no valid web address"
    if not address.startswith(("http://", "https://")):
        return "is neither a path nor an address that begins with http:// or https://"
    if not parts.hostname or any(letter.isspace() for letter in address):
        return "is no valid web address"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password, which a file that is shared must not"
    return None


def is_name(value: str) -> bool:
    visible = " ".join("".join(letter for letter in value if letter.isprintable()).split())
    return value != "" and value == visible and "/" not in value


def _is_line(value: str) -> bool:
    return value != "" and value == value.strip() and not any(map(_breaks, value))


def _breaks(letter: str) -> bool:
    """Whether it is a control character, a line or paragraph separator, or a lone surrogate."""
    return unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}


def _is_date(value: str) -> bool:
    try:
        return _DATE.fullmatch(value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _seconds(interval: str) -> int | None:
    found = _INTERVAL.fullmatch(interval)
    seconds = int(found[1]) * _UNIT_SECONDS[found[2]] if found else 0
    return seconds if LEAST_SECONDS <= seconds <= MOST_SECONDS else None
