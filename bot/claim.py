"""What a quote claims: dates, numbers and states, each with the names and words it is told of. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.types import Quote

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = rf"(?i:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)})\.?"
_DATE = re.compile(
    rf"\b(?P<m1>{_MONTH}) (?P<d1>\d{{1,2}}),? (?P<y1>\d{{4}})\b"
    rf"|\b(?P<d2>\d{{1,2}}) (?P<m2>{_MONTH}),? (?P<y2>\d{{4}})\b"
    rf"|\b(?P<y3>\d{{4}})-(?P<m3>\d\d)-(?P<d3>\d\d)\b|\b(?P<m4>{_MONTH}),? (?P<y4>\d{{4}})\b"
    r"|\b(?i:in|since|until|by|during|of) (?P<y5>1[5-9]\d\d|20\d\d)\b(?!-)"
)
# A date that only says when something else was, or from when a period counts.
_ANCHOR = re.compile(
    r"\b(?:after|before|prior to|as of|since|until|by|from|between|than|about|around|circa|approximately|early|late"
    r"|effective|dated|following|than on|days? of)\s+\Z",
    re.IGNORECASE,
)
_WORDS_FOR_NUMBERS = dict(
    zip("two three four five six seven eight nine ten eleven twelve".split(), range(2, 13), strict=True)
)
_SCALES = {"": 1, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_NUMBER = re.compile(
    rf"(?<![\w.,§$/(-])(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{'|'.join(_WORDS_FOR_NUMBERS)})"
    r"(?: (?P<scale>hundred|thousand|million|billion))? "
    r"(?P<unit>(?-i:(?:(?!and |or |of |to )[a-z]+ ){0,2}?(?!(?:days|weeks|months|years|hours|this|does)\b)"
    r"(?:[a-z]{3,}s|people|staff|personnel|percent|men|women|children)))\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:about|around|some|nearly|almost|over|under|than|least|most|up to|approximately|roughly|section|sections"
    r"|paragraph|subsection|title|article|resolution|part|chapter|rule|schedule|table|figure|annex|form|item|note"
    r"|phase|group|number|no\.|of the|first|last|next|another|other)\s+\Z",
    re.IGNORECASE,
)
_STATES = {
    "open": ("open", "yes"),
    "closed": ("open", "no"),
    "shut": ("open", "no"),
    "in force": ("in force", "yes"),
    "in effect": ("in force", "yes"),
    "suspended": ("in force", "no"),
    "lifted": ("in force", "no"),
    "terminated": ("in force", "no"),
    "listed": ("listed", "yes"),
    "designated": ("listed", "yes"),
    "delisted": ("listed", "no"),
}
_STATE = re.compile(
    rf"\b(?:is|are|remains?)(?: (?:now|still|currently|again))? (?P<state>{'|'.join(_STATES)})\b"
    r"(?! (?:to|by|as|under)\b)"
)
# Credentials and appointments are left out: one envoy presents several, and sentences seldom say to whom.
_EVENTS = {
    "close": r"clos(?:ed?|es|ing|ure)|shut|shuttered",
    "open": r"open(?:ed|s|ing)?",
    "reopen": r"re-?open(?:ed|s|ing)?|re-?establish(?:ed|es|ment)?|restor(?:ed?|es|ation)|resum(?:ed?|es|ption)",
    "establish": r"establish(?:ed|es|ment)?",
    "sever": r"sever(?:ed|s)?|broke(?: off)?|broken off",
    "suspend": r"suspend(?:ed|s)?|suspension",
    "recognize": r"recogni[sz](?:ed?|es|tion)",
    "evacuate": r"evacuat(?:ed?|es|ion)|withdr(?:ew|awn|awal)",
    "move": r"mov(?:ed?|es)|transfer(?:red|s)?|relocat(?:ed|ion)",
    "raise": r"rais(?:ed?|es)|elevat(?:ed|ion)|upgrad(?:ed?)",
    "adopt": r"adopt(?:ed|s|ion)?|enact(?:ed|s|ment)?",
    "list": r"listed|designat(?:ed|es|ion)|added",
    "delist": r"delisted|removed",
    "impose": r"impos(?:ed?|es|ition)",
    "lift": r"lift(?:ed|s)?|terminat(?:ed?|es|ion)|ended|expired?",
    "sign": r"sign(?:ed|s|ing)?",
}  # fmt: skip
EVENT = re.compile("|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _EVENTS.items()), re.IGNORECASE)

# A clause ends where something else begins to be told.
_BREAK = re.compile(
    r";|—|, (?=(?:due|because|when|where|which|who|whose|following|after|although|though|but|and|as|with|until|while"
    r"|owing|in the wake|upon|citing|along)\b)| (?=(?:because|due to|when|where|which|who|although|but|in the wake"
    r"|after|owing to|until|while|and (?:was |were |then |later |again )?\w+ed)\b)"
)
_WORD = re.compile(r"[^\W_]+(?:['’.]?[^\W_]+)*")
_COMMON = frozenset(
    "a an the of in on at to for by with from and or as was were is are be been had has have its it their his her this"
    " that which who officially formally finally also us u.s american america united states government republic"
    " diplomatic formal official operations department state president secretary congress committee committees council"
    " after during following then when security treasury law public order executive act title section under"
    " now still currently remain remains there among between".split()
)
_KINDS = frozenset(
    "embassy embassies legation legations mission missions consulate consulates general consular agency agencies"
    " interests relations sanctions ambassador minister chargé office representative post posts status".split()
)


@dataclass(frozen=True, slots=True)
class Value:
    """``key`` is (year, month, day) with 0 for what is not said, (what is counted, number), or (whether what, yes
    or no): two numbers or states can differ only if their first entries are the same.
    """

    about: Literal["date", "number", "status"]
    key: tuple[float | str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A clause of a quote's highlight with one of its values; ``others`` are the rest of its values."""

    quote: Quote
    clause: str
    value: Value
    others: frozenset[tuple[float | str, ...]]
    events: frozenset[str]
    names: frozenset[str]
    kinds: frozenset[str]
    words: frozenset[str]

    @property
    def said(self) -> str:
        return self.clause[self.value.start : self.value.end]


