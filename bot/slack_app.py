"""Slack's listeners. Thin: a payload becomes a question, the desk answers, a renderer shows, ``Replies`` sends.

A question takes this way: a listener (``_on_mention`` and others) -> ``Reception.receive``, which stores it and has it
answered by ``Desk.answer`` -> ``SlackFront.render`` -> ``Replies.answer``.

Bolt runs with ``process_before_response``: what a listener does is done before Slack hears that all is well. It
stores the question and no more; the answer is made afterwards, by a task of ours that a stop waits for.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_payloads as payloads
from bot.assemble import BRIEFS
from bot.chat.desk import Desk
from bot.chat.reception import Answered, Help, Parts, Reception, Reply, Said
from bot.chat.tasks import where
from bot.render.slack.answer import answer_message
from bot.render.slack.ask_form import ask_view
from bot.render.slack.elements import ASK_VIEW, Message
from bot.render.slack.home import home_view
from bot.render.slack.replies import help_message, sentence_message, sources_message
from bot.render.words import NOTHING_OPEN
from bot.settings import SlackSettings
from bot.slack_buttons import Buttons
from bot.slack_manifest import CHECK_SHORTCUT, bot_name
from bot.slack_payloads import PLATFORM, FormOrigin, Incoming, Payload
from bot.slack_replies import Replies
from bot.types import Gap, Overview
from index.errors import LegationError

PROMPTS = (
    "Which embassies is North Korea closing, and why?",
    "Who is the protecting power in Iran?",
    "When do the Burma sanctions end?",
    "Which sources do you have?",
)
"""What the messages of the app suggest as long as the shipped briefs are searched."""

OTHER_PROMPTS = ("What can I ask?", "Which sources do you have?")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the workspace, as ``auth.test`` says. ``authorized`` is the same for Bolt."""

    bot_user: str
    authorized: AuthorizeResult


class SlackFront:
    """How replies look in Slack, and how they are sent."""

    def __init__(self, replies: Replies, settings: SlackSettings) -> None:
        self._replies, self._settings = replies, settings

    def render(self, arrival: Incoming, reply: Reply) -> Message:
        """The question is restated to who asked alone: what they typed is not shown by Slack."""
        private = arrival.private
        if isinstance(reply, Answered):
            share = private and not arrival.place.direct
            return answer_message(reply.answer, restated=private, private=private, share=share, more=reply.more)
        if isinstance(reply, Help):
            return help_message(self._settings.command, f"@{bot_name(self._settings)}")
        if isinstance(reply, Said):
            return sentence_message(reply.sentence, arrival.text if private else None)
        return sources_message(reply)

    async def send(self, arrival: Incoming, message: Message) -> None:
        await self._replies.answer(arrival, message)

    async def show_status(self, arrival: Incoming) -> None:
        await self._replies.show_status(arrival)


