"""How ``legation slack`` conducts itself when things go wrong: duplicates, restarts, faults, many people at once."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
from slack_library import CANARY, FOLLOW_UP, QUESTION, SENTENCE, ZENDA, copied

from bot.chat.pool import BUSY
from bot.chat.reception import UNSURE
from bot.chat.store import NAME, ChatStore
from bot.render.slack.elements import CONTEXT, FEEDBACK, MORE
from bot.slack_buttons import THANKS
from bot.slack_payloads import PLATFORM, Incoming
from tests.fakes.slack import Channel, Message, SlackServer, User
from tests.fakes.slack_process import Mode, SlackProcess, quotes, words

PEOPLE = 50


@pytest.fixture
def home(slack_library: Path, tmp_path: Path) -> Path:
    return copied(slack_library, tmp_path)


@pytest.fixture
def reader(slack: SlackServer) -> User:
    return slack.add_user("reader")


@pytest.fixture
def channel(slack: SlackServer) -> Channel:
    return slack.add_channel("newsroom")


def answers(slack: SlackServer, channel: Channel, thread: str) -> list[Message]:
    return slack.wait_for(lambda: slack.thread(channel, thread))


def settled(slack: SlackServer, user: User, channel: Channel) -> None:
    """Waits until something that was asked last is answered: by then, so is all before it."""
    handle = slack.user_mentions(user, channel, "hello")
    slack.wait_for(lambda: slack.thread(channel, handle.ts), 60)


# Exactly once


@pytest.mark.parametrize("mode", get_args(Mode))
def test_a_question_is_answered_once_however_often_it_is_delivered(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path, mode: Mode
) -> None:
    with SlackProcess(slack, home, model_cache, mode) as service:
        asked = slack.user_mentions(reader, channel, QUESTION, also_as_message=True)
        assert asked.companion is not None
        assert asked.wait().acked
        for attempt in (1, 2, 3):
            assert slack.redeliver(asked, "http_timeout", attempt).wait().acked
            assert slack.redeliver(asked.companion, "http_timeout", attempt).wait().acked
        answers(slack, channel, asked.ts)
        settled(slack, reader, channel)
        assert service.stop() == 0
    with SlackProcess(slack, home, model_cache, mode):
        assert slack.redeliver(asked, "http_timeout", 3).wait().acked
        assert slack.redeliver(asked.companion, "http_timeout", 3).wait().acked
        settled(slack, reader, channel)
    assert [quotes(each)[0] for each in slack.thread(channel, asked.ts)] == [SENTENCE]


def test_a_retry_whose_first_delivery_was_lost_is_answered(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    slack.deliver_to("http://127.0.0.1:9/slack/events")  # nobody listens there
    asked = slack.user_mentions(reader, channel, QUESTION)
    assert asked.wait().error == "given_up"
    with SlackProcess(slack, home, model_cache, "http"):
        assert slack.redeliver(asked, "connection_failed", 2).wait().acked
        assert quotes(answers(slack, channel, asked.ts)[0])[0] == SENTENCE


def test_what_was_accepted_before_a_crash_is_answered_after_it(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    slack.rate_limit("chat.postMessage", times=1, retry_after=600)  # the reply waits, and the crash comes first
    with SlackProcess(slack, home, model_cache) as service:
        asked = slack.user_mentions(reader, channel, QUESTION)
        assert asked.wait().acked
        slack.wait_for(lambda: slack.calls_of("chat.postMessage"))
        assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    slack.advance(600)
    _as_if_not_sent(home)
    with SlackProcess(slack, home, model_cache) as service:
        assert quotes(answers(slack, channel, asked.ts)[0])[0] == SENTENCE
        settled(slack, reader, channel)
        service.says("taken up again")
    assert len(slack.thread(channel, asked.ts)) == 1
    assert slack.violations == []


def test_if_a_crash_came_while_sending_the_asker_is_told_rather_than_answered_twice(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    slack.rate_limit("chat.postMessage", times=1, retry_after=600)
    with SlackProcess(slack, home, model_cache) as service:
        asked = slack.user_mentions(reader, channel, QUESTION)
        slack.wait_for(lambda: slack.calls_of("chat.postMessage"))
        service.stop(signal.SIGKILL)
    slack.advance(600)
    with SlackProcess(slack, home, model_cache):
        settled(slack, reader, channel)
    assert [message.text for message in slack.thread(channel, asked.ts)] == [UNSURE]


def _as_if_not_sent(home: Path) -> None:
    """Puts the clock of a crash back to before the sending, which no test can hit."""
    with sqlite3.connect(home / NAME) as connection:
        assert connection.execute("UPDATE deliveries SET state = 'accepted' WHERE state = 'sending'").rowcount == 1
    connection.close()


def test_a_stop_finishes_what_is_under_way(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    with SlackProcess(slack, home, model_cache, CHAT__WORKERS="1", CHAT__STOP_SECONDS="50") as service:
        asked = [slack.user_mentions(reader, channel, f"{QUESTION} {number}") for number in range(20)]
        for handle in asked:
            assert handle.wait().acked
        assert service.stop() == 0
    assert [len(slack.thread(channel, handle.ts)) for handle in asked] == [1] * 20
    assert "taken up again" not in service.log


def test_what_a_stop_cannot_finish_in_time_is_answered_after_the_next_start(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    slack.rate_limit("chat.postMessage", times=1, retry_after=600)
    with SlackProcess(slack, home, model_cache, CHAT__STOP_SECONDS="1") as service:
        asked = slack.user_mentions(reader, channel, QUESTION)
        slack.wait_for(lambda: slack.calls_of("chat.postMessage"))
        assert service.stop() == 0
        service.says("1 jobs were not finished in time")
    slack.advance(600)
    with SlackProcess(slack, home, model_cache):
        assert len(answers(slack, channel, asked.ts)) == 1


# Faults of Slack


def test_a_rate_limit_is_obeyed(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    with SlackProcess(slack, home, model_cache):
        slack.rate_limit("chat.postMessage", times=3, retry_after=1)
        slack.rate_limit("response_url", times=1, retry_after=1)
        slack.rate_limit("assistant.threads.setStatus", times=5, retry_after=30)  # which an answer does not wait for
        asked = slack.user_mentions(reader, channel, QUESTION)
        slack.user_commands(reader, channel, "/ask", QUESTION)
        assert quotes(answers(slack, channel, asked.ts)[0])[0] == SENTENCE
        private = slack.wait_for(lambda: [each for each in slack.messages if each.ephemeral_to == reader.id])
        assert [each.via for each in private] == ["response_url"]
    assert slack.violations == []


@pytest.mark.parametrize(("fault", "done"), [("fail", True), ("drop", False)])
def test_a_reply_that_slack_does_not_confirm_is_not_sent_twice(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path, fault: str, done: bool
) -> None:
    with SlackProcess(slack, home, model_cache) as service:
        for method in ("chat.postMessage", "response_url"):
            getattr(slack, fault)(method, times=1, after=done)
        asked = slack.user_mentions(reader, channel, QUESTION)
        slack.user_commands(reader, channel, "/ask", QUESTION)
        service.says("The next try is in 5 s", times=2)
        slack.wait_for(lambda: [each for each in slack.thread(channel, asked.ts) if each.text == UNSURE])
        private = slack.wait_for(
            lambda: [each for each in slack.messages if each.ephemeral_to == reader.id and each.text == UNSURE]
        )
        assert len(private) == 1
        settled(slack, reader, channel)
    for where in (slack.thread(channel, asked.ts), [each for each in slack.messages if each.ephemeral_to == reader.id]):
        assert [each.text == UNSURE for each in where] == ([False, True] if done else [True])


def test_an_expired_response_url_gives_way_to_a_message_and_that_to_a_direct_one(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    foreign = slack.add_channel("foreign", bot_is_member=False)
    with SlackProcess(slack, home, model_cache):
        slack.fail("response_url", times=1, status=404)
        slack.user_commands(reader, channel, "/ask", QUESTION)
        (first,) = slack.wait_for(lambda: [each for each in slack.messages if each.ephemeral_to == reader.id])
        assert (first.via, first.channel, quotes(first)[0]) == ("chat.postEphemeral", channel.id, SENTENCE)
        slack.fail("response_url", times=1, status=404)
        slack.user_commands(reader, foreign, "/ask", QUESTION)
        direct = slack.direct(reader).id
        (second,) = slack.wait_for(lambda: [each for each in slack.messages if each.channel == direct])
        assert (second.via, quotes(second)[0]) == ("chat.postMessage", SENTENCE)


def test_a_channel_that_does_not_take_the_answer_gives_way_to_a_direct_message(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    with SlackProcess(slack, home, model_cache) as service:
        channel.archived = True
        slack.user_mentions(reader, channel, QUESTION)
        direct = slack.direct(reader).id
        (answer,) = slack.wait_for(lambda: [each for each in slack.messages if each.channel == direct])
        assert quotes(answer)[0] == SENTENCE
        service.says("It goes to the asker as a direct message")


@pytest.mark.parametrize("slack", [3.0], indirect=True)  # what was not acknowledged before the cut is sent again
@pytest.mark.parametrize("cut", ["drop_sockets", "freeze_sockets", "disconnect"])
def test_a_socket_that_is_cut_in_mid_answer_is_opened_again(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path, cut: str
) -> None:
    with SlackProcess(slack, home, model_cache):
        asked = slack.user_mentions(reader, channel, QUESTION)
        getattr(slack, cut)()
        assert quotes(slack.wait_for(lambda: slack.thread(channel, asked.ts), 60)[0])[0] == SENTENCE
        slack.wait_for(lambda: slack.hellos > 1 and slack.connections, 60)
        settled(slack, reader, channel)
    assert len(slack.thread(channel, asked.ts)) == 1


def test_an_address_that_leads_nowhere_is_not_tried_for_ever(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    with SlackProcess(slack, home, model_cache):
        settled(slack, reader, channel)
        slack.spoil_addresses()
        slack.drop_sockets()
        slack.wait_for(lambda: slack.hellos > 1 and slack.connections, 60)
        settled(slack, reader, channel)


# Many at once


# How long it takes is measured by benchmarks/chat_load.py, not here.
@pytest.mark.parametrize("mode", get_args(Mode))
def test_fifty_people_ask_at_once(
    slack: SlackServer, channel: Channel, home: Path, model_cache: Path, mode: Mode
) -> None:
    people = [slack.add_user(f"reader{number}") for number in range(PEOPLE)]
    with SlackProcess(slack, home, model_cache, mode, RERANKER="none"):  # what is best is no matter here
        commands = [slack.user_commands(person, channel, "/ask", QUESTION) for person in people]
        mentions = [slack.user_mentions(person, channel, f"{FOLLOW_UP} {person.id}") for person in people]
        assert [handle.wait(60).error for handle in (*commands, *mentions)] == [None] * PEOPLE * 2
        wanted = {person.id for person in people}
        slack.wait_for(lambda: {each.ephemeral_to for each in slack.messages} >= wanted, 60)
        slack.wait_for(lambda: {each.thread_ts for each in slack.messages} >= {each.ts for each in mentions}, 60)
    for person in people:
        (private,) = [each for each in slack.messages if each.ephemeral_to == person.id]
        assert quotes(private)[0] == SENTENCE
    for handle in mentions:
        (answer,) = slack.thread(channel, handle.ts)
        assert quotes(answer)[0].startswith(ZENDA)
    assert [len(handle.attempts) for handle in (*commands, *mentions)] == [1] * PEOPLE * 2


def test_whoever_finds_too_many_waiting_is_told_to_try_again(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    with SlackProcess(slack, home, model_cache, CHAT__WORKERS="1", CHAT__WAITING="1") as service:
        os.kill(service.process.pid, signal.SIGSTOP)  # so that all of them arrive together
        asked = [slack.user_mentions(reader, channel, f"{QUESTION} {number}") for number in range(30)]
        os.kill(service.process.pid, signal.SIGCONT)
        slack.wait_for(lambda: {each.thread_ts for each in slack.messages} >= {each.ts for each in asked}, 60)
        settled(slack, reader, channel)
    replies = [slack.thread(channel, handle.ts) for handle in asked]
    assert [len(each) for each in replies] == [1] * 30
    busy = [each[0] for each in replies if each[0].text == BUSY]
    answered = [each[0] for each in replies if each[0].text != BUSY]
    assert busy
    assert {quotes(each)[0] for each in answered} == {SENTENCE}


# The library changes meanwhile


def _legation(service: SlackProcess, *arguments: object) -> None:
    command = [sys.executable, "-m", "bot", *map(str, arguments)]
    subprocess.run(command, env=service.environment, capture_output=True, check=True)


def test_a_new_generation_answers_without_a_restart_and_what_is_removed_is_gone(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path, tmp_path: Path
) -> None:
    added = tmp_path / "streckenbach.md"
    added.write_text("# Streckenbach\n\nThe vice-consulate in Streckenbach was sold at an auction in 1921.\n")
    question = "What became of the vice-consulate in Streckenbach?"
    with SlackProcess(slack, home, model_cache) as service:
        before = slack.user_mentions(reader, channel, question)
        assert answers(slack, channel, before.ts)[0].text == "Not found in these sources: none says “Streckenbach”."
        first = answers(slack, channel, slack.user_mentions(reader, channel, QUESTION).ts)[0]
        _legation(service, "add", added)
        after = slack.user_mentions(reader, channel, question)
        assert quotes(answers(slack, channel, after.ts)[0])[0].endswith("was sold at an auction in 1921.")

        _legation(service, "remove", "posts")
        slack.user_clicks(reader, first, CONTEXT)
        view = slack.wait_for(lambda: slack.view(reader))
        assert "This document is no longer among the sources." in words(view.content)
        slack.user_clicks(reader, first, MORE)
        (more,) = slack.wait_for(lambda: [each for each in slack.messages if each.ephemeral_to == reader.id])
        assert SENTENCE not in json.dumps(more.blocks)
        assert "Strelsau" not in words(more).replace(QUESTION, "")


def test_buttons_work_after_a_restart(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    with SlackProcess(slack, home, model_cache):
        answer = answers(slack, channel, slack.user_mentions(reader, channel, QUESTION).ts)[0]
    with SlackProcess(slack, home, model_cache):
        slack.user_clicks(reader, answer, CONTEXT)
        assert SENTENCE in words(slack.wait_for(lambda: slack.view(reader)).content)
        slack.user_clicks(reader, answer, MORE)
        slack.wait_for(lambda: [each for each in slack.messages if each.ephemeral_to == reader.id])
        slack.user_mentions(reader, channel, FOLLOW_UP, thread_ts=answer.thread_ts)
        followed = slack.wait_for(
            lambda: [each for each in slack.thread(channel, str(answer.thread_ts)) if each.ephemeral_to is None][1:]
        )
        assert "Read together with the question before it." in words(followed[0])


# Access and privacy


def test_a_limited_user_never_sees_what_is_not_for_them(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    rules = {
        "SLACK__USERS": json.dumps({reader.id: ["posts"]}),
        "SLACK__COLLECTIONS": json.dumps(["posts", "internal"]),
    }
    nobody = slack.add_user("nobody")
    rules["SLACK__CHANNELS"] = json.dumps({"C0NOTHING00": []})
    slack.workspace.channels["C0NOTHING00"] = Channel("C0NOTHING00", "nothing")
    with SlackProcess(slack, home, model_cache, **rules):
        for place in (slack.direct(reader), channel):
            text = "Who keeps the archive of the mission in Hentzau?"
            handle = (
                slack.user_writes(reader, place, text)
                if place.kind == "im"
                else slack.user_mentions(reader, place, text)
            )
            (reply,) = answers(slack, place, handle.ts)
            assert CANARY not in json.dumps(reply.blocks) + reply.text
        slack.user_opens_home(reader)
        assert "internal" not in words(slack.wait_for(lambda: slack.home(reader)).content)
        closed = slack.user_mentions(nobody, "C0NOTHING00", QUESTION)
        (reply,) = answers(slack, slack.workspace.channels["C0NOTHING00"], closed.ts)
        assert reply.text == "No collection is open to you here."


@pytest.mark.parametrize("kept", ["false", "true"])
def test_who_asked_is_kept_only_if_a_setting_says_so(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path, kept: str
) -> None:
    with SlackProcess(slack, home, model_cache, CHAT__RECORD_WHO=kept):
        slack.user_commands(reader, channel, "/ask", QUESTION)
        (private,) = slack.wait_for(lambda: [each for each in slack.messages if each.ephemeral_to == reader.id])
        slack.user_clicks(reader, private, FEEDBACK, _feedback_value(private))
        slack.wait_for(lambda: [each for each in slack.messages if each.text == THANKS])
    content = (home / NAME).read_bytes()  # what is deleted is overwritten, too
    assert (reader.id.encode() in content) == (kept == "true")
    assert QUESTION.encode() in content


def _feedback_value(message: Message) -> str:
    (buttons,) = (block["elements"][0] for block in message.blocks if block["type"] == "context_actions")
    return str(buttons["positive_button"]["value"])


@pytest.mark.parametrize("mode", get_args(Mode))
def test_no_secret_is_ever_logged_and_texts_only_if_a_setting_says_so(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path, mode: Mode
) -> None:
    logs = {}
    for texts in ("false", "true"):
        settings = {"LOG__LEVEL": "debug", "LOG__TEXTS": texts}
        with SlackProcess(slack, home, model_cache, mode, **settings) as service:
            slack.fail("response_url", times=1, status=404)
            slack.user_commands(reader, channel, "/ask", QUESTION)
            settled(slack, reader, channel)
            if mode == "http":
                headers, body = slack.signed_request(json.dumps({"text": QUESTION}), signature="v0=" + "0" * 64)
                assert slack.post_raw(headers, body)[0] == 401
            elif texts == "false":
                slack.drop_sockets()
                slack.wait_for(lambda: slack.connections, 60)
        logs[texts] = service.log
        for secret in slack.secrets:
            assert secret not in service.log
        assert "ticket=" not in service.log.replace("ticket=[secret]", "")
        for call in slack.handles:
            if "response_url" in call.payload:
                assert call.response_url not in service.log
    assert SENTENCE not in logs["false"]
    assert QUESTION not in logs["false"]
    assert QUESTION in logs["true"]


def test_forged_stale_and_malformed_requests_are_refused_and_replays_answered_once(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    said = slack.message_of(slack.user_writes(reader, channel, "hello"))
    with SlackProcess(slack, home, model_cache, "http") as service:
        first = slack.user_mentions(reader, channel, QUESTION)
        answers(slack, channel, first.ts)
        body = json.dumps(first.payload | {"event": first.event | {"ts": said.ts}})
        now = int(time.time())
        genuine, _ = slack.signed_request(body)
        signature = genuine["X-Slack-Signature"]
        refused = [
            slack.signed_request(body, secret="0" * 32)[0],
            slack.signed_request(body, timestamp=now - 301)[0],
            slack.signed_request(body, timestamp=now + 301)[0],
            slack.signed_request(body + " ")[0],
            *(genuine | {"X-Slack-Request-Timestamp": stamp} for stamp in ("", "soon", "-1", "1e9", "9" * 40)),
            *(genuine | {"X-Slack-Signature": other} for other in ("", "v0=", "é", signature.upper(), signature[:-1])),
            {"Content-Type": "application/json"},
        ]
        assert [slack.post_raw(headers, body)[0] for headers in refused] == [401] * len(refused)
        for odd in ("[]", "null", "5", "{"):
            assert slack.post_raw(*slack.signed_request(odd))[0] == 400
        assert slack.thread(channel, said.ts) == []
        for _ in range(3):
            assert slack.post_raw(genuine, body)[0] == 200
        assert quotes(answers(slack, channel, said.ts)[0])[0] == SENTENCE
        settled(slack, reader, channel)
        service.says("its signature is missing, wrong or too old", times=len(refused))
    assert len(slack.thread(channel, said.ts)) == 1


# Starting


def start_and_end(service: SlackProcess) -> tuple[int, str]:
    service.start()
    return service.ends(), service.log


def test_a_start_without_or_with_wrong_secrets_says_so(slack: SlackServer, home: Path, model_cache: Path) -> None:
    code, log = start_and_end(SlackProcess(slack, home, model_cache, SLACK__APP_TOKEN=""))
    assert (code, log) == (
        12, "Slack needs slack.app_token (LEGATION_SLACK__APP_TOKEN); docs/slack.md says where it comes from.\n"
    )  # fmt: skip
    wrong = "xoxb-" + "1" * 20
    code, log = start_and_end(SlackProcess(slack, home, model_cache, SLACK__BOT_TOKEN=wrong))
    assert (code, log.splitlines()[-1]) == (14, "Slack refuses the tokens (invalid_auth).")
    assert wrong not in log
    swapped = SlackProcess(slack, home, model_cache, SLACK__APP_TOKEN=slack.bot_token)
    code, log = start_and_end(swapped)
    assert (code, log.splitlines()[-1]) == (14, "Slack refuses the tokens (not_allowed_token_type).")


def test_a_port_that_is_taken_and_a_second_process_are_told(
    slack: SlackServer, home: Path, model_cache: Path, tmp_path: Path, slack_library: Path
) -> None:
    with SlackProcess(slack, home, model_cache) as service:
        second = SlackProcess(slack, home, model_cache)
        code, log = start_and_end(second)
        assert code == 10
        assert f"legation slack runs already with this home folder (process {service.process.pid}," in log
        (tmp_path / "other").mkdir()
        other = copied(slack_library, tmp_path / "other")
        code, log = start_and_end(SlackProcess(slack, other, model_cache, "http", SLACK__PORT=str(slack.port)))
        assert (code, log.splitlines()[-1]) == (
            9, f"It is not possible to listen on 127.0.0.1, port {slack.port}: Address already in use."
        )  # fmt: skip


def test_a_start_before_slack_can_be_reached_waits_for_it(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    slack.fail("auth.test", times=2, status=503)
    with SlackProcess(slack, home, model_cache) as service:
        service.says("Trying again in 1 s")
        settled(slack, reader, channel)


def test_ctrl_c_ends_it_cleanly(slack: SlackServer, home: Path, model_cache: Path) -> None:
    with SlackProcess(slack, home, model_cache) as service:
        assert service.stop(signal.SIGINT) == 130
    assert "Traceback" not in service.log
    assert service.log.splitlines()[-1] == "Stopped."


def test_a_damaged_state_file_is_told_and_the_library_is_not_concerned(
    slack: SlackServer, home: Path, model_cache: Path
) -> None:
    (home / NAME).write_bytes(b"not a database" * 400)
    code, log = start_and_end(SlackProcess(slack, home, model_cache))
    assert (code, log.splitlines()[-1]) == (
        8,
        "The chat state file is damaged or is no Legation chat state; move chat.sqlite away to begin anew; "
        "the library is not concerned.",
    )


def test_what_was_stored_by_another_version_is_taken_up(
    slack: SlackServer, reader: User, channel: Channel, home: Path, model_cache: Path
) -> None:
    said = slack.message_of(slack.user_writes(reader, channel, "hello"))
    store = ChatStore(home / NAME)
    incoming = Incoming("message:T:C:1", "mention", QUESTION, "T0", channel.id, reader.id, said.ts, said.ts)
    later = json.dumps(json.loads(incoming.to_json()) | {"field_of_a_later_version": 1})
    assert store.accept(PLATFORM, incoming.key, later)
    store.close()
    with SlackProcess(slack, home, model_cache):
        assert quotes(answers(slack, channel, said.ts)[0])[0] == SENTENCE
