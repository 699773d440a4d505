"""The vectors of passages and of their sentences, kept in the library by what was encoded, so that nothing is encoded
twice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from index.errors import LibraryError
from index.row_checksums import CHECKED, parsed, row_checksum
from index.transactions import Transactions, batches
from index.types import Vectors

_VERIFY = "run: legation sync --verify"


class StoredVectors:
    """The vectors in the library. Every method may raise LibraryError, StorageError or BusyError."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def missing(self, keys: Sequence[int], splitting: str, fingerprint: str) -> dict[bytes, int]:
        """By the digests of what is not encoded yet by the model, the id of a passage each, in the order of these."""
        query = (
            "SELECT p.id, p.encoded_digest FROM passages p LEFT JOIN vectors v "
            "ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ? "
            "WHERE v.encoded_digest IS NULL AND p.splitting = ? AND p.document_key IN"
        )
        missing: dict[bytes, int] = {}
        with self._database.reading() as connection:
            for marks, batch in batches(keys):
                arguments = (fingerprint, splitting, *batch)
                found = connection.execute(f"{query} ({marks}) ORDER BY p.document_key, p.id", arguments)
                for passage_id, digest in found:
                    missing.setdefault(digest, passage_id)
        return missing

    def put(self, fingerprint: str, digests: Sequence[bytes], vectors: Vectors, sentences: Sequence[Vectors]) -> None:
        """Commits the vectors of encoded passages and of the sentences in each, by the passages' digests.

        Those of sentences are kept at half precision, which moves a cosine by less than 0.001.
        """
        rows = []
        for digest, vector, parts in zip(digests, vectors, sentences, strict=True):
            whole = np.ascontiguousarray(vector, dtype="<f4").tobytes()
            halves = np.ascontiguousarray(parts, dtype="<f2").tobytes()
            checksums = row_checksum(fingerprint, digest, whole), row_checksum(fingerprint, digest, halves)
            rows.append((fingerprint, digest, whole, halves, *checksums))
        with self._database.writing() as connection:
            # Named, because SQLite may believe a schema that it read before another process upgraded it.
            columns = "fingerprint, encoded_digest, vector, sentences, vector_checksum, sentences_checksum"
            connection.executemany(
                f"INSERT INTO vectors ({columns}) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (encoded_digest, fingerprint) DO NOTHING",
                rows,
            )

    def of_sentences(self, ids: Sequence[int], fingerprint: str, dimension: int) -> list[Vectors]:
        """The vectors of the sentences of each passage, shape (sentences, dimension), in the order of ``ids``.

        Raises LibraryError if one is missing or damaged.
        """
        query = (
            "SELECT p.id, p.sentences, v.fingerprint, v.encoded_digest, v.sentences, v.sentences_checksum "
            "FROM passages p LEFT JOIN vectors v ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ?"
        )
        found: dict[int, Vectors] = {}
        with self._database.reading() as connection:
            for marks, batch in batches(ids):
                rows = connection.execute(f"{query} WHERE p.id IN ({marks})", (fingerprint, *batch))
                for passage_id, stored, *values, blob, checksum in rows:
                    spans = parsed(stored)
                    count = len(spans) if isinstance(spans, list) else 0
                    if row_checksum(*values, blob) == checksum and len(blob) == count * dimension * 2:
                        halves = np.frombuffer(blob, dtype="<f2").reshape(count, dimension)
                        found[passage_id] = halves.astype(np.float32)
        for passage_id in ids:
            if passage_id not in found:
                raise LibraryError(f"The sentence vectors of passage {passage_id} are missing or damaged; {_VERIFY}")
        return [found[passage_id] for passage_id in ids]

    def of_passages(self, ids: Sequence[int], fingerprint: str, dimension: int) -> Vectors:
        """The vectors of passages, shape (len(ids), dimension), in the order of ``ids``. Raises LibraryError if one is
        missing or damaged.
        """
        query = (
            "SELECT p.id, v.fingerprint, v.encoded_digest, v.vector, v.vector_checksum FROM passages p "
            "LEFT JOIN vectors v ON v.encoded_digest = p.encoded_digest AND v.fingerprint = ? WHERE p.id IN"
        )
        vectors = np.zeros((len(ids), dimension), dtype=np.float32)
        place = 0
        with self._database.reading() as connection:
            for marks, batch in batches(ids):
                rows = connection.execute(f"{query} ({marks})", (fingerprint, *batch))
                found = {passage_id: values for passage_id, *values in rows}
                for passage_id in batch:
                    *values, blob, checksum = found.get(passage_id, (None, None, None, None))
                    if row_checksum(*values, blob) != checksum or blob is None or len(blob) != dimension * 4:
                        raise LibraryError(f"The vector of passage {passage_id} is missing or damaged; {_VERIFY}")
                    vectors[place] = np.frombuffer(blob, dtype="<f4")
                    place += 1
        return vectors

    def forget_damaged(self, tell: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Deletes vectors that are no longer as they were stored, so that they count as not encoded yet. Returns how
        many; ``tell`` hears how many passages of how many were looked at. For the holder of the writer's lock alone.
        """
        passages = f"SELECT {CHECKED['passages']}, checksum FROM passages WHERE id IN"
        vectors = (
            "SELECT fingerprint, encoded_digest, vector, sentences, vector_checksum, sentences_checksum FROM vectors "
            "WHERE encoded_digest IN"
        )
        with self._database.reading() as connection:
            dimensions = dict(connection.execute("SELECT fingerprint, dimension FROM generations").fetchall())
            ids = [number for (number,) in connection.execute("SELECT id FROM passages ORDER BY id")]
        seen = forgotten = 0
        for marks, batch in batches(ids):
            with self._database.reading() as connection:
                held = connection.execute(f"{passages} ({marks})", batch).fetchall()
                # What a damaged passage says of its vectors is no reason to lose them.
                sentences = {row[7]: row[6] for *row, checksum in held if row_checksum(*row) == checksum}
                damaged = [
                    (stored[0], stored[1])
                    for marks_of_vectors, digests in batches(sentences)
                    for stored in connection.execute(f"{vectors} ({marks_of_vectors})", digests)
                    if not vectors_are_whole(stored, len(parsed(sentences[stored[1]])), dimensions.get(stored[0]))
                ]
            if damaged:
                with self._database.writing() as connection:
                    connection.executemany("DELETE FROM vectors WHERE fingerprint = ? AND encoded_digest = ?", damaged)
            seen, forgotten = seen + len(batch), forgotten + len(damaged)
            tell(seen, len(ids))
        return forgotten


def vectors_are_whole(stored: Sequence[Any], sentences: int, dimension: int | None) -> bool:
    """Whether the vectors of a passage with so many ``sentences`` are as they were stored. ``stored`` are the columns
    fingerprint, encoded_digest, vector, sentences, vector_checksum and sentences_checksum; ``dimension`` is that of the
    model, if it is known.
    """
    fingerprint, digest, vector, further, *checksums = stored
    if [row_checksum(fingerprint, digest, blob) for blob in (vector, further)] != checksums:
        return False
    numbers = dimension or len(vector) // 4
    return (len(vector), len(further)) == (numbers * 4, sentences * numbers * 2)
