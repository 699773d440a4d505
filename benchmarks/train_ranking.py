"""Learns the weights of bot/ranking.json and measures what they give.

Questions with known answers are asked of the product's own search, and the features of every sentence it
finds (bot.features) are collected. The order of sentences is then learned list by list, and how likely the first
three answer is a logistic regression on top (ranking_weights.py). What the shipped reader is worth is learned last, for
the order and for the likelihood, from its logits of the best --read sentences.

The questions: the sets of a training folder, over an index of their own passages; half of a file of questions
in the layout of docs/evaluation.md, over its corpus; and, as questions that nothing there answers, those
of the training folder asked of that corpus. The other half, and a set in BEIR layout with unanswerable
questions, are only measured. The whole file is measured, too, each half with weights learned without it.

The reader was trained on the training folder, so what it is worth is learned from the articles that training/sets.py
holds out, and from the half of the file; "held-out near misses" are measured article by article, each with weights
learned without it.

    python benchmarks/train_ranking.py --train TRAIN --questions QUESTIONS.jsonl --corpus CORPUS \
        --squad SQUAD2 --work FOLDER --write

With --reader-only the weights without a reader stay what they are. They know half of the file, so that what is then
measured on the whole file is too good.

What is collected and read is kept in the work folder: learning again takes seconds, with another reader as long as
that takes to read.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from ranking_features import Listed, Readings, collect
from ranking_questions import Question, domain, mixed, squad, training
from ranking_weights import (
    NEAR_MISSES,
    Read,
    answer_values,
    learn,
    learn_reader,
    logit_of,
    order_read,
    ranked,
    read_all,
)

from bot.answerability import QUOTES, answer_features
from bot.evaluation.measures import auroc, brier, calibration_error, reliability
from bot.glossary import Glossary
from bot.rank import WEIGHTS, Ranking, shipped_ranking
from bot.reader import FOLDER
from bot.types import Question as BotQuestion
from bot.types import Understanding
from index.types import Query, Vocabulary
from training.sets import held_out, read_sets

GROUPS = {
    "cosine of the sentence": "sentence_dense",
    "shared words": "words",
    "missing names": "names_missing",
    "dates asked for": "period",
    "kind of answer": "offers_",
}
"""What is taken away, one at a time, by ``--ablate``: features whose names begin so."""

OFF_TOPIC = 1500
NOTHING = -99.0
"""The logit of an answer without a sentence."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question, the logit of its answer, and which sentences are right, best first."""

    question: Question
    logit: float
    right: np.ndarray


@dataclass(frozen=True, slots=True)
class Unseen:
    """Questions that the reader was not trained on: with near misses among them, further answerable ones, and some
    asked of documents that do not answer them.
    """

    near: list[Listed]
    others: list[Listed]
    elsewhere: list[Listed]


