"""Slack's listeners. Thin: a payload becomes a question, the desk answers, a renderer shows, ``Replies`` sends.

A question takes this way: a listener (``_on_mention`` and others) -> ``_receive``, which stores it -> ``_answer`` ->
``Desk.answer`` -> ``answer_message`` -> ``Replies.answer``.

Bolt runs with ``process_before_response``: what a listener does is done before Slack hears that all is well. It
stores the question and no more; the answer is made afterwards, by a task of ours that a stop waits for.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_payloads as payloads
from bot.assemble import BRIEFS
from bot.chat.desk import Desk
from bot.chat.pool import Pool, Result
from bot.chat.store import ChatStore
from bot.chat.tasks import Tasks, where
from bot.render.slack.answer import answer_message
from bot.render.slack.ask_form import ask_view
from bot.render.slack.elements import ASK_VIEW, Message
from bot.render.slack.home import home_view
from bot.render.slack.replies import help_message, sentence_message, sources_message
from bot.settings import SlackSettings
from bot.slack_buttons import Buttons
from bot.slack_manifest import CHECK_SHORTCUT, bot_name
from bot.slack_payloads import PLATFORM, FormOrigin, Incoming, Payload
from bot.slack_replies import Replies
from bot.types import Gap, Overview
from index.errors import BusyError, LegationError, UnreachableError, UsageError

HELP = frozenset({"", "help", "what can i ask"})
SOURCES = frozenset({"sources", "which sources do you have"})
"""What is answered with a fixed page, in small letters and without marks."""

PROMPTS = (
    "Which embassies is North Korea closing, and why?",
    "Who is the protecting power in Iran?",
    "When do the Burma sanctions end?",
    "Which sources do you have?",
)
"""What the messages of the app suggest as long as the shipped briefs are searched."""

OTHER_PROMPTS = ("What can I ask?", "Which sources do you have?")

SEND_AGAIN_SECONDS = (5, 15, 30, 60, 120, 300)
"""Waits before a reply is sent again while Slack cannot be reached."""

INTERRUPTED = "I was restarted while I was sending the answer to this. If it is not here, please ask again."
BROKEN = "Something went wrong inside Legation; whoever runs it finds the reason in its log."
UNSENT = "There is an answer, but Slack does not take it; whoever runs Legation finds the reason in its log."
NO_TEXT = "There is no text in this message to look up."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the workspace, as ``auth.test`` says. ``authorized`` is the same for Bolt."""

    bot_user: str
    authorized: AuthorizeResult


@dataclass(frozen=True, slots=True)
class Parts:
    """What the listeners work with. ``pool`` answers questions, ``quick`` does what must not wait behind them."""

    desk: Desk
    store: ChatStore
    pool: Pool
    quick: Pool
    replies: Replies
    gaps: Callable[[], tuple[Gap, ...]]


