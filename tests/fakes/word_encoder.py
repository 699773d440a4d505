"""An encoder without a model: fast, exact and the same on every machine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from index.types import Span, Vectors

_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class WordEncoder:
    """Every word has a fixed pseudo-random direction; a text is the sum of its words, at length 1.

    Texts that share words are near each other and nothing else is. ``salt`` gives other directions,
    as another model would. A text without words points in the direction of the empty word.
    ``encoded`` lists all passages that were ever encoded, so that a test can say what was not.
    """

    dimension: int = 32
    fingerprint: str = "words-1"
    name: str = "words"
    max_tokens: int = 256
    salt: str = ""
    encoded: list[str] = field(default_factory=list)

    def encode_query(self, text: str) -> Vectors:
        return self._encode(text)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        vectors = [self._encode(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.dimension)

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        pairs = zip(texts, sentences, strict=True)
        parts = [[self._encode(text[s.start : s.end]) for s in spans] for text, spans in pairs]
        shaped = [np.array(vectors, dtype=np.float32).reshape(-1, self.dimension) for vectors in parts]
        return self.encode_passages(texts), tuple(shaped)

    def count_tokens(self, text: str) -> int:
        return len(_WORD.findall(text))

    def _encode(self, text: str) -> Vectors:
        words = _WORD.findall(text.casefold()) or [""]
        total = np.sum([_direction(f"{self.salt}/{word}", self.dimension) for word in words], axis=0)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@lru_cache(2_000)
def _direction(word: str, dimension: int) -> npt.NDArray[np.float64]:
    seed = blake2b(word.encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(seed)).standard_normal(dimension)
