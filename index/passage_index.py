"""What an index of passages is, wherever it is kept: one generation to search, and the store that keeps generations."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.concept import Concept
from index.library_rows import GenerationRecord
from index.types import Filter, Vectors, Vocabulary


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found: ``dense`` is its exact cosine, in [-1, 1]; ``lexical`` its BM25 score, 0 if
    no word of the question is in it or it was not among the best by words.
    """

    passage_id: int
    dense: float
    lexical: float


Search = Callable[[Vectors], list[Candidate]]
"""A search that has begun: goes on with the question's vector."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the passages of a generation belong, in ascending order of ``ids``, shape (n,) each.

    ``collection`` numbers ``collections``; ``first`` and ``last`` are proleptic Gregorian ordinals of the document's
    date (``index.lexical.NO_DATE`` if it has none).
    """

    ids: npt.NDArray[np.int64]
    collections: tuple[str, ...]
    collection: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    last: npt.NDArray[np.int32]


class Content(Protocol):
    """What of passages only the library knows. ``ids`` are ascending."""

    def texts(self, ids: Sequence[int]) -> Iterator[str]:
        """What each is found by in words: title, headings, the passage and those beside it."""

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Shape (len(ids), dimension), of length one each."""

    def digest(self, ids: Sequence[int]) -> bytes:
        """Tells of what the passages hold: a library that was put back to an earlier state gives their ids again."""


class PassageIndex(Protocol):
    """One generation, open. Safe to share between threads."""

    record: GenerationRecord
    lists: bytes
    names: bytes

    @property
    def placed(self) -> dict[int, str]:
        """The collections of the passages, by their ids."""

    @property
    def is_of_todays_format(self) -> bool:
        """One of an earlier format still answers, until a sync builds it again."""

    def terms(self, text: str) -> list[str]:
        """The words of a text as the index knows them."""

    def rarity(self, term: str, collections: tuple[str, ...] = ()) -> float:
        """BM25's inverse document frequency of a term in these ``collections`` (none: in all), at least 0."""

    def vocabulary(self, collections: tuple[str, ...] = ()) -> Vocabulary:
        """The words of all documents, or of these ``collections`` alone."""

    def search(self, vector: Vectors, wanted: Sequence[Concept], limit: int, limits: Filter) -> list[Candidate]:
        """The ``limit`` nearest by cosine and the ``limit`` best by BM25, together, in order of id."""

    def begin_search(self, wanted: Sequence[Concept], limit: int, limits: Filter) -> Search:
        """``search``, begun before the question's vector is known: what it needs none for is done meanwhile."""


class PassageStore(Protocol):
    """Where generations are kept."""

    def build(
        self,
        record: GenerationRecord,
        places: Places,
        content: Content,
        step: Callable[[str], None],
        lists: bytes,
        names: bytes,
        before: GenerationRecord | None,
    ) -> GenerationRecord:
        """Stores a generation, durably, and returns ``record`` completed. Nothing points to it yet. ``before`` is the
        generation that answers now, if there is one.
        """

    def open(self, record: GenerationRecord) -> PassageIndex:
        """Raises GenerationError if it is missing, damaged or not the one recorded, StorageError if it cannot be
        reached.
        """

    def remove_others(self, keep: Collection[str]) -> None:
        """Deletes generations, and what unfinished ones left, that are not named in ``keep``."""
