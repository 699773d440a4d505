"""The buttons below an answer in Slack. Thin: the desk decides, a renderer shows, ``Replies`` sends."""

import logging

from bot.chat.desk import Desk
from bot.chat.pool import Pool
from bot.render.slack.answer import answer_message, further_message
from bot.render.slack.elements import CONTEXT, DISMISS, FEEDBACK, MORE, SHARE
from bot.render.slack.passage import notice_view, passage_view
from bot.render.slack.replies import sentence_message
from bot.slack_payloads import Click
from bot.slack_replies import Replies
from index.errors import LegationError, NotFoundError

THANKS = "Thank you; whoever adds sources will see it."

_log = logging.getLogger(__name__)


class Buttons:
    """What each button does. ``pool`` is for what searches, ``quick`` for what must not wait behind questions."""

    def __init__(self, desk: Desk, pool: Pool, quick: Pool, replies: Replies) -> None:
        self._desk, self._pool, self._quick, self._replies = desk, pool, quick, replies
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

    async def _more(self, click: Click) -> None:
        answer = await self._pool.run(lambda: self._desk.more(click.answer, click.place))
        message = further_message(answer, private=click.private)
        if message.left_out:
            await self._quick.run(lambda: self._desk.not_shown(answer, message.left_out))
        await self._replies.further(click, message)

    async def _context(self, click: Click) -> None:
        try:
            number = int(click.detail) if click.detail.isdecimal() else 0
            shown = await self._quick.run(lambda: self._desk.passage(click.answer, number, click.place))
            view = passage_view(shown.document, shown.start, shown.end, shown.note)
        except LegationError as error:
            view = notice_view("Not shown", error.user_message)
        if not await self._replies.open_view(click.trigger, view):
            raise NotFoundError("The passage could not be shown in time; please press the button again.")

    async def _share(self, click: Click) -> None:
        answer = await self._pool.run(lambda: self._desk.share(click.answer, click.place))
        more = self._desk.has_more(answer)
        message = answer_message(answer, restated=True, private=False, more=more, shared_by=click.user)
        url = click.response_url
        if url is None or not await self._replies.respond(url, message, public=True):
            await self._replies.in_thread(click.channel, click.thread, message)
        if url is not None:
            await self._replies.delete_original(url)

    async def _dismiss(self, click: Click) -> None:
        if click.response_url is None or not await self._replies.delete_original(click.response_url):
            _log.info("A private answer could not be taken away; Slack removes it by itself.")

    async def _judge(self, click: Click) -> None:
        right = click.detail == "right"
        await self._quick.run(lambda: self._desk.judge(click.answer, right, click.user))
        await self._replies.aside(click, sentence_message(THANKS))
