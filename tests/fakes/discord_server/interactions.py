"""Interactions: commands, clicks, forms and autocompletion; how an app answers them, and what the user sees of it."""

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.commands import STRING, check_choices
from tests.fakes.discord_server.components import check_modal
from tests.fakes.discord_server.errors import Form, RefusedError
from tests.fakes.discord_server.gateway import INTENTS, Gateway
from tests.fakes.discord_server.messages import Messages, loading, read
from tests.fakes.discord_server.world import EPHEMERAL, TOKEN_SECONDS, Channel, Message, World, random_token

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FAILURES = {
    COMMAND: "The application did not respond",
    COMPONENT: "This interaction failed",
    AUTOCOMPLETE: "Loading options failed",
    MODAL_SUBMIT: "Something went wrong. Try again.",
}

Body = dict[str, Any]


@dataclass(eq=False)
class Interaction:
    """What a user did, and how the app took it.

    ``kind`` is 2 for a command, 3 for a component, 4 for autocompletion, 5 for a modal. ``source`` is the message
    whose component was used, ``target`` the one whose menu was opened. ``delivered`` is over how many connections the
    app heard of it. ``latency`` is seconds until it was acknowledged, ``response_type`` how: 4 a message, 5 "thinking",
    6 nothing yet, 7 an edit of ``source``, 8 choices, 9 a modal. ``original`` is what @original means. ``error`` is
    what the user saw instead of an answer.
    """

    id: str
    token: str
    kind: int
    user: str
    channel: str
    payload: Body
    changed: threading.Condition = field(repr=False)
    created: float
    started: float
    name: str = ""
    source: Message | None = None
    target: Message | None = None
    delivered: int = 0
    latency: float | None = None
    response_type: int | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Body | None = None
    choices: list[Body] | None = None
    error: str | None = None
    late: bool = False
    submitted: bool = False

    @property
    def acknowledged(self) -> bool:
        """Whether the app took it in time."""
        return self.response_type is not None

    @property
    def messages(self) -> list[Message]:
        """What the app has said to it: the response, when it is no longer loading, and what followed."""
        first = [self.original] if self.original is not None and self.response_type in {REPLY, DEFER} else []
        return [each for each in [*first, *self.followups] if not each.deleted and not each.loading]

    @property
    def thinking(self) -> bool:
        """Whether the user sees "... is thinking"."""
        return self.original is not None and self.original.loading and not self.original.deleted

    def wait(self, timeout: float = 60) -> "Interaction":
        """Wait until it is acknowledged or has failed. Raises AssertionError if that takes too long."""
        with self.changed:
            self.changed.wait_for(lambda: self.acknowledged or self.error is not None, timeout)
            assert self.acknowledged or self.error is not None, f"no answer to {self.name!r} within {timeout} s"
            return self

    def answer(self, timeout: float = 60) -> Message:
        """Wait for what the user reads in the end: the response, no longer loading, or the first that followed."""
        with self.changed:
            self.changed.wait_for(lambda: bool(self.messages) or self.error is not None, timeout)
            assert self.messages, f"no answer to {self.name!r} within {timeout} s: {self.error or 'nothing'}"
            return self.messages[0]


