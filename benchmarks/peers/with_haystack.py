"""Haystack as its tutorial sets up hybrid retrieval: an in-memory store, dense and BM25 retrievers, a joiner.

The reranker at the end of that tutorial is there where all sides have one; the joiner fuses by reciprocal rank, as its
documentation recommends for hybrid retrieval. The store is saved to disk and loaded from there.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from documents import VECTORS, collapsed, read_documents

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

STORE = "documents.json"


def load(folder: Path, model: Path) -> Any:
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    embedder = SentenceTransformersDocumentEmbedder(model=str(model), progress_bar=False)
    embedder.warm_up()
    return embedder


def build(embedder: Any, chosen: Path, folder: Path) -> None:
    import numpy as np
    from haystack import Document, Pipeline
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore()
    documents = [Document(content=each.content, meta={"name": each.id}) for each in read_documents(chosen)]
    if (chosen / VECTORS).exists():
        for document, vector in zip(documents, np.load(chosen / VECTORS, mmap_mode="r"), strict=True):
            document.embedding = vector.tolist()
        store.write_documents(documents)
    else:
        indexing = Pipeline()
        indexing.add_component("split", DocumentSplitter(split_by="word", split_length=512, split_overlap=32))
        indexing.add_component("embed", embedder)
        indexing.add_component("write", DocumentWriter(document_store=store))
        indexing.connect("split", "embed")
        indexing.connect("embed", "write")
        indexing.run({"split": {"documents": documents}})
    store.save_to_disk(str(folder / STORE))


def open_index(folder: Path, chosen: Path, model: Path) -> Callable[[str, int, int], list[tuple[str, float]]]:
    asking = _asking(folder, model)
    asking.warm_up()

    def search(question: str, limit: int, candidates: int) -> list[tuple[str, float]]:
        found = asking.run(_inputs(question, candidates))
        return collapsed(((each.meta["name"], each.score) for each in found["join"]["documents"]), limit)

    return search


def open_reranked(folder: Path, chosen: Path, model: Path, reranker: Path, texts: int) -> Callable[[str], object]:
    from haystack_integrations.components.rankers.sentence_transformers import SentenceTransformersSimilarityRanker

    asking = _asking(folder, model)
    asking.add_component("rank", SentenceTransformersSimilarityRanker(model=str(reranker), top_k=texts))
    asking.connect("join", "rank")
    asking.warm_up()
    return lambda question: asking.run(
        _inputs(question, texts) | {"join": {"top_k": texts}, "rank": {"query": question}}
    )


def _inputs(question: str, candidates: int) -> dict[str, dict[str, Any]]:
    return {
        "embed": {"text": question},
        "vectors": {"top_k": candidates},
        "words": {"query": question, "top_k": candidates},
    }


def _asking(folder: Path, model: Path) -> Any:
    from haystack import Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

    store = InMemoryDocumentStore.load_from_disk(str(folder / STORE))
    asking = Pipeline()
    asking.add_component("embed", SentenceTransformersTextEmbedder(model=str(model), progress_bar=False))
    asking.add_component("vectors", InMemoryEmbeddingRetriever(store))
    asking.add_component("words", InMemoryBM25Retriever(store))
    asking.add_component("join", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    asking.connect("embed", "vectors")
    asking.connect("vectors", "join")
    asking.connect("words", "join")
    return asking
