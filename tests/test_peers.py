"""What benchmarks/peers/ says of Legation."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from bot.settings import Settings

SIDE = Path(__file__).resolve().parents[1] / "benchmarks" / "peers" / "side.py"


def test_rerankers_read_as_many_texts_as_the_reader() -> None:
    spec = spec_from_file_location("side", SIDE)
    assert spec is not None and spec.loader is not None
    side = module_from_spec(spec)
    spec.loader.exec_module(side)
    assert Settings.model_fields["rerank_sentences"].default == side.RERANKED
