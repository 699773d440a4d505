"""What a graph becomes when it is fused: another arrangement that gives the same numbers."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from index.export.graph import fuse, quantise
from index.onnx_model import SLOWER

WIDTH = 16

GRAPH = f"""
<ir_version: 8, opset_import: ["": 17]>
layer (float[batch, tokens, {WIDTH}] rows) => (float[batch, tokens, {WIDTH}] states)
<float root = {{1.4142135}}, float one = {{1}}, float half = {{0.5}}>
{{
    product = MatMul(rows, dense_weight)
    given = Add(dense_bias, product)
    by_root = Div(given, root)
    erf = Erf(by_root)
    above = Add(erf, one)
    twice = Mul(given, above)
    active = Mul(twice, half)
    sum = Add(active, rows)
    states = LayerNormalization<axis = -1, epsilon = 0.000001>(sum, norm_weight, norm_bias)
}}
"""


def write(folder: Path) -> Path:
    """A layer as models have them, in int8."""
    model = onnx.parser.parse_model(GRAPH)
    model.graph.node[0].name = "/dense/MatMul"
    random = np.random.default_rng(5)
    shapes = {"dense_weight": (WIDTH, WIDTH), "dense_bias": (WIDTH,), "norm_weight": (WIDTH,), "norm_bias": (WIDTH,)}
    for name, shape in shapes.items():
        values = random.standard_normal(shape).astype(np.float32)
        model.graph.initializer.append(onnx.numpy_helper.from_array(values, name))
    onnx.save(model, str(folder / "float32.onnx"))
    quantise(folder / "float32.onnx", folder / "int8.onnx")
    return folder / "int8.onnx"


def operators(path: Path) -> list[tuple[str, str]]:
    """With the names of their nodes."""
    return sorted((node.op_type, node.name) for node in onnx.load(str(path)).graph.node)


def outputs(path: Path) -> list[npt.NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"], disabled_optimizers=list(SLOWER)
    )
    random = np.random.default_rng(7)
    return [
        session.run(None, {"rows": random.standard_normal((1, length, WIDTH)).astype(np.float32)})[0]
        for length in (1, 2, 9, 33)
    ]


def test_operators_are_fused_and_no_bit_changes(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = outputs(path)
    fuse(path)
    expected = ["Add", "DynamicQuantizeMatMul", "Gelu", "LayerNormalization"]
    assert [operator for operator, _ in operators(path)] == expected
    assert [each.tobytes() for each in outputs(path)] == [each.tobytes() for each in before]


def test_the_names_tell_which_layer_a_product_is_of(tmp_path: Path) -> None:
    """index.export.dequantise reads them."""
    path = write(tmp_path)
    fuse(path)
    assert ("DynamicQuantizeMatMul", "/dense/MatMul_quant") in operators(path)


def test_only_the_operators_that_are_used_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path)
    fuse(path)
    assert {(each.domain, each.version) for each in onnx.load(str(path)).opset_import} == {
        ("", 17),
        ("com.microsoft", 1),
    }


def test_a_graph_that_cannot_be_opened_is_left_as_it_was(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path)
    model = onnx.load(str(path))
    model.graph.node[0].op_type = "Unheard"
    onnx.save(model, str(path))
    before = path.read_bytes()
    fuse(path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["float32.onnx", "int8.onnx"]
    assert "The graph cannot be fused: " in capfd.readouterr().err
