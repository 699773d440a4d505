"""One reply to everybody who asks, on any platform.

A question is stored before the platform hears that it arrived, so that it is answered once however often it is
delivered, and also if we crash: what is stored and not finished is taken up again after a start. The answer is made by
a task beside the listener, and sent until the platform takes it.

In a store that several processes share, all of that holds across them: a question is answered by the process that
stored it, or, once that is gone, by another. There nothing is sent unless the store says that it is still ours to send.

What a platform adds is a ``Front``: how replies look, and how they are sent.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from bot.chat.desk import Asked, Desk
from bot.chat.metrics import Metrics
from bot.chat.pool import Pool
from bot.chat.store import ChatStore
from bot.chat.tasks import Tasks, where
from bot.types import Answer, Overview
from index.errors import AccessError, LegationError, UncertainError, UnreachableError, UsageError

HELP = frozenset({"", "help", "what can i ask"})
SOURCES = frozenset({"sources", "which sources do you have"})
"""What is answered with a fixed page, in small letters and without marks."""

SEND_AGAIN_SECONDS = (5, 15, 30, 60, 120, 300)
"""Waits before a reply is sent again while the platform cannot be reached."""

UNSURE = "I cannot tell whether my answer to this has arrived. If it is not here, please ask again."
BROKEN = "Something went wrong inside Legation; whoever runs it finds the reason in its log."
UNSENT = "There is an answer, but it cannot be shown here; whoever runs Legation finds the reason in its log."
NO_TEXT = "There is no text in this message to look up."

_log = logging.getLogger(__name__)


class Arrival(Protocol):
    """A question as a platform delivered it. ``key`` is the same however often it does; ``surface`` is the way it came;
    ``checks`` says that the text is a message to be checked, so that it is a question whatever it says; ``repeatable``
    that a reply that is sent twice is there once; ``insists`` that the platform delivers it again, perhaps to another
    process, if it does not hear that it arrived.
    """

    @property
    def key(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def checks(self) -> bool: ...
    @property
    def repeatable(self) -> bool: ...
    @property
    def insists(self) -> bool: ...
    @property
    def asked(self) -> Asked: ...
    def to_json(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; ``more`` says that there may be further quotes."""

    answer: Answer
    more: bool


@dataclass(frozen=True, slots=True)
class Help:
    """How to ask."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in place of an answer."""

    sentence: str


Reply = Answered | Help | Overview | Said

ArrivalT = TypeVar("ArrivalT", bound=Arrival)
ArrivalT_contra = TypeVar("ArrivalT_contra", bound=Arrival, contravariant=True)
MessageT = TypeVar("MessageT")


class Front(Protocol[ArrivalT_contra, MessageT]):
    """What a platform adds."""

    def render(self, arrival: ArrivalT_contra, reply: Reply) -> MessageT: ...

    async def send(self, arrival: ArrivalT_contra, message: MessageT) -> None:
        """Raises UnreachableError if nothing was sent and it is worth trying again, UncertainError if it may have been
        sent, another LegationError if it was refused.
        """

    async def show_status(self, arrival: ArrivalT_contra) -> None:
        """Shows that a search is under way; never raises a LegationError, and takes no longer than a second."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a platform's service works with, beside its own desk. ``pool`` answers questions; ``quick`` is for the store
    alone, on which acknowledgements wait; ``reads`` is for looks into the library that must not wait behind questions.
    """

    store: ChatStore
    pool: Pool
    quick: Pool
    reads: Pool
    tasks: Tasks
    metrics: Metrics


@dataclass(slots=True)
class _Turn:
    """Whose turn it is in a conversation: ``wanted`` by so many questions, the one that has it included."""

    lock: asyncio.Lock
    wanted: int = 0


