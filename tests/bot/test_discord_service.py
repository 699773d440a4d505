"""Everything that people can do in Discord, done to ``legation discord`` as a process, and how it conducts itself."""

import base64
import json
import signal
import subprocess
import sys
import urllib.request
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_library import (
    CANARY,
    CANARY_QUESTION,
    CANARY_SENTENCE,
    FOLLOW_UP,
    HOSTILE_QUESTION,
    QUESTION,
    REASON,
    SENTENCE,
    ZENDA,
    copied,
)

from bot.chat.pool import BUSY
from bot.chat.reception import UNSURE
from bot.chat.store import NAME
from tests.fakes.discord_process import DiscordProcess
from tests.fakes.discord_server import Channel, DiscordServer, Message, User, all_texts, live_markup
from tests.fakes.service_process import ServiceProcess
from tests.fakes.slack import SlackServer
from tests.fakes.slack_process import words

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # discord.py imports audioop
    from bot.discord_app import CHECK_MENU, COMMANDS_FILE, THANKS

NOT_THERE = "Who won the regatta on the river?"
READ = "Read together with the question before it."


@pytest.fixture(scope="module")
def service(
    slack_library: Path, model_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DiscordProcess]:
    home = copied(slack_library, tmp_path_factory.mktemp("discord"))
    with DiscordServer(answer_seconds=30) as server:
        guild = server.add_guild("Ruritania")
        limited = server.add_channel(guild, "limited")
        server.add_channel(guild, "newsroom")
        rules = {"DISCORD__CHANNELS": json.dumps({str(limited.id): ["posts"]})}
        with DiscordProcess(server, home, model_cache, **rules) as process:
            yield process
        refused = [call for call in server.refused if call.status != 404]  # which a test has asked for
        assert (process.process.returncode, refused, server.violations) == (0, [], [])
        assert server.seen_errors == []
        for secret in server.secrets:
            assert secret not in process.log
        for text in (QUESTION, SENTENCE, CANARY, "regatta"):
            assert text not in process.log


@pytest.fixture
def server(service: DiscordProcess) -> DiscordServer:
    return service.server


@pytest.fixture
def reader(server: DiscordServer) -> User:
    return server.add_user("reader")


@pytest.fixture
def channel(server: DiscordServer) -> Channel:
    return _channel(server, "newsroom")


def _channel(server: DiscordServer, name: str) -> Channel:
    return next(channel for channel in server.world.channels.values() if channel.name == name)


def asked(server: DiscordServer, user: User, channel: Channel, text: str, reply_to: Message | None = None) -> Message:
    written = server.user_writes(user, channel, f"{server.mention} {text}", reply_to=reply_to, mentions_bot=True)
    return written.answer()


def said(message: Message) -> str:
    return "\n".join(filter(None, all_texts(message)))


def clicked(server: DiscordServer, user: User, message: Message, action: str) -> Message:
    return server.user_clicks(user, message, custom_id(message, action)).answer()


def custom_id(message: Message, action: str) -> str:
    return next(each for each in _custom_ids(message.components) if each.startswith(f"legation:{action}:"))


def _custom_ids(components: object) -> Iterator[str]:
    if isinstance(components, dict):
        if "custom_id" in components:
            yield str(components["custom_id"])
        for each in components.values():
            yield from _custom_ids(each)
    elif isinstance(components, list):
        for each in components:
            yield from _custom_ids(each)


# Mentions, replies, threads, direct messages


def test_a_mention_is_answered_by_a_reply_that_pings_nobody(
    server: DiscordServer, reader: User, channel: Channel
) -> None:
    answer = asked(server, reader, channel, QUESTION)
    assert f"**{SENTENCE}**" in said(answer)
    assert r"\[1\] [The closure in Strelsau](<https://gazette.example/strelsau#:~:text=" in said(answer)
    assert " · Ruritanian Gazette · 1911-05-05 · Closure" in said(answer)
    assert (answer.v2, answer.pings, answer.reference is not None) == (True, set(), True)
    assert channel.id in {each.channel for each in server.typings}


def test_a_reply_to_an_answer_goes_on(server: DiscordServer, reader: User, channel: Channel) -> None:
    first = asked(server, reader, channel, QUESTION)
    second = server.user_writes(reader, channel, FOLLOW_UP, reply_to=first).answer()
    assert ZENDA.rstrip(".") in said(second)
    assert READ in said(second)
    assert READ not in said(asked(server, reader, channel, FOLLOW_UP))


