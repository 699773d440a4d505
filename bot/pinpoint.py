"""Where in its document a quote stands, as citations name it: page, row, section, reference number. Pure."""

from collections.abc import Sequence

from bot.legal_pinpoint import legal_pinpoint
from index.types import Document


def place_of(document: Document, headings: Sequence[str], start: int) -> str | None:
    """The titles of the sections, outermost first, with the legal place in place of those that it covers; then the page
    or row. Of an entry of a list, its reference. None where the document has none of them.
    """
    if document.entry is not None:
        return document.entry.reference
    at = next((each.label for each in document.pinpoints if each.start <= start < each.end), None)
    parts = [*_sections(headings, legal_pinpoint(document, start)), at]
    return " › ".join(part for part in parts if part) or None


def _sections(headings: Sequence[str], legal: str | None) -> list[str]:
    """The titles down to the one of the provision, and behind it the legal place if it says more: "(a)(2)"."""
    if legal is None:
        return list(headings)
    provision = _plain(legal.partition("(")[0])
    covering = next((at for at, title in enumerate(headings) if _plain(title).startswith(provision)), None)
    if covering is None:
        return [*headings, legal]
    return [*headings[: covering + 1], *([legal] if "(" in legal else [])]


def _plain(title: str) -> str:
    return "".join(letter for letter in title.casefold() if not letter.isspace())
