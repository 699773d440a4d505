"""Commands that only read, pointed at a place where nothing is: they say so and leave nothing there."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.store import NAME, AnswerRecord, ChatStore
from bot.cli import main
from index.home import Home
from index.library import Library
from index.manifest import SourceEntry, put_entry

Run = tuple[int, str, str]
Cli = Callable[..., Run]

ANSWER = {"found": True, "quotes": [], "answer_id": "a"}
QUESTIONS = str(Path(__file__).parents[2] / "docs" / "example-questions.jsonl")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("LEGATION_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answer.json").write_text(json.dumps(ANSWER))
    (tmp_path / "table.csv").write_text("name\nKim Yong Chol\n")

    def run(*arguments: object) -> Run:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def told(home: Path) -> str:
    return f"There is no library in {home}; correct LEGATION_HOME, or --home, or run: legation add PATH\n"


READING = [
    ["show", "a.md"], ["verify", "answer.json"], ["diff", "un"], ["screen", "table.csv"], ["eval", QUESTIONS],
    ["calibrate", QUESTIONS], ["sources"], ["sync"], ["sync", "un"], ["remove", "un"], ["check"], ["gaps"],
    ["feedback"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("there", [False, True])
def test_a_place_without_a_library_is_told_and_stays_as_it_is(
    cli: Cli, home: Home, arguments: list[str], there: bool
) -> None:
    if there:
        home.path.mkdir()
        home.library.touch()  # what a disk that was full may have left
    assert cli(*arguments) == (4, "", told(home.path))
    assert [path.name for path in home.path.glob("*")] == (["library.sqlite"] if there else [])
    assert home.path.exists() == there
    assert not there or home.library.stat().st_size == 0


def test_as_json_the_error_is_all(cli: Cli, home: Home) -> None:
    code, out, err = cli("check", "--json")
    assert (code, err) == (4, told(home.path))
    assert json.loads(out) == {"error": {"message": told(home.path)[:-1], "exit_code": 4, "retryable": False}}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["doctor", "--json"], 0), (["doctor", "--show-config"], 0), (["slack", "--manifest"], 0), (["ask", ""], 2),
        (["add", "missing"], 2), (["restore", "missing"], 2), (["ask", "--json", "--batch", "missing"], 2),
        (["ask", "Why?", "--since", "soon"], 2), (["ask", "Why?", "--as-of", "2999"], 2),
        (["ask", "Why?", "--since", "2020", "--until", "2019"], 2), (["ask", "--json", "--batch", "."], 2),
    ],
)  # fmt: skip
def test_what_needs_no_library_and_what_is_refused_makes_none(
    cli: Cli, home: Home, arguments: list[str], code: int
) -> None:
    assert cli(*arguments)[0] == code
    assert not home.path.exists()


def test_a_backup_of_nothing_makes_nothing(cli: Cli, home: Home, tmp_path: Path) -> None:
    assert cli("backup", "b.tar") == (4, "", "Nothing is stored yet that could be backed up.\n")
    assert (home.path.exists(), (tmp_path / "b.tar").exists()) == (False, False)


@pytest.mark.parametrize("empty", [False, True])
def test_without_chats_there_is_nothing_to_tell_of_them(cli: Cli, home: Home, empty: bool) -> None:
    """Nor is a model needed, which would be exported into the home."""
    Library(home.library).close()
    if empty:
        (home.path / NAME).touch()
    before = sorted(home.path.rglob("*"))
    assert cli("gaps") == (0, "Nothing was asked in chats that was not answered.\n", "")
    assert cli("feedback") == (0, "Answers called right: 0, wrong: 0. Pairs: 0.\n", "")
    assert json.loads(cli("feedback", "--json")[1]) == {"pairs": [], "right": 0, "wrong": 0, "left_out": 0}
    assert sorted(home.path.rglob("*")) == before
    assert not empty or (home.path / NAME).stat().st_size == 0


def test_chats_in_which_all_was_answered_need_no_model(cli: Cli, home: Home) -> None:
    with closing(ChatStore(home.path / NAME)) as store:
        store.put_answer(AnswerRecord("a", "answer", "When was Basel closed?"))
    assert cli("gaps")[:2] == (0, "Nothing was asked in chats that was not answered.\n")
    assert [path.name for path in home.path.iterdir()] == [NAME]


def test_what_else_there_is_can_be_looked_at_without_a_library(cli: Cli, home: Home) -> None:
    home.path.mkdir()
    put_entry(home.manifest, SourceEntry("posts", "/srv/posts", collection="news"))
    kept = sorted(path.name for path in home.path.iterdir())
    assert cli("sources")[:2] == (0, "posts [news]: 0 documents, from /srv/posts\n")
    code, out, _ = cli("check")
    assert code == 0
    assert out.splitlines() == [
        "note  library.sqlite: there is none", "note  chat.sqlite: there is none", "ok    sources.toml: 1 source",
    ]  # fmt: skip
    assert sorted(path.name for path in home.path.iterdir()) == kept