def test_a_mention_inside_a_thread_goes_on(server: DiscordServer, reader: User, channel: Channel) -> None:
    opening = server.user_writes(reader, channel, "Let us talk about Strelsau.").message
    thread = server.user_opens_thread(reader, opening, "Strelsau")
    asked(server, reader, thread, QUESTION)
    assert READ in said(asked(server, reader, thread, FOLLOW_UP))


def test_a_direct_message_is_answered_and_followed_up(server: DiscordServer, reader: User) -> None:
    direct = server.direct(reader)
    assert SENTENCE in said(server.user_writes(reader, direct, QUESTION).answer())
    assert READ in said(server.user_writes(reader, direct, FOLLOW_UP).answer())


def test_a_bare_mention_gets_the_help_and_the_sources_are_listed(
    server: DiscordServer, reader: User, channel: Channel
) -> None:
    assert "How to ask" in said(asked(server, reader, channel, ""))
    assert "**posts**" in said(asked(server, reader, channel, "sources"))
    assert said(asked(server, reader, channel, NOT_THERE)).startswith("**Not found in these sources.**")


def test_what_is_not_for_us_is_ignored(server: DiscordServer, reader: User, channel: Channel) -> None:
    answer = asked(server, reader, channel, "hello")
    unanswered = [
        server.user_writes(reader, channel, QUESTION),
        server.user_writes(reader, channel, QUESTION, reply_to=answer, ping=False),
    ]
    server.user_edits(unanswered[0].message, f"{server.mention} {QUESTION}")
    asked(server, reader, channel, "hello")
    assert [written.answers for written in unanswered] == [[], []]


# Commands


def test_ask_answers_for_all_or_privately(server: DiscordServer, reader: User, channel: Channel) -> None:
    public = server.user_commands(reader, channel, "ask", {"question": QUESTION}).answer()
    assert said(public).startswith(f"**Question:** {QUESTION}")
    assert (public.ephemeral_to, f"**{SENTENCE}**" in said(public)) == (None, True)
    options = {"question": QUESTION, "private": True, "collection": "posts", "since": "1911", "until": "1911-12"}
    private = server.user_commands(reader, channel, "ask", options).answer()
    assert private.ephemeral_to == reader.id
    assert "Only documents published from 1911-01-01 to 1911-12-31." in said(private)
    for wrong, sentence in (
        ({"since": "soon"}, "soon is not a date"),
        ({"since": "1912", "until": "1911"}, "The dates are out of order"),
        ({"as_of": "soon"}, "soon is not a date"),
        ({"as_of": "2999-01"}, "2999-01 lies in the future"),
        ({"collection": "nothing"}, "Not found in these sources: none says “Strelsau”."),
    ):
        refused = server.user_commands(reader, channel, "ask", {"question": QUESTION} | wrong).answer()
        assert sentence in said(refused).replace("\\", "")


def test_a_day_in_the_past_is_asked_of_by_the_text(server: DiscordServer, reader: User, channel: Channel) -> None:
    day = datetime.now(UTC).date().isoformat()
    answer = server.user_commands(reader, channel, "ask", {"question": QUESTION, "as_of": day}).answer()
    assert said(answer).startswith(f"**Question:** {QUESTION} as-of\\:{day}\n")
    assert f"**{SENTENCE}**" in said(answer)


def test_collections_are_suggested(server: DiscordServer, reader: User, channel: Channel) -> None:
    def names(place: Channel, typed: str) -> list[str]:
        return [choice["name"] for choice in server.user_autocompletes(
            reader, place, "ask", {"question": QUESTION, "collection": typed}, "collection"
        )]  # fmt: skip

    assert names(channel, "") == ["internal", "posts"]
    assert names(channel, "POS") == ["posts"]
    assert names(_channel(server, "limited"), "") == ["posts"]


def test_help_sources_and_the_menu_of_a_message(server: DiscordServer, reader: User, channel: Channel) -> None:
    told = said(server.user_commands(reader, channel, "help").answer())
    assert "**/ask** and a question answers everyone here; with private, you alone." in told
    assert "**internal**" in said(server.user_commands(reader, channel, "sources").answer())
    claim = server.user_writes(reader, channel, "The embassy in Strelsau was closed in 1911").message
    checked = server.user_uses_context_menu(reader, claim, CHECK_MENU).answer()
    assert (checked.ephemeral_to, SENTENCE in said(checked)) == (reader.id, True)


# Buttons


