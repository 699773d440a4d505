"""What a list says, in one sentence each: always of this list in this edition, never that a name is not sanctioned."""

from datetime import date

from bot.types import Lookup
from index.types import Edition


def sentence_of(lookup: Lookup, day: date | None) -> str:
    """The sentence of a lookup; ``day`` is the last of the time that was asked about, None for now."""
    quoted = f"[{lookup.number}] " if lookup.number is not None else ""
    edition, other = lookup.edition, lookup.other
    if lookup.state == "not held":
        return f"No edition of the {lookup.list} list is held here."
    if edition is None and other is not None:
        early = f"No edition of the {other.name} as early as {day} is held" if day is not None else "No edition is held"
        found = f"; {quoted}stands in" if quoted else "; the oldest is"
        return f"{early}{found} that of {_day(other)}."
    if edition is None:
        return f"No edition of the {lookup.list} list is held here."
    if lookup.state == "listed" and other is not None:
        return f"{quoted}Present in the {_of(edition)}, absent in that of {_day(other)}."
    if lookup.state == "listed":
        return f"{quoted}Found in the {_of(edition)}."
    if lookup.state == "delisted" and other is not None:
        return f"{quoted}Present in the {_of(other)}, absent in that of {_day(edition)}."
    if lookup.state == "listed later" and other is not None:
        return (
            f"{quoted}Not found in the {edition.name} as of {_day(edition)}; present in the edition of {_day(other)}."
        )
    if lookup.state == "members":
        under = f" under {' or '.join(lookup.programmes)}" if lookup.programmes else ""
        entries = "entry" if lookup.count == 1 else "entries"
        return f"The {edition.name} has {lookup.count} {entries}{under} as of {_day(edition)}."
    return f"Not found in the {edition.name} as of {_day(edition)}."


def _of(edition: Edition) -> str:
    return f"{edition.name}, edition of {_day(edition)}"


def _day(edition: Edition) -> str:
    """The list's own date, or the day on which it was read, as such."""
    return edition.date or "" if edition.dated else f"{edition.date} (when it was read; it gives no date of its own)"
