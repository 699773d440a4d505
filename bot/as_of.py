"""A day in the past that a question is asked of, as an operator in its text: ``as-of:2019-03-31``.

Plain words ("as of 1990") do not do it: in a question they say of what time it asks, not of what time the sources are.
"""

import re
from datetime import date

from index.errors import UsageError
from index.generation import parse_day

_OPERATOR = re.compile(r"(?<!\S)(?:--as-of[=\s]\s*|as-of:\s*)(\S*?)[?!.,;:)]*(?!\S)", re.IGNORECASE)


def find_as_of(text: str, today: date) -> date | None:
    """The last day of the date that the operator gives, or None without one.

    Raises UsageError for what is no date or lies in the future, and for two of them.
    """
    given = _OPERATOR.findall(text)
    if not given:
        return None
    if len(given) > 1:
        raise UsageError("A question is asked as of one day; as-of: stands in it twice.")
    return parse_as_of(given[0], today)


def parse_as_of(given: str, today: date) -> date:
    """The last day of a date as people type it, but not after ``today``. Raises UsageError."""
    if parse_day(given, last=False) > today:
        raise UsageError(f"{given} lies in the future; as-of takes a day that has been.")
    return min(parse_day(given, last=True), today)


def without_as_of(text: str) -> str:
    """The text without the operator."""
    return " ".join(_OPERATOR.sub(" ", text).split()) if _OPERATOR.search(text) else text
