"""The words of the field: what acronyms stand for, and which words mean the same.

``glossary.toml`` beside this file is what ships; a user's own file adds to it.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.words import Edit, Token, folded_words, shouted, tokens
from index.errors import UsageError
from index.lexical import stemmer

_ANY_CASE_FROM = 4
"""Acronyms of so many letters are recognised in small letters too; a shorter one after "the" only."""


@dataclass(frozen=True, slots=True)
class Term:
    """``text[start:end]`` is a word of the glossary, also said in the ``others``."""

    start: int
    end: int
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """``words`` in small letters, and the other ways to say them."""

    words: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """``acronyms`` by the acronym in small letters without full stops; ``own`` are those of the user, which win over
    the short forms of countries. ``phrases`` by the stems of their words. ``stem`` is what the index makes of a word.
    """

    acronyms: Mapping[str, str]
    own: Set[str]
    phrases: Mapping[tuple[str, ...], Phrase]
    longest: int
    stem: Callable[[str], str]

    def terms(self, text: str) -> list[Term]:
        """The words of the glossary in a text, in order; of words that overlap, the longest."""
        words = tokens(text)
        stems = tuple(self.stem(word.folded) for word in words)
        found: list[Term] = []
        place = 0
        while place < len(words):
            phrase = self._phrase_at(words, stems, place)
            if phrase is not None:
                found.append(Term(words[place].start, words[place + len(phrase.words) - 1].end, phrase.others))
            place += 1 if phrase is None else len(phrase.words)
        return found

    def _phrase_at(self, words: Sequence[Token], stems: tuple[str, ...], place: int) -> Phrase | None:
        for size in range(min(self.longest, len(words) - place), 0, -1):
            phrase = self.phrases.get(stems[place : place + size])
            if phrase is not None and all(map(_inflected, phrase.words, words[place : place + size])):
                return phrase
        return None

    def written_out(self, text: str) -> list[Edit]:
        """What writes acronyms out: "OFAC" becomes "Office of Foreign Assets Control"."""
        words, loud = tokens(text), shouted(text)
        edits = []
        for before, word in zip((None, *words), words, strict=False):
            meaning = self._meaning(word, loud, after_the=before is not None and before.folded == "the")
            if meaning is not None:
                edits.append(Edit(word.start, word.end, meaning))
        return edits

    def _meaning(self, word: Token, loud: bool, *, after_the: bool) -> str | None:
        plain = word.raw.replace(".", "")
        for written in (plain, plain.removesuffix("s")):
            looks_so = sum(letter.isupper() for letter in written) >= 2 and not loud
            if looks_so or after_the or len(written) >= _ANY_CASE_FROM:
                meaning = self.acronyms.get(written.lower())
                if meaning is not None:
                    return meaning if written == plain or meaning.endswith("s") else f"{meaning}s"
        return None

    def is_word(self, word: str) -> bool:
        """Whether a folded word is of the glossary by itself, in any inflection."""
        return word in self.acronyms or (self.stem(word),) in self.phrases


def _inflected(word: str, token: Token) -> bool:
    """Whether words with one stem are one word in two forms: "designed" is not "designated"."""
    return token.folded.startswith(word[: max(3, len(word) - 3)])


def load_glossary(path: Path | None = None) -> Glossary:
    """The glossary that ships, with the user's file ``path`` on top: its acronyms win over ours, and its
    synonyms come before ours.

    Raises UsageError, with the line, for a file that is not of the form that docs/questions.md tells.
    """
    shipped = _read(Path(__file__).parent / "glossary.toml")
    own = _read(path) if path is not None else _Tables({}, ())
    acronyms = {**shipped.acronyms, **own.acronyms}
    stem = _stemmer()
    phrases: dict[tuple[str, ...], Phrase] = {}
    for words, also in (*own.synonyms, *shipped.synonyms):
        for each in (*words, *also):
            key = _key(each, stem)
            others = tuple(other for other in words if _key(other, stem) != key)
            phrases.setdefault(key, Phrase(_folded(each), others))
    for acronym, meaning in acronyms.items():
        phrases.setdefault(_key(meaning, stem), Phrase(_folded(meaning), (acronym,)))
    by_small_letters = {_small(acronym): meaning for acronym, meaning in acronyms.items()}
    return Glossary(by_small_letters, frozenset(map(_small, own.acronyms)), phrases, max(map(len, phrases)), stem)


def _small(acronym: str) -> str:
    """As it is looked up: "K.B." is "kb"."""
    return acronym.strip().replace(".", "").lower()


@dataclass(frozen=True, slots=True)
class _Tables:
    acronyms: Mapping[str, str]
    synonyms: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def _read(path: Path) -> _Tables:
    try:
        text = path.read_text("utf-8")
        given = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"The glossary {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"The glossary {path} is not UTF-8 in line {line}.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The glossary {path} is not TOML: {error}.") from error
    return _Checked(path, text).tables(given)


@dataclass(frozen=True, slots=True)
class _Checked:
    """Turns a parsed file into tables, or says which line is wrong."""

    path: Path
    text: str

    def tables(self, given: Mapping[str, Any]) -> _Tables:
        for key in given:
            if key not in {"acronyms", "synonyms"}:
                raise self._wrong(key, f'"{key}" is neither acronyms nor synonyms')
        acronyms, sets = given.get("acronyms", {}), given.get("synonyms", [])
        if not isinstance(acronyms, dict):
            raise self._wrong("acronyms", "[acronyms] is a table")
        for acronym, meaning in acronyms.items():
            if not _has_words(meaning):
                raise self._wrong(acronym, f'"{acronym}" needs words that it stands for, in quotation marks')
            if [word.raw for word in tokens(acronym)] != [acronym.strip()]:
                raise self._wrong(acronym, f'the acronym "{acronym}" is not one word of letters and digits')
        if not isinstance(sets, list) or not all(isinstance(each, dict) for each in sets):
            raise self._wrong("synonyms", "synonyms are written as [[synonyms]] with words = [...]")
        return _Tables(acronyms, tuple(self._synonyms(each, number) for number, each in enumerate(sets)))

    def _synonyms(self, table: Mapping[str, Any], number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        lists = [table.get("words"), table.get("also", [])]
        if (
            table.keys() - {"words", "also"}
            or not table.get("words")
            or not all(isinstance(listed, list) and all(_has_words(word) for word in listed) for listed in lists)
        ):
            raise self._wrong("synonyms", "synonyms have lists of words, words and perhaps also", number)
        return tuple(table["words"]), tuple(table.get("also", ()))

    def _wrong(self, key: str, why: str, number: int = 0) -> UsageError:
        """The line of a key's ``number``-th appearance at the beginning of a line."""
        found = [
            line
            for line, content in enumerate(self.text.splitlines(), 1)
            if content.lstrip().lstrip("['\"").startswith(key)
        ]
        line = found[number] if number < len(found) else 1
        return UsageError(f"The glossary {self.path} is wrong in line {line}: {why}.")


def _has_words(value: Any) -> bool:
    return isinstance(value, str) and bool(tokens(value))


def _stemmer() -> Callable[[str], str]:
    terms = stemmer()
    return lambda word: next(iter(terms(word)), word)


def _folded(phrase: str) -> tuple[str, ...]:
    return tuple(folded_words(phrase))


def _key(phrase: str, stem: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(stem(word) for word in _folded(phrase))
