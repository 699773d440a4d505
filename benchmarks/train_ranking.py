"""Learns the weights of bot/ranking.json and measures what they give.

Questions with known answers are asked of the product's own search, and the features of every sentence it
finds (bot.features) are collected. The order of sentences is then learned list by list: the loss is the
negative logarithm of the share that the right sentences of a question have in the exponentials of all
logits (the top-one loss of ListNet, Cao et al. 2007), several right ones added up. How likely the first three
answer is a
logistic regression on top (bot.answerability).

The questions: the sets of a training folder, over an index of their own passages; half of a file of questions
in the layout of docs/evaluation.md, over its corpus; and, as questions that nothing there answers, those
of the training folder asked of that corpus. The other half, and a set in BEIR layout with unanswerable
questions, are only measured. The whole file is measured, too, each half with weights learned without it.

    python benchmarks/train_ranking.py --train TRAIN --questions QUESTIONS.jsonl --corpus CORPUS \
        --squad SQUAD2 --work FOLDER --write
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata

from bot.answer import PASSAGES
from bot.answerability import QUOTES, answer_features
from bot.assemble import Legation
from bot.features import Features
from bot.glossary import Glossary, load_glossary
from bot.question import make_question
from bot.rank import WEIGHTS
from bot.settings import load_settings
from bot.types import Question as BotQuestion
from bot.types import Understanding
from bot.understanding import understand
from index.search import Searcher, SentenceHit
from index.types import Filter, Query, Vocabulary

Understand = Callable[[BotQuestion, Vocabulary, Glossary, date], Understanding]

AS_OF = date(2026, 1, 1)
DOMAIN_SHARE = 0.25
"""What the questions of the field weigh together, against 1 for all of training."""

ELSEWHERE_SHARE = 0.25
NEAR_MISSES = "squad2"
"""The training set with questions that its passages do not answer though they speak of the matter: how likely an
answer is, is learned from it, from questions asked elsewhere and from those of the field."""

GROUPS = {
    "cosine of the sentence": "sentence_dense",
    "shared words": "words",
    "missing names": "names_missing",
    "dates asked for": "period",
    "kind of answer": "offers_",
}
"""What is taken away, one at a time, by ``--ablate``: features whose names begin so."""

OFF_TOPIC = 1500
PENALTY = 3e-3
QUOTED = 5
SETS = {"squad2_dev_other_articles": 5795, "squad1_dev_other_passages": 2000, "selqa": 1500, "squad1_train_part": 1500,
        "qed": 1355}  # fmt: skip
"""The sets that are used, and how many questions of each."""


@dataclass(frozen=True, slots=True)
class Question:
    """``right`` are stretches of text, white space folded; a sentence answers if it lies in one, or one in it, and
    says one of ``answers`` where there are any. ``group`` names unanswerable ones.
    """

    id: str
    text: str
    context: str | None
    group: str | None
    right: tuple[str, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """The sentences found for a question: ``values`` is (sentences, features), ``right`` says which answer."""

    question: Question
    values: np.ndarray
    right: np.ndarray
    names: tuple[str, ...]


def main() -> None:
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    training = list(_training(options.train, options.work / "passages"))
    domain = list(_domain(options.questions))
    squad = list(_squad(options.squad, options.work / "squad"))
    found = {
        "train": _collect(options.work / "home-train", options.work / "passages", training),
        "domain": _collect(options.work / "home-domain", options.corpus, domain),
        "squad2": _collect(options.work / "home-squad2", options.work / "squad", squad),
    }
    elsewhere = [Question(f"x{q.id}", q.text, None, "elsewhere", ()) for q in training[:OFF_TOPIC]]
    found["elsewhere"] = _collect(options.work / "home-domain", options.corpus, elsewhere)
    halves = _halves(found["domain"])
    measured: dict[str, Any] = {}
    scored: list[tuple[Listed, float, np.ndarray]] = []
    for kept, other in (halves, halves[::-1]):
        weights = _learn(found["train"], kept, found["elsewhere"])
        scored += [_scored(weights, each) for each in other]
    measured["domain, each half with weights learned without it"] = _figures(scored)
    weights = _learn(found["train"], halves[0], found["elsewhere"])
    measured["domain, the half that was not learned from"] = _figures([_scored(weights, e) for e in halves[1]])
    measured["squad2"] = _figures([_scored(weights, each) for each in found["squad2"]])
    measured["elsewhere"] = _figures(scored + [_scored(weights, each) for each in found["elsewhere"]])
    if options.ablate:
        measured |= _ablated(found, halves)
        places = {"domain": (options.corpus, domain), "squad2": (options.work / "squad", squad)}
        for name, (corpus, questions) in places.items():
            plain = _collect(options.work / f"home-{name}", corpus, questions, plainly)
            measured[f"{name}, questions taken as typed"] = _figures([_scored(weights, each) for each in plain])
    print(json.dumps(measured, indent=2))
    if options.write:
        learned = {"made_by": "benchmarks/train_ranking.py", "questions": {k: len(v) for k, v in found.items()}}
        rounded = {kind: {name: round(w, 4) for name, w in values.items()} for kind, values in weights.items()}
        WEIGHTS.write_text(json.dumps(learned | rounded, indent=2) + "\n")


def _ablated(found: Mapping[str, Sequence[Listed]], halves: tuple[list[Listed], list[Listed]]) -> dict[str, Any]:
    """What is left when one group of features is taken away and the others are learned again."""
    measured: dict[str, Any] = {}
    for group, taken in GROUPS.items():
        less = {kind: [_without(each, taken) for each in lists] for kind, lists in found.items()}
        own = [[_without(each, taken) for each in half] for half in halves]
        scored = []
        for kept, other in (own, own[::-1]):
            weights = _learn(less["train"], kept, less["elsewhere"])
            scored += [_scored(weights, each) for each in other]
        measured[f"domain without {group}"] = _figures(scored)
        measured[f"squad2 without {group}"] = _figures([_scored(weights, each) for each in less["squad2"]])
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


def _learn(
    train: Sequence[Listed], domain: Sequence[Listed], elsewhere: Sequence[Listed]
) -> dict[str, dict[str, float]]:
    everything = [*train, *domain]
    share = [1.0 / len(train)] * len(train) + [DOMAIN_SHARE / len(domain)] * len(domain)
    usable = [(each, w) for each, w in zip(everything, share, strict=True) if 0 < each.right.sum() < len(each.right)]
    names = train[0].names
    order = _listwise([each for each, _ in usable], np.array([w for _, w in usable]))
    # Then shifted and stretched until the logistic function of a logit is a probability, for sentences that
    # would be quoted: the best few of each question.
    quoted = [(each.values @ order, each.right) for each in everything if len(each.right)]
    best = [np.argsort(-logits, kind="stable")[:QUOTED] for logits, _ in quoted]
    logits = np.concatenate([logits[first] for (logits, _), first in zip(quoted, best, strict=True)])
    right = np.concatenate([right[first] for (_, right), first in zip(quoted, best, strict=True)])
    slope, intercept = _logistic(logits[:, None], right, np.ones(len(right)), 0.0)
    sentence = {"intercept": intercept} | dict(zip(names, order * slope[0], strict=True))
    near = [each for each in train if each.question.id.startswith(NEAR_MISSES)]
    mixture = ((near, 1.0), (elsewhere, ELSEWHERE_SHARE), (domain, DOMAIN_SHARE))
    some = [(each, share / len(part)) for part, share in mixture for each in part if len(each.right)]
    ranked = [_ranked(sentence, each) for each, _ in some]
    matrix = np.array([list(values.values()) for values, _ in ranked])
    answered = np.array([bool(right[:QUOTES].any()) for _, right in ranked])
    slopes, intercept = _logistic(matrix, answered, np.array([w for _, w in some]), PENALTY)
    answer = {"intercept": intercept} | dict(zip(ranked[0][0], slopes, strict=True))
    return {"sentence": {k: float(v) for k, v in sentence.items()}, "answer": {k: float(v) for k, v in answer.items()}}


def _listwise(lists: Sequence[Listed], weight: np.ndarray) -> np.ndarray:
    """Weights of the features, shape (features,), for lists that each hold right and wrong sentences."""
    values = np.concatenate([each.values for each in lists])
    right = np.concatenate([each.right for each in lists]).astype(float)
    lengths = np.array([len(each.right) for each in lists])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    of = np.repeat(np.arange(len(lists)), lengths)
    centre, spread = values.mean(0), values.std(0) + 1e-6
    normal = (values - centre) / spread
    weight = weight / weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logits = normal @ w
        shares = np.exp(logits - np.maximum.reduceat(logits, starts)[of])
        total, hit = np.add.reduceat(shares, starts), np.add.reduceat(shares * right, starts) + 1e-12
        gradient = ((shares / total[of] - shares * right / hit[of]) * weight[of]) @ normal
        return float(weight @ (np.log(total) - np.log(hit)) + PENALTY * w @ w), gradient + 2 * PENALTY * w

    return np.asarray(minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B").x / spread)


def _logistic(values: np.ndarray, right: np.ndarray, weight: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Weights of the features, and the intercept."""
    centre, spread = values.mean(0), values.std(0) + 1e-6
    normal = np.c_[(values - centre) / spread, np.ones(len(values))]
    weight = weight / weight.sum()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logits = normal @ w
        wrong = 1 / (1 + np.exp(-logits)) - right
        gradient = normal.T @ (weight * wrong)
        gradient[:-1] += 2 * penalty * w[:-1]
        return float(weight @ (np.logaddexp(0, logits) - right * logits) + penalty * w[:-1] @ w[:-1]), gradient

    found = minimize(loss, np.zeros(normal.shape[1]), jac=True, method="L-BFGS-B").x
    slopes = found[:-1] / spread
    return slopes, float(found[-1] - slopes @ centre)


