"""Questions to labelled pairs for the cross-encoder, in the order in which they are learned."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from bot.reader_text import reader_text
from bot.training.example import Example
from training.edits import (
    Pool,
    changed_question,
    moved_sentence,
    still_answering,
    swapped_answer,
    without_answer,
)
from training.mining import Likeness, best_right, ranked_wrong
from training.otherwise import asked_otherwise
from training.sets import Paragraph, Question

SIBLINGS = 6
"""Paragraphs of the same article whose sentences may be taken as wrong ones."""

SHARE: Mapping[str, float] = {"qamr": 0.45}
"""Of the questions of a set. QAMR has 35 questions about each of its 978 sentences."""

TITLE_SHARE, BEFORE_SHARE = 0.7, 0.6
"""How often a sentence stands below its title, and after the one before it, if it has any: a reader that always saw
them would be lost without."""

BUCKET = 40
"""Batches among which examples are sorted by length, so that little is padded."""


class Maker:
    """Makes the examples of a question."""

    def __init__(self, questions: Sequence[Question], likeness: Likeness, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 -- to choose examples, not to keep a secret
        self._likeness = likeness
        texts: dict[str, dict[str, None]] = {}
        self._articles: dict[str, dict[Paragraph, None]] = {}
        for question in questions:
            paragraph = question.paragraph
            self._articles.setdefault(paragraph.article, {})[paragraph] = None
            texts.setdefault(paragraph.article, {})[" ".join(paragraph.sentences)] = None
        self._pool = Pool({article: list(held) for article, held in texts.items()})

    def of(self, question: Question) -> Iterator[Example]:
        """The right sentence, wrong ones, and changed questions and sentences."""
        if not question.answerable:
            for place in ranked_wrong(question, self._likeness)[:2]:
                yield self._example(question, question.text, place, None, "unanswerable", 0)
            return
        place = best_right(question, self._likeness)
        yield self._example(question, question.text, place, None, "right", 1)
        yield from self._wrong(question)
        yield from self._changed(question, place)

    def _wrong(self, question: Question) -> Iterator[Example]:
        for place in ranked_wrong(question, self._likeness)[: 1 if self._random.random() < 0.7 else 2]:
            yield self._example(question, question.text, place, None, "same paragraph", 0)
        others = [each for each in self._articles[question.paragraph.article] if each is not question.paragraph]
        if not others or self._random.random() < 0.5:
            return
        candidates = [
            (self._likeness(question.text, sentence), paragraph, place)
            for paragraph in self._random.sample(others, min(SIBLINGS, len(others)))
            for place, sentence in enumerate(paragraph.sentences)
            if not any(answer in sentence for answer in question.answers)
        ]
        if candidates:
            _, paragraph, place = max(candidates, key=lambda each: each[0])
            yield self._example(question, question.text, place, None, "sibling paragraph", 0, paragraph)

    def _changed(self, question: Question, place: int) -> Iterator[Example]:
        random, pool, article = self._random, self._pool, question.paragraph.article
        sentence, paragraph = question.paragraph.sentences[place], " ".join(question.paragraph.sentences)
        if random.random() < 0.75:
            other = changed_question(random, pool, article, question.text, paragraph)
            if other is not None:
                yield self._example(question, other, place, None, "changed question", 0)
        other = asked_otherwise(random, question.text, f"{question.paragraph.title} {sentence} {question.text}")
        if other is not None:
            yield self._example(question, other, place, None, "asked otherwise", 0, alone=True)
        if not question.answers:
            return
        answer = next(each for each in question.answers if each in sentence) if _holds(question, sentence) else ""
        if not answer:
            return
        chance = random.random()
        if chance < 0.45:
            left = without_answer(random, sentence, answer)
            if left is not None and not _holds(question, left):
                yield self._example(question, question.text, place, left, "answer taken out", 0)
        elif chance < 0.6:
            swapped = swapped_answer(random, pool, article, sentence, answer)
            if swapped is not None and not _holds(question, swapped):
                yield self._example(question, question.text, place, swapped, "answer swapped", 0)
        elif chance < 0.75:
            moved = moved_sentence(random, pool, article, question.text, sentence, answer)
            if moved is not None:
                yield self._example(question, question.text, place, moved, "moved sentence", 0)
        else:
            still = still_answering(random, pool, article, question.text, sentence, answer)
            if still is not None:
                yield self._example(question, question.text, place, still, "still answering", 1)

    def _example(
        self,
        question: Question,
        text: str,
        place: int,
        changed: str | None,
        kind: str,
        label: int,
        paragraph: Paragraph | None = None,
        alone: bool = False,
    ) -> Example:
        found = paragraph or question.paragraph
        sentence = " ".join((changed or found.sentences[place]).split())
        titled = bool(found.title) and self._random.random() < TITLE_SHARE
        before = found.sentences[place - 1] if place and self._random.random() < BEFORE_SHARE and not alone else ""
        if label == 0 and any(answer in before for answer in question.answers):
            before = ""  # or the text would hold the answer after all
        read = reader_text(sentence, (found.title,) if titled else (), before)
        start, end = _span(question, sentence) if label else (0, 0)
        return Example(text, read, label, start, end, kind)


def make_examples(questions: Sequence[Question], likeness: Likeness, seed: int) -> list[Example]:
    """The examples of all questions; of a set in ``SHARE``, of that share of them."""
    maker, random = Maker(questions, likeness, seed), Random(seed + 1)  # noqa: S311
    chosen = [each for each in questions if random.random() < SHARE.get(each.paragraph.set, 1.0)]
    return [example for question in chosen for example in maker.of(question)]


def in_order(examples: Sequence[Example], batch: int, easy: float, seed: int) -> list[Example]:
    """Shuffled, with a curriculum: the first ``easy`` of them hold fewer hard pairs than the rest. Examples of like
    length lie in the same batch.
    """
    random = Random(seed)  # noqa: S311
    hard = {
        "unanswerable",
        "changed question",
        "asked otherwise",
        "answer taken out",
        "answer swapped",
        "moved sentence",
    }

    def when(example: Example) -> float:
        chance = random.random()
        return easy + chance * (1 - easy) if example.kind in hard and random.random() < 0.6 else chance

    shuffled = sorted(((when(example), place) for place, example in enumerate(examples)))
    ordered: list[Example] = []
    for start in range(0, len(shuffled), batch * BUCKET):
        bucket = [examples[place] for _, place in shuffled[start : start + batch * BUCKET]]
        bucket.sort(key=lambda each: len(each.question) + len(each.text))
        batches = [bucket[first : first + batch] for first in range(0, len(bucket), batch)]
        short = [each for each in batches if len(each) < batch]
        batches = [each for each in batches if len(each) == batch]
        random.shuffle(batches)
        ordered += [example for each in [*batches, *short] for example in each]
    return ordered


def _holds(question: Question, sentence: str) -> bool:
    return any(answer.casefold() in sentence.casefold() for answer in question.answers)


def _span(question: Question, sentence: str) -> tuple[int, int]:
    """The shortest known answer that the sentence holds: the others often hold more than the answer."""
    for answer in reversed(question.answers):
        start = sentence.find(answer)
        if start >= 0:
            return start, start + len(answer)
    return -1, -1
