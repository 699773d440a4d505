"""A SentenceTransformer, with all its layers, as one graph that also pools sentences."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from index.encode import EncoderManifest, OnnxEncoder
from index.errors import ModelError
from index.export.check import CHECK_SENTENCES
from index.export.graph import Axes, write_graph
from index.export.one_text import for_one_text
from index.export.original import load_original

LEAST_COSINE = {"int8": 0.99, "float32": 0.9999}

# Models that were trained with a prefix but do not say so in their configuration.
KNOWN_PREFIXES = {
    "e5-": ("query: ", "passage: "),
    "bge-": ("Represent this sentence for searching relevant passages: ", ""),
}


class OriginalEncoder:
    """See ``index.export.original.Original``. Raises ModelError for a model without a pooling layer."""

    FORMAT: ClassVar[int] = EncoderManifest.FORMAT

    def __init__(self, folder: Path, reference: str) -> None:
        self._model = load_original("SentenceTransformer", folder)
        if len(self._model) < 2 or type(self._model[1]).__name__ != "Pooling":
            raise ModelError("The model has no pooling layer after its transformer; such models are not supported.")
        self.tokenizer = self._model.tokenizer
        self.max_tokens = min(int(self._model.max_seq_length or 512), 8192)
        self.identity: tuple[str, ...] = _prefixes(self._model, reference)

    def write(self, target: Path) -> tuple[str, ...]:
        torch = import_module("torch")
        layers = list(self._model)
        features = self._model.preprocess(["A longer example, with more tokens than that."])
        names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in features]

        class WholeModel(torch.nn.Module):  # type: ignore[name-defined, misc]
            """Positional tensors in; out come the embedding of the text, and those of its sentences: the mean
            of their tokens, taken through what the model does after pooling.
            """

            def __init__(self) -> None:
                super().__init__()
                self.layers = torch.nn.ModuleList(layers)

            def forward(self, *tensors: Any) -> tuple[Any, Any]:
                *inputs, sentences = tensors
                features = layers[0](dict(zip(names, inputs, strict=True)))
                counts = sentences.sum(1, keepdim=True).clamp(min=1)
                parts = {"sentence_embedding": sentences @ features["token_embeddings"][0] / counts}
                for layer in layers[1:]:
                    features = layer(features)
                for layer in layers[2:]:
                    parts = layer(parts)
                return features["sentence_embedding"], parts["sentence_embedding"]

        sentences = torch.ones((3, features[names[0]].shape[1]))
        sentences[1, :2] = 0
        inputs = {name: features[name] for name in names} | {"sentences": sentences}
        axes: Axes = {name: {0: "batch", 1: "tokens"} for name in names}
        axes |= {"embedding": {0: "batch"}, "sentences": {0: "sentences", 1: "tokens"}, "parts": {0: "sentences"}}
        write_graph(WholeModel(), inputs, ("embedding", "parts"), axes, target)
        for_one_text(target, self.max_tokens)
        return tuple(inputs)

    def measure(self, folder: Path, common: dict[str, Any]) -> str | None:
        expected = np.asarray(
            self._model.encode(list(CHECK_SENTENCES), prompt="", normalize_embeddings=True), dtype=np.float32
        )
        manifest = EncoderManifest(
            **common,
            cosine_mean=0.0,
            cosine_min=0.0,
            dimension=int(expected.shape[1]),
            query_prefix="",
            passage_prefix="",
        )
        manifest.write(folder)
        cosines = np.sum(OnnxEncoder(folder).encode_passages(CHECK_SENTENCES) * expected, axis=1)
        query_prefix, passage_prefix = self.identity
        manifest = replace(
            manifest,
            cosine_mean=float(cosines.mean()),
            cosine_min=float(cosines.min()),
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
        )
        manifest.write(folder)
        faithful = manifest.cosine_mean >= LEAST_COSINE[manifest.precision]
        return None if faithful else f"cosine {manifest.cosine_mean:.4f}"


def _prefixes(model: Any, reference: str) -> tuple[str, str]:
    prompts: dict[str, str] = dict(model.prompts or {})
    query = prompts.get("query", "")
    passage = prompts.get("document", "") or prompts.get("passage", "")
    if not query and not passage:
        name = reference.rstrip("/").rsplit("/", 1)[-1].lower()
        query, passage = next((pair for mark, pair in KNOWN_PREFIXES.items() if mark in name), ("", ""))
    return query, passage
