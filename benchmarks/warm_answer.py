"""How long a warm answer takes, from question to checked quotes, as the library grows.

The documents of the given folders are taken again and again, each time as a source of its own, until the
library has so many passages; the copies are word for word the same, so they cost the search as much as
others would, but are encoded only once. Then every question is asked of one process, after a few to warm
up, one at a time.

    python benchmarks/warm_answer.py QUESTIONS.jsonl FOLDER... --passages 10000 100000
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from machine import Table, parser, report

from bot.assemble import Legation
from bot.question import make_question
from bot.settings import load_settings
from index.types import Source

WARM_UP = 5


def main() -> None:
    options = _options()
    questions = [json.loads(line) for line in options.questions.read_text().splitlines()]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="legation-warm-") as work:
        cache = {} if options.model_cache is None else {"model_cache": options.model_cache.resolve()}
        legation = Legation(load_settings(options.home or Path(work), **cache))
        for wanted in sorted(options.passages):
            _grow(legation, [folder.resolve() for folder in options.folders], wanted)
            rows.append(_asked(legation, questions))
            print(f"{rows[-1]}", file=sys.stderr)
    facts = "Milliseconds from question to checked quotes in a warm process, one question at a time"
    report("Warm answers", [Table(facts, rows)], options.json)


def _grow(legation: Legation, folders: list[Path], wanted: int) -> None:
    record = legation.library.current()
    count = record.count if record else 0
    copy = len(legation.library.sources())
    while count < wanted:
        added = [Source(f"copy-{copy + n}", str(folder), "copies") for n, folder in enumerate(folders)]
        count = legation.sync(add=added, only=[source.name for source in added]).passages
        copy += len(added)


def _asked(legation: Legation, questions: list[dict[str, Any]]) -> dict[str, Any]:
    asked = [make_question(q["question"], q.get("context")) for q in questions]
    for question in asked[:WARM_UP]:
        legation.answerer.answer(question)
    times = np.array([legation.answerer.answer(question).elapsed_ms for question in asked])
    record = legation.library.current()
    return {
        "passages": record.count if record else 0,
        "questions": len(times),
        "median ms": round(float(np.median(times)), 1),
        "99th percentile ms": round(float(np.percentile(times, 99)), 1),
    }


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("questions", type=Path, help="questions in the layout of docs/evaluation.md")
    made.add_argument("folders", type=Path, nargs="+", help="documents")
    made.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000], help="sizes of the library")
    made.add_argument("--home", type=Path, help="keep the library here, and go on from what it holds")
    return made.parse_args()


if __name__ == "__main__":
    main()
