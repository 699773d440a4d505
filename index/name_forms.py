"""Names in a form that can be compared: Latin letters, and for each word how it sounds.

Transliteration is anyascii's. What is folded on top is what spellings of the same name disagree in: articles
(al-, el-, ul-), Abd al-, doubled letters, ou and u, y and i, x and ks, -off and -ov. It is a coarse fold in the
manner of Soundex, with vowels left in; words keep their order, but nothing that compares them asks for it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from index.name_words import (
    ABBREVIATIONS,
    COMMON_NAMES,
    GENERIC_WORDS,
    LEGAL_FORMS,
    NUMBERS,
    PARTICLES,
    PLACES,
    SAME_NAMES,
    TENS,
    TITLES,
)

MOST_WORDS = 40
"""Words of a name that are looked at; the longest listed names have about 25."""
LONGEST_WORD = 40
"""Letters of a word that are looked at."""

_LONGEST_FORM = max(map(len, LEGAL_FORMS))
_KEPT = ".,'-&/`"
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻʿʾ´＇′", "'"))
_ABJAD = re.compile(r"[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_ARABIC_ARTICLE = re.compile(r"(?<![^\s-])(عبد)?\s?ال(?=\w{2})")
_SYLLABLES = re.compile(r"[\u3400-\u9fff]{2,4}|[\uac00-\ud7a3]{2,4}")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_DOTTED = re.compile(r"\b\w(?:\.\w)+\b\.?")
_POSSESSIVE = re.compile(r"(?<=\w{3})'s\b")
_ARTICLE = re.compile(r"\b[aeiu](?:l|(sh|th|dh|[srndtz])(?=-\1))-", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_ABD = re.compile(r"(abd)(?:[uea]l|oul)(\w{3,})")
_DIN = re.compile(r"(\w{3,}?)(?:[aeiou]|al)?d?d[iey]e?ne?")
_LOOKALIKES = str.maketrans("013457", "oieast")
_DIGRAPHS = (
    ("shch", "sh"), ("sch", "sh"), ("tsch", "ch"), ("tch", "ch"), ("sh", "s"), ("kh", "k"), ("gh", "g"), ("ph", "f"),
    ("bh", "b"), ("dh", "d"), ("th", "t"), ("rh", "r"), ("zh", "z"), ("dzh", "j"), ("dj", "j"), ("ck", "k"), ("x", "ks"),
    ("ce", "se"), ("ci", "si"), ("cy", "sy"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ay", "i"), ("ai", "i"), ("ae", "i"), ("ey", "i"),
    ("ei", "i"),
)  # fmt: skip
_LETTERS = str.maketrans({"q": "k", "c": "k", "w": "v", "y": "i", "j": "i", "e": "i", "o": "u", "z": "s"})
_REPEATED = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("", "", "aiu")
_UNVOWELLED = str.maketrans({"v": "u", "a": None})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name. ``sound`` is its folded spelling, ``skeleton`` the consonants of that, after ``a`` for any
    vowel that it begins with; ``unvowelled`` is its sound as a script without short vowels would write it.
    ``role`` is "particle", "title", "initial", "number", "place", "generic", "common" or "".
    """

    plain: str
    sound: str
    skeleton: str
    unvowelled: str
    role: str


@dataclass(frozen=True)
class NormalName:
    """A name to compare. ``words`` stand in reading order, without legal forms; ``forms`` are the families of
    those ("limited", "stock"); ``joined`` is all of it without spaces, legal forms included. ``abjad`` is set if it
    was written in a script without short vowels.
    """

    words: tuple[Word, ...]
    forms: frozenset[str]
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
    plain = [word for word in map(_mended, _split(_latin(text))) if word]
    words, forms = _set_forms_apart(_numbered(plain)[:MOST_WORDS])
    return NormalName(
        words=tuple(map(word_of, words)), forms=forms, joined="".join(plain)[:200], abjad=bool(_ABJAD.search(text))
    )


def sound(word: str) -> str:
    """A small-letter word folded to how it sounds: ``mousa`` and ``moosah`` are ``musa``."""
    for spelt, folded in _DIGRAPHS:
        if spelt in word:
            word = word.replace(spelt, folded)
    word = _REPEATED.sub(r"\1", word.translate(_LETTERS))
    if len(word) > 2:
        word = word.removesuffix("h")
        if word[-2:] in {"uf", "if"}:
            word = word[:-1] + "v"
    return word


