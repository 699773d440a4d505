"""How alike two names are: their words are paired, and what is left over on either side counts against them.

The manner is that of OpenSanctions' logic-v2: words are aligned and weighted, letters compared within words.
"""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA

from index.name_forms import Kind, NormalName, Word, normal_form
from index.name_pairs import JOINED, pairs, with_joins

STATED = 0.85
"""From this score on two names are stated to be the same."""
CANDIDATE = 0.7
"""From this score on a name is listed apart, as a possible candidate."""

_SURE = 0.85  # words less alike than this may be a misspelling, but tell less
_CONFLICT = 1.2  # what words left over on both sides count, in words
_UNSURE = 0.84  # an initial and one name may be anyone's: "A. Ivanov"
_OTHER_FORM = 0.84  # a company of another legal form is another company

_PERSON_WEIGHTS = {"particle": 0.1, "title": 0.1, "initial": 0.4, "common": 0.8}
_ENTITY_WEIGHTS = {"particle": 0.1, "form": 0.15, "generic": 0.6, "initial": 0.7}
_PERSON_EXTRAS = {"particle": 0.0, "title": 0.05, "initial": 0.3, "common": 0.8}
_ENTITY_EXTRAS = {"particle": 0.0, "generic": 0.5, "place": 0.35, "title": 0.5, "form": 0.1}
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
    person = kind == "person"
    if person:
        name, other = _of_person(name), _of_person(other)
    if _order(other) < _order(name):  # sums of floats, and which of two equal pairs is taken, depend on the order
        name, other = other, name
    if name.key == other.key:
        value = 1.0
    elif kind == "aircraft":  # registrations and tail numbers: no sound, and no order of words
        return OSA.normalized_similarity(name.joined, other.joined)
    else:
        value = _aligned(name, other, person)
        value = max(value, _written_together(name, other))
    if not person and _conflicting(name.forms, other.forms):
        value *= _OTHER_FORM
    return value


def _order(name: NormalName) -> tuple[tuple[str, ...], str, list[str]]:
    return name.key, name.joined, [word.plain for word in name.words]


def _of_person(name: NormalName) -> NormalName:
    """A person's name keeps what is short enough to be one, not a legal form: Sa, Ag, Co."""
    kept = tuple(word for word in name.form_words if len(word.plain) < 3)
    return replace(name, words=name.words + kept) if kept else name


def _aligned(name: NormalName, other: NormalName, person: bool) -> float:
    abjad = name.abjad or other.abjad
    words, others = with_joins(name.words, other.words), with_joins(other.words, name.words)
    paired = pairs(words, others, abjad, person)
    weights, extras = (_PERSON_WEIGHTS, _PERSON_EXTRAS) if person else (_ENTITY_WEIGHTS, _ENTITY_EXTRAS)
    total = likeness = told = 0.0
    initials = False
    for i, j, alike in paired:
        weight = (_weight(words[i], weights) + _weight(others[j], weights)) / 2
        total += weight
        likeness += weight * alike
        told += _told(words[i], others[j], person) * (1.0 if alike >= _SURE else 0.75)
        initials |= person and "initial" in (words[i].role, others[j].role)
    if not total:
        return 0.0
    left = _left(words, {i for i, _, _ in paired}, () if person else other.form_words)
    left_other = _left(others, {j for _, j, _ in paired}, () if person else name.form_words)
    conflict = min(_sum(left, weights), _sum(left_other, weights))
    extra = max(_sum(left, extras), _sum(left_other, extras))
    value = likeness / (total + _CONFLICT * conflict + _cost_of_extra(max(0.0, extra - conflict), person, told))
    return min(value, _UNSURE) if initials and told < 1.5 else value


def _cost_of_extra(extra: float, person: bool, told: float) -> float:
    """What words too many count. A person's middle names are often left out, if the rest tells who it is."""
    if not person:
        return 0.75 * extra
    if told < 1.5:
        return extra
    return 0.22 * extra**0.5 if told >= 1.85 else 0.5 * extra


def _told(word: Word, other: Word, person: bool) -> float:
    """How much a pair tells of who it is: a rare name 1, a common one less."""
    role = word.role or other.role
    if not person or role in {"particle", "title", "initial", "number"}:
        return 0.0
    return 0.85 if role == "common" or min(len(word.plain), len(other.plain)) < 4 else 1.0


def _weight(word: Word, weights: dict[str, float]) -> float:
    weight = weights.get(word.role, 1.0)
    return weight if weight < 0.5 else weight * (0.85 + 0.05 * min(len(word.plain), 8))


def _sum(words: Sequence[Word], weights: dict[str, float]) -> float:
    return sum(_weight(word, weights) for word in words)


def _left(words: Sequence[Word], paired: set[int], form_words: Sequence[Word]) -> list[Word]:
    """The words that are not paired; one that is said twice is no word too many, nor is a misspelling of the
    other name's legal form.
    """
    said = {words[place].plain for place in paired}
    left = [word for place, word in enumerate(words) if place not in paired and word.plain not in said]
    return [word for word in left if not _misspelt_form(word, form_words)] if form_words else left


def _misspelt_form(word: Word, form_words: Sequence[Word]) -> bool:
    most = 1 if len(word.plain) < 9 else 2
    return word.role in {"", "initial"} and any(
        OSA.distance(word.plain, form.plain, score_cutoff=most) <= most for form in form_words
    )


def _written_together(name: NormalName, other: NormalName) -> float:
    """How alike two names are that differ in spaces: "SergeiLavrov". 0.0 if they have as many words."""
    if len(name.words) == len(other.words) and name.forms == other.forms:
        return 0.0
    if _digits(name.joined) != _digits(other.joined):
        return 0.0
    alike = OSA.normalized_similarity(name.joined, other.joined)
    return 0.97 * alike if alike >= JOINED else 0.0


def _digits(text: str) -> list[str]:
    return [character for character in text if character.isdigit()]


def _conflicting(forms: frozenset[str], others: frozenset[str]) -> bool:
    forms, others = forms - {"company"}, others - {"company"}
    return bool(forms and others and forms.isdisjoint(others))
