"""Words of a question that no document holds, mended where it is clear what was meant."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from bot.glossary import Glossary
from bot.language import is_foreign
from bot.places import Places, is_of_field
from bot.types import Correction
from bot.words import Edit, Token, shouted, tokens
from index.types import Vocabulary
from index.vocabulary import fold, most_mistakes, nearest_words

_SURE_LENGTH = 7
_MOST, _SOME = 20, 2
_RARE, _TIMES = 2, 100
"""A word in so few passages may itself be a typo: if another is near that is in so many times as many."""
_BEFORE_NAMES = frozenset({"al", "bin", "ibn", "mr", "mrs", "president"})
_TECHNICAL = re.compile(r"[\d@/\\_<>=#*|{}\[\]]|\w[.:]\w")
"""What ordinary words do not have about them: addresses, paths, code and numbers are left as they are."""


def mend(text: str, vocabulary: Vocabulary, places: Places, glossary: Glossary) -> tuple[list[Edit], list[Correction]]:
    """The edits that mend a question's typos, and what they correct.

    A word is only touched if it is in no document, no place, no word of the field and no English word; then the nearest
    place is taken, or the nearest word of the documents. A word in small letters that only one or two passages hold
    may be their typo: it gives way to one that is far more frequent. Short words, numbers, acronyms and words of
    other alphabets stay as they are, and so does all of a question in another language. Where a third of the words
    are unknown, only places are mended.
    """
    edits: list[Edit] = []
    corrections: list[Correction] = []
    if is_foreign(text):
        return edits, corrections
    suspects = list(islice(_suspects(text, vocabulary, places, glossary), _MOST))
    unknown = sum(not vocabulary.knows(word.folded) for word in suspects)
    crowded = unknown > max(_SOME, len(tokens(text)) // 3)
    for word in suspects:
        meant = _place(word.folded, vocabulary, places)
        if meant is None or _is_family_name(word, text, vocabulary, places):
            meant = None if crowded else _word(word, text, vocabulary)
        if meant is not None and (not vocabulary.knows(word.folded) or _is_surer(meant, word.folded, vocabulary)):
            edits.append(Edit(word.start, word.end, meant))
            corrections.append(Correction(word.raw, meant))
    return edits, corrections


def _is_surer(meant: str, typed: str, vocabulary: Vocabulary) -> bool:
    """Whether a word that some passage holds is a typo all the same: it is one mistake away from another that is long
    or of the field, and far more frequent.
    """
    other = fold(meant)
    telling = len(typed) >= _SURE_LENGTH or is_of_field(other)
    near = nearest_words(typed, [other])
    return telling and near == [(other, 1)] and vocabulary.passages(other) >= _TIMES * vocabulary.passages(typed)


def _suspects(text: str, vocabulary: Vocabulary, places: Places, glossary: Glossary) -> Iterator[Token]:
    loud = shouted(text)
    for chunk in re.finditer(r"\S+", text):
        if _TECHNICAL.search(chunk[0]):
            continue
        for word in tokens(chunk[0]):
            shortened = chunk[0][word.end :].lower().startswith(("'t", "’t"))  # "doesn't"
            if most_mistakes(word.folded) == 0 or (word.acronym and not loud) or shortened:
                continue
            seldom = 0 if word.capital and not loud else _RARE
            known = places.is_word(word.folded) or glossary.is_word(word.folded)
            if not known and vocabulary.passages(word.folded) <= seldom and not is_english(word.folded):
                yield Token(word.start + chunk.start(), word.end + chunk.start(), word.raw, word.folded)


def _place(word: str, vocabulary: Vocabulary, places: Places) -> str | None:
    """The place that was meant, with its capital letter. All letters right but in another order counts as one
    mistake: "Lybia".
    """
    alike = [name for name in places.single if name[0] == word[0]]
    shuffled = [name for name in alike if len(name) == len(word) and Counter(name) == Counter(word)]
    near = [(name, 1) for name in shuffled] or nearest_words(word, alike)
    if not near:
        return None
    least = near[0][1]
    equal = [name for name, distance in near if distance == least]
    return next(filter(vocabulary.knows, equal), equal[0]).capitalize()


def _is_family_name(word: Token, text: str, vocabulary: Vocabulary, places: Places) -> bool:
    """Whether a word stands behind a name that is neither English nor a place's, so that it is not a mistyped place:
    "Ashraf Ghani", "al-Sharaa".
    """
    before = next(reversed(tokens(text[: word.start])), None)
    if before is None or text[before.end : word.start] not in {" ", "-"} or not word.capital or shouted(text):
        return False
    if before.folded in _BEFORE_NAMES:
        return True
    name = before.folded
    mistyped = _place(name, vocabulary, places) is not None or vocabulary.nearest(name) is not None
    return before.capital and not (places.is_word(name) or is_english(name) or mistyped)


def _word(word: Token, text: str, vocabulary: Vocabulary) -> str | None:
    """The word of the documents that was meant. What may be a name is only mended to an ordinary word, and only
    if it is long and nearly right: one name is not another.
    """
    meant = vocabulary.nearest(word.folded)
    if meant is None or meant[0] != word.folded[0]:
        return None
    near = nearest_words(word.folded, [meant])
    if not near:
        return None
    loud = shouted(text)
    if word.capital and not loud and tokens(text[: word.start]):
        sure = near[0][1] == 1 and len(meant) >= _SURE_LENGTH and is_english(meant)
        return meant.capitalize() if sure else None
    return meant.capitalize() if word.capital and not loud else meant


@lru_cache(4096)
def is_english(word: str) -> bool:
    """Whether an English word list holds the word: what is right is not mended, though no document says it. Kept, for
    each question asks it of a word several times, and to look through the list takes up to a millisecond.
    """
    return f"\n{word} ".encode() in _english_words()


@cache
def _english_words() -> bytes:
    """The frequency list that comes with symspellpy, one word and its count a line; read when a question first has
    a word that no document holds. The package itself is not imported: its code is not needed.
    """
    found = find_spec("symspellpy")
    if found is None or found.origin is None:
        return b""
    return b"\n" + (Path(found.origin).parent / "frequency_dictionary_en_82_765.txt").read_bytes()
