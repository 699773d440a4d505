"""How much is done at once, and that nothing that was begun is lost or goes wrong in silence."""

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from bot.chat.pool import BUSY, Pool
from bot.chat.tasks import Tasks, where
from index.errors import BusyError, LibraryError

PATIENCE = 60.0
"""Seconds until a test that hangs fails."""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), PATIENCE))


def wait(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


def test_results_and_errors_come_back() -> None:
    def fail() -> int:
        raise LibraryError("It is damaged.")

    async def work() -> None:
        pool = Pool(2, 2)
        assert await pool.run(lambda: 7) == 7
        with pytest.raises(LibraryError) as caught:
            await pool.run(fail)
        assert caught.value.user_message == "It is damaged."
        assert await asyncio.gather(*(pool.run(partial(pow, n, 2)) for n in range(4))) == [0, 1, 4, 9]
        pool.close()

    run(work)


def test_work_runs_beside_the_loop_in_as_many_threads_as_there_are_workers() -> None:
    async def work() -> None:
        pool = Pool(3, 0)
        barrier = threading.Barrier(3)

        def name() -> str:
            barrier.wait(PATIENCE)  # passes only if three are under way at once
            return threading.current_thread().name

        names = await asyncio.gather(*(pool.run(name) for _ in range(3)))
        assert sorted(names) == ["legation_0", "legation_1", "legation_2"]
        pool.close()

    run(work)


@pytest.mark.parametrize(("workers", "waiting"), [(1, 0), (2, 3), (3, 1)])
def test_beyond_workers_and_waiting_nothing_is_taken(workers: int, waiting: int) -> None:
    async def work() -> None:
        pool = Pool(workers, waiting)
        go = threading.Event()
        ran: list[int] = []

        def hold(number: int) -> int:
            wait(go)
            ran.append(number)
            return number

        most = workers + waiting
        taken = [asyncio.create_task(pool.run(partial(hold, n))) for n in range(most)]
        await asyncio.sleep(0)
        for _ in range(2):
            with pytest.raises(BusyError) as caught:
                await pool.run(lambda: ran.append(99))
            assert caught.value.user_message == BUSY
            go.set()
        assert await asyncio.gather(*taken) == list(range(most))
        assert await pool.run(lambda: 5) == 5
        assert sorted(ran) == list(range(most))  # what was refused never ran
        pool.close()

    run(work)


def test_a_place_is_free_again_as_soon_as_one_piece_is_done() -> None:
    async def work() -> None:
        pool = Pool(2, 0)
        events = [threading.Event(), threading.Event()]
        held = [asyncio.create_task(pool.run(partial(wait, event))) for event in events]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await pool.run(lambda: 1)
        events[0].set()
        await held[0]
        assert await pool.run(lambda: 1) == 1
        events[1].set()
        await held[1]
        pool.close()

    run(work)


def test_closing_drops_what_waits_and_lets_what_runs_finish() -> None:
    async def work() -> None:
        pool = Pool(1, 5)
        started, go, ran = threading.Event(), threading.Event(), list[str]()

        def first() -> str:
            started.set()
            wait(go)
            ran.append("first")
            return "first"

        running = asyncio.create_task(pool.run(first))
        waiting = asyncio.create_task(pool.run(lambda: ran.append("second")))
        await asyncio.to_thread(wait, started)
        pool.close()
        go.set()
        assert await running == "first"
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert ran == ["first"]

    run(work)


def test_finishing_waits_for_all_that_is_under_way() -> None:
    async def work() -> None:
        tasks, gate, done = Tasks(), asyncio.Event(), list[int]()

        async def one(number: int) -> None:
            await gate.wait()
            done.append(number)

        for number in range(3):
            tasks.start(one(number))
        asyncio.get_running_loop().call_soon(gate.set)
        assert await tasks.finish(PATIENCE) == 0
        assert sorted(done) == [0, 1, 2]
        assert await tasks.finish(0) == 0

    run(work)


def test_finishing_waits_for_work_that_work_has_started() -> None:
    async def work() -> None:
        tasks, done = Tasks(), list[int]()

        async def chain(number: int) -> None:
            await asyncio.sleep(0)
            done.append(number)
            if number:
                tasks.start(chain(number - 1))

        tasks.start(chain(4))
        assert await tasks.finish(PATIENCE) == 0
        assert done == [4, 3, 2, 1, 0]

    run(work)


def test_finishing_waits_for_a_listener_that_runs_as_somebody_elses_task() -> None:
    async def work() -> None:
        tasks, entered, gate, done = Tasks(), asyncio.Event(), asyncio.Event(), list[str]()

        async def listener() -> None:
            tasks.include()
            entered.set()
            await gate.wait()
            done.append("heard")

        listening = asyncio.create_task(listener())
        await entered.wait()
        asyncio.get_running_loop().call_soon(gate.set)
        assert await tasks.finish(PATIENCE) == 0
        assert done == ["heard"]
        await listening

    run(work)


def test_what_is_not_done_in_time_is_counted_and_cancelled() -> None:
    async def work() -> None:
        tasks, never, ended, before = Tasks(), asyncio.Event(), list[str](), asyncio.all_tasks()

        async def stuck(name: str) -> None:
            try:
                await never.wait()
            except asyncio.CancelledError:
                ended.append(name)
                raise

        async def quick() -> None:
            ended.append("quick")

        tasks.start(stuck("a"))
        tasks.start(quick())
        tasks.start(stuck("b"))
        assert await tasks.finish(0.01) == 2
        assert sorted(ended) == ["a", "b", "quick"]
        assert asyncio.all_tasks() == before
        assert await tasks.finish(0) == 0

    run(work)


def test_what_a_task_raises_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def work() -> None:
        tasks = Tasks()

        async def known() -> None:
            raise LibraryError("The library is damaged.")

        async def unknown() -> None:
            raise ValueError("When was the embassy in Strelsau closed?")

        tasks.start(known())
        tasks.start(unknown())
        assert await tasks.finish(PATIENCE) == 0

    run(work)
    line = where_raised(test_what_a_task_raises_is_told_without_its_words, 'raise ValueError("When was')
    told = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "bot.chat.tasks"]
    assert told == [
        ("ERROR", "The library is damaged."),
        ("ERROR", f"Something went wrong inside Legation: ValueError at test_chat_pool.py:{line}."),
    ]
    assert "Strelsau" not in caplog.text


def where_raised(function: Callable[..., Any], words: str) -> int:
    """The line of this file that holds ``words``, within ``function``."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if words in line)


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert where(KeyError("secret words")) == "KeyError at an unknown place"
