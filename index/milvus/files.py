"""Files in the engine: in pieces, under their SHA-256, so that what did not change is not written again; and the names
of the generations that are there.
"""

import base64
import hashlib
import zlib
from collections.abc import Collection

from index.errors import GenerationError
from index.milvus.engine import Engine
from index.milvus.schema import NOTHING, file_columns, files_table

_PIECE_BYTES = 48_000
_PIECES = 100
"""Pieces read or written at a time."""

_GENERATION, _FILE = "generation/", "file/"


class Files:
    """The files of the generations under one prefix. Methods raise as those of ``Engine`` do."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        self._engine, self._table = engine, files_table(prefix)

    def make(self) -> None:
        self._engine.make(self._table, file_columns())

    def put(self, content: bytes) -> str:
        """Stores a file, unless it is there, and returns its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        pressed = zlib.compress(content)
        pieces = [pressed[at : at + _PIECE_BYTES] for at in range(0, len(pressed), _PIECE_BYTES)]
        if self._rows(f'key == "{_key(digest, 0)}"'):  # written last: the others are there too
            return digest
        rows = [
            _row(_key(digest, number), f"{len(pieces)} {base64.b64encode(piece).decode()}")
            for number, piece in enumerate(pieces)
        ]
        rows.reverse()
        for start in range(0, len(rows), _PIECES):
            self._engine.put(self._table, rows[start : start + _PIECES])
        return digest

    def get(self, digest: str) -> bytes:
        """Raises GenerationError if the file is not there or not as it was stored."""
        try:
            first = self._pieces(digest, 0, 1)[0]
            count = int(first.split(" ", 1)[0])
            pieces = [first]
            for start in range(1, count, _PIECES):
                pieces += self._pieces(digest, start, min(start + _PIECES, count))
            content = zlib.decompress(b"".join(base64.b64decode(piece.split(" ", 1)[1]) for piece in pieces))
        except (ValueError, IndexError, KeyError, zlib.error) as error:
            raise GenerationError(DAMAGED) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise GenerationError(DAMAGED)
        return content

    def put_name(self, generation: str, manifest: str) -> None:
        """From now on the generation is there: ``manifest`` is the SHA-256 of its manifest."""
        self._engine.put(self._table, [_row(f"{_GENERATION}{generation}", manifest)])

    def has_name(self, generation: str, *, fresh: bool) -> bool:
        return bool(self._rows(f'key == "{_GENERATION}{generation}"', fresh=fresh))

    def names(self) -> dict[str, str]:
        """The generations that are there, with the SHA-256 of their manifests."""
        rows = self._engine.rows(self._table, f'key like "{_GENERATION}%"', ("key", "content"))
        return {row["key"].removeprefix(_GENERATION): row["content"] for row in rows}

    def remove_name(self, generation: str) -> None:
        self._engine.delete(self._table, f'key == "{_GENERATION}{generation}"')

    def remove_others(self, keep: Collection[str]) -> None:
        """Deletes the files whose SHA-256 are not in ``keep``."""
        held = {key.removeprefix(_FILE).split("/")[0] for key in self._rows(f'key like "{_FILE}%"')}
        for digest in held - set(keep):
            self._engine.delete(self._table, f'key like "{_FILE}{digest}/%"')

    def _pieces(self, digest: str, start: int, end: int) -> list[str]:
        keys = [_key(digest, number) for number in range(start, end)]
        named = ", ".join(f'"{key}"' for key in keys)
        rows = self._engine.rows(self._table, f"key in [{named}]", ("key", "content"))
        found = {row["key"]: row["content"] for row in rows}
        return [found[key] for key in keys]

    def _rows(self, where: str, *, fresh: bool = True) -> list[str]:
        return [row["key"] for row in self._engine.rows(self._table, where, ("key",), fresh=fresh)]


DAMAGED = "The index in Milvus is incomplete or damaged; run: legation sync"


def _key(digest: str, number: int) -> str:
    return f"{_FILE}{digest}/{number:06d}"


def _row(key: str, content: str) -> dict[str, object]:
    return {"key": key, "content": content, "nothing": NOTHING}
