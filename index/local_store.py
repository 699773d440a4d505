"""Generations in folders of one machine: FAISS vectors and tantivy indexes.

A generation is written beside the others, durably, under a name that tells of its content, and never changed after.
What did not change since the one before is taken over from it: vectors by chunks of passage ids, words and cells by
collections; a collection that only grew gets what is new added. One that lost a passage is indexed by words, and its
cells are learned, anew: what is gone counts nowhere.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.cells import CELLS_FROM
from index.errors import GenerationError, StorageError
from index.generation import Generation
from index.generation_before import Part, parts, read_before
from index.generation_files import COLLECTIONS, FORMAT, FORMAT_FILE, LISTS, NAMES, NOTHING, ROW, ROWS, VOCABULARY
from index.home import delete_folder, fsync_folder, fsync_tree
from index.lexical import PARTS, LexicalRow, add, write_parts
from index.library_rows import GenerationRecord
from index.nearest import EXACT_UP_TO
from index.onnx_model import file_digest
from index.passage_index import Content, Places
from index.pieces import Pieces, key_of
from index.vector_files import Build, write_cells, write_vectors
from index.vocabulary import WordCollector, merge

_BATCH = 2**13
"""Passages whose texts are asked for at once."""


class LocalStore:
    """The generations in the folder ``root``; see ``index.passage_index.PassageStore`` for the methods. Up to
    ``exact_up_to`` passages, every cosine is computed; a collection has cells from ``cells_from`` passages on.
    """

    def __init__(self, root: Path, exact_up_to: int = EXACT_UP_TO, cells_from: int = CELLS_FROM) -> None:
        self._root, self._exact_up_to, self._cells_from = root, exact_up_to, cells_from

    def open(self, record: GenerationRecord) -> Generation:
        if ROWS not in record.files:  # as where the settings no longer name an engine
            raise GenerationError("The index was built in another store; run: legation sync")
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
                former = read_before(self._root, before)
                pieces = Pieces(work, former.files if former else None)
                build = Build(work, record, places, content, former, pieces)
                files = _write(build, lists, names, self._cells_from)
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


def _write(build: Build, lists: bytes, names: bytes, cells_from: int) -> dict[str, str]:
    """All files of a generation, and their digests."""
    work, places, pieces = build.work, build.places, build.pieces
    for folder in ("vectors", "cells", "lexical", "words"):
        (work / folder).mkdir(exist_ok=True)
    write_vectors(build)
    words = []
    for part in parts(places, build.before):
        write_cells(build, part, cells_from)
        words.append(_write_words(build, part))
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


def _write_words(build: Build, part: Part) -> bytes:
    """What is found by words in one collection. Returns the file of its words."""
    work, content, pieces = build.work, build.content, build.pieces
    names, former = [f"lexical/{part.number}", f"words/{part.number}.txt"], []
    own, waiting = part.rows, part.rows[part.new]
    if part.before is not None:
        former = [f"lexical/{part.before}", f"words/{part.before}.txt"]
    digest = content.digest(waiting["id"].tolist())
    key = key_of(FORMAT, part.collection, own.tobytes(), pieces.former_digest(former), digest)
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
