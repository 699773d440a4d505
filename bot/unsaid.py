"""Names of a question that no passage says: nothing that was stored can answer what is asked about them. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from bot.language import is_foreign
from bot.places import is_place
from bot.spelling import is_english
from bot.types import Unsaid
from bot.unsaid_words import NO_NAMES, SMALL, TITLES, WIDER
from bot.words import Token, folded_words, shouted, tokens
from index.types import Alternatives, Vocabulary

_POST = (
    r"(?:embass(?:y|ies)|consulates?(?: general)?|consular (?:agenc(?:y|ies)|offices?)|legations?|missions?|posts?"
    r"|high commissions?|interests sections?|liaison offices?|chanc(?:ery|eries)|nunciatures?)"
)
_FEW_WORDS = r"(?: (?!(?:and|or|but|by|when|after|before|because|while)\b)[a-z]+){0,2}?"
_IN = r"(?:in|at|to|of|near)(?: the)?(?: (?:city|town|port|capital|island|province|state) of)?"
_TARGET_OF = (
    rf"(?:sanctions?|embargo(?:e?s)?|measures?){_FEW_WORDS} (?:on|against|upon)|(?:designation|delisting) of"
    rf"|settlement{_FEW_WORDS} with|sanction|sanctioned|designated?|delist(?:ed)?|blacklist(?:ed)?"
)
_PLACE_BEFORE = re.compile(rf"\b{_POST}{_FEW_WORDS} {_IN}(?: the)? \Z", re.IGNORECASE)
_PLAINLY_BEFORE = re.compile(rf"\b{_POST}(?-i: [A-Z]\w*)? {_IN}(?: the)? \Z", re.IGNORECASE)
_POST_BETWEEN = re.compile(rf" {_POST} (?!general\b)", re.IGNORECASE)  # "Kadhafi embassy Tripoli"
_CALLED = re.compile(r"\b(?:Embassy|Consulate(?: General)?|Legation) \Z")  # "Embassy Kabul"
_TARGET_BEFORE = re.compile(rf"\b(?:{_TARGET_OF})(?: the)? \Z", re.IGNORECASE)
_AFTER = re.compile(rf" {_POST}\b", re.IGNORECASE)
_WHO_RULE = re.compile(
    r" (?:regimes?|governments?|gov['’]?t|officials?|juntas?|generals|leaders(?:hip)?|military|army)\b", re.IGNORECASE
)
_IS = re.compile(r"\b(?:is|was|are|were|has|have|had) \Z", re.IGNORECASE)
_DONE_TO = re.compile(r" (?:been )?(?:sanctioned|designated|delisted|blacklisted)\b", re.IGNORECASE)
_LAW = re.compile(r"(?:\A(?:Can|Could|May|Must|Should)|\b(?:can|could|may|must|should)) (?!(?:you|I|we)\b)")
"""Asks what the rules are, of which whoever is named may be an example: "may the president sanction Binance?"."""
_AND = re.compile(
    r"(?:,? (?:and|or|nor|but|as well as)(?: not)?(?: also)?(?: (?:the )?(?:ones?|that|those))?"
    r"(?: (?:in|at|to|of|near|on|against|upon|with))?(?: the)? "
    r"|,? \(?(?:now|today(?:['’]s)?|then|formerly|later|alias|aka|also)(?: (?:called|known as|named))? | ?[/(])",
    re.IGNORECASE,
)
_COMMA = ", "
_WHOSE = re.compile(r"(?:['’]s?)?(?:[ -](?:era|held|occupied|ruled|controlled|run))? ")
_ENDS = re.compile(r"[.?!:;“\"]")
_IN_ONE_NAME = re.compile(r"[ '’-](?:(?:al|bin|bint|ibn|abu|della|von|van|der)[ '’-]){0,2}")
_TAIL = re.compile(r"(?:-\w+)+")

_SHORT = 4
"""Letters at most of a name that may be an abbreviation of what a passage writes out."""
_NEAR, _LONGEST = 150, 40
"""Characters before a name that tell where it stands, and of a word that some passage may have in two."""
_MOST = 20
"""Names told of one question: each that is like no word of the passages takes a look through all of them."""
_FIRST = 5
"""Letters at most of an ordinary word that begins the name of a city: "tel", "san", "saint"."""


@dataclass(frozen=True, slots=True)
class _Name:
    """``text[start:end]`` of a question, its words of three letters or more and those of them that are nowhere, folded.

    ``told`` is where it begins without titles and what else may stand before a name: "Wartime Lisbon".
    """

    start: int
    told: int
    end: int
    words: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_said(self) -> bool:
        return not self.missing or 2 * len(self.missing) < len(self.words)

    @property
    def is_english(self) -> bool:
        return all(map(is_english, self.missing))

    @property
    def is_ordinary(self) -> bool:
        return all(map(_is_ordinary, self.missing))

    @property
    def is_wider(self) -> bool:
        return not WIDER.isdisjoint(self.words)


def unsaid(text: str, ways: Sequence[Alternatives], vocabulary: Vocabulary) -> tuple[Unsaid, ...]:
    """The names of a question that none of the passages says which the vocabulary is of, in their order.

    A name is words with capital letters, ordinary words only where they stand as the place of a post or the target of
    a measure: "Split". In small letters it is the name of a city or a country and nothing else and, where capitals tell
    nothing, any words that are in no English list. It is unsaid if at least half of its words are in no passage, nor
    any of the other ``ways`` to say what stands in the text; regions, times and regimes never are. None is decisive
    beside a place or target that passages do say, for what is asked about that may be answered.
    """
    if is_foreign(text):
        return ()
    names = list(_names(text, ways, vocabulary))
    asked_about = _asked_about(text, names)
    answerable = any(
        about and name.is_said and not WIDER.issuperset(name.words)
        for name, about in zip(names, asked_about, strict=True)
    )
    found: list[Unsaid] = []
    for name, about in zip(names, asked_about, strict=True):
        if name.is_said or name.is_wider:
            continue
        if about or not name.is_ordinary:
            decisive = about and not answerable and not _may_be_meant_otherwise(text, name, vocabulary)
            found.append(Unsaid(text[name.told : name.end], decisive))
        if len(found) == _MOST:
            break
    return tuple(dict.fromkeys(found))


def _asked_about(text: str, names: Sequence[_Name]) -> list[bool]:
    """Of each name, whether it stands as the place of a post or as the target of a measure, alone or in a row.

    Of one that is said, this must be plain: "the embassy in Wakanda, United States" does not ask about the latter, nor
    does "in Wakanda to Dakar". Nor does "the US consulate". Whose a place is, is not that place: "Zog's Tirana".
    """
    found: list[bool] = []
    law = _LAW.search(text)
    law_from = law.end() if law else len(text)
    end = reach = 0
    for place, name in enumerate(names):
        between = text[end : name.start] if place and found[-1] else ""
        joint = _AND.fullmatch(between) is not None
        if between and name.is_said and (after := _POST_BETWEEN.match(text, end)):
            joint = joint or after.end() == name.start
        if _WHOSE.fullmatch(between):
            joint, found[-1] = True, names[place - 1].is_said
        if name.is_said:
            about = joint or _is_behind(text, name.start, _PLACE_BEFORE, _TARGET_BEFORE, since=reach)
        else:
            about = joint or between == _COMMA or _stands_there(text, name, law_from <= name.start)
            reach = name.end
        end = name.end
        found.append(about)
    return found


def _stands_there(text: str, name: _Name, in_law: bool) -> bool:
    start, end = name.start, name.end
    if _is_behind(text, start, _TARGET_BEFORE) or (_is_behind(text, start, _IS) and _DONE_TO.match(text, end)):
        return not in_law
    return _is_behind(text, start, _PLACE_BEFORE, _CALLED) or _AFTER.match(text, end) is not None


def _is_behind(text: str, place: int, *patterns: re.Pattern[str], since: int = 0) -> bool:
    return any(pattern.search(text, max(since, place - _NEAR), place) for pattern in patterns)


def _may_be_meant_otherwise(text: str, name: _Name, vocabulary: Vocabulary) -> bool:
    """Whether a name may be mistyped, spelt or said otherwise, or a plain word: "closed in Retaliation"."""
    at_place = _is_behind(text, name.start, _PLACE_BEFORE)
    if any(_is_in_two(word, vocabulary) for word in name.missing):
        return True
    if not at_place and (_is_short(text, name) or _WHO_RULE.match(text, name.end)):
        return True
    if not name.is_english:
        return any(map(vocabulary.nearest, name.missing))
    return name.is_ordinary and at_place and not _is_behind(text, name.start, _PLAINLY_BEFORE)


def _is_ordinary(word: str) -> bool:
    return is_english(word) and not is_place(word)


def _is_short(text: str, name: _Name) -> bool:
    """Whether passages may write a name out: "FSB"."""
    written = text[name.told : name.end]
    return len(written) <= _SHORT and written.isupper() and not shouted(text)


def _is_in_two(word: str, vocabulary: Vocabulary) -> bool:
    """Whether passages have a word in two, each of four letters or more: "Nuku'alofa" for "Nukualofa"."""
    halves = ((word[:place], word[place:]) for place in range(4, len(word) - 3))
    return len(word) <= _LONGEST and any(
        not (is_english(first) or is_english(second)) and vocabulary.knows(first) and vocabulary.knows(second)
        for first, second in halves
    )


def _names(text: str, ways: Sequence[Alternatives], vocabulary: Vocabulary) -> Iterator[_Name]:
    words = tokens(text)
    by_capitals = _capitals_tell(text, words)
    unheld = _unheld(words, ways, vocabulary, by_capitals)
    if not any(unheld):
        return
    other_names = {word for each in ways for word in folded_words(each.words)}

    def is_of_a_name(place: int) -> bool:
        word = words[place]
        if word.folded in NO_NAMES:
            return False
        # The first word of a sentence has a capital letter anyway.
        if by_capitals and place and not _ENDS.search(text[words[place - 1].end : word.start]):
            return word.capital or is_place(word.folded)
        if not by_capitals and place and words[place - 1].folded == "s" and not unheld[place]:
            return True  # "zog's tirana"
        if begins_a_name(place):
            return True
        return (unheld[place] or not by_capitals) and _is_telling(word.folded) and not _is_ordinary(word.folded)

    def begins_a_name(place: int) -> bool:
        """Where capitals tell nothing, of a place of two words: "in tel aviv", but not "in chad yesterdy"."""
        first = words[place].folded
        if by_capitals or place + 1 == len(words) or not unheld[place + 1]:
            return False
        if len(first) > _FIRST or not _is_ordinary(first) or not _is_behind(text, words[place].start, _PLACE_BEFORE):
            return False
        return is_of_a_name(place + 1) and [first] not in (folded_words(each.words) for each in ways)

    def goes_on(before: int, place: int) -> bool:
        capitals = by_capitals and words[before].capital and words[place].capital
        together = capitals or unheld[before] == unheld[place] or begins_a_name(before)
        return together and _IN_ONE_NAME.fullmatch(text[words[before].end : words[place].start]) is not None

    def may_be_left_out(place: int, last: int) -> bool:
        folded, name = words[place].folded, words[last].folded
        plain = unheld[place] and not unheld[last] and _is_ordinary(folded)
        return folded in TITLES or (plain and (name in other_names or not is_english(name)))

    def name(places: Sequence[int]) -> _Name:
        last = places[-1]
        rest = [*dropwhile(lambda place: may_be_left_out(place, last), places[:-1]), last]
        folded = tuple(words[place].folded for place in rest if _is_telling(words[place].folded))
        missing = tuple(words[place].folded for place in rest if unheld[place])
        tail = _TAIL.match(text, words[last].end)
        end = tail.end() if tail else words[last].end
        return _Name(words[places[0]].start, words[rest[0]].start, end, folded, missing)

    places: list[int] = []
    end = 0
    for place in filter(is_of_a_name, range(len(words))):
        if places and not goes_on(places[-1], place):
            found = name(places)
            yield found
            places, end = [], found.end
        if words[place].start >= end:
            places.append(place)
    if places:
        yield name(places)


def _capitals_tell(text: str, words: Sequence[Token]) -> bool:
    """Whether names are those words that have capitals: not where all do, as in a title, or none do."""
    later = [word for word in words[1:] if word.capital and not word.acronym]
    return bool(later) and not shouted(text) and not any(word.folded in SMALL for word in later)


def _is_telling(word: str) -> bool:
    return len(word) > 2 and not word[0].isdecimal()


def _unheld(
    words: Sequence[Token], ways: Sequence[Alternatives], vocabulary: Vocabulary, by_capitals: bool
) -> list[bool]:
    """Of each word that may be of a name: whether no passage holds it, nor another way to say that name."""
    folded = [word.folded for word in words]
    unheld = [
        _is_telling(word.folded)
        and (word.capital or not by_capitals or is_place(word.folded))
        and not vocabulary.knows(word.folded)
        for word in words
    ]
    for each in ways if any(unheld) else ():
        if any(all(map(vocabulary.knows, folded_words(way))) for way in each.others):
            name = folded_words(each.words)
            for place in range(len(folded) - len(name) + 1):
                if folded[place : place + len(name)] == name:
                    unheld[place : place + len(name)] = [False] * len(name)
    return unheld
