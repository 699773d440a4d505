"""Where the questions of every chat platform are answered: limits, the thread's context, the record of the answer."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.answer import Answerer
from bot.chat.access import Access, Place
from bot.chat.store import AnswerRecord, ChatStore, QuotePlace
from bot.question import make_question
from bot.types import Answer, Overview, Quote, SearchedCollection
from index.errors import AccessError, LegationError, NotFoundError
from index.library import Library
from index.types import Document

FURTHER = 5
"""Quotes that "more quotes" adds at a time."""

MOST_QUOTES = 20
"""Quotes that an answer can be asked for, however often more are wanted."""

_log = logging.getLogger(__name__)

_NOT_SHARED = "The sources no longer answer this; nothing was shared."
_FORGOTTEN = "This answer is too old for its buttons; please ask again."
_CLOSED = "This document is not open to you here."
_WITHDRAWN = "This document is no longer among the sources."
_MOVED = "The document has changed since; this is where the quote stands today."
_CHANGED = "The document has changed since, and no longer says this; please ask again."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as somebody asked it. ``conversations`` are what it belongs to, the narrowest first, none if it
    stands alone; ``position`` orders the questions there, as text.
    """

    text: str
    place: Place
    conversations: tuple[str, ...] = ()
    position: str = ""
    collection: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote in its document as it is today: ``document.text[start:end]``. ``note`` says if that has changed."""

    document: Document
    start: int
    end: int
    note: str | None = None


class Desk:
    """Answers, and everything that is asked about an answer afterwards. Safe to share between threads.

    Whatever it is asked, it applies the limits of whoever asks now. Every method may raise AccessError,
    NotFoundError and what ``Answerer.answer`` and ``ChatStore`` raise.
    """

    def __init__(
        self, answerer: Answerer, library: Library, store: ChatStore, access: Access, quotes: int, record_who: bool
    ) -> None:
        self._answerer, self._library, self._store, self._access = answerer, library, store, access
        self._quotes, self._record_who = quotes, record_who

    def answer(self, asked: Asked) -> Answer:
        """The answer, with at most as many quotes as a message holds. Also raises what ``make_question`` raises."""
        limits = self._access.limits(asked.place, asked.collection)
        turns = (self._store.turn_before(name, asked.position) for name in asked.conversations)
        context = next((turn for turn in turns if turn is not None), None)
        question = make_question(asked.text, context, limits, asked.since, asked.until)
        answer = self._answerer.answer(question, self._quotes)
        try:
            self._remember(asked, context, answer)
        except LegationError as error:  # its buttons will not work, but the answer is there
            _log.warning("An answer could not be recorded: %s", error.user_message)
        return answer

    def begin(self, asked: Asked) -> None:
        """From now on the thread is known, even if nothing in it is ever answered."""
        with self._store.together():
            for name in asked.conversations:
                self._store.remember_turn(name, asked.position, "")

    def more(self, name: str, place: Place, after: int) -> Answer:
        """The quotes that come after those that were shown with numbers up to ``after``, numbered on; none if there are
        no more.
        """
        record, answer = self._again(name, place, MOST_QUOTES)
        shown = [each for each in record.quotes if each.number <= after]
        further = [quote for quote in answer.quotes if not any(_is(quote, each) for each in shown)]
        quotes = tuple(replace(quote, number=after + count) for count, quote in enumerate(further[:FURTHER], start=1))
        self._store.put_answer(replace(record, quotes=_places(quotes)))
        return replace(answer, found=bool(quotes), quotes=quotes, nearest=(), differences=())

    def share(self, name: str, place: Place) -> Answer:
        """The answer once more, as the sources give it today to everybody in this place. Raises NotFoundError if they
        no longer answer.
        """
        record, answer = self._again(name, replace(place, direct=False), self._quotes)
        if not answer.found:
            raise NotFoundError(_NOT_SHARED)
        self._store.put_answer(replace(record, quotes=_places(answer.quotes)))
        return answer

    def has_more(self, answer: Answer) -> bool:
        """Whether there may be further quotes."""
        return answer.found and len(answer.quotes) >= self._quotes

    def passage(self, name: str, mark: str, place: Place) -> Shown:
        """The document around a quote that was shown (``Quote.mark``), as it stands today."""
        record = self._record(name)
        quote = next((each for each in record.quotes if each.mark == mark), None)
        if quote is None:
            raise NotFoundError(_FORGOTTEN)
        today = next((each for each in self._library.find_documents(quote.document) if each.id == quote.document), None)
        if today is None:
            raise NotFoundError(_WITHDRAWN)
        allowed = self._access.allowed(place)
        if allowed is not None and today.collection not in allowed:
            raise AccessError(_CLOSED)
        cited = self._library.find_documents(quote.document, quote.version)
        text = cited[0].text[quote.start : quote.end] if cited else ""
        if text and today.text[quote.start : quote.end] == text:
            return Shown(today, quote.start, quote.end)
        places = [found.start() for found in re.finditer(re.escape(text), today.text)] if text else []
        if not places:
            raise NotFoundError(_CHANGED)
        start = min(places, key=lambda place: abs(place - quote.start))
        return Shown(today, start, start + len(text), _MOVED)

    def judge(self, name: str, right: bool, user: str) -> None:
        """Keeps what somebody thinks of an answer."""
        if not self._store.put_feedback(name, right, user if self._record_who else None):
            raise NotFoundError(_FORGOTTEN)

    def overview(self, place: Place) -> Overview:
        """The collections that are open there; none is an answer too."""
        allowed = self._access.allowed(place)
        current = self._library.current()
        held: dict[str, list[tuple[int, str | None]]] = {}
        for _, collection, documents, newest in self._library.counts():
            if allowed is None or collection in allowed:
                held.setdefault(collection, []).append((documents, newest))
        collections = tuple(
            SearchedCollection(
                name, sum(count for count, _ in rows), max((day for _, day in rows if day), default=None)
            )
            for name, rows in sorted(held.items())
        )
        return Overview(collections, None if current is None else current.created_at, closed=allowed == ())

    def knows(self, conversation: str) -> bool:
        """Whether something was asked in this thread before."""
        return self._store.knows_conversation(conversation)

    def _remember(self, asked: Asked, context: str | None, answer: Answer) -> None:
        understood = answer.understanding
        said = understood.as_typed if understood is not None else ""  # others, who may see less, go on from it
        record = AnswerRecord(
            answer.id,
            answer.kind,
            answer.question,
            context,
            asked.collection,
            asked.since,
            asked.until,
            asked.place.user if self._record_who else None,
            _places(answer.quotes or answer.nearest),
        )
        with self._store.together():
            for name in asked.conversations:
                self._store.remember_turn(name, asked.position, said)
            self._store.put_answer(record)

    def _record(self, name: str) -> AnswerRecord:
        record = self._store.answer(name)
        if record is None:
            raise NotFoundError(_FORGOTTEN)
        return record

    def _again(self, name: str, place: Place, quotes: int) -> tuple[AnswerRecord, Answer]:
        record = self._record(name)
        limits = self._access.limits(place, record.collection)
        question = make_question(record.question, record.context, limits, record.since, record.until)
        return record, self._answerer.answer(question, quotes, name)


def _places(quotes: Sequence[Quote]) -> tuple[QuotePlace, ...]:
    return tuple(
        QuotePlace(each.mark, each.number, each.document.id, each.document.version, each.start, each.end)
        for each in quotes
    )


def _is(quote: Quote, place: QuotePlace) -> bool:
    """Whether a quote was shown before, if perhaps with more or less around it."""
    return quote.document.id == place.document and quote.start < place.end and place.start < quote.end
