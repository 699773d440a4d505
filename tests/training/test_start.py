"""What a training starts from."""

from pathlib import Path

from index.export import DEFAULT_MODEL, resolve
from training.__main__ import starting_model


def test_an_exported_reader_is_made_trainable_first(small_readers: Path, tmp_path: Path) -> None:
    found = starting_model(small_readers / "reader", tmp_path)
    assert found == tmp_path / "start"
    wanted = (small_readers / "original" / "model.safetensors").read_bytes()
    assert (found / "model.safetensors").read_bytes() == wanted


def test_any_other_model_is_taken_as_it_is(tiny_models: Path, tmp_path: Path) -> None:
    assert starting_model(tiny_models / "cross", tmp_path) == tiny_models / "cross"
    assert starting_model(None, tmp_path) == resolve(DEFAULT_MODEL)
    assert list(tmp_path.iterdir()) == []
