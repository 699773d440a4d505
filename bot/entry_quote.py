"""What is quoted of an entry of a sanctions list: its beginning, and where the name or what was asked for stands."""

from collections.abc import Iterator
from dataclasses import replace

from bot.types import NameMatch, Quote
from index.types import Document, Edition, Span

MOST_CHARACTERS = 600

_BEFORE = 120  # characters of a long line that are shown before the name
_ANSWERING = {
    "reason": (
        "Statement of reasons", "UK statement of reasons", "Reason", "Reasons", "Designation details", "Comments",
        "Comment", "Legal basis", "Regulation", "Programme",
    ),
    "birth": ("Date of birth", "Place of birth"),
    "date": ("Listed on",),
}  # fmt: skip
"""Labels of the lines that answer, best first: a list that gives no reasons names the programme at least."""


def quote_entry(
    number: int,
    document: Document,
    match: NameMatch,
    edition: Edition | None,
    wanted: str | None = None,
    at: Span | None = None,
) -> Quote:
    """The quote of an entry that ``match`` was found by, cited as of ``edition``.

    It begins at the entry's first line and goes on for whole lines up to MOST_CHARACTERS. ``wanted`` is "reason",
    "birth" or "date": then, where the entry says it, that line is the sentence that answers. What stands further down
    is quoted by itself, led in to by the first line. Of a line longer than that, a part is quoted. ``at`` is where
    what was asked for stands, if that is no name.
    """
    text, lines = document.text, _lines(document)
    name = at or _name_span(document, match.listed)
    line = _line_of(document, lines, wanted) or _line_at(lines, name.start)
    highlight = name if line.start <= name.start < line.end else line
    first = Span(lines[0].start, _cut(text, lines[0].start, lines[0].end))
    start, end = first.start, first.end
    for each in lines[1:] if first.end == lines[0].end else ():
        if each.end - start > MOST_CHARACTERS:
            break
        end = each.end
    lead_ins: tuple[tuple[int, int], ...] = ()
    if highlight.end > end:
        start = line.start
        if highlight.start > start and highlight.end - start > MOST_CHARACTERS:
            before = min(_BEFORE, max(MOST_CHARACTERS - (highlight.end - highlight.start), 0))
            start = text.find(" ", max(highlight.start - before, start), highlight.start) + 1 or highlight.start
        end = _cut(text, start, line.end)
        highlight = Span(highlight.start, min(highlight.end, end))
        lead_ins = ((first.start, first.end),) if first.end <= start else ()
    return Quote(
        number=number,
        text=text[start:end],
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
    """Where the name stands in the entry's text, if need be as part of one: "FTB" in "Foreign Trade Bank (FTB)"; the
    primary name if this version of the entry lacks it.
    """
    names = document.entry.names if document.entry is not None else ()
    spans = [Span(name.start, name.end) for name in names]
    exact = (span for span in spans if document.text[span.start : span.end] == listed)
    found = next(exact, None) or next(_parts(document.text, spans, listed), None)
    return found or (spans[0] if spans else Span(0, min(len(document.text), MOST_CHARACTERS)))


def _parts(text: str, spans: list[Span], listed: str) -> Iterator[Span]:
    for span in spans:
        # An acronym stands behind the name, and its letters may be in that too.
        start = text.rfind(listed, span.start, span.end) if listed else -1
        if start >= 0:
            yield Span(start, start + len(listed))


def _line_of(document: Document, lines: list[Span], wanted: str | None) -> Span | None:
    for label in _ANSWERING.get(wanted or "", ()):
        for line in lines[1:]:  # the first one is the name
            if document.text.startswith((f"{label}:", f"{label} ("), line.start, line.end):
                return line
    return None


def _line_at(lines: list[Span], place: int) -> Span:
    return next((line for line in lines if line.start <= place < line.end), lines[0])


def _cut(text: str, start: int, end: int) -> int:
    """The end, or that of what fits: at the end of a sentence, else of a word."""
    if end - start <= MOST_CHARACTERS:
        return end
    shown = text[start : start + MOST_CHARACTERS + 1]
    sentence, word = shown.rfind(". ") + 1, shown.rfind(" ")
    if sentence > MOST_CHARACTERS // 2:
        return start + sentence
    return start + (word if word > 0 else MOST_CHARACTERS)
