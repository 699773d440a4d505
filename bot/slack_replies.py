"""Sending to Slack: threads, private answers, what to do when Slack says no.

The client obeys 429 with ``Retry-After`` by itself (``make_client``). Everything else is gone around here, or becomes
one of our errors (``translated``).
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.render.slack.elements import Message
from bot.slack_payloads import Click, Incoming
from index.errors import LegationError, PlatformError, UncertainError, UnreachableError

RATE_LIMIT_RETRIES = 10
APART_SECONDS = 0.2
"""Between the calls of those who had to wait."""

CONNECTION_RETRIES = 3
STATUS_SECONDS = 1.0
STATUS = "is searching the sources…"
SECONDS = 30

_UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
"""Slack's words for troubles of its own, in which something of what was asked may have been done."""

FAILURES: tuple[type[Exception], ...] = (
    SlackClientError, aiohttp.ClientError, TimeoutError, OSError,
    AttributeError, TypeError, ValueError,  # an answer that is not JSON, which the SDK does not expect
)  # fmt: skip
"""What a call of the SDK may raise."""

_log = logging.getLogger(__name__)


class SharedWait(AsyncRateLimitErrorRetryHandler):
    """Whoever Slack tells to wait lets all others wait who call the same method: those who go on calling are refused,
    and may make it last longer. For one event loop.
    """

    def __init__(self) -> None:
        super().__init__(max_retry_count=RATE_LIMIT_RETRIES)
        self._until: dict[str, float] = {}

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        headers = response.headers.items() if response is not None else ()
        told = next((values[0] for name, values in headers if name.lower() == "retry-after"), "")
        seconds = float(told) if told.isdecimal() else 1.0
        method = request.url.rpartition("/")[2]
        state.next_attempt_requested = True
        until = asyncio.get_running_loop().time() + seconds
        self._until[method] = max(until, self._until.get(method, 0.0))
        await self.over(method)
        state.increment_current_attempt()

    async def over(self, method: str) -> None:
        """Waits until a method such as "chat.postMessage" may be called again; those who wait call one by one."""
        waited = False
        while (left := self.left(method)) > 0:
            await asyncio.sleep(left)
            waited = True
        if waited:
            self._until[method] = asyncio.get_running_loop().time() + APART_SECONDS

    def left(self, method: str) -> float:
        """Seconds for which a method must not be called, at most 0 if it may."""
        return self._until.get(method, 0.0) - asyncio.get_running_loop().time()


def make_client(token: str, api_url: str, logger: logging.Logger) -> AsyncWebClient:
    """A client that waits when Slack says so. It tries again only what cannot have been done: posting twice is worse
    than saying that it is not sure.
    """
    client = AsyncWebClient(token=token, base_url=api_url, timeout=SECONDS, logger=logger)
    client.retry_handlers = [
        SharedWait(),
        AsyncConnectionErrorRetryHandler(CONNECTION_RETRIES, error_types=[aiohttp.ClientConnectorError]),
    ]
    return client


def translated(error: Exception) -> LegationError:
    """Slack's answer, or the lack of one, as an error of ours: UnreachableError if nothing was done, UncertainError if
    that is not known, PlatformError if Slack refuses.
    """
    if isinstance(error, aiohttp.ClientConnectorError):
        return UnreachableError(f"Slack cannot be reached ({type(error).__name__}).")
    response = error.response if isinstance(error, SlackApiError) else None
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    reason = data.get("error") if isinstance(data, dict) else None
    status = getattr(response, "status_code", 200)
    if not isinstance(reason, str) or status >= 500 or reason in _UNKNOWN:
        words = reason if isinstance(reason, str) else type(error).__name__
        return UncertainError(f"Slack has not confirmed a message ({words}, HTTP status {status}).")
    if reason == "ratelimited":
        return UnreachableError("Slack takes no more messages at present.")
    return PlatformError(f"Slack did not take a message ({reason}).")


