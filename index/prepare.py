"""Documents in the library into passages with vectors, committed as they come."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from index.library import Library
from index.split import SPLIT_VERSION, encoded_text, split
from index.types import Document, Encoder, Passage, Progress, Span, Vectors

Encoded = tuple[Vectors, tuple[Vectors, ...]]

ENCODE_BATCH = 64
COMMIT_BATCH = 64


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
    splitting = splitting_name(encoder, passage_tokens)
    _split_all(library, encoder, passage_tokens, splitting, keys, tell)
    return _encode_all(library, encoder, splitting, keys, tell)


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
) -> None:
    waiting = library.unsplit(keys, splitting)
    for start in range(0, len(waiting), COMMIT_BATCH):
        with library.batch():
            for number, key in enumerate(waiting[start : start + COMMIT_BATCH], start=start + 1):
                document = library.documents([key])[key]
                passages = split(document, encoder.count_tokens, passage_tokens)
                digests = [_digest(*_encoding(document, passage)) for passage in passages]
                library.put_passages(key, splitting, passages, digests)
                tell(Progress("split", number, len(waiting)))


def _encode_all(
    library: Library, encoder: Encoder, splitting: str, keys: Sequence[int], tell: Callable[[Progress], None]
) -> int:
    """While one batch is encoded, this thread reads the next one and commits the one before: a commit waits for the
    disk, and the encoder need not.
    """
    waiting = library.vectors.missing(keys, splitting, encoder.fingerprint)
    encoding: deque[tuple[list[bytes], Future[Encoded]]] = deque()

    def commit() -> None:
        digests, encoded = encoding.popleft()
        library.vectors.put(encoder.fingerprint, digests, *encoded.result())

    with _one_thread() as pool:
        for start in range(0, len(waiting), ENCODE_BATCH):
            batch = library.passages([passage_id for _, passage_id in waiting[start : start + ENCODE_BATCH]])
            encodings = [_encoding(stored.document, stored.passage) for stored in batch]
            texts, sentences = zip(*encodings, strict=True)
            digests = [_digest(*each) for each in encodings]
            encoding.append((digests, pool.submit(encoder.encode_with_sentences, texts, sentences)))
            if len(encoding) > 1:
                commit()
                tell(Progress("encode", start, len(waiting)))
        while encoding:
            commit()
            tell(Progress("encode", len(waiting), len(waiting)))
    return len(waiting)


@contextmanager
def _one_thread() -> Iterator[ThreadPoolExecutor]:
    """What is not begun when an error ends the block is not begun any more."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="encode")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _encoding(document: Document, passage: Passage) -> tuple[str, tuple[Span, ...]]:
    """The text to encode, and where in it the sentences of the passage stand."""
    text = encoded_text(document, passage)
    shift = len(text) - passage.end  # the passage stands at the end
    return text, tuple(Span(sentence.start + shift, sentence.end + shift) for sentence in passage.sentences)


def _digest(text: str, sentences: Sequence[Span]) -> bytes:
    """SHA-256 of all that the vectors of a passage depend on, the model apart."""
    places = [(sentence.start, sentence.end) for sentence in sentences]
    return hashlib.sha256(json.dumps([text, places]).encode()).digest()