def _ranked(weights: Mapping[str, float], each: Listed) -> tuple[dict[str, float], np.ndarray]:
    """The answer's features, and which sentences are right, best first."""
    logits = each.values @ np.array([weights[name] for name in each.names]) + weights["intercept"]
    order = np.argsort(-logits, kind="stable")
    values = [dict(zip(each.names, row.tolist(), strict=True)) for row in each.values[order]]
    return answer_features(values, logits[order].tolist()), each.right[order]


def _scored(weights: Mapping[str, Mapping[str, float]], each: Listed) -> tuple[Listed, float, np.ndarray]:
    if not len(each.right):
        return each, -99.0, each.right
    values, right = _ranked(weights["sentence"], each)
    logit = sum(weights["answer"][name] * value for name, value in {"intercept": 1.0, **values}.items())
    return each, logit, right


def _figures(scored: Sequence[tuple[Listed, float, np.ndarray]]) -> dict[str, Any]:
    """The share of answerable questions with a right sentence among the first 1, 3 and 5, the AUROC of each
    group of unanswerable questions, and what share of it is answered if 5% of the answerable are refused.
    """
    good = [(logit, right) for each, logit, right in scored if each.question.group is None]
    figures: dict[str, Any] = {"questions": len(good)}
    if good:
        figures |= {f"right@{n}": round(float(np.mean([right[:n].any() for _, right in good])), 3) for n in (1, 3, 5)}
    logits = np.array([logit for logit, _ in good])
    for group in sorted({each.question.group for each, *_ in scored} - {None}):
        bad = np.array([logit for each, logit, _ in scored if each.question.group == group])
        ranks = rankdata(np.concatenate([logits, bad]))[: len(logits)]
        auroc = (ranks.sum() - len(logits) * (len(logits) + 1) / 2) / (len(logits) * len(bad))
        answered = float((bad >= np.quantile(logits, 0.05)).mean())
        figures[f"{group} ({len(bad)})"] = {
            "AUROC": round(float(auroc), 3),
            "answered at 5% refused": round(answered, 3),
        }
    return figures


