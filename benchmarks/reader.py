"""What a reader is worth: the product with and without it, and how well it tells near misses by itself.

    python benchmarks/reader.py READER --questions QUESTIONS.jsonl --corpus CORPUS --squad SQUAD2 --work FOLDER

READER is a folder that training/ exported. Questions are asked of the product's own search; the reader reads
the best --read sentences of each. With it, a sentence's logit is its own plus a weight times the reader's. Ranges
are 95% bootstrap intervals. Near misses are told by the reader's best score over the sentences of one passage (the
one that search finds first: the unanswerable questions of SQuAD 2.0 name none), or over all that it reads.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from machine import Table, parser, report
from ranking_features import AS_OF
from ranking_questions import Question, answers, domain, squad

from bot.answer import PASSAGES
from bot.answerability import answerability
from bot.assemble import Legation
from bot.evaluation.measures import auroc, interval, share
from bot.glossary import load_glossary
from bot.question import make_question
from bot.rank import rank, shipped_ranking
from bot.reader_text import reader_text, text_to_read
from bot.settings import load_settings
from bot.understanding import understand
from index.rerank import OnnxReranker
from index.search import Searcher
from index.types import Filter

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0)
ROUNDS = 15

MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from index.rerank import OnnxReranker
import onnxruntime, tokenizers, numpy
def now():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1]) / 1024
before = now()
reader = OnnxReranker(Path(sys.argv[2]))
reader.score("When was the embassy closed?", ["The embassy was closed on 4 May 1911 after a long quarrel."] * 24)
print(now() - before)
"""


@dataclass(frozen=True, slots=True)
class Read:
    """A question with its sentences, best first: logits of the product (all of them), those of the reader (of the
    first ones), which are right, and which lie in the first one's passage.
    """

    question: Question
    likely: float
    product: np.ndarray
    reader: np.ndarray
    right: np.ndarray
    first_passage: np.ndarray


