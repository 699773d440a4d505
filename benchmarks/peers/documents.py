"""The documents that every side indexes, as peers.py wrote them: a set in BEIR layout."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VECTORS = "vectors.npy"
"""Beside the documents where they come out of a library: their vectors, a row each."""


@dataclass(frozen=True, slots=True)
class Document:
    """``content`` is title and text, an empty line between them: what the file holds that Legation reads."""

    id: str
    content: str


def read_documents(chosen: Path) -> Iterator[Document]:
    """The documents of the set in the folder ``chosen``, in their order."""
    with (chosen / "corpus.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            parts = ((entry.get("title") or "").strip(), entry["text"].strip())
            yield Document(entry["_id"], "\n\n".join(part for part in parts if part))


def most_tokens(reranker: Path) -> int:
    """How many tokens of a question and a text the reranker in this folder was made to read, together."""
    return int(json.loads((reranker / "tokenizer_config.json").read_text())["model_max_length"])


def collapsed(found: Iterator[tuple[str, float]], limit: int) -> list[tuple[str, float]]:
    """At most ``limit`` documents out of what was found of them, best first: each as good as its best part."""
    best: dict[str, float] = {}
    for document, score in found:
        best.setdefault(document, score)
        if len(best) == limit:
            break
    return list(best.items())
