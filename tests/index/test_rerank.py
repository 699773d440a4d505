"""The optional reranker: an exported CrossEncoder gives the original's scores."""

import json
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.encode import EncoderManifest
from index.errors import ModelError
from index.export import load_reranker, resolve
from index.onnx_model import find_export
from index.rerank import OnnxReranker, RerankerManifest
from tests.conftest import Refusals
from tests.index.model_texts import LONG_QUESTION, LONG_TEXT, PAIRS, TEXTS

Outputs = dict[str, npt.NDArray[np.float32]]


@pytest.fixture
def copied(tiny_models: Path, tiny_cache: Path, tmp_path: Path) -> Path:
    """An export of ``cross`` in a cache of its own."""
    source = tiny_models / "cross"
    load_reranker(str(source), "float32", tiny_cache)
    found = find_export(RerankerManifest, tiny_cache, str(source), "float32", source)
    assert found is not None
    return Path(shutil.copytree(found, tmp_path / "cache" / found.name))


@pytest.mark.parametrize("name", ["cross", "cross-2"])
def test_scores_are_those_of_sentence_transformers(
    tiny_models: Path, tiny_cache: Path, originals: Outputs, name: str
) -> None:
    """Among the pairs are some that are too long on either side, or on both."""
    reranker = load_reranker(str(tiny_models / name), "float32", tiny_cache)
    assert (reranker.name, reranker.precision) == (str(tiny_models / name), "float32")
    scores = np.concatenate([reranker.score(question, [text]) for question, text in PAIRS])
    assert np.abs(scores - originals[f"{name}/scores"]).max() < 1e-5
    assert np.ptp(scores) > 0.1


def test_scores_are_in_the_order_of_the_texts_and_do_not_depend_on_the_others(
    tiny_models: Path, tiny_cache: Path
) -> None:
    reranker = load_reranker(str(tiny_models / "cross"), "int8", tiny_cache)
    assert reranker.precision == "int8"
    texts = [*TEXTS, "", LONG_TEXT, TEXTS[0]]
    together = reranker.score("Which embassy closed?", texts)
    assert (together.dtype, together.shape) == (np.float32, (6,))
    assert together.min() >= 0
    assert together.max() <= 1
    assert len(set(together.tolist())) == 5
    alone = [reranker.score("Which embassy closed?", [text]) for text in texts]
    assert together.tobytes() == np.concatenate(alone).tobytes()
    assert together.tobytes() == reranker.score("Which embassy closed?", texts[::-1])[::-1].tobytes()
    again = load_reranker(str(tiny_models / "cross"), "int8", tiny_cache)
    assert again.score("Which embassy closed?", texts).tobytes() == together.tobytes()


def test_no_texts_have_no_scores(tiny_models: Path, tiny_cache: Path) -> None:
    scores = load_reranker(str(tiny_models / "cross"), "float32", tiny_cache).score("Which embassy closed?", [])
    assert (scores.dtype, scores.shape) == (np.float32, (0,))


def test_what_the_model_does_not_read_changes_no_score(tiny_models: Path, tiny_cache: Path) -> None:
    reranker = load_reranker(str(tiny_models / "cross"), "float32", tiny_cache)
    whole, longer = reranker.score("Which consulate closed?", [LONG_TEXT, LONG_TEXT + "It reopened."])
    assert whole == longer
    # Of a pair, the longer text is cut first.
    first, second = reranker.score(LONG_QUESTION, ["It closed.", "It opened."])
    assert first != second


def test_scores_at_the_ends_of_the_scale_are_finite(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reranker = OnnxReranker(copied)
    monkeypatch.setattr(reranker, "logits", lambda pairs: np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0]))
    expected = np.array([0, 4.248354e-18, 0.5, 1, 1], dtype=np.float32)
    assert reranker.score("", [""] * 5) == pytest.approx(expected, rel=1e-6)


