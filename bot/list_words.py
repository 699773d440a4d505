"""How people call sanctions lists and programmes; and what a list says, in one sentence each: always of this list in
this edition, never that a name is not sanctioned.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from bot.types import Lookup
from index.types import Edition

CALLED = {"un": "UN", "ofac-sdn": "OFAC", "eu": "EU", "uk": "UK", "opensanctions": "OpenSanctions"}
"""What the lists are called that a reader knows of; others are called by their short names."""

_US = r"u\.s\.a?\.?(?!\w)|usa|(?-i:USA?)|(?<=the\s)us|us(?=\s+(?:sanction|list|treasury|government|ofac|sdn|blacklist))"
LISTS: dict[str, str] = {
    "un": r"(?<!jong[\s-])u\.?n\.?(?!\w)|united\s+nations|security\s+council|unsc",
    "ofac-sdn": rf"ofac|sdn|{_US}|united\s+states|american|treasury|specially\s+designated\s+nationals?",
    "eu": r"e\.?u\.?(?!\w)|european(?:\s+union)?|fsf",
    "uk": r"u\.?k\.?(?!\w)|united\s+kingdom|british|ofsi|fcdo",
    "opensanctions": r"opensanctions",
    "Swiss": r"swiss|switzerland|seco",
    "Canadian": r"canadian|canada",
    "Australian": r"australian|australia|dfat",
    "Japanese": r"japanese|japan",
}
"""Short names of lists to patterns, without regard to case, of what people call them or who keeps them. Of the last
ones no editions are read. Kim Jong Un is no list.
"""

_PROGRAMMES: dict[str, tuple[str, ...]] = {
    "DPRK": (
        "1718",
        "2094",
        "2270",
        "2321",
        "2371",
        "2375",
        "2397",
        "dprk",
        "north korea",
        "north korean",
        "north koreans",
    ),
    "Al-Qaida": ("1267", "1989", "2253", "al-qaida", "al qaida", "al-qaeda", "al qaeda", "isil", "isis", "da'esh"),
    "Taliban": ("1988", "taliban"),
    "Iraq": ("1518", "1483", "iraq", "iraqi", "iraqis"),
    "Iran": ("1737", "2231", "iran", "iranian", "iranians"),
    "Libya": ("1970", "1973", "libya", "libyan", "libyans"),
    "Somalia": ("751", "1844", "2713", "somalia", "somali", "somalis", "al-shabaab"),
    "DRC": ("1533", "drc", "drcongo", "democratic republic of the congo", "congo"),
    "SouthSudan": ("2206", "south sudan", "south sudanese"),
    "Sudan": ("1591", "sudan", "sudanese", "darfur"),
    "CAR": ("2127", "2745", "car", "central african republic"),
    "Yemen": ("2140", "yemen", "yemeni", "yemenis", "houthi", "houthis"),
    "GB": ("2048", "guinea-bissau"),
    "Lebanon": ("1636", "lebanon", "lebanese"),
    "Mali": ("2374", "mali", "malian", "malians"),
    "Haiti": ("2653", "haiti", "haitian", "haitians"),
}
"""The UN list's names of its regimes, by the resolutions that set them up and by what people call them
(https://main.un.org/securitycouncil/en/sanctions/information). "South Sudan" holds "Sudan" and stands before it.
"""

_KINDS = {"person": " of persons", "entity": " of entities", "vessel": " of vessels", "aircraft": " of aircraft"}
_NOT_A_YEAR = r"(?<!in\s)(?<!since\s)(?<!before\s)(?<!after\s)(?<!until\s)(?<!by\s)(?<!during\s)(?<!of\s)"
_REGIMES = {
    programme: re.compile(
        rf"(?<!\w)(?:{_NOT_A_YEAR}(?:{'|'.join(word for word in words if word.isdigit())})(?:\s*\((?:19|20)\d\d\))?"
        rf"|{'|'.join(re.escape(word) for word in words if not word.isdigit())})(?!\w)",
        re.IGNORECASE,
    )
    for programme, words in _PROGRAMMES.items()
}
"""Resolutions are cited by their number, or by that and the year: 1267 (1999)."""
_LISTS_NAMED = {short: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for short, words in LISTS.items()}


def lists_named(text: str) -> frozenset[str]:
    """The short names of the lists that a text names."""
    return frozenset(short for short, pattern in _LISTS_NAMED.items() if pattern.search(text))


def without_lists(text: str) -> str:
    """The text without the names of lists."""
    for pattern in _LISTS_NAMED.values():
        text = pattern.sub(" ", text)
    return text


def regimes_named(text: str) -> tuple[tuple[str, ...], str]:
    """The UN's names of the regimes that a text names, by number or otherwise, and the text without them."""
    found: list[str] = []
    for programme, pattern in _REGIMES.items():
        text, times = pattern.subn(" ", text)
        found += [programme] if times else []
    return tuple(found), text


def programmes_meant(asked: str, known: Iterable[str]) -> tuple[str, ...]:
    """Which of a list's ``known`` programmes are meant: those called so, or whose name has it between hyphens, with a
    number behind it or not. "DPRK" means DPRK and DPRK2, "DPRK2" only itself.
    """
    words = {_plain(asked), *map(_plain, _PROGRAMMES.get(asked, ()))}
    return tuple(each for each in sorted(set(known)) if not words.isdisjoint(_parts(each)))


def is_regime(asked: str) -> bool:
    """Whether it is the UN's name of a regime."""
    return asked in _PROGRAMMES


def sentence_of(
    lookup: Lookup, day: date | None, kind: str | None = None, alike: bool = False, spelt: float | None = None
) -> str:
    """The sentence of a lookup; ``day`` is the last of the time that was asked about, None for now. ``kind`` is that
    of the entries that were counted, None for all. ``alike``: names of the list that are nearly the same are shown.
    ``spelt`` is how alike the quoted name is, in [0, 1], where it is spelt otherwise than the one that was asked for.
    """
    quoted = f"[{lookup.number}] " if lookup.number is not None else ""
    entries = (
        "entry of that name, or one like it, is" if lookup.count == 1 else "entries of that name, or one like it, are"
    )
    more = f" {lookup.count} more {entries} not quoted for lack of room." if lookup.count else ""
    quoted += f"By a name that is {int(spelt * 100)}% alike: " if quoted and spelt is not None else ""
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
        return f"{quoted}Present in the {_of(edition)}, absent in that of {_day(other)}.{more}"
    if lookup.state == "listed":
        return f"{quoted}Found in the {_of(edition)}.{more}"
    if lookup.state == "delisted" and other is not None:
        return f"{quoted}Present in the {_of(other)}, absent in that of {_day(edition)}.{more}"
    if lookup.state == "listed later" and other is not None:
        return (
            f"{quoted}Not found in the {edition.name} as of {_day(edition)}; present in the edition of {_day(other)}."
        )
    if lookup.state == "members":
        under = f" under {' or '.join(lookup.programmes)}" if lookup.programmes else ""
        counted = f"{'entry' if lookup.count == 1 else 'entries'}{_KINDS.get(kind or '', '')}"
        return f"The {edition.name} has {lookup.count} {counted}{under} as of {_day(edition)}."
    candidates = "; names in it that are alike are shown as candidates" if alike else ""
    return f"Not found in the {edition.name} as of {_day(edition)}{candidates}."


def change_sentence(gone: bool, older: Edition, newer: Edition, count: int, shown: Sequence[int], kind: str) -> str:
    """How many entries were delisted, or else listed, from an edition to a newer one, and which quotes show some."""
    one, other = (older, newer) if gone else (newer, older)
    entries = f"{'entry' if count == 1 else 'entries'}{_KINDS.get(kind, '')}"
    numbers = " ".join(f"[{number}]" for number in shown)
    more = f" and {count - len(shown)} more" if shown and count > len(shown) else ""
    return (
        f"{count or 'No'} {entries} present in the {_of(one)}, {'is' if count == 1 else 'are'} absent in that of "
        f"{_day(other)}{f': {numbers}{more}' if shown else ''}."
    )


def uncompared(oldest: Edition, newest: Edition) -> str:
    """That of the editions held no two can be compared: there is one alone, or none of them tells of the time asked
    about.
    """
    if oldest == newest:
        return (
            f"Only one edition of the {oldest.name} is held, that of {_day(oldest)}: there is nothing to compare it "
            "with."
        )
    return (
        f"What became of the {oldest.name} in that time is not known here: the oldest edition held is that of "
        f"{_day(oldest)}, the newest that of {_day(newest)}."
    )


def _plain(programme: str) -> str:
    return "".join(letter for letter in programme.casefold() if letter.isalnum())


def _parts(programme: str) -> set[str]:
    """The whole, and what stands between hyphens, each without the number behind it too: "iraq2" and "iraq"."""
    parts = {_plain(programme), *map(_plain, programme.split("-"))}
    return (parts | {part.rstrip("0123456789") for part in parts}) - {""}


def _of(edition: Edition) -> str:
    return f"{edition.name}, edition of {_day(edition)}"


def _day(edition: Edition) -> str:
    """The list's own date, or the day on which it was read, as such."""
    return edition.date or "" if edition.dated else f"{edition.date} (when it was read; it gives no date of its own)"
