"""The trained reader as one int8 ONNX folder of less than 25 MB, opened by index.rerank.OnnxReranker.

The layers are quantised as every model here is (index.export.graph). That leaves the table of word embeddings, half of
the model, in float32; here it becomes int8 too, with a scale for each word.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.export.graph import fuse, quantise, store
from index.export.reranker import CHECK_PAIRS, MOST_ERROR, OriginalReranker
from index.onnx_model import GRAPH, TOKENIZER, WEIGHTS, SourceFile, file_digest
from index.rerank import OnnxReranker, RerankerManifest

REFERENCE = "legation-reader"
"""By what the reference begins with, the product knows readers: their scores have weights of their own."""

MOST_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class Exported:
    """``error`` is the root mean square difference of the logits from those of the original, as a share of their
    standard deviation; ``rank_correlation`` is Spearman's, over the same pairs.
    """

    folder: Path
    megabytes: float
    error: float
    rank_correlation: float


def export_reader(
    model: Path,
    target: Path,
    pairs: Sequence[tuple[str, str]] = CHECK_PAIRS,
    reference: str = REFERENCE,
    most_error: float = MOST_ERROR["int8"],
) -> Exported:
    """Writes the reader in ``model`` into the folder ``target``, whose content it replaces, and compares it with the
    original on ``pairs``. ``reference`` names it in its manifest, and begins with REFERENCE.

    Raises ModelError if it cannot be loaded, is larger than 25 MB, or has an ``error`` of more than ``most_error``.
    """
    original = OriginalReranker(model, str(model))
    wanted = original.logits(pairs)
    embeddings = original.model.bert.embeddings
    embeddings.word_embeddings = _small_table(embeddings.word_embeddings)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        inputs = original.write(work / "float32.onnx")
        quantise(work / "float32.onnx", work / "int8.onnx")
        fuse(work / "int8.onnx")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        store(work / "int8.onnx", target)
    shutil.copymode(target / GRAPH, target / WEIGHTS)  # onnx writes the weights for their owner alone
    original.tokenizer.backend_tokenizer.save(str(target / TOKENIZER))
    files = {each: file_digest(target / each) for each in (GRAPH, WEIGHTS, TOKENIZER)}
    manifest = RerankerManifest(
        format=RerankerManifest.FORMAT,
        reference=reference,
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
    found = OnnxReranker(target).logits(pairs)
    error = float(np.sqrt(np.mean((found - wanted) ** 2)) / max(wanted.std(), 1e-9))
    replace(manifest, error=error).write(target)
    size = sum(file.stat().st_size for file in target.iterdir())
    if size > MOST_BYTES:
        raise ModelError(f"The reader takes {size / 1e6:.1f} MB, which is more than {MOST_BYTES / 1e6:.0f}.")
    if error > most_error:
        raise ModelError(f"The int8 reader is {error:.3f} of a standard deviation away from the original.")
    return Exported(target, size / 1e6, error, float(np.corrcoef(_ranks(found), _ranks(wanted))[0, 1]))


def _small_table(table: Any) -> Any:
    """Word embeddings in 8 bits: row by row, the largest number of a row is 127 times its scale."""
    torch = import_module("torch")
    weights = table.weight.detach()
    in_eight_bits = weights.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127

    class SmallTable(torch.nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("rows", torch.round(weights / in_eight_bits).to(torch.int8))
            self.register_buffer("scales", in_eight_bits)

        def forward(self, ids: Any) -> Any:
            return self.rows[ids].float() * self.scales[ids]

    return SmallTable()


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")
