"""A proxy that ends TLS in front of a server of this machine, as nginx and clouds do."""

import asyncio
import ssl
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

Value = TypeVar("Value")


class TlsProxy:
    """Hands on to ``behind``, a port of the loopback, what comes in with TLS. It serves in a thread."""

    def __init__(self, behind: int, context: ssl.SSLContext) -> None:
        self.port = 0
        self.accepted = 0
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.start(context)

    def start(self, context: ssl.SSLContext) -> None:
        """On the port that it had before, if it was stopped."""
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context))
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Takes no connection any more, and cuts off those that there are."""
        self._run(self._stop())

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.accepted += 1
        self._serving.add(task)
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._behind)
            await asyncio.gather(_hand_on(reader, forth), _hand_on(back, writer))
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._serving.discard(task)


async def _hand_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):  # one side went away
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
    finally:
        sink.close()
