"""The latest day that a text tells of: how things stand is what happened last. Pure."""

import re
from datetime import date

_MONTHS = "January February March April May June July August September October November December".split()
_DATE = re.compile(
    rf"(?<!\w)(?:(?:(?P<before>\d{{1,2}}) )?(?P<month>{'|'.join(_MONTHS)})(?: (?P<after>\d{{1,2}}))?,? )?"
    r"(?P<year>1[5-9]\d\d|20\d\d)(?:-(?P<number>[01]\d)(?:-(?P<day>[0-3]\d))?)?(?![\w–-]|[,.]\d)"
)

Day = tuple[int, int, int]
"""Year, month and day; 0 for what is not said."""


def latest_day(text: str, today: date) -> Day | None:
    """The latest day, month or year that a text names, those after ``today`` left out; None without any."""
    limit = (today.year, today.month, today.day)
    days = []
    for found in _DATE.finditer(text):
        month = _MONTHS.index(found["month"]) + 1 if found["month"] else int(found["number"] or 0)
        days.append((int(found["year"]), month, int(found["before"] or found["after"] or found["day"] or 0)))
    return max((day for day in days if day <= limit), default=None)