def find_claims(quote: Quote) -> Iterator[Claim]:
    """What a highlight says: a claim for each value that stands alone of its kind in its clause, told with a name.

    A date counts only with one event that it can be the date of.
    """
    clauses = [(clause, list(_values(clause))) for clause in _clauses(quote.document.text[slice(*quote.highlight)])]
    telling = [(clause, values) for clause, values in clauses if values]
    if not telling:
        return
    main, _, _ = _terms(*clauses[0])
    for clause, values in telling:
        names, kinds, words = _terms(clause, values)
        outside = (found for found in EVENT.finditer(clause) if not _within(found.start(), values))
        events = frozenset(found.lastgroup or "" for found in outside)
        anchors = [value for value in values if value.about == "date" and _ANCHOR.search(clause[: value.start])]
        for value in values:
            alone = sum(other.about == value.about for other in values) == 1
            told = value.about != "date" or (len(events) == 1 and value not in anchors)
            if alone and told and main | names:
                # "As of March 2021 it is closed": the date says when this was written.
                beside = (other for other in values if value.about != "status" or other not in anchors)
                others = frozenset(other.key for other in beside if other is not value)
                yield Claim(quote, clause, value, others, events, main | names, kinds, words)


def _clauses(sentence: str) -> Iterator[str]:
    start = 0
    for found in _BREAK.finditer(sentence):
        yield sentence[start : found.start()]
        start = found.end()
    yield sentence[start:]


def _values(clause: str) -> Iterator[Value]:
    dates = list(_DATE.finditer(clause))
    for found in dates:
        named = {name[0]: text for name, text in found.groupdict().items() if text}
        month = named.get("m", "0")
        number = int(month) if month.isdigit() else 1 + [name[:3] for name in _MONTHS].index(month[:3].lower())
        first = found.start("y5") if found["y5"] else found.start()
        yield Value("date", (int(named["y"]), number, int(named.get("d", 0))), first, found.end())
    for found in _NUMBER.finditer(clause):
        if not any(date.start() <= found.start() < date.end() for date in dates) and not _HEDGE.search(
            clause[: found.start()]
        ):
            digits = found["digits"].replace(",", "").lower()
            number_word = _WORDS_FOR_NUMBERS.get(digits)
            count = float(digits) if number_word is None else number_word
            key = (found["unit"], count * _SCALES[(found["scale"] or "").lower()])
            yield Value("number", key, found.start(), found.start("unit") - 1)
    for found in _STATE.finditer(clause):
        yield Value("status", _STATES[found["state"]], *found.span("state"))


def _terms(clause: str, values: Sequence[Value]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The names, the kinds of post and the other words of a clause, without its values."""
    names, kinds, words = set(), set(), set()
    for found in _WORD.finditer(clause):
        if _within(found.start(), values):
            continue
        word = found[0].casefold().removesuffix("’s").removesuffix("'s")
        if word in _COMMON:
            continue
        if word in _KINDS:
            kinds.add(word)
        elif found[0][0].isupper():
            names.add(word)
        elif found[0][0].isalpha() and not EVENT.fullmatch(found[0]):
            words.add(word)
    return frozenset(names), frozenset(kinds), frozenset(words)


def _within(place: int, values: Sequence[Value]) -> bool:
    return any(value.start <= place < value.end for value in values)
