"""A Discord for tests: one server on 127.0.0.1, whose users act by methods that tests call."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import Any, Literal, TypeVar

from aiohttp import web

from tests.fakes.discord_server import commands, payloads, permissions
from tests.fakes.discord_server.components import BUTTON, LINK_STYLE, TEXT_INPUT, find, walk
from tests.fakes.discord_server.gateway import Gateway, Identify
from tests.fakes.discord_server.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Interactions,
)
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.rest import Rest, Rule, Scope, Trouble, pattern
from tests.fakes.discord_server.world import (
    Channel,
    Guild,
    Message,
    RestCall,
    Role,
    Typing,
    User,
    World,
)
from tests.fakes.waiting import Value, wait_until

Result = TypeVar("Result")


class Written:
    """A message of a user, and what the app made of it."""

    def __init__(self, server: "DiscordServer", message: Message, delivered: int) -> None:
        self.message = message
        self.delivered = delivered
        self._server = server

    @property
    def id(self) -> str:
        """The id of the message."""
        return self.message.id

    @property
    def answers(self) -> list[Message]:
        """The app's replies to it, and what the app wrote into a thread that it opened from it."""
        return [
            answer
            for answer in self._server.messages
            if answer.reference == self.message.id or answer.channel == self.message.thread
        ]

    def answer(self, timeout: float = 60) -> Message:
        """Wait for the first answer."""
        return self._server.wait_for(lambda: self.answers, timeout)[0]


