"""A question to ranked passages and sentences, from one generation.

Dense and lexical candidates are fused by a weighted sum: the exact cosine of every candidate,
min-max normalised over the candidates, and its BM25 score over the best BM25 score. On SciFact,
ObliQA and SQuAD this beats reciprocal rank fusion, and each side alone (docs/quality.md).
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain, groupby, islice

import numpy as np

from index.concept import Coverage, concepts, without
from index.copies import gather
from index.errors import EmptyLibraryError, GenerationError, ModelMismatchError
from index.home import Home
from index.library import Library
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.passage_index import Candidate, PassageIndex, PassageStore
from index.register import Register
from index.types import Document, Encoder, Filter, Hit, Query, Span, Vectors

CANDIDATES = 100
FEW = 4
"""Passages that most questions need, at most, in the place of copies."""

MOST_CANDIDATES = 16 * CANDIDATES
"""Where copies of a few texts are all that is found, more are looked at, up to so many."""

PAST_DAYS = 2
"""Earlier days whose generations are kept open."""

DENSE_WEIGHT = 0.55


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence of a hit's passage. ``span`` is in offsets of the document's text.

    ``dense`` is the cosine of question and sentence, in [-1, 1]. The others are in [0, 1]. ``coverage``
    is the share, by rarity, of the question's words that the sentence says, or its document's title or
    headings do; ``own`` that share for the sentence alone, ``near`` for it with the sentences beside it,
    ``passage`` for the whole passage with title and headings.
    """

    hit: Hit
    span: Span
    dense: float
    coverage: float
    own: float
    near: float = 0.0
    passage: float = 0.0


