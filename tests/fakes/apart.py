"""Runs a function in a process of its own, which may be killed, and tells how that ended."""

import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from index.errors import LegationError

SECONDS = 60.0
"""A process that takes longer hangs."""

# Processes are forked from a server that has imported everything once, and has no threads.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.fakes.post_library"])


@dataclass(frozen=True)
class Refusal:
    """What a person would have been told."""

    kind: str
    sentence: str
    exit_code: int


@dataclass(frozen=True)
class Ending:
    """``code`` is the process's (negative: the signal that ended it). ``value`` is what the function gave, ``refusal``
    the LegationError that it raised; what else it raised is an AssertionError here. ``seconds`` is how long it took.
    """

    code: int
    value: Any = None
    refusal: Refusal | None = None
    seconds: float = 0.0


class Process:
    """``function`` is of a module; it is called with a Connection, whose other end is ``talk``, and ``arguments``."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.talk, theirs = _processes.Pipe()
        self._result, sending = _processes.Pipe(duplex=False)
        self._process = _processes.Process(target=_call, args=(sending, theirs, function, arguments), daemon=True)
        self._process.start()
        theirs.close()
        sending.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def hears(self) -> Any:
        """What the function says next; None if it has ended."""
        try:
            return self.talk.recv() if self.talk.poll(SECONDS) else None
        except EOFError:
            return None

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float) -> None:
        """Until it ends, but not longer."""
        self._process.join(seconds)

    def ending(self) -> Ending:
        try:
            kind, value, took = self._result.recv() if self._result.poll(SECONDS) else ("hung", None, SECONDS)
        except EOFError:  # killed before it could say anything
            kind, value, took = "killed", None, 0.0
        self._process.join(SECONDS)
        code = self._process.exitcode
        assert code is not None, "the process hangs"
        assert kind != "broke", value
        self._process.close()
        self._result.close()
        self.talk.close()
        if kind == "refused":
            return Ending(code, refusal=value, seconds=took)
        return Ending(code, value, seconds=took)


def apart(function: Callable[..., Any], *arguments: Any) -> Ending:
    """Calls ``function`` with a Connection, which nobody listens to, and ``arguments``, and waits for its end."""
    return Process(function, *arguments).ending()


def _call(result: Connection, talk: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    started = time.monotonic()
    try:
        kind, value = "done", function(talk, *arguments)
    except LegationError as error:
        kind, value = "refused", Refusal(type(error).__name__, error.user_message, error.exit_code)
    except BaseException:
        kind, value = "broke", traceback.format_exc()
    result.send((kind, value, time.monotonic() - started))
