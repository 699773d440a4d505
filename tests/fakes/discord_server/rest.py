"""The REST API, version 10: tokens, rate limits, trouble on request, and the routes that an app of this kind uses."""

import asyncio
import json
import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.fakes.discord_server import commands, payloads
from tests.fakes.discord_server.errors import Form, RefusedError
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.interactions import Interactions
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.world import HAS_THREAD, Channel, Guild, Message, RestCall, Typing, World

Scope = Literal["user", "shared", "global", "cloudflare"]
Body = dict[str, Any]
Answer = tuple[int, Any]
BAN_SECONDS = 600
NO_CONTENT: Answer = (204, None)


def pattern(route: str) -> re.Pattern[str]:
    """What matches a route such as "POST /channels/*/messages": * is one part of a path, ** all that follows."""
    pieces = [re.escape(piece) for piece in route.split("**")]
    return re.compile(".*".join(piece.replace(r"\*", "[^/]*") for piece in pieces))


@dataclass
class Trouble:
    """What is to go wrong with the next requests of a route."""

    kind: Literal["limit", "fail", "drop"]
    matches: re.Pattern[str]
    times: int
    status: int = 429
    retry_after: float = 1.0
    scope: Scope = "user"
    after: bool = False


@dataclass
class Bucket:
    """How many requests of a route (and a channel, guild or webhook) are left until it is full again."""

    limit: int
    seconds: float
    left: int = 0
    resets: float = 0.0


@dataclass
class Rule:
    """How often a route may be called."""

    matches: re.Pattern[str]
    limit: int
    seconds: float


