"""How long to wait: between requests to one host, and before trying again."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_RETRY_AFTER = 60.0
"""Seconds. A server that asks for more is left alone until the next time that somebody asks."""

FIRST_BACKOFF = 1.0
"""Seconds before the second attempt; doubled for each further one, plus up to as much again by chance."""


class Clock:
    """Time, in seconds. Tests bring one of their own, that does not wait."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def chance(self) -> float:
        """In [0, 1), so that many who were turned away do not come back together."""
        return random.SystemRandom().random()


class Pace:
    """Keeps requests to one host apart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    @contextmanager
    def turn(self, host: str, seconds: float) -> Iterator[None]:
        """Waits until ``seconds`` have passed since the last turn of ``host`` ended."""
        if host in self._last:
            left = self._last[host] + seconds - self._clock.monotonic()
            if left > 0:
                self._clock.sleep(left)
        try:
            yield
        finally:
            self._last[host] = self._clock.monotonic()


def backoff(attempt: int, asked: float | None, clock: Clock) -> float:
    """Seconds to wait after the ``attempt``-th attempt, counted from 1; at least what the server ``asked`` for."""
    return max(FIRST_BACKOFF * 2.0 ** (attempt - 1) * (1.0 + clock.chance()), asked or 0.0)


def retry_after(value: str | None, clock: Clock) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3: a number or a date); None if it says nothing."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:10])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - clock.now()).total_seconds())
