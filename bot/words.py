"""The words of a text with their places, for all that understands questions."""

import re
import unicodedata
from dataclasses import dataclass

from index.vocabulary import fold

# "U.S." is one word, so is "N" of "N'Djamena": what joins words differs from writer to writer.
_TOKEN = re.compile(r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+\b\.?|[^\W_]+")
_JOINERS = "\u200c\u200d"
"""Invisible too, but part of how words are written in Persian and in Indian languages."""


def searchable(text: str) -> str:
    """The text as it is searched for: without invisible characters, such as soft hyphens, that split words, and with
    full-width letters, ligatures and the like as ordinary ones (Unicode's NFKC).
    """
    visible = "".join(c for c in text if c in _JOINERS or unicodedata.category(c) != "Cf")
    plain = " ".join(unicodedata.normalize("NFKC", visible).split())
    return plain if _TOKEN.search(plain) else text


@dataclass(frozen=True, slots=True)
class Token:
    """``text[start:end] == raw``; ``folded`` is in small letters, without accents and full stops."""

    start: int
    end: int
    raw: str
    folded: str

    @property
    def capital(self) -> bool:
        return self.raw[0].isupper()

    @property
    def acronym(self) -> bool:
        """Whether it is written like one: all capitals, or with full stops."""
        return "." in self.raw or (len(self.raw) > 1 and self.raw.isupper())


def tokens(text: str) -> list[Token]:
    return [
        Token(found.start(), found.end(), found[0], fold(found[0]).replace(".", "")) for found in _TOKEN.finditer(text)
    ]


def folded_words(text: str) -> list[str]:
    """``folded`` of the tokens of a text, for texts whose places do not matter."""
    return [word.replace(".", "") for word in _TOKEN.findall(fold(text))]


@dataclass(frozen=True, slots=True)
class Edit:
    """``text[start:end]`` is to become ``new``."""

    start: int
    end: int
    new: str


def edited(text: str, edits: list[Edit]) -> str:
    """The text with all edits made; they do not overlap."""
    for edit in sorted(edits, key=lambda each: -each.start):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def shouted(text: str) -> bool:
    """Whether a text is in capitals throughout, so that capitals tell nothing."""
    letters = [character for character in text if character.isalpha()]
    return len(letters) > 8 and all(not character.islower() for character in letters)
