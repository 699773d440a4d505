"""Which words of two names are each other's spelling, and how alike those are.

Letters are compared by RapidFuzz's optimal string alignment: one insertion, deletion or change of a letter, or one
exchange of two neighbours, counts one.
"""

from collections.abc import Sequence
from itertools import permutations

from rapidfuzz.distance import OSA

from index.name_forms import Word, word_of
from index.name_words import SAME_NAMES

JOINED = 0.88
"""How alike words must be to others when they are written together."""
_LEAST_ALIKE = 0.65  # words less alike than this are not each other's spelling
_SAME_SOUND, _SAME_SHORT_SOUND, _SAME_NAME, _SAME_INITIAL = 0.97, 0.85, 0.95, 0.75
_SAME_CONSONANTS, _SAME_TWO_CONSONANTS = 0.9, 0.8  # where short vowels are not written
_MISSPELT_PARTICLE = 0.7


def pairs(words: Sequence[Word], others: Sequence[Word], abjad: bool, person: bool) -> list[tuple[int, int, float]]:
    """The places of words that are each other's spelling, most alike first, each once, with how alike they are."""
    found = [
        (alike, -abs(i - j), i, j)
        for i, word in enumerate(words)
        for j, other in enumerate(others)
        if (alike := likeness(word, other, abjad, person)) >= _LEAST_ALIKE
    ]
    found.sort(reverse=True)
    taken: list[tuple[int, int, float]] = []
    used: set[int] = set()
    used_others: set[int] = set()
    for alike, _, i, j in found:
        if i not in used and j not in used_others:
            used.add(i)
            used_others.add(j)
            taken.append((i, j, alike))
    return taken


def likeness(word: Word, other: Word, abjad: bool, person: bool) -> float:
    """How alike two words are, in [0, 1]; numbers are the same or not at all alike."""
    if word.plain == other.plain:
        return 1.0
    if (names := SAME_NAMES.get(word.plain)) and (others := SAME_NAMES.get(other.plain)):
        same = _SAME_SOUND if word.sound == other.sound else _SAME_NAME
        return 0.0 if names.isdisjoint(others) else same  # Hassan and Hussein, fifth and sixth
    if word.plain.isdigit() or other.plain.isdigit():
        return 0.0
    if word.role == other.role == "place" and word.plain[:4] != other.plain[:4]:  # Iran and Iraq
        return 0.0
    if "initial" in (word.role, other.role):
        return _SAME_INITIAL if person and word.plain[0] == other.plain[0] else 0.0
    if word.sound == other.sound:
        return _SAME_SOUND if len(word.sound) > 3 else _SAME_SHORT_SOUND
    if "particle" in (word.role, other.role):
        return _misspelt_particle(word, other) if not person else 0.0
    lengths = len(word.plain), len(other.plain)
    if not abjad and min(lengths) < 0.6 * max(lengths) and word.skeleton != other.skeleton:
        return 0.0
    alike = OSA.normalized_similarity(word.plain, other.plain, score_cutoff=_LEAST_ALIKE)
    alike = max(alike, 0.97 * OSA.normalized_similarity(word.sound, other.sound, score_cutoff=_LEAST_ALIKE))
    if word.skeleton == other.skeleton and len(word.skeleton) > 2:
        alike = max(alike, 0.6 + 0.3 * OSA.normalized_similarity(word.sound, other.sound))
    if abjad:
        alike = max(alike, _alike_unvowelled(word, other))
    return alike


def _alike_unvowelled(word: Word, other: Word) -> float:
    alike = 0.97 * OSA.normalized_similarity(word.unvowelled, other.unvowelled)
    consonants = word.skeleton.lstrip("aiu")
    if consonants == other.skeleton.lstrip("aiu") and len(consonants) > 1:
        alike = max(alike, _SAME_CONSONANTS if len(consonants) > 2 else _SAME_TWO_CONSONANTS)
    return alike


def _misspelt_particle(word: Word, other: Word) -> float:
    misspelt = "" in (word.role, other.role) and OSA.distance(word.plain, other.plain, score_cutoff=1) == 1
    return _MISSPELT_PARTICLE if misspelt and max(len(word.plain), len(other.plain)) < 5 else 0.0


def with_joins(words: tuple[Word, ...], others: tuple[Word, ...]) -> tuple[Word, ...]:
    """``words``, neighbours joined where they are much like one longer word of ``others``: "Patr ushev"."""
    if len(words) < 2:
        return words
    plain = {word.plain for word in words}
    for other in others:
        length = len(other.plain)
        if length < 5 or other.plain in plain:
            continue
        for parts in _parts(words, alone=len(others) == 1):
            first, last = words[parts[0]].plain, words[parts[-1]].plain
            if first[0] != other.plain[0] and last[-1] != other.plain[-1]:
                continue
            text = "".join(words[place].plain for place in parts)
            alike = OSA.normalized_similarity(text, other.plain, score_cutoff=JOINED)
            if alike and alike > max(OSA.normalized_similarity(words[place].plain, other.plain) for place in parts):
                return (*(word for place, word in enumerate(words) if place not in parts), word_of(text))
    return words


def _parts(words: Sequence[Word], alone: bool) -> list[tuple[int, ...]]:
    """Places of two or three neighbours; of all words in any order, if they are compared with a single word."""
    if alone and len(words) <= 3:
        return list(permutations(range(len(words))))
    return [tuple(range(start, start + length)) for length in (2, 3) for start in range(len(words) - length + 1)]
