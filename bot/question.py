"""What was typed, to a question that can be searched. Plain rules, no language model."""

import re
import unicodedata
from datetime import UTC, date, datetime

from bot.as_of import find_as_of, without_as_of
from bot.types import Question
from index.errors import UsageError
from index.types import Filter

MOST_CHARACTERS = 10_000

_WORD = re.compile(r"\w+")


def make_question(
    text: str,
    context: str | None = None,
    collections: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    as_of: date | None = None,
) -> Question:
    """A question from what a person or a file gave. An operator ``as-of:`` in its text does what ``as_of`` does.

    Raises UsageError if nothing is left of it, if it is too long, or if the dates are wrong or out of order.
    """
    cleaned = clean(text)
    if not without_as_of(cleaned):
        raise UsageError("The question is empty.")
    if len(cleaned) > MOST_CHARACTERS:
        raise UsageError(f"The question has {len(cleaned)} characters; at most {MOST_CHARACTERS} are read.")
    if since is not None and until is not None and since > until:
        raise UsageError(f"The dates are out of order: since {since} is after until {until}.")
    before = clean(context)[:MOST_CHARACTERS] if context else None
    asked_of = as_of or find_as_of(cleaned, datetime.now(UTC).date())
    return Question(cleaned, before or None, Filter(collections, since, until), asked_of)


def clean(text: str) -> str:
    """The text without characters that cannot be text (NUL, lone surrogates, unassigned controls),
    white space folded to single spaces. Letters of every script stay as they are.
    """
    kept = (" " if character.isspace() else character for character in text)
    return " ".join("".join(c for c in kept if c == " " or unicodedata.category(c) not in {"Cc", "Cs"}).split())


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit to search for at all."""
    return _WORD.search(text) is not None
