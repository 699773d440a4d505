"""The file of the chat state: damage, who may read it, what becomes of it while it is open."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.store import AnswerRecord, ChatStore, Delivery, QuotePlace
from index.errors import LibraryError, StorageError
from index.library import Library

DAMAGED = (
    "The chat state file is damaged or is no Legation chat state; move chat.sqlite away to begin anew; "
    "the library is not concerned."
)
DAY = 86_400.0
RECORD = AnswerRecord(
    "a1", "answer", "Und in «Zürich»? 🏛", quotes=(QuotePlace("m1", 1, "posts/a.md", "ab" * 32, 10, 50),)
)

VERSION_1 = """
CREATE TABLE deliveries (
    platform TEXT NOT NULL, key TEXT NOT NULL, arrived REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'done')), job TEXT,
    PRIMARY KEY (platform, key)
) STRICT;
CREATE INDEX deliveries_open ON deliveries (state, arrived);
CREATE TABLE turns (
    conversation TEXT NOT NULL, position TEXT NOT NULL, searched TEXT NOT NULL, asked REAL NOT NULL,
    PRIMARY KEY (conversation, position)
) STRICT;
CREATE TABLE answers (
    id TEXT PRIMARY KEY, asked REAL NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL, context TEXT,
    collection TEXT, since TEXT, until TEXT, who TEXT
) STRICT;
CREATE INDEX answers_by_time ON answers (asked);
CREATE TABLE quotes (
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE, mark TEXT NOT NULL, number INTEGER NOT NULL,
    document TEXT NOT NULL, version TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (answer, mark, number)
) STRICT;
CREATE TABLE feedback (
    answer TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE, "right" INTEGER NOT NULL,
    given REAL NOT NULL, who TEXT
) STRICT;
CREATE INDEX feedback_by_answer ON feedback (answer);
PRAGMA application_id = 1279608643;
PRAGMA user_version = 1;
"""
"""A file as the first version made it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "chat.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[ChatStore]:
    store = ChatStore(path)
    yield store
    store.close()


