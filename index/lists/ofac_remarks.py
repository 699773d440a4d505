"""The remarks of OFAC's CSV files, which hold what has no column: "DOB 14 Jun 1975; POB Leningrad, Russia".

Parts end at "; ". Names in quotation marks are the weak ones: https://ofac.treasury.gov/faqs/123.
"""

import re
from collections.abc import Collection

from index.lists.dates import ends
from index.lists.entry_text import EntryText
from index.types import NameKind

_NAME = re.compile(r"([afn])\.k\.a\. '(.+)'\.?")
_LABELS = {"a": "Also known as", "f": "Formerly known as", "n": "Now known as"}
_KNOWN = re.compile(r"(?:alt\. )?(DOB|POB|nationality|citizen) (.+?)\.?")
_PERSONAL = {"DOB": "Date of birth", "POB": "Place of birth", "nationality": "Nationality", "citizen": "Citizenship"}


def split(remarks: str) -> list[str]:
    """The parts of the remarks, exactly as they are written."""
    return [part for part in remarks.split("; ") if part.strip()]


def countries_named(parts: list[str]) -> set[str]:
    """The nationalities and citizenships among the parts."""
    known = (_KNOWN.fullmatch(part) for part in parts)
    return {each[2] for each in known if each and each[1] in {"nationality", "citizen"}}


def say_names(entry: EntryText, parts: list[str]) -> None:
    """The alternate names in quotation marks, which are those that OFAC calls weak, each on a line."""
    for part in parts:
        if found := _NAME.fullmatch(part):
            kind: NameKind = "former" if found[1] == "f" else "alias"
            entry.name(f"{_LABELS[found[1]]} (low quality)", found[2], kind, weak=True, said=part)


def say_personal(entry: EntryText, parts: list[str], countries: Collection[str]) -> None:
    """Birth, nationality and citizenship. A place of birth gives its country if it ends in one of ``countries``."""
    known = [(part, found) for part in parts if (found := _KNOWN.fullmatch(part))]
    for wanted, label in _PERSONAL.items():
        for part, found in known:
            if found[1] == wanted:
                entry.say(label, part)
    for _, found in known:
        if found[1] == "DOB":
            entry.births += ends(found[2])
        elif found[1] == "POB":
            entry.countries += _country(found[2], countries)
        else:
            entry.countries.append(found[2])


def say_others(entry: EntryText, parts: list[str]) -> None:
    """All that the other two left."""
    for part in parts:
        if not _NAME.fullmatch(part) and not _KNOWN.fullmatch(part):
            entry.say("Remark", part)


def _country(place: str, countries: Collection[str]) -> list[str]:
    """The longest end of the place that is one of the countries: "Korea, North" before "North"."""
    parts = place.split(", ")
    tails = (", ".join(parts[start:]) for start in range(len(parts)))
    return [tail for tail in tails if tail in countries][:1]
