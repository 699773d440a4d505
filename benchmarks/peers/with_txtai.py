"""txtai as its documentation sets up hybrid search: ``hybrid`` and ``content`` on, all else at its defaults.

With a reranker, its Reranker stands around the search, with a Similarity that reads question and text together.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from documents import VECTORS, most_tokens, read_documents


def load(folder: Path, model: Path) -> Any:
    from txtai import Embeddings

    return Embeddings(path=str(model), hybrid=True, content=True)


def build(embeddings: Any, chosen: Path, folder: Path) -> None:
    if (chosen / VECTORS).exists():
        embeddings.model.encode = _given(chosen / VECTORS)
    embeddings.index((document.id, document.content) for document in read_documents(chosen))
    embeddings.save(str(folder))


def open_index(folder: Path, chosen: Path, model: Path) -> Callable[[str, int, int], list[tuple[str, float]]]:
    """txtai looks at ten times as many candidates as it is to return; there is no number to set.

    Its searches share one cursor of SQLite. When threads use it at once, that raises "Recursive use of cursors not
    allowed", or the process ends: a lock around each, as in its own ``txtai.app.Application``.
    """
    embeddings = _opened(folder)
    lock = threading.Lock()

    def search(question: str, limit: int, candidates: int) -> list[tuple[str, float]]:
        with lock:
            found = embeddings.search(question, limit)
        return [(each["id"], each["score"]) for each in found]

    return search


def open_reranked(folder: Path, chosen: Path, model: Path, reranker: Path, texts: int) -> Callable[[str], object]:
    from transformers import pipeline
    from txtai.pipeline import Reranker, Similarity

    # Its own pipeline does not cut what is too long for the model, and fails on that.
    cut = {"truncation": True, "max_length": most_tokens(reranker)}
    reads = pipeline("text-classification", model=str(reranker), device="cpu", **cut)
    ranks = Reranker(_opened(folder), Similarity(model=reads, crossencode=True))
    lock = threading.Lock()

    def search(question: str) -> object:
        with lock:
            return ranks(question, texts, factor=1)

    return search


def _opened(folder: Path) -> Any:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(folder))
    return embeddings


def _given(path: Path) -> Callable[..., Any]:
    """In the place of the model, while indexing: the vectors of the documents, in their order."""
    import numpy as np

    rows: Iterator[Any] = iter(np.load(path, mmap_mode="r"))
    return lambda texts, category=None: np.array([next(rows) for _ in texts], dtype=np.float32)
