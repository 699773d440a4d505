"""What passes between the process that syncs and the one that reads documents.

A frame is its length in bytes, eight bytes long and big-endian, then JSON. A request is a frame with the names and
sizes of files, then their bytes one after another; an answer is one frame. Nothing is pickled. What checks an answer
stands in ``index.parsing.answer``.
"""

import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from index.types import FileReading, Reading

LENGTH = struct.Struct(">Q")

LONGEST_REASON = 1_000
LONGEST_TRACE = 4_000
UNWANTED = re.compile(r"[\x00\r\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """``reading``, or why there is none: ``refusal`` is the reader's own sentence; ``trouble`` what befell it, with
    the ``trace`` of a crash.
    """

    reading: FileReading | None = None
    refusal: str | None = None
    trouble: Literal["memory", "crash"] | None = None
    trace: str = ""


def encode_request(files: Mapping[str, bytes], name: str, media_type: str | None) -> Iterator[bytes]:
    """The pieces of a request; the files' content is not copied."""
    sizes = [(path, len(content)) for path, content in files.items()]
    yield frame(json.dumps({"name": name, "media_type": media_type, "sizes": sizes}).encode())
    yield from files.values()


def decode_request(read: Callable[[int], bytes]) -> tuple[dict[str, bytes], str, str | None] | None:
    """The files, the name and the media type of a request; None where there is no further one.

    ``read`` returns as many bytes as it is asked for, or fewer at the end.
    """
    length = read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    request = json.loads(read(LENGTH.unpack(length)[0]))
    return {path: read(size) for path, size in request["sizes"]}, request["name"], request["media_type"]


def frame(*pieces: bytes) -> bytes:
    return b"".join((LENGTH.pack(sum(map(len, pieces))), *pieces))


def encode_answer(answer: Answer) -> bytes:
    """The answer's frame: dataclasses as objects, tuples as arrays. In pieces: within one, a single emoji has every
    character take four bytes.
    """
    file = answer.reading
    if file is None:
        return frame(_json(answer))
    before, after = _json(replace(answer, reading=replace(file, readings=()))).split(_NO_READINGS, 1)
    pieces = [before, _NO_READINGS[:-1]]
    for number, reading in enumerate(file.readings):
        pieces += [b"," if number else b"", *_pieces(reading)]
    return frame(*pieces, _NO_READINGS[-1:], after)


def shortened(words: str, trace: bool = False) -> str:
    """A reason, or the end of a trace, as long and as clean as an answer may carry it."""
    clean = UNWANTED.sub(" ", words)
    return clean[-LONGEST_TRACE:] if trace else clean[:LONGEST_REASON]


def _pieces(reading: Reading) -> Iterator[bytes]:
    without_text = _json(replace(reading, text=""))
    yield _NO_TEXT[:-1]
    for start in range(0, len(reading.text), _PIECE):
        yield _json(reading.text[start : start + _PIECE])[1:-1]
    yield without_text[len(_NO_TEXT) - 1 :]


def _json(value: Any) -> bytes:
    return _JSON.encode(value).encode()


def _members(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_members)
"""pydantic is five times as fast, and takes longer to be imported than most documents take to be read."""

_PIECE = 2**20
"""Characters."""

_NO_TEXT = b'{"text":""'
"""What the JSON of a reading without a text begins with."""

_NO_READINGS = b'"readings":[]'
"""Nowhere else in an answer: quotes within words are escaped."""
