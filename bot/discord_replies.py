"""Sending to Discord: replies, threads, answers to interactions, and what to do when Discord says no.

discord.py itself waits at rate limits, and tries again with the same nonce, which Discord honours, so that a
message is not posted twice.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord

from bot.discord_payloads import Incoming
from bot.discord_view import Look, sendable
from bot.render.discord.elements import Message
from index.errors import LegationError, PlatformError, UncertainError, UnreachableError

STATUS_SECONDS = 1.0
LONGEST_THREAD_NAME = 90

MOST_REFUSED, REFUSED_SECONDS = 1_000, 600
"""Discord bans an address for a while after 10,000 refused requests in ten minutes; we stop at a tenth."""

_THREAD_EXISTS = 160004

_log = logging.getLogger(__name__)


class Refusals:
    """Counts refused requests, so that we fall silent long before Discord bans us."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MOST_REFUSED)

    def add(self) -> None:
        self._times.append(time.monotonic())

    @property
    def too_many(self) -> bool:
        return len(self._times) == MOST_REFUSED and time.monotonic() - self._times[0] < REFUSED_SECONDS


class Replies:
    """Sends messages. Raises PlatformError if Discord refuses all the ways there are, UnreachableError if nothing was
    sent, and UncertainError if a message may have been sent.
    """

    def __init__(self, client: discord.Client, look: Look, answer_in: str) -> None:
        self._client, self._look, self._answer_in = client, look, answer_in
        self._refusals = Refusals()

    async def answer(self, incoming: Incoming, message: Message) -> None:
        """Where the question's surface wants it; to the asker directly, if Discord does not let us there."""
        try:
            if incoming.token is not None:
                await self._to_interaction(incoming, message)
            else:
                await self._to_message(incoming, message)
        except PlatformError as error:
            _log.warning("%s It goes to the asker as a direct message.", error.user_message)
            await self._directly(incoming.user, message)

    async def show_status(self, incoming: Incoming) -> None:
        """That we are typing. It is no error if that cannot be shown, and the answer does not wait long for it."""
        if incoming.token is not None:
            return
        try:
            async with self._translated():
                await asyncio.wait_for(self._room(incoming.room).typing(), STATUS_SECONDS)
        except LegationError as error:
            _log.debug("Typing could not be shown (%s).", type(error).__name__)

    async def _to_interaction(self, incoming: Incoming, message: Message) -> None:
        """In place of "is thinking…", for 15 minutes. Whether it is private was said when we began to think."""
        hook = discord.Webhook.partial(self._client.application_id or 0, incoming.token or "", client=self._client)
        original: Any = "@original"  # Discord's name for the first message, which the library writes into the address
        async with self._repeatable(), self._translated():
            await hook.edit_message(original, **sendable(message, self._look))

    async def _to_message(self, incoming: Incoming, message: Message) -> None:
        room, reference = incoming.room, None
        if self._answer_in == "thread" and incoming.guild and not incoming.threaded:
            room = await self._opened_thread(incoming)
        if room == incoming.room and incoming.message is not None:
            reference = discord.MessageReference(
                message_id=int(incoming.message), channel_id=int(incoming.room), fail_if_not_exists=False
            )
        async with self._translated():
            content = sendable(message, self._look)
            if reference is None:
                await self._room(room).send(**content)
            else:
                await self._room(room).send(**content, reference=reference)

    async def _opened_thread(self, incoming: Incoming) -> str:
        """A thread below the question, which has the question's id; its room if there may be none."""
        room = self._client.get_partial_messageable(int(incoming.room), guild_id=int(incoming.guild))
        question = room.get_partial_message(int(incoming.message or 0))
        name = " ".join(incoming.text.split())[:LONGEST_THREAD_NAME] or "Question"
        try:
            async with self._repeatable(), self._translated():
                await question.create_thread(name=name)
        except PlatformError as error:
            if f"code {_THREAD_EXISTS}" not in error.user_message:
                _log.warning("%s The answer is a reply, not in a thread.", error.user_message)
                return incoming.room
        return incoming.message or incoming.room

    async def _directly(self, user: str, message: Message) -> None:
        async with self._translated():
            person = await self._client.fetch_user(int(user))
            await person.send(**sendable(message, self._look))

    def _room(self, room: str) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(int(room))

    @asynccontextmanager
    async def _repeatable(self) -> AsyncIterator[None]:
        """For what may be done twice: whether it was done the first time does not matter."""
        try:
            yield
        except UncertainError as error:
            raise UnreachableError(error.user_message) from error

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """Raises discord.py's errors as ours."""
        if self._refusals.too_many:
            raise UnreachableError("Discord has refused too much of late; nothing is sent for some minutes.")
        try:
            yield
        except discord.HTTPException as error:
            if error.status >= 500:
                raise UncertainError(f"Discord has not confirmed a message (HTTP status {error.status}).") from error
            if error.status in (401, 403, 429):
                self._refusals.add()
            if error.status == 429:
                raise UnreachableError("Discord takes no more messages at present.") from error
            raise PlatformError(f"Discord did not take a message (code {error.code}).") from error
        except (aiohttp.ClientConnectorError, RuntimeError) as error:  # the latter from a client that is closed
            raise UnreachableError("Discord cannot be reached.") from error
        except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UncertainError(f"Discord has not confirmed a message ({type(error).__name__}).") from error
