"""Runs the services of one or more platforms in one process, over one searcher, until it is told to stop.

Each platform is a ``Connection``. A stop takes three steps: the connections take nothing new in, what is under way is
finished, the clients are closed.
"""

import asyncio
import logging
import math
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Protocol

from bot.assemble import Legation
from bot.chat.metrics import Metrics
from bot.chat.pool import Pool
from bot.chat.reception import Parts
from bot.chat.store import ChatStore
from bot.chat.tasks import Tasks, where
from bot.health import health
from bot.logs import start_logging
from bot.refresh import refresh
from bot.shown_settings import secrets
from index.errors import LegationError
from index.lock import shared_lock, writer_lock

SMALL_JOBS_WAITING = 100_000
"""Small jobs may wait, such as storing what arrived: refusing one would lose it."""

FORGET_SECONDS = 86_400

RENEWALS = 3
"""Of a lease in its time, so that two may fail."""

_log = logging.getLogger(__name__)


class Connection(Protocol):
    """A platform. ``name`` is that of its command."""

    @property
    def name(self) -> str: ...

    def check(self) -> None:
        """Raises SettingsError if a setting is missing."""

    def client(self, parts: Parts) -> AbstractAsyncContextManager[None]:
        """Reaches the platform, however long that takes, so that replies can be sent while the context lasts. Raises
        PlatformError if it refuses us.
        """

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Takes questions in while the context lasts; within ``client``."""

    async def lost(self) -> None:
        """Raises PlatformError once nothing can be taken in any more, for good; within ``listening``."""

    async def resume(self) -> None:
        """Takes up what a process that is gone did not finish; within ``client``. If the store is for one process only,
        before ``listening``: what arrives meanwhile is nobody's leftover.
        """


def run(legation: Legation, connections: Sequence[Connection]) -> None:
    """Serves until SIGTERM or SIGINT. Raises what ``Connection`` raises, BusyError if another process does the same
    with this home folder and they share no database, and KeyboardInterrupt after SIGINT.
    """
    settings = legation.settings
    for connection in connections:
        connection.check()
    start_logging(settings.log, secrets(settings))
    legation.prepare()
    legation.answerer.open()
    lock = writer_lock if settings.chat.shared is None else shared_lock
    with ExitStack() as locks:
        for connection in connections:
            held = f"legation {connection.name} runs already with this home folder ({{owner}})."
            locks.enter_context(lock(legation.home.path / f"{connection.name}.lock", held))
        if asyncio.run(_serve(legation, connections)) == signal.SIGINT:
            raise KeyboardInterrupt


async def _serve(legation: Legation, connections: Sequence[Connection]) -> int:
    """Returns the number of the signal that stopped it."""
    stop = _Stop()
    lives = [_Life(connection) for connection in connections]

    def ready() -> bool:
        return not stop.signal and all(life.listening for life in lives)

    with _parts(legation) as parts:
        async with health(legation.settings.health, parts.metrics, ready):
            await _serve_until(stop, lives, legation, parts)
    return stop.signal


async def _serve_until(stop: "_Stop", lives: "Sequence[_Life]", legation: Legation, parts: Parts) -> None:
    finished = asyncio.Event()
    forgetting = asyncio.create_task(_forget(parts.store, legation.settings.chat.keep_days))
    refreshing = [asyncio.create_task(refresh(legation))] if legation.settings.sources.sync_by_itself else []
    tasks = [asyncio.create_task(life.live(parts, stop.asked, finished)) for life in lives]
    stopped = asyncio.create_task(stop.asked.wait())
    await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    if stop.signal:
        _log.info("Stopping; what is under way is finished first.")
        left = await parts.tasks.finish(legation.settings.chat.stop_seconds)
        if left:
            _log.warning("%d jobs were not finished in time; questions are answered after the next start.", left)
    finished.set()
    for life, task in zip(lives, tasks, strict=True):
        if not (life.listening and stop.signal):  # it would go on trying to connect, or to serve alone
            task.cancel()
    others = [stopped, forgetting, *refreshing]
    for other in others:
        other.cancel()
    outcomes = (await asyncio.gather(*tasks, *others, return_exceptions=True))[: len(tasks)]
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


class _Life:
    """One platform, from reaching it until all is finished."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.listening = False

    async def live(self, parts: Parts, stop: asyncio.Event, finished: asyncio.Event) -> None:
        async with self._connection.client(parts), _keeping(self._connection, parts.store, stop):
            async with self._connection.listening():
                self.listening = True
                lost, stopped = (asyncio.create_task(each) for each in (self._connection.lost(), stop.wait()))
                try:
                    await asyncio.wait({lost, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    if lost.done():
                        lost.result()
                finally:
                    self.listening = not lost.done()
                    lost.cancel()
                    stopped.cancel()
            await finished.wait()


@asynccontextmanager
async def _keeping(connection: Connection, store: ChatStore, stop: asyncio.Event) -> AsyncIterator[None]:
    """Takes up what was left undone; in a store that processes share also now and then while the context lasts, so
    that ours is not taken from us, and what another leaves is taken by us.
    """
    await connection.resume()
    keeping = asyncio.create_task(_keep(connection, store, stop)) if store.lease_seconds else None
    try:
        yield
    finally:
        if keeping is not None:
            keeping.cancel()


async def _keep(connection: Connection, store: ChatStore, stop: asyncio.Event) -> None:
    lost = False
    while True:
        await asyncio.sleep(store.lease_seconds / RENEWALS)
        try:
            await (asyncio.to_thread(store.renew) if stop.is_set() else connection.resume())
        except LegationError as error:
            lost = True
            _log.warning("What other processes left could not be looked for: %s", error.user_message)
        except Exception as error:
            _log.error("What other processes left could not be looked for: %s.", where(error))
        else:
            if lost:
                _log.info("The state of chats can be reached again.")
            lost = False


class _Stop:
    """The first SIGTERM or SIGINT; a second one of them ends the process at once."""

    def __init__(self) -> None:
        self.signal = 0
        self.asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: int) -> None:
        if self.asked.is_set():
            os._exit(128 + number)
        self.signal = number
        self.asked.set()


@contextmanager
def _parts(legation: Legation) -> Iterator[Parts]:
    chat = legation.settings.chat
    pools = (
        Pool(chat.workers or os.cpu_count() or 1, chat.waiting),
        Pool(1, SMALL_JOBS_WAITING),
        Pool(1, SMALL_JOBS_WAITING),
    )
    metrics = Metrics()
    metrics.watch("questions_under_way", "Questions that are answered or wait for it", lambda: pools[0].taken)
    metrics.watch("index_built_timestamp_seconds", "When the current index was built", lambda: _built(legation))
    try:
        yield Parts(legation.chat_store, *pools, Tasks(), metrics)
    finally:
        for pool in pools:
            pool.close()
        _leave(legation.chat_store)


def _leave(store: ChatStore) -> None:
    """What we have not finished is for others at once, not only when our lease ends."""
    if store.lease_seconds:
        try:
            store.leave()
        except LegationError as error:
            _log.warning("Other processes could not be told that we stop: %s", error.user_message)


def _built(legation: Legation) -> float:
    """Seconds since 1970; not a number if it is not known."""
    try:
        record = legation.library.current()
    except LegationError:
        return math.nan
    return math.nan if record is None else datetime.fromisoformat(record.created_at).timestamp()


async def _forget(store: ChatStore, keep_days: int) -> None:
    """Deletes what is too old, at the start and once a day."""
    while True:
        try:
            await asyncio.to_thread(store.forget, keep_days)
        except LegationError as error:
            _log.warning("What is too old could not be deleted: %s", error.user_message)
        await asyncio.sleep(FORGET_SECONDS)
