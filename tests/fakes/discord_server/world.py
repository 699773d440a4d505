"""What Discord remembers: people, guilds, channels, messages, commands, interactions, and every request of a bot."""

import secrets
import string
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.fakes.discord_server import permissions
from tests.fakes.discord_server.permissions import Overwrite

if TYPE_CHECKING:
    from tests.fakes.discord_server.interactions import Interaction

EPOCH_MILLISECONDS = 1_420_070_400_000
TOKEN_SECONDS = 15 * 60
EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_THREAD = 1 << 5
IS_COMPONENTS_V2 = 1 << 15

CHANNEL_TYPES = {"text": 0, "dm": 1, "voice": 2, "category": 4, "thread": 11}


def random_token(length: int) -> str:
    """Letters and digits such as an interaction token has."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


@dataclass
class User:
    """A person or a bot. ``accepts_direct`` is whether the bot may write to them directly."""

    id: str
    name: str
    is_bot: bool = False
    locale: str = "en-GB"
    accepts_direct: bool = True


@dataclass
class Role:
    """A role of a guild; the one with the guild's own id is @everyone."""

    id: str
    name: str
    permissions: int


@dataclass
class Guild:
    """A server in Discord's words. ``members`` says which roles each member has besides @everyone."""

    id: str
    name: str
    owner: str
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    bot_inside: bool = True


@dataclass
class Channel:
    """``kind`` is "text", "thread", "dm", "voice" or "category"; a thread has a ``parent``, a dm a ``recipient``."""

    id: str
    kind: str
    name: str = ""
    guild: str | None = None
    parent: str | None = None
    recipient: str | None = None
    owner: str | None = None
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    auto_archive_minutes: int = 1440
    deleted: bool = False


@dataclass(frozen=True)
class Version:
    """What a message showed before it was edited."""

    content: str
    embeds: list[dict[str, Any]]
    components: list[dict[str, Any]]
    flags: int


@dataclass(eq=False)
class Message:
    """One message as Discord shows it now.

    ``via`` is the way it came: "channel" (POST to a channel), "response" (to an interaction), "followup", "user" or
    "system". ``pings`` are the ids of users and roles that it notifies, and "everyone" or "here"; a backslash does not
    keep a mention from notifying. ``arguments`` is the body of the request that made it.
    """

    id: str
    channel: str
    author: str
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    attachments: list[dict[str, Any]] = field(default_factory=list)
    reference: str | None = None
    mentions: list[str] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    pings: set[str] = field(default_factory=set)
    allowed_mentions: dict[str, Any] | None = None
    thread: str | None = None
    ephemeral_to: str | None = None
    interaction: "Interaction | None" = None
    nonce: str | None = None
    via: str = "user"
    created: float = 0.0
    arguments: dict[str, Any] = field(default_factory=dict)
    edited: bool = False
    edited_at: float = 0.0
    deleted: bool = False
    versions: list[Version] = field(default_factory=list)

    @property
    def by_app(self) -> bool:
        """Whether the app under test wrote it."""
        return self.via in {"channel", "response", "followup"}

    @property
    def ephemeral(self) -> bool:
        """Whether only one user sees it."""
        return self.ephemeral_to is not None

    @property
    def loading(self) -> bool:
        """Whether it is no answer yet but "... is thinking"."""
        return bool(self.flags & LOADING)

    @property
    def v2(self) -> bool:
        """Whether it consists of components only."""
        return bool(self.flags & IS_COMPONENTS_V2)


@dataclass(frozen=True)
class RestCall:
    """One request. ``path`` is without /api/v10; ``code`` is Discord's error code, None when it was granted.

    ``status`` is the HTTP status, 0 when the connection was cut instead of an answer. ``scope`` is that of a 429.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    time: float
    status: int
    code: int | None
    answer: Any
    scope: str | None = None

    @property
    def route(self) -> str:
        """Such as "POST /channels/1/messages"."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Typing:
    """One "... is typing", which users see for ten seconds or until the message comes."""

    channel: str
    time: float