class SlackApp:
    """The listeners, on a Bolt app that a connection dispatches to."""

    def __init__(
        self,
        client: AsyncWebClient,
        identity: Identity,
        desk: Desk,
        parts: Parts,
        replies: Replies,
        settings: SlackSettings,
        gaps: Callable[[], tuple[Gap, ...]],
    ) -> None:
        self._bot_user, self._desk, self._parts = identity.bot_user, desk, parts
        self._replies, self._settings, self._gaps = replies, settings, gaps
        self._front = SlackFront(replies, settings)
        self._reception = Reception(PLATFORM, desk, parts, self._front)
        self._buttons = Buttons(desk, parts, replies)

        async def authorize() -> AuthorizeResult:
            return identity.authorized

        self.bolt = AsyncApp(
            client=AsyncWebClient(base_url=client.base_url, logger=client.logger),  # gets its token by authorize
            authorize=authorize,
            signing_secret=settings.signing_secret.get_secret_value().strip() if settings.signing_secret else "",
            process_before_response=True,
            logger=logging.getLogger("slack_bolt"),
            name="legation",
        )
        self._listen()

    async def resume(self) -> None:
        """Answers what was taken in and is not finished, by a process that is gone."""
        await self._reception.resume(payloads.incoming_from_json)

    def _listen(self) -> None:
        bolt, anything = self.bolt, re.compile(".*")
        bolt.event("app_mention")(self._on_mention)
        bolt.event("message")(self._on_message)
        bolt.event("app_home_opened")(self._on_home_opened)
        bolt.event(anything)(_on_other_event)
        bolt.command(anything)(self._on_command)
        bolt.view(ASK_VIEW)(self._on_form)
        bolt.message_shortcut(CHECK_SHORTCUT)(self._on_shortcut)
        bolt.action(anything)(self._on_click)
        bolt.error(_on_error)

    # Questions

    async def _on_mention(self, body: Payload) -> None:
        incoming = payloads.mention(body, self._bot_user)
        if incoming is not None:
            await self._reception.receive(incoming)

    async def _on_message(self, body: Payload) -> None:
        incoming = payloads.message(body, self._bot_user)
        if incoming is None:
            return
        if incoming.surface == "follow-up":
            conversation = incoming.conversation
            if incoming.channel not in self._settings.follow_up_channels:
                return
            if not await self._parts.quick.run(lambda: self._desk.knows(conversation)):
                return
        await self._reception.receive(incoming)

    async def _on_command(self, ack: Any, body: Payload) -> None:
        incoming = payloads.command(body)
        if incoming.text:
            await self._reception.receive(incoming)
        else:
            self._parts.tasks.start(self._open_form(body["trigger_id"], incoming))
        await ack()

    async def _on_form(self, ack: Any, body: Payload) -> None:
        overview = await self._overview(payloads.form_origin(body).channel, body["user"]["id"])
        names = [each.name for each in overview.collections]
        incoming, errors = payloads.form(body, names, datetime.now(UTC).date())
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await self._reception.receive(incoming)
        await ack()

    async def _on_shortcut(self, ack: Any, body: Payload) -> None:
        await self._reception.receive(payloads.shortcut(body))
        await ack()

    async def _open_form(self, trigger: str, incoming: Incoming) -> None:
        """Opens the form, or says how to ask without it."""
        try:
            overview = await self._overview(incoming.channel, incoming.user)
            if overview.closed:
                await self._front.send(incoming, sentence_message(NOTHING_OPEN))
                return
            origin = FormOrigin(incoming.channel, incoming.response_url)
            view = ask_view([each.name for each in overview.collections], origin.to_json())
            if await self._replies.open_view(trigger, view):
                return
        except LegationError as error:
            _log.warning("The form was not opened: %s", error.user_message)
        await self._front.send(incoming, self._front.render(incoming, Help()))

    # The app's own pages

    async def _on_home_opened(self, body: Payload) -> None:
        event = body["event"]
        page = self._suggest if event.get("tab") == "messages" else self._publish_home
        self._parts.tasks.start(page(event["channel"], event["user"]))

    async def _suggest(self, channel: str, user: str) -> None:
        overview = await self._overview(channel, user)
        shipped = any(each.name == BRIEFS for each in overview.collections)
        await self._replies.suggest(channel, self._settings.prompts or (PROMPTS if shipped else OTHER_PROMPTS))

    async def _publish_home(self, channel: str, user: str) -> None:
        overview = await self._overview(channel, user)
        gaps = await self._parts.reads.run(self._gaps) if user in self._settings.admins else None
        view = home_view(overview, self._settings.command, f"@{bot_name(self._settings)}", gaps)
        await self._replies.publish_home(user, view)

    async def _overview(self, channel: str, user: str) -> Overview:
        return await self._parts.reads.run(lambda: self._desk.overview(payloads.place(channel, user)))

    # Buttons

    async def _on_click(self, ack: Any, body: Payload) -> None:
        click = payloads.click(body)
        if await self._parts.quick.run(lambda: self._parts.store.accept(PLATFORM, click.key, None)):
            self._parts.tasks.start(self._buttons.pressed(click))
        await ack()


async def _on_other_event() -> None:
    """Events that say nothing to us are acknowledged."""


async def _on_error(error: Exception) -> None:
    """A listener has raised: Slack gets no acknowledgement, and delivers an event again."""
    reason = error.user_message if isinstance(error, LegationError) else where(error)
    _log.error("A delivery was not accepted: %s", reason)
