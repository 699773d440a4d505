"""A model as small as one can be, exported: each word of a text is a row of a table, and the text the mean of its rows.

Made by hand, in a moment and without torch, for tests that damage it.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from index.encode import EncoderManifest
from index.onnx_model import GRAPH, TOKENIZER, WEIGHTS, SourceFile, file_digest

WORDS = ("[UNK]", "embassy", "consulate", "closed", "opened", "oslo", "bergen", "visa", "list", "entry")
DIMENSION = 48
REFERENCE = "small"


def write_export(folder: Path) -> None:
    """Writes it into a new folder. It came from no files, and goes by the name ``REFERENCE``."""
    folder.mkdir(parents=True)
    table = np.random.default_rng(7).standard_normal((len(WORDS), DIMENSION)).astype(np.float32)
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("sentences", TensorProto.FLOAT, ["sentences", "tokens"]),
    ]
    outputs = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION]),
        helper.make_tensor_value_info("parts", TensorProto.FLOAT, ["sentences", DIMENSION]),
    ]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"], axis=0),
        helper.make_node("ReduceMean", ["rows"], ["embedding"], axes=[1], keepdims=0),
        helper.make_node("Squeeze", ["rows", "first"], ["tokens"]),
        helper.make_node("MatMul", ["sentences", "tokens"], ["parts"]),
    ]
    constants = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([0]), "first")]
    graph = helper.make_graph(nodes, "small", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save_model(model, str(folder / GRAPH), save_as_external_data=True, location=WEIGHTS, size_threshold=1024)
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / TOKENIZER))
    EncoderManifest(
        format=EncoderManifest.FORMAT, reference=REFERENCE, fingerprint="f" * 64, requested="int8", precision="float32",
        max_tokens=64, inputs=("input_ids", "sentences"), source_folder="", source_files=(SourceFile("a", 1, 1, "a"),),
        files={name: file_digest(folder / name) for name in (GRAPH, WEIGHTS, TOKENIZER)}, cosine_mean=1.0,
        cosine_min=1.0, dimension=DIMENSION, query_prefix="visa ", passage_prefix="list ",
    ).write(folder)  # fmt: skip