class SlackApp:
    """The listeners, on a Bolt app that a connection dispatches to. ``tasks`` is what they have under way."""

    def __init__(self, client: AsyncWebClient, identity: Identity, parts: Parts, settings: SlackSettings) -> None:
        self._bot_user, self._parts, self.settings = identity.bot_user, parts, settings
        self._buttons = Buttons(parts.desk, parts.pool, parts.quick, parts.replies)
        self.tasks = Tasks()

        async def authorize() -> AuthorizeResult:
            return identity.authorized

        self.bolt = AsyncApp(
            client=AsyncWebClient(base_url=client.base_url, logger=client.logger),  # gets its token by authorize
            authorize=authorize,
            signing_secret=settings.signing_secret.get_secret_value() if settings.signing_secret else "",
            process_before_response=True,
            logger=logging.getLogger("slack_bolt"),
            name="legation",
        )
        self._listen()

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
        await self._receive(payloads.mention(body, self._bot_user))

    async def _on_message(self, body: Payload) -> None:
        incoming = payloads.message(body, self._bot_user)
        if incoming is not None and incoming.surface == "follow-up":
            conversation = incoming.conversation
            if incoming.channel not in self.settings.follow_up_channels:
                return
            if not await self._quickly(lambda: self._parts.desk.knows(conversation)):
                return
        await self._receive(incoming)

    async def _on_command(self, ack: Any, body: Payload) -> None:
        incoming = payloads.command(body)
        if incoming.text:
            await self._receive(incoming)
        else:
            self.tasks.start(self._open_form(body["trigger_id"], incoming))
        await ack()

    async def _on_form(self, ack: Any, body: Payload) -> None:
        overview = await self._overview(payloads.form_origin(body).channel, body["user"]["id"])
        incoming, errors = payloads.form(body, [each.name for each in overview.collections])
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await self._receive(incoming)
        await ack()

    async def _on_shortcut(self, ack: Any, body: Payload) -> None:
        await self._receive(payloads.shortcut(body))
        await ack()

    async def _receive(self, incoming: Incoming | None) -> None:
        """Stores a question, unless it was delivered before, and sees to it that it is answered."""
        if incoming is None:
            return
        if await self._quickly(lambda: self._parts.store.accept(PLATFORM, incoming.key, incoming.to_json())):
            _log.info("A question arrived (%s, %d characters).", incoming.surface, len(incoming.text))
            self.tasks.start(self._answer(incoming))

    async def _answer(self, incoming: Incoming) -> None:
        message, _ = await asyncio.gather(self._made(incoming), self._parts.replies.show_status(incoming))
        await self._send(incoming, message)

    async def _made(self, incoming: Incoming) -> Message:
        """The answer as a message; also what is said in place of an answer."""
        word = incoming.text.casefold().strip(" ?!.")
        desk, question = self._parts.desk, incoming.text if incoming.private else None
        try:
            if incoming.surface == "shortcut" and not incoming.text:
                return sentence_message(NO_TEXT)
            if word in HELP:
                return self._help()
            if word in SOURCES:
                return sources_message(await self._overview(incoming.channel, incoming.user))
            answer = await self._parts.pool.run(lambda: desk.answer(incoming.asked))
        except LegationError as error:
            if not isinstance(error, BusyError | UsageError):
                _log.warning("A question was not answered: %s", error.user_message)
            return sentence_message(error.user_message, question)
        except Exception as error:  # the last fence: whoever asks gets a reply
            _log.error("A question was not answered: %s.", where(error))
            return sentence_message(BROKEN, question)
        _log.info("Answered: %s, %d quotes, %.0f ms.", answer.kind, len(answer.quotes), answer.elapsed_ms)
        more, private = desk.has_more(answer), incoming.private
        message = answer_message(answer, restated=private, private=private, more=more)
        if message.left_out:
            await self._quickly(lambda: desk.not_shown(answer, message.left_out))
        return message

    async def _send(self, incoming: Incoming, message: Message) -> None:
        """Sends a reply, also if Slack cannot be reached for some minutes."""
        store, key = self._parts.store, incoming.key
        for wait in (*SEND_AGAIN_SECONDS, None):
            await self._quickly(lambda: store.start_sending(PLATFORM, key))
            try:
                await self._parts.replies.answer(incoming, message)
                break
            except UnreachableError as error:
                if wait is None:
                    _log.error("A reply is given up: %s", error.user_message)
                    break
                _log.warning("%s The reply is sent again in %d s.", error.user_message, wait)
                await self._quickly(lambda: store.reopen(PLATFORM, key))
                await asyncio.sleep(wait)
            except LegationError as error:
                _log.error("A reply was refused: %s", error.user_message)
                await self._parts.replies.answer(incoming, sentence_message(UNSENT))
                break
        await self._quickly(lambda: store.finish(PLATFORM, key))

    async def _open_form(self, trigger: str, incoming: Incoming) -> None:
        origin = FormOrigin(incoming.channel, incoming.response_url)
        overview = await self._overview(incoming.channel, incoming.user)
        view = ask_view([each.name for each in overview.collections], origin.to_json())
        if not await self._parts.replies.open_view(trigger, view):
            await self._parts.replies.answer(incoming, self._help())

    # The app's own pages

    async def _on_home_opened(self, body: Payload) -> None:
        event = body["event"]
        page = self._suggest if event.get("tab") == "messages" else self._publish_home
        self.tasks.start(page(event["channel"], event["user"]))

    async def _suggest(self, channel: str, user: str) -> None:
        overview = await self._overview(channel, user)
        shipped = any(each.name == BRIEFS for each in overview.collections)
        await self._parts.replies.suggest(channel, self.settings.prompts or (PROMPTS if shipped else OTHER_PROMPTS))

    async def _publish_home(self, channel: str, user: str) -> None:
        overview = await self._overview(channel, user)
        gaps = await self._parts.pool.run(self._parts.gaps) if user in self.settings.admins else None
        view = home_view(overview, self.settings.command, f"@{bot_name(self.settings)}", gaps)
        await self._parts.replies.publish_home(user, view)

    async def _overview(self, channel: str, user: str) -> Overview:
        return await self._quickly(lambda: self._parts.desk.overview(payloads.place(channel, user)))

    def _help(self) -> Message:
        return help_message(self.settings.command, f"@{bot_name(self.settings)}")

    # Buttons

    async def _on_click(self, ack: Any, body: Payload) -> None:
        click = payloads.click(body)
        if await self._quickly(lambda: self._parts.store.accept(PLATFORM, click.key, None)):
            self.tasks.start(self._buttons.pressed(click))
        await ack()

    # After a restart

    def resume(self) -> None:
        """Answers what an earlier process accepted and did not finish."""
        for delivery in self._parts.store.unfinished(PLATFORM):
            incoming = payloads.incoming_from_json(delivery.job)
            _log.info("A question from before the start is taken up again (%s).", delivery.state)
            unsure = delivery.state == "sending"
            self.tasks.start(self._apologise(incoming) if unsure else self._answer(incoming))

    async def _apologise(self, incoming: Incoming) -> None:
        """It is not known whether the answer was sent: saying so is better than two answers, or none."""
        question = incoming.text if incoming.private else None
        await self._send(incoming, sentence_message(INTERRUPTED, question))

    async def _quickly(self, work: Callable[[], Result]) -> Result:
        return await self._parts.quick.run(work)


async def _on_other_event() -> None:
    """Events that say nothing to us are acknowledged."""


async def _on_error(error: Exception) -> None:
    """A listener has raised: Slack gets no acknowledgement, and delivers the event again."""
    reason = error.user_message if isinstance(error, LegationError) else where(error)
    _log.error("A delivery was not accepted: %s", reason)
