"""Legation: the files of the documents through a real sync, and its own search, or whole answers with quotes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

SOURCE = "beir"
FILES, PATHS = "files", "paths.json"
"""Where peers.py laid the documents as files, and their ids by path."""


def load(folder: Path, model: Path) -> Any:
    """The model is the one of the settings; ``model`` is the same, as the others read it. A sync opens it, while the
    process that reads documents starts: what is told without start-up has that in it.
    """
    from bot.assemble import Legation
    from bot.settings import load_settings

    return Legation(load_settings(folder))


def build(legation: Any, chosen: Path, folder: Path) -> None:
    from index.types import Source

    report = legation.sync(add=[Source(SOURCE, str((chosen / FILES).resolve()), SOURCE)])
    if report.skipped:
        raise SystemExit(f"Not read: {report.skipped[0].name}: {report.skipped[0].reason}")
    legation.library.close()


def open_index(folder: Path, chosen: Path, model: Path) -> Callable[[str, int, int], list[tuple[str, float]]]:
    """The ids are those of passages where the documents are passages out of a library."""
    from bot.assemble import Legation
    from bot.settings import load_settings
    from index.search import CANDIDATES, Searcher
    from index.types import Filter, Query

    legation = Legation(load_settings(folder))
    searcher = Searcher(legation.home, legation.library, legation.encoder)
    paths = json.loads((chosen / PATHS).read_text())

    def search(question: str, limit: int, candidates: int) -> list[tuple[str, float]]:
        # Passages are found; as many as it takes for so many documents.
        hits = searcher.search(Query(question), Filter(), limit if limit == candidates else 2 * CANDIDATES).hits
        best: dict[str, float] = {}
        for hit in hits:
            best.setdefault(paths.get(hit.stored.document.path, str(hit.stored.id)), hit.score)
        return list(best.items())[:limit]

    return search


def open_answers(folder: Path, read: bool) -> Callable[[str], object]:
    """Whole answers, with quotes that were checked; the best sentences ``read`` by the shipped reader, or not."""
    from bot.assemble import Legation
    from bot.question import make_question
    from bot.settings import load_settings

    legation = Legation(load_settings(folder) if read else load_settings(folder, reranker="none"))
    legation.prepare()
    return lambda question: legation.answerer.answer(make_question(question))
