"""Question and text, read together by an exported CrossEncoder, with onnxruntime and tokenizers alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from index.onnx_model import Kind, Manifest, OnnxModel


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankerManifest(Manifest):
    """``error`` compares the exported model with the original over a fixed set of pairs: the root mean
    square difference of the logits, as a share of their standard deviation; at least 0, 0 is best.
    """

    KIND: ClassVar[Kind] = "reranker"
    FORMAT: ClassVar[int] = 1

    error: float


class OnnxReranker:
    """An exported CrossEncoder; see ``index.types.Reranker`` for the methods.

    A score is the sigmoid of the model's logit, or of the difference of its two. Pairs too long for the
    model lose the end of the longer text first. Raises ModelError if the folder holds no such model, or a
    damaged one. Safe to share between threads.
    """

    def __init__(self, folder: Path) -> None:
        self._manifest = RerankerManifest.read(folder)
        self._model = OnnxModel(folder, self._manifest)

    @property
    def name(self) -> str:
        return self._manifest.reference

    @property
    def precision(self) -> str:
        return self._manifest.precision

    def score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        logits = self.logits([(question, text) for text in texts])
        scores: npt.NDArray[np.float32] = np.exp(-np.logaddexp(0, -logits)).astype(np.float32)  # the sigmoid
        return scores

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """Shape (len(pairs),): what the scores are made of, of any size; higher is better."""
        return np.array(self._model.each(self._logit, pairs), dtype=np.float64)

    def _logit(self, pair: tuple[str, str]) -> float:
        (logit,) = self._model.run(self._model.tokenizer.encode(*pair))
        return float(logit[0])
