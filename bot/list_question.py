"""Questions about who stands on a sanctions list: what name, which lists, what time. Plain rules, no language model."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.dates import find_periods
from bot.places import Places
from bot.types import Period

Kind = Literal["named", "members"]


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """``named``: whether, when or why ``name`` is listed, and where; ``members``: who is on a list, under a programme.

    ``lists`` are the short names of the lists that the question names, empty for all. ``period`` is the time it asks
    about. ``births`` and ``countries`` tell people of one name apart. ``certain`` says that the words ask of lists and
    of nothing else; otherwise it is only a name, which may be on none.
    """

    kind: Kind
    name: str = ""
    lists: frozenset[str] = frozenset()
    programmes: tuple[str, ...] = ()
    period: Period | None = None
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    certain: bool = True


_LISTS: dict[str, str] = {
    "un": r"u\.?n\.?(?!\w)|united\s+nations|security\s+council|unsc",
    "ofac-sdn": r"ofac|sdn|u\.?s\.?a?\.?(?!\w)|united\s+states|american|treasury|specially\s+designated\s+nationals?",
    "eu": r"e\.?u\.?(?!\w)|european(?:\s+union)?|fsf",
    "uk": r"u\.?k\.?(?!\w)|united\s+kingdom|british|ofsi|fcdo",
    "opensanctions": r"opensanctions",
}
_LIST = "|".join(f"(?:{words})" for words in _LISTS.values())
_OF_LIST = (
    rf"(?:\s+(?:by|on|in|under|from|to|at|with)\s+(?:(?:the|any|a|an|all)\s+)?"
    rf"(?:(?:{_LIST})(?:['’]s)?\s*(?:or|and|,)?\s*(?:the\s+)?)*"
    r"(?:(?:consolidated|sanctions?|financial|terrorist|terrorism|designation|asset|freeze|watch|black|sdn|"
    r"which|what|current|latest)\s*)*(?:lists?|regimes?|sanctions?|programmes?|programs?)?)"
)
_STATE = (
    r"(?:sanctioned|listed|delisted|de-listed|designated|blacklisted|black-listed|blocked|proscribed|unlisted|"
    r"(?:under|subject\s+to|target(?:ed)?\s+(?:of|by)|facing)\s+(?:any\s+|current\s+)?"
    r"(?:(?:un|us|eu|uk|ofac|u\.n\.|u\.s\.|british|european|american)\s+)?(?:financial\s+|targeted\s+)?"
    r"(?:sanctions?|an?\s+asset\s+freeze|a\s+travel\s+ban)|"
    rf"(?:(?:put|placed|added|included|named|entered|removed|struck|taken|deleted)\s+(?:off\s+)?)?"
    rf"(?:on|in|to|from|off|onto)\s+(?:the\s+|any\s+|an?\s+)?(?:(?:{_LIST})(?:['’]s)?\s*(?:or|and|,)?\s*)*"
    r"(?:(?:consolidated|sanctions?|financial|terrorist|sdn|black|watch|designation)\s*)*lists?)"
)
_ADVERBS = (
    r"(?:(?:still|currently|now|ever|already|also|formerly|previously|actually|first|originally|once|been|being)\s+)*"
)
_NAME = r"(?P<name>\S.{0,200}?)"
_WHEN = r"(?P<when>(?:\s+(?:in|on|before|after|since|until|during|between|as\s+of|as\s+at|by|from)\s+.{3,40})?)"
_END = r"\s*[?.!]*\s*$"
_AUX = r"(?:is|are|was|were|has|have|had|does|do|did|will|be)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:(?:when|why|where|how|since\s+when|by\s+whom|under\s+what)\s+)?{_AUX}\s+{_NAME}\s+{_ADVERBS}{_STATE}"
        rf"{_OF_LIST}?{_WHEN}{_END}",
        rf"^(?:on\s+)?(?:which|what)\s+(?:(?:{_LIST})\s+)?(?:sanctions?\s+)?lists?\s+"
        rf"(?:names?|includes?|contains?|has|have|lists?|mentions?|shows?|carry|carries)\s+{_NAME}{_WHEN}{_END}",
        rf"^(?:on\s+)?(?:which|what)\s+(?:sanctions?\s+)?lists?\s+{_AUX}\s+{_NAME}(?:\s+(?:on|in|named))?{_WHEN}{_END}",
        rf"^(?:please\s+)?(?:screen|check|look\s+up|search\s+(?:for|the\s+lists?\s+for))\s+{_NAME}"
        rf"(?:\s+(?:against|on|in)\s+(?:the\s+|all\s+)?(?:(?:{_LIST})\s*)?(?:sanctions?\s+)?lists?)?{_WHEN}{_END}",
        rf"^(?:who|what)\s+is\s+{_NAME}\s+(?:on|in)\s+(?:the\s+)?(?:(?:{_LIST})\s*)(?:sanctions?\s+)?list{_WHEN}{_END}",
    )
)
_MEMBERS = re.compile(
    r"^(?:(?:who(?:\s+all)?|what(?:\s+\w+)?|which\s+\w+(?:\s+\w+)?)\s+(?:is|are|was|were|has\s+been|have\s+been)\s+"
    r"|(?:please\s+)?(?:list|show|name)\s+(?:me\s+)?(?:all\s+|everyone\s+|everybody\s+|the\s+)?(?:\w+\s+){0,2}?)"
    rf"{_ADVERBS}(?:(?:on|in)\s+(?:the\s+)?|listed\s+|designated\s+|sanctioned\s+|named\s+)(?P<rest>.{{0,200}}?){_END}",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^(?:the|an?|any|this|that|these|those|it|he|she|they|we|you|i|there|who|what|which)$"
    r"|\b(?:embass(?:y|ies)|consulates?|legations?|missions?|ambassadors?|countr(?:y|ies)|resolutions?|treat(?:y|ies))\b",
    re.IGNORECASE,
)
_TRIM = re.compile(
    r"^(?:the\s+(?:names?|person|individual|company|entity|ship|vessel|name\s+of)\s+|mr\.?\s+|mrs\.?\s+|ms\.?\s+)",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"[,(]?\s*\(?\b(?:born|dob|date\s+of\s+birth|b\.)\s*:?\s*(?:in|on)?\s*"
    r"(?P<born>[\w .,-]*?\d{4}(?:-\d\d(?:-\d\d)?)?)\)?",
    re.IGNORECASE,
)

_PROGRAMMES: dict[str, tuple[str, ...]] = {
    "DPRK": ("1718", "2094", "2270", "dprk", "north korea", "north korean"),
    "Al-Qaida": ("1267", "1989", "2253", "al-qaida", "al qaida", "al-qaeda", "al qaeda", "isil", "isis", "da'esh"),
    "Taliban": ("1988", "taliban"),
    "Iraq": ("1518", "iraq"),
    "Iran": ("1737", "2231", "iran"),
    "Libya": ("1970", "libya"),
    "Somalia": ("751", "1844", "2713", "somalia", "al-shabaab"),
    "DRC": ("1533", "drc", "congo", "democratic republic of the congo"),
    "Sudan": ("1591", "sudan", "darfur"),
    "CAR": ("2127", "2745", "car", "central african republic"),
    "Yemen": ("2140", "yemen", "houthi", "houthis"),
    "SouthSudan": ("2206", "south sudan"),
    "GB": ("2048", "guinea-bissau"),
    "Lebanon": ("1636", "lebanon"),
    "Mali": ("2374", "mali"),
    "Haiti": ("2653", "haiti"),
}
"""The UN list's names of its regimes, by the resolutions that set them up and by what people call them
(https://main.un.org/securitycouncil/en/sanctions/information)."""


def list_question(text: str, places: Places, today: date) -> ListQuestion | None:
    """What a question asks of sanctions lists, or None if it asks of something else."""
    plain = " ".join(text.split())
    found = next((match for pattern in _PATTERNS if (match := pattern.match(plain))), None)
    if found is not None:
        return _named(plain, found, places, today)
    members = _MEMBERS.match(plain)
    if members is not None:
        return _members(plain, members["rest"], today)
    return None


def bare_name(text: str) -> ListQuestion | None:
    """A text that may be nothing but a name, to be looked up."""
    plain = " ".join(text.split()).strip(" ?!.")
    if not 1 <= len(plain.split()) <= 8 or re.search(r"[?:;]", plain) or _NO_NAME.search(plain):
        return None
    name, births = _birth(plain)
    return ListQuestion("named", name, births=births, certain=False) if name else None


def _named(text: str, found: re.Match[str], places: Places, today: date) -> ListQuestion | None:
    name, births = _birth(found["name"])
    name = _TRIM.sub("", name).strip(" ,\"“”'")
    if not name or _NO_NAME.search(name):
        return None
    if places.mentions(name) and _is_place(name, places):
        return None  # a country is under sanctions, not on a list of names
    rest = text[: found.start("name")] + " " + text[found.end("name") :]
    periods = [each.period for each in find_periods(rest, today)]
    return ListQuestion("named", name, _lists(rest), (), periods[0] if periods else None, births)


def _members(text: str, rest: str, today: date) -> ListQuestion | None:
    lists = _lists(rest)
    if not re.search(r"\b(?:lists?|sanctions|regime|committee|resolution)\b", text, re.IGNORECASE):
        return None
    programmes = _programmes(rest)
    if not lists and not programmes:
        return None
    without = rest
    for words in _PROGRAMMES.values():
        for word in words:
            without = re.sub(rf"\b{re.escape(word)}\b", " ", without, flags=re.IGNORECASE)
    periods = [each.period for each in find_periods(without, today)]
    return ListQuestion("members", "", lists, programmes, periods[0] if periods else None)


def _is_place(name: str, places: Places) -> bool:
    covered = sum(each.end - each.start for each in places.mentions(name))
    return covered >= len(name) - 4


def _birth(name: str) -> tuple[str, tuple[str, ...]]:
    """The name without a date of birth that stands with it, and that date in ISO 8601."""
    found = _BORN.search(name)
    if found is None:
        return name, ()
    periods = find_periods(found["born"], date.max)
    given = re.search(r"\d{4}(?:-\d\d(?:-\d\d)?)?", found["born"])
    iso = given[0] if given else ""
    if periods and periods[0].period.first == periods[0].period.last:
        iso = periods[0].period.first.isoformat()
    return (name[: found.start()] + name[found.end() :]).strip(" ,("), (iso,) if iso else ()


def _lists(text: str) -> frozenset[str]:
    return frozenset(
        short for short, words in _LISTS.items() if re.search(rf"(?<!\w)(?:{words})(?!\w)", text, re.IGNORECASE)
    )


def _programmes(text: str) -> tuple[str, ...]:
    plain = text.lower()
    found = [
        programme
        for programme, words in _PROGRAMMES.items()
        if any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) for word in words)
    ]
    # "South Sudan" holds "Sudan".
    return tuple(each for each in found if not (each == "Sudan" and "SouthSudan" in found))
