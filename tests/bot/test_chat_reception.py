"""One reply to everybody who asks: what becomes of it when sending fails, when the store does, and after a crash."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bot.chat import reception
from bot.chat.access import Place
from bot.chat.desk import Asked
from bot.chat.metrics import Metrics
from bot.chat.pool import Pool
from bot.chat.reception import BROKEN, UNSENT, UNSURE, Help, Parts, Reception, Reply, Said
from bot.chat.store import NAME, ChatStore
from bot.chat.tasks import Tasks
from index.errors import LegationError, PlatformError, StorageError, UncertainError, UnreachableError


@dataclass(frozen=True, slots=True)
class Arrived:
    key: str
    text: str = "help"
    conversation: str = ""
    repeatable: bool = False
    surface: str = "mention"
    insists: bool = False
    checks: bool = False

    @property
    def asked(self) -> Asked:
        names = (self.conversation,) if self.conversation else ()
        return Asked(self.text, Place("p", "c", "u"), names, self.key)

    def to_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass
class Front:
    """A platform that takes replies, or raises what it is told to, one error a try."""

    errors: list[Exception] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    def render(self, arrival: Arrived, reply: Reply) -> str:
        if self.broken and isinstance(reply, Help):
            raise ValueError("a renderer with a fault")
        return reply.sentence if isinstance(reply, Said) else type(reply).__name__

    async def send(self, arrival: Arrived, message: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((arrival.key, message))

    async def show_status(self, arrival: Arrived) -> None:
        return None


class Desk:
    """A desk that answers nothing, and notes who asked, in order."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.gate = Event()
        self.gate.set()

    def begin(self, asked: Asked) -> None:
        return None

    def answer(self, asked: Asked) -> Any:
        self.gate.wait(60)
        self.order.append(asked.position)
        raise LegationError(f"answered {asked.position}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / NAME)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "SEND_AGAIN_SECONDS", (0, 0))


Work = Callable[[Reception[Arrived, str], Parts], Coroutine[Any, Any, None]]


def received(store: ChatStore, front: Front, work: Work, desk: Desk | None = None) -> None:
    """Runs ``work`` with a reception, and waits for all that it has started."""

    async def run() -> None:
        pools = (Pool(2, 100), Pool(1, 100), Pool(1, 100))
        parts = Parts(store, *pools, Tasks(), Metrics())
        await work(Reception("p", desk or Desk(), parts, front), parts)  # type: ignore[arg-type]
        assert await parts.tasks.finish(20) == 0
        for pool in pools:
            pool.close()

    asyncio.run(run())


def one(arrival: Arrived) -> Work:
    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        await taken.receive(arrival)

    return work


def read(job: str) -> Arrived:
    return Arrived(**json.loads(job))


@pytest.mark.parametrize(
    ("errors", "sent"),
    [
        ([], ["Help"]),
        ([UnreachableError("away")], ["Help"]),
        ([UncertainError("who knows")], [UNSURE]),
        ([UnreachableError("away"), UncertainError("who knows")], [UNSURE]),
        ([UncertainError("who knows"), UnreachableError("away")], [UNSURE]),
        ([UncertainError("who knows"), UncertainError("who knows")], []),
        ([PlatformError("no")], [UNSENT]),
        ([RuntimeError("a fault")], [UNSENT]),
        ([PlatformError("no"), PlatformError("no")], []),
        ([UnreachableError("away")] * 3, []),
    ],
)  # fmt: skip
def test_a_reply_is_sent_once_or_it_is_said_why_not(store: ChatStore, errors: list[Exception], sent: list[str]) -> None:
    front = Front(list(errors))
    received(store, front, one(Arrived("k")))
    assert [message for _, message in front.sent] == sent
    assert store.unfinished("p") == []


def test_a_delivery_is_taken_once(store: ChatStore) -> None:
    front = Front()

    async def twice(taken: Reception[Arrived, str], parts: Parts) -> None:
        await asyncio.gather(*(taken.receive(Arrived("k")) for _ in range(5)))

    received(store, front, twice)
    received(store, front, one(Arrived("k")))
    assert front.sent == [("k", "Help")]


def test_a_renderer_with_a_fault_leaves_nobody_without_a_reply(store: ChatStore) -> None:
    front = Front(broken=True)
    received(store, front, one(Arrived("k")))
    assert front.sent == [("k", BROKEN)]


def test_what_cannot_be_stored_is_answered_once_all_the_same(store: ChatStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> bool:
        raise StorageError("The disk is full.")

    front = Front()

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        with monkeypatch.context() as full:
            full.setattr(ChatStore, "accept", refuses)
            await taken.receive(Arrived("k"))
            await taken.receive(Arrived("k"))
        await taken.receive(Arrived("k"))  # the disk has room again, and the platform delivers once more

    received(store, front, work)
    assert front.sent == [("k", "Help")]


@pytest.mark.parametrize(
    ("sending", "repeatable", "sent"),
    [(False, False, "Help"), (True, False, UNSURE), (True, True, "Help")],
)
def test_what_a_crash_left_is_taken_up_again(store: ChatStore, sending: bool, repeatable: bool, sent: str) -> None:
    assert store.accept("p", "k", Arrived("k", repeatable=repeatable).to_json())
    if sending:
        store.start_sending("p", "k")
    front = Front()

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        await taken.resume(read)

    received(store, front, work)
    assert front.sent == [("k", sent)]
    assert store.unfinished("p") == []


def test_an_apology_that_cannot_be_sent_is_never_followed_by_an_answer(store: ChatStore) -> None:
    assert store.accept("p", "k", Arrived("k").to_json())
    store.start_sending("p", "k")

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        await taken.resume(read)
        await asyncio.sleep(0)
        assert [delivery.state for delivery in store.unfinished("p")] == ["sending"]

    received(store, Front([UnreachableError("away")]), work)


def test_a_conversation_is_answered_in_the_order_of_its_questions_and_others_do_not_wait_for_it(
    store: ChatStore,
) -> None:
    desk, front = Desk(), Front()
    desk.gate.clear()

    async def work(taken: Reception[Arrived, str], parts: Parts) -> None:
        for key in ("a1", "a2", "a3", "b1"):
            await taken.receive(Arrived(key, "a question", conversation=key[0]))
        while parts.pool.taken < 2:  # a1, and b1, which does not wait for it
            await asyncio.sleep(0)
        desk.gate.set()

    received(store, front, work, desk)
    assert [key for key in desk.order if key[0] == "a"] == ["a1", "a2", "a3"]
    assert sorted(front.sent) == [(key, f"answered {key}") for key in ("a1", "a2", "a3", "b1")]
