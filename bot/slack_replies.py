"""Sending to Slack: threads, private answers, what to do when Slack says no.

The client obeys 429 with ``Retry-After`` by itself (``make_client``). Everything else that Slack refuses is
either gone around here, or becomes a PlatformError.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.render.slack.elements import Message
from bot.slack_payloads import Click, Incoming
from index.errors import PlatformError, UnreachableError

RATE_LIMIT_RETRIES = 10
OTHER_RETRIES = 3
STATUS_SECONDS = 1.0
STATUS = "is searching the sources…"
_SECONDS = 30

_IN_TROUBLE = frozenset({"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"})

_log = logging.getLogger(__name__)


def make_client(token: str, api_url: str, logger: logging.Logger) -> AsyncWebClient:
    """A client that waits when Slack says so, and tries again when Slack cannot be reached."""
    client = AsyncWebClient(token=token, base_url=api_url, timeout=_SECONDS, logger=logger)
    client.retry_handlers = [
        AsyncConnectionErrorRetryHandler(OTHER_RETRIES),
        AsyncRateLimitErrorRetryHandler(RATE_LIMIT_RETRIES),
        AsyncServerErrorRetryHandler(OTHER_RETRIES),
    ]
    return client


class Replies:
    """Posts messages. Raises PlatformError if Slack refuses all the ways there are, UnreachableError if it cannot be
    reached, or is in trouble itself.
    """

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client, self._session = client, session

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

    async def further(self, click: Click, message: Message) -> None:
        """What a button gives: in a direct conversation into the thread, elsewhere to who pressed it alone."""
        if click.place.direct and not click.private:
            await self.in_thread(click.channel, click.thread or click.message, message)
        else:
            await self.aside(click, message)

    async def aside(self, click: Click, message: Message) -> None:
        """To who pressed a button alone, beside the message that it stands below."""
        url = click.response_url if click.private else None
        await self.privately(click.channel, click.user, message, url, click.thread)

    async def in_thread(self, channel: str, thread: str | None, message: Message) -> None:
        await self._called(
            self._client.chat_postMessage(
                channel=channel, thread_ts=thread, text=message.text, blocks=list(message.blocks), **_LITERAL
            )
        )

    async def privately(
        self, channel: str, user: str, message: Message, response_url: str | None, thread: str | None = None
    ) -> None:
        """By the response URL; if that has expired, as a message that only the user sees; if the app is not in the
        channel, as a direct message.
        """
        if response_url is not None and await self.respond(response_url, message):
            return
        blocks = list(message.blocks)
        try:
            await self._called(
                self._client.chat_postEphemeral(
                    channel=channel, user=user, thread_ts=thread, text=message.text, blocks=blocks, **_QUIET
                )
            )
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
        except PlatformError:
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
            await asyncio.wait_for(status, STATUS_SECONDS)
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            _log.debug("The status could not be shown (%s).", _reason(error))

    async def _post(self, url: str, body: dict[str, Any]) -> bool:
        for attempt in range(OTHER_RETRIES):
            wait = 2.0**attempt
            try:
                async with self._session.post(url, json=body) as response:
                    if response.status == 200:
                        return True
                    if response.status < 500 and response.status != 429:
                        _log.info("Slack no longer takes a response URL (HTTP status %d).", response.status)
                        return False
                    wait = float(response.headers.get("Retry-After", wait))
            except (aiohttp.ClientError, TimeoutError) as error:
                _log.info("A response URL could not be reached (%s).", type(error).__name__)
            await asyncio.sleep(wait)
        return False

    async def _called(self, call: Awaitable[Any]) -> None:
        try:
            await call
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            reason = _reason(error)
            if not isinstance(error, SlackApiError) or reason in _IN_TROUBLE:
                raise UnreachableError(f"Slack cannot be reached, or is in trouble ({reason}).") from error
            raise PlatformError(f"Slack did not take a message ({reason}).") from error


_QUIET: dict[str, Any] = {"parse": "none", "link_names": False}
_LITERAL: dict[str, Any] = _QUIET | {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
"""Nothing in the fallback text is a mention, a link or markup, and no page is previewed."""


def _reason(error: Exception) -> str:
    """Slack's own word for what is wrong, which never holds a message or a secret."""
    response = getattr(error, "response", None)
    return str(response["error"]) if isinstance(response, AsyncSlackResponse) else type(error).__name__
