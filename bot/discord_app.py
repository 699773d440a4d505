"""Discord's events. Thin: a message or an interaction becomes a question, the desk answers, a renderer shows,
``Replies`` sends.

A question takes this way: ``on_message`` or a command -> ``Reception.receive``, which stores it and has it answered
by ``Desk.answer`` -> ``DiscordFront.render`` -> ``Replies.answer``.
"""

import hashlib
import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot import discord_payloads as payloads
from bot.as_of import parse_as_of
from bot.chat.desk import FURTHER, Desk
from bot.chat.reception import BROKEN, Answered, Help, Parts, Reception, Reply, Said
from bot.chat.tasks import where
from bot.discord_payloads import PLATFORM, Incoming
from bot.discord_replies import Replies
from bot.discord_view import sendable
from bot.render.discord.answer import answer_message, further_message
from bot.render.discord.elements import Message
from bot.render.discord.passage import passage_message
from bot.render.discord.replies import help_message, sentence_message, sources_message
from bot.settings import DiscordSettings
from index.errors import LegationError, UsageError
from index.generation import parse_day

CHECK_MENU = "Check against sources"
COMMANDS_FILE = "discord-commands"
"""In the home folder: the application and the hash of the commands that Discord has of us."""

THANKS = "Thank you; whoever adds sources will see it."

_MOST_CHOICES = 25
_LONGEST_CHOICE = 100
_NUMBER = re.compile(r"[0-9]{1,4}")

_log = logging.getLogger(__name__)


class DiscordFront:
    """How replies look in Discord, and how they are sent."""

    def __init__(self, replies: Replies, name: str) -> None:
        self._replies, self._name = replies, name

    def render(self, arrival: Incoming, reply: Reply) -> Message:
        """The question is restated where it is not there to be seen."""
        restated = arrival.token is not None
        if isinstance(reply, Answered):
            share = arrival.private and bool(arrival.guild)
            return answer_message(
                reply.answer, restated=restated, private=arrival.private, share=share, more=reply.more
            )
        if isinstance(reply, Help):
            return help_message(f"@{self._name}")
        if isinstance(reply, Said):
            return sentence_message(reply.sentence, arrival.text if restated else None)
        return sources_message(reply)

    async def send(self, arrival: Incoming, message: Message) -> None:
        await self._replies.answer(arrival, message)

    async def show_status(self, arrival: Incoming) -> None:
        await self._replies.show_status(arrival)


class DiscordApp(discord.AutoShardedClient):
    """The client with its listeners. No privileged intent is needed: who mentions us lets us read the message."""

    def __init__(self, settings: DiscordSettings, desk: Desk, parts: Parts, home: Path, *, sync: bool = False) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody is to speak
        super().__init__(
            intents=discord.Intents.default(), allowed_mentions=discord.AllowedMentions.none(), max_messages=None
        )
        self.shard_ids = list(settings.shards) or None
        self.settings, self.desk, self.parts = settings, desk, parts
        self._home, self._sync = home, sync
        self.replies = Replies(self, settings.look, settings.answer_in)
        # Where others read along who are in no server of ours, a user's own rules must not hold.
        self.tree = app_commands.CommandTree(
            self,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        )
        self.tree.error(self._on_command_error)

    async def setup_hook(self) -> None:
        """After the login, before the first event."""
        name = self.user.name if self.user is not None else "legation"
        self.reception = Reception(PLATFORM, self.desk, self.parts, DiscordFront(self.replies, name))
        self.add_dynamic_items(AnswerButton)
        add_commands(self)
        await self._synchronised()

    async def on_message(self, message: discord.Message) -> None:
        incoming = payloads.message(message, self.user.id) if self.user is not None else None
        if incoming is None:
            return
        self.parts.tasks.include()
        if isinstance(message.channel, discord.PartialMessageable):  # a thread that we have not heard of
            try:
                room = await self.fetch_channel(message.channel.id)
            except discord.DiscordException as error:
                _log.warning("A question came from a channel that cannot be looked at (%s).", type(error).__name__)
                return
            if isinstance(room, discord.Thread):
                incoming = replace(incoming, channel=str(room.parent_id), threaded=True)
        await self.reception.receive(incoming)

    async def on_shard_connect(self, shard: int) -> None:
        self.parts.metrics.connections.labels(PLATFORM).inc()

    async def on_shard_resumed(self, shard: int) -> None:
        self.parts.metrics.connections.labels(PLATFORM).inc()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """What a listener has raised; the library's own words would hold a traceback."""
        _log.exception("An event was not understood (%s).", event_method)

    async def _on_command_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await _complain(
            self, interaction, error.original if isinstance(error, app_commands.CommandInvokeError) else error
        )

    async def _synchronised(self) -> None:
        """Tells Discord our commands, if they are not what it was told last: it allows that 200 times a day."""
        commands = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        commands += [
            command.to_dict(self.tree) for command in self.tree.get_commands(type=discord.AppCommandType.message)
        ]
        content = json.dumps(commands, sort_keys=True, default=str).encode()
        told = f"{self.application_id}:{hashlib.sha256(content).hexdigest()}"
        file = self._home / COMMANDS_FILE
        if not self._sync and file.exists() and file.read_text(errors="replace") == told:
            return
        await self.tree.sync()
        _log.info("Discord was told our commands.")
        try:
            file.write_text(told)
        except OSError as error:
            _log.warning("It could not be written down that Discord knows our commands (%s).", error.strerror)


