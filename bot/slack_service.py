"""Runs the Slack app: connects, listens until it is told to stop, finishes what is under way.

Socket Mode is a WebSocket that we open; HTTP mode is a web server that Slack posts to. Both dispatch to the
same ``SlackApp``.
"""

import asyncio
import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import chain, repeat

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.assemble import Legation
from bot.chat.access import Access
from bot.chat.pool import Pool
from bot.chat.store import ChatStore
from bot.logs import start_logging
from bot.settings import SlackSettings, secrets
from bot.slack_app import Identity, Parts, SlackApp
from bot.slack_replies import Replies, make_client
from index.errors import LegationError, PlatformError, SettingsError, StorageError
from index.lock import writer_lock

PING_SECONDS = 5.0
"""A socket that does not answer for four of these is opened again."""

STUCK_SECONDS = 10.0
"""An address that Slack gave for one connection is not tried for longer than this."""

LARGEST_BODY = 1_000_000
"""Bytes of a request. Slack's largest, a message with all of its blocks, has some tens of thousands."""

RETRY_SECONDS = (1, 2, 5, 10, 30)
"""Waits between attempts to reach Slack at the start; the last is repeated."""

QUICK_WAITING = 100_000
"""Small jobs that may wait, such as storing what arrived: refusing one would lose it."""

FORGET_SECONDS = 86_400

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
     "missing_scope", "no_permission", "org_login_required", "access_denied"}
)  # fmt: skip

_log = logging.getLogger(__name__)


def check(settings: SlackSettings) -> None:
    """Raises SettingsError if a secret is missing that the mode needs."""
    needed = {"bot_token": settings.bot_token}
    needed |= (
        {"app_token": settings.app_token} if settings.mode == "socket" else {"signing_secret": settings.signing_secret}
    )
    for name, secret in needed.items():
        if secret is None or not secret.get_secret_value().strip():
            raise SettingsError(
                f"Slack needs slack.{name} (LEGATION_SLACK__{name.upper()}); docs/slack.md says where it comes from."
            )


def run(legation: Legation) -> None:
    """Answers in Slack until the process is told to stop. Raises what ``serve`` raises, BusyError if another process
    does so with the same home folder, and KeyboardInterrupt after SIGINT.
    """
    settings = legation.settings
    check(settings.slack)
    start_logging(settings.log.level, settings.log.texts, secrets(settings))
    legation.prepare()
    legation.answerer.open()
    with writer_lock(legation.home.path / "slack.lock", "legation slack runs already with this home folder"):
        if asyncio.run(serve(legation)) == signal.SIGINT:
            raise KeyboardInterrupt


async def serve(legation: Legation) -> int:
    """Runs until SIGTERM or SIGINT, and returns the number of that signal. Raises PlatformError if Slack refuses the
    tokens, and StorageError if the port cannot be listened on.
    """
    settings = legation.settings.slack
    stop = Stop()
    client = make_client(_value(settings.bot_token), str(settings.api_url), logging.getLogger("slack_sdk"))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        client.session = session
        reached = asyncio.create_task(_identify(client, settings))
        await asyncio.wait({reached, stop.task}, return_when=asyncio.FIRST_COMPLETED)
        if not reached.done():
            reached.cancel()
            return stop.signal
        identity, socket_address = reached.result()
        with _parts(legation, client, session) as parts:
            app = SlackApp(client, identity, parts, settings)
            forgetting = asyncio.create_task(_forget(parts.store, legation.settings.chat.keep_days))
            connected = _socket(app, client, socket_address) if settings.mode == "socket" else _server(app, settings)
            async with connected:
                app.resume()
                await stop.task
                _log.info("Stopping; what is under way is finished first.")
            left = await app.tasks.finish(legation.settings.chat.stop_seconds)
            forgetting.cancel()
            if left:
                _log.warning(
                    "%d replies were not finished in time; they are taken up again after the next start.", left
                )
    return stop.signal


class Stop:
    """Waits for the first SIGTERM or SIGINT; a second one of them ends the process at once."""

    def __init__(self) -> None:
        self.signal = 0
        self._event = asyncio.Event()
        self.task = asyncio.create_task(self._event.wait())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: int) -> None:
        if self._event.is_set():
            os._exit(128 + number)
        self.signal = number
        self._event.set()


