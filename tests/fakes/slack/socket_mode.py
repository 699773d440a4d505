"""Socket Mode: tickets, connections, envelopes and their acknowledgements."""

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.slack.delivery import Attempt, Delivery, Handle
from tests.fakes.slack.workspace import TICKET_SECONDS, Workspace

MOST_CONNECTIONS = 10
SECONDS_UNTIL_CLOSED = {"warning": 10.0, "refresh_requested": 2.0, "link_disabled": 0.0}


@dataclass(eq=False)
class Connection:
    """One WebSocket. A frozen one is neither read nor written to; one told to leave gets nothing new."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    frozen: bool = False
    told: str | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class SocketMode:
    """Delivers envelopes to open connections. Everything but the constructor runs in the server's loop.

    ``respond`` carries out the payload of an acknowledgement and returns what the user saw go wrong, if anything.
    Events that are not acknowledged within ``patience`` seconds are sent again after each of ``pauses``.
    """

    workspace: Workspace
    respond: Callable[[Handle, Any], str | None]
    patience: float = 3.0
    pauses: tuple[float, ...] = (1.0, 1.0, 1.0)
    ping_seconds: float = 10.0
    tickets: dict[str, float] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    open_envelopes: dict[str, tuple[Handle, Attempt, "asyncio.Future[Any]"]] = field(default_factory=dict)
    seen_envelopes: set[str] = field(default_factory=set)
    hellos: int = 0
    spoiled: int = 0
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    available: asyncio.Event = field(default_factory=asyncio.Event)

    def new_ticket(self, port: int) -> str:
        """An address that one connection can be made with, within 30 seconds."""
        ticket = str(uuid.uuid4())
        if self.spoiled:
            self.spoiled -= 1
        else:
            self.tickets[ticket] = self.workspace.now()
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={self.workspace.app_id}"

    def live(self) -> list[Connection]:
        """Connections over which something can be delivered, those not told to leave before the others."""
        usable = [c for c in self.connections if not c.frozen and not c.socket.closed and not c.gone.is_set()]
        return sorted(usable, key=lambda connection: connection.told is not None)

    def _deliverable(self) -> list[Connection]:
        return [connection for connection in self.live() if connection.told in {None, "warning"}]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        issued = self.tickets.get(request.query.get("ticket", ""))
        if issued is None or self.workspace.now() - issued > TICKET_SECONDS:
            return web.Response(status=403, text="invalid or used ticket")
        socket = web.WebSocketResponse(autoping=False)
        if not socket.can_prepare(request).ok:
            return web.Response(status=400, text="not a WebSocket handshake")
        del self.tickets[request.query["ticket"]]
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        connection = Connection(socket, request.transport)
        if len(self.live()) >= MOST_CONNECTIONS:
            await self._tell(connection, "too_many_websockets")
            await socket.close()
            return socket
        with self.workspace.changed:
            self.connections.append(connection)
        try:
            await socket.send_json(self._hello())
            with self.workspace.changed:
                self.hellos += 1
                self.workspace.changed.notify_all()
            self.available.set()
            self._begin(self._ping(connection))
            await self._listen(connection)
        except ConnectionError:
            pass
        finally:
            with self.workspace.changed:
                connection.gone.set()
                self.connections.remove(connection)
                if not self._deliverable():
                    self.available.clear()
                self.workspace.changed.notify_all()
        return socket

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.live()),
            "debug_info": {
                "host": f"applink-{secrets.token_hex(4)}",
                "build_number": 118,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self.workspace.app_id},
        }

    async def _listen(self, connection: Connection) -> None:
        socket = connection.socket
        while True:
            message = await socket.receive()
            if connection.frozen and message.type not in {WSMsgType.CLOSED, WSMsgType.ERROR}:
                await connection.gone.wait()
                return
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(message.data)
            elif message.type is not WSMsgType.PONG:
                return

    def _acknowledged(self, data: str) -> None:
        try:
            answer = json.loads(data)
            name = answer["envelope_id"]
        except (ValueError, TypeError, KeyError):
            with self.workspace.changed:
                self.workspace.violations.append(f"not an acknowledgement: {data[:200]}")
            return
        entry = self.open_envelopes.pop(name, None)
        with self.workspace.changed:
            if entry is None:
                late = "late or second" if name in self.seen_envelopes else "unknown"
                self.workspace.violations.append(f"acknowledgement of a {late} envelope {name}")
                self.workspace.changed.notify_all()
                return
            handle, attempt, future = entry
            attempt.latency = time.monotonic() - attempt.sent
            if handle.retryable and "payload" in answer:
                self.workspace.violations.append("an event was acknowledged with a payload")
        if not future.done():
            future.set_result(answer.get("payload"))

    async def deliver(self, handle: Handle, number: int = 0, reason: str | None = None) -> None:
        """Send until acknowledged, given up (events) or too late (everything else)."""
        last = number + (len(self.pauses) if handle.retryable else 0)
        while True:
            sent = await self._send(handle, number, reason)
            if sent is not None:
                attempt, future = sent
                answer = await self._answer(attempt, future)
                if answer is not None:
                    error = self.respond(handle, answer[0])
                    handle.finish(Delivery(True, attempt.latency, answer[0], None, len(handle.attempts), error))
                    return
            if number == last:
                error = "given_up" if handle.retryable else "operation_timeout"
                with self.workspace.changed:
                    self.workspace.seen_errors.append(f"{handle.kind}: {error}")
                handle.finish(Delivery(False, None, None, None, len(handle.attempts), error))
                return
            await asyncio.sleep(self.pauses[min(number, len(self.pauses) - 1)])
            number, reason = number + 1, "timeout"

    async def _answer(self, attempt: Attempt, future: "asyncio.Future[Any]") -> tuple[Any] | None:
        """The payload of the acknowledgement in a tuple, None if there was none in time."""
        try:
            return (await asyncio.wait_for(future, self.patience),)
        except TimeoutError:
            self.open_envelopes.pop(attempt.envelope_id, None)
            return None

    async def _send(
        self, handle: Handle, number: int, reason: str | None
    ) -> tuple[Attempt, "asyncio.Future[Any]"] | None:
        """Send once, when there is a connection. An event waits for one, the rest only as long as its user does."""
        deadline = None if handle.retryable else time.monotonic() + self.patience
        while True:
            connections = self._deliverable()
            if not connections:
                self.available.clear()
                remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
                try:
                    await asyncio.wait_for(self.available.wait(), remaining)
                except TimeoutError:
                    return None
                continue
            attempt = Attempt(number, str(uuid.uuid4()), time.monotonic(), reason)
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self.open_envelopes[attempt.envelope_id] = (handle, attempt, future)
            self.seen_envelopes.add(attempt.envelope_id)
            envelope: dict[str, Any] = {
                "envelope_id": attempt.envelope_id,
                "type": handle.kind,
                "accepts_response_payload": not handle.retryable,
                "payload": handle.payload,
            }
            if handle.retryable:
                envelope |= {"retry_attempt": number, "retry_reason": reason or ""}
            with self.workspace.changed:
                handle.attempts.append(attempt)
                self.workspace.changed.notify_all()
            try:
                await connections[0].socket.send_json(envelope)
            except (ConnectionError, RuntimeError):
                # It closed in between: nothing was sent, and another connection is looked for.
                self.open_envelopes.pop(attempt.envelope_id, None)
                connections[0].gone.set()
                with self.workspace.changed:
                    handle.attempts.remove(attempt)
                continue
            return attempt, future

    async def _tell(self, connection: Connection, reason: str) -> None:
        connection.told = reason
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": f"applink-{secrets.token_hex(4)}"}}
        await connection.socket.send_json(message)

    async def disconnect(self, reason: str, close_after: float | None) -> None:
        """Tell every connection to leave, and close it a while later."""
        if reason == "link_disabled":
            self.workspace.socket_mode_enabled = False
        for connection in self.live():
            await self._tell(connection, reason)
            seconds = SECONDS_UNTIL_CLOSED[reason] if close_after is None else close_after
            self._begin(self._close_later(connection, seconds))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _ping(self, connection: Connection) -> None:
        """Ping as Slack does, which asks for a pong but does not insist."""
        while not connection.frozen:
            try:
                await asyncio.wait_for(connection.gone.wait(), self.ping_seconds)
            except TimeoutError:
                if not connection.frozen and not connection.socket.closed:
                    await connection.socket.ping(b"Ping from applink")
            else:
                return

    async def _close_later(self, connection: Connection, seconds: float) -> None:
        try:
            await asyncio.wait_for(connection.gone.wait(), seconds)
        except TimeoutError:
            await connection.socket.close()

    async def drop(self) -> None:
        """Cut every connection at once, without a word."""
        for connection in list(self.connections):
            connection.transport.abort()
            connection.gone.set()
        with self.workspace.changed:
            self.workspace.changed.notify_all()

    async def freeze(self) -> None:
        """Leave every connection half dead: open, but neither read nor written to."""
        for connection in self.live():
            connection.frozen = True
            connection.transport.pause_reading()
        self.available.clear()
        with self.workspace.changed:
            self.workspace.changed.notify_all()

    async def stop(self) -> None:
        """Cut everything and end what still waits."""
        await self.drop()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
