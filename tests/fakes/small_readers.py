"""Readers of a tiny cross-encoder, ``cross`` of tests/fakes/tiny_models.py, as the product uses them:

| folder | what it is |
|---|---|
| `reader` | `cross`, exported as the reader is, in int8 |
| `original` | `reader`, dequantised |
| `unfused` | `cross`, exported as readers were before their graphs were fused |
| `original-unfused` | `unfused`, dequantised |
| `batched` | `cross`, exported as readers were before their graphs read one pair at a time |
| `original-batched` | `batched`, dequantised |
| `opposite` | `cross` with the score turned round, exported like it |
| `logits.json` | those of `cross` and of `original`, of the pairs of tests/index/model_texts.py |

Imports torch: it is tests/fakes/made_with_torch.py that makes them, in a process of its own.
"""

import json
from pathlib import Path
from unittest.mock import patch

import torch
from sentence_transformers import CrossEncoder

from index.export.dequantise import dequantise
from index.export.reader import export_reader
from tests.index.model_texts import PAIRS


def write_readers(cross: Path, folder: Path) -> None:
    export_reader(cross, folder / "reader")
    dequantise(folder / "reader", folder / "original")
    with patch("index.export.reader.fuse"):
        export_reader(cross, folder / "unfused")
    dequantise(folder / "unfused", folder / "original-unfused")
    with patch("index.export.reranker.for_one_text", return_value=False):
        export_reader(cross, folder / "batched")
    dequantise(folder / "batched", folder / "original-batched")
    logits = {}
    for name, model in (("cross", cross), ("original", folder / "original")):
        encoder = CrossEncoder(str(model), device="cpu")
        logits[name] = encoder.predict(PAIRS, activation_fn=torch.nn.Identity()).tolist()
    turned = CrossEncoder(str(cross), device="cpu")
    with torch.no_grad():
        turned.model.classifier.weight.neg_()
        turned.model.classifier.bias.neg_()
    turned.save(str(folder / "turned"))
    export_reader(folder / "turned", folder / "opposite", reference="legation-reader-own")
    (folder / "logits.json").write_text(json.dumps(logits))
