"""The words of questions about sanctions lists, as patterns for ``bot.list_question``."""

import re
from typing import Literal

from bot.list_words import LISTS

LIST = "|".join(f"(?:{words})" for words in LISTS.values())
LIST_WORD = (
    rf"(?:(?:{LIST})(?:['’]s?)?|consolidated|sanctions?|financial|terror(?:ist|ism)?|\d{{3,4}}"
    r"|al-qa[ei]da|isil|taliban|designations?|asset|freeze|watch|black|current|latest|official|targeted|government(?:['’]s)?|global|international)"
)
LISTED = (
    rf"(?:(?:the|any|an?|all|its|their|which|what|one|some)\s+)?(?:of\s+(?:the\s+)?)?(?:{LIST_WORD}[\s,]+(?:(?:or|and)"
    r"\s+(?:the\s+)?)?){0,5}?(?:(?:watch|black|sanctions)?-?lists?|sdn|ofac)\b"
)
ADVERBS = (
    r"(?:(?:still|currently|now|ever|already|also|formerly|previously|actually|first|originally|initially|once|been"
    r"|being|not|no\s+longer|really|yet|newly|recently|put|get|got)\s+){0,4}"
)
STATE = (
    r"(?P<state>(?:re-?)?sanctioned\b|de-?listed\b|un-?listed\b|black-?listed\b|proscribed\b"
    r"|(?:under|subject\s+to|target(?:ed)?\s+(?:of|by|with|under)|facing|hit\s+(?:by|with)|free\s+(?:of|from))\s+"
    rf"(?:(?:any|current|an|a|the|{LIST_WORD})\s+){{0,4}}?(?:sanctions?|asset\s+freezes?|travel\s+bans?)\b"
    r"|an?\s+(?:sdn|(?:specially\s+)?designated\s+(?:person|national|entity|individual)"
    r"|sanctioned\s+(?:person|entity|individual|company|vessel|ship|party))\b"
    r"|(?:(?:put|placed|added|included|named|entered|listed|found|removed|struck|taken|deleted|dropped|kept"
    r"|appear(?:s|ed|ing)?|feature(?:s|d)?|figures?|stands?|show(?:s|n)?(?:\s+up)?|come\s+up|mentioned)\s+)?"
    rf"(?:on(?:to)?|in|to|from|off(?:\s+of)?)\s+{LISTED}"
    r"|listed\b|designated\b)"
)
NAME = r"(?P<name>\S.{0,160}?)"
SAYS = r"(?P<rest>(?:\W.*)?)"
AUX = r"(?:is|are|was|were|has|have|had|does|do|did|will|be|isn['’]?t|wasn['’]?t|aren['’]?t|hasn['’]?t)"
HOW = (
    r"(?:(?:(?:since|until|from)\s+)?when|why|where|how(?:\s+(?:long|come))?|by\s+(?:whom|which\s+\w+)"
    r"|(?:under|on|in|for|by)\s+(?:which|what)\s+\w+(?:\s+\w+)?|for\s+what|what|which\s+\w+)\s+"
)
TIME = (
    r"(?:in|on|before|after|since|until|during|between|as\s+of|as\s+at|by|from)\s+"
    r"(?=(?:(?!\s(?:in|on|since|before|after|during)\s).){0,30}(?:\d|\b(?:last|this|year|month|today|now|yesterday)\b)).{3,40}"
)
AT_TIME = rf"(?P<rest>(?:\s+{TIME})?)"
ON = (
    rf"(?:\s+(?:{TIME}|(?:to|on|onto|from|off|in)\s+.*\blists?\b.*|(?:under|since|before|after|until|during)\s+.*"
    r"|(?:for|as|over|because)\s+(?-i:[a-z]).*))?"
)


BY_LIST = rf"(?:{HOW})?(?:{AUX}\s+)?(?:the\s+)?(?P<state>(?:{LIST})(?:['’]s)?(?:\s+(?:{LIST_WORD}|department)){{0,3}}"

