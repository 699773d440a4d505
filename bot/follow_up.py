"""Questions that lean on the one before: when they do, and what the two say together."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from bot.dates import find_periods
from bot.moments import text_before
from bot.places import Mention, Places, is_of_field
from bot.words import Edit, Token, edited, shouted, tokens

_QUESTION_WORDS = frozenset("when where who whom whose why what which how".split())
_AUXILIARIES = frozenset(
    """do does did is are was were am be been being has have had will would can could shall should must may might
    doesn didn don isn aren wasn weren hasn haven hadn wouldn couldn t s""".split()
)
_PRONOUNS = frozenset(
    """it its they them their theirs he she him his her hers this that these those there one ones itself themselves
    himself herself i me my we us our you your""".split()
)
_SMALL_WORDS = frozenset(
    """a an the and or but so ok okay then also as at by for from in into of off on onto out over per to under up with
    without about after before since until till during between not no yes if because while than too very just only
    even still already ever exactly actually finally please pls again else same thing things many much long often some
    any all both each other another more most ago earlier later afterwards afterward instead led made start end
    beginning""".split()
)
_NO_CONTENT = _QUESTION_WORDS | _AUXILIARIES | _PRONOUNS | _SMALL_WORDS
_OPENING = re.compile(
    r"^(?:(?:and|but|or|so|ok|okay|then|also|well|now)\b[\s,]*)+"
    r"|^(?:what|how)\s+about\s+|^(?:the\s+)?same\s+(?:for|in|with)\s+",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"(?:(?:and|ok|okay|please|can you|could you|give me|show me|tell me|any|your|the|what is|what's|a bit)\s+)*"
    r"(?:(?:more|further)(?:\s+(?:details?|information|info|sources?))?|details?|sources?|links?|references?|elaborate|"
    r"explain|go on|continue|what else|anything else)(?:\s+(?:about|on|for)\s+(?:it|that|this))?(?:\s+please)?[\s?!.]*",
    re.IGNORECASE,
)
"""Nothing new is asked: "tell me more", "source?"."""
_EMPTY_IT = re.compile(
    r"\b(?:(?:is|was|does|did|will|would|can|has|may)\s+it\s+(?:take|taken|true|legal|illegal|lawful|unlawful|allowed"
    r"|permitted|possible|required|necessary|the\s+case|ok|okay|safe|mean|matter)"
    r"|it\s+(?:is|was|takes|took|seems|became|becomes)\s+\w+\s+(?:that|to|for))\b"
    r"|\bthere\s+(?:is|are|was|were|be|been|has|have|had|any)\b|\b(?:is|are|was|were)\s+there\b(?!\s*[?.!]*$)"
    r"|\bthose\s+(?:who|that|which|accredited|named|listed|in|of|with)\b|\bnow\s+that\b",
    re.IGNORECASE,
)
_NOUN_AFTER_THAT = (
    r"(?:one|ones|person|people|man|woman|country|countries|year|month|day|date|time|decision|post|posts|embassy|embassies"
    r"|mission|missions|legation|consulate|office|ambassador|envoy|minister|government|city|place|law|act|section|list"
    r"|sanction|sanctions|order|war|coup|attack|case|period|company|bank|amount|figure|state|event|agreement|treaty)"
)
_POINTS = re.compile(
    rf"\b(?P<thing>it|its|they|them|their|theirs|he|she|him|his|her|hers)\b|\b(?P<place>there)\b"
    rf"|\b(?P<that>(?:this|that|these|those|the\s+same|the\s+other|the\s+last|the\s+first)\s+{_NOUN_AFTER_THAT})\b"
    r"|\b(?P<end>(?:this|that|these|those|one|ones))\s*[?.!]*$|\bwhich\s+(?P<ones>ones?)\b"
    r"|\b(?:is|was|are|were|did|does|do|about|before|after|like|of|for|from|since|despite)\s+(?P<alone>this|that|these|those)"
    r"(?=\s*(?:[?.!,;]|$|happen|happened|mean|change|changed|work))",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:earlier|later|afterwards?|then|next|instead|again|else|too|since\s+then|the\s+same|meanwhile|back)\b",
    re.IGNORECASE,
)
_DEFINITE = re.compile(r"\b(?:the|that|this|those|these)\s+(?:\w+\s+)?(?P<noun>[a-z]+)", re.IGNORECASE)
_EVENTS = (
    "clos", "shut", "suspend", "ceas", "reopen", "resum", "open", "sever", "broke", "break", "expel", "evacuat",
    "withdr", "recall", "pull", "establish", "seiz", "attack", "bomb", "move", "moving",
)  # fmt: skip
_SITES = ("embass", "consul", "legation", "mission", "countr", "cit", "post", "office", "island", "state", "capital")
_PREPOSITION = re.compile(r"\b(in|at|to|from|on|with|for|of|by|against|under)\s+(?:the\s+)?$", re.IGNORECASE)
_LOCATING = {"in", "at", "to", "from"}
_ACTING_AND_OTHER = 2
_ENOUGH_BEFORE = 3
_FEW = 2
_MANY = 12


@dataclass(frozen=True, slots=True)
class _Sight:
    """A question as the rules below see it. ``rest`` are its words that say something and are neither place
    nor date.
    """

    text: str
    words: Sequence[Token]
    mentions: Sequence[Mention]
    dates: Sequence[tuple[int, int]]
    rest: Sequence[Token]
    names: Sequence[Token]


def with_context(text: str, context: str, places: Places, today: date) -> str | None:
    """What a question says together with the one before, or None if it stands alone.

    Where the new one asks nothing new ("tell me more"), the old one is asked again; where it only swaps a place or a
    time ("and in Uganda?"), with that.
    Otherwise its names and nouns come first, without its question words, and without the time, place or
    event that the new one replaces.
    """
    old = _see(context, places, today)
    text = _with_capitals(text, old, places, today)
    new = _see(text, places, today)
    if not old.words or not _needs(new, old):
        return None
    if _AGAIN.fullmatch(text):
        return context
    if _only_swaps(new):
        return _swapped(old, new)
    return f"{_core(old, new)} {_without_opening(text)}".strip()


def _with_capitals(text: str, old: _Sight, places: Places, today: date) -> str:
    """The text with a capital for the places in small letters whose names are also something else ("and jordan?"),
    if the question before was about the field or the new one says nothing else.
    """
    mentions = places.mentions(text, of_the_field=True)
    if not any(is_of_field(word.folded) for word in old.words) and _see(text, places, today, mentions).rest:
        return text
    small = (each.start for each in mentions if text[each.start : each.end].islower() and each.kind != "code")
    return edited(text, [Edit(start, start + 1, text[start].upper()) for start in small])


def _see(text: str, places: Places, today: date, mentions: Sequence[Mention] | None = None) -> _Sight:
    words = tokens(text)
    mentions = places.mentions(text) if mentions is None else mentions
    dates = [(dated.start, dated.end) for dated in find_periods(text, today)]
    taken = _inside(_spans(mentions), dates)
    rest = [word for word in words if not _says_nothing(word, text) and word.start not in taken]
    loud = shouted(text)
    names = [word for word in rest if _is_name(word, words, loud)]
    return _Sight(text, words, mentions, dates, rest, names)


def _says_nothing(word: Token, text: str) -> bool:
    """Whether a word is one of grammar only; "won" is in "won't" alone."""
    return word.folded in _NO_CONTENT or text[word.end : word.end + 2].lower() in {"'t", "’t"}


def _is_name(word: Token, words: Sequence[Token], loud: bool) -> bool:
    """A capital within a sentence, or an acronym. What begins a sentence has its capital from there."""
    return not loud and (word.acronym or (word.capital and word is not words[0]))


def _spans(mentions: Iterable[Mention]) -> list[tuple[int, int]]:
    return [(mention.start, mention.end) for mention in mentions]


def _inside(*spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Every place of the text that is inside one of the spans. Once for all words: a long question has many of both."""
    return frozenset(place for start, end in chain(*spans) for place in range(start, end))