def skeleton(folded: str) -> str:
    """The consonants of a folded word, after ``a`` for any vowel that it begins with."""
    consonants = folded.translate(_VOWELS)
    return "a" + consonants if folded[:1] in {"a", "i", "u"} else consonants


def unvowelled(folded: str) -> str:
    """A folded word as a script without short vowels would write it: v and u are one letter there."""
    return _REPEATED.sub(r"\1", folded.translate(_UNVOWELLED))


def word_of(plain: str) -> Word:
    """The word with everything that is compared of it."""
    folded = sound(plain)
    return Word(plain, folded, skeleton(folded), unvowelled(folded), _role(plain))


def _role(plain: str) -> str:
    if plain.isdigit():
        return "number"
    if len(plain) == 1:
        return "initial"
    for role, table in (
        ("particle", PARTICLES), ("title", TITLES), ("place", PLACES), ("generic", GENERIC_WORDS),
    ):  # fmt: skip
        if plain in table:
            return role
    common = plain in COMMON_NAMES or not COMMON_NAMES.isdisjoint(SAME_NAMES.get(plain, ()))
    return "common" if common else ""


def _latin(text: str) -> str:
    """Small Latin letters, digits, spaces and the marks that tell words and abbreviations apart."""
    from anyascii import anyascii

    if not text.isascii():
        # Symbols go first: anyascii would spell them, as ":heart:".
        text = "".join(
            character if character.isalnum() or unicodedata.category(character)[0] == "M" or character in _KEPT else " "
            for character in text
        )
        text = _ARABIC_ARTICLE.sub(lambda found: f"{found.group(1) or ''} al ", text)
        if _SYLLABLES.fullmatch(text.strip()):
            text = f"{text.strip()[0]} {text.strip()[1:]}"  # family name first, almost always of one syllable
        text = _HANGUL.sub(lambda found: _romanised_korean(anyascii(found.group())), text)
        text = anyascii(text)
    return text.lower()


def _romanised_korean(text: str) -> str:
    """As lists write Korean names: Kim Jong Un, where the official romanisation has Gim Jeongeun."""
    text = text.lower().replace("eo", "o").replace("eu", "u")
    return "k" + text[1:] if text.startswith("g") else text


def _split(text: str) -> list[str]:
    """The words of small Latin text, in reading order; abbreviations with dots are one word."""
    before, comma, after = text.partition(",")
    if comma and "," not in after and (words := tuple(_split(after))) and words not in LEGAL_FORMS:
        text = f"{after} {before}"
    text = _DOTTED.sub(lambda found: found.group().replace(".", ""), text)
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
    """Numbers in words as digits, and Arabic names in their parts: abd al aziz, salah al din."""
    found: list[str] = []
    for word in words:
        number = NUMBERS.get(word)
        if number is None and len(word) == 1 and word.isdigit():
            number = int(word)
        if number is not None and number < 10 and found and found[-1] in TENS:
            found[-1] = str(TENS[found[-1]] + number)
        elif word in NUMBERS:
            found.append(str(NUMBERS[word]))
        elif word in {"abdul", "abdel", "abdal", "abdoul"}:
            found.extend(("abd", "al"))
        elif word in {"el", "ul"}:
            found.append("al")
        elif word in {"ibn", "ben"} and found:
            found.append("bin")
        elif (parts := _ABD.fullmatch(word)) and word not in SAME_NAMES:
            found.extend(("abd", "al", parts.group(2)))
        elif "dd" in word and (parts := _DIN.fullmatch(word)):
            found.extend((parts.group(1), "al", "din"))
        else:
            found.append(word)
    return [str(TENS[word]) if word in TENS else word for word in found]


def _set_forms_apart(words: list[str]) -> tuple[list[str], frozenset[str]]:
    """The words without legal forms at the beginning and end, and the families of those; some word stays."""
    families: set[str] = set()
    while (length := _form_length(words[::-1], True)) and length < len(words):
        families.add(LEGAL_FORMS[tuple(words[-length:])])
        words = words[:-length]
    while (length := _form_length(words, False)) and length < len(words):
        families.add(LEGAL_FORMS[tuple(words[:length])])
        words = words[length:]
    return words, frozenset(families)


def _form_length(words: list[str], backwards: bool) -> int:
    """How many of the first words are a legal form: the longest such."""
    for length in range(min(_LONGEST_FORM, len(words)), 0, -1):
        taken = words[:length][::-1] if backwards else words[:length]
        if tuple(taken) in LEGAL_FORMS:
            return length
    return 0
