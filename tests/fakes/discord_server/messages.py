"""Messages: what Discord takes, whom it notifies, and what apps hear of it."""

import copy
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.components import (
    CONTENT_CHARACTERS,
    V2_BYTES,
    check_components,
    check_embeds,
    markdown_texts,
    number_components,
    text_bytes,
)
from tests.fakes.discord_server.errors import Form, RefusedError
from tests.fakes.discord_server.gateway import INTENTS, Gateway
from tests.fakes.discord_server.markup import allowed, mentioned
from tests.fakes.discord_server.world import (
    EPHEMERAL,
    HAS_THREAD,
    IS_COMPONENTS_V2,
    LOADING,
    Channel,
    Message,
    User,
    World,
)

Body = dict[str, Any]
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2
LARGEST_FILE = 10 * 1024 * 1024
SYSTEM_KINDS = (1, 2, 3, 6, 7, 18, 21)


def read(body: Any, path: tuple[str | int, ...] = (), before: Message | None = None, ephemeral: bool = False) -> Body:
    """What a body would make of a message (``before`` is the one that it edits), as fields of a Message.

    ``path`` leads to it in the body of the request; with ``ephemeral`` that flag may be set. Raises RefusedError.
    """
    form = Form()
    if not isinstance(body, dict):
        raise RefusedError(400, 50035, message="Invalid Form Body")
    flags = body.get("flags") or 0
    if not isinstance(flags, int):
        form.refuse((*path, "flags"), "NUMBER_TYPE_COERCE", f'Value "{flags}" is not int.')
        form.check()
    kept = before.flags & (EPHEMERAL | HAS_THREAD | IS_COMPONENTS_V2) if before is not None else 0
    if before is not None and "flags" not in body:
        kept |= before.flags & SUPPRESS_EMBEDS
    flags = kept | flags & (SETTABLE | (EPHEMERAL if ephemeral and before is None else 0))
    form.length(body, "content", path, CONTENT_CHARACTERS)
    embeds = form.several(body, "embeds", path, 10)
    components = form.several(body, "components", path, 100)
    check_embeds(form, embeds, (*path, "embeds"))
    check_components(form, components, flags, (*path, "components"))
    _check_mentions(form, body.get("allowed_mentions"), (*path, "allowed_mentions"))
    _check_attachments(form, body, path)
    fields: Body = {"flags": flags}
    for name, empty in (("content", ""), ("embeds", []), ("components", [])):
        if before is None or name in body:
            fields[name] = copy.deepcopy(body.get(name) or empty)
        else:
            fields[name] = getattr(before, name)
    if isinstance(fields["content"], str):
        fields["content"] = fields["content"].strip()
    if flags & IS_COMPONENTS_V2:
        for name in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(name) or fields.get(name):
                message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                form.refuse((*path, name), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    form.check()
    if flags & IS_COMPONENTS_V2 and text_bytes(fields["components"]) > V2_BYTES:
        raise RefusedError(500, 0, message="500: Internal Server Error")
    attached = body.get("attachments") if "attachments" in body or before is None else before.attachments
    fields["attachments"] = list(attached or [])
    if not any(fields[name] for name in ("content", "embeds", "components", "attachments")) and not body.get("poll"):
        raise RefusedError(400, 50006)
    fields["components"] = number_components(fields["components"])
    fields["embeds"] = [{"type": "rich", **embed} for embed in fields["embeds"]]
    return fields


def _check_mentions(form: Form, rules: Any, path: tuple[str | int, ...]) -> None:
    if rules is None:
        return
    if form.object(rules, path) is None:
        return
    parse = form.several(rules, "parse", path, 3)
    for number, name in enumerate(parse):
        if name not in {"roles", "users", "everyone"}:
            form.refuse(
                (*path, "parse", number), "BASE_TYPE_CHOICES", "Value must be one of ('roles', 'users', 'everyone')."
            )
    for name in ("users", "roles"):
        if form.several(rules, name, path, 100) and name in parse:
            message = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            form.refuse(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _check_attachments(form: Form, body: Body, path: tuple[str | int, ...]) -> None:
    files = body.get("files") or []
    if sum(len(file["data"]) for file in files) > LARGEST_FILE:
        raise RefusedError(413, 40005)
    if len(files) > 10:
        form.refuse((*path, "attachments"), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")


@dataclass
class Messages:
    """Shows, edits and deletes messages, and tells apps."""

    world: World
    gateway: Gateway

    def intent_of(self, channel: Channel) -> str:
        """The intent that events of a channel's messages need."""
        return "direct_messages" if channel.guild is None else "guild_messages"

    def tell(self, name: str, message: Message) -> int:
        """MESSAGE_CREATE or MESSAGE_UPDATE, to apps that may see the channel."""
        channel = self.world.channels[message.channel]
        if message.ephemeral:
            # Ephemeral messages go to the app directly, without a guild and without a member.
            intent, guild = "direct_messages", channel.guild
        elif not self.world.may(channel, "view_channel"):
            return 0
        else:
            intent, guild = self.intent_of(channel), channel.guild

        def content(intents: int) -> Body:
            return payloads.message(self.world, message, bool(intents & INTENTS["message_content"]), event=True)

        return self.gateway.dispatch(name, content, guild, intent)

    def show(self, message: Message) -> Message:
        """A new message; users no longer see the bot type there."""
        with self.world.changed:
            message.created = message.created or self.world.now()
            self.world.messages.append(message)
            self.tell("MESSAGE_CREATE", message)
            self.world.changed.notify_all()
            return message

    def change(self, message: Message, fields: Body) -> Message:
        """An edited message."""
        with self.world.changed:
            self.world.change(message, **fields)
            self.tell("MESSAGE_UPDATE", message)
            return message

    def delete(self, message: Message) -> None:
        """A message that is no longer there."""
        with self.world.changed:
            message.deleted = True
            channel = self.world.channels[message.channel]
            data: Body = {"id": message.id, "channel_id": message.channel}
            if channel.guild is not None:
                data["guild_id"] = channel.guild
            if self.world.may(channel, "view_channel") and not message.ephemeral:
                self.gateway.dispatch("MESSAGE_DELETE", data, channel.guild, self.intent_of(channel))
            self.world.changed.notify_all()

    def address(
        self, message: Message, rules: dict[str, Any] | None, replied: Message | None, parse: bool = True
    ) -> None:
        """Work out whom a message mentions and notifies."""
        channel = self.world.channels[message.channel]
        texts = markdown_texts(message) if not message.embeds else [message.content]
        names = mentioned(texts) if parse else set()
        broadcast = self.world.may(channel, "mention_everyone", message.author)
        author = replied.author if replied is not None and replied.author != message.author else None
        pings = allowed(names, rules, author, broadcast)
        people = [name for name in names if name in self.world.users]
        if author is not None and (rules is None or rules.get("replied_user")) and author not in people:
            people.append(author)
        message.mentions = sorted(people, key=int)
        message.mention_roles = sorted(name[1:] for name in names if name.startswith("&"))
        message.mention_everyone = bool(pings & {"everyone", "here"})
        message.pings = set() if message.ephemeral else pings

    # What apps do

    def create(self, channel: Channel, body: Any) -> Message:
        """POST /channels/{channel}/messages. Raises RefusedError."""
        fields = read(body)
        rules = body.get("allowed_mentions")
        self._may_write(channel, fields, body)
        reference = self._reference(channel, body)
        form = Form()
        nonce = body.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            form.refuse(("nonce",), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        form.check()
        if nonce is not None and body.get("enforce_nonce"):
            for old in self.world.messages:
                if old.channel == channel.id and old.by_app and old.nonce == str(nonce) and not old.deleted:
                    return old
        if (body.get("flags") or 0) & EPHEMERAL:
            self.world.violations.append("a message to a channel with the EPHEMERAL flag, which is for interactions")
        message = Message(
            self.world.new_id(), channel.id, self.world.bot.id, kind=0 if reference is None else 19, via="channel",
            allowed_mentions=copy.deepcopy(rules), nonce=None if nonce is None else str(nonce),
            **self.attach(fields, body),
        )  # fmt: skip
        message.arguments = {name: value for name, value in body.items() if name != "files"}
        if reference is not None:
            message.reference = reference.id
        self.address(message, rules, reference)
        if channel.kind == "thread":
            channel.archived = False
        return self.show(message)

    def attach(self, fields: Body, body: Body) -> Body:
        """The fields of a message, with the files that came with it."""
        files = body.get("files") or []
        described = {str(each.get("id")): each for each in fields["attachments"] if isinstance(each, dict)}
        fields["attachments"] = [each for each in fields["attachments"] if "url" in each]
        for number, file in enumerate(files):
            name = self.world.new_id()
            address = f"https://cdn.discordapp.com/attachments/0/{name}/{file['filename']}"
            attachment = {name: file[name] for name in ("filename", "content_type", "data")}
            attachment |= {"id": name, "size": len(file["data"]), "url": address, "proxy_url": address}
            attachment["description"] = described.get(str(number), {}).get("description")
            fields["attachments"].append(attachment)
        return fields

    def _may_write(self, channel: Channel, fields: Body, body: Body) -> None:
        if channel.kind == "category":
            raise RefusedError(400, 50008)
        if not self.world.may(channel, "view_channel"):
            raise RefusedError(403, 50001)
        if channel.kind == "dm":
            if not self.world.users[channel.recipient or ""].accepts_direct:
                raise RefusedError(403, 50007)
            return
        needed = ["send_messages_in_threads" if channel.kind == "thread" else "send_messages"]
        if fields["embeds"]:
            needed.append("embed_links")
        if body.get("files"):
            needed.append("attach_files")
        if not all(self.world.may(channel, name) for name in needed):
            raise RefusedError(403, 50013)
        if channel.kind == "thread" and channel.archived and channel.locked:
            raise RefusedError(400, 50083)

    def _reference(self, channel: Channel, body: Body) -> Message | None:
        reference = body.get("message_reference")
        if reference is None:
            return None
        form = Form()
        where = ("message_reference",)
        if form.object(reference, where) is None or not str(reference.get("message_id", "")).isdecimal():
            form.refuse((*where, "message_id"), "BASE_TYPE_REQUIRED", "This field is required")
            form.check()
        if str(reference.get("channel_id") or channel.id) != channel.id:
            message = "Cannot reply to a message in a different channel"
            form.refuse(where, "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", message)
            form.check()
        if not self.world.may(channel, "read_message_history"):
            raise RefusedError(400, 160002)
        found = self.world.message(channel.id, str(reference["message_id"]))
        if found is None or found.ephemeral:
            if reference.get("fail_if_not_exists", True):
                form.refuse(where, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
                form.check()
            return None
        if found.kind in SYSTEM_KINDS:
            form.refuse(where, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
            form.check()
        return found

    def edit(self, message: Message, body: Any, path: tuple[str | int, ...] = ()) -> Message:
        """PATCH of a message of the app. Raises RefusedError."""
        fields = self.attach(read(body, path, before=message), body)
        rules = body.get("allowed_mentions", message.allowed_mentions)
        was_loading = message.loading
        with self.world.changed:
            self.world.change(message, **fields)
            before = set(message.pings)
            replied = self.world.message(message.channel, message.reference or "")
            self.address(message, rules, replied)
            if not was_loading:
                # An edit notifies nobody whom the message did not notify before.
                message.pings &= before
            message.allowed_mentions = copy.deepcopy(rules)
            self.tell("MESSAGE_UPDATE", message)
            self.world.changed.notify_all()
        return message

    # What users do

    def write(
        self, user: User, channel: Channel, text: str, reply_to: Message | None, ping: bool, kind: int = 0
    ) -> Message:
        """A message of a user."""
        with self.world.changed:
            message = Message(self.world.new_id(), channel.id, user.id, text, kind=19 if reply_to is not None else kind)
            if reply_to is not None:
                message.reference = reply_to.id
            rules = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
            self.address(message, rules, reply_to)
            message.created = self.world.now()
            self.world.messages.append(message)
            if channel.kind == "thread":
                channel.archived = False
            return message


def loading(interaction_flags: int) -> int:
    """The flags of a response that is still to come."""
    return LOADING | interaction_flags & EPHEMERAL
