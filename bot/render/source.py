"""Where a quote stands, in words, and where a reader can open it. Pure."""

import re
from collections.abc import Callable

from bot.types import Quote
from index.types import Document, Heading

# Printable ASCII with a host that has a name, and no user's name before it: chats refuse a message with an
# address that they cannot read, and a reader is misled by one that begins with another host's name.
_WEB_ADDRESS = re.compile(r"https?://\w(?:[\w.-]*\w)?(?::\d{1,5})?(?:[/?#][!-~]*)?", re.IGNORECASE | re.ASCII)


def address_of(quote: Quote, longest: int) -> str | None:
    """Where a reader can open the quote, or else its document; None if neither is a web address of at most
    ``longest`` characters.
    """
    return web_address(quote.link, longest) or web_address(quote.document.url, longest)


def web_address(address: str | None, longest: int) -> str | None:
    """The address if it is an http(s) one that a chat takes."""
    if address is None or len(address) > longest:
        return None
    return address if _WEB_ADDRESS.fullmatch(address) else None


def title_of(document: Document, shorten: Callable[[str], str]) -> str:
    """The title, or else the id; never empty."""
    return shorten(document.title) or shorten(document.id) or "no title"


def details_of(
    document: Document, pinpoint: str | None, shorten: Callable[[str], str], shorten_date: Callable[[str], str]
) -> str:
    """What stands behind a title: " · Publisher · 1911-05 · Chapter"; what is not known is left out, but the date."""
    named = (
        shorten(document.publisher or ""),
        shorten_date(document.published or "") or "no date",
        shorten(pinpoint or ""),
    )
    return "".join(f" · {name}" for name in named if name)


def pinpoint_of(document: Document, start: int) -> str | None:
    """The titles of the sections that ``start`` lies in, outermost first."""
    path: list[Heading] = []
    for heading in document.headings:
        if heading.start > start:
            break
        path = [above for above in path if above.level < heading.level] + [heading]
    known = ("", _plain(document.title))
    return " › ".join(heading.title for heading in path if _plain(heading.title) not in known) or None


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()
