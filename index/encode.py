"""Text to vectors, with onnxruntime and tokenizers alone.

The model was exported beforehand by index.export; torch and sentence-transformers are never
imported here, which is what makes an answer start in half a second.

Texts are run one at a time, one onnxruntime thread each, on as many Python threads as there are
cores. Dynamic int8 quantisation takes its scale from the whole input tensor, so in a padded batch
the vector of a text would depend on its neighbours; alone it does not, and on the processors we
measured this is also the fastest arrangement (docs/decisions.md).

The vector of a sentence is pooled from the tokens of its passage, which have all seen each other: "it
was closed" is near its embassy. Method: Günther et al., "Late Chunking: Contextual Chunk Embeddings
Using Long-Context Embedding Models" (2024). It costs no second run of the model.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

# onnxruntime 1.32 writes a device id and an event database into the user's cache when it is imported; a
# tool that promises to work offline leaves nothing there and reports to nobody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from tokenizers import Tokenizer

from index.errors import ModelError, StorageError
from index.types import Span, Vectors

EXPORT_FORMAT = 3
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
        return self.encode_with_sentences(texts, [()] * len(texts))[0]

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32), ()
        if len(texts) == 1 or self._workers == 1:
            encoded = [self._encode_passage(text, spans) for text, spans in zip(texts, sentences, strict=True)]
        else:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="encode") as pool:
                encoded = list(pool.map(self._encode_passage, texts, sentences))
        return np.stack([whole for whole, _ in encoded]), tuple(parts for _, parts in encoded)

    def _encode_passage(self, text: str, sentences: Sequence[Span]) -> tuple[Vectors, Vectors]:
        prefix = self._manifest.passage_prefix
        return self._run(prefix + text, [Span(s.start + len(prefix), s.end + len(prefix)) for s in sentences])

    def _encode(self, text: str) -> Vectors:
        return self._run(text, ())[0]

    def _run(self, text: str, sentences: Sequence[Span]) -> tuple[Vectors, Vectors]:
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        tokens = _tokens_of(sentences, encoding.offsets)
        available = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
            "sentences": tokens,
        }
        whole, parts = self._session.run(None, {name: available[name] for name in self._manifest.inputs})
        vector = _at_length_one(whole[:1])[0]
        vectors = _at_length_one(parts)
        # The model read none of a sentence that stands after the last token it takes.
        vectors[tokens.sum(axis=1) == 0] = vector
        return vector, vectors


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


def _tokens_of(sentences: Sequence[Span], offsets: Sequence[tuple[int, int]]) -> npt.NDArray[np.float32]:
    """Shape (sentences, tokens): 1 where a token lies in a sentence. Special tokens are empty, in none."""
    places = np.array(offsets, dtype=np.int64).reshape(-1, 2)
    starts, ends = places[:, 0], places[:, 1]
    rows = [(starts < span.end) & (ends > span.start) & (ends > starts) for span in sentences]
    return np.array(rows, dtype=np.float32).reshape(len(sentences), len(places))


def _at_length_one(vectors: npt.NDArray[np.float32]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


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
