"""Names in a form that can be compared: Latin letters, and for each word how it sounds.

Folded is what spellings of the same name disagree in: articles (al-, el-, ul-), Abd al-, doubled letters, ou and u,
y and i, x and ks, -off and -ov. Words keep their order, but nothing that compares them depends on it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from index.name_letters import latin, skeleton, sound, unvowelled, without_short_vowels
from index.name_words import (
    ABBREVIATIONS,
    COMMON_NAMES,
    FORM_WORDS,
    GENERIC_WORDS,
    LEGAL_FORMS,
    NUMBER_WORDS,
    PARTICLES,
    PLACES,
    SAME_NAMES,
    TENS,
    TITLES,
    UNITS,
)
from index.types import EntryKind

Kind = EntryKind
"""What a name is of."""
MOST_WORDS = 40
"""Words of a name that are looked at; the longest listed names have about 25."""
LONGEST_WORD = 40
"""Letters of a word that are looked at."""

_LONGEST_FORM = max(map(len, LEGAL_FORMS))
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻʿʾ´＇′", "'"))
_DOTTED = re.compile(r"\b\w(?:\.\w)+\b\.?")
_POSSESSIVE = re.compile(r"(?<=\w{3})'s\b")
_ARTICLE = re.compile(r"\b[aeiu](?:l|(sh|th|dh|[srndtz])(?=-\1))-", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_SLASHED = re.compile(r"\b(\w)/(?=\w\b)")
_ABD = re.compile(r"abd(?:[uea]l|oul|[ue](?:r(?=r)|s(?=s)|n(?=n)|t(?=t)|d(?=d)|z(?=z)))(\w{3,})")
_DIN = re.compile(r"(\w{3,}?)(?:[aeiou]|al)?d?d[iey]e?ne?")
_LOOKALIKES = str.maketrans("013457", "oieast")
_AND = frozenset({"and", "und", "y", "e", "et"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name. ``sound`` is its folded spelling, ``skeleton`` the consonants of that, and the vowel
    that it begins with; ``unvowelled`` is its sound as a script without short vowels would write it.
    ``role`` is "particle", "title", "initial", "number", "place", "form", "generic", "common" or "".
    """

    plain: str
    sound: str
    skeleton: str
    unvowelled: str
    role: str


@dataclass(frozen=True)
class NormalName:
    """A name to compare. ``words`` stand in reading order, without legal forms; ``forms`` are the families of
    those ("limited", "stock"), ``form_words`` their words; ``joined`` is all of it without spaces, legal forms
    included. ``abjad`` is set if it was written in a script without short vowels.
    """

    words: tuple[Word, ...]
    forms: frozenset[str]
    form_words: tuple[Word, ...]
    joined: str
    abjad: bool

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The same for two names that differ in order, case, accents and legal form only."""
        return tuple(sorted(word.plain for word in self.words))


def normal_form(name: str) -> NormalName:
    """``name`` in Latin letters, folded. Without a letter or digit it has no words.

    "LASTNAME, First Middle" is read as "First Middle Lastname". Words after the 40th and letters after the
    40th of a word are left out.
    """
    # Compatibility forms can be eighteen times as long as what is written.
    text = unicodedata.normalize("NFKC", name[: MOST_WORDS * LONGEST_WORD]).translate(_APOSTROPHES)
    text = text[: MOST_WORDS * LONGEST_WORD]
    plain = [word for word in map(_mended, _split(latin(text))) if word]
    words, forms, form_words = _set_forms_apart(_numbered(plain)[:MOST_WORDS])
    return NormalName(
        words=tuple(map(word_of, words)),
        forms=forms,
        form_words=tuple(map(word_of, form_words)),
        joined="".join(plain)[:200],
        abjad=without_short_vowels(text),
    )


def word_of(plain: str) -> Word:
    """The word with everything that is compared of it."""
    folded = sound(plain)
    return Word(plain, folded, skeleton(folded), unvowelled(folded), _role(plain))


def _role(plain: str) -> str:
    if plain.isdigit() or plain in NUMBER_WORDS:
        return "number"
    if len(plain) == 1:
        return "initial"
    for role, table in (
        ("particle", PARTICLES), ("title", TITLES), ("place", PLACES), ("form", FORM_WORDS),
        ("generic", GENERIC_WORDS),
    ):  # fmt: skip
        if plain in table:
            return role
    common = plain in COMMON_NAMES or not COMMON_NAMES.isdisjoint(SAME_NAMES.get(plain, ()))
    return "common" if common else ""


def _split(text: str) -> list[str]:
    """The words of small Latin text, in reading order; abbreviations with dots are one word."""
    before, comma, after = text.partition(",")
    if comma and "," not in after and (words := tuple(_split(after))) and words not in LEGAL_FORMS:
        text = f"{after} {before}"
    text = _DOTTED.sub(lambda found: found.group().replace(".", ""), text)
    text = _SLASHED.sub(r"\1", text)
    text = _ARTICLE.sub("al ", _POSSESSIVE.sub("", text))
    text = text.replace("'", "").replace("`", "")
    return _WORD.findall(text)


def _mended(word: str) -> str:
    if word.isdigit():
        return word.lstrip("0")[:LONGEST_WORD] or "0"
    if word.isalpha():
        return ABBREVIATIONS.get(word, word)[:LONGEST_WORD]
    if ordinal := _ORDINAL.fullmatch(word):
        return ordinal.group(1)
    inside = word.strip("0123456789")
    return word.replace(inside, inside.translate(_LOOKALIKES))[:LONGEST_WORD] if len(inside) > 2 else word


def _numbered(words: list[str]) -> list[str]:
    """Forty-four as 44, and Arabic names in their parts: abd al aziz, salah al din."""
    found: list[str] = []
    for word in words:
        number = UNITS.get(word) or (int(word) if len(word) == 1 and word.isdigit() else 0)
        if number and found and found[-1] in TENS:
            found[-1] = str(TENS[found[-1]] + number)
        elif word in {"abdul", "abdel", "abdal", "abdoul", "abdur", "abdus"}:
            found.extend(("abd", "al"))
        elif word in {"el", "ul"}:
            found.append("al")
        elif word in {"ibn", "ben", "bn"} and found:
            found.append("bin")
        elif (parts := _ABD.fullmatch(word)) and word not in SAME_NAMES:
            found.extend(("abd", "al", parts.group(1)))
        elif "dd" in word and (parts := _DIN.fullmatch(word)):
            found.extend((parts.group(1), "al", "din"))
        else:
            found.append(word)
    return [str(TENS[word]) if word in TENS else word for word in found]


def _set_forms_apart(words: list[str]) -> tuple[list[str], frozenset[str], list[str]]:
    """The words without legal forms at either end, the families of those, and their words; some word stays."""
    families: set[str] = set()
    first, last = 0, len(words)
    while (length := _form_length(words[first:last][::-1], True)) and length < last - first:
        families.add(LEGAL_FORMS[tuple(words[last - length : last])])
        last -= length
        if last - first > 1 and words[last - 1] in _AND:
            last -= 1
    while (length := _form_length(words[first:last], False)) and length < last - first:
        families.add(LEGAL_FORMS[tuple(words[first : first + length])])
        first += length
    return words[first:last], frozenset(families), words[:first] + words[last:]


def _form_length(words: list[str], backwards: bool) -> int:
    """How many of the first words are a legal form: the longest such."""
    for length in range(min(_LONGEST_FORM, len(words)), 0, -1):
        taken = words[:length][::-1] if backwards else words[:length]
        if tuple(taken) in LEGAL_FORMS:
            return length
    return 0
