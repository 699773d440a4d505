"""A library and its chats moved from SQLite into PostgreSQL and back, by backup and restore: nothing is lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.assemble import Legation
from bot.chat.schema import NAME, POSTGRES, SCHEMA
from bot.chat.store import AnswerRecord, ChatStore, QuotePlace, Shared, Unanswered
from bot.cli import main
from bot.question import make_question
from bot.render.machine import answer_to_dict
from bot.settings import load_settings
from bot.verify import verify
from index.home import Home
from index.parsing.supervisor import ParsingProcess
from index.postgres import PostgresDatabase
from index.sync import Limits, sync
from index.types import Source
from tests.fakes.backdated import backdate
from tests.fakes.postgres import PASSWORD
from tests.fakes.word_encoder import WordEncoder

EARLIER = datetime.now(UTC) - timedelta(days=40)
QUESTION = "When did the embassy in Oslo close?"

Cli = Callable[..., tuple[int, str, str]]
Execute = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """A command, over PostgreSQL for what a keyword gives the address of."""
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, library: str = "", chat: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("LEGATION_LIBRARY__DATABASE", library)
        monkeypatch.setenv("LEGATION_CHAT__DATABASE", chat)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert PASSWORD not in out + err
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def execute(postgres_uri: str) -> Execute:
    def execute(statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(postgres_uri, options="-c search_path=legation_chat") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    return execute


@pytest.fixture
def stored(home: Home, tmp_path: Path, parser: ParsingProcess) -> Home:
    """A document of forty days ago that has changed since; questions, threads, feedback, and one under way."""
    folder = tmp_path / "posts"
    folder.mkdir()
    with closing(opened(home)) as legation:
        for month in ("May", "June"):
            (folder / "oslo.md").write_text(f"# Oslo\n\nThe embassy in Oslo closed in {month}.\n")
            limits = Limits(10_000, 64, second_look=timedelta(0))
            add = [Source("posts", str(folder), "p")]
            sync(home, legation.library, WordEncoder(), limits, add=add, parser=parser)
            if month == "May":
                backdate(home.library, EARLIER.isoformat(timespec="seconds"))
    with closing(ChatStore(home.path / NAME)) as chats:
        fill(chats)
    home.manifest.write_text(f'[[source]]\nname = "posts"\nlocation = "{folder}"\n')
    return home


def fill(chats: ChatStore) -> None:
    for key in ("3", "1", "2"):
        chats.accept("slack", key, f"job {key}")
    chats.start_sending("slack", "1")
    chats.accept("slack", "done", None)
    chats.remember_turn("thread", "1", "Oslo")
    chats.remember_turn("thread", "2", "Rome 🏛")
    chats.put_answer(AnswerRecord("a", "answer", "Oslo?", quotes=(QuotePlace("m", 1, "posts/oslo.md", "v", 8, 20),)))
    chats.put_answer(AnswerRecord("b", "not-found", "Ruritania?", "ctx", "c", EARLIER.date(), None, "U1"))
    chats.put_feedback("a", False, "U2")


def opened(home: Home, uri: str | None = None) -> Legation:
    library = {"database": uri}
    legation = Legation(load_settings(home.path, model="words", passage_tokens=64, reranker="none", library=library))
    legation.__dict__["encoder"] = WordEncoder()
    return legation


def asked(home: Home, uri: str | None = None) -> list[dict[str, object]]:
    """Answers as JSON, of today and of twenty days ago, without what differs whenever one asks or an index is built."""
    with closing(opened(home, uri)) as legation:
        legation.prepare()
        days = (None, (EARLIER + timedelta(days=20)).date())
        answers = [answer_to_dict(legation.answerer.answer(make_question(QUESTION, as_of=day))) for day in days]
    return [{**answer, "elapsed_ms": 0, "id": "", "generation": ""} for answer in answers]


def verdicts(home: Home, answers: list[dict[str, object]], uri: str | None = None) -> list[tuple[str, bool | None]]:
    with closing(opened(home, uri)) as legation:
        return [(each.verdict, each.cited) for each in verify(legation.library, answers)]


def files(home: Home) -> list[str]:
    return sorted(each.name for each in home.path.iterdir() if each.suffix != ".lock")


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}


def test_both_have_the_same_tables_and_columns_of_chats(postgres_uri: str, execute: Execute) -> None:
    """What is apart from that says who has what, and in which order it came: SQLite does that by itself."""
    PostgresDatabase(postgres_uri, POSTGRES).close()
    columns = (
        "SELECT table_name, column_name, udt_name, is_nullable FROM information_schema.columns "
        "WHERE table_schema = 'legation_chat' AND table_name <> 'schema_version'"
    )
    types = {"INTEGER": "int8", "TEXT": "text", "REAL": "float8"}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA.statements)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        here = {
            (table, column, types[kind], "NO" if required or key else "YES")
            for table in tables
            for _, column, kind, required, _, key in connection.execute(f"PRAGMA table_info({table})")
        }
    assert set(execute(columns)) - here == {("deliveries", "rowid", "int8", "NO")}
    assert here - set(execute(columns)) == set()
    assert tables - set(POSTGRES.tables) == {"owners"}


def test_there_and_back_nothing_is_lost(cli: Cli, stored: Home, postgres_uri: str, tmp_path: Path) -> None:
    uri, before = postgres_uri, asked(stored)
    library, chats = rows(stored.library), rows(stored.path / NAME)
    assert [answer["quotes"][0]["text"] for answer in before] == [  # type: ignore[index]
        "The embassy in Oslo closed in June.", "The embassy in Oslo closed in May.",
    ]  # fmt: skip
    assert verdicts(stored, before) == [("exact", True), ("changed", True)]

    assert cli("backup", "1.tar", "--home", stored.path)[0] == 0
    code, out, err = cli("restore", "1.tar", "--force", "--home", stored.path, library=uri, chat=uri)
    assert (code, err.splitlines()[-1]) == (0, "Copying (rows): 10 of 10")
    assert "library.sqlite, chat.sqlite, sources.toml; 2 documents, all verified." in out
    assert out.splitlines()[-1] == "legation sync builds the index from the library, unless this home has it already."
    assert not stored.library.exists()
    assert not (stored.path / NAME).exists()
    assert asked(stored, uri) == before
    assert verdicts(stored, before, uri) == [("exact", True), ("changed", True)]

    code, out, _ = cli("backup", "2.tar", "--home", stored.path, library=uri, chat=uri)
    assert (code, out.partition(" (")[0]) == (0, "Written to 2.tar: library.sqlite, chat.sqlite, sources.toml")
    assert cli("restore", "2.tar", "--home", tmp_path / "back")[0] == 0
    back = Home(tmp_path / "back")
    assert (rows(back.library), rows(back.path / NAME)) == (library, chats)
    assert back.manifest.read_bytes() == stored.manifest.read_bytes()
    assert asked(back) == before
    assert verdicts(back, before) == [("exact", True), ("changed", True)]


def test_chats_go_on_over_the_other(cli: Cli, stored: Home, postgres_uri: str, execute: Execute) -> None:
    def told(chats: ChatStore) -> tuple[object, ...]:
        return (
            [(each.state, each.job) for each in chats.unfinished("slack")],
            [chats.accept("slack", key, "again") for key in ("1", "done")],
            chats.turn_before("thread", "3"),
            [chats.answer(name) for name in ("a", "b")],
            chats.feedback(),
            chats.unanswered(),
            chats.judged(),
        )

    with closing(ChatStore(stored.path / NAME)) as store:
        before = told(store)
    assert before[0] == [("accepted", "job 3"), ("sending", "job 1"), ("accepted", "job 2")]
    assert [each.question for each in before[5] if isinstance(each, Unanswered)] == ["Ruritania?", "Oslo?"]  # type: ignore[attr-defined]
    cli("backup", "1.tar", "--home", stored.path)
    assert cli("restore", "1.tar", "--force", "--home", stored.path, chat=postgres_uri)[0] == 0
    assert stored.library.exists()
    with closing(ChatStore(Shared(postgres_uri))) as store:
        assert told(store) == before
        assert execute("SELECT count(*) FROM owners") == [(1,)]
        assert cli("backup", "2.tar", "--home", stored.path, chat=postgres_uri)[0] == 0
    assert cli("restore", "2.tar", "--force", "--home", stored.path)[0] == 0
    assert rows(stored.path / NAME)["owners"] == []
    with closing(ChatStore(stored.path / NAME)) as store:  # what a process elsewhere had, this one has now
        assert told(store) == before


def test_a_library_that_is_lost_after_the_chats_were_committed_is_told(
    cli: Cli, stored: Home, postgres_uri: str, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two databases have no common commit."""
    over: dict[str, Any] = {"library": postgres_uri, "chat": postgres_uri}
    before = files(stored)
    cli("backup", "1.tar", "--home", stored.path)

    def cut(folder: Path) -> None:
        execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    with monkeypatch.context() as patched:
        patched.setattr("index.restore.fsync_tree", cut)
        code, _, err = cli("restore", "1.tar", "--force", "--home", stored.path, **over)
    assert (code, err.splitlines()[-1]) == (16, (
        "The connection to PostgreSQL was lost while the library was written; it is not known whether it was; before "
        "another attempt, drop what PostgreSQL may have of it (legation_library and legation_chat)."
    ))  # fmt: skip
    assert files(stored) == before
    assert cli("backup", "2.tar", "--home", stored.path, library=postgres_uri)[0] == 4
    code, _, err = cli("restore", "1.tar", "--force", "--home", stored.path, **over)
    assert (code, err.splitlines()[-1].partition(":")[0]) == (
        2, "The chat state in PostgreSQL is in use already, and is not replaced",
    )  # fmt: skip
    assert files(stored) == before
    execute("DROP SCHEMA legation_chat CASCADE")
    assert cli("restore", "1.tar", "--force", "--home", stored.path, **over)[0] == 0
