"""What is exported, what is refused, and when an export is made again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from index.encode import EncoderManifest
from index.errors import ModelError
from index.export import export, load_encoder
from index.onnx_model import Kind, find_export
from tests.conftest import Refusals

KINDS: list[Kind] = ["encoder", "reranker"]


@pytest.mark.parametrize("kind", KINDS)
def test_models_that_cannot_be_had_are_named_in_a_sentence(tmp_path: Path, kind: Kind) -> None:
    with pytest.raises(ModelError, match=r"^The model nobody/nothing is neither a folder nor to be had from a hub\.$"):
        export(kind, "nobody/nothing", "int8", tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no safetensors weights"):
        export(kind, str(tmp_path / "empty"), "int8", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_prefixes_dimension_and_fingerprint(tiny_models: Path, tiny_cache: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_models / "mean", tmp_path / "tiny"))
    made = find_export(EncoderManifest, tiny_cache, str(tiny_models / "mean"), "float32", tiny_models / "mean")
    assert made is not None
    exported = Path(shutil.copytree(made, tmp_path / "cache" / made.name))
    replace(EncoderManifest.read(made), reference=str(folder), source_folder=str(folder)).write(exported)
    encoder = load_encoder(str(folder), "float32", tmp_path / "cache")
    assert encoder.dimension == 32
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


def test_a_model_without_pooling_is_refused(refusals: Refusals) -> None:
    assert refusals["encoder bare"] == {
        "message": "The model has no pooling layer after its transformer; such models are not supported.",
        "left": None,
        "was_run": False,
    }


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


@pytest.mark.parametrize(("kind", "loaded"), [("encoder", "SentenceTransformer"), ("reranker", "CrossEncoder")])
def test_code_that_comes_with_a_model_is_not_run(refusals: Refusals, kind: Kind, loaded: str) -> None:
    message = f"The folder code-{kind} holds no {loaded} that can be loaded."
    assert refusals[f"{kind} code-{kind}"] == {"message": message, "left": None, "was_run": False}


def test_a_layer_of_the_models_own_is_not_run(refusals: Refusals) -> None:
    message = "The folder layer holds no SentenceTransformer that can be loaded."
    assert refusals["encoder layer"] == {"message": message, "left": None, "was_run": False}
