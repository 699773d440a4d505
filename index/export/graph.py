"""Torch modules to ONNX graphs, quantised and fused graphs, and graphs with their weights apart."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from index.onnx_model import GRAPH, SLOWER, WEIGHTS

OPSET = 17
Axes = dict[str, dict[int, str]]


def write_graph(module: Any, inputs: dict[str, Any], outputs: Sequence[str], axes: Axes, target: Path) -> None:
    """Traces ``module``, whose ``forward`` takes the tensors of ``inputs`` in their order."""
    torch = import_module("torch")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer warns about branches that one text at a time never takes
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(target),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the newer exporter needs onnxscript and gives the same graph, slower
        )


def quantise(source: Path, target: Path) -> None:
    """Dynamic, int8, per channel, MatMul only: per tensor it costs two points of nDCG (docs/decisions.md)."""
    quantization = import_module("onnxruntime.quantization")
    quantization.quantize_dynamic(
        str(source),
        str(target),
        per_channel=True,
        op_types_to_quantize=["MatMul"],
        weight_type=quantization.QuantType.QInt8,
    )


def fuse(path: Path) -> None:
    """Writes the graph at ``path`` anew as onnxruntime arranges it whenever it opens it: operators that follow each
    other fused, but for what is SLOWER, what is always the same computed. It opens in half the time and gives the same
    numbers, to the last bit. Nothing of it depends on the processor. A graph that onnxruntime cannot write, as of more
    than 2 GB, is left as it was.
    """
    onnx, onnxruntime = import_module("onnx"), import_module("onnxruntime")
    fused = path.with_suffix(".fused")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # One level further, it would be arranged for the processor at hand.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(fused)
    try:
        onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=list(SLOWER)
        )
        model = onnx.load(str(fused))
    except Exception as error:  # onnxruntime raises bare Exception subclasses
        print(f"The graph cannot be fused: {error}", file=sys.stderr)
        return
    finally:
        fused.unlink(missing_ok=True)
    used = {"", *(node.domain for node in model.graph.node)}
    domains = [each for each in model.opset_import if each.domain in used]  # it names all that it knows
    del model.opset_import[:]
    model.opset_import.extend(domains)
    onnx.save(model, str(path))


def store(source: Path, folder: Path) -> None:
    """Moves a model into ``folder`` as a graph and, apart from it, its weights, which can be mapped."""
    onnx = import_module("onnx")
    model = onnx.load(str(source))
    (folder / WEIGHTS).unlink(missing_ok=True)  # onnx would append to it
    onnx.save_model(model, str(folder / GRAPH), save_as_external_data=True, location=WEIGHTS, size_threshold=1024)