@dataclass(frozen=True)
class Route:
    """One route; ``act`` gets the parts of the path that stand in braces, then the body and the query."""

    method: str
    template: str
    act: Callable[..., Answer]
    open: bool = False

    @property
    def matches(self) -> re.Pattern[str]:
        """What the path of a request looks like."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template))


@dataclass
class Request:
    """A request under way."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorization: str | None
    route: Route | None = None
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as "POST /channels/1/messages"."""
        return f"{self.method} {self.path}"

    @property
    def bucket(self) -> str:
        """What shares a limit: a route of one channel, guild or webhook."""
        major = [self.parts[name] for name in ("channel", "guild", "token") if name in self.parts]
        return ":".join([self.method, self.route.template if self.route else self.path, *major])


class Rest:
    """Answers requests. The handler runs in the server's loop; the state is guarded by ``world.changed``."""

    def __init__(self, world: World, gateway: Gateway, messages: Messages, interactions: Interactions) -> None:
        self.world, self.gateway, self.messages, self.interactions = world, gateway, messages, interactions
        self.troubles: list[Trouble] = []
        self.rules: list[Rule] = []
        self.buckets: dict[str, Bucket] = {}
        self.closed_until: dict[str, tuple[float, Scope]] = {}
        self.most_invalid = 10_000
        self.banned_until = 0.0
        self.revoked = False
        application, channel = "/applications/{application}/commands", "/channels/{channel}"
        local = "/applications/{application}/guilds/{guild}/commands"
        hook = "/webhooks/{application}/{token}"
        self.routes = [
            Route("GET", "/gateway", self.get_gateway, open=True),
            Route("GET", "/gateway/bot", self.get_gateway_bot),
            Route("GET", "/users/@me", self.get_me),
            Route("GET", "/users/@me/guilds", self.get_my_guilds),
            Route("POST", "/users/@me/channels", self.open_direct),
            Route("GET", "/users/{user}", self.get_user),
            Route("GET", "/applications/@me", self.get_application),
            Route("GET", "/oauth2/applications/@me", self.get_application),
            Route("GET", application, self.get_commands),
            Route("PUT", application, self.put_commands),
            Route("POST", application, self.post_command),
            Route("DELETE", application + "/{command}", self.delete_command),
            Route("GET", local, self.get_commands),
            Route("PUT", local, self.put_commands),
            Route("POST", local, self.post_command),
            Route("DELETE", local + "/{command}", self.delete_command),
            Route("GET", "/guilds/{guild}", self.get_guild),
            Route("GET", "/guilds/{guild}/channels", self.get_channels),
            Route("GET", "/guilds/{guild}/roles", self.get_roles),
            Route("GET", "/guilds/{guild}/members/{user}", self.get_member),
            Route("GET", channel, self.get_channel),
            Route("GET", channel + "/messages", self.get_messages),
            Route("POST", channel + "/messages", self.post_message),
            Route("GET", channel + "/messages/{message}", self.get_message),
            Route("PATCH", channel + "/messages/{message}", self.patch_message),
            Route("DELETE", channel + "/messages/{message}", self.delete_message),
            Route("POST", channel + "/messages/{message}/threads", self.open_thread),
            Route("POST", channel + "/typing", self.post_typing),
            Route("POST", "/interactions/{interaction}/{token}/callback", self.post_callback, open=True),
            Route("POST", hook, self.post_follow_up, open=True),
            Route("GET", hook + "/messages/{message}", self.get_response, open=True),
            Route("PATCH", hook + "/messages/{message}", self.patch_response, open=True),
            Route("DELETE", hook + "/messages/{message}", self.delete_response, open=True),
        ]

    # One request

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answer one request."""
        request = await self._read(http)
        with self.world.changed:
            status, answer, headers, scope = self._decide(request)
            code = answer.get("code") if isinstance(answer, dict) and status >= 400 else None
            body = request.body
            if isinstance(body, dict) and "files" in body:
                body = body | {"files": [{**file, "data": len(file["data"])} for file in body["files"]]}
            call = RestCall(
                request.method, request.path, request.query, body, self.world.now(), status, code, answer, scope
            )
            self.world.calls.append(call)
            if status in {401, 403} or (status == 429 and scope != "shared"):
                self.world.invalid.append(self.world.now())
            self.world.changed.notify_all()
        if status == 0:
            assert isinstance(http.transport, asyncio.Transport)
            http.transport.abort()
            return web.Response(status=500)
        if answer is None:
            return web.Response(status=status, headers=headers)
        if isinstance(answer, str):
            return web.Response(status=status, text=answer, headers=headers)
        # Without a charset, as Discord has it: discord.py looks for exactly this.
        packed = json.dumps(answer).encode()
        return web.Response(status=status, body=packed, content_type="application/json", headers=headers)

    async def _read(self, http: web.Request) -> Request:
        body: Any = None
        try:
            if http.content_type == "multipart/form-data":
                body = await _read_form(http)
            else:
                text = await http.text()
                body = json.loads(text) if text else None
        except (ValueError, UnicodeDecodeError):
            body = ValueError()
        path = http.path.removeprefix("/api/v10")
        query = dict(http.query)
        request = Request(http.method, path, query, body, http.headers.get("Authorization"))
        for route in self.routes:
            match = route.matches.fullmatch(path)
            if match is not None and route.method == request.method:
                request.route, request.parts = route, match.groupdict()
                break
        return request

    def _decide(self, request: Request) -> tuple[int, Any, dict[str, str], str | None]:
        """Status (0: cut the connection), answer, headers, and the scope of a 429."""
        banned = self._banned()
        if banned is not None:
            return banned
        trouble, refused = self._disturb(request)
        if refused is not None:
            return refused
        if trouble is None or trouble.after:
            limited = self._limit(request)
            if limited is not None:
                return limited
            status, answer = self._answer(request)
        if trouble is not None and trouble.kind == "drop":
            status, answer = 0, None
        elif trouble is not None:
            status, answer = trouble.status, {"message": f"{trouble.status}: Server Error", "code": 0}
        return status, answer, self._headers(request), None

    def _banned(self) -> tuple[int, Any, dict[str, str], str | None] | None:
        """What Cloudflare says to somebody who has made too many invalid requests in ten minutes."""
        now = self.world.now()
        recent = [moment for moment in self.world.invalid if moment > now - BAN_SECONDS]
        if len(recent) >= self.most_invalid and now >= self.banned_until:
            self.banned_until = now + BAN_SECONDS
            self.world.violations.append(f"{len(recent)} invalid requests in ten minutes")
        if now >= self.banned_until:
            return None
        return 429, "error code: 1015", {"Retry-After": str(math.ceil(self.banned_until - now))}, "cloudflare"

    def _disturb(self, request: Request) -> tuple[Trouble | None, tuple[int, Any, dict[str, str], str | None] | None]:
        now = self.world.now()
        for key, (until, scope) in self.closed_until.items():
            if (
                key in {request.bucket, "global"}
                and now < until - 0.01
                and not (key == "global" and self._exempt(request))
            ):
                self.world.violations.append(f"{request.name} {until - now:.2f} s before retry_after had passed")
                return None, self._too_many(request, until - now, scope)
        for trouble in self.troubles:
            if trouble.matches.fullmatch(request.name) and trouble.times > 0:
                trouble.times -= 1
                if trouble.kind != "limit":
                    return trouble, None
                if trouble.scope == "cloudflare":
                    headers = {"Retry-After": str(math.ceil(trouble.retry_after))}
                    return trouble, (429, "error code: 1015", headers, "cloudflare")
                key = "global" if trouble.scope == "global" else request.bucket
                self.closed_until[key] = (now + trouble.retry_after, trouble.scope)
                return trouble, self._too_many(request, trouble.retry_after, trouble.scope)
        return None, None

    @staticmethod
    def _exempt(request: Request) -> bool:
        """Interactions do not count for the global limit."""
        return request.path.startswith(("/interactions/", "/webhooks/"))

    def _too_many(self, request: Request, wait: float, scope: Scope) -> tuple[int, Any, dict[str, str], str | None]:
        answer = {
            "message": "The resource is being rate limited." if scope == "shared" else "You are being rate limited.",
            "retry_after": round(wait, 3),
            "global": scope == "global",
        }
        headers = {"Via": "1.1 google", "Retry-After": str(math.ceil(wait)), "X-RateLimit-Scope": scope}
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        else:
            headers |= self._headers(request) | {"X-RateLimit-Reset-After": f"{wait:.3f}"}
            if scope == "user":
                headers["X-RateLimit-Remaining"] = "0"
        return 429, answer, headers, scope

    def _rule(self, request: Request) -> tuple[int, float]:
        for rule in reversed(self.rules):
            if rule.matches.fullmatch(request.name):
                return rule.limit, rule.seconds
        return 50, 1.0

    def _limit(self, request: Request) -> tuple[int, Any, dict[str, str], str | None] | None:
        if request.route is None:
            return None
        now = self.world.now()
        limit, seconds = self._rule(request)
        bucket = self.buckets.get(request.bucket)
        if bucket is None or now >= bucket.resets or (bucket.limit, bucket.seconds) != (limit, seconds):
            bucket = self.buckets[request.bucket] = Bucket(limit, seconds, limit, now + seconds)
        if bucket.left == 0:
            self.world.violations.append(f"{request.name} although X-RateLimit-Remaining was 0")
            return self._too_many(request, bucket.resets - now, "user")
        bucket.left -= 1
        return None

    def _headers(self, request: Request) -> dict[str, str]:
        bucket = self.buckets.get(request.bucket)
        headers = {"Via": "1.1 google"}
        if request.route is None:
            return headers
        name = f"{request.route.method}{request.route.template}"
        limit, seconds = self._rule(request)
        wait = max(0.0, bucket.resets - self.world.now()) if bucket is not None else seconds
        return headers | {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(bucket.left if bucket is not None else limit),
            "X-RateLimit-Reset": f"{self.world.now() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": f"{zlib.crc32(name.encode()):08x}",
        }

    def _answer(self, request: Request) -> Answer:
        try:
            if request.route is None:
                known = [route.method for route in self.routes if route.matches.fullmatch(request.path)]
                if known:
                    return 405, {"message": "405: Method Not Allowed", "code": 0}
                return 404, {"message": "404: Not Found", "code": 0}
            if not request.route.open and (self.revoked or request.authorization != f"Bot {self.world.token}"):
                return 401, {"message": "401: Unauthorized", "code": 0}
            self._check(request)
            return request.route.act(**request.parts, body=request.body, query=request.query)
        except RefusedError as refused:
            return refused.status, refused.answer
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            # A value of a type that nobody thought of.
            return 400, {"message": f"Invalid Form Body: {type(error).__name__}: {error}", "code": 50035}
        finally:
            self.world.changed.notify_all()

    def _check(self, request: Request) -> None:
        if isinstance(request.body, ValueError):
            raise RefusedError(400, 50109)
        form = Form()
        for name, value in request.parts.items():
            if name != "token" and not value.isdecimal() and value != "@original":
                form.refuse((f"{name}_id",), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        form.check()
        if request.parts.get("application", self.world.application_id) != self.world.application_id:
            hook = "token" in request.parts
            raise RefusedError(404 if hook else 403, 10015 if hook else 20012)

    # Who and where

    def get_gateway(self, body: Any, query: Body) -> Answer:
        """Where the gateway is."""
        return 200, {"url": f"ws://127.0.0.1:{self.gateway.port}/gateway"}

    def get_gateway_bot(self, body: Any, query: Body) -> Answer:
        """Where the gateway is, and how many shards are recommended."""
        limit = {"total": 1000, "remaining": self.gateway.starts_left, "reset_after": 86_400_000, "max_concurrency": 1}
        return 200, self.get_gateway(body, query)[1] | {"shards": self.gateway.shards, "session_start_limit": limit}

    def get_me(self, body: Any, query: Body) -> Answer:
        """The bot."""
        return 200, payloads.user(self.world.bot) | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0}

    def get_application(self, body: Any, query: Body) -> Answer:
        """The app."""
        return 200, payloads.application(self.world)

    def get_user(self, user: str, body: Any, query: Body) -> Answer:
        """Somebody."""
        if user not in self.world.users:
            raise RefusedError(404, 10013)
        return 200, payloads.user(self.world.users[user])

    def get_my_guilds(self, body: Any, query: Body) -> Answer:
        """The guilds that the bot is in."""
        guilds = [guild for guild in self.world.guilds.values() if guild.bot_inside]
        return 200, [
            {"id": guild.id, "name": guild.name, "icon": None, "owner": False, "permissions": "0", "features": []}
            for guild in guilds
        ]

    def _guild(self, name: str) -> Guild:
        guild = self.world.guilds.get(name)
        if guild is None:
            raise RefusedError(404, 10004)
        if not guild.bot_inside:
            raise RefusedError(403, 50001)
        return guild

    def get_guild(self, guild: str, body: Any, query: Body) -> Answer:
        """A guild."""
        return 200, payloads.guild(self.world, self._guild(guild))

    def get_channels(self, guild: str, body: Any, query: Body) -> Answer:
        """The channels of a guild."""
        return 200, payloads.guild(self.world, self._guild(guild))["channels"]

    def get_roles(self, guild: str, body: Any, query: Body) -> Answer:
        """The roles of a guild."""
        return 200, payloads.guild(self.world, self._guild(guild))["roles"]

    def get_member(self, guild: str, user: str, body: Any, query: Body) -> Answer:
        """A member of a guild."""
        place = self._guild(guild)
        if user not in self.world.users:
            raise RefusedError(404, 10013)
        if user not in place.members:
            raise RefusedError(404, 10007)
        return 200, payloads.member(self.world, place, user)

    def open_direct(self, body: Any, query: Body) -> Answer:
        """The direct conversation with somebody."""
        name = str(body.get("recipient_id")) if isinstance(body, dict) else ""
        if name not in self.world.users or name == self.world.bot.id:
            raise RefusedError(400, 50033)
        return 200, payloads.channel(self.world, self.world.direct_channel(name))

    # Commands

    def get_commands(self, application: str, body: Any, query: Body, guild: str | None = None) -> Answer:
        """What is registered."""
        if guild is not None:
            self._guild(guild)
        return 200, self.world.commands.get(guild, [])

    def put_commands(self, application: str, body: Any, query: Body, guild: str | None = None) -> Answer:
        """Register a list instead of what there was."""
        if guild is not None:
            self._guild(guild)
        return 200, commands.overwrite(self.world, guild, body)

    def post_command(self, application: str, body: Any, query: Body, guild: str | None = None) -> Answer:
        """Register one, instead of one of the same name and type if there is one."""
        if guild is not None:
            self._guild(guild)
        form = Form()
        if form.object(body, ()) is not None:
            commands.check_command(form, body)
        form.check()
        before = self.world.commands.setdefault(guild, [])
        kept = commands.registered(self.world, body, guild, before)
        same = [old for old in before if old["id"] == kept["id"]]
        most = commands.MOST[kept["type"]]
        if not same and sum(old["type"] == kept["type"] for old in before) >= most:
            raise RefusedError(400, 30032, message=f"Maximum number of application commands reached ({most}).")
        self.world.commands[guild] = [old for old in before if old["id"] != kept["id"]] + [kept]
        return 200 if same else 201, kept

    def delete_command(
        self, application: str, command: str, body: Any, query: Body, guild: str | None = None
    ) -> Answer:
        """Register one no longer."""
        before = self.world.commands.get(guild, [])
        after = [old for old in before if old["id"] != command]
        if len(after) == len(before):
            raise RefusedError(404, 10063)
        self.world.commands[guild] = after
        return NO_CONTENT

    # Channels and messages

    def _channel(self, name: str) -> Channel:
        channel = self.world.channel(name)
        if channel is None:
            raise RefusedError(404, 10003)
        if not self.world.inside(channel) or not self.world.may(channel, "view_channel"):
            raise RefusedError(403, 50001)
        return channel

    def _message(self, channel: Channel, name: str) -> Message:
        message = self.world.message(channel.id, name)
        if message is None or message.ephemeral:
            raise RefusedError(404, 10008)
        return message

    def _shown(self, message: Message) -> Body:
        return payloads.message(self.world, message, "message_content" in self.world.privileged)

    def get_channel(self, channel: str, body: Any, query: Body) -> Answer:
        """A channel."""
        return 200, payloads.channel(self.world, self._channel(channel))

    def get_messages(self, channel: str, body: Any, query: Body) -> Answer:
        """The newest messages of a channel, the newest first."""
        place = self._channel(channel)
        if not self.world.may(place, "read_message_history"):
            return 200, []
        form = Form()
        limit = query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            form.refuse(("limit",), "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.")
        form.check()
        before, after = int(query.get("before", 2**63)), int(query.get("after", 0))
        shown = [each for each in self.world.messages if each.channel == place.id]
        found = [each for each in shown if not (each.deleted or each.ephemeral) and after < int(each.id) < before]
        chosen = found[: int(limit)] if "after" in query else found[-int(limit) :]
        return 200, [self._shown(message) for message in reversed(chosen)]

    def get_message(self, channel: str, message: str, body: Any, query: Body) -> Answer:
        """One message."""
        place = self._channel(channel)
        if not self.world.may(place, "read_message_history"):
            raise RefusedError(403, 50013)
        return 200, self._shown(self._message(place, message))

    def post_message(self, channel: str, body: Any, query: Body) -> Answer:
        """Write."""
        return 200, self._shown(self.messages.create(self._channel(channel), body))

    def patch_message(self, channel: str, message: str, body: Any, query: Body) -> Answer:
        """Edit what the bot wrote."""
        place = self._channel(channel)
        found = self._message(place, message)
        if found.author != self.world.bot.id:
            raise RefusedError(403, 50005)
        if place.kind == "thread" and place.archived:
            raise RefusedError(400, 50083)
        return 200, self._shown(self.messages.edit(found, body))

    def delete_message(self, channel: str, message: str, body: Any, query: Body) -> Answer:
        """Delete what the bot wrote, or with a permission what others wrote."""
        place = self._channel(channel)
        found = self._message(place, message)
        if found.author != self.world.bot.id and not self.world.may(place, "manage_messages"):
            raise RefusedError(403, 50003 if place.kind == "dm" else 50013)
        if place.kind == "thread" and place.archived:
            raise RefusedError(400, 50083)
        self.messages.delete(found)
        return NO_CONTENT

    def post_typing(self, channel: str, body: Any, query: Body) -> Answer:
        """The bot is typing."""
        place = self._channel(channel)
        needed = "send_messages_in_threads" if place.kind == "thread" else "send_messages"
        if not self.world.may(place, needed):
            raise RefusedError(403, 50013)
        self.world.typings.append(Typing(place.id, self.world.now()))
        return NO_CONTENT

    def open_thread(self, channel: str, message: str, body: Any, query: Body) -> Answer:
        """A thread from a message, whose id it gets."""
        place = self._channel(channel)
        form = Form()
        if form.object(body, ()) is None:
            form.check()
        form.length(body, "name", (), 100, 1, required=True)
        if body.get("auto_archive_duration") not in {None, 60, 1440, 4320, 10080}:
            allowed = "Value must be one of {60, 1440, 4320, 10080}."
            form.refuse(("auto_archive_duration",), "BASE_TYPE_CHOICES", allowed)
        form.check()
        if place.kind != "text":
            raise RefusedError(400, 50024)
        found = self._message(place, message)
        if not self.world.may(place, "create_public_threads"):
            raise RefusedError(403, 50013)
        if found.thread is not None:
            raise RefusedError(400, 160004)
        thread = self.begin_thread(found, body["name"], self.world.bot.id, body.get("auto_archive_duration") or 1440)
        return 201, payloads.channel(self.world, thread)

    def begin_thread(self, message: Message, name: str, owner: str, minutes: int = 1440) -> Channel:
        """A thread that somebody opens; also by users."""
        with self.world.changed:
            place = self.world.channels[message.channel]
            thread = Channel(
                message.id, "thread", name, place.guild, place.id, owner=owner, auto_archive_minutes=minutes
            )
            self.world.channels[thread.id] = thread
            content = payloads.channel(self.world, thread) | {"newly_created": True}
            if self.world.may(thread, "view_channel"):
                self.gateway.dispatch("THREAD_CREATE", content, place.guild, "guilds")
            message.thread = thread.id
            message.flags |= HAS_THREAD
            self.messages.tell("MESSAGE_UPDATE", message)
            starter = Message(self.world.new_id(), thread.id, owner, kind=21, via="system", reference=message.id)
            self.messages.show(starter)
            return thread

    # Interactions

    def post_callback(self, interaction: str, token: str, body: Any, query: Body) -> Answer:
        """The initial response."""
        answer = self.interactions.callback(interaction, token, body)
        return (200, answer) if query.get("with_response", "").lower() in {"true", "1"} else NO_CONTENT

    def post_follow_up(self, application: str, token: str, body: Any, query: Body) -> Answer:
        """One more message."""
        return 200, payloads.message(self.world, self.interactions.follow_up(application, token, body), True)

    def get_response(self, application: str, token: str, message: str, body: Any, query: Body) -> Answer:
        """A response."""
        return 200, payloads.message(self.world, self.interactions.get(application, token, message), True)

    def patch_response(self, application: str, token: str, message: str, body: Any, query: Body) -> Answer:
        """An edited response."""
        return 200, payloads.message(self.world, self.interactions.edit(application, token, message, body), True)

    def delete_response(self, application: str, token: str, message: str, body: Any, query: Body) -> Answer:
        """A response that is taken back."""
        self.interactions.delete(application, token, message)
        return NO_CONTENT


async def _read_form(http: web.Request) -> Body:
    """A body with files: payload_json and files[n]."""
    body: Body = {}
    files: list[Body] = []
    form = await http.post()
    for name, value in form.items():
        if name == "payload_json":
            body = json.loads(str(value))
        elif isinstance(value, web.FileField):
            files.append({"filename": value.filename, "data": value.file.read(), "content_type": value.content_type})
    where = body["data"] if isinstance(body.get("data"), dict) else body
    where["files"] = files
    return body
