"""What the reader reads of a sentence, at training and in the product. Pure."""

import re

MAX_TOKENS = 96
"""Of question and text together, special tokens included."""

CONTEXT_WORDS = 24
"""Of the sentence before, its last ones."""

SEPARATOR = " | "

_LOOSE_BEFORE = re.compile(r" (?=[,.;:!?%)\]}]|'s\b|'t\b|n't\b|''|'(?: |$))")
_LOOSE_AFTER = re.compile(r"(?<=[(\[{$#]) |(?<=``) ")


def reader_text(sentence: str, titles: tuple[str, ...] = (), before: str = "") -> str:
    """The sentence, then what it stands under, then the end of the sentence before it.

    The sentence comes first, so that it is marked by its place, and cut last when the pair is too long.
    """
    context = " ".join(before.split()[-CONTEXT_WORDS:])
    under = " - ".join(" ".join(title.split()) for title in titles if title.strip())
    return SEPARATOR.join(part for part in (" ".join(sentence.split()), under, context) if part)


def joined(text: str) -> str:
    """Tokenised text ("Paris , France 's capital") as people write it ("Paris, France's capital")."""
    text = (
        text.replace("-LRB-", "(")
        .replace("-RRB-", ")")
        .replace(" -- ", " – ")
        .replace(" - ", "-")
        .replace("`` ", '"')
        .replace(" ''", '"')
    )
    return " ".join(_LOOSE_AFTER.sub("", _LOOSE_BEFORE.sub("", text)).split())
