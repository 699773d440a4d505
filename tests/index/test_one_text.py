"""What the graph of an encoder loses for texts that come one at a time: nothing that is in its vectors."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from index.export.one_text import MOST_TOKENS, for_one_text

WIDTH, WINDOW, TOKENS = 8, 20, 64

GRAPH = """
<ir_version: 8, opset_import: ["": 17]>
encoder (int64[batch, tokens] input_ids, int64[batch, tokens] attention_mask, float[sentences, tokens] sentences)
    => (float[batch, width] embedding, float[sentences, width] parts)
<int64[2] split = {2, 4}, int64[1] join = {8}, float scale = {0.5}, float none = {0}, float all = {-1e9},
 int64[2] inner = {1, 2}, int64[1] first = {0}, int64[1] second = {1}, int64 zero = {0}, int64 one = {1}>
{
    rows = Gather(table, input_ids)
    shape = Shape(input_ids)
    heads = Concat<axis = 0>(shape, split)
    width = Concat<axis = 0>(shape, join)
    questions = Reshape(rows, heads)
    keys = Reshape(rows, heads)
    values = Reshape(rows, heads)
    q = Transpose<perm = [0, 2, 1, 3]>(questions)
    k = Transpose<perm = [0, 2, 3, 1]>(keys)
    v = Transpose<perm = [0, 2, 1, 3]>(values)
    product = MatMul(q, k)
    scores = Mul(product, scale)
    length = Gather(shape, one)
    places = Range(zero, length, one)
    above = Unsqueeze(places, first)
    beside = Unsqueeze(places, second)
    apart = Sub(above, beside)
    distance = Abs(apart)
    near = LessOrEqual(distance, window)
    wide = Unsqueeze(attention_mask, inner)
    given = Cast<to = 9>(wide)
    seen = And(given, near)
    mask = Where(seen, none, all)
    masked = Add(scores, mask)
    weights = Softmax<axis = -1>(masked)
    mixed = MatMul(weights, v)
    joined = Transpose<perm = [0, 2, 1, 3]>(mixed)
    states = Reshape(joined, width)
    embedding = ReduceMean<axes = [1], keepdims = 0>(states)
    tokens = Squeeze(states, first)
    parts = MatMul(sentences, tokens)
}
"""


def write(path: Path, window: int = TOKENS) -> Path:
    """A layer of attention in which a token sees those that are at most ``window`` away."""
    model = onnx.parser.parse_model(GRAPH)
    table = np.random.default_rng(3).standard_normal((100, WIDTH)).astype(np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(table, "table"))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(window), "window"))
    onnx.save(model, str(path))
    return path


def operators(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(str(path), load_external_data=False).graph.node]


def axes(path: Path) -> list[list[int]]:
    nodes = onnx.load(str(path), load_external_data=False).graph.node
    return [list(node.attribute[0].ints) for node in nodes if node.op_type == "Transpose"]


def outputs(path: Path) -> list[npt.NDArray[np.float32]]:
    """For texts of other lengths than those that are tried at an export, too."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = {each.name for each in session.get_inputs()}
    found = []
    for length in (1, 2, 5, 21, 22, 40, TOKENS):
        random = np.random.default_rng(length)
        feed = {
            "input_ids": random.integers(0, 100, (1, length)),
            "attention_mask": np.ones((1, length), dtype=np.int64),
            "sentences": random.integers(0, 2, (2, length)).astype(np.float32),
        }
        found += session.run(["embedding", "parts"], {name: feed[name] for name in inputs})
    return found


def test_neither_mask_nor_batch_is_left_and_no_bit_changes(tmp_path: Path) -> None:
    before, after = write(tmp_path / "before.onnx"), write(tmp_path / "after.onnx")
    assert for_one_text(after, TOKENS)
    assert " ".join(sorted(operators(after))) == (
        "Gather MatMul MatMul MatMul Mul ReduceMean Reshape Reshape Reshape Reshape Softmax Squeeze "
        "Transpose Transpose Transpose Transpose"
    )
    assert sorted(axes(after)) == [[1, 0, 2], [1, 0, 2], [1, 0, 2], [1, 2, 0]]
    assert [each.tobytes() for each in outputs(after)] == [each.tobytes() for each in outputs(before)]


def test_a_mask_that_hides_what_is_far_away_stays(tmp_path: Path) -> None:
    before, after = write(tmp_path / "before.onnx", WINDOW), write(tmp_path / "after.onnx", WINDOW)
    assert for_one_text(after, TOKENS)
    assert operators(after).count("Where") == 1
    assert [each.tobytes() for each in outputs(after)] == [each.tobytes() for each in outputs(before)]
    assert [each.tobytes() for each in outputs(after)] != [each.tobytes() for each in outputs(write(before))]


@pytest.mark.parametrize("most", [MOST_TOKENS + 1, 2 * MOST_TOKENS])
def test_a_model_of_longer_texts_is_left_as_it_is(tmp_path: Path, most: int) -> None:
    path = write(tmp_path / "model.onnx")
    before = path.read_bytes()
    assert not for_one_text(path, most)
    assert path.read_bytes() == before


def test_a_graph_that_would_give_other_numbers_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a mask were taken to be zero that is not."""
    path = write(tmp_path / "model.onnx", WINDOW)
    before = path.read_bytes()
    monkeypatch.setattr("index.export.one_text._leave_out_masks", lambda model, lengths: _without_mask(model))
    assert not for_one_text(path, TOKENS)
    assert path.read_bytes() == before


def _without_mask(model: onnx.ModelProto) -> None:
    softmax = next(node for node in model.graph.node if node.op_type == "Softmax")
    softmax.input[0] = "scores"


def test_a_graph_that_cannot_be_run_is_left_as_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = onnx.parser.parse_model(GRAPH)
    table = np.ones((50, WIDTH), dtype=np.float32)  # fewer words than there are in the texts tried
    model.graph.initializer.append(onnx.numpy_helper.from_array(table, "table"))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(TOKENS), "window"))
    onnx.save(model, str(tmp_path / "model.onnx"))
    before = (tmp_path / "model.onnx").read_bytes()
    assert not for_one_text(tmp_path / "model.onnx", TOKENS)
    assert (tmp_path / "model.onnx").read_bytes() == before
    assert "The graph cannot be looked at" in capfd.readouterr().err


def test_exported_encoders_have_neither(tiny_cache: Path, model_cache: Path) -> None:
    """That they are as near to the originals as before is for tests/index/test_encode.py."""
    found = sorted(path.parent for cache in (tiny_cache, model_cache) for path in cache.glob("*/encoder.json"))
    assert {folder.name.rsplit("-", 2)[0] for folder in found} == {"all-minilm-l6-v2", "mean", "cls", "dense"}
    for folder in found:
        nodes = onnx.load(str(folder / "model.onnx"), load_external_data=False).graph.node
        makers = {name: node.op_type for node in nodes for name in node.output}
        assert {makers[node.input[0]] for node in nodes if node.op_type == "Softmax"} == {"FusedMatMul"}
        assert {len(each) for each in axes(folder / "model.onnx")} == {3}
