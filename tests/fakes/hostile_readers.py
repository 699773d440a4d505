"""A reader that does what the name of the file says: what a library could be brought to do by a document."""

import ctypes
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from index.errors import ReadError
from index.parsing.wire import frame
from index.types import FileReading, Reading, Span

_kept: list[bytes] = []


def read(files: Mapping[str, bytes], name: str, media_type: str | None) -> FileReading:
    """A document of one block, or whatever happens first."""
    if b"poison" in _kept:
        os._exit(1)
    if name == "tell":
        return _reading(_facts(files), media_type)
    if name == "report and sleep":
        Path(files[name].decode()).write_text(str(os.getpid()), encoding="ascii")
        _sleep()
    ACTS.get(name, int)()
    return _reading(files[name].decode(), media_type)


def _reading(text: str, media_type: str | None) -> FileReading:
    return FileReading(media_type or "text/plain", (Reading(text, (Span(0, len(text)),)),))


def _facts(files: Mapping[str, bytes]) -> str:
    """What the child is and has: its number, folder, environment, open files, and what it was given."""
    opened = sorted({_leads_to(number).partition(":")[0] for number in _descriptors()})
    facts = {"pid": os.getpid(), "cwd": str(Path.cwd()), "environment": dict(os.environ), "opened": opened}
    return json.dumps(facts | {"files": {path: content.decode("latin-1") for path, content in files.items()}})


def _refuse() -> None:
    raise ReadError("The file holds no text.")


def _allocate() -> None:
    _kept.append(bytes(4_000_000_000))


def _allocate_behind_a_translation() -> None:
    try:
        _allocate()
    except MemoryError as error:
        raise ReadError("The file is damaged.") from error


def _keep_much() -> None:
    _kept.append(b"x" * 150_000_000)


def _spin() -> None:
    while True:
        pass


def _take_half_a_second() -> None:
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass


def _sleep() -> None:
    while True:
        time.sleep(3_600)


def _sleep_deaf() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _sleep()


def _be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _print() -> None:
    print("garbage " * 100_000)
    sys.stdout.flush()
    os.write(1, b"\0" * 100_000)
    os.write(2, b"garbage " * 100_000)


def _write_a_file() -> None:
    Path("/tmp/legation-hostile").write_text("written", encoding="ascii")


def _descriptors() -> list[int]:
    """Those that are open, but for the one that lists them."""
    return [number for number in map(int, os.listdir("/proc/self/fd")) if Path(f"/proc/self/fd/{number}").exists()]


def _leads_to(number: int) -> str:
    return str(Path(f"/proc/self/fd/{number}").readlink())


def _pipe_of_answers() -> int:
    """As a document that has taken over the child would find it: it is not standard output, which leads nowhere."""
    pipes = [number for number in _descriptors() if _leads_to(number).startswith("pipe:")]
    return next(number for number in pipes if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY)


def _write(answer: bytes) -> None:
    """Instead of an answer."""
    os.write(_pipe_of_answers(), answer)
    _sleep()


def _close_the_pipe() -> None:
    os.close(_pipe_of_answers())
    _sleep()


def _fork_and_exit() -> None:
    """The grandchild keeps the pipe open."""
    if os.fork() == 0:
        _sleep()
    os._exit(0)


def _nested() -> bytes:
    return b'{"reading":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"


ACTS: dict[str, Callable[[], object]] = {
    "refuse": _refuse,
    "allocate": _allocate,
    "allocate behind a translation": _allocate_behind_a_translation,
    "keep much": _keep_much,
    "poison": lambda: _kept.append(b"poison"),
    "spin": _spin,
    "take half a second": _take_half_a_second,
    "sleep deaf": _sleep_deaf,
    "exit": lambda: os._exit(0),
    "be killed": _be_killed,
    "crash": lambda: ctypes.string_at(0),
    "raise": lambda: {}["no such key"],
    "recurse": lambda: eval("(" * 10_000),  # noqa: S307
    "print": _print,
    "write a file": _write_a_file,
    "read input": sys.stdin.read,
    "close the pipe": _close_the_pipe,
    "fork and exit": _fork_and_exit,
    "answer garbage": lambda: _write(b"HTTP/1.1 200 OK\r\n\r\n"),
    "answer in half": lambda: _write(frame(b"{}" * 500)[:100]),
    "announce a huge answer": lambda: _write((2**62).to_bytes(8, "big")),
    "answer nested": lambda: _write(frame(_nested())),
    "answer twice": lambda: _write(2 * frame(b'{"refusal":"no"}')),
    "answer no JSON": lambda: _write(frame(b"\x80\x05K\x01.")),
}
