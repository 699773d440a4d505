"""How well the reader does on articles that it was not trained on: to choose, never to report."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import CrossEncoder
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator

from bot.evaluation.measures import auroc
from bot.reader_text import reader_text
from training.mining import Likeness, best_right
from training.sets import Question

MOST = 6
"""Sentences of a paragraph that are read: the right one and those most like the question."""


def lists(questions: Sequence[Question], likeness: Likeness, most: int = MOST) -> list[dict[str, Any]]:
    """The sentences of each question's paragraph as the reader reads them; ``right`` is the place of the right one,
    -1 if nothing answers.
    """
    made = []
    for question in questions:
        sentences, title = question.paragraph.sentences, question.paragraph.title
        places = sorted(range(len(sentences)), key=lambda each: -likeness(question.text, sentences[each]))[:most]
        right = best_right(question, likeness) if question.answerable else -1
        if right >= 0 and right not in places:
            places[-1] = right
        texts = [reader_text(sentences[each], (title,), sentences[each - 1] if each else "") for each in places]
        made.append({"question": question.text, "texts": texts, "right": places.index(right) if right >= 0 else -1})
    return made


class HeldOut(SentenceEvaluator):  # type: ignore[misc]
    """AUROC of the best score of a paragraph, answerable against unanswerable questions, and how often the right
    sentence has it. Writes a line for each time it is called.
    """

    def __init__(self, made: Sequence[dict[str, Any]], log: Path) -> None:
        super().__init__()
        self.primary_metric = "auroc"
        self._made, self._log = made, log

    def __call__(
        self, model: CrossEncoder, output_path: str | None = None, epoch: float = -1, steps: int = -1
    ) -> dict[str, float]:
        pairs = [(each["question"], text) for each in self._made for text in each["texts"]]
        with torch.autocast("cpu", dtype=torch.bfloat16):  # as it trains: 2.5 times as fast
            scores = model.predict(pairs, batch_size=64, show_progress_bar=False, convert_to_tensor=True)
        scores = scores.double().numpy()
        bounds = np.cumsum([0, *(len(each["texts"]) for each in self._made)])
        best = np.array([scores[first:last].max() for first, last in pairwise(bounds)])
        first = [int(scores[a:b].argmax()) for a, b in pairwise(bounds)]
        right = np.array([each["right"] for each in self._made])
        figures = {
            "auroc": auroc(best[right >= 0], best[right < 0]),
            "first": float(np.mean([f == r for f, r in zip(first, right, strict=True) if r >= 0])),
        }
        with self._log.open("a") as stream:
            stream.write(json.dumps({"step": steps, **figures}) + "\n")
        return figures