_GIVE = r"(?:(?:what|who)(?:['’]s|\s+(?:is|are|was|were))|(?:give|show|tell)\s+me)\s+(?:(?:the|all)\s+)?"
_FACT = (
    r"(?:dates?\s+of\s+birth|birth\s?(?:dates?|days?|places?)|dob|places?\s+of\s+birth|addresses|address|nationality"
    r"|nationalities|citizenship|(?:passport|identity|id)(?:\s+(?:numbers?|card|document))?s?|aliases|alias|other\s+names"
    r"|designations?|titles?|reference(?:\s+number)?|programmes?|programs?)"
)
_IN_LIST = rf"(?:\s+(?:on|in|according\s+to|by)\s+{LISTED})?"

QUESTIONS = tuple(
    re.compile(pattern + r"$", re.IGNORECASE)
    for pattern in (
        rf"{BY_LIST}\s+lists?\s+(?:(?:include|contain|name|have|mention|show)s?|(?:say|have|show)s?\s+(?:about|on|of)))\s+{NAME}{AT_TIME}",
        rf"{BY_LIST}\s+{ADVERBS}(?:sanction|list|designate|de-?list|black-?list)(?:s|e?d)?)\s+{NAME}(?P<rest>{ON})",
        rf"{BY_LIST}\s+{ADVERBS}(?:add|put|place|include|remove|take|strike|drop|name)(?:s|e?d)?)\s+{NAME}"
        r"(?P<rest>\s+(?:to|on|onto|from|off|in)\s+.*\blists?\b.*)",
        rf"(?:{HOW})?{AUX}\s+{NAME}\s+{ADVERBS}{STATE}{SAYS}",
        rf"(?:{HOW})?{NAME}\s+{AUX}\s+{ADVERBS}{STATE}{SAYS}",
        rf"(?:on\s+)?(?:which|what)\s+(?:{LIST_WORD}\s+){{0,4}}(?P<state>lists?)\s+(?:do(?:es)?\s+|did\s+)?"
        rf"(?:names?|includes?|contains?|has|have|lists?|mentions?|shows?|carr(?:y|ies)|features?)\s+{NAME}{AT_TIME}",
        rf"what\s+do(?:es)?\s+(?:(?:the|{LIST_WORD})\s+){{0,5}}?(?P<state>lists?)\s+(?:say|have|show)\s+(?:about|on|of)\s+"
        rf"{NAME}{AT_TIME}",
        rf"(?:on\s+)?(?:which|what)\s+(?:{LIST_WORD}\s+){{0,4}}?(?P<state>lists?|sanctions)\s+{AUX}\s+{NAME}"
        rf"(?:\s+{ADVERBS}(?:on|in|under|named|listed|included|found|mentioned|subject\s+to|appear(?:\s+on|\s+in)?))?"
        rf"{AT_TIME}",
        rf"(?P<state>screen|check|look\s+up|search(?:\s+for)?|find|verify)\s+{NAME}"
        rf"(?P<rest>(?:\s+(?:against|on|in|for|under|with)\s+(?:{LISTED}|sanctions)|\s+sanctions?"
        r"(?:\s+(?:status|lists?))?)?)",
        rf"(?:who|what)\s+(?:is|was|are)\s+{NAME}\s+(?P<state>(?:on|in)\s+{LISTED}){SAYS}",
        rf"(?:who|what)\s+(?:has\s+|have\s+)?(?P<state>sanctioned|designated|de-?listed|black-?listed)\s+{NAME}"
        rf"{AT_TIME}",
        rf"(?:{HOW})?(?:{AUX}\s+)?(?:there\s+)?(?:(?:any|an?|the|have|has|are|is|reasons?\s+for|{LIST_WORD})\s+){{0,6}}?"
        r"(?P<state>(?:sanctions?|asset\s+freezes?|travel\s+bans?|listing|designation|hits?|match(?:es)?)\s+"
        r"(?:(?:are|apply|applied|imposed|in\s+force|there|status|date)\s+){0,3}(?:on|against|to|targeting|of|for))\s+"
        rf"{NAME}(?P<rest>(?:\s+(?:on|in|under)\s+{LISTED})?(?:\s+{TIME})?)",
        rf"(?:what(?:['’]s|\s+is|\s+was)\s+|when\s+was\s+)?{NAME}['’]s?\s+(?P<state>(?:(?:{LIST})\s+)?(?:sanctions?"
        rf"|designation|listing)(?:\s+(?:status|dates?|reasons?))?){AT_TIME}",
        rf"(?P<name>\S{{1,40}}(?:\s+\S{{1,40}}){{0,7}}?)\s+(?P<state>(?:(?:{LIST})\s+){{0,2}}"
        r"(?:sanctions?(?:\s+(?:status|lists?|listing|check|screening))?|sanctioned|designated|de-?listed|listed"
        rf"|black-?listed|designation|listing|ofac|sdn|ofsi|(?:on|in)\s+{LISTED}))(?P<rest>(?:\s+(?:{TIME}|\d{{4}}))?)",
        rf"(?:{_GIVE})?{NAME}['’]s?\s+(?P<state>{_FACT})(?P<rest>{_IN_LIST})",
        rf"(?:{_GIVE})?(?P<state>{_FACT}\s+(?:of|for))\s+{NAME}(?P<rest>{_IN_LIST})",
        rf"(?P<state>when|where)\s+was\s+{NAME}(?P<rest>\s+born{_IN_LIST})",
        rf"(?P<state>who(?:['’]s|\s+(?:is|was|are))|(?:(?:tell\s+me|what\s+do\s+(?:you|we)\s+know)\s+)?(?:(?:more|all)\s+)?about"
        rf"|info(?:rmation)?\s+(?:on|about))\s+{NAME}(?P<rest>)",
    )
)
WHICH_LISTS, CHECKED, WHO_LISTED, AGAINST, ENDING = {5, 6, 7}, 8, 10, 11, {12, 13}
OF_ENTRIES, ABOUT_NAME = {14, 15, 16}, 17
"""Places in QUESTIONS of those where the words around a name say more, or less, than words usually do."""

