"""The Web API: which call is granted, with which error another is refused, and what a granted one changes."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.slack.blocks import MESSAGE_CHARACTERS, check_blocks, check_view, total_characters
from tests.fakes.slack.workspace import (
    RESPONSE_URL_SECONDS,
    RESPONSE_URL_USES,
    TRIGGER_SECONDS,
    ApiCall,
    Channel,
    Message,
    ResponseUrl,
    Status,
    SuggestedPrompts,
    View,
    Workspace,
)

POSTED_CHARACTERS = 40_000
UPDATED_CHARACTERS = 4_000
MARKDOWN_CHARACTERS = 12_000
VIEW_BYTES = 250_000
VIEWS_IN_A_STACK = 3
PROMPTS = 4
LOADING_MESSAGES = 10
TIMESTAMP = re.compile(r"\d{10}\.\d{6}")
STRUCTURED = ("blocks", "attachments", "view", "prompts", "loading_messages", "chunks", "metadata")

Answer = dict[str, Any]


class RefusedError(Exception):
    """Why a call is refused: the documented error, and what else stands in the answer."""

    def __init__(self, error: str, *messages: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.answer: Answer = {"ok": False, "error": error, **more}
        if messages:
            self.answer["response_metadata"] = {"messages": list(messages)}


@dataclass
class Trouble:
    """What goes wrong with the next calls of a method. ``times`` counts down."""

    kind: str
    times: int
    status: int = 500
    retry_after: int = 1
    after: bool = False


@dataclass
class Method:
    """A method: what carries it out, the scopes of which one is needed, and the arguments it cannot do without."""

    act: Callable[[dict[str, Any]], Answer]
    scopes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    token: str = "bot"  # noqa: S105 — the kind of token


@dataclass
class WebApi:
    """Answers /api/METHOD and response_urls. ``open_socket`` gives an address for Socket Mode."""

    workspace: Workspace
    open_socket: Callable[[], str]
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    closed_until: dict[str, float] = field(default_factory=dict)
    after_post: Callable[[Message], None] = lambda message: None

    def __post_init__(self) -> None:
        write = ("chat:write",)
        read = ("channels:read", "groups:read", "im:read")
        self.methods = {
            "auth.test": Method(self.auth_test),
            "apps.connections.open": Method(self.apps_connections_open, token="app"),  # noqa: S106
            "chat.postMessage": Method(self.post_message, write, ("channel",)),
            "chat.postEphemeral": Method(self.post_ephemeral, write, ("channel", "user")),
            "chat.update": Method(self.update_message, write, ("channel", "ts")),
            "chat.delete": Method(self.delete_message, write, ("channel", "ts")),
            "chat.startStream": Method(self.start_stream, write, ("channel", "thread_ts")),
            "chat.appendStream": Method(self.append_stream, write, ("channel", "ts")),
            "chat.stopStream": Method(self.stop_stream, write, ("channel", "ts")),
            "views.open": Method(self.open_view, (), ("trigger_id", "view")),
            "views.push": Method(self.push_view, (), ("trigger_id", "view")),
            "views.update": Method(self.update_view, (), ("view",)),
            "views.publish": Method(self.publish_view, (), ("user_id", "view")),
            "assistant.threads.setStatus": Method(
                self.set_status, ("chat:write", "assistant:write"), ("channel_id", "thread_ts", "status")
            ),
            "assistant.threads.setSuggestedPrompts": Method(
                self.set_suggested_prompts, ("assistant:write",), ("channel_id", "prompts")
            ),
            "conversations.info": Method(self.conversation, read, ("channel",)),
            "conversations.open": Method(self.open_conversation, ("im:write",)),
            "users.info": Method(self.user, ("users:read",), ("user",)),
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of the Web API."""
        name = request.match_info["method"]
        arguments, token, in_header = await _read(request)
        trouble, answer, status, headers = self._disturb(name)
        if trouble is None or trouble.after:
            answer, status = self._answer(name, arguments, token, in_header), 200
        if trouble is not None and trouble.kind == "drop":
            answer, status = {}, 0
        elif trouble is not None and trouble.after:
            answer, status = {"ok": False, "error": "internal_error"}, trouble.status
        known = token in {self.workspace.bot_token, self.workspace.app_token}
        self._record(name, arguments, known, status, answer)
        if status == 0:
            return _cut(request)
        return web.json_response(answer, status=status, headers=headers or self._scope_headers(name))

    async def handle_response_url(self, request: web.Request) -> web.StreamResponse:
        """Answer a POST to a response_url."""
        body = await request.text()
        trouble, answer, status, headers = self._disturb("response_url")
        text = json.dumps(answer)
        try:
            arguments = json.loads(body)
        except ValueError:
            arguments = None
        if trouble is None or trouble.after:
            status, text = self._respond(request.match_info["token"], arguments)
        if trouble is not None and (trouble.kind == "drop" or trouble.after):
            status, text = (0, "") if trouble.kind == "drop" else (trouble.status, "")
        shown = arguments if isinstance(arguments, dict) else {}
        self._record("response_url", shown, True, status, {"ok": status == 200, "error": text})
        if status == 0:
            return _cut(request)
        return web.Response(text=text, status=status, headers=headers)

    def _scope_headers(self, name: str) -> dict[str, str]:
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.workspace.scopes))}
        if name in self.methods:
            headers["X-Accepted-OAuth-Scopes"] = ",".join(self.methods[name].scopes)
        return headers

    def _record(self, name: str, arguments: dict[str, Any], token_ok: bool, status: int, answer: Answer) -> None:
        with self.workspace.changed:
            shown = {key: value for key, value in arguments.items() if key != "token"}
            error = None if answer.get("ok") and status == 200 else str(answer.get("error", f"status {status}"))
            now = self.workspace.now()
            self.workspace.calls.append(ApiCall(name, shown, now, token_ok, status, error, answer))
            self.workspace.changed.notify_all()

    def _disturb(self, name: str) -> tuple[Trouble | None, Answer, int, dict[str, str]]:
        """What goes wrong with this call, if something does, and the answer then."""
        with self.workspace.changed:
            now = self.workspace.now()
            wait = self.closed_until.get(name, 0.0) - now
            queue = self.troubles.get(name, [])
            trouble = queue[0] if queue else None
            if wait > 0:
                self.workspace.violations.append(f"{name} was called {wait:.2f} s before Retry-After had passed")
                if trouble is None or trouble.kind != "limit":
                    trouble = Trouble("limit", 1, 429, max(1, round(wait)))
            if trouble is None:
                return None, {}, 200, {}
            trouble.times -= 1
            if queue and trouble is queue[0] and trouble.times == 0:
                queue.pop(0)
            if trouble.kind != "limit":
                return trouble, {"ok": False, "error": "internal_error"}, trouble.status, {}
            self.closed_until[name] = max(self.closed_until.get(name, 0.0), now + trouble.retry_after)
            return trouble, {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(trouble.retry_after)}

    def _answer(self, name: str, arguments: dict[str, Any], token: str | None, in_header: bool) -> Answer:
        with self.workspace.changed:
            try:
                method = self._method(name)
                self._check_token(method, token, in_header)
                _check_required(method, arguments)
                return {"ok": True, **method.act(arguments)}
            except RefusedError as refused:
                return refused.answer
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                # An argument of a type that nobody thought of.
                return RefusedError("invalid_arguments", f"[ERROR] {type(error).__name__}: {error}").answer
            finally:
                self.workspace.changed.notify_all()

    def _method(self, name: str) -> Method:
        if name not in self.methods:
            raise RefusedError("unknown_method", req_method=name)
        return self.methods[name]

    def _check_token(self, method: Method, token: str | None, in_header: bool) -> None:
        space = self.workspace
        if not token or (method.token == "app" and not in_header):  # noqa: S105
            raise RefusedError("not_authed")
        if token not in {space.bot_token, space.app_token}:
            raise RefusedError("invalid_auth")
        kind = "bot" if token == space.bot_token else "app"
        if kind in space.token_errors:
            raise RefusedError(space.token_errors[kind])
        if kind != method.token:
            raise RefusedError("not_allowed_token_type")
        needed, granted = method.scopes, space.scopes
        if kind == "app":
            needed, granted = ("connections:write",), space.app_scopes
        if needed and not granted.intersection(needed):
            raise RefusedError("missing_scope", needed=needed[0], provided=",".join(sorted(granted)))

    # Conversations and people

    def auth_test(self, arguments: dict[str, Any]) -> Answer:
        """Who the token belongs to."""
        space = self.workspace
        return {
            "url": "https://example.slack.com/",
            "team": "Example",
            "user": space.users[space.bot_user_id].name,
            "team_id": space.team_id,
            "user_id": space.bot_user_id,
            "bot_id": space.bot_id,
            "is_enterprise_install": False,
        }

    def apps_connections_open(self, arguments: dict[str, Any]) -> Answer:
        """An address for one Socket Mode connection."""
        if not self.workspace.socket_mode_enabled:
            raise RefusedError("access_denied")
        return {"url": self.open_socket()}

    def conversation(self, arguments: dict[str, Any]) -> Answer:
        """A conversation that the bot may see."""
        channel = self._visible(arguments["channel"])
        needed = {"public": "channels:read", "private": "groups:read", "im": "im:read"}[channel.kind]
        if needed not in self.workspace.scopes:
            provided = ",".join(sorted(self.workspace.scopes))
            raise RefusedError("missing_scope", needed=needed, provided=provided)
        return {"channel": self._conversation_payload(channel)}

    def open_conversation(self, arguments: dict[str, Any]) -> Answer:
        """The direct conversation with a user."""
        names = [name for name in str(arguments.get("users") or "").split(",") if name]
        if arguments.get("channel"):
            channel = self._visible(arguments["channel"])
        elif not names:
            raise RefusedError("users_list_not_supplied")
        elif len(names) > 1:
            raise RefusedError("method_not_supported_for_channel_type")
        else:
            channel = self.workspace.direct_channel(self._person(names[0]).id)
        return {"channel": self._conversation_payload(channel) if arguments.get("return_im") else {"id": channel.id}}

    def user(self, arguments: dict[str, Any]) -> Answer:
        """A user's profile."""
        person = self._person(arguments["user"])
        return {
            "user": {
                "id": person.id,
                "team_id": self.workspace.team_id,
                "name": person.name,
                "real_name": person.name,
                "is_bot": person.is_bot,
                "tz": person.timezone,
                "profile": {"real_name": person.name, "display_name": person.name},
            }
            | ({"locale": person.locale} if str(arguments.get("include_locale")).lower() in {"true", "1"} else {})
        }

    def _person(self, name: object) -> Any:
        person = self.workspace.users.get(str(name))
        if person is None:
            raise RefusedError("user_not_found")
        return person

    def _conversation_payload(self, channel: Channel) -> Answer:
        payload: Answer = {
            "id": channel.id,
            "is_channel": channel.kind == "public",
            "is_group": channel.kind == "private",
            "is_im": channel.kind == "im",
            "is_private": channel.kind != "public",
            "is_archived": channel.archived,
        }
        if channel.kind == "im":
            return payload | {"user": channel.user}
        return payload | {"name": channel.name, "is_member": channel.bot_is_member, "num_members": len(channel.members)}

    def _visible(self, name: object) -> Channel:
        """The channel if the bot may know of it; private channels without the bot do not exist for it."""
        wanted = str(name)
        for channel in self.workspace.channels.values():
            if wanted == channel.id or (channel.name and wanted.removeprefix("#") == channel.name):
                if channel.kind != "public" and not channel.bot_is_member:
                    break
                return channel
        raise RefusedError("channel_not_found")

    # Messages

    def post_message(self, arguments: dict[str, Any]) -> Answer:
        """Post into a channel, a thread, or the direct conversation with a user."""
        if arguments["channel"] in self.workspace.users:
            channel = self.workspace.direct_channel(arguments["channel"])
        else:
            channel = self._visible(arguments["channel"])
        if channel.archived:
            raise RefusedError("is_archived")
        if not channel.bot_is_member and "chat:write.public" not in self.workspace.scopes:
            raise RefusedError("not_in_channel")
        self._check_content(arguments, POSTED_CHARACTERS)
        thread_ts = self._thread(channel, arguments)
        _check_metadata(arguments)
        message = self._add(channel, arguments, "chat.postMessage", thread_ts)
        return {"channel": channel.id, "ts": message.ts, "message": self.workspace.message_payload(message)}

    def post_ephemeral(self, arguments: dict[str, Any]) -> Answer:
        """Post for one user's eyes only."""
        channel = self._visible(arguments["channel"])
        if channel.archived:
            raise RefusedError("is_archived")
        if not channel.bot_is_member:
            raise RefusedError("not_in_channel")
        if arguments["user"] not in channel.members:
            raise RefusedError("user_not_in_channel")
        self._check_content(arguments, POSTED_CHARACTERS)
        thread_ts = self._thread(channel, arguments)
        message = self._add(channel, arguments, "chat.postEphemeral", thread_ts, arguments["user"])
        return {"message_ts": message.ts}

    def update_message(self, arguments: dict[str, Any]) -> Answer:
        """Change one of the app's own messages."""
        message = self._own(arguments, "cant_update_message")
        if message.streaming:
            raise RefusedError("streaming_state_conflict")
        self._check_content(arguments, UPDATED_CHARACTERS)
        text, blocks = arguments.get("text"), arguments.get("blocks")
        if text is None and arguments.get("markdown_text") is not None:
            text = arguments["markdown_text"]
        kept = message.blocks if text is None else []
        self.workspace.replace_message(message, text or "", blocks if blocks is not None else kept)
        payload = self.workspace.message_payload(message)
        return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": payload}

    def delete_message(self, arguments: dict[str, Any]) -> Answer:
        """Delete one of the app's own messages."""
        message = self._own(arguments, "cant_delete_message")
        message.deleted = True
        return {"channel": message.channel, "ts": message.ts}

    def _own(self, arguments: dict[str, Any], error: str) -> Message:
        """The app's message that a call names; ephemeral ones cannot be named."""
        channel = self._visible(arguments["channel"])
        message = self.workspace.message(channel.id, str(arguments["ts"]))
        if message is None or message.ephemeral_to is not None:
            raise RefusedError("message_not_found")
        if not message.by_app:
            raise RefusedError(error)
        return message

    def _add(
        self,
        channel: Channel,
        arguments: dict[str, Any],
        via: str,
        thread_ts: str | None = None,
        ephemeral_to: str | None = None,
    ) -> Message:
        message = Message(
            channel=channel.id,
            ts=self.workspace.next_ts(),
            text=arguments.get("text") or arguments.get("markdown_text") or "",
            blocks=json.loads(json.dumps(arguments.get("blocks") or [])),
            user=self.workspace.bot_user_id,
            bot_id=self.workspace.bot_id,
            thread_ts=thread_ts,
            ephemeral_to=ephemeral_to,
            via=via,
            arguments={key: value for key, value in arguments.items() if key != "token"},
        )
        self.workspace.add_message(message)
        self.after_post(message)
        return message

    def _thread(self, channel: Channel, arguments: dict[str, Any]) -> str | None:
        """The thread that a call names, if it names one."""
        thread_ts = arguments.get("thread_ts")
        if thread_ts is None:
            return None
        if not isinstance(thread_ts, str) or not TIMESTAMP.fullmatch(thread_ts):
            raise RefusedError("invalid_thread_ts", f"[ERROR] {thread_ts} is not a valid thread_ts")
        if not self.workspace.thread_exists(channel.id, thread_ts):
            raise RefusedError("thread_not_found")
        parent = self.workspace.message(channel.id, thread_ts)
        if parent is not None and parent.thread_ts not in {None, thread_ts}:
            self.workspace.violations.append(f"thread_ts {thread_ts} names a reply, not the thread's first message")
        return thread_ts

    def _check_content(self, arguments: dict[str, Any], longest: int) -> None:
        """Refuse what Slack would not show."""
        text, blocks, markdown = arguments.get("text"), arguments.get("blocks"), arguments.get("markdown_text")
        if markdown is not None and (text is not None or blocks is not None):
            raise RefusedError("markdown_text_conflict")
        if markdown is not None and len(str(markdown)) > MARKDOWN_CHARACTERS:
            raise RefusedError("msg_too_long")
        if text is not None and not isinstance(text, str):
            raise RefusedError("invalid_arguments", "[ERROR] must provide a string [json-pointer:/text]")
        if blocks is not None and not isinstance(blocks, list):
            raise RefusedError("invalid_blocks_format")
        if (
            not (text or "").strip()
            and not (markdown or "").strip()
            and not blocks
            and not arguments.get("attachments")
        ):
            raise RefusedError("no_text")
        if text is not None and len(text) > longest:
            raise RefusedError("msg_too_long")
        if blocks:
            complaints = check_blocks(blocks)
            if complaints:
                raise RefusedError("invalid_blocks", *complaints, errors=complaints)
            if total_characters(blocks) > MESSAGE_CHARACTERS:
                raise RefusedError("msg_blocks_too_long")

    # Streams

    def start_stream(self, arguments: dict[str, Any]) -> Answer:
        """Begin a message that grows."""
        channel = self._visible(arguments["channel"])
        if not channel.bot_is_member:
            raise RefusedError("not_in_channel")
        if channel.kind != "im":
            if not arguments.get("recipient_user_id"):
                raise RefusedError("missing_recipient_user_id")
            if not arguments.get("recipient_team_id"):
                raise RefusedError("missing_recipient_team_id")
            self._person(arguments["recipient_user_id"])
        if arguments.get("task_display_mode", "timeline") not in {"timeline", "plan", "dense"}:
            raise RefusedError("invalid_arguments", "[ERROR] invalid task_display_mode")
        text, mode = _streamed(arguments)
        message = self._add(channel, arguments, "chat.startStream", self._thread(channel, arguments))
        message.text, message.streaming = text, True
        message.arguments["streaming_mode"] = mode
        return {"channel": channel.id, "ts": message.ts}

    def append_stream(self, arguments: dict[str, Any]) -> Answer:
        """Add to a message that grows."""
        message = self._stream(arguments)
        text, mode = _streamed(arguments)
        if mode is None:
            raise RefusedError("no_text")
        self._grow(message, text, mode)
        return {"channel": message.channel, "ts": message.ts}

    def stop_stream(self, arguments: dict[str, Any]) -> Answer:
        """Finish a message that grew, with blocks below it."""
        message = self._stream(arguments)
        text, mode = _streamed(arguments)
        blocks = arguments.get("blocks") or []
        complaints = check_blocks(blocks)
        if len(blocks) > 50:
            raise RefusedError("msg_blocks_too_many")
        if complaints:
            raise RefusedError("invalid_blocks", *complaints)
        if total_characters(blocks) > MESSAGE_CHARACTERS:
            raise RefusedError("msg_blocks_too_long")
        self._grow(message, text, mode)
        message.streaming = False
        self.workspace.replace_message(message, message.text, [*message.blocks, *blocks])
        payload = self.workspace.message_payload(message)
        return {"channel": message.channel, "ts": message.ts, "message": payload}

    def _stream(self, arguments: dict[str, Any]) -> Message:
        message = self._own(arguments, "message_not_owned_by_app")
        if not message.streaming:
            raise RefusedError("message_not_in_streaming_state")
        return message

    def _grow(self, message: Message, text: str, mode: str | None) -> None:
        started = message.arguments.get("streaming_mode")
        if mode is not None and started is not None and mode != started:
            raise RefusedError("streaming_mode_mismatch")
        if mode is not None:
            message.arguments["streaming_mode"] = mode
        message.text += text

    # Views

    def open_view(self, arguments: dict[str, Any]) -> Answer:
        """Open a modal for the user whose action gave the trigger_id."""
        content = self._view_content(arguments, ("modal",))
        user = self._exchange(arguments["trigger_id"])
        for view in self.workspace.open_views(user):
            view.closed = True
        view = self.workspace.new_view(user, content, None, None)
        return {"view": self.workspace.view_payload(view)}

    def push_view(self, arguments: dict[str, Any]) -> Answer:
        """Put a modal above the one in which the user acted."""
        content = self._view_content(arguments, ("modal",))
        trigger = self.workspace.triggers.get(str(arguments["trigger_id"]))
        stack = self.workspace.open_views(trigger.user) if trigger is not None else []
        if trigger is not None and (trigger.view_id is None or not stack):
            raise RefusedError("not_found")
        if len(stack) >= VIEWS_IN_A_STACK:
            raise RefusedError("push_limit_reached")
        user = self._exchange(arguments["trigger_id"])
        view = self.workspace.new_view(user, content, stack[0].id, stack[-1].id)
        return {"view": self.workspace.view_payload(view)}

    def update_view(self, arguments: dict[str, Any]) -> Answer:
        """Change a view that a user sees."""
        wanted, external = arguments.get("view_id"), arguments.get("external_id")
        if not wanted and not external:
            raise RefusedError("invalid_arguments", "[ERROR] missing required field: view_id or external_id")
        found = [
            view
            for view in self.workspace.views
            if not view.closed and (view.id == wanted or (external and view.content.get("external_id") == external))
        ]
        if not found:
            raise RefusedError("not_found")
        view = found[-1]
        content = self._view_content(arguments, (str(view.content["type"]),), view)
        if arguments.get("hash") and arguments["hash"] != view.hash:
            raise RefusedError("hash_conflict")
        self.workspace.change_view(view, content)
        return {"view": self.workspace.view_payload(view)}

    def publish_view(self, arguments: dict[str, Any]) -> Answer:
        """Show a user's home view."""
        user = self._person(arguments["user_id"]).id
        old = self.workspace.home_views.get(user)
        content = self._view_content(arguments, ("home",), old)
        if arguments.get("hash") and (old is None or arguments["hash"] != old.hash):
            raise RefusedError("hash_conflict")
        if old is None:
            old = self.workspace.home_views[user] = self.workspace.new_view(user, content, None, None)
        else:
            self.workspace.change_view(old, content)
        return {"view": self.workspace.view_payload(old)}

    def _view_content(self, arguments: dict[str, Any], kinds: tuple[str, ...], same: View | None = None) -> Answer:
        content = arguments["view"]
        complaints = check_view(content, kinds)
        if complaints:
            raise RefusedError("invalid_arguments", *complaints)
        if len(json.dumps(content)) > VIEW_BYTES:
            raise RefusedError("view_too_large")
        external = content.get("external_id")
        if external and any(
            view is not same and not view.closed and view.content.get("external_id") == external
            for view in self.workspace.views
        ):
            raise RefusedError("duplicate_external_id")
        return dict(content)

    def _exchange(self, name: object) -> str:
        """The user who gets a view for a trigger_id, which is used up."""
        trigger = self.workspace.triggers.get(str(name))
        if trigger is None:
            raise RefusedError("invalid_trigger_id")
        if trigger.used:
            raise RefusedError("exchanged_trigger_id")
        if self.workspace.now() - trigger.issued > TRIGGER_SECONDS:
            raise RefusedError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    # The agent's container

    def set_status(self, arguments: dict[str, Any]) -> Answer:
        """Show what the app is doing, below a thread."""
        channel = self._visible(arguments["channel_id"])
        thread_ts, status = arguments["thread_ts"], arguments["status"]
        loading = arguments.get("loading_messages") or []
        if not isinstance(status, str) or not isinstance(loading, list) or len(loading) > LOADING_MESSAGES:
            raise RefusedError("invalid_arguments", "[ERROR] status or loading_messages")
        if not channel.bot_is_member:
            raise RefusedError("channel_not_found")
        if not isinstance(thread_ts, str) or not self.workspace.thread_exists(channel.id, thread_ts):
            raise RefusedError("invalid_thread_ts")
        shown = Status(channel.id, thread_ts, status, tuple(loading))
        self.workspace.statuses.append(shown)
        if status:
            self.workspace.current_statuses[channel.id, thread_ts] = shown
        else:
            self.workspace.current_statuses.pop((channel.id, thread_ts), None)
        return {}

    def set_suggested_prompts(self, arguments: dict[str, Any]) -> Answer:
        """Offer prompts. In an agent's messages tab they stand in no thread: with thread_ts nothing is shown."""
        channel = self._visible(arguments["channel_id"])
        prompts, title, thread_ts = arguments["prompts"], arguments.get("title"), arguments.get("thread_ts")
        if not isinstance(prompts, list) or not 1 <= len(prompts) <= PROMPTS:
            raise RefusedError("invalid_arguments", f"[ERROR] prompts must have 1 to {PROMPTS} items")
        for prompt in prompts:
            if (
                not isinstance(prompt, dict)
                or set(prompt) != {"title", "message"}
                or not all(isinstance(value, str) and value for value in prompt.values())
            ):
                raise RefusedError("invalid_arguments", "[ERROR] each prompt needs a title and a message")
        if self.workspace.agent_app:
            if thread_ts is not None:
                self.workspace.violations.append("setSuggestedPrompts with thread_ts shows nothing in an agent app")
                return {}
        elif thread_ts is None:
            raise RefusedError("missing_thread_ts")
        elif not self.workspace.thread_exists(channel.id, thread_ts):
            raise RefusedError("invalid_thread_ts")
        pairs = tuple((prompt["title"], prompt["message"]) for prompt in prompts)
        self.workspace.suggested_prompts.append(SuggestedPrompts(channel.id, thread_ts, pairs, title))
        return {}

    # response_url

    def _respond(self, token: str, arguments: object) -> tuple[int, str]:
        """Status and body for a POST to a response_url."""
        with self.workspace.changed:
            target = self.workspace.response_urls.get(token)
            if target is None or self.workspace.now() - target.issued > RESPONSE_URL_SECONDS:
                return 404, "expired_url"
            if target.uses >= RESPONSE_URL_USES:
                return 404, "used_url"
            if not isinstance(arguments, dict):
                return 400, "invalid_payload"
            try:
                self.use_response_url(target, arguments)
            except (TypeError, ValueError, KeyError, AttributeError):
                return 400, "invalid_payload"
            except RefusedError as refused:
                return (404 if refused.error.endswith("not_found") else 400), refused.error
            target.uses += 1
            self.workspace.changed.notify_all()
            return 200, "ok"

    def use_response_url(self, target: ResponseUrl, arguments: dict[str, Any]) -> None:
        """Carry out what was posted to a response_url."""
        original = target.message
        if arguments.get("delete_original"):
            if original is None or original.deleted:
                raise RefusedError("message_not_found")
            original.deleted = True
            self.workspace.changed.notify_all()
            return
        self._check_content(arguments, POSTED_CHARACTERS)
        if arguments.get("replace_original") and original is not None:
            if original.deleted:
                raise RefusedError("message_not_found")
            blocks = json.loads(json.dumps(arguments.get("blocks") or []))
            self.workspace.replace_message(original, arguments.get("text") or "", blocks)
            return
        self.respond_in_channel(target, arguments, "response_url")

    def respond_in_channel(self, target: ResponseUrl, arguments: dict[str, Any], via: str) -> Message:
        """Post an answer to an action: for its user only, unless response_type says in_channel."""
        self._check_content(arguments, POSTED_CHARACTERS)
        kind = arguments.get("response_type", "ephemeral")
        if kind not in {"ephemeral", "in_channel"}:
            raise RefusedError("invalid_arguments")
        channel = self.workspace.channels[target.channel]
        thread_ts = self._thread(channel, arguments)
        if kind == "in_channel":
            return self._add(channel, arguments, "in_channel", thread_ts)
        return self._add(channel, arguments, via, thread_ts, target.user)