@contextmanager
def _parts(legation: Legation, client: AsyncWebClient, session: aiohttp.ClientSession) -> Iterator[Parts]:
    settings, chat = legation.settings.slack, legation.settings.chat
    access = Access(settings.collections, settings.channels, settings.users)
    desk = legation.desk(access, settings.quotes)
    pool, quick = Pool(chat.workers or os.cpu_count() or 1, chat.waiting), Pool(1, QUICK_WAITING)
    try:
        yield Parts(desk, legation.chat_store, pool, quick, Replies(client, session), legation.gaps)
    finally:
        pool.close()
        quick.close()


async def _identify(client: AsyncWebClient, settings: SlackSettings) -> tuple[Identity, str]:
    """Who we are, and the address of the first socket; tries until Slack can be reached."""
    for wait in chain(RETRY_SECONDS, repeat(RETRY_SECONDS[-1])):
        try:
            who = await client.auth_test()
            opened = None
            if settings.mode == "socket":
                opened = await client.apps_connections_open(app_token=_value(settings.app_token))
        except SlackApiError as error:
            if error.response["error"] in _REFUSED:
                raise PlatformError(f"Slack refuses the tokens ({error.response['error']}).") from error
            _log.warning("Slack answers with an error (%s); trying again in %d s.", error.response["error"], wait)
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            _log.warning("Slack cannot be reached (%s); trying again in %d s.", type(error).__name__, wait)
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
async def _socket(app: SlackApp, client: AsyncWebClient, address: str) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app.bolt, "unused", client.logger, client, ping_interval=PING_SECONDS)
    socket = handler.client
    socket.app_token, socket.wss_uri = _value(app.settings.app_token), address
    watching = asyncio.create_task(_watch(socket))
    try:
        await socket.connect()  # type: ignore[no-untyped-call]
        _log.info("Connected to Slack by a socket.")
        yield
    finally:
        watching.cancel()
        await socket.close()  # type: ignore[no-untyped-call]


async def _watch(socket: SocketModeClient) -> None:
    """Has a new address asked for, if connecting to the one we have does not succeed: each can be used only once and
    for some seconds, and the client would try the same one for ever.
    """
    loop = asyncio.get_running_loop()
    alive = loop.time()
    while True:
        await asyncio.sleep(1)
        session = socket.current_session
        if session is not None and not session.closed:
            alive = loop.time()
        elif loop.time() - alive > STUCK_SECONDS:
            socket.wss_uri, alive = None, loop.time()


@asynccontextmanager
async def _server(app: SlackApp, settings: SlackSettings) -> AsyncIterator[None]:
    verifier = SignatureVerifier(_value(settings.signing_secret))

    async def on_request(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_genuine(verifier, request.headers, body):
            _log.warning("A request was refused: its signature is missing, wrong or too old.")
            return web.Response(status=401)
        try:
            asked = AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=dict(request.headers))
        except ValueError:
            return web.Response(status=400)
        return await to_aiohttp_response(await app.bolt.async_dispatch(asked))

    served = web.Application(client_max_size=LARGEST_BODY)
    served.router.add_post(settings.path, on_request)
    runner = web.AppRunner(served, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        (address, *_) = runner.addresses
        _log.info("Listening for Slack on %s, port %d, at %s.", address[0], address[1], settings.path)
        yield
    except OSError as error:
        raise StorageError(
            f"It is not possible to listen on {settings.host}, port {settings.port}: {_words(error)}."
        ) from error
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


async def _forget(store: ChatStore, keep_days: int) -> None:
    """Deletes what is too old, at the start and once a day."""
    while True:
        try:
            await asyncio.to_thread(store.forget, keep_days)
        except LegationError as error:
            _log.warning("What is too old could not be deleted: %s", error.user_message)
        await asyncio.sleep(FORGET_SECONDS)


def _words(error: OSError) -> str:
    """asyncio puts a sentence of its own, which names the address once more, in place of the system's."""
    return os.strerror(error.errno) if error.errno else str(error)


def _value(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value().strip()
