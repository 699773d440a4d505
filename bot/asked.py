"""What kind of answer a question wants: a date, a number, a reason and so on."""

import re

from bot.types import Asked

_AUXILIARY = (
    r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|shall|should|must|might"
    r"|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|hasn['’]t|haven['’]t|can['’]t)"
)
_CLAUSE = r"(?:^|[,.;:?!–—(]\s*|\s-\s*)(?:(?:and|or|but|so|ok|okay|then|also|well|now)\s*,?\s+)*"
_WH = re.compile(r"\b(?:when|where|who|whom|whose|why|what|which|how)\b")

_PATTERNS: dict[Asked, str] = {
    "date": rf"""
        \bwhen\s+(?:exactly\s+|finally\s+|officially\s+)?{_AUXILIARY}\b
        | \b(?:since|until|till|by|from|and|or)\s+when\b | \bwhen\s*[?!.]*$
        | \bhow\s+(?:long\s+ago|soon|recently)\b | \b(?:what|which)\s+(?:exact\s+)?(?:year|date|day|month|time)\b
        | \b(?:in|on|since|by|from)\s+(?:what|which)\s+(?:year|date|day|month)\b
        | \b(?:date|year|day|month)s?\s+(?:of|the|that|when|on\s+which|in\s+which)\b | \bwith\s+dates\b""",
    "number": r"""
        \bhow\s+(?:many|much|long(?!\s+ago)|often|old|big|large|far|high|late|few|tall)\b
        | \b(?:what|which)\s+(?:percentage|percent|share|proportion|number|amount|sum|fraction)\b
        | \bfor\s+how\s+(?:many|long)\b
        | \b(?:number|amount|total|percentage|maximum|minimum)\s+(?:of|number|amount|penalty|fine|term)\b
        | \bwhat\s+(?:was|is|were|are)\b[^,.;]*\bamounts?\b""",
    "reason": rf"""
        \bwhy\b | \bhow\s+come\b | \bwhat\s+for\b
        | \b(?:reasons?|justification|rationale|motives?|grounds|purpose|pretext)\b
        | \bwhat\s+(?:actually\s+)?(?:led|made|prompted|caused|causes|triggered|drove|motivated|provoked)\b
        | \b(?:which|what)\s+\w+(?:\s+\w+)?\s+(?:prompted|caused|triggered|provoked|led\s+to)\b
        | \bcauses?\s+of\b | \bwhat\s+(?:is|was|were)\s+(?:\w+\s+)?behind\b | \bbecause\s+of\s+what\b
        | \bwhat\s+(?:{_AUXILIARY})\b.*\b(?:accused|responsible|blame|behind)\b""",
    "place": rf"""
        \bwhere\s+(?:exactly\s+|else\s+|to\s+)?{_AUXILIARY}\b | {_CLAUSE}where\b | \b(?:from|to)\s+where\b
        | \bwhere\s*[?!.]*$

        | \b(?:what|which)\s+(?:\w+\s+)?(?:city|cities|country|countries|capitals?|town|places?|location|states?)\b
        | \bwhereabouts\b""",
    "person": rf"""
        {_CLAUSE}(?:(?:by|to|for|with|from|of|under)\s+)?(?:who|whom|whose)\b
        | \b(?:by|to|for|with|from|of)\s+(?:whom|whose)\b
        | \bwho\s*[?!.]*$ | \b(?:know|say|said|says|tell|me|us)\s+(?:who|whose)\b
        | \b(?:what|which)\s+(?:\w+\s+){{0,2}}?(?:person|individual|minister|ambassador|envoy|president|officer|consul
          |diplomat|secretary|general|senator|judge|king|leader|spokesman|spokesperson|commissioner)\b

        | \bnames?\s+of\s+(?:the|a|an)\s+(?:[\w']+\s+){{0,4}}?
          (?:person|minister|ambassador|envoy|president|official|consul|diplomat)""",
    "duty": rf"""
        \b(?:must|shall)\b
        | \bmay\b
        | {_CLAUSE}(?:can|may|could)\b(?!\s+(?:you|u)\b) | \b(?:what|how|who|which\s+\w+)\s+(?:can|may)\b

        | \b(?:is|are|be|was|were)\s+(?:\w+\s+){{0,3}}?
          (?:allowed|permitted|required|prohibited|obliged|forbidden|barred|exempt|exempted
          |authori[sz]ed|legal|illegal|lawful|unlawful|entitled)\b
        | \b(?:exempt(?:ion)?s?|prohibit(?:ed|s)?|permissible|compulsory|mandatory|obligations?|duty\s+to|duties)\b
        | \b(?:has|have)\s+to\b | \b(?:does|do)\s+(?:the\s+)?(?:law|act|statute|section|regulations?|code|treaty)\b
        | \bunder\s+(?:which|what)\s+conditions\b""",
}
_KINDS: dict[Asked, re.Pattern[str]] = {kind: re.compile(pattern, re.VERBOSE) for kind, pattern in _PATTERNS.items()}
_LIST = re.compile(
    rf"""{_CLAUSE}(?:please\s+)?
        (?:list|name(?!s?\s+of\b)|enumerate|give\s+(?:me\s+)?(?:some|all|a\s+list|examples?|a\s+few))\b
    | \b(?:any|some|few|more|other)\s+examples?\b | \bexamples?\s+of\b | \bwhich\s+(?:of|ones)\b
    | \bwhat\s+(?:are|were)\s+(?:the|all)\b
    | \bwho\s+(?:are|were)\s+(?:the|all)\b | \ball\s+the\b.*\bthat\b""",
    re.VERBOSE,
)
_PLURAL = re.compile(
    rf"(?:\b(?:which|what)|{_CLAUSE}any)\s+((?:[\w'’.-]+\s+){{0,3}}?)([a-z]{{3,}}s)\b"
    r"(?!\s+(?:a|an|the|his|her|its|their|this)\b)"
)
_NOT_PLURAL = frozenset(
    """does has was is this its his hers us gas bus across basis crisis status process congress address business access
    happens happened causes makes means goes takes counts needs requires triggers says covers applies else always
    perhaps series less class process press loss princess witness mess pass consensus campus focus versus minus plus
    """.split()
)
_VERB_BEFORE_PLURAL = re.compile(rf"\b(?:{_AUXILIARY}|of|to|in|for|the|that|who)\b")
_ASKING = frozenset({"whom", "whose", "why", "what", "which", "how"})
_YES_NO = re.compile(rf"{_CLAUSE}{_AUXILIARY}\b|{_CLAUSE}may\b")
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)"
)
_BESIDE = r"\s*(?:[-–—/,]|\bto\b|\band\b|\bor\b|\buntil\b|\bthrough\b)\s*"
_MONTH_MAY = re.compile(
    r"(?<=[a-z]\s)May\b"
    r"|(?i:\b(?:in|since|until|till|of|last|this|next|before|after|by|from|between|during|early|mid|late|end\sof)[\s-]"
    rf"+may\b|\b{_MONTHS}{_BESIDE}may\b|\d\s*may\b|\bmay\b(?:\s+[’']?\d|\s*[-–—/]|{_BESIDE}{_MONTHS}\b))"
)
"""The month: a capital within a sentence, or beside what belongs to a date."""


def kinds_asked(text: str) -> frozenset[Asked]:
    """What a question asks for; often one kind, sometimes several ("who closed it, and when?")."""
    plain = " ".join(_MONTH_MAY.sub("then", text).lower().split())
    found: set[Asked] = {kind for kind, pattern in _KINDS.items() if pattern.search(plain)}
    words = _WH.findall(plain)
    if words == ["when"] and plain.startswith("when "):
        found.add("date")
    if _LIST.search(plain) or _asks_for_several(plain):
        found.add("list")
    if found <= {"duty"} and not set(words) & _ASKING and _YES_NO.search(plain):
        found.add("yes-no")
    return frozenset(found)


def _asks_for_several(plain: str) -> bool:
    """Whether a plural follows "which" or "what" before any verb does: "which two consulates"."""
    found = _PLURAL.search(plain)
    return found is not None and found[2] not in _NOT_PLURAL and _VERB_BEFORE_PLURAL.search(found[1]) is None
