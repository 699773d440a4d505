"""Names of a question that no passage says: nothing that was stored can answer what is asked about them. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.language import is_foreign
from bot.spelling import is_english
from bot.types import Unsaid
from bot.words import Token, folded_words, shouted, tokens
from index.types import Alternatives, Vocabulary

_POST = (
    r"(?:embass(?:y|ies)|consulates?(?: general)?|consular (?:agenc(?:y|ies)|offices?)|legations?|missions?|posts?"
    r"|high commissions?|interests sections?|liaison offices?|chanc(?:ery|eries)|nunciatures?)"
)
_FEW_WORDS = r"(?: (?!(?:and|or|but|by|when|after|before|because|while)\b)[a-z]+){0,2}?"
_PLACE_OF = (
    rf"{_POST}{_FEW_WORDS} (?:in|at|to|of|near)(?: the)?(?: (?:city|town|port|capital|island|province|state) of)?"
)
_TARGET_OF = (
    rf"(?:sanctions?|embargo(?:e?s)?|measures?){_FEW_WORDS} (?:on|against|upon)|(?:designation|delisting) of"
    rf"|settlement{_FEW_WORDS} with|sanction|sanctioned|designated?|delist(?:ed)?|blacklist(?:ed)?"
)
_BEFORE = re.compile(rf"\b(?:{_PLACE_OF}|{_TARGET_OF})(?: the)? \Z", re.IGNORECASE)
_AFTER = re.compile(rf" {_POST}\b", re.IGNORECASE)
_IS = re.compile(r"\b(?:is|was|are|were|has|have|had) \Z", re.IGNORECASE)
_DONE_TO = re.compile(r" (?:been )?(?:sanctioned|designated|delisted|blacklisted)\b", re.IGNORECASE)
_AND = re.compile(r",? (?:and|or) |, ")
_ENDS = re.compile(r"[.?!:;“\"(]")
_IN_ONE_NAME = re.compile(r"[ '’-]")

_SMALL = frozenset("a an and at did do does for in is its of on or the to was were with".split())
_TIMES = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday christmas easter ramadan advent war wars revolution crisis coup spring
    uprising pandemic""".split()
)
_REGIONS = frozenset(
    """africa african asia asian europe european america american americas oceania pacific atlantic caribbean balkans
    baltics scandinavia caucasus maghreb sahel sahara levant gulf benelux indochina eurasia arctic antarctica
    west east north south northern southern eastern western central alabama alaska arizona arkansas california
    carolina colorado connecticut dakota delaware florida hawaii idaho illinois indiana iowa kansas
    kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska
    nevada hampshire jersey ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia
    wisconsin wyoming anatolia bavaria catalonia crimea donbas england galicia kashmir kurdistan manchuria
    mesopotamia normandy ontario patagonia prussia punjab quebec saxony scotland siberia sicily
    silesia tibet transylvania ulster wales xinjiang""".split()
)
_REGIMES = frozenset(
    "allied bolshevik colonial communist czarist fascist imperial nazi ottoman royal soviet tsarist vichy".split()
)
_WIDER = _TIMES | _REGIONS | _REGIMES
"""What a passage says of these, it often says by another name: "Houston" is in Texas, a German legation may be Nazi."""


@dataclass(frozen=True, slots=True)
class _Name:
    """``text[start:end]`` of a question, its words and those of them that are nowhere, folded."""

    start: int
    end: int
    words: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_said(self) -> bool:
        return 2 * len(self.missing) < len(self.words)

    @property
    def is_wider(self) -> bool:
        return not _WIDER.isdisjoint(self.words)


