"""Answers for programs: JSON as docs/answer.schema.json describes it."""

import json
import re
import unicodedata

from bot.types import Answer, Quote
from index.types import Document

_DECIMALS = 6
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def answer_to_dict(answer: Answer) -> dict[str, object]:
    """The answer in strings, numbers, lists and dictionaries, its keys always in the same order."""
    return {
        "id": answer.id,
        "question": answer.question,
        "found": answer.found,
        "reason": answer.reason,
        "answerability": _rounded(answer.answerability),
        "quotes": [_quote(quote) for quote in answer.quotes],
        "nearest": [_quote(quote) for quote in answer.nearest],
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
        "document": document_to_dict(quote.document),
        "pinpoint": quote.pinpoint,
        "link": quote.link,
        "score": _rounded(quote.score),
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
    }


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _ESCAPED:
        return json.dumps(character)[1:-1]
    return character
