"""The values that pass between the rooms of the index.

Offsets are half-open and count Unicode code points of one text, ``Document.text``, which is
normalised once, when the document is read, and never changed afterwards.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:  # the process that reads documents starts in half the time without it
    import numpy as np
    import numpy.typing as npt

Vectors: TypeAlias = "npt.NDArray[np.float32]"
"""Shape (n, dimension), or (dimension,) for one; each row has length 1, so a dot product is a cosine."""


SourceKind = Literal["auto", "files", "page", "feed", "sitemap", "list"]
"""What stands at a location; ``auto`` finds out."""

EntryKind = Literal["person", "entity", "vessel", "aircraft", "other"]
NameKind = Literal["primary", "alias", "former", "original script"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, ``text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading: ``text[start:end]`` is its line(s), markup included; ``title`` its words.

    ``level`` is 1 (outermost) to 6.
    """

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Pinpoint:
    """A place that citations name, ``text[start:end]``: ``label`` is "p. 4" or "row 17"."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name that a sanctions list gives for an entry: ``text[start:end]`` of the entry's document.

    ``weak`` is a name that the list itself calls weak, low quality, or too broad to be matched alone.
    """

    start: int
    end: int
    kind: NameKind
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What tells an entry of a sanctions list apart, beside its text.

    ``list`` is the list's short name (``un``, ``ofac-sdn``), ``reference`` the entry's number there ("KPi.033").
    ``births`` and ``listed`` are ISO 8601 dates of any precision. ``countries`` (nationality, citizenship,
    country of birth or address), ``programmes`` are as the list writes them, each once. The first of ``names``
    is the primary one.
    """

    list: str
    reference: str
    kind: EntryKind
    names: tuple[ListedName, ...]
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    listed: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of a sanctions list. ``list`` is its short name, ``name`` its official one, ``publisher`` who keeps it.

    ``date`` is the list's own, ISO 8601 of day precision; None where a file has none. In the library it is always
    set: without ``dated`` it is the day on which the list was first read.
    """

    list: str
    name: str
    publisher: str
    date: str | None
    dated: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of one file's bytes, or of one document among several in a file.

    ``published`` is an ISO 8601 date of any precision: ``2009``, ``2009-05`` or ``2009-05-01``.
    ``blocks`` are the paragraphs, list items and other units in reading order, headings left out;
    a sentence never crosses a block. ``pinpoints`` lie in order and do not overlap. ``member`` names the
    document within its file, empty if it is the only one; ``entry`` is set if it is one of a sanctions list.
    Fields that the file does not tell are None.
    """

    text: str
    blocks: tuple[Span, ...]
    headings: tuple[Heading, ...] = ()
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None
    pinpoints: tuple[Pinpoint, ...] = ()
    member: str = ""
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that was left out: a row of a table, a line. ``place`` is "alt.csv, line 12"."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileReading:
    """All that a file holds: at least one reading, with names of their own if there are several.

    ``edition`` is set if they are the entries of a sanctions list.
    """

    media_type: str
    readings: tuple[Reading, ...]
    edition: Edition | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A place that documents come from, under a unique name.

    ``location`` is an absolute path or an http(s) address. ``publisher`` and ``language`` hold for documents
    that name none themselves. ``include`` and ``exclude`` are glob patterns on the path or address. ``edition``
    is the date, ISO 8601, of a sanctions list that has none itself.
    """

    name: str
    location: str
    collection: str
    kind: SourceKind = "auto"
    publisher: str | None = None
    language: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    edition: str | None = None

    @property
    def on_the_web(self) -> bool:
        return self.location.startswith(("https://", "http://"))


