"""Who calls a method that Slack has told somebody to wait with."""

import asyncio
import logging

import aiohttp

from bot.render.slack.replies import sentence_message
from bot.slack_replies import Replies, make_client
from tests.fakes.slack import SlackServer


def test_while_one_is_told_to_wait_nobody_calls(slack: SlackServer) -> None:
    channel = slack.add_channel("newsroom")
    slack.rate_limit("chat.postMessage", times=1, retry_after=1)

    async def run() -> None:
        client = make_client(slack.bot_token, slack.base_url, logging.getLogger("slack_sdk"))
        async with aiohttp.ClientSession() as session:
            client.session = session
            replies = Replies(client, session)
            first = asyncio.create_task(replies.in_thread(channel.id, None, sentence_message("number 0")))
            while not (replies.waiting("chat.postMessage") or first.done()):  # a busy machine may miss the second
                await asyncio.sleep(0.01)
            others = (replies.in_thread(channel.id, None, sentence_message(f"number {n}")) for n in range(1, 6))
            await asyncio.gather(first, *others)

    asyncio.run(run())
    assert sorted(each.text for each in slack.messages) == [f"number {n}" for n in range(6)]
    assert slack.violations == []
    assert len(slack.calls_of("chat.postMessage")) == 7
