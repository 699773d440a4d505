"""Several processes over one database: what each has taken in is its own while it is heard of, and then another's."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from test_chat_reception import Arrived, Front, one, read, received

from bot.chat import reception
from bot.chat.reception import UNSURE, Parts, Reception
from bot.chat.store import ChatStore, Delivery, Shared
from index.errors import StorageError

Open = Callable[[], ChatStore]

ACCEPTED, SENDING = Delivery("accepted", "job"), Delivery("sending", "job")


@pytest.fixture
def join(postgres_uri: str) -> Iterator[Open]:
    """Another process, as far as the store knows."""
    stores: list[ChatStore] = []

    def join() -> ChatStore:
        stores.append(ChatStore(Shared(postgres_uri)))
        return stores[-1]

    yield join
    for store in stores:
        store.close()


@pytest.fixture
def execute(postgres_uri: str) -> Callable[[str], list[tuple[object, ...]]]:
    def execute(statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(postgres_uri, options="-c search_path=legation_chat") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    return execute


Execute = Callable[[str], list[tuple[object, ...]]]
GONE = "UPDATE owners SET until = extract(epoch FROM clock_timestamp()) - 1"


def test_what_a_process_has_is_taken_once_it_is_not_heard_of(join: Open, execute: Execute) -> None:
    first, second, third = join(), join(), join()
    assert first.accept("p", "k", "job")
    assert (second.unfinished("p"), first.unfinished("p")) == ([], [ACCEPTED])
    execute(GONE)
    first.renew()
    assert second.unfinished("p") == []
    execute(GONE)
    assert (second.unfinished("other"), second.unfinished("p")) == ([], [ACCEPTED])
    assert (first.unfinished("p"), third.unfinished("p"), second.unfinished("p")) == ([], [], [ACCEPTED])
    assert [each.accept("p", "k", "job") for each in (first, second, third)] == [False] * 3


def test_what_was_taken_is_not_sent_by_who_had_it(join: Open, execute: Execute) -> None:
    first, second = join(), join()
    first.accept("p", "k", "job")
    execute(GONE)
    assert second.unfinished("p") == [ACCEPTED]
    assert not first.start_sending("p", "k")
    assert second.start_sending("p", "k")
    first.reopen("p", "k")
    assert second.unfinished("p") == [SENDING]
    second.finish("p", "k")
    assert [each.start_sending("p", "k") for each in (first, second)] == [False, False]
    assert execute("SELECT state, job, owner FROM deliveries") == [("done", None, None)]


def test_what_may_have_been_sent_is_taken_as_that(join: Open, execute: Execute) -> None:
    first, second = join(), join()
    first.accept("p", "k", "job")
    assert first.start_sending("p", "k")
    execute(GONE)
    assert second.unfinished("p") == [SENDING]


def test_what_nobody_took_stays_with_who_comes_back(join: Open, execute: Execute) -> None:
    first, second = join(), join()
    first.accept("p", "k", "job")
    execute(GONE)
    assert second.unfinished("other") == []  # which has ended the first one's lease
    assert not first.start_sending("p", "k")
    assert first.unfinished("p") == [ACCEPTED]
    assert first.start_sending("p", "k")


def test_who_leaves_leaves_at_once(join: Open, execute: Execute) -> None:
    first, second = join(), join()
    first.accept("p", "k", "job")
    first.leave()
    assert second.unfinished("p") == [ACCEPTED]
    assert len(execute("SELECT id FROM owners")) == 1


def test_of_many_who_take_one_gets_it(join: Open, execute: Execute) -> None:
    gone, others = join(), [join() for _ in range(6)]
    for number in range(20):
        gone.accept("p", f"k{number}", f"{number}")
    execute(GONE)
    barrier = threading.Barrier(len(others))

    def take(store: ChatStore) -> list[str]:
        barrier.wait(20)
        return [each.job for each in store.unfinished("p")]

    with ThreadPoolExecutor(len(others)) as threads:
        taken = [job for jobs in threads.map(take, others) for job in jobs]
    assert sorted(taken, key=int) == [str(number) for number in range(20)]


# What the reception makes of it


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "SEND_AGAIN_SECONDS", (0, 0))


def refuses(*_: object) -> bool:
    raise StorageError("PostgreSQL cannot be reached.")


@pytest.mark.parametrize(("insists", "sent"), [(True, []), (False, [("k", "Help")])])
def test_what_cannot_be_stored_waits_for_the_platform_to_deliver_it_again_if_it_does(
    join: Open, monkeypatch: pytest.MonkeyPatch, insists: bool, sent: list[tuple[str, str]]
) -> None:
    store, front = join(), Front()

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        with monkeypatch.context() as away:
            away.setattr(ChatStore, "accept", refuses)
            try:
                await taken.receive(Arrived("k", insists=insists))
            except StorageError:
                assert insists

    received(store, front, work)
    assert front.sent == sent
    if insists:
        received(store, front, one(Arrived("k", insists=True)))
        assert front.sent == [("k", "Help")]
    assert store.unfinished("p") == []


def test_a_question_that_another_has_taken_meanwhile_is_not_answered(join: Open, execute: Execute) -> None:
    first, second = join(), join()

    class Late(Front):
        async def show_status(self, arrival: Arrived) -> None:
            execute(GONE)
            assert len(second.unfinished("p")) == 1

    front, other = Late(), Front()
    received(first, front, one(Arrived("k")))
    assert front.sent == []
    received(second, other, resumed)
    assert other.sent == [("k", "Help")]


async def resumed(taken: Reception[Arrived, str], parts: Parts) -> None:
    await taken.resume(read)


@pytest.mark.parametrize(("sending", "sent"), [(False, "Help"), (True, UNSURE)])
def test_what_a_process_left_is_answered_by_the_other(join: Open, execute: Execute, sending: bool, sent: str) -> None:
    first, second, front = join(), join(), Front()
    first.accept("p", "k", Arrived("k").to_json())
    if sending:
        first.start_sending("p", "k")
    received(second, front, resumed)
    assert front.sent == []
    execute(GONE)
    received(second, front, resumed)
    received(first, front, resumed)
    assert front.sent == [("k", sent)]
    assert execute("SELECT state FROM deliveries") == [("done",)]


def test_nothing_is_sent_that_cannot_be_told_to_the_others(join: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    store, front, start, tries = join(), Front(), ChatStore.start_sending, iter(range(9))

    def second_time(*each: str) -> bool:
        return refuses() if next(tries) == 0 else start(*each)  # type: ignore[arg-type]

    monkeypatch.setattr(ChatStore, "start_sending", second_time)
    received(store, front, one(Arrived("k")))
    assert (front.sent, next(tries)) == ([("k", "Help")], 2)
    monkeypatch.setattr(ChatStore, "start_sending", refuses)
    received(store, front, one(Arrived("never")))
    assert front.sent == [("k", "Help")]


def test_what_was_sent_and_could_not_be_noted_is_noted_later_and_not_sent_again(
    join: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, front = join(), Front()

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        with monkeypatch.context() as away:
            away.setattr(ChatStore, "finish", refuses)
            await taken.receive(Arrived("k"))
            assert await parts.tasks.finish(20) == 0
        assert [each.state for each in store.unfinished("p")] == ["sending"]
        await taken.resume(read)

    received(store, front, work)
    assert front.sent == [("k", "Help")]
    assert store.unfinished("p") == []


def test_what_is_under_way_is_not_taken_up_a_second_time(join: Open) -> None:
    store = join()
    gate = asyncio.Event()

    class Slow(Front):
        async def show_status(self, arrival: Arrived) -> None:
            await gate.wait()

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        await taken.receive(Arrived("k"))
        for _ in range(3):
            await taken.resume(read)
        gate.set()

    front = Slow()
    received(store, front, work)
    assert front.sent == [("k", "Help")]
