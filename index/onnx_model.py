"""What all exported models have in common: their files, and how they are found, checked, opened and run.

The models were exported beforehand by index.export; torch and sentence-transformers are never
imported here, which is what makes an answer start in half a second.

Texts are run one at a time, one onnxruntime thread each, on as many Python threads as there are
cores. Dynamic int8 quantisation takes its scale from the whole input tensor, so in a padded batch
the output for a text would depend on its neighbours; alone it does not, and on the processors we
measured this is also the fastest arrangement (docs/decisions.md).
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt

# onnxruntime 1.32 writes a device id and an event database into the user's cache when it is imported; a
# tool that promises to work offline leaves nothing there and reports to nobody.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from pydantic import TypeAdapter
from tokenizers import Encoding, Tokenizer

from index.errors import ModelError, StorageError
from index.worker_threads import WorkerThreads

_CHECKSUM = "sha256"
GRAPH, WEIGHTS, TOKENIZER = "model.onnx", "weights.bin", "tokenizer.json"

SLOWER = ("SkipLayerNormFusion",)
"""What onnxruntime fuses to save time, and loses a tenth of a run by: its fused sum and normalisation takes five times
as long as the two apart.
"""

Kind = Literal["encoder", "reranker"]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the model that was exported, to notice when it changes."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What stands in ``encoder.json`` or ``reranker.json`` beside an exported model.

    ``requested`` is the precision asked for, ``precision`` the one kept: they differ when int8 was
    too far from the original. ``max_tokens`` are those the model reads, special tokens included.
    ``files`` maps file names to SHA-256. ``FORMAT`` is raised whenever an export made earlier must not be
    used any more.
    """

    KIND: ClassVar[Kind]
    FORMAT: ClassVar[int]

    format: int
    reference: str
    fingerprint: str
    requested: str
    precision: str
    max_tokens: int
    inputs: tuple[str, ...]
    source_folder: str
    source_files: tuple[SourceFile, ...]
    files: dict[str, str]

    @classmethod
    def path(cls, folder: Path) -> Path:
        return folder / f"{cls.KIND}.json"

    def write(self, folder: Path) -> None:
        values = asdict(self)
        values |= {_CHECKSUM: _checksum(values)}
        self.path(folder).write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises ModelError if there is no manifest, or one that is damaged or that this version cannot use."""
        try:
            content = cls.path(folder).read_bytes()
            manifest = TypeAdapter(cls).validate_json(content, strict=True)
            values = json.loads(content)
        except (OSError, ValueError) as error:
            raise ModelError(f"The exported model in {folder.name} has no readable manifest.") from error
        if manifest.format != cls.FORMAT:
            raise ModelError(f"The exported model in {folder.name} was made by another version.")
        # Exports of earlier versions have none.
        if values.pop(_CHECKSUM, None) not in (None, _checksum(values)):
            raise ModelError(f"The exported model in {folder.name} has a damaged manifest.")
        return manifest


class OnnxModel:
    """An exported model, opened.

    The folder is checked against the SHA-256 sums of its manifest before anything is made of it.
    Raises ModelError if they differ. Safe to share between threads.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        for name in (GRAPH, TOKENIZER):
            _verify(folder, name, manifest.files)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        with ThreadPoolExecutor(1, thread_name_prefix="verify") as pool:
            # Their sum takes as long as opening the model does; nothing is computed with them before it is known.
            weights = pool.submit(_verify, folder, WEIGHTS, manifest.files)
            try:
                # By path, so that the weights are mapped into memory and not copied: 110 MB less at the peak.
                graph = str(folder / GRAPH)
                self._session = onnxruntime.InferenceSession(
                    graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=list(SLOWER)
                )
                self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
                self.tokenizer.enable_truncation(manifest.max_tokens)  # the longer text of a pair loses its end first
            except Exception as error:  # onnxruntime and tokenizers raise bare Exception subclasses
                weights.result()  # says what is wrong with the file, if that is what is wrong
                raise ModelError(f"The exported model in {folder.name} cannot be loaded.") from error
            weights.result()
        if {each.name for each in self._session.get_inputs()} != set(manifest.inputs):
            raise ModelError(f"The exported model in {folder.name} does not take what its manifest says.")
        self.tokenizer.no_padding()
        self._tokenizer_file = folder / TOKENIZER
        self._inputs = manifest.inputs
        self._workers = len(os.sched_getaffinity(0))
        self._threads = WorkerThreads(self._workers, "model")

    @cached_property
    def counter(self) -> Tokenizer:
        """Counts the tokens of whole texts. Only splitting needs it, and it takes 20 ms to open."""
        try:
            counter = Tokenizer.from_file(str(self._tokenizer_file))
        except Exception as error:  # a bare Exception; the file was whole when the model was opened
            raise ModelError(f"The exported model in {self._tokenizer_file.parent.name} cannot be loaded.") from error
        counter.no_truncation()
        counter.no_padding()
        return counter

    def run(self, encoding: Encoding, **further: npt.NDArray[Any]) -> list[npt.NDArray[np.float32]]:
        """The model's outputs for one text or pair, as ``tokenizer`` encoded it."""
        available = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
            **further,
        }
        wanted = {name: available[name] for name in self._inputs}
        outputs: list[npt.NDArray[np.float32]] = self._session.run(None, wanted)
        return outputs

    def each(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """What ``function`` makes of each item, in their order, on all cores at once. Of them this thread has one: it
        takes a while until another wakes.
        """
        places = iter(range(len(items)))
        found: dict[int, Result] = {}

        def work() -> None:
            try:
                for place in places:
                    found[place] = function(items[place])
            finally:
                deque(places, maxlen=0)  # after an error or Ctrl-C the others do not go on

        others = [self._threads.pool.submit(work) for _ in range(min(self._workers, len(items)) - 1)]
        work()
        for other in others:
            other.result()
        return [found[place] for place in range(len(items))]


AnyManifest = TypeVar("AnyManifest", bound=Manifest)


def find_export(
    kind: type[AnyManifest], cache: Path, reference: str, requested: str, source_folder: Path | None
) -> Path | None:
    """The folder in ``cache`` that holds ``reference`` at precision ``requested``, or None.

    ``source_folder`` is where the model lies now; None if that is unknown (a container without the
    model package), in which case the newest export under that reference is taken. An export
    whose source has changed since is passed over, however alike the two models are.
    """
    candidates: list[Path] = []
    for folder in sorted(cache.glob("*/")):
        try:
            manifest = kind.read(folder)
        except ModelError:
            continue  # of another kind, unfinished, foreign or older: a fresh export replaces it
        if (manifest.reference, manifest.requested) != (reference, requested):
            continue
        if source_folder is None or _source_unchanged(manifest, source_folder):
            candidates.append(folder)
    return max(candidates, key=lambda folder: kind.path(folder).stat().st_mtime_ns, default=None)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checksum(values: dict[str, Any]) -> str:
    """SHA-256 of what a manifest says: a changed prefix or number of tokens would give other vectors."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _source_unchanged(manifest: Manifest, source_folder: Path) -> bool:
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