def test_more_quotes_context_and_judgement(
    service: DiscordProcess, server: DiscordServer, reader: User, channel: Channel
) -> None:
    answer = asked(server, reader, channel, QUESTION)
    further = clicked(server, reader, answer, "more")
    assert (further.ephemeral_to, r"\[4\]" in said(further), SENTENCE in said(further)) == (reader.id, True, False)
    other = clicked(server, server.add_user("other"), answer, "more")
    assert all_texts(other)[:4] == all_texts(further)[:4]
    context = clicked(server, reader, answer, "context")
    assert f"**{SENTENCE}** {REASON}" in said(context)
    assert said(clicked(server, reader, answer, "wrong")) == THANKS
    command = [sys.executable, "-m", "bot", "gaps", "--json"]
    printed = subprocess.run(command, env=service.environment, capture_output=True, text=True, check=True).stdout
    (gap,) = [gap for gap in json.loads(printed)["gaps"] if gap["question"] == QUESTION]
    assert gap["marked_wrong"] == 1


def test_a_private_answer_is_shared_once_or_dismissed(server: DiscordServer, reader: User, channel: Channel) -> None:
    options = {"question": QUESTION, "private": True}
    private = server.user_commands(reader, channel, "ask", options).answer()
    shared = clicked(server, reader, private, "share")
    assert (shared.ephemeral_to, shared.pings) == (None, set())
    assert said(shared).startswith(f"Shared by <@{reader.id}>")
    server.wait_for(lambda: private in server.deleted)
    once = server.user_commands(reader, channel, "ask", options).answer()
    server.fail("POST /webhooks/*/*", times=1, status=404)
    assert "Something went wrong" in said(clicked(server, reader, once, "share"))
    assert said(clicked(server, reader, once, "share")).startswith("Shared by")
    other = server.user_commands(reader, channel, "ask", options).answer()
    server.user_clicks(reader, other, custom_id(other, "dismiss")).wait()
    server.wait_for(lambda: other in server.deleted)


# Access, hostile text


def test_a_limited_channel_never_shows_what_is_not_for_it(
    server: DiscordServer, reader: User, channel: Channel
) -> None:
    assert CANARY_SENTENCE in said(asked(server, reader, channel, CANARY_QUESTION))
    limited = _channel(server, "limited")
    opening = server.user_writes(reader, limited, "A thread.").message
    for place in (limited, server.user_opens_thread(reader, opening, "A thread")):
        for text in (CANARY_QUESTION, f"Who is {CANARY[:-1]}x?"):
            assert CANARY not in said(asked(server, reader, place, text))
        shown = server.user_commands(reader, place, "sources").answer()
        assert "internal" not in said(shown)


def test_hostile_text_comes_out_as_letters(server: DiscordServer, reader: User, channel: Channel) -> None:
    answer = asked(server, reader, channel, HOSTILE_QUESTION)
    assert answer.pings == set()
    live = [each for each in live_markup(answer) if each.kind not in {"bold", "quote", "subtext"}]
    assert [each for each in live if not str(each.value).startswith("https://gazette.example/")] == []
    assert "⟨U\\+202E⟩" in said(answer).replace("⟨U+202E⟩", "⟨U\\+202E⟩")


# Conduct


@pytest.fixture
def alone() -> Iterator[DiscordServer]:
    with DiscordServer(answer_seconds=30) as server:
        guild = server.add_guild("Ruritania")
        server.add_channel(guild, "newsroom")
        yield server


@pytest.fixture
def home(slack_library: Path, tmp_path: Path) -> Path:
    return copied(slack_library, tmp_path)


def test_buttons_threads_and_commands_after_a_restart(alone: DiscordServer, home: Path, model_cache: Path) -> None:
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache):
        answer = asked(alone, reader, channel, QUESTION)
        told = alone.calls_of("PUT /applications/*/commands")
        assert len(told) == 1
    assert (home / COMMANDS_FILE).read_text().startswith(str(alone.world.application_id))
    with DiscordProcess(alone, home, model_cache, DISCORD__LOOK="embed", DISCORD__ANSWER_IN="thread"):
        assert SENTENCE in said(clicked(alone, reader, answer, "context"))
        written = alone.user_writes(reader, channel, f"{alone.mention} {QUESTION}", mentions_bot=True)
        reply = written.answer()
        thread = alone.world.channels[str(written.message.thread)]
        assert reply.channel == thread.id
        assert (reply.v2, len(reply.embeds)) == (False, 1)
        assert f"**{SENTENCE}**" in reply.embeds[0]["description"]
        assert READ in said(asked(alone, reader, thread, FOLLOW_UP))
    assert len(alone.calls_of("PUT /applications/*/commands")) == 1  # nothing had changed


