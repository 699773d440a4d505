"""Where in its document a quote stands, as citations name it: page, row, section, reference number. Pure."""

import re
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
    places = [_covering(headings, part) for part in legal.partition("(")[0].split(", ")]
    if places[-1] is None:
        return [*headings, legal]
    more = "(" in legal or None in places
    return [*headings[: places[-1] + 1], *([legal] if more else [])]


def _covering(headings: Sequence[str], provision: str) -> int | None:
    """The place of the title that begins with a provision: "Article 1. Aims" does, "Article 10" does not."""
    letters = [re.escape(letter) for letter in provision if not letter.isspace()]
    begins = re.compile(r"\s*".join(["", *letters]) + r"(?!\w)", re.IGNORECASE)
    return next((at for at, title in enumerate(headings) if begins.match(title)), None)
