"""How alike two names are: their words are paired, and what is left over on either side counts against them.

The manner is that of OpenSanctions' logic-v2 (words aligned and weighted, letters compared within words), on
RapidFuzz's optimal string alignment: one insertion, deletion or change of a letter, or one exchange of two
neighbours, counts one.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import Literal

from index.name_forms import NormalName, Word, normal_form, word_of
from index.name_words import SAME_NAMES

Kind = Literal["person", "entity", "vessel", "aircraft", "other"]

STATED = 0.85
"""From this score on two names are stated to be the same."""
CANDIDATE = 0.7
"""From this score on a name is listed apart, as a possible candidate."""

_LEAST_ALIKE = 0.65  # words less alike than this are not each other's spelling
_SAME_SOUND, _SAME_NAME, _SAME_SKELETON, _SAME_INITIAL = 0.97, 0.95, 0.85, 0.75
_JOINED = 0.88  # how alike two words written as one must be to another word
_CONFLICT = 1.2  # what words left over on both sides count, in words
_OTHER_FORM = 0.84  # a company of another legal form is another company

_PERSON_WEIGHTS = {"particle": 0.1, "title": 0.1, "initial": 0.4, "common": 0.8}
_ENTITY_WEIGHTS = {"particle": 0.1, "generic": 0.6, "initial": 0.7}
_PERSON_EXTRAS = {"particle": 0.0, "title": 0.05, "initial": 0.3, "common": 0.8}
_ENTITY_EXTRAS = {"particle": 0.0, "generic": 0.5, "place": 0.35, "title": 0.5}
"""What a word counts when it is paired, or left over on both sides; and when it is left over on one side only."""


def compare(name: str, other: str, kind: Kind) -> float:
    """How alike two names of a ``kind`` are, in [0, 1], higher is better; the same both ways.

    1.0 if they differ in case, accents, order and legal form of one family only; 0.0 if either has no letter or digit.
    """
    return score(normal_form(name), normal_form(other), kind)


def score(name: NormalName, other: NormalName, kind: Kind) -> float:
    """As ``compare``, of names in normal form."""
    if not name.words or not other.words:
        return 0.0
    if (other.key, other.joined) < (name.key, name.joined):  # sums of floats depend on their order
        name, other = other, name
    person = kind == "person"
    if name.key == other.key:
        value = 1.0
    else:
        value = _aligned(name, other, person)
        value = max(value, _written_together(name, other))
    if not person and _conflicting(name.forms, other.forms):
        value *= _OTHER_FORM
    return value


def _aligned(name: NormalName, other: NormalName, person: bool) -> float:
    abjad = name.abjad or other.abjad
    words, others = _with_joins(name.words, other.words), _with_joins(other.words, name.words)
    paired = _pairs(words, others, abjad, person)
    weights, extras = (_PERSON_WEIGHTS, _PERSON_EXTRAS) if person else (_ENTITY_WEIGHTS, _ENTITY_EXTRAS)
    total = likeness = told = 0.0
    for i, j, alike in paired:
        weight = (_weight(words[i], weights) + _weight(others[j], weights)) / 2
        total += weight
        likeness += weight * alike
        told += _told(words[i], others[j], person)
    if not total:
        return 0.0
    left = _left(words, {i for i, _, _ in paired})
    left_other = _left(others, {j for _, j, _ in paired})
    conflict = min(_sum(left, weights), _sum(left_other, weights))
    extra = max(_sum(left, extras), _sum(left_other, extras))
    return likeness / (total + _CONFLICT * conflict + _extra_rate(person, told) * max(0.0, extra - conflict))


def _extra_rate(person: bool, told: float) -> float:
    """What a word too many counts. A person's middle names are often left out, if the rest tells who it is."""
    if not person:
        return 0.75
    if told < 1.5:
        return 1.0
    return 0.12 if told >= 1.9 else 0.3