def _collect(
    home: Path, corpus: Path, questions: Sequence[Question], understood_by: Understand = understand
) -> list[Listed]:
    legation = Legation(load_settings(home))
    legation.add([corpus], None, None)
    searcher = Searcher(legation.home, legation.library, legation.encoder)
    vocabulary, glossary = searcher.open().generation.vocabulary(), load_glossary(None)
    found = []
    for number, question in enumerate(questions, start=1):
        understood = understood_by(make_question(question.text, question.context), vocabulary, glossary, AS_OF)
        result = searcher.search(understood.query, Filter(), PASSAGES, sentences_of=PASSAGES)
        features = Features(understood)
        rows = [features.of(sentence) for sentence in result.sentences]
        right = [_answers(question, sentence) for sentence in result.sentences]
        names = tuple(rows[0]) if rows else ()
        values = np.array([list(row.values()) for row in rows], dtype=np.float64)
        found.append(Listed(question, values, np.array(right, dtype=bool), names))
        if number % 1000 == 0:
            print(f"{corpus.name}: {number} of {len(questions)}", file=sys.stderr)
    return found


def _answers(question: Question, sentence: SentenceHit) -> bool:
    text = _folded(sentence.hit.stored.document.text[sentence.span.start : sentence.span.end])
    if not any(text in right or right in text for right in question.right):
        return False
    return not question.answers or any(answer.casefold() in text.casefold() for answer in question.answers)


