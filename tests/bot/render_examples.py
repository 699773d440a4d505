"""Invented documents and answers that the tests of the renderers share."""

from dataclasses import replace
from datetime import date

from bot.types import (
    Answer,
    Correction,
    Difference,
    Part,
    Period,
    Quote,
    SearchedCollection,
    Understanding,
)
from index.types import Alternatives, Document, Filter, Query

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
    name: str = "gazette/strelsau.html",
) -> Document:
    return Document(
        id=name,
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


def understood(typed: str = "Strelsow") -> Understanding:
    """As much as can be understood of one question."""
    return Understanding(
        query=Query("When did the embassy in Strelsau close?", (Alternatives("Strelsau", ("Old Strelsau", "Ostrel")),)),
        asked=frozenset({"date", "place"}),
        periods=(Period(date(1911, 5, 1), date(1911, 5, 31), "in May 1911"),),
        places=("Ruritania", "Zenda"),
        present=True,
        corrections=(Correction(typed, "Strelsau"), Correction("embasy", "embassy")),
        context_used=True,
        filter=Filter(("newspapers",), date(1911, 1, 1), date(1920, 12, 31)),
    )


SEARCHED = (SearchedCollection("gazette", 1, "1911-05"), SearchedCollection("letters", 48, None))


def differing() -> Answer:
    """Two quotes that contradict each other, with everything that an answer can hold."""
    parts = (Part("sentence cosine", 0.8125, 1.25), Part("names", 1, -2.5), Part("date there", 1.0, 1.25))
    old = replace(quote(document(), CLOSURE), parts=parts)
    text = "The embassy in Strelsau was closed on 6 May 1911; and"
    new = quote(document(text, title="Strelsau", published="2008-03", name="letters/1.txt"), text, number=2, link=None)
    difference = Difference("date", "The embassy in Strelsau was closed", (2, 1), ("6 May 1911", "4 May 1911"))
    return replace(found(old, new), understanding=understood(), differences=(difference,), searched=SEARCHED)


def refused() -> Answer:
    """Nothing found, with what was searched."""
    filter_ = Filter((), date(2017, 5, 1))
    within = document()
    near = (quote(within, f"{CLOSURE} {PROTECTION}", PROTECTION), quote(within, CLOSURE, number=2, pinpoint=None))
    return replace(not_found(*near), understanding=replace(understood(), filter=filter_), searched=SEARCHED)


def help_reply() -> Answer:
    """The reply to what is no question."""
    asked = Understanding(Query("help"), talk="help")
    return replace(not_found(), reason="Ask about embassies\x1b and sanctions.", understanding=asked, searched=SEARCHED)


def two_quotes() -> Answer:
    within = document()
    other = document("Zenda took over.", title="Zenda", publisher=None, published=None, url=None)
    return found(
        quote(within, f"{CLOSURE} {PROTECTION}", CLOSURE),
        quote(other, "Zenda took over.", number=2, pinpoint=None, link=None),
    )
