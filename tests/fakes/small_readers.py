"""Makes readers of a tiny cross-encoder, as the product uses them: python small_readers.py CROSS FOLDER.

CROSS is ``cross`` of tiny_models.py. In FOLDER come to lie:

| folder | what it is |
|---|---|
| `reader` | CROSS, exported as the reader is, in int8 |
| `original` | `reader`, dequantised |
| `opposite` | CROSS with the score turned round, exported like it |
| `logits.json` | those of CROSS (`cross`) and of `original`, of the pairs of tests/index/model_texts.py |

A script of its own, so that torch never enters the process of the tests.
"""

import json
import sys
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from index.export.dequantise import dequantise  # noqa: E402
from index.export.reader import export_reader  # noqa: E402
from tests.index.model_texts import PAIRS  # noqa: E402


def main() -> None:
    cross, folder = Path(sys.argv[1]), Path(sys.argv[2])
    export_reader(cross, folder / "reader")
    dequantise(folder / "reader", folder / "original")
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


if __name__ == "__main__":
    main()
