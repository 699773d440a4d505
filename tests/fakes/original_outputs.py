"""What sentence-transformers itself makes of texts: python original_outputs.py FOLDER < texts.json > outputs.npz.

FOLDER holds the models of tiny_models.py. The input is {"texts": [...], "pairs": [[question, text], ...]}.
The output has, for each bi-encoder and text, ``<model>/vectors`` (prefix and all), ``<model>/<i>/tokens`` and
``<i>/offsets`` (of the tokens in the text, the prefix not counted); ``dense/weight`` and ``dense/bias``; and
``<cross-encoder>/scores``.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer

PREFIX = "passage: "


def main() -> None:
    folder, asked = Path(sys.argv[1]), json.load(sys.stdin)
    texts, pairs = asked["texts"], [tuple(pair) for pair in asked["pairs"]]
    found = {}
    for name in ("mean", "cls", "dense"):
        model = SentenceTransformer(str(folder / name), device="cpu")
        found[f"{name}/vectors"] = model.encode(texts, prompt=PREFIX, normalize_embeddings=True)
        for number, text in enumerate(texts):
            (tokens,) = model.encode([text], prompt=PREFIX, output_value="token_embeddings")
            read = model.tokenizer(PREFIX + text, truncation=True, return_offsets_mapping=True)
            found[f"{name}/{number}/tokens"] = tokens.numpy()
            found[f"{number}/offsets"] = np.array(read["offset_mapping"]) - len(PREFIX)
        if name == "dense":
            found["dense/weight"] = model[2].linear.weight.detach().numpy()
            found["dense/bias"] = model[2].linear.bias.detach().numpy()
    one, two = (CrossEncoder(str(folder / name), device="cpu") for name in ("cross", "cross-2"))
    found["cross/scores"] = one.predict(pairs, activation_fn=torch.nn.Sigmoid())
    found["cross-2/scores"] = two.predict(pairs, apply_softmax=True)[:, 1]
    np.savez(sys.stdout.buffer, **found)


if __name__ == "__main__":
    main()
