"""Dates and stretches of time in a question. Own patterns rather than a library: docs/decisions.md."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.moments import Moment, find_moments, text_before
from bot.types import Period

_BETWEEN = re.compile(r"\s*(?:-|–|—|to|and|until|till|through)\s*(?:the\s+)?", re.IGNORECASE)
_BETWEEN_BEFORE = re.compile(r"\bbetween\s+(?:the\s+)?$", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:(?P<word>since|after|following|before|prior to|until|till|up to|by|from)\s+(?:about |around |early |late )?"
    r"|(?P<since>since)\s+the\s+|(?P<joined>pre|post)[\s-])$",
    re.IGNORECASE,
)
_ONWARDS = re.compile(
    r"\s*(?:\b(?:and\s+)?(?:onwards?|forward)\b|\bon\b(?=\s*(?:$|[?!.,;:)]))"
    r"|(?:-|–|—|\b(?:to|until|till|up\s+to|through)\b)\s*(?:the\s+)?\b(?:present(?:\s+day)?|now|today|date)\b)",
    re.IGNORECASE,
)
_MEANT_BY = {"pre": "before", "post": "after"}
_PRESENT = re.compile(
    r"\b(?:current(?:ly)?|now|nowadays|today|still|at present|presently|at the moment|these days|to date|as of today"
    r"|latest|so far|right now|in force|has not yet|any ?more)\b",
    re.IGNORECASE,
)
_NOT_PRESENT = re.compile(r"\bnow that\b|\bby now\b|\buntil now\b", re.IGNORECASE)
_STATE = re.compile(
    r"(?:^|[,.;:?!]\s*)(?:(?:and|but|so|ok)\s+)*(?:(?:which|what|how\s+many)\s+(?:(?!(?:when|if|that|who|after)\b)[\w'’-]+\s+){1,4}?)?"
    r"(?:is|are|isn['’]t|aren['’]t)\s+(?!an?\b)(?:(?!(?:was|were|been|had|has|have|did|that|who|which|when|if|to)\b)"
    r"[\w'’.-]+,?\s+){0,10}?"
    r"(?:open|closed|shut|suspended|staffed|operating|operational|in\s+(?:force|effect)|valid|frozen|blocked)\b",
    re.IGNORECASE,
)
_DOCUMENTS = r"documents|reports|articles|publications|papers|briefings|press\s+releases|updates|sources"
_ASKED_FOR = re.compile(
    rf"""(?:^|[,.;:?!(]\s*|\b(?:which|what|what\s+do|any|all|only|list|find|search|show|show\s+me|give\s+me|are\s+there
      |according\s+to|from|in)\s+)
    (?:(?:all|any|the|new|newer|recent|latest|old|older|other|official)\s+)*
    (?:(?P<dated>(?:{_DOCUMENTS}|news|anything|something|everything)\s+(?:(?:that|which)\s+(?:were|was)\s+)?)
       (?P<verb>(?:published|issued|dated)\s+(?:(?:in|on|since|after|before|until|between|from)\s+)?)
     |(?<!\bin\s)(?P<plain>(?:{_DOCUMENTS}|news)\s+)(?P<from>(?:from|since|after|before|until|between)\s+))$""",
    re.VERBOSE | re.IGNORECASE,
)
_THEN = re.compile(
    r"\s*(?:$|[?!.,;:)]|(?:on|about|concerning|regarding|covering|mentioning|discussing|describing|that|which|say|tell"
    r"|mention|report|discuss|describe|cover|name)\b)",
    re.IGNORECASE,
)
"""What follows a date of publication; "documents from the 1844 treaty" are not of that year."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A period and where it stands: ``text[start:end]``. ``published``: the words ask for documents of that
    time, unmistakably, and ``start`` is where they begin to.
    """

    start: int
    end: int
    period: Period
    published: bool = False


def find_periods(text: str, today: date) -> list[Dated]:
    """The stretches of time that a question names, in order, "last year" and the like as seen from ``today``.

    "since" ends today, "before" begins with ``date.min``. Numbers that are no years (of sections,
    resolutions, amounts) are left out as far as their neighbours tell.
    """
    moments = list(find_moments(text, today))
    found: list[Dated] = []
    place = 0
    while place < len(moments):
        one, two = moments[place], moments[place + 1] if place + 1 < len(moments) else None
        if two is not None and _is_range(text, one, two):
            found.append(_dated(text, one, Moment(one.start, two.end, one.first, two.last)))
            place += 2
        else:
            found.append(_dated(text, one, _opened(text, one, today)))
            place += 1
    return found


def asks_present(text: str, *, dated: bool = False) -> bool:
    """Whether a question asks how things are now. "Is it open?" does, unless a time is named (``dated``)."""
    return _PRESENT.search(_NOT_PRESENT.sub(" ", text)) is not None or (not dated and _STATE.search(text) is not None)


def _is_range(text: str, one: Moment, two: Moment) -> bool:
    between = text[one.end : two.start]
    if _BETWEEN.fullmatch(between) is None or two.last < one.first:
        return False
    return between.strip().lower() != "and" or _BETWEEN_BEFORE.search(text_before(text, one.start)) is not None


def _opened(text: str, moment: Moment, today: date) -> Moment:
    """The moment with the "since" or "before" that stands before it."""
    before = text_before(text, moment.start)
    found = _OPEN.search(before)
    onwards = _ONWARDS.match(text, moment.end)
    word = next(filter(None, found.groups())).lower() if found else ""
    word = _MEANT_BY.get(word, word)
    start = moment.start - len(before) + found.start() if found else moment.start
    if word == "since":
        return Moment(start, moment.end, moment.first, max(today, moment.last))
    if onwards:
        return Moment(start, onwards.end(), moment.first, max(today, moment.last))
    if word in {"after", "following"} and moment.last < date.max:
        first = moment.last + timedelta(days=1)
        return Moment(start, moment.end, first, max(today, first))
    if word in {"before", "prior to"} and moment.first > date.min:
        return Moment(start, moment.end, date.min, moment.first - timedelta(days=1))
    if word in {"until", "till", "up to", "by"}:
        return Moment(start, moment.end, date.min, moment.last)
    return moment


def _dated(text: str, moment: Moment, whole: Moment) -> Dated:
    period = Period(whole.first, whole.last, text[whole.start : whole.end].strip())
    before = text_before(text, moment.start)
    asked = _ASKED_FOR.search(before)
    if asked is None or _THEN.match(text, whole.end) is None:
        return Dated(whole.start, whole.end, period)
    start = moment.start - len(before) + asked.start("verb" if asked["verb"] else "from")
    return Dated(start, whole.end, period, published=True)
