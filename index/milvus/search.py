"""One generation in Milvus, open: the nearest by cosine and the best by words."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from index.concept import Concept
from index.errors import GenerationError
from index.lexical import stemmer
from index.library_rows import GenerationRecord
from index.milvus import terms
from index.milvus.bm25 import WordQuery, most_underrated, rarity, term_number, word_query
from index.milvus.engine import Engine, Row
from index.milvus.files import Files
from index.milvus.manifest import Manifest, block_filter
from index.milvus.schema import holding
from index.passage_index import Candidate, Search
from index.types import Filter, Vectors, Vocabulary
from index.vocabulary import IndexedVocabulary

LISTS, NAMES = "lists.json", "names.bin"

_SETTLED_SECONDS = 10.0
"""After that, whatever answers for the engine has all of the generation, which was whole when it was opened. (Milvus
lets an answer be 5 seconds late unless it is told otherwise.)
"""

_MORE = 32
"""Rows beyond those asked for, by which the last of them are told to be the best."""

_MOST = 2_048
"""Rows looked at in a search, at most."""

_MOST_TERMS = 50_000
"""Terms whose counts are remembered."""

_MOST_UNITED = 16
"""Choices of collections whose words are kept together in memory."""

_DECIMALS = 4
"""Of scores by words. What is equally good is told apart by id, not by rounding."""


def united(words: Iterable[bytes]) -> bytes:
    """Lists of words, sorted and one a line, as one."""
    contents = list(words)
    if len(contents) == 1:
        return contents[0]
    listed: set[str] = set().union(*(content.decode().split() for content in contents))
    return "".join(f"{word}\n" for word in sorted(listed)).encode()


def words_name(number: int) -> str:
    """The file of the words of a collection."""
    return f"words-{number}.txt"


class MilvusIndex:
    """A ``PassageIndex``. It answers exactly what its generation holds, until that is removed: then every method that
    asks the engine raises GenerationError. All of them raise StorageError if it does not answer.
    """

    def __init__(self, engine: Engine, files: Files, record: GenerationRecord, manifest: Manifest) -> None:
        self.record = record
        self._engine, self._files, self._manifest = engine, files, manifest
        self.lists, self.names = (files.get(manifest.files[name]) for name in (LISTS, NAMES))
        self._words = [files.get(manifest.files[words_name(each)]) for each in range(len(manifest.collections))]
        self._united: dict[tuple[int, ...], bytes] = {}
        self._terms = stemmer()
        self._counts: dict[int, dict[int, int]] = {}
        self._counting = threading.Lock()
        self._settled = time.monotonic() + _SETTLED_SECONDS

    @property
    def is_of_todays_format(self) -> bool:
        return True

    @property
    def placed(self) -> dict[int, str]:
        names = [each.name for each in self._manifest.collections]
        placed: dict[int, str] = {}
        for block in sorted(self._manifest.blocks):
            where = f"{block_filter(block)} and {holding(self._manifest.generation)}"
            rows = self._engine.rows(self._manifest.passages, where, ("passage", "collection"), fresh=self._fresh)
            placed |= {row["passage"]: names[row["collection"]] for row in rows}
        self._check()
        return placed

    def terms(self, text: str) -> list[str]:
        return self._terms(text)

    def rarity(self, term: str, collections: tuple[str, ...] = ()) -> float:
        numbers = self._numbers(collections)
        return rarity(self._size(numbers), self._frequency(term, numbers))

    def vocabulary(self, collections: tuple[str, ...] = ()) -> Vocabulary:
        """The words that these collections write; of one that only passages taken away wrote, there is none unless
        others say it in another inflection.
        """
        numbers = tuple(self._numbers(collections))
        content = self._united.get(numbers)
        if content is None:
            content = united(self._words[number] for number in numbers)
            self._united = dict([*list(self._united.items())[-_MOST_UNITED:], (numbers, content)])
        return IndexedVocabulary(content, partial(self._passages, numbers=numbers))

    def search(self, vector: Vectors, wanted: Sequence[Concept], limit: int, limits: Filter) -> list[Candidate]:
        if limits.since is not None and limits.until is not None and limits.since > limits.until:
            return []  # a year would pass both limits, though no day of it lies between them
        numbers = self._numbers(limits.collections)
        if limit < 1 or not any(self._manifest.collections[number].passages for number in numbers):
            return []
        where = self._where(numbers, limits)
        lexical = dict(self._best_by_words(wanted, where, limit, numbers))
        nearest = self._nearest(vector, where, limit)
        others = sorted(lexical.keys() - nearest.keys())
        vectors = nearest | self._vectors(others, where)
        self._check()
        if not vectors:
            return []
        found = sorted(vectors)
        cosines = np.clip(np.array([vectors[each] for each in found], dtype=np.float32) @ vector, -1.0, 1.0)
        return [
            Candidate(passage_id, cosine, lexical.get(passage_id, 0.0))
            for passage_id, cosine in zip(found, cosines.tolist(), strict=True)
        ]

    def begin_search(self, wanted: Sequence[Concept], limit: int, limits: Filter) -> Search:
        return lambda vector: self.search(vector, wanted, limit, limits)

    def _nearest(self, vector: Vectors, where: str, limit: int) -> dict[int, list[float]]:
        """The vectors of the nearest, by their passages."""
        asked = np.asarray(vector, dtype=np.float32).tolist()
        size = limit + _MORE
        while True:
            # "ef" is of HNSW alone; a flat index does not look at it.
            hits = self._engine.nearest(
                self._manifest.passages, "vector", asked, where, size, ("passage", "vector"),
                fresh=self._fresh, parameters={"ef": max(2 * size, 256)},
            )  # fmt: skip
            ranked = sorted(hits, key=lambda hit: (-round(hit[0], 6), hit[1]["passage"]))
            whole = len(hits) < size or size >= _MOST
            if whole or round(hits[-1][0], 6) < round(ranked[limit - 1][0], 6):
                return {row["passage"]: row["vector"] for _, row in ranked[:limit]}
            size = min(4 * size, _MOST)

    def _best_by_words(
        self, wanted: Sequence[Concept], where: str, limit: int, numbers: Sequence[int]
    ) -> list[tuple[int, float]]:
        """At most ``limit`` (passage id, BM25 score), best first. What the engine finds is weighed again, and more is
        looked for until nothing that was not looked at can be better.
        """
        query = self._word_query(wanted, numbers)
        asked = query.vector()
        if not asked:
            return []
        searched = [(number, self._manifest.collections[number]) for number in numbers]
        lengths = {number: (each.reference, each.terms / each.passages) for number, each in searched if each.passages}
        underrated = most_underrated(lengths.values())
        size = limit + _MORE
        while True:
            hits = self._engine.nearest(
                self._manifest.passages, "words", asked, where, size, ("passage", "collection", "length", "words"),
                fresh=self._fresh, parameters={"drop_ratio_search": 0.0},
            )  # fmt: skip
            scored = sorted(
                ((row["passage"], self._score(query, row, lengths)) for _, row in hits),
                key=lambda pair: (-pair[1], pair[0]),
            )[:limit]
            if len(hits) < size or size >= _MOST:
                return scored
            if hits[-1][0] * underrated + 10**-_DECIMALS < scored[-1][1]:
                return scored
            size = min(4 * size, _MOST)

    def _score(self, query: WordQuery, row: Row, lengths: Mapping[int, tuple[float, float]]) -> float:
        words = {int(number): weight for number, weight in row["words"].items()}
        return round(query.score(words, row["length"], *lengths[row["collection"]]), _DECIMALS)

    def _word_query(self, wanted: Sequence[Concept], numbers: Sequence[int]) -> WordQuery:
        listed = {term for concept in wanted for way in concept.ways for term in way.terms}
        self._learn(term_number(term) for term in listed)
        size = self._size(numbers)

        def rarity_of(term: str) -> float:
            frequency = self._frequency(term, numbers)
            return rarity(size, frequency) if frequency else 0.0

        return word_query(wanted, rarity_of)

    def _vectors(self, passage_ids: Sequence[int], where: str) -> dict[int, list[float]]:
        if not passage_ids:
            return {}
        rows = self._engine.rows(
            self._manifest.passages, f"passage in {list(passage_ids)} and {where}", ("passage", "vector"),
            fresh=self._fresh,
        )  # fmt: skip
        return {row["passage"]: row["vector"] for row in rows}

    def _where(self, numbers: Sequence[int], limits: Filter) -> str:
        parts = [holding(self._manifest.generation)]
        if limits.collections:
            parts.append(f"collection in {list(numbers)}")
        if limits.since is not None:
            parts.append(f"last_day >= {limits.since.toordinal()}")
        if limits.until is not None:
            parts.append(f"first_day <= {limits.until.toordinal()}")
        return " and ".join(parts)

    def _numbers(self, collections: tuple[str, ...]) -> list[int]:
        """The numbers of these collections, of all if there are none; what has no passages has no number."""
        listed = enumerate(self._manifest.collections)
        return [number for number, each in listed if not collections or each.name in collections]

    def _size(self, numbers: Iterable[int]) -> int:
        return sum(self._manifest.collections[number].passages for number in numbers)

    def _passages(self, word: str, numbers: Sequence[int]) -> int:
        """How many passages hold the word. Of one that is several terms, at most as many as hold the rarest."""
        return min((self._frequency(term, numbers) for term in self._terms(word)), default=self._size(numbers))

    def _frequency(self, term: str, numbers: Iterable[int]) -> int:
        number = term_number(term)
        held = self._learn([number])[number]
        return sum(held.get(each, 0) for each in numbers)

    def _learn(self, numbers: Iterable[int]) -> dict[int, dict[int, int]]:
        """The counts of terms, asked for if they are not remembered."""
        listed = set(numbers)
        with self._counting:
            known = {number: self._counts[number] for number in listed if number in self._counts}
        if missing := listed - known.keys():
            new = terms.counts(
                self._engine, self._manifest.terms, self._manifest.generation, missing, fresh=self._fresh
            )
            self._check()
            known |= new
            with self._counting:
                if len(self._counts) > _MOST_TERMS:
                    self._counts.clear()
                self._counts |= new
        return known

    def _check(self) -> None:
        """Raises GenerationError if the generation was removed: what was read may lack rows. Its name is taken away
        before its rows are.
        """
        if not self._files.has_name(self.record.name, fresh=self._fresh):
            raise GenerationError("The index that was asked has been replaced by a newer one; ask again.")

    @property
    def _fresh(self) -> bool:
        return time.monotonic() < self._settled
