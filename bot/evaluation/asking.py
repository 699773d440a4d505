"""Questions asked through the product's own answerer, and what their quotes are worth."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.assemble import Legation
from bot.conversation import Asking, Scope
from bot.evaluation.judging import SOURCE, Judge, Ranks
from bot.evaluation.questions import Case
from bot.settings import LibrarySettings, StoreSettings
from bot.types import Quote
from index.errors import BusyError, ReadError, UsageError
from index.library import Library
from index.library_rows import GenerationRecord
from index.types import Document, Source

DEPTH = 5
"""Quotes that are looked at."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. ``answerability`` is None if no threshold would have it answered: it is
    small talk, or nothing was found. ``exact`` says of every quote whether it is a slice of the stored text.
    """

    case: Case
    answerability: float | None
    quotes: tuple[Quote, ...]
    ranks: Ranks
    exact: tuple[bool, ...]
    elapsed_ms: float

    @property
    def score(self) -> float:
        return self.answerability or 0.0

    @property
    def right(self) -> bool:
        """Whether one of the first three quotes is right: what the answerability is the probability of."""
        return self.ranks.quote is not None and self.ranks.quote <= 3

    def answered(self, refuse_below: float) -> bool:
        return self.answerability is not None and self.answerability >= refuse_below


def measuring(legation: Legation, corpus: Path | None) -> Legation:
    """The product as it is measured: nothing refused, at least five quotes. With ``corpus``, on that folder
    alone, indexed in a home of its own below the user's, so that the user's library stays as it is. Folders and
    settings that make other passages or vectors have other homes, so that two measurements do not mix.

    Raises UsageError if the folder does not exist or the home lies in it, ReadError if nothing in it can be read,
    and what ``index.sync.sync`` raises.
    """
    settings = legation.settings
    changed: dict[str, object] = {"refuse_below": 0.0, "quotes": max(DEPTH, settings.quotes)}
    if corpus is not None:
        if not corpus.is_dir():
            raise UsageError(f"There is no folder called {corpus}.")
        _check_apart(legation.home.path, corpus)
        made_from = [str(corpus.resolve()), settings.model, settings.precision, settings.passage_tokens]
        place = hashlib.sha256(json.dumps([*made_from, settings.file_megabytes]).encode()).hexdigest()[:16]
        changed["home"] = evaluations(legation) / place
        changed["model_cache"] = settings.model_cache or legation.home.models
        # Otherwise what is measured would be added to the library that several machines share, or take the place of
        # its index.
        changed |= {"library": LibrarySettings(), "store": StoreSettings()}
    made = Legation(settings.model_copy(update=changed), legation.tell, legation.notice)
    if corpus is None:
        made.prepare()
    else:
        _index(made, corpus.resolve())
    return made


def evaluations(legation: Legation) -> Path:
    """The folder of everything that is indexed only to be measured; it can be deleted at any time."""
    return legation.home.path / "evaluations"


def _check_apart(home: Path, corpus: Path) -> None:
    """Names that begin with a dot are not read (``index.fetch.walk``)."""
    lies, folder = home.resolve(), corpus.resolve()
    if lies.is_relative_to(folder) and not any(part.startswith(".") for part in lies.relative_to(folder).parts):
        raise UsageError(f"The home folder {home} lies in {corpus} and would be read as documents; choose another.")


def check_unchanged(legation: Legation, record: GenerationRecord | None) -> None:
    """Raises BusyError if another generation answers now than ``record``, with which a measurement began."""
    if legation.library.current() != record:
        raise BusyError("Another process changed the index while it was measured; measure again.")


def _index(legation: Legation, corpus: Path) -> None:
    report = legation.sync(add=[Source(SOURCE, str(corpus), SOURCE)], only=[SOURCE])
    for skipped in report.skipped:
        legation.notice(f"skipped {skipped.name}: {skipped.reason}")
    if report.passages == 0:
        raise ReadError(f"Nothing could be read in {corpus}.")


def ask_all(legation: Legation, cases: Sequence[Case], judge: Judge) -> list[Outcome]:
    """Asks every question. The first is asked once more beforehand, so that all times are warm ones.

    Raises UsageError naming the question that cannot be asked, and what ``Answerer.answer`` raises.
    """
    from index.types import Progress

    asking = Asking(legation, Scope(), DEPTH)
    texts = _Texts(legation.library)
    outcomes = []
    for number, case in enumerate((cases[0], *cases)):
        try:
            answer = asking.answer(case.question, case.context, case.id)
        except UsageError as error:
            raise UsageError(f"Question {case.id} cannot be asked: {error.user_message}") from error
        if number == 0:
            continue
        quotes = answer.quotes
        likely = answer.answerability if answer.found else None
        exact = tuple(texts.of(quote.document)[quote.start : quote.end] == quote.text for quote in quotes)
        outcomes.append(Outcome(case, likely, quotes, judge(case, quotes), exact, answer.elapsed_ms))
        legation.tell(Progress("ask", number, len(cases)))
    return outcomes


class _Texts:
    """The stored texts of documents, read from the library apart from any answer."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._texts: dict[str, str] = {}

    def of(self, document: Document) -> str:
        if document.id not in self._texts:
            held = self._library.find_documents(document.id, document.version)
            self._texts[document.id] = next((each.text for each in held if each.id == document.id), "")
        return self._texts[document.id]
