"""The gateway, version 10: connections, sessions, events with sequence numbers, and what is replayed on RESUME."""

import asyncio
import json
import secrets
import time
import zlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.world import World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID_SESSION, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip

INTENTS = {
    "guilds": 1 << 0,
    "guild_messages": 1 << 9,
    "guild_message_typing": 1 << 11,
    "direct_messages": 1 << 12,
    "message_content": 1 << 15,
}
PRIVILEGED = {"members": 1 << 1, "presences": 1 << 8, "message_content": 1 << 15}
ALL_INTENTS = (1 << 26) - 1
LARGEST_PAYLOAD = 4096
MOST_PAYLOADS_A_MINUTE = 120
IDENTIFY_PAUSE_SECONDS = 5.0

Data = dict[str, Any] | Callable[[int], dict[str, Any]]
"""What an event says; a function makes it of the intents of a session."""


class ClosedError(Exception):
    """The connection is to be closed with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


@dataclass(frozen=True)
class Identify:
    """One IDENTIFY or RESUME: its data without the token, and how it ended.

    ``close_code`` is None when it was granted; ``resumed`` is None for an IDENTIFY, else whether the session went on.
    """

    time: float
    data: dict[str, Any]
    close_code: int | None = None
    resumed: bool | None = None


@dataclass(eq=False)
class Session:
    """What an app is told; it outlives its connection until it is invalidated."""

    id: str
    intents: int
    shard: tuple[int, int] | None
    events: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    connection: "Connection | None" = None

    def wants(self, guild: str | None, intent: int) -> bool:
        """Whether an event is for this session."""
        number, count = self.shard or (0, 1)
        mine = number == (0 if guild is None else (int(guild) >> 22) % count)
        return mine and (not intent or bool(self.intents & intent))


@dataclass(eq=False)
class Connection:
    """One WebSocket. A frozen one is neither read nor written to."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    resuming: bool
    compressor: Any = None
    frozen: bool = False
    leaving: bool = False
    closed_here: bool = False
    session: Session | None = None
    sent: int = 0
    heartbeats: int = 0
    last_heartbeat: float = 0.0
    received: list[float] = field(default_factory=list)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def usable(self) -> bool:
        """Whether it is open, not frozen, and not told to leave."""
        return not (self.frozen or self.leaving or self.gone.is_set() or self.socket.closed)

    async def send(self, text: str) -> None:
        """Send one payload, compressed if the app asked for that."""
        if self.frozen or self.socket.closed:
            return
        if self.compressor is None:
            await self.socket.send_str(text)
        else:
            packed = self.compressor.compress(text.encode()) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
            await self.socket.send_bytes(packed)


