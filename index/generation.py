"""A generation: FAISS vectors and a lexical index, built from the library, never changed after.

FAISS files carry no checksum, and a damaged one can load and answer wrongly. So every file of a
generation is compared with the SHA-256 in the library's record before it is opened, and what FAISS
loads is compared with the recorded dimension and count. A generation holds nothing that the
library does not: a damaged one is built again.
"""

import hashlib
import json
import os
import re
import shutil
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.concept import Concept
from index.errors import GenerationError, StorageError, UsageError
from index.home import fsync_folder, fsync_tree
from index.lexical import NO_DATE, PARTS, LexicalIndex, LexicalRow
from index.lexical import build as build_lexical
from index.library_rows import GenerationRecord
from index.onnx_model import file_digest
from index.types import Filter, Vectors, Vocabulary
from index.vocabulary import IndexedVocabulary, WordCollector

_ISO_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
VOCABULARY = "vocabulary.txt"
LISTS = "lists.json"
NAMES = "names.bin"
NOTHING = b"{}"
"""In these two files, where no sanctions list is held."""

_DECIMALS = 6
"""Of cosines: passages that differ by less are equally near."""

_ROW = np.dtype([("id", "<i8"), ("collection", "<i4"), ("first", "<i4"), ("last", "<i4")])


@dataclass(frozen=True, slots=True)
class Row:
    """One passage of a generation. ``published`` is the document's date in ISO 8601, of any precision."""

    passage_id: int
    text: str
    collection: str
    published: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found: ``dense`` is its exact cosine, in [-1, 1]; ``lexical`` its BM25 score, 0 if
    no word of the question is in it or it was not among the best by words.
    """

    passage_id: int
    dense: float
    lexical: float


def build(
    root: Path,
    record: GenerationRecord,
    rows: Iterable[Row],
    vectors: Vectors,
    step: Callable[[str], None],
    lists: bytes = NOTHING,
    names: bytes = NOTHING,
) -> GenerationRecord:
    """Writes a generation's files under ``root``, durably, and returns ``record`` completed with its
    name, count and checksums. Nothing points to it yet.

    ``rows`` are in ascending order of passage id and as many as ``vectors`` has rows, shape
    (n, dimension). ``step`` is told of each step. ``lists`` and ``names`` are what ``register_content`` gave.
    Raises StorageError.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        work = root / f".building-{record.id}-{os.getpid()}"
        shutil.rmtree(work, ignore_errors=True)
        (work / "lexical").mkdir(parents=True)
        try:
            count = _write(work, rows, vectors, record.dimension)
            (work / LISTS).write_bytes(lists)
            (work / NAMES).write_bytes(names)
            step("generation-written")
            fsync_tree(work)
            files = _digests(work)
            digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
            name = f"{record.id:06d}-{digest[:8]}"
            work.rename(root / name)
            fsync_folder(root)
            step("generation-renamed")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"The index cannot be stored: {error.strerror or error}.") from error
    except ValueError as error:  # tantivy's word for every failure, a full disk included
        raise StorageError("The lexical index cannot be stored; is the disk full?") from error
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return GenerationRecord(
        id=record.id, name=name, created_at=created, model=record.model, fingerprint=record.fingerprint,
        dimension=record.dimension, count=count, splitting=record.splitting, files=files,
    )  # fmt: skip


