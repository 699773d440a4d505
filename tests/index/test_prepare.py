"""Encoding beside reading and committing: what was encoded before something failed is kept, in order."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index import prepare as module
from index.errors import ModelError
from index.library import Library
from index.prepare import prepare, splitting_name
from index.types import Document, Progress, Source, Span, StoredPassage, Vectors
from tests.fakes.word_encoder import WordEncoder

TEXTS = [f"The legation in city{n} closed." for n in range(7)]


class FailingEncoder(WordEncoder):
    """Encodes so many batches, then fails."""

    batches = 0

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        self.batches -= 1
        if self.batches < 0:
            raise ModelError("The model is broken.")
        return WordEncoder.encode_with_sentences(self, texts, sentences)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setattr(module, "ENCODE_BATCH", 2)
    opened = Library(tmp_path / "library.sqlite")
    opened.put_source(Source("posts", "/nowhere", "c"))
    return opened


def put(library: Library) -> list[int]:
    return [
        library.put_document(
            Document(
                id=f"posts/{n}", source="posts", collection="c", path=str(n), media_type="text/plain", title="",
                publisher=None, published=None, url=None, language=None, text=text, headings=(),
                blocks=(Span(0, len(text)),),
            )
        )
        for n, text in enumerate(TEXTS)
    ]  # fmt: skip


def test_all_is_encoded_in_order_and_told_of_when_it_is_committed(library: Library) -> None:
    keys, encoder = put(library), WordEncoder()
    told: list[tuple[int, int]] = []

    def tell(progress: Progress) -> None:
        if progress.stage == "encode":
            waiting = library.vectors.missing(keys, splitting_name(encoder, 192), encoder.fingerprint)
            assert len(waiting) == progress.total - progress.done
            told.append((progress.done, progress.total))

    assert prepare(library, encoder, 192, keys, tell) == 7
    assert told == [(2, 7), (4, 7), (6, 7), (7, 7)]
    assert encoder.encoded == TEXTS
    ids = [row.id for row in library.passage_rows(keys, splitting_name(encoder, 192))]
    vectors = library.vectors.of_passages(ids, encoder.fingerprint, encoder.dimension)
    assert [vector.tobytes() for vector in vectors] == [encoder.encode_query(text).tobytes() for text in TEXTS]


def test_what_was_encoded_before_the_encoder_failed_is_kept(library: Library) -> None:
    keys, failing = put(library), FailingEncoder()
    failing.batches = 2
    with pytest.raises(ModelError, match=r"^The model is broken\.$"):
        prepare(library, failing, 192, keys, lambda progress: None)
    encoder = WordEncoder()
    assert prepare(library, encoder, 192, keys, lambda progress: None) == 3
    assert encoder.encoded == TEXTS[4:]


def test_one_batch_is_encoded_while_the_one_before_is_committed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, encoder = put(library), WordEncoder()
    order: list[str] = []
    read, put_vectors = library.passages, library.vectors.put

    def reading(ids: Sequence[int]) -> list[StoredPassage]:
        order.append("read")
        return read(ids)

    def committing(*values: Any) -> None:
        order.append("commit")
        put_vectors(*values)

    monkeypatch.setattr(library, "passages", reading)
    monkeypatch.setattr(library.vectors, "put", committing)
    prepare(library, encoder, 192, keys, lambda progress: None)
    assert order == ["read", "read", "commit", "read", "commit", "read", "commit", "commit"]