def main() -> None:
    made = parser(__doc__)
    made.add_argument("reader", type=Path)
    for name in ("questions", "corpus", "squad"):
        made.add_argument(f"--{name}", type=Path)
    made.add_argument("--work", type=Path, required=True)
    made.add_argument("--read", type=int, default=24)
    made.add_argument("--limit", type=int, help="questions of SQuAD 2.0, evenly spread")
    options = made.parse_args()
    reader = OnnxReranker(options.reader)
    tables = [_cost(reader, options.reader, options.read)]
    if options.squad:
        asked = list(squad(options.squad, options.work / "squad"))
        asked = asked[:: max(1, len(asked) // options.limit)] if options.limit else asked
        read = _read(options.work / "home-squad2", options.work / "squad", asked, reader, options)
        tables += _tables("SQuAD 2.0", read)
    if options.questions:
        read = _read(options.work / "home-domain", options.corpus, list(domain(options.questions)), reader, options)
        tables += _tables("Questions of the field", read)
        (options.work / "domain-read.json").write_text(json.dumps([_plain(each) for each in read]))
    report("Reader", tables, options.json)


def _read(home: Path, corpus: Path, questions: Sequence[Question], reader: OnnxReranker, options: Any) -> list[Read]:
    """Asks every question of the documents in ``corpus``, and has the reader read the best sentences."""
    legation = Legation(load_settings(home).model_copy(update={"model_cache": options.model_cache}))
    if legation.library.current() is None:
        from index.types import Source

        legation.sync(add=[Source("corpus", str(corpus.resolve()), "corpus")], only=["corpus"])
    searcher, ranking = Searcher(legation.home, legation.library, legation.encoder), shipped_ranking()
    vocabulary, glossary = searcher.open().generation.vocabulary(), load_glossary(None)
    found = []
    for number, question in enumerate(questions):
        understood = understand(make_question(question.text, question.context), vocabulary, glossary, AS_OF)
        hits = searcher.search(understood.query, Filter(), PASSAGES, sentences_of=PASSAGES).sentences
        ranked = rank(ranking, understood, hits)
        if not ranked:
            continue
        texts = [text_to_read(item.sentence) for item in ranked[: options.read]]
        logits = reader.logits([(understood.query.text, text) for text in texts])
        first = ranked[0].sentence.hit.stored
        found.append(
            Read(
                question,
                answerability(ranking, ranked),
                np.array([item.logit for item in ranked]),
                logits,
                np.array([answers(question, item.sentence) for item in ranked]),
                np.array([item.sentence.hit.stored == first for item in ranked[: options.read]]),
            )
        )
        if number % 250 == 249:
            print(f"{corpus.name}: {number + 1} of {len(questions)}", file=sys.stderr)
    return found


def _tables(name: str, read: Sequence[Read]) -> list[Table]:
    can = [each for each in read if each.question.group is None]
    ranking = [_right_row(f"weight {each:g}", can, each) for each in WEIGHTS]
    groups = sorted({each.question.group for each in read} - {None})
    telling = []
    for group in groups:
        cannot = [each for each in read if each.question.group == group]
        for how, score in _SCORES.items():
            values = [[score(each) for each in part] for part in (can, cannot)]
            low, high = interval(auroc, *values)
            line = np.quantile(values[0], 0.05)
            telling.append(
                {
                    "group": f"{group} ({len(cannot)})",
                    "score": how,
                    "AUROC": round(auroc(*values), 3),
                    "95%": f"{low:.3f} to {high:.3f}",
                    "refused at 5%": round(float(np.mean(np.array(values[1]) < line)), 3),
                }
            )
    return [
        Table(f"{name}: right sentence among the first, {len(can)} answerable", ranking),
        Table(f"{name}: telling questions without an answer apart", telling),
    ]


def _mixed(each: Read, weight: float) -> np.ndarray:
    logits = each.product.copy()
    count = len(each.reader)
    logits[:count] += weight * each.reader
    logits[count:] += weight * each.reader.min()
    return logits


def _right_row(name: str, can: Sequence[Read], weight: float) -> dict[str, Any]:
    row: dict[str, Any] = {"": name}
    for depth in (1, 3, 5):
        hits = [float(each.right[np.argsort(-_mixed(each, weight), kind="stable")[:depth]].any()) for each in can]
        low, high = interval(share, hits)
        row[f"@{depth}"] = f"{share(hits):.3f} ({low:.3f} to {high:.3f})"
    return row


_SCORES = {
    "answerability, without the reader": lambda each: each.likely,
    "reader, best of the first passage": lambda each: float(each.reader[each.first_passage].max()),
    "reader, best of all read": lambda each: float(each.reader.max()),
    "reader, of the first sentence": lambda each: float(each.reader[0]),
    "reader (best of all read) and answerability": lambda each: float(each.reader.max()) + _logit(each.likely),
}


def _logit(likely: float) -> float:
    bounded = min(1 - 1e-6, max(1e-6, likely))
    return float(np.log(bounded / (1 - bounded)))


def _plain(each: Read) -> dict[str, Any]:
    return {
        "id": each.question.id,
        "group": each.question.group,
        "likely": each.likely,
        "product": each.product.tolist(),
        "reader": each.reader.tolist(),
        "right": each.right.tolist(),
    }


def _cost(reader: OnnxReranker, folder: Path, count: int) -> Table:
    text = reader_text(
        "The embassy of Ruritania in Strelsau was closed on 4 May 1911 after its staff had been withdrawn, and the "
        "mission of a protecting power has represented its interests there ever since, as the ministry announced.",
        ("Ruritania", "Diplomatic relations"),
        "Relations had been strained for years when the frontier was shut.",
    )
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        reader.score("When did Ruritania close its embassy in Strelsau?", [text] * count)
        taken.append((time.perf_counter() - started) * 1000)
    command = [sys.executable, "-c", MEMORY, str(Path(__file__).resolve().parents[1]), str(folder)]
    memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    row = {
        "on disk, MB": sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
        f"{count} sentences, ms": median(taken[1:]),
        "memory, MiB": float(memory),
    }
    return Table("Cost", [row])


if __name__ == "__main__":
    main()
