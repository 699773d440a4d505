"""Generations in folders of one machine: FAISS vectors and tantivy indexes.

A generation is written beside the others, durably, under a name that tells of its content, and never changed after.
What did not change since the one before is taken over from it: vectors by chunks of passage ids, words by collections;
a collection that only grew gets what is new added. A collection that lost a passage is indexed by words anew, so that
what is gone counts nowhere.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.errors import GenerationError, StorageError
from index.generation import (
    COLLECTIONS,
    FORMAT,
    FORMAT_FILE,
    LISTS,
    NAMES,
    NOTHING,
    ROW,
    ROWS,
    VOCABULARY,
    Generation,
    is_of_todays_format,
    verified,
)  # fmt: skip
from index.home import delete_folder, fsync_folder, fsync_tree
from index.lexical import PARTS, LexicalRow, add, write_parts
from index.library_rows import GenerationRecord
from index.nearest import EXACT_UP_TO, chunks, codes_of
from index.onnx_model import file_digest
from index.passage_index import Content, Places
from index.pieces import Former, Pieces, key_of
from index.vocabulary import WordCollector, merge

_BATCH = 2**13
"""Passages whose texts are asked for at once."""


class LocalStore:
    """The generations in the folder ``root``; see ``index.passage_index.PassageStore`` for the methods. Up to
    ``exact_up_to`` passages, every cosine is computed.
    """

    def __init__(self, root: Path, exact_up_to: int = EXACT_UP_TO) -> None:
        self._root, self._exact_up_to = root, exact_up_to

    def open(self, record: GenerationRecord) -> Generation:
        return Generation(self._root, record, self._exact_up_to)

    def build(
        self,
        record: GenerationRecord,
        places: Places,
        content: Content,
        step: Callable[[str], None],
        lists: bytes = NOTHING,
        names: bytes = NOTHING,
        before: GenerationRecord | None = None,
    ) -> GenerationRecord:
        if np.any(np.diff(places.ids) <= 0):
            raise GenerationError("The library gave passages out of order.")  # search looks ids up by bisection
        work = self._root / f".building-{record.id:06d}"
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            try:
                self._make_room(record.id, work.name, before)
                files = _write(work, record, places, content, lists, names, _before(self._root, before))
                step("generation-written")
                fsync_tree(work)
                digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
                name = f"{record.id:06d}-{digest[:8]}"
                work.rename(self._root / name)
                fsync_folder(self._root)
                step("generation-renamed")
            except Exception:  # whoever is killed or interrupted leaves what is done for the next build
                shutil.rmtree(work, ignore_errors=True)
                raise
        except OSError as error:
            raise StorageError(f"The index cannot be stored: {error.strerror or error}.") from error
        except ValueError as error:  # tantivy's word for every failure, a full disk included
            raise StorageError("The lexical index cannot be stored; is the disk full?") from error
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return replace(record, name=name, created_at=created, count=len(places.ids), files=files)

    def _make_room(self, number: int, work: str, before: GenerationRecord | None) -> None:
        """Deletes what other builds have left: on a full disk it would only grow."""
        if before is not None:
            self.remove_others({work, before.name})
        for folder in self._root.iterdir():
            if folder.name != work and folder.name.startswith((".building-", f"{number:06d}-")):
                delete_folder(folder)

    def remove_others(self, keep: Collection[str]) -> None:
        """A process that has one open keeps what it opened: POSIX removes a file only when its last user is gone."""
        if self._root.is_dir():
            for folder in self._root.iterdir():
                if folder.is_dir() and folder.name not in keep:
                    shutil.rmtree(folder, ignore_errors=True)  # a leftover costs space, never an answer


@dataclass(frozen=True, slots=True)
class _Before:
    """The generation before, as far as it can be used."""

    files: Former
    fingerprint: str
    places: Places


def _before(root: Path, record: GenerationRecord | None) -> _Before | None:
    if record is None or not is_of_todays_format(record):
        return None
    folder = root / record.name
    try:
        rows = np.frombuffer(verified(folder, record, ROWS), dtype=ROW)
        collections = tuple(json.loads(verified(folder, record, COLLECTIONS)))
    except GenerationError:
        return None
    places = Places(rows["id"].astype(np.int64), collections, rows["collection"], rows["first"], rows["last"])
    return _Before(Former(folder, record.files), record.fingerprint, places)


def _write(
    work: Path,
    record: GenerationRecord,
    places: Places,
    content: Content,
    lists: bytes,
    names: bytes,
    before: _Before | None,
) -> dict[str, str]:
    """All files of a generation, and their digests."""
    pieces = Pieces(work, before.files if before else None)
    for folder in ("vectors", "lexical", "words"):
        (work / folder).mkdir(exist_ok=True)
    _write_vectors(work, record, places, content, before, pieces)
    words = [_write_part(work, number, places, content, before, pieces) for number in range(len(places.collections))]
    pieces.end()
    table = np.zeros(len(places.ids), dtype=ROW)
    table["id"], table["collection"] = places.ids, places.collection
    table["first"], table["last"] = places.first, places.last
    (work / ROWS).write_bytes(table.tobytes())
    (work / COLLECTIONS).write_text(json.dumps(places.collections))
    (work / VOCABULARY).write_bytes(merge(words))
    (work / FORMAT_FILE).write_bytes(FORMAT)
    (work / LISTS).write_bytes(lists)
    (work / NAMES).write_bytes(names)
    write_parts(work / "lexical", places.collections)
    others = (ROWS, COLLECTIONS, VOCABULARY, FORMAT_FILE, LISTS, NAMES, f"lexical/{PARTS}")
    return dict(sorted((pieces.files | {name: file_digest(work / name) for name in others}).items()))


def _write_vectors(
    work: Path, record: GenerationRecord, places: Places, content: Content, before: _Before | None, pieces: Pieces
) -> None:
    former = {}
    if before is not None and before.fingerprint == record.fingerprint:
        former = {number: before.places.ids[where] for number, where in chunks(before.places.ids)}
    for number, where in chunks(places.ids):
        ids = places.ids[where]
        names = [f"vectors/{number:08d}.{kind}" for kind in ("f32", "codes")]
        same = number in former and np.array_equal(former[number], ids)
        held = pieces.former_digest(names) if same else content.digest(ids.tolist())
        key = key_of(FORMAT, record.fingerprint, ids.tobytes(), held)
        if pieces.made(names, key):
            continue
        taken = pieces.take_over(names, names) if same else None
        if taken is None:
            vectors = np.ascontiguousarray(content.vectors(ids.tolist()), dtype="<f4")
            if vectors.shape != (len(ids), record.dimension):
                raise GenerationError(f"The library gave {len(ids)} passages and {len(vectors)} vectors.")
            (work / names[0]).write_bytes(vectors.tobytes())
            (work / names[1]).write_bytes(codes_of(vectors))
        pieces.finish(names, key, taken)


def _write_part(
    work: Path, number: int, places: Places, content: Content, before: _Before | None, pieces: Pieces
) -> bytes:
    """What is found by words in one collection. Returns the file of its words."""
    collection, own = places.collections[number], _of(places, number)
    names = [f"lexical/{number}", f"words/{number}.txt"]
    waiting, former = own, []
    if before is not None and collection in before.places.collections:
        there = before.places.collections.index(collection)
        held = _of(before.places, there)
        new = np.isin(own["id"], held["id"], invert=True)
        if np.array_equal(own[~new], held):
            waiting, former = own[new], [f"lexical/{there}", f"words/{there}.txt"]
    digest = content.digest(waiting["id"].tolist())
    key = key_of(FORMAT, collection, own.tobytes(), pieces.former_digest(former), digest)
    if pieces.made(names, key):
        return (work / names[1]).read_bytes()
    taken = pieces.take_over(names, former) if former else None
    if taken is None:
        waiting = own
    words = WordCollector(b"" if taken is None else (work / names[1]).read_bytes())
    if len(waiting) or taken is None:
        taken = None  # what is added changes some of it
        (work / names[0]).mkdir(exist_ok=True)
        add(work / names[0], _lexical_rows(waiting, content, words))
        (work / names[1]).unlink(missing_ok=True)  # it may be another generation's, too
        (work / names[1]).write_bytes(words.content())
    pieces.finish(names, key, taken)
    return words.content()


def _lexical_rows(rows: npt.NDArray[np.void], content: Content, words: WordCollector) -> Iterator[LexicalRow]:
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        texts = content.texts(batch["id"].tolist())
        for passage_id, text, first, last in zip(*_columns(batch, texts), strict=True):
            words.take(text)
            yield LexicalRow(passage_id, text, first, last)


def _columns(rows: npt.NDArray[np.void], texts: Iterator[str]) -> tuple[list[int], Iterator[str], list[int], list[int]]:
    return rows["id"].tolist(), texts, rows["first"].tolist(), rows["last"].tolist()


def _of(places: Places, number: int) -> npt.NDArray[np.void]:
    """The passages of a collection: all that their part depends on."""
    own = np.flatnonzero(places.collection == number)
    rows = np.zeros(len(own), dtype=[("id", "<i8"), ("first", "<i4"), ("last", "<i4")])
    rows["id"], rows["first"], rows["last"] = places.ids[own], places.first[own], places.last[own]
    return rows
