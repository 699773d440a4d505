"""What the chat services keep: deliveries taken once, turns, answers, feedback, and what is forgotten.

All of it holds for the file of one process and for the PostgreSQL that several share.
"""

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
from typing import Any, Protocol

import psycopg
import pytest

from bot.chat.store import AnswerRecord, ChatStore, Delivery, JudgedAnswer, QuotePlace, Shared, Unanswered

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


class Kept(Protocol):
    """Where a store keeps things, and what another program sees and does there."""

    def open(self) -> ChatStore: ...
    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]: ...
    def aged(self, table: str, column: str, where: str, days: float) -> None:
        """Makes rows as old as if they had been written ``days`` ago."""

    def content(self) -> bytes: ...


class KeptInFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> ChatStore:
        return ChatStore(self._path)

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def aged(self, table: str, column: str, where: str, days: float) -> None:
        self.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", time.time() - days * DAY)

    def content(self) -> bytes:
        return self._path.read_bytes()


class KeptInPostgres:
    def __init__(self, uri: str) -> None:
        self._uri = uri

    def open(self) -> ChatStore:
        return ChatStore(Shared(self._uri))

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._uri, options="-c search_path=legation_chat") as connection:
            cursor = connection.execute(statement.replace("?", "%s").encode(), values)
            return cursor.fetchall() if cursor.description else []

    def aged(self, table: str, column: str, where: str, days: float) -> None:
        self.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", time.time() - days * DAY)

    def content(self) -> bytes:
        tables = ("deliveries", "turns", "answers", "quotes", "feedback", "owners")
        return repr([self.execute(f"SELECT * FROM {table}") for table in tables]).encode()


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "sqlite":
        return KeptInFile(tmp_path / "deeper" / "chat.sqlite")
    return KeptInPostgres(request.getfixturevalue("postgres_uri"))


@pytest.fixture
def store(kept: Kept) -> Iterator[ChatStore]:
    store = kept.open()
    yield store
    store.close()


def hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def test_a_delivery_is_taken_once(store: ChatStore) -> None:
    assert [store.accept("slack", "k", "job") for _ in range(3)] == [True, False, False]
    assert store.accept("slack", "k", "another job") is False
    assert store.accept("discord", "k", "job") is True
    assert store.unfinished("slack") == [Delivery("accepted", "job")]
    assert store.unfinished("discord") == [Delivery("accepted", "job")]
    assert store.unfinished("other") == []


def test_a_delivery_without_a_job_is_done_at_once(store: ChatStore, kept: Kept) -> None:
    assert store.accept("slack", "k", None) is True
    assert store.accept("slack", "k", None) is False
    assert store.accept("slack", "k", "job") is False
    assert store.unfinished("slack") == []
    assert kept.execute("SELECT platform, state, job FROM deliveries") == [("slack", "done", None)]


@pytest.mark.parametrize("files", [1, 2])
def test_sixteen_threads_take_each_delivery_once(store: ChatStore, kept: Kept, files: int) -> None:
    other = store if files == 1 else kept.open()
    barrier = threading.Barrier(16)
    keys = [f"key {number}" for number in range(10)]

    def accept(number: int) -> list[bool]:
        mine = (store, other)[number % 2]
        barrier.wait(60)
        return [mine.accept("slack", key, f"job {number} {key}") for key in keys]

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(accept, range(16)))
    assert [sum(of_key) for of_key in zip(*taken, strict=True)] == [1] * 10
    assert sorted({delivery.job for each in (store, other) for delivery in each.unfinished("slack")}) == sorted(
        f"job {of_key.index(True)} {key}" for key, of_key in zip(keys, zip(*taken, strict=True), strict=True)
    )
    if other is not store:
        other.close()