def add_commands(app: DiscordApp) -> None:
    """The slash commands and the menu of messages."""

    async def suggest(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        place = payloads.place(interaction)
        overview = await app.parts.reads.run(lambda: app.desk.overview(place))
        names = [each.name for each in overview.collections if typed.casefold() in each.name.casefold()]
        shown = [name for name in names if len(name) <= _LONGEST_CHOICE][:_MOST_CHOICES]
        return [app_commands.Choice(name=name, value=name) for name in shown]

    @app.tree.command(name="ask", description="Ask the stored sources; the answer quotes them word for word")
    @app_commands.describe(
        question="What you want to know",
        collection="Search only this collection",
        since="Only documents published on or after YYYY[-MM[-DD]]",
        until="Only documents published on or before YYYY[-MM[-DD]]",
        as_of="Ask the sources as they were on YYYY[-MM[-DD]]",
        private="Only you see the answer",
    )
    @app_commands.autocomplete(collection=suggest)
    async def ask(
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, 2000],
        collection: str | None = None,
        since: str | None = None,
        until: str | None = None,
        as_of: str | None = None,
        private: bool = False,
    ) -> None:
        first, last = (parse_day(day, last=end) if day else None for day, end in ((since, False), (until, True)))
        if first is not None and last is not None and first > last:
            raise UsageError(f"The dates are out of order: since {since} is after until {until}.")
        # In the text it is kept for whatever is asked of the answer later.
        operator = f" as-of:{parse_as_of(as_of, datetime.now(UTC).date())}" if as_of else ""
        incoming = payloads.interaction(
            interaction,
            "command",
            question + operator,
            private=private,
            collection=collection,
            since=first.isoformat() if first else None,
            until=last.isoformat() if last else None,
        )
        await _take(app, interaction, incoming)

    @app.tree.command(name="sources", description="What is stored here")
    async def sources(interaction: discord.Interaction) -> None:
        await _take(app, interaction, payloads.interaction(interaction, "command", "sources", private=True))

    @app.tree.command(name="help", description="How to ask")
    async def help_(interaction: discord.Interaction) -> None:
        await _take(app, interaction, payloads.interaction(interaction, "command", "help", private=True))

    @app.tree.context_menu(name=CHECK_MENU)
    async def check(interaction: discord.Interaction, message: discord.Message) -> None:
        incoming = payloads.interaction(interaction, "context menu", message.content, private=True)
        await _take(app, interaction, incoming)


async def _take(app: DiscordApp, interaction: discord.Interaction, incoming: Incoming) -> None:
    """Says at once that we are thinking, and has the question answered. Discord delivers it once only."""
    app.parts.tasks.include()
    await interaction.response.defer(ephemeral=incoming.private, thinking=True)
    await app.reception.receive(incoming)


