"""Invented documents and answers that the tests of the renderers share."""

from dataclasses import replace
from datetime import date

from bot.types import (
    Answer,
    Correction,
    Difference,
    Lookup,
    NameMatch,
    Part,
    Period,
    Quote,
    Repetition,
    SearchedCollection,
    Understanding,
    Unsaid,
)
from index.types import Alternatives, Document, Edition, Entry, Filter, ListedName, Query

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
        unsaid=(Unsaid("Hentzau", decisive=False), Unsaid("Streckenbach", decisive=True)),
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


ZENDA = Edition("zenda", "Consolidated List of Zenda", "Council of Zenda", "1894-11-30")
UNDATED = Edition("hentzau", "List of Hentzau", "Count of Hentzau", "1894-12-06", dated=False)
ENTRY = (
    "RASSENDYLL, Rudolf\nReference: ZDi.024\nAlso known as: Rudolf the Fifth\nListed: 1894-07-01\n"
    "Reasons: Wore the crown of another.\n  - He gave it back."
)


def entry(
    text: str = ENTRY, edition: Edition | None = ZENDA, *, reference: str = "ZDi.024", title: str | None = None
) -> Document:
    """An entry of a sanctions list; its first line is its name."""
    name = text.split("\n", 1)[0]
    within = document(text, title=name if title is None else title, publisher="Council", published=None, url=None)
    listing = Entry("zenda", reference, "person", (ListedName(0, len(name), "primary"),))
    return replace(within, entry=listing, edition=edition)


def listing(
    within: Document, listed: str, score: float, *, asked: str = "Rudolf Rassendil", number: int = 1, weak: bool = False
) -> Quote:
    """The quote of an entry that was found by the name ``listed``."""
    reference = within.entry.reference if within.entry is not None else None
    passage = quote(within, within.text, listed, number=number, pinpoint=reference, link=None)
    return replace(passage, score=score, match=NameMatch(asked, listed, score, weak))


def listed() -> Answer:
    """Two entries and two candidates, of a day in the past."""
    other = entry("Rudolf Rassendil\nReference: 7", UNDATED, reference="7")
    likes = ("RASSENDYLL, Robert", "RASSENDALE, Rudi")
    alike = tuple(
        listing(entry(f"{name}\nReference: {number}", reference=str(number)), name, score, number=number)
        for number, name, score in ((1, likes[0], 0.814), (2, likes[1], 0.76))
    )
    later = replace(ZENDA, date="1895-03-01")
    told = (
        "[1] Present in the Consolidated List of Zenda, edition of 1894-11-30, absent in that of 1895-03-01.",
        "[2] Found in the List of Hentzau, edition of 1894-12-06 (when it was read; it gives no date of its own).",
        "No edition of the UN list is held here.",
    )
    lookups = (
        Lookup("listed", "zenda", ZENDA, later, 1, sentence=told[0]),
        Lookup("listed", "hentzau", UNDATED, None, 2, sentence=told[1]),
        Lookup("not held", "UN", sentence=told[2]),
    )
    quotes = (
        listing(entry(), "Rudolf the Fifth", 0.9949, weak=True),
        listing(other, "Rudolf Rassendil", 0.995, number=2),
    )
    return replace(found(*quotes), lookups=lookups, candidates=alike, as_of=date(1894, 12, 31))


def unlisted() -> Answer:
    """A name that no list has, with candidates, and a passage that is close."""
    sentence = "Not found in the Consolidated List of Zenda as of 1894-11-30."
    lookup = Lookup("not found", "zenda", ZENDA, sentence=sentence)
    answer = replace(not_found(quote(document(), CLOSURE)), reason=sentence, lookups=(lookup,), searched=SEARCHED)
    return replace(answer, candidates=listed().candidates)


def repetition(within: Document, text: str, link: str | None = None) -> Repetition:
    start = within.text.index(text)
    return Repetition(within, start, start + len(text), None, link)


def repeated() -> Answer:
    """A quote that five other documents say, one of them an entry of a list."""
    letter = document(CLOSURE, title="A *letter*", publisher=None, published="1911", url="https://example.org/letter")
    copy = document(f"So: {CLOSURE}", title="A copy", publisher="Zenda Times", published=None, url=None)
    said = (
        repetition(letter, CLOSURE, "https://example.org/letter#:~:text=The"),
        repetition(copy, CLOSURE),
        repetition(entry(f"STRELSAU\n{CLOSURE}"), CLOSURE),
        *(repetition(copy, CLOSURE),) * 2,
    )
    return found(replace(quote(document(), CLOSURE), repeated=said))


def said_everywhere(text: str, address: str | None = None) -> Answer:
    """Lists, entries and documents that say nothing but ``text``, which is not empty, wherever something is said."""
    edition = Edition(text, text, text, text, dated=len(text) % 2 == 0)
    within = replace(entry(text, edition, reference=text, title=text), url=address)
    match = NameMatch(text, text, 0.5, weak=True)
    same = tuple(Repetition(replace(within, edition=each), 0, len(text), text, address) for each in (edition, None))
    passage = Quote(1, text, 0, len(text), (0, len(text)), within, text, address, 0.5, match=match, repeated=same * 2)
    lookups = (Lookup("listed", text, edition, edition, 1, 0, (text,), text),) * 3
    answer = replace(found(passage), lookups=lookups, candidates=(passage,) * 4, as_of=date(1894, 12, 31))
    return replace(answer, differences=(Difference("status", text, (1, 1), (text, text)),))
