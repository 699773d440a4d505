"""Generations of a few made-up passages, in the local store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.building import places_of
from index.generation import Generation
from index.lexical import LexicalRow, add, write_parts
from index.library import PassageRow
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.nearest import EXACT_UP_TO
from index.types import Vectors


@dataclass(frozen=True, slots=True)
class Row:
    """A passage. ``published`` is the document's date in ISO 8601, of any precision."""

    passage_id: int
    text: str
    collection: str
    published: str | None


class RowContent:
    """The content of ``rows``, whose vectors are ``vectors``. ``asked`` are the ids that were asked for."""

    def __init__(self, rows: Sequence[Row], vectors: Vectors) -> None:
        self._places = {row.passage_id: place for place, row in enumerate(rows)}
        self._rows, self._vectors = rows, vectors
        self.texts_asked: list[int] = []
        self.vectors_asked: list[int] = []

    def texts(self, ids: Sequence[int]) -> Iterator[str]:
        self.texts_asked += ids
        return iter([self._rows[self._places[each]].text for each in ids])

    def digest(self, ids: Sequence[int]) -> bytes:
        return "\n".join(self._rows[self._places[each]].text for each in ids).encode()

    def vectors(self, ids: Sequence[int]) -> Vectors:
        self.vectors_asked += ids
        if len(self._vectors) != len(self._rows):
            return self._vectors
        return self._vectors[[self._places[each] for each in ids]]


def build(
    root: Path,
    record: GenerationRecord,
    rows: Sequence[Row],
    vectors: Vectors,
    step: Callable[[str], None] = lambda step: None,
    before: GenerationRecord | None = None,
) -> GenerationRecord:
    """Writes a generation of ``rows``."""
    places = places_of([PassageRow(row.passage_id, 0, row.collection, row.published) for row in rows])
    return LocalStore(root).build(record, places, RowContent(rows, vectors), step, before=before)


def make(
    root: Path,
    record: GenerationRecord,
    rows: Sequence[Row],
    vectors: Vectors,
    before: GenerationRecord | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> Generation:
    """Writes and opens a generation of ``rows``."""
    return Generation(root, build(root, record, rows, vectors, before=before), exact_up_to)


def build_parts(folder: Path, rows: Sequence[tuple[LexicalRow, str]]) -> None:
    """Writes a lexical index of rows, each with its collection."""
    collections = list(dict.fromkeys(collection for _, collection in rows))
    for number, collection in enumerate(collections):
        (folder / str(number)).mkdir()
        add(folder / str(number), [row for row, of in rows if of == collection])
    write_parts(folder, collections)