def unsaid(text: str, ways: Sequence[Alternatives], vocabulary: Vocabulary) -> tuple[Unsaid, ...]:
    """The names of a question that none of the passages says which the vocabulary is of, in their order.

    A name is words with capital letters, English words only where they stand as the place of a post or the target of
    a measure: "Boise". Where capitals tell nothing, it is words that are neither English nor in any passage. It is
    unsaid if at least half of its words are in no passage, nor any of the other ``ways`` to say what stands in the
    text; regions, times and regimes never are. None is decisive beside a place or target that passages do say, for
    what is asked about that may be answered.
    """
    if is_foreign(text):
        return ()
    names = list(_names(text, ways, vocabulary))
    asked_about = list(_asked_about(text, names))
    answerable = any(
        about and name.is_said and not name.is_wider for name, about in zip(names, asked_about, strict=True)
    )
    found: list[Unsaid] = []
    for name, about in zip(names, asked_about, strict=True):
        if name.is_said or name.is_wider:
            continue
        english = all(map(is_english, name.missing))
        if about or not english:
            decisive = about and not answerable and (english or not any(map(vocabulary.nearest, name.missing)))
            found.append(Unsaid(text[name.start : name.end], decisive))
    return tuple(found)


def _asked_about(text: str, names: Sequence[_Name]) -> Iterator[bool]:
    """Of each name, whether it stands as the place of a post or as the target of a measure, alone or in a row.

    Of one that is said, this must be plain: "the embassy in Wakanda, United States" does not ask about the latter, nor
    does "in Wakanda to Dakar". Nor does "the US consulate".
    """
    about, end, reach = False, 0, 0
    for name in names:
        joint = _AND.fullmatch(text[end : name.start]) if about else None
        if name.is_said:
            by_word = joint is not None and joint[0] != ", "
            about = by_word or _BEFORE.search(text[reach : name.start]) is not None
        else:
            about = joint is not None or _stands_there(text, name)
            reach = name.end
        end = name.end
        yield about


def _stands_there(text: str, name: _Name) -> bool:
    before, after = text[: name.start], text[name.end :]
    done_to = _IS.search(before) and _DONE_TO.match(after)
    return bool(_BEFORE.search(before) or _AFTER.match(after) or done_to)


def _names(text: str, ways: Sequence[Alternatives], vocabulary: Vocabulary) -> Iterator[_Name]:
    words = tokens(text)
    by_capitals = _capitals_tell(text, words)
    unheld = _unheld(words, ways, vocabulary, by_capitals)
    if not any(unheld):
        return

    def is_of_a_name(place: int) -> bool:
        # The first word of a sentence has a capital letter anyway.
        if by_capitals and place and not _ENDS.search(text[words[place - 1].end : words[place].start]):
            return words[place].capital
        return unheld[place] and not is_english(words[place].folded)

    def name(places: Sequence[int]) -> _Name:
        folded = tuple(words[place].folded for place in places)
        missing = tuple(words[place].folded for place in places if unheld[place])
        return _Name(words[places[0]].start, words[places[-1]].end, folded, missing)

    places: list[int] = []
    for place in filter(is_of_a_name, range(len(words))):
        goes_on = places and places[-1] == place - 1
        if places and not (goes_on and _IN_ONE_NAME.fullmatch(text[words[place - 1].end : words[place].start])):
            yield name(places)
            places = []
        places.append(place)
    if places:
        yield name(places)


def _capitals_tell(text: str, words: Sequence[Token]) -> bool:
    """Whether names are those words that have capitals: not where all do, as in a title, or none do."""
    later = [word for word in words[1:] if word.capital and not word.acronym]
    return bool(later) and not shouted(text) and not any(word.folded in _SMALL for word in later)


def _unheld(
    words: Sequence[Token], ways: Sequence[Alternatives], vocabulary: Vocabulary, by_capitals: bool
) -> list[bool]:
    """Of each word that may be of a name: whether no passage holds it, nor another way to say that name."""

    def held(word: str) -> bool:
        return len(word) < 3 or word[0].isdecimal() or vocabulary.knows(word)

    folded = [word.folded for word in words]
    unheld = [(word.capital or not by_capitals) and not held(word.folded) for word in words]
    for each in ways if any(unheld) else ():
        if any(all(map(vocabulary.knows, folded_words(way))) for way in each.others):
            name = folded_words(each.words)
            for place in range(len(folded) - len(name) + 1):
                if folded[place : place + len(name)] == name:
                    unheld[place : place + len(name)] = [False] * len(name)
    return unheld
