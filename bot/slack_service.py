"""How Slack is reached, and reaches us.

Socket Mode is a WebSocket that we open; HTTP mode is a web server that Slack posts to. Both dispatch to the
same ``SlackApp``.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import chain, repeat

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.assemble import Legation
from bot.chat.access import Access
from bot.chat.reception import Parts
from bot.chat.tasks import where
from bot.health import listen
from bot.settings import SlackSettings
from bot.slack_app import Identity, SlackApp
from bot.slack_replies import FAILURES, SECONDS, Replies, make_client, translated
from index.errors import PlatformError, SettingsError

PING_SECONDS = 5.0
"""A socket that does not answer for four of these is opened again."""

WATCH_SECONDS = 0.5

STUCK_SECONDS = 10.0
"""An address that Slack gave for one connection is not tried for longer than this."""

LARGEST_BODY = 1_000_000
"""Bytes of a request. Slack's largest, a message with all of its blocks, has some tens of thousands."""

RETRY_SECONDS = (1, 2, 5, 10, 30)
"""Waits between attempts to reach Slack at the start; the last is repeated."""

HOME_QUESTIONS = 300
"""Questions that were not answered, of which an admin's home page shows the groups."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
     "missing_scope", "no_permission", "org_login_required", "access_denied"}
)  # fmt: skip

_log = logging.getLogger(__name__)


class SlackConnection:
    """Slack, by a socket or by HTTP (``bot.service.Connection``)."""

    name = "slack"

    def __init__(self, legation: Legation) -> None:
        self._legation, self._settings = legation, legation.settings.slack

    @property
    def wanted(self) -> bool:
        """Whether somebody has begun to set it up."""
        return bool(_value(self._settings.bot_token))

    def check(self) -> None:
        """Raises SettingsError if a secret is missing that the mode needs."""
        needed = {"bot_token": self._settings.bot_token}
        if self._settings.mode == "socket":
            needed["app_token"] = self._settings.app_token
        else:
            needed["signing_secret"] = self._settings.signing_secret
        for name, secret in needed.items():
            if not _value(secret):
                variable = f"LEGATION_SLACK__{name.upper()}"
                raise SettingsError(f"Slack needs slack.{name} ({variable}); docs/slack.md says where it comes from.")

    @asynccontextmanager
    async def client(self, parts: Parts) -> AsyncIterator[None]:
        """Raises PlatformError if Slack refuses the tokens."""
        settings, legation = self._settings, self._legation
        self._client = make_client(_value(settings.bot_token), str(settings.api_url), logging.getLogger("slack_sdk"))
        # No connection is used twice: one that Slack has closed meanwhile would leave us unsure of what it took.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS), connector=connector) as session:
            self._client.session = session
            identity, self._address = await _identify(self._client, settings)
            access = Access(settings.collections, settings.channels, settings.users)
            desk, replies = legation.desk(access, settings.quotes), Replies(self._client, session)
            self._connected = parts.metrics.connections.labels(self.name).inc
            self._app = SlackApp(
                self._client, identity, desk, parts, replies, settings, lambda: legation.gaps(newest=HOME_QUESTIONS)
            )
            yield

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Raises StorageError if the port cannot be listened on."""
        if self._settings.mode == "socket":
            serving = _socket(self._app, self._client, _value(self._settings.app_token), self._address, self._connected)
        else:
            serving = _server(self._app, self._settings, self._connected)
        async with serving:
            yield

    async def lost(self) -> None:
        """Never: a connection is always tried again."""
        await asyncio.Event().wait()

    async def resume(self) -> None:
        await self._app.resume()


async def _identify(client: AsyncWebClient, settings: SlackSettings) -> tuple[Identity, str]:
    """Who we are, and the address of the first socket; tries until Slack can be reached."""
    for wait in chain(RETRY_SECONDS, repeat(RETRY_SECONDS[-1])):
        try:
            who = await client.auth_test()
            opened = None
            if settings.mode == "socket":
                opened = await client.apps_connections_open(app_token=_value(settings.app_token))
        except FAILURES as error:
            problem = translated(error)
            refused = next((word for word in _REFUSED if f"({word})" in problem.user_message), None)
            if refused is not None:
                raise PlatformError(f"Slack refuses the tokens ({refused}).") from error
            _log.warning("%s Trying again in %d s.", problem.user_message, wait)
        else:
            authorized = AuthorizeResult.from_auth_test_response(
                bot_token=_value(settings.bot_token), auth_test_response=who
            )
            if authorized.bot_user_id is None:
                raise PlatformError("slack.bot_token is not the token of a bot; it begins with xoxb-.")
            _log.info("Slack knows us as %s in the workspace %s.", who.get("user"), who.get("team"))
            return Identity(authorized.bot_user_id, authorized), opened["url"] if opened is not None else ""
        await asyncio.sleep(wait)
    raise AssertionError  # the waits never end


@asynccontextmanager
async def _socket(
    app: SlackApp, client: AsyncWebClient, app_token: str, address: str, connected: Callable[[], None]
) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app.bolt, "unused", client.logger, client, ping_interval=PING_SECONDS)
    socket = handler.client
    socket.app_token, socket.wss_uri = app_token, address
    watching = asyncio.create_task(_watch(socket, connected))
    try:
        await socket.connect()  # type: ignore[no-untyped-call]
        _log.info("Connected to Slack by a socket.")
        yield
    finally:
        watching.cancel()
        await socket.close()  # type: ignore[no-untyped-call]


async def _watch(socket: SocketModeClient, connected: Callable[[], None]) -> None:
    """Tells of each new connection, and has a new address asked for if connecting to the one we have does not succeed:
    each can be used only once and for some seconds, and the client would try the same one for ever.
    """
    loop = asyncio.get_running_loop()
    alive, known = loop.time(), None
    while True:
        session = socket.current_session
        if session is not None and session is not known:
            known = session
            connected()
        await asyncio.sleep(WATCH_SECONDS)
        if session is not None and not session.closed:
            alive = loop.time()
        elif loop.time() - alive > STUCK_SECONDS:
            socket.wss_uri, alive = None, loop.time()


@asynccontextmanager
async def _server(app: SlackApp, settings: SlackSettings, connected: Callable[[], None]) -> AsyncIterator[None]:
    verifier = SignatureVerifier(_value(settings.signing_secret))

    async def on_request(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_genuine(verifier, request.headers, body):
            _log.warning("A request was refused: its signature is missing, wrong or too old.")
            return web.Response(status=401)
        try:
            asked = AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=dict(request.headers))
        except (ValueError, AttributeError, RecursionError):  # no JSON; Bolt reads fields before it looks for an object
            return web.Response(status=400)
        try:
            return await to_aiohttp_response(await app.bolt.async_dispatch(asked))
        except Exception as error:  # what is genuine and yet of no shape that Slack documents
            _log.error("A request was not understood: %s.", where(error))
            return web.Response(status=500)

    served = web.Application(client_max_size=LARGEST_BODY)
    served.router.add_post(settings.path, on_request)
    runner = web.AppRunner(served, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await listen(runner, settings.host, settings.port)
        (address, *_) = runner.addresses
        _log.info("Listening for Slack on %s, port %d, at %s.", address[0], address[1], settings.path)
        connected()
        yield
    finally:
        await runner.cleanup()


def is_genuine(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether Slack signed the request in the last five minutes (docs.slack.dev, "Verifying requests from Slack").

    What is not even shaped like a signature is refused before the verifier sees it: it raises on some of that.
    """
    timestamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return verifier.is_valid(body, timestamp, signature)


def _value(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value().strip()