@dataclass(frozen=True, slots=True)
class Collection:
    """What one collection of a generation holds. ``newest`` is a publication date, or None."""

    name: str
    documents: int
    newest: str | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """``hits``, best first; the sentences of the first few that say different things, in order, each followed by those
    of passages with the same text; what was searched.
    """

    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    generation: GenerationRecord
    collections: tuple[Collection, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation that is open and verified, and what it holds. ``as_of`` is set if it is of an earlier day."""

    generation: PassageIndex
    collections: tuple[Collection, ...]
    register: Register
    as_of: date | None = None


class Searcher:
    """Searches the library's current generation. Safe to share between threads.

    A search looks up which generation is current, and finishes in that one even if another is
    published meanwhile: generations are immutable, and one reference is swapped. The index is
    in ``store``; without one, in the folder of generations.
    """

    def __init__(self, home: Home, library: Library, encoder: Encoder, store: PassageStore | None = None) -> None:
        self._home, self._library, self._encoder = home, library, encoder
        self._store = store or LocalStore(home.generations)
        self._opened: Opened | None = None
        self._opening = threading.Lock()
        self._past: OrderedDict[tuple[str, date], Opened] = OrderedDict()
        self._opening_past = threading.Lock()

    def search(
        self, query: Query, limits: Filter, limit: int, sentences_of: int = 0, within: Opened | None = None
    ) -> SearchResult:
        """The ``limit`` best passages for ``query``, and the sentences of the first ``sentences_of`` different texts;
        ``within`` what ``open`` gave, for whoever asked it something before and wants one and the same generation.

        Raises EmptyLibraryError before the first sync, GenerationError if the index is damaged,
        ModelMismatchError if it was built with another model, and LibraryError.
        """
        opened = within or self.open()
        generation = opened.generation
        wanted = concepts(query, generation.terms)
        size = CANDIDATES
        search = generation.begin_search(wanted, size, limits)
        vector = self._encoder.encode_query(query.text)
        found = search(vector)
        ranked = self._hits(fuse(found), limit)
        hits = tuple(islice(ranked, limit))
        gathered = gather(chain(hits, ranked), sentences_of)
        while gathered.has_copies and len(gathered.texts) < sentences_of and size <= len(found) < MOST_CANDIDATES:
            size = min(4 * size, MOST_CANDIDATES)
            found = generation.search(vector, wanted, size, limits)
            gathered = gather(self._hits(fuse(found), limit), sentences_of)
        coverage = Coverage(wanted, partial(generation.rarity, collections=limits.collections))
        sentences = self._sentences(generation, vector, query, coverage, gathered.hits)
        searched = tuple(
            collection
            for collection in opened.collections
            if not limits.collections or collection.name in limits.collections
        )
        return SearchResult(hits, sentences, generation.record, searched)

    def open(self, as_of: date | None = None) -> Opened:
        """The current generation, opened and verified if it was not; or what answered at the end of the day ``as_of``,
        in UTC. Raises as ``search`` does, and for an earlier day as ``open_past`` does.
        """
        record = self._library.current()
        if record is None:
            raise EmptyLibraryError("No documents were indexed yet; run: legation add PATH")
        if record.fingerprint != self._encoder.fingerprint:
            raise ModelMismatchError(_mismatch(record.model, self._encoder.name))
        if as_of is not None and as_of < datetime.now(UTC).date():
            return self._open_past(record, as_of)
        opened = self._opened
        if opened is not None and opened.generation.record.name == record.name:
            return opened
        with self._opening:
            if self._opened is None or self._opened.generation.record.name != record.name:
                generation = self._open(record)
                collections = tuple(_collections(self._library.counts(generation.record.id)))
                self._opened = Opened(generation, collections, Register(generation.lists, generation.names))
            return self._opened

    def documents(self, keys: Sequence[int]) -> dict[int, Document]:
        """Documents by key. Raises LibraryError if one is no longer as it was stored."""
        return self._library.documents(keys)

    def saying(self, text: str) -> frozenset[int]:
        """The keys of all documents ever stored whose text holds ``text``; capitals of ASCII make no difference."""
        return self._library.saying(text)

    def _open_past(self, record: GenerationRecord, day: date) -> Opened:
        """One at a time: who asks for the same day waits for the one that is made already."""
        from index.past import open_past  # brings the readers' splitter along, which other answers do not need

        with self._opening_past:
            opened = self._past.get((record.name, day))
            if opened is None:
                past = open_past(self._home, self._library, self._encoder, record.splitting, day)
                generation = past.generation
                collections = tuple(_collections(self._library.counts_of(past.keys)))
                register = Register(generation.lists, generation.names)
                opened = self._past[record.name, day] = Opened(generation, collections, register, day)
            self._past.move_to_end((record.name, day))
            while len(self._past) > PAST_DAYS:
                self._past.popitem(last=False)
            return opened

    def _open(self, record: GenerationRecord) -> PassageIndex:
        try:
            return self._store.open(record)
        except GenerationError:
            # Between reading the pointer and opening the files, two syncs may have gone by.
            newer = self._library.current()
            if newer is None or newer.name == record.name:
                raise
            return self._store.open(newer)

    def _hits(self, ranked: Sequence[tuple[Candidate, float]], wanted: int) -> Iterator[Hit]:
        """The passages of candidates: the ``wanted`` best are read at once, then a few, then ever more."""
        start, size, more = 0, max(1, wanted), FEW
        while start < len(ranked):
            batch = ranked[start : start + size]
            stored = self._library.passages([candidate.passage_id for candidate, _ in batch])
            for passage, (candidate, score) in zip(stored, batch, strict=True):
                yield Hit(passage, score, candidate.dense, candidate.lexical)
            start, size, more = start + size, more, 2 * more

    def _sentences(
        self,
        generation: PassageIndex,
        vector: Vectors,
        query: Query,
        coverage: Coverage,
        hits: Sequence[Hit],
    ) -> tuple[SentenceHit, ...]:
        rest = without(tuple(generation.terms(name)) for name in query.namesakes)

        def said_in(text: str) -> frozenset[str]:
            return coverage.said(rest(generation.terms(text)))

        record = generation.record
        vectors = self._library.vectors.of_sentences(
            [hit.stored.id for hit in hits], record.fingerprint, record.dimension
        )
        scored: list[SentenceHit] = []
        for hit, rows in zip(hits, vectors, strict=True):
            spans, text = hit.stored.passage.sentences, hit.stored.document.text
            said = [said_in(text[span.start : span.end]) for span in spans]
            above = said_in("\n".join((hit.stored.document.title, *hit.stored.passage.headings)))
            passage = coverage.share(above.union(*said))
            cosines = np.clip(rows @ vector, -1, 1).tolist()
            for place, (span, cosine) in enumerate(zip(spans, cosines, strict=True)):
                scored.append(
                    SentenceHit(
                        hit,
                        span,
                        dense=cosine,
                        coverage=coverage.share(above | said[place]),
                        own=coverage.share(said[place]),
                        near=coverage.share(said[place].union(*said[max(0, place - 1) : place + 2])),
                        passage=passage,
                    )
                )
        return tuple(scored)


def _collections(counts: Sequence[tuple[str, str, int, str | None]]) -> Iterator[Collection]:
    for name, rows in groupby(sorted(counts, key=lambda row: row[1]), key=lambda row: row[1]):
        held = list(rows)
        dates = [newest for *_, newest in held if newest is not None]
        yield Collection(name, sum(row[2] for row in held), max(dates, default=None))


def _mismatch(built_with: str, named: str) -> str:
    if built_with == named:
        return (
            f"The index was built by an earlier version of Legation, or with another version or precision of the "
            f"model {named}; run legation sync to encode the documents again."
        )
    return (
        f"The index was built with the model {built_with}, and the settings name {named}; set the model back, or run "
        "legation sync to encode the documents again."
    )


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
