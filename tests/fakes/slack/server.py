"""A Slack for tests: one workspace on 127.0.0.1, whose users act by methods that tests call."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import Any, Literal, TypeVar

from aiohttp import web

from tests.fakes.slack import payloads
from tests.fakes.slack.delivery import Handle
from tests.fakes.slack.http_events import HttpEvents
from tests.fakes.slack.socket_mode import SocketMode
from tests.fakes.slack.web_api import RefusedError, Trouble, WebApi
from tests.fakes.slack.workspace import (
    ALL_SCOPES,
    ApiCall,
    Channel,
    Message,
    ResponseUrl,
    Status,
    SuggestedPrompts,
    User,
    View,
    Workspace,
    random_id,
)
from tests.fakes.waiting import Value, wait_until

Result = TypeVar("Result")


class SlackServer:
    """Serves from a thread of its own; every method may be called from any thread, and blocks.

    ``ack_seconds`` is how long Slack waits for an acknowledgement, ``retry_pauses`` the seconds after which it sends
    an event again (Slack's own: almost at once, a minute, five minutes). With ``echo`` the app gets ``message``
    events of what it posts itself, as an app that listens to messages does.
    """

    def __init__(
        self,
        scopes: Iterable[str] = ALL_SCOPES,
        app_scopes: Iterable[str] = ("connections:write",),
        agent_app: bool = True,
        ack_seconds: float = 3.0,
        retry_pauses: tuple[float, ...] = (1.0, 1.0, 1.0),
        echo: bool = False,
    ) -> None:
        self.workspace = Workspace(scopes, app_scopes, agent_app)
        self.echo = echo
        self.port = 0
        self.handles: list[Handle] = []
        self._changed = self.workspace.changed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._api = WebApi(self.workspace, lambda: self._sockets.new_ticket(self.port), after_post=self._posted)
        self._http = HttpEvents(self.workspace, self._respond, ack_seconds, retry_pauses)
        self._sockets = SocketMode(self.workspace, self._respond, ack_seconds, retry_pauses)

    # Life

    def __enter__(self) -> "SlackServer":
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_post("/{kind:commands|actions}/{token}", self._api.handle_response_url)
        app.router.add_get("/{link:link/?}", self._sockets.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sockets.stop()
        assert self._runner is not None
        await self._runner.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    # What tests look at

    @property
    def base_url(self) -> str:
        """What an AsyncWebClient takes as base_url."""
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def bot_token(self) -> str:
        """The token of the bot, xoxb-..."""
        return self.workspace.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token, xapp-..."""
        return self.workspace.app_token

    @property
    def signing_secret(self) -> str:
        """What HTTP requests are signed with."""
        return self.workspace.signing_secret

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no log, message or answer."""
        return (self.bot_token, self.app_token, self.signing_secret, self.workspace.verification_token)

    @property
    def bot_user_id(self) -> str:
        """The bot as a member, U..."""
        return self.workspace.bot_user_id

    @property
    def messages(self) -> list[Message]:
        """What the app has posted and not deleted, ephemeral messages included, the oldest first."""
        with self._changed:
            return [message for message in self.workspace.messages if message.by_app and not message.deleted]

    def history(self, channel: Channel | str, viewer: User | str | None = None) -> list[Message]:
        """All messages of a channel; ephemeral ones only for a ``viewer``, and only his."""
        wanted, user = _id(channel), _id(viewer) if viewer is not None else None
        with self._changed:
            return [
                message
                for message in self.workspace.messages
                if message.channel == wanted and not message.deleted and message.ephemeral_to in {None, user}
            ]

    def thread(self, channel: Channel | str, thread_ts: str) -> list[Message]:
        """The app's messages in a thread, ephemeral ones included."""
        return [
            message for message in self.messages if message.channel == _id(channel) and message.thread_ts == thread_ts
        ]

    @property
    def deleted(self) -> list[Message]:
        """What the app has posted and deleted."""
        with self._changed:
            return [message for message in self.workspace.messages if message.by_app and message.deleted]

    @property
    def calls(self) -> list[ApiCall]:
        """Every call of the Web API and of response_urls."""
        with self._changed:
            return list(self.workspace.calls)

    def calls_of(self, method: str) -> list[ApiCall]:
        """The calls of one method; "response_url" is one."""
        return [call for call in self.calls if call.method == method]

    @property
    def refused(self) -> list[ApiCall]:
        """The calls that were refused."""
        return [call for call in self.calls if call.error is not None]

    @property
    def violations(self) -> list[str]:
        """What an app should not do although Slack lets it: calls before Retry-After, second acknowledgements, ..."""
        with self._changed:
            return list(self.workspace.violations)

    @property
    def seen_errors(self) -> list[str]:
        """What users saw go wrong, and events given up."""
        with self._changed:
            return list(self.workspace.seen_errors)

    @property
    def statuses(self) -> list[Status]:
        """Every status that was set, empty ones included."""
        with self._changed:
            return list(self.workspace.statuses)

    def status(self, channel: Channel | str, thread_ts: str) -> str:
        """The status that a thread shows now, "" if none."""
        with self._changed:
            shown = self.workspace.current_statuses.get((_id(channel), thread_ts))
            return shown.status if shown is not None else ""

    @property
    def suggested_prompts(self) -> list[SuggestedPrompts]:
        """Every set of prompts that a user was shown."""
        with self._changed:
            return list(self.workspace.suggested_prompts)

    def view(self, user: User | str) -> View | None:
        """The uppermost modal that a user sees."""
        found = self.workspace.open_views(_id(user))
        return found[-1] if found else None

    def home(self, user: User | str) -> View | None:
        """The home view of a user."""
        with self._changed:
            return self.workspace.home_views.get(_id(user))

    @property
    def connections(self) -> int:
        """Connections that are open, not frozen, and not told to leave."""
        with self._changed:
            return sum(connection.told is None for connection in self._sockets.live())

    @property
    def hellos(self) -> int:
        """How many connections there have been."""
        return self._sockets.hellos

    def wait_for(self, predicate: Callable[[], Value], timeout: float = 60) -> Value:
        """The first truthy value of ``predicate``, which is asked whenever something changes.

        Raises AssertionError with all that happened when there is none in time. The predicate must not act.
        """
        return wait_until(self._changed, predicate, timeout, self.describe)

    def describe(self) -> str:
        """What has happened so far, for people."""
        with self._changed:
            lines = ["calls:"]
            for call in self.workspace.calls[-30:]:
                shown = json.dumps(call.arguments, ensure_ascii=False, default=str)[:300]
                lines.append(f"  {call.method} {call.error or 'ok'} {shown}")
            lines.append("messages:")
            for message in self.workspace.messages[-30:]:
                to = f" to {message.ephemeral_to}" if message.ephemeral_to else ""
                gone = " deleted" if message.deleted else ""
                place = f"{message.channel} {message.thread_ts or ''}"
                lines.append(f"  {message.ts} {place} {message.via}{to}{gone}: {message.text[:200]!r}")
            lines.append("deliveries:")
            lines.extend(
                f"  {handle.kind} attempts={len(handle.attempts)} {handle.delivery}" for handle in self.handles[-30:]
            )
            lines.append(f"connections: {self.connections}, violations: {self.workspace.violations}")
            lines.append(f"users saw: {self.workspace.seen_errors}")
            return "\n".join(lines)

    # What tests set up

    def add_user(self, name: str) -> User:
        """A new member of the workspace."""
        return self.workspace.add_user(name)

    def add_channel(
        self,
        name: str,
        kind: Literal["public", "private"] = "public",
        bot_is_member: bool = True,
        members: Iterable[User] | None = None,
    ) -> Channel:
        """A new channel; all users there are so far are members unless ``members`` says who."""
        inside = None if members is None else [user.id for user in members]
        return self.workspace.add_channel(name, kind, bot_is_member, inside)

    def direct(self, user: User | str) -> Channel:
        """The direct conversation of a user and the bot."""
        return self.workspace.direct_channel(_id(user))

    def grant(self, *scopes: str) -> None:
        """Give the bot token scopes."""
        with self._changed:
            self.workspace.scopes |= set(scopes)

    def withdraw(self, *scopes: str) -> None:
        """Take scopes from the bot token; "connections:write" from the app-level token."""
        with self._changed:
            self.workspace.scopes -= set(scopes)
            self.workspace.app_scopes -= set(scopes)

    def revoke(self, token: Literal["bot", "app"], error: str = "token_revoked") -> None:
        """Answer calls with a token by an error such as "token_revoked" or "account_inactive"."""
        with self._changed:
            self.workspace.token_errors[token] = error

    def advance(self, seconds: float) -> None:
        """Set the workspace's clock forward: tickets, triggers, response_urls and Retry-After grow older."""
        self.workspace.advance(seconds)

    def rate_limit(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of a method with HTTP 429."""
        self._trouble(method, Trouble("limit", times, 429, retry_after))

    def fail(self, method: str, times: int = 1, status: int = 500, after: bool = False) -> None:
        """Answer the next calls with an HTTP error; with ``after`` they are carried out nevertheless."""
        self._trouble(method, Trouble("fail", times, status, after=after))

    def drop(self, method: str, times: int = 1, after: bool = False) -> None:
        """Cut the connection instead of answering the next calls; with ``after`` they are carried out nevertheless."""
        self._trouble(method, Trouble("drop", times, after=after))

    def _trouble(self, method: str, trouble: Trouble) -> None:
        with self._changed:
            self._api.troubles.setdefault(method, []).append(trouble)

    # Sockets

    def disconnect(
        self,
        reason: Literal["warning", "refresh_requested", "link_disabled"] = "refresh_requested",
        close_after: float | None = None,
    ) -> None:
        """Tell every connection to leave. It is closed after 10, 2 or 0 seconds unless ``close_after`` says when."""
        self._run(self._sockets.disconnect(reason, close_after))

    def spoil_addresses(self, times: int = 1) -> None:
        """The next addresses for a socket are refused when they are connected to, as expired ones are."""
        with self._changed:
            self._sockets.spoiled = times

    def drop_sockets(self) -> None:
        """Cut every connection at once."""
        self._run(self._sockets.drop())

    def freeze_sockets(self) -> None:
        """Leave every connection open but dead: nothing is read, answered or sent any more."""
        self._run(self._sockets.freeze())

    # HTTP

    def deliver_to(self, url: str | None) -> None:
        """Deliver by signed HTTP requests to ``url`` from now on; None goes back to Socket Mode."""
        self._http.url = url

    def signed_request(
        self,
        body: str,
        content_type: str = "application/json",
        timestamp: int | str | None = None,
        signature: str | None = None,
        secret: str | None = None,
    ) -> tuple[dict[str, str], str]:
        """Headers and body of a request as Slack would send it, but for what is given."""
        return self._http.signed(body, content_type, timestamp, signature, secret), body

    def post_raw(self, headers: dict[str, str], body: str) -> tuple[int, str]:
        """Post to the app whatever it is; status and body of the answer."""
        status, text, _ = self._run(self._http.post(headers, body))
        return status, text

    def verify_url(self) -> bool:
        """Whether the app answers Slack's url_verification with the challenge."""
        challenge = random_id("C")
        body = json.dumps(
            {"token": self.workspace.verification_token, "challenge": challenge, "type": "url_verification"}
        )
        status, text = self.post_raw(*self.signed_request(body))
        return status == 200 and challenge in text

    # Deliveries

    def send_event(self, event: dict[str, Any]) -> Handle:
        """Deliver an event; ``event`` is the inner one."""
        return self._send("events_api", payloads.event_callback(self.workspace, event))

    def send_command(self, payload: dict[str, Any], user: str = "") -> Handle:
        """Deliver a slash command's payload as it is."""
        return self._send("slash_commands", payload, user)

    def send_interaction(self, payload: dict[str, Any], user: str = "") -> Handle:
        """Deliver an interaction's payload as it is."""
        return self._send("interactive", payload, user)

    def redeliver(self, handle: Handle, reason: str = "timeout", attempt: int = 1) -> Handle:
        """Deliver the same event once more, under the same event_id."""
        return self._send(handle.kind, handle.payload, handle.user, attempt, reason)

    def _send(
        self, kind: str, payload: dict[str, Any], user: str = "", number: int = 0, reason: str | None = None
    ) -> Handle:
        handle = Handle(kind, payload, self._changed, user=user)
        with self._changed:
            self.handles.append(handle)
        way = self._sockets if self._http.url is None else self._http
        self._loop.call_soon_threadsafe(self._begin, way.deliver(handle, number, reason))
        return handle

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _posted(self, message: Message) -> None:
        if self.echo and message.ephemeral_to is None:
            channel = self.workspace.channels[message.channel]
            event = payloads.message_event(self.workspace, channel, message)
            del event["client_msg_id"]
            event |= {"bot_id": self.workspace.bot_id, "app_id": self.workspace.app_id}
            self.send_event(event)

    def _respond(self, handle: Handle, response: Any) -> str | None:
        """Carry out the payload of an acknowledgement; what the user saw go wrong, if anything."""
        try:
            with self._changed:
                if handle.kind == "slash_commands" and response:
                    token = handle.response_url.rpartition("/")[2]
                    target = self.workspace.response_urls.get(token)
                    if target is None:
                        target = ResponseUrl("", handle.user, handle.channel, self.workspace.now())
                    self._api.respond_in_channel(target, response, "ack")
                elif handle.payload.get("type") == "view_submission":
                    self._respond_to_submission(handle, response or {})
        except RefusedError as refused:
            with self._changed:
                self.workspace.seen_errors.append(f"{handle.kind}: {refused.error}")
                return refused.error
        return None

    def _respond_to_submission(self, handle: Handle, response: dict[str, Any]) -> None:
        name = handle.payload["view"]["id"]
        view = next(view for view in self.workspace.views if view.id == name)
        action = response.get("response_action")
        if action is None:
            view.closed = True
        elif action == "clear":
            for other in self.workspace.open_views(view.owner):
                other.closed = True
        elif action == "errors":
            named = response.get("errors")
            inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
            if not isinstance(named, dict) or not named or not set(named) <= inputs:
                raise RefusedError("invalid_arguments")
            view.errors = dict(named)
        elif action in {"update", "push"}:
            content = self._api._view_content({"view": response.get("view")}, ("modal",), view)
            if action == "update":
                self.workspace.change_view(view, content)
            else:
                self.workspace.new_view(view.owner, content, view.root_id, view.id)
        else:
            raise RefusedError("invalid_arguments")

    def _response_url(self, user: str, channel: str, message: Message | None = None) -> str:
        target = self.workspace.new_response_url(user, channel, message)
        kind = "commands" if message is None else "actions"
        return f"http://127.0.0.1:{self.port}/{kind}/{target.token}"

    # What users do

    def user_writes(
        self,
        user: User | str,
        channel: Channel | str,
        text: str,
        thread_ts: str | None = None,
        subtype: str | None = None,
        bot_id: str | None = None,
        edited: bool = False,
    ) -> Handle:
        """A message, delivered as a ``message`` event. ``text`` is as Slack hands it on: &lt; for <, <@U...>."""
        message = self._write(user, channel, text, thread_ts, bot_id)
        event = payloads.message_event(self.workspace, self._channel(channel), message)
        if subtype is not None:
            event["subtype"] = subtype
        if bot_id is not None:
            event["bot_id"] = bot_id
            del event["client_msg_id"]
        if edited:
            event["edited"] = {"user": message.user, "ts": self.workspace.next_ts()}
        return self.send_event(event)

    def user_mentions(
        self,
        user: User | str,
        channel: Channel | str,
        text: str,
        thread_ts: str | None = None,
        also_as_message: bool = False,
    ) -> Handle:
        """A message with a mention of the bot (put in front where ``text`` has none), delivered as ``app_mention``.

        With ``also_as_message`` the ``message`` event of the same message follows: the ``companion``.
        """
        mention = f"<@{self.bot_user_id}>"
        message = self._write(user, channel, text if mention in text else f"{mention} {text}", thread_ts)
        place = self._channel(channel)
        handle = self.send_event(payloads.mention_event(self.workspace, place, message))
        if also_as_message:
            handle.companion = self.send_event(payloads.message_event(self.workspace, place, message))
        return handle

    def user_edits(self, channel: Channel | str, ts: str, text: str) -> Handle:
        """An earlier message of a user gets another text: message_changed."""
        with self._changed:
            message = self._existing(channel, ts)
            before = self.workspace.message_payload(message)
            self.workspace.replace_message(message, text, payloads.rich_text_of(text))
            return self.send_event(payloads.changed_event(self.workspace, self._channel(channel), message, before))

    def user_deletes(self, channel: Channel | str, ts: str) -> Handle:
        """A user deletes a message: message_deleted."""
        with self._changed:
            message = self._existing(channel, ts)
            message.deleted = True
            return self.send_event(payloads.deleted_event(self.workspace, self._channel(channel), message))

    def user_commands(self, user: User | str, channel: Channel | str, command: str, text: str = "") -> Handle:
        """A slash command."""
        place, who = self._channel(channel), _id(user)
        url = self._response_url(who, place.id)
        return self.send_command(payloads.command(self.workspace, who, place, command, text, url), who)

    def user_clicks(self, user: User | str, shown: Message | View, action_id: str, value: str | None = None) -> Handle:
        """A user clicks, or chooses ``value``, in a message or view; the element is looked up in its blocks.

        ``value`` names the button of feedback_buttons, the option of a menu, the date of a datepicker.
        """
        who = _id(user)
        with self._changed:
            blocks = shown.content["blocks"] if isinstance(shown, View) else shown.blocks
            element, block = payloads.find_element(blocks, action_id)
            action = payloads.action_of(self.workspace, element, block, value)
            if isinstance(shown, View):
                assert shown.owner == who, "another user's view"
                return self.send_interaction(payloads.click_in_view(self.workspace, who, shown, action), who)
            assert not shown.deleted, "the message is deleted"
            assert shown.ephemeral_to in {None, who}, "another user's ephemeral message"
            url = self._response_url(who, shown.channel, shown)
            return self.send_interaction(payloads.click_in_message(self.workspace, who, shown, action, url), who)

    def user_submits(self, user: User | str, view: View, values: dict[str, str | None] | None = None) -> Handle:
        """A user submits a modal; ``values`` are by block_id, what is not named stays as it was shown."""
        who = _id(user)
        with self._changed:
            assert not view.closed, "the view is closed"
            assert view.owner == who, "another user's view"
            return self.send_interaction(payloads.submission(self.workspace, who, view, values or {}), who)

    def user_closes(self, user: User | str, view: View) -> Handle | None:
        """A user closes a modal; the app hears of it (view_closed) only if it asked to."""
        who = _id(user)
        with self._changed:
            view.closed = True
            if not view.content.get("notify_on_close"):
                return None
            payload = payloads.interaction(self.workspace, "view_closed", who, view.id)
            return self.send_interaction(
                payload | {"view": self.workspace.view_payload(view), "is_cleared": False}, who
            )

    def user_uses_shortcut(self, user: User | str, message: Message, callback_id: str) -> Handle:
        """A message shortcut."""
        who = _id(user)
        url = self._response_url(who, message.channel, message)
        payload = payloads.message_shortcut(self.workspace, who, message, callback_id, url)
        return self.send_interaction(payload, who)

    def user_uses_global_shortcut(self, user: User | str, callback_id: str) -> Handle:
        """A shortcut that belongs to no message."""
        payload = payloads.interaction(self.workspace, "shortcut", _id(user))
        return self.send_interaction(
            payload | {"callback_id": callback_id, "action_ts": self.workspace.next_ts()}, _id(user)
        )

    def user_opens_home(self, user: User | str, tab: Literal["home", "messages"] = "home") -> Handle:
        """A user opens a tab of the app's home: app_home_opened."""
        return self.send_event(payloads.home_event(self.workspace, _id(user), tab))

    def message_of(self, handle: Handle) -> Message:
        """The user's message that an event told of."""
        return self._existing(handle.channel, handle.ts)

    def _write(
        self, user: User | str, channel: Channel | str, text: str, thread_ts: str | None, bot_id: str | None = None
    ) -> Message:
        place = self._channel(channel)
        blocks = payloads.rich_text_of(text)
        message = Message(place.id, self.workspace.next_ts(), text, blocks, _id(user), bot_id, thread_ts)
        return self.workspace.add_message(message)

    def _existing(self, channel: Channel | str, ts: str) -> Message:
        message = self.workspace.message(_id(channel), ts)
        assert message is not None, f"no message {ts}"
        return message

    def _channel(self, channel: Channel | str) -> Channel:
        return self.workspace.channels[_id(channel)]


def _id(thing: User | Channel | str) -> str:
    return thing if isinstance(thing, str) else thing.id