@dataclass(frozen=True, slots=True)
class Document:
    """One stored text with everything that a citation of it needs.

    ``id`` is ``<source name>/<path>``, the same in every version. ``path`` is relative to the folder
    that was added, with forward slashes; of several documents in one file it ends in the document's own name.
    ``entry`` is set for an entry of a sanctions list, ``edition`` then is the newest that holds it as it is here.
    """

    id: str
    source: str
    collection: str
    path: str
    media_type: str
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    language: str | None
    text: str
    headings: tuple[Heading, ...]
    blocks: tuple[Span, ...]
    pinpoints: tuple[Pinpoint, ...] = ()
    entry: Entry | None = None
    edition: Edition | None = None

    @property
    def version(self) -> str:
        """SHA-256 of the text in UTF-8, 64 hexadecimal digits: what a citation pins."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that is encoded and found as one.

    ``headings`` are the titles of the sections it stands in, outermost first. ``sentences`` lie in
    order within the span and do not overlap.
    """

    start: int
    end: int
    headings: tuple[str, ...]
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage in the library, with its document. ``id`` is never used again for another one."""

    id: int
    passage: Passage
    document: Document

    @property
    def text(self) -> str:
        return self.document.text[self.passage.start : self.passage.end]


@dataclass(frozen=True, slots=True)
class Filter:
    """Limits on the documents to search. An empty tuple or None limits nothing.

    A document passes the dates if some day of its publication date (a year is 366 such days) lies
    in ``since``..``until``, both included. A document without a date does not pass them.
    """

    collections: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def limits(self) -> bool:
        """Whether anything is limited at all."""
        return bool(self.collections) or self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Other ways to say ``words``, which stand in a query's text: ("DPRK",) for "North Korea"."""

    words: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for: ``text`` is encoded whole and searched word by word; a word or name of it is
    also found by its ``alternatives``, which count less. ``namesakes`` are longer names that hold one of the
    query's and mean another: sentences that say them do not say the query's.
    """

    text: str
    alternatives: tuple[Alternatives, ...] = ()
    namesakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of ``stage`` are finished. ``total`` 0: the stage has no units.

    The stages of a sync, in order: read, split, encode, generation-written, generation-renamed, published,
    cleaned.
    """

    stage: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, best first.

    ``score`` is the fused one, in [0, 1], comparable within one search only. ``dense`` is the
    cosine, in [-1, 1]; ``lexical`` the BM25 score, at least 0; higher is better everywhere.
    """

    stored: StoredPassage
    score: float
    dense: float
    lexical: float


class Encoder(Protocol):
    """Turns text into vectors of length 1. The same text always gives the same vector."""

    @property
    def fingerprint(self) -> str:
        """Tells models apart: two encoders with one fingerprint give the same vectors."""

    @property
    def name(self) -> str:
        """What a person calls the model."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Tokens that the model reads of a text, its special tokens included; the rest is ignored."""

    def encode_query(self, text: str) -> Vectors:
        """Shape (dimension,)."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), in the order given."""

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        """What ``encode_passages`` gives, and for each text the vectors of its ``sentences``, shape
        (sentences, dimension), each read in the light of the whole text.
        """

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text``, special tokens left out, without truncation."""


class Reranker(Protocol):
    """Reads a question and a text together and tells how well the one answers the other."""

    @property
    def name(self) -> str:
        """What a person calls the model."""

    def score(self, question: str, texts: Sequence[str]) -> "npt.NDArray[np.float32]":
        """Shape (len(texts),), in [0, 1], higher is better; the same pair always gets the same score."""


class Reader(Protocol):
    """Like a Reranker, of a kind whose logits are known: learned weights say what they are worth."""

    @property
    def name(self) -> str:
        """What a person calls the model."""

    def logits(self, pairs: Sequence[tuple[str, str]]) -> "npt.NDArray[np.float64]":
        """Shape (len(pairs),), of any size, higher is better: how well the text answers the question, of each pair
        of both; the same pair always gets the same.
        """


class Vocabulary(Protocol):
    """The words of the indexed documents."""

    def knows(self, word: str) -> bool:
        """Whether some passage holds the word, in any inflection. A word too common to be indexed counts."""

    def passages(self, word: str) -> int:
        """How many passages hold the word, in any inflection."""

    def nearest(self, word: str) -> str | None:
        """The indexed word, in small letters, that was most likely meant by a misspelt one, or None; never the
        word itself.
        """