class Replies:
    """Posts messages. Raises PlatformError if Slack refuses all the ways there are, UnreachableError if it cannot be
    reached and nothing was sent, and UncertainError if a message may have been sent.
    """

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client, self._session = client, session
        self._waits = [each for each in client.retry_handlers if isinstance(each, SharedWait)]

    async def answer(self, incoming: Incoming, message: Message) -> None:
        """To the asker alone, or into the thread, as the question's surface wants it."""
        if incoming.private:
            await self.privately(incoming.channel, incoming.user, message, incoming.response_url)
            return
        try:
            await self.in_thread(incoming.channel, incoming.thread, message)
        except PlatformError as error:
            _log.warning("%s It goes to the asker as a direct message.", error.user_message)
            await self.directly(incoming.user, message)

    async def aside(self, click: Click, message: Message) -> None:
        """To who pressed a button alone, beside the message that it stands below."""
        if click.thread is not None or not click.private:
            try:
                await self._ephemerally(click.channel, click.user, message, click.thread)
            except PlatformError:
                _log.info("A reply to a button could not be shown in its thread; its response URL is tried.")
            else:
                return
        await self.privately(click.channel, click.user, message, click.response_url)

    async def in_thread(self, channel: str, thread: str | None, message: Message) -> None:
        await self._permitted("chat.postMessage")
        await self._called(
            self._client.chat_postMessage(
                channel=channel, thread_ts=thread, text=message.text, blocks=list(message.blocks), **_LITERAL
            )
        )

    async def privately(self, channel: str, user: str, message: Message, response_url: str | None) -> None:
        """By the response URL; if that has expired, as a message that only the user sees; if the app is not in the
        channel, as a direct message.
        """
        if response_url is not None and await self.respond(response_url, message):
            return
        try:
            await self._ephemerally(channel, user, message, None)
        except PlatformError:
            _log.info("A private reply could not be shown in its channel; it is sent as a direct message.")
            await self.directly(user, message)

    async def directly(self, user: str, message: Message) -> None:
        """As a direct message."""
        await self.in_thread(user, None, message)

    async def respond(self, response_url: str, message: Message, *, public: bool = False) -> bool:
        """Whether the response URL took the message; it expires after 30 minutes or five uses."""
        body = {
            "response_type": "in_channel" if public else "ephemeral",
            "replace_original": False,
            "text": message.text,
            "blocks": list(message.blocks),
            **_LITERAL,
        }
        return await self._post(response_url, body)

    async def delete_original(self, response_url: str) -> bool:
        """Takes a private message away."""
        return await self._post(response_url, {"delete_original": True})

    async def open_view(self, trigger: str, view: dict[str, Any]) -> bool:
        """Whether the view was opened: a trigger lasts three seconds."""
        try:
            await self._called(self._client.views_open(trigger_id=trigger, view=view))
        except LegationError as error:
            _log.warning("A window was not opened: %s", error.user_message)
            return False
        return True

    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        await self._called(self._client.views_publish(user_id=user, view=view))

    async def suggest(self, channel: str, prompts: tuple[str, ...]) -> None:
        """Without a thread, which an app with an agent view must not name."""
        entries = [{"title": prompt, "message": prompt} for prompt in prompts]
        await self._called(self._client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=entries))

    async def show_status(self, incoming: Incoming) -> None:
        """That a search is under way; Slack takes it away when the answer arrives. It is no error if that cannot be
        shown, and the answer does not wait long for it.
        """
        if incoming.private or incoming.thread is None:
            return
        status = self._client.assistant_threads_setStatus(
            channel_id=incoming.channel, thread_ts=incoming.thread, status=STATUS
        )
        try:
            await asyncio.wait_for(self._called(status), STATUS_SECONDS)
        except (LegationError, TimeoutError) as error:
            _log.debug("The status could not be shown (%s).", type(error).__name__)

    async def _ephemerally(self, channel: str, user: str, message: Message, thread: str | None) -> None:
        blocks = list(message.blocks)
        await self._permitted("chat.postEphemeral")
        await self._called(
            self._client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread, text=message.text, blocks=blocks, **_QUIET
            )
        )

    async def _post(self, url: str, body: dict[str, Any]) -> bool:
        for attempt in range(CONNECTION_RETRIES + 1):
            last = attempt == CONNECTION_RETRIES
            try:
                async with self._session.post(url, json=body, proxy=self._client.proxy) as response:
                    if response.status == 200:
                        return True
                    if response.status >= 500:
                        raise UncertainError(f"Slack has not confirmed a message (HTTP status {response.status}).")
                    if response.status != 429 or last:
                        _log.info("Slack no longer takes a response URL (HTTP status %d).", response.status)
                        return False
                    after = response.headers.get("Retry-After", "")
                    wait = float(after) if after.isdecimal() else 1.0
            except aiohttp.ClientConnectorError as error:
                if last:
                    raise translated(error) from error
                wait = 2.0**attempt
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise translated(error) from error
            await asyncio.sleep(wait)
        return False

    def waiting(self, method: str) -> bool:
        """Whether Slack has told us to wait with a method such as "chat.postMessage"."""
        return any(wait.left(method) > 0 for wait in self._waits)

    async def _permitted(self, method: str) -> None:
        for wait in self._waits:
            await wait.over(method)

    async def _called(self, call: Awaitable[Any]) -> None:
        try:
            await call
        except FAILURES as error:
            raise translated(error) from error


_QUIET: dict[str, Any] = {"parse": "none", "link_names": False}
_LITERAL: dict[str, Any] = _QUIET | {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
"""Nothing in the fallback text is a mention, a link or markup, and no page is previewed."""