async def _complain(app: DiscordApp, interaction: discord.Interaction, error: BaseException) -> None:
    """Who did something hears of it if that cannot be done."""
    if not isinstance(error, LegationError):
        _log.error("An interaction did not work: %s.", where(error))
    sentence = error.user_message if isinstance(error, LegationError) else BROKEN
    try:
        await _aside(app, interaction, sentence_message(sentence))
    except (discord.DiscordException, aiohttp.ClientError, OSError) as problem:
        _log.error("An interaction could not be answered: %s.", where(problem))


async def _aside(app: DiscordApp, interaction: discord.Interaction, message: Message) -> None:
    """To who pressed or typed something alone."""
    content = sendable(message, app.settings.look)
    if not interaction.response.is_done():
        await interaction.response.send_message(**content, ephemeral=True)
    elif interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        await interaction.edit_original_response(**content)  # in place of "is thinking…"
    else:
        await interaction.followup.send(**content, ephemeral=True)


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"legation:(?P<action>[a-z]+):(?P<answer>[0-9a-f]+)(?::(?P<detail>[0-9a-f]+))?(?::[0-9]+)?",
):
    """A button below an answer, made from its custom_id: it works after a restart, too."""

    def __init__(self, item: discord.ui.Button[Any], action: str, answer: str, detail: str) -> None:
        super().__init__(item)
        self._action, self._answer, self._detail = action, answer, detail

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> "AnswerButton":
        if not isinstance(item, discord.ui.Button):
            raise TypeError(f"{type(item).__name__} is no button")
        return cls(item, match["action"], match["answer"], match["detail"] or "")

    async def callback(self, interaction: discord.Interaction) -> Any:
        actions = {
            "more": self._more,
            "context": self._context,
            "share": self._share,
            "dismiss": self._dismiss,
            "right": self._judge,
            "wrong": self._judge,
        }
        action, app = actions.get(self._action), interaction.client
        if action is None or not isinstance(app, DiscordApp):
            return
        app.parts.tasks.include()
        try:
            await action(interaction, app)
        except Exception as error:  # the last fence: whoever presses a button hears of it
            await _complain(app, interaction, error)

    async def _more(self, interaction: discord.Interaction, app: DiscordApp) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        after, place = int(self._detail) if _NUMBER.fullmatch(self._detail) else 0, payloads.place(interaction)
        answer = await app.parts.pool.run(lambda: app.desk.more(self._answer, place, after))
        await _aside(app, interaction, further_message(answer, more=len(answer.quotes) == FURTHER))

    async def _context(self, interaction: discord.Interaction, app: DiscordApp) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = payloads.place(interaction)
        shown = await app.parts.reads.run(lambda: app.desk.passage(self._answer, self._detail, place))
        await _aside(app, interaction, passage_message(shown.document, shown.start, shown.end, shown.note))

    async def _share(self, interaction: discord.Interaction, app: DiscordApp) -> None:
        await interaction.response.defer()
        key = f"share:{self._answer}"
        if not await app.parts.quick.run(lambda: app.parts.store.accept(PLATFORM, key, None)):
            raise UsageError("This was shared already, or may have been.")
        place = payloads.place(interaction)
        try:
            answer = await app.parts.pool.run(lambda: app.desk.share(self._answer, place))
            more, user = app.desk.has_more(answer), str(interaction.user.id)
            message = answer_message(answer, restated=True, private=False, share=False, more=more, shared_by=user)
            await interaction.followup.send(**sendable(message, app.settings.look))
        except (LegationError, discord.Forbidden, discord.NotFound):  # nothing was shared: it may be tried again
            await app.parts.quick.run(lambda: app.parts.store.release(PLATFORM, key))
            raise
        await interaction.delete_original_response()

    async def _dismiss(self, interaction: discord.Interaction, app: DiscordApp) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()

    async def _judge(self, interaction: discord.Interaction, app: DiscordApp) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        right, user = self._action == "right", str(interaction.user.id)
        await app.parts.quick.run(lambda: app.desk.judge(self._answer, right, user))
        await _aside(app, interaction, sentence_message(THANKS))
