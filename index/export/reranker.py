"""A CrossEncoder as a graph that gives one logit."""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.export.check import CHECK_QUESTIONS, CHECK_SENTENCES
from index.export.first_token import for_first_token
from index.export.graph import Axes, write_graph
from index.export.one_text import for_one_text
from index.export.original import load_original
from index.rerank import OnnxReranker, RerankerManifest

MOST_ERROR = {"int8": 0.2, "float32": 0.001}
CHECK_PAIRS = tuple((question, sentence) for question in CHECK_QUESTIONS for sentence in CHECK_SENTENCES)


class OriginalReranker:
    """See ``index.export.original.Original``. Raises ModelError for a model that gives no one score."""

    FORMAT: ClassVar[int] = RerankerManifest.FORMAT
    identity: tuple[str, ...] = ("reranker",)

    def __init__(self, folder: Path, reference: str) -> None:
        if not _architecture(folder).endswith("ForSequenceClassification"):
            # Of any other model transformers would make one, with random weights in its last layer.
            raise ModelError(f"The model {reference} is no CrossEncoder with a classification layer.")
        self._model = load_original("CrossEncoder", folder)
        self._labels = int(self._model.model.config.num_labels)
        if self._labels not in {1, 2}:
            raise ModelError(f"The model {reference} has {self._labels} labels; a reranker has one, or no and yes.")
        self.model = self._model.model
        self.tokenizer = self._model.tokenizer
        self.max_tokens = min(int(self.tokenizer.model_max_length), 8192)

    def write(self, target: Path) -> tuple[str, ...]:
        torch = import_module("torch")
        classifier, labels = self._model.model, self._labels
        inputs = dict(self.tokenizer("Which embassies closed?", "The one in Tirana did.", return_tensors="pt"))

        class WholeModel(torch.nn.Module):  # type: ignore[name-defined, misc]
            """Positional tensors in, one logit for each pair out."""

            def __init__(self) -> None:
                super().__init__()
                self.classifier = classifier

            def forward(self, *tensors: Any) -> Any:
                logits = self.classifier(**dict(zip(inputs, tensors, strict=True))).logits
                # Sigmoid of the difference is the second one's softmax.
                return logits[:, 0] if labels == 1 else logits[:, 1] - logits[:, 0]

        axes: Axes = {name: {0: "batch", 1: "tokens"} for name in inputs}
        write_graph(WholeModel(), inputs, ("logit",), axes | {"logit": {0: "batch"}}, target)
        if for_one_text(target, self.max_tokens):
            for_first_token(target, self.max_tokens)
        return tuple(inputs)

    def measure(self, folder: Path, common: dict[str, Any]) -> str | None:
        manifest = RerankerManifest(**common, error=0.0)
        manifest.write(folder)
        original = self.logits(CHECK_PAIRS)
        difference = OnnxReranker(folder).logits(CHECK_PAIRS) - original
        error = float(np.sqrt(np.mean(difference**2)) / max(original.std(), 1e-9))
        manifest = replace(manifest, error=error)
        manifest.write(folder)
        return None if error <= MOST_ERROR[manifest.precision] else f"error {error:.4f} of a standard deviation"

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """What ``OnnxReranker.logits`` gives, from the original."""
        identity = import_module("torch").nn.Identity()
        found = self._model.predict(list(pairs), activation_fn=identity, show_progress_bar=False)
        logits = np.asarray(found, dtype=np.float64)
        return logits if self._labels == 1 else logits[:, 1] - logits[:, 0]


def _architecture(folder: Path) -> str:
    try:
        named = json.loads((folder / "config.json").read_text())["architectures"]
        return str(named[0])
    except (OSError, ValueError, LookupError, TypeError):
        return ""