@dataclass
class Gateway:
    """Tells apps what happens. Everything async runs in the server's loop; the rest may be called from any thread."""

    world: World
    loop: asyncio.AbstractEventLoop
    heartbeat_seconds: float = 41.25
    shards: int = 1
    port: int = 0
    connections: list[Connection] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    identifies: list[Identify] = field(default_factory=list)
    resumes: list[Identify] = field(default_factory=list)
    starts_left: int = 1000
    refuse_connections: int = 0
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    last_identify: dict[int, float] = field(default_factory=dict)

    # Events

    def dispatch(self, name: str, data: Data, guild: str | None, intent: str | None) -> int:
        """Tell every session that wants to know; how many there are that are connected."""
        told = 0
        bit = INTENTS[intent] if intent is not None else 0
        with self.world.changed:
            for session in self.sessions.values():
                if session.wants(guild, bit):
                    self._append(session, name, data)
                    told += session.connection is not None and not session.connection.frozen
            self.world.changed.notify_all()
        return told

    def _append(self, session: Session, name: str, data: Data) -> None:
        content = data(session.intents) if callable(data) else data
        number = len(session.events) + 1
        event = {"op": DISPATCH, "t": name, "s": number, "d": content}
        session.events.append(json.dumps(event))
        session.names.append(name)
        connection = session.connection
        if connection is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(connection.wake.set)

    def live(self) -> list[Connection]:
        """Connections with a session, which are open and not frozen."""
        with self.world.changed:
            return [each for each in self.connections if each.session is not None and each.usable]

    # Connections

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        if self.refuse_connections:
            self.refuse_connections -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        if not socket.can_prepare(request).ok:
            return web.Response(status=400, text="not a WebSocket handshake")
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        connection = Connection(socket, request.transport, request.path.startswith("/resume"))
        with self.world.changed:
            self.connections.append(connection)
        try:
            self._check_query(request, connection)
            interval = int(self.heartbeat_seconds * 1000)
            await connection.send(
                json.dumps({"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": interval}})
            )
            connection.last_heartbeat = time.monotonic()
            self._begin(self._write(connection))
            self._begin(self._watch(connection))
            await self._read(connection)
        except ClosedError as closed:
            await socket.close(code=closed.code, message=closed.reason.encode())
        except ConnectionError:
            pass
        finally:
            self._forget(connection)
        return socket

    def _check_query(self, request: web.Request, connection: Connection) -> None:
        if request.query.get("v") != "10":
            raise ClosedError(4012, "Invalid API version.")
        if request.query.get("encoding", "json") != "json":
            raise ClosedError(4002, "Error while decoding payload.")
        compress = request.query.get("compress")
        if compress == "zlib-stream":
            connection.compressor = zlib.compressobj()
        elif compress is not None:
            raise ClosedError(4002, "Error while decoding payload.")

    def _forget(self, connection: Connection) -> None:
        with self.world.changed:
            connection.gone.set()
            connection.wake.set()
            if connection in self.connections:
                self.connections.remove(connection)
            session = connection.session
            if session is not None and session.connection is connection:
                session.connection = None
                # An app that closes with 1000 or 1001 does not mean to come back.
                if connection.socket.close_code in {1000, 1001} and not connection.closed_here:
                    self.sessions.pop(session.id, None)
            self.world.changed.notify_all()

    async def _read(self, connection: Connection) -> None:
        while True:
            message = await connection.socket.receive()
            if connection.frozen:
                await connection.gone.wait()
                return
            if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                await self._received(connection, message.data)
            else:
                return

    async def _received(self, connection: Connection, raw: str | bytes) -> None:
        now = time.monotonic()
        connection.received = [moment for moment in connection.received if moment > now - 60] + [now]
        if len(connection.received) > MOST_PAYLOADS_A_MINUTE:
            raise ClosedError(4008, "Rate limited.")
        if len(raw) > LARGEST_PAYLOAD:
            raise ClosedError(4002, "Error while decoding payload.")
        try:
            payload = json.loads(raw)
            code = payload["op"]
        except (ValueError, TypeError, KeyError):
            raise ClosedError(4002, "Error while decoding payload.") from None
        if code == HEARTBEAT:
            connection.last_heartbeat = now
            connection.heartbeats += 1
            await connection.send(json.dumps({"op": ACK, "s": None, "t": None, "d": None}))
        elif code == IDENTIFY:
            await self._identify(connection, payload.get("d"))
        elif code == RESUME:
            await self._resume(connection, payload.get("d"))
        elif code not in {PRESENCE, VOICE, MEMBERS}:
            raise ClosedError(4001, "Unknown opcode.")
        elif connection.session is None:
            raise ClosedError(4003, "Not authenticated.")

    async def _identify(self, connection: Connection, data: Any) -> None:
        with self.world.changed:
            shown = {name: value for name, value in data.items() if name != "token"} if isinstance(data, dict) else {}
            try:
                session = self._new_session(connection, data, shown)
            except ClosedError as closed:
                self.identifies.append(Identify(self.world.now(), shown, closed.code))
                self.world.changed.notify_all()
                raise
            self.identifies.append(Identify(self.world.now(), shown))
            self.starts_left -= 1
            self.sessions[session.id] = session
            session.connection, connection.session = connection, session
            connection.leaving, connection.sent = False, 0
            guilds = [guild for guild in self.world.guilds.values() if guild.bot_inside and session.wants(guild.id, 0)]
            self._append(session, "READY", self._ready(session, [guild.id for guild in guilds]))
            if session.intents & INTENTS["guilds"]:
                for guild in guilds:
                    self._append(session, "GUILD_CREATE", payloads.guild(self.world, guild))
            self.world.changed.notify_all()
        connection.wake.set()

    def _new_session(self, connection: Connection, data: Any, shown: dict[str, Any]) -> Session:
        if not isinstance(data, dict):
            raise ClosedError(4002, "Error while decoding payload.")
        if connection.session is not None:
            raise ClosedError(4005, "Already authenticated.")
        if data.get("token") != self.world.token:
            raise ClosedError(4004, "Authentication failed.")
        intents = data.get("intents")
        if not isinstance(intents, int) or not 0 <= intents <= ALL_INTENTS:
            raise ClosedError(4013, "Invalid intent(s).")
        for name, bit in PRIVILEGED.items():
            if intents & bit and name not in self.world.privileged:
                raise ClosedError(4014, "Disallowed intent(s).")
        shard = shown.get("shard")
        number, count = 0, 1
        if shard is not None:
            fine = isinstance(shard, list) and len(shard) == 2 and all(isinstance(each, int) for each in shard)
            if not fine or not 0 <= shard[0] < shard[1]:
                raise ClosedError(4010, "Invalid shard.")
            number, count = shard
        if "properties" not in data:
            raise ClosedError(4002, "Error while decoding payload.")
        # max_concurrency is 1: one IDENTIFY in five seconds.
        now = self.world.now()
        pause = now - self.last_identify.get(0, 0.0)
        if pause < IDENTIFY_PAUSE_SECONDS - 0.1:
            self.world.violations.append(f"IDENTIFY {pause:.2f} s after the one before")
        self.last_identify[0] = now
        if connection.resuming:
            self.world.violations.append("IDENTIFY at the address that is for RESUME")
        return Session(secrets.token_hex(16), intents, (number, count) if shard is not None else None)

    def _ready(self, session: Session, guilds: list[str]) -> dict[str, Any]:
        ready: dict[str, Any] = {
            "v": 10,
            "user": payloads.user(self.world.bot) | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0},
            "guilds": [{"id": name, "unavailable": True} for name in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/resume",
            "application": {"id": self.world.application_id, "flags": payloads.application(self.world)["flags"]},
            "private_channels": [],
            "user_settings": {},
            "relationships": [],
            "presences": [],
            "geo_ordered_rtc_regions": [],
        }
        return ready | ({"shard": list(session.shard)} if session.shard is not None else {})

    async def _resume(self, connection: Connection, data: Any) -> None:
        if not isinstance(data, dict):
            raise ClosedError(4002, "Error while decoding payload.")
        with self.world.changed:
            shown = {name: value for name, value in data.items() if name != "token"}
            session = self.sessions.get(str(data.get("session_id")))
            number = data.get("seq")
            code = None
            if data.get("token") != self.world.token:
                code = 4004
            elif session is not None and (not isinstance(number, int) or not 0 <= number <= len(session.events)):
                code = 4007
            going_on = session is not None and code is None
            self.resumes.append(Identify(self.world.now(), shown, code, going_on))
            if not connection.resuming:
                self.world.violations.append("RESUME not at resume_gateway_url")
            if going_on:
                assert session is not None and isinstance(number, int)
                old = session.connection
                session.connection, connection.session, connection.sent = connection, session, number
                if old is not None and old is not connection:
                    old.session = None
                    old.transport.abort()
                self._append(session, "RESUMED", {"_trace": []})
            self.world.changed.notify_all()
        if code is not None:
            if session is not None:
                self.sessions.pop(session.id, None)
            raise ClosedError(code, "Authentication failed." if code == 4004 else "Invalid seq.")
        if not going_on:
            await connection.send(json.dumps({"op": INVALID_SESSION, "s": None, "t": None, "d": False}))
            return
        connection.wake.set()

    async def _write(self, connection: Connection) -> None:
        while not connection.gone.is_set():
            await connection.wake.wait()
            connection.wake.clear()
            while not connection.gone.is_set() and not connection.frozen:
                with self.world.changed:
                    session = connection.session
                    waiting = session.events[connection.sent :] if session is not None else []
                if not waiting:
                    break
                for text in waiting:
                    connection.sent += 1
                    try:
                        await connection.send(text)
                    except (ConnectionError, RuntimeError):
                        return

    async def _watch(self, connection: Connection) -> None:
        """Close a connection whose app has stopped sending heartbeats."""
        while not connection.gone.is_set():
            try:
                await asyncio.wait_for(connection.gone.wait(), self.heartbeat_seconds)
            except TimeoutError:
                silent = time.monotonic() - connection.last_heartbeat
                if not connection.frozen and silent > self.heartbeat_seconds * 2.5:
                    await connection.socket.close(code=4000, message=b"Heartbeat timeout.")
                    return

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # What tests do to connections

    async def drop(self, code: int | None = None) -> None:
        """Close every connection with a code, or cut it without a word."""
        for connection in list(self.connections):
            connection.leaving = connection.closed_here = True
            if code is not None:
                # The session goes on unless the code says that it cannot.
                if code in {4004, 4010, 4011, 4012, 4013, 4014} and connection.session is not None:
                    self.sessions.pop(connection.session.id, None)
                await connection.socket.close(code=code)
            else:
                connection.transport.abort()
                self._forget(connection)
        with self.world.changed:
            self.world.changed.notify_all()

    async def freeze(self) -> None:
        """Leave every connection half dead: open, but neither read nor written to."""
        for connection in self.live():
            connection.frozen = True
            connection.transport.pause_reading()
        with self.world.changed:
            self.world.changed.notify_all()

    async def ask_reconnect(self, close_after: float) -> None:
        """Send RECONNECT over every connection, and close it a while later."""
        for connection in self.live():
            connection.leaving = True
            await connection.send(json.dumps({"op": RECONNECT, "s": None, "t": None, "d": None}))
            self._begin(self._close_later(connection, close_after))

    async def _close_later(self, connection: Connection, seconds: float) -> None:
        try:
            await asyncio.wait_for(connection.gone.wait(), seconds)
        except TimeoutError:
            await connection.socket.close(code=4000)

    async def invalidate(self, resumable: bool) -> None:
        """Send INVALID_SESSION over every connection."""
        for connection in self.live():
            connection.leaving = True
            session = connection.session
            if not resumable and session is not None:
                with self.world.changed:
                    self.sessions.pop(session.id, None)
                    connection.session = session.connection = None
            await connection.send(json.dumps({"op": INVALID_SESSION, "s": None, "t": None, "d": resumable}))

    async def stop(self) -> None:
        """Cut everything and end what still waits."""
        await self.drop()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
