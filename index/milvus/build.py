"""Writes a generation: the rows that it has and the one before it had not, and an end to those that it has no longer.

Nothing that is written is seen by the generations before: new rows hold from the new one on, and rows that end are
held by the old ones as before. What a build that was cut short has left is taken back by the next one.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.errors import StorageError
from index.lexical import stemmer
from index.milvus import terms
from index.milvus.bm25 import MARGIN, weights
from index.milvus.engine import Engine, Row
from index.milvus.manifest import Collection, Manifest, block_filter, blocks
from index.milvus.schema import NEVER, NO_TERM, Tables, VectorIndex, holding, passage_columns, passage_row, term_columns
from index.passage_index import Content, Places
from index.vocabulary import WordCollector

_AT_ONCE = 500
"""Passages read or written at a time: about 2 MB."""


@dataclass(slots=True)
class Written:
    """What a build has counted: it begins with what the generation before held."""

    collections: list[str] = field(default_factory=list)
    passages: Counter[int] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    references: dict[int, float] = field(default_factory=dict)
    changes: terms.Changes = field(default_factory=lambda: defaultdict(Counter))
    words: dict[int, WordCollector] = field(default_factory=lambda: defaultdict(WordCollector))

    def number(self, collection: str) -> int:
        if collection not in self.collections:
            self.collections.append(collection)
        return self.collections.index(collection)

    def count(self, row: Row, by: int) -> None:
        """Counts a passage that comes (``by`` 1) or goes (-1)."""
        number = row["collection"]
        self.passages[number] += by
        self.lengths[number] += by * row["length"]
        for term in row["words"]:
            if term != NO_TERM:
                self.changes[term][number] += by

    def refer(self, collections: Sequence[int], lengths: Sequence[int]) -> None:
        """Settles, from its first passages, what is taken for the average length of a collection that has none yet."""
        for number in set(collections) - self.references.keys():
            first = [length for each, length in zip(collections, lengths, strict=True) if each == number]
            self.references[number] = max(1.0, MARGIN * sum(first) / len(first))

    def manifest_collections(self) -> tuple[Collection, ...]:
        return tuple(
            Collection(name, self.passages[number], self.lengths[number], self.references.get(number, 1.0))
            for number, name in enumerate(self.collections)
        )


def begin(engine: Engine, names: Tables, previous: Manifest | None, dimension: int, vectors: VectorIndex) -> None:
    """Makes the tables, or takes back what a build after ``previous`` left in them. Without ``previous`` nothing in
    them is of use to anybody, and they are made anew.
    """
    if previous is None:
        engine.drop(names.passages)
        engine.drop(names.terms)
    engine.make(names.passages, passage_columns(dimension, vectors))
    engine.make(names.terms, term_columns())
    for table in (names.passages, names.terms):
        if previous is not None:
            engine.delete(table, f"added > {previous.generation}")
            ended = f"ended > {previous.generation} and ended < {NEVER}"
            while rows := engine.rows(table, ended, ("*",), limit=_AT_ONCE):
                engine.put(table, [_whole(row, NEVER) for row in rows])


def write(
    engine: Engine,
    names: Tables,
    generation: int,
    previous: Manifest | None,
    places: Places,
    content: Content,
) -> tuple[Written, dict[int, str]]:
    """Writes rows until the tables hold ``generation``; returns what was counted, and the digests of its blocks."""
    written = Written()
    for number, each in enumerate(previous.collections if previous else ()):
        written.collections.append(each.name)
        written.passages[number], written.lengths[number] = each.passages, each.terms
        if each.passages:
            written.references[number] = each.reference
    numbers = np.array([written.number(name) for name in places.collections], dtype=np.int64)
    digests, known = {}, previous.blocks if previous else {}
    added: list[int] = []
    ended: list[int] = []
    for block, within, digest in blocks(places):
        digests[block] = digest
        if known.get(block) != digest:
            new = _new(places, numbers, within)
            old = _old(engine, names.passages, block, previous)
            ended += (row for place, row in old.items() if place not in new)
            added += (place for wanted, place in new.items() if wanted not in old)
    for block in known.keys() - digests.keys():
        ended += _old(engine, names.passages, block, previous).values()
    _add(engine, names.passages, generation, added, numbers, places, content, written)
    _end(engine, names.passages, generation, ended, written)
    terms.change(engine, names.terms, generation, written.changes, first=previous is None)
    for table in (names.passages, names.terms):
        engine.flush(table)
    held = engine.count(names.passages, holding(generation))
    if held != len(places.ids):
        raise StorageError(f"{engine.place} holds {held} of {len(places.ids)} passages that were written; try again.")
    return written, digests


Place = tuple[int, int, int, int]
"""Of a passage: its id, the number of its collection, first and last day."""


def _new(places: Places, numbers: npt.NDArray[np.int64], within: slice) -> dict[Place, int]:
    """The passages of a block that a generation is to have, and where they stand in ``places``."""
    columns = (places.ids, numbers[places.collection[within]], places.first, places.last)
    ids, collections, first, last = columns
    listed = zip(ids[within].tolist(), collections.tolist(), first[within].tolist(), last[within].tolist(), strict=True)
    return {place: within.start + at for at, place in enumerate(listed)}


def _old(engine: Engine, table: str, block: int, previous: Manifest | None) -> dict[Place, int]:
    """The passages of a block that the generation before has, and the keys of their rows."""
    if previous is None:
        return {}
    where = f"{block_filter(block)} and {holding(previous.generation)}"
    rows = engine.rows(table, where, ("row", "passage", "collection", "first_day", "last_day"))
    return {(row["passage"], row["collection"], row["first_day"], row["last_day"]): row["row"] for row in rows}


def _add(
    engine: Engine,
    table: str,
    generation: int,
    added: Sequence[int],
    numbers: npt.NDArray[np.int64],
    places: Places,
    content: Content,
    written: Written,
) -> None:
    """``added`` are positions in ``places``."""
    terms_of = stemmer()
    for start in range(0, len(added), _AT_ONCE):
        at = np.array(added[start : start + _AT_ONCE], dtype=np.int64)
        ids = places.ids[at].tolist()
        rows: list[Row] = []
        collections = numbers[places.collection[at]].tolist()
        texts = list(content.texts(ids))
        said = [terms_of(text) for text in texts]
        written.refer(collections, [len(each) for each in said])
        columns = (ids, collections, places.first[at].tolist(), places.last[at].tolist(), said)
        for passage_id, collection, first, last, words, vector in zip(*columns, content.vectors(ids), strict=True):
            row = {
                "row": passage_row(generation, passage_id),
                "passage": passage_id,
                "collection": collection,
                "first_day": first,
                "last_day": last,
                "length": len(words),
                "added": generation,
                "ended": NEVER,
                "vector": np.asarray(vector, dtype=np.float32).tolist(),
                "words": weights(words, written.references[collection]),
            }
            written.count(row, 1)
            rows.append(row)
        for collection, text in zip(collections, texts, strict=True):
            written.words[collection].take(text)
        engine.put(table, rows)


def _end(engine: Engine, table: str, generation: int, ended: Sequence[int], written: Written) -> None:
    """``ended`` are keys of rows."""
    for start in range(0, len(ended), _AT_ONCE):
        keys = sorted(ended[start : start + _AT_ONCE])
        rows = engine.rows(table, f"row in {keys}", ("*",))
        for row in rows:
            written.count(row, -1)
        engine.put(table, [_whole(row, generation) for row in rows])


def _whole(row: Row, ended: int) -> Row:
    return {**row, "ended": ended}
