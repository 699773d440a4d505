"""Who is compared."""

from dataclasses import dataclass
from importlib import metadata

OURS, UNREAD, SEARCH = "Legation", "Legation, without its reader", "Legation, search alone"


@dataclass(frozen=True, slots=True)
class Side:
    """``module`` is a file in this folder, ``packages`` what must be installed for it."""

    name: str
    module: str
    packages: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """What the side is called on the command line."""
        return self.module.removeprefix("with_")

    @property
    def missing(self) -> list[str]:
        """Those of ``packages`` that are not installed."""
        return [package for package in self.packages if not _installed(package)]


SIDES = (
    Side(OURS, "with_legation"),
    Side("txtai", "with_txtai", ("txtai",)),
    Side(
        "LlamaIndex",
        "with_llama_index",
        ("llama-index-core", "llama-index-embeddings-huggingface", "llama-index-retrievers-bm25"),
    ),
    Side("Haystack", "with_haystack", ("haystack-ai", "sentence-transformers-haystack")),
    Side("plain script", "with_faiss"),
)


def _installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