def test_a_crash_before_and_while_sending(alone: DiscordServer, home: Path, model_cache: Path) -> None:
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache) as service:
        alone.rate_limit("POST /channels/*/messages", times=1, retry_after=30)
        written = alone.user_writes(reader, channel, f"{alone.mention} {QUESTION}", mentions_bot=True)
        alone.wait_for(lambda: alone.calls_of("POST /channels/*/messages"))
        assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    alone.advance(60)
    with DiscordProcess(alone, home, model_cache):
        assert said(written.answer()) == UNSURE
        asked(alone, reader, channel, "hello")
    assert len(written.answers) == 1


def test_what_discord_refuses_is_told_where_it_can_be(alone: DiscordServer, home: Path, model_cache: Path) -> None:
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache) as service:
        alone.deny(channel, "send_messages")
        alone.user_writes(reader, channel, f"{alone.mention} {QUESTION}", mentions_bot=True)
        direct = alone.direct(reader)
        (answer,) = alone.wait_for(lambda: [each for each in alone.history(direct) if each.author == alone.bot.id])
        assert SENTENCE in said(answer)
        service.says("It goes to the asker as a direct message")
        alone.allow(channel, "send_messages")
        written = alone.user_writes(reader, channel, f"{alone.mention} {QUESTION}", mentions_bot=True)
        alone.user_deletes(written.message)
        alone.wait_for(lambda: [each for each in alone.history(channel) if each.author == alone.bot.id])
    refused = [call for call in alone.refused if call.path.endswith("/messages")]
    assert [(call.status, call.code) for call in refused] == [(403, 50013)]


def test_a_gateway_that_is_closed_for_good_ends_the_process(
    alone: DiscordServer, home: Path, model_cache: Path
) -> None:
    with DiscordProcess(alone, home, model_cache) as service:
        alone.revoke_token()
        alone.drop_gateway(4004)
        assert (service.ends(), service.log.splitlines()[-1]) == (14, "Discord refuses the token.")


def test_a_start_before_discord_can_be_reached_waits_for_it(
    alone: DiscordServer, home: Path, model_cache: Path
) -> None:
    for route in ("GET /users/@me", "PUT /applications/*/commands", "GET /gateway/bot"):
        alone.fail(route, times=1, status=400)
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache) as service:
        service.says("Trying again in 5 s")
        assert SENTENCE in said(asked(alone, reader, channel, QUESTION))


def test_what_arrives_while_it_starts_is_answered_once(alone: DiscordServer, home: Path, model_cache: Path) -> None:
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    service = DiscordProcess(alone, home, model_cache)
    service.start()
    alone.wait_for(lambda: alone.gateways, 60)  # and READY is some seconds away
    text = f"{alone.mention} {QUESTION}"
    written = [alone.user_writes(reader, channel, text, mentions_bot=True) for _ in range(5)]
    with service:
        for each in written:
            each.answer()
        asked(alone, reader, channel, "hello")
    assert [len(each.answers) for each in written] == [1] * 5
    assert "taken up again" not in service.log


def test_an_answer_to_a_command_that_is_not_confirmed_is_written_once_more(
    alone: DiscordServer, home: Path, model_cache: Path
) -> None:
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache) as service:
        alone.drop("PATCH /webhooks/*/*/messages/@original", times=1, after=True)
        command = alone.user_commands(reader, channel, "ask", {"question": QUESTION})
        service.says("The next try is in 5 s")
        alone.wait_for(lambda: len(alone.calls_of("PATCH /webhooks/*/*/messages/@original")) == 2)
        assert SENTENCE in said(command.answer())
        follow_up = alone.user_writes(reader, channel, FOLLOW_UP, reply_to=command.answer())
        assert READ in said(follow_up.answer())


@pytest.mark.parametrize("trouble", ["drop_gateway", "ask_reconnect", "invalidate_session"])
def test_a_gateway_that_breaks_off_is_opened_again_and_nothing_is_answered_twice(
    alone: DiscordServer, home: Path, model_cache: Path, trouble: str
) -> None:
    reader, channel = alone.add_user("reader"), _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache):
        first = alone.user_writes(reader, channel, f"{alone.mention} {QUESTION}", mentions_bot=True)
        first.answer()
        before = alone.identifies + alone.resumes
        getattr(alone, trouble)()
        alone.wait_for(lambda: alone.identifies + alone.resumes > before and alone.gateways, 60)
        asked(alone, reader, channel, FOLLOW_UP)
    assert len(first.answers) == 1
    assert alone.violations == []


