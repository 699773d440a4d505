"""Days, months, years and the like in a text, one by one: what dates.py makes periods of."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:1[5-9]|20)\d\d"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_COUNT = r"\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten"
_UNIT = r"day|week|month|year|decade"
_COUNTS = "zero one two three four five six seven eight nine ten".split()
_DAYS = {"day": 1, "week": 7}
_PARTS = {"early": (0, 4), "start of": (0, 4), "mid": (3, 7), "late": (5, 9), "end of": (5, 9)}
_MONTHS_OF = {"month": 1, "year": 12, "decade": 120}

_MOMENT = re.compile(
    rf"""
      \b(?P<iso>(?P<iso_year>{_YEAR})-(?P<iso_month>0[1-9]|1[0-2])(?:-(?P<iso_day>0[1-9]|[12]\d|3[01]))?)\b(?!-)
    | \b(?P<d1>{_DAY})\s+(?:of\s+)?(?P<m1>{_MONTH}),?\s+(?P<y1>{_YEAR})\b
    | \b(?P<m2>{_MONTH})\s+(?P<d2>{_DAY}),?\s+(?P<y2>{_YEAR})\b
    | \b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b
    | \b(?P<m4>{_MONTH})\s+[’'‘](?P<y4>\d\d)\b
    | (?:\b(?P<part>early|mid|late|start\ of|end\ of)[\s-]+)?(?:\bthe\s+)?
      (?P<decade>\b(?:1[5-9]|20)\d0|(?<![\w$€£.,])[2-9]0)[’']?s\b
    | \b(?P<century>1[6-9]|2[01])(?:th|st)[\s-]centur(?:y|ies)\b
    | (?:(?<![\w$€£§#.,/-])|(?<=\d\d\d\d[-–/]))(?P<year>{_YEAR})(?P<to>[-–/](?P<short>\d\d))?(?![\w%°/]|[.,]\d)
    | (?<!\w)[’'‘](?P<tick>\d\d)\b(?!\w)
    | \b(?:in|since|of|before|after|until|by|around)\s+(?P<two>[3-9]\d)\b
      (?=\s*(?:$|[?!.,;:)]|(?:and|or|but|when|after|because|by|why|was|were|did|the|to|with|from|until)\b))
    | \b(?P<relative>(?P<which>last|past|this|previous|next)\s+(?P<unit>{_UNIT}))\b
    | \b(?P<span>(?:last|past|previous)\s+(?P<span_count>{_COUNT})\s+(?P<span_unit>{_UNIT})s?)\b
    | \b(?P<ago>(?P<ago_count>{_COUNT})\s+(?P<ago_unit>{_UNIT})s?\s+ago)\b
    | \b(?P<day_word>today|yesterday)\b
    | \b(?:since|last|this)\s+(?P<bare>{_MONTH})(?!\s+\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NO_YEAR_BEFORE = re.compile(
    r"(?:\b(?:sections?|sec|usc|u\.s\.c|resolutions?|res|unscr|scr|articles?|art|nos?|number|title|chapter|order|"
    r"directive|regulation|law|form|paragraphs?|pages?|rule)\.?\s*|[$€£§#])$",
    re.IGNORECASE,
)
_NO_YEAR_AFTER = re.compile(
    r"\s*(?:committee|people|persons|soldiers|troops|dollars|euros|pounds|days|hours|minutes|years|months|weeks|km|miles|"
    r"metres|meters|times|tons|tonnes|percent|per cent|million|billion|cfr|u\.?s\.?c)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"\b(?:in|since|of|before|after|until|by|from|between|and|to)\s+$", re.IGNORECASE)
_CERTAIN_FROM = 1800
_FARTHEST = 50
_NEAR = 160


@dataclass(frozen=True, slots=True)
class Moment:
    """``text[start:end]`` names the days from ``first`` to ``last``, both included."""

    start: int
    end: int
    first: date
    last: date


def text_before(text: str, end: int) -> str:
    """What stands shortly before ``end``: enough for a preposition and what it belongs to."""
    return text[max(0, end - _NEAR) : end]


def find_moments(text: str, today: date) -> Iterator[Moment]:
    """The moments that a text names, in order; "last year" and the like as seen from ``today``."""
    for found in _MOMENT.finditer(text):
        kind = found.lastgroup or ""
        try:
            days = _READINGS[kind](found, today)
        except (ValueError, OverflowError):  # 31 April, or beyond the years that there are
            continue
        if days is None or (kind in {"year", "short"} and not _is_year(text, found, today)):
            continue
        start = found.start(kind) if kind in {"two", "bare"} and not _names_itself(found) else found.start()
        yield Moment(start, found.end(), *days)


def _names_itself(found: re.Match[str]) -> bool:
    """Whether the word before a month is part of its name: "last May"."""
    return found[0].lower().startswith(("last", "this"))


def _is_year(text: str, found: re.Match[str], today: date) -> bool:
    before, after = text_before(text, found.start()), text[found.end() : found.end() + _NEAR]
    if _NO_YEAR_BEFORE.search(before) or _NO_YEAR_AFTER.match(after):
        return False
    year = int(found["year"])
    if year < _CERTAIN_FROM and _PREPOSITION.search(before) is None:
        return False
    return year <= today.year + _FARTHEST


_Days = tuple[date, date] | None


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _month_number(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name[:3].lower()))


def _day(year: str, month: int, day: str) -> _Days:
    found = date(int(year), month, int(re.sub(r"\D", "", day)))
    return found, found


def _iso(found: re.Match[str], today: date) -> _Days:
    year, month = found["iso_year"], int(found["iso_month"])
    return _day(year, month, found["iso_day"]) if found["iso_day"] else _month(int(year), month)


def _years(first: int, last: int) -> tuple[date, date]:
    return date(first, 1, 1), date(last, 12, 31)


def _year(found: re.Match[str], today: date) -> _Days:
    first = int(found["year"])
    if not found["short"]:
        return _years(first, first)
    last = first - first % 100 + int(found["short"])
    return _years(first, last) if last > first else None


def _short_year(digits: str, today: date) -> int:
    """Two digits are the last such year that has begun: 89 is 1989."""
    year = today.year - today.year % 100 + int(digits)
    return year if year <= today.year else year - 100


def _decade(found: re.Match[str], today: date) -> _Days:
    digits = found["decade"]
    first = int(digits) if len(digits) == 4 else _short_year(digits, today)
    part = (found["part"] or "").lower()
    begin, end = {"early": (0, 4), "start of": (0, 4), "mid": (3, 7), "late": (5, 9), "end of": (5, 9)}.get(
        part, (0, 9)
    )
    return _years(first + begin, first + end)


def _century(found: re.Match[str], today: date) -> _Days:
    number = int(found["century"])
    return _years(number * 100 - 99, number * 100)


def _shifted(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= MAXYEAR:
        return date.min if year < 1 else date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _unit_around(day: date, unit: str) -> tuple[date, date]:
    """The calendar day, week, month, year or decade that a day is in."""
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return _month(day.year, day.month)
    if unit == "year":
        return _years(day.year, day.year)
    if unit == "decade":
        return _years(day.year - day.year % 10, day.year - day.year % 10 + 9)
    return day, day


def _before(today: date, count: int, unit: str) -> date:
    if unit in _DAYS:
        return today - timedelta(days=_DAYS[unit] * count)
    return _shifted(today, -_MONTHS_OF[unit] * count)


def _relative(found: re.Match[str], today: date) -> _Days:
    which, unit = found["which"].lower(), found["unit"].lower()
    steps = {"last": 1, "past": 1, "previous": 1, "this": 0, "next": -1}[which]
    if which == "past":
        return _before(today, 1, unit), today
    return _unit_around(_before(today, steps, unit), unit)


def _counted(text: str) -> int:
    lowered = text.lower()
    if lowered in {"a", "an"}:
        return 1
    return int(lowered) if lowered.isdigit() else _COUNTS.index(lowered)


def _span(found: re.Match[str], today: date) -> _Days:
    return _before(today, _counted(found["span_count"]), found["span_unit"].lower()), today


def _ago(found: re.Match[str], today: date) -> _Days:
    unit = found["ago_unit"].lower()
    return _unit_around(_before(today, _counted(found["ago_count"]), unit), unit)


def _bare_month(found: re.Match[str], today: date) -> _Days:
    """The last such month that has begun."""
    month = _month_number(found["bare"])
    return _month(today.year - (month > today.month), month)


def _day_word(found: re.Match[str], today: date) -> _Days:
    day = today - timedelta(days=found[0].lower() == "yesterday")
    return day, day


def _whole_year(group: str) -> Callable[[re.Match[str], date], _Days]:
    def read(found: re.Match[str], today: date) -> _Days:
        year = _short_year(found[group], today)
        return _years(year, year)

    return read


# By the last group of the pattern that took part.
_READINGS: dict[str, Callable[[re.Match[str], date], _Days]] = {
    "iso": _iso,
    "y1": lambda found, today: _day(found["y1"], _month_number(found["m1"]), found["d1"]),
    "y2": lambda found, today: _day(found["y2"], _month_number(found["m2"]), found["d2"]),
    "y3": lambda found, today: _month(int(found["y3"]), _month_number(found["m3"])),
    "y4": lambda found, today: _month(_short_year(found["y4"], today), _month_number(found["m4"])),
    "decade": _decade,
    "century": _century,
    "year": _year,
    "to": _year,
    "tick": _whole_year("tick"),
    "two": _whole_year("two"),
    "relative": _relative,
    "span": _span,
    "ago": _ago,
    "day_word": _day_word,
    "bare": _bare_month,
}
