"""What a Slack workspace remembers: people, channels, messages, views, and every call an app made."""

import copy
import secrets
import string
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

TRIGGER_SECONDS = 3
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5
TICKET_SECONDS = 30

ALL_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "users:read",
    }
)


def random_id(prefix: str) -> str:
    """An identifier such as Slack's: a letter or two, then ten capitals or digits."""
    return prefix + "0" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(9))


@dataclass
class User:
    """A member of the workspace; a bot has ``is_bot``."""

    id: str
    name: str
    is_bot: bool = False
    timezone: str = "Europe/Berlin"
    locale: str = "en-GB"


@dataclass
class Channel:
    """``kind`` is "public", "private" or "im"; ``user`` is the other party of an im."""

    id: str
    name: str
    kind: str = "public"
    bot_is_member: bool = True
    members: set[str] = field(default_factory=set)
    user: str | None = None
    archived: bool = False

    @property
    def channel_type(self) -> str:
        """What events call the kind."""
        return {"public": "channel", "private": "group", "im": "im"}[self.kind]


@dataclass
class Message:
    """One message as the workspace shows it now.

    ``via`` is the way it came: "chat.postMessage", "chat.postEphemeral", "chat.startStream", "response_url" (seen by
    one user), "in_channel" (a response_url or an acknowledgement seen by all), "ack" (the body of a slash command's
    acknowledgement) or "user". ``arguments`` are those of the call that made it. ``versions`` are the (text, blocks)
    that it had before updates.
    """

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    user: str | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    via: str = "user"
    arguments: dict[str, Any] = field(default_factory=dict)
    edited: bool = False
    deleted: bool = False
    streaming: bool = False
    versions: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    @property
    def by_app(self) -> bool:
        """Whether the app under test wrote it."""
        return self.via != "user"


@dataclass
class View:
    """A modal or a home view. ``owner`` is the user who sees it; ``closed`` when the user no longer does."""

    id: str
    owner: str
    content: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    closed: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.content[name]


@dataclass(frozen=True)
class ApiCall:
    """One call of the Web API or of a response_url (method "response_url"). ``error`` is None when it was granted.

    ``status`` is the HTTP status, 0 when the connection was cut instead of an answer.
    """

    method: str
    arguments: dict[str, Any]
    time: float
    token_ok: bool
    status: int
    error: str | None
    answer: dict[str, Any]


@dataclass
class Trigger:
    """A trigger_id; it opens one view within three seconds."""

    id: str
    user: str
    issued: float
    view_id: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """Where a response_url leads to; ``message`` is what replace_original and delete_original mean."""

    token: str
    user: str
    channel: str
    issued: float
    message: Message | None = None
    uses: int = 0


@dataclass(frozen=True)
class Status:
    """One call of assistant.threads.setStatus; an empty ``status`` takes it away."""

    channel: str
    thread_ts: str
    status: str
    loading_messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class SuggestedPrompts:
    """Prompts that a user really sees."""

    channel: str
    thread_ts: str | None
    prompts: tuple[tuple[str, str], ...]
    title: str | None = None


