"""How well the product's own search ranks the documents of retrieval sets in BEIR layout.

A set is a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv (Thakur et al. 2021,
https://github.com/beir-cellar/beir). Its entries are written out as text files and go through a real
sync: read, split, encoded, indexed. A document is as good as its best passage. Dense and BM25 alone
rank the same passages by one of the two scores that the product fuses. Queries without any relevant
document are left out. The measures are those of trec_eval; needs: pip install ir-measures

    python benchmarks/retrieval.py path/to/scifact --compare-precisions
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
from ir_measures import RR, R, nDCG

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, parser, report

from bot.settings import Settings
from index.encode import OnnxEncoder
from index.export import DEFAULT_MODEL, load_encoder
from index.home import Home
from index.library import Library
from index.search import CANDIDATES, Searcher
from index.sync import Limits, sync
from index.types import Filter, Hit, Source

MEASURES = {"nDCG@10": nDCG @ 10, "recall@10": R @ 10, "recall@100": R @ 100, "MRR@10": RR @ 10}
PASSAGES = 100
"""That a ranking of documents is made from."""

SIDES: dict[str, Callable[[Hit], float]] = {
    "fused": lambda hit: hit.score,
    "dense alone": lambda hit: hit.dense,
    "BM25 alone": lambda hit: hit.lexical,
}
MOST_BYTES = 32_000_000
SOURCE = "beir"

Run = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """``folder`` in BEIR layout: queries by id, and their relevant documents with a grade above 0."""

    folder: Path
    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]

    def entries(self) -> Iterator[Mapping[str, Any]]:
        yield from _lines(self.folder / "corpus.jsonl")


def main() -> None:
    options = _options()
    if options.keep is not None and len(options.folders) > 1:
        sys.exit("--keep goes with one set: two would be searched as one.")
    precisions = ("int8", "float32") if options.compare_precisions else (options.precision,)
    rows: list[dict[str, Any]] = []
    for folder in options.folders:
        with ExitStack() as stack:
            chosen = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="legation-")))
            rows += _evaluate(_read_set(folder, options.limit), Home(chosen.absolute()), precisions, options)
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
    made.add_argument("--limit", type=int, metavar="N", help="only the first N queries, in all documents")
    return made.parse_args()


def _evaluate(
    chosen: RetrievalSet, home: Home, precisions: tuple[str, ...], options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    corpus, ids = write_files(chosen, home.path / "corpus")
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
                **_measured(chosen, run),
                "ms a query": milliseconds,
            }
    library.close()


def write_files(chosen: RetrievalSet, folder: Path) -> tuple[Path, dict[str, str]]:
    """The corpus as text files, one an entry, and the entry's id by the path of its file.

    A title stands above the text, as the reader of text files expects it. A file without a title would be
    given its name for one; each is therefore named by a space, which says nothing, in a numbered folder.
    """
    ids: dict[str, str] = {}
    for number, entry in enumerate(chosen.entries()):
        path = folder / f"{number:07d}" / " .txt"
        parts = (entry.get("title", "").strip(), entry["text"].strip())
        ids[path.relative_to(folder).as_posix()] = entry["_id"]
        if not path.exists():
            path.parent.mkdir(parents=True)
            path.write_text("\n\n".join(part for part in parts if part), encoding="utf-8")
    return folder, ids


def search_all(chosen: RetrievalSet, searcher: Searcher, ids: Mapping[str, str]) -> dict[str, Run]:
    """For every side and query the score of each document found, which is that of its best passage."""
    runs: dict[str, Run] = {side: {} for side in SIDES}
    for query in chosen.relevant:
        hits = searcher.search(chosen.queries[query], Filter(), limit=2 * CANDIDATES).hits
        for side, score in SIDES.items():
            best = sorted(hits, key=score, reverse=True)[:PASSAGES]
            scores = runs[side].setdefault(query, {})
            for hit in best:
                scores.setdefault(ids[hit.stored.document.path], score(hit))
    return runs


def _measured(chosen: RetrievalSet, run: Run) -> dict[str, float]:
    found = ir_measures.calc_aggregate(list(MEASURES.values()), chosen.relevant, run)
    return {name: float(found[measure]) for name, measure in MEASURES.items()}


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


def _read_set(folder: Path, limit: int | None) -> RetrievalSet:
    queries = {query["_id"]: query["text"] for query in _lines(folder / "queries.jsonl")}
    relevant: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return RetrievalSet(folder, queries, dict(list(relevant.items())[:limit]))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


if __name__ == "__main__":
    main()
