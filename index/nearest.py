"""The vectors of a generation: the nearest of a question, and exact cosines.

Up to ``EXACT_UP_TO`` passages all vectors are in memory and every cosine is computed. Above, what is in memory are
codes of one bit a dimension (RaBitQ: Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical
Error Bound for Approximate Nearest Neighbor Search", 2024), and the exact cosines of the ``RESCORED`` that seem
nearest are computed from the file. The codes are of the vectors themselves, not of their distance from a centre that
other passages have a part in: what else is in the index, or may not be read, moves no estimate.
benchmarks/vector_search.py compares with other ways.

Vectors lie in chunks of passage ids: a chunk in which nothing changed is taken over by the next generation as it is.
"""

import os
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.types import Vectors

CHUNK_IDS = 2**14
"""Passage ids that share a chunk, whether or not each of them is there."""

EXACT_UP_TO = 2**16
RESCORED = 2000
_QUERY_BITS = 4
_DECIMALS = 6
"""Of cosines: passages that differ by less are equally near."""
_SHARDS = 2
"""Searched at the same time. More than a machine has cores cost nothing but a little time."""

Positions = npt.NDArray[np.int64]


def chunks(ids: npt.NDArray[np.int64]) -> list[tuple[int, slice]]:
    """The number of each chunk that holds any of the ascending ``ids``, and where these are."""
    numbers, starts = np.unique(ids // CHUNK_IDS, return_index=True)
    cuts = [*starts.tolist(), len(ids)]
    return [(number, slice(*cut)) for number, cut in zip(numbers.tolist(), pairwise(cuts), strict=True)]


def codes_of(vectors: Vectors) -> bytes:
    """One bit a dimension and two numbers for each vector, shape (n, dimension)."""
    if not len(vectors):
        return b""
    return bytes(_coder(vectors.shape[1]).sa_encode(vectors).tobytes())


class ExactVectors:
    """All of them in memory. ``content`` is of float32, little-endian, in the order of the positions."""

    def __init__(self, content: Sequence[bytes], dimension: int) -> None:
        self._index = faiss.IndexFlatIP(dimension)
        for each in content:
            self._index.add(np.frombuffer(each, dtype="<f4").reshape(-1, dimension))

    @property
    def count(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None) -> Positions:
        """The positions of the ``limit`` nearest of those ``allowed`` (None: of all); of equals, the first."""
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
                return _first(positions, near, limit)
            size *= 4

    def cosines(self, vector: Vectors, positions: Positions) -> npt.NDArray[np.float32]:
        """Exact, in [-1, 1]; shape (len(positions),)."""
        vectors: Vectors = self._index.reconstruct_batch(positions)
        cosines: npt.NDArray[np.float32] = np.clip(vectors @ vector, -1.0, 1.0)
        return cosines


class CompressedVectors:
    """Codes in memory, vectors in files that stay open, one a chunk. As ``ExactVectors``, but ``nearest`` may miss one
    in hundreds. Raises OSError if a file cannot be opened.
    """

    def __init__(self, codes: Sequence[bytes], files: Sequence[Path], dimension: int) -> None:
        self._dimension, self._row = dimension, dimension * 4
        coder = _coder(dimension)
        tables = [np.frombuffer(each, dtype=np.uint8).reshape(-1, coder.sa_code_size()) for each in codes]
        self._starts = np.cumsum([0, *map(len, tables)])
        joined = np.concatenate(tables)
        self._cuts = [len(joined) * number // _SHARDS for number in range(_SHARDS + 1)]
        self._shards = [_searcher(joined[start:end], dimension) for start, end in _pairs(self._cuts)]
        # Read at a place, not mapped: the memory is the system's to keep or drop, and a file cut short ends no process.
        self._files: list[int] = []
        weakref.finalize(self, _close, self._files)
        for file in files:
            self._files.append(os.open(file, os.O_RDONLY))
        self._threads = ThreadPoolExecutor(_SHARDS - 1, thread_name_prefix="vectors")

    @property
    def count(self) -> int:
        return int(self._starts[-1])

    def nearest(self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None) -> Positions:
        positions = self._seeming(vector, max(limit, RESCORED), allowed)
        return _first(positions, np.round(self.cosines(vector, positions), _DECIMALS), limit)

    def cosines(self, vector: Vectors, positions: Positions) -> npt.NDArray[np.float32]:
        numbers = np.searchsorted(self._starts, positions, side="right") - 1
        places = (positions - self._starts[numbers]) * self._row
        content = b"".join([
            os.pread(self._files[number], self._row, place)
            for number, place in zip(numbers.tolist(), places.tolist(), strict=True)
        ])  # fmt: skip
        return np.clip(np.frombuffer(content, dtype="<f4").reshape(-1, self._dimension) @ vector, -1.0, 1.0)

    def _seeming(self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None) -> Positions:
        """The positions that seem nearest, ascending."""
        if allowed is not None:
            few = np.flatnonzero(allowed)
            if len(few) <= limit:
                return few
        ways = list(zip(self._shards, _pairs(self._cuts), strict=True))

        def search(number: int) -> tuple[npt.NDArray[np.float32], Positions]:
            shard, (start, end) = ways[number]
            within = None if allowed is None else allowed[start:end]
            estimates, found = _search_codes(shard, vector, limit, within)
            return estimates, found + start

        others = [self._threads.submit(search, number) for number in range(1, len(ways))]
        results = [search(0), *(other.result() for other in others)]
        estimates, found = (np.concatenate(parts) for parts in zip(*results, strict=True))
        return np.sort(_first(found, estimates, limit))


def _search_codes(
    shard: faiss.IndexRaBitQ, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None
) -> tuple[npt.NDArray[np.float32], Positions]:
    parameters = faiss.RaBitQSearchParameters()
    parameters.qb = _QUERY_BITS
    if allowed is not None:
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        parameters.sel = selector
    estimates, found = shard.search(_query(vector), min(limit, shard.ntotal), params=parameters)
    there = found[0] >= 0
    return estimates[0][there], found[0][there]


def _searcher(codes: npt.NDArray[np.uint8], dimension: int) -> faiss.IndexRaBitQ:
    index = _coder(dimension)
    index.add_sa_codes(np.ascontiguousarray(codes))
    return index


def _coder(dimension: int) -> faiss.IndexRaBitQ:
    index = faiss.IndexRaBitQ(dimension, faiss.METRIC_INNER_PRODUCT)
    index.train(np.zeros((1, dimension), dtype=np.float32))  # the centre is the origin
    return index


def _first(positions: Positions, near: npt.NDArray[np.float32], limit: int) -> Positions:
    """Those with the highest values, and of equals the first."""
    ordered: Positions = positions[np.lexsort((positions, -near))]
    return ordered[:limit]


def _query(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)


def _pairs(cuts: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(cuts))


def _close(files: list[int]) -> None:
    for file in files:
        os.close(file)