def _training(folder: Path, corpus: Path) -> Iterator[Question]:
    """The questions of the training sets, mixed; their passages are written as files, one a title."""
    texts: dict[str, dict[str, None]] = {}
    questions: list[Question] = []
    for name, most in SETS.items():
        lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for number, line in enumerate(sorted(lines, key=lambda line: _mixed(line["question"] + line["context"]))):
            context = _folded(line["context"])
            title = line.get("title") or line.get("article") or sha256(context.encode()).hexdigest()[:10]
            texts.setdefault(f"{name}/{_file_name(title)}", {})[context] = None
            if number >= most:
                continue
            evidence = tuple(_folded(line["sentences"][place]) for place in line.get("evidence", ()))
            answers = tuple(sorted({_folded(answer) for answer in line["answers"]} - {""}))
            group = "near-miss" if line["is_impossible"] else None
            right = () if group else evidence or (context,)
            questions.append(Question(f"{name}{number}", line["question"], None, group, right, answers))
    for name, contexts in texts.items():
        path = corpus / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(contexts) + "\n")
    yield from sorted((q for q in questions if q.text.strip()), key=lambda q: _mixed(q.id))


def _domain(path: Path) -> Iterator[Question]:
    for line in path.read_text().splitlines():
        fields = json.loads(line)
        group = None if fields["answerable"] else str(fields.get("why") or "unanswerable").partition(":")[0]
        right = tuple(_folded(gold["quote"]) for gold in fields.get("gold", ()))
        yield Question(fields["id"], fields["question"], fields.get("context"), group, right)


def _squad(folder: Path, corpus: Path) -> Iterator[Question]:
    passages: dict[str, str] = {}
    for line in (folder / "corpus.jsonl").read_text().splitlines():
        fields = json.loads(line)
        passages[fields["_id"]] = _folded(fields["text"])
    corpus.mkdir(parents=True, exist_ok=True)
    titles: dict[str, list[str]] = {}
    for name, text in passages.items():
        titles.setdefault(_file_name(name.rsplit("|", 1)[0]), []).append(text)
    for title, texts in titles.items():
        (corpus / f"{title}.txt").write_text("\n\n".join(texts) + "\n")
    right: dict[str, list[str]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, name, _ = line.split("\t")
        right.setdefault(query, []).append(passages[name])
    for line in (folder / "queries.jsonl").read_text().splitlines():
        fields = json.loads(line)
        known = fields["metadata"]
        group = None if known.get("answerable", True) else "near-miss"
        answers = tuple(sorted({_folded(answer) for answer in known.get("answers", ())} - {""}))
        yield Question(fields["_id"], fields["text"], None, group, tuple(right.get(fields["_id"], ())), answers)


def _halves(found: Sequence[Listed]) -> tuple[list[Listed], list[Listed]]:
    halves: tuple[list[Listed], list[Listed]] = [], []
    for each in found:
        halves[int(_mixed(each.question.id), 16) % 2].append(each)
    return halves


def _mixed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _folded(text: str) -> str:
    return " ".join(text.split())


def _file_name(title: str) -> str:
    kept = "".join(letter for letter in title.replace("_", " ") if letter.isalnum() or letter in " -")
    return kept.strip()[:80] or "untitled"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("train", "questions", "corpus", "squad", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--ablate", action="store_true", help="measure without each group of features, too")
    parser.add_argument("--write", action="store_true", help="write bot/ranking.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
