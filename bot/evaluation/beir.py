"""Retrieval sets in BEIR layout: how well documents are ranked, and answers found.

A set is a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv (Thakur et al. 2021,
https://github.com/beir-cellar/beir). Its entries are written out as text files and go through a real
sync: read, split, encoded, indexed. A document is as good as its best passage. The measures are those of
trec_eval, by ir-measures.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluation.questions import ANY_KIND, UNANSWERABLE, Case, json_object, sample
from index.errors import UsageError
from index.search import CANDIDATES, Searcher
from index.types import Filter, Hit, Query

MEASURES = ("nDCG@10", "recall@10", "recall@100", "MRR@10")
PASSAGES = 100
"""That a ranking of documents is made from."""

SOURCE = "beir"

Scores = dict[str, dict[str, float]]
"""By query, the score of every document found for it."""


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """``relevant`` holds, by query, the documents that are relevant, with a grade above 0. ``cases`` are the queries
    whose answers are known, or that are known to have none; many sets tell neither. ``missing`` is how many of the
    relevant documents are not in the corpus.
    """

    folder: Path
    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]
    cases: tuple[Case, ...]
    missing: int = 0

    @property
    def answerable(self) -> int:
        """Queries with a relevant document that are not known to be unanswerable."""
        return len(self.relevant.keys() - {case.id for case in self.cases if not case.answerable})

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """The documents: ``_id``, ``title`` (or none) and ``text``."""
        return _lines(self.folder / "corpus.jsonl")


def read_set(folder: Path, limit: int | None = None) -> RetrievalSet:
    """The set in ``folder``, or ``limit`` of its queries, always the same ones, in all documents. Queries without
    any relevant document are left out, unless they are known to be unanswerable.

    Raises UsageError for a folder that is not in BEIR layout.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder called {folder}.")
    relevant = _relevant(folder / "qrels" / "test.tsv")
    queries = [q for q in _lines(folder / "queries.jsonl") if q["_id"] in relevant or _unanswerable(q)]
    documents = {entry["_id"] for entry in _lines(folder / "corpus.jsonl")}
    if not documents:
        raise UsageError("There is no document in corpus.jsonl.")
    if not queries:
        raise UsageError("No query of queries.jsonl has a relevant document in qrels/test.tsv.")
    chosen = sample(queries, limit, (query["_id"] for query in queries))
    judged = {query["_id"]: relevant[query["_id"]] for query in chosen if query["_id"] in relevant}
    return RetrievalSet(
        folder=folder,
        queries={query["_id"]: query["text"] for query in chosen},
        relevant=judged,
        cases=tuple(_cases(chosen)),
        missing=sum(len(grades.keys() - documents) for grades in judged.values()),
    )


def write_files(chosen: RetrievalSet, folder: Path) -> dict[str, str]:
    """Writes the documents into ``folder`` as text files, one each. Returns their ids by the paths of the files.

    A title stands above the text, as the reader of text files expects it. A file without a title would be
    given its name for one; each is therefore named by a space, which says nothing, in a numbered folder.
    """
    ids: dict[str, str] = {}
    for number, entry in enumerate(chosen.entries()):
        path = folder / f"{number:07d}" / " .txt"
        parts = ((entry.get("title") or "").strip(), entry["text"].strip())
        content = "\n\n".join(part for part in parts if part).encode(errors="replace")
        ids[path.relative_to(folder).as_posix()] = entry["_id"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    return ids


def find_hits(searcher: Searcher, text: str) -> tuple[Hit, ...]:
    """As many passages as a search has candidates, best first."""
    return searcher.search(Query(text), Filter(), limit=2 * CANDIDATES).hits


def document_scores(hits: Sequence[Hit], ids: Mapping[str, str], score: Callable[[Hit], float]) -> dict[str, float]:
    """Of the ``PASSAGES`` hits with the best ``score``, the documents' ids with the score of their best."""
    scores: dict[str, float] = {}
    for hit in sorted(hits, key=score, reverse=True)[:PASSAGES]:
        scores.setdefault(ids[hit.stored.document.path], score(hit))
    return scores


def measured(relevant: Mapping[str, Mapping[str, int]], run: Scores) -> dict[str, list[float]]:
    """By the names in ``MEASURES``, the figure of every query in ``relevant``, in its order; 0 if nothing was found."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    by_measure = dict(zip((nDCG @ 10, R @ 10, R @ 100, RR @ 10), MEASURES, strict=True))
    found = {name: dict.fromkeys(relevant, 0.0) for name in MEASURES}
    for metric in ir_measures.iter_calc(list(by_measure), relevant, run):
        found[by_measure[metric.measure]][metric.query_id] = float(metric.value)
    return {name: list(values.values()) for name, values in found.items()}


def _cases(queries: Sequence[Mapping[str, Any]]) -> Iterator[Case]:
    """If some queries have answers, those and the unanswerable ones; if some are unanswerable, all; else none."""
    answered = any(_answers(query) for query in queries)
    if not answered and not any(_unanswerable(query) for query in queries):
        return
    for query in queries:
        group, answers = UNANSWERABLE if _unanswerable(query) else None, _answers(query)
        if answers or group or not answered:
            yield Case(query["_id"], query["text"], None, ANY_KIND, group, answers=answers)


def _unanswerable(query: Mapping[str, Any]) -> bool:
    return _metadata(query).get("answerable") is False


def _answers(query: Mapping[str, Any]) -> tuple[str, ...]:
    listed = _metadata(query).get("answers")
    return tuple(each for each in listed if isinstance(each, str) and each.strip()) if isinstance(listed, list) else ()


def _metadata(query: Mapping[str, Any]) -> Mapping[str, Any]:
    held = query.get("metadata")
    return held if isinstance(held, dict) else {}


def _relevant(path: Path) -> dict[str, dict[str, int]]:
    relevant: dict[str, dict[str, int]] = {}
    for row in csv.DictReader(_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        try:
            query, document, grade = row["query-id"], row["corpus-id"], int(row["score"])
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError("qrels/test.tsv has a line without query-id, corpus-id and score.") from error
        if grade > 0:
            relevant.setdefault(query, {})[document] = grade
    return relevant


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, with ``_id``, which no other has, ``text`` and perhaps ``title``."""
    names: set[str] = set()
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            try:
                held = json_object(line)
                _check(held, names)
            except UsageError as error:
                raise UsageError(f"Line {number} of {path.name}: {error.user_message}.") from error
            names.add(held["_id"])
            yield held


def _check(held: Mapping[str, Any], names: Set[str]) -> None:
    for field in ("_id", "text"):
        if not isinstance(held.get(field), str):
            raise UsageError(f'"{field}" is a string')
    if not isinstance(held.get("title"), str | None):
        raise UsageError('"title" is a string')
    if held["_id"] in names:
        raise UsageError(f"the _id {held['_id']} is there already")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        layout = "corpus.jsonl, queries.jsonl and qrels/test.tsv"
        raise UsageError(f"{path.name} is missing: a folder in BEIR layout has {layout}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read.") from error
