"""Codes of vectors, of two bits a dimension, and the vectors that seem nearest by them.

RaBitQ: Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate
Nearest Neighbor Search", 2024; with more bits than one: Gao et al., "Practical and Asymptotically Optimal Quantization
of High-Dimensional Vectors in Euclidean Space for Approximate Nearest Neighbor Search", 2024. All first bits of the
cells looked into are compared, the second bit of those alone that may be among the nearest by the error's bound (which
holds nearly always: docs/decisions.md). Codes are of the vectors themselves, not of their distance from the centroid of
their cell: a code depends on nothing but its vector.
"""

from itertools import pairwise

import faiss
import numpy as np
import numpy.typing as npt

from index.cells import Cells
from index.types import Vectors

_CODE_BITS, _QUERY_BITS = 2, 4
_MOST_EQUAL = 2**14
"""Of more that seem equally near, any are weighed: those that FAISS comes to first."""

Positions = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]


def codes_of(vectors: Vectors) -> bytes:
    """Two bits a dimension and some numbers for each of the vectors, shape (n, dimension)."""
    return bytes(_coder(vectors.shape[1]).sa_encode(vectors).tobytes())


def code_size(dimension: int) -> int:
    """Bytes of a vector's code."""
    return int(_coder(dimension).sa_code_size())


class CodesInCells:
    """``codes``, shape (n, bytes), of the vectors that ``cells`` tells the cells of, in their order."""

    def __init__(self, codes: Codes, cells: Cells, dimension: int) -> None:
        # FAISS takes codes as of the distance from their cell's place. With all cells at the origin, ours fit.
        self._origin = faiss.IndexFlatIP(dimension)
        self._origin.add(np.zeros((cells.count, dimension), dtype=np.float32))
        metric = faiss.METRIC_INNER_PRODUCT
        self._index = faiss.IndexIVFRaBitQ(self._origin, dimension, cells.count, metric, True, _CODE_BITS)
        self._index.is_trained = True
        held: faiss.InvertedLists = self._index.invlists  # type: ignore[assignment]
        order = np.argsort(cells.numbers, kind="stable")
        cuts = np.searchsorted(cells.numbers[order], np.arange(cells.count + 1))
        for number, (start, end) in enumerate(pairwise(cuts.tolist())):
            positions = order[start:end]
            content = codes[positions]
            held.add_entries(number, len(positions), faiss.swig_ptr(positions), faiss.swig_ptr(content))
        self._index.ntotal = len(codes)

    def search(
        self, vector: Vectors, limit: int, allowed: npt.NDArray[np.bool_] | None, cells: Positions
    ) -> tuple[npt.NDArray[np.float32], Positions]:
        """Estimates of the inner product, and positions, of at least the ``limit`` in these ``cells`` that seem nearest
        of those ``allowed`` (None: of all), and all that seem as near as the last of these.
        """
        parameters = faiss.IVFRaBitQSearchParameters()
        parameters.qb, parameters.nprobe = _QUERY_BITS, len(cells)
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
            parameters.sel = selector
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        within = np.ascontiguousarray(cells, dtype=np.int64)
        nearness = np.zeros(len(within), dtype=np.float32)  # of the origin, where all cells lie
        faiss.omp_set_num_threads(1)  # of this thread alone: there is one question
        size, most = limit + 1, max(limit, _MOST_EQUAL)
        while True:
            size = min(size, most, self._index.ntotal)
            estimates, found = np.empty(size, dtype=np.float32), np.empty(size, dtype=np.int64)
            # Not ``search_preassigned``, which takes no parameters in Python.
            self._index.search_preassigned_c(  # type: ignore[attr-defined]
                1, faiss.swig_ptr(query), size, faiss.swig_ptr(within), faiss.swig_ptr(nearness),
                faiss.swig_ptr(estimates), faiss.swig_ptr(found), False, parameters, faiss.IndexIVFStats(),
            )  # fmt: skip
            there = found >= 0  # -1 where fewer are in the cells or pass the filter
            estimates, found = estimates[there], found[there]
            if len(found) < size or size in (most, self._index.ntotal) or estimates[-1] < estimates[limit - 1]:
                return estimates, found
            size *= 4


def _coder(dimension: int) -> faiss.IndexRaBitQ:
    index = faiss.IndexRaBitQ(dimension, faiss.METRIC_INNER_PRODUCT, _CODE_BITS)
    index.train(np.zeros((1, dimension), dtype=np.float32))  # the centre is the origin
    return index
