"""Questions about who stands on a sanctions list: what name, which lists, what time. Plain rules, no language model."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from rapidfuzz.distance import OSA

from bot.dates import find_periods
from bot.list_words import CALLED, LISTS, lists_named, regimes_named, without_lists
from bot.places import Places
from bot.small_talk import without_opening
from bot.types import Period

Kind = Literal["named", "members"]
Certainty = Literal["certain", "likely", "perhaps"]


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """``named``: whether, when or why ``name`` is listed, and where; ``members``: who is on a list, under a programme.

    ``lists`` are the short names of the lists that the question names, empty for all. ``programmes`` are UN regimes,
    or words that may be the code of a programme; ``entries`` is the kind of entries that is asked for. ``period`` is
    the time it asks about. ``births`` and ``countries`` tell people of one name apart. ``certain``: the words ask of
    lists and of nothing else. ``likely``: they do if the name is that of an entry. ``perhaps``: it is only a text that
    may be a name. ``leans``: the question before was needed.
    """

    kind: Kind
    name: str = ""
    lists: frozenset[str] = frozenset()
    programmes: tuple[str, ...] = ()
    period: Period | None = None
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    certainty: Certainty = "certain"
    entries: Literal["person", "entity", "vessel", "aircraft"] | None = None
    leans: bool = False


LONGEST = 400
"""Characters of a question about a name; what is longer asks of something else."""

_LIST = "|".join(f"(?:{words})" for words in LISTS.values())
_LIST_WORD = (
    rf"(?:(?:{_LIST})(?:['’]s?)?|consolidated|sanctions?|financial|terror(?:ist|ism)?|\d{{3,4}}"
    r"|al-qa[ei]da|isil|taliban|designations?|asset|freeze|watch|black|current|latest|official|targeted|government(?:['’]s)?|global|international)"
)
_LISTED = (
    rf"(?:(?:the|any|an?|all|its|their|which|what|one|some)\s+)?(?:of\s+(?:the\s+)?)?(?:{_LIST_WORD}[\s,]+(?:(?:or|and)"
    r"\s+(?:the\s+)?)?){0,5}?(?:(?:watch|black|sanctions)?-?lists?|sdn|ofac)\b"
)
_ADVERBS = (
    r"(?:(?:still|currently|now|ever|already|also|formerly|previously|actually|first|originally|initially|once|been"
    r"|being|not|no\s+longer|really|yet|newly|recently|put|get|got)\s+){0,4}"
)
_STATE = (
    r"(?P<state>(?:re-?)?sanctioned\b|de-?listed\b|un-?listed\b|black-?listed\b|proscribed\b"
    r"|(?:under|subject\s+to|target(?:ed)?\s+(?:of|by|with|under)|facing|hit\s+(?:by|with)|free\s+(?:of|from))\s+"
    rf"(?:(?:any|current|an|a|the|{_LIST_WORD})\s+){{0,4}}?(?:sanctions?|asset\s+freezes?|travel\s+bans?)\b"
    r"|an?\s+(?:sdn|(?:specially\s+)?designated\s+(?:person|national|entity|individual)"
    r"|sanctioned\s+(?:person|entity|individual|company|vessel|ship|party))\b"
    r"|(?:(?:put|placed|added|included|named|entered|listed|found|removed|struck|taken|deleted|dropped|kept"
    r"|appear(?:s|ed|ing)?|feature(?:s|d)?|figures?|stands?|show(?:s|n)?(?:\s+up)?|come\s+up|mentioned)\s+)?"
    rf"(?:on(?:to)?|in|to|from|off(?:\s+of)?)\s+{_LISTED}"
    r"|listed\b|designated\b)"
)
_NAME = r"(?P<name>\S.{0,160}?)"
_SAYS = r"(?P<rest>(?:\W.*)?)"
_AUX = r"(?:is|are|was|were|has|have|had|does|do|did|will|be|isn['’]?t|wasn['’]?t|aren['’]?t|hasn['’]?t)"
_HOW = (
    r"(?:(?:(?:since|until|from)\s+)?when|why|where|how(?:\s+(?:long|come))?|by\s+(?:whom|which\s+\w+)"
    r"|(?:under|on|in|for|by)\s+(?:which|what)\s+\w+(?:\s+\w+)?|for\s+what|what|which\s+\w+)\s+"
)
_TIME = (
    r"(?:in|on|before|after|since|until|during|between|as\s+of|as\s+at|by|from)\s+"
    r"(?=(?:(?!\s(?:in|on|since|before|after|during)\s).){0,30}(?:\d|\b(?:last|this|year|month|today|now|yesterday)\b)).{3,40}"
)
_AT_TIME = rf"(?P<rest>(?:\s+{_TIME})?)"
_ON = (
    rf"(?:\s+(?:{_TIME}|(?:to|on|onto|from|off|in)\s+.*\blists?\b.*|(?:under|since|before|after|until|during)\s+.*"
    r"|(?:for|as|over|because)\s+(?-i:[a-z]).*))?"
)


_BY_LIST = (
    rf"(?:{_HOW})?(?:{_AUX}\s+)?(?:the\s+)?(?P<state>(?:{_LIST})(?:['’]s)?(?:\s+(?:{_LIST_WORD}|department)){{0,3}}"
)

_QUESTIONS = tuple(
    re.compile(pattern + r"$", re.IGNORECASE)
    for pattern in (
        rf"{_BY_LIST}\s+lists?\s+(?:(?:include|contain|name|have|mention|show)s?|(?:say|have|show)s?\s+(?:about|on|of)))\s+{_NAME}{_AT_TIME}",
        rf"{_BY_LIST}\s+{_ADVERBS}(?:sanction|list|designate|de-?list|black-?list)(?:s|e?d)?)\s+{_NAME}(?P<rest>{_ON})",
        rf"{_BY_LIST}\s+{_ADVERBS}(?:add|put|place|include|remove|take|strike|drop|name)(?:s|e?d)?)\s+{_NAME}"
        r"(?P<rest>\s+(?:to|on|onto|from|off|in)\s+.*\blists?\b.*)",
        rf"(?:{_HOW})?{_AUX}\s+{_NAME}\s+{_ADVERBS}{_STATE}{_SAYS}",
        rf"(?:{_HOW})?{_NAME}\s+{_AUX}\s+{_ADVERBS}{_STATE}{_SAYS}",
        rf"(?:on\s+)?(?:which|what)\s+(?:{_LIST_WORD}\s+){{0,4}}(?P<state>lists?)\s+(?:do(?:es)?\s+|did\s+)?"
        rf"(?:names?|includes?|contains?|has|have|lists?|mentions?|shows?|carr(?:y|ies)|features?)\s+{_NAME}{_AT_TIME}",
        rf"what\s+do(?:es)?\s+(?:(?:the|{_LIST_WORD})\s+){{0,5}}?(?P<state>lists?)\s+(?:say|have|show)\s+(?:about|on|of)\s+"
        rf"{_NAME}{_AT_TIME}",
        rf"(?:on\s+)?(?:which|what)\s+(?:{_LIST_WORD}\s+){{0,4}}?(?P<state>lists?|sanctions)\s+{_AUX}\s+{_NAME}"
        rf"(?:\s+{_ADVERBS}(?:on|in|under|named|listed|included|found|mentioned|subject\s+to|appear(?:\s+on|\s+in)?))?"
        rf"{_AT_TIME}",
        rf"(?P<state>screen|check|look\s+up|search(?:\s+for)?|find|verify)\s+{_NAME}"
        rf"(?P<rest>(?:\s+(?:against|on|in|for|under|with)\s+(?:{_LISTED}|sanctions)|\s+sanctions?"
        r"(?:\s+(?:status|lists?))?)?)",
        rf"(?:who|what)\s+(?:is|was|are)\s+{_NAME}\s+(?P<state>(?:on|in)\s+{_LISTED}){_SAYS}",
        rf"(?:who|what)\s+(?:has\s+|have\s+)?(?P<state>sanctioned|designated|de-?listed|black-?listed)\s+{_NAME}"
        rf"{_AT_TIME}",
        rf"(?:{_HOW})?(?:{_AUX}\s+)?(?:there\s+)?(?:(?:any|an?|the|have|has|are|is|reasons?\s+for|{_LIST_WORD})\s+){{0,6}}?"
        r"(?P<state>(?:sanctions?|asset\s+freezes?|travel\s+bans?|listing|designation|hits?|match(?:es)?)\s+"
        r"(?:(?:are|apply|applied|imposed|in\s+force|there|status|date)\s+){0,3}(?:on|against|to|targeting|of|for))\s+"
        rf"{_NAME}(?P<rest>(?:\s+(?:on|in|under)\s+{_LISTED})?(?:\s+{_TIME})?)",
        rf"(?:what(?:['’]s|\s+is|\s+was)\s+|when\s+was\s+)?{_NAME}['’]s?\s+(?P<state>(?:(?:{_LIST})\s+)?(?:sanctions?"
        rf"|designation|listing)(?:\s+(?:status|dates?|reasons?))?){_AT_TIME}",
        rf"(?P<name>\S{{1,40}}(?:\s+\S{{1,40}}){{0,7}}?)\s+(?P<state>(?:(?:{_LIST})\s+){{0,2}}"
        r"(?:sanctions?(?:\s+(?:status|lists?|listing|check|screening))?|sanctioned|designated|de-?listed|listed"
        rf"|black-?listed|designation|listing|ofac|sdn|ofsi|(?:on|in)\s+{_LISTED}))(?P<rest>(?:\s+(?:{_TIME}|\d{{4}}))?)",
    )
)
_WHICH_LISTS, _CHECKED, _WHO_LISTED, _AGAINST, _ENDING = {5, 6, 7}, 8, 10, 11, {12, 13}
"""Places in _QUESTIONS of those where the words around a name say more, or less, than words usually do."""

_OPENING = re.compile(
    r"(?:(?:and|but|so|also|now|then|ok|okay|please|pls|plz|well|hi|hello)\b[\s,:;.!-]*)+(?=\S)"
    r"|(?:(?:can|could|would|will)\s+(?:you|u)\s+)?(?:please\s+)?(?:(?:check|confirm|verify|see|find\s+out|tell\s+me"
    r"|say)\s+|is\s+it\s+(?:true|correct|right)\s+)?(?:if|whether|that)\s+(?=\S)"
    r"|(?:can|could|would|will)\s+(?:you|u)\s+(?:please\s+)?(?=(?:check|screen|search|look|find|verify|list|show)\b)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"[\s,;–-](?:please|pls|plz|thanks|thank\s+you|thx|asap|or\s+not|anywhere|somewhere|at\s+all|right|yes\s+or\s+no"
    r"|right\s+now|now|today|currently|at\s+the\s+moment|at\s+present|any\s*more|yet|by\s+any\s+chance|again)$",
    re.IGNORECASE,
)
_TURNED = re.compile(
    rf"(?P<name>[^,;:?]{{2,100}}?)(?:\s*[,;:?]|\s+[–-])\s+(?P<asks>(?:{_HOW})?{_AUX})\s+(?:he|she|it|they)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
"""A name, and then what is asked of it: "Rosneft, is it sanctioned?"."""
_FIRST_TIME = re.compile(r"(?:in|on|as\s+of|as\s+at|before|after|by|during|since|until)\s[^,]{3,30},\s*", re.IGNORECASE)
_TIME_BEHIND = re.compile(
    r",?\s+(?:in|on|since|before|after|as\s+of|as\s+at|during|until|by)\s+(?=[^,]{0,20}\d{4})[^,]{3,30}$", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{2,160})[\"“”»]")
_HOLDER = "\ue000"
_ABOUT = re.compile(r"(?:(?:what|how)\s+about|(?:the\s+)?same\s+(?:for|with|in|on))\s+", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|this\s+\w+|that\s+\w+)\b", re.IGNORECASE)
_NOT_BARE = re.compile(
    rf"[?:;]|^(?:{_AUX}|how|why|can|could|should|would|shall|must|tell|give|please|and|but|or)\s", re.IGNORECASE
)
_MOST_WORDS = 8
_MOST_BESIDE_QUOTED = 4
_LONG_WORD = re.compile(r"\b[A-Za-z]{8,}\b")
_QUITE_LONG = 9

_OFTEN_MISSPELT = (
    "sanction", "sanctions", "sanctioned", "designate", "designated", "designation", "blacklisted", "consolidated",
)  # fmt: skip
_LISTED_AS = re.compile(r"\b(?:listed|designated)\s+as\b(?!\s+(?:of|at)\b)", re.IGNORECASE)
_STRONG = re.compile(
    r"sanction|de-?listed|un-?listed|black-?list|watch-?list|proscrib|asset\s+freeze|travel\s+ban|terror|designated\s+"
    r"(?:person|national|entit|individual)",
    re.IGNORECASE,
)
_SMALL = frozenset(
    """a an the any all of or and by on in to from at under with as for against list lists listed sanctions sanction
    sanctioned regime regimes programme programmes program programs measures list's designated designation
    consolidated financial terrorist terrorism asset freeze watch black current latest official targeted government
    's s ever still also since until before after between during who which what when was were is are been by whom
    yet no longer why where how long
    put placed added removed taken struck dropped
    entered included off onto there it its their his her anyone else either other both either""".split()
)
_NO_NAME = re.compile(
    r"^(?:the|an?|any|this|that|these|those|it|he|she|him|her|they|them|we|you|i|there|who|what|which|nobody|(?:any|some"
    r"|every|no)\s?(?:one|body|thing))\b(?=$|\s*(?:of|on|in|else|who|that)\b)"
    r"|^(?:who|what|which|whose|how|when|why|where|there|it|he|she|they|many|much|anything|is|are|was|were|has|have|had"
    r"|does|did|on|under|for|by)\b"
    rf"|{_HOLDER}|\b(?:what|which|who|whose|did|does|was|were|how\s+(?:many|much))\b"
    r"|\b(?:embass(?:y|ies)|consulates?|legations?|missions?|ambassadors?|countr(?:y|ies)|resolutions?|treat(?:y|ies)"
    r"|sanctions|charg[ée]s?\s+d\W|envoys?|diplomats?|protecting\s+powers?|sections?|act|law|laws|statute|bill|articles?)\b",
    re.IGNORECASE,
)
_COMMON = frozenset(
    """a an the any all some every each both most many of in on for and or by from with to our their his her its my your
    people persons individuals entities companies company firms organisations organizations groups vessels ships
    aircraft planes banks officials nationals citizens members ministers generals oil gas coal exports imports trade
    goods property assets products food medicine medicines gold weapons arms luxury textiles seafood labour labor
    workers money funds transactions shipments government governments regime military army navy state states industry
    industries sector technology software energy crude petroleum person entity vessel ship city town building place
    consul consuls capital new first last only such these those this that someone something
    passenger resident
    list lists""".split()
)
_TRIM = re.compile(
    r"(?:(?i:there)\s+)?(?:(?i:the|an?|any|some)\s+)?(?:(?:someone|somebody|anyone|anybody|names?|person|people|individual"
    r"|man|woman|company|entity|firm|group|organi[sz]ation|ship|vessel|tanker|aircraft)(?:\s+(?:called|named"
    r"|by\s+the\s+name\s+of|of))?)\s+(?=\S)|(?i:mr|mrs|ms)\b\.?\s+(?=\S)"
)
"""What says of a name what it is of; in capitals it is a part of it."""
_BORN = re.compile(
    r"[,(]?\s*\(?\b(?:who\s+was\s+)?(?:(?:born|d\.?o\.?b\.?|date\s+of\s+birth)\s*:?\s*(?:in\s+|on\s+)?|b\.\s*(?=\d))"
    r"(?:(?:about|around|circa|c\.|approximately)\s*)?(?P<born>(?:\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?[a-z]{3,9}\.?,?\s+"
    r"|[a-z]{3,9}\.?\s+(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?|\d{1,2}[./-]\d{1,2}[./-])?(?<!\d)\d{4}(?!\d)(?:-\d\d){0,2})\)?,?",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\s*,?\s*\(?\s*(?:(?:from|(?:an?\s+)?(?:national|citizen)\s+of)\s+(?P<of>[\w .'’-]{3,40})"
    r"|(?:an?\s+)?(?P<people>\w{3,20})\s+(?:national|citizen))\s*\)?$|\s*\((?P<in>[\w .'’-]{3,40})\)$",
    re.IGNORECASE,
)
_DESCRIBES = re.compile(r"\b(?:the|an?|of|with|in|on|for|to|by|from|their|its)\b", re.IGNORECASE)
_PARTICLES = re.compile(r"(?:[ae]l|bin|ibn|bint|abu|de|da|di|du|la|le|van|von|der|y|of|and|for|the|in|et|und|e)$")

_KINDS: dict[str, Literal["person", "entity", "vessel", "aircraft"]] = {
    **dict.fromkeys(("people", "persons", "person", "individuals", "men", "women"), "person"),
    **dict.fromkeys(("entities", "companies", "organisations", "organizations", "groups", "firms"), "entity"),
    **dict.fromkeys(("vessels", "ships", "tankers"), "vessel"),
    **dict.fromkeys(("aircraft", "planes"), "aircraft"),
}
_WHO = {
    "person": "which people are", "entity": "which entities are", "vessel": "which vessels are",
    "aircraft": "which aircraft are",
}  # fmt: skip
_MEMBERS = re.compile(
    rf"(?!(?:which|what)\s+(?:{_LIST_WORD}\s+){{0,4}}lists?\b)"
    r"(?:who|which|how\s+many|number\s+of|(?:please\s+)?(?:list|show|name|give)\b|everyone|everybody|all|members?)\b"
    r"|what\s+(?:people|persons|individuals|names|entries|\w*\s?entities|companies|vessels|ships|aircraft)\b",
    re.IGNORECASE,
)
_OF_MEMBERS = re.compile(
    r"\blists?\b|\blisted\b|\bsanctioned\b|\bdesignated\b|\bentries\b|\bsdns?\b"
    r"|\bunder\s+(?:[\w.-]+\s+){0,3}sanctions\b",
    re.IGNORECASE,
)
_MEMBER_WORDS = _SMALL | {
    *_KINDS, "how", "many", "number", "show", "name", "names", "give", "me", "us", "everyone", "everybody", "members",
    "member", "entries", "entry", "does", "do", "did", "have", "has", "contain", "contains", "hold", "holds", "be",
    "resolution", "committee", "subject", "now", "today", "currently", "targets", "total", "put", "placed",
    "stand", "stands", "appear", "appears", "that", "please", "u.n", "res", "resolutions", "unscr", "programme",
}  # fmt: skip
_CODE = re.compile(
    r"(?:under|for|programmes?|programs?|of|in)\s+(?:the\s+)?([\w-]{2,20})|((?=\w*[A-Z\d])[A-Z\d][A-Z\d-]{2,20})\b"
)
_WORD = re.compile(r"[\w'’.-]*\w")
_MOST_CODES = 2


def list_question(text: str, places: Places, today: date) -> ListQuestion | None:
    """What a question asks of sanctions lists, or None if it asks of something else."""
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        return None
    return _members(plain, today) or _named(plain, places, today)


def bare_name(text: str, places: Places) -> ListQuestion | None:
    """A text that may be nothing but a name, to be looked up."""
    plain = _QUOTED.sub(r" \1 ", text if len(text) <= LONGEST else "")
    plain = " ".join(plain.split()).strip(" ?!.,\"“”'")
    if not 1 <= len(plain.split()) <= _MOST_WORDS or _NOT_BARE.search(plain) or _NO_NAME.search(plain):
        return None
    name, births = _birth(plain)
    if not name or _is_no_name(name, plain, places):
        return None
    return ListQuestion("named", name, births=births, certainty="perhaps")


def follow_up(text: str, context: str, places: Places, today: date) -> ListQuestion | None:
    """What a question asks that leans on the one before, ``context``: of the same name or programme at another time or
    on another list ("and in 2020?", "and by OFAC?"), or with a pronoun in the name's stead ("when was he listed?").
    """
    plain = _plain(_ABOUT.sub("", _plain(text)))
    before = (
        (list_question(context, places, today) or bare_name(context, places))
        if plain and len(plain) <= LONGEST
        else None
    )
    if before is None:
        return None
    if not _left(plain, today):
        lists, period = lists_named(plain), _period(plain, today)
        if not lists and period is None:
            return None
        return replace(before, lists=lists or before.lists, period=period or before.period, leans=True)
    named = _PRONOUN.sub(_HOLDER, plain, count=1)
    found = next((found for each in _QUESTIONS if (found := each.match(named)) and found["name"] == _HOLDER), None)
    if found is None or before.kind == "members":
        return None
    outside = _outside(found)
    return replace(before, lists=lists_named(outside), period=_period(outside, today), leans=True)


def wording(asked: ListQuestion) -> str:
    """A question that asks the same in full, for the next one to lean on."""
    lists = " and ".join(CALLED.get(short, short) for short in sorted(asked.lists))
    time = _time(asked.period) if asked.period is not None else ""
    if asked.kind == "members":
        who = _WHO.get(asked.entries or "", "who is")
        under = "".join(f" under {each}" for each in asked.programmes)
        return f"{who} {f'on the {lists} list' if lists else 'listed'}{under}{time}?"
    about = "".join(f" (born {birth})" for birth in asked.births[:1])
    about += "".join(f" ({country})" for country in asked.countries[:1])
    return f"is {asked.name}{about} sanctioned{f' by {lists}' if lists else ''}{time}?"


def _time(period: Period) -> str:
    if period.first == period.last:
        return f" on {period.last}"
    if period.first == date.min and period.last < date.max:
        return f" before {period.last + timedelta(days=1)}"
    return f" between {period.first} and {period.last}"


def _plain(text: str) -> str:
    """The words on one line, without openings and politeness, misspelt words of the field mended."""
    if len(text) > 4 * LONGEST:
        return ""
    plain = without_opening(" ".join(text.replace(_HOLDER, " ").split())).strip(" ?!")
    while opening := _OPENING.match(plain):
        plain = plain[opening.end() :]
    while closing := _CLOSING.search(plain):
        plain = plain[: closing.start()].rstrip(" ?!,;–-")
    if turned := _TURNED.match(plain):
        plain = f"{turned['asks']} {turned['name']} {turned['rest']}"
    return _LONG_WORD.sub(_mended, plain)


def _mended(found: re.Match[str]) -> str:
    word, small = found[0], found[0].lower()
    if small in _OFTEN_MISSPELT:
        return word
    most = 1 if len(small) < _QUITE_LONG else 2
    near = [(OSA.distance(small, each), each) for each in _OFTEN_MISSPELT if each[0] == small[0]]
    distance, best = min(near, default=(most + 1, word))
    return best if distance <= most else word


def _named(plain: str, places: Places, today: date) -> ListQuestion | None:
    plain, births = _birth(plain)
    if first := _FIRST_TIME.match(plain):
        plain = f"{plain[first.end() :]} {first[0].rstrip(', ')}"
    quoted = _QUOTED.search(plain)
    if quoted is not None:
        plain = f"{plain[: quoted.start()]}{_HOLDER}{plain[quoted.end() :]}"
    for number, each in enumerate(_QUESTIONS):
        found = each.match(plain)
        if found is None:
            continue
        said = found["name"]
        holds = quoted is not None and _HOLDER in said and len(said.split()) <= _MOST_BESIDE_QUOTED
        name, countries = (quoted[1].strip(), ()) if quoted and holds else _name(said, places)
        if not name or (not holds and (_NO_NAME.search(name) or _is_no_name(name, plain, places))):
            continue
        name, time = _without_time(name, today)
        outside = f"{_outside(found)} {time}"
        proper = holds or _is_proper(name, plain)
        described = _is_place(name, places) if proper else _DESCRIBES.search(name) is not None
        certainty = "likely" if described else _certainty(number, outside, proper, today)
        return ListQuestion(
            "named", name, lists_named(outside), (), _period(outside, today), births, countries, certainty
        )
    return None


def _outside(found: re.Match[str]) -> str:
    return f"{found.string[: found.start('name')]} {found.string[found.end('name') :]}"


def _without_time(name: str, today: date) -> tuple[str, str]:
    """The name, and the time that stands behind it: "Ocean Maritime in 2018"."""
    found = _TIME_BEHIND.search(name)
    if found is None or found.start() == 0 or not find_periods(found[0], today):
        return name, ""
    return name[: found.start()].rstrip(" ,"), found[0]


def _name(said: str, places: Places) -> tuple[str, tuple[str, ...]]:
    """The name without what stands around it, and the country that stands behind it."""
    trimmed = _TRIM.match(said)
    name = said[trimmed.end() if trimmed else 0 :].strip(" ,\"“”'")
    found = _FROM.search(name)
    mentions = places.mentions(found[found.lastgroup or 0].strip()) if found is not None else []
    if found is None or found.start() == 0 or len(mentions) != 1:
        return name, ()
    return name[: found.start()].strip(" ,"), tuple(country.name for country in mentions[0].countries)


def _certainty(number: int, outside: str, proper: bool, today: date) -> Certainty:
    """How sure it is that the words around a name ask of lists; ``proper``: the name is written as one."""
    strong = _STRONG.search(outside) is not None or bool(lists_named(outside))
    left = _left(outside, today)
    if not strong and _LISTED_AS.search(outside):
        return "likely"
    if number == _WHO_LISTED or number in _ENDING:
        return "certain" if proper and lists_named(outside) else "likely"
    if number == _CHECKED:
        return "certain" if strong or (proper and left <= {"screen", "check", "verify"}) else "likely"
    if number == _AGAINST and not strong:
        return "likely"
    if number == _AGAINST or number in _WHICH_LISTS:
        return "certain" if proper else "likely"
    return "certain" if (strong and proper) or ((strong or proper) and not left) else "likely"


def _left(text: str, today: date) -> set[str]:
    """The words, in small letters, that are neither of lists nor of time."""
    for dated in reversed(find_periods(text, today)):
        text = f"{text[: dated.start]} {text[dated.end :]}"
    words = {word.casefold() for word in _WORD.findall(without_lists(regimes_named(text)[1]))}
    return words - _SMALL


def _period(text: str, today: date) -> Period | None:
    """The first time that is named; a resolution's number is none."""
    return next((each.period for each in find_periods(regimes_named(text)[1], today)), None)


