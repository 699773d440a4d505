"""Where a quote stands: number, title, publisher, date, place within the document, and a link. Pure."""

from bot.render import source as words
from bot.render.discord.elements import LONGEST_LINK
from bot.render.discord.escape import escaped, escaped_line, is_plain
from bot.render.words import MOST_REPEATED, SAME_WORDS, listed_as, not_named
from bot.types import Quote, Repetition
from index.types import Document

_LONGEST_TITLE = 200
_LONGEST_NAME = 120
_LONGEST_DATE = 40
_LONGEST_LISTED = 600
_LONGEST_BESIDE = 300
"""Sizes, in UTF-16 code units, of a title, of a publisher or a place within a document, of a date, of how a name is
listed, and of the address of a document that only says the same.
"""

# These could end a link, or begin something else if Discord makes no link of it.
_IN_ADDRESSES = {ord(character): f"%{ord(character):02X}" for character in "()<>[]{}\"'\\`|*^@"}


def citation(quote: Quote, longest_link: int = LONGEST_LINK) -> str:
    r"""One line: "\[1\] [Title](<address>) · Publisher · 1911-05 · Chapter". The address is the first, of the quote and
    of its document, that has at most ``longest_link`` characters. Long names are cut with …, none is left out.
    """
    return f"{escaped(f'[{quote.number}]')} {source(quote.document, _address(quote, longest_link), quote.pinpoint)}"


def noted(quote: Quote) -> list[str]:
    """The lines below a citation: by what name the quote was found, and which documents say the same."""
    lines = [listed(quote)] if quote.match is not None else []
    if quote.repeated:
        named = "; ".join(map(_beside, quote.repeated[:MOST_REPEATED]))
        lines.append(f"{SAME_WORDS}{named}{not_named(len(quote.repeated))}")
    return lines


def listed(quote: Quote) -> str:
    """How the name of an entry is that which was asked for; empty if it was not found by a name."""
    return escaped_line(listed_as(quote.match), _LONGEST_LISTED) if quote.match is not None else ""


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


def _beside(repetition: Repetition) -> str:
    return source(repetition.document, _address(repetition, _LONGEST_BESIDE), None)


def _address(quote: Quote | Repetition, longest: int) -> str | None:
    return link_address(quote.link, longest) or link_address(quote.document.url, longest)