def test_a_model_that_does_not_survive_int8_is_kept_at_float32(tiny_models: Path, tiny_cache: Path) -> None:
    source = tiny_models / "rough"
    assert load_reranker(str(source), "int8", tiny_cache).precision == "float32"
    found = find_export(RerankerManifest, tiny_cache, str(source), "int8", source)
    assert found is not None
    manifest = RerankerManifest.read(found)
    assert (manifest.requested, manifest.precision, manifest.max_tokens) == ("int8", "float32", 64)
    assert manifest.error < 0.001


def test_the_manifest_names_every_file_and_where_it_came_from(copied: Path, tiny_models: Path) -> None:
    manifest = RerankerManifest.read(copied)
    assert manifest.files.keys() == {"model.onnx", "weights.bin", "tokenizer.json"}
    assert {file.name for file in copied.iterdir()} == {*manifest.files, "reranker.json"}
    assert sorted(manifest.inputs) == ["attention_mask", "input_ids", "token_type_ids"]
    assert Path(manifest.source_folder) == tiny_models / "cross"
    sources = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert [file.path for file in manifest.source_files] == sources


def test_an_export_is_found_by_kind_name_precision_and_unchanged_source(
    copied: Path, tiny_models: Path, tmp_path: Path
) -> None:
    cache, source = copied.parent, tiny_models / "cross"
    assert find_export(RerankerManifest, cache, str(source), "float32", source) == copied
    assert find_export(RerankerManifest, cache, str(source), "int8", source) is None
    assert find_export(EncoderManifest, cache, str(source), "float32", source) is None
    assert find_export(RerankerManifest, cache, str(source), "float32", tiny_models / "cross-2") is None
    assert resolve(str(source)) == source
    changed = Path(shutil.copytree(source, tmp_path / "changed"))
    config = json.loads((changed / "config.json").read_text())
    (changed / "config.json").write_text(json.dumps(config))
    assert find_export(RerankerManifest, cache, str(source), "float32", changed) is None


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json"])
def test_a_damaged_export_is_refused(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[500] ^= 1
    (copied / name).unlink()
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        OnnxReranker(copied)
    assert caught.value.user_message == (f"The exported model in {copied.name} is damaged ({name} fails its checksum).")


def test_a_damaged_export_is_made_again(copied: Path, tiny_models: Path) -> None:
    before = OnnxReranker(copied).score("When?", TEXTS)
    (copied / "weights.bin").unlink()
    again = load_reranker(str(tiny_models / "cross"), "float32", copied.parent)
    assert again.score("When?", TEXTS).tobytes() == before.tobytes()
    assert list(copied.parent.iterdir()) == [copied]
    OnnxReranker(copied)


@pytest.mark.parametrize(
    ("field", "value"),
    [("files", None), ("max_tokens", "x"), ("max_tokens", -1), ("inputs", ["input_ids"]), ("inputs", 3), ("error", [])],
)
def test_a_manifest_that_says_something_else_is_not_used(copied: Path, field: str, value: object) -> None:
    """What is refused is made again, as above."""
    manifest = copied / "reranker.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))
    with pytest.raises(ModelError, match=rf"^The exported model in {copied.name} "):
        OnnxReranker(copied)


@pytest.mark.parametrize("content", ["", "[]", "null", "[" * 100_000, '{"files": {}}'])
def test_a_manifest_that_is_none_is_unreadable(copied: Path, content: str) -> None:
    (copied / "reranker.json").write_text(content)
    with pytest.raises(ModelError, match="has no readable manifest"):
        RerankerManifest.read(copied)


def test_a_model_with_more_labels_is_refused(tiny_models: Path, refusals: Refusals) -> None:
    assert refusals["reranker cross-3"] == {
        "message": f"The model {tiny_models / 'cross-3'} has 3 labels; a reranker has one, or no and yes.",
        "left": None,
        "was_run": False,
    }


def test_a_bi_encoder_is_refused(tiny_models: Path, refusals: Refusals) -> None:
    """transformers would put a layer of random weights on it."""
    message = f"The model {tiny_models / 'mean'} is no CrossEncoder with a classification layer."
    assert refusals["reranker mean"]["message"] == message
