"""All that tests need torch for, in one process: to import it takes far longer than what is made here.

``python -m tests.fakes.made_with_torch FOLDER``. In FOLDER, which is there, come to lie:

| name | what it is |
|---|---|
| `tiny` | the models of tests/fakes/tiny_models.py |
| `exports` | some of them, exported by the product; a cache, as LEGATION_MODEL_CACHE names one |
| `readers` | those of tests/fakes/small_readers.py |
| `outputs.npz` | that of tests/fakes/original_outputs.py |
| `refusals.json` | what the product says of models that it does not export, and what these attempts left |
"""

import json
import shutil
import sys
from pathlib import Path

from index.errors import ModelError
from index.export.__main__ import _export
from tests.fakes.original_outputs import write_outputs
from tests.fakes.small_readers import write_readers
from tests.fakes.tiny_models import write_models

EXPORTED = {
    "encoder": (("mean", "float32"), ("cls", "float32"), ("dense", "float32"), ("dense", "int8")),
    "reranker": (("cross", "float32"), ("cross", "int8"), ("cross-2", "float32"), ("rough", "int8")),
}


def main() -> None:
    folder = Path(sys.argv[1])
    models = folder / "tiny"
    write_models(models)
    for kind, chosen in EXPORTED.items():
        for name, precision in chosen:
            _export(kind, str(models / name), precision, folder / "exports")
    write_readers(models / "cross", folder / "readers")
    write_outputs(models, folder / "outputs.npz")
    odd = folder / "odd"
    for kind, name in (("encoder", "mean"), ("reranker", "cross")):
        _with_code(shutil.copytree(models / name, odd / f"code-{kind}"))
    _with_layer(shutil.copytree(models / "mean", odd / "layer"))
    refused = [
        ("encoder", models / "bare"), ("reranker", models / "cross-3"), ("reranker", models / "mean"),
        ("encoder", odd / "code-encoder"), ("reranker", odd / "code-reranker"), ("encoder", odd / "layer"),
    ]  # fmt: skip
    found = {f"{kind} {model.name}": _refusal(kind, model, folder / "none") for kind, model in refused}
    (folder / "refusals.json").write_text(json.dumps(found))


def _with_code(folder: Path) -> None:
    """Makes a model of it whose code comes with it, and leaves a file ``was-run`` when it is run."""
    _write_code(folder)
    classes = ("AutoConfig", "AutoModel", "AutoModelForSequenceClassification")
    own = {"model_type": "strange", "auto_map": dict.fromkeys(classes, "strange.Strange")}
    config = json.loads((folder / "config.json").read_text()) | own
    (folder / "config.json").write_text(json.dumps(config))


def _with_layer(folder: Path) -> None:
    """Makes a model of it that has a layer of its own, whose code leaves a file ``was-run`` when it is run."""
    _write_code(folder)
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "strange.Strange"
    (folder / "modules.json").write_text(json.dumps(modules))


def _write_code(folder: Path) -> None:
    marker = folder / "was-run"
    (folder / "strange.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Strange: pass\n")


def _refusal(kind: str, model: Path, cache: Path) -> dict[str, object]:
    """``message`` is what a user is told, None if it is exported all the same, or an error that nobody foresaw."""
    try:
        _export(kind, str(model), "float32", cache)
        message = None
    except ModelError as error:
        message = error.user_message
    except Exception as error:  # of one model: it fails its own test, not those of the others
        message = repr(error)
    left = sorted(path.name for path in cache.iterdir()) if cache.exists() else None
    return {"message": message, "left": left, "was_run": (model / "was-run").exists()}


if __name__ == "__main__":
    main()
