"""Questions and answers as plain values, without markup of any chat platform."""

from dataclasses import dataclass, field

from index.types import Document, Filter


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` as it was typed, cleaned of what cannot be text; ``context`` the question before it."""

    text: str
    context: str | None = None
    filter: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class Quote:
    """One to three sentences of a document, word for word: ``document.text[start:end] == text``.

    ``highlight`` is the span of the sentence that answers, in offsets of the document's text, within
    ``start``..``end``. ``score`` is in [0, 1], higher is better. ``pinpoint`` names the place within the
    document (its section headings), None where the document has none. ``link`` leads to the
    quote itself where the document has a URL.
    """

    number: int
    text: str
    start: int
    end: int
    highlight: tuple[int, int]
    document: Document
    pinpoint: str | None
    link: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent to whoever asked.

    ``found`` is False when the sources do not answer: then ``quotes`` is empty, ``reason`` says why
    in one sentence and ``nearest`` holds up to three passages that are close without answering.
    ``answerability`` is in [0, 1], higher is better, and is there for refused questions too.
    ``id`` names this answer in logs and feedback. ``generation`` names the index that was searched.
    """

    id: str
    question: str
    found: bool
    reason: str | None
    answerability: float
    quotes: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    generation: str
    elapsed_ms: float
