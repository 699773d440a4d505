"""What the chat services keep: deliveries taken once, turns, answers, feedback, and what is forgotten."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.chat.store import AnswerRecord, ChatStore, Delivery, JudgedAnswer, QuotePlace, Unanswered
from index.errors import LibraryError, StorageError
from index.library import Library

DAMAGED = (
    "The chat state file is damaged or is no Legation chat state; move chat.sqlite away to begin anew; "
    "the library is not concerned."
)
DAY = 86_400.0
VERSION = "ab" * 32
RECORD = AnswerRecord(
    id="a1",
    kind="answer",
    question="Und in «Zürich»? 🏛",
    context="When was the embassy closed?",
    collection="posts",
    since=date(1911, 5, 4),
    until=date(2024, 2, 29),
    who="U1",
    quotes=(QuotePlace("m1", 1, "posts/a.md", VERSION, 10, 50), QuotePlace("m2", 2, "posts/b.md", VERSION, 0, 7)),
)


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


def hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def aged(path: Path, table: str, column: str, where: str, days: float) -> None:
    """Makes rows as old as if they had been written ``days`` ago."""
    execute(path, f"UPDATE {table} SET {column} = ? WHERE {where}", time.time() - days * DAY)


def test_a_delivery_is_taken_once(store: ChatStore) -> None:
    assert [store.accept("slack", "k", "job") for _ in range(3)] == [True, False, False]
    assert store.accept("slack", "k", "another job") is False
    assert store.accept("discord", "k", "job") is True
    assert store.unfinished("slack") == [Delivery("accepted", "job")]
    assert store.unfinished("discord") == [Delivery("accepted", "job")]
    assert store.unfinished("other") == []


def test_a_delivery_without_a_job_is_done_at_once(store: ChatStore, path: Path) -> None:
    assert store.accept("slack", "k", None) is True
    assert store.accept("slack", "k", None) is False
    assert store.accept("slack", "k", "job") is False
    assert store.unfinished("slack") == []
    assert execute(path, "SELECT platform, state, job FROM deliveries") == [("slack", "done", None)]


@pytest.mark.parametrize("files", [1, 2])
def test_sixteen_threads_take_each_delivery_once(store: ChatStore, path: Path, files: int) -> None:
    other = store if files == 1 else ChatStore(path)
    barrier = threading.Barrier(16)
    keys = [f"key {number}" for number in range(10)]

    def accept(number: int) -> list[bool]:
        mine = (store, other)[number % 2]
        barrier.wait(60)
        return [mine.accept("slack", key, f"job {number} {key}") for key in keys]

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(accept, range(16)))
    assert [sum(of_key) for of_key in zip(*taken, strict=True)] == [1] * 10
    assert sorted(delivery.job for delivery in store.unfinished("slack")) == sorted(
        f"job {of_key.index(True)} {key}" for key, of_key in zip(keys, zip(*taken, strict=True), strict=True)
    )
    if other is not store:
        other.close()


def test_a_delivery_goes_from_accepted_by_sending_to_done(store: ChatStore, path: Path) -> None:
    store.accept("slack", "k", "job")
    store.start_sending("slack", "k")
    assert store.unfinished("slack") == [Delivery("sending", "job")]
    store.reopen("slack", "k")
    assert store.unfinished("slack") == [Delivery("accepted", "job")]
    store.start_sending("slack", "k")
    store.finish("slack", "k")
    assert store.unfinished("slack") == []
    assert execute(path, "SELECT state, job FROM deliveries") == [("done", None)]
    assert store.accept("slack", "k", "job") is False


def test_a_move_concerns_one_delivery_of_one_platform(store: ChatStore) -> None:
    for platform, key in (("slack", "a"), ("slack", "b"), ("discord", "a")):
        store.accept(platform, key, f"{platform} {key}")
    store.start_sending("slack", "a")
    assert store.unfinished("slack") == [Delivery("sending", "slack a"), Delivery("accepted", "slack b")]
    assert store.unfinished("discord") == [Delivery("accepted", "discord a")]
    store.finish("slack", "nobody's")
    store.finish("slack", "a")
    assert store.unfinished("slack") == [Delivery("accepted", "slack b")]
    assert store.unfinished("discord") == [Delivery("accepted", "discord a")]


def test_what_is_unfinished_comes_oldest_first(store: ChatStore, path: Path) -> None:
    for key in ("c", "a", "b"):
        store.accept("slack", key, key)
    assert [delivery.job for delivery in store.unfinished("slack")] == ["c", "a", "b"]
    aged(path, "deliveries", "arrived", "job = 'b'", 1)
    assert [delivery.job for delivery in store.unfinished("slack")] == ["b", "c", "a"]
    execute(path, "UPDATE deliveries SET arrived = 5.0")
    assert [delivery.job for delivery in store.unfinished("slack")] == ["c", "a", "b"]


def test_deliveries_and_answers_outlast_the_process(store: ChatStore, path: Path) -> None:
    store.accept("slack", "k", '{"text": "«é» 🏛"}')
    store.start_sending("slack", "k")
    store.put_answer(RECORD)
    store.close()
    again = ChatStore(path)
    assert again.unfinished("slack") == [Delivery("sending", '{"text": "«é» 🏛"}')]
    assert again.answer("a1") == RECORD
    again.close()


def test_a_released_delivery_is_as_if_it_had_never_arrived(store: ChatStore) -> None:
    for platform, key in (("slack", "a"), ("slack", "b"), ("discord", "a")):
        store.accept(platform, key, f"{platform} {key}")
    store.release("slack", "a")
    store.release("slack", "nobody's")
    assert store.unfinished("slack") == [Delivery("accepted", "slack b")]
    assert store.unfinished("discord") == [Delivery("accepted", "discord a")]
    assert store.accept("slack", "a", "again") is True
    assert store.unfinished("slack") == [Delivery("accepted", "slack b"), Delivery("accepted", "again")]


def test_a_turn_sees_the_last_one_before_it(store: ChatStore) -> None:
    assert store.turn_before("t", "9") is None
    for position in ("1700000000.000300", "1700000000.000100", "1700000000.000200"):
        store.remember_turn("t", position, f"searched at {position[-3:]}")
    assert store.turn_before("t", "1700000000.000400") == "searched at 300"
    assert store.turn_before("t", "1700000000.000300") == "searched at 200"
    assert store.turn_before("t", "1700000000.000250") == "searched at 200"
    assert store.turn_before("t", "1700000000.000101") == "searched at 100"
    assert store.turn_before("t", "1700000000.000100") is None
    assert store.turn_before("other", "1700000000.000400") is None


def test_a_turn_that_searched_nothing_is_passed_over_but_known(store: ChatStore) -> None:
    assert store.knows_conversation("t") is False
    store.remember_turn("t", "2", "")
    assert store.knows_conversation("t") is True
    assert store.knows_conversation("T") is False
    assert store.turn_before("t", "3") is None
    store.remember_turn("t", "1", "embassy")
    assert store.turn_before("t", "3") == "embassy"


def test_a_turn_that_is_asked_again_is_replaced(store: ChatStore, path: Path) -> None:
    store.remember_turn("t", "1", "one")
    store.remember_turn("t", "1", "two")
    assert store.turn_before("t", "2") == "two"
    assert execute(path, "SELECT count(*) FROM turns") == [(1,)]


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        AnswerRecord("a1", "not-found", "q"),
        replace(RECORD, until=None, quotes=()),
        replace(RECORD, since=None, who=None, collection=None),
        replace(RECORD, since=date.min, until=date.max, context=""),
    ],
)
def test_an_answer_comes_back_as_it_was(store: ChatStore, record: AnswerRecord) -> None:
    store.put_answer(record)
    assert store.answer("a1") == record


def test_an_answer_that_was_never_given_is_none(store: ChatStore) -> None:
    store.put_answer(RECORD)
    assert store.answer("a2") is None
    assert store.answer("A1") is None
    assert store.answer("") is None


def test_quotes_are_added_by_their_mark_and_number(store: ChatStore) -> None:
    """To two people different quotes may have been shown with one number, and one quote with two."""
    store.put_answer(RECORD)
    first, second = RECORD.quotes
    further = (replace(second, mark="m4", number=4), replace(first, mark="m3", number=3), replace(first, number=5))
    store.put_answer(AnswerRecord("a1", "not-found", "another question", quotes=(*further, replace(second, start=1))))
    assert store.answer("a1") == replace(RECORD, quotes=(first, second, further[1], further[0], further[2]))
    store.put_answer(AnswerRecord("a1", "answer", "q", quotes=(replace(second, mark="m5"),)))
    found = store.answer("a1")
    assert found is not None
    assert sorted((each.number, each.mark) for each in found.quotes) == [
        (1, "m1"), (2, "m2"), (2, "m5"), (3, "m3"), (4, "m4"), (5, "m1")
    ]  # fmt: skip
    store.put_answer(replace(RECORD, id="a2"))
    assert store.answer("a2") == replace(RECORD, id="a2")


def test_with_a_name_a_later_opinion_replaces_an_earlier_one(store: ChatStore) -> None:
    store.put_answer(RECORD)
    store.put_answer(replace(RECORD, id="a2"))
    assert store.feedback() == (0, 0)
    assert store.put_feedback("a1", right=True, who="U1") is True
    assert store.put_feedback("a1", right=False, who="U2") is True
    assert store.put_feedback("a2", right=True, who="U1") is True
    assert store.feedback() == (2, 1)
    assert store.put_feedback("a1", right=False, who="U1") is True
    assert store.feedback() == (1, 2)
    assert store.put_feedback("a1", right=True, who="U2") is True
    assert store.feedback() == (2, 1)


def test_without_a_name_every_opinion_counts(store: ChatStore, path: Path) -> None:
    store.put_answer(RECORD)
    for right in (True, False, False):
        assert store.put_feedback("a1", right, None) is True
    assert store.feedback() == (1, 2)
    assert execute(path, "SELECT DISTINCT who FROM feedback") == [(None,)]


def test_an_opinion_of_no_answer_is_not_kept(store: ChatStore) -> None:
    assert store.put_feedback("a1", right=False, who=None) is False
    assert store.feedback() == (0, 0)


def test_answers_of_which_everybody_thought_the_same_come_oldest_first(store: ChatStore, path: Path) -> None:
    said = {"b": [True, True], "a": [False], "c": [True, False], "d": [], "e": [False, False]}
    for days, (name, opinions) in enumerate(said.items()):
        store.put_answer(replace(RECORD, id=name, kind="not-found" if name == "e" else "answer"))
        aged(path, "answers", "asked", f"id = '{name}'", 10 - days)
        for right in opinions:
            store.put_feedback(name, right, None)
    answers = [JudgedAnswer(replace(RECORD, id="b"), True), JudgedAnswer(replace(RECORD, id="a"), False)]
    assert store.judged() == answers
    day = datetime.fromtimestamp(time.time() - 9 * DAY, UTC).date()
    assert store.judged(day) == answers[1:]


def test_what_was_not_answered_or_answered_wrongly_comes_newest_first(store: ChatStore, path: Path) -> None:
    kinds = {"old": "not-found", "right": "answer", "wrong": "answer", "new": "not-found", "talk": "help"}
    for days, (name, kind) in zip((9, 8, 7, 6, 5), kinds.items(), strict=True):
        store.put_answer(AnswerRecord(name, kind, f"question {name}"))
        day = datetime(2024, 3, 10 - days, 12, tzinfo=UTC).timestamp()
        execute(path, "UPDATE answers SET asked = ? WHERE id = ?", day, name)
    for name, right in (("right", True), ("wrong", True), ("wrong", False), ("wrong", False), ("old", False)):
        store.put_feedback(name, right, None)
    wanted = [
        Unanswered("question new", "2024-03-04", marked_wrong=False),
        Unanswered("question wrong", "2024-03-03", marked_wrong=True),
        Unanswered("question old", "2024-03-01", marked_wrong=False),
    ]
    assert store.unanswered() == wanted
    assert store.unanswered(date(2024, 3, 3)) == wanted[:2]
    assert store.unanswered(date(2024, 3, 4)) == wanted[:1]
    assert store.unanswered(date(2024, 3, 5)) == []
    assert [store.unanswered(most=most) for most in range(5)] == [wanted[:most] for most in range(5)]
    assert store.unanswered(date(2024, 3, 3), 1) == wanted[:1]


def test_a_day_begins_at_midnight_in_utc(store: ChatStore, path: Path) -> None:
    for name, moment in (
        ("before", datetime(2024, 3, 3, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("at", datetime(2024, 3, 4, tzinfo=UTC)),
    ):
        store.put_answer(AnswerRecord(name, "not-found", name))
        execute(path, "UPDATE answers SET asked = ? WHERE id = ?", moment.timestamp(), name)
    assert store.unanswered(date(2024, 3, 4)) == [Unanswered("at", "2024-03-04", marked_wrong=False)]
    assert store.unanswered() == [
        Unanswered("at", "2024-03-04", marked_wrong=False),
        Unanswered("before", "2024-03-03", marked_wrong=False),
    ]


def test_what_is_too_old_is_forgotten_with_all_that_hangs_on_it(store: ChatStore, path: Path) -> None:
    for name in ("old", "young"):
        store.put_answer(replace(RECORD, id=name))
        store.put_feedback(name, right=False, who="U1")
        store.remember_turn(f"thread {name}", "1", name)
        store.accept("slack", name, name)
    for table, column, where in (
        ("answers", "asked", "id"), ("turns", "asked", "searched"), ("deliveries", "arrived", "job")
    ):  # fmt: skip
        aged(path, table, column, f"{where} = 'old'", 10.01)
        aged(path, table, column, f"{where} = 'young'", 9.99)
    store.forget(10)
    assert (store.answer("old"), store.answer("young")) == (None, replace(RECORD, id="young"))
    assert execute(path, "SELECT DISTINCT answer FROM quotes") == [("young",)]
    assert execute(path, "SELECT answer FROM feedback") == [("young",)]
    assert store.feedback() == (0, 1)
    assert (store.knows_conversation("thread old"), store.knows_conversation("thread young")) == (False, True)
    assert store.unfinished("slack") == [Delivery("accepted", "young")]
    store.forget(10)
    assert store.answer("young") == replace(RECORD, id="young")


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


def test_a_finished_delivery_is_kept_for_two_days_an_open_one_as_long_as_answers(store: ChatStore, path: Path) -> None:
    for days in (1.9, 2.1, 89.9, 90.1):
        for kind in ("done", "accepted"):
            store.accept("slack", f"{kind} {days}", None if kind == "done" else "job")
            aged(path, "deliveries", "arrived", f"key = '{hashed(f'{kind} {days}')}'", days)
    store.forget(90)
    kept = ["accepted 1.9", "accepted 2.1", "accepted 89.9", "done 1.9"]
    assert {row[0] for row in execute(path, "SELECT key FROM deliveries")} == set(map(hashed, kept))
    assert store.accept("slack", "done 1.9", "job") is False
    store.forget(1)
    assert execute(path, "SELECT key FROM deliveries") == []


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
    assert caught.value.user_message == "The chat state has schema 7; this version of Legation reads 1."


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
        with pytest.raises(StorageError) as caught:
            ChatStore(path)
        assert caught.value.user_message == "The chat state cannot be stored: Permission denied."
    finally:
        bound_folder.chmod(0o700)
        opened.close()
    assert [found.name for found in bound_folder.iterdir()] == ["chat.sqlite"]


def test_nobody_else_may_read_the_file(store: ChatStore, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_of_who_took_part_and_where_only_hashes_are_kept(store: ChatStore, path: Path) -> None:
    store.accept("slack", "message:T0001:C0QUETZAL:1", None)
    store.remember_turn("slack:T0001:D0QUETZAL", "1", "embassy")
    assert b"QUETZAL" not in path.read_bytes()
    assert execute(path, "SELECT key FROM deliveries") == [(hashed("message:T0001:C0QUETZAL:1"),)]
    assert execute(path, "SELECT conversation FROM turns") == [(hashed("slack:T0001:D0QUETZAL"),)]


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
