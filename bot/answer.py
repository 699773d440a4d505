"""A question to an answer: understand, search, rank sentences, quote, or refuse."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from bot.answerability import answerability, answerability_read
from bot.as_of import without_as_of
from bot.difference import find_differences
from bot.glossary import Glossary
from bot.list_noise import those_that_belong
from bot.namesakes import with_namesakes
from bot.places import load_places
from bot.question import has_words
from bot.quote import RankedSentence, select_quotes
from bot.rank import Ranking, gather_copies, rank, read, rerank
from bot.small_talk import reply
from bot.types import Answer, Question, Quote, SearchedCollection, Understanding
from bot.understanding import understand
from bot.words import folded_words
from index.errors import LibraryError
from index.search import Opened, Searcher
from index.types import Edition, Query, Reader, Reranker

if TYPE_CHECKING:  # their patterns take a while to compile, and many libraries hold no list
    from bot.list_answer import ListFinding
    from bot.list_question import ListQuestion

PASSAGES = 16
"""Passages whose sentences are ranked. More find little."""

NEAREST = 3
NOT_FOUND = "Not found in these sources."
NO_WORDS = "There is no word in the question to search for."


@dataclass(frozen=True, slots=True)
class Judgement:
    """What decides on quotes. ``reader`` or ``reranker``, if there is one, reads the best ``read`` sentences: a reader
    has a say in whether the question can be answered, a reranker orders only.
    """

    ranking: Ranking
    glossary: Glossary
    most_quotes: int
    refuse_below: float
    reader: Reader | None = None
    reranker: Reranker | None = None
    read: int = 0
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
        opened = self._searcher.open(question.as_of)
        vocabulary = opened.generation.vocabulary(question.filter.collections)
        today = opened.as_of or judgement.today()
        understanding = with_namesakes(understand(question, vocabulary, judgement.glossary, today))
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
        asked = self._asked_of_lists(question, opened, today)
        if asked is not None and asked.leans:
            from bot.list_question import wording

            said = wording(asked)
            understanding = replace(understanding, query=Query(said), context_used=True, unsaid=(), as_typed=said)
        finding = self._look_up(asked, question, understanding, opened, limit or judgement.most_quotes)
        if finding is not None:  # what the lists say of a name stands for it
            understanding = replace(understanding, unsaid=())
        if finding is not None and finding.quotes:
            check_quotes((*finding.quotes, *finding.candidates))
            understanding = replace(understanding, corrections=())  # names are looked up as they were typed
            return Answer(
                id=_id(name),
                question=question.text,
                found=True,
                reason=None,
                answerability=finding.quotes[0].score,
                quotes=finding.quotes,
                nearest=(),
                generation=opened.generation.record.name,
                elapsed_ms=(time.perf_counter() - started) * 1000,
                understanding=understanding,
                searched=_searched(opened, question),
                lookups=finding.lookups,
                candidates=finding.candidates,
                as_of=opened.as_of,
            )
        result = self._searcher.search(
            understanding.query, understanding.filter, PASSAGES, sentences_of=PASSAGES, within=opened
        )
        sentences = result.sentences
        if finding is not None:  # of lists only what was looked up by name counts
            sentences = tuple(each for each in sentences if each.hit.stored.document.entry is None)
        elif any(each.hit.stored.document.entry is None for each in sentences):
            belongs = those_that_belong(question.text)
            sentences = tuple(each for each in sentences if belongs(each.hit.stored.document))
        ranked = gather_copies(rank(judgement.ranking, understanding, sentences))
        if finding is not None:
            ranked = [each for each in ranked if _says(each, finding.name)] or ranked
        asks = has_words(question.text)
        ranked, likely = self._judged(understanding, ranked) if asks else (ranked, 0.0)
        unsaid = [each.name for each in understanding.unsaid if each.decisive]
        likely = 0.0 if unsaid else likely
        found = asks and bool(ranked) and likely >= judgement.refuse_below
        # Of a name that no list holds, only what says the name is an answer.
        found = found and (finding is None or _says(ranked[0], finding.name))
        quotes = select_quotes(
            ranked if asks else (),
            (limit or judgement.most_quotes) if found else NEAREST,
            spread="list" in understanding.asked,
            as_of=today if understanding.present else None,
        )
        quotes = _dated(quotes, opened)
        candidates = finding.candidates if finding is not None else ()
        check_quotes((*quotes, *candidates))
        found = found and bool(quotes)
        return Answer(
            id=_id(name),
            question=question.text,
            found=found,
            reason=None if found else _not_found(finding, opened, question, unsaid) if asks else NO_WORDS,
            answerability=likely,
            quotes=quotes if found else (),
            nearest=() if found else quotes,
            generation=result.generation.name,
            elapsed_ms=(time.perf_counter() - started) * 1000,
            understanding=understanding,
            differences=find_differences(quotes) if found else (),
            searched=_searched(opened, question),
            lookups=finding.lookups if finding is not None else (),
            candidates=candidates,
            as_of=opened.as_of,
        )

    def _judged(self, understanding: Understanding, ranked: list[RankedSentence]) -> tuple[list[RankedSentence], float]:
        """The sentences as whatever reads them orders them, and how likely the first three answer."""
        judgement = self._judgement
        if judgement.reader is not None and judgement.ranking.reader is not None:
            weights = judgement.ranking.reader
            again = read(weights, understanding, ranked, judgement.reader, judgement.read)
            return again, answerability_read(judgement.ranking, ranked, again)
        likely = answerability(judgement.ranking, ranked)
        if judgement.reranker is not None:
            ranked = rerank(understanding, ranked, judgement.reranker, judgement.read)
        return ranked, likely

    def _asked_of_lists(self, question: Question, opened: Opened, today: date) -> "ListQuestion | None":
        """What the question asks of sanctions lists, if some are held."""
        registers = [opened.register] if opened.as_of is None else [opened.register, self._searcher.open().register]
        if not any(each.holds_lists_of(question.filter.collections) for each in registers):
            return None
        from bot.list_question import bare_name, follow_up, list_question

        text, places = without_as_of(question.text), load_places()
        asked = list_question(text, places, today)
        if asked is None and question.context:
            asked = follow_up(text, question.context, places, today)
        return asked or bare_name(text, places)

    def _look_up(
        self,
        asked: "ListQuestion | None",
        question: Question,
        understanding: Understanding,
        opened: Opened,
        limit: int,
    ) -> "ListFinding | None":
        if asked is None:
            return None
        from bot.list_answer import ListFinding, look_up
        from bot.list_look import not_yet
        from bot.list_patterns import ASKS_BIRTH

        wanted: str | None = next((kind for kind in ("reason", "date") if kind in understanding.asked), None)
        wanted = "birth" if ASKS_BIRTH.search(question.text) else wanted
        searcher, collections = self._searcher, question.filter.collections
        finding = look_up(asked, opened.register, searcher.documents, collections, limit, wanted, searcher.saying)
        if opened.as_of is None or not (finding is not None or asked.certainty == "certain"):
            return finding
        late = not_yet(asked.lists, opened.register, searcher.open().register, collections, opened.as_of)
        if not late:
            return finding
        finding = finding or ListFinding(asked.name, (), (), ())
        return replace(finding, lookups=(*finding.lookups, *late))


def check_quotes(quotes: Sequence[Quote]) -> None:
    """The last look before sending: every quote is a slice of its document, whose checksum was compared
    when the library gave it, and its lead-ins are slices before it. Raises LibraryError.
    """
    for quote in quotes:
        text = quote.document.text
        start, end = quote.highlight
        places = [0, *chain.from_iterable(quote.lead_ins), quote.start]
        in_order = places == sorted(places) and all(first < last for first, last in quote.lead_ins)
        said = (quote.text, text[start:end])
        repeated = all(each.document.text[each.start : each.end] in said for each in quote.repeated)
        inside = quote.start <= start < end <= quote.end
        if text[quote.start : quote.end] != quote.text or not (inside and in_order and repeated):
            raise LibraryError(f"A quote from {quote.document.id} is not what its stored text says; it is not sent.")


def _says(ranked: RankedSentence, name: str) -> bool:
    """Whether all words of a name stand in the passage of a sentence; never without a name."""
    words = folded_words(name)
    return bool(words) and set(words) <= set(folded_words(ranked.sentence.hit.stored.text))


def _not_found(finding: "ListFinding | None", opened: Opened, question: Question, unsaid: Sequence[str]) -> str:
    if finding is not None:
        return " ".join(each.sentence for each in finding.lookups)
    if opened.as_of is not None and not _searched(opened, question):
        return f"Nothing was held here at the end of {opened.as_of}."
    if unsaid:
        return f"Not found in these sources: none says {' or '.join(f'“{name}”' for name in unsaid)}."
    return NOT_FOUND


def _searched(opened: Opened, question: Question) -> tuple[SearchedCollection, ...]:
    wanted = question.filter.collections
    return tuple(
        SearchedCollection(each.name, each.documents, each.newest)
        for each in opened.collections
        if not wanted or each.name in wanted
    )


def _dated(quotes: Sequence[Quote], opened: Opened) -> tuple[Quote, ...]:
    """On an earlier day, entries of lists are cited from the edition of that day."""
    if opened.as_of is None:
        return tuple(quotes)
    editions = {(each.list, each.collection): each for each in opened.register.editions if each.current}

    def dated(quote: Quote) -> Quote:
        entry = quote.document.entry
        held = editions.get((entry.list, quote.document.collection)) if entry is not None else None
        if held is None:
            return quote
        edition = Edition(held.list, held.name, held.publisher, held.date, held.dated)
        return replace(quote, document=replace(quote.document, edition=edition))

    return tuple(dated(quote) for quote in quotes)


def _id(name: str | None) -> str:
    return secrets.token_hex(8) if name is None else name
