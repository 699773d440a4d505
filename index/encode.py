"""Text to vectors, with onnxruntime and tokenizers alone.

The vector of a sentence is pooled from the tokens of its passage, which have all seen each other: "it
was closed" is near its embassy. Method: Günther et al., "Late Chunking: Contextual Chunk Embeddings
Using Long-Context Embedding Models" (2024). It costs no second run of the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from index.onnx_model import Kind, Manifest, OnnxModel
from index.types import Span, Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderManifest(Manifest):
    """``cosine_mean`` and ``cosine_min`` compare the exported model with the original over a fixed set
    of sentences, in [-1, 1].
    """

    KIND: ClassVar[Kind] = "encoder"
    FORMAT: ClassVar[int] = 3

    cosine_mean: float
    cosine_min: float
    dimension: int
    query_prefix: str
    passage_prefix: str


class OnnxEncoder:
    """An exported sentence-transformers model; see ``index.types.Encoder`` for the methods.

    Raises ModelError if the folder holds no such model, or a damaged one. Safe to share between threads.
    """

    def __init__(self, folder: Path) -> None:
        self._manifest = EncoderManifest.read(folder)
        self._model = OnnxModel(folder, self._manifest)

    @property
    def fingerprint(self) -> str:
        return self._manifest.fingerprint

    @property
    def name(self) -> str:
        return self._manifest.reference

    @property
    def precision(self) -> str:
        return self._manifest.precision

    @property
    def dimension(self) -> int:
        return self._manifest.dimension

    @property
    def max_tokens(self) -> int:
        return self._manifest.max_tokens

    def count_tokens(self, text: str) -> int:
        return len(self._model.counter.encode(text, add_special_tokens=False).ids)

    def encode_query(self, text: str) -> Vectors:
        return self._run(self._manifest.query_prefix + text, ())[0]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.encode_with_sentences(texts, [()] * len(texts))[0]

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        encoded = self._model.each(self._encode_passage, list(zip(texts, sentences, strict=True)))
        if not encoded:
            return np.zeros((0, self.dimension), dtype=np.float32), ()
        return np.stack([whole for whole, _ in encoded]), tuple(parts for _, parts in encoded)

    def _encode_passage(self, passage: tuple[str, Sequence[Span]]) -> tuple[Vectors, Vectors]:
        text, sentences = passage
        prefix = self._manifest.passage_prefix
        return self._run(prefix + text, [Span(s.start + len(prefix), s.end + len(prefix)) for s in sentences])

    def _run(self, text: str, sentences: Sequence[Span]) -> tuple[Vectors, Vectors]:
        encoding = self._model.tokenizer.encode(text)
        tokens = _tokens_of(sentences, encoding.offsets)
        whole, parts = self._model.run(encoding, sentences=tokens)
        vector = _at_length_one(whole[:1])[0]
        vectors = _at_length_one(parts)
        # The model read none of a sentence that stands after the last token it takes.
        vectors[tokens.sum(axis=1) == 0] = vector
        return vector, vectors


def _tokens_of(sentences: Sequence[Span], offsets: Sequence[tuple[int, int]]) -> npt.NDArray[np.float32]:
    """Shape (sentences, tokens): 1 where a token lies in a sentence. Special tokens are empty, in none."""
    places = np.array(offsets, dtype=np.int64).reshape(-1, 2)
    starts, ends = places[:, 0], places[:, 1]
    rows = [(starts < span.end) & (ends > span.start) & (ends > starts) for span in sentences]
    return np.array(rows, dtype=np.float32).reshape(len(sentences), len(places))


def _at_length_one(vectors: npt.NDArray[np.float32]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
