"""The reader that ships: its files lie here, and MODEL_CARD.md says what it is. Opens it, or the user's own like it."""

from hashlib import sha256
from pathlib import Path

from bot.rank import ReaderWeights
from index.errors import ModelError
from index.rerank import OnnxReranker, RerankerManifest

FOLDER = Path(__file__).parent
SHIPPED = "shipped"
OFF = frozenset({"none", "off"})

KIND = "legation-reader"
"""What the references of all readers that are trained like the shipped one begin with."""


def open_reader(reference: str, weights: ReaderWeights | None) -> OnnxReranker | None:
    """The reader that the setting means: the shipped one, or a folder with one of the same kind. None for anything
    else.

    Raises ModelError if it is damaged, or if the shipped one is not the one that ``weights`` were learned with; one
    of the user's own may be any.
    """
    if reference == SHIPPED:
        if weights is None or _manifest_digest() != weights.manifest:
            raise ModelError("The shipped reader is missing or not the one that its weights were learned with.")
        return OnnxReranker(FOLDER)
    folder = own_reader(reference)
    return None if folder is None else OnnxReranker(folder)


def how_to_mend(reference: str) -> str:
    """What to do about a reader that cannot be opened: nothing exports it again by itself."""
    again = "install Legation again" if reference == SHIPPED else "legation train-reader makes it again"
    return f"{again}, or set LEGATION_RERANKER=none to answer without it"


def own_reader(reference: str) -> Path | None:
    """The folder that ``reference`` names, if it holds a reader of our kind."""
    folder = Path(reference).expanduser()
    if not RerankerManifest.path(folder).is_file():
        return None
    return folder if RerankerManifest.read(folder).reference.startswith(KIND) else None


def _manifest_digest() -> str | None:
    """The manifest has the digests of all other files, so that its own stands for them all."""
    try:
        return sha256(RerankerManifest.path(FOLDER).read_bytes()).hexdigest()
    except OSError:
        return None
