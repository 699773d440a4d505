"""The vectors of a generation: the nearest of a question, and exact cosines.

Up to ``EXACT_UP_TO`` passages all vectors are in memory and every cosine is computed. Above, memory holds codes of two
bits a dimension (``index.codes``). Those in the nearest cells (``index.cells``) are compared, and the best of them
weighed by exact cosines, from the file. What else is in the index, or may not be read, moves no estimate and no cell.
benchmarks/vector_search.py compares with other ways.

Vectors lie in chunks of passage ids: a chunk in which nothing changed is taken over by the next generation as it is.
"""

import os
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.cells import Cells
from index.codes import CodesInCells, Positions, code_size
from index.errors import GenerationError
from index.generation_files import DAMAGED
from index.types import Vectors
from index.worker_threads import WorkerThreads

CHUNK_IDS = 2**14
"""Passage ids that share a chunk, whether or not each of them is there."""

EXACT_UP_TO = 2**16
WEIGHED, WEIGHED_SHARE = 400, 4
"""So many at least are weighed by exact cosines, or so many times as many as are wanted."""

_DECIMALS = 6
"""Of cosines: passages that differ by less are equally near."""

_AT_ONCE = 2
"""Threads of a search. More than a machine has cores cost nothing but a little time."""

Near = tuple[Positions, npt.NDArray[np.float32]]


def chunks(ids: npt.NDArray[np.int64]) -> list[tuple[int, slice]]:
    """The number of each chunk that holds any of the ascending ``ids``, and where these are."""
    numbers, starts = np.unique(ids // CHUNK_IDS, return_index=True)
    cuts = [*starts.tolist(), len(ids)]
    return [(number, slice(*cut)) for number, cut in zip(numbers.tolist(), pairwise(cuts), strict=True)]


@dataclass(frozen=True, slots=True)
class Chunk:
    """``file`` holds the vectors, of float32, little-endian; ``codes`` are what ``codes_of`` made of them."""

    file: Path
    codes: bytes


class ExactVectors:
    """All of them in memory. ``content`` is of float32, little-endian, in the order of the positions."""

    def __init__(self, content: Iterable[bytes], dimension: int) -> None:
        self._index = faiss.IndexFlatIP(dimension)
        for each in content:
            self._index.add(np.frombuffer(each, dtype="<f4").reshape(-1, dimension))

    @property
    def count(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None) -> Near:
        """The positions of the ``limit`` nearest of those ``allowed`` (None: of all), of equals the first; and what
        ``cosines`` gives for them.
        """
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.flatnonzero(allowed)))  # type: ignore[call-arg]
        size = limit
        while True:
            size = min(size + 1, self.count)  # of equally near ones, FAISS keeps any
            cosines, found = self._index.search(_query(vector), size, params=parameters)
            near, positions = cosines[0][found[0] >= 0], found[0][found[0] >= 0]  # -1 where fewer pass the filter
            near = np.round(near, _DECIMALS)
            if len(positions) < size or size == self.count or near[-1] < near[limit - 1]:
                first = positions[_first(positions, near, limit)]
                return first, self.cosines(vector, first)
            size *= 4

    def cosines(self, vector: Vectors, positions: Positions) -> npt.NDArray[np.float32]:
        """Exact, in [-1, 1]; shape (len(positions),)."""
        return _cosines(self._index.reconstruct_batch(positions), vector)


