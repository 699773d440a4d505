"""The letters of names: any script in Latin ones, and Latin ones folded to how they sound.

Transliteration is anyascii's. The fold is a coarse one in the manner of Soundex, with vowels left in.
"""

import re
import unicodedata

_KEPT = ".,'-&/`"
_ABJAD = re.compile(r"[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_ARABIC_ARTICLE = re.compile(r"(?<![^\s-])(عبد)?\s?ال(?=\w{2})")
_SYLLABLES = re.compile(r"[\u3400-\u9fff]{2,4}|[\uac00-\ud7a3]{2,4}")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_DIGRAPHS = (
    ("shch", "sh"), ("tsch", "ch"), ("sch", "sh"), ("tch", "ch"), ("sh", "s"), ("kh", "k"), ("gh", "g"), ("ph", "f"),
    ("bh", "b"), ("dh", "d"), ("th", "t"), ("rh", "r"), ("dzh", "j"), ("zh", "z"), ("dj", "j"), ("ck", "k"),
    ("x", "ks"), ("ce", "se"), ("ci", "si"), ("cy", "sy"), ("ue", "u"), ("oe", "o"), ("ou", "u"), ("oo", "u"),
    ("ee", "i"), ("ay", "i"), ("ai", "i"), ("ae", "i"), ("ey", "i"), ("ei", "i"),
)  # fmt: skip
_LETTERS = str.maketrans({"q": "k", "c": "k", "w": "v", "y": "i", "j": "i", "e": "i", "o": "u", "z": "s"})
_REPEATED = re.compile(r"(.)\1+")
_REPEATED_VOWEL = re.compile(r"([iu])\1+")
_VOWELS = str.maketrans("", "", "aiu")
_UNVOWELLED = str.maketrans({"v": "u", "a": None})


def without_short_vowels(text: str) -> bool:
    """Whether it is Arabic or Hebrew script, in part at least."""
    return bool(_ABJAD.search(text))


def latin(text: str) -> str:
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
    text = text.replace("L", "R").lower().replace("eo", "o").replace("eu", "u")
    return "k" + text[1:] if text.startswith("g") else text


def sound(word: str) -> str:
    """A small-letter word folded to how it sounds: ``mousa`` and ``moosah`` are ``musa``."""
    if word.startswith("x"):
        word = "s" + word[1:]
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
    """The consonants of a folded word, and the vowel that it begins with."""
    return folded[:1] + folded[1:].translate(_VOWELS)


def unvowelled(folded: str) -> str:
    """A folded word as a script without short vowels would write it: v and u are one letter there."""
    return _REPEATED_VOWEL.sub(r"\1", folded.translate(_UNVOWELLED))
