"""Documents in the library into a generation: where their passages belong, what these hold, and what the lists say."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from index.editions import EditionRecord
from index.generation import days
from index.library import Library, PassageRow
from index.library_rows import GenerationRecord
from index.passage_index import PassageStore, Places
from index.register import register_content
from index.split import encoded_text
from index.types import Encoder, StoredPassage, Vectors

_AT_ONCE = 512


def build_generation(
    store: PassageStore,
    library: Library,
    encoder: Encoder,
    splitting: str,
    keys: Sequence[int],
    editions: Sequence[EditionRecord],
    current: Sequence[EditionRecord],
    step: Callable[[str], None],
    before: GenerationRecord | None,
) -> GenerationRecord:
    """Stores a generation of the documents ``keys``; nothing points to it yet.

    All of ``keys`` are split and encoded. ``editions`` are those that questions about names look into, of which
    ``current`` are the ones that hold. Raises as ``PassageStore.build`` does.
    """
    places = places_of(library.passage_rows(keys, splitting))
    planned = GenerationRecord(
        id=library.next_generation_id(), name="", created_at="", model=encoder.name,
        fingerprint=encoder.fingerprint, dimension=encoder.dimension, count=0, splitting=splitting, files={},
    )  # fmt: skip
    lists, names = register_content(library, editions, current)
    content = LibraryContent(library, encoder.fingerprint, encoder.dimension, places.ids)
    return store.build(planned, places, content, step, lists, names, before)


def places_of(rows: Sequence[PassageRow]) -> Places:
    """As columns. Collections are numbered as they come."""
    numbers: dict[str, int] = {}
    collection = [numbers.setdefault(row.collection, len(numbers)) for row in rows]
    ranges = {published: days(published) for published in {row.published for row in rows}}
    dates = np.array([ranges[row.published] for row in rows], dtype=np.int32).reshape(-1, 2)
    ids = np.array([row.id for row in rows], dtype=np.int64)
    return Places(ids, tuple(numbers), np.array(collection, dtype=np.int32), dates[:, 0], dates[:, 1])


class LibraryContent:
    """The content of the passages ``ids``, ascending, of one generation; see ``index.passage_index.Content``."""

    def __init__(self, library: Library, fingerprint: str, dimension: int, ids: npt.NDArray[np.int64]) -> None:
        self._library, self._fingerprint, self._dimension, self._ids = library, fingerprint, dimension, ids

    def vectors(self, ids: Sequence[int]) -> Vectors:
        return self._library.vectors.of_passages(ids, self._fingerprint, self._dimension)

    def digest(self, ids: Sequence[int]) -> bytes:
        return self._library.encoded_digests(ids)

    def texts(self, ids: Sequence[int]) -> Iterator[str]:
        """By words, a passage is found with those beside it in its section: the names that it leaves out often stand
        there.
        """
        waiting = iter(np.searchsorted(self._ids, np.array(ids, dtype=np.int64)).tolist())
        while batch := list(islice(waiting, _AT_ONCE)):
            near = {place + step for place in batch for step in (-1, 0, 1)}
            around = sorted(place for place in near if 0 <= place < len(self._ids))
            there = [int(self._ids[place]) for place in around]
            stored = dict(zip(around, self._library.passages(there), strict=True))
            for place in batch:
                passage = stored[place]
                beside = [each for each in (stored.get(place - 1), stored.get(place + 1)) if each is not None]
                parts = (each.text for each in beside if _one_section(passage, each))
                yield "\n".join((encoded_text(passage.document, passage.passage), *parts))


def _one_section(passage: StoredPassage, other: StoredPassage) -> bool:
    return (passage.document.id, passage.passage.headings) == (other.document.id, other.passage.headings)
