"""Passage sizes compared by what they are for: whether the right sentences are quoted.

QUESTIONS.jsonl has lines like {"question": ..., "context": ..., "gold": [{"doc": path in the corpus,
"quote": its words}]}; questions without gold are left out. A quote counts if it is from a gold document
and overlaps the gold quote. quote@5 is the share of questions for which one of the first five counts;
passage@12 that for which one of the first twelve passages does. Nothing is refused here.

    python benchmarks/passage_size.py QUESTIONS.jsonl CORPUS --tokens 96 128 192
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, parser, report

from bot.answer import PASSAGES
from bot.assemble import Legation
from bot.question import make_question
from bot.settings import load_settings
from bot.types import Question
from index.search import Searcher
from index.types import Filter, Query, Source

QUOTES = (1, 3, 5)
DEPTHS = (1, 5, PASSAGES)
NAME = "corpus"


@dataclass(frozen=True, slots=True)
class Place:
    """``start``..``end`` in the text of the document at ``path``."""

    path: str
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        return self.path == other.path and self.start < other.end and other.start < self.end


def main() -> None:
    made = parser(__doc__)
    made.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    made.add_argument("corpus", type=Path, metavar="CORPUS", help="folder of the documents")
    made.add_argument("--tokens", type=int, nargs="+", default=[64, 96, 128, 192, 256], metavar="N")
    made.add_argument("--keep", type=Path, metavar="HOME", help="build the library there or use it")
    options = made.parse_args()
    with ExitStack() as stack:
        home = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="legation-")))
        rows = [
            _evaluate(home, options.corpus, options.questions, tokens, options.model_cache) for tokens in options.tokens
        ]
    report("Passage size", [Table("Answers by passage size", rows)], options.json)


def _evaluate(home: Path, corpus: Path, questions: Path, tokens: int, cache: Path | None) -> dict[str, Any]:
    settings = load_settings(home, passage_tokens=tokens, refuse_below=0.0, quotes=max(QUOTES), model_cache=cache)
    legation = Legation(settings)
    indexed = legation.sync(add=[Source(NAME, str(corpus.resolve()), NAME)])
    searcher = Searcher(legation.home, legation.library, legation.encoder)
    legation.answerer.open()
    quoted: list[int | None] = []
    found: list[int | None] = []
    seconds = 0.0
    for question, gold in _answerable(questions, legation):
        started = time.perf_counter()
        answer = legation.answerer.answer(question)
        seconds += time.perf_counter() - started
        quoted.append(_first(gold, (Place(q.document.path, q.start, q.end) for q in answer.quotes)))
        query = answer.understanding.query if answer.understanding else Query(question.text)
        hits = searcher.search(query, Filter(), PASSAGES).hits
        places = (Place(h.stored.document.path, h.stored.passage.start, h.stored.passage.end) for h in hits)
        found.append(_first(gold, places))
    legation.library.close()
    return {
        "passage tokens": tokens,
        "passages": indexed.passages,
        "questions": len(quoted),
        **{f"quote@{depth}": _share_within(quoted, depth) for depth in QUOTES},
        **{f"passage@{depth}": _share_within(found, depth) for depth in DEPTHS},
        "ms an answer": seconds * 1000 / len(quoted),
    }


def _answerable(questions: Path, legation: Legation) -> Iterator[tuple[Question, list[Place]]]:
    """Questions with the places of their gold quotes in the stored texts."""
    texts = {document.path: document.text for document in legation.library.current_documents()}
    with questions.open(encoding="utf-8") as stream:
        for line in stream:
            asked = json.loads(line)
            if asked["gold"]:
                yield (
                    make_question(asked["question"], asked.get("context")),
                    [_place(texts, gold["doc"], gold["quote"]) for gold in asked["gold"]],
                )


def _place(texts: dict[str, str], path: str, quote: str) -> Place:
    start = texts.get(path, "").find(quote)
    if start < 0:
        sys.exit(f"{path} in the library does not hold the quote {quote[:60]!r}.")
    return Place(path, start, start + len(quote))


def _first(gold: Sequence[Place], places: Iterable[Place]) -> int | None:
    """The rank, from 1, of the first of ``places`` that overlaps a gold one."""
    right = (rank for rank, place in enumerate(places, 1) if any(place.overlaps(one) for one in gold))
    return next(right, None)


def _share_within(ranks: Sequence[int | None], depth: int) -> float:
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks)


if __name__ == "__main__":
    main()
