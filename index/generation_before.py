"""What a new generation has in common with the one before it, as far as that can be used."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import GenerationError
from index.generation_files import COLLECTIONS, ROW, ROWS, has_todays_files, verified
from index.library_rows import GenerationRecord
from index.passage_index import Places
from index.pieces import Former


@dataclass(frozen=True, slots=True)
class Before:
    """The generation before."""

    files: Former
    fingerprint: str
    places: Places


@dataclass(frozen=True, slots=True)
class Part:
    """The passages of one collection: where they stand in the new generation, and all that their part depends on.

    ``before`` is the number of the collection in the generation before, None if it was not there or has lost a passage.
    ``new`` tells which passages are; all of them, if there is no ``before``.
    """

    number: int
    collection: str
    where: npt.NDArray[np.int64]
    rows: npt.NDArray[np.void]
    before: int | None
    new: npt.NDArray[np.bool_]


def read_before(root: Path, record: GenerationRecord | None) -> Before | None:
    """The generation ``record`` under ``root``; None if there is none, or it is damaged or of an earlier format."""
    if record is None or not has_todays_files(record):
        return None
    folder = root / record.name
    try:
        rows = np.frombuffer(verified(folder, record, ROWS), dtype=ROW)
        collections = tuple(json.loads(verified(folder, record, COLLECTIONS)))
    except GenerationError:
        return None
    places = Places(rows["id"].astype(np.int64), collections, rows["collection"], rows["first"], rows["last"])
    return Before(Former(folder, record.files), record.fingerprint, places)


def parts(places: Places, before: Before | None) -> Iterator[Part]:
    """Those of all collections."""
    for number, collection in enumerate(places.collections):
        where, rows = _of(places, number)
        held_by, new = None, np.ones(len(rows), dtype=np.bool_)
        if before is not None and collection in before.places.collections:
            there = before.places.collections.index(collection)
            _, held = _of(before.places, there)
            not_held = np.isin(rows["id"], held["id"], invert=True)
            if np.array_equal(rows[~not_held], held):
                held_by, new = there, not_held
        yield Part(number, collection, where, rows, held_by, new)


def _of(places: Places, number: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.void]]:
    where = np.flatnonzero(places.collection == number)
    rows = np.zeros(len(where), dtype=[("id", "<i8"), ("first", "<i4"), ("last", "<i4")])
    rows["id"], rows["first"], rows["last"] = places.ids[where], places.first[where], places.last[where]
    return where, rows
