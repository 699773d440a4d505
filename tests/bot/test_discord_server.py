"""The Discord server for tests refuses what Discord refuses; discord.py's own client is the one to say so."""

import asyncio
import io
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Self, TypeVar

import aiohttp
import pytest
import yarl

from tests.fakes.discord_server import (
    Channel,
    DiscordServer,
    Guild,
    LiveMarkup,
    User,
    all_texts,
    find,
    live_markup,
    markdown_texts,
)

with warnings.catch_warnings():
    # discord.py imports audioop, which Python 3.13 no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
    from discord import app_commands
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

Result = TypeVar("Result")
Body = dict[str, Any]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DiscordServer]:
    with DiscordServer(heartbeat_seconds=5.0) as running:
        point_at(monkeypatch, running)
        yield running


def point_at(monkeypatch: pytest.MonkeyPatch, running: DiscordServer) -> None:
    """What a process has to do to talk to the local server."""
    monkeypatch.setattr(Route, "BASE", running.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(running.gateway_url))


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.add_guild("ministry")


@pytest.fixture
def room(server: DiscordServer, guild: Guild) -> Channel:
    return server.add_channel(guild, "general")


@pytest.fixture
def ann(server: DiscordServer, guild: Guild) -> User:
    return server.add_user("ann")


class App(discord.AutoShardedClient):
    """A bot under test without privileged intents, which keeps what it hears."""

    def __init__(self, **options: Any) -> None:
        quiet = discord.AllowedMentions.none()
        options = {"intents": discord.Intents.default(), "guild_ready_timeout": 0.2} | options
        super().__init__(allowed_mentions=quiet, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.texts: list[str] = []
        self.names: list[str] = []
        self.on_text: Callable[[discord.Message], Awaitable[Any]] | None = None
        self.on_use: Callable[[discord.Interaction[Any]], Awaitable[Any]] | None = None

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py waits five seconds here; the tests that look at the pause do not use this."""

    async def on_socket_event_type(self, name: str) -> None:
        self.names.append(name)

    async def on_message(self, message: discord.Message) -> None:
        if message.author == self.user:
            return
        self.heard.append(message)
        self.texts.append(message.content)  # as it is now: the library edits its messages when it hears of that
        if self.on_text is not None:
            await self.on_text(message)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self.on_use is not None and interaction.type is not discord.InteractionType.application_command:
            await self.on_use(interaction)


class Running:
    """A client with an event loop in a thread of its own, connected to the server."""

    def __init__(self, server: DiscordServer, app: App | None = None, token: str | None = None) -> None:
        self.server, self.token = server, token or server.token
        self.loop = asyncio.new_event_loop()
        self.app = app or App()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._live)

    def _live(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._main())
        except BaseException as error:
            self.error = error
        finally:
            others = asyncio.all_tasks(self.loop)
            for other in others:
                other.cancel()
            self.loop.run_until_complete(asyncio.gather(*others, return_exceptions=True))
            self.loop.close()

    async def _main(self) -> None:
        async with self.app:
            await self.app.start(self.token)

    def __enter__(self) -> Self:
        self._thread.start()
        self.server.wait_for(lambda: self.app.is_ready() or self.error)
        if self.error is not None:
            raise self.error
        return self

    def __exit__(self, *leaving: object) -> None:
        if self._thread.is_alive() and not self.app.is_closed():  # it may be ending by itself
            asyncio.run_coroutine_threadsafe(self.app.close(), self.loop)
        self._thread.join(60)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def ends(self) -> BaseException | None:
        """The error with which the client ends by itself."""
        self._thread.start()
        self._thread.join(60)
        return self.error


@pytest.fixture
def bot(server: DiscordServer, room: Channel, ann: User) -> Iterator[Running]:
    with Running(server) as running:
        yield running


def request(
    server: DiscordServer, method: str, path: str, body: Any = None, token: str | None = None
) -> tuple[int, Any]:
    """Status and answer of one request as it is, which no library looks over first."""

    async def run() -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {token or server.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, server.api_url + path, json=body) as answer,
        ):
            kind = answer.content_type
            return answer.status, await answer.json() if kind == "application/json" else await answer.text()

    return asyncio.run(run())


def post(server: DiscordServer, channel: Channel, **body: Any) -> tuple[int, Any]:
    return request(server, "POST", f"/channels/{channel.id}/messages", body)


def refusal(answer: tuple[int, Any]) -> tuple[int, int]:
    """HTTP status and Discord's code."""
    return answer[0], answer[1]["code"]


def complaints(answer: tuple[int, Any]) -> dict[str, str]:
    """What is wrong with each field of a form, by its path."""
    assert refusal(answer) == (400, 50035), answer
    found: dict[str, str] = {}

    def look(node: Any, path: str) -> None:
        for name, value in node.items():
            if name == "_errors":
                found[path] = value[0]["code"]
            else:
                look(value, f"{path}.{name}" if path else name)

    look(answer[1]["errors"], "")
    return found


def row(*components: Body) -> Body:
    return {"type": 1, "components": list(components)}


def button(custom_id: str = "go", **more: Any) -> Body:
    return {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id, **more}


def link(url: str, **more: Any) -> Body:
    return {"type": 2, "style": 5, "label": "Source", "url": url, **more}


def shows(text: str) -> Body:
    return {"type": 10, "content": text}


V2 = 1 << 15


# The client as it is


def test_the_client_connects_answers_a_mention_and_edits(
    server: DiscordServer, bot: Running, room: Channel, ann: User
) -> None:
    async def answer(message: discord.Message) -> None:
        async with message.channel.typing():
            reply = await message.reply("Looking")
        await reply.edit(content="**Closed**")

    bot.app.on_text = answer
    written = server.user_writes(ann, room, "which embassies are closed?", mentions_bot=True)
    reply = written.answer()
    server.wait_for(lambda: reply.edited)
    assert (reply.content, reply.versions[0].content, reply.reference) == ("**Closed**", "Looking", written.id)
    assert reply.pings == set() and reply.via == "channel"
    assert bot.app.heard[0].content == f"{server.mention} which embassies are closed?"
    assert [typing.channel for typing in server.typings] == [room.id] and not server.typing(room)
    assert (server.gateways, len(server.identifies), server.resumes) == (1, 1, [])
    assert server.violations == [] and server.refused == [] and server.invalid_requests == 0
    assert server.token not in str(server.calls) and server.token not in server.describe()


def test_content_is_hidden_unless_the_bot_is_meant(
    server: DiscordServer, bot: Running, room: Channel, ann: User
) -> None:
    mine = bot.run(bot.app.get_channel(int(room.id)).send("Hello"))  # type: ignore[union-attr]
    hello = server.messages[0]
    server.user_writes(ann, room, "a secret")
    server.user_writes(ann, server.direct(ann), "directly")
    server.user_writes(ann, room, "thanks", reply_to=hello)
    server.user_writes(ann, room, "no ping", reply_to=hello, ping=False)
    last = server.user_writes(ann, room, "first")
    server.wait_for(lambda: len(bot.app.texts) == 5)
    server.user_edits(last, f"{server.mention} now")
    server.user_deletes(last)
    server.wait_for(lambda: "MESSAGE_DELETE" in bot.app.names)
    assert bot.app.texts == ["", "directly", "thanks", "", ""]
    assert bot.app.heard[2].reference is not None and bot.app.heard[2].reference.resolved == mine
    assert bot.app.heard[1].guild is None and isinstance(bot.app.heard[1].channel, discord.DMChannel)
    assert [event["content"] for event in server.events("MESSAGE_UPDATE")] == [f"{server.mention} now"]


def test_the_message_content_intent_shows_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    with DiscordServer(privileged=["message_content"]) as server:
        point_at(monkeypatch, server)
        room, ann = server.add_channel(server.add_guild("ministry"), "general"), server.add_user("ann")
        intents = discord.Intents.default()
        intents.message_content = True
        with Running(server, App(intents=intents)) as bot:
            server.user_writes(ann, room, "no secret")
            server.wait_for(lambda: bot.app.heard)
            assert bot.app.heard[0].content == "no secret"


def test_a_privileged_intent_that_is_not_enabled_is_refused(server: DiscordServer) -> None:
    intents = discord.Intents.default()
    intents.message_content = True
    assert isinstance(Running(server, App(intents=intents)).ends(), discord.PrivilegedIntentsRequired)
    assert [each.close_code for each in server.identifies] == [4014]


def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    assert isinstance(Running(server, token="wrong").ends(), discord.LoginFailure)  # noqa: S106
    assert [(call.status, call.path) for call in server.calls] == [(401, "/users/@me")]
    assert server.invalid_requests == 1


def test_a_token_that_is_revoked_ends_the_client(server: DiscordServer, bot: Running) -> None:
    server.revoke_token()
    server.drop_gateway()
    server.wait_for(bot.app.is_closed)
    assert server.resumes[0].close_code == 4004


def test_a_cut_connection_is_resumed_and_what_was_missed_is_replayed(
    server: DiscordServer, bot: Running, room: Channel, ann: User
) -> None:
    server.drop_gateway()
    server.user_writes(ann, room, f"{server.mention} meanwhile")
    server.wait_for(lambda: bot.app.heard)
    assert [each.resumed for each in server.resumes] == [True] and len(server.identifies) == 1
    server.wait_for(lambda: "RESUMED" in bot.app.names)
    assert bot.app.names.index("MESSAGE_CREATE") < bot.app.names.index("RESUMED")
    assert server.violations == [] and server.gateways == 1


def test_reconnect_and_a_resumable_invalid_session_are_resumed(server: DiscordServer, bot: Running) -> None:
    server.ask_reconnect()
    server.wait_for(lambda: bot.app.names.count("RESUMED") == 1)
    server.invalidate_session(resumable=True)
    server.wait_for(lambda: bot.app.names.count("RESUMED") == 2)
    server.drop_gateway(4000)
    server.wait_for(lambda: bot.app.names.count("RESUMED") == 3)
    assert len(server.identifies) == 1 and server.violations == []


def test_an_invalid_session_is_begun_anew(server: DiscordServer, bot: Running, room: Channel, ann: User) -> None:
    server.invalidate_session()
    server.wait_for(lambda: len(server.identifies) == 2 and server.gateways == 1)
    server.expire_sessions()
    server.drop_gateway()
    server.wait_for(lambda: len(server.identifies) == 3 and server.gateways == 1)
    assert [each.resumed for each in server.resumes] == [False]
    # Here nobody waited five seconds between one IDENTIFY and the next.
    assert server.violations and all(each.startswith("IDENTIFY") for each in server.violations)
    server.user_writes(ann, room, "still there?", mentions_bot=True)
    server.wait_for(lambda: bot.app.heard)


def test_a_client_can_ask_for_the_gateway_before_it_connects(
    monkeypatch: pytest.MonkeyPatch, server: DiscordServer, room: Channel
) -> None:
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://127.0.0.1:1/"))

    class Asking(App):
        async def setup_hook(self) -> None:
            _, url, _ = await self.http.get_bot_gateway()
            monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(url))

    with Running(server, Asking()):
        server.invalidate_session()
        server.wait_for(lambda: len(server.identifies) == 2 and server.gateways == 1)


