"""The buttons below an answer in Slack. Thin: the desk decides, a renderer shows, ``Replies`` sends."""

import logging
import re

from bot.chat.desk import FURTHER, Desk
from bot.chat.reception import BROKEN, Parts
from bot.chat.tasks import where
from bot.render.slack.answer import answer_message, further_message
from bot.render.slack.elements import CONTEXT, DISMISS, FEEDBACK, MORE, SHARE
from bot.render.slack.passage import notice_view, passage_view
from bot.render.slack.replies import sentence_message
from bot.slack_payloads import PLATFORM, Click
from bot.slack_replies import Replies
from index.errors import LegationError, NotFoundError, UncertainError

_NUMBER = re.compile(r"[0-9]{1,4}")
THANKS = "Thank you; whoever adds sources will see it."

_log = logging.getLogger(__name__)


class Buttons:
    """What each button does."""

    def __init__(self, desk: Desk, parts: Parts, replies: Replies) -> None:
        self._desk, self._parts, self._replies = desk, parts, replies
        self._actions = {
            MORE: self._more,
            CONTEXT: self._context,
            SHARE: self._share,
            DISMISS: self._dismiss,
            FEEDBACK: self._judge,
        }

    async def pressed(self, click: Click) -> None:
        """Does what the button says; who pressed it hears of it if that cannot be done."""
        action = self._actions.get(click.action)
        if action is None:  # a link, which Slack itself has opened
            return
        try:
            await action(click)
        except LegationError as error:
            await self._replies.aside(click, sentence_message(error.user_message))
        except Exception as error:  # the last fence: whoever presses a button hears of it
            _log.error("A button did not work: %s.", where(error))
            await self._replies.aside(click, sentence_message(BROKEN))

    async def _more(self, click: Click) -> None:
        after = int(click.detail) if _NUMBER.fullmatch(click.detail) else 0
        answer = await self._parts.pool.run(lambda: self._desk.more(click.answer, click.place, after))
        await self._replies.aside(click, further_message(answer, more=len(answer.quotes) == FURTHER))

    async def _context(self, click: Click) -> None:
        try:
            shown = await self._parts.reads.run(lambda: self._desk.passage(click.answer, click.detail, click.place))
            view = passage_view(shown.document, shown.start, shown.end, shown.note)
        except LegationError as error:
            view = notice_view("Not shown", error.user_message)
        if not await self._replies.open_view(click.trigger, view):
            raise NotFoundError("The passage could not be shown in time; please press the button again.")

    async def _share(self, click: Click) -> None:
        try:
            answer = await self._parts.pool.run(lambda: self._desk.share(click.answer, click.place))
            more = self._desk.has_more(answer)
            message = answer_message(answer, restated=True, private=False, share=False, more=more, shared_by=click.user)
            url = click.response_url
            if url is None or not await self._replies.respond(url, message, public=True):
                await self._replies.in_thread(click.channel, click.thread, message)
        except UncertainError:
            raise
        except LegationError:  # nothing was shared: the button may be pressed again
            await self._parts.quick.run(lambda: self._parts.store.release(PLATFORM, click.key))
            raise
        if url is not None:
            await self._replies.delete_original(url)

    async def _dismiss(self, click: Click) -> None:
        if click.response_url is None or not await self._replies.delete_original(click.response_url):
            _log.info("A private answer could not be taken away; Slack removes it by itself.")

    async def _judge(self, click: Click) -> None:
        if click.detail not in ("right", "wrong"):
            return
        right = click.detail == "right"
        await self._parts.quick.run(lambda: self._desk.judge(click.answer, right, click.user))
        await self._replies.aside(click, sentence_message(THANKS))
