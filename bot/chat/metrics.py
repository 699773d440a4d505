"""What the services count, for Prometheus ("Metric and label naming"). No label holds what people write."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

__all__ = ["CONTENT_TYPE", "Metrics"]

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.questions = Counter(
            "legation_questions", "Questions that arrived", ["platform", "surface"], registry=self._registry
        )
        self.replies = Counter(
            "legation_replies",
            "Replies by what they are: answer, not-found, help, small-talk, page, or said in place of an answer",
            ["platform", "kind"],
            registry=self._registry,
        )
        self.unsent = Counter(
            "legation_replies_unsent",
            "Attempts to send a reply that failed: unreachable, uncertain or refused",
            ["platform", "reason"],
            registry=self._registry,
        )
        self.stages = Histogram(
            "legation_stage_seconds",
            "Time from arrival to the reply (made), and of sending it (sent)",
            ["platform", "stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.connections = Counter(
            "legation_connections",
            "Times that a platform was connected to, or again",
            ["platform"],
            registry=self._registry,
        )

    def watch(self, name: str, help_: str, value: Callable[[], float]) -> None:
        """A gauge that is looked up whenever it is asked for."""
        Gauge(f"legation_{name}", help_, registry=self._registry).set_function(value)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
