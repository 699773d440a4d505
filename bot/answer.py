"""A question to an answer: understand, search, rank sentences, quote, or refuse."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from bot.answerability import answerability
from bot.difference import find_differences
from bot.glossary import Glossary
from bot.namesakes import with_namesakes
from bot.question import has_words
from bot.quote import select_quotes
from bot.rank import Ranking, rank, rerank
from bot.small_talk import reply
from bot.types import Answer, Question, Quote, SearchedCollection
from bot.understanding import understand
from index.errors import LibraryError
from index.search import Searcher
from index.types import Reranker

PASSAGES = 16
"""Passages whose sentences are ranked. More find little."""

NEAREST = 3
NOT_FOUND = "Not found in these sources."
NO_WORDS = "There is no word in the question to search for."


@dataclass(frozen=True, slots=True)
class Judgement:
    """What decides on quotes. ``reranker`` reads the best ``reranked`` sentences, if there is one."""

    ranking: Ranking
    glossary: Glossary
    most_quotes: int
    refuse_below: float
    reranker: Reranker | None = None
    reranked: int = 0
    today: Callable[[], date] = date.today


class Answerer:
    """Answers questions from a searcher's current generation. Safe to share between threads."""

    def __init__(self, searcher: Searcher, judgement: Judgement) -> None:
        self._searcher, self._judgement = searcher, judgement

    def open(self) -> None:
        """Opens and verifies the current generation, so that the first question need not wait."""
        self._searcher.open()

    def answer(self, question: Question, limit: int | None = None, name: str | None = None) -> Answer:
        """The answer to a question: at most ``limit`` quotes, or none and up to three nearest passages.

        ``name`` becomes the answer's id; without it one is drawn. Raises what ``Searcher.search``
        raises, and LibraryError if a quote is not what the stored text says.
        """
        started = time.perf_counter()
        judgement = self._judgement
        opened = self._searcher.open()
        vocabulary = opened.generation.vocabulary(question.filter.collections)
        understanding = with_namesakes(understand(question, vocabulary, judgement.glossary, judgement.today()))
        if understanding.talk is not None:
            return Answer(
                id=_id(name),
                question=question.text,
                found=False,
                reason=reply(understanding.talk),
                answerability=0.0,
                quotes=(),
                nearest=(),
                generation=opened.generation.record.name,
                elapsed_ms=(time.perf_counter() - started) * 1000,
                understanding=understanding,
            )
        result = self._searcher.search(
            understanding.query, understanding.filter, PASSAGES, sentences_of=PASSAGES, within=opened
        )
        ranked = rank(judgement.ranking, understanding, result.sentences)
        asks = has_words(question.text)
        likely = answerability(judgement.ranking, ranked) if asks else 0.0
        found = asks and bool(ranked) and likely >= judgement.refuse_below
        if judgement.reranker is not None:
            ranked = rerank(understanding, ranked, judgement.reranker, judgement.reranked)
        quotes = select_quotes(
            ranked if asks else (),
            (limit or judgement.most_quotes) if found else NEAREST,
            spread="list" in understanding.asked,
            as_of=judgement.today() if understanding.present else None,
        )
        check_quotes(quotes)
        found = found and bool(quotes)
        return Answer(
            id=_id(name),
            question=question.text,
            found=found,
            reason=None if found else NOT_FOUND if asks else NO_WORDS,
            answerability=likely,
            quotes=quotes if found else (),
            nearest=() if found else quotes,
            generation=result.generation.name,
            elapsed_ms=(time.perf_counter() - started) * 1000,
            understanding=understanding,
            differences=find_differences(quotes) if found else (),
            searched=tuple(SearchedCollection(c.name, c.documents, c.newest) for c in result.collections),
        )


def check_quotes(quotes: Sequence[Quote]) -> None:
    """The last look before sending: every quote is a slice of its document, whose checksum was compared
    when the library gave it, and its lead-ins are slices before it. Raises LibraryError.
    """
    for quote in quotes:
        text = quote.document.text
        start, end = quote.highlight
        places = [0, *chain.from_iterable(quote.lead_ins), quote.start]
        in_order = places == sorted(places) and all(first < last for first, last in quote.lead_ins)
        if text[quote.start : quote.end] != quote.text or not quote.start <= start < end <= quote.end or not in_order:
            raise LibraryError(f"A quote from {quote.document.id} is not what its stored text says; it is not sent.")


def _id(name: str | None) -> str:
    return secrets.token_hex(8) if name is None else name
