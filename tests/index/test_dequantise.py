"""An exported int8 reader becomes a model again that can be trained."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file

from index.errors import ModelError
from index.export.dequantise import dequantise
from index.onnx_model import GRAPH, WEIGHTS, file_digest
from index.rerank import OnnxReranker, RerankerManifest
from tests.index.model_texts import PAIRS


def test_every_weight_comes_back_under_its_name_within_half_a_step(tiny_models: Path, small_readers: Path) -> None:
    """A step is the largest number of a word's row, or of the weights of one output, by 127."""
    before = load_file(tiny_models / "cross" / "model.safetensors")
    after = load_file(small_readers / "original" / "model.safetensors")
    assert before.keys() == after.keys()
    rounded = set()
    for name, weights in before.items():
        assert after[name].shape == weights.shape
        assert after[name].dtype == np.float32
        if (after[name] != weights).any():
            rounded.add(name)
            steps = np.abs(weights).max(axis=1, keepdims=True) / 127
            assert (np.abs(after[name] - weights) <= 0.51 * steps).all(), name
    multiplied = {name for name, weights in before.items() if weights.ndim == 2 and "embeddings" not in name}
    assert rounded == multiplied | {"bert.embeddings.word_embeddings.weight"}
    assert len(multiplied) == 2 * 6 + 2


def test_the_configuration_is_that_of_the_original(tiny_models: Path, small_readers: Path) -> None:
    before = json.loads((tiny_models / "cross" / "config.json").read_text())
    after = json.loads((small_readers / "original" / "config.json").read_text())
    read = set(after) - {"label2id", "id2label", "hidden_dropout_prob", "attention_probs_dropout_prob"}
    assert {name: after[name] for name in read} == {name: before[name] for name in read}
    assert after["num_attention_heads"] == 4
    tokenizer = json.loads((small_readers / "original" / "tokenizer_config.json").read_text())
    assert tokenizer["model_max_length"] == 64


def test_its_logits_are_those_of_the_int8_reader(small_readers: Path) -> None:
    """What is left of the difference is what onnxruntime rounds while it runs."""
    logits = json.loads((small_readers / "logits.json").read_text())
    exported = OnnxReranker(small_readers / "reader").logits(PAIRS)
    spread = exported.std()
    assert np.abs(np.array(logits["original"]) - exported).max() < 0.1 * spread
    assert np.abs(np.array(logits["original"]) - np.array(logits["cross"])).max() < 0.1 * spread


def test_a_reader_that_is_not_fused_yet_gives_the_same_model_and_the_same_logits(small_readers: Path) -> None:
    weights, unfused = (
        load_file(small_readers / name / "model.safetensors") for name in ("original", "original-unfused")
    )
    assert unfused.keys() == weights.keys()
    assert all(unfused[name].tobytes() == weights[name].tobytes() for name in weights)
    configurations = [(small_readers / name / "config.json").read_bytes() for name in ("original", "original-unfused")]
    assert configurations[0] == configurations[1]
    logits = [OnnxReranker(small_readers / name).logits(PAIRS).tobytes() for name in ("reader", "unfused")]
    assert logits[0] == logits[1]


def test_a_reader_of_before_it_read_one_pair_at_a_time_gives_the_same_model(small_readers: Path) -> None:
    """Its own scores are others, by what onnxruntime rounds."""
    found = [
        {each.name: each.read_bytes() for each in (small_readers / name).iterdir()}
        for name in ("original", "original-batched")
    ]
    assert found[0] == found[1]
    logits = [OnnxReranker(small_readers / name).logits(PAIRS) for name in ("reader", "batched")]
    assert 0 < np.abs(logits[0] - logits[1]).max() < 0.1 * logits[0].std()


def test_of_equal_arrays_an_unfused_reader_may_hold_one(small_readers: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_readers / "unfused", tmp_path / "reader"))
    model = onnx.load(str(folder / GRAPH), load_external_data=False)
    one, other = (f"classifier.bert.encoder.layer.{number}.output.LayerNorm.bias" for number in (0, 1))
    (held,) = (each for each in model.graph.initializer if each.name == other)
    model.graph.initializer.remove(held)
    model.graph.node.insert(0, onnx.helper.make_node("Identity", [one], [other]))
    onnx.save_model(model, str(folder / GRAPH))
    manifest = RerankerManifest.read(folder)
    replace(manifest, files=manifest.files | {GRAPH: file_digest(folder / GRAPH)}).write(folder)
    dequantise(folder, tmp_path / "out")
    before, after = (
        load_file(each / "model.safetensors") for each in (small_readers / "original-unfused", tmp_path / "out")
    )
    names = [name.removeprefix("classifier.") for name in (one, other)]
    assert before[names[0]].tobytes() != before[names[1]].tobytes()
    before[names[1]] = before[names[0]]
    assert before.keys() == after.keys()
    assert all(after[name].tobytes() == before[name].tobytes() for name in before)


def test_the_reader_is_known_by_its_reference(small_readers: Path) -> None:
    manifests = [RerankerManifest.read(small_readers / name) for name in ("reader", "opposite")]
    assert [each.reference for each in manifests] == ["legation-reader", "legation-reader-own"]
    assert manifests[0].error < 0.1
    modes = {(small_readers / "reader" / name).stat().st_mode for name in (GRAPH, WEIGHTS)}
    assert len(modes) == 1


def test_a_damaged_reader_is_refused(small_readers: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_readers / "reader", tmp_path / "reader"))
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match=r"is damaged \(weights\.bin fails its checksum\)"):
        dequantise(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_no_bert_is_refused(small_readers: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_readers / "reader", tmp_path / "reader"))
    model = onnx.load(str(folder / GRAPH), load_external_data=False)
    for node in model.graph.node:
        node.name = node.name.replace("/classifier/bert/", "/classifier/roberta/")
    onnx.save_model(model, str(folder / GRAPH))
    manifest = RerankerManifest.read(folder)
    replace(manifest, files=manifest.files | {GRAPH: file_digest(folder / GRAPH)}).write(folder)
    OnnxReranker(folder)
    with pytest.raises(ModelError, match=r"^The model in reader is no BERT with one score, and cannot be trained\.$"):
        dequantise(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()