def test_whoever_finds_too_many_waiting_is_told_to_try_again(
    alone: DiscordServer, home: Path, model_cache: Path
) -> None:
    people, channel = [alone.add_user(f"reader{n}") for n in range(20)], _channel(alone, "newsroom")
    with DiscordProcess(alone, home, model_cache, CHAT__WORKERS="1", CHAT__WAITING="1"):
        text = f"{alone.mention} {QUESTION}"
        written = [alone.user_writes(person, channel, text, mentions_bot=True) for person in people]
        answers = [each.answer() for each in written]
    assert {BUSY in said(each) or SENTENCE in said(each) for each in answers} == {True}
    assert any(BUSY in said(each) for each in answers)
    assert [len(each.answers) for each in written] == [1] * 20


def _ended(service: ServiceProcess) -> tuple[int, str]:
    service.start()
    return service.ends(), service.log.splitlines()[-1]


def test_starting_without_or_with_a_wrong_token(alone: DiscordServer, home: Path, model_cache: Path) -> None:
    missing = DiscordProcess(alone, home, model_cache, DISCORD__TOKEN="")
    assert _ended(missing) == (
        12, "Discord needs discord.token (LEGATION_DISCORD__TOKEN); docs/discord.md says where it comes from."
    )  # fmt: skip
    wrong = DiscordProcess(alone, home, model_cache, DISCORD__TOKEN="MTIz.wrong.token")  # noqa: S106
    assert _ended(wrong) == (14, "Discord refuses the token.")
    assert "wrong.token" not in wrong.log


def test_the_invitation(alone: DiscordServer, home: Path, model_cache: Path) -> None:
    name = base64.urlsafe_b64encode(b"1234567890").decode().rstrip("=")
    service = DiscordProcess(alone, home, model_cache, DISCORD__TOKEN=f"{name}.x.y")
    command = [sys.executable, "-m", "bot", "discord", "--invite"]
    printed = subprocess.run(command, env=service.environment, capture_output=True, text=True, check=True).stdout
    assert printed.startswith(
        "https://discord.com/oauth2/authorize?client_id=1234567890&scope=bot+applications.commands"
    )
    assert "permissions=309237730304" in printed


def _page(port: str, name: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=60) as response:
        return str(response.read().decode())


def test_one_process_serves_both(alone: DiscordServer, slack: SlackServer, home: Path, model_cache: Path) -> None:
    class Both(DiscordProcess):
        command = "serve"

        def connected(self) -> None:
            super().connected()
            self.says("Connected to Slack by a socket")

    settings = {
        "HEALTH__PORT": "0", "LOG__FORMAT": "json",
        "SLACK__API_URL": slack.base_url, "SLACK__BOT_TOKEN": slack.bot_token, "SLACK__APP_TOKEN": slack.app_token
    }  # fmt: skip
    with Both(alone, home, model_cache, **settings) as service:
        assert SENTENCE in said(asked(alone, alone.add_user("reader"), _channel(alone, "newsroom"), QUESTION))
        handle = slack.user_mentions(slack.add_user("reader"), slack.add_channel("newsroom"), QUESTION)
        (answer,) = slack.wait_for(lambda: slack.thread(handle.channel, handle.ts))
        assert SENTENCE in words(answer)
        port = service.says(r"Health is told on 127\.0\.0\.1, port (\d+)\.")[1]
        service.server.wait_for(lambda: 'legation_connections_total{platform="slack"}' in _page(port, "metrics"))
        pages = {name: _page(port, name) for name in ("healthz", "readyz", "metrics")}
        assert (pages["healthz"], pages["readyz"]) == ("ok\n", "ok\n")
        numbers = dict(line.rsplit(" ", 1) for line in pages["metrics"].splitlines() if not line.startswith("#"))
        for platform in ("slack", "discord"):
            assert numbers[f'legation_questions_total{{platform="{platform}",surface="mention"}}'] == "1.0"
            assert numbers[f'legation_replies_total{{kind="answer",platform="{platform}"}}'] == "1.0"
            assert numbers[f'legation_stage_seconds_count{{platform="{platform}",stage="sent"}}'] == "1.0"
            assert numbers[f'legation_connections_total{{platform="{platform}"}}'] == "1.0"
        assert numbers["legation_questions_under_way"] == "0.0"
        assert float(numbers["legation_index_built_timestamp_seconds"]) > 1_700_000_000
        assert service.stop() == 0
    lines = [json.loads(line) for line in service.log.splitlines()]
    assert {line["level"] for line in lines} == {"INFO"}
    assert (home / NAME).exists()
    neither = DiscordProcess(alone, home, model_cache, DISCORD__TOKEN="")
    neither.command = "serve"
    assert _ended(neither) == (12, "Neither Slack nor Discord is set up: docs/slack.md and docs/discord.md say how.")
