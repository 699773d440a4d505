"""A local Discord for tests, which refuses what Discord refuses: the REST API and the gateway, version 10.

It is written from Discord's public reference; where that is silent, a comment says what was assumed. How a process
that uses discord.py is pointed at it:

- ``discord.http.Route.BASE`` is the address of the REST API (``DiscordServer.api_url``). Every request takes it from
  there when it is made, so it has to be set before the client logs in; webhooks and interactions use it too.
- AutoShardedClient asks GET /gateway/bot for the address of the gateway, and uses that for its first connections. For
  a RESUME it uses resume_gateway_url of READY. But after an invalid session (op 9, false), and after an error while
  it connects, it IDENTIFIES at ``discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY``, as Client and an
  AutoShardedClient with a given shard_count do from the start. So that has to be set as well, to a yarl.URL: either
  from a setting (``DiscordServer.gateway_url``), or in ``setup_hook``, which runs between login and connection:
  ``_, url, _ = await self.http.get_bot_gateway()``; ``DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)``.
- Both are attributes of classes: they hold for the whole process.

Not there: voice, reactions, forums, private threads, polls, stickers, member lists, HTTP interactions, and everything
that moderates. The message content intent, ``allowed_mentions``, permissions and ephemeral messages are.
"""

from tests.fakes.discord_server.components import all_texts, find, markdown_texts, walk
from tests.fakes.discord_server.gateway import Identify
from tests.fakes.discord_server.interactions import Interaction
from tests.fakes.discord_server.markup import LiveMarkup, live_markup
from tests.fakes.discord_server.server import DiscordServer, Written
from tests.fakes.discord_server.world import Channel, Guild, Message, RestCall, Role, Typing, User

__all__ = [
    "Channel",
    "DiscordServer",
    "Guild",
    "Identify",
    "Interaction",
    "LiveMarkup",
    "Message",
    "RestCall",
    "Role",
    "Typing",
    "User",
    "Written",
    "all_texts",
    "find",
    "live_markup",
    "markdown_texts",
    "walk",
]
