"""Where a quote stands: number, title, publisher, date, place within the document, and a link. Pure."""

from bot.render import source as words
from bot.render.discord.elements import LONGEST_LINK
from bot.render.discord.escape import escaped, escaped_line, is_plain
from bot.types import Quote
from index.types import Document

_LONGEST_TITLE = 200
_LONGEST_NAME = 120
_LONGEST_DATE = 40
"""Sizes, in UTF-16 code units, of a title, of a publisher or a place within a document, and of a date."""

# These could end a link, or begin something else if Discord makes no link of it.
_IN_ADDRESSES = {ord(character): f"%{ord(character):02X}" for character in "()<>[]{}\"'\\`|*^@"}


def citation(quote: Quote, longest_link: int = LONGEST_LINK) -> str:
    r"""One line: "\[1\] [Title](<address>) · Publisher · 1911-05 · Chapter". The address is the first, of the quote and
    of its document, that has at most ``longest_link`` characters. Long names are cut with …, none is left out.
    """
    addresses = (link_address(quote.link, longest_link), link_address(quote.document.url, longest_link))
    address = next((each for each in addresses if each), None)
    return f"{escaped(f'[{quote.number}]')} {source(quote.document, address, quote.pinpoint)}"


def source(document: Document, address: str | None, pinpoint: str | None) -> str:
    """The same without the number. A title that needs escapes cannot be the name of a link, so that a link of its own
    follows at the end.
    """
    title = words.title_of(document, lambda title: escaped_line(title, _LONGEST_TITLE))
    details = words.details_of(
        document,
        pinpoint,
        lambda name: escaped_line(name, _LONGEST_NAME),
        lambda date: escaped_line(date, _LONGEST_DATE),
    )
    if address is None:
        return title + details
    if is_plain(title):
        return f"[{title}](<{address}>){details}"
    return f"{title}{details} · [open](<{address}>)"


def link_address(address: str | None, longest: int = LONGEST_LINK) -> str | None:
    """The address as it stands in a link, if it is an http(s) one that Discord takes, of at most ``longest``
    characters.
    """
    web_address = words.web_address(address, longest)
    written = web_address.translate(_IN_ADDRESSES) if web_address else ""
    return written if 0 < len(written) <= longest else None