OPENING = re.compile(
    r"(?:(?:and|but|so|also|now|then|ok|okay|please|pls|plz|well|hi|hello)\b[\s,:;.!-]*)+(?=\S)"
    r"|(?:(?:can|could|would|will)\s+(?:you|u)\s+)?(?:please\s+)?(?:(?:check|confirm|verify|see|find\s+out|tell\s+me"
    r"|say)\s+|is\s+it\s+(?:true|correct|right)\s+)?(?:if|whether|that)\s+(?=\S)"
    r"|(?:can|could|would|will)\s+(?:you|u)\s+(?:please\s+)?(?=(?:check|screen|search|look|find|verify|list|show)\b)",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"[\s,;–-](?:please|pls|plz|thanks|thank\s+you|thx|asap|or\s+not|anywhere|somewhere|at\s+all|right|yes\s+or\s+no"
    r"|right\s+now|now|today|currently|at\s+the\s+moment|at\s+present|any\s*more|yet|by\s+any\s+chance|again)$",
    re.IGNORECASE,
)
TURNED = re.compile(
    rf"(?P<name>[^,;:?]{{2,100}}?)(?:\s*[,;:?]|\s+[–-])\s+(?P<asks>(?:{HOW})?{AUX})\s+(?:he|she|it|they)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
"""A name, and then what is asked of it: "Rosneft, is it sanctioned?"."""
FIRST_TIME = re.compile(r"(?:in|on|as\s+of|as\s+at|before|after|by|during|since|until)\s[^,]{3,30},\s*", re.IGNORECASE)
TIME_BEHIND = re.compile(
    r",?\s+(?:in|on|since|before|after|as\s+of|as\s+at|during|until|by)\s+(?=[^,]{0,20}\d{4})[^,]{3,30}$", re.IGNORECASE
)
QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{2,160})[\"“”»]")
HOLDER = "\ue000"
ABOUT = re.compile(r"(?:(?:what|how)\s+about|(?:the\s+)?same\s+(?:for|with|in|on))\s+", re.IGNORECASE)
PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|this\s+\w+|that\s+\w+)\b", re.IGNORECASE)
NOT_BARE = re.compile(
    rf"[?:;]|^(?:{AUX}|how|why|can|could|should|would|shall|must|tell|give|please|and|but|or)\s", re.IGNORECASE
)
MOST_WORDS = 8
MOST_BESIDE_QUOTED = 4
LONG_WORD = re.compile(r"\b[A-Za-z]{8,}\b")
QUITE_LONG = 9

