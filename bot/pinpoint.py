"""Where in its document a quote stands, as citations name it: page, row, section, reference number. Pure."""

from collections.abc import Sequence

from bot.legal_pinpoint import legal_pinpoint
from index.types import Document


def place_of(document: Document, headings: Sequence[str], start: int) -> str | None:
    """The titles of the sections, outermost first, then the page or row, the legal place, or the entry's reference;
    None where the document has none of them.
    """
    if document.entry is not None:
        return document.entry.reference
    at = next((each.label for each in document.pinpoints if each.start <= start < each.end), None)
    parts = [*headings, legal_pinpoint(document, start), at]
    return " › ".join(part for part in parts if part) or None
