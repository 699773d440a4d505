"""Which entries of sanctions lists have a say in a question that asks of no list. Pure.

Entries are many and short, and name presidents, ministries and capitals: "Who is the president of Iran?" must not be
answered by the head of some organisation there that is listed.
"""

import re
from collections.abc import Callable

from bot.words import folded_words
from index.types import Document

_ABOUT_LISTS = re.compile(
    r"sanction|\blist(?:s|ed|ing|ings)?\b|designat|blacklist|black-list|delist|freez|frozen|embargo|\bofac\b|\bsdn\b"
    r"|security\s+council|\balias|\ba\.?k\.?a\b|passport|date\s+of\s+birth|\bborn\b|nationality|vessel|\bships?\b|\bimo\b"
    r"|aircraft|\bentit(?:y|ies)\b|terroris|proliferat|front\s+compan",
    re.IGNORECASE,
)
_SHORT = 4
"""Letters below which a word of a name tells nothing."""


def those_that_belong(question: str) -> Callable[[Document], bool]:
    """Tells whether a document may answer: always, but for an entry of a list only if the question speaks of what lists
    are about, or says a word of one of the entry's names.
    """
    about_lists = _ABOUT_LISTS.search(question) is not None
    said = {word for word in folded_words(question) if len(word) >= _SHORT}

    def belongs(document: Document) -> bool:
        if document.entry is None or about_lists:
            return True
        names = " ".join(document.text[name.start : name.end] for name in document.entry.names)
        return not said.isdisjoint(folded_words(names))

    return belongs
