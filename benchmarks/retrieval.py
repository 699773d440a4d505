"""How well the product's own search ranks the documents of retrieval sets in BEIR layout.

legation eval --beir, but each set in both precisions, and with each side of the search alone: dense and BM25
alone rank the same passages by one of the two scores that the product fuses. bot/evaluation/beir.py says
what a set is and how it is measured. Queries without any relevant document are left out. Needs the
extra "eval".

    python benchmarks/retrieval.py path/to/scifact --compare-precisions
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, parser, report

from bot.evaluation.beir import (
    MEASURES,
    RetrievalSet,
    Scores,
    document_scores,
    find_hits,
    measured,
    read_set,
    write_files,
)
from bot.evaluation.measures import share
from bot.settings import Settings
from index.encode import OnnxEncoder
from index.export import DEFAULT_MODEL, load_encoder
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import Limits, sync
from index.types import Hit, Source

SIDES: dict[str, Callable[[Hit], float]] = {
    "fused": lambda hit: hit.score,
    "dense alone": lambda hit: hit.dense,
    "BM25 alone": lambda hit: hit.lexical,
}
MOST_BYTES = 32_000_000
SOURCE = "beir"


def main() -> None:
    options = _options()
    if options.keep is not None and len(options.folders) > 1:
        sys.exit("--keep goes with one set: two would be searched as one.")
    precisions = ("int8", "float32") if options.compare_precisions else (options.precision,)
    rows: list[dict[str, Any]] = []
    for folder in options.folders:
        with ExitStack() as stack:
            chosen = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="legation-")))
            rows += _evaluate(read_set(folder, options.limit), Home(chosen.absolute()), precisions, options)
    tables = [Table("Ranking of documents", rows)]
    if options.compare_precisions:
        tables.append(Table("What int8 loses: float32 minus int8", list(_differences(rows))))
    report("Retrieval", tables, options.json, extra=("ir-measures",))


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a set in BEIR layout")
    made.add_argument("--precision", choices=("int8", "float32"), default="int8")
    made.add_argument("--compare-precisions", action="store_true", help="both, and their difference")
    made.add_argument(
        "--passage-tokens", type=int, metavar="N", default=Settings.model_fields["passage_tokens"].default
    )
    made.add_argument("--keep", type=Path, metavar="HOME", help="build the library there or use it")
    made.add_argument("--limit", type=int, metavar="N", help="only N of the queries, in all documents")
    return made.parse_args()


def _evaluate(
    chosen: RetrievalSet, home: Home, precisions: tuple[str, ...], options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    corpus = home.path / "corpus"
    ids = write_files(chosen, corpus)
    library = Library(home.library)
    for precision in precisions:
        encoder = load_encoder(DEFAULT_MODEL, precision, options.model_cache or home.models)
        started = time.perf_counter()
        limits = Limits(MOST_BYTES, options.passage_tokens)
        indexed = sync(home, library, encoder, limits, add=(Source(SOURCE, str(corpus), SOURCE),))
        seconds = time.perf_counter() - started
        print(f"{chosen.folder.name} {precision}: synced in {seconds:.0f} s", file=sys.stderr)
        started = time.perf_counter()
        runs = search_all(chosen, Searcher(home, library, encoder), ids)
        milliseconds = (time.perf_counter() - started) * 1000 / len(chosen.relevant)
        for side, run in runs.items():
            yield {
                "set": chosen.folder.name,
                "precision": _precision(encoder, precision),
                "side": side,
                "documents": len(ids),
                "passages": indexed.passages,
                "passage tokens": options.passage_tokens,
                "queries": len(chosen.relevant),
                **_means(chosen, run),
                "ms a query": milliseconds,
            }
    library.close()


def search_all(chosen: RetrievalSet, searcher: Searcher, ids: Mapping[str, str]) -> dict[str, Scores]:
    """For every side and query the score of each document found, which is that of its best passage."""
    runs: dict[str, Scores] = {side: {} for side in SIDES}
    for query in chosen.relevant:
        hits = find_hits(searcher, chosen.queries[query])
        for side, score in SIDES.items():
            runs[side][query] = document_scores(hits, ids, score)
    return runs


def _means(chosen: RetrievalSet, run: Scores) -> dict[str, float]:
    return {name: share(values) for name, values in measured(chosen.relevant, run).items()}


def _precision(encoder: OnnxEncoder, asked: str) -> str:
    """An encoder whose int8 was too far from the original runs in float32, and must not be called int8."""
    return asked if encoder.precision == asked else f"{encoder.precision} instead of {asked}"


def _differences(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    found = {(row["set"], row["side"], row["precision"]): row for row in rows}
    for (name, side, precision), row in found.items():
        if precision == "float32" and side in {"fused", "dense alone"}:
            other = found[name, side, "int8"]
            loss = {measure: row[measure] - other[measure] for measure in MEASURES}
            yield {"set": name, "side": side, **loss}


if __name__ == "__main__":
    main()
