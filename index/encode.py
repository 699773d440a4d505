"""Text to vectors, with onnxruntime and tokenizers alone.

The model was exported beforehand by index.export; torch and sentence-transformers are never
imported here, which is what makes an answer start in half a second.

Texts are run one at a time, one onnxruntime thread each, on as many Python threads as there are
cores. Dynamic int8 quantisation takes its scale from the whole input tensor, so in a padded batch
the vector of a text would depend on its neighbours; alone it does not, and on the processors we
measured this is also the fastest arrangement (docs/decisions.md).
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

# onnxruntime 1.32 writes a device id and an event database into the user's cache when it is imported; a
# tool that promises to work offline leaves nothing there and reports to nobody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from tokenizers import Tokenizer

from index.errors import ModelError, StorageError
from index.types import Vectors

EXPORT_FORMAT = 2
"""Raised whenever an export made earlier must not be used any more."""

MANIFEST = "encoder.json"
GRAPH, WEIGHTS, TOKENIZER = "model.onnx", "weights.bin", "tokenizer.json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the model that was exported, to notice when it changes."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """What stands in ``encoder.json`` beside an exported model.

    ``requested`` is the precision asked for, ``precision`` the one kept: they differ when int8 was
    too far from the original. ``cosine_mean`` and ``cosine_min`` compare the exported model with the
    original over a fixed set of sentences, in [-1, 1]. ``files`` maps file names to SHA-256.
    """

    format: int
    reference: str
    fingerprint: str
    requested: str
    precision: str
    cosine_mean: float
    cosine_min: float
    dimension: int
    max_tokens: int
    inputs: tuple[str, ...]
    query_prefix: str
    passage_prefix: str
    source_folder: str
    source_files: tuple[SourceFile, ...]
    files: dict[str, str]

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n")

    @staticmethod
    def read(folder: Path) -> "ExportManifest":
        """Raises ModelError if there is no manifest, or one that this version cannot use."""
        try:
            fields = json.loads((folder / MANIFEST).read_text())
            fields["inputs"] = tuple(fields["inputs"])
            fields["source_files"] = tuple(SourceFile(**file) for file in fields["source_files"])
            manifest = ExportManifest(**fields)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(f"The exported model in {folder.name} has no readable manifest.") from error
        if manifest.format != EXPORT_FORMAT:
            raise ModelError(f"The exported model in {folder.name} was made by another version.")
        return manifest


class OnnxEncoder:
    """An exported sentence-transformers model; see ``index.types.Encoder`` for the methods.

    The folder is checked against the SHA-256 sums of its manifest before anything is loaded.
    Raises ModelError if they differ. Safe to share between threads.
    """

    def __init__(self, folder: Path) -> None:
        self._manifest = ExportManifest.read(folder)
        for name in (GRAPH, WEIGHTS, TOKENIZER):
            _verify(folder, name, self._manifest.files)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            # By path, so that the weights are mapped into memory and not copied: 110 MB less at the peak.
            graph = str(folder / GRAPH)
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
            self._counter = Tokenizer.from_file(str(folder / TOKENIZER))
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # onnxruntime and tokenizers raise bare Exception subclasses
            raise ModelError(f"The exported model in {folder.name} cannot be loaded.") from error
        self._counter.no_truncation()
        self._counter.no_padding()
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._manifest.max_tokens)
        self._workers = len(os.sched_getaffinity(0))

    @property
    def fingerprint(self) -> str:
        return self._manifest.fingerprint

    @property
    def name(self) -> str:
        return self._manifest.reference

    @property
    def precision(self) -> str:
        return self._manifest.precision

    @property
    def dimension(self) -> int:
        return self._manifest.dimension

    @property
    def max_tokens(self) -> int:
        return self._manifest.max_tokens

    def count_tokens(self, text: str) -> int:
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def encode_query(self, text: str) -> Vectors:
        return self._encode(self._manifest.query_prefix + text)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        prefixed = [self._manifest.passage_prefix + text for text in texts]
        if len(prefixed) == 1 or self._workers == 1:
            return np.stack([self._encode(text) for text in prefixed])
        with ThreadPoolExecutor(self._workers, thread_name_prefix="encode") as pool:
            return np.stack(list(pool.map(self._encode, prefixed)))

    def _encode(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        available = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        output = self._session.run(None, {name: available[name] for name in self._manifest.inputs})
        vector: Vectors = np.asarray(output[0][0], dtype=np.float32)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length > 0 else vector


def find_export(cache: Path, reference: str, requested: str, source_folder: Path | None) -> Path | None:
    """The folder in ``cache`` that holds ``reference`` at precision ``requested``, or None.

    ``source_folder`` is where the model lies now; None if that is unknown (a container without the
    model package), in which case the newest export under that reference is taken. An export
    whose source has changed since is passed over, however alike the two models are.
    """
    candidates: list[Path] = []
    for folder in sorted(cache.glob("*/")):
        try:
            manifest = ExportManifest.read(folder)
        except ModelError:
            continue  # unfinished, foreign or older: a fresh export replaces it
        if (manifest.reference, manifest.requested) != (reference, requested):
            continue
        if source_folder is None or _source_unchanged(manifest, source_folder):
            candidates.append(folder)
    return max(candidates, key=lambda folder: (folder / MANIFEST).stat().st_mtime_ns, default=None)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _source_unchanged(manifest: ExportManifest, source_folder: Path) -> bool:
    for file in manifest.source_files:
        path = source_folder / file.path
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        if path.stat().st_mtime_ns != file.mtime_ns and file_digest(path) != file.sha256:
            return False
    return True


def _verify(folder: Path, name: str, digests: dict[str, str]) -> None:
    try:
        digest = file_digest(folder / name)
    except FileNotFoundError as error:
        raise ModelError(f"The exported model in {folder.name} lacks {name}.") from error
    except OSError as error:
        raise StorageError(f"The exported model in {folder.name} cannot be read: {error.strerror}.") from error
    if digest != digests.get(name):
        raise ModelError(f"The exported model in {folder.name} is damaged ({name} fails its checksum).")
