"""What the int8 encoder reaches of the processor's peak, on one thread, and where the rest of the time goes.

encoding.py starts it. The peak is what onnxruntime's own MatMulInteger reaches on large square matrices, so it is a
rate that was measured here and not one out of a data sheet. Times of operators are onnxruntime's profile of the
exported model, opened as index.onnx_model opens it.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from index.encode import EncoderManifest
from index.export import DEFAULT_MODEL, resolve
from index.onnx_model import GRAPH, SLOWER, TOKENIZER, find_export

SIDE = 1024
"""Rows and columns of the matrices that the peak is measured with."""

REPEATS = 20
PRODUCTS = {"MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul"}
MEANING = {
    "DynamicQuantizeMatMul": "quantising, int8 product, back to float32",
    "MatMulIntegerToFloat": "int8 product, back to float32",
    "DynamicQuantizeLinear": "quantising",
    "FusedMatMul": "attention: float32 products",
    "MatMul": "attention: float32 product with values",
    "Softmax": "attention",
    "Transpose": "attention: heads apart and together",
    "Gelu": "activation",
    "Add": "sums",
    "LayerNormalization": "normalisation",
}


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--texts", type=Path, required=True, help="a JSON list of texts")
    made.add_argument("--model-cache", type=Path, required=True, help="where the model was exported")
    options = made.parse_args()
    folder = find_export(EncoderManifest, options.model_cache, DEFAULT_MODEL, "int8", resolve(DEFAULT_MODEL))
    if folder is None:
        sys.exit("The model was not exported in int8.")
    print(json.dumps(_measured(folder, json.loads(options.texts.read_text()))))


def _measured(folder: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Rates in 10^9 multiply-adds a second, of one thread; ``operators`` are their names, what they
    are, and their shares of the time in the model.
    """
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.enable_truncation(EncoderManifest.read(folder).max_tokens)
    tokenizer.no_padding()
    encodings = [tokenizer.encode(text) for text in texts]
    tokens = sum(len(each.ids) for each in encodings)
    seconds = _run(_session(str(folder / GRAPH)), encodings)
    a_token = multiply_adds(folder / GRAPH)
    times = _profile(folder, encodings)
    whole = sum(times.values())
    inside = sum(time for operator, time in times.items() if operator in PRODUCTS) / whole
    peak = _peak()
    return {
        "peak": peak,
        "multiply-adds a token": a_token,
        "tokens": tokens / len(texts),
        "ms": seconds * 1000 / len(texts),
        "rate": a_token * tokens / seconds / 1e9,
        "rate inside": a_token * tokens / seconds / inside / 1e9,
        "operators": [(name, MEANING.get(name, ""), time / whole) for name, time in times.most_common()],
    }


def _session(model: str | bytes, profile: str | None = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, profile
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(model, options, providers=providers, disabled_optimizers=list(SLOWER))


def _run(session: onnxruntime.InferenceSession, encodings: Sequence[Any]) -> float:
    """Seconds of this thread for all encodings, the lesser of two rounds."""
    names = {each.name for each in session.get_inputs()}
    fed = []
    for each in encodings:
        values = {
            "input_ids": np.array([each.ids]),
            "attention_mask": np.array([each.attention_mask]),
            "token_type_ids": np.array([each.type_ids]),
            "sentences": np.ones((1, len(each.ids)), dtype=np.float32),
        }
        fed.append({name: value for name, value in values.items() if name in names})
    rounds = []
    for _ in range(2):
        started = time.thread_time()
        for values in fed:
            session.run(None, values)
        rounds.append(time.thread_time() - started)
    return min(rounds)


def multiply_adds(graph: Path) -> int:
    """Of one token with the weights in int8: as many as there are weights."""
    model = onnx.load(str(graph), load_external_data=False)
    shapes = {each.name: list(each.dims) for each in model.graph.initializer}
    weights = [shapes[node.input[1]] for node in model.graph.node if node.op_type in PRODUCTS]
    return sum(rows * columns for rows, columns in weights)


def _profile(folder: Path, encodings: Sequence[Any]) -> Counter[str]:
    with tempfile.TemporaryDirectory() as name:
        session = _session(str(folder / GRAPH), str(Path(name) / "profile"))
        _run(session, encodings)
        events = json.loads(Path(session.end_profiling()).read_text())
    times: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            times[event["args"]["op_name"]] += event["dur"]
    return times


def _peak() -> float:
    random = np.random.default_rng(0)
    weights = numpy_helper.from_array(random.integers(-127, 128, (SIDE, SIDE), dtype=np.int8), "weights")
    node = helper.make_node("MatMulInteger", ["rows", "weights"], ["product"])
    rows = helper.make_tensor_value_info("rows", TensorProto.UINT8, [SIDE, SIDE])
    product = helper.make_tensor_value_info("product", TensorProto.INT32, [SIDE, SIDE])
    model = helper.make_model(
        helper.make_graph([node], "peak", [rows], [product], [weights]), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 8
    session = _session(model.SerializeToString())
    values = {"rows": random.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)}
    best = float("inf")
    for _ in range(REPEATS):
        started = time.thread_time()
        session.run(None, values)
        best = min(best, time.thread_time() - started)
    return SIDE**3 / best / 1e9


if __name__ == "__main__":
    main()
