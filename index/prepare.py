"""Documents in the library into passages with vectors, committed as they come."""

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

    What is split is encoded while the next documents are split. For the holder of the writer's lock alone.
    """
    splitting = splitting_name(encoder, passage_tokens)
    with _encoding(library, encoder, splitting) as encoding:
        for split_now in _split_all(library, encoder, passage_tokens, splitting, keys, tell):
            encoding.begin(split_now)
        encoding.finish(keys, tell)
    return encoding.encoded


def is_prepared(library: Library, encoder: Encoder, splitting: str, keys: Sequence[int]) -> bool:
    """Whether all of the documents ``keys`` are split, and encoded by the model."""
    unsplit = library.unsplit(keys, splitting)
    return not unsplit and not library.vectors.missing(keys, splitting, encoder.fingerprint)


def _split_all(
    library: Library,
    encoder: Encoder,
    passage_tokens: int,
    splitting: str,
    keys: Sequence[int],
    tell: Callable[[Progress], None],
) -> Iterator[list[int]]:
    """Yields the keys of the documents that were split and committed together."""
    waiting = library.unsplit(keys, splitting)
    for start in range(0, len(waiting), COMMIT_BATCH):
        committed = waiting[start : start + COMMIT_BATCH]
        with library.batch():
            for number, key in enumerate(committed, start=start + 1):
                document = library.documents([key])[key]
                passages = split(document, encoder.count_tokens, passage_tokens)
                digests = [_digest(*_to_encode(document, passage)) for passage in passages]
                library.put_passages(key, splitting, passages, digests)
                tell(Progress("split", number, len(waiting)))
        yield committed


class _Encoding:
    """Encodes batches of passages in a thread, one after the other, while this one splits documents, reads what comes
    next and commits what came before: a commit waits for the disk, and the encoder need not.
    """

    def __init__(self, library: Library, encoder: Encoder, splitting: str, pool: ThreadPoolExecutor) -> None:
        self._library, self._encoder, self._splitting, self._pool = library, encoder, splitting, pool
        self._under_way: deque[tuple[list[bytes], Future[Encoded]]] = deque()
        self._taken: set[bytes] = set()
        self.encoded = 0

    def begin(self, keys: Sequence[int]) -> None:
        """Begins with passages of these documents, as many as may be under way, and waits for nothing: the rest is for
        ``finish``, which tells how far it is.
        """
        with held_ctrl_c():
            while self._under_way and self._under_way[0][1].done():
                self._commit()
            for batch in self._missing(keys)[: MOST_UNDER_WAY - len(self._under_way)]:
                self._submit(batch)

    def finish(self, keys: Sequence[int], tell: Callable[[Progress], None]) -> None:
        """Commits all that is under way, and encodes what else is not yet of these documents. Ctrl-C is heard after
        each batch.
        """
        batches = deque(self._missing(keys))
        total = self.encoded + len(self._taken) + sum(map(len, batches))
        while batches or self._under_way:
            with held_ctrl_c():
                while batches and len(self._under_way) < 2:
                    self._submit(batches.popleft())
                self._commit()
            tell(Progress("encode", self.encoded, total))

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
def _encoding(library: Library, encoder: Encoder, splitting: str) -> Iterator[_Encoding]:
    """What is not begun when an error ends the block is not begun any more."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="encode")
    try:
        yield _Encoding(library, encoder, splitting, pool)
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
