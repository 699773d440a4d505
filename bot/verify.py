"""Re-checks the quotes of an earlier answer against what the library holds today."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.compared import QuoteCheck, Verdict
from bot.comparing.likeness import most_like
from index.editions import newest
from index.errors import UsageError
from index.library import Library
from index.types import Document

__all__ = ["QuoteCheck", "Verdict", "read_answers", "verify"]

_LISTS = ("quotes", "nearest", "candidates")


def read_answers(content: str) -> Iterator[dict[str, Any]]:
    """Answers as ``legation ask --json`` wrote them, in this version or an earlier one: one JSON object, or one a line.

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
        lists = [item.get("quotes"), *(item.get(name, []) for name in _LISTS)] if isinstance(item, dict) else [None]
        if not all(isinstance(each, list) for each in lists):
            raise UsageError("This is JSON, but not an answer as legation ask --json writes it.")
        yield item


def verify(library: Library, answers: Iterable[dict[str, Any]]) -> list[QuoteCheck]:
    """Checks every quote, nearest passage and candidate of ``answers``, and after each its lead-ins and the places
    that repeat it, under the same number. Raises UsageError for a quote that lacks what a check needs.
    """
    checks: list[QuoteCheck] = []
    for answer in answers:
        for quote in (quote for name in _LISTS for quote in answer.get(name, [])):
            for stretch in (quote, *_beside(quote, "lead_ins"), *_beside(quote, "repeated")):
                checks.append(_check(library, str(answer.get("id", "")), stretch))
    return checks


def _beside(quote: Any, name: str) -> list[Any]:
    """What stands in a field of a quote, each as if it were a quote; none in answers of earlier versions."""
    told = (quote.get(name) or []) if isinstance(quote, dict) else []
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise UsageError(f"A quote in this answer has {name} that are no list of texts.")
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
    gone = QuoteCheck(answer, number, name, "gone", start, end, held, text)
    today = _exactly(library.find_documents(name), name)
    if today is not None:
        return _compared(gone, today)
    if cited is None or cited.entry is None:
        return gone
    followed = library.history.successors(cited)
    if followed:
        return replace(_compared(gone, followed[0]), found_in=followed[0].id)
    return replace(gone, note=_delisted(library, cited))


def _exactly(documents: Sequence[Document], name: str) -> Document | None:
    return next((document for document in documents if document.id == name), None)


def _compared(check: QuoteCheck, today: Document) -> QuoteCheck:
    text, start = check.text, check.start
    if start >= 0 and today.text[start : check.end] == text:
        return replace(check, verdict="exact")
    places = list(_places(today.text, text))
    if places:
        nearest = min(places, key=lambda place: abs(place - start))
        return replace(check, verdict="moved", start=nearest, end=nearest + len(text))
    like = most_like(today, text)
    if like is None:
        return replace(check, verdict="changed", now_version=today.version)
    return replace(
        check,
        verdict="changed",
        now_text=today.text[like.start : like.end],
        now_start=like.start,
        now_end=like.end,
        now_version=today.version,
    )


def _delisted(library: Library, cited: Document) -> str | None:
    """What the newest edition says of an entry that has no successor: nothing. None if no edition holds any more."""
    if cited.entry is None:
        return None
    lying = library.editions.lying_there()
    collections = {source.name: source.collection for source in library.sources()}
    collection = collections.get(cited.source, cited.collection)
    current = newest([each for each in library.editions.all() if (each.source, each.path, each.id) in lying])
    for each in current:
        if (each.edition.list, each.collection) == (cited.entry.list, collection):
            day = each.date if each.edition.dated else f"{each.date}, when it was read"
            return f"The newest edition of the {each.edition.name} ({day}) has no entry {cited.entry.reference}."
    return None


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)
