"""LEGATION_LIBRARY__DATABASE: commands over a library in PostgreSQL, and what they do not show."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.assemble import Legation
from bot.cli import main
from bot.doctor import examine
from bot.settings import load_settings
from bot.shown_settings import secrets, shown_settings
from index.errors import GenerationError
from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.postgres_library import PostgresLibrary
from index.sync import Limits, sync
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.library_places import in_postgres
from tests.fakes.postgres import PASSWORD
from tests.fakes.word_encoder import WordEncoder

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(
    tmp_path: Path, postgres_uri: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Cli]:
    monkeypatch.setenv("LEGATION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(tmp_path / "models"))
    monkeypatch.setenv("LEGATION_LIBRARY__DATABASE", postgres_uri)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        for secret in (PASSWORD, "%CE%A9horse"):
            assert secret not in out + err
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def filled(home: Home, postgres_uri: str, corpus: Corpus, parser: ParsingProcess) -> Home:
    folder = corpus({"oslo.md": "# Oslo\n\nThe embassy in Oslo closed.\n"}, "posts")
    with closing(Library(PostgresLibrary(postgres_uri))) as library:
        sync(home, library, WordEncoder(), Limits(10_000, 64), add=[Source("posts", str(folder), "p")], parser=parser)
    return home


def test_a_check_looks_into_it(cli: Cli, filled: Home, postgres_uri: str) -> None:
    assert not filled.library.exists()
    code, out, _ = cli("check")
    assert code == 0
    assert "ok    documents: 1 checked" in out
    assert "library.sqlite" not in out
    in_postgres(postgres_uri).execute("UPDATE passages SET splitting = 'other'")
    code, out, _ = cli("check")
    assert code == 1
    assert "wrong passages: passage 1 of posts/oslo.md no longer matches its checksum -> pg_restore of a dump" in out
    assert not filled.library.exists()


def test_a_question_is_answered_from_it(
    cli: Cli, corpus: Corpus, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(model_cache))
    folder = corpus({"oslo.md": "# Oslo\n\nThe embassy in Oslo closed in May.\n"}, "posts")
    assert cli("add", folder)[0] == 0
    code, out, err = cli("ask", "When did the embassy in Oslo close?")
    assert (code, err) == (0, "")
    assert "“The embassy in Oslo closed in May.”" in out


def test_sources_are_listed_and_the_password_is_not_shown(cli: Cli, filled: Home, postgres_uri: str) -> None:
    code, out, _ = cli("sources")
    assert code == 0
    assert "posts" in out
    code, out, _ = cli("doctor", "--show-config")
    assert code == 0
    settings = load_settings()
    assert shown_settings(settings)["library.database"] == "set"
    assert {postgres_uri, PASSWORD, "quetzal-%CE%A9horse"} <= set(secrets(settings))
    findings = {each.subject: each for each in examine(Legation(settings))}
    assert (findings["library"].status, findings["library"].detail) == ("ok", "documents: 1, sources: 1")


def test_a_server_that_cannot_be_reached_is_told_without_the_address(
    cli: Cli, postgres_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_LIBRARY__DATABASE", postgres_uri.replace("horse", "horses"))
    code, _, err = cli("sources")
    assert code == 9
    assert "PostgreSQL, which has the library, cannot be reached" in err
    assert "horses" not in err
    monkeypatch.setenv("LEGATION_LIBRARY__DATABASE", "quetzal")
    code, _, err = cli("sources")
    assert code == 12
    assert "is not one: postgresql://USER:PASSWORD@HOST:PORT/DATABASE." in err


def test_an_index_that_is_on_another_machine_is_not_built_again(
    filled: Home, postgres_uri: str, tmp_path: Path
) -> None:
    """It would be another generation, and the other machine would look for that one."""
    told: list[str] = []

    def opened(home: Path) -> Legation:
        settings = load_settings(home, model="words", passage_tokens=64, library={"database": postgres_uri})
        made = Legation(settings, notice=told.append)
        made.__dict__["encoder"] = WordEncoder()
        return made

    here, elsewhere = opened(filled.path), opened(tmp_path / "elsewhere")
    with closing(here.library) as library, closing(elsewhere.library):
        here.prepare()
        before = library.current()
        assert before is not None
        with pytest.raises(GenerationError) as caught:
            elsewhere.prepare()
        assert caught.value.user_message == (
            f"The index {before.name} of the library that several machines share is not in {tmp_path / 'elsewhere'}: "
            "they need one home on a shared disk; if it is lost, legation sync builds it again."
        )
        assert (library.current(), told) == (before, [])
        (filled.generations / before.name / "rows.bin").write_bytes(b"")
        here.__dict__.pop("answerer")
        here.prepare()  # what is damaged is built again
        assert told == ["The index files are missing or damaged; building the index from the library."]
        after = library.current()
        assert after is not None
        assert after.id == before.id + 1
