"""legation doctor finds what would break every question."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import bot.reader
from bot.assemble import Legation
from bot.chat.store import NAME, SCHEMA, ChatStore
from bot.doctor import examine
from bot.settings import load_settings
from index.backup import write_backup
from index.check import check
from index.export import load_encoder
from index.home import LOST, Home
from index.library import Library
from index.library_schema import LIBRARY
from index.restore import restore
from index.types import Source
from tests.index.test_library import document


@pytest.fixture
def settings(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    return {"home": tmp_path / "home", "model_cache": model_cache}


def _wrong(**settings: Any) -> dict[str, tuple[str, str | None]]:
    findings = examine(Legation(load_settings(**settings)))
    return {found.subject: (found.detail, found.mend) for found in findings if found.status == "wrong"}


@pytest.mark.parametrize("subject", ["model", "reranker"])
def test_a_model_that_is_not_there(settings: dict[str, Any], tmp_path: Path, subject: str) -> None:
    variable, nowhere = f"LEGATION_{subject.upper()}", str(tmp_path / "nowhere")
    assert _wrong(**settings, **{subject: nowhere}) == {
        subject: (f"{variable} is neither a folder nor the name of a model", f"correct {variable} ({nowhere})")
    }
    assert _wrong(**settings, **{subject: "nobody/nothing"}) == {
        subject: (
            "The model nobody/nothing is neither a folder nor to be had from a hub.",
            f"correct {variable} (nobody/nothing)",
        )
    }


def test_a_reranker_that_cannot_be_used_is_tried_out(
    settings: dict[str, Any],
    tiny_models: Path,
    tmp_path: Path,
) -> None:
    pickled = Path(shutil.copytree(tiny_models / "cross", tmp_path / "pickled"))
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    assert _wrong(**settings, reranker=str(pickled)) == {
        "reranker": (
            "The model in pickled has no safetensors weights; other formats are not read.",
            f"correct LEGATION_RERANKER ({pickled})",
        )
    }
    settings["model_cache"] = tmp_path / "models"
    findings = examine(Legation(load_settings(**settings, reranker=str(tiny_models / "cross"))))
    (found,) = (found for found in findings if found.subject == "reranker")
    assert (found.status, found.mend) == ("note", "legation ask exports it")
    assert not (tmp_path / "models").exists()


def test_a_manifest_that_is_wrong(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "sources.toml").write_text("not toml [")
    detail, mend = _wrong(**settings)["sources.toml"]
    assert ("sources.toml is not TOML" in detail, mend) == (True, "correct it")


def test_a_file_in_the_place_of_the_home(settings: dict[str, Any], tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    for home in (taken, taken / "home"):
        settings["home"] = home
        assert _wrong(**settings)["home"] == (f"{taken} is no folder", "correct LEGATION_HOME, or --home")


def _reader(**settings: Any) -> tuple[str, str, str | None]:
    (found,) = (each for each in examine(Legation(load_settings(**settings))) if each.subject == "reader")
    return found.status, found.detail, found.mend


def test_the_reader_is_named_and_tried_out(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _reader(**settings) == ("ok", "shipped: legation-reader, int8", None)
    assert _reader(**settings, reranker="none") == ("ok", "none reads the best sentences", None)
    own = Path(
        shutil.copytree(bot.reader.FOLDER, tmp_path / "own", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    )
    assert _reader(**settings, reranker=str(own)) == ("ok", f"{own}: legation-reader, int8", None)
    (own / "tokenizer.json").write_text("{}")
    damaged = "The exported model in own is damaged (tokenizer.json fails its checksum)."
    mend = "legation train-reader makes it again, or set LEGATION_RERANKER=none to answer without it"
    assert _reader(**settings, reranker=str(own)) == ("wrong", damaged, mend)
    monkeypatch.setattr(bot.reader, "FOLDER", own)
    assert _reader(**settings) == (
        "wrong",
        damaged,
        "install Legation again, or set LEGATION_RERANKER=none to answer without it",
    )
    (own / "reranker.json").write_text("{")
    unreadable = "The exported model in own has no readable manifest."
    assert _wrong(**settings, reranker=str(own))["reranker"] == (unreadable, f"correct LEGATION_RERANKER ({own})")


def test_a_damaged_export_can_be_mended(settings: dict[str, Any], model_cache: Path, tmp_path: Path) -> None:
    load_encoder("all-MiniLM-L6-v2", "int8", model_cache)
    settings["model_cache"] = Path(shutil.copytree(model_cache, tmp_path / "models"))
    (folder,) = settings["model_cache"].iterdir()
    (folder / "tokenizer.json").write_text("{}")
    assert _wrong(**settings) == {
        "model": (
            f"The exported model in {folder.name} is damaged (tokenizer.json fails its checksum).",
            "legation ask exports the model again",
        )
    }


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read: No such file or directory."), ("[acronyms", "is not TOML")],
)
def test_a_glossary_that_cannot_be_read(
    settings: dict[str, Any], tmp_path: Path, content: str | None, problem: str
) -> None:
    path = tmp_path / "glossary.toml"
    if content is not None:
        path.write_text(content)
    detail, mend = _wrong(**settings, glossary=path)["glossary"]
    assert problem in detail
    assert mend == "correct the file, or unset LEGATION_GLOSSARY"
    path.write_text("")
    assert _wrong(**settings, glossary=path) == {}


def _findings(*, subject: str = "slack", **settings: Any) -> list[tuple[str, str, str | None]]:
    findings = examine(Legation(load_settings(**settings)))
    return [(found.status, found.detail, found.mend) for found in findings if found.subject == subject]


def test_slack_is_looked_at_without_asking_slack(settings: dict[str, Any]) -> None:
    assert _findings(**settings) == []
    assert _findings(**settings, slack={"bot_token": "xoxb-1", "app_token": "xoxb-1"}) == [
        ("wrong", "slack.app_token has not the shape of one", "set LEGATION_SLACK__APP_TOKEN; docs/slack.md")
    ]
    assert _findings(**settings, slack={"bot_token": "xoxb-1", "mode": "http"}) == [
        ("wrong", "slack.signing_secret is missing", "set LEGATION_SLACK__SIGNING_SECRET; docs/slack.md")
    ]
    whole = {"bot_token": "xoxb-1", "app_token": "xapp-1", "channels": {"C012AB3CD": ["nothing"]}, "command": "/why"}
    assert _findings(**settings, slack=whole) == [
        ("note", "a rule names the collection nothing, which has no documents", "correct the rule"),
        ("ok", "socket mode, /why", None),
    ]


def test_tokens_that_others_may_read_are_noticed(settings: dict[str, Any]) -> None:
    settings["home"].mkdir()
    toml = settings["home"] / "legation.toml"
    toml.write_text('[slack]\nbot_token = "xoxb-1"\napp_token = "xapp-1"\n')
    toml.chmod(0o640)
    problem = ("wrong", "legation.toml has a token, and others on this machine may read it", f"chmod 600 {toml}")
    assert _findings(**settings, subject="secrets") == [problem]
    toml.chmod(0o600)
    assert _findings(**settings, subject="secrets") == []
    assert _findings(**settings) == [("ok", "socket mode, /ask", None)]


def test_discord_is_looked_at_without_asking_discord(settings: dict[str, Any]) -> None:
    assert _findings(**settings, subject="discord") == []
    assert _findings(**settings, subject="discord", discord={"token": "oops", "guilds": {"1": ["nothing"]}}) == [
        ("note", "a rule names the collection nothing, which has no documents", "correct the rule"),
        ("wrong", "discord.token has not the shape of one", "set LEGATION_DISCORD__TOKEN; docs/discord.md"),
    ]
    assert _findings(**settings, subject="discord", discord={"token": "a.b-_.c"}) == [
        ("ok", "answers by reply, as components", None)
    ]


def test_an_index_that_another_version_has_split_still_answers(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "oslo.md").write_text("The embassy in Oslo closed.")
    with monkeypatch.context() as patched:
        patched.setattr("index.prepare.SPLIT_VERSION", 2)
        Legation(load_settings(**settings)).sync(add=[Source("notes", str(tmp_path / "oslo.md"), "notes")])
    (found,) = _findings(**settings, subject="index")
    assert (found[0], found[2]) == ("note", "legation sync")
    assert found[1].endswith("; another version of Legation split its documents")
    (found,) = _findings(**settings, passage_tokens=64, subject="index")
    assert (found[0], found[2]) == ("wrong", "legation sync")
    assert found[1].endswith("; model or passage size have changed since")


@pytest.fixture
def older(settings: dict[str, Any]) -> dict[Path, bytes]:
    """The files of a home, as earlier versions made them, and what they hold."""
    home = Home(settings["home"])
    with closing(Library(home.library)) as library:
        library.put_source(Source("notes", "/nowhere", "notes"))
        library.put_document(document())
    with closing(ChatStore(home.path / NAME)) as store:
        store.accept("slack", "k1", "a job")
    changes = {
        home.library: ("ALTER TABLE memberships DROP COLUMN checksum", "PRAGMA user_version = 4"),
        home.path / NAME: (
            "DROP INDEX feedback_by_person", "ALTER TABLE deliveries DROP COLUMN owner", "DROP TABLE owners",
            "PRAGMA user_version = 1",
        ),
    }  # fmt: skip
    for path, statements in changes.items():
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
    return {path: path.read_bytes() for path in changes}


def test_files_of_an_earlier_version_are_read_as_they_are(
    settings: dict[str, Any], older: dict[Path, bytes], tmp_path: Path
) -> None:
    home, databases = Home(settings["home"]), {"library.sqlite": LIBRARY, NAME: SCHEMA}
    found = {each.subject: each for each in examine(Legation(load_settings(**settings)))}
    upgrades = "upgrades it; the earlier version cannot use it then"
    assert (found["library"].status, found["library"].detail, found["library"].mend) == (
        "note",
        "documents: 0, sources: 1; of schema 4, which is an earlier version's, and read as it is",
        f"legation sync {upgrades}",
    )
    assert (found["chats"].status, found["chats"].mend) == ("note", f"legation slack or legation discord {upgrades}")
    checks = {each.subject: each for each in check(home, databases, home.models, lambda progress: None)}
    assert {each.status for each in checks.values()} == {"ok", "note"}
    assert checks["library.sqlite"].detail.endswith("; of schema 4, which is an earlier version's, and read as it is")
    assert (checks["library.sqlite"].mend, checks[NAME].mend) == (found["library"].mend, found["chats"].mend)
    with closing(Library(home.library)) as library, closing(ChatStore(home.path / NAME)) as store:
        assert (list(library.documents([1])), store.feedback()) == ([1], (0, 0))
    write_backup(home, tmp_path / "b.tar", databases, replace=False)
    assert {path: path.read_bytes() for path in older} == older
    other = Home(tmp_path / "other")
    restore(other, tmp_path / "b.tar", databases, replace=False)
    with closing(Library(other.library)) as library, closing(ChatStore(other.path / NAME)) as store:
        assert (library.older, store.older, list(library.documents([1]))) == (None, None, [1])


def test_an_empty_file_is_no_library_and_becomes_none(settings: dict[str, Any]) -> None:
    home = Home(settings["home"])
    home.path.mkdir()
    home.library.touch()
    findings = [each for each in examine(Legation(load_settings(**settings))) if each.subject == "library"]
    assert [(each.status, each.detail) for each in findings] == [("note", "nothing is stored yet")]
    assert home.library.read_bytes() == b""
    (home.generations / "000001-a").mkdir(parents=True)
    assert _wrong(**settings)["library"] == (LOST, "restore library.sqlite from a backup, or add the sources again")


def test_a_restore_that_was_cut_short_is_told_and_not_finished(
    settings: dict[str, Any], older: dict[Path, bytes]
) -> None:
    decided = settings["home"] / "restoring-20260102T030405000000Z"
    decided.mkdir()
    (decided / "parts.json").write_text('{"parts": [], "absent": ["chat.sqlite"]}')
    findings = {each.subject: each for each in examine(Legation(load_settings(**settings)))}
    assert (findings["restore"].status, findings["restore"].detail) == ("wrong", "it was cut short")
    assert findings.keys().isdisjoint({"library", "index", "chats"})
    assert ({path: path.read_bytes() for path in older}, (decided / "parts.json").exists()) == (older, True)