def main() -> None:
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    readings = Readings(options.reader, options.work)
    found, unseen = _found(options)
    halves = _halves(found["domain"])

    def without_reader(kept: Sequence[Listed]) -> Ranking:
        return shipped_ranking() if options.reader_only else learn(found["train"], kept, found["elsewhere"])

    def reader(ranking: Ranking, kept: Sequence[Listed], near: Sequence[Listed]) -> Ranking:
        """The ranking with what the reader is worth, by ``kept`` of the field and by what it was not trained on."""
        parts = [
            read_all(ranking, lists, readings, options.read)
            for lists in (near, unseen.others, kept, _halves(unseen.elsewhere)[0])
        ]
        return replace(ranking, reader=learn_reader(readings.manifest, *parts, weight=options.weight))

    def with_reader(ranking: Ranking, lists: Sequence[Listed]) -> list[Scored]:
        return _scored_read(ranking, lists, read_all(ranking, lists, readings, options.read))

    measured: dict[str, Any] = {}
    crossed: list[Scored] = []
    crossed_read: list[Scored] = []
    for kept, other in (halves, halves[::-1]):
        ranking = without_reader(kept)
        crossed += [_scored(ranking, each) for each in other]
        crossed_read += with_reader(reader(ranking, kept, unseen.near), other)
    plain = without_reader(halves[0])
    ranking = reader(plain, halves[0], unseen.near)
    read_near: list[Scored] = []
    for article in sorted({each.question.article for each in unseen.near}):
        inside = [each for each in unseen.near if each.question.article == article]
        rest = [each for each in unseen.near if each.question.article != article]
        read_near += with_reader(reader(plain, halves[0], rest), inside)
    elsewhere = _halves(unseen.elsewhere)[1]
    sampled = found["squad2"][:: max(1, len(found["squad2"]) // options.squad_questions)]
    tables = {
        "domain, each half with weights learned without it": (crossed, crossed_read),
        "domain, the half that was not learned from": (
            [_scored(plain, each) for each in halves[1]],
            with_reader(ranking, halves[1]),
        ),
        "squad2": ([_scored(plain, each) for each in sampled], with_reader(ranking, sampled)),
        "held-out near misses": ([_scored(plain, each) for each in unseen.near], read_near),
        "domain and elsewhere": (
            crossed + [_scored(plain, each) for each in elsewhere],
            crossed_read + with_reader(ranking, elsewhere),
        ),
    }
    assert ranking.reader is not None
    measured["what the reader is worth"] = asdict(ranking.reader)
    for name, (without, read) in tables.items():
        measured[name] = {"without the reader": _figures(without), "with it": _figures(read)}
    if options.ablate:
        measured |= _ablated(found, halves)
        places = {"domain": options.corpus, "squad2": options.work / "squad"}
        for name, corpus in places.items():
            questions = [each.question for each in found[name]]
            lists = collect(options.work, name, corpus, questions, plainly, options.again)
            measured[f"{name}, questions taken as typed"] = _figures([_scored(plain, each) for each in lists])
    print(json.dumps(measured, indent=2))
    if options.write:
        asked = {name: len(lists) for name, lists in found.items()}
        if options.reader_only:
            asked = json.loads(WEIGHTS.read_text())["questions"]
        learned = {
            "made_by": "benchmarks/train_ranking.py",
            "questions": asked
            | {"near, unseen": len(unseen.near), "others, unseen": len(unseen.others)}
            | {"elsewhere, unseen": len(_halves(unseen.elsewhere)[0])},
        }
        WEIGHTS.write_text(json.dumps(learned | asdict(ranking), indent=2) + "\n")


def _found(options: argparse.Namespace) -> tuple[dict[str, list[Listed]], Unseen]:
    """What is found for all questions, and what of it the reader was not trained on."""
    trained = list(training(options.train, options.work / "passages"))
    asked = {
        "train": (options.work / "passages", trained),
        "domain": (options.corpus, list(domain(options.questions))),
        "squad2": (options.work / "squad", list(squad(options.squad, options.work / "squad"))),
    }
    articles = held_out(read_sets(options.train))
    kept = [each for each in trained if each.article in articles]
    if options.reader_only:
        asked["train"] = (options.work / "passages", kept)
    found = {name: collect(options.work, name, *each, again=options.again) for name, each in asked.items()}
    for name, questions in (("elsewhere", [] if options.reader_only else trained[:OFF_TOPIC]), ("kept", kept)):
        moved = [Question(f"x{each.id}", each.text, None, "elsewhere", ()) for each in questions]
        found[name] = collect(options.work, "domain", options.corpus, moved, again=options.again) if moved else []
    unseen = [each for each in found["train"] if each.question.article in articles]
    near = [each for each in unseen if each.question.id.startswith(NEAR_MISSES)]
    others = [each for each in unseen if not each.question.id.startswith(NEAR_MISSES)]
    return found, Unseen(near, others, found.pop("kept"))


def _ablated(found: Mapping[str, Sequence[Listed]], halves: tuple[list[Listed], list[Listed]]) -> dict[str, Any]:
    """What is left when one group of features is taken away and the others are learned again."""
    measured: dict[str, Any] = {}
    for group, taken in GROUPS.items():
        less = {kind: [_without(each, taken) for each in lists] for kind, lists in found.items()}
        own = [[_without(each, taken) for each in half] for half in halves]
        scored = []
        for kept, other in (own, own[::-1]):
            ranking = learn(less["train"], kept, less["elsewhere"])
            scored += [_scored(ranking, each) for each in other]
        measured[f"domain without {group}"] = _figures(scored)
        measured[f"squad2 without {group}"] = _figures([_scored(ranking, each) for each in less["squad2"]])
    return measured


def _without(each: Listed, taken: str) -> Listed:
    """The same with the features whose names begin so set to nothing."""
    gone = [name.startswith(taken) for name in each.names]
    values = each.values.copy()
    if len(values):
        values[:, gone] = 0.0
    return replace(each, values=values)


def plainly(question: BotQuestion, vocabulary: Vocabulary, glossary: Glossary, today: date) -> Understanding:
    """A question taken as it was typed, after the one before it: no spelling, no names, no kinds, no dates."""
    return Understanding(Query(f"{question.context or ''} {question.text}".strip()))


def _scored(ranking: Ranking, each: Listed) -> Scored:
    if not len(each.right):
        return Scored(each.question, NOTHING, each.right)
    values, logits, order = ranked(ranking, each)
    features = answer_features(values, logits.tolist())
    return Scored(each.question, logit_of(ranking.answer, features), each.right[order])


def _scored_read(ranking: Ranking, lists: Sequence[Listed], read: Sequence[Read]) -> list[Scored]:
    weights = ranking.reader
    assert weights is not None
    scored = [Scored(each.question, NOTHING, each.right) for each in lists if not len(each.right)]
    for each in read:
        order = order_read(weights.weight, each)
        scored.append(Scored(each.question, logit_of(weights.answer, answer_values(each, order)), each.right[order]))
    return scored


def _figures(scored: Sequence[Scored]) -> dict[str, Any]:
    """The share of answerable questions with a right sentence among the first 1, 3 and 5, the AUROC of each
    group of unanswerable questions, and what share of it is answered if 5% of the answerable are refused; and how
    well the probability that one of the first three answers fits (docs/evaluation.md).
    """
    good = [each for each in scored if each.question.group is None]
    figures: dict[str, Any] = {"questions": len(good)}
    if good:
        figures |= {f"right@{n}": round(float(np.mean([each.right[:n].any() for each in good])), 3) for n in (1, 3, 5)}
    logits = np.array([each.logit for each in good])
    for group in sorted({each.question.group for each in scored} - {None}):
        bad = np.array([each.logit for each in scored if each.question.group == group])
        figures[f"{group} ({len(bad)})"] = {
            "AUROC": round(auroc(logits, bad), 3),
            "answered at 5% refused": round(float((bad >= np.quantile(logits, 0.05)).mean()), 3),
        }
    likely = 1 / (1 + np.exp(-np.array([each.logit for each in scored])))
    right = np.array([float(each.right[:QUOTES].any()) for each in scored])
    figures["Brier score"] = round(brier(likely, right), 3)
    figures["calibration error"] = round(calibration_error(reliability(likely, right)), 3)
    return figures


def _halves(found: Sequence[Listed]) -> tuple[list[Listed], list[Listed]]:
    halves: tuple[list[Listed], list[Listed]] = [], []
    for each in found:
        halves[int(mixed(each.question.id), 16) % 2].append(each)
    return halves


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("train", "questions", "corpus", "squad", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--reader", type=Path, default=FOLDER, help="another reader than the shipped one")
    parser.add_argument("--read", type=int, default=6, help="sentences that it reads of each question")
    parser.add_argument("--weight", type=float, help="of its logit in the order (default: learned)")
    parser.add_argument("--squad-questions", type=int, default=1000, help="of SQuAD 2.0, evenly spread")
    parser.add_argument(
        "--reader-only", action="store_true", help="leave the weights without a reader as they are: minutes less"
    )
    parser.add_argument("--again", action="store_true", help="collect what is found for the questions anew")
    parser.add_argument("--ablate", action="store_true", help="measure without each group of features, too")
    parser.add_argument("--write", action="store_true", help="write bot/ranking.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
