"""Documents in the library into passages with vectors, committed as they come."""

import hashlib
import json
from collections.abc import Callable, Sequence

from index.library import Library
from index.split import SPLIT_VERSION, encoded_text, split
from index.types import Document, Encoder, Passage, Progress, Span

ENCODE_BATCH = 64
COMMIT_BATCH = 64


def splitting_name(encoder: Encoder, passage_tokens: int) -> str:
    """Names the way documents were split: with another name they are split again."""
    return f"{SPLIT_VERSION}/{passage_tokens}/{encoder.name}"


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
    return not unsplit and not library.passages_without_vector(keys, splitting, encoder.fingerprint)


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
    waiting = library.passages_without_vector(keys, splitting, encoder.fingerprint)
    for start in range(0, len(waiting), ENCODE_BATCH):
        batch = library.passages([passage_id for _, passage_id in waiting[start : start + ENCODE_BATCH]])
        encodings = [_encoding(stored.document, stored.passage) for stored in batch]
        vectors, sentences = encoder.encode_with_sentences(*zip(*encodings, strict=True))
        digests = [_digest(*encoding) for encoding in encodings]
        library.put_vectors(encoder.fingerprint, digests, vectors, sentences)
        tell(Progress("encode", start + len(batch), len(waiting)))
    return len(waiting)


def _encoding(document: Document, passage: Passage) -> tuple[str, tuple[Span, ...]]:
    """The text to encode, and where in it the sentences of the passage stand."""
    text = encoded_text(document, passage)
    shift = len(text) - passage.end  # the passage stands at the end
    return text, tuple(Span(sentence.start + shift, sentence.end + shift) for sentence in passage.sentences)


def _digest(text: str, sentences: Sequence[Span]) -> bytes:
    """SHA-256 of all that the vectors of a passage depend on, the model apart."""
    places = [(sentence.start, sentence.end) for sentence in sentences]
    return hashlib.sha256(json.dumps([text, places]).encode()).digest()
