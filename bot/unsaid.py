"""Names of a question that no passage says: nothing that was stored can answer what is asked about them. Pure."""

import re
from collections.abc import Iterator, Sequence

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


def unsaid(text: str, ways: Sequence[Alternatives], vocabulary: Vocabulary) -> tuple[Unsaid, ...]:
    """The names of a question that none of the passages says which the vocabulary is of, in their order.

    A name is words with capital letters, English words only where they stand as the place of a post or the target of
    a measure: "Boise". Where capitals tell nothing, it is words that are neither English nor in any passage. It is
    unsaid if at least half of its words are in no passage, nor any of the other ``ways`` to say what stands in the
    text; regions, times and regimes never are.
    """
    if is_foreign(text):
        return ()
    words = tokens(text)
    by_capitals = _capitals_tell(text, words)
    unheld = _unheld(words, ways, vocabulary, by_capitals)
    if not any(unheld):
        return ()
    strange = [no and not is_english(word.folded) for word, no in zip(words, unheld, strict=True)]
    if by_capitals:  # which the first word of a sentence has anyway
        first_words = [
            not place or _ENDS.search(text[words[place - 1].end : word.start]) for place, word in enumerate(words)
        ]
        of_a_name = [strange[place] if first_words[place] else word.capital for place, word in enumerate(words)]
    else:
        of_a_name = strange
    found: list[Unsaid] = []
    before: tuple[int, bool] | None = None
    for first, last in _names(text, words, of_a_name):
        start, end = words[first].start, words[last].end
        follows = before is not None and before[1] and _AND.fullmatch(text[before[0] : start]) is not None
        about = follows or _is_asked_about(text, start, end)
        before = end, about
        missing = [word.folded for word, no in zip(words[first:], unheld[first : last + 1], strict=False) if no]
        english = all(map(is_english, missing))
        wider = any(word.folded in _WIDER for word in words[first : last + 1])
        if 2 * len(missing) > last - first and (about or not english) and not wider:
            mistyped = not english and any(map(vocabulary.nearest, missing))
            found.append(Unsaid(text[start:end], decisive=about and not mistyped))
    return tuple(found)


def _capitals_tell(text: str, words: Sequence[Token]) -> bool:
    """Whether names are those words that have capitals: not where all do, as in a title, or none do."""
    later = [word for word in words[1:] if word.capital and not word.acronym]
    return bool(later) and not shouted(text) and not any(word.folded in _SMALL for word in later)


def _is_asked_about(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` stands as the place of a post or as the target of a measure."""
    before, after = text[:start], text[end:]
    done_to = _IS.search(before) and _DONE_TO.match(after)
    return bool(_BEFORE.search(before) or _AFTER.match(after) or done_to)


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


def _names(text: str, words: Sequence[Token], of_a_name: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The first and the last word of each stretch of words that are of a name."""
    first: int | None = None
    for place, word in enumerate(words):
        goes_on = first is not None and _IN_ONE_NAME.fullmatch(text[words[place - 1].end : word.start]) is not None
        if first is not None and not (of_a_name[place] and goes_on):
            yield first, place - 1
            first = None
        if of_a_name[place] and first is None:
            first = place
    if first is not None:
        yield first, len(words) - 1
