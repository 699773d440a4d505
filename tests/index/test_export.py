"""What is exported, what is refused, and when an export is made again."""

import json
import shutil
from pathlib import Path

import pytest

from index.encode import EncoderManifest
from index.errors import ModelError
from index.export import export, load_encoder
from index.onnx_model import Kind

KINDS: list[Kind] = ["encoder", "reranker"]


@pytest.mark.parametrize("kind", KINDS)
def test_models_that_cannot_be_had_are_named_in_a_sentence(tmp_path: Path, kind: Kind) -> None:
    with pytest.raises(ModelError, match=r"^The model nobody/nothing is neither a folder nor to be had from a hub\.$"):
        export(kind, "nobody/nothing", "int8", tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no safetensors weights"):
        export(kind, str(tmp_path / "empty"), "int8", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_prefixes_dimension_and_fingerprint(tiny_models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_models / "mean", tmp_path / "tiny"))
    encoder = load_encoder(str(folder), "float32", tmp_path / "cache")
    assert encoder.dimension == 32
    (exported,) = (tmp_path / "cache").iterdir()
    manifest = EncoderManifest.read(exported)
    assert (manifest.query_prefix, manifest.passage_prefix) == ("query: ", "passage: ")
    assert manifest.cosine_min >= 0.9999
    query, passage = encoder.encode_query("embassy"), encoder.encode_passages(["embassy"])[0]
    assert query.tobytes() == load_encoder(str(folder), "float32", tmp_path / "cache").encode_query("embassy").tobytes()
    assert query.tobytes() != passage.tobytes()
    assert list((tmp_path / "cache").iterdir()) == [exported]  # found, not made again
    # Other weights under the same name are another model, though the dimension is the same.
    before = encoder.fingerprint
    shutil.copy(tiny_models / "other" / "model.safetensors", folder)
    assert load_encoder(str(folder), "float32", tmp_path / "cache").fingerprint != before


def test_a_model_without_pooling_is_refused(tiny_models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load_encoder(str(tiny_models / "bare"), "int8", tmp_path / "cache")
    assert caught.value.user_message == (
        "The model has no pooling layer after its transformer; such models are not supported."
    )
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("kind", "name"), [("encoder", "mean"), ("reranker", "cross")])
def test_pickled_weights_are_refused(tiny_models: Path, tmp_path: Path, kind: Kind, name: str) -> None:
    folder = Path(shutil.copytree(tiny_models / name, tmp_path / "tiny"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError) as caught:
        export(kind, str(folder), "float32", tmp_path / "cache")
    assert caught.value.user_message == ("The model in tiny has no safetensors weights; other formats are not read.")


def test_pickled_weights_of_one_layer_are_refused(tiny_models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_models / "dense", tmp_path / "tiny"))
    (folder / "2_Dense" / "model.safetensors").rename(folder / "2_Dense" / "pytorch_model.bin")
    with pytest.raises(ModelError, match="no safetensors weights"):
        export("encoder", str(folder), "float32", tmp_path / "cache")


@pytest.mark.parametrize(("kind", "name"), [("encoder", "mean"), ("reranker", "cross")])
def test_code_that_comes_with_a_model_is_not_run(tiny_models: Path, tmp_path: Path, kind: Kind, name: str) -> None:
    folder = Path(shutil.copytree(tiny_models / name, tmp_path / "tiny"))
    marker = tmp_path / "was-run"
    (folder / "strange.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    classes = ("AutoConfig", "AutoModel", "AutoModelForSequenceClassification")
    config = json.loads((folder / "config.json").read_text()) | {
        "model_type": "strange",
        "auto_map": dict.fromkeys(classes, "strange.Strange"),
    }
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"^The folder tiny holds no \w+ that can be loaded\.$"):
        export(kind, str(folder), "float32", tmp_path / "cache")
    assert not marker.exists()


def test_a_layer_of_the_models_own_is_not_run(tiny_models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_models / "mean", tmp_path / "tiny"))
    marker = tmp_path / "was-run"
    (folder / "strange.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Strange: pass\n")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "strange.Strange"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match=r"^The folder tiny holds no SentenceTransformer that can be loaded\.$"):
        export("encoder", str(folder), "float32", tmp_path / "cache")
    assert not marker.exists()
