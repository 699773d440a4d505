"""legation check, backup and restore, from words to exit code. No model is needed: nothing is asked or encoded."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.assemble import Legation
from bot.chat.store import NAME, ChatStore
from bot.cli import main
from bot.settings import load_settings
from index.home import Home
from index.library import Library
from index.lock import writer_lock
from index.parsing.supervisor import ParsingProcess
from index.sync import Limits, sync
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Run]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("LEGATION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Run:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Run(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def filled(home: Home, corpus: Corpus, parser: ParsingProcess) -> Home:
    folder = corpus({"oslo.md": "# Oslo\n\nThe embassy in Oslo closed.\n"}, "posts")
    with closing(Library(home.library)) as library:
        sync(home, library, WordEncoder(), Limits(10_000, 64), add=[Source("posts", str(folder), "p")], parser=parser)
    with closing(ChatStore(home.path / NAME)) as store:
        store.accept("slack", "k1", "a job")
    return home


def test_there_and_back(cli: Cli, filled: Home, tmp_path: Path) -> None:
    run = cli("backup", "b.tar")
    assert (run.code, run.err) == (0, "Copying (MiB): 1 of 1\nChecking: 1 of 1\nCopying (MiB): 1 of 1\n")
    wrote, apart = run.out.splitlines()
    assert wrote.startswith("Written to b.tar: library.sqlite, chat.sqlite (0.")
    assert apart == "legation.toml is not in it, as it has the tokens: keep it apart."
    shutil.move(filled.path, tmp_path / "lost")
    run = cli("restore", "b.tar")
    assert run.code == 0
    back, index = run.out.splitlines()
    assert back.endswith(": library.sqlite, chat.sqlite; 1 documents, all verified.")
    assert index == "The index is built again from the library with the next question, or now with legation sync."
    with closing(ChatStore(filled.path / NAME)) as store:
        assert [each.job for each in store.unfinished("slack")] == ["a job"]
    again = cli("restore", "b.tar")
    assert (again.code, again.out) == (2, "")
    assert again.err == f"{filled.path} is in use already; --force replaces what is there, and keeps it beside.\n"
    forced = cli("restore", "b.tar", "--force")
    (kept,) = filled.path.glob("replaced-*")
    assert f"What was here before lies in {kept}." in forced.out.splitlines()


def test_as_json(cli: Cli, filled: Home, tmp_path: Path) -> None:
    made = cli("backup", "b.tar", "--json").json
    assert list(made) == ["file", "created", "parts", "left_out"]
    assert (made["file"], [each["name"] for each in made["parts"]]) == ("b.tar", ["library.sqlite", "chat.sqlite"])
    restored = cli("restore", "b.tar", "--home", tmp_path / "other", "--json").json
    assert restored == {
        "created": made["created"], "parts": ["library.sqlite", "chat.sqlite"], "documents": 1, "kept": None,
    }  # fmt: skip
    assert cli("restore", "b.tar", "--json").json["error"]["exit_code"] == 2
    (tmp_path / "b.tar").write_bytes(b"x" * 2000)
    failed = cli("restore", "b.tar", "--force", "--json")
    assert failed.json == {
        "error": {"message": "b.tar is damaged, or no backup of Legation.", "exit_code": 17, "retryable": False}
    }
    checks = cli("check", "--json").json["checks"]
    assert {each["status"] for each in checks} == {"ok"}
    assert list(checks[0]) == ["subject", "status", "detail", "mend"]


def test_a_backup_without_the_damaged_state_of_chats_is_no_success(cli: Cli, filled: Home) -> None:
    (filled.path / NAME).write_bytes(b"no database" * 400)
    run = cli("backup", "b.tar")
    assert run.code == 8
    assert run.out.splitlines()[0].startswith("Written to b.tar: library.sqlite (0.")
    told = (
        "chat.sqlite is not in it: The chat state file is damaged or is no Legation chat state; "
        "move chat.sqlite away to begin anew; the library is not concerned."
    )
    assert run.err.splitlines()[-1] == told
    run = cli("backup", "c.tar", "--json")
    assert (run.code, run.json["left_out"]) == (8, [told])


def test_a_backup_is_no_stream(cli: Cli, filled: Home, tmp_path: Path) -> None:
    for command in ("backup", "restore"):
        run = cli(command, "-")
        assert (run.code, run.err) == (
            2,
            "Invalid value for 'FILE': name a file or folder, instead of - (or ./- if it is called so).\n",
        )
    assert not (tmp_path / "-").exists()


def test_a_running_service_is_in_the_way_of_a_restore_and_not_of_a_backup(cli: Cli, filled: Home) -> None:
    with writer_lock(filled.path / "discord.lock"):
        assert cli("backup", "b.tar").code == 0
        run = cli("restore", "b.tar", "--force")
    assert (run.code, run.err.partition(" (")[0]) == (10, "legation discord runs with this home")


def test_check_ends_with_1_and_says_what_to_do(cli: Cli, filled: Home) -> None:
    sound = cli("check")
    assert (sound.code, sound.err) == (0, "Checking: 1 of 1\n")
    assert [line.split(":")[0] for line in sound.out.splitlines()] == [
        f"ok    {subject}"
        for subject in "library.sqlite chat.sqlite documents passages vectors references records index".split()
    ]
    for path in filled.generations.rglob("*.f32"):
        path.write_bytes(b"")
    damaged = cli("check")
    assert damaged.code == 1
    assert (
        "wrong index: The index files are missing or damaged -> nothing: it is built again with "
        "the next question, or now with legation sync"
    ) in damaged.out.splitlines()


def test_a_restore_that_was_cut_short_is_finished_by_whoever_comes_next(
    cli: Cli, filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("backup", "b.tar").code == 0
    with closing(Library(filled.library)) as library:
        library.put_source(Source("later", "/nowhere", "c"))

    class Killed(BaseException):
        pass

    def die(home: Home) -> bool:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("index.restore._finish", lambda home: die(home) if any(home.path.glob("restoring*")) else False)
        main(["restore", "b.tar", "--force"])
    check = cli("check")
    assert (check.code, "wrong restore: it was cut short" in check.out) == (1, True)
    told: list[str] = []
    legation = Legation(load_settings(filled.path), notice=told.append)
    assert [source.name for source in legation.library.sources()] == ["posts"]
    assert told == ["A restore that was cut short has been finished."]
    legation.library.close()
    assert cli("check").code == 0


def test_chats_in_postgresql_that_hold_nothing_are_not_in_a_backup(
    cli: Cli, filled: Home, postgres_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_CHAT__DATABASE", postgres_uri)
    run = cli("backup", "b.tar")
    assert run.code == 0
    assert run.out.splitlines()[0].startswith("Written to b.tar: library.sqlite (0.")