class Generation:
    """Opens and verifies the files of ``record`` under ``root``. Safe to share between threads.

    ``lists`` and ``names`` are what a register is made from. Raises GenerationError if a file is missing, damaged or
    not the one recorded.
    """

    def __init__(self, root: Path, record: GenerationRecord) -> None:
        self.record = record
        folder = root / record.name
        try:
            for name, digest in record.files.items():
                if name.startswith("lexical/") and file_digest(folder / name) != digest:
                    raise GenerationError(_DAMAGED)
            rows = np.frombuffer(_verified(folder, record, "rows.bin"), dtype=_ROW)
            self._collections: list[str] = json.loads(_verified(folder, record, "collections.json"))
            content = np.frombuffer(_verified(folder, record, "vectors.faiss"), dtype=np.uint8)
            self._index = faiss.deserialize_index(content)
            self._lexical = LexicalIndex(folder / "lexical")
            later = {VOCABULARY, LISTS, NAMES} <= record.files.keys()
            words, lists, names = (
                _verified(folder, record, name) if later else b"" for name in (VOCABULARY, LISTS, NAMES)
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise GenerationError(_DAMAGED) from error
        if self._index.d != record.dimension or self._index.ntotal != record.count or len(rows) != record.count:
            raise GenerationError(_DAMAGED)
        self._rows = rows
        self._ids: npt.NDArray[np.int64] = np.ascontiguousarray(rows["id"])
        self._words = words
        self.lists, self.names = lists, names

    @property
    def lexical(self) -> LexicalIndex:
        return self._lexical

    @property
    def placed(self) -> dict[int, str]:
        """The collections of the passages, by their ids."""
        return {int(row["id"]): self._collections[row["collection"]] for row in self._rows}

    def vocabulary(self, collections: tuple[str, ...] = ()) -> Vocabulary:
        """The words of all documents, or of these ``collections`` alone: whoever may not read the others is told
        no word of theirs.
        """
        return IndexedVocabulary(self._words, partial(self._lexical.passages, collections=collections))

    def search(self, vector: Vectors, wanted: Sequence[Concept], limit: int, limits: Filter) -> list[Candidate]:
        """The ``limit`` nearest by cosine and the ``limit`` best by BM25, together, in order of id."""
        if limits.since is not None and limits.until is not None and limits.since > limits.until:
            return []  # a year would pass both limits, though no day of it lies between them
        lexical = dict(self._lexical.search(wanted, limit, limits))
        positions = set(self._nearest(vector, limit, limits).tolist())
        positions.update(np.searchsorted(self._ids, np.array(sorted(lexical), dtype=np.int64)).tolist())
        if not positions:
            return []
        found = np.array(sorted(positions), dtype=np.int64)
        cosines = np.clip(self._index.reconstruct_batch(found) @ vector, -1.0, 1.0)
        return [
            Candidate(passage_id, cosine, lexical.get(passage_id, 0.0))
            for passage_id, cosine in zip(self._ids[found].tolist(), cosines.tolist(), strict=True)
        ]

    def _nearest(self, vector: Vectors, limit: int, limits: Filter) -> npt.NDArray[np.int64]:
        if self.record.count == 0 or limit < 1:
            return np.zeros(0, dtype=np.int64)
        parameters = None
        if limits.limits:
            allowed = np.flatnonzero(self._allowed(limits))
            if len(allowed) == 0:
                return allowed
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        wanted = limit
        while True:
            # One more than is wanted: of passages that are equally near, FAISS keeps any, and the first are meant.
            size = min(wanted + 1, self.record.count)
            cosines, found = self._index.search(query, size, params=parameters)
            near, positions = np.round(cosines[0][found[0] >= 0], _DECIMALS), found[0][found[0] >= 0]
            if len(positions) < size or size == self.record.count or near[-1] < near[limit - 1]:
                ordered: npt.NDArray[np.int64] = positions[np.lexsort((positions, -near))]
                return ordered[:limit]  # FAISS fills up with -1 where fewer pass the filter
            wanted *= 4

    def _allowed(self, limits: Filter) -> npt.NDArray[np.bool_]:
        allowed = np.ones(len(self._rows), dtype=np.bool_)
        if limits.collections:
            wanted = [number for number, name in enumerate(self._collections) if name in limits.collections]
            allowed &= np.isin(self._rows["collection"], wanted)
        if limits.since is not None:
            allowed &= self._rows["last"] >= limits.since.toordinal()
        if limits.until is not None:
            allowed &= self._rows["first"] <= limits.until.toordinal()
        return allowed


def has_every_file(record: GenerationRecord) -> bool:
    """Whether a generation is of today's format. One built before still answers, until a sync builds it again."""
    return {VOCABULARY, LISTS, NAMES, f"lexical/{PARTS}"} <= record.files.keys()


def days(published: str | None) -> tuple[int, int]:
    """First and last day, as proleptic Gregorian ordinals, of an ISO 8601 date of any precision.

    What is not such a date counts as no date.
    """
    if published is None:
        return NO_DATE
    found = _ISO_DATE.fullmatch(published)
    if found is None:
        return NO_DATE
    year, month, day = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        last = first if month else first.replace(month=12)
        return first.toordinal(), last.replace(day=int(day or monthrange(last.year, last.month)[1])).toordinal()
    except ValueError:
        return NO_DATE


def parse_day(text: str, *, last: bool) -> date:
    """The first (or ``last``) day of a date as people type it: YYYY, YYYY-MM or YYYY-MM-DD.

    Raises UsageError.
    """
    found = days(text.strip())
    if found == NO_DATE:
        raise UsageError(f"{text} is not a date as in 2017, 2017-05 or 2017-05-31.")
    return date.fromordinal(found[last])


def remove_others(root: Path, keep: set[str]) -> None:
    """Deletes generations (and unfinished ones) that are not in ``keep``. A process that has one open
    keeps what it opened: POSIX removes a file only when its last user is gone.
    """
    if root.is_dir():
        for folder in root.iterdir():
            if folder.is_dir() and folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)  # a leftover costs space, never an answer


_DAMAGED = "The index files are missing or damaged; run: legation sync"


def _write(work: Path, rows: Iterable[Row], vectors: Vectors, dimension: int) -> int:
    index = faiss.IndexFlatIP(dimension)
    index.add(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1, dimension))
    # serialize_index, because write_index can lose the error of a full disk.
    (work / "vectors.faiss").write_bytes(faiss.serialize_index(index).tobytes())
    table: list[tuple[int, int, int, int]] = []
    collections: dict[str, int] = {}
    words = WordCollector()

    def lexical_rows() -> Iterable[LexicalRow]:
        for row in rows:
            first, last = days(row.published)
            table.append((row.passage_id, collections.setdefault(row.collection, len(collections)), first, last))
            words.take(row.text)
            yield LexicalRow(row.passage_id, row.text, row.collection, first, last)

    build_lexical(work / "lexical", lexical_rows())
    (work / "rows.bin").write_bytes(np.array(table, dtype=_ROW).tobytes())
    (work / "collections.json").write_text(json.dumps(list(collections)))
    (work / VOCABULARY).write_bytes(words.content())
    if len(table) != index.ntotal:
        raise GenerationError(f"The library gave {len(table)} passages and {index.ntotal} vectors.")
    if any(following[0] <= row[0] for row, following in pairwise(table)):
        raise GenerationError("The library gave passages out of order.")  # search looks ids up by bisection
    return len(table)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in files}


def _verified(folder: Path, record: GenerationRecord, name: str) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise GenerationError(_DAMAGED) from error
    if hashlib.sha256(content).hexdigest() != record.files.get(name):
        raise GenerationError(_DAMAGED)
    return content
