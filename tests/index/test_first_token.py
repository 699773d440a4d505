"""What the graph of a classifier loses: what its last layer computes of tokens that nobody looks at."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from index.export.first_token import for_first_token
from index.export.one_text import for_one_text

WIDTH, TOKENS = 8, 64
MATRICES = ("asks", "knows", "holds", "gives", "widens", "narrows")

GRAPH = f"""
<ir_version: 8, opset_import: ["": 17]>
classifier (int64[batch, tokens] input_ids, int64[batch, tokens] attention_mask) => (float[batch] logit)
<int64[2] split = {{2, 4}}, int64[1] join = {{{WIDTH}}}, float scale = {{0.5}}, float none = {{0}},
 float all = {{-1e9}}, int64[2] inner = {{1, 2}}, int64 zero = {{0}}, int64[1] last = {{1}}>
{{
    rows = Gather(table, input_ids)
    shape = Shape(input_ids)
    heads = Concat<axis = 0>(shape, split)
    width = Concat<axis = 0>(shape, join)
    asking = MatMul(rows, asks)
    asked = Add(bias, asking)
    known = MatMul(rows, knows)
    held = MatMul(rows, holds)
    questions = Reshape(asked, heads)
    keys = Reshape(known, heads)
    values = Reshape(held, heads)
    q = Transpose<perm = [0, 2, 1, 3]>(questions)
    k = Transpose<perm = [0, 2, 3, 1]>(keys)
    v = Transpose<perm = [0, 2, 1, 3]>(values)
    product = MatMul(q, k)
    scores = Mul(product, scale)
    wide = Unsqueeze(attention_mask, inner)
    given = Cast<to = 9>(wide)
    mask = Where(given, none, all)
    masked = Add(scores, mask)
    weights = Softmax<axis = -1>(masked)
    mixed = MatMul(weights, v)
    joined = Transpose<perm = [0, 2, 1, 3]>(mixed)
    together = Reshape(joined, width)
    gathered = MatMul(together, gives)
    sum = Add(gathered, ADDED)
    states = LayerNormalization<axis = -1, epsilon = 0.000001>(sum, weight, bias)
    wider = MatMul(states, widens)
    active = Relu(wider)
    narrower = MatMul(active, narrows)
    both = Add(narrower, states)
    LOOK
    score = MatMul(looked, head)
    logit = Squeeze(score, last)
}}
"""
FIRST = "looked = Gather<axis = 1>(both, zero)"
MEAN = "looked = ReduceMean<axes = [1], keepdims = 0>(both)"


def write(path: Path, look: str = FIRST, added: str = "rows") -> Path:
    """A layer whose states are looked at as ``look`` says, and in which attention is added to ``added``."""
    model = onnx.parser.parse_model(GRAPH.replace("LOOK", look).replace("ADDED", added))
    random = np.random.default_rng(3)
    shapes = {"table": (100, WIDTH), "bias": (WIDTH,), "weight": (WIDTH,), "head": (WIDTH, 1)}
    for name, shape in {**shapes, **dict.fromkeys(MATRICES, (WIDTH, WIDTH))}.items():
        values = random.standard_normal(shape).astype(np.float32)
        model.graph.initializer.append(onnx.numpy_helper.from_array(values, name))
    onnx.save(model, str(path))
    assert for_one_text(path, TOKENS)
    return path


def outputs(path: Path) -> list[npt.NDArray[np.float32]]:
    """For texts of other lengths than those that are tried at an export, too."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    texts = [np.random.default_rng(length).integers(0, 100, (1, length)) for length in (1, 2, 5, 21, TOKENS)]
    return [session.run(None, _inputs(text))[0] for text in texts]


def rows_of(path: Path, *names: str) -> list[int]:
    """How many rows the values ``names`` have for a text of nine tokens."""
    model = onnx.load(str(path))
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [each.shape[1] for each in session.run(list(names), _inputs(np.arange(9)[None]))]


def _inputs(text: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    return {"input_ids": text, "attention_mask": np.ones_like(text)}


def test_only_keys_and_values_are_computed_of_all_tokens(tmp_path: Path) -> None:
    before, after = write(tmp_path / "before.onnx"), write(tmp_path / "after.onnx")
    assert for_first_token(after, TOKENS)
    names = ("known", "held", "asking", "together", "gathered", "states", "wider", "both")
    assert rows_of(before, *names) == [9] * 8
    assert rows_of(after, *names) == [9, 9, 1, 1, 1, 1, 1, 1]
    for old, new in zip(outputs(before), outputs(after), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("look", "added"), [(MEAN, "rows"), (FIRST, "held"), (FIRST, "asked")])
def test_what_is_built_otherwise_is_left_as_it_is(tmp_path: Path, look: str, added: str) -> None:
    """A mean of all states; attention added to something else than it is made of, as where that is normalised first."""
    path = write(tmp_path / "model.onnx", look, added)
    before = path.read_bytes()
    assert not for_first_token(path, TOKENS)
    assert path.read_bytes() == before


def test_a_graph_without_attention_is_left_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "model.onnx")
    model = onnx.load(str(path))
    next(node for node in model.graph.node if node.op_type == "Softmax").op_type = "Identity"
    del next(node for node in model.graph.node if node.op_type == "Identity").attribute[:]
    onnx.save(model, str(path))
    before = path.read_bytes()
    assert not for_first_token(path, TOKENS)
    assert path.read_bytes() == before


def test_a_graph_that_cannot_be_run_is_left_as_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "model.onnx")
    model = onnx.load(str(path))
    model.graph.node[0].op_type = "Unheard"
    onnx.save(model, str(path))
    before = path.read_bytes()
    assert not for_first_token(path, TOKENS)
    assert path.read_bytes() == before
    assert "The graph cannot be looked at" in capfd.readouterr().err


def test_exported_rerankers_have_neither_masks_nor_batches_nor_states_that_nobody_looks_at(tiny_cache: Path) -> None:
    """That their scores are those of the originals is for tests/index/test_rerank.py."""
    found = sorted(path.parent for path in tiny_cache.glob("*/reranker.json"))
    assert found
    for folder in found:
        nodes = onnx.load(str(folder / "model.onnx"), load_external_data=False).graph.node
        makers = {name: node.op_type for node in nodes for name in node.output}
        assert {makers[node.input[0]] for node in nodes if node.op_type == "Softmax"} == {"FusedMatMul"}
        assert {len(node.attribute[0].ints) for node in nodes if node.op_type == "Transpose"} == {3}
        assert [node.name for node in nodes if node.op_type == "Slice" and node.name == "first_token.state"] == [
            "first_token.state"
        ]
