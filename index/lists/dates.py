"""Dates as the lists write them, to ISO 8601; what cannot be read is left out, never guessed."""

import re

from index.readers.text import iso_date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A time or a zone may follow: "2008-03-10-05:00" is a day with its zone, which the UN writes now and then.
_ISO = re.compile(r"([0-9]{4}(?:-[0-9]{2}){0,2})(?:[Tt].*| [0-9:.]+|Z|[+-][0-9]{2}:[0-9]{2})?")
_SLASHES = re.compile(r"([0-9]{1,2}|dd)/([0-9]{1,2}|mm)/([0-9]{4})(?: [0-9:]+)?", re.IGNORECASE)
_NAMED = re.compile(r"(?:([0-9]{1,2})[ -])?([A-Za-z]{3})[ -]([0-9]{4})")
_RANGE = re.compile(r" to | - |(?<=^[0-9]{4})-(?=[0-9]{4}$)")


def iso(value: str | None) -> str | None:
    """``2001-01-25``, ``25/01/2001``, ``25 Jan 2001`` or ``25-Jan-2001`` as YYYY, YYYY-MM or YYYY-MM-DD; else None.

    Day and month may be missing (``1945``, ``Jan 1945``) or unknown, as the UK list writes it (``dd/mm/1945``,
    ``00/00/1945``). The day is the one written: no time zone moves it.
    """
    text = (value or "").strip()
    if found := _ISO.fullmatch(text):
        return iso_date(found[1])
    if found := _SLASHES.fullmatch(text):
        return _joined(found[3], _number(found[2]), _number(found[1]))
    if (found := _NAMED.fullmatch(text)) and found[2].lower() in _MONTHS:
        return _joined(found[3], _MONTHS.index(found[2].lower()) + 1, _number(found[1]))
    return None


def ends(value: str) -> tuple[str, ...]:
    """The date of ``circa 1951``, or both ends of ``1955 to 1958`` or ``1955-1958``; those that can be read."""
    text = value.strip().removeprefix("circa ")
    found = (iso(part.strip().removeprefix("circa ")) for part in _RANGE.split(text, maxsplit=1))
    return tuple(each for each in found if each is not None)


def _number(text: str | None) -> int:
    """Zero for a part that is missing or unknown."""
    return int(text) if text is not None and text.isdecimal() else 0


def _joined(year: str, month: int, day: int) -> str | None:
    if not month:
        return iso_date(year)
    return iso_date(f"{year}-{month:02}-{day:02}" if day else f"{year}-{month:02}")
