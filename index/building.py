"""Documents in the library into a generation: its rows in the order of the passages, and what the lists say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np

from index import generation
from index.editions import EditionRecord
from index.generation import Row
from index.library import Library
from index.library_rows import GenerationRecord
from index.register import register_content
from index.split import encoded_text
from index.types import Encoder, StoredPassage


def build_generation(
    root: Path,
    library: Library,
    encoder: Encoder,
    splitting: str,
    keys: Sequence[int],
    editions: Sequence[EditionRecord],
    current: Sequence[EditionRecord],
    step: Callable[[str], None],
) -> GenerationRecord:
    """Writes a generation of the documents ``keys`` under ``root``; nothing points to it yet.

    All of ``keys`` are split and encoded. ``editions`` are those that questions about names look into, of which
    ``current`` are the ones that hold. Raises as ``generation.build`` does.
    """
    rows = library.passage_rows(keys, splitting, encoder.fingerprint, encoder.dimension)
    vectors = np.array([row.vector for row in rows], dtype=np.float32).reshape(-1, encoder.dimension)
    planned = GenerationRecord(
        id=library.next_generation_id(), name="", created_at="", model=encoder.name,
        fingerprint=encoder.fingerprint, dimension=encoder.dimension, count=0, splitting=splitting, files={},
    )  # fmt: skip
    lists, names = register_content(library, editions, current)
    passages = _rows(library, [row.id for row in rows])
    return generation.build(root, planned, passages, vectors, step, lists, names)


def _rows(library: Library, passage_ids: Sequence[int]) -> Iterable[Row]:
    """The rows in the order of the ids. By words, a passage is found with those beside it in its section:
    the names that it leaves out often stand there.
    """
    before: StoredPassage | None = None
    passage: StoredPassage | None = None
    for after in chain(_stored_passages(library, passage_ids), (None,)):
        if passage is not None:
            beside = [other.text for other in (before, after) if other is not None and _one_section(passage, other)]
            text = "\n".join((encoded_text(passage.document, passage.passage), *beside))
            yield Row(passage.id, text, passage.document.collection, passage.document.published)
        before, passage = passage, after


def _stored_passages(library: Library, passage_ids: Sequence[int]) -> Iterator[StoredPassage]:
    waiting = iter(passage_ids)
    while batch := list(islice(waiting, 512)):
        yield from library.passages(batch)


def _one_section(passage: StoredPassage, other: StoredPassage) -> bool:
    return (passage.document.id, passage.passage.headings) == (other.document.id, other.passage.headings)
