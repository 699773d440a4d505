"""The process that reads documents, with limits that the kernel keeps. ``index.parsing`` starts it."""

import fcntl
import math
import os
import resource
import select
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from index.errors import ReadError
from index.lists import HEAD, read_list, recognise
from index.parsing.wire import Answer, decode_request, encode_answer, frame, shortened
from index.readers import read
from index.types import FileReading

Reader = Callable[[Mapping[str, bytes], str, str | None], FileReading]

_MOST_FILES = 64
"""Open at a time: a handful for pipes and libraries."""


def parse_files(files: Mapping[str, bytes], name: str, media_type: str | None) -> FileReading:
    """What ``files[name]`` holds, as a sanctions list if it is one, else as a document. Raises ReadError."""
    found = recognise(name, files[name][:HEAD])
    return read(files[name], name, media_type) if found is None else read_list(found, files)


def main(arguments: list[str]) -> None:
    """Answers requests until there are no more.

    ``arguments`` are the reader as "module:function", the megabytes of memory and the seconds of CPU time that
    each document may take, which only the parent sets.
    """
    entry, megabytes, cpu_seconds = arguments
    module, function = entry.split(":")
    requests, answers = _own_pipes()
    reader: Reader = getattr(import_module(module), function)
    _limit(int(megabytes))
    answer: bytes | None = frame(b"")  # ready
    while answer is not None:
        answers.write(answer)
        answers.flush()
        _allow_cpu(int(cpu_seconds))
        answer = _next_answer(reader, requests)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output under other numbers, so that nothing a library prints gets into an answer."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return requests, answers


def _limit(megabytes: int) -> None:
    """For good: the memory is counted from what the interpreter and its libraries take already."""
    with suppress(OSError):  # without /proc the kernel chooses for itself whom it kills where memory runs out
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    most = taken + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))


def _allow_cpu(seconds: int) -> None:
    """So many more; then SIGXCPU ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + seconds, hard))


def _die_with_the_parent(requests: BinaryIO, while_it_reads: bool) -> None:
    """Lets SIGIO end the process when the other end of the pipe is closed, as it is when the parent was killed.

    The parent sends nothing while a document is read, so nothing else raises the signal. Between documents the
    end is seen as the end of the requests. PR_SET_PDEATHSIG would also act when just the thread that started
    this process has ended.
    """
    descriptor = requests.fileno()
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    if not while_it_reads:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_ASYNC)
        return
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    poll = select.poll()
    poll.register(descriptor, select.POLLHUP)
    if poll.poll(0):  # it was closed before the signal was asked for
        os._exit(1)


def _next_answer(reader: Reader, requests: BinaryIO) -> bytes | None:
    """None if there are no more requests."""
    try:
        request = decode_request(requests.read)
        if request is None:
            return None
        _die_with_the_parent(requests, True)
        return encode_answer(Answer(reading=reader(*request)))
    except Exception as error:
        return encode_answer(_reason(error))
    finally:
        _die_with_the_parent(requests, False)


def _reason(error: Exception) -> Answer:
    cause: BaseException | None = error
    while cause is not None:  # readers translate what libraries raise, want of memory too
        if isinstance(cause, MemoryError) or _is_lxml_without_memory(cause):
            return Answer(trouble="memory")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, ReadError):
        return Answer(refusal=shortened(error.user_message))
    return Answer(trouble="crash", trace=shortened(traceback.format_exc(), trace=True))


def _is_lxml_without_memory(error: BaseException) -> bool:
    """lxml raises the same for that as for broken XML, with another code."""
    etree = sys.modules.get("lxml.etree")
    if etree is None or not isinstance(error, etree.XMLSyntaxError):
        return False
    return bool(error.code == etree.ErrorTypes.ERR_NO_MEMORY)


if __name__ == "__main__":
    main(sys.argv[1:])
