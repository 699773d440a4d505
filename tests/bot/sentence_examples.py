"""Sentences found for a question, as a search gives them, with whatever numbers a test wants."""

from collections.abc import Sequence

from index.search import SentenceHit
from index.types import Document, Entry, Hit, Passage, Span, StoredPassage


def sentence(
    *sentences: str,
    place: int = 0,
    title: str = "Notes",
    headings: Sequence[str] = (),
    published: str | None = None,
    name: str = "a",
    passage: int = 1,
    score: float = 0.5,
    dense: float = 0.5,
    entry: Entry | None = None,
    **measured: float,
) -> SentenceHit:
    """The sentence number ``place`` of a passage that is all of a document, ``score`` being the passage's.

    ``measured`` are fields of SentenceHit; without them the question's words are nowhere.
    """
    spans: list[Span] = []
    text = ""
    for each in sentences:
        spans.append(Span(len(text), len(text) + len(each)))
        text += f"{each} "
    document = Document(
        id=f"source/{name}.md", source="source", collection="source", path=f"{name}.md", media_type="text/markdown",
        title=title, publisher=None, published=published, url=None, language=None, text=text, headings=(),
        blocks=(Span(0, len(text)),), entry=entry,
    )  # fmt: skip
    stored = StoredPassage(passage, Passage(0, len(text), tuple(headings), tuple(spans)), document)
    found = {"coverage": 0.0, "own": 0.0} | measured
    return SentenceHit(Hit(stored, score, 0.5, 1.0), spans[place], dense, **found)