class Reception(Generic[ArrivalT, MessageT]):
    """Takes the questions of a platform in, and sees to it that each gets its reply."""

    def __init__(self, platform: str, desk: Desk, parts: Parts, front: Front[ArrivalT, MessageT]) -> None:
        self._platform, self._desk, self._parts, self._front = platform, desk, parts, front
        self._unstored: set[str] = set()
        self._unnoted: set[str] = set()
        self._busy: Counter[str] = Counter()
        self._turns: dict[str, _Turn] = {}

    async def receive(self, arrival: ArrivalT) -> None:
        """Stores a question, unless it was delivered before, and has it answered.

        If the store refuses, the question is answered all the same, only not across a crash; unless others share the
        store and the platform insists: then that is raised, and the question comes again, to whoever can store it.
        """
        with self._held(arrival.key):
            if not await self._accepted(arrival):
                return
            try:
                await self._parts.quick.run(lambda: self._desk.begin(arrival.asked))
            except LegationError as error:
                _log.error("It could not be stored where a question was asked: %s", error.user_message)
            _log.info("A question arrived (%s, %d characters).", arrival.surface, len(arrival.text))
            self._parts.metrics.questions.labels(self._platform, arrival.surface).inc()
            self._start(arrival.key, self._answer(arrival))

    async def _accepted(self, arrival: ArrivalT) -> bool:
        """Whether it is for us to answer."""
        store, key, job = self._parts.store, arrival.key, arrival.to_json()
        try:
            fresh = await self._parts.quick.run(lambda: store.accept(self._platform, key, job))
        except LegationError as error:
            if store.lease_seconds and arrival.insists:
                raise
            _log.error("A question could not be stored, and is answered without: %s", error.user_message)
            fresh = key not in self._unstored
            self._unstored.add(key)
            return fresh
        return fresh and key not in self._unstored

    async def resume(self, read: Callable[[str], ArrivalT]) -> None:
        """Takes up what was stored and is not finished by anybody: after a start, and, in a shared store, now and then.
        ``read`` is the inverse of ``to_json``. Raises what the store raises.
        """
        store = self._parts.store
        for key in tuple(self._unnoted):
            await asyncio.to_thread(store.finish, self._platform, key)
            self._unnoted.discard(key)
        for delivery in await asyncio.to_thread(store.unfinished, self._platform):
            arrival = read(delivery.job)
            if self._busy[arrival.key] or arrival.key in self._unnoted:
                continue
            _log.info("A question that was not finished is taken up again (%s).", delivery.state)
            # If it was being sent, it is not known whether it was: saying so is better than two answers, or none.
            unsure = delivery.state == "sending" and not arrival.repeatable
            self._start(arrival.key, self._send(arrival, None) if unsure else self._answer(arrival))

    def _start(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        held = self._held(key)
        held.__enter__()

        async def worked() -> None:
            try:
                await work
            finally:
                held.__exit__(None, None, None)

        self._parts.tasks.start(worked())

    @contextmanager
    def _held(self, key: str) -> Iterator[None]:
        """Work on a delivery is under way here."""
        self._busy[key] += 1
        try:
            yield
        finally:
            self._busy[key] -= 1
            if not self._busy[key]:
                del self._busy[key]

    async def _answer(self, arrival: ArrivalT) -> None:
        status = asyncio.create_task(self._front.show_status(arrival))
        with self._parts.metrics.stages.labels(self._platform, "made").time():
            message = await self._made(arrival)
        await status  # afterwards it would outlast the answer
        await self._send(arrival, message)

    async def _made(self, arrival: ArrivalT) -> MessageT:
        try:
            reply = await self._reply(arrival)
            self._parts.metrics.replies.labels(self._platform, _kind(reply)).inc()
            return self._front.render(arrival, reply)
        except Exception as error:  # the last fence: whoever asks gets a reply
            _log.error("A question was not answered: %s.", where(error))
            return self._front.render(arrival, Said(BROKEN))

    async def _reply(self, arrival: ArrivalT) -> Reply:
        word = arrival.text.casefold().strip(" ?!.")
        desk, asked = self._desk, arrival.asked
        try:
            if arrival.checks and not arrival.text:
                return Said(NO_TEXT)
            if not arrival.checks and word in HELP:
                return Help()
            if not arrival.checks and word in SOURCES:
                return await self._parts.reads.run(lambda: desk.overview(asked.place))
            async with self._in_turn(asked):
                answer = await self._parts.pool.run(lambda: desk.answer(asked))
        except LegationError as error:
            if isinstance(error, AccessError | UsageError):  # its sentence repeats what was typed
                _log.info("A question was not answered (%s).", type(error).__name__)
            else:
                _log.warning("A question was not answered: %s", error.user_message)
            return Said(error.user_message)
        _log.info("Answered: %s, %d quotes, %.0f ms.", answer.kind, len(answer.quotes), answer.elapsed_ms)
        return Answered(answer, desk.has_more(answer))

    @asynccontextmanager
    async def _in_turn(self, asked: Asked) -> AsyncIterator[None]:
        """One question of a conversation after the other, in the order of their arrival: the next may lean on it."""
        if not asked.conversations:
            yield
            return
        name = asked.conversations[-1]
        turn = self._turns.setdefault(name, _Turn(asyncio.Lock()))
        turn.wanted += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                del self._turns[name]

    async def _send(self, arrival: ArrivalT, message: MessageT | None) -> None:
        """Sends a reply, also if the platform cannot be reached for some minutes. Without a ``message``, or once it may
        have been sent, what is sent is that we are not sure.
        """
        unsure, unsent = message is None, self._parts.metrics.unsent
        for wait in (*SEND_AGAIN_SECONDS, None):
            try:
                if not await self._may_send(arrival):
                    _log.warning("A reply is not sent: another process has taken the question over, or finished it.")
                    return
                with self._parts.metrics.stages.labels(self._platform, "sent").time():
                    await self._front.send(arrival, message or self._front.render(arrival, Said(UNSURE)))
                break
            except UnreachableError as error:
                problem = error.user_message
                unsent.labels(self._platform, "unreachable").inc()
                if not unsure:
                    await self._note(lambda: self._parts.store.reopen(self._platform, arrival.key))
            except UncertainError as error:
                problem = error.user_message
                unsent.labels(self._platform, "uncertain").inc()
                if unsure:  # that we are not sure may have been said
                    _log.error("%s", problem)
                    break
                message, unsure = None, True
            except Exception as error:
                reason = error.user_message if isinstance(error, LegationError) else where(error)
                _log.error("A reply was refused: %s", reason)
                unsent.labels(self._platform, "refused").inc()
                await self._say_unsent(arrival)
                break
            if wait is None:
                _log.error("A reply is given up: %s", problem)
                break
            _log.warning("%s The next try is in %d s.", problem, wait)
            await asyncio.sleep(wait)
        if not await self._note(lambda: self._parts.store.finish(self._platform, arrival.key)):
            self._unnoted.add(arrival.key)

    async def _may_send(self, arrival: ArrivalT) -> bool:
        """From now on the reply may have been sent. False if others share the store, and it is not ours to send. Raises
        UnreachableError if only the store knows that, and it cannot be asked.
        """
        store, key = self._parts.store, arrival.key
        alone = not store.lease_seconds or key in self._unstored
        try:
            ours = await self._parts.quick.run(lambda: store.start_sending(self._platform, key))
        except LegationError as error:
            if not alone:
                raise UnreachableError(error.user_message) from error
            _log.error("It could not be written down how far a reply is: %s", error.user_message)
            return True
        return ours or alone

    async def _say_unsent(self, arrival: ArrivalT) -> None:
        try:
            await self._front.send(arrival, self._front.render(arrival, Said(UNSENT)))
        except Exception as error:
            reason = error.user_message if isinstance(error, LegationError) else where(error)
            _log.error("Nor was a notice of that taken: %s", reason)

    async def _note(self, work: Callable[[], None]) -> bool:
        """Writes down how far a reply is; whether that could be done."""
        try:
            await self._parts.quick.run(work)
        except LegationError as error:
            _log.error("It could not be written down how far a reply is: %s", error.user_message)
            return False
        return True


def _kind(reply: Reply) -> str:
    if isinstance(reply, Answered):
        return reply.answer.kind
    return "said" if isinstance(reply, Said) else "page"
