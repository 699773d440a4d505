"""The trained reader as one int8 ONNX folder of less than 25 MB, opened by index.rerank.OnnxReranker.

The layers are quantised as every model here is (index.export.graph). That leaves the table of word embeddings, half of
the model, in float32; here it becomes int8 too, with a scale for each word.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from index.export.graph import quantise, store
from index.export.reranker import CHECK_PAIRS, MOST_ERROR, OriginalReranker
from index.onnx_model import GRAPH, TOKENIZER, WEIGHTS, SourceFile, file_digest
from index.rerank import OnnxReranker, RerankerManifest

REFERENCE = "legation-reader"
MOST_BYTES = 25_000_000


class SmallTable(nn.Module):  # type: ignore[misc]
    """Word embeddings in 8 bits: row by row, the largest number of a row is 127 times its scale."""

    def __init__(self, table: nn.Embedding) -> None:
        super().__init__()
        weights = table.weight.detach()
        scales = weights.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", torch.round(weights / scales).to(torch.int8))
        self.register_buffer("scales", scales)

    def forward(self, ids: Tensor) -> Tensor:
        return self.rows[ids].float() * self.scales[ids]


@dataclass(frozen=True, slots=True)
class Exported:
    """``error`` is the root mean square difference of the logits from those of the original, as a share of their
    standard deviation; ``rank_correlation`` is Spearman's, over the same pairs.
    """

    folder: Path
    megabytes: float
    error: float
    rank_correlation: float


def export_reader(model: Path, target: Path, pairs: list[tuple[str, str]] | None = None) -> Exported:
    """Writes the reader in ``model`` into the new folder ``target``, and compares it with the original on ``pairs``.

    Raises ValueError if it is larger than 25 MB or too far from the original.
    """
    original = OriginalReranker(model, str(model))
    compared = pairs or list(CHECK_PAIRS)
    wanted = _logits(original, compared)
    bert = original._model.model.bert
    bert.embeddings.word_embeddings = SmallTable(bert.embeddings.word_embeddings)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        inputs = original.write(work / "float32.onnx")
        quantise(work / "float32.onnx", work / "int8.onnx")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        store(work / "int8.onnx", target)
    original.tokenizer.backend_tokenizer.save(str(target / TOKENIZER))
    files = {each: file_digest(target / each) for each in (GRAPH, WEIGHTS, TOKENIZER)}
    manifest = RerankerManifest(
        format=RerankerManifest.FORMAT,
        reference=REFERENCE,
        fingerprint=hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest(),
        requested="int8",
        precision="int8",
        max_tokens=original.max_tokens,
        inputs=inputs,
        source_folder="",
        source_files=(SourceFile("model.safetensors", 0, 0, file_digest(model / "model.safetensors")),),
        files=files,
        error=0.0,
    )
    manifest.write(target)
    found = OnnxReranker(target).logits(compared)
    error = float(np.sqrt(np.mean((found - wanted) ** 2)) / max(wanted.std(), 1e-9))
    replace(manifest, error=error).write(target)
    size = sum(file.stat().st_size for file in target.iterdir())
    if size > MOST_BYTES:
        raise ValueError(f"The reader takes {size / 1e6:.1f} MB.")
    if error > MOST_ERROR["int8"]:
        raise ValueError(f"The int8 reader is {error:.3f} of a standard deviation away from the original.")
    return Exported(target, size / 1e6, error, float(np.corrcoef(_ranks(found), _ranks(wanted))[0, 1]))


def _logits(original: OriginalReranker, pairs: list[tuple[str, str]]) -> npt.NDArray[np.float64]:
    found = original._model.predict(pairs, activation_fn=nn.Identity(), show_progress_bar=False)
    return np.asarray(found, dtype=np.float64)


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")
