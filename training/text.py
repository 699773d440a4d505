"""The texts of the training sets as people write them. Pure."""

import re

_LOOSE_BEFORE = re.compile(r" (?=[,.;:!?%)\]}]|'s\b|'t\b|n't\b|''|'(?: |$))")
_LOOSE_AFTER = re.compile(r"(?<=[(\[{$#]) |(?<=``) ")


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