def test_a_delivery_goes_from_accepted_by_sending_to_done(store: ChatStore, kept: Kept) -> None:
    store.accept("slack", "k", "job")
    store.start_sending("slack", "k")
    assert store.unfinished("slack") == [Delivery("sending", "job")]
    store.reopen("slack", "k")
    assert store.unfinished("slack") == [Delivery("accepted", "job")]
    store.start_sending("slack", "k")
    store.finish("slack", "k")
    assert store.unfinished("slack") == []
    assert kept.execute("SELECT state, job FROM deliveries") == [("done", None)]
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


def test_what_is_unfinished_comes_oldest_first(store: ChatStore, kept: Kept) -> None:
    for key in ("c", "a", "b"):
        store.accept("slack", key, key)
    assert [delivery.job for delivery in store.unfinished("slack")] == ["c", "a", "b"]
    kept.aged("deliveries", "arrived", "job = 'b'", 1)
    assert [delivery.job for delivery in store.unfinished("slack")] == ["b", "c", "a"]
    kept.execute("UPDATE deliveries SET arrived = 5.0")
    assert [delivery.job for delivery in store.unfinished("slack")] == ["c", "a", "b"]


def test_deliveries_and_answers_outlast_the_process(store: ChatStore, kept: Kept) -> None:
    store.accept("slack", "k", '{"text": "«é» 🏛"}')
    store.start_sending("slack", "k")
    store.put_answer(RECORD)
    store.close()
    kept.execute("UPDATE owners SET until = 0")
    again = kept.open()
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


def test_positions_are_in_the_order_of_their_bytes(store: ChatStore) -> None:
    for position in ("B", "a", "é"):
        store.remember_turn("t", position, f"searched at {position}")
    assert store.turn_before("t", "a") == "searched at B"
    assert store.turn_before("t", "é") == "searched at a"
    assert store.turn_before("t", "🏛") == "searched at é"


def test_a_turn_that_searched_nothing_is_passed_over_but_known(store: ChatStore) -> None:
    assert store.knows_conversation("t") is False
    store.remember_turn("t", "2", "")
    assert store.knows_conversation("t") is True
    assert store.knows_conversation("T") is False
    assert store.turn_before("t", "3") is None
    store.remember_turn("t", "1", "embassy")
    assert store.turn_before("t", "3") == "embassy"


def test_a_turn_that_is_asked_again_is_replaced(store: ChatStore, kept: Kept) -> None:
    store.remember_turn("t", "1", "one")
    store.remember_turn("t", "1", "two")
    assert store.turn_before("t", "2") == "two"
    assert kept.execute("SELECT count(*) FROM turns") == [(1,)]


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


def test_without_a_name_every_opinion_counts(store: ChatStore, kept: Kept) -> None:
    store.put_answer(RECORD)
    for right in (True, False, False):
        assert store.put_feedback("a1", right, None) is True
    assert store.feedback() == (1, 2)
    assert kept.execute("SELECT DISTINCT who FROM feedback") == [(None,)]


def test_an_opinion_of_no_answer_is_not_kept(store: ChatStore) -> None:
    assert store.put_feedback("a1", right=False, who=None) is False
    assert store.feedback() == (0, 0)


def test_answers_of_which_everybody_thought_the_same_come_oldest_first(store: ChatStore, kept: Kept) -> None:
    said = {"b": [True, True], "a": [False], "c": [True, False], "d": [], "e": [False, False]}
    for days, (name, opinions) in enumerate(said.items()):
        store.put_answer(replace(RECORD, id=name, kind="not-found" if name == "e" else "answer"))
        kept.aged("answers", "asked", f"id = '{name}'", 10 - days)
        for right in opinions:
            store.put_feedback(name, right, None)
    answers = [JudgedAnswer(replace(RECORD, id="b"), True), JudgedAnswer(replace(RECORD, id="a"), False)]
    assert store.judged() == answers
    day = datetime.fromtimestamp(time.time() - 9 * DAY, UTC).date()
    assert store.judged(day) == answers[1:]


