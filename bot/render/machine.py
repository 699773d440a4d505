"""Answers for programs: JSON as docs/answer.schema.json describes it."""

import json
import re
import unicodedata

from bot.types import Answer, Lookup, Quote, Understanding
from index.types import Document, Edition

_DECIMALS = 6
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def answer_to_dict(answer: Answer) -> dict[str, object]:
    """The answer in strings, numbers, lists and dictionaries, its keys always in the same order."""
    return {
        "id": answer.id,
        "question": answer.question,
        "kind": answer.kind,
        "found": answer.found,
        "reason": answer.reason,
        "answerability": _rounded(answer.answerability),
        "quotes": [_quote(quote) for quote in answer.quotes],
        "nearest": [_quote(quote) for quote in answer.nearest],
        "lookups": [_lookup(each) for each in answer.lookups],
        "candidates": [_quote(quote) for quote in answer.candidates],
        "differences": [
            {"about": each.about, "subject": each.subject, "numbers": list(each.numbers), "values": list(each.values)}
            for each in answer.differences
        ],
        "understanding": None if answer.understanding is None else _understanding(answer.understanding),
        "searched": [
            {"name": each.name, "documents": each.documents, "newest": each.newest} for each in answer.searched
        ],
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "generation": answer.generation,
        "elapsed_ms": _rounded(answer.elapsed_ms),
    }


def answer_to_json(answer: Answer) -> str:
    """The answer on one line, without a line feed at its end, and always valid UTF-8.

    Letters stay readable; control, format and surrogate characters and line separators are escaped, so
    that neither a reader of lines nor a terminal can be misled. Raises ValueError for NaN or infinity.
    """
    line = json.dumps(answer_to_dict(answer), ensure_ascii=False, allow_nan=False)
    return re.sub(r"[^ -~]", lambda found: _escaped(found[0]), line)


def _quote(quote: Quote) -> dict[str, object]:
    return {
        "number": quote.number,
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "highlight": list(quote.highlight),
        "lead_ins": [
            {"text": quote.document.text[start:end], "start": start, "end": end} for start, end in quote.lead_ins
        ],
        "document": document_to_dict(quote.document),
        "pinpoint": quote.pinpoint,
        "link": quote.link,
        "score": _rounded(quote.score),
        "parts": [
            {"name": part.name, "value": None if part.supposed else _rounded(part.value), "adds": _rounded(part.adds)}
            for part in quote.parts
        ],
        "match": None
        if quote.match is None
        else {
            "asked": quote.match.asked,
            "listed": quote.match.listed,
            "score": _rounded(quote.match.score),
            "weak": quote.match.weak,
        },
        "repeated": [
            {
                "document": document_to_dict(each.document),
                "start": each.start,
                "end": each.end,
                "text": each.document.text[each.start : each.end],
                "pinpoint": each.pinpoint,
                "link": each.link,
            }
            for each in quote.repeated
        ],
    }


def _lookup(lookup: Lookup) -> dict[str, object]:
    return {
        "state": lookup.state,
        "list": lookup.list,
        "edition": edition_to_dict(lookup.edition),
        "other": edition_to_dict(lookup.other),
        "number": lookup.number,
        "count": lookup.count,
        "programmes": list(lookup.programmes),
        "sentence": lookup.sentence,
    }


def edition_to_dict(edition: Edition | None) -> dict[str, object] | None:
    """What a citation says of an edition of a list."""
    if edition is None:
        return None
    return {
        "list": edition.list,
        "name": edition.name,
        "publisher": edition.publisher,
        "date": edition.date,
        "dated": edition.dated,
    }


def _understanding(understood: Understanding) -> dict[str, object]:
    limits = understood.filter
    return {
        "text": understood.query.text,
        "alternatives": [{"words": each.words, "others": list(each.others)} for each in understood.query.alternatives],
        "asked": sorted(understood.asked),
        "periods": [
            {"text": each.text, "first": each.first.isoformat(), "last": each.last.isoformat()}
            for each in understood.periods
        ],
        "places": list(understood.places),
        "present": understood.present,
        "corrections": [{"typed": each.typed, "searched": each.searched} for each in understood.corrections],
        "unsaid": [{"name": each.name, "decisive": each.decisive} for each in understood.unsaid],
        "context_used": understood.context_used,
        "since": limits.since.isoformat() if limits.since else None,
        "until": limits.until.isoformat() if limits.until else None,
    }


def document_to_dict(document: Document) -> dict[str, object]:
    """What a citation says of its document."""
    return {
        "id": document.id,
        "version": document.version,
        "title": document.title,
        "publisher": document.publisher,
        "published": document.published,
        "url": document.url,
        "path": document.path,
        "collection": document.collection,
        "edition": edition_to_dict(document.edition),
        "reference": document.entry.reference if document.entry is not None else None,
    }


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _ESCAPED:
        return json.dumps(character)[1:-1]
    return character
