"""What Discord delivers, as plain values. discord.py's objects come in, nothing of them goes on.

A message or interaction that asks nothing of us gives None.
"""

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Literal

import discord

from bot.chat.access import Place
from bot.chat.desk import Asked

PLATFORM = "discord"

Surface = Literal["mention", "direct", "command", "context menu"]

_SNOWFLAKE_DIGITS = 20
_REFERENCE = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:(\w+):\d+>|</([^:>]+):\d+>|<id:\w+>")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A question from Discord, and where its answer goes. Ids are strings of digits (snowflakes).

    ``room`` is where it was asked: a channel, a thread or a direct conversation; ``channel`` is the channel that a
    thread belongs to, otherwise the same. ``message`` is what to reply to. ``parent`` is the question that a reply to
    one of our answers follows up. ``token`` takes the answer to an interaction, for 15 minutes. ``direct`` says that
    the room is a conversation with us alone. ``since`` and ``until`` are ISO 8601.
    """

    key: str
    surface: Surface
    text: str
    guild: str
    channel: str
    room: str
    user: str
    position: str
    message: str | None = None
    parent: str | None = None
    token: str | None = None
    private: bool = False
    direct: bool = False
    threaded: bool = False
    collection: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def checks(self) -> bool:
        """Whether the text is a message to be checked."""
        return self.surface == "context menu"

    @property
    def repeatable(self) -> bool:
        """The answer to an interaction is an edit of one message."""
        return self.token is not None

    @property
    def insists(self) -> bool:
        """Discord delivers everything once."""
        return False

    @property
    def place(self) -> Place:
        return Place(PLATFORM, self.channel, self.user, direct=self.direct, guild=self.guild)

    @property
    def asked(self) -> Asked:
        since, until = (date.fromisoformat(day) if day else None for day in (self.since, self.until))
        names = tuple(f"{PLATFORM}:{name}" for name in self._conversations())
        return Asked(self.text, self.place, names, self.position, self.collection, since, until)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def _conversations(self) -> tuple[str, ...]:
        """A thread and a direct conversation are one each; elsewhere what a reply leads back to."""
        if self.token is not None or self.message is None:
            return (self.key.rpartition(":")[2],)
        if self.threaded or self.direct:
            return (self.room,)
        return (self.message,) if self.parent is None else (self.message, self.parent)


def incoming_from_json(text: str) -> Incoming:
    """What ``Incoming.to_json`` gave; fields that this version does not know are dropped."""
    known = {field.name for field in fields(Incoming)}
    return Incoming(**{name: value for name, value in json.loads(text).items() if name in known})


def message(said: discord.Message, bot_user: int) -> Incoming | None:
    """A message that mentions the bot, by name or by a reply with a ping, or that is for it alone."""
    direct = isinstance(said.channel, discord.DMChannel)
    if said.author.bot or said.webhook_id is not None or said.type not in _SAID:
        return None
    if not direct and not any(user.id == bot_user for user in said.mentions):
        return None
    thread = isinstance(said.channel, discord.Thread)
    channel = said.channel.parent_id if isinstance(said.channel, discord.Thread) else said.channel.id
    return Incoming(
        key=f"message:{said.id}",
        surface="direct" if direct else "mention",
        text=plain_text(said.content),
        guild="" if said.guild is None else str(said.guild.id),
        channel=str(channel),
        room=str(said.channel.id),
        user=str(said.author.id),
        position=_position(said.id),
        message=str(said.id),
        parent=_parent(said, bot_user),
        direct=direct,
        threaded=thread,
    )


def interaction(
    asked: discord.Interaction,
    surface: Surface,
    text: str,
    *,
    private: bool,
    collection: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Incoming:
    """A slash command or a message's context menu."""
    room = asked.channel
    parent = room.parent_id if isinstance(room, discord.Thread) else asked.channel_id
    return Incoming(
        key=f"interaction:{asked.id}",
        surface=surface,
        text=plain_text(text),
        guild="" if asked.guild_id is None else str(asked.guild_id),
        channel=str(parent),
        room=str(asked.channel_id),
        user=str(asked.user.id),
        position=_position(asked.id),
        token=asked.token,
        private=private,
        direct=isinstance(room, discord.DMChannel) and asked.context.dm_channel,
        collection=collection,
        since=since,
        until=until,
    )


def place(asked: discord.Interaction) -> Place:
    """Where an interaction happens."""
    return interaction(asked, "command", "", private=True).place


def plain_text(text: str) -> str:
    """A message without mentions, custom emoji as their names: what was asked, in words."""
    return " ".join(_REFERENCE.sub(lambda found: found[1] or found[2] or " ", text).split())


_SAID = frozenset({discord.MessageType.default, discord.MessageType.reply})


def _parent(said: discord.Message, bot_user: int) -> str | None:
    """The question that our answer, to which this message replies, was a reply to."""
    replied = said.reference.resolved if said.reference is not None else None
    if not isinstance(replied, discord.Message) or replied.author.id != bot_user:
        return None
    if replied.interaction_metadata is not None:
        return str(replied.interaction_metadata.id)
    question = replied.reference.message_id if replied.reference is not None else None
    return None if question is None else str(question)


def _position(snowflake: int) -> str:
    """Snowflakes grow with time; so that they do as text, too."""
    return str(snowflake).zfill(_SNOWFLAKE_DIGITS)
