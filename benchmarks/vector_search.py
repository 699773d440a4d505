"""Ways to find the nearest vectors as an index grows: exact, our codes in cells, all codes, and others of FAISS.

The vectors are those of an indexed library and of copies of them, turned at random (growing/copies.py says how): as
many and as varied as so many passages have, but not real ones. recall@10 is the share of the ten nearest by exact
search that are found, of passages equally near any; every way weighs what it finds by exact cosines. One thread, but
for ours, which have two.

    python benchmarks/vector_search.py --home FOLDER --questions FILE --vectors 10000 100000 1000000

Up to 65,536 passages ours looks at all of them. What is missed where it does not, among vectors that are all real,
tells --looked-at with --vectors of no more than the library has:

    python benchmarks/vector_search.py --home FOLDER --questions FILE --vectors 30000 --looked-at 5000
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).parent / "growing"))

import faiss
import numpy as np
from copies import moved
from machine import Table, parser, report
from plots import percentile

from index import cells
from index.cells import Cells, cells_of, learn_centroids, learned_from, number_of_cells, unplaced
from index.codes import codes_of
from index.export import DEFAULT_MODEL, load_encoder
from index.home import Home
from index.library import Library
from index.nearest import Chunk, CompressedVectors
from index.types import Vectors

NEAREST = 10
PART = 2**14
PROBES = (32, 128)
EFFORTS = (64, 256)
"""Of HNSW: how many it keeps in sight."""

MOST_FOR_HNSW = 100_000
Search = Callable[[Vectors], np.ndarray]


def main() -> None:
    options = _options()
    cells.LOOKED_AT = options.looked_at
    library = Library(Home(options.home).library)
    record = library.current()
    if record is None:
        sys.exit("The library was not indexed yet.")
    rows = library.passage_rows(sorted(library.members()), record.splitting)
    real = library.vectors.of_passages([row.id for row in rows], record.fingerprint, record.dimension)
    encoder = load_encoder(DEFAULT_MODEL, "int8", options.model_cache)
    lines = map(json.loads, options.questions.read_text().splitlines())
    questions = np.stack([encoder.encode_query(line.get("question") or line["text"]) for line in lines])
    faiss.omp_set_num_threads(1)
    tables = [Table(f"{size:,} vectors", list(_measured(real, size, questions))) for size in sorted(options.vectors)]
    report("Vector search", tables, options.json, (f"{len(real):,} vectors are real, {len(questions)} questions.",))


def _measured(real: Vectors, size: int, questions: Vectors) -> Iterator[dict[str, Any]]:
    vectors = _grown(real, size)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    exact = flat.search(questions, NEAREST)[0]
    for way, build_seconds, mebibytes, search in _ways(vectors, flat):
        print(f"{size:,}: {way}", file=sys.stderr)
        times, found = [], []
        for question in questions:
            started = time.perf_counter()
            found.append(search(question))
            times.append((time.perf_counter() - started) * 1000)
        shares = [
            np.sum(np.sort(vectors[positions] @ question)[::-1][:NEAREST] >= nearest[-1] - 1e-5) / NEAREST
            for question, positions, nearest in zip(questions, found, exact, strict=True)
        ]
        yield {
            "way": way,
            "recall@10": float(np.mean(shares)),
            "median ms": median(times),
            "99th ms": percentile(times, 99),
            "built s": build_seconds,
            "MiB in memory": mebibytes,
        }


def _grown(real: Vectors, size: int) -> Vectors:
    vectors = np.empty((size, real.shape[1]), dtype=np.float32)
    vectors[: len(real)] = real[:size]
    generator = np.random.default_rng(size)
    for start in range(len(real), size, PART):
        end = min(size, start + PART)
        vectors[start:end] = moved(real[generator.integers(0, len(real), end - start)], generator)
    return vectors


def _ways(vectors: Vectors, flat: faiss.IndexFlatIP) -> Iterator[tuple[str, float, float, Search]]:
    count, dimension = vectors.shape
    yield "exact (flat)", 0.0, vectors.nbytes / 2**20, lambda question: flat.search(question[None], NEAREST)[1][0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.f32"
        started = time.perf_counter()
        file.write_bytes(vectors.tobytes())
        chunk = Chunk(file, codes_of(vectors))
        for name, placed in (("ours: codes in cells, the best exact", _cells(vectors)), ("all codes", _one(vectors))):
            ours = CompressedVectors([chunk], placed, dimension)
            seconds = time.perf_counter() - started
            held = len(chunk.codes) + placed.centroids.nbytes + placed.numbers.nbytes + 8 * count
            yield name, seconds, held / 2**20, partial(_ours, ours)
            started = time.perf_counter()
    lists = int(4 * count**0.5)
    index, seconds = _built(f"IVF{lists},SQ8", vectors)
    for probes in PROBES:
        index.nprobe = probes
        yield (
            f"IVF of {lists:,} lists, SQ8, {probes} probed",
            seconds,
            count * dimension / 2**20,
            lambda question: index.search(question[None], 10 * NEAREST)[1][0],
        )
    if count <= MOST_FOR_HNSW:
        index, seconds = _built("HNSW32,SQ8", vectors)
        for effort in EFFORTS:
            index.hnsw.efSearch = effort
            yield (
                f"HNSW of 32 links, SQ8, effort {effort}",
                seconds,
                count * (dimension + 32 * 2 * 4) / 2**20,
                (lambda question: index.search(question[None], 10 * NEAREST)[1][0]),
            )


def _ours(vectors: CompressedVectors, question: Vectors) -> np.ndarray:
    return vectors.nearest(question, NEAREST, None)[0]


def _cells(vectors: Vectors) -> Cells:
    """As a collection of all of them has, or would have if it was larger."""
    count = number_of_cells(len(vectors), 0)
    centroids = learn_centroids(vectors[learned_from(len(vectors), 0)], count)
    return Cells(cells_of(vectors, centroids).astype(np.int32), centroids, np.ones(count, dtype=np.bool_))


def _one(vectors: Vectors) -> Cells:
    """None whose place is known: everything is looked at."""
    numbers = unplaced(len(vectors)).astype(np.int32)
    count = int(numbers.max()) + 1
    return Cells(numbers, np.zeros((count, vectors.shape[1]), dtype=np.float32), np.zeros(count, dtype=np.bool_))


def _built(kind: str, vectors: Vectors) -> tuple[Any, float]:
    """With all cores: building is not what is compared."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    started = time.perf_counter()
    index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:: max(1, len(vectors) // 80_000)])
    index.add(vectors)
    seconds = time.perf_counter() - started
    faiss.omp_set_num_threads(1)
    return index, seconds


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--home", type=Path, required=True, metavar="FOLDER", help="the home of an indexed library")
    made.add_argument("--questions", type=Path, required=True, metavar="FILE", help="JSON lines with question or text")
    made.add_argument(
        "--looked-at", type=int, default=cells.LOOKED_AT, metavar="N",
        help=f"passages that ours looks at at least (default {cells.LOOKED_AT:,}; fewer, to see what is missed)",
    )  # fmt: skip
    made.add_argument("--vectors", type=int, nargs="+", default=[10_000, 100_000], metavar="N", help="sizes")
    return made.parse_args()


if __name__ == "__main__":
    main()
