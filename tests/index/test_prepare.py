"""Encoding beside splitting, reading and committing: what was encoded before something failed is kept, in order."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
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


def put(library: Library, texts: Sequence[str] = TEXTS) -> list[int]:
    return [
        library.put_document(
            Document(
                id=f"posts/{n}", source="posts", collection="c", path=str(n), media_type="text/plain", title="",
                publisher=None, published=None, url=None, language=None, text=text, headings=(),
                blocks=(Span(0, len(text)),),
            )
        )
        for n, text in enumerate(texts)
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


class WaitingEncoder(WordEncoder):
    """Encodes when it may, or fails after ten seconds."""

    may: Event

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        if not self.may.wait(10):
            raise ModelError("Splitting waited for the encoder.")
        return WordEncoder.encode_with_sentences(self, texts, sentences)


class AtOnce(ThreadPoolExecutor):
    """What is submitted is done when that returns."""

    def submit(self, *values: Any) -> Future[Any]:  # type: ignore[override]
        future = super().submit(*values)
        wait([future])
        return future


@pytest.fixture
def order(library: Library, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with the library, in its order; two documents are split together."""
    monkeypatch.setattr(module, "COMMIT_BATCH", 2)
    order: list[str] = []
    put_passages, read, put_vectors = library.put_passages, library.passages, library.vectors.put

    def splitting(*values: Any) -> None:
        order.append("split")
        put_passages(*values)

    def reading(ids: Sequence[int]) -> list[StoredPassage]:
        order.append("read")
        return read(ids)

    def committing(*values: Any) -> None:
        order.append("commit")
        put_vectors(*values)

    monkeypatch.setattr(library, "put_passages", splitting)
    monkeypatch.setattr(library, "passages", reading)
    monkeypatch.setattr(library.vectors, "put", committing)
    return order


def test_documents_are_split_while_others_are_encoded_and_nothing_waits(
    library: Library, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finds no room beside the batch that is under way is encoded when all is split, and told of."""
    monkeypatch.setattr(module, "MOST_UNDER_WAY", 1)
    keys, encoder = put(library), WaitingEncoder()
    encoder.may = Event()
    told: list[tuple[str, int, int]] = []

    def tell(progress: Progress) -> None:
        told.append((progress.stage, progress.done, progress.total))
        if told[-1] == ("split", 7, 7):
            encoder.may.set()

    assert prepare(library, encoder, 192, keys, tell) == 7
    assert " ".join(order).startswith("split split read split split split split split ")
    assert told[-1] == ("encode", 7, 7)
    assert sorted(encoder.encoded) == TEXTS


def test_what_is_encoded_is_committed_before_more_is_split(
    library: Library, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ThreadPoolExecutor", AtOnce)
    assert prepare(library, WordEncoder(), 192, put(library), lambda progress: None) == 7
    assert " ".join(order) == (
        "split split read split split commit read split split commit read split commit read commit"
    )


def test_how_far_one_long_document_is_encoded_is_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNDER_WAY", 1)
    keys, encoder = put(library, [" ".join(TEXTS)]), WordEncoder()
    told: list[tuple[str, int, int]] = []
    passages = prepare(
        library, encoder, 8, keys, lambda progress: told.append((progress.stage, progress.done, progress.total))
    )
    assert passages > 2
    assert told == [
        ("split", 1, 1),
        *(("encode", min(number, passages), passages) for number in range(2, passages + 2, 2)),
    ]  # fmt: skip


def test_a_text_that_is_being_encoded_is_not_encoded_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in two documents that are not split together."""
    monkeypatch.setattr(module, "COMMIT_BATCH", 2)
    keys, encoder = put(library, [*TEXTS[:3], TEXTS[0], TEXTS[3], TEXTS[1]]), WordEncoder()
    assert prepare(library, encoder, 192, keys, lambda progress: None) == 4
    assert encoder.encoded == TEXTS[:4]
    assert library.vectors.missing(keys, splitting_name(encoder, 192), encoder.fingerprint) == {}


def test_what_was_split_before_and_not_encoded_is_encoded_too(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, failing = put(library), FailingEncoder()
    with pytest.raises(ModelError):
        prepare(library, failing, 192, keys, lambda progress: None)
    encoder, told = WordEncoder(), list[Progress]()
    assert prepare(library, encoder, 192, keys, told.append) == 7
    assert [(each.stage, each.done, each.total) for each in told] == [
        ("encode", done, 7) for done in (2, 4, 6, 7)
    ]  # fmt: skip
    assert encoder.encoded == TEXTS


PRESSED = """
import signal, sys, threading
from concurrent.futures import _base
from pathlib import Path
from types import SimpleNamespace
from index.library import Library
from index.prepare import prepare
from tests.fakes.word_encoder import WordEncoder
from tests.index.test_prepare import put

class Pressed(threading.Condition):
    def __enter__(self):
        entered = super().__enter__()
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(signal.SIGINT)
        return entered

_base.threading = SimpleNamespace(**vars(threading) | {"Condition": Pressed})  # those of futures alone
library = Library(Path(sys.argv[1]))
try:
    prepare(library, WordEncoder(), 192, put(library), lambda progress: None)
except KeyboardInterrupt:
    print("interrupted")
library.close()
"""


def test_ctrl_c_while_a_lock_of_what_encodes_is_taken_leaves_nobody_waiting(tmp_path: Path) -> None:
    """The moment between the lock and the block that gives it back."""
    command = [sys.executable, "-c", PRESSED, str(tmp_path / "library.sqlite")]
    root = Path(__file__).parents[2]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert (finished.stdout, finished.stderr) == ("interrupted\n", "")
