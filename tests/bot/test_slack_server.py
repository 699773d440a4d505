"""The Slack server for tests refuses what Slack refuses; Slack's own libraries are the ones to say so."""

import asyncio
import json
import threading
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    DatePickerElement,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextSectionElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View as SdkView
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack import (
    Channel,
    LiveMarkup,
    SlackServer,
    User,
    check_blocks,
    check_view,
    live_markup,
    total_characters,
)

Call = Callable[[AsyncWebClient], Awaitable[Any]]


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as running:
        yield running


@pytest.fixture
def quick(request: pytest.FixtureRequest) -> Iterator[SlackServer]:
    """Its patience is short where a test waits until it ends, and else, as the parameter, long."""
    with SlackServer(ack_seconds=getattr(request, "param", 0.3), retry_pauses=(0.05, 0.05, 0.05)) as running:
        yield running


@pytest.fixture
def ann(server: SlackServer) -> User:
    return server.add_user("ann")


@pytest.fixture
def room(server: SlackServer, ann: User) -> Channel:
    return server.add_channel("general")


def call(method: str, *positional: Any, **arguments: Any) -> Call:
    """One call of the real client, by the name of its method."""
    return lambda client: getattr(client, method)(*positional, **arguments)


def ask(server: SlackServer, work: Call, token: str | None = None) -> Any:
    """The data of the answer to one call, which is not retried."""

    async def run() -> Any:
        return (await work(AsyncWebClient(token or server.bot_token, base_url=server.base_url, retry_handlers=[]))).data

    return asyncio.run(run())


def refusal(server: SlackServer, work: Call, token: str | None = None) -> Any:
    """The answer to a call that the real client raises for."""
    with pytest.raises(SlackApiError) as caught:
        ask(server, work, token)
    return caught.value.response.data


