"""Which documents an answer quotes, with and without the reader, on sets in BEIR layout.

The reader orders sentences, not passages, so that ``legation eval --beir`` tells nothing of it. Here every query is
asked as a question, nothing is refused, and the documents of the quotes are ranked as they come, each at its first
quote. "Passages" are the documents as the search ranks them, which the reader has no part in. Only queries with a
relevant document are asked. Ranges are 95% bootstrap intervals; those of the differences are of the same queries with
and without.

    python benchmarks/quoted_documents.py SCIFACT OBLIQA SQUAD2 --home HOME --limit 300

What is indexed is kept in HOME and used again.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from machine import Table, parser, report

from bot.assemble import Legation
from bot.evaluation.asking import measuring
from bot.evaluation.beir import RetrievalSet, Scores, document_scores, find_hits, measured, read_set, write_files
from bot.evaluation.measures import interval, share
from bot.question import make_question
from bot.settings import load_settings

QUOTES = 10
WITHOUT, WITH = "without the reader", "with the reader"
READERS = {WITHOUT: "none", WITH: "shipped"}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a set in BEIR layout")
    made.add_argument("--home", type=Path, required=True, metavar="HOME", help="keep the indexes here")
    made.add_argument("--limit", type=int, metavar="N", help="only N of the queries, in all documents")
    options = made.parse_args()
    rows: list[dict[str, Any]] = []
    for folder in options.folders:
        rows += _rows(read_set(folder, options.limit), options.home.absolute(), options.model_cache)
    report("Quoted documents", [Table("The first right document among those quoted", rows)], options.json)


def _rows(chosen: RetrievalSet, home: Path, cache: Path | None) -> Iterator[dict[str, Any]]:
    cannot = {case.id for case in chosen.cases if not case.answerable}
    relevant = {query: grades for query, grades in chosen.relevant.items() if query not in cannot}
    place = home / "sets" / chosen.folder.name
    ids = write_files(chosen, place)
    found: dict[str, dict[str, list[float]]] = {}
    for name, reranker in READERS.items():
        settings = load_settings(home, reranker=reranker, quotes=QUOTES)
        legation = Legation(settings.model_copy(update={"model_cache": cache or settings.model_cache}))
        asked = measuring(legation, place)
        if not found:
            searcher = asked.searcher()
            hits = {query: find_hits(searcher, chosen.queries[query]) for query in relevant}
            run = {query: document_scores(each, ids, lambda hit: hit.score) for query, each in hits.items()}
            found["passages"] = _figures(relevant, run)
            yield _row(chosen.folder.name, "passages", found["passages"])
        run, times = {}, []
        for query in relevant:
            answer = asked.answerer.answer(make_question(chosen.queries[query]))
            times.append(answer.elapsed_ms)
            names = dict.fromkeys(ids[quote.document.path] for quote in answer.quotes)
            run[query] = {document: 1 / rank for rank, document in enumerate(names, start=1)}
        found[name] = _figures(relevant, run)
        yield _row(chosen.folder.name, name, found[name]) | {"median ms": median(times)}
    both = found[WITH], found[WITHOUT]
    differences = {each: np.subtract(*(figures[each] for figures in both)).tolist() for each in both[0]}
    yield _row(chosen.folder.name, "difference", differences)


def _figures(relevant: Mapping[str, Mapping[str, int]], run: Scores) -> dict[str, list[float]]:
    """By figure, its value of every query. ``first``: whether the first document is a relevant one."""
    best = {query: max(scores, key=scores.__getitem__, default=None) for query, scores in run.items()}
    first = [float(best[query] in grades) for query, grades in relevant.items()]
    return {"first": first, "nDCG@10": measured(relevant, run)["nDCG@10"]}


def _row(name: str, how: str, figures: Mapping[str, list[float]]) -> dict[str, Any]:
    row: dict[str, Any] = {"set": name, "": how, "queries": len(figures["first"])}
    for each, values in figures.items():
        low, high = interval(share, values)
        row[each] = f"{share(values):.3f} ({low:.3f} to {high:.3f})"
    return row | {"median ms": ""}


if __name__ == "__main__":
    main()