def _check_required(method: Method, arguments: dict[str, Any]) -> None:
    missing = [name for name in method.required if arguments.get(name) is None]
    if missing:
        raise RefusedError("invalid_arguments", *(f"[ERROR] missing required field: {name}" for name in missing))


def _check_metadata(arguments: dict[str, Any]) -> None:
    metadata = arguments.get("metadata")
    if metadata is not None and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)):
        raise RefusedError("invalid_metadata_format")


def _streamed(arguments: dict[str, Any]) -> tuple[str, str | None]:
    """The text in the arguments of a stream, and whether it came as "text" or as "chunks" (None: neither)."""
    text, chunks = arguments.get("markdown_text"), arguments.get("chunks")
    if text is not None and chunks is not None:
        raise RefusedError("cannot_provide_both_markdown_text_and_chunks")
    if text is not None:
        if len(text) > MARKDOWN_CHARACTERS:
            raise RefusedError("msg_too_long")
        return text, "text"
    if chunks is None:
        return "", None
    kinds = {"markdown_text", "task_update", "plan_update", "blocks"}
    if not isinstance(chunks, list) or any(not isinstance(c, dict) or c.get("type") not in kinds for c in chunks):
        raise RefusedError("invalid_chunks")
    return "".join(str(chunk.get("text", "")) for chunk in chunks if chunk["type"] == "markdown_text"), "chunks"


async def _read(request: web.Request) -> tuple[dict[str, Any], str | None, bool]:
    """The arguments of a call, its token, and whether the token stood in the header."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        arguments |= body if isinstance(body, dict) else {}
    elif request.method == "POST":
        arguments |= dict(await request.post())
    for name in STRUCTURED:
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                continue
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return arguments, token, True
    given = arguments.get("token")
    return arguments, str(given) if given else None, False


def _cut(request: web.Request) -> web.Response:
    """Close the connection of a request at once; the answer that the server wants for it goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
