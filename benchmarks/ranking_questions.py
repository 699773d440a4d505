"""The questions that weights of ranking are learned from and measured with, and the passages they are asked of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from index.search import SentenceHit
from training.sets import article_name, tidied

SETS = {"squad2_dev_other_articles": 5795, "squad1_dev_other_passages": 2000, "selqa": 1500, "squad1_train_part": 1500,
        "qed": 1355}  # fmt: skip
"""The training sets that are used, and how many questions of each."""


@dataclass(frozen=True, slots=True)
class Question:
    """``right`` are stretches of text, white space folded; a sentence answers if it lies in one, or one in it, and
    says one of ``answers`` where there are any. ``group`` names unanswerable ones. ``article`` is that of a training
    set, as training/sets.py names it.
    """

    id: str
    text: str
    context: str | None
    group: str | None
    right: tuple[str, ...]
    answers: tuple[str, ...] = ()
    article: str = ""


def training(folder: Path, corpus: Path) -> Iterator[Question]:
    """The questions of the training sets, mixed; their passages are written as files, one a title."""
    texts: dict[str, dict[str, None]] = {}
    questions: list[Question] = []
    for name, most in SETS.items():
        lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for number, line in enumerate(sorted(lines, key=lambda line: mixed(line["question"] + line["context"]))):
            context = folded(line["context"])
            title = line.get("title") or line.get("article") or sha256(context.encode()).hexdigest()[:10]
            texts.setdefault(f"{name}/{file_name(title)}", {})[context] = None
            if number >= most:
                continue
            evidence = tuple(folded(line["sentences"][place]) for place in line.get("evidence", ()))
            answers = tuple(sorted({folded(answer) for answer in line["answers"]} - {""}))
            group = "near-miss" if line["is_impossible"] else None
            right = () if group else evidence or (context,)
            article = article_name(line, tidied(line["context"], name))
            questions.append(Question(f"{name}{number}", line["question"], None, group, right, answers, article))
    for name, contexts in texts.items():
        path = corpus / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(contexts) + "\n")
    yield from sorted((q for q in questions if q.text.strip()), key=lambda q: mixed(q.id))


def domain(path: Path) -> Iterator[Question]:
    for line in path.read_text().splitlines():
        fields = json.loads(line)
        group = None if fields["answerable"] else str(fields.get("why") or "unanswerable").partition(":")[0]
        right = tuple(folded(gold["quote"]) for gold in fields.get("gold", ()))
        yield Question(fields["id"], fields["question"], fields.get("context"), group, right)


def squad(folder: Path, corpus: Path) -> Iterator[Question]:
    passages: dict[str, str] = {}
    for line in (folder / "corpus.jsonl").read_text().splitlines():
        fields = json.loads(line)
        passages[fields["_id"]] = folded(fields["text"])
    corpus.mkdir(parents=True, exist_ok=True)
    titles: dict[str, list[str]] = {}
    for name, text in passages.items():
        titles.setdefault(file_name(name.rsplit("|", 1)[0]), []).append(text)
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
        answers = tuple(sorted({folded(answer) for answer in known.get("answers", ())} - {""}))
        yield Question(fields["_id"], fields["text"], None, group, tuple(right.get(fields["_id"], ())), answers)


def mixed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def folded(text: str) -> str:
    return " ".join(text.split())


def file_name(title: str) -> str:
    kept = "".join(letter for letter in title.replace("_", " ") if letter.isalnum() or letter in " -")
    return kept.strip()[:80] or "untitled"


def answers(question: Question, sentence: SentenceHit) -> bool:
    text = folded(sentence.hit.stored.document.text[sentence.span.start : sentence.span.end])
    if not any(text in right or right in text for right in question.right):
        return False
    return not question.answers or any(answer.casefold() in text.casefold() for answer in question.answers)