def test_what_was_not_answered_or_answered_wrongly_comes_newest_first(store: ChatStore, kept: Kept) -> None:
    kinds = {"old": "not-found", "right": "answer", "wrong": "answer", "new": "not-found", "talk": "help"}
    for days, (name, kind) in zip((9, 8, 7, 6, 5), kinds.items(), strict=True):
        store.put_answer(AnswerRecord(name, kind, f"question {name}"))
        day = datetime(2024, 3, 10 - days, 12, tzinfo=UTC).timestamp()
        kept.execute("UPDATE answers SET asked = ? WHERE id = ?", day, name)
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


def test_a_day_begins_at_midnight_in_utc(store: ChatStore, kept: Kept) -> None:
    for name, moment in (
        ("before", datetime(2024, 3, 3, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("at", datetime(2024, 3, 4, tzinfo=UTC)),
    ):
        store.put_answer(AnswerRecord(name, "not-found", name))
        kept.execute("UPDATE answers SET asked = ? WHERE id = ?", moment.timestamp(), name)
    assert store.unanswered(date(2024, 3, 4)) == [Unanswered("at", "2024-03-04", marked_wrong=False)]
    assert store.unanswered() == [
        Unanswered("at", "2024-03-04", marked_wrong=False),
        Unanswered("before", "2024-03-03", marked_wrong=False),
    ]


def test_what_is_too_old_is_forgotten_with_all_that_hangs_on_it(store: ChatStore, kept: Kept) -> None:
    for name in ("old", "young"):
        store.put_answer(replace(RECORD, id=name))
        store.put_feedback(name, right=False, who="U1")
        store.remember_turn(f"thread {name}", "1", name)
        store.accept("slack", name, name)
    for table, column, where in (
        ("answers", "asked", "id"), ("turns", "asked", "searched"), ("deliveries", "arrived", "job")
    ):  # fmt: skip
        kept.aged(table, column, f"{where} = 'old'", 10.01)
        kept.aged(table, column, f"{where} = 'young'", 9.99)
    store.forget(10)
    assert (store.answer("old"), store.answer("young")) == (None, replace(RECORD, id="young"))
    assert kept.execute("SELECT DISTINCT answer FROM quotes") == [("young",)]
    assert kept.execute("SELECT answer FROM feedback") == [("young",)]
    assert store.feedback() == (0, 1)
    assert (store.knows_conversation("thread old"), store.knows_conversation("thread young")) == (False, True)
    assert store.unfinished("slack") == [Delivery("accepted", "young")]
    store.forget(10)
    assert store.answer("young") == replace(RECORD, id="young")


def test_a_finished_delivery_is_kept_for_two_days_an_open_one_as_long_as_answers(store: ChatStore, kept: Kept) -> None:
    for days in (1.9, 2.1, 89.9, 90.1):
        for kind in ("done", "accepted"):
            store.accept("slack", f"{kind} {days}", None if kind == "done" else "job")
            kept.aged("deliveries", "arrived", f"key = '{hashed(f'{kind} {days}')}'", days)
    store.forget(90)
    left = ["accepted 1.9", "accepted 2.1", "accepted 89.9", "done 1.9"]
    assert {row[0] for row in kept.execute("SELECT key FROM deliveries")} == set(map(hashed, left))
    assert store.accept("slack", "done 1.9", "job") is False
    store.forget(1)
    assert kept.execute("SELECT key FROM deliveries") == []


def test_of_who_took_part_and_where_only_hashes_are_kept(store: ChatStore, kept: Kept) -> None:
    store.accept("slack", "message:T0001:C0QUETZAL:1", None)
    store.remember_turn("slack:T0001:D0QUETZAL", "1", "embassy")
    assert b"QUETZAL" not in kept.content()
    assert kept.execute("SELECT key FROM deliveries") == [(hashed("message:T0001:C0QUETZAL:1"),)]
    assert kept.execute("SELECT conversation FROM turns") == [(hashed("slack:T0001:D0QUETZAL"),)]
