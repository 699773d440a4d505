"""A question asked for something else than it asks for: the same sentence no longer answers it."""

import re
from collections.abc import Mapping
from random import Random

_ASKED = re.compile(
    r"^(?P<asked>when|where|by whom|how|(?:in|during|on|at) (?:what|which) (?:exact |specific )?"
    r"(?:year|month|day|date|century|decade|time|place|city|country|state)|(?:what|which) year) "
    r"(?P<rest>(?:was|were|is|are|did|does|do|had|has|have)\b.+)$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"^how many (?P<what>[a-z]+(?: [a-z]+)?) (?P<verb>were|are) (?P<rest>(?!there\b).+)$", re.IGNORECASE
)
_ENDS_OPEN = re.compile(r"\b(?:in|from|at|to|on|of|for|with|located|found)\W*$", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:why|because|and|or)\b")

_ASKS_PLACE = frozenset({"where", "place", "city", "country", "state"})
_WEIGHTS: Mapping[str, int] = {"Why": 5, "When": 3, "Where": 2}
_TELLS: Mapping[str, re.Pattern[str]] = {
    "Why": re.compile(
        r"\b(?:because|since|due|owing|caus\w+|reason\w*|result\w*|after|following|led|leads|as|for|so|thus|therefore"
        r"|hence|thereby|thanks|amid|over|given|response|prompt\w+|motiv\w+|forc\w+|with|by|from|in order|enabl\w+"
        r"|allow\w*|in which case|to (?!(?:the|an?|his|her|its|their|this|that|these)\b)[a-z]{2,})\b|;|:|\(",
        re.IGNORECASE,
    ),
    "When": re.compile(
        r"\d|\b(?:century|decade|years?|months?|weeks?|days?|night|morning|evening|today|now|current\w*|recent\w*|later"
        r"|earlier|before|after\w*|during|until|since|when|while|once|ago|time|soon|subsequent\w*|previous\w*|following"
        r"|spring|summer|autumn|winter|war|reign|age|period|era|eve|end|begin\w*|start\w*|first|last|then)\b",
        re.IGNORECASE,
    ),
    "Where": re.compile(
        r"\b(?:in|at|near|from|to|on|of|across|outside|inside|through\w*|around|into|here|there|where|home|abroad"
        r"|overseas)\b",
        re.IGNORECASE,
    ),
}
"""What a question may be turned to ask for, and the words that might tell it: where one of them stands, it is left."""


def asked_otherwise(random: Random, question: str, said: str) -> str | None:
    """The question asked for something else: why or when instead of where. Nothing in ``said`` tells that. None if it
    cannot be turned.

    "When was the embassy closed?", "Why was the embassy closed?": the sentence has every word and no reason.
    """
    asked, counted = _ASKED.match(question), _COUNTED.match(question)
    if asked is not None:
        was, rest = _kind(asked["asked"].casefold()), asked["rest"]
    elif counted is not None:
        was, rest = "How", f"{counted['verb'].lower()} {counted['what']} {counted['rest']}"
    else:
        return None
    if _SEVERAL.search(rest) or _ENDS_OPEN.search(rest):
        return None
    open_to = [kind for kind in _WEIGHTS if kind != was and not _TELLS[kind].search(said)]
    if not open_to:
        return None
    kind = random.choices(open_to, [_WEIGHTS[each] for each in open_to])[0]
    return f"{kind} {rest}"


def _kind(asked: str) -> str:
    if asked.rsplit(maxsplit=1)[-1] in _ASKS_PLACE:
        return "Where"
    return "How" if asked in {"how", "by whom"} else "When"