def _told(word: Word, other: Word, person: bool) -> float:
    """How much a pair tells of who it is: a rare name 1, a common one less."""
    role = word.role or other.role
    if not person or role in {"particle", "title", "initial", "number"}:
        return 0.0
    return 0.75 if role == "common" or min(len(word.plain), len(other.plain)) < 4 else 1.0


def _weight(word: Word, weights: dict[str, float]) -> float:
    weight = weights.get(word.role, 1.0)
    return weight if weight < 0.5 else weight * (0.85 + 0.05 * min(len(word.plain), 8))


def _sum(words: Sequence[Word], weights: dict[str, float]) -> float:
    return sum(_weight(word, weights) for word in words)


def _left(words: Sequence[Word], paired: set[int]) -> list[Word]:
    """The words that are not paired; one that is said twice is no word too many."""
    said = {words[place].plain for place in paired}
    return [word for place, word in enumerate(words) if place not in paired and word.plain not in said]


def _pairs(
    words: Sequence[Word], others: Sequence[Word], abjad: bool, person: bool
) -> list[tuple[int, int, float]]:
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
    from rapidfuzz.distance import OSA

    if word.plain == other.plain:
        return 1.0
    if "number" in (word.role, other.role):
        return 0.0
    if "initial" in (word.role, other.role):
        return _SAME_INITIAL if person and word.plain[0] == other.plain[0] else 0.0
    if word.sound == other.sound:
        return _SAME_SOUND
    if (names := SAME_NAMES.get(word.plain)) and not names.isdisjoint(SAME_NAMES.get(other.plain, ())):
        return _SAME_NAME
    if "particle" in (word.role, other.role):
        return 0.0
    alike = OSA.normalized_similarity(word.plain, other.plain)
    alike = max(alike, 0.97 * OSA.normalized_similarity(word.sound, other.sound))
    if word.skeleton == other.skeleton and len(word.skeleton) > 2:
        alike = max(alike, _SAME_SKELETON)
    if abjad:
        alike = max(alike, 0.97 * OSA.normalized_similarity(word.unvowelled, other.unvowelled))
    return alike


def _with_joins(words: tuple[Word, ...], others: tuple[Word, ...]) -> tuple[Word, ...]:
    """``words``, neighbours joined where they are much like one longer word of ``others``: "Patr ushev"."""
    from rapidfuzz.distance import OSA

    if len(words) < 2:
        return words
    plain = {word.plain for word in words}
    for other in others:
        if len(other.plain) < 5 or other.plain in plain:
            continue
        for parts in _parts(words, alone=len(others) == 1):
            text = "".join(words[place].plain for place in parts)
            if abs(len(text) - len(other.plain)) > 2:
                continue
            best = max(OSA.normalized_similarity(words[place].plain, other.plain) for place in parts)
            alike = OSA.normalized_similarity(text, other.plain)
            if alike >= _JOINED and alike > best:
                kept = [word for place, word in enumerate(words) if place not in parts]
                return (*kept, word_of(text))
    return words


def _parts(words: Sequence[Word], alone: bool) -> list[tuple[int, ...]]:
    """Places of two or three neighbours; of all words in any order, if they are compared with a single word."""
    if alone and len(words) <= 3:
        return list(permutations(range(len(words))))
    return [
        tuple(range(start, start + length)) for length in (2, 3) for start in range(len(words) - length + 1)
    ]


def _written_together(name: NormalName, other: NormalName) -> float:
    """How alike two names are that differ in spaces: "SergeiLavrov". 0.0 if they have as many words."""
    from rapidfuzz.distance import OSA

    if len(name.words) == len(other.words) and name.forms == other.forms:
        return 0.0
    alike = OSA.normalized_similarity(name.joined, other.joined)
    return 0.97 * alike if alike >= 0.9 else 0.0


def _conflicting(forms: frozenset[str], others: frozenset[str]) -> bool:
    forms, others = forms - {"company"}, others - {"company"}
    return bool(forms and others and forms.isdisjoint(others))