class CompressedVectors:
    """Codes in memory, vectors in files that stay open. As ``ExactVectors``, but ``nearest`` may
    miss one in hundreds: it looks into the nearest of the ``cells``. Raises OSError if a file cannot be opened,
    ValueError if there are not as many vectors as ``cells`` says, and in a search GenerationError if a file was cut
    short or cannot be read.
    """

    def __init__(self, chunks: Iterable[Chunk], cells: Cells, dimension: int) -> None:
        self._dimension, self._row, self._cells = dimension, dimension * 4, cells
        codes = np.zeros((self.count, code_size(dimension)), dtype=np.uint8)
        starts = [0]
        # Read at a place, not mapped: the memory is the system's to keep or drop, and a file cut short ends no process.
        self._files: list[int] = []
        weakref.finalize(self, _close, self._files)
        for chunk in chunks:
            here = np.frombuffer(chunk.codes, dtype=np.uint8).reshape(-1, codes.shape[1])
            codes[starts[-1] : starts[-1] + len(here)] = here
            self._files.append(os.open(chunk.file, os.O_RDONLY))
            starts.append(starts[-1] + len(here))
        if starts[-1] != self.count:
            raise ValueError(f"{starts[-1]} vectors, not {self.count}")
        self._starts = np.array(starts)
        self._codes, self._held = CodesInCells(codes, cells, dimension), cells.held(None)
        self._threads = WorkerThreads(_AT_ONCE - 1, "vectors")

    @property
    def count(self) -> int:
        return len(self._cells.numbers)

    def nearest(self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None) -> Near:
        near = self._seeming(vector, max(WEIGHED_SHARE * limit, WEIGHED), allowed)
        cosines = self.cosines(vector, near)
        first = _first(near, np.round(cosines, _DECIMALS), limit)
        return near[first], cosines[first]

    def cosines(self, vector: Vectors, positions: Positions) -> npt.NDArray[np.float32]:
        numbers = np.searchsorted(self._starts, positions, side="right") - 1
        places = (positions - self._starts[numbers]) * self._row
        try:
            content = b"".join([
                os.pread(self._files[number], self._row, place)
                for number, place in zip(numbers.tolist(), places.tolist(), strict=True)
            ])  # fmt: skip
        except OSError as error:
            raise GenerationError(DAMAGED) from error
        if len(content) != len(positions) * self._row:
            raise GenerationError(DAMAGED)  # cut short since it was opened
        return _cosines(np.frombuffer(content, dtype="<f4").reshape(-1, self._dimension), vector)

    def _seeming(self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None) -> Positions:
        """The positions that seem nearest, ascending."""
        if allowed is not None:
            few = np.flatnonzero(allowed)
            if len(few) <= limit:
                return few
        held = self._held if allowed is None else self._cells.held(allowed)
        cells = self._cells.near(vector, held, limit)
        search = partial(self._codes.search, vector, limit, allowed)
        # Every second one: the nearest come first, and have most that is worth a second look.
        parts = [cells[start::_AT_ONCE] for start in range(min(_AT_ONCE, len(cells)))]
        others = [self._threads.pool.submit(search, part) for part in parts[1:]]
        results = [search(parts[0]), *(other.result() for other in others)]
        estimates, found = (np.concatenate(part) for part in zip(*results, strict=True))
        return _highest(found, estimates, limit)


def _first(positions: Positions, near: npt.NDArray[np.float32], limit: int) -> Positions:
    """Where those with the highest values stand, and of equals those with the first positions."""
    ordered: Positions = np.lexsort((positions, -near))
    return ordered[:limit]


def _cosines(vectors: Vectors, vector: Vectors) -> npt.NDArray[np.float32]:
    return np.clip(_products(vectors, vector), -1.0, 1.0)


def _products(vectors: Vectors, vector: Vectors) -> npt.NDArray[np.float32]:
    """Each the same whatever the others are. Not by BLAS, whose threads stay busy for a while when they are done."""
    products: npt.NDArray[np.float32] = np.einsum("ij,j->i", vectors, vector)
    return products


def _highest(positions: Positions, values: npt.NDArray[np.float32], limit: int) -> Positions:
    """As ``_first``, in ascending order of the positions."""
    if len(positions) <= limit:
        return np.sort(positions)
    last = np.partition(values, len(values) - limit)[len(values) - limit]
    above, equal = positions[values > last], np.sort(positions[values == last])
    return np.sort(np.concatenate((above, equal[: limit - len(above)])))


def _query(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)


def _close(files: list[int]) -> None:
    for file in files:
        os.close(file)
