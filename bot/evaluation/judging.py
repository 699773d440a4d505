"""Which quotes are right, by what is known of the question."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.evaluation.questions import Case, Gold
from bot.types import Quote
from index.errors import UsageError
from index.library import Library
from index.types import Document, Span

SOURCE = "corpus"
"""Name of the source that a folder is while it is measured."""

MOST_FAULTS = 10
"""That one error names."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the text of the document with that id."""

    document: str
    start: int
    end: int

    def overlaps(self, document: str, start: int, end: int) -> bool:
        return self.document == document and self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Ranks:
    """The first, from 1, of the quotes that is right, that has a right highlight, and that is from a right
    document; None if none of the first five is.
    """

    quote: int | None = None
    highlight: int | None = None
    document: int | None = None


Judge = Callable[[Case, Sequence[Quote]], Ranks]


def gold_judge(library: Library, cases: Sequence[Case], within_corpus: bool) -> Judge:
    """Judges by gold quotes, all of which are looked up first. ``within_corpus``: their documents are named by
    their paths in the corpus; otherwise by their ids, or the path or file name that the id ends with.

    Raises UsageError naming the questions whose gold document or quote is not there, ten of them at most.
    """
    places: dict[str, list[Place]] = {}
    faults: list[str] = []
    for case in cases:
        places[case.id] = []
        for gold in case.gold:
            try:
                places[case.id] += _gold_places(library, gold, within_corpus)
            except UsageError as error:
                faults.append(f"question {case.id}: {error.user_message}")
    if faults:
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise UsageError(f"The gold is not as it should be: {'; '.join(faults[:MOST_FAULTS])}{more}.")

    def judge(case: Case, quotes: Sequence[Quote]) -> Ranks:
        gold = places[case.id]
        documents = {place.document for place in gold}
        return Ranks(
            quote=_first(any(g.overlaps(q.document.id, q.start, q.end) for g in gold) for q in quotes),
            highlight=_first(any(g.overlaps(q.document.id, *q.highlight) for g in gold) for q in quotes),
            document=_first(quote.document.id in documents for quote in quotes),
        )

    return judge


def answer_judge(case: Case, quotes: Sequence[Quote]) -> Ranks:
    """Judges by the words of right answers, as BEIR sets with answers give them: a quote is right if it holds
    one, whatever the case of its letters and its white space, as whole words.
    """
    patterns = [_spaced(answer.casefold()) for answer in case.answers]
    words = [re.compile(rf"(?<!\w){pattern}(?!\w)") for pattern in patterns if pattern]
    texts = [quote.text.casefold() for quote in quotes]
    highlights = [quote.document.text[slice(*quote.highlight)].casefold() for quote in quotes]
    return Ranks(
        quote=_first(any(word.search(text) for word in words) for text in texts),
        highlight=_first(any(word.search(text) for word in words) for text in highlights),
    )


def find_places(text: str, quote: str) -> list[Span]:
    """Every place of ``quote`` in ``text``, word for word; white space may differ."""
    return [Span(found.start(), found.end()) for found in re.finditer(_spaced(quote), text)]


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in text.split())


def _first(right: Iterable[bool]) -> int | None:
    return next((rank for rank, each in enumerate(right, start=1) if each), None)


def _gold_places(library: Library, gold: Gold, within_corpus: bool) -> list[Place]:
    document = _gold_document(library, gold, within_corpus)
    spans = find_places(document.text, gold.quote)
    if not spans:
        raise UsageError(f"{gold.doc} does not hold its gold quote")
    return [Place(document.id, span.start, span.end) for span in spans]


def _gold_document(library: Library, gold: Gold, within_corpus: bool) -> Document:
    name = f"{SOURCE}/{gold.doc}" if within_corpus else gold.doc
    found = library.find_documents(name)
    if within_corpus:
        found = [document for document in found if document.id == name]
    if len(found) != 1:
        held = f"{len(found)} documents are called" if found else "there is no document called"
        raise UsageError(f"{held} {gold.doc}")
    return found[0]