OFTEN_MISSPELT = (
    "sanction", "sanctions", "sanctioned", "designate", "designated", "designation", "blacklisted", "consolidated",
)  # fmt: skip
LISTED_AS = re.compile(r"\b(?:listed|designated)\s+as\b(?!\s+(?:of|at)\b)", re.IGNORECASE)
STRONG = re.compile(
    r"sanction|de-?listed|un-?listed|black-?list|watch-?list|proscrib|asset\s+freeze|travel\s+ban|terror|designated\s+"
    r"(?:person|national|entit|individual)",
    re.IGNORECASE,
)
SMALL = frozenset(
    """a an the any all of or and by on in to from at under with as for against list lists listed sanctions sanction
    sanctioned regime regimes programme programmes program programs measures list's designated designation
    consolidated financial terrorist terrorism asset freeze watch black current latest official targeted government
    's s ever still also since until before after between during who which what when was were is are been by whom
    yet no longer why where how long
    put placed added removed taken struck dropped
    entered included off onto there it its their his her anyone else either other both either""".split()
)
NO_NAME = re.compile(
    r"^(?:the|an?|any|this|that|these|those|it|he|she|him|her|they|them|we|you|i|there|who|what|which|nobody|(?:any|some"
    r"|every|no)\s?(?:one|body|thing))\b(?=$|\s*(?:of|on|in|else|who|that)\b)"
    r"|^(?:who|what|which|whose|how|when|why|where|there|it|he|she|they|many|much|anything|is|are|was|were|has|have|had"
    r"|does|did|on|under|for|by)\b"
    rf"|{HOLDER}|\b(?:what|which|who|whose|did|does|was|were|how\s+(?:many|much))\b"
    r"|\b(?:embass(?:y|ies)|consulates?|legations?|missions?|ambassadors?|countr(?:y|ies)|resolutions?|treat(?:y|ies)"
    r"|sanctions|charg[ée]s?\s+d\W|envoys?|diplomats?|protecting\s+powers?|sections?|act|law|laws|statute|bill|articles?)\b",
    re.IGNORECASE,
)
COMMON = frozenset(
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
TRIM = re.compile(
    r"(?:(?i:there)\s+)?(?:(?i:the|an?|any|some)\s+)?(?:(?:someone|somebody|anyone|anybody|names?|person|people|individual"
    r"|man|woman|company|entity|firm|group|organi[sz]ation|ship|vessel|tanker|aircraft)(?:\s+(?:called|named"
    r"|by\s+the\s+name\s+of|of))?)\s+(?=\S)|(?i:mr|mrs|ms)\b\.?\s+(?=\S)"
)
"""What says of a name what it is of; in capitals it is a part of it."""
BORN = re.compile(
    r"[,(]?\s*\(?\b(?:who\s+was\s+)?(?:(?:born|d\.?o\.?b\.?|date\s+of\s+birth)\s*:?\s*(?:in\s+|on\s+)?|b\.\s*(?=\d))"
    r"(?:(?:about|around|circa|c\.|approximately)\s*)?(?P<born>(?:\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?[a-z]{3,9}\.?,?\s+"
    r"|[a-z]{3,9}\.?\s+(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?|\d{1,2}[./-]\d{1,2}[./-])?(?<!\d)\d{4}(?!\d)(?:-\d\d){0,2})\)?,?",
    re.IGNORECASE,
)
FROM = re.compile(
    r"\s*,?\s*\(?\s*(?:(?:from|(?:an?\s+)?(?:national|citizen)\s+of)\s+(?P<of>[\w .'’-]{3,40})"
    r"|(?:an?\s+)?(?P<people>\w{3,20})\s+(?:national|citizen))\s*\)?$|\s*\((?P<in>[\w .'’-]{3,40})\)$",
    re.IGNORECASE,
)
DESCRIBES = re.compile(r"\b(?:the|an?|of|with|in|on|for|to|by|from|their|its)\b", re.IGNORECASE)
PARTICLES = re.compile(r"(?:[ae]l|bin|ibn|bint|abu|de|da|di|du|la|le|van|von|der|y|of|and|for|the|in|et|und|e)$")

KINDS: dict[str, Literal["person", "entity", "vessel", "aircraft"]] = {
    **dict.fromkeys(("people", "persons", "person", "individuals", "men", "women"), "person"),
    **dict.fromkeys(("entities", "companies", "organisations", "organizations", "groups", "firms"), "entity"),
    **dict.fromkeys(("vessels", "ships", "tankers"), "vessel"),
    **dict.fromkeys(("aircraft", "planes"), "aircraft"),
}
WHO = {
    "person": "which people are", "entity": "which entities are", "vessel": "which vessels are",
    "aircraft": "which aircraft are",
}  # fmt: skip
MEMBERS = re.compile(
    rf"(?!(?:which|what)\s+(?:{LIST_WORD}\s+){{0,4}}lists?\b)"
    r"(?:who|which|how\s+many|number\s+of|(?:please\s+)?(?:list|show|name|give)\b|everyone|everybody|all|members?)\b"
    r"|what\s+(?:people|persons|individuals|names|entries|\w*\s?entities|companies|vessels|ships|aircraft)\b",
    re.IGNORECASE,
)
OF_MEMBERS = re.compile(
    r"\blists?\b|\blisted\b|\bsanctioned\b|\bdesignated\b|\bentries\b|\bsdns?\b"
    r"|\bunder\s+(?:[\w.-]+\s+){0,3}sanctions\b",
    re.IGNORECASE,
)
MEMBER_WORDS = SMALL | {
    *KINDS, "how", "many", "number", "show", "name", "names", "give", "me", "us", "everyone", "everybody", "members",
    "member", "entries", "entry", "does", "do", "did", "have", "has", "contain", "contains", "hold", "holds", "be",
    "resolution", "committee", "subject", "now", "today", "currently", "targets", "total", "put", "placed",
    "stand", "stands", "appear", "appears", "that", "please", "u.n", "res", "resolutions", "unscr", "programme",
}  # fmt: skip
CODE = re.compile(
    r"(?:under|for|programmes?|programs?|of|in)\s+(?:the\s+)?([\w-]{2,20})|((?=\w*[A-Z\d])[A-Z\d][A-Z\d-]{2,20})\b"
)
CHANGES = re.compile(
    r"(?:(?:who|latest|recent|which|what|how\s+many|(?:please\s+)?(?:list|show|name|give)\b|everyone|everybody|all|any(?:one|body)?"
    r"|(?:was|were|is|are|has|have|did|does)\s+(?:any(?:one|body)?|some|there|the\b.*\blists?\b))\b.*?|)"
    r"\b(?:(?P<gone>de-?list(?:ed|ings?)|remov(?:ed|als?)|taken\s+off|struck|deleted|dropped)"
    r"|(?P<new>added|additions?|newly|new)|(?P<both>chang(?:ed?|es)|amend(?:ed|ments?)|updates?))\b",
    re.IGNORECASE,
)
"""Questions of what became of a list, not of one name: "who was delisted since 2018?"."""
CHANGE_WORDS = {
    "any", "anyone", "anybody", "some", "new", "newly", "delisted", "de-listed", "delisting", "delistings", "removed",
    "removal", "removals", "deleted", "added", "addition", "additions", "change", "changes", "changed", "amended",
    "amendment", "amendments", "update", "updates", "what", "names", "off", "happened", "latest", "recent", "last",
    "edition", "editions", "listing", "listings",
}  # fmt: skip
ASKS_BIRTH = re.compile(
    r"\bwhen\b.*\bborn\b|\b(?:date\s+of\s+birth|birth\s?da(?:y|te)s?|dob)\b\s*(?:of\b|on\b|in\b|\W|$)", re.IGNORECASE
)
WORD = re.compile(r"[\w'’.-]*\w")
MOST_CODES = 2