def _needs(new: _Sight, old: _Sight) -> bool:
    if not new.rest and not new.names:
        return bool(new.words)  # "why?", "and in Uganda?"
    opening = _OPENING.match(new.text)
    asks = any(word.folded in _QUESTION_WORDS | _AUXILIARIES for word in tokens(_without_opening(new.text)))
    if opening and not asks and len(new.rest) <= _FEW:
        return True  # "and the consulate in Durango?"
    if _points_back(new):
        return True
    if new.names:
        return False
    if new.mentions:
        return len(new.rest) <= _FEW and _countries(new) < _countries(old)
    if len(new.rest) <= _FEW or _BACK.search(new.text):
        return True
    return any(is_of_field(found["noun"].lower()) for found in _DEFINITE.finditer(new.text))


def _countries(sight: _Sight) -> set[str]:
    return {country.name for mention in sight.mentions for country in mention.countries}


def _points_back(new: _Sight) -> bool:
    """Whether a pronoun stands before anything in its own question that it could mean."""
    text = _EMPTY_IT.sub(lambda found: " " * len(found[0]), new.text)
    return any(not _is_named_before(found, new) for found in _POINTS.finditer(text))


def _is_named_before(found: re.Match[str], new: _Sight) -> bool:
    at = found.start()
    before = [word for word in new.rest if word.start < at]
    if found["end"] or found["alone"]:
        return len(before) >= _ENOUGH_BEFORE
    if any(mention.start < at for mention in new.mentions) or any(name.start < at for name in new.names):
        return True
    if found["place"]:
        return any(word.folded.startswith(_SITES) for word in before)
    if len(before) >= _ENOUGH_BEFORE or any(is_of_field(word.folded) for word in before):
        return True
    articles = (word for word in new.words if word.start < at and word.folded in {"a", "an", "any", "every", "someone"})
    return any(articles)


def _only_swaps(new: _Sight) -> bool:
    asks = any(word.folded in _QUESTION_WORDS for word in tokens(_without_opening(new.text)))
    return bool(new.mentions or new.dates) and not new.rest and not asks