class Workspace:
    """The state, guarded by ``changed``: hold it to read or write, notify after each write."""

    def __init__(self, scopes: Iterable[str], app_scopes: Iterable[str], agent_app: bool) -> None:
        self.changed = threading.Condition()
        self.scopes = set(scopes)
        self.app_scopes = set(app_scopes)
        self.agent_app = agent_app
        self.socket_mode_enabled = True
        self.team_id = random_id("T")
        self.app_id = random_id("A")
        self.bot_id = random_id("B")
        self.bot_user_id = random_id("U")
        numbers = f"{secrets.randbelow(10**12):012d}-{secrets.randbelow(10**13):013d}"
        self.bot_token = f"xoxb-{numbers}-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{self.app_id}-{secrets.randbelow(10**13):013d}-{secrets.token_hex(32)}"
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_hex(12)
        self.token_errors: dict[str, str] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.views: list[View] = []
        self.home_views: dict[str, View] = {}
        self.statuses: list[Status] = []
        self.current_statuses: dict[tuple[str, str], Status] = {}
        self.suggested_prompts: list[SuggestedPrompts] = []
        self.calls: list[ApiCall] = []
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.violations: list[str] = []
        self.seen_errors: list[str] = []
        self._offset = 0.0
        self._last_ts = 0
        self.users[self.bot_user_id] = User(self.bot_user_id, "legation", is_bot=True)

    def now(self) -> float:
        """Seconds since 1970 on the workspace's own clock."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Set the clock forward."""
        with self.changed:
            self._offset += seconds
            self.changed.notify_all()

    def next_ts(self) -> str:
        """A message timestamp, later than every one before."""
        with self.changed:
            self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_user(self, name: str) -> User:
        """A new member."""
        with self.changed:
            user = User(random_id("U"), name)
            self.users[user.id] = user
            return user

    def add_channel(
        self, name: str, kind: str = "public", bot_is_member: bool = True, members: Iterable[str] | None = None
    ) -> Channel:
        """A new channel; everybody is a member unless ``members`` says who."""
        with self.changed:
            inside = set(members) if members is not None else {user.id for user in self.users.values()}
            inside.discard(self.bot_user_id)
            if bot_is_member:
                inside.add(self.bot_user_id)
            channel = Channel(random_id("G" if kind == "private" else "C"), name, kind, bot_is_member, inside)
            self.channels[channel.id] = channel
            return channel

    def direct_channel(self, user: str) -> Channel:
        """The direct conversation of a user and the bot, opened if there is none."""
        with self.changed:
            for channel in self.channels.values():
                if channel.kind == "im" and channel.user == user:
                    return channel
            channel = Channel(random_id("D"), "", "im", True, {user, self.bot_user_id}, user)
            self.channels[channel.id] = channel
            return channel

    def message(self, channel: str, ts: str) -> Message | None:
        """The message, deleted ones excepted."""
        with self.changed:
            for message in self.messages:
                if message.channel == channel and message.ts == ts and not message.deleted:
                    return message
            return None

    def thread_exists(self, channel: str, thread_ts: object) -> bool:
        """Whether a message or a reply of that thread stands in the channel."""
        with self.changed:
            return any(
                message.channel == channel
                and not message.deleted
                and message.ephemeral_to is None
                and thread_ts in {message.ts, message.thread_ts}
                for message in self.messages
            )

    def add_message(self, message: Message) -> Message:
        """Show a message. What the app writes into a thread takes the thread's status away."""
        with self.changed:
            for number, block in enumerate(message.blocks):
                block.setdefault("block_id", f"b{number}{secrets.token_hex(2)}")
            self.messages.append(message)
            if message.by_app and message.thread_ts is not None and message.ephemeral_to is None:
                self.current_statuses.pop((message.channel, message.thread_ts), None)
            self.changed.notify_all()
            return message

    def replace_message(self, message: Message, text: str, blocks: list[dict[str, Any]]) -> None:
        """Give a message a new text and new blocks."""
        with self.changed:
            message.versions.append((message.text, message.blocks))
            for number, block in enumerate(blocks):
                block.setdefault("block_id", f"b{number}{secrets.token_hex(2)}")
            message.text, message.blocks, message.edited = text, blocks, True
            self.changed.notify_all()

    def message_payload(self, message: Message) -> dict[str, Any]:
        """The message as payloads and answers show it."""
        payload: dict[str, Any] = {"type": "message", "ts": message.ts, "text": message.text, "team": self.team_id}
        if message.user is not None:
            payload["user"] = message.user
        if message.bot_id is not None:
            payload["bot_id"] = message.bot_id
        if message.by_app:
            payload |= {"user": self.bot_user_id, "bot_id": self.bot_id, "app_id": self.app_id}
        if message.blocks:
            payload["blocks"] = copy.deepcopy(message.blocks)
        if message.thread_ts is not None:
            payload["thread_ts"] = message.thread_ts
        if message.edited:
            payload["edited"] = {"user": payload.get("user"), "ts": message.ts}
        return payload

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """A trigger_id for what a user just did."""
        with self.changed:
            name = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
            self.triggers[name] = Trigger(name, user, self.now(), view_id)
            return name

    def new_response_url(self, user: str, channel: str, message: Message | None = None) -> ResponseUrl:
        """A response_url for what a user just did."""
        with self.changed:
            target = ResponseUrl(secrets.token_urlsafe(18), user, channel, self.now(), message)
            self.response_urls[target.token] = target
            return target

    def new_view(self, owner: str, content: dict[str, Any], root_id: str | None, previous_id: str | None) -> View:
        """Show a modal or home view."""
        with self.changed:
            name = random_id("V")
            view = View(name, owner, copy.deepcopy(content), self.new_hash(), root_id or name, previous_id)
            self._name_blocks(view.content)
            self.views.append(view)
            self.changed.notify_all()
            return view

    def change_view(self, view: View, content: dict[str, Any]) -> None:
        """Show another content in a view."""
        with self.changed:
            view.content, view.hash = copy.deepcopy(content), self.new_hash()
            self._name_blocks(view.content)
            view.errors = {}
            self.changed.notify_all()

    def new_hash(self) -> str:
        """The state of a view, such as 156772938.1827394."""
        return f"{int(self.now())}.{secrets.token_hex(4)}"

    def view_payload(self, view: View) -> dict[str, Any]:
        """The view as payloads and answers show it."""
        payload = copy.deepcopy(view.content)
        payload.setdefault("private_metadata", "")
        payload.setdefault("callback_id", "")
        payload.setdefault("external_id", "")
        payload.setdefault("clear_on_close", False)
        payload.setdefault("notify_on_close", False)
        return payload | {
            "id": view.id,
            "team_id": self.team_id,
            "hash": view.hash,
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
            "app_id": self.app_id,
            "app_installed_team_id": self.team_id,
            "bot_id": self.bot_id,
            "state": {"values": {}},
        }

    def open_views(self, user: str) -> list[View]:
        """The modals that a user sees, the uppermost last."""
        with self.changed:
            return [
                view
                for view in self.views
                if view.owner == user and not view.closed and view.content.get("type") == "modal"
            ]

    @staticmethod
    def _name_blocks(content: dict[str, Any]) -> None:
        for number, block in enumerate(content.get("blocks", [])):
            block.setdefault("block_id", f"v{number}{secrets.token_hex(2)}")
