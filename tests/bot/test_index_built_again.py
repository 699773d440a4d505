"""An index that cannot answer is built again from the library, and it is said what was the matter with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.assemble import Legation
from bot.doctor import examine
from bot.settings import load_settings
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un

Open = Callable[[], Legation]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def opened(tmp_path: Path, one_parser: None, corpus: Corpus, told: list[str]) -> Open:
    """The parts, as another process has them, of a home whose index knows a sanctions list."""

    def opened() -> Legation:
        legation = Legation(load_settings(tmp_path / "home", model="words", reranker="none"), notice=told.append)
        legation.__dict__["encoder"] = WordEncoder()
        return legation

    folder = corpus({"un.xml": un("2020-11-30", KPi_001="Ri Won")}, "lists")
    opened().sync(add=[Source("un", str(folder), "un")])
    return opened


def index_of(legation: Legation) -> list[tuple[str, str, str | None]]:
    found = [each for each in examine(legation) if each.subject in {"index", "generation"}]
    return [(each.status, each.detail.rpartition(", model words; ")[2], each.mend) for each in found]


def test_a_register_of_another_version(opened: Open, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.register.FORMAT", 99)
    problem = "The register of sanctions lists is of another version"
    assert index_of(opened()) == [("wrong", f"{problem}; run: legation sync", "legation sync")]
    opened().prepare()
    assert told == [f"{problem}; building the index from the library."]
    opened().prepare()
    assert len(told) == 1
    assert [status for status, *_ in index_of(opened())] == ["ok"]


def test_an_index_in_the_format_of_another_version_answers(
    opened: Open, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.generation_files.FORMAT", b"99\n")
    assert index_of(opened()) == [("note", "in the format of an earlier version", "legation sync")]
    opened().prepare()
    assert told == []
