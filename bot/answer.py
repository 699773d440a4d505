"""A question to an answer: search, rank sentences, quote, or refuse."""

import secrets
import time
from collections.abc import Sequence
from math import exp

from bot.question import has_words, search_text
from bot.quote import RankedSentence, select_quotes
from bot.types import Answer, Question, Quote
from index.errors import LibraryError
from index.search import Searcher, SearchResult, SentenceHit

PASSAGES = 12
"""Passages whose sentences are ranked. More find little and cost a sentence's encoding each."""

NEAREST = 3
NOT_FOUND = "Not found in these sources."
NO_WORDS = "There is no word in the question to search for."


class Answerer:
    """Answers questions from a searcher's current generation. Safe to share between threads."""

    def __init__(self, searcher: Searcher, most_quotes: int, refuse_below: float) -> None:
        self._searcher, self._most_quotes, self._refuse_below = searcher, most_quotes, refuse_below

    def open(self) -> None:
        """Opens and verifies the current generation, so that the first question need not wait."""
        self._searcher.open()

    def answer(self, question: Question, limit: int | None = None, name: str | None = None) -> Answer:
        """The answer to a question: at most ``limit`` quotes, or none and up to three nearest passages.

        ``name`` becomes the answer's id; without it one is drawn. Raises what ``Searcher.search``
        raises, and LibraryError if a quote is not what the stored text says.
        """
        started = time.perf_counter()
        result = self._searcher.search(search_text(question), question.filter, PASSAGES, sentences_of=PASSAGES)
        ranked = rank(result.sentences)
        likely = answerability(result) if has_words(question.text) else 0.0
        found = bool(ranked) and likely >= self._refuse_below
        quotes = select_quotes(ranked, (limit or self._most_quotes) if found else NEAREST)
        check_quotes(quotes)
        return Answer(
            id=secrets.token_hex(8) if name is None else name,
            question=question.text,
            found=found,
            reason=None if found else _reason(question, result),
            answerability=likely,
            quotes=quotes if found else (),
            nearest=() if found else quotes,
            generation=result.generation.name,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )


def rank(sentences: Sequence[SentenceHit]) -> list[RankedSentence]:
    """Sentences with their final score in [0, 1], best first; ties by document and place.

    Half of it is the passage's fused score; the rest the sentence's own cosine and the share of the
    question's words it covers.
    """
    ranked = [RankedSentence(sentence, _score(sentence)) for sentence in sentences]
    return sorted(
        ranked, key=lambda item: (-item.score, item.sentence.hit.stored.document.id, item.sentence.span.start)
    )


def _score(sentence: SentenceHit) -> float:
    return 0.4 * sentence.hit.score + 0.35 * max(0.0, sentence.dense) + 0.25 * sentence.coverage


def answerability(result: SearchResult) -> float:
    """How likely the sources are to answer at all, in [0, 1].

    A logistic regression over the best cosine of any sentence and the best coverage. It tells
    questions about other subjects apart; it cannot tell a near miss, which no similarity score can
    (docs/quality.md says how it was fitted and what it reaches).
    """
    if not result.sentences:
        return 0.0
    dense = max(sentence.dense for sentence in result.sentences)
    coverage = max(sentence.coverage for sentence in result.sentences)
    return 1 / (1 + exp(3.3 - 7.5 * dense - 1.5 * coverage))


def _reason(question: Question, result: SearchResult) -> str:
    if not has_words(question.text):
        return NO_WORDS
    return NOT_FOUND


def check_quotes(quotes: Sequence[Quote]) -> None:
    """The last look before sending: every quote is a slice of its document, whose checksum was compared
    when the library gave it. Raises LibraryError.
    """
    for quote in quotes:
        text = quote.document.text
        start, end = quote.highlight
        if text[quote.start : quote.end] != quote.text or not quote.start <= start < end <= quote.end:
            raise LibraryError(f"A quote from {quote.document.id} is not what its stored text says; it is not sent.")
