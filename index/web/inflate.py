"""Compressed content to bytes, never more of them than allowed: 1 MB of gzip can hold 1 GB."""

import zlib

from index.errors import ReadError

_DAMAGED = "its compressed content is damaged"
_EITHER = 47  # zlib.MAX_WBITS + 32: a gzip or a zlib header, whichever is there


class Inflater:
    """Inflates one stream of gzip (RFC 1952, several members too) or deflate (RFC 1950, or bare RFC 1951).

    Both methods raise ReadError if it is damaged.
    """

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._stream = zlib.decompressobj(_EITHER)
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        """What the next bytes of the stream give. Nothing more comes once the stream gave ``most_bytes`` + 1."""
        given = []
        while chunk and self._left >= 0:
            if self._stream.eof:
                chunk = chunk.lstrip(b"\0")  # gzip files may be padded
                if not chunk:
                    break
                self._stream = zlib.decompressobj(_EITHER)
            given.append(self._inflate(chunk))
            self._left -= len(given[-1])
            chunk = self._stream.unconsumed_tail or self._stream.unused_data
        return b"".join(given)

    def finish(self) -> None:
        """To be called at the end of the stream. Raises ReadError if it ended early."""
        if self._begun and not self._stream.eof:
            raise ReadError("its compressed content ends early")

    def _inflate(self, chunk: bytes) -> bytes:
        try:
            given = self._stream.decompress(chunk, self._left + 1)
        except zlib.error as error:
            if self._begun:
                raise ReadError(_DAMAGED) from error
            # Some servers send deflate without the header that it should have.
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                given = self._stream.decompress(chunk, self._left + 1)
            except zlib.error as bare:
                raise ReadError(_DAMAGED) from bare
        self._begun = True
        return given


def inflate(content: bytes, most_bytes: int) -> bytes:
    """All of a compressed file. Raises ReadError if it is damaged, ends early or holds more than ``most_bytes``."""
    inflater = Inflater(most_bytes)
    given = inflater.feed(content)
    if len(given) > most_bytes:
        raise ReadError(f"it holds more than {most_bytes} bytes, the most that is unpacked")
    inflater.finish()
    return given