@dataclass
class Interactions:
    """Creates interactions and takes their answers. ``later`` calls a function after so many seconds."""

    world: World
    gateway: Gateway
    messages: Messages
    later: Callable[[float, Callable[[], None]], None]
    patience: float = 3.0

    def new(
        self, kind: int, user: str, channel: Channel, data: Body, name: str,
        source: Message | None = None, target: Message | None = None,
    ) -> Interaction:  # fmt: skip
        """Tell the app of something that a user did."""
        with self.world.changed:
            token = random_token(160)
            identifier = self.world.new_id()
            where = payloads.channel(self.world, channel, user)
            payload: Body = {
                "id": identifier,
                "application_id": self.world.application_id,
                "type": kind,
                "token": token,
                "version": 1,
                "data": data,
                "channel_id": channel.id,
                "channel": where,
                "app_permissions": str(self.world.permissions_in(channel)),
                "locale": self.world.users[user].locale,
                "entitlements": [],
                "authorizing_integration_owners": {"0": channel.guild or "0"},
                "context": 0 if channel.guild is not None else 1,
                "attachment_size_limit": 10 * 1024 * 1024,
            }
            if channel.guild is None:
                payload["user"] = payloads.user(self.world.users[user])
            else:
                guild = self.world.guilds[channel.guild]
                payload["member"] = payloads.member(self.world, guild, user, channel)
                payload |= {"guild_id": guild.id, "guild_locale": "en-GB"}
                payload["guild"] = {"id": guild.id, "locale": "en-GB", "features": []}
            interaction = Interaction(
                identifier, token, kind, user, channel.id, payload, self.world.changed, self.world.now(),
                time.monotonic(), name, source, target,
            )  # fmt: skip

            def content(intents: int) -> Body:
                if source is None:
                    return payload
                seen = bool(intents & INTENTS["message_content"])
                return payload | {"message": payloads.message(self.world, source, seen, whole=True)}

            self.world.interactions.append(interaction)
            interaction.delivered = self.gateway.dispatch("INTERACTION_CREATE", content, channel.guild, None)
        self.later(self.patience, lambda: self._give_up(interaction))
        return interaction

    def _give_up(self, interaction: Interaction) -> None:
        with self.world.changed:
            if interaction.response_type is None:
                interaction.error = FAILURES[interaction.kind]
                interaction.late = True
                self.world.seen_errors.append(f"{interaction.name}: {interaction.error}")
                self.world.changed.notify_all()

    def _find(self, token: str) -> Interaction | None:
        return next((each for each in self.world.interactions if each.token == token), None)

    # POST /interactions/{id}/{token}/callback

    def callback(self, name: str, token: str, body: Any) -> Body:
        """The initial response; what ``with_response`` returns. Raises RefusedError."""
        interaction = self._find(token)
        if interaction is None or interaction.id != name:
            raise RefusedError(404, 10062)
        if interaction.response_type is not None:
            self.world.violations.append(f"a second response to {interaction.name!r}")
            raise RefusedError(400, 40060)
        if interaction.late or self.world.now() - interaction.created > self.patience:
            raise RefusedError(404, 10062)
        if not isinstance(body, dict):
            raise RefusedError(400, 50035)
        kind, data = body.get("type"), body.get("data") or {}
        if not isinstance(data, dict):
            raise RefusedError(400, 50035)
        self._check_type(interaction, kind)
        if "files" in body:
            data = data | {"files": body["files"]}
        message = self._respond(interaction, kind, data)
        interaction.response_type = kind
        interaction.latency = time.monotonic() - interaction.started
        self.world.changed.notify_all()
        about: Body = {"id": interaction.id, "type": interaction.kind}
        if message is not None:
            about |= {
                "response_message_id": message.id,
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
        resource: Body = {"type": kind}
        if message is not None and kind in {REPLY, UPDATE}:
            resource["message"] = payloads.message(self.world, message, True)
        return {"interaction": about, "resource": resource}

    def _check_type(self, interaction: Interaction, kind: Any) -> None:
        form = Form()
        from_message = interaction.kind == COMPONENT or (
            interaction.kind == MODAL_SUBMIT and interaction.source is not None
        )
        possible = {REPLY, DEFER}
        if interaction.kind == AUTOCOMPLETE:
            possible = {CHOICES}
        elif interaction.kind != MODAL_SUBMIT:
            possible |= {MODAL}
        if from_message:
            possible |= {DEFER_UPDATE, UPDATE}
        if kind not in possible:
            message = f"Value must be one of {sorted(possible)} for this interaction."
            form.refuse(("type",), "INTERACTION_CALLBACK_TYPE_INVALID" if kind else "BASE_TYPE_REQUIRED", message)
        form.check()

    def _respond(self, interaction: Interaction, kind: Any, data: Body) -> Message | None:
        if kind == REPLY:
            fields = read(data, ("data",), ephemeral=True)
            interaction.original = self._show(interaction, fields, data, "response")
        elif kind == DEFER:
            flags = data.get("flags") or 0
            if flags & ~EPHEMERAL:
                self.world.violations.append(f"flags {flags} in a deferred response, where only EPHEMERAL may be set")
            interaction.original = self._show(interaction, {"flags": loading(flags)}, data, "response")
        elif kind == DEFER_UPDATE:
            interaction.original = interaction.source
        elif kind == UPDATE:
            assert interaction.source is not None
            self._alive(interaction.source)
            interaction.original = self.messages.edit(interaction.source, data, ("data",))
            return interaction.source
        elif kind == CHOICES:
            self._choices(interaction, data)
        elif kind == MODAL:
            form = Form()
            check_modal(form, data)
            form.check()
            interaction.modal = copy.deepcopy(data)
        return interaction.original if kind in {REPLY, DEFER} else None

    def _choices(self, interaction: Interaction, data: Body) -> None:
        form = Form()
        choices = form.several(data, "choices", ("data",), 1000, required=True)
        options = interaction.payload["data"]["options"]
        while options and "options" in options[0]:
            options = options[0]["options"]
        kind = next((option["type"] for option in options if option.get("focused")), STRING)
        check_choices(form, choices, ("data", "choices"), kind)
        form.check()
        interaction.choices = copy.deepcopy(choices)

    def _show(self, interaction: Interaction, fields: Body, data: Body, via: str) -> Message:
        kind = {COMMAND: 20}.get(interaction.kind, 0)
        if interaction.payload["data"].get("type") in {2, 3}:
            kind = 23
        reference = None
        if interaction.kind == COMPONENT and interaction.source is not None and not interaction.source.ephemeral:
            kind, reference = 19, interaction.source.id
        if via == "followup":
            kind = 19 if interaction.original is not None and not interaction.original.ephemeral else 0
            reference = interaction.original.id if kind == 19 and interaction.original is not None else None
        if "attachments" in fields:
            fields = self.messages.attach(fields, data)
        rules = data.get("allowed_mentions")
        message = Message(
            self.world.new_id(), interaction.channel, self.world.bot.id, kind=kind, via=via, reference=reference,
            interaction=interaction, allowed_mentions=copy.deepcopy(rules), **fields,
        )  # fmt: skip
        message.ephemeral_to = interaction.user if message.flags & EPHEMERAL else None
        message.arguments = {name: value for name, value in data.items() if name != "files"}
        self.messages.address(message, rules, None)
        return self.messages.show(message)

    def _alive(self, message: Message) -> Message:
        if message.deleted or self.world.channel(message.channel) is None:
            raise RefusedError(404, 10008)
        return message

    # /webhooks/{application}/{token}

    def _by_webhook(self, application: str, token: str) -> Interaction:
        interaction = self._find(token)
        if application != self.world.application_id or interaction is None:
            raise RefusedError(404, 10015)
        if self.world.now() - interaction.created > TOKEN_SECONDS:
            raise RefusedError(401, 50027)
        if not interaction.acknowledged or interaction.kind == AUTOCOMPLETE:
            raise RefusedError(404, 10015)
        return interaction

    def _original(self, interaction: Interaction, name: str) -> Message:
        if name == "@original":
            if interaction.original is None:
                raise RefusedError(404, 10008)
            return self._alive(interaction.original)
        mine = [interaction.original, *interaction.followups]
        for message in mine:
            if message is not None and message.id == name:
                return self._alive(message)
        raise RefusedError(404, 10008)

    def follow_up(self, application: str, token: str, body: Any) -> Message:
        """POST: one more message; right after "thinking" it takes that message's place."""
        interaction = self._by_webhook(application, token)
        channel = self.world.channel(interaction.channel)
        if channel is None:
            raise RefusedError(404, 10003)
        if interaction.thinking:
            self.world.violations.append("a follow-up in place of the edit of @original, which is deprecated")
            assert interaction.original is not None
            return self.messages.edit(interaction.original, body)
        fields = read(body, ephemeral=True)
        message = self._show(interaction, fields, body, "followup")
        interaction.followups.append(message)
        self.world.changed.notify_all()
        return message

    def get(self, application: str, token: str, name: str) -> Message:
        """GET of a response."""
        return self._original(self._by_webhook(application, token), name)

    def edit(self, application: str, token: str, name: str, body: Any) -> Message:
        """PATCH of a response; what was loading no longer is."""
        message = self._original(self._by_webhook(application, token), name)
        return self.messages.edit(message, body)

    def delete(self, application: str, token: str, name: str) -> None:
        """DELETE of a response."""
        self.messages.delete(self._original(self._by_webhook(application, token), name))
