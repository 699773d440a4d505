"""Where a quote stands: number, title, publisher, date, place within the document, and a link that Slack takes."""

from bot.render import source as words
from bot.render.cut import shortened
from bot.render.slack.elements import LONGEST_URL, Block, link_element, text_elements
from bot.render.words import MOST_REPEATED, SAME_WORDS, listed_as, not_named
from bot.types import Quote, Repetition
from index.types import Document

_LONGEST_NAME = 200
"""Characters of a title, a publisher or a place within a document."""

_LONGEST_DATE = 40
_LONGEST_PLAIN = 300
_LONGEST_BESIDE = 500
"""Of the address of a document that only says the same."""


def address_of(quote: Quote) -> str | None:
    """Where a reader can open the quote, or else its document; None if Slack takes neither address."""
    return words.address_of(quote, LONGEST_URL)


def web_address(address: str | None) -> str | None:
    """The address if it is an http(s) one that Slack takes."""
    return words.web_address(address, LONGEST_URL)


def citation(quote: Quote, linked: bool = True) -> list[Block]:
    """The elements of one line: "[1] Title · Publisher · 1911-05 · Chapter". If ``linked`` and there is an address that
    Slack takes, the title leads there. Long names are cut with …, none is left out.
    """
    address = address_of(quote) if linked else None
    return [*text_elements(f"[{quote.number}] "), *source(quote.document, address, quote.pinpoint)]


def source(document: Document, address: str | None, pinpoint: str | None) -> list[Block]:
    """The same without the number."""
    title = _title(document)
    named = [link_element(address, title)] if address else text_elements(title)
    return [*named, *text_elements(_details(document, pinpoint))]


def noted(quote: Quote) -> list[Block]:
    """What stands on lines of their own below a citation, each behind a line feed: by what name the quote was found,
    and which documents say the same.
    """
    elements = text_elements(f"\n{listed_as(quote.match)}") if quote.match is not None else []
    for index, each in enumerate(quote.repeated[:MOST_REPEATED]):
        elements += text_elements("; " if index else f"\n{SAME_WORDS}") + _beside(each)
    return elements + text_elements(not_named(len(quote.repeated)))


def _beside(repetition: Repetition) -> list[Block]:
    return source(repetition.document, words.address_of(repetition, _LONGEST_BESIDE), None)


def plain_citation(quote: Quote) -> str:
    """The same as text, at most 300 characters."""
    return shortened(f"[{quote.number}] {_title(quote.document)}{_details(quote.document, None)}", _LONGEST_PLAIN)


def _title(document: Document) -> str:
    return words.title_of(document, _shortened_name)


def _details(document: Document, pinpoint: str | None) -> str:
    return words.details_of(document, pinpoint, _shortened_name, lambda date: shortened(date, _LONGEST_DATE))


def _shortened_name(name: str) -> str:
    return shortened(name, _LONGEST_NAME)
