"""A question to ranked passages and sentences, from one generation.

Dense and lexical candidates are fused by a weighted sum: the exact cosine of every candidate,
min-max normalised over the candidates, and its BM25 score over the best BM25 score. On SciFact,
ObliQA and SQuAD this beats reciprocal rank fusion, and each side alone (docs/quality.md).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.errors import EmptyLibraryError, GenerationError, ModelMismatchError
from index.generation import Candidate, Generation
from index.home import Home
from index.library import GenerationRecord, Library
from index.types import Encoder, Filter, Hit, Span, StoredPassage, Vectors

CANDIDATES = 100
DENSE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence of a hit's passage. ``span`` is in offsets of the document's text.

    ``dense`` is the cosine of question and sentence, in [-1, 1]. ``coverage`` is the share, by
    rarity, of the question's words that stand in the sentence or in its document's title and
    headings, in [0, 1]. ``own`` is that share for the sentence alone.
    """

    hit: Hit
    span: Span
    dense: float
    coverage: float
    own: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """``hits``, best first; the sentences of the first few of them, in order; what was searched."""

    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    generation: GenerationRecord


class Searcher:
    """Searches the library's current generation. Safe to share between threads.

    A search looks up which generation is current, and finishes in that one even if another is
    published meanwhile: generations are immutable, and one reference is swapped.
    """

    def __init__(self, home: Home, library: Library, encoder: Encoder) -> None:
        self._home, self._library, self._encoder = home, library, encoder
        self._opened: Generation | None = None
        self._opening = threading.Lock()

    def search(self, text: str, limits: Filter, limit: int, sentences_of: int = 0) -> SearchResult:
        """The ``limit`` best passages for ``text``, and the sentences of the first ``sentences_of``.

        Raises EmptyLibraryError before the first sync, GenerationError if the index is damaged,
        ModelMismatchError if it was built with another model, and LibraryError.
        """
        generation = self.open()
        vector = self._encoder.encode_query(text)
        terms = generation.lexical.terms(text)
        candidates = generation.search(vector, terms, CANDIDATES, limits)
        best = fuse(candidates)[:limit]
        stored = self._library.passages([candidate.passage_id for candidate, _ in best])
        hits = tuple(
            Hit(passage, score, candidate.dense, candidate.lexical)
            for passage, (candidate, score) in zip(stored, best, strict=True)
        )
        sentences = self._sentences(generation, vector, terms, hits[:sentences_of])
        return SearchResult(hits, sentences, generation.record)

    def open(self) -> Generation:
        """The current generation, opened and verified if it was not. Raises as ``search`` does."""
        record = self._library.current()
        if record is None:
            raise EmptyLibraryError("No documents were indexed yet; run: legation add PATH")
        opened = self._opened
        if opened is not None and opened.record.id == record.id:
            return opened
        if record.fingerprint != self._encoder.fingerprint:
            raise ModelMismatchError(
                f"The index was built with the model {record.model}, and the settings name "
                f"{self._encoder.name} (another model, or another version or precision of it); "
                "set the model back, or run legation sync to encode the documents again."
            )
        with self._opening:
            if self._opened is None or self._opened.record.id != record.id:
                self._opened = self._open(record)
            return self._opened

    def _open(self, record: GenerationRecord) -> Generation:
        try:
            return Generation(self._home.generations, record)
        except GenerationError:
            # Between reading the pointer and opening the files, two syncs may have gone by.
            newer = self._library.current()
            if newer is None or newer.id == record.id:
                raise
            return Generation(self._home.generations, newer)

    def _sentences(
        self, generation: Generation, vector: Vectors, terms: Sequence[str], hits: Sequence[Hit]
    ) -> tuple[SentenceHit, ...]:
        spans = [(hit, span) for hit in hits for span in hit.stored.passage.sentences]
        texts = [hit.stored.document.text[span.start : span.end] for hit, span in spans]
        cosines = self._encoder.encode_passages(texts) @ vector if texts else np.zeros(0)
        rarity = {term: generation.lexical.rarity(term) for term in set(terms)}
        total = sum(rarity.values()) or 1.0
        scored = []
        for (hit, span), text, cosine in zip(spans, texts, cosines, strict=True):
            own = set(generation.lexical.terms(text))
            context = own | set(generation.lexical.terms(_surroundings(hit.stored)))
            covered, alone = (
                sum(weight for term, weight in rarity.items() if term in words) for words in (context, own)
            )
            scored.append(SentenceHit(hit, span, float(np.clip(cosine, -1, 1)), covered / total, alone / total))
        return tuple(scored)


def fuse(candidates: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """Candidates with their fused scores in [0, 1], best first; ties by passage id."""
    if not candidates:
        return []
    least = min(candidate.dense for candidate in candidates)
    spread = max(candidate.dense for candidate in candidates) - least
    highest = max(candidate.lexical for candidate in candidates)

    def score(candidate: Candidate) -> float:
        dense = (candidate.dense - least) / spread if spread > 0 else 1.0
        lexical = candidate.lexical / highest if highest > 0 else 0.0
        return DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * lexical

    scored = [(candidate, score(candidate)) for candidate in candidates]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0].passage_id))


def _surroundings(stored: StoredPassage) -> str:
    return "\n".join((stored.document.title, *stored.passage.headings))
