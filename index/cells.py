"""Cells: a large collection's vectors by what they are near to, so that a question is compared with near ones alone.

Method: an inverted file over the centroids of k-means (Jégou, Douze and Schmid, "Product Quantization for Nearest
Neighbor Search", 2011, section 4). Each large collection has cells of its own, made from its own vectors: what else
is in the index, or may not be read, moves nothing. They are learned among as many of its first passages as the largest
power of two, and so stay as they are until the collection has doubled, or has lost a passage.
"""

from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from index.types import Vectors

CELLS_FROM = 2**16
"""A collection of fewer passages is compared as a whole."""

PASSAGES_A_CELL, MOST_CELLS = 2**8, 2**12
_LEARNED_FROM = 32
"""Vectors for each centroid. More, or more rounds, find no more."""

_ROUNDS = 6
_BATCH = 2**11
_UNPLACED = 2**14
"""Passages in a cell without a centroid: few enough that threads can share them."""

LOOKED_AT, LOOKED_AT_SHARE = 2**16, 0.15
"""So many passages of those in cells with centroids are compared at least, or such a share of them."""

HARDLY_FURTHER = 0.25
"""Cells whose centroid's cosine is below the nearest one's by no more are looked into, too: where nothing is near a
question, many cells are equally far.
"""

Numbers = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a generation. ``numbers``, shape (passages,), says in which each passage is. ``centroids``, shape
    (cells, dimension), says where each lies, unless ``known``, shape (cells,), is False for it.
    """

    numbers: npt.NDArray[np.int32]
    centroids: Vectors
    known: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.centroids)

    def held(self, allowed: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int64]:
        """How many passages are in each, of those ``allowed`` (None: of all); shape (cells,)."""
        return np.bincount(self.numbers if allowed is None else self.numbers[allowed], minlength=self.count)

    def near(self, vector: Vectors, held: npt.NDArray[np.int64], least: int) -> npt.NDArray[np.int64]:
        """The cells to look into: all whose place is not known, and of the others the nearest, until they hold enough
        of the passages that are ``held``, and ``least`` of them if there are so many.
        """
        unplaced = np.flatnonzero(~self.known & (held > 0))
        placed = np.flatnonzero(self.known & (held > 0))
        cosines = np.einsum("ij,j->i", self.centroids, vector)[placed]
        nearest = np.argsort(-cosines, kind="stable")
        covered = np.cumsum(held[placed[nearest]])
        enough = max(LOOKED_AT, least, LOOKED_AT_SHARE * int(held[placed].sum()))
        hardly_further = np.count_nonzero(cosines >= cosines.max(initial=-1.0) - HARDLY_FURTHER)
        looked_into = max(int(np.searchsorted(covered, enough)) + 1, hardly_further)
        return np.concatenate((unplaced, placed[nearest[:looked_into]]))


def number_of_cells(passages: int, cells_from: int = CELLS_FROM) -> int:
    """Of a collection of so many passages; 0 if it is compared as a whole. A power of two."""
    return min(_learned_among(passages) // PASSAGES_A_CELL, MOST_CELLS) if passages >= cells_from else 0


def learned_from(passages: int, cells_from: int = CELLS_FROM) -> npt.NDArray[np.int64]:
    """The places of the vectors, among those of the collection in the order of their ids, from which its centroids are
    learned; ascending.
    """
    among = _learned_among(passages)
    wanted = min(among, _LEARNED_FROM * number_of_cells(passages, cells_from))
    # At random: places at one distance from each other would meet whatever comes back at that distance.
    return np.sort(np.random.default_rng(among).choice(among, wanted, replace=False))


def learned_alike(passages: int, before: int) -> bool:
    """Whether a collection that has grown from ``before`` passages, and lost none, still has the same centroids."""
    return _learned_among(passages) == _learned_among(before)


def learn_centroids(vectors: Vectors, cells: int) -> Vectors:
    """The centroids, shape (cells, dimension), of vectors of length one. The same vectors give the same ones."""
    means = faiss.Kmeans(
        vectors.shape[1], cells, niter=_ROUNDS, spherical=True, seed=1, min_points_per_centroid=1,
        max_points_per_centroid=len(vectors),
    )  # fmt: skip
    means.train(vectors)
    return np.ascontiguousarray(means.centroids, dtype="<f4")


def cells_of(vectors: Vectors, centroids: Vectors) -> Numbers:
    """The number of the nearest centroid for each of the vectors, of equally near ones the first."""
    numbers = np.zeros(len(vectors), dtype="<u2")
    for start in range(0, len(vectors), _BATCH):
        numbers[start : start + _BATCH] = np.argmax(vectors[start : start + _BATCH] @ centroids.T, axis=1)
    return numbers


def unplaced(passages: int) -> Numbers:
    """The cells of a collection that is compared as a whole."""
    return (np.arange(passages) // _UNPLACED).astype("<u2")


def _learned_among(passages: int) -> int:
    """So many of a collection's first passages have a part in its centroids."""
    return int(2 ** (passages.bit_length() - 1)) if passages else 0
