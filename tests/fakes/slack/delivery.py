"""What Slack sends to an app, and how the app took it."""

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Attempt:
    """One sending: over the socket ``envelope_id`` names it, over HTTP there is a ``status``.

    ``latency`` is seconds until the acknowledgement (or the HTTP answer), None if none came in time.
    ``reason`` is why it was sent again: None at first, then "timeout", or as HTTP has it "http_timeout",
    "http_error" or "connection_failed".
    """

    number: int
    envelope_id: str
    sent: float
    reason: str | None = None
    latency: float | None = None
    status: int | None = None
    body: str = ""


@dataclass(frozen=True)
class Delivery:
    """How it ended.

    ``response`` is the payload of the acknowledgement (over HTTP its body, decoded if it is JSON), None if empty.
    ``error`` is what the user saw instead: "operation_timeout" after three seconds, "http_service_error" after an
    HTTP status other than 200, "dispatch_failed" where nothing listened; for an event "given_up" after the last retry.
    """

    acked: bool
    latency: float | None
    response: Any
    status: int | None
    attempts: int
    error: str | None


@dataclass(eq=False)
class Handle:
    """One event, command or interaction under way.

    ``kind`` is the type of its envelope. ``companion`` is the ``message`` event that goes with an ``app_mention``.
    """

    kind: str
    payload: dict[str, Any]
    changed: threading.Condition = field(repr=False)
    attempts: list[Attempt] = field(default_factory=list)
    delivery: Delivery | None = None
    user: str = ""
    companion: "Handle | None" = None

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged it in time."""
        return self.delivery is not None and self.delivery.acked

    @property
    def event(self) -> dict[str, Any]:
        """The inner event of an Events API payload."""
        inner: dict[str, Any] = self.payload["event"]
        return inner

    @property
    def event_id(self) -> str:
        """The identifier that all deliveries of one event share."""
        return str(self.payload["event_id"])

    @property
    def channel(self) -> str:
        """The channel it happened in."""
        place = self.payload.get("event", self.payload).get("channel", self.payload.get("channel_id"))
        return str(place["id"] if isinstance(place, dict) else place)

    @property
    def ts(self) -> str:
        """The timestamp of the message that an event is about."""
        return str(self.event.get("ts") or self.event["message"]["ts"])

    @property
    def thread_ts(self) -> str:
        """The thread in which an answer to the event's message belongs."""
        return str(self.event.get("thread_ts") or self.ts)

    @property
    def trigger_id(self) -> str:
        """What opens a view."""
        return str(self.payload["trigger_id"])

    @property
    def response_url(self) -> str:
        """Where an answer can be posted."""
        return str(self.payload["response_url"])

    @property
    def retryable(self) -> bool:
        """Slack sends events again, commands and interactions never."""
        return self.kind == "events_api"

    def finish(self, delivery: Delivery) -> None:
        """Note how it ended."""
        with self.changed:
            if self.delivery is None or (delivery.acked and not self.delivery.acked):
                self.delivery = delivery
            self.changed.notify_all()

    def wait(self, timeout: float = 60) -> Delivery:
        """Wait until it is acknowledged or given up. Raises AssertionError if that takes too long."""
        with self.changed:
            self.changed.wait_for(lambda: self.delivery is not None, timeout)
            if self.delivery is None:
                raise AssertionError(f"no end of {self.kind} within {timeout} s, sent {len(self.attempts)} times")
            return self.delivery
