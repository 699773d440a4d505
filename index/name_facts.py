"""Whether births and countries speak for or against two names being of one person."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from index.name_forms import normal_form

CONTRADICTED = 0.75
"""What a score is multiplied by if the births contradict each other: an equal name is then a candidate, no match."""
OTHER_COUNTRY = 0.95
SAME_BIRTH, SAME_COUNTRY = 0.02, 0.01
"""What is added to a score where births or countries agree."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_YEARS_APART = 1  # lists give years that are known about, and calendars disagree
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "democratic people republic korea": "north korea",
        "dprk": "north korea",
        "korea north": "north korea",
        "republic korea": "south korea",
        "korea south": "south korea",
        "korea republic": "south korea",
        "korea democratic people republic": "north korea",
        "russian federation": "russia",
        "syrian arab republic": "syria",
        "usa": "united states",
        "us": "united states",
        "united states america": "united states",
        "uk": "united kingdom",
        "united kingdom great britain northern ireland": "united kingdom",
        "great britain": "united kingdom",
        "uae": "united arab emirates",
        "drc": "democratic republic congo",
        "congo democratic republic": "democratic republic congo",
        "lao people democratic republic": "laos",
        "viet nam": "vietnam",
        "burma": "myanmar",
        "libyan arab jamahiriya": "libya",
        "state libya": "libya",
        "turkiye": "turkey",
        "cote divoire": "ivory coast",
        "state palestine": "palestine",
        "palestinian": "palestine",
        "swaziland": "eswatini",
        "czechia": "czech republic",
    }
)
_LEFT_OUT = frozenset("the of and republic islamic federal bolivarian plurinational kingdom state region".split())


def adjustment(
    births: Sequence[str], listed_births: Sequence[str], countries: Sequence[str], listed_countries: Sequence[str]
) -> tuple[float, float]:
    """A factor for a score, and then what is added to it. (1.0, 0.0) where either side says nothing.

    ``births`` are ISO 8601 dates of any precision; what is no such date says nothing.
    """
    factor, added = 1.0, 0.0
    if (born := _agree_on_birth(births, listed_births)) is not None:
        factor, added = (factor, added + SAME_BIRTH) if born else (factor * CONTRADICTED, added)
    mine, theirs = _normal_countries(countries), _normal_countries(listed_countries)
    if mine and theirs:
        factor, added = (factor * OTHER_COUNTRY, added) if mine.isdisjoint(theirs) else (factor, added + SAME_COUNTRY)
    return factor, added


def _agree_on_birth(births: Sequence[str], others: Sequence[str]) -> bool | None:
    """Whether some two dates can be one person's, None if either side has none."""
    mine = [found.groups() for birth in births if (found := _DATE.match(birth))]
    theirs = [found.groups() for birth in others if (found := _DATE.match(birth))]
    if not mine or not theirs:
        return None
    return any(_can_be_one(date, other) for date in mine for other in theirs)


def _can_be_one(date: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Days and months are not asked for: they are swapped, or the first of January, too often."""
    return abs(int(date[0] or 0) - int(other[0] or 0)) <= _YEARS_APART


def _normal_countries(names: Sequence[str]) -> frozenset[str]:
    return frozenset(filter(None, map(_normal_country, names)))


def _normal_country(name: str) -> str:
    words = [word.plain for word in normal_form(name).words]
    text = " ".join(word for word in words if word not in {"the", "of", "and"})
    if text in _SHORT:
        return _SHORT[text]
    return " ".join(sorted(word for word in words if word not in _LEFT_OUT)) or text
