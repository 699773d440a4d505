"""The words of a generation, so that a misspelt word of a question can be told and mended.

Whether a word is known is asked of the lexical index, which knows every inflection. What was meant
by an unknown one is looked up in a list of the words as they are written, kept beside the index.
Distances are of the optimal string alignment: one insertion, deletion or change of a letter, or one
exchange of two neighbours, counts one (Boytsov, "Indexing methods for approximate dictionary
searching", 2011).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

MOST_WORDS = 500_000
"""Words kept at most, so that memory stays bounded; 100,000 passages have perhaps 200,000. Words met
after that are known all the same, but never suggested."""

_WORD = re.compile(r"\b[a-z]{4,24}\b")
_ONE_MISTAKE, _TWO_MISTAKES = 5, 8


def fold(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    accents = [ord(character) for character in set(decomposed) if unicodedata.combining(character)]
    return decomposed.translate(dict.fromkeys(accents)) if accents else decomposed


class WordCollector:
    """Takes texts and gives the file of their words, sorted, one a line. ``content`` are words known already.

    Passages beside each other share lines, so a line is not read again directly after itself.
    """

    def __init__(self, content: bytes = b"") -> None:
        self._words = set(content.decode().split())
        self._before: set[str] = set()

    def take(self, text: str) -> None:
        lines = set(text.splitlines())
        if len(self._words) < MOST_WORDS:
            self._words.update(_WORD.findall(fold("\n".join(lines - self._before))))
        self._before = lines

    def content(self) -> bytes:
        return "".join(f"{word}\n" for word in sorted(self._words)).encode()


def merge(contents: Iterable[bytes]) -> bytes:
    """The words of several such files in one, of the first files first until there are ``MOST_WORDS``."""
    words: set[str] = set()
    for content in contents:
        if len(words) < MOST_WORDS:
            words.update(content.decode().split())
    return "".join(f"{word}\n" for word in sorted(words)).encode()


class IndexedVocabulary:
    """The words of one generation. Safe to share between threads.

    ``content`` is what ``WordCollector.content`` gave, or empty where there is no such file: then
    nothing is ever suggested. ``passages`` counts the passages that hold a word in any inflection.
    """

    def __init__(self, content: bytes, passages: Callable[[str], int]) -> None:
        self._content, self._passages = b"\n" + content, passages

    def knows(self, word: str) -> bool:
        return self._passages(word) > 0

    def passages(self, word: str) -> int:
        return self._passages(word)

    def nearest(self, word: str) -> str | None:
        """The other indexed word that was most likely meant, or None: one mistake in a word of five letters or
        more, two in one of eight or more, never in the first letter; of several, the most frequent. A word that
        none of the passages that count holds is not suggested.
        """
        typed = fold(word)
        allowed = most_mistakes(typed)
        if allowed == 0:
            return None
        alike = nearest_words(typed, self._alike(typed))
        counted = ((near, distance, self._passages(near)) for near, distance in alike if distance)
        found = [(distance, -count, near) for near, distance, count in counted if count]
        return min(found)[2] if found else None

    def _alike(self, word: str) -> list[str]:
        """The words with the same first letter: the list is sorted, so they stand together."""
        first = ord(word[0])
        start = self._content.find(b"\n" + bytes((first,)))
        if start < 0:
            return []
        end = next((at for at in self._ends(first, start) if at >= 0), len(self._content))
        return self._content[start + 1 : end].decode().split("\n")

    def _ends(self, first: int, start: int) -> Iterator[int]:
        return (self._content.find(b"\n" + bytes((letter,)), start) for letter in range(first + 1, ord("z") + 1))


def most_mistakes(word: str) -> int:
    """How many mistakes a word may hold to be mended safely; none if it is not of the letters a to z alone."""
    if not (word.isascii() and word.isalpha()) or len(word) < _ONE_MISTAKE:
        return 0
    return 1 if len(word) < _TWO_MISTAKES else 2


def nearest_words(word: str, words: Iterable[str]) -> list[tuple[str, int]]:
    """Those of ``words`` within ``most_mistakes(word)`` of it, with their distances, the nearest first."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    allowed = most_mistakes(word)
    found = process.extract(word, list(words), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    return sorted(((near, int(distance)) for near, distance, _ in found), key=lambda pair: (pair[1], pair[0]))
