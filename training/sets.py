"""The training sets as questions over sentences. No other file of their folder is read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.sentences import sentences
from index.types import Span
from training.text import joined

TOKENISED = frozenset({"qamr", "qed"})
SETS = (
    "squad2_dev_other_articles",
    "squad1_dev_other_passages",
    "squad1_train_part",
    "selqa",
    "qed",
    "squad1_train_sentences",
    "qamr",
)
HELD_OUT = 0.05


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``sentences`` in order. ``article`` groups paragraphs of one subject; ``title`` is "" where it is unknown."""

    set: str
    article: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """``right`` are places in ``paragraph.sentences`` that answer, none if nothing does; ``answers`` are the words
    that answer, longest first, as they stand in a right sentence, none where they are unknown.
    """

    id: str
    text: str
    paragraph: Paragraph
    right: tuple[int, ...]
    answers: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        return bool(self.right)


def read_sets(folder: Path) -> list[Question]:
    """All questions whose right sentence is known, or that have none. Raises OSError if a set is missing."""
    return [question for name in SETS for question in read_set(folder / f"{name}.jsonl")]


def read_set(path: Path) -> Iterator[Question]:
    """The questions of one set; those whose answer cannot be found in one sentence are left out."""
    name, known = path.stem, dict[str, tuple[str, ...]]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        fields = json.loads(line)
        text, context = tidied(fields["question"], name), tidied(fields["context"], name)
        if not text or not context:
            continue
        if context not in known:
            known[context] = _sentences(fields, context, name)
        title = fields.get("title") or fields.get("article") or ""
        paragraph = Paragraph(name, article_name(fields, context), title.replace("_", " "), known[context])
        answers = tuple(
            sorted({tidied(answer, name) for answer in fields["answers"]} - {""}, key=lambda each: -len(each))
        )
        right = () if fields["is_impossible"] else _right(fields, paragraph.sentences, answers)
        if right or fields["is_impossible"]:
            said = tuple(each for each in answers if any(each in paragraph.sentences[place] for place in right))
            yield Question(f"{name}-{number}", text, paragraph, right, said)


def tidied(text: str, name: str) -> str:
    """A text of the set called ``name`` as people write it."""
    return joined(text) if name in TOKENISED else _folded(text)


def article_name(fields: Mapping[str, Any], context: str) -> str:
    """What groups the paragraphs of one subject: the title, or a name of the paragraph ``context`` itself."""
    return str(fields.get("title") or fields.get("article") or sha256(context.encode()).hexdigest()[:12])


def held_out(questions: list[Question]) -> set[str]:
    """Articles that are never trained on: of every set at least 5%, and of sets with titles at least two."""
    articles: dict[str, dict[str, bool]] = {}
    for question in questions:
        articles.setdefault(question.paragraph.set, {})[question.paragraph.article] = bool(question.paragraph.title)
    kept: set[str] = set()
    for found in articles.values():
        mixed = sorted(found, key=lambda article: sha256(article.encode()).hexdigest())
        kept |= set(mixed[: max(2 if any(found.values()) else 1, -int(-HELD_OUT * len(mixed) // 1))])
    return kept


def _sentences(fields: dict[str, object], context: str, name: str) -> tuple[str, ...]:
    listed = fields.get("sentences")
    if isinstance(listed, list):
        return tuple(_folded(str(each)) for each in listed)
    if name in {"qamr", "squad1_train_sentences"}:
        return (context,)
    return tuple(context[span.start : span.end] for span in sentences(context, Span(0, len(context))))


def _right(fields: dict[str, object], found: tuple[str, ...], answers: tuple[str, ...]) -> tuple[int, ...]:
    evidence = fields.get("evidence")
    if isinstance(evidence, list):
        return tuple(int(place) for place in evidence if 0 <= int(place) < len(found))
    if len(found) == 1:
        return (0,)
    holding = [place for place, sentence in enumerate(found) if any(answer in sentence for answer in answers)]
    # Where the words stand in several sentences, which of them answers is unknown here; see training.mining.
    return tuple(holding)


def _folded(text: str) -> str:
    return " ".join(text.split())
