"""A plain script of sentence-transformers and faiss: dense search alone, each document as one text.

With a reranker, its CrossEncoder reads the best documents once more.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from documents import VECTORS, read_documents

INDEX, TEXTS = "vectors.faiss", "documents.json"


def load(folder: Path, model: Path) -> Any:
    import faiss  # noqa: F401 - its import is part of loading
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(model), device="cpu")


def build(model: Any, chosen: Path, folder: Path) -> None:
    import faiss
    import numpy as np

    documents = list(read_documents(chosen))
    if (chosen / VECTORS).exists():
        vectors = np.load(chosen / VECTORS)
    else:
        texts = [document.content for document in documents]
        vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / INDEX))
    (folder / TEXTS).write_text(json.dumps([(document.id, document.content) for document in documents]))


def open_index(folder: Path, chosen: Path, model: Path) -> Callable[[str, int, int], list[tuple[str, float]]]:
    nearest = _nearest(folder, model)
    return lambda question, limit, candidates: [(name, score) for name, _, score in nearest(question, limit)]


def open_reranked(folder: Path, chosen: Path, model: Path, reranker: Path, texts: int) -> Callable[[str], object]:
    from sentence_transformers import CrossEncoder

    nearest = _nearest(folder, model)
    ranks = CrossEncoder(str(reranker), device="cpu")
    return lambda question: ranks.rank(question, [text for _, text, _ in nearest(question, texts)])


def _nearest(folder: Path, model: Path) -> Callable[[str, int], list[tuple[str, str, float]]]:
    """Gives ids, texts and scores, by the question and how many."""
    import faiss

    encoder = load(folder, model)
    index = faiss.read_index(str(folder / INDEX))
    documents = json.loads((folder / TEXTS).read_text())

    def nearest(question: str, limit: int) -> list[tuple[str, str, float]]:
        query = encoder.encode([question], normalize_embeddings=True, show_progress_bar=False)
        scores, rows = index.search(query, limit)
        found = zip(scores[0].tolist(), rows[0], strict=True)
        return [(*documents[row], score) for score, row in found if row >= 0]

    return nearest
