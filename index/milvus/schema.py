"""The tables of the engine: what they are called, and their columns."""

import hashlib
from dataclasses import dataclass
from typing import Literal

NEVER = 2**62
"""In the column ``ended`` of a row that still holds."""

NO_TERM = 0
"""Dimension of a passage without any term: a row must have some. No term has this number."""

VectorIndex = Literal["flat", "hnsw"]

_FORMAT = 1
_PASSAGE_BITS, _TERM_BITS = 40, 32


@dataclass(frozen=True, slots=True)
class Index:
    """How the engine finds rows by a column."""

    kind: str
    metric: str = ""
    parameters: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """``kind`` is the engine's name of a type; ``size`` the dimension of a vector, or the most bytes of a text."""

    name: str
    kind: str
    size: int = 0
    index: Index | None = None


_SCALAR = Index("INVERTED")
_DENSE = {
    "flat": Index("FLAT", "IP"),
    "hnsw": Index("HNSW", "IP", (("M", 32), ("efConstruction", 200))),
}
_VALIDITY = (Column("added", "INT64", index=_SCALAR), Column("ended", "INT64", index=_SCALAR))
# Milvus has no table without vectors.
_NOTHING = Column("nothing", "FLOAT_VECTOR", 2, Index("FLAT", "L2"))
NOTHING = [0.0, 0.0]


def passage_columns(dimension: int, vectors: VectorIndex) -> tuple[Column, ...]:
    """Of a passage in one generation or several: the first column is the key."""
    return (
        Column("row", "INT64"),
        Column("passage", "INT64", index=_SCALAR),
        Column("collection", "INT32", index=_SCALAR),
        Column("first_day", "INT32"),
        Column("last_day", "INT32"),
        Column("length", "INT32"),
        *_VALIDITY,
        Column("vector", "FLOAT_VECTOR", dimension, _DENSE[vectors]),
        Column("words", "SPARSE_FLOAT_VECTOR", index=Index("SPARSE_INVERTED_INDEX", "IP")),
    )


def term_columns() -> tuple[Column, ...]:
    """Of a term: in how many passages of each collection it stands."""
    return (
        Column("row", "INT64"),
        Column("term", "INT64", index=_SCALAR),
        Column("counts", "JSON"),
        *_VALIDITY,
        _NOTHING,
    )


def file_columns() -> tuple[Column, ...]:
    """Of a piece of a file, or of the name of a generation."""
    return (Column("key", "VARCHAR", 128), Column("content", "VARCHAR", 65_535), _NOTHING)


@dataclass(frozen=True, slots=True)
class Tables:
    """Names of the tables that hold rows of one model's vectors."""

    passages: str
    terms: str


def tables(prefix: str, fingerprint: str, dimension: int, vectors: VectorIndex) -> Tables:
    """The tables for vectors of this model: those of another are never compared with them."""
    told = f"{_FORMAT} {fingerprint} {dimension} {vectors}".encode()
    digest = hashlib.sha256(told).hexdigest()[:12]
    return Tables(f"{prefix}_passages_{digest}", f"{prefix}_terms_{digest}")


def files_table(prefix: str) -> str:
    return f"{prefix}_files"


def passage_row(generation: int, passage_id: int) -> int:
    """The key of a passage that is new in a generation: writing it twice leaves one row."""
    return generation << _PASSAGE_BITS | passage_id


def term_row(generation: int, term: int) -> int:
    """The key of a term whose counts are new in a generation."""
    return generation << _TERM_BITS | term


def holding(generation: int) -> str:
    """The filter for rows that a generation holds."""
    return f"added <= {generation} and ended > {generation}"
