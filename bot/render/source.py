"""Where a quote stands, in words, and where a reader can open it: one citation for all screens. Pure."""

import re
from collections.abc import Callable

from bot.types import Quote, Repetition
from index.types import Document, Edition, Heading

# Printable ASCII with a host that has a name, and no user's name before it: chats refuse a message with an
# address that they cannot read, and a reader is misled by one that begins with another host's name.
_WEB_ADDRESS = re.compile(r"https?://\w(?:[\w.-]*\w)?(?::\d{1,5})?(?:[/?#][!-~]*)?", re.IGNORECASE | re.ASCII)


def address_of(quote: Quote | Repetition, longest: int) -> str | None:
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
    """What stands behind a title: " · Publisher · 1911-05 · Chapter"; what is not known is left out, but the date. An
    entry of a sanctions list has the list and its date there, for publisher and date.
    """
    published = (shorten(document.publisher or ""), shorten_date(document.published or "") or "no date")
    named = published if document.edition is None else (_in_edition(document.edition, shorten, shorten_date),)
    return "".join(f" · {name}" for name in (*named, shorten(pinpoint or "")) if name)


def pinpoint_of(document: Document, start: int) -> str | None:
    """An entry's number on its list; elsewhere the titles of the sections that ``start`` lies in, outermost first, and
    the page or row.
    """
    if document.entry is not None:
        return document.entry.reference
    path: list[Heading] = []
    for heading in document.headings:
        if heading.start > start:
            break
        path = [above for above in path if above.level < heading.level] + [heading]
    known = ("", _plain(document.title))
    titles = [heading.title for heading in path if _plain(heading.title) not in known]
    labels = [each.label for each in document.pinpoints if each.start <= start < each.end]
    return " › ".join([*titles, *labels]) or None


def _in_edition(edition: Edition, shorten: Callable[[str], str], shorten_date: Callable[[str], str]) -> str:
    name = shorten(edition.name) or shorten(edition.list)
    day = shorten_date(edition.date or "")
    if not day:
        return f"{name}, no date"
    return f"{name}, edition of {day}" if edition.dated else f"{name}, read on {day} (it gives no date)"


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()
