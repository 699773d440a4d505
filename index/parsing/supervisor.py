"""Reads documents in a process apart, with limits, so that a hostile one neither blocks a sync nor ends it.

What a document could do: a PDF of 2 KB has taken 1 GB, a DOCX of 2.3 MB 2 GB; HTML of 53 MB took over a minute;
libraries written in C crash. In the child the kernel limits memory, CPU time, files and their size, and this process
the time by the clock. It gets no secrets: its environment is almost empty.

The child serves many documents, because starting it takes longer than reading most of them. A document that takes
over the child by a fault in a library could therefore change the readings of the next ones: they are checked for
what would harm this process, not for truth.
"""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from index.errors import LegationError, ReadError
from index.parsing.answer import WireError, decode_answer
from index.parsing.process import CRASHED, Child, FailedError, ParsingLimits
from index.parsing.wire import Answer, encode_request
from index.types import FileReading

READER = "index.parsing.child:parse_files"

_LEAST_ANSWER = 16_000_000
_ANSWER_PER_BYTE = 4
"""Bytes of an answer: what any document may have, and what each byte of its files adds."""

_MOST_GROWTH = 0.5
"""Of the memory that a document may take, what earlier ones may have left taken."""


class ParsingProcess:
    """Reads documents, one at a time, in a child process that starts with the first, or with ``begin``. Close it, or
    use ``with``.

    ``reader`` names the function that reads in the child, as "module:function"; the child is replaced after
    ``documents`` of them, and sooner if it has grown. Several threads may call ``parse``; they wait for each other.
    """

    def __init__(self, limits: ParsingLimits | None = None, *, reader: str = READER, documents: int = 500) -> None:
        self._limits = limits or ParsingLimits()
        self._reader, self._documents = reader, documents
        self._child: Child | None = None
        self._served = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Has the child start, if there is none, and does not wait for it. Raises LegationError if it cannot."""
        with self._lock:
            self._begin()

    def close(self) -> None:
        """Ends the child; a later ``parse`` starts another."""
        with self._lock:
            self._stop()

    def parse(self, files: Mapping[str, bytes], name: str, media_type: str | None = None) -> FileReading:
        """What ``files[name]`` holds; the other files are those that belong to it. ``media_type`` is what a server
        calls it, None if nobody does.

        Raises ReadError with the reader's own reason, or because reading took too long or too much memory, or
        failed. Raises LegationError if the child cannot be started.
        """
        with self._lock:
            if self._is_worn():
                self._stop()
            used = self._served > 0
            try:
                return self._read(files, name, media_type)
            except FailedError:
                if not used:
                    raise
            # What an earlier document has left behind in the child may have done it: this one gets a new child.
            return self._read(files, name, media_type)

    def _read(self, files: Mapping[str, bytes], name: str, media_type: str | None) -> FileReading:
        most_bytes = _LEAST_ANSWER + _ANSWER_PER_BYTE * sum(map(len, files.values()))
        try:
            child = self._started()
            request = encode_request(files, name, media_type)
            answer = self._decoded(child.ask(request, most_bytes, self._limits.wall_seconds))
        except BaseException:  # Ctrl-C too: an answer that is still to come would be taken for the next one's
            self._stop()
            raise
        self._served += 1
        if answer.reading is None:
            raise ReadError(answer.refusal or CRASHED)
        return answer.reading

    def _started(self) -> Child:
        """A child that has started. Of one that ended meanwhile, killed when memory ran out perhaps, a second start is
        tried: no document has to do with it, and a sync would end by it.
        """
        child = self._begin()
        if child.has_started:
            return child
        try:
            child.wait_until_started()
        except LegationError:
            self._stop()
            child = self._begin()
            child.wait_until_started()
        return child

    def _begin(self) -> Child:
        if self._child is None:
            self._child = Child(self._reader, self._limits)
        return self._child

    def _decoded(self, payload: bytearray) -> Answer:
        try:
            answer = decode_answer(payload)
        except WireError as error:
            raise FailedError(f"reading it failed (the reader's answer makes no sense: {error})") from error
        if answer.trouble == "memory":
            raise FailedError(f"it needed more than {self._limits.megabytes:,} megabytes of memory to read")
        if answer.trouble == "crash":
            failure = FailedError(CRASHED)
            failure.add_note(answer.trace)
            raise failure
        return answer

    def _is_worn(self) -> bool:
        if self._child is None or not self._child.has_started:
            return False
        grown = self._child.growth() > self._limits.megabytes * 1_000_000 * _MOST_GROWTH
        return grown or self._served >= self._documents or not self._child.is_idle()

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
        self._child, self._served = None, 0
