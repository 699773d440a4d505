"""How Discord is reached: the gateway, by discord.py."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, repeat

import aiohttp
import discord
from discord.gateway import DiscordWebSocket

from bot import discord_payloads as payloads
from bot.assemble import Legation
from bot.chat.access import Access
from bot.chat.reception import Parts
from bot.discord_app import DiscordApp
from bot.settings import DiscordSettings
from index.errors import PlatformError, SettingsError

RETRY_SECONDS = (1, 2, 5, 10, 30)
"""Waits between attempts to reach Discord at the start; the last is repeated."""

_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    read_message_history=True,
)

_TOKEN_REFUSED = 4004
_REFUSED = "Discord refuses the token."

_log = logging.getLogger(__name__)


class DiscordConnection:
    """Discord (``bot.service.Connection``). ``sync`` has Discord told our commands in any case."""

    name = "discord"

    def __init__(self, legation: Legation, *, sync: bool = False) -> None:
        self._legation, self._settings, self._sync = legation, legation.settings.discord, sync

    @property
    def wanted(self) -> bool:
        """Whether somebody has begun to set it up."""
        return self._settings.token is not None

    def check(self) -> None:
        """Raises SettingsError without a token, and for shards that there are not."""
        token(self._settings)
        shards, count = self._settings.shards, self._settings.shard_count
        if shards and (count is None or max(shards) >= count or len(set(shards)) < len(shards)):
            raise SettingsError(
                "The setting discord.shards has numbers from 0 to below discord.shard_count, each once."
            )

    @asynccontextmanager
    async def client(self, parts: Parts) -> AsyncIterator[None]:
        """Raises PlatformError if Discord refuses the token."""
        # discord.py has one address for all clients of a process; tests and proxies have another.
        discord.http.Route.BASE = str(self._settings.api_url).rstrip("/")
        self._app = await self._logged_in(parts)
        try:
            yield
        finally:
            await self._app.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """The gateway stays open while what is under way is finished: Discord would not deliver again what it sends."""
        self._connecting = asyncio.create_task(self._app.connect(reconnect=True))
        ready = asyncio.create_task(self._app.wait_until_ready())
        try:
            await asyncio.wait({self._connecting, ready}, return_when=asyncio.FIRST_COMPLETED)
            if self._connecting.done():
                await self.lost()
            _log.info("Connected to Discord as %s, in %d servers.", self._app.user, len(self._app.guilds))
            yield
        finally:
            ready.cancel()

    async def lost(self) -> None:
        """Raises PlatformError when the gateway is closed for good."""
        try:
            await asyncio.shield(self._connecting)
        except discord.ConnectionClosed as error:
            if error.code == _TOKEN_REFUSED:
                raise PlatformError(_REFUSED) from error
            raise PlatformError(f"Discord has closed the connection for good (code {error.code}).") from error
        except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
            raise PlatformError(f"The connection to Discord has ended ({type(error).__name__}).") from error
        raise PlatformError("The connection to Discord has ended.")

    async def _logged_in(self, parts: Parts) -> DiscordApp:
        """A client that Discord knows, and that knows where the gateway is; tries until Discord can be reached. Each
        try takes a client of its own: one that was closed cannot be used again.
        """
        settings = self._settings
        access = Access(settings.collections, settings.channels, settings.users, settings.guilds)
        desk = self._legation.desk(access, settings.quotes)
        for wait in chain(RETRY_SECONDS, repeat(RETRY_SECONDS[-1])):
            app = DiscordApp(settings, desk, parts, self._legation.home.path, sync=self._sync)
            try:
                await app.login(token(settings))
                recommended, address, _ = await app.http.get_bot_gateway()
                app.shard_count = settings.shard_count or recommended
            except discord.LoginFailure as error:
                await app.close()
                raise PlatformError(_REFUSED) from error
            except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
                _log.warning("Discord cannot be reached (%s). Trying again in %d s.", type(error).__name__, wait)
                await app.close()
                await asyncio.sleep(wait)
            except BaseException:
                await app.close()
                raise
            else:
                DiscordWebSocket.DEFAULT_GATEWAY = type(DiscordWebSocket.DEFAULT_GATEWAY)(address)
                return app
        raise AssertionError  # the waits never end

    async def resume(self) -> None:
        await self._app.reception.resume(payloads.incoming_from_json)


def token(settings: DiscordSettings) -> str:
    """Raises SettingsError without one."""
    value = "" if settings.token is None else settings.token.get_secret_value().strip()
    if not value:
        raise SettingsError(
            "Discord needs discord.token (LEGATION_DISCORD__TOKEN); docs/discord.md says where it comes from."
        )
    return value


def invitation(settings: DiscordSettings) -> str:
    """The address at which a server's admin lets the bot in, with the least that it needs. Raises SettingsError without
    a token, whose first part is the application's id in Base64 (docs.discord.com, "Authentication").
    """
    part = token(settings).partition(".")[0]
    try:
        application = int(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except ValueError as error:
        raise SettingsError("The setting discord.token has not the shape of one.") from error
    return discord.utils.oauth_url(application, permissions=_PERMISSIONS, scopes=("bot", "applications.commands"))
