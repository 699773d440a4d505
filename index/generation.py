"""A generation: what is found by vectors and by words, as files that are never changed.

What is loaded is compared with the recorded dimension and count, and every file with its SHA-256
(``index.generation_files``). A generation holds nothing that the library does not: a damaged one is built again.
``index.local_store`` writes it.
"""

import json
import os
import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.concept import Concept
from index.errors import GenerationError, UsageError
from index.generation_files import (
    COLLECTIONS,
    DAMAGED,
    FORMAT_FILE,
    LISTS,
    NAMES,
    ROW,
    ROWS,
    VOCABULARY,
    is_of_todays_format,
    not_opened,
    verified,
)  # fmt: skip
from index.lexical import NO_DATE, LexicalIndex
from index.library_rows import GenerationRecord
from index.nearest import EXACT_UP_TO
from index.onnx_model import file_digest
from index.passage_index import Candidate, Search
from index.types import Filter, Vectors, Vocabulary
from index.vector_files import open_vectors
from index.vocabulary import IndexedVocabulary, merge
from index.worker_threads import WorkerThreads

_MOST_MERGED = 16
"""Choices of collections whose words are kept together in memory."""

_ISO_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class Generation:
    """Opens and verifies the files of ``record`` under ``root``. Safe to share between threads; see
    ``index.passage_index.PassageIndex`` for the methods. Up to ``exact_up_to`` passages, every cosine is computed.

    ``lists`` and ``names`` are what a register is made from. Raises GenerationError if a file is missing, damaged or
    not the one recorded.
    """

    def __init__(self, root: Path, record: GenerationRecord, exact_up_to: int = EXACT_UP_TO) -> None:
        self.record = record
        folder = root / record.name
        try:
            for name, digest in record.files.items():
                if name.startswith(("lexical/", "words/")) and file_digest(folder / name) != digest:
                    raise GenerationError(DAMAGED)
            rows = np.frombuffer(verified(folder, record, ROWS), dtype=ROW)
            self._collections: list[str] = json.loads(verified(folder, record, COLLECTIONS))
            self._vectors = open_vectors(folder, record, rows["collection"], exact_up_to)
            self._lexical = LexicalIndex(folder / "lexical")
            later = {VOCABULARY, LISTS, NAMES} <= record.files.keys()
            words, lists, names = (
                verified(folder, record, name) if later else b"" for name in (VOCABULARY, LISTS, NAMES)
            )
            if FORMAT_FILE in record.files:
                verified(folder, record, FORMAT_FILE)
            # By collections, as a word that is written in one alone is told to nobody who may not read it.
            self._words_of = {
                name: verified(folder, record, f"words/{number}.txt")
                for number, name in enumerate(self._collections)
                if f"words/{number}.txt" in record.files
            }
        except (OSError, RuntimeError, ValueError) as error:
            raise not_opened(error) from error
        if self._vectors.count != record.count or len(rows) != record.count:
            raise GenerationError(DAMAGED)
        self._rows = rows
        self._ids: npt.NDArray[np.int64] = np.ascontiguousarray(rows["id"])
        self._words = words
        self._merged: dict[tuple[str, ...], bytes] = {}
        self.lists, self.names = lists, names
        self._threads = WorkerThreads(len(os.sched_getaffinity(0)), "words")

    @property
    def lexical(self) -> LexicalIndex:
        return self._lexical

    @property
    def is_of_todays_format(self) -> bool:
        return is_of_todays_format(self.record)

    def terms(self, text: str) -> list[str]:
        return self._lexical.terms(text)

    def rarity(self, term: str, collections: tuple[str, ...] = ()) -> float:
        return self._lexical.rarity(term, collections)

    @property
    def placed(self) -> dict[int, str]:
        """The collections of the passages, by their ids."""
        numbers = self._rows["collection"].tolist()
        return {each: self._collections[number] for each, number in zip(self._ids.tolist(), numbers, strict=True)}

    def vocabulary(self, collections: tuple[str, ...] = ()) -> Vocabulary:
        """The words of all documents, or of these ``collections`` alone: whoever may not read the others is told
        no word of theirs.
        """
        words = self._words
        if collections and self._words_of:  # an earlier version kept the words of all of them together
            named = tuple(name for name in self._words_of if name in collections)
            words = self._merged.get(named) or merge(self._words_of[name] for name in named)
            self._merged = dict([*list(self._merged.items())[-_MOST_MERGED:], (named, words)])
        return IndexedVocabulary(words, partial(self._lexical.passages, collections=collections))

    def search(self, vector: Vectors, wanted: Sequence[Concept], limit: int, limits: Filter) -> list[Candidate]:
        return self.begin_search(wanted, limit, limits)(vector)

    def begin_search(self, wanted: Sequence[Concept], limit: int, limits: Filter) -> Search:
        if limits.since is not None and limits.until is not None and limits.since > limits.until:
            return lambda vector: []  # a year would pass both limits, though no day of it lies between them
        by_words = self._threads.pool.submit(self._lexical.search, wanted, limit, limits)

        def finish(vector: Vectors) -> list[Candidate]:
            near, cosines = self._nearest(vector, limit, limits)
            return self._united(near, cosines, dict(by_words.result()), vector)

        return finish

    def _united(
        self,
        near: npt.NDArray[np.int64],
        cosines: npt.NDArray[np.float32],
        lexical: dict[int, float],
        vector: Vectors,
    ) -> list[Candidate]:
        """What is near and what is found by words, by id."""
        by_words = np.searchsorted(self._ids, np.array(sorted(lexical), dtype=np.int64))
        others = np.setdiff1d(by_words, near)
        positions = np.concatenate((near, others))
        cosines = np.concatenate((cosines, self._vectors.cosines(vector, others)))
        return [
            Candidate(passage_id, cosine, lexical.get(passage_id, 0.0))
            for passage_id, cosine in sorted(zip(self._ids[positions].tolist(), cosines.tolist(), strict=True))
        ]

    def _nearest(
        self, vector: Vectors, limit: int, limits: Filter
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        allowed = self._allowed(limits) if limits.limits else None
        if self.record.count == 0 or limit < 1 or (allowed is not None and not allowed.any()):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        return self._vectors.nearest(vector, limit, allowed)

    def _allowed(self, limits: Filter) -> npt.NDArray[np.bool_]:
        allowed = np.ones(len(self._rows), dtype=np.bool_)
        if limits.collections:
            wanted = [number for number, name in enumerate(self._collections) if name in limits.collections]
            allowed &= np.isin(self._rows["collection"], wanted)
        if limits.since is not None:
            allowed &= self._rows["last"] >= limits.since.toordinal()
        if limits.until is not None:
            allowed &= self._rows["first"] <= limits.until.toordinal()
        return allowed


def days(published: str | None) -> tuple[int, int]:
    """First and last day, as proleptic Gregorian ordinals, of an ISO 8601 date of any precision.

    What is not such a date counts as no date.
    """
    if published is None:
        return NO_DATE
    found = _ISO_DATE.fullmatch(published)
    if found is None:
        return NO_DATE
    year, month, day = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        last = first if month else first.replace(month=12)
        return first.toordinal(), last.replace(day=int(day or monthrange(last.year, last.month)[1])).toordinal()
    except ValueError:
        return NO_DATE


def parse_day(text: str, *, last: bool) -> date:
    """The first (or ``last``) day of a date as people type it: YYYY, YYYY-MM or YYYY-MM-DD.

    Raises UsageError.
    """
    found = days(text.strip())
    if found == NO_DATE:
        raise UsageError(f"{text} is not a date as in 2017, 2017-05 or 2017-05-31.")
    return date.fromordinal(found[last])
