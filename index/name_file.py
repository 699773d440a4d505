"""The file of a name index.

A line ``legation names 2``, a line of JSON with the lengths in bytes of what follows, UTF-8 JSON with the strings and
small numbers, then arrays of little-endian 32-bit integers: ``starts``, where the rows of each sound begin in
``postings``, and the end; ``postings``, row numbers, in order for each sound; ``facts``, for each row a place in the
list of births and countries.
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from index.name_forms import Kind

Numbers = npt.NDArray[np.int64]

MAGIC = b"legation names 2\n"
_ARRAYS = 3


class Strings(TypedDict):
    """What the file holds as JSON. Lists have one item a row, but ``facts``, pairs of births and countries.

    ``sounds`` are all sounds of words, sorted, ``joined`` the names without spaces; both are separated by spaces.
    """

    texts: list[str]
    entries: list[int]
    kinds: list[Kind]
    weak: list[int]
    original_script: list[int]
    facts: list[tuple[Sequence[str], Sequence[str]]]
    sounds: str
    joined: str


def pack(strings: Strings, starts: Sequence[int], postings: Sequence[int], facts: Sequence[int]) -> bytes:
    """The file's bytes."""
    text = json.dumps(strings, separators=(",", ":")).encode()
    arrays = [np.array(numbers, "<i4").tobytes() for numbers in (starts, postings, facts)]
    lengths = json.dumps([len(text), *map(len, arrays)]).encode()
    return b"".join((MAGIC, lengths, b"\n", text, *arrays))


def unpack(content: bytes) -> tuple[Strings, Numbers, Numbers, Numbers]:
    """What ``pack`` was given. Raises ValueError if ``content`` is not what it returned, or is cut short."""
    if not content.startswith(MAGIC):
        raise ValueError("no name index of this version")
    end = content.index(b"\n", len(MAGIC))
    lengths = json.loads(content[len(MAGIC) : end])
    bounds = np.cumsum([end + 1, *lengths]).tolist()
    if len(lengths) != 1 + _ARRAYS or bounds[-1] != len(content):
        raise ValueError("the lengths do not fit")
    text, *arrays = (content[start:stop] for start, stop in pairwise(bounds))
    strings: Strings = json.loads(text)
    starts, postings, facts = (np.frombuffer(array, "<i4").astype(np.int64) for array in arrays)
    return strings, starts, postings, facts
