"""Documents in the library into passages with vectors, committed as they come: also while more are read."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from index.interruption import held_ctrl_c
from index.library import Library
from index.split import SPLIT_VERSION, encoded_text, split
from index.types import Document, Encoder, Passage, Progress, Span, Vectors

Encoded = tuple[Vectors, tuple[Vectors, ...]]

ENCODE_BATCH = 128
"""Passages. At the end of each, all cores but one wait for the last passage."""

COMMIT_BATCH = 64
"""Documents that are split."""

MOST_UNDER_WAY = 4
"""Batches that wait to be encoded while documents are split: what is held in memory, and lost if the process ends."""


def splitting_name(encoder: Encoder, passage_tokens: int) -> str:
    """Names the way documents were split: with another name they are split again."""
    return f"{SPLIT_VERSION}/{passage_tokens}/{encoder.name}"


def chosen(splitting: str) -> str:
    """What of the name of a splitting the settings decide: without the version of the way itself."""
    return splitting.partition("/")[2]


def passage_tokens(splitting: str) -> int:
    """The size of passages in the name of a splitting."""
    return int(splitting.split("/")[1])


def prepare(
    library: Library, encoder: Encoder, passage_tokens: int, keys: Sequence[int], tell: Callable[[Progress], None]
) -> int:
    """Splits and encodes what is not yet of the documents ``keys``. Returns how many passages were encoded.

    For the holder of the writer's lock alone.
    """
    with preparing(library, encoder, passage_tokens) as preparation:
        preparation.finish(keys, tell)
    return preparation.encoded


def is_prepared(library: Library, encoder: Encoder, splitting: str, keys: Sequence[int]) -> bool:
    """Whether all of the documents ``keys`` are split, and encoded by the model."""
    unsplit = library.unsplit(keys, splitting)
    return not unsplit and not library.vectors.missing(keys, splitting, encoder.fingerprint)


class Preparation:
    """Documents are split in this thread. Batches of their passages are encoded in another, one after the other, while
    this one splits, reads what comes next and commits what came before: a commit waits for the disk, and the encoder
    need not. ``encoded`` counts passages that were encoded and committed.
    """

    def __init__(self, library: Library, encoder: Encoder, passage_tokens: int, pool: ThreadPoolExecutor) -> None:
        self._library, self._encoder, self._passage_tokens, self._pool = library, encoder, passage_tokens, pool
        self._splitting = splitting_name(encoder, passage_tokens)
        self._under_way: deque[tuple[list[bytes], Future[Encoded]]] = deque()
        self._taken: set[bytes] = set()
        self.encoded = 0

    def begin(self, keys: Sequence[int], tell: Callable[[Progress], None]) -> None:
        """Splits these documents, and begins with as many of their passages as may be under way. Waits for nothing:
        the rest is for ``finish``. Of more than ``COMMIT_BATCH`` it tells how far it is.
        """
        self._split_all(keys, tell if len(keys) > COMMIT_BATCH else lambda progress: None)

    def finish(self, keys: Sequence[int], tell: Callable[[Progress], None]) -> None:
        """Splits and encodes what is not yet of these documents, and commits all that is under way. Ctrl-C is heard
        after each batch.
        """
        self._split_all(keys, tell)
        batches = deque(self._missing(keys))
        total = self.encoded + len(self._taken) + sum(map(len, batches))
        while batches or self._under_way:
            with held_ctrl_c():
                while batches and len(self._under_way) < 2:
                    self._submit(batches.popleft())
                self._commit()
            tell(Progress("encode", self.encoded, total))

    def _split_all(self, keys: Sequence[int], tell: Callable[[Progress], None]) -> None:
        waiting = self._library.unsplit(keys, self._splitting)
        for start in range(0, len(waiting), COMMIT_BATCH):
            committed = waiting[start : start + COMMIT_BATCH]
            with self._library.batch():
                for number, key in enumerate(committed, start=start + 1):
                    self._split(key)
                    tell(Progress("split", number, len(waiting)))
            self._begin_to_encode(committed)

    def _split(self, key: int) -> None:
        document = self._library.documents([key])[key]
        passages = split(document, self._encoder.count_tokens, self._passage_tokens)
        digests = [_digest(*_to_encode(document, passage)) for passage in passages]
        self._library.put_passages(key, self._splitting, passages, digests)

    def _begin_to_encode(self, keys: Sequence[int]) -> None:
        with held_ctrl_c():
            while self._under_way and self._under_way[0][1].done():
                self._commit()
            for batch in self._missing(keys)[: MOST_UNDER_WAY - len(self._under_way)]:
                self._submit(batch)

    def _missing(self, keys: Sequence[int]) -> list[list[int]]:
        """The ids of passages that are neither encoded nor under way, in batches."""
        missing = self._library.vectors.missing(keys, self._splitting, self._encoder.fingerprint)
        ids = [passage_id for digest, passage_id in missing.items() if digest not in self._taken]
        return [ids[start : start + ENCODE_BATCH] for start in range(0, len(ids), ENCODE_BATCH)]

    def _submit(self, ids: Sequence[int]) -> None:
        encodings = [_to_encode(stored.document, stored.passage) for stored in self._library.passages(ids)]
        digests = [_digest(*each) for each in encodings]
        texts, sentences = zip(*encodings, strict=True)
        self._taken.update(digests)
        self._under_way.append((digests, self._pool.submit(self._encoder.encode_with_sentences, texts, sentences)))

    def _commit(self) -> None:
        digests, encoded = self._under_way.popleft()
        self._library.vectors.put(self._encoder.fingerprint, digests, *encoded.result())
        self._taken.difference_update(digests)
        self.encoded += len(digests)


@contextmanager
def preparing(library: Library, encoder: Encoder, passage_tokens: int) -> Iterator[Preparation]:
    """For the holder of the writer's lock alone. When the block ends, what was not begun is given up."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="encode")
    try:
        yield Preparation(library, encoder, passage_tokens, pool)
    finally:
        with held_ctrl_c():
            pool.shutdown(cancel_futures=True)


def _to_encode(document: Document, passage: Passage) -> tuple[str, tuple[Span, ...]]:
    """The text to encode, and where in it the sentences of the passage stand."""
    text = encoded_text(document, passage)
    shift = len(text) - passage.end  # the passage stands at the end
    return text, tuple(Span(sentence.start + shift, sentence.end + shift) for sentence in passage.sentences)


def _digest(text: str, sentences: Sequence[Span]) -> bytes:
    """SHA-256 of all that the vectors of a passage depend on, the model apart."""
    places = [(sentence.start, sentence.end) for sentence in sentences]
    return hashlib.sha256(json.dumps([text, places]).encode()).digest()
