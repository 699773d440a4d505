"""The child process: one model exported, and one JSON object on the last line of standard output."""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.errors import LegationError, ModelError, StorageError
from index.export.encoder import OriginalEncoder
from index.export.graph import fuse, quantise, store
from index.export.original import Original, find_folder, source_files
from index.export.reranker import OriginalReranker
from index.onnx_model import GRAPH, TOKENIZER, WEIGHTS, file_digest

ORIGINALS: dict[str, Callable[[Path, str], Original]] = {"encoder": OriginalEncoder, "reranker": OriginalReranker}


def main() -> None:
    kind, reference, precision, cache = sys.argv[1:5]
    try:
        result: dict[str, Any] = {"folder": str(_export(kind, reference, precision, Path(cache)))}
    except LegationError as error:
        result = {"error": error.user_message, "storage": isinstance(error, StorageError)}
    except OSError as error:
        reason = error.strerror or type(error).__name__
        result = {"error": f"The exported model cannot be stored: {reason}.", "storage": True}
    print(json.dumps(result))


def _export(kind: str, reference: str, precision: str, cache: Path) -> Path:
    folder = find_folder(reference)
    files = source_files(folder, reference)
    original = ORIGINALS[kind](folder, reference)
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=cache))
    try:
        common = {
            "format": original.FORMAT,
            "reference": reference,
            "requested": precision,
            "max_tokens": original.max_tokens,
            "inputs": original.write(work / "float32.onnx"),
            "source_folder": str(folder),
            "source_files": files,
        }
        fingerprint = _faithful(work, original, common)
        for kept in ("float32", "int8"):
            (work / f"{kept}.onnx").unlink(missing_ok=True)
        target = cache / f"{_slug(reference)}-{precision}-{fingerprint[:12]}"
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
        return target
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _faithful(work: Path, original: Original, common: dict[str, Any]) -> str:
    """Leaves the model in ``work`` at the precision requested, or at float32 if int8 is too far from the
    original, and returns its fingerprint.
    """
    original.tokenizer.backend_tokenizer.save(str(work / TOKENIZER))
    complaint = None
    for precision in ("int8", "float32") if common["requested"] == "int8" else ("float32",):
        if precision == "int8":
            quantise(work / "float32.onnx", work / "int8.onnx")
        fuse(work / f"{precision}.onnx")
        store(work / f"{precision}.onnx", work)
        sources = [[file.path, file.sha256] for file in common["source_files"]]
        identity = [original.FORMAT, precision, original.max_tokens, *original.identity, *sources]
        fingerprint = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
        files = {name: file_digest(work / name) for name in (GRAPH, WEIGHTS, TOKENIZER)}
        further = {"precision": precision, "fingerprint": fingerprint, "files": files}
        complaint = original.measure(work, common | further)
        if complaint is None:
            return fingerprint
        print(f"{precision} is too far from the original: {complaint}", file=sys.stderr)
    raise ModelError(f"The model {common['reference']} cannot be exported faithfully ({complaint}).")


def _slug(reference: str) -> str:
    name = reference.rstrip("/").rsplit("/", 1)[-1].lower()
    return "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in name).strip(".-") or "model"


if __name__ == "__main__":
    main()
