"""What weights of ranking are learned from: the features of every sentence that is found for a question, and what a
reader says of the best of them. Both are kept, so that learning again takes seconds.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
from ranking_questions import Question, answers

import bot.features
from bot.answer import PASSAGES
from bot.assemble import Legation
from bot.features import Features
from bot.glossary import Glossary, load_glossary
from bot.question import make_question
from bot.reader_text import text_to_read
from bot.settings import load_settings
from bot.types import Question as BotQuestion
from bot.types import Understanding
from bot.understanding import understand
from index.rerank import OnnxReranker
from index.search import Searcher
from index.types import Filter, Source, Vocabulary

Understand = Callable[[BotQuestion, Vocabulary, Glossary, date], Understanding]

AS_OF = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Listed:
    """The sentences found for a question: ``values`` is (sentences, features), ``right`` says which answer.
    ``searched`` is the question as it was understood, ``texts`` what a reader reads of each sentence.
    """

    question: Question
    values: np.ndarray
    right: np.ndarray
    names: tuple[str, ...]
    searched: str
    texts: tuple[str, ...]


def collect(
    work: Path,
    name: str,
    corpus: Path,
    questions: Sequence[Question],
    understood_by: Understand = understand,
    again: bool = False,
) -> list[Listed]:
    """Asks every question of the documents in ``corpus``, indexed in ``work / "home-NAME"``.

    What was found is kept in ``work``, until the questions or bot/features.py change; ``again`` collects it anew.
    """
    made_from = [Path(bot.features.__file__).read_text(), understood_by.__name__, *map(repr, questions)]
    kept = work / f"{name}-{sha256(json.dumps(made_from).encode()).hexdigest()[:12]}.npz"
    if again or not kept.is_file():
        _write(kept, _collected(work / f"home-{name}", corpus, questions, understood_by))
    return _read(kept, questions)


def _collected(home: Path, corpus: Path, questions: Sequence[Question], understood_by: Understand) -> list[Listed]:
    legation = Legation(load_settings(home, reranker="none"))
    legation.sync(add=[Source("corpus", str(corpus.resolve()), "corpus")], only=["corpus"])
    searcher = Searcher(legation.home, legation.library, legation.encoder)
    vocabulary, glossary = searcher.open().generation.vocabulary(), load_glossary(None)
    found = []
    for number, question in enumerate(questions, start=1):
        understood = understood_by(make_question(question.text, question.context), vocabulary, glossary, AS_OF)
        sentences = searcher.search(understood.query, Filter(), PASSAGES, sentences_of=PASSAGES).sentences
        features = Features(understood)
        rows = [features.of(sentence) for sentence in sentences]
        found.append(
            Listed(
                question,
                np.array([list(row.values()) for row in rows], dtype=np.float64),
                np.array([answers(question, sentence) for sentence in sentences], dtype=bool),
                tuple(rows[0]) if rows else (),
                understood.query.text,
                tuple(text_to_read(sentence) for sentence in sentences),
            )
        )
        if number % 1000 == 0:
            print(f"{corpus.name}: {number} of {len(questions)}", file=sys.stderr)
    return found


def _write(path: Path, found: Sequence[Listed]) -> None:
    texts: dict[str, int] = {}
    names = next((each.names for each in found if each.names), ())
    np.savez(
        path,
        lengths=[len(each.right) for each in found],
        values=np.concatenate([each.values.reshape(-1, len(names)) for each in found]),
        right=np.concatenate([each.right for each in found]),
        texts=[texts.setdefault(text, len(texts)) for each in found for text in each.texts],
        words=np.frombuffer(
            json.dumps([names, [each.searched for each in found], list(texts)]).encode(), dtype=np.uint8
        ),
    )


def _read(path: Path, questions: Sequence[Question]) -> list[Listed]:
    with np.load(path, allow_pickle=False) as kept:
        names, searched, texts = json.loads(kept["words"].tobytes())
        lengths, values, right = (kept[each] for each in ("lengths", "values", "right"))
        places = kept["texts"]
    bounds = np.cumsum([0, *lengths])
    return [
        Listed(
            question,
            values[first:last],
            right[first:last],
            tuple(names) if first < last else (),
            asked,
            tuple(texts[place] for place in places[first:last]),
        )
        for question, asked, first, last in zip(questions, searched, bounds[:-1], bounds[1:], strict=True)
    ]


class Readings:
    """What a reader says of pairs, each read once and kept in ``folder``."""

    def __init__(self, reader: Path, folder: Path) -> None:
        self.manifest = sha256((reader / "reranker.json").read_bytes()).hexdigest()
        self._reader, self._kept = OnnxReranker(reader), folder / f"read-{self.manifest[:12]}.json"
        self._known: dict[str, float] = json.loads(self._kept.read_text()) if self._kept.is_file() else {}

    def of(self, lists: Sequence[tuple[str, Sequence[str]]]) -> list[np.ndarray]:
        """The logits of texts, for each question and its texts."""
        names = [[sha256(f"{asked}\0{text}".encode()).hexdigest()[:24] for text in texts] for asked, texts in lists]
        fresh = 0
        for (asked, texts), named in zip(lists, names, strict=True):
            unknown = {name: (asked, text) for name, text in zip(named, texts, strict=True) if name not in self._known}
            if unknown:
                logits = self._reader.logits(list(unknown.values())).tolist()
                self._known |= dict(zip(unknown, logits, strict=True))
                fresh += 1
                if fresh % 500 == 0:
                    print(f"read for {fresh} questions", file=sys.stderr)
                    self._kept.write_text(json.dumps(self._known))
        if fresh:
            self._kept.write_text(json.dumps(self._known))
        return [np.array([self._known[name] for name in named]) for named in names]
