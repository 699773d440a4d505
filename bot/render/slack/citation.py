"""Where a quote stands: number, title, publisher, date, place within the document, and a link that Slack takes."""

import re

from bot.render.slack.elements import LONGEST_URL, Block, link_element, shortened, text_elements
from bot.types import Quote
from index.types import Document

_LONGEST_NAME = 200
"""Characters of a title, a publisher or a place within a document."""

_LONGEST_DATE = 40
_LONGEST_PLAIN = 300

# Printable ASCII with a host that has a name, and no user's name before it: Slack refuses a message with an
# address that it cannot read, and a reader is misled by one that begins with another host's name.
_WEB_ADDRESS = re.compile(r"https?://\w(?:[\w.-]*\w)?(?::\d{1,5})?(?:[/?#][!-~]*)?", re.IGNORECASE | re.ASCII)


def address_of(quote: Quote) -> str | None:
    """Where a reader can open the quote, or else its document; None if Slack takes neither address."""
    return web_address(quote.link) or web_address(quote.document.url)


def web_address(address: str | None) -> str | None:
    """The address if it is an http(s) one that Slack takes."""
    if address is None or len(address) > LONGEST_URL:
        return None
    return address if _WEB_ADDRESS.fullmatch(address) else None


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


def plain_citation(quote: Quote) -> str:
    """The same as text, at most 300 characters."""
    return shortened(f"[{quote.number}] {_title(quote.document)}{_details(quote.document, None)}", _LONGEST_PLAIN)


def _title(document: Document) -> str:
    return shortened(document.title, _LONGEST_NAME) or shortened(document.id, _LONGEST_NAME) or "no title"


def _details(document: Document, pinpoint: str | None) -> str:
    named = (
        shortened(document.publisher or "", _LONGEST_NAME),
        shortened(document.published or "", _LONGEST_DATE) or "no date",
        shortened(pinpoint or "", _LONGEST_NAME),
    )
    return "".join(f" · {name}" for name in named if name)
