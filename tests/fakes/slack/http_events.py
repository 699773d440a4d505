"""Delivery over HTTP: signed requests, and what Slack makes of the answers."""

import asyncio
import hashlib
import hmac
import json
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.fakes.slack.delivery import Attempt, Delivery, Handle
from tests.fakes.slack.workspace import Workspace

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass
class HttpEvents:
    """Posts to ``url``. ``respond``, ``patience`` and ``pauses`` are those of SocketMode."""

    workspace: Workspace
    respond: Callable[[Handle, Any], str | None]
    patience: float = 3.0
    pauses: tuple[float, ...] = (1.0, 1.0, 1.0)
    url: str | None = None

    def signed(
        self,
        body: str,
        content_type: str,
        timestamp: int | str | None = None,
        signature: str | None = None,
        secret: str | None = None,
    ) -> dict[str, str]:
        """The headers of a request; what is given replaces what Slack would have said."""
        moment = str(int(time.time()) if timestamp is None else timestamp)
        key = (secret or self.workspace.signing_secret).encode()
        digest = hmac.new(key, f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": f"v0={digest}" if signature is None else signature,
        }

    async def post(self, headers: dict[str, str], body: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers of the answer. Raises TimeoutError and aiohttp.ClientError."""
        if self.url is None:
            raise AssertionError("deliver_to() has not said where")
        timeout = aiohttp.ClientTimeout(total=self.patience)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.url, data=body.encode(), headers=headers) as answer,
        ):
            return answer.status, await answer.text(), dict(answer.headers)

    async def deliver(self, handle: Handle, number: int = 0, reason: str | None = None) -> None:
        """Post until taken, given up (events) or failed (everything else)."""
        body, content_type = encode(handle)
        last = number + (len(self.pauses) if handle.retryable else 0)
        while True:
            attempt = Attempt(number, "", time.monotonic(), reason)
            with self.workspace.changed:
                handle.attempts.append(attempt)
                self.workspace.changed.notify_all()
            failure, final = await self._try(attempt, handle, body, content_type)
            if failure is None:
                response = decode(attempt.body)
                error = self.respond(handle, response)
                handle.finish(self._delivery(handle, attempt, response, error))
                return
            if number == last or final:
                error = "given_up" if handle.retryable else USER_SEES[failure]
                with self.workspace.changed:
                    self.workspace.seen_errors.append(f"{handle.kind}: {error}")
                handle.finish(self._delivery(handle, attempt, None, error))
                return
            await asyncio.sleep(self.pauses[min(number, len(self.pauses) - 1)])
            number, reason = number + 1, failure

    @staticmethod
    def _delivery(handle: Handle, attempt: Attempt, response: Any, error: str | None) -> Delivery:
        acked = attempt.status is not None and 200 <= attempt.status < 300
        return Delivery(acked, attempt.latency, response, attempt.status, len(handle.attempts), error)

    async def _try(self, attempt: Attempt, handle: Handle, body: str, content_type: str) -> tuple[str | None, bool]:
        """What went wrong, and whether the app asked not to be tried again."""
        if self.url is None:  # the app is reached by a socket now
            return "connection_failed", False
        headers = self.signed(body, content_type)
        if attempt.reason is not None:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": attempt.reason}
        try:
            attempt.status, attempt.body, answered = await self.post(headers, body)
        except TimeoutError:
            return "http_timeout", False
        except (aiohttp.ClientError, OSError):
            return "connection_failed", False
        attempt.latency = time.monotonic() - attempt.sent
        allowed = range(200, 300) if handle.retryable else range(200, 201)
        if attempt.status in allowed:
            return None, False
        return "http_error", answered.get("X-Slack-No-Retry") == "1"


USER_SEES = {
    "http_timeout": "operation_timeout",
    "http_error": "http_service_error",
    "connection_failed": "dispatch_failed",
}


def encode(handle: Handle) -> tuple[str, str]:
    """Body and content type of a request."""
    if handle.kind == "events_api":
        return json.dumps(handle.payload), JSON
    if handle.kind == "slash_commands":
        return urllib.parse.urlencode(handle.payload), FORM
    return urllib.parse.urlencode({"payload": json.dumps(handle.payload)}), FORM


def decode(body: str) -> Any:
    """The body of an answer: None if empty, decoded if it is JSON."""
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError:
        return {"text": body}
