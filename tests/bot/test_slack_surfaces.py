"""Everything that people can do in Slack, done to ``legation slack`` as a process, by socket and by HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from slack_library import (
    CANARY,
    CANARY_QUESTION,
    CANARY_SENTENCE,
    FOLLOW_UP,
    HOSTILE,
    HOSTILE_QUESTION,
    QUESTION,
    REASON,
    SENTENCE,
    ZENDA,
    copied,
)

from bot.chat.desk import FURTHER
from bot.render.slack.elements import CONTEXT, DISMISS, FEEDBACK, MORE, SHARE, SOURCE
from bot.render.visible import visible
from bot.slack_app import OTHER_PROMPTS
from bot.slack_buttons import THANKS
from bot.slack_manifest import CHECK_SHORTCUT
from tests.fakes.slack import Channel, LiveMarkup, Message, SlackServer, User, live_markup
from tests.fakes.slack_process import Mode, SlackProcess, quotes, words

NOT_THERE = "Who won the regatta on the river?"
LIMITED, FOLLOWED = "C0LIMITED00", "C0FOLLOWED0"


@pytest.fixture(scope="module", params=get_args(Mode))
def service(
    request: pytest.FixtureRequest, slack_library: Path, model_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SlackProcess]:
    home = copied(slack_library, tmp_path_factory.mktemp("service"))
    with SlackServer(ack_seconds=30) as server:
        admin = server.add_user("admin")
        rules = {"CHANNELS": {LIMITED: ["posts"]}, "ADMINS": [admin.id], "FOLLOW_UP_CHANNELS": [FOLLOWED]}
        settings = {f"SLACK__{name}": json.dumps(value) for name, value in rules.items()}
        server.workspace.channels[LIMITED] = Channel(LIMITED, "limited")
        server.workspace.channels[FOLLOWED] = Channel(FOLLOWED, "followed")
        with SlackProcess(server, home, model_cache, request.param, **settings) as process:
            yield process
        assert (process.process.returncode, server.refused, server.violations) == (0, [], [])
        assert server.seen_errors == []
        for secret in server.secrets:
            assert secret not in process.log
        for text in (QUESTION, SENTENCE, CANARY, "regatta"):
            assert text not in process.log


@pytest.fixture
def slack(service: SlackProcess) -> SlackServer:
    return service.server


@pytest.fixture
def reader(slack: SlackServer) -> User:
    return slack.add_user("reader")


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.add_channel("newsroom")


def private(slack: SlackServer, user: User, count: int = 1) -> Message:
    """The latest message for this user alone, when there are ``count`` of them."""

    def there() -> list[Message]:
        found = [message for message in slack.messages if message.ephemeral_to == user.id]
        return found if len(found) >= count else []

    return slack.wait_for(there)[-1]


def public(slack: SlackServer, channel: Channel, count: int = 1) -> Message:
    """The latest message for everybody in a channel, when there are ``count`` of them."""

    def there() -> list[Message]:
        found = [each for each in slack.messages if each.channel == channel.id and each.ephemeral_to is None]
        return found if len(found) >= count else []

    return slack.wait_for(there)[-1]


def mention(slack: SlackServer, user: User, channel: Channel, text: str) -> Message:
    handle = slack.user_mentions(user, channel, f"<@{slack.bot_user_id}> {text}")
    return slack.wait_for(lambda: slack.thread(channel, handle.thread_ts))[-1]


# The slash command


def test_a_command_answers_who_asked_alone(slack: SlackServer, reader: User, channel: Channel) -> None:
    handle = slack.user_commands(reader, channel, "/ask", QUESTION)
    answer = private(slack, reader)
    assert quotes(answer)[0] == SENTENCE
    assert words(answer).startswith(f"Question: {QUESTION}")
    assert (answer.via, answer.channel, answer.ephemeral_to) == ("response_url", channel.id, reader.id)
    delivery = handle.wait()
    assert (delivery.acked, delivery.response) == (True, None)
    bold = [
        each["text"]
        for block in answer.blocks
        for element in block["elements"]
        if element["type"] == "rich_text_quote"
        for each in element["elements"]
        if each.get("style") == {"bold": True}
    ]
    assert bold[0] == SENTENCE
    citation = "[1] The closure in Strelsau · Ruritanian Gazette · 1911-05-05 · Closure"
    assert citation in words(answer)
    links = [each for each in live_markup(answer) if each.label == "The closure in Strelsau"]
    assert links[0].value.startswith("https://gazette.example/strelsau#:~:text=The%20embassy")
    assert answer.text == f"“{SENTENCE}” [1] The closure in Strelsau · Ruritanian Gazette · 1911-05-05"


def test_a_private_answer_is_shared(slack: SlackServer, reader: User, channel: Channel) -> None:
    slack.user_commands(reader, channel, "/ask", QUESTION)
    answer = private(slack, reader)
    slack.user_clicks(reader, answer, SHARE)
    slack.user_clicks(reader, answer, SHARE)  # twice, as people do
    shared = public(slack, channel)
    assert quotes(shared) == quotes(answer)
    assert LiveMarkup("user", reader.id) in live_markup(shared)
    assert words(shared).startswith("Shared by ")
    slack.wait_for(lambda: answer.deleted)
    assert len(slack.history(channel)) == 1
    slack.user_clicks(reader, shared, CONTEXT)
    assert SENTENCE in words(slack.wait_for(lambda: slack.view(reader)).content)


def test_a_private_answer_is_dismissed(slack: SlackServer, reader: User, channel: Channel) -> None:
    slack.user_commands(reader, channel, "/ask", QUESTION)
    answer = private(slack, reader)
    slack.user_clicks(reader, answer, DISMISS)
    slack.wait_for(lambda: answer.deleted)
    assert slack.history(channel) == []


def test_what_is_not_found_is_said_privately(slack: SlackServer, reader: User, channel: Channel) -> None:
    slack.user_commands(reader, channel, "/ask", NOT_THERE)
    answer = private(slack, reader)
    assert answer.text == "Not found in these sources."
    assert "Searched: internal (1 document), posts (3 documents, newest 1911-05-05)." in words(answer)


def test_help_and_sources(slack: SlackServer, reader: User, channel: Channel) -> None:
    slack.user_commands(reader, channel, "/ask", "help")
    assert "/ask alone opens a form, with dates and collections to choose." in words(private(slack, reader))
    slack.user_commands(reader, channel, "/ask", "sources")
    assert private(slack, reader, 2).text == "Stored here: internal, posts"


def test_an_empty_command_opens_the_form(slack: SlackServer, reader: User, channel: Channel) -> None:
    slack.user_commands(reader, channel, "/ask")
    form = slack.wait_for(lambda: slack.view(reader))
    options = form["blocks"][1]["element"]["options"]
    assert [option["text"]["text"] for option in options] == ["All collections", "internal", "posts"]
    values = {"question": " ", "since": "1911-01-02", "until": "1911-01-01", "as-of": "2999-01-01"}
    refused = slack.user_submits(reader, form, values).wait()
    assert refused.response == {
        "response_action": "errors",
        "errors": {
            "question": "Please type a question.",
            "until": "This day is before the first one.",
            "as-of": "2999-01-01 lies in the future; as-of takes a day that has been.",
        },
    }
    values = {"question": QUESTION, "since": "1911-01-01", "until": "1911-12-31", "collection": options[2]["value"]}
    assert slack.user_submits(reader, form, values).wait().acked
    answer = private(slack, reader)
    assert (answer.channel, quotes(answer)[0]) == (channel.id, SENTENCE)
    assert "Only documents published from 1911-01-01 to 1911-12-31." in words(answer)
    assert slack.view(reader) is None

    slack.user_commands(reader, channel, "/ask")
    form = slack.wait_for(lambda: slack.view(reader))
    values = {"question": QUESTION, "collection": options[1]["value"], "as-of": datetime.now(UTC).date().isoformat()}
    slack.user_submits(reader, form, values)
    nothing = private(slack, reader, 2)
    assert f"Question: {QUESTION} as-of:{values['as-of']}" in words(nothing)
    assert nothing.text == "Not found in these sources: none says “Strelsau”."
    assert "Searched: internal (1 document)." in words(nothing)


# Mentions and threads


def test_a_mention_is_answered_in_its_thread_once(slack: SlackServer, reader: User, channel: Channel) -> None:
    handle = slack.user_mentions(reader, channel, f"<@{slack.bot_user_id}> {QUESTION}", also_as_message=True)
    answer = slack.wait_for(lambda: slack.thread(channel, handle.ts))[0]
    assert quotes(answer)[0] == SENTENCE
    assert "Question:" not in words(answer)
    assert handle.companion is not None
    assert handle.companion.wait().acked
    fixed = ("parse", "link_names", "mrkdwn", "unfurl_links", "unfurl_media")
    assert [answer.arguments[name] for name in fixed] == ["none", False, False, False, False]
    assert (channel.id, handle.ts, "is searching the sources…") in [
        (each.channel, each.thread_ts, each.status) for each in slack.statuses
    ]
    assert slack.status(channel, handle.ts) == ""
    mention(slack, reader, channel, "hello")  # what was asked before is answered by the time that this is
    assert len(slack.thread(channel, handle.ts)) == 1


def test_a_follow_up_in_the_thread_leans_on_the_question_before(
    slack: SlackServer, reader: User, channel: Channel
) -> None:
    first = slack.user_mentions(reader, channel, QUESTION)
    slack.wait_for(lambda: slack.thread(channel, first.ts))
    slack.user_mentions(reader, channel, FOLLOW_UP, thread_ts=first.ts)
    answer = slack.wait_for(lambda: slack.thread(channel, first.ts)[1:])[0]
    assert quotes(answer)[0].startswith(ZENDA)
    assert "Read together with the question before it." in words(answer)

    elsewhere = slack.user_mentions(reader, channel, FOLLOW_UP)
    alone = slack.wait_for(lambda: slack.thread(channel, elsewhere.ts))[0]
    assert "Read together with the question before it." not in words(alone)


def test_without_a_mention_a_thread_goes_on_only_in_the_channels_that_are_set(
    slack: SlackServer, reader: User, channel: Channel
) -> None:
    for place, answered in ((channel, False), (slack.workspace.channels[FOLLOWED], True)):
        first = slack.user_mentions(reader, place, QUESTION)
        slack.wait_for(lambda place=place, first=first: slack.thread(place, first.ts))
        talk = slack.user_writes(reader, place, "I have read about it.")
        assert slack.user_writes(reader, place, "So have I.", thread_ts=talk.ts).wait().acked
        follow_up = slack.user_writes(reader, place, FOLLOW_UP, thread_ts=first.ts)
        assert follow_up.wait().acked
        last = slack.user_mentions(reader, place, "hello", thread_ts=first.ts)
        expected = 3 if answered else 2
        thread = slack.wait_for(
            lambda place=place, last=last, most=expected: (
                slack.thread(place, last.thread_ts) if len(slack.thread(place, last.thread_ts)) >= most else []
            )
        )
        assert len(thread) == expected
        assert sum(bool(quotes(each)) and quotes(each)[0].startswith(ZENDA) for each in thread) == answered
        assert slack.thread(place, talk.ts) == []


def test_a_bare_mention_gets_the_help(slack: SlackServer, reader: User, channel: Channel) -> None:
    assert "How to ask" in words(mention(slack, reader, channel, ""))


def test_what_no_person_asks_is_ignored(slack: SlackServer, reader: User, channel: Channel) -> None:
    direct = slack.direct(reader)
    ignored = [
        slack.user_writes(reader, direct, QUESTION, bot_id="B0OTHERBOT0"),
        slack.user_writes(reader, direct, QUESTION, subtype="channel_topic"),
        slack.user_writes(reader, direct, QUESTION, edited=True),
        slack.user_writes(slack.bot_user_id, direct, QUESTION),
        slack.user_writes(reader, channel, QUESTION),
    ]
    asked = slack.user_writes(reader, direct, "hello")
    slack.wait_for(lambda: slack.thread(direct, asked.ts))
    ignored.append(slack.user_edits(direct, asked.ts, QUESTION))
    ignored.append(slack.user_deletes(direct, asked.ts))
    again = slack.user_writes(reader, direct, "hello")
    slack.wait_for(lambda: slack.thread(direct, again.ts))
    assert [handle.wait().acked for handle in ignored] == [True] * len(ignored)
    answered = [message.thread_ts for message in slack.messages if message.channel in (direct.id, channel.id)]
    assert answered == [asked.ts, again.ts]


# Direct messages and the agent view


def test_prompts_are_suggested_when_the_messages_open(slack: SlackServer, reader: User) -> None:
    slack.user_opens_home(reader, "messages")
    direct = slack.direct(reader).id
    shown = slack.wait_for(lambda: [each for each in slack.suggested_prompts if each.channel == direct])[0]
    assert shown.prompts == tuple((prompt, prompt) for prompt in OTHER_PROMPTS)
    asked = slack.user_writes(reader, direct, OTHER_PROMPTS[1])
    assert slack.wait_for(lambda: slack.thread(direct, asked.ts))[0].text == "Stored here: internal, posts"


def test_a_direct_message_is_answered_and_followed_up(slack: SlackServer, reader: User) -> None:
    direct = slack.direct(reader)
    asked = slack.user_writes(reader, direct, QUESTION)
    answer = slack.wait_for(lambda: slack.thread(direct, asked.ts))[0]
    assert quotes(answer)[0] == SENTENCE
    assert (direct.id, asked.ts, "is searching the sources…") in [
        (each.channel, each.thread_ts, each.status) for each in slack.statuses
    ]
    slack.user_writes(reader, direct, FOLLOW_UP, thread_ts=asked.ts)
    followed = slack.wait_for(lambda: slack.thread(direct, asked.ts)[1:])[0]
    assert quotes(followed)[0].startswith(ZENDA)
    below = slack.user_writes(reader, direct, "And the embassy in Strelsau?")  # beside the thread, to the same person
    answer = slack.wait_for(lambda: slack.thread(direct, below.ts))[0]
    assert "Read together with the question before it." in words(answer)


# The shortcut


def test_a_message_is_checked_against_the_sources(slack: SlackServer, reader: User, channel: Channel) -> None:
    claim = slack.user_writes(
        reader, channel, "The embassy in <https://maps.example|Strelsau> was closed in 1911 &amp; sold"
    )
    slack.user_uses_shortcut(reader, slack.message_of(claim), CHECK_SHORTCUT)
    answer = private(slack, reader)
    assert words(answer).startswith("Question: The embassy in Strelsau was closed in 1911 & sold")
    assert quotes(answer)[0].startswith(SENTENCE)
    picture = slack.user_writes(reader, channel, "")
    slack.user_uses_shortcut(reader, slack.message_of(picture), CHECK_SHORTCUT)
    assert private(slack, reader, 2).text == "There is no text in this message to look up."


# Buttons


def test_more_quotes_go_on_until_there_are_none(slack: SlackServer, reader: User) -> None:
    another, channel = slack.add_user("another"), slack.add_channel("newsroom")
    answer = mention(slack, reader, channel, QUESTION)
    others: list[list[str]] = []
    for person in (reader, another):  # each goes on from what is shown to all
        seen, count, last = quotes(answer), 0, answer
        while any(MORE in json.dumps(block) for block in last.blocks):
            count += 1
            slack.user_clicks(person, last, MORE)
            last = private(slack, person, count)
            assert (last.thread_ts, last.via) == (answer.thread_ts, "chat.postEphemeral")
            found = quotes(last)
            assert len(found) <= FURTHER
            assert f"[{len(seen) + 1}] " in words(last)
            assert set(found).isdisjoint(seen)
            seen += found
        others.append(seen)
        slack.user_clicks(person, last, CONTEXT)
        assert quotes(last)[0] in words(slack.wait_for(lambda person=person: slack.view(person)).content)
    assert others[0] == others[1]
    assert len(others[0]) > len(quotes(answer)) + FURTHER


def test_a_quote_is_shown_in_context_and_its_source_opened(slack: SlackServer, reader: User, channel: Channel) -> None:
    answer = mention(slack, reader, channel, QUESTION)
    slack.user_clicks(reader, answer, CONTEXT)
    view = slack.wait_for(lambda: slack.view(reader))
    assert f"{SENTENCE} {REASON}\n\nThe keys of the embassy" in words(view.content)
    marked = [
        each["text"]
        for block in view["blocks"]
        if block["type"] == "rich_text"
        for element in block["elements"]
        for each in element["elements"]
        if each.get("style") == {"bold": True}
    ]
    assert marked[-1] == SENTENCE
    assert slack.user_clicks(reader, answer, SOURCE).wait().acked


def test_what_people_think_of_answers_shows_in_the_gaps(
    service: SlackProcess, slack: SlackServer, reader: User, channel: Channel
) -> None:
    answer = mention(slack, reader, channel, QUESTION)
    slack.user_clicks(reader, answer, FEEDBACK, f"{_answer_id(answer)}:wrong")
    assert private(slack, reader).text == THANKS
    mention(slack, reader, channel, NOT_THERE)
    command = [sys.executable, "-m", "bot", "gaps", "--json"]
    printed = subprocess.run(command, env=service.environment, capture_output=True, text=True, check=True).stdout
    gaps = {gap["question"]: gap for gap in json.loads(printed)["gaps"]}
    assert gaps[QUESTION]["marked_wrong"] == 1
    assert (gaps[NOT_THERE]["marked_wrong"], gaps[NOT_THERE]["times"] >= 1) == (0, True)
    assert reader.id not in printed


# The home page


def test_the_home_page_shows_what_is_known_and_admins_what_is_missing(
    slack: SlackServer, reader: User, channel: Channel
) -> None:
    mention(slack, reader, channel, NOT_THERE)
    slack.user_opens_home(reader)
    page = words(slack.wait_for(lambda: slack.home(reader)).content)
    assert "posts" in page
    assert "internal" in page
    assert "1911-05-05" in page
    assert NOT_THERE not in page
    admin = next(user for user in slack.workspace.users.values() if user.name == "admin")
    slack.user_opens_home(admin)
    assert NOT_THERE in words(slack.wait_for(lambda: slack.home(admin)).content)


# Access


def test_a_limited_channel_never_shows_what_is_not_for_it(slack: SlackServer, reader: User, channel: Channel) -> None:
    limited = slack.workspace.channels[LIMITED]
    before = len(slack.messages)
    assert CANARY_SENTENCE in quotes(mention(slack, reader, channel, CANARY_QUESTION))[0]
    slack.user_clicks(reader, slack.messages[-1], CONTEXT)
    slack.wait_for(lambda: slack.view(reader))

    for text in (CANARY_QUESTION, f"Who is {CANARY[:-1]}x?"):
        mention(slack, reader, limited, text)
        slack.user_commands(reader, limited, "/ask", text)
    slack.user_commands(reader, limited, "/ask", "sources")
    slack.user_commands(reader, limited, "/ask")
    form = slack.wait_for(lambda: slack.view(reader))
    slack.wait_for(lambda: len([m for m in slack.messages if m.ephemeral_to == reader.id]) >= 3)
    there = [message for message in slack.messages[before:] if message.channel == LIMITED]
    assert len(there) >= 5
    for message in there:
        assert CANARY not in json.dumps(message.blocks) + message.text
        assert "internal" not in words(message) + message.text
    assert "collection" not in {block.get("block_id") for block in form["blocks"]}


# Text from documents


def test_hostile_text_comes_out_as_letters(slack: SlackServer, reader: User, channel: Channel) -> None:
    asked = f"{HOSTILE_QUESTION} &lt;!channel&gt; <!here>"
    answer = mention(slack, reader, channel, asked)
    assert quotes(answer)[0] == visible(HOSTILE)
    slack.user_commands(reader, channel, "/ask", f"{HOSTILE_QUESTION} <!channel> *bold* `code`")
    restated = private(slack, reader)
    slack.user_clicks(reader, answer, CONTEXT)
    view = slack.wait_for(lambda: slack.view(reader))
    assert visible(HOSTILE) in words(view.content)
    for shown in (answer.blocks, restated.blocks, view["blocks"]):
        live = live_markup({"blocks": shown})
        assert [each for each in live if not each.value.startswith("https://gazette.example/")] == []
    # A bare address is no link there, by ``parse``.
    assert [each.kind for each in live_markup({"text": answer.text, "blocks": []}) if each.label is not None] == []
    assert answer.text.startswith(
        "“The bulletin of the legation in Tarlenheim said &lt;!channel&gt; and &lt;@U0000000000&gt;"
    )


def _answer_id(message: Message) -> str:
    return next(
        element["value"].partition(":")[0]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element.get("action_id") == CONTEXT
    )