def _swapped(old: _Sight, new: _Sight) -> str:
    """The old question with the new place and time in the old ones' stead."""
    edits: list[Edit] = []
    added: list[str] = []
    if new.mentions:
        start, end = new.mentions[0].start, new.mentions[-1].end
        replaced = _replaced(old, new)
        if replaced is not None:
            article = new.text[:start].lower().endswith("the ") and not old.text[: replaced[0]].lower().endswith("the ")
            edits.append(Edit(*replaced, ("the " if article else "") + new.text[start:end]))
        else:
            added.append(_with_preposition(new, start, end))
    if new.dates:
        time = _with_preposition(new, new.dates[0][0], new.dates[-1][1])
        for number, (start, end) in enumerate(old.dates):
            edits.append(Edit(end - len(_with_preposition(old, start, end)), end, "" if number else time))
        added.extend(() if old.dates else (time,))
    closing = "?" if old.text.rstrip().endswith("?") else ""
    return _tidy(" ".join((edited(old.text, edits).rstrip("?!. "), *added)) + closing)


def _with_preposition(sight: _Sight, start: int, end: int) -> str:
    """A place or time with the preposition before it."""
    before = text_before(sight.text, start)
    preposition = _PREPOSITION.search(before)
    return sight.text[start - (len(before) - preposition.start() if preposition else 0) : end]


def _replaced(old: _Sight, new: _Sight) -> tuple[int, int] | None:
    """The place of the old question that the new one's takes the part of. That is the one after the same
    preposition, be it a city that we do not know; for people, people or else who acts; otherwise the last after a
    preposition, of the same kind, or at all.
    """
    first = new.mentions[0]
    preposition, people = _preposition(new, first.start), first.kind == "people"
    of_place = [each for each in old.mentions if _preposition(old, each.start) in _LOCATING]
    alike = [each for each in old.mentions if preposition and _preposition(old, each.start) == preposition] or of_place
    if preposition in _LOCATING and not alike:
        city = _city(old, preposition)
        if city is not None or len(old.mentions) < _ACTING_AND_OTHER:
            return city
        alike = [old.mentions[-1]]
    if people:
        acting = [each for each in old.mentions if not _preposition(old, each.start)]
        alike = [each for each in old.mentions if each.kind == "people"] or acting[:1] or alike
    alike = alike or [each for each in old.mentions if each.kind in {first.kind, "capital"}] or list(old.mentions)
    if not alike:
        return None
    beside = [each for each in old.mentions if each is alike[-1] or _is_beside(old, each, alike[-1])]
    return beside[0].start, beside[-1].end


def _city(old: _Sight, preposition: str) -> tuple[int, int] | None:
    """A name after the preposition: "in New Orleans"."""
    taken = _inside(_spans(old.mentions))
    names = [name for name in old.names if name.start not in taken]
    first = next((name for name in names if _preposition(old, name.start) == preposition), None)
    if first is None:
        return None
    end = first.end
    for name in names:
        if old.text[end : name.start] == " ":
            end = name.end
    return first.start, end


def _is_beside(old: _Sight, mention: Mention, chosen: Mention) -> bool:
    """Whether a mention names the same place once more, as in "Kabul, Afghanistan"."""
    gap = old.text[min(mention.end, chosen.end) : max(mention.start, chosen.start)]
    there = {country.name for country in chosen.countries}
    return len(gap) <= 2 and any(country.name in there for country in mention.countries)


def _preposition(sight: _Sight, start: int) -> str:
    found = _PREPOSITION.search(text_before(sight.text, start))
    return found[1].lower() if found else ""


def _core(old: _Sight, new: _Sight) -> str:
    """The old question's names and nouns, in their order."""
    new_event = any(word.folded.startswith(_EVENTS) for word in new.rest)
    dated = new.dates or any(word.folded == "when" for word in new.words)
    elsewhere = any(_preposition(new, each.start) == "in" for each in new.mentions)
    places_gone = [each for each in old.mentions if elsewhere and _preposition(old, each.start) == "in"]
    gone = _inside(_spans(places_gone), old.dates if dated else ())
    staying = _inside(_spans(old.mentions), old.dates)
    crowded = len(old.rest) + len(old.mentions) > _MANY
    names = {name.start for name in old.names}

    def is_kept(word: Token) -> bool:
        if word.start in gone or word.start in staying:
            return word.start not in gone
        if _says_nothing(word, old.text) or (new_event and word.folded.startswith(_EVENTS)):
            return False
        return not crowded or word.start in names or is_of_field(word.folded)

    said = {word.folded for word in new.words}
    kept = (word for word in old.words if is_kept(word))
    return " ".join(word.raw for word in kept if word.folded not in said or word.folded in _SMALL_WORDS)


def _without_opening(text: str) -> str:
    opening = _OPENING.match(text)
    return text[opening.end() :] if opening else text


def _tidy(text: str) -> str:
    """Single spaces, and no comma or preposition left behind by what was taken out."""
    return re.sub(r"\s+([,?.!;])", r"\1", " ".join(text.split())).replace(",?", "?").replace(",,", ",")
