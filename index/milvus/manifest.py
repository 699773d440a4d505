"""What a generation is besides its rows: counts to compare with, and what tells which rows a sync must look at."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.errors import GenerationError
from index.passage_index import Places

BLOCK_BITS = 13
"""A block is 2**13 passage ids: the engine gives all its rows in one answer."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, its passages, their terms in all, and how many a passage was taken to have on average when its
    weights were stored. Its place in the manifest is its number in the rows.
    """

    name: str
    passages: int
    terms: int
    reference: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """``passages`` and ``terms`` are the names of the tables; ``blocks`` maps numbers of blocks to digests of the
    places of their passages; ``files`` names of files to their SHA-256. ``count``
    and ``term_rows`` say how many rows of the tables the generation holds.
    """

    generation: int
    passages: str
    terms: str
    count: int
    term_rows: int
    collections: tuple[Collection, ...]
    blocks: dict[int, str]
    files: dict[str, str]

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()

    def number(self, collection: str) -> int | None:
        return next((number for number, each in enumerate(self.collections) if each.name == collection), None)


def decoded(content: bytes) -> Manifest:
    """Raises GenerationError if this is none."""
    try:
        values = json.loads(content)
        values["collections"] = tuple(Collection(**each) for each in values["collections"])
        values["blocks"] = {int(number): digest for number, digest in values["blocks"].items()}
        return Manifest(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise GenerationError("The index is of another version of Legation; run: legation sync") from error


def blocks(places: Places) -> Iterator[tuple[int, slice, str]]:
    """The blocks that hold passages: number, which of ``places`` are in it, digest."""
    ids = places.ids
    if len(ids) == 0:
        return
    table: npt.NDArray[np.int64] = np.empty((len(ids), 4), dtype="<i8")
    hashed = [int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little", signed=True)
              for name in places.collections]  # fmt: skip
    table[:, 0] = ids
    table[:, 1] = np.array(hashed, dtype=np.int64)[places.collection]
    table[:, 2], table[:, 3] = places.first, places.last
    numbers = ids >> BLOCK_BITS
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(ids)]
    for start, end in pairwise(starts):
        digest = hashlib.blake2b(table[start:end].tobytes(), digest_size=8).hexdigest()
        yield int(numbers[start]), slice(start, end), digest


def block_filter(number: int) -> str:
    """The filter for rows of a block."""
    return f"passage >= {number << BLOCK_BITS} and passage < {(number + 1) << BLOCK_BITS}"