def execute(path: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What another program does to the file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def aged(path: Path, table: str, column: str, where: str, days: float) -> None:
    """Makes rows as old as if they had been written ``days`` ago."""
    execute(path, f"UPDATE {table} SET {column} = ? WHERE {where}", time.time() - days * DAY)


def test_a_file_of_the_first_version_goes_on(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    execute(path, "INSERT INTO deliveries VALUES ('slack', 'k', 5.0, 'sending', 'job')")
    execute(path, "INSERT INTO answers (id, asked, kind, question) VALUES ('a1', 5.0, 'not-found', 'q')")
    execute(path, "INSERT INTO feedback VALUES ('a1', 1, 5.0, 'U1'), ('a1', 0, 5.0, NULL), ('a1', 0, 5.0, NULL)")
    store = ChatStore(path)
    assert store.unfinished("slack") == [Delivery("sending", "job")]
    assert store.accept("slack", "another", "job")
    assert store.feedback() == (1, 2)
    assert store.put_feedback("a1", right=False, who="U1")
    assert store.feedback() == (0, 3)
    store.close()


def test_what_is_forgotten_is_gone_from_the_file(store: ChatStore, path: Path) -> None:
    for name in ("old", "young"):
        store.put_answer(AnswerRecord(name, "not-found", f"quetzalcoatlus {name}"))
        store.remember_turn("t", name, f"quetzalcoatlus {name}")
        store.accept("slack", name, f"quetzalcoatlus {name}")
    for table, column, where in (
        ("answers", "asked", "id"), ("turns", "asked", "position"), ("deliveries", "arrived", "job")
    ):  # fmt: skip
        aged(path, table, column, f"{where} IN ('old', 'quetzalcoatlus old')", 11)
    assert path.read_bytes().count(b"quetzalcoatlus old") == 3
    store.forget(10)
    content = path.read_bytes()
    assert (content.count(b"quetzalcoatlus old"), content.count(b"quetzalcoatlus young")) == (0, 3)
    store.finish("slack", "young")
    assert path.read_bytes().count(b"quetzalcoatlus young") == 2


def test_a_damaged_file_is_refused_with_what_to_do(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all " * 300)
    with pytest.raises(LibraryError) as caught:
        ChatStore(path)
    assert caught.value.user_message == DAMAGED


def test_damage_within_the_file_is_told_when_it_is_met(store: ChatStore, path: Path) -> None:
    for number in range(200):
        store.put_answer(replace(RECORD, id=f"a{number}", question="why? " * 200))
    store.close()
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    for start in range(page, len(content), page):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    store = ChatStore(path)
    with pytest.raises(LibraryError) as caught:
        store.unanswered()
    assert caught.value.user_message == DAMAGED
    store.close()


def test_the_file_of_another_program_or_room_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.sqlite"
    execute(foreign, "CREATE TABLE deliveries (x)")
    library = tmp_path / "library.sqlite"
    Library(library).close()
    for path in (foreign, library):
        with pytest.raises(LibraryError) as caught:
            ChatStore(path)
        assert caught.value.user_message == f"{path.name} is not a Legation chat state."
    ChatStore(tmp_path / "chat.sqlite").close()
    with pytest.raises(LibraryError) as caught:
        Library(tmp_path / "chat.sqlite")
    assert caught.value.user_message == "chat.sqlite is not a Legation library."


def test_a_file_of_a_later_version_is_refused(store: ChatStore, path: Path) -> None:
    execute(path, "PRAGMA user_version = 7")
    with pytest.raises(LibraryError) as caught:
        ChatStore(path)
    assert caught.value.user_message == "The chat state has schema 7; this version of Legation reads 2."


def test_a_folder_or_file_that_may_not_be_written_is_told(bound_folder: Path) -> None:
    path = bound_folder / "chat.sqlite"
    opened = ChatStore(path)
    bound_folder.chmod(0o500)
    try:
        for new in (bound_folder / "new.sqlite", bound_folder / "deeper" / "chat.sqlite"):
            with pytest.raises(StorageError) as caught:
                ChatStore(new)
            assert caught.value.user_message == "The chat state cannot be stored: Permission denied."
        assert opened.unfinished("slack") == []
        with pytest.raises(StorageError) as caught:
            opened.accept("slack", "k", "job")
        assert caught.value.user_message == (
            "The chat state cannot be read or written (attempt to write a readonly database); "
            "what was stored before is kept."
        )
        path.chmod(0o400)
        with closing(ChatStore(path)) as read_only:  # to check it, and to back it up
            assert read_only.feedback() == (0, 0)
            with pytest.raises(StorageError, match="attempt to write a readonly database"):
                read_only.accept("slack", "k", "job")
    finally:
        bound_folder.chmod(0o700)
        opened.close()
    assert [found.name for found in bound_folder.iterdir()] == ["chat.sqlite"]


def test_nobody_else_may_read_the_file(store: ChatStore, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_a_file_that_is_gone_is_begun_anew_and_that_is_told(
    store: ChatStore, path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.put_answer(RECORD)
    kept = path.rename(path.with_name("kept.sqlite"))
    if how == "deleted":
        kept.unlink()
    if how == "replaced":
        other = ChatStore(path)
        other.put_answer(replace(RECORD, id="b2"))
        other.close()
    with ThreadPoolExecutor(1) as another_thread:
        assert store.answer("a1") is None
        assert (store.answer("b2") is not None) == (how == "replaced")
        assert another_thread.submit(store.accept, "slack", "k1", "job").result()
        assert not store.accept("slack", "k1", "job")
    store.put_answer(RECORD)
    assert store.answer("a1") == RECORD
    assert path.stat().st_mode & 0o077 == 0
    (told,) = caplog.records
    assert (told.name, told.levelname) == ("bot.chat.store", "WARNING")
    assert told.getMessage().startswith("chat.sqlite was deleted, moved or replaced while it was open.")


def test_threads_that_find_the_file_gone_at_once_begin_it_anew_once(
    store: ChatStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    barrier = threading.Barrier(8)

    def ask(number: int) -> bool:
        store.knows_conversation("before")  # a connection of this thread
        if barrier.wait(60) == 0:
            path.unlink()
        barrier.wait(60)
        return store.accept("slack", f"k{number}", "job")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [True] * 8
    assert {each.job for each in store.unfinished("slack")} == {"job"}
    assert len(store.unfinished("slack")) == 8
    assert len(caplog.records) == 1


def test_a_service_does_not_keep_the_file_in_memory_as_it_grows(store: ChatStore) -> None:
    with store._database.reading() as connection:
        assert connection.execute("PRAGMA cache_size").fetchone() == (-2048,)
