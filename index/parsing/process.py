"""One process that reads documents, seen from outside: started, asked, killed."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from index.errors import LegationError, ReadError
from index.parsing.wire import LENGTH

CRASHED = "reading it failed (the reader crashed)"

_START_SECONDS = 60
_LOOK_SECONDS = 0.1
"""How often to look whether the process has ended, while something else may hold its pipe open."""
_ENDING_SECONDS = 0.5
"""For a process whose pipe is closed to end by itself, so that it can be told what ended it."""
_PIECE = 2**20
_KEPT_VARIABLES = ("LD_LIBRARY_PATH",)


@dataclass(frozen=True, slots=True)
class ParsingLimits:
    """What one document may take: ``megabytes`` (1,000,000 bytes) of memory beyond the interpreter and the
    libraries loaded at the start, seconds of CPU time, and seconds by the clock.
    """

    megabytes: int = 1_024
    cpu_seconds: int = 30
    wall_seconds: float = 60


class FailedError(ReadError):
    """The process ended, or gave no answer that can be used; an earlier document may have done it."""


class Child:
    """A child process that is starting. Raises LegationError if the system has none."""

    def __init__(self, entry: str, limits: ParsingLimits) -> None:
        self._limits = limits
        paths = os.pathsep.join(str(Path(path).absolute()) for path in sys.path)
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        # It sees the modules that this process sees, of the environment nothing else; one thread is enough for numpy.
        environment |= {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
        command = [sys.executable, "-P", "-B", "-X", "utf8", "-m", "index.parsing.child"]
        command += [entry, str(limits.megabytes), str(limits.cpu_seconds)]
        try:
            # A session of its own: Ctrl-C in the terminal does not reach it, and it is killed with all it starts.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                env=environment, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise LegationError(f"The process that reads documents does not start: {error.strerror}.") from error
        self._stdin, self._stdout = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        self._size_at_start: int | None = None

    @property
    def has_started(self) -> bool:
        """Whether it was waited for until it had started."""
        return self._size_at_start is not None

    def wait_until_started(self) -> None:
        """Raises LegationError if it does not start; the process is of no use then."""
        try:
            self.ask((), 0, _START_SECONDS)
        except ReadError as error:
            raise LegationError("The process that reads documents does not start.") from error
        self._size_at_start = self._size()

    def ask(self, pieces: Iterable[bytes], most_bytes: int, seconds: float) -> bytearray:
        """Sends the pieces and returns the payload of the frame that comes back.

        Raises ReadError if there is none within ``seconds``; FailedError if it is longer than ``most_bytes``, if more
        than it comes, or if the process ends. The process is of no use afterwards.
        """
        deadline = time.monotonic() + seconds
        waiting = [memoryview(piece) for piece in pieces]
        waiting.reverse()
        received = bytearray()
        poll = select.poll()
        poll.register(self._stdout, select.POLLIN)
        if waiting:
            poll.register(self._stdin, select.POLLOUT)
        while not _is_whole(received, most_bytes):
            if time.monotonic() >= deadline:
                raise ReadError(f"it took longer than {seconds:g} seconds to read")
            # Looked at before the pipe: what it wrote before its end is in there by then.
            ended = self._ending() is not None
            ready = [descriptor for descriptor, _ in poll.poll(_LOOK_SECONDS * 1_000)]
            if self._stdin.fileno() in ready and not self._send(waiting):
                poll.unregister(self._stdin)
            if self._stdout.fileno() in ready:
                piece = self._stdout.read(_PIECE)
                if not piece:
                    raise self._failure()
                received += piece
            elif ended:
                raise self._failure()
        if waiting:
            raise FailedError(CRASHED)
        del received[: LENGTH.size]
        return received

    def is_idle(self) -> bool:
        """Whether it lives and is silent, as it should between two documents."""
        poll = select.poll()
        poll.register(self._stdout, select.POLLIN)
        return self._ending() is None and not poll.poll(0)

    def growth(self) -> int:
        """Bytes of memory that it has taken since the start and not given back, or 0 if it has ended."""
        return self._size() - (self._size_at_start or 0)

    def kill(self) -> None:
        """Ends it with all that it has started in its group."""
        # Nobody has waited for it yet, so the number cannot be another process's.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def _send(self, waiting: list[memoryview]) -> bool:
        """Sends some of what is waiting; whether there is more to send."""
        try:
            sent = os.write(self._stdin.fileno(), waiting[-1])
        except BrokenPipeError:  # an answer may have come before
            return False
        if sent == len(waiting[-1]):
            waiting.pop()
        else:
            waiting[-1] = waiting[-1][sent:]
        return bool(waiting)

    def _failure(self) -> ReadError:
        deadline = time.monotonic() + _ENDING_SECONDS
        while (ending := self._ending()) is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if ending == -signal.SIGXCPU:
            return ReadError(f"it took longer than {self._limits.cpu_seconds} seconds to read")
        if ending == -signal.SIGKILL:
            return FailedError("reading it failed (the system killed the reader, as it does when memory runs out)")
        return FailedError(CRASHED)

    def _ending(self) -> int | None:
        """The exit status, negative for a signal, or None while it runs. The process is not waited for."""
        try:
            result = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # whoever started us has the system wait for children
            return 0
        if result is None:
            return None
        return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status

    def _size(self) -> int:
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[0]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _is_whole(received: bytearray, most_bytes: int) -> bool:
    """Raises FailedError if it cannot become an answer of at most ``most_bytes``."""
    if len(received) < LENGTH.size:
        return False
    length: int = LENGTH.unpack_from(received)[0]
    if length > most_bytes or len(received) > LENGTH.size + length:
        raise FailedError(CRASHED)
    return len(received) == LENGTH.size + length