def test_a_frozen_connection_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with DiscordServer(heartbeat_seconds=0.3) as server:
        point_at(monkeypatch, server)
        server.add_guild("ministry")
        with Running(server, App(heartbeat_timeout=1.0)) as bot:
            server.wait_for(lambda: server.heartbeats > 1)
            server.freeze_gateway()
            assert server.gateways == 0
            server.wait_for(lambda: server.gateways == 1)
            server.wait_for(lambda: "RESUMED" in bot.app.names)


def test_guilds_are_shared_out_among_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    with DiscordServer(shards=2) as server:
        point_at(monkeypatch, server)
        rooms = [server.add_channel(server.add_guild(f"ministry {n}", (n, 2)), "general") for n in (0, 1)]
        ann = server.add_user("ann")
        with Running(server) as bot:
            assert server.gateways == 2 and len(bot.app.guilds) == 2
            assert [each.data["shard"] for each in server.identifies] == [[0, 2], [1, 2]]
            for room in [*rooms, server.direct(ann)]:
                assert server.user_writes(ann, room, "x").delivered == 1


async def gateway_codes(
    server: DiscordServer, *payloads: Any, path: str = "/gateway", query: str = "v=10&encoding=json"
) -> Any:
    """The code with which the gateway closes after payloads, or the last one that it sends."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws://127.0.0.1:{server.port}{path}?{query}") as socket,
    ):
        if query.startswith("v=10"):
            hello = await socket.receive_json()
            assert hello["op"] == 10 and hello["d"]["heartbeat_interval"] == 5000
        for payload in payloads:
            await (socket.send_str(payload) if isinstance(payload, str) else socket.send_json(payload))
        message = await socket.receive(timeout=60)
        while len(payloads) > 1 and message.type is aiohttp.WSMsgType.TEXT:
            message = await socket.receive(timeout=60)
        await socket.close(code=4000)  # not 1000, which ends the session
        return message.json() if message.type is aiohttp.WSMsgType.TEXT else socket.close_code


def identify(server: DiscordServer, **more: Any) -> Body:
    return {"op": 2, "d": {"token": server.token, "intents": 1 << 9, "properties": {}, **more}}


def test_the_gateway_closes_with_documented_codes(server: DiscordServer) -> None:
    def code(*payloads: Any, **more: Any) -> Any:
        return asyncio.run(gateway_codes(server, *payloads, **more))

    assert code({"op": 42}) == 4001
    assert code("no json") == 4002
    assert code({"op": 3, "d": {}}) == 4003
    assert code(identify(server, token="wrong")) == 4004  # noqa: S106
    assert code(identify(server, shard=[2, 2])) == 4010
    assert code(query="v=6") == 4012
    assert code(identify(server, intents=-1)) == 4013
    assert code(identify(server, intents=1 << 1)) == 4014
    assert code({"op": 6, "d": {"token": server.token, "session_id": "gone", "seq": 1}}, path="/resume")["op"] == 9
    assert code({"op": 1, "d": None})["op"] == 11
    ready = code(identify(server, shard=[0, 1]))
    assert (ready["t"], ready["s"], ready["d"]["shard"], ready["d"]["v"]) == ("READY", 1, [0, 1], 10)
    server.wait_for(lambda: server.gateways == 0)
    resume = {"op": 6, "d": {"token": server.token, "session_id": ready["d"]["session_id"], "seq": 99}}
    assert code(resume, path="/resume") == 4007
    assert code(resume, path="/resume")["d"] is False
    server.refuse_gateway()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        code()
    assert code(identify(server, presence={"activities": ["x" * 4096]})) == 4002
    assert code(*[{"op": 1, "d": None}] * 121) == 4008
    assert code(identify(server), identify(server)) == 4005


# Interactions


class Commands(App):
    """A bot with commands of every kind."""

    async def setup_hook(self) -> None:
        @self.tree.command(description="Ask a question")
        @app_commands.describe(question="Your question", country="Where")
        async def ask(interaction: discord.Interaction[Any], question: str, country: str = "") -> None:
            await interaction.response.defer(ephemeral=question == "hidden", thinking=True)
            if question != "never":
                await interaction.edit_original_response(content=f"{question} {country}".strip())
                await interaction.followup.send("More", ephemeral=True)

        @ask.autocomplete("country")
        async def countries(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
            known = ["Sudan", "Syria", "Yemen"]
            return [app_commands.Choice(name=each, value=each.lower()) for each in known if each.startswith(current)]

        group = app_commands.Group(name="library", description="The library")

        @group.command(description="What it holds")
        async def status(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("Full", ephemeral=True)

        @self.tree.context_menu(name="Check this")
        async def check(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await interaction.response.send_message(f"You chose: {message.content}", ephemeral=True)

        self.tree.add_command(group)
        await self.tree.sync()


@pytest.fixture
def commands(server: DiscordServer, room: Channel, ann: User) -> Iterator[Running]:
    with Running(server, Commands()) as running:
        yield running


def test_commands_are_registered_used_and_answered(
    server: DiscordServer, commands: Running, room: Channel, ann: User
) -> None:
    assert {(each["name"], each["type"]) for each in server.commands()} == {
        ("ask", 1),
        ("library", 1),
        ("Check this", 3),
    }
    asked = server.user_commands(ann, room, "ask", {"question": "Open?", "country": "sudan"})
    answer = asked.answer()
    assert (asked.response_type, asked.error, asked.delivered) == (5, None, 1)
    assert asked.latency is not None and asked.latency < 3
    assert (answer.content, answer.loading, answer.ephemeral_to, answer.kind) == ("Open? sudan", False, None, 20)
    server.wait_for(lambda: len(asked.messages) == 2)
    more = asked.followups[0]
    assert (more.content, more.ephemeral_to, more.via) == ("More", ann.id, "followup")
    bob = server.add_user("bob")
    assert server.history(room, bob) == [answer] and server.history(room, ann) == [answer, more]
    hidden = server.user_commands(ann, room, "ask", {"question": "hidden"}).answer()
    assert hidden.ephemeral_to == ann.id
    menu = server.user_uses_context_menu(ann, server.user_writes(ann, room, "Closed."), "Check this")
    assert menu.answer().content == "You chose: Closed."
    assert server.user_commands(ann, server.direct(ann), "library status").answer().content == "Full"
    offered = server.user_autocompletes(ann, room, "ask", {"question": "x", "country": "S"}, "country")
    assert offered == [{"name": "Sudan", "value": "sudan"}, {"name": "Syria", "value": "syria"}]
    server.advance(16 * 60)
    waiting = server.user_commands(ann, room, "ask", {"question": "never"}).wait()
    assert waiting.thinking and waiting.messages == []
    assert server.violations == [] and server.seen_errors == []


def test_users_can_only_do_what_their_client_lets_them(
    server: DiscordServer, commands: Running, room: Channel, ann: User
) -> None:
    impossible: list[Callable[[], Any]] = [
        lambda: server.user_commands(ann, room, "missing"),
        lambda: server.user_commands(ann, room, "ask"),
        lambda: server.user_commands(ann, room, "ask", {"question": 5}),
        lambda: server.user_commands(ann, room, "ask", {"question": "x", "where": "y"}),
        lambda: server.user_commands(ann, room, "library"),
        lambda: server.user_autocompletes(ann, room, "ask", {"question": "x"}, "question"),
    ]
    hidden = server.user_commands(ann, room, "ask", {"question": "hidden"}).answer()
    bob = server.add_user("bob")
    local = f"/applications/{server.application_id}/guilds/{room.guild}/commands"
    for_some = {"name": "manage", "description": "x", "default_member_permissions": str(1 << 13)}
    assert request(server, "PUT", local, [for_some])[0] == 200
    assert server.user_commands(server.owner, room, "manage").delivered == 1
    impossible += [
        lambda: server.user_commands(bob, room, "manage"),
        lambda: server.user_commands(server.owner, server.direct(server.owner), "manage"),
        lambda: server.user_clicks(bob, hidden, "go"),
        lambda: server.user_clicks(ann, hidden, "go"),
        lambda: server.user_writes(ann, room, "x", reply_to=hidden),
    ]
    server.deny(room, "view_channel", who=bob)
    impossible.append(lambda: server.user_writes(bob, room, "x"))
    for action in impossible:
        with pytest.raises(AssertionError):
            action()


class Form(discord.ui.Modal, title="Ask"):
    """A form as discord.py makes it today."""

    question: Any = discord.ui.Label(
        text="Question", component=discord.ui.TextInput(custom_id="question", max_length=20)
    )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(content=f"asked {self.question.component.value}", view=None)


def test_clicks_selects_and_forms(server: DiscordServer, bot: Running, room: Channel, ann: User) -> None:
    async def use(interaction: discord.Interaction[Any]) -> None:
        name = (interaction.data or {}).get("custom_id")
        if name == "quiet":
            await interaction.response.defer()
            await interaction.edit_original_response(content="edited later")
        elif name == "update":
            await interaction.response.edit_message(content="edited at once")
        elif name == "form":
            await interaction.response.send_modal(Form())
        elif name == "choose":
            await interaction.response.send_message(f"chose {interaction.data['values']}", ephemeral=True)  # type: ignore[index,typeddict-item]

    async def send() -> None:
        view = discord.ui.View(timeout=None)
        for name in ("quiet", "update", "form"):
            view.add_item(discord.ui.Button(label=name, custom_id=name))
        view.add_item(
            discord.ui.Select(
                custom_id="choose", options=[discord.SelectOption(label="one"), discord.SelectOption(label="two")]
            )
        )
        await bot.app.get_channel(int(room.id)).send("choose", view=view)  # type: ignore[union-attr]

    bot.app.on_use = use
    bot.run(send())
    message = server.messages[0]
    click = server.user_clicks(ann, message, "quiet").wait()
    server.wait_for(lambda: message.content == "edited later")
    assert (click.response_type, click.original, click.messages) == (6, message, [])
    assert server.user_clicks(ann, message, "update").wait().response_type == 7
    assert message.content == "edited at once" and len(message.versions) == 2
    chosen = server.user_selects(ann, message, "choose", "two").answer()
    assert (chosen.content, chosen.ephemeral_to, chosen.reference) == ("chose ['two']", ann.id, message.id)
    form = server.user_clicks(ann, message, "form").wait()
    assert form.modal is not None and form.modal["title"] == "Ask"
    with pytest.raises(AssertionError, match="too long"):
        server.user_submits(ann, form, {"question": "x" * 21})
    assert server.user_submits(ann, form, {"question": "why?"}).wait().response_type == 7
    assert message.content == "asked why?" and message.components == []
    assert server.violations == [] and server.refused == []


def test_a_message_of_components_is_sent_and_used(
    server: DiscordServer, bot: Running, room: Channel, ann: User
) -> None:
    class Layout(discord.ui.LayoutView):
        box: Any = discord.ui.Container(
            discord.ui.Section("# Closed", accessory=discord.ui.Button(label="Source", url="https://example.org/a")),
            discord.ui.Separator(),
            discord.ui.TextDisplay("> quoted"),
            accent_color=0x336699,
        )
        row: Any = discord.ui.ActionRow(discord.ui.Button(label="More", custom_id="more"))

    bot.run(bot.app.get_channel(int(room.id)).send(view=Layout(timeout=None)))  # type: ignore[union-attr]
    message = server.messages[0]
    assert message.v2 and message.content == ""
    assert (markdown_texts(message), all_texts(message)) == (
        ["# Closed", "> quoted"],
        ["# Closed", "Source", "> quoted", "More"],
    )
    assert live_markup(message) == [LiveMarkup("heading", "Closed"), LiveMarkup("quote", "quoted")]
    assert find(message.components, "more")["id"] > 0
    assert server.user_clicks(ann, message, "more").delivered == 1
    server.wait_for(lambda: bot.app.names[-1] == "INTERACTION_CREATE")


def callback(server: DiscordServer, interaction: Any, kind: int, **data: Any) -> tuple[int, Any]:
    return request(
        server, "POST", f"/interactions/{interaction.id}/{interaction.token}/callback", {"type": kind, "data": data}
    )


def follow_up(
    server: DiscordServer, interaction: Any, method: str = "POST", path: str = "", **body: Any
) -> tuple[int, Any]:
    place = f"/webhooks/{server.application_id}/{interaction.token}{path}"
    return request(server, method, place, body or None)


@pytest.fixture
def plain(server: DiscordServer, room: Channel, ann: User) -> DiscordServer:
    """A server with one command, and nobody connected."""
    option = {"type": 3, "name": "country", "description": "Where", "autocomplete": True}
    command = {"name": "ask", "description": "Ask", "options": [option]}
    menu = {"name": "Check this", "type": 3}
    assert request(server, "PUT", f"/applications/{server.application_id}/commands", [command, menu])[0] == 200
    return server


def test_an_interaction_is_answered_once(plain: DiscordServer, room: Channel, ann: User) -> None:
    asked = plain.user_commands(ann, room, "ask")
    assert asked.delivered == 0
    assert refusal(follow_up(plain, asked, content="too early")) == (404, 10015)
    assert callback(plain, asked, 4, content="x", flags=64) == (204, "")
    assert refusal(callback(plain, asked, 4, content="again")) == (400, 40060)
    assert plain.violations == ["a second response to '/ask'"]
    assert follow_up(plain, asked, "GET", "/messages/@original")[1]["flags"] == 64
    assert follow_up(plain, asked, content="more")[1]["content"] == "more"
    assert follow_up(plain, asked, "DELETE", "/messages/@original")[0] == 204
    assert refusal(follow_up(plain, asked, "PATCH", "/messages/@original", content="y")) == (404, 10008)
    assert refusal(follow_up(plain, asked, "GET", "/messages/123")) == (404, 10008)
    wrong = f"/webhooks/{plain.application_id}/wrong"
    assert refusal(request(plain, "POST", wrong, {"content": "x"})) == (404, 10015)
    assert refusal(request(plain, "POST", f"/interactions/1/{asked.token}/callback", {"type": 4})) == (404, 10062)
    plain.advance(15 * 60 + 1)
    assert refusal(follow_up(plain, asked, content="late")) == (401, 50027)


def test_an_interaction_is_answered_in_three_seconds(plain: DiscordServer, room: Channel, ann: User) -> None:
    asked = plain.user_commands(ann, room, "ask")
    plain.advance(3.1)
    assert refusal(callback(plain, asked, 5)) == (404, 10062)
    with DiscordServer(answer_seconds=0.2) as hurried:
        direct = hurried.direct(hurried.owner)
        request(
            hurried, "PUT", f"/applications/{hurried.application_id}/commands", [{"name": "ask", "description": "Ask"}]
        )
        asked = hurried.user_commands(hurried.owner, direct, "ask").wait()
        assert (asked.error, asked.acknowledged) == ("The application did not respond", False)
        assert hurried.seen_errors == ["/ask: The application did not respond"]
        assert refusal(callback(hurried, asked, 4, content="x")) == (404, 10062)


def test_a_response_fits_the_interaction(plain: DiscordServer, room: Channel, ann: User) -> None:
    asked = plain.user_commands(ann, room, "ask")
    for kind in (1, 6, 7, 8, 42):
        assert "type" in complaints(callback(plain, asked, kind, content="x"))
    assert complaints(callback(plain, asked, 4, content="x" * 2001)) == {"data.content": "BASE_TYPE_MAX_LENGTH"}
    assert refusal(callback(plain, asked, 4)) == (400, 50006)
    assert callback(plain, asked, 5, flags=64)[0] == 204
    assert plain.messages[0].loading and plain.messages[0].ephemeral
    assert follow_up(plain, asked, content="x")[1]["id"] == plain.messages[0].id
    assert plain.violations == ["a follow-up in place of the edit of @original, which is deprecated"]
    typing = plain.begin_autocomplete(ann, room, "ask", {"country": "S"}, "country")
    assert "type" in complaints(callback(plain, typing, 4, content="x"))
    many = [{"name": str(n), "value": str(n)} for n in range(26)]
    assert complaints(callback(plain, typing, 8, choices=many)) == {"data.choices": "BASE_TYPE_MAX_LENGTH"}
    long = [{"name": "x" * 101, "value": ""}]
    assert set(complaints(callback(plain, typing, 8, choices=long))) == {"data.choices.0.name", "data.choices.0.value"}
    assert callback(plain, typing, 8, choices=many[:25])[0] == 204 and typing.choices == many[:25]


def test_forms_are_checked(plain: DiscordServer, room: Channel, ann: User) -> None:
    entry = {"type": 4, "custom_id": "q", "style": 1}

    def wrong(*components: Body, **more: Any) -> set[str]:
        asked = plain.user_commands(ann, room, "ask")
        modal = {"custom_id": "m", "title": "Ask", "components": list(components), **more}
        return set(complaints(callback(plain, asked, 9, **modal)))

    good = {"type": 18, "label": "Question", "component": entry}
    assert wrong(good, title="x" * 46) == {"data.title"}
    assert wrong() == {"data.components"}
    assert wrong(*[good] * 6) >= {"data.components"}
    assert wrong(good, good) == {"data.components.1.component.custom_id"}
    assert wrong({**good, "label": "x" * 46}) == {"data.components.0.label"}
    assert wrong(row(entry)) == {"data.components.0.components.0.label"}
    assert wrong(row(button())) == {"data.components.0.components.0.type"}
    assert wrong({**good, "component": {**entry, "max_length": 4001, "style": 3}}) == {
        "data.components.0.component.max_length", "data.components.0.component.style",
    }  # fmt: skip
    assert (
        callback(plain, plain.user_commands(ann, room, "ask"), 9, custom_id="m", title="Ask", components=[good])[0]
        == 204
    )


def test_commands_are_checked(server: DiscordServer, guild: Guild) -> None:
    path = f"/applications/{server.application_id}/commands"

    def put(*commands: Body) -> tuple[int, Any]:
        return request(server, "PUT", path, list(commands))

    def option(name: str, **more: Any) -> Body:
        return {"type": 3, "name": name, "description": "x", **more}

    ask = {"name": "ask", "description": "Ask"}
    for name in ("Ask", "a b", "", "x" * 33, "a.b"):
        assert set(complaints(put({**ask, "name": name}))) == {"0.name"}
    assert put({**ask, "name": "größe-ü_1"})[0] == 200
    assert set(complaints(put({**ask, "description": ""}, {"name": "Menu", "type": 3, "description": "x"}))) == {
        "0.description", "1.description",
    }  # fmt: skip
    assert complaints(put(ask, ask)) == {"1.name": "APPLICATION_COMMANDS_DUPLICATE_NAME"}
    late = [option("a"), option("b", required=True)]
    assert complaints(put({**ask, "options": late})) == {"0.options.1": "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"}
    assert "0.options.1.name" in complaints(put({**ask, "options": [option("a"), option("a")]}))
    choices = [{"name": str(n), "value": str(n)} for n in range(26)]
    assert "0.options.0.choices" in complaints(put({**ask, "options": [option("a", choices=choices)]}))
    assert set(complaints(put({**ask, "description": "x" * 101}))) == {"0.description"}
    assert refusal(put(*[{"name": f"Menu {n}", "type": 3} for n in range(16)])) == (400, 30032)
    assert refusal(request(server, "PUT", "/applications/1/commands", [])) == (403, 20012)
    local = f"/applications/{server.application_id}/guilds/{guild.id}/commands"
    assert request(server, "PUT", local, [ask])[0] == 200
    assert [each["name"] for each in server.commands(guild)] == ["ask"] and server.commands()[0]["name"] == "größe-ü_1"
    before = server.commands(guild)[0]["id"]
    assert request(server, "POST", local, {**ask, "description": "Other"})[1]["id"] == before
    assert request(server, "DELETE", f"{local}/{before}")[0] == 204
    assert refusal(request(server, "DELETE", f"{local}/{before}")) == (404, 10063)
    server.remove_bot(guild)
    assert refusal(request(server, "PUT", local, [])) == (403, 50001)


# Messages


def test_messages_are_checked(server: DiscordServer, room: Channel) -> None:
    assert complaints(post(server, room, content="x" * 2001)) == {"content": "BASE_TYPE_MAX_LENGTH"}
    assert refusal(post(server, room, content="  \n")) == (400, 50006)
    assert refusal(post(server, room)) == (400, 50006)
    assert "content" in complaints(post(server, room, content=5))
    assert complaints(post(server, room, content="x", nonce="x" * 26)) == {"nonce": "BASE_TYPE_MAX_LENGTH"}
    both = {"parse": ["users"], "users": ["1"]}
    assert set(complaints(post(server, room, content="x", allowed_mentions=both))) == {"allowed_mentions"}
    assert set(complaints(post(server, room, content="x", allowed_mentions={"parse": ["all"]}))) == {
        "allowed_mentions.parse.0"
    }
    assert refusal(request(server, "POST", "/channels/123/messages", {"content": "x"})) == (404, 10003)
    assert "channel_id" in complaints(request(server, "POST", "/channels/abc/messages", {"content": "x"}))
    assert refusal(request(server, "GET", f"/channels/{room.id}/messages/123")) == (404, 10008)
    assert request(server, "GET", "/nowhere")[0] == 404 and request(server, "PUT", "/users/@me")[0] == 405
    assert post(server, room, content="  x" * 2)[1]["content"] == "x  x"


def test_embeds_are_checked(server: DiscordServer, room: Channel) -> None:
    def wrong(*embeds: Body) -> set[str]:
        return set(complaints(post(server, room, embeds=list(embeds))))

    field = {"name": "n", "value": "v"}
    assert wrong({"description": "x" * 4097}) == {"embeds.0.description"}
    assert wrong({"title": "x" * 257}) == {"embeds.0.title"}
    assert wrong({"fields": [field] * 26}) == {"embeds.0.fields"}
    assert wrong({"fields": [{"name": "", "value": "x" * 1025}]}) == {
        "embeds.0.fields.0.name",
        "embeds.0.fields.0.value",
    }
    assert wrong({"description": "x", "footer": {"text": "x" * 2049}}) == {"embeds.0.footer.text"}
    assert wrong({"title": "x", "url": "javascript:alert(1)"}) == {"embeds.0.url"}
    assert wrong({}) == {"embeds.0.description"}
    assert wrong(*[{"title": "x"}] * 11) == {"embeds"}
    assert wrong({"description": "x" * 4000}, {"description": "x" * 2001}) == {"embeds"}
    assert post(server, room, embeds=[{"description": "x" * 4000}, {"description": "x" * 2000}])[0] == 200


def test_components_are_checked(server: DiscordServer, room: Channel) -> None:
    def wrong(*components: Body) -> dict[str, str]:
        return complaints(post(server, room, content="x", components=list(components)))

    first = "components.0.components.0"
    assert wrong(*[row(button(str(n))) for n in range(6)]) == {"components": "BASE_TYPE_MAX_LENGTH"}
    assert set(wrong(row(*[button(str(n)) for n in range(6)]))) == {"components.0.components"}
    assert set(wrong(row())) == {"components.0.components"}
    assert set(wrong(button())) == {"components.0.type"}
    assert set(wrong(shows("x"))) == {"components.0.type"}
    assert wrong(row(button(), button())) == {"components.0.components.1.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"}
    assert set(wrong(row(button("x" * 101)))) == {f"{first}.custom_id"}
    assert set(wrong(row(button(label="x" * 81)))) == {f"{first}.label"}
    assert set(wrong(row(button(label="")))) == {f"{first}.label"}
    assert set(wrong(row(button(url="https://example.org")))) == {f"{first}.url"}
    assert set(wrong(row(button(emoji={"name": "smile"})))) == {f"{first}.emoji.name"}
    assert wrong(row(link("ftp://example.org"))) == {f"{first}.url": "URL_TYPE_INVALID_SCHEME"}
    assert set(wrong(row(link("https://example.org/" + "x" * 500)))) == {f"{first}.url"}
    assert set(wrong(row(link("https://example.org", custom_id="x")))) == {f"{first}.custom_id"}
    option = {"label": "one", "value": "1"}
    select = {"type": 3, "custom_id": "s", "options": [option]}
    assert set(wrong(row(select, button()))) == {"components.0.components"}
    assert set(wrong(row({**select, "options": []}))) == {f"{first}.options"}
    assert set(wrong(row({**select, "options": [option, option]}))) == {f"{first}.options.1.value"}
    assert set(wrong(row({**select, "placeholder": "x" * 151, "max_values": 26}))) == {
        f"{first}.placeholder", f"{first}.max_values",
    }  # fmt: skip
    good = [row(button("a"), link("https://example.org"), button("c", label=None, emoji={"name": "👍"})), row(select)]
    assert post(server, room, content="x", components=good)[0] == 200


def test_messages_of_components_are_checked(server: DiscordServer, room: Channel) -> None:
    def send(*components: Body, **more: Any) -> tuple[int, Any]:
        return post(server, room, flags=V2, components=list(components), **more)

    def box(*components: Body, **more: Any) -> Body:
        return {"type": 17, "components": list(components), **more}

    assert "content" in complaints(send(shows("x"), content="x"))
    assert "embeds" in complaints(send(shows("x"), embeds=[{"title": "x"}]))
    assert refusal(send()) == (400, 50006)
    assert send(*[shows("x")] * 40)[0] == 200
    assert set(complaints(send(*[shows("x")] * 41))) == {"components"}
    assert set(complaints(send(box(*[shows("x")] * 40)))) == {"components"}
    assert send(shows("x" * 2000), box(shows("x" * 2000)))[0] == 200
    assert set(complaints(send(shows("x" * 2000), shows("x" * 2001)))) == {"components"}
    assert set(complaints(send(shows("")))) == {"components.0.content"}
    assert refusal(send(shows("日" * 3500))) == (500, 0)
    section = {"type": 9, "components": [shows("x")]}
    assert complaints(send(section)) == {"components.0.accessory": "BASE_TYPE_REQUIRED"}
    assert set(complaints(send({**section, "accessory": shows("x")}))) == {"components.0.accessory.type"}
    assert set(complaints(send({**section, "accessory": button(), "components": [shows("x")] * 4}))) == {
        "components.0.components"
    }
    assert set(complaints(send(box(box(shows("x")))))) == {"components.0.components.0.type"}
    assert set(complaints(send(box()))) == {"components.0.components"}
    assert set(complaints(send(box(shows("x"), accent_color=1 << 24)))) == {"components.0.accent_color"}
    assert set(complaints(send({"type": 14, "spacing": 3}))) == {"components.0.spacing"}
    assert set(complaints(send({**shows("x"), "id": 7}, {**shows("y"), "id": 7}))) == {"components.1.id"}
    thumbnail = {"type": 11, "media": {"url": "https://example.org/a.png"}}
    status, answer = send(box({**section, "accessory": thumbnail}, {"type": 14}, row(button())))
    assert status == 200 and answer["flags"] == V2
    # The flag cannot be taken away, and the old fields stay closed.
    path = f"/channels/{room.id}/messages/{answer['id']}"
    assert "content" in complaints(request(server, "PATCH", path, {"content": "x"}))
    assert request(server, "PATCH", path, {"components": [shows("y")], "flags": 0})[1]["flags"] == V2
    old = post(server, room, content="x")[1]["id"]
    upgrade = {"flags": V2, "components": [shows("y")]}
    assert "content" in complaints(request(server, "PATCH", f"/channels/{room.id}/messages/{old}", upgrade))
    assert request(server, "PATCH", f"/channels/{room.id}/messages/{old}", upgrade | {"content": None})[0] == 200


def test_replies_refer_to_what_is_there(server: DiscordServer, room: Channel, ann: User) -> None:
    written = server.user_writes(ann, room, "x")

    def reply(name: str, **more: Any) -> tuple[int, Any]:
        return post(server, room, content="y", message_reference={"message_id": name, **more})

    assert reply(written.id)[1]["referenced_message"]["content"] == ""
    assert server.messages[0].pings == {ann.id}
    server.user_deletes(written)
    assert complaints(reply(written.id)) == {"message_reference": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"}
    assert "message_reference" not in reply(written.id, fail_if_not_exists=False)[1]
    other = server.user_writes(ann, server.direct(ann), "x")
    assert set(complaints(reply(other.id, channel_id=other.message.channel))) == {"message_reference"}
    joined = server.system_message(ann, room)
    assert complaints(reply(joined.id)) == {"message_reference": "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"}
    again = server.user_writes(ann, room, "x")
    server.deny(room, "read_message_history")
    assert refusal(reply(again.id)) == (400, 160002)


def test_mentions_notify_as_they_are_allowed(server: DiscordServer, room: Channel, guild: Guild, ann: User) -> None:
    role = server.add_role(guild, "press")

    def pings(text: str, **more: Any) -> set[str]:
        assert post(server, room, content=text, **more)[0] == 200
        return server.messages[-1].pings

    everything = f"<@{ann.id}> <@&{role.id}> @everyone"
    assert pings(everything) == {ann.id, role.id}
    server.allow(room, "mention_everyone")
    assert pings(everything) == {ann.id, role.id, "everyone"}
    assert pings(everything, allowed_mentions={"parse": []}) == set()
    assert pings(everything, allowed_mentions={"users": [ann.id]}) == {ann.id}
    assert pings(f"\\<@{ann.id}> `<@&{role.id}>` ```\n@here```") == {ann.id}
    assert pings("x", embeds=[{"description": everything}]) == set()
    written = server.user_writes(ann, room, "x")
    reference = {"message_reference": {"message_id": written.id}}
    assert pings("x", **reference) == {ann.id}
    assert pings("x", **reference, allowed_mentions={"parse": []}) == set()
    assert pings("x", **reference, allowed_mentions={"parse": [], "replied_user": True}) == {ann.id}


def test_permissions_are_needed(server: DiscordServer, room: Channel, ann: User, guild: Guild) -> None:
    written = server.user_writes(ann, room, "x")
    mine = post(server, room, content="x")[1]["id"]
    place = f"/channels/{room.id}"
    theirs = f"{place}/messages/{written.id}"
    assert refusal(request(server, "PATCH", theirs, {"content": "y"})) == (403, 50005)
    assert refusal(request(server, "DELETE", theirs)) == (403, 50013)
    server.deny(room, "create_public_threads", "embed_links")
    assert refusal(request(server, "POST", f"{theirs}/threads", {"name": "x"})) == (403, 50013)
    assert refusal(post(server, room, embeds=[{"title": "x"}])) == (403, 50013)
    server.deny(room, "send_messages")
    assert refusal(post(server, room, content="x")) == (403, 50013)
    assert refusal(request(server, "POST", f"{place}/typing")) == (403, 50013)
    assert request(server, "PATCH", f"{place}/messages/{mine}", {"content": "y"})[0] == 200
    server.deny(room, "view_channel", who="everyone")
    assert refusal(request(server, "GET", place)) == (403, 50001)
    assert refusal(post(server, room, content="x")) == (403, 50001)
    server.allow(room, "view_channel", "send_messages")
    assert post(server, room, content="x")[0] == 200 and server.permissions(room) > {"view_channel", "send_messages"}
    with pytest.raises(AssertionError, match="lacks view_channel"):
        server.user_writes(ann, room, "x")
    assert server.invalid_requests == 8
    ann.accepts_direct = False
    direct = request(server, "POST", "/users/@me/channels", {"recipient_id": ann.id})[1]
    assert direct["id"] == server.direct(ann).id
    assert refusal(post(server, server.direct(ann), content="x")) == (403, 50007)
    assert refusal(request(server, "POST", "/users/@me/channels", {"recipient_id": "1"})) == (400, 50033)
    server.remove_bot(guild)
    assert refusal(post(server, room, content="x")) == (403, 50001)
    server.delete_channel(room)
    assert refusal(post(server, room, content="x")) == (404, 10003)


def test_what_the_bot_may_not_see_it_does_not_hear(
    server: DiscordServer, bot: Running, room: Channel, ann: User
) -> None:
    server.deny(room, "view_channel")
    assert server.user_writes(ann, room, "x", mentions_bot=True).delivered == 0
    server.allow(room, "view_channel")
    assert server.user_writes(ann, room, "x", mentions_bot=True).delivered == 1


def test_threads(server: DiscordServer, bot: Running, room: Channel, ann: User) -> None:
    async def open_thread(message: discord.Message) -> None:
        if message.content:
            thread = await message.create_thread(name="Embassies", auto_archive_duration=1440)
            await thread.send("In here")

    bot.app.on_text = open_thread
    written = server.user_writes(ann, room, "x", mentions_bot=True)
    answer = written.answer()
    thread = server.world.channels[answer.channel]
    assert (thread.id, thread.parent, thread.name, thread.owner) == (written.id, room.id, "Embassies", server.bot.id)
    path = f"/channels/{room.id}/messages/{written.id}/threads"
    assert refusal(request(server, "POST", path, {"name": "x"})) == (400, 160004)
    assert set(complaints(request(server, "POST", path, {"name": "", "auto_archive_duration": 5}))) == {
        "name", "auto_archive_duration",
    }  # fmt: skip
    inner = f"/channels/{thread.id}/messages/{answer.id}/threads"
    assert refusal(request(server, "POST", inner, {"name": "x"})) == (400, 50024)
    bot.app.on_text = None
    server.user_writes(ann, thread, "further?", reply_to=answer)
    server.wait_for(lambda: bot.app.texts[1:] == ["further?"])
    server.deny(room, "send_messages_in_threads")
    assert refusal(post(server, thread, content="x")) == (403, 50013)
    server.allow(room, "send_messages_in_threads")
    server.archive(thread, locked=True)
    assert refusal(post(server, thread, content="x")) == (400, 50083)
    server.delete_channel(room)
    assert refusal(post(server, thread, content="x")) == (404, 10003)


def test_files_and_nonces(server: DiscordServer, bot: Running, room: Channel) -> None:
    async def send() -> list[discord.Message]:
        channel: Any = bot.app.get_channel(int(room.id))
        file = discord.File(io.BytesIO(b"letters"), "answer.txt", description="The answer")
        return [await channel.send("x", file=file), await channel.send("y", nonce=7), await channel.send("y", nonce=7)]

    _, one, two = bot.run(send())
    assert one.id == two.id and len(server.messages) == 2
    attachment = server.messages[0].attachments[0]
    assert (attachment["filename"], attachment["size"], attachment["data"]) == ("answer.txt", 7, b"letters")
    assert attachment["description"] == "The answer"


# Limits and trouble


def test_the_client_waits_as_long_as_it_is_told(server: DiscordServer, bot: Running, room: Channel) -> None:
    channel: Any = bot.app.get_channel(int(room.id))
    server.rate_limit("POST /channels/*/messages", retry_after=0.3)
    bot.run(channel.send("one"))
    assert [call.status for call in server.calls_of("POST /channels/*/messages")] == [429, 200]
    server.fail("POST /channels/*/messages", after=True)
    bot.run(channel.send("two"))
    # It tried again, with the same nonce, which Discord knew.
    assert [call.status for call in server.calls_of("POST /channels/*/messages")][2:] == [500, 200]
    assert [message.content for message in server.messages] == ["one", "two"]
    assert server.violations == [] and server.invalid_requests == 1
    server.limit("POST /channels/*/typing", 1, 0.4)
    before = time.monotonic()
    bot.run(channel.typing().__aenter__())
    bot.run(channel.typing().__aenter__())
    assert time.monotonic() - before > 0.35 and server.violations == []
    server.drop("PATCH /channels/*/messages/*", after=True)
    message = bot.run(channel.fetch_message(int(server.messages[0].id)))
    with pytest.raises(aiohttp.ClientError):
        bot.run(message.edit(content="cut"))
    assert server.messages[0].content == "cut"


def test_too_early_and_too_many_requests(server: DiscordServer, room: Channel) -> None:
    server.rate_limit("POST /channels/*/messages", retry_after=5)
    status, answer = post(server, room, content="x")
    assert (status, answer["retry_after"], answer["global"]) == (429, 5, False)
    assert post(server, room, content="x")[0] == 429
    assert len(server.violations) == 1 and "before retry_after had passed" in server.violations[0]
    server.advance(5)
    assert post(server, room, content="x")[0] == 200
    server.rate_limit("GET /users/@me", retry_after=5, scope="global")
    assert request(server, "GET", "/users/@me")[1]["global"] is True
    assert post(server, room, content="x")[0] == 429
    assert request(server, "POST", "/interactions/1/a/callback", {"type": 4})[0] == 404
    server.advance(5)
    server.rate_limit("GET /users/@me", scope="shared")
    before = server.invalid_requests
    assert request(server, "GET", "/users/@me")[0] == 429 and server.invalid_requests == before
    server.rate_limit("GET /users/*", scope="cloudflare")
    assert request(server, "GET", f"/users/{server.bot.id}") == (429, "error code: 1015")
    server.limit("GET /gateway/bot", 2, 1)
    assert [request(server, "GET", "/gateway/bot")[0] for _ in range(3)] == [200, 200, 429]
    assert "X-RateLimit-Remaining was 0" in server.violations[-1]


def test_ten_thousand_invalid_requests_are_too_many(server: DiscordServer, room: Channel) -> None:
    server.limit_invalid(3)
    for _ in range(3):
        assert request(server, "GET", "/users/@me", token="wrong") == (401, {"message": "401: Unauthorized", "code": 0})  # noqa: S106
    assert post(server, room, content="x") == (429, "error code: 1015")
    assert server.violations == ["3 invalid requests in ten minutes"]
    server.advance(601)
    assert post(server, room, content="x")[0] == 200


# Markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, 2 * 3 * 4, snake_case_name, a_b", []),
        ("<@12> <@!13> <@&14> <#15>", [("user", "12"), ("user", "13"), ("role", "14"), ("channel", "15")]),
        ("@everyone and @here", [("everyone", "everyone"), ("here", "here")]),
        ("</ask me:12> <id:customize>", [("command", "/ask me:12"), ("guide", "customize")]),
        ("<:wave:12> <a:wave:13>", [("emoji", "wave:12"), ("emoji", "wave:13")]),
        ("<t:1700000000> <t:-5:R>", [("timestamp", "1700000000"), ("timestamp", "-5:R")]),
        ("see [the page](https://example.org/a_(b)).", [("link", "https://example.org/a_(b)")]),
        ("[x](javascript:alert) [y](/local)", []),
        ("at https://example.org/x_y_z, (http://a.b/c).", [("link", "https://example.org/x_y_z"), ("link", "http://a.b/c")]),
        ("<https://example.org/a>", [("link", "https://example.org/a")]),
        ("**b** *i* _i_ __u__ ~~s~~ ||h||", [
            ("bold", "b"), ("italic", "i"), ("italic", "i"), ("underline", "u"), ("strike", "s"), ("spoiler", "h"),
        ]),
        ("**bold <@12>**", [("bold", "bold <@12>"), ("user", "12")]),
        ("`<@12> **x**` and ```py\n@here\n```", [("code", "<@12> **x**"), ("fence", "@here")]),
        ("# Big\n## Less\n#hash\ntext # no", [("heading", "Big"), ("heading", "Less")]),
        ("- one\n* two\n1. three\n-four", [("list", "one"), ("list", "two"), ("list", "three")]),
        ("> quoted **x**\nout", [("quote", "quoted **x**"), ("bold", "x")]),
        (">>> all\nof it", [("quote", "all\nof it")]),
        ("-# small\n-#not", [("subtext", "small")]),
        ("> - nested", [("quote", "- nested"), ("list", "nested")]),
        (r"\*no\* \_no\_ \`no\` \# no \> no \- no \[x](y) \<@12> \||no\||", []),
        (r"\# no" + "\n" + r"\- no" + "\n" + r"1\. no", []),
        (r"\[x\](https://example.org)", [("link", "https://example.org")]),
        ("zero\u200bwidth \u202eturned", [("invisible", "U+200B"), ("invisible", "U+202E")]),
    ],
)  # fmt: skip
def test_live_markup(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.value) for each in live_markup(text)] == expected


def test_labels_of_links() -> None:
    assert live_markup("[the **page**](https://example.org)") == [
        LiveMarkup("link", "https://example.org", "the **page**"), LiveMarkup("bold", "page"),
    ]  # fmt: skip
