"""Waiting for what a local server is to see; both chat platforms' servers use it."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def wait_until(
    changed: threading.Condition, predicate: Callable[[], Value], timeout: float, describe: Callable[[], str]
) -> Value:
    """The first truthy value of ``predicate``, which is asked whenever ``changed`` is notified.

    Raises AssertionError with what ``describe`` tells when there is none within ``timeout`` seconds. The predicate
    must not act.
    """
    deadline = time.monotonic() + timeout
    with changed:
        while True:
            value = predicate()
            if value:
                return value
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise AssertionError(f"not within {timeout} s; {describe()}")
            # What a predicate asks may lie outside the server, so it is asked now and then in any case.
            changed.wait(min(remaining, 0.1))
