"""Which wrong sentences look right: found by the product's own encoder and by shared rare words."""

import re
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encode import OnnxEncoder
from training.sets import Question

_WORD = re.compile(r"\w+")
BATCH = 512


class Likeness:
    """How alike a question and a sentence are: cosine plus the share of the question's rare words, each up to 1."""

    def __init__(self, questions: Sequence[Question], encoder: OnnxEncoder | None, cache: Path) -> None:
        sentences = dict.fromkeys(s for q in questions for s in q.paragraph.sentences)
        self._weights = _weights(list(sentences))
        self._longest = max(self._weights.values(), default=1.0)
        self._place: dict[str, int] = {}
        self._vectors: npt.NDArray[np.float32] | None = None
        if encoder is not None:
            texts = [*sentences, *dict.fromkeys(q.text for q in questions if q.text not in sentences)]
            self._place = {text: place for place, text in enumerate(texts)}
            self._vectors = _encoded(encoder, texts, cache)

    def __call__(self, question: str, sentence: str) -> float:
        asked = set(_WORD.findall(question.casefold()))
        total = sum(self._weight(word) for word in asked) or 1.0
        said = set(_WORD.findall(sentence.casefold()))
        shared = sum(self._weight(word) for word in asked & said) / total
        if self._vectors is None or question not in self._place or sentence not in self._place:
            return shared
        return shared + float(self._vectors[self._place[question]] @ self._vectors[self._place[sentence]])

    def _weight(self, word: str) -> float:
        return self._weights.get(word, self._longest)


def best_right(question: Question, likeness: Likeness) -> int:
    """Of the sentences that hold the answering words, the one most like the question."""
    return max(question.right, key=lambda place: likeness(question.text, question.paragraph.sentences[place]))


def ranked_wrong(question: Question, likeness: Likeness) -> list[int]:
    """The other sentences of the paragraph, most alike first. One that holds the answering words is none of them."""
    wrong = [place for place in range(len(question.paragraph.sentences)) if place not in question.right]
    return sorted(wrong, key=lambda place: -likeness(question.text, question.paragraph.sentences[place]))


def _weights(sentences: Sequence[str]) -> dict[str, float]:
    counts = Counter(word for sentence in sentences for word in set(_WORD.findall(sentence.casefold())))
    return {word: log(1 + len(sentences) / count) for word, count in counts.items()}


def _encoded(encoder: OnnxEncoder, texts: Sequence[str], cache: Path) -> npt.NDArray[np.float32]:
    if cache.is_file():
        kept: npt.NDArray[np.float32] = np.load(cache, allow_pickle=False)
        if len(kept) == len(texts):
            return kept
    parts = [encoder.encode_passages(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    vectors: npt.NDArray[np.float32] = np.concatenate(parts).astype(np.float32)
    np.save(cache, vectors)
    return vectors