def error_of(server: SlackServer, work: Call, token: str | None = None) -> str:
    """The error of a refused call."""
    return str(refusal(server, work, token)["error"])


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "helpful",
    "positive_button": {"text": plain("Good"), "value": "good"},
    "negative_button": {"text": plain("Bad"), "value": "bad"},
}
QUESTION = {
    "type": "input",
    "block_id": "question",
    "label": plain("Question"),
    "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    content = {"type": "modal", "callback_id": "ask", "title": plain("Ask"), "blocks": list(blocks), **more}
    return content if "submit" in more or not blocks else {**content, "submit": plain("Send")}


class InThread:
    """An app under test with an event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self.start())
        return self

    def __exit__(self, *leaving: object) -> None:
        self.run(self.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def start(self) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError


class SocketApp(InThread):
    """The real Socket Mode client. ``reply`` gives the payload of an acknowledgement."""

    def __init__(self, server: SlackServer, acknowledge: bool = True, ping_interval: float = 5) -> None:
        super().__init__()
        self.server = server
        self.acknowledge = acknowledge
        self.ping_interval = ping_interval
        self.requests: list[SocketModeRequest] = []
        self.reply: Callable[[SocketModeRequest], Any] = lambda request: None

    async def start(self) -> None:
        web_client = AsyncWebClient(self.server.app_token, base_url=self.server.base_url)
        self.client: Any = SocketModeClient(
            self.server.app_token, web_client=web_client, ping_interval=self.ping_interval
        )
        self.client.socket_mode_request_listeners.append(self._take)
        await self.client.connect()

    async def _take(self, client: Any, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if self.acknowledge:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.reply(request)))

    async def stop(self) -> None:
        await self.client.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class HttpApp(InThread):
    """An aiohttp application at ``url``."""

    def __init__(self, application: web.Application, path: str) -> None:
        super().__init__()
        self.path = path
        self.runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)

    async def start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}{self.path}"

    async def stop(self) -> None:
        await self.runner.cleanup()


class BoltApp(HttpApp):
    """A real Bolt app behind HTTP."""

    def __init__(self, server: SlackServer) -> None:
        client = AsyncWebClient(server.bot_token, base_url=server.base_url)
        bolt = AsyncApp(client=client, signing_secret=server.signing_secret)
        self.events: list[dict[str, Any]] = []

        @bolt.event("app_mention")
        async def mentioned(event: dict[str, Any]) -> None:
            self.events.append(event)

        @bolt.command("/ask")
        async def asked(ack: Callable[..., Awaitable[None]], command: dict[str, Any]) -> None:
            await ack(f"Looking for {command['text']}")

        @bolt.action("go")
        async def clicked(ack: Callable[..., Awaitable[None]], respond: Callable[..., Awaitable[None]]) -> None:
            await ack()
            await respond(text="done", replace_original=True)

        @bolt.view("ask")
        async def submitted(ack: Callable[..., Awaitable[None]]) -> None:
            await ack(response_action="errors", errors={"question": "Too short"})

        super().__init__(bolt.web_app("/slack/events"), "/slack/events")


class PlainApp(HttpApp):
    """Gives one answer after another (status and headers; None: it never comes), then always status 200."""

    def __init__(self, *answers: tuple[int, dict[str, str]] | None) -> None:
        self.answers = list(answers)
        self.headers: list[dict[str, str]] = []
        application = web.Application()
        application.router.add_post("/", self._answer)
        super().__init__(application, "/")

    async def _answer(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        answer = self.answers.pop(0) if self.answers else (200, {})
        if answer is None:
            await asyncio.Event().wait()
            raise AssertionError("unreachable")
        return web.Response(status=answer[0], headers=answer[1])


# Tokens and scopes


def test_the_bot_learns_who_it_is(server: SlackServer) -> None:
    answer = ask(server, call("auth_test"))
    space = server.workspace
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (space.bot_user_id, space.bot_id, space.team_id)
    assert [(call.method, call.token_ok, call.error) for call in server.calls] == [("auth.test", True, None)]


def test_tokens_of_the_wrong_kind_are_refused(server: SlackServer) -> None:
    assert error_of(server, call("auth_test"), "xoxb-wrong") == "invalid_auth"
    assert error_of(server, call("auth_test"), server.app_token) == "not_allowed_token_type"
    open_with = partial(call, "apps_connections_open")
    assert error_of(server, open_with(app_token=server.bot_token)) == "not_allowed_token_type"
    assert error_of(server, open_with(app_token=server.app_token[::-1])) == "invalid_auth"
    assert [call.token_ok for call in server.calls] == [False, True, True, False]


def test_a_call_without_token_is_refused(server: SlackServer) -> None:
    async def run() -> Any:
        return (await AsyncWebClient(base_url=server.base_url).api_call("auth.test")).data

    with pytest.raises(SlackApiError, match="not_authed"):
        asyncio.run(run())


def test_a_revoked_token_is_refused(server: SlackServer) -> None:
    server.revoke("bot", "account_inactive")
    assert error_of(server, call("auth_test")) == "account_inactive"


def test_scopes_are_needed(server: SlackServer, room: Channel, ann: User) -> None:
    server.withdraw("chat:write", "assistant:write", "channels:read", "users:read", "im:write", "connections:write")
    answer = refusal(server, call("chat_postMessage", channel=room.id, text="x"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    calls = [
        call("conversations_info", channel=room.id),
        call("users_info", user=ann.id),
        call("conversations_open", users=[ann.id]),
        call("assistant_threads_setStatus", channel_id=room.id, thread_ts="1", status="x"),
        call("apps_connections_open", app_token=server.app_token),
    ]
    assert [error_of(server, work) for work in calls] == ["missing_scope"] * len(calls)


def test_an_unknown_method_is_refused(server: SlackServer) -> None:
    assert error_of(server, call("api_call", "chat.shout")) == "unknown_method"


# Messages


def test_a_message_is_posted_as_json_and_as_a_form(server: SlackServer, room: Channel) -> None:
    answer = ask(server, call("chat_postMessage", channel=room.id, text="one", blocks=[section("one")]))
    form = {"channel": "#general", "text": "two", "blocks": json.dumps([section("two")]), "thread_ts": answer["ts"]}
    ask(server, call("api_call", "chat.postMessage", params=form))
    first, second = server.messages
    assert (first.ts, first.text, first.thread_ts, first.via) == (answer["ts"], "one", None, "chat.postMessage")
    assert (second.text, second.thread_ts, second.blocks[0]["text"]["text"]) == ("two", first.ts, "two")
    assert server.thread(room, first.ts) == [second]
    assert float(second.ts) > float(first.ts)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0UNKNOWN", "text": "x"}, "channel_not_found"),
        ({"channel": "ROOM", "text": ""}, "no_text"),
        ({"channel": "ROOM", "text": " \n"}, "no_text"),
        ({"channel": "ROOM", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "ROOM", "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": "ROOM", "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"channel": "ROOM", "text": "x", "blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"channel": "ROOM", "text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"channel": "ROOM", "text": "x", "blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"channel": "ROOM", "text": "x", "blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"channel": "ROOM", "text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"channel": "ROOM", "text": "x", "thread_ts": "1700000000.000100"}, "thread_not_found"),
        ({"channel": "ROOM", "text": "x", "metadata": {"type": "x"}}, "invalid_metadata_format"),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
def test_messages_that_slack_refuses(server: SlackServer, room: Channel, arguments: dict[str, Any], error: str) -> None:
    given = {**arguments, "channel": room.id} if arguments.get("channel") == "ROOM" else arguments
    assert error_of(server, call("api_call", "chat.postMessage", json=given)) == error
    assert server.messages == []
    assert [call.error for call in server.refused] == [error]


def test_the_longest_message_is_taken(server: SlackServer, room: Channel) -> None:
    blocks = [*[section("x" * 2700)] * 4, section("x" * 2400)]
    assert total_characters(blocks) == 13_200
    ask(server, call("chat_postMessage", channel=room.id, text="x" * 40_000, blocks=blocks))


def test_invalid_blocks_are_explained(server: SlackServer, room: Channel) -> None:
    blocks = [section("x"), section("x" * 3001)]
    answer = refusal(server, call("chat_postMessage", channel=room.id, text="x", blocks=blocks))
    expected = ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"]
    assert answer["response_metadata"]["messages"] == expected


def test_membership_decides_where_the_bot_may_post(server: SlackServer, ann: User) -> None:
    outside = server.add_channel("outside", bot_is_member=False)
    hidden = server.add_channel("hidden", "private", bot_is_member=False)
    inside = server.add_channel("inside", "private")
    post = partial(call, "chat_postMessage", text="x")
    assert error_of(server, post(channel=outside.id)) == "not_in_channel"
    assert error_of(server, post(channel=hidden.id)) == "channel_not_found"
    ask(server, post(channel=inside.id))
    server.grant("chat:write.public")
    ask(server, post(channel=outside.id))
    assert error_of(server, post(channel=hidden.id)) == "channel_not_found"
    inside.archived = True
    assert error_of(server, post(channel=inside.id)) == "is_archived"


def test_posting_to_a_user_opens_the_direct_conversation(server: SlackServer, ann: User) -> None:
    answer = ask(server, call("chat_postMessage", channel=ann.id, text="x"))
    assert answer["channel"] == server.direct(ann).id
    opened = ask(server, call("conversations_open", users=[ann.id]))
    assert opened["channel"]["id"] == answer["channel"]
    assert error_of(server, call("conversations_open", users=["U0NOBODY"])) == "user_not_found"


def test_only_members_get_ephemeral_messages(server: SlackServer, ann: User, room: Channel) -> None:
    bob = server.add_user("bob")
    post = partial(call, "chat_postEphemeral", channel=room.id, text="psst")
    answer = ask(server, post(user=ann.id))
    assert error_of(server, post(user=bob.id)) == "user_not_in_channel"
    [message] = server.messages
    assert (message.ephemeral_to, message.via) == (ann.id, "chat.postEphemeral")
    assert (server.history(room), server.history(room, ann), server.history(room, bob)) == ([], [message], [])
    ts = answer["message_ts"]
    update = call("chat_update", channel=room.id, ts=ts, text="y")
    assert error_of(server, update) == "message_not_found"


def test_only_own_messages_are_changed(server: SlackServer, ann: User, room: Channel) -> None:
    asked = server.user_writes(ann, room, "hello")
    ts = ask(server, call("chat_postMessage", channel=room.id, text="a", blocks=[section("a")]))["ts"]
    update = partial(call, "chat_update", channel=room.id)
    ask(server, update(ts=ts, text="b"))
    [message] = server.messages
    assert (message.text, message.blocks, [text for text, _ in message.versions]) == ("b", [], ["a"])
    assert error_of(server, update(ts=asked.ts, text="b")) == "cant_update_message"
    assert error_of(server, update(ts="1.1", text="b")) == "message_not_found"
    assert error_of(server, update(ts=ts, text="b" * 4001)) == "msg_too_long"
    assert error_of(server, call("api_call", "chat.update", json={"channel": room.id, "ts": ts})) == "no_text"
    delete = partial(call, "chat_delete", channel=room.id)
    assert error_of(server, delete(ts=asked.ts)) == "cant_delete_message"
    ask(server, delete(ts=ts))
    assert error_of(server, delete(ts=ts)) == "message_not_found"
    assert (server.messages, server.deleted) == ([], [message])


def test_conversations_and_people(server: SlackServer, ann: User, room: Channel) -> None:
    assert ask(server, call("conversations_info", channel=room.id))["channel"]["is_member"] is True
    assert error_of(server, call("conversations_info", channel="C1")) == "channel_not_found"
    person = ask(server, call("users_info", user=ann.id, include_locale=True))["user"]
    assert (person["name"], person["locale"]) == ("ann", "en-GB")
    assert error_of(server, call("users_info", user="U1")) == "user_not_found"


# Trouble


def test_calls_before_retry_after_are_violations(server: SlackServer) -> None:
    server.rate_limit("auth.test", retry_after=30)
    answer = refusal(server, call("auth_test"))
    assert answer["error"] == "ratelimited"
    assert server.violations == []
    assert error_of(server, call("auth_test")) == "ratelimited"
    assert len(server.violations) == 1
    server.advance(31)
    ask(server, call("auth_test"))
    assert len(server.violations) == 1


def test_the_answer_to_too_many_calls_says_when(server: SlackServer) -> None:
    server.rate_limit("auth.test", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        ask(server, call("auth_test"))
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")


def test_answers_can_fail_or_get_lost(server: SlackServer, room: Channel) -> None:
    post = call("chat_postMessage", channel=room.id, text="x")
    server.fail("chat.postMessage", status=503)
    server.drop("chat.postMessage")
    server.drop("chat.postMessage", after=True)
    with pytest.raises(SlackApiError) as caught:
        ask(server, post)
    assert caught.value.response.status_code == 503
    with pytest.raises(aiohttp.ClientError):
        ask(server, post)
    assert server.messages == []
    with pytest.raises(aiohttp.ClientError):
        ask(server, post)
    assert len(server.messages) == 1
    ask(server, post)
    assert [call.status for call in server.calls] == [503, 0, 0, 200]


def test_arguments_of_odd_types_are_refused(server: SlackServer, room: Channel) -> None:
    odd: list[dict[str, Any]] = [
        {"channel": room.id, "text": 7},
        {"channel": ["x"], "text": "x"},
        {"channel": room.id, "text": "x", "thread_ts": 1.5},
        {"channel": room.id, "markdown_text": {"x": 1}},
    ]
    errors = [error_of(server, call("api_call", "chat.postMessage", json=given)) for given in odd]
    assert errors == ["invalid_arguments", "invalid_arguments", "invalid_thread_ts", "invalid_arguments"]


def test_waiting_in_vain_tells_what_happened(server: SlackServer, room: Channel) -> None:
    ask(server, call("chat_postMessage", channel=room.id, text="the only one"))
    with pytest.raises(AssertionError, match="the only one"):
        server.wait_for(lambda: len(server.messages) == 2, timeout=0.01)


# Views


def test_a_trigger_opens_one_view_within_three_seconds(server: SlackServer, ann: User) -> None:
    opening = partial(call, "views_open")
    trigger = server.workspace.new_trigger(ann.id)
    bad = modal(QUESTION, submit=plain("x" * 25))
    assert error_of(server, opening(trigger_id=trigger, view=bad)) == "invalid_arguments"
    opened = ask(server, opening(trigger_id=trigger, view=modal(QUESTION)))["view"]
    view = server.view(ann)
    assert view is not None
    assert (view.id, view.hash, view["callback_id"]) == (opened["id"], opened["hash"], "ask")
    assert error_of(server, opening(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    assert error_of(server, opening(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    late = server.workspace.new_trigger(ann.id)
    server.advance(3.1)
    assert error_of(server, opening(trigger_id=late, view=modal())) == "expired_trigger_id"


def test_views_are_updated_pushed_and_stacked(server: SlackServer, ann: User) -> None:
    space = server.workspace
    trigger = space.new_trigger(ann.id)
    first = ask(server, call("views_open", trigger_id=trigger, view=modal(external_id="e")))["view"]
    update = partial(call, "views_update", view=modal(section("x")))
    assert error_of(server, update(view_id="V1")) == "not_found"
    assert error_of(server, update(view_id=first["id"], hash="1.2")) == "hash_conflict"
    second = ask(server, update(external_id="e", hash=first["hash"]))["view"]
    assert second["hash"] != first["hash"]
    push = partial(call, "views_push", view=modal())
    for _ in range(2):
        ask(server, push(trigger_id=space.new_trigger(ann.id, first["id"])))
    assert error_of(server, push(trigger_id=space.new_trigger(ann.id, first["id"]))) == "push_limit_reached"
    assert [view.root_id for view in space.open_views(ann.id)] == [first["id"]] * 3


def test_an_external_id_is_unique(server: SlackServer, ann: User) -> None:
    opening = partial(call, "views_open", view=modal(external_id="same"))
    ask(server, opening(trigger_id=server.workspace.new_trigger(ann.id)))
    trigger = server.workspace.new_trigger(server.add_user("bob").id)
    assert error_of(server, opening(trigger_id=trigger)) == "duplicate_external_id"


def test_a_home_view_is_published(server: SlackServer, ann: User) -> None:
    home = {"type": "home", "blocks": [section("Welcome")]}
    publish = partial(call, "views_publish")
    answer = ask(server, publish(user_id=ann.id, view=home))["view"]
    ask(server, publish(user_id=ann.id, view=home, hash=answer["hash"]))
    assert error_of(server, publish(user_id=ann.id, view=home, hash=answer["hash"])) == "hash_conflict"
    assert error_of(server, publish(user_id="U1", view=home)) == "user_not_found"
    assert error_of(server, publish(user_id=ann.id, view=modal())) == "invalid_arguments"
    view = server.home(ann)
    assert view is not None
    assert view["blocks"][0]["text"]["text"] == "Welcome"
    assert server.user_opens_home(ann).event["view"]["id"] == view.id
    event = server.user_opens_home(ann, "messages").event
    assert (event["tab"], event["channel"], "view" in event) == ("messages", server.direct(ann).id, False)


# The agent's container


def test_a_status_stands_until_the_app_answers(server: SlackServer, ann: User, room: Channel) -> None:
    ts = server.user_mentions(ann, room, "hello").ts
    put = partial(call, "assistant_threads_setStatus", channel_id=room.id, status="is searching...")
    assert error_of(server, put(thread_ts="1700000000.000100")) == "invalid_thread_ts"
    assert error_of(server, put(thread_ts=ts, loading_messages=["x"] * 11)) == "invalid_arguments"
    ask(server, put(thread_ts=ts))
    assert server.status(room, ts) == "is searching..."
    ask(server, call("chat_postMessage", channel=room.id, text="x", thread_ts=ts))
    assert server.status(room, ts) == ""
    assert [status.status for status in server.statuses] == ["is searching..."]


def test_prompts_are_shown_outside_threads_only(server: SlackServer, ann: User) -> None:
    channel = server.direct(ann).id
    ts = server.user_writes(ann, channel, "hello").ts
    prompt = {"title": "Closures", "message": "What has closed?"}
    put = partial(call, "assistant_threads_setSuggestedPrompts", channel_id=channel)
    assert error_of(server, put(prompts=[prompt] * 5)) == "invalid_arguments"
    assert error_of(server, put(prompts=[])) == "invalid_arguments"
    assert error_of(server, put(prompts=[{"title": "x"}])) == "invalid_arguments"
    ask(server, put(prompts=[prompt], thread_ts=ts))
    assert server.suggested_prompts == []
    ask(server, put(prompts=[prompt] * 4, title="Try"))
    assert [shown.prompts for shown in server.suggested_prompts] == [(("Closures", "What has closed?"),) * 4]


def streaming(method: str, **arguments: Any) -> Call:
    """A call with exactly these arguments."""
    return call("api_call", f"chat.{method}", json=arguments)


def test_a_stream_grows_and_ends(server: SlackServer, ann: User, room: Channel) -> None:
    ts = server.user_mentions(ann, room, "hello").ts
    start = {"channel": room.id, "thread_ts": ts}
    assert error_of(server, streaming("startStream", channel=room.id)) == "invalid_arguments"
    assert error_of(server, streaming("startStream", **start)) == "missing_recipient_user_id"
    start["recipient_user_id"] = ann.id
    assert error_of(server, streaming("startStream", **start)) == "missing_recipient_team_id"
    start["recipient_team_id"] = server.workspace.team_id
    assert error_of(server, streaming("startStream", **start, markdown_text="x" * 12_001)) == "msg_too_long"
    stream = {"channel": room.id, "ts": ask(server, streaming("startStream", **start, markdown_text="a"))["ts"]}
    assert error_of(server, streaming("update", **stream, text="x")) == "streaming_state_conflict"
    assert error_of(server, streaming("appendStream", **stream)) == "no_text"
    chunks = [{"type": "markdown_text", "text": "b"}]
    assert error_of(server, streaming("appendStream", **stream, chunks=chunks)) == "streaming_mode_mismatch"
    both = "cannot_provide_both_markdown_text_and_chunks"
    assert error_of(server, streaming("appendStream", **stream, chunks=chunks, markdown_text="b")) == both
    ask(server, streaming("appendStream", **stream, markdown_text="b"))
    assert error_of(server, streaming("stopStream", **stream, blocks=[section("")])) == "invalid_blocks"
    ask(server, streaming("stopStream", **stream, blocks=[{"type": "context_actions", "elements": [FEEDBACK]}]))
    assert error_of(server, streaming("appendStream", **stream, markdown_text="c")) == "message_not_in_streaming_state"
    [message] = server.messages
    assert (message.text, message.blocks[0]["type"], message.streaming) == ("ab", "context_actions", False)


# Blocks


def test_what_slacks_own_models_build_is_taken() -> None:
    option = Option(text=PlainTextObject(text="One"), value="1")
    parts = RichTextElementParts
    rich = RichTextSectionElement(
        elements=[
            parts.Text(text="bold", style=parts.TextStyle(bold=True)),
            parts.Link(url="https://example.org/", text="link"),
            parts.User(user_id="U1"),
            parts.Channel(channel_id="C1"),
            parts.UserGroup(usergroup_id="S1"),
            parts.Broadcast(range="here"),
            parts.Emoji(name="wave"),
            parts.Date(timestamp=1700000000, format="{date}"),
            parts.Color(value="#FFFFFF"),
        ]
    )
    blocks = [
        HeaderBlock(text=PlainTextObject(text="Header")),
        DividerBlock(),
        SectionBlock(text=MarkdownTextObject(text="x"), fields=[MarkdownTextObject(text="y")], block_id="s"),
        SectionBlock(text="x", accessory=StaticSelectElement(action_id="a", options=[option], placeholder="Choose")),
        ContextBlock(elements=[MarkdownTextObject(text="x")]),
        ActionsBlock(
            elements=[
                ButtonElement(text="Go", action_id="b", value="1", style="primary", url="https://example.org/"),
                DatePickerElement(action_id="d", initial_date="2026-02-28"),
            ]
        ),
        RichTextBlock(elements=[rich, RichTextListElement(style="bullet", indent=1, elements=[rich])]),
    ]
    assert check_blocks([block.to_dict() for block in blocks]) == []
    question = InputBlock(label="Question", element=PlainTextInputElement(action_id="t", max_length=3000))
    view = SdkView(
        type="modal", title=PlainTextObject(text="Ask"), submit=PlainTextObject(text="Send"), blocks=[question]
    )
    assert check_view(view.to_dict()) == []


def rich(*pieces: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(pieces)}]}


def menu(count: int, text: str = "x", value: str = "v") -> dict[str, Any]:
    options = [{"text": plain(text), "value": value + str(number)} for number in range(count)]
    return {"type": "static_select", "action_id": "m", "options": options}


FEEDBACK_BLOCK = {"type": "context_actions", "elements": [FEEDBACK]}


@pytest.mark.parametrize(
    "block",
    [
        section("x" * 3000),
        {"type": "section", "fields": [plain("x" * 2000)] * 10},
        {"type": "header", "text": plain("x" * 150)},
        {"type": "context", "elements": [plain("x")] * 10},
        actions(*(button(str(number)) for number in range(25))),
        actions(button(value="x" * 2000, url="https://example.org/" + "x" * 2980)),
        actions(button("x" * 255, text=plain("x" * 75))),
        actions(menu(100, "x" * 75)),
        FEEDBACK_BLOCK,
        rich({"type": "text", "text": "x", "style": {"bold": True, "code": False}}),
        {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "x"},
    ],
)
def test_blocks_at_their_limits_are_taken(block: dict[str, Any]) -> None:
    assert check_blocks([block]) == []


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        ({"type": "sections"}, "/blocks/0/type"),
        (QUESTION, "/blocks/0/type"),
        ({"type": "section"}, "/blocks/0"),
        (section("x" * 3001), "/blocks/0/text/text"),
        ({**section("x"), "colour": "red"}, "/blocks/0/colour"),
        ({"type": "section", "text": {**plain("x"), "verbatim": True}}, "/blocks/0/text/verbatim"),
        ({"type": "section", "fields": [plain("x")] * 11}, "/blocks/0/fields"),
        ({"type": "section", "fields": [plain("x" * 2001)]}, "/blocks/0/fields/0/text"),
        ({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "/blocks/0/text/type"),
        ({"type": "context", "elements": []}, "/blocks/0/elements"),
        ({"type": "context", "elements": [plain("x")] * 11}, "/blocks/0/elements"),
        (actions(*(button(str(number)) for number in range(26))), "/blocks/0/elements"),
        (actions(button(), button()), "/blocks/0/elements/1/action_id"),
        (actions(button("x" * 256)), "/blocks/0/elements/0/action_id"),
        (actions(button(text=plain("x" * 76))), "/blocks/0/elements/0/text/text"),
        (actions(button(text={"type": "mrkdwn", "text": "x"})), "/blocks/0/elements/0/text/type"),
        (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value"),
        (actions(button(url="javascript:alert(1)")), "/blocks/0/elements/0/url"),
        (actions(button(style="red")), "/blocks/0/elements/0/style"),
        (actions(FEEDBACK), "/blocks/0/elements/0/type"),
        (actions(menu(101)), "/blocks/0/elements/0/options"),
        (actions(menu(1, "x" * 76)), "/blocks/0/elements/0/options/0/text/text"),
        (actions(menu(1, "x", "v" * 150)), "/blocks/0/elements/0/options/0/value"),
        (actions({"type": "static_select", "action_id": "m"}), "/blocks/0/elements/0"),
        (actions({"type": "datepicker", "initial_date": "2026-02-30"}), "/blocks/0/elements/0/initial_date"),
        ({"type": "context_actions", "elements": [button()]}, "/blocks/0/elements/0/type"),
        (
            {"type": "context_actions", "elements": [{**FEEDBACK, "positive_button": {"text": plain("x")}}]},
            "/blocks/0/elements/0/positive_button",
        ),
        (
            {"type": "context_actions", "elements": [{**FEEDBACK, "action_id": str(n)} for n in range(6)]},
            "/blocks/0/elements",
        ),
        ({**section("x"), "block_id": "x" * 256}, "/blocks/0/block_id"),
        (rich({"type": "text", "text": ""}), "/blocks/0/elements/0/elements/0/text"),
        (rich({"type": "text", "text": "x", "style": {"bold": 1}}), "/blocks/0/elements/0/elements/0/style/bold"),
        (rich({"type": "text", "text": "x", "style": {"big": True}}), "/blocks/0/elements/0/elements/0/style/big"),
        (rich({"type": "link", "url": "ftp://example.org"}), "/blocks/0/elements/0/elements/0/url"),
        (rich({"type": "broadcast", "range": "all"}), "/blocks/0/elements/0/elements/0/range"),
        (rich({"type": "blink"}), "/blocks/0/elements/0/elements/0/type"),
    ],
)
def test_blocks_that_slack_refuses(block: dict[str, Any], pointer: str) -> None:
    complaints = check_blocks([block])
    assert len(complaints) == 1
    assert complaints[0].endswith(f"[json-pointer:{pointer}]")


def test_a_block_id_is_unique() -> None:
    twice = [{**section("x"), "block_id": "same"}] * 2
    assert check_blocks(twice) == ["[ERROR] block_id same already exists [json-pointer:/blocks/1/block_id]"]


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        ({"type": "form"}, "/view/type"),
        ({"type": "modal", "blocks": []}, "/view"),
        (modal(title=plain("x" * 25)), "/view/title/text"),
        (modal(close=plain("x" * 25)), "/view/close/text"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(external_id="x" * 256), "/view/external_id"),
        (modal(colour="red"), "/view/colour"),
        (modal(*[section("x")] * 101), "/blocks"),
        (modal(FEEDBACK_BLOCK), "/blocks/0/type"),
        ({"type": "modal", "title": plain("x"), "blocks": [QUESTION]}, "/view"),
        ({"type": "home", "blocks": [], "title": plain("x")}, "/view/title"),
        (
            modal({**QUESTION, "element": {"type": "plain_text_input", "max_length": 3001}}),
            "/blocks/0/element/max_length",
        ),
        (
            modal({**QUESTION, "element": {"type": "plain_text_input", "max_length": 5, "min_length": 6}}),
            "/blocks/0/element/min_length",
        ),
        (modal({**QUESTION, "element": button()}), "/blocks/0/element/type"),
    ],
)
def test_views_that_slack_refuses(view: dict[str, Any], pointer: str) -> None:
    complaints = check_view(view)
    assert len(complaints) == 1
    assert complaints[0].endswith(f"{pointer}]")


KINDS = ["section", "actions", "rich_text", "rich_text_section", "text", "modal", "home", "input", "mrkdwn", "button"]
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(KINDS)
NAMES = st.sampled_from(["type", "text", "elements", "blocks", "element", "accessory", "style", "url", "options"])
THINGS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=25
)


@given(THINGS)
@settings(deadline=None)
def test_nonsense_is_refused_and_does_no_harm(thing: Any) -> None:
    assert check_blocks([thing])
    assert thing == {"type": "home", "blocks": []} or check_view(thing)
    assert isinstance(live_markup({"text": thing, "blocks": thing}), list)
    assert total_characters(thing) >= 0


def test_live_markup_is_found_wherever_it_stands() -> None:
    text = "<!channel> <!here|here> <@U1> <#C1|general> <https://a.example|A> <!subteam^S1|@team> <!date^1^{date}|then>"
    assert live_markup({"text": text}) == [
        LiveMarkup("broadcast", "channel"),
        LiveMarkup("broadcast", "here", "here"),
        LiveMarkup("user", "U1"),
        LiveMarkup("channel", "C1", "general"),
        LiveMarkup("link", "https://a.example", "A"),
        LiveMarkup("usergroup", "S1", "@team"),
        LiveMarkup("date", "1^{date}", "then"),
    ]
    assert live_markup({"text": "&lt;!channel&gt; a &lt; b"}) == []
    assert live_markup({"text": "see https://b.example/x"}) == [LiveMarkup("link", "https://b.example/x")]
    verbatim = {"type": "section", "text": {"type": "mrkdwn", "text": "https://b.example <@U2>", "verbatim": True}}
    assert live_markup({"blocks": [verbatim]}) == [LiveMarkup("user", "U2")]
    letters = {"type": "text", "text": "<!channel> https://b.example"}
    block = rich(letters, {"type": "broadcast", "range": "here"}, {"type": "user", "user_id": "U3"})
    assert live_markup({"blocks": [block]}) == [LiveMarkup("broadcast", "here"), LiveMarkup("user", "U3")]
    named = {"blocks": [rich({"type": "link", "url": "https://c.example", "text": "bank"})]}
    assert live_markup(named) == [LiveMarkup("link", "https://c.example", "bank")]
    hidden = {"text": "a\u202eb", "blocks": [rich({"type": "text", "text": "c\u200bd"})]}
    assert live_markup(hidden) == [LiveMarkup("invisible", "U+202E"), LiveMarkup("invisible", "U+200B")]


# Socket Mode


def test_a_ticket_is_good_for_one_connection_and_thirty_seconds(server: SlackServer) -> None:
    used, stale = (ask(server, call("apps_connections_open", app_token=server.app_token))["url"] for _ in range(2))

    async def connect(url: str) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            hello: dict[str, Any] = await socket.receive_json()
            return hello

    hello = asyncio.run(connect(used))
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"]["app_id"] == server.workspace.app_id
    with pytest.raises(aiohttp.WSServerHandshakeError):
        asyncio.run(connect(used))
    server.advance(31)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        asyncio.run(connect(stale))


def test_an_eleventh_connection_is_sent_away(server: SlackServer) -> None:
    async def connect() -> list[dict[str, Any]]:
        client = AsyncWebClient(base_url=server.base_url)
        async with aiohttp.ClientSession() as session, AsyncExitStack() as stack:
            said = []
            for _ in range(11):
                url = (await client.apps_connections_open(app_token=server.app_token))["url"]
                said.append(await (await stack.enter_async_context(session.ws_connect(url))).receive_json())
            return said

    said = asyncio.run(connect())
    assert [message.get("num_connections") for message in said] == [*range(1, 11), None]
    assert (said[-1]["type"], said[-1]["reason"]) == ("disconnect", "too_many_websockets")


def test_an_event_is_acknowledged_over_the_socket(server: SlackServer, ann: User, room: Channel) -> None:
    with SocketApp(server) as app:
        handle = server.user_mentions(ann, room, "hello &lt;world&gt;", also_as_message=True)
        delivery = handle.wait()
        assert handle.companion is not None
        handle.companion.wait()
    first, second = app.requests
    assert (delivery.acked, delivery.attempts, delivery.error) == (True, 1, None)
    assert delivery.latency is not None
    assert 0 < delivery.latency < 3
    assert (first.type, first.accepts_response_payload, first.retry_attempt) == ("events_api", False, 0)
    event, twin = first.payload["event"], second.payload["event"]
    assert (event["type"], twin["type"], event["ts"]) == ("app_mention", "message", twin["ts"])
    assert first.payload["event_id"] != second.payload["event_id"]
    assert twin["channel_type"] == "channel"
    words = event["blocks"][0]["elements"][0]["elements"]
    assert [piece["type"] for piece in words] == ["user", "text"]
    assert words[1]["text"] == " hello <world>"
    assert server.violations == []


def test_an_event_is_sent_again_until_it_is_given_up(quick: SlackServer) -> None:
    ann = quick.add_user("ann")
    room = quick.add_channel("general")
    with SocketApp(quick, acknowledge=False) as app:
        delivery = quick.user_mentions(ann, room, "hello").wait()
        assert (delivery.acked, delivery.attempts, delivery.error) == (False, 4, "given_up")
    assert [request.retry_attempt for request in app.requests] == [0, 1, 2, 3]
    assert [request.retry_reason for request in app.requests] == ["", "timeout", "timeout", "timeout"]
    assert len({request.payload["event_id"] for request in app.requests}) == 1
    assert len({request.envelope_id for request in app.requests}) == 4


def test_commands_and_clicks_are_not_sent_again(quick: SlackServer) -> None:
    ann = quick.add_user("ann")
    room = quick.add_channel("general")
    early = quick.user_commands(ann, room, "/ask").wait()
    assert (early.error, early.attempts) == ("operation_timeout", 0)
    with SocketApp(quick, acknowledge=False) as app:
        delivery = quick.user_commands(ann, room, "/ask", "x").wait()
    assert (delivery.acked, delivery.attempts, delivery.error) == (False, 1, "operation_timeout")
    assert len(app.requests) == 1
    assert quick.seen_errors == ["slash_commands: operation_timeout"] * 2


def test_the_payload_of_a_commands_acknowledgement_is_shown(server: SlackServer, ann: User, room: Channel) -> None:
    with SocketApp(server) as app:
        app.reply = lambda request: {"text": f"You asked {request.payload['text']}"}
        assert server.user_commands(ann, room, "/ask", "why").wait().acked
        app.reply = lambda request: {"text": "x", "blocks": [section("")]}
        assert server.user_commands(ann, room, "/ask", "why").wait().error == "invalid_blocks"
    [message] = server.messages
    assert (message.text, message.ephemeral_to, message.via) == ("You asked why", ann.id, "ack")
    assert app.requests[0].accepts_response_payload is True
    assert app.requests[0].payload["channel_name"] == "general"


def test_unknown_and_second_acknowledgements_are_violations(server: SlackServer, ann: User, room: Channel) -> None:
    with SocketApp(server) as app:
        server.user_mentions(ann, room, "hello").wait()
        for name in ("nothing", app.requests[0].envelope_id):
            answer = app.client.send_socket_mode_response(SocketModeResponse(name))
            app.run(answer)
        server.wait_for(lambda: len(server.violations) == 2)
    assert "unknown" in server.violations[0]
    assert "second" in server.violations[1]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
def test_the_client_leaves_when_it_is_told_to(server: SlackServer, ann: User, room: Channel, reason: Any) -> None:
    with SocketApp(server) as app:
        server.disconnect(reason)
        server.wait_for(lambda: server.hellos == 2)
        assert server.user_mentions(ann, room, "hello").wait().acked
        server.wait_for(lambda: server.connections == 1)
    assert len(app.requests) == 1


def test_a_disabled_link_cannot_be_opened_again(server: SlackServer) -> None:
    with SocketApp(server):
        server.disconnect("link_disabled")
        server.wait_for(lambda: server.connections == 0)
        server.wait_for(lambda: server.refused)
    assert {call.error for call in server.refused} == {"access_denied"}


@pytest.mark.parametrize("quick", [60.0], indirect=True)
def test_events_wait_for_a_connection(quick: SlackServer) -> None:
    ann = quick.add_user("ann")
    room = quick.add_channel("general")
    handle = quick.user_mentions(ann, room, "early")
    assert handle.delivery is None
    with SocketApp(quick, ping_interval=0.2):
        assert handle.wait().attempts == 1
        quick.drop_sockets()
        assert quick.connections == 0
        late = quick.user_mentions(ann, room, "late")
        assert late.wait().acked
        assert quick.hellos >= 2


@pytest.mark.parametrize("quick", [60.0], indirect=True)
def test_a_frozen_connection_is_noticed_and_replaced(quick: SlackServer) -> None:
    ann = quick.add_user("ann")
    room = quick.add_channel("general")
    with SocketApp(quick, ping_interval=0.2):
        quick.freeze_sockets()
        assert quick.connections == 0
        handle = quick.user_mentions(ann, room, "hello")
        assert handle.wait().attempts == 1
        assert quick.hellos >= 2


def test_an_event_can_be_delivered_once_more(server: SlackServer, ann: User, room: Channel) -> None:
    with SocketApp(server) as app:
        handle = server.user_mentions(ann, room, "hello")
        handle.wait()
        again = server.redeliver(handle, "timeout")
        again.wait()
    assert again.event_id == handle.event_id
    assert [request.retry_attempt for request in app.requests] == [0, 1]


def test_the_app_hears_itself_if_asked_to() -> None:
    with SlackServer(echo=True) as server:
        room = server.add_channel("general")
        with SocketApp(server) as app:
            ask(server, call("chat_postMessage", channel=room.id, text="hello"))
            server.wait_for(lambda: app.requests)
        event = app.requests[0].payload["event"]
        assert (event["bot_id"], event["user"], event["text"]) == (
            server.workspace.bot_id,
            server.bot_user_id,
            "hello",
        )


# What users do


def test_clicks_say_what_was_clicked(server: SlackServer, ann: User, room: Channel) -> None:
    select = {**menu(2), "options": menu(2)["options"]}
    day = {"type": "datepicker", "action_id": "day"}
    blocks = [actions(button(value="1"), select, day), FEEDBACK_BLOCK]
    ask(server, call("chat_postMessage", channel=room.id, text="x", blocks=blocks))
    ask(server, call("chat_postEphemeral", channel=room.id, user=ann.id, text="x", blocks=blocks))
    public, private = server.messages
    clicked = server.user_clicks(ann, public, "go").payload
    assert (clicked["type"], clicked["message"]["ts"], clicked["container"]["is_ephemeral"]) == (
        "block_actions",
        public.ts,
        False,
    )
    assert clicked["actions"][0]["value"] == "1"
    secret = server.user_clicks(ann, private, "helpful", "bad").payload
    assert ("message" in secret, secret["container"]["is_ephemeral"]) == (False, True)
    action = secret["actions"][0]
    assert (action["type"], action["value"], action["text"]["text"]) == ("feedback_buttons", "bad", "Bad")
    assert server.user_clicks(ann, public, "m", "v1").payload["actions"][0]["selected_option"]["value"] == "v1"
    assert server.user_clicks(ann, public, "day", "2026-01-02").payload["actions"][0]["selected_date"] == "2026-01-02"
    for wrong in (("nothing", None), ("m", "v9"), ("helpful", "so so")):
        with pytest.raises(AssertionError):
            server.user_clicks(ann, public, *wrong)
    with pytest.raises(AssertionError):
        server.user_clicks(server.add_user("bob"), private, "go")


def test_a_submission_carries_what_was_filled_in(server: SlackServer, ann: User) -> None:
    kind = {
        **QUESTION,
        "block_id": "kind",
        "optional": True,
        "element": {**menu(2), "initial_option": menu(2)["options"][0]},
    }
    view = modal(QUESTION, kind, private_metadata="m")
    trigger = server.workspace.new_trigger(ann.id)
    ask(server, call("views_open", trigger_id=trigger, view=view))
    shown = server.view(ann)
    assert shown is not None
    with pytest.raises(AssertionError, match="must be filled in"):
        server.user_submits(ann, shown)
    with pytest.raises(AssertionError, match="0 to 20 characters"):
        server.user_submits(ann, shown, {"question": "x" * 21})
    with SocketApp(server) as app:
        app.reply = lambda request: {"response_action": "errors", "errors": {"question": "No."}}
        server.user_submits(ann, shown, {"question": "why"}).wait()
        assert (shown.closed, shown.errors) == (False, {"question": "No."})
        app.reply = lambda request: {"response_action": "update", "view": modal(section("Wait"))}
        server.user_submits(ann, shown, {"question": "why"}).wait()
        assert shown["blocks"][0]["text"]["text"] == "Wait"
        app.reply = lambda request: {"response_action": "errors", "errors": {"question": "No."}}
        assert server.user_submits(ann, shown).wait().error == "invalid_arguments"
        app.reply = lambda request: None
        server.user_submits(ann, shown).wait()
        assert shown.closed
    payload = app.requests[0].payload
    assert (payload["view"]["private_metadata"], payload["view"]["id"]) == ("m", shown.id)
    values = payload["view"]["state"]["values"]
    assert values["question"]["text"] == {"type": "plain_text_input", "value": "why"}
    assert values["kind"]["m"]["selected_option"]["value"] == "v0"


def test_edits_deletions_shortcuts_and_other_bots(server: SlackServer, ann: User, room: Channel) -> None:
    first = server.user_writes(ann, room, "helo")
    reply = server.user_writes(ann, room, "more", thread_ts=first.ts)
    assert (reply.event["thread_ts"], reply.event["parent_user_id"]) == (first.ts, ann.id)
    edit = server.user_edits(room, first.ts, "hello").event
    assert (edit["subtype"], edit["message"]["text"], edit["previous_message"]["text"]) == (
        "message_changed",
        "hello",
        "helo",
    )
    other = server.user_writes(ann, room, "beep", subtype="bot_message", bot_id="B1").event
    assert (other["subtype"], other["bot_id"]) == ("bot_message", "B1")
    assert "edited" in server.user_writes(ann, room, "x", edited=True).event
    shortcut = server.user_uses_shortcut(ann, server.message_of(first), "explain").payload
    assert (shortcut["type"], shortcut["callback_id"], shortcut["message"]["text"]) == (
        "message_action",
        "explain",
        "hello",
    )
    assert server.user_deletes(room, first.ts).event["deleted_ts"] == first.ts
    post = call("chat_postMessage", channel=room.id, text="x", thread_ts=reply.ts)
    ask(server, post)
    assert "names a reply" in server.violations[0]


# response_url


def answer_to(url: str, **arguments: Any) -> tuple[int, str]:
    """Status and body after a post by Slack's own webhook client."""

    async def run() -> tuple[int, str]:
        answer = await AsyncWebhookClient(url, retry_handlers=[]).send_dict(arguments)
        return answer.status_code, answer.body

    return asyncio.run(run())


def test_a_response_url_is_good_for_five_answers(server: SlackServer, ann: User, room: Channel) -> None:
    url = server.user_commands(ann, room, "/ask").response_url
    assert answer_to(url, text="", blocks=[section("")]) == (400, "invalid_blocks")
    assert answer_to(url, response_type="ephemeral") == (400, "no_text")
    assert answer_to(url) == (400, "invalid_payload")
    for number in range(5):
        kind = "in_channel" if number == 0 else "ephemeral"
        assert answer_to(url, text=str(number), response_type=kind) == (200, "ok")
    assert answer_to(url, text="six") == (404, "used_url")
    shown = [(message.text, message.via, message.ephemeral_to) for message in server.messages]
    assert shown == [("0", "in_channel", None), *((str(n), "response_url", ann.id) for n in range(1, 5))]
    assert [call.error for call in server.calls_of("response_url")][-1] == "used_url"


def test_a_response_url_is_good_for_thirty_minutes(server: SlackServer, ann: User, room: Channel) -> None:
    url = server.user_commands(ann, room, "/ask").response_url
    server.advance(30 * 60 - 1)
    assert answer_to(url, text="x") == (200, "ok")
    server.advance(2)
    assert answer_to(url, text="x") == (404, "expired_url")


def test_a_response_url_replaces_and_deletes(server: SlackServer, ann: User, room: Channel) -> None:
    post = call(
        "chat_postEphemeral",
        channel=room.id,
        user=ann.id,
        text="x",
        blocks=[actions(button())],
    )
    ask(server, post)
    [message] = server.messages
    url = server.user_clicks(ann, message, "go").response_url
    assert answer_to(url, text="y", replace_original=True) == (200, "ok")
    assert (message.text, message.blocks, len(server.messages)) == ("y", [], 1)
    assert answer_to(url, delete_original=True) == (200, "ok")
    assert server.messages == []
    server.fail("response_url", status=500)
    assert answer_to(url, text="z")[0] == 500
    assert server.messages == []


# HTTP


def test_a_bolt_app_is_served_over_http(server: SlackServer, ann: User, room: Channel) -> None:
    with BoltApp(server) as app:
        server.deliver_to(app.url)
        assert server.verify_url()
        mention = server.user_mentions(ann, room, "hello").wait()
        assert (mention.acked, mention.status, mention.attempts) == (True, 200, 1)
        server.wait_for(lambda: app.events)
        command = server.user_commands(ann, room, "/ask", "sanctions &amp; more").wait()
        assert command.response == {"text": "Looking for sanctions &amp; more"}
        assert [message.via for message in server.messages] == ["ack"]
        ask(server, call("chat_postMessage", channel=room.id, text="x", blocks=[actions(button())]))
        posted = server.messages[-1]
        assert server.user_clicks(ann, posted, "go").wait().acked
        server.wait_for(lambda: posted.text == "done")
        trigger = server.workspace.new_trigger(ann.id)
        ask(server, call("views_open", trigger_id=trigger, view=modal(QUESTION)))
        view = server.view(ann)
        assert view is not None
        server.user_submits(ann, view, {"question": "why"}).wait()
        assert view.errors == {"question": "Too short"}


def test_forged_requests_are_refused_by_bolt(server: SlackServer, ann: User, room: Channel) -> None:
    with BoltApp(server) as app:
        server.deliver_to(app.url)
        handle = server.user_mentions(ann, room, "hello")
        handle.wait()
        server.wait_for(lambda: app.events)
        body = json.dumps(handle.payload)
        form = urllib.parse.urlencode({"command": "/ask", "text": "x"})
        forged = [
            server.signed_request(body, secret="0" * 32),
            server.signed_request(body, signature="v0=" + "0" * 64),
            server.signed_request(body, timestamp=int(time.time()) - 301),
            (server.signed_request(body)[0], body + " "),
            ({"Content-Type": "application/json"}, body),
            server.signed_request(form, "application/x-www-form-urlencoded", secret="x" * 32),
        ]
        assert [server.post_raw(*request)[0] for request in forged] == [401] * len(forged)
        assert len(app.events) == 1
        assert server.post_raw(*server.signed_request(body))[0] == 200
        server.wait_for(lambda: len(app.events) == 2)


@pytest.mark.parametrize("quick", [1.5], indirect=True)  # in which what is answered must be, and the rest is waited for
def test_events_are_posted_again_after_an_error(quick: SlackServer) -> None:
    ann = quick.add_user("ann")
    room = quick.add_channel("general")
    with PlainApp((500, {}), None) as app:
        quick.deliver_to(app.url)
        delivery = quick.user_mentions(ann, room, "hello").wait()
        assert (delivery.acked, delivery.attempts, delivery.status) == (True, 3, 200)
        assert [headers.get("X-Slack-Retry-Num") for headers in app.headers] == [None, "1", "2"]
        assert [headers.get("X-Slack-Retry-Reason") for headers in app.headers] == [None, "http_error", "http_timeout"]
        app.answers = [(500, {"X-Slack-No-Retry": "1"})]
        refused = quick.user_mentions(ann, room, "hello").wait()
        assert (refused.acked, refused.attempts, refused.error) == (False, 1, "given_up")
        app.answers = [(500, {}), None]
        assert quick.user_commands(ann, room, "/ask").wait().error == "http_service_error"
        assert quick.user_commands(ann, room, "/ask").wait().error == "operation_timeout"
        url = app.url
    quick.deliver_to(url)
    handle = quick.user_mentions(ann, room, "hello")
    assert handle.wait().error == "given_up"
    assert [attempt.reason for attempt in handle.attempts] == [None, *["connection_failed"] * 3]
    assert quick.user_commands(ann, room, "/ask").wait().error == "dispatch_failed"


def test_secrets_differ_between_servers() -> None:
    with SlackServer() as one, SlackServer() as other:
        assert not set(one.secrets) & set(other.secrets)
        assert one.bot_token.startswith("xoxb-")
        assert one.app_token.startswith("xapp-")
