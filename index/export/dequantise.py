"""An exported int8 reranker back to a model that can be trained further: its weights in float32, as BERT names them.

The rounding to 8 bits cannot be undone. The model that comes out gives the scores of the int8 one, up to what
onnxruntime rounds while it runs.
"""

import json
import math
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.onnx_model import GRAPH, TOKENIZER
from index.rerank import OnnxReranker, RerankerManifest

Weights = dict[str, npt.NDArray[np.float32]]

_PREFIX = "classifier."
"""Of every name in the graph: index.export.reranker wraps the model in a module that calls it so."""

_PRODUCTS = frozenset({"MatMul", "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul"})
"""The last two are fused (index.export.graph); what a node multiplies with is its second input in all of them."""

_WORDS = "bert.embeddings.word_embeddings"
_SPECIAL = {f"{name.lower()}_token": f"[{name}]" for name in ("CLS", "MASK", "PAD", "SEP", "UNK")}


def dequantise(folder: Path, target: Path) -> None:
    """Writes the reranker exported in ``folder`` into ``target``, new or empty, as transformers loads it.

    Raises ModelError if ``folder`` holds no reranker that is intact and a BERT with one score.
    """
    OnnxReranker(folder)  # checks every file
    model = import_module("onnx").load(str(folder / GRAPH))
    try:
        weights = _weights(model.graph)
        configuration = _configuration(weights, _head_width(model.graph))
    except (KeyError, StopIteration, ValueError) as error:
        raise ModelError(f"The model in {folder.name} is no BERT with one score, and cannot be trained.") from error
    target.mkdir(parents=True, exist_ok=True)
    import_module("safetensors.numpy").save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    (target / "config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    (target / TOKENIZER).write_bytes((folder / TOKENIZER).read_bytes())
    most = RerankerManifest.read(folder).max_tokens
    tokenizer = {"tokenizer_class": "BertTokenizer", "model_max_length": most} | _SPECIAL
    (target / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=2) + "\n")


def _weights(graph: Any) -> Weights:
    """All weights, by their names in ``BertForSequenceClassification``."""
    to_array = import_module("onnx.numpy_helper").to_array
    held = {each.name: to_array(each) for each in graph.initializer}
    # Of equal arrays, the tracer keeps one; graphs from before they were fused say so.
    alike = (each for each in graph.node if each.op_type == "Identity" and each.input[0] in held)
    held |= {each.output[0]: held[each.input[0]] for each in alike}
    weights = {
        name.removeprefix(_PREFIX): array.copy()
        for name, array in held.items()
        if name.startswith(_PREFIX) and array.dtype == np.float32 and name.endswith((".weight", ".bias"))
    }
    if f"{_PREFIX}{_WORDS}.rows" in held:  # see index.export.reader
        rows, scales = held[f"{_PREFIX}{_WORDS}.rows"], held[f"{_PREFIX}{_WORDS}.scales"]
        weights[f"{_WORDS}.weight"] = rows.astype(np.float32) * scales
    for module, name in _multiplied(graph):
        matrix, stem = held[name].astype(np.float32), name.removesuffix("_quantized")
        if stem != name:
            matrix = (matrix - held[f"{stem}_zero_point"].astype(np.float32)) * held[f"{stem}_scale"]
        weights[f"{module}.weight"] = np.ascontiguousarray(matrix.T)
    return weights


def _multiplied(graph: Any) -> Iterator[tuple[str, str]]:
    """The layers that multiply with weights, and the names of these: what the tracer calls a node tells its layer."""
    held = {each.name for each in graph.initializer}
    for node in graph.node:
        if node.op_type in _PRODUCTS and node.input[1] in held:
            module = node.name.strip("/").rpartition("/")[0].replace("/", ".")
            yield module.removeprefix(_PREFIX), node.input[1]


def _head_width(graph: Any) -> int:
    """The width of an attention head, by whose root the scores of attention are divided: a fused product's factor, or
    a constant.
    """
    to_array = import_module("onnx.numpy_helper").to_array
    of_attention = f"/{_PREFIX.strip('.')}/bert/encoder/layer.0/attention/self/"
    nodes = [node for node in graph.node if node.name.startswith(of_attention)]
    fused = (
        each.f for node in nodes if node.op_type == "FusedMatMul" for each in node.attribute if each.name == "alpha"
    )
    values = (to_array(node.attribute[0].t) for node in nodes if node.op_type == "Constant")
    apart = (float(value) for value in values if value.dtype == np.float32 and value.ndim == 0)
    factor = next(chain(fused, apart))
    return round(1 / math.pow(factor, 2))


def _configuration(weights: Weights, head: int) -> dict[str, Any]:
    vocabulary, width = weights[f"{_WORDS}.weight"].shape
    layers = {name.split(".")[3] for name in weights if name.startswith("bert.encoder.layer.")}
    whole = set(_names(len(layers))) == weights.keys()
    if not whole or weights["classifier.weight"].shape != (1, width) or width % head:
        raise ValueError("another architecture")
    return {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "vocab_size": vocabulary,
        "hidden_size": width,
        "num_hidden_layers": len(layers),
        "num_attention_heads": width // head,
        "intermediate_size": weights["bert.encoder.layer.0.intermediate.dense.weight"].shape[0],
        "max_position_embeddings": weights["bert.embeddings.position_embeddings.weight"].shape[0],
        "type_vocab_size": weights["bert.embeddings.token_type_embeddings.weight"].shape[0],
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "id2label": {"0": "answers"},
        "label2id": {"answers": 0},
    }


def _names(layers: int) -> Iterator[str]:
    """Of all weights of ``BertForSequenceClassification`` with so many layers."""
    within = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
              "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")  # fmt: skip
    modules = [f"bert.encoder.layer.{number}.{name}" for number in range(layers) for name in within]
    for module in (*modules, "bert.embeddings.LayerNorm", "bert.pooler.dense", "classifier"):
        yield from (f"{module}.weight", f"{module}.bias")
    for table in ("word", "position", "token_type"):
        yield f"bert.embeddings.{table}_embeddings.weight"
