"""A proxy that ends TLS in front of a server of this machine, as nginx and clouds do."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tests.fakes.ports import free_port

Value = TypeVar("Value")


class TlsProxy:
    """Hands on to ``behind``, a port of the loopback, what comes in with TLS. It serves in a thread."""

    def __init__(self, behind: int, context: ssl.SSLContext) -> None:
        self.port = free_port()
        self.secured = 0
        """Connections whose handshake succeeded."""
        self._behind = behind
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start(context)

    def start(self, context: ssl.SSLContext) -> None:
        """On the port that it had before, if it was stopped."""
        listening = socket.create_server(("127.0.0.1", self.port))
        listening.setblocking(False)
        self._run(self._begin(self._accept(listening, context)))

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

    async def _begin(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        while self._tasks:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        with listening:
            while True:
                accepted, _ = await self._loop.sock_accept(listening)
                await self._begin(self._serve(accepted, context))

    async def _serve(self, accepted: socket.socket, context: ssl.SSLContext) -> None:
        opened: list[asyncio.StreamWriter] = []
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        with suppress(OSError):  # of the handshake, or of a side that went away
            try:
                transport, _ = await self._loop.connect_accepted_socket(lambda: protocol, accepted, ssl=context)
                opened.append(asyncio.StreamWriter(transport, protocol, reader, self._loop))
                self.secured += 1
                back, forth = await asyncio.open_connection("127.0.0.1", self._behind)
                opened.append(forth)
                await asyncio.gather(_hand_on(reader, forth), _hand_on(back, opened[0]))
            finally:
                for writer in opened:
                    writer.transport.abort()


async def _hand_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()
    sink.close()
