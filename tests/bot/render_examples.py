"""Invented documents and answers that the tests of the renderers share."""

from bot.types import Answer, Quote
from index.types import Document

CLOSURE = "The embassy in Strelsau was closed on 4 May 1911."
PROTECTION = "Its archives went to the Legation of Zenda:\n- the cipher books\n- the consular registers"
TEXT = f"# Strelsau\n\nRelations had been strained since 1909. {CLOSURE} {PROTECTION}\n\nIt reopened in 1920.\n"


def document(
    text: str = TEXT,
    *,
    title: str = "Strelsau: the closure of 1911",
    publisher: str | None = "Ruritanian Gazette",
    published: str | None = "1911-05",
    url: str | None = "https://example.org/strelsau",
    media_type: str = "text/html",
) -> Document:
    return Document(
        id="gazette/strelsau.html",
        source="gazette",
        collection="newspapers",
        path="strelsau.html",
        media_type=media_type,
        title=title,
        publisher=publisher,
        published=published,
        url=url,
        language="en",
        text=text,
        headings=(),
        blocks=(),
    )


def quote(
    within: Document,
    text: str,
    highlight: str | None = None,
    *,
    number: int = 1,
    pinpoint: str | None = "Legations › Strelsau",
    link: str | None = "https://example.org/strelsau#:~:text=The%20embassy",
) -> Quote:
    """The first place where ``text`` stands, with ``highlight`` within it; all of it by default."""
    start = within.text.index(text)
    answering = text if highlight is None else highlight
    first = start + text.index(answering)
    span = (first, first + len(answering))
    return Quote(number, text, start, start + len(text), span, within, pinpoint, link, 0.75)


def found(*quotes: Quote) -> Answer:
    return Answer("a1", "Who closed Strelsau?", True, None, 0.9, quotes, (), "000001", 12.5)


def not_found(*nearest: Quote) -> Answer:
    reason = "The sources do not answer this question."
    return Answer("a2", "Who closed Hentzau?", False, reason, 0.125, (), nearest, "000001", 12.5)
