"""LlamaIndex as its documentation sets up a hybrid fusion retriever: a vector index and BM25, fused by reciprocal rank.

The rewriting of questions by a language model, which that page also shows, is switched off (``num_queries=1``). With
a reranker, its SentenceTransformerRerank stands behind the retriever.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from documents import VECTORS, collapsed, most_tokens, read_documents

WORDS = "bm25"


def load(folder: Path, model: Path) -> Any:
    from llama_index.core import Settings
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.retrievers.bm25 import BM25Retriever  # noqa: F401 - its import is part of loading

    Settings.llm = None
    Settings.embed_model = HuggingFaceEmbedding(model_name=str(model), device="cpu")
    return Settings.embed_model


def build(model: Any, chosen: Path, folder: Path) -> None:
    import Stemmer
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.retrievers.bm25 import BM25Retriever

    if (chosen / VECTORS).exists():
        index = VectorStoreIndex(_nodes(chosen))
    else:
        documents = [Document(text=document.content, doc_id=document.id) for document in read_documents(chosen)]
        index = VectorStoreIndex.from_documents(documents)
    index.storage_context.persist(persist_dir=str(folder))
    words = BM25Retriever.from_defaults(docstore=index.docstore, stemmer=Stemmer.Stemmer("english"), language="english")
    words.persist(str(folder / WORDS))


def open_index(folder: Path, chosen: Path, model: Path) -> Callable[[str, int, int], list[tuple[str, float]]]:
    retriever = _retriever(folder, model)

    def search(question: str, limit: int, candidates: int) -> list[tuple[str, float]]:
        found = retriever(candidates).retrieve(question)
        return collapsed(((each.node.ref_doc_id, each.score) for each in found), limit)

    return search


def open_reranked(folder: Path, chosen: Path, model: Path, reranker: Path, texts: int) -> Callable[[str], object]:
    from llama_index.core.postprocessor import SentenceTransformerRerank

    retriever = _retriever(folder, model)(texts)
    ranks = SentenceTransformerRerank(model=str(reranker), top_n=texts, device="cpu")
    ranks._model.max_seq_length = most_tokens(reranker)  # 512 otherwise, and it has no parameter for it
    return lambda question: ranks.postprocess_nodes(retriever.retrieve(question)[:texts], query_str=question)


def _retriever(folder: Path, model: Path) -> Callable[[int], Any]:
    """Gives a retriever, by how many candidates each half of its search has."""
    from llama_index.core import StorageContext, load_index_from_storage
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.retrievers.bm25 import BM25Retriever

    load(folder, model)
    index = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(folder)))
    words = BM25Retriever.from_persist_dir(str(folder / WORDS))

    @cache
    def retriever(candidates: int) -> Any:
        words.similarity_top_k = min(candidates, len(words.corpus))
        vectors = index.as_retriever(similarity_top_k=candidates)
        return QueryFusionRetriever(
            [vectors, words], similarity_top_k=2 * candidates, num_queries=1, mode="reciprocal_rerank", use_async=False
        )

    return retriever


def _nodes(chosen: Path) -> list[Any]:
    """Documents whose vectors are there, each as one node."""
    import numpy as np
    from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode

    return [
        TextNode(
            text=document.content,
            embedding=vector.tolist(),
            relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document.id)},
        )
        for document, vector in zip(read_documents(chosen), np.load(chosen / VECTORS, mmap_mode="r"), strict=True)
    ]