def _members(plain: str, today: date) -> ListQuestion | None:
    if not _MEMBERS.match(plain) or not _OF_MEMBERS.search(plain):
        return None
    regimes, rest = regimes_named(plain)
    lists, period = lists_named(rest), _period(rest, today)
    left = _left(rest, today) - _MEMBER_WORDS
    codes = tuple(code for found in _CODE.finditer(rest) if (code := found[1] or found[2]).casefold() in left)
    if left - {code.casefold() for code in codes} or len(codes) > _MOST_CODES or not (lists or regimes or codes):
        return None
    kinds = {_KINDS[word] for word in re.findall(r"\w+", plain.casefold()) if word in _KINDS}
    entries = kinds.pop() if len(kinds) == 1 else None
    return ListQuestion("members", "", lists, (*regimes, *dict.fromkeys(codes)), period, entries=entries)


def _is_proper(name: str, text: str) -> bool:
    """Whether a name is written as one: with capitals, or in a script that has none."""
    letters = [letter for letter in name if letter.isalpha()]
    if any(letter > "\u024f" for letter in letters):
        return True
    if text.isupper():
        return False
    words = [word for word in re.findall(r"\w[\w'’.]*", name) if not _PARTICLES.match(word)]
    return bool(words) and all(word[0].isupper() or word[0].isdigit() for word in words)


