"""The reader that ships is opened only as what its weights were learned with; one of the user's own may be any."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import bot.reader
from bot.assemble import Legation
from bot.rank import ReaderWeights, shipped_ranking
from bot.reader import FOLDER, SHIPPED, open_reader, own_reader
from bot.settings import load_settings
from index.errors import ModelError
from index.rerank import OnnxReranker, RerankerManifest

PAIR = ("When was the legation in Tirana closed?", "The legation in Tirana was closed on 16 September 1939. | Albania")


@pytest.fixture(scope="module")
def weights() -> ReaderWeights:
    shipped = shipped_ranking().reader
    assert shipped is not None
    return shipped


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "reader", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def test_the_shipped_reader_reads(weights: ReaderWeights) -> None:
    reader = open_reader(SHIPPED, weights)
    assert reader is not None
    right, wrong = reader.logits([PAIR, (PAIR[0], "Wheat was sown in spring. | Bread")])
    assert right > wrong
    assert (reader.name, reader.precision) == ("legation-reader", "int8")


def test_it_has_a_card_and_is_no_larger_than_25_mb() -> None:
    assert (FOLDER / "MODEL_CARD.md").read_text().startswith("#")
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 25_000_000


def test_another_model_in_its_place_is_refused_even_with_a_manifest_of_its_own(
    weights: ReaderWeights, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.reader, "FOLDER", copied)
    assert open_reader(SHIPPED, weights) is not None
    manifest = RerankerManifest.read(copied)
    replace(manifest, error=manifest.error + 1).write(copied)
    OnnxReranker(copied)  # by itself it is whole
    with pytest.raises(ModelError, match="not the one that its weights were learned with"):
        open_reader(SHIPPED, weights)
    (copied / "reranker.json").unlink()
    with pytest.raises(ModelError, match="missing"):
        open_reader(SHIPPED, weights)


def test_a_damaged_file_is_found(weights: ReaderWeights, copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.reader, "FOLDER", copied)
    with (copied / "weights.bin").open("r+b") as stream:
        stream.write(b"\x01")
    with pytest.raises(ModelError, match=r"damaged \(weights.bin fails its checksum\)"):
        open_reader(SHIPPED, weights)


def test_whoever_asks_is_told_what_to_do_about_a_damaged_reader(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copied / "tokenizer.json").write_text("{}")
    damaged = "The exported model in reader is damaged (tokenizer.json fails its checksum)"
    without = "or set LEGATION_RERANKER=none to answer without it."
    with pytest.raises(ModelError) as raised:
        _ = Legation(load_settings(tmp_path / "home", reranker=str(copied))).reader
    assert raised.value.user_message == f"{damaged}; legation train-reader makes it again, {without}"
    monkeypatch.setattr(bot.reader, "FOLDER", copied)
    with pytest.raises(ModelError) as raised:
        _ = Legation(load_settings(tmp_path / "home")).reader
    assert raised.value.user_message == f"{damaged}; install Legation again, {without}"


def test_a_reader_of_ones_own_may_be_any_of_its_kind(weights: ReaderWeights, copied: Path) -> None:
    assert open_reader(str(copied), weights) is not None
    manifest = RerankerManifest.read(copied)
    replace(manifest, reference="legation-reader, trained further").write(copied)
    own = open_reader(str(copied), weights)
    assert own is not None
    assert own.name == "legation-reader, trained further"
    replace(manifest, reference="another-model").write(copied)
    assert own_reader(str(copied)) is None
    assert open_reader(str(copied), weights) is None


def test_the_setting_says_which(tmp_path: Path, copied: Path) -> None:
    legation = Legation(load_settings(tmp_path / "home"))
    assert (legation.settings.reranker, legation.settings.rerank_sentences) == ("shipped", 6)
    assert legation.reader is not None
    assert legation.reranker is None
    for off in ("none", "off"):
        legation = Legation(load_settings(tmp_path / "home", reranker=off))
        assert (legation.reader, legation.reranker) == (None, None)
    legation = Legation(load_settings(tmp_path / "home", reranker=str(copied)))
    assert legation.reader is not None
    assert legation.reader.logits([PAIR]) == open_reader(str(copied), None).logits([PAIR])
    assert legation.reranker is None


def test_any_other_model_is_a_reranker(tmp_path: Path, tiny_models: Path, tiny_cache: Path) -> None:
    settings = load_settings(tmp_path / "home", reranker=str(tiny_models / "cross"), model_cache=tiny_cache)
    legation = Legation(settings)
    assert legation.reader is None
    assert legation.reranker is not None
    assert legation.reranker.name == str(tiny_models / "cross")
