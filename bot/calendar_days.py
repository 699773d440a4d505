"""Stretches of days by the calendar: months, years, weeks, and counting back from a day."""

from calendar import monthrange
from datetime import MAXYEAR, date, timedelta

Days = tuple[date, date]
"""The first and the last day, both included."""

_DAYS = {"day": 1, "week": 7}
_MONTHS_OF = {"month": 1, "year": 12, "decade": 120}


def month_days(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def year_days(first: int, last: int) -> Days:
    return date(first, 1, 1), date(last, 12, 31)


def short_year(digits: str, today: date) -> int:
    """Two digits are the last such year that has begun: 89 is 1989."""
    year = today.year - today.year % 100 + int(digits)
    return year if year <= today.year else year - 100


def _shifted(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= MAXYEAR:
        return date.min if year < 1 else date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def unit_around(day: date, unit: str) -> Days:
    """The calendar day, week, month, year or decade that a day is in."""
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return month_days(day.year, day.month)
    if unit == "year":
        return year_days(day.year, day.year)
    if unit == "decade":
        return year_days(day.year - day.year % 10, day.year - day.year % 10 + 9)
    return day, day


def days_before(today: date, count: int, unit: str) -> date:
    if unit in _DAYS:
        return today - timedelta(days=_DAYS[unit] * count)
    return _shifted(today, -_MONTHS_OF[unit] * count)
