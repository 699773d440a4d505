"""Days, months, years and the like in a text, one by one: what dates.py makes periods of."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.calendar_days import Days, days_before, month_days, short_year, unit_around, year_days

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:1[5-9]|20)\d\d"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_TO = r"\s*(?:-|–|—|/|\bto\b|\band\b|\buntil\b|\btill\b|\bthrough\b)\s*(?:the\s+)?"
_COUNT = r"\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten"
_UNIT = r"day|week|month|year|decade"
_COUNTS = "zero one two three four five six seven eight nine ten".split()
_VAGUE_COUNTS = {"couple of": 2, "few": 5, "several": 5}
_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()
_PARTS = {"early": (0, 4), "start of": (0, 4), "mid": (3, 7), "late": (5, 9), "end of": (5, 9)}

_MOMENT = re.compile(
    rf"""
    (?=[\d’'‘]|\b[^\W\d_])  # no other place is looked at more closely
    (?:
      \b(?P<iso>(?P<iso_year>{_YEAR})-(?P<iso_month>0[1-9]|1[0-2])(?:-(?P<iso_day>0[1-9]|[12]\d|3[01]))?)\b(?!-)
    | \b(?P<d1>{_DAY})\s+(?:of\s+)?(?P<m1>{_MONTH}),?\s+(?P<y1>{_YEAR})\b
    | \b(?P<m2>{_MONTH})\s+(?:(?P<from2>{_DAY}){_TO})?(?P<d2>{_DAY}),?\s+(?P<y2>{_YEAR})\b
    | \b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b
    | \b(?P<m4>{_MONTH})\s+[’'‘](?P<y4>\d\d)\b
    | (?:\b(?P<part>early|mid|late|start\ of|end\ of)[\s-]+)?(?:\bthe\s+)?
      (?P<decade>\b(?:1[5-9]|20)\d0|(?<![\w$€£.,])[2-9]0)[’']?s\b
    | (?:\b(?P<word_part>early|mid|late)[\s-]+(?:the\s+)?|\bthe\s+(?:nineteen[\s-])?|\bnineteen[\s-])
      (?P<decade_word>{"|".join(_DECADES)})\b
    | (?<![\w./-])(?P<n1>\d\d?)(?P<separator>[./])(?P<n2>\d\d?)(?P=separator)(?P<numeric>{_YEAR})\b(?![./-])
    | \b(?P<century>1[6-9]|2[01])(?:th|st)[\s-]centur(?:y|ies)\b
    | (?:(?<![\w$€£§#.,/-])|(?<=\d\d\d\d[-–/])|(?<=\bpre-)|(?<=\bpost-))
      (?P<year>{_YEAR})(?P<to>[-–/](?P<short>\d\d))?(?![\w%°/]|[.,]\d)
    | (?<!\w)[’'‘](?P<tick>\d\d)\b(?!\w)
    | \b(?:in|since|of|before|after|until|by|around)\s+(?P<two>[3-9]\d)\b
      (?=\s*(?:$|[?!.,;:)]|(?:and|or|but|when|after|because|by|why|was|were|did|the|to|with|from|until)\b))
    | \b(?P<relative>(?P<which>last|past|this|previous|next)\s+(?P<unit>{_UNIT}))\b
    | \b(?P<span>(?:last|past|previous)\s+(?P<span_count>{_COUNT}|few|several|couple\s+of)\s+(?P<span_unit>{_UNIT})s?)\b
    | \b(?P<ago>(?P<ago_count>{_COUNT})\s+(?P<ago_unit>{_UNIT})s?\s+ago)\b
    | \b(?P<yesterday>yesterday)\b
    | \b(?:since|last|this)\s+(?P<bare>{_MONTH})(?!\s+\d)(?!{_TO}{_MONTH})
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HALF = re.compile(
    rf"(?<![\w$€£§#.,/-])(?:(?:(?P<day>{_DAY})\s+(?:of\s+)?)?(?P<month>{_MONTH})(?:\s+(?P<day_after>{_DAY}))?"
    rf"|(?P<only_day>{_DAY})){_TO}$",
    re.IGNORECASE,
)
"""The first half of a range that leaves to the second what both share: "May to" July 2014, "10-" 12 June 2014."""
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
    end = 0
    for found in _MOMENT.finditer(text):
        kind = found.lastgroup or ""
        try:
            days = _READINGS[kind](found, today)
        except (ValueError, OverflowError):  # 31 April, or beyond the years that there are
            continue
        if days is None or (kind in {"year", "short"} and not _is_year(text, found, today)):
            continue
        start = found.start(kind) if kind in {"two", "bare"} and not _names_itself(found) else found.start()
        moment = Moment(start, found.end(), *days)
        whole = _with_first_half(text, moment) if kind in {"y1", "y2", "y3"} else moment
        yield whole if whole.start >= end else moment
        end = found.end()


def _with_first_half(text: str, moment: Moment) -> Moment:
    """The moment from the day or month that a range begins with: "May to July 2014", "10-12 June 2014"."""
    before = text_before(text, moment.start)
    found = _HALF.search(before)
    if found is None:
        return moment
    month = _month_number(found["month"]) if found["month"] else moment.first.month
    day = found["day"] or found["day_after"] or found["only_day"]
    if found["only_day"] and moment.first != moment.last:
        return moment  # "section 10 to June 2014"
    try:
        year = moment.first.year - (month > moment.last.month)
        first = date(year, month, _number(day) if day else 1)
    except ValueError:
        return moment
    if first > moment.last:
        return moment
    return Moment(moment.start - len(before) + found.start(), moment.end, first, moment.last)


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


def _month_number(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name[:3].lower()))


def _day(year: str, month: int, day: str) -> Days | None:
    found = date(int(year), month, _number(day))
    return found, found


def _number(day: str) -> int:
    """12 of "12th"."""
    return int(re.sub(r"\D", "", day))


def _month_and_day(found: re.Match[str], today: date) -> Days | None:
    """ "June 12, 2014", and "June 10-12, 2014"."""
    year, month = int(found["y2"]), _month_number(found["m2"])
    last = date(year, month, _number(found["d2"]))
    first = date(year, month, _number(found["from2"])) if found["from2"] else last
    return (first, last) if first <= last else None


def _numeric(found: re.Match[str], today: date) -> Days | None:
    """With full stops the day stands first; with slashes it depends on the country, so both are meant."""
    year, one, two = int(found["numeric"]), int(found["n1"]), int(found["n2"])
    readings = [(two, one)] if found["separator"] == "." or one > 12 else [(one, two)] if two > 12 else None
    days = sorted(date(year, month, day) for month, day in readings or [(one, two), (two, one)])
    return days[0], days[-1]


def _iso(found: re.Match[str], today: date) -> Days | None:
    year, month = found["iso_year"], int(found["iso_month"])
    return _day(year, month, found["iso_day"]) if found["iso_day"] else month_days(int(year), month)


def _year(found: re.Match[str], today: date) -> Days | None:
    first = int(found["year"])
    if not found["short"]:
        return year_days(first, first)
    last = first - first % 100 + int(found["short"])
    return year_days(first, last) if last > first else None


def _decade(found: re.Match[str], today: date) -> Days | None:
    digits = found["decade"]
    first = int(digits) if len(digits) == 4 else short_year(digits, today)
    return _part_of_decade(first, found["part"])


def _decade_word(found: re.Match[str], today: date) -> Days | None:
    """ "the nineties"; "nineteen-twenties" are those of that century."""
    tens = (_DECADES.index(found["decade_word"].lower()) + 2) * 10
    first = 1900 + tens if "nineteen" in found[0].lower() else short_year(str(tens), today)
    return _part_of_decade(first, found["word_part"])


def _part_of_decade(first: int, part: str | None) -> Days | None:
    begin, end = _PARTS.get((part or "").lower(), (0, 9))
    return year_days(first + begin, first + end)


def _century(found: re.Match[str], today: date) -> Days | None:
    number = int(found["century"])
    return year_days(number * 100 - 99, number * 100)


def _relative(found: re.Match[str], today: date) -> Days | None:
    which, unit = found["which"].lower(), found["unit"].lower()
    steps = {"last": 1, "past": 1, "previous": 1, "this": 0, "next": -1}[which]
    if which == "past":
        return days_before(today, 1, unit), today
    return unit_around(days_before(today, steps, unit), unit)


def _counted(text: str) -> int:
    lowered = " ".join(text.lower().split())
    if lowered in {"a", "an"}:
        return 1
    if lowered in _VAGUE_COUNTS:
        return _VAGUE_COUNTS[lowered]
    return int(lowered) if lowered.isdigit() else _COUNTS.index(lowered)


def _span(found: re.Match[str], today: date) -> Days | None:
    return days_before(today, _counted(found["span_count"]), found["span_unit"].lower()), today


def _ago(found: re.Match[str], today: date) -> Days | None:
    unit = found["ago_unit"].lower()
    return unit_around(days_before(today, _counted(found["ago_count"]), unit), unit)


def _bare_month(found: re.Match[str], today: date) -> Days | None:
    """The last such month that has begun."""
    month = _month_number(found["bare"])
    return month_days(today.year - (month > today.month), month)


def _yesterday(found: re.Match[str], today: date) -> Days | None:
    day = today - timedelta(days=1)
    return day, day


def _whole_year(group: str) -> Callable[[re.Match[str], date], Days | None]:
    def read(found: re.Match[str], today: date) -> Days | None:
        year = short_year(found[group], today)
        return year_days(year, year)

    return read


# By the last group of the pattern that took part.
_READINGS: dict[str, Callable[[re.Match[str], date], Days | None]] = {
    "iso": _iso,
    "y1": lambda found, today: _day(found["y1"], _month_number(found["m1"]), found["d1"]),
    "y2": _month_and_day,
    "y3": lambda found, today: month_days(int(found["y3"]), _month_number(found["m3"])),
    "y4": lambda found, today: month_days(short_year(found["y4"], today), _month_number(found["m4"])),
    "decade": _decade,
    "decade_word": _decade_word,
    "numeric": _numeric,
    "century": _century,
    "year": _year,
    "to": _year,
    "tick": _whole_year("tick"),
    "two": _whole_year("two"),
    "relative": _relative,
    "span": _span,
    "ago": _ago,
    "yesterday": _yesterday,
    "bare": _bare_month,
}