class World:
    """The state, guarded by ``changed``: hold it to read or write, notify after each write."""

    def __init__(self, privileged: Iterable[str] = ()) -> None:
        self.changed = threading.Condition()
        self._offset = 0.0
        self._last_id = 0
        self.privileged = set(privileged)
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.commands: dict[str | None, list[dict[str, Any]]] = {}
        self.interactions: list[Interaction] = []
        self.typings: list[Typing] = []
        self.calls: list[RestCall] = []
        self.invalid: list[float] = []
        self.violations: list[str] = []
        self.seen_errors: list[str] = []
        self.owner = self.add_user("owner")
        self.bot = self.add_user("legation", is_bot=True)
        self.application_id = self.bot.id
        self.token = f"{random_token(26)}.{random_token(6)}.{random_token(38)}"

    # Time and names

    def now(self) -> float:
        """Seconds since 1970 on the server's own clock."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Set the clock forward."""
        with self.changed:
            self._offset += seconds
            self.changed.notify_all()

    def new_id(self) -> str:
        """A snowflake, greater than every one before."""
        with self.changed:
            stamp = (int(self.now() * 1000) - EPOCH_MILLISECONDS) << 22
            self._last_id = max(self._last_id + 1, stamp)
            return str(self._last_id)

    # People and places

    def add_user(self, name: str, is_bot: bool = False) -> User:
        """A new user, member of no guild."""
        with self.changed:
            user = User(self.new_id(), name, is_bot)
            self.users[user.id] = user
            return user

    def add_guild(self, name: str, shard: tuple[int, int] | None = None) -> Guild:
        """A new guild, which everybody is a member of; ``shard`` is (number, count), for an id that belongs to it."""
        with self.changed:
            name_of = self.new_id()
            while shard is not None and (int(name_of) >> 22) % shard[1] != shard[0]:
                self._last_id += 1 << 22
                name_of = str(self._last_id)
            guild = Guild(name_of, name, self.owner.id)
            guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.bits(permissions.EVERYONE))
            guild.members = {user: set() for user in self.users}
            self.guilds[guild.id] = guild
            return guild

    def add_channel(self, guild: Guild, name: str, kind: str = "text") -> Channel:
        """A new channel of a guild."""
        with self.changed:
            channel = Channel(self.new_id(), kind, name, guild.id)
            self.channels[channel.id] = channel
            return channel

    def direct_channel(self, user: str) -> Channel:
        """The direct conversation of a user and the bot, opened if there is none."""
        with self.changed:
            for channel in self.channels.values():
                if channel.kind == "dm" and channel.recipient == user:
                    return channel
            channel = Channel(self.new_id(), "dm", recipient=user)
            self.channels[channel.id] = channel
            return channel

    def channel(self, name: str) -> Channel | None:
        """The channel, deleted ones and those of guilds without the bot excepted."""
        with self.changed:
            channel = self.channels.get(name)
            if channel is None or channel.deleted:
                return None
            parent = self.channels.get(channel.parent or "")
            return None if parent is not None and parent.deleted else channel

    def inside(self, channel: Channel) -> bool:
        """Whether the bot is where the channel is."""
        return channel.guild is None or self.guilds[channel.guild].bot_inside

    def permissions_in(self, channel: Channel, user: str | None = None) -> int:
        """What somebody may do in a channel, the bot unless ``user`` says who."""
        who = user or self.bot.id
        with self.changed:
            if channel.guild is None:
                return permissions.bits(permissions.DIRECT) if who in {self.bot.id, channel.recipient} else 0
            guild = self.guilds[channel.guild]
            if who not in guild.members or (who == self.bot.id and not guild.bot_inside):
                return 0
            if who == guild.owner:
                return permissions.ALL
            mine = {guild.id, *guild.members[who]}
            base = 0
            for role in mine:
                base |= guild.roles[role].permissions
            place = self.channels[channel.parent] if channel.kind == "thread" and channel.parent else channel
            return permissions.effective(base, guild.id, mine, who, place.overwrites, channel.kind == "thread")

    def may(self, channel: Channel, name: str, user: str | None = None) -> bool:
        """Whether somebody, the bot unless ``user`` says who, has a permission in a channel."""
        return bool(self.permissions_in(channel, user) & permissions.BITS[name])

    # Messages

    def message(self, channel: str, name: str) -> Message | None:
        """The message, deleted ones excepted."""
        with self.changed:
            for message in reversed(self.messages):
                if message.id == name and message.channel == channel and not message.deleted:
                    return message
            return None

    def change(self, message: Message, **fields: Any) -> None:
        """Edit a message; what it showed is kept in its versions, but not that it was loading."""
        with self.changed:
            if not message.loading:
                message.versions.append(Version(message.content, message.embeds, message.components, message.flags))
                message.edited, message.edited_at = True, self.now()
            for name, value in fields.items():
                setattr(message, name, value)
            self.changed.notify_all()

    # Commands

    def offered(self, channel: Channel, name: str, kind: int) -> dict[str, Any] | None:
        """The command that a user can choose in a channel; a guild's own goes before a global one of its name."""
        place: Literal[0, 1] = 1 if channel.kind == "dm" else 0
        with self.changed:
            for guild in [channel.guild, None] if channel.guild is not None else [None]:
                for command in self.commands.get(guild, []):
                    contexts = command.get("contexts")
                    fits = guild is not None or contexts is None or place in contexts
                    if command["name"] == name and command["type"] == kind and fits:
                        return command
            return None
