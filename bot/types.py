"""Questions and answers as plain values, without markup of any chat platform."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from index.types import Document, Edition, Filter, Query

MOST_REPETITIONS = 5
"""Other documents that are cited for one quote; there may be more."""

Asked = Literal["date", "number", "reason", "place", "person", "list", "duty", "yes-no"]
"""What kind of answer a question wants."""

Kind = Literal["answer", "not-found", "help", "small-talk"]
"""What an answer is: quotes; nothing found; or a fixed reply, because nothing was asked of the sources."""


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` as it was typed, cleaned of what cannot be text; ``context`` the question before it. ``as_of`` is the
    day, in UTC, at whose end the sources are asked; None for now.
    """

    text: str
    context: str | None = None
    filter: Filter = field(default_factory=Filter)
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days that a question names, both included. ``text`` is how it names it."""

    first: date
    last: date
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of a question that is in no source, and the one that was searched for instead."""

    typed: str
    searched: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A name of a question that no passage says. ``decisive``: the question is about a post there or a measure against
    it, and no word of the passages is so like it that it may have been mistyped: then no passage can be the answer.
    """

    name: str
    decisive: bool


@dataclass(frozen=True, slots=True)
class Understanding:
    """What plain rules made of a question.

    ``query`` is what to search for, spelling mended and names written out. ``places`` are the countries
    it is about, by their common English names. ``present`` says that it asks how things are now.
    ``context_used`` says that the question before it was needed. ``filter`` is the question's own, with
    the dates of publication that its words ask for. ``talk`` is set if nothing was asked of the sources.
    ``unsaid`` are names that it speaks of and no passage does.
    ``as_typed`` is what the query says in the spelling that was typed, for the next question to lean on: whoever
    asks that may not see the documents whose words mended this one.
    """

    query: Query
    asked: frozenset[Asked] = frozenset()
    periods: tuple[Period, ...] = ()
    places: tuple[str, ...] = ()
    present: bool = False
    corrections: tuple[Correction, ...] = ()
    context_used: bool = False
    filter: Filter = field(default_factory=Filter)
    talk: Literal["help", "small-talk"] | None = None
    unsaid: tuple[Unsaid, ...] = ()
    as_typed: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a quote's score: ``value`` of the feature ``name``, and what it adds to the score's logit. A value
    that is ``supposed`` was not measured: what a reader did not read counts as the worst that it did read.
    """

    name: str
    value: float
    adds: float
    supposed: bool = False


@dataclass(frozen=True, slots=True)
class NameMatch:
    """How a name that was asked for is that of an entry of a list: ``listed`` is the entry's name that is most like
    it. ``score`` is in [0, 1], higher is better; ``weak`` if the list itself calls that name weak.
    """

    asked: str
    listed: str
    score: float
    weak: bool


@dataclass(frozen=True, slots=True)
class Repetition:
    """Another document that says a quote, or its sentence that answers, in the same words:
    ``document.text[start:end]``.
    """

    document: Document
    start: int
    end: int
    pinpoint: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """One to three sentences of a document, word for word: ``document.text[start:end] == text``.

    ``highlight`` is the span of the sentence that answers, in offsets of the document's text, within
    ``start``..``end``. ``score`` is in [0, 1], higher is better. ``pinpoint`` names the place within the
    document (its section headings), None where the document has none. ``link`` leads to the
    quote itself where the document has a URL. ``lead_ins`` are stretches of the document before ``start``
    that say what a quoted list item belongs to, outermost first. ``match`` is set if it is the entry of a list that
    was found by a name. ``repeated`` are other documents with the same words.
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
    parts: tuple[Part, ...] = ()
    lead_ins: tuple[tuple[int, int], ...] = ()
    match: NameMatch | None = None
    repeated: tuple[Repetition, ...] = ()

    @property
    def mark(self) -> str:
        """Tells the quotes of an answer apart, whatever their numbers: 12 hexadecimal digits of a SHA-256."""
        place = f"{self.document.id}\n{self.start}\n{self.text}"
        return hashlib.sha256(place.encode(errors="surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Difference:
    """Quotes that give different dates, numbers or states for the same thing.

    ``numbers`` are those of the quotes, the newest document first; ``values`` what each of them says,
    word for word, in the same order. ``subject`` is what they speak of, in the quotes' own words.
    """

    about: Literal["date", "number", "status"]
    subject: str
    numbers: tuple[int, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What one sanctions list says of a name or a programme that was asked for, in the edition that was looked into.

    ``listed``: quote ``number`` is an entry of ``edition`` (and not of the later edition ``other``, if there is one).
    ``delisted``: it is an entry of the earlier edition ``other``, and not of ``edition``. ``listed later``: it is not
    in ``edition``, but in the later ``other``. ``not found``: no name in ``edition`` is stated to be the same.
    ``no edition``: none is held of the day that was asked for; ``other`` is the oldest. ``not held``: no edition of
    that list is held at all, ``list`` is what it is called. ``members``: ``edition`` has ``count`` entries under
    ``programmes``, all of them if that is empty. Where it is asked what became of a list, ``delisted`` and ``listed
    later`` are of ``count`` entries, without a number. ``sentence`` says this to a reader.
    """

    state: Literal["listed", "delisted", "listed later", "not found", "no edition", "not held", "members"]
    list: str
    edition: Edition | None = None
    other: Edition | None = None
    number: int | None = None
    count: int = 0
    programmes: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class SearchedCollection:
    """A collection that was searched. ``newest`` is the newest publication date in it, ISO 8601."""

    name: str
    documents: int
    newest: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent to whoever asked.

    ``found`` is False when the sources do not answer: then ``quotes`` is empty, ``reason`` says why
    in one sentence and ``nearest`` holds up to three passages that are close without answering. When
    nothing was asked of the sources (``understanding.talk``), ``reason`` is the reply and ``nearest`` empty.
    ``answerability`` is the calibrated probability, in [0, 1], that the first three quotes answer the
    question, and is there for refused questions too; for a name that was looked up it is the score of the best match.
    ``differences`` are between the quotes.
    ``lookups`` are what sanctions lists say of a name that was asked for, ``candidates`` entries whose names are alike
    without being stated to be the same. ``as_of`` is the day that the sources were asked of, None for now.
    ``searched`` are the collections that were searched. ``id`` names this answer in logs and feedback.
    ``generation`` names the index that was searched.
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
    understanding: Understanding | None = None
    differences: tuple[Difference, ...] = ()
    searched: tuple[SearchedCollection, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    candidates: tuple[Quote, ...] = ()
    as_of: date | None = None

    @property
    def kind(self) -> Kind:
        if self.understanding is not None and self.understanding.talk is not None:
            return self.understanding.talk
        return "answer" if self.found else "not-found"


@dataclass(frozen=True, slots=True)
class Overview:
    """What is stored, as far as whoever asks may see it. ``synced`` is when the index was built, ISO 8601 in
    UTC, or None before the first sync. ``closed`` says that nothing at all is open there.
    """

    collections: tuple[SearchedCollection, ...]
    synced: str | None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions in similar words that the sources did not answer: what to add documents about.

    ``question`` is the one that stands best for all, ``others`` are further wordings, ``times`` how often any
    of them was asked, ``latest`` the day of the last time, ISO 8601. ``marked_wrong`` counts the times
    that an answer was given and somebody said it was not right.
    """

    question: str
    times: int
    latest: str
    marked_wrong: int = 0
    others: tuple[str, ...] = ()
