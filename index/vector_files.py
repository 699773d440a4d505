"""Vectors of a generation as files: in chunks of passage ids with their codes, and the cells of large collections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.cells import Cells, cells_of, learn_centroids, learned_alike, learned_from, number_of_cells, unplaced
from index.codes import codes_of
from index.errors import GenerationError
from index.generation_before import Before, Part
from index.generation_files import DAMAGED, FORMAT, has_todays_files, verified
from index.library_rows import GenerationRecord
from index.nearest import Chunk, CompressedVectors, ExactVectors, chunks
from index.onnx_model import file_digest
from index.passage_index import Content, Places
from index.pieces import Pieces, key_of
from index.types import Vectors

_FIRST_VECTORS = "vectors.faiss"
"""All vectors, in the first format."""


@dataclass(frozen=True, slots=True)
class Build:
    """A generation that is being written in the folder ``work``: what it is made from, and its pieces so far."""

    work: Path
    record: GenerationRecord
    places: Places
    content: Content
    before: Before | None
    pieces: Pieces

    @property
    def alike(self) -> Before | None:
        """The generation before, if its vectors are of the same model."""
        return self.before if self.before is not None and self.before.fingerprint == self.record.fingerprint else None


def write_vectors(build: Build) -> None:
    """Those of all passages, and their codes."""
    record, content, pieces, former = build.record, build.content, build.pieces, {}
    if build.alike is not None:
        former = {number: build.alike.places.ids[where] for number, where in chunks(build.alike.places.ids)}
    for number, where in chunks(build.places.ids):
        ids = build.places.ids[where]
        names = [_vectors_file(number), _codes_file(_vectors_file(number))]
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
            (build.work / names[0]).write_bytes(vectors.tobytes())
            (build.work / names[1]).write_bytes(codes_of(vectors))
        pieces.finish(names, key, taken)


def write_cells(build: Build, part: Part, cells_from: int) -> None:
    """The cells of a collection of ``cells_from`` passages or more, whose vectors are written already."""
    work, record, pieces = build.work, build.record, build.pieces
    count = len(part.where)
    cells = number_of_cells(count, cells_from)
    if not cells:
        return
    names, former = [_centroids_file(part.number), _cells_file(part.number)], []
    waiting = np.ones(count, dtype=np.bool_)
    learned = learned_from(count, cells_from)
    grown = part.before if build.alike is not None else None
    alike = learned_alike(count, int(np.count_nonzero(~part.new))) and not part.new[: learned[-1] + 1].any()
    if grown is not None and alike:
        former, waiting = [_centroids_file(grown), _cells_file(grown)], part.new
    ids = part.rows["id"]
    digest = build.content.digest(ids[waiting].tolist())
    key = key_of(FORMAT, record.fingerprint, ids.tobytes(), pieces.former_digest(former), digest)
    if pieces.made(names, key):
        return
    taken = pieces.take_over(names, former) if former else None
    numbers = np.zeros(count, dtype="<u2")
    if taken is not None:
        centroids = np.fromfile(work / names[0], dtype="<f4").reshape(cells, record.dimension)
        numbers[~waiting] = np.fromfile(work / names[1], dtype="<u2")
    else:
        waiting = np.ones(count, dtype=np.bool_)
        sample = np.concatenate(list(_written(build, part.where[learned])))
        centroids = learn_centroids(sample, cells)
        (work / names[0]).write_bytes(centroids.tobytes())
    if waiting.any():
        taken = None  # the second is another now
        vectors = _written(build, part.where[waiting])
        numbers[waiting] = np.concatenate([cells_of(some, centroids) for some in vectors])
        (work / names[1]).unlink(missing_ok=True)  # it may be another generation's, too
        (work / names[1]).write_bytes(numbers.tobytes())
    pieces.finish(names, key, taken)


def _written(build: Build, positions: npt.NDArray[np.int64]) -> Iterator[Vectors]:
    """The vectors at ascending ``positions``, a chunk at a time."""
    for number, where in chunks(build.places.ids):
        wanted = positions[slice(*np.searchsorted(positions, (where.start, where.stop)))] - where.start
        if len(wanted):
            chunk = np.fromfile(build.work / _vectors_file(number), dtype="<f4")
            yield chunk.reshape(-1, build.record.dimension)[wanted]


def open_vectors(
    folder: Path, record: GenerationRecord, collection: npt.NDArray[np.int32], exact_up_to: int
) -> ExactVectors | CompressedVectors:
    """Those of ``record``, whose passages are in the collections of these numbers, shape (passages,). Raises
    GenerationError, and OSError or ValueError if a file is not what it should be.
    """
    if _FIRST_VECTORS in record.files:
        index = faiss.deserialize_index(np.frombuffer(verified(folder, record, _FIRST_VECTORS), dtype=np.uint8))
        if index.d != record.dimension:
            raise GenerationError(DAMAGED)
        return ExactVectors([index.reconstruct_n(0, index.ntotal).tobytes()], record.dimension)
    files = sorted(name for name in record.files if name.startswith("vectors/") and name.endswith(".f32"))
    if record.count <= exact_up_to:
        for name in record.files:
            if name.endswith(".codes") or name.startswith("cells/"):
                verified(folder, record, name)  # not needed, but taken over by a larger generation
        return ExactVectors((verified(folder, record, name) for name in files), record.dimension)
    with ThreadPoolExecutor(thread_name_prefix="verify") as pool:  # their sums take as long as everything else
        chunks = pool.map(partial(_chunk, folder, record), files)
        return CompressedVectors(chunks, _open_cells(folder, record, collection), record.dimension)


def _open_cells(folder: Path, record: GenerationRecord, collection: npt.NDArray[np.int32]) -> Cells:
    """Those of all collections, numbered one after the other."""
    numbers = np.zeros(len(collection), dtype=np.int32)
    centroids: list[Vectors] = []
    known: list[bool] = []
    for each in np.unique(collection).tolist():
        where = np.flatnonzero(collection == each)
        if _cells_file(each) in record.files:
            own = np.frombuffer(verified(folder, record, _cells_file(each)), dtype="<u2")
            places = np.frombuffer(verified(folder, record, _centroids_file(each)), dtype="<f4")
            places = places.reshape(-1, record.dimension)
        else:
            own = unplaced(len(where))
            places = np.zeros((int(own.max()) + 1, record.dimension), dtype=np.float32)
        numbers[where] = own.astype(np.int32) + len(known)
        centroids.append(places)
        known += [_cells_file(each) in record.files] * len(places)
    return Cells(numbers, np.concatenate(centroids), np.array(known))


def _chunk(folder: Path, record: GenerationRecord, name: str) -> Chunk:
    codes = verified(folder, record, _codes_file(name))
    if not has_todays_files(record):  # they are of another kind
        vectors = np.frombuffer(verified(folder, record, name), dtype="<f4").reshape(-1, record.dimension)
        return Chunk(folder / name, codes_of(vectors))
    if file_digest(folder / name) != record.files[name]:
        raise GenerationError(DAMAGED)
    return Chunk(folder / name, codes)


def _vectors_file(chunk: int) -> str:
    return f"vectors/{chunk:08d}.f32"


def _codes_file(name: str) -> str:
    """The file of the codes, by that of their vectors."""
    return f"{name.removesuffix('f32')}codes"


def _cells_file(collection: int) -> str:
    """In which cell each passage of a collection is, in the order of their ids."""
    return f"cells/{collection}.u16"


def _centroids_file(collection: int) -> str:
    return f"cells/{collection}.f32"