def _is_no_name(name: str, text: str, places: Places) -> bool:
    """A country is under sanctions, not on a list of names; "Iranian banks" neither; "Syrian Gas Company" may be."""
    if _is_common(name):
        return True
    beside = set(re.findall(r"\w+", _without_places(name, places).casefold())) - {"the", "of", "and"}
    return _is_place(name, places) and not (beside and (text.isupper() or _is_proper(name, text)))


def _without_places(name: str, places: Places) -> str:
    for each in reversed(places.mentions(name)):
        name = f"{name[: each.start]} {name[each.end :]}"
    return name


def _is_common(name: str) -> bool:
    """Whether all words are such as stand in no name: "Iranian banks" has one that may."""
    return all(word in _COMMON for word in re.findall(r"\w+", name.casefold()))


def _is_place(name: str, places: Places) -> bool:
    """Whether a country is named and nothing else, or what is said of one: "North Korean ships"."""
    left = _without_places(name, places)
    return left != name and _is_common(left)


def _birth(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without a date of birth that stands in it, and that date in ISO 8601."""
    found = _BORN.search(text)
    if found is None:
        return text, ()
    given = re.search(r"\d{4}(?:-\d\d(?:-\d\d)?)?", found["born"])
    day = _period(found["born"], date.max)
    iso = day.first.isoformat() if day is not None and day.first == day.last else given[0] if given else ""
    rest = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
    return rest.strip(" ,("), (iso,) if iso else ()
