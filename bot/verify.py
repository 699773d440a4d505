"""Re-checks the quotes of an earlier answer against what the library holds today."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from index.errors import UsageError
from index.library import Library
from index.types import Document

Verdict = Literal["exact", "moved", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """``exact``: the document of today has the quote at that place. ``moved``: it has it elsewhere
    (then ``start`` and ``end`` say where). ``changed``: the document is there, without the quote.
    ``gone``: the document is not in the current index.

    ``cited`` says of the cited version: True if the library still holds it and the quote stands
    there at that place, False if it holds it and the quote does not (the answer was altered), None
    if it does not hold that version.
    """

    answer: str
    number: int
    document: str
    verdict: Verdict
    start: int
    end: int
    cited: bool | None
    text: str


def read_answers(content: str) -> Iterator[dict[str, Any]]:
    """Answers as ``legation ask --json`` wrote them: one JSON object, or one a line.

    Raises UsageError for anything else.
    """
    try:
        whole = json.loads(content)
        objects = whole if isinstance(whole, list) else [whole]
    except (ValueError, RecursionError):
        try:
            objects = [json.loads(line) for line in content.split("\n") if line.strip()]
        except (ValueError, RecursionError) as error:
            raise UsageError("This is not JSON as legation ask --json writes it.") from error
    if not objects:
        raise UsageError("There is no answer in this file.")
    for item in objects:
        if isinstance(item, dict) and "quotes" not in item and isinstance(item.get("error"), dict):
            continue  # a line of a batch that could not be answered quotes nothing
        lists = [item.get("quotes"), item.get("nearest", [])] if isinstance(item, dict) else [None]
        if not all(isinstance(each, list) for each in lists):
            raise UsageError("This is JSON, but not an answer as legation ask --json writes it.")
        yield item


def verify(library: Library, answers: Iterable[dict[str, Any]]) -> list[QuoteCheck]:
    """Checks every quote, and every nearest passage, of ``answers``, and after each its lead-ins, under the same
    number. Raises UsageError for a quote that lacks what a check needs.
    """
    checks: list[QuoteCheck] = []
    for answer in answers:
        for quote in [*answer["quotes"], *answer.get("nearest", [])]:
            for stretch in (quote, *_lead_ins(quote)):
                checks.append(_check(library, str(answer.get("id", "")), stretch))
    return checks


def _lead_ins(quote: Any) -> list[Any]:
    """The lead-ins of a quote, each as if it were a quote; none in answers of earlier versions."""
    told = quote.get("lead_ins", []) if isinstance(quote, dict) else []
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise UsageError("A quote in this answer has lead_ins that are no list of texts.")
    return [{"number": quote.get("number"), "document": quote.get("document"), **each} for each in told]


def _check(library: Library, answer: str, quote: dict[str, Any]) -> QuoteCheck:
    try:
        text, start, end, number = quote["text"], quote["start"], quote["end"], quote["number"]
        name, version = quote["document"]["id"], quote["document"]["version"]
        wrong = [
            type(value) is not kind
            for value, kind in ((text, str), (start, int), (end, int), (number, int), (name, str), (version, str))
        ]
    except (KeyError, TypeError) as error:
        raise UsageError("A quote in this answer lacks text, start, end, number or document.") from error
    if any(wrong) or not text:
        raise UsageError("A quote in this answer has a field of the wrong kind.")
    cited = _exactly(library.find_documents(name, version), name)
    held = None if cited is None else cited.text[start:end] == text
    today = _exactly(library.find_documents(name), name)
    verdict, start, end = _compare(today, text, start, end)
    return QuoteCheck(answer, number, name, verdict, start, end, held, text)


def _exactly(documents: list[Document], name: str) -> Document | None:
    return next((document for document in documents if document.id == name), None)


def _compare(today: Document | None, text: str, start: int, end: int) -> tuple[Verdict, int, int]:
    if today is None:
        return "gone", start, end
    if start >= 0 and today.text[start:end] == text:
        return "exact", start, end
    places = list(_places(today.text, text))
    if not places:
        return "changed", start, end
    nearest = min(places, key=lambda place: abs(place - start))
    return "moved", nearest, nearest + len(text)


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)
