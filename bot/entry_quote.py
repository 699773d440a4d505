"""What is quoted of an entry of a sanctions list: its beginning, and where the name or what was asked for stands."""

import re
from dataclasses import replace

from bot.types import NameMatch, Quote
from index.types import Document, Edition, Span

MOST_CHARACTERS = 600

_REASONS = re.compile(
    r"^(?:Comments?|Reasons?|Remarks?|Other information|Statement of reasons|UK statement of reasons)\b"
)
_LISTED_ON = re.compile(r"^(?:Listed|Designated|Amended)\b")


def quote_entry(
    number: int, document: Document, match: NameMatch, edition: Edition | None, wanted: str | None = None
) -> Quote:
    """The quote of an entry that ``match`` was found by, cited as of ``edition``.

    It begins at the entry's first line and goes on for whole lines up to MOST_CHARACTERS. ``wanted`` is "reason" or
    "date": then, where the entry says it, that line is the sentence that answers. What stands further down is quoted
    by itself, led in to by the first line.
    """
    lines = _lines(document)
    name = _name_span(document, match.listed)
    answering = _line_of(document, lines, wanted) or _line_at(lines, name.start)
    highlight = name if answering.start <= name.start < answering.end else answering
    start, end = lines[0].start, lines[0].end
    for line in lines[1:]:
        if line.end - start > MOST_CHARACTERS:
            break
        end = line.end
    lead_ins: tuple[tuple[int, int], ...] = ()
    if highlight.end > end:
        start = answering.start
        end = _cut(document.text, answering)
        highlight = Span(highlight.start, min(highlight.end, end))
        lead_ins = ((lines[0].start, lines[0].end),)
    return Quote(
        number=number,
        text=document.text[start:end],
        start=start,
        end=end,
        highlight=(highlight.start, highlight.end),
        document=document if edition is None else replace(document, edition=edition),
        pinpoint=document.entry.reference if document.entry is not None else None,
        link=None,
        score=match.score,
        lead_ins=lead_ins,
        match=match,
    )


def _lines(document: Document) -> list[Span]:
    return list(document.blocks) or [Span(0, len(document.text))]


def _name_span(document: Document, listed: str) -> Span:
    """Where the name stands in the entry's text; the primary one if this version of the entry lacks it."""
    names = document.entry.names if document.entry is not None else ()
    spans = [Span(name.start, name.end) for name in names]
    found = next((span for span in spans if document.text[span.start : span.end] == listed), None)
    return found or (spans[0] if spans else Span(0, min(len(document.text), MOST_CHARACTERS)))


def _line_of(document: Document, lines: list[Span], wanted: str | None) -> Span | None:
    pattern = {"reason": _REASONS, "date": _LISTED_ON}.get(wanted or "")
    if pattern is None:
        return None
    return next((line for line in lines if pattern.match(document.text[line.start : line.end])), None)


def _line_at(lines: list[Span], place: int) -> Span:
    return next((line for line in lines if line.start <= place < line.end), lines[0])


def _cut(text: str, line: Span) -> int:
    """The end of a line, or of what of it fits: at the end of a sentence, else of a word."""
    if line.end - line.start <= MOST_CHARACTERS:
        return line.end
    shown = text[line.start : line.start + MOST_CHARACTERS]
    cut = shown.rfind(". ")
    return line.start + (cut + 1 if cut > MOST_CHARACTERS // 2 else shown.rfind(" ") if " " in shown else len(shown))