class DiscordServer:
    """Serves from a thread of its own; every method may be called from any thread, and blocks.

    ``privileged`` are the privileged intents that the app has: "members", "presences", "message_content".
    ``answer_seconds`` is how long Discord waits for the initial response to an interaction (3 seconds),
    ``heartbeat_seconds`` the interval that it asks for, ``shards`` how many it recommends.
    """

    def __init__(
        self,
        privileged: Iterable[str] = (),
        answer_seconds: float = 3.0,
        heartbeat_seconds: float = 41.25,
        shards: int = 1,
    ) -> None:
        self.world = World(privileged)
        self.port = 0
        self._changed = self.world.changed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="discord-server", daemon=True)
        self._runner: web.AppRunner | None = None
        self._gateway = Gateway(self.world, self._loop, heartbeat_seconds, shards)
        self._messages = Messages(self.world, self._gateway)
        self._interactions = Interactions(self.world, self._gateway, self._messages, self._later, answer_seconds)
        self._rest = Rest(self.world, self._gateway, self._messages, self._interactions)

    # Life

    def __enter__(self) -> "DiscordServer":
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/gateway{rest:/?}", self._gateway.handle)
        app.router.add_get("/resume{rest:/?}", self._gateway.handle)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._gateway.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        await self._gateway.stop()
        assert self._runner is not None
        await self._runner.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(lambda: self._loop.call_later(seconds, act))

    # What tests look at

    @property
    def api_url(self) -> str:
        """What discord.http.Route.BASE is to be."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What GET /gateway/bot says, and discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY is to be."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def token(self) -> str:
        """The token of the bot."""
        return self.world.token

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no log, message or answer: the token and those of all interactions so far."""
        with self._changed:
            return (self.token, *(interaction.token for interaction in self.world.interactions))

    @property
    def bot(self) -> User:
        """The bot as a user."""
        return self.world.bot

    @property
    def owner(self) -> User:
        """Who the app belongs to, and who owns all guilds."""
        return self.world.owner

    @property
    def application_id(self) -> str:
        """The id of the app."""
        return self.world.application_id

    @property
    def mention(self) -> str:
        """A mention of the bot."""
        return f"<@{self.bot.id}>"

    @property
    def messages(self) -> list[Message]:
        """What the app has written and not deleted, ephemeral and loading messages included, the oldest first."""
        with self._changed:
            return [message for message in self.world.messages if message.by_app and not message.deleted]

    @property
    def deleted(self) -> list[Message]:
        """What the app had written and was deleted, by whomever."""
        with self._changed:
            return [message for message in self.world.messages if message.by_app and message.deleted]

    def history(self, channel: Channel | str, viewer: User | str | None = None) -> list[Message]:
        """All messages of a channel; ephemeral ones only for a ``viewer``, and only theirs."""
        wanted, user = _id(channel), _id(viewer) if viewer is not None else None
        with self._changed:
            return [
                message
                for message in self.world.messages
                if message.channel == wanted and not message.deleted and message.ephemeral_to in {None, user}
            ]

    @property
    def calls(self) -> list[RestCall]:
        """Every request."""
        with self._changed:
            return list(self.world.calls)

    def calls_of(self, route: str) -> list[RestCall]:
        """The requests of a route such as "POST /channels/*/messages" (** stands for any number of parts)."""
        wanted = pattern(route)
        return [call for call in self.calls if wanted.fullmatch(call.route)]

    @property
    def refused(self) -> list[RestCall]:
        """The requests that were not granted."""
        return [call for call in self.calls if not 200 <= call.status < 300]

    @property
    def violations(self) -> list[str]:
        """What an app should not do although Discord lets it: requests before retry_after, second responses, ..."""
        with self._changed:
            return list(self.world.violations)

    @property
    def seen_errors(self) -> list[str]:
        """What users saw go wrong."""
        with self._changed:
            return list(self.world.seen_errors)

    @property
    def interactions(self) -> list[Interaction]:
        """Everything that users did with commands, components and forms."""
        with self._changed:
            return list(self.world.interactions)

    @property
    def typings(self) -> list[Typing]:
        """Every "... is typing"."""
        with self._changed:
            return list(self.world.typings)

    def typing(self, channel: Channel | str) -> bool:
        """Whether users see the bot type: for ten seconds, or until it writes."""
        with self._changed:
            wanted, now = _id(channel), self.world.now()
            started = [typing.time for typing in self.world.typings if typing.channel == wanted]
            written = [
                message.created for message in self.world.messages if message.channel == wanted and message.by_app
            ]
            return bool(started) and now - started[-1] < 10 and (not written or written[-1] < started[-1])

    @property
    def invalid_requests(self) -> int:
        """How many requests of the last ten minutes count towards Discord's limit of 10,000: 401, 403 and 429."""
        with self._changed:
            return sum(moment > self.world.now() - 600 for moment in self.world.invalid)

    def commands(self, guild: Guild | str | None = None) -> list[dict[str, Any]]:
        """The registered commands: the global ones, or those of a guild only."""
        with self._changed:
            return list(self.world.commands.get(_id(guild) if guild is not None else None, []))

    @property
    def gateways(self) -> int:
        """Gateway connections that are identified, open, not frozen, and not told to leave."""
        return len(self._gateway.live())

    @property
    def identifies(self) -> list[Identify]:
        """Every IDENTIFY."""
        with self._changed:
            return list(self._gateway.identifies)

    @property
    def resumes(self) -> list[Identify]:
        """Every RESUME."""
        with self._changed:
            return list(self._gateway.resumes)

    @property
    def heartbeats(self) -> int:
        """Heartbeats over the connections that there are now."""
        with self._changed:
            return sum(connection.heartbeats for connection in self._gateway.connections)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of a name that were meant for the sessions that there are now."""
        with self._changed:
            return [
                json.loads(text)["d"]
                for session in self._gateway.sessions.values()
                for kind, text in zip(session.names, session.events, strict=True)
                if kind == name
            ]

    def wait_for(self, predicate: Callable[[], Value], timeout: float = 60) -> Value:
        """The first truthy value of ``predicate``, which is asked whenever something changes.

        Raises AssertionError with all that happened when there is none in time. The predicate must not act.
        """
        return wait_until(self._changed, predicate, timeout, self.describe)

    def describe(self) -> str:
        """What has happened so far, for people."""
        with self._changed:
            lines = ["requests:"]
            for call in self.world.calls[-30:]:
                path = call.path if len(call.path) < 100 else call.path[:40] + "..." + call.path[-40:]
                lines.append(f"  {call.status} {call.code or ''} {call.method} {path} {str(call.body)[:300]}")
            lines.append("messages:")
            for message in self.world.messages[-30:]:
                notes = [
                    f"to {message.ephemeral_to}" if message.ephemeral else "",
                    "loading" if message.loading else "",
                ]
                notes.append("deleted" if message.deleted else "")
                shown = " ".join(filter(None, notes))
                lines.append(f"  {message.id} in {message.channel} {message.via} {shown}: {message.content[:200]!r}")
            lines.append("interactions:")
            lines.extend(
                f"  {each.kind} {each.name} delivered={each.delivered} response={each.response_type} {each.error or ''}"
                for each in self.world.interactions[-30:]
            )
            lines.append(f"identifies: {len(self._gateway.identifies)}, resumes: {len(self._gateway.resumes)}")
            lines.append(f"gateways: {self.gateways}, violations: {self.world.violations}")
            lines.append(f"users saw: {self.world.seen_errors}")
            return "\n".join(lines)

    # What tests set up

    def add_user(self, name: str, roles: Iterable[Role] = (), guilds: Iterable[Guild] | None = None) -> User:
        """A new user, who is a member of all guilds there are unless ``guilds`` says of which."""
        with self._changed:
            user = self.world.add_user(name)
            for guild in self.world.guilds.values() if guilds is None else guilds:
                guild.members[user.id] = {role.id for role in roles if role.id in guild.roles}
            return user

    def add_guild(self, name: str, shard: tuple[int, int] | None = None) -> Guild:
        """A new guild with the bot and all users; ``shard`` is (number, count), for one that is on that shard."""
        with self._changed:
            guild = self.world.add_guild(name, shard)
            self._gateway.dispatch("GUILD_CREATE", payloads.guild(self.world, guild), guild.id, "guilds")
            return guild

    def add_role(self, guild: Guild, name: str, *allowed: str) -> Role:
        """A new role with permissions."""
        with self._changed:
            role = Role(self.world.new_id(), name, permissions.bits(allowed))
            guild.roles[role.id] = role
            shown = next(each for each in payloads.guild(self.world, guild)["roles"] if each["id"] == role.id)
            self._gateway.dispatch("GUILD_ROLE_CREATE", {"guild_id": guild.id, "role": shown}, guild.id, "guilds")
            return role

    def add_channel(self, guild: Guild, name: str, kind: Literal["text", "voice", "category"] = "text") -> Channel:
        """A new channel."""
        with self._changed:
            channel = self.world.add_channel(guild, name, kind)
            self._tell_of(channel, "CHANNEL_CREATE")
            return channel

    def direct(self, user: User | str) -> Channel:
        """The direct conversation of a user and the bot."""
        return self.world.direct_channel(_id(user))

    def allow(self, channel: Channel, *names: str, who: User | Role | Literal["everyone"] | None = None) -> None:
        """Allow permissions in a channel, to the bot unless ``who`` says to whom."""
        self._overwrite(channel, names, who, True)

    def deny(self, channel: Channel, *names: str, who: User | Role | Literal["everyone"] | None = None) -> None:
        """Deny permissions in a channel, to the bot unless ``who`` says to whom."""
        self._overwrite(channel, names, who, False)

    def _overwrite(self, channel: Channel, names: Iterable[str], who: User | Role | str | None, allow: bool) -> None:
        with self._changed:
            assert channel.guild is not None, "not in a direct conversation"
            target = channel.guild if who == "everyone" else _id(who) if who is not None else self.bot.id
            kind = 0 if target in self.world.guilds[channel.guild].roles else 1
            found = channel.overwrites.setdefault(target, permissions.Overwrite(target, kind))
            value = permissions.bits(names)
            found.allow, found.deny = (
                (found.allow | value, found.deny & ~value) if allow else (found.allow & ~value, found.deny | value)
            )
            self._tell_of(channel, "CHANNEL_UPDATE")

    def permissions(self, channel: Channel, who: User | str | None = None) -> set[str]:
        """What somebody may do in a channel, the bot unless ``who`` says who."""
        return permissions.names(self.world.permissions_in(channel, _id(who) if who is not None else None))

    def delete_channel(self, channel: Channel) -> None:
        """Somebody deletes a channel, with all its threads."""
        with self._changed:
            channel.deleted = True
            self._tell_of(channel, "THREAD_DELETE" if channel.kind == "thread" else "CHANNEL_DELETE")

    def archive(self, thread: Channel, locked: bool = False) -> None:
        """Somebody closes a thread; when it is ``locked`` only moderators can open it again."""
        with self._changed:
            thread.archived, thread.locked = True, locked
            self._tell_of(thread, "THREAD_UPDATE")

    def remove_bot(self, guild: Guild) -> None:
        """Somebody throws the bot out of a guild."""
        with self._changed:
            guild.bot_inside = False
            self._gateway.dispatch("GUILD_DELETE", {"id": guild.id}, guild.id, "guilds")

    def _tell_of(self, channel: Channel, event: str) -> None:
        self._gateway.dispatch(event, payloads.channel(self.world, channel), channel.guild, "guilds")
        self._changed.notify_all()

    def revoke_token(self) -> None:
        """The bot gets another token, which the app does not know: 401, and 4004 at the gateway."""
        with self._changed:
            self._rest.revoked = True
            self.world.token = self.world.token[::-1]

    def advance(self, seconds: float) -> None:
        """Set the clock forward: interactions, limits and retry_after grow older."""
        self.world.advance(seconds)

    def limit(self, route: str, requests: int, seconds: float) -> None:
        """How often a route may be called from now on, as the X-RateLimit headers say; usually 50 times a second."""
        with self._changed:
            self._rest.rules.append(Rule(pattern(route), requests, seconds))

    def limit_invalid(self, most: int) -> None:
        """After how many invalid requests in ten minutes nothing is answered any more; Discord's limit is 10,000."""
        with self._changed:
            self._rest.most_invalid = most

    def rate_limit(self, route: str, times: int = 1, retry_after: float = 1.0, scope: Scope = "user") -> None:
        """Answer the next requests of a route ("POST /channels/*/messages") with 429.

        ``scope`` is "user", "shared" (does not count as invalid), "global" (holds for all routes but those of
        interactions), or "cloudflare" (no JSON and no Via header, as somebody who is banned sees it).
        """
        self._trouble(Trouble("limit", pattern(route), times, 429, retry_after, scope))

    def fail(self, route: str, times: int = 1, status: int = 500, after: bool = False) -> None:
        """Answer the next requests with an HTTP error; with ``after`` they are carried out nevertheless."""
        self._trouble(Trouble("fail", pattern(route), times, status, after=after))

    def drop(self, route: str, times: int = 1, after: bool = False) -> None:
        """Cut the connection instead of answering the next requests; with ``after`` they are carried out first."""
        self._trouble(Trouble("drop", pattern(route), times, after=after))

    def _trouble(self, trouble: Trouble) -> None:
        with self._changed:
            self._rest.troubles.append(trouble)

    # The gateway

    def drop_gateway(self, code: int | None = None) -> None:
        """Cut every connection at once; with ``code`` close it properly."""
        self._run(self._gateway.drop(code))

    def freeze_gateway(self) -> None:
        """Leave every connection open but dead: nothing is read, acknowledged or sent any more."""
        self._run(self._gateway.freeze())

    def ask_reconnect(self, close_after: float = 5.0) -> None:
        """Tell every connection to go and RESUME (op 7); those that stay are closed."""
        self._run(self._gateway.ask_reconnect(close_after))

    def invalidate_session(self, resumable: bool = False) -> None:
        """Tell every connection that its session is invalid (op 9)."""
        self._run(self._gateway.invalidate(resumable))

    def expire_sessions(self) -> None:
        """Forget all sessions without a word: the next RESUME is answered with op 9."""
        with self._changed:
            self._gateway.sessions.clear()

    def refuse_gateway(self, times: int = 1) -> None:
        """Answer the next connections with 503."""
        with self._changed:
            self._gateway.refuse_connections = times

    # What users do

    def user_writes(
        self,
        user: User,
        channel: Channel,
        text: str,
        reply_to: Message | None = None,
        mentions_bot: bool = False,
        ping: bool = True,
    ) -> Written:
        """A message. With ``mentions_bot`` a mention is put in front where ``text`` has none.

        A reply notifies its author, who is then among ``mentions``, unless ``ping`` is switched off.
        """
        if mentions_bot and self.bot.id not in text:
            text = f"{self.mention} {text}"
        self._may(user, channel, "send_messages_in_threads" if channel.kind == "thread" else "send_messages")
        assert reply_to is None or reply_to.channel == channel.id, "a reply in another channel"
        assert reply_to is None or reply_to.ephemeral_to is None, "an ephemeral message cannot be replied to"
        with self._changed:
            message = self._messages.write(user, channel, text, reply_to, ping)
            delivered = self._messages.tell("MESSAGE_CREATE", message)
            self._changed.notify_all()
        return Written(self, message, delivered)

    def deliver_again(self, written: Written) -> int:
        """The same MESSAGE_CREATE once more; to how many sessions."""
        return self._messages.tell("MESSAGE_CREATE", written.message)

    def system_message(self, user: User, channel: Channel, kind: int = 7) -> Written:
        """A message of Discord's own about a user, such as "joined the server" (7)."""
        with self._changed:
            message = self._messages.write(user, channel, "", None, False, kind)
            message.via = "system"
            return Written(self, message, self._messages.tell("MESSAGE_CREATE", message))

    def user_edits(self, message: Message | Written, text: str) -> Written:
        """A user edits a message of their own."""
        shown = message.message if isinstance(message, Written) else message
        assert shown.via == "user", "not a user's message"
        with self._changed:
            self.world.change(shown, content=text)
            replied = self.world.message(shown.channel, shown.reference or "")
            pinged = replied is not None and replied.author in shown.mentions
            self._messages.address(shown, {"parse": ["users", "roles", "everyone"], "replied_user": pinged}, replied)
            return Written(self, shown, self._messages.tell("MESSAGE_UPDATE", shown))

    def user_deletes(self, message: Message | Written) -> None:
        """A user deletes a message of their own, or a moderator one of the app."""
        self._messages.delete(message.message if isinstance(message, Written) else message)

    def user_opens_thread(self, user: User, message: Message | Written, name: str) -> Channel:
        """A user opens a thread from a message."""
        shown = message.message if isinstance(message, Written) else message
        self._may(user, self.world.channels[shown.channel], "create_public_threads")
        with self._changed:
            return self._rest.begin_thread(shown, name, user.id)

    def user_commands(
        self, user: User, channel: Channel, name: str, options: dict[str, Any] | None = None
    ) -> Interaction:
        """A slash command ("name subcommand" for a subcommand), which must be registered, with options that it has."""
        command, path = self._command(user, channel, name)
        given, described = commands.chosen_options(command, path, options or {})
        commands.check_given(described, options or {})
        data = self._command_data(command, channel) | {"options": given}
        resolved = self._resolved(described, options or {}, channel)
        if resolved:
            data["resolved"] = resolved
        return self._interactions.new(COMMAND, user.id, channel, data, f"/{name}")

    def user_autocompletes(
        self, user: User, channel: Channel, name: str, options: dict[str, Any], focused: str, timeout: float = 60
    ) -> list[dict[str, Any]]:
        """What is offered to a user while they type the option ``focused``; [] if the app does not answer in time."""
        interaction = self.begin_autocomplete(user, channel, name, options, focused)
        return interaction.wait(timeout).choices or []

    def begin_autocomplete(
        self, user: User, channel: Channel, name: str, options: dict[str, Any], focused: str
    ) -> Interaction:
        """The same, without waiting."""
        command, path = self._command(user, channel, name)
        given, described = commands.chosen_options(command, path, options)
        assert described[focused].get("autocomplete"), f"{focused!r} has no autocompletion"
        inner = given
        while inner and "options" in inner[0]:
            inner = inner[0]["options"]
        for option in inner:
            if option["name"] == focused:
                option |= {"focused": True, "value": str(option["value"])}
        data = self._command_data(command, channel) | {"options": given}
        return self._interactions.new(AUTOCOMPLETE, user.id, channel, data, f"/{name} {focused}")

    def user_uses_context_menu(self, user: User, message: Message | Written, name: str) -> Interaction:
        """A command of the menu of a message."""
        shown = message.message if isinstance(message, Written) else message
        channel = self.world.channels[shown.channel]
        self._sees(user, shown)
        command = self.world.offered(channel, name, commands.MESSAGE_MENU)
        assert command is not None, f"no command {name!r} in the menu of a message"
        self._may_use(user, channel, command)
        with self._changed:
            content = payloads.message(self.world, shown, True, whole=True)
            data = self._command_data(command, channel)
            data |= {"target_id": shown.id, "resolved": {"messages": {shown.id: content}}}
            return self._interactions.new(COMMAND, user.id, channel, data, name, target=shown)

    def user_clicks(self, user: User, message: Message, custom_id: str) -> Interaction:
        """A click on a button, which is looked up in the message."""
        return self._use(user, message, custom_id, None)

    def user_selects(self, user: User, message: Message, custom_id: str, *values: str) -> Interaction:
        """A choice in a select, which is looked up in the message."""
        return self._use(user, message, custom_id, list(values))

    def _use(self, user: User, message: Message, custom_id: str, values: list[str] | None) -> Interaction:
        with self._changed:
            self._sees(user, message)
            component = find(message.components, custom_id)
            assert not component.get("disabled"), f"{custom_id!r} is disabled"
            kind = component["type"]
            data: dict[str, Any] = {"component_type": kind, "custom_id": custom_id, "id": component["id"]}
            if values is None:
                assert kind == BUTTON and component["style"] < LINK_STYLE, f"{custom_id!r} is no button to click"
            else:
                known = {option["value"] for option in component.get("options") or []}
                least, most = component.get("min_values", 1), component.get("max_values", 1)
                assert known >= set(values) and least <= len(values) <= most, f"{values} is no choice of {custom_id!r}"
                data["values"] = values
            channel = self.world.channels[message.channel]
            return self._interactions.new(COMPONENT, user.id, channel, data, custom_id, source=message)

    def user_submits(self, user: User, interaction: Interaction, values: dict[str, str] | None = None) -> Interaction:
        """A user submits the modal that an interaction was answered with; ``values`` are by custom_id."""
        with self._changed:
            modal = interaction.modal
            assert modal is not None, f"{interaction.name!r} was not answered with a modal"
            assert interaction.user == user.id, "another user's modal"
            assert not interaction.submitted, "the modal is closed"
            entries = self._entries(modal["components"], dict(values or {}))
            interaction.submitted = True
            data = {"custom_id": modal["custom_id"], "components": entries}
            channel = self.world.channels[interaction.channel]
            name = modal["custom_id"]
            return self._interactions.new(MODAL_SUBMIT, user.id, channel, data, name, source=interaction.source)

    def _entries(self, components: list[dict[str, Any]], values: dict[str, str]) -> list[dict[str, Any]]:
        names = {part["custom_id"] for part in walk(components) if "custom_id" in part}
        assert set(values) <= names, f"no inputs {sorted(set(values) - names)}"

        def filled(part: dict[str, Any], number: int) -> dict[str, Any]:
            entry: dict[str, Any] = {"type": part["type"], "id": part.get("id") or number}
            if "components" in part:
                entry["components"] = [
                    filled(each, number * 10 + order) for order, each in enumerate(part["components"], 1)
                ]
            elif "component" in part:
                entry["component"] = filled(part["component"], number * 10 + 1)
            elif part["type"] == TEXT_INPUT:
                value = values.get(part["custom_id"], part.get("value") or "")
                least = part.get("min_length") or (1 if part.get("required", True) else 0)
                assert not (part.get("required", True) or value) or len(value) >= least, (
                    f"{part['custom_id']!r} is too short"
                )
                assert len(value) <= (part.get("max_length") or 4000), f"{part['custom_id']!r} is too long"
                entry |= {"custom_id": part["custom_id"], "value": value}
            elif "custom_id" in part:
                given = values.get(part["custom_id"])
                entry |= {"custom_id": part["custom_id"], "values": [given] if given is not None else []}
            return entry

        return [filled(part, number) for number, part in enumerate(components, 1)]

    # What a user can do at all

    def _may(self, user: User, channel: Channel, *names: str) -> None:
        assert self.world.channel(channel.id) is not None, "the channel is deleted"
        for name in ("view_channel", *names):
            assert self.world.may(channel, name, user.id), f"{user.name} lacks {name}"

    def _sees(self, user: User, message: Message) -> None:
        assert not message.deleted, "the message is deleted"
        assert message.ephemeral_to in {None, user.id}, "another user's ephemeral message"
        self._may(user, self.world.channels[message.channel])

    def _command(self, user: User, channel: Channel, name: str) -> tuple[dict[str, Any], list[str]]:
        self._may(user, channel)
        if channel.guild is not None:
            self._may(user, channel, "use_application_commands")
            assert self.world.guilds[channel.guild].bot_inside, "the bot is not in this guild"
        first, *path = name.split()
        command = self.world.offered(channel, first, commands.CHAT_INPUT)
        known = [each["name"] for each in self.commands()]
        assert command is not None, f"no command {first!r} here; registered are {known}"
        self._may_use(user, channel, command)
        return command, path

    def _may_use(self, user: User, channel: Channel, command: dict[str, Any]) -> None:
        needed = command["default_member_permissions"]
        if channel.guild is not None and needed is not None:
            mine = self.world.permissions_in(channel, user.id)
            enough = mine == permissions.ALL if needed == "0" else mine & int(needed) == int(needed)
            assert enough, f"{user.name} may not use {command['name']!r}"

    def _command_data(self, command: dict[str, Any], channel: Channel) -> dict[str, Any]:
        data = {"id": command["id"], "name": command["name"], "type": command["type"]}
        return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})

    def _resolved(self, options: dict[str, Any], values: dict[str, Any], channel: Channel) -> dict[str, Any]:
        resolved: dict[str, Any] = {}
        for name, option in options.items():
            value = values.get(name)
            if value is None:
                continue
            if option["type"] == commands.USER:
                resolved.setdefault("users", {})[value] = payloads.user(self.world.users[value])
            elif option["type"] == commands.CHANNEL:
                shown = payloads.channel(self.world, self.world.channels[value], self.bot.id)
                resolved.setdefault("channels", {})[value] = shown
        return resolved


def _id(thing: Any) -> str:
    return thing if isinstance(thing, str) else str(thing.id)
