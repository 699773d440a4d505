"""What benchmarks/int8_peak.py reckons with."""

from pathlib import Path

from benchmarks.int8_peak import multiply_adds
from index.encode import EncoderManifest
from index.export import DEFAULT_MODEL, resolve
from index.onnx_model import GRAPH, find_export

LAYERS, WIDTH, INNER = 6, 384, 1_536


def test_every_weight_in_int8_is_multiplied_once_a_token(model_cache: Path) -> None:
    """However onnxruntime names the products of the graph that is stored."""
    folder = find_export(EncoderManifest, model_cache, DEFAULT_MODEL, "int8", resolve(DEFAULT_MODEL))
    assert folder is not None
    assert multiply_adds(folder / GRAPH) == LAYERS * (4 * WIDTH * WIDTH + 2 * WIDTH * INNER)
