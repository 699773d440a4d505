"""A quote within its document. Pure."""

from string import punctuation

from bot.render.discord.citation import link_address, source
from bot.render.discord.elements import (
    LONGEST_BUTTON_URL,
    LONGEST_LINK,
    LONGEST_PLAIN,
    MOST_CHARACTERS,
    Message,
    Text,
    bold,
    quoted,
)
from bot.render.discord.escape import escaped, escaped_line, size
from bot.render.source import pinpoint_of
from bot.render.visible import visible_characters
from bot.render.window import window
from index.types import Document

AROUND = 1_000
LEAST_AROUND = 150
LONGEST_NOTE = 300
"""Sizes, in UTF-16 code units: how much is shown on each side of a quote at most, and at least however long the quote
is; and how much of a note.
"""

# "> " and four asterisks on the first line; … above and below, with line feeds.
_MARKS = 6 + 4
# The end of a line in bold type, the line feed, and the beginning of the next within a block quote.
_LINE_END = len("**\n> **")


def passage_message(document: Document, start: int, end: int, note: str | None = None) -> Message:
    """``document.text[start:end]`` in bold type within the text around it, below ``note`` and the document's name.

    ``…`` stands above or below where the text goes on, and a quote that is too long ends with it. Expects
    ``0 <= start <= end <= len(document.text)``.
    """
    return Message(
        (Text(_passage(document, start, end, note, MOST_CHARACTERS, LONGEST_LINK)),),
        _passage(document, start, end, note, LONGEST_PLAIN, LONGEST_BUTTON_URL),
    )


def _passage(document: Document, start: int, end: int, note: str | None, room: int, longest_link: int) -> str:
    address = link_address(document.url, longest_link)
    head = [escaped_line(note, LONGEST_NOTE) or "–"] if note is not None else []
    head.append(source(document, address, pinpoint_of(document, start)))
    room -= sum(size(line) + 1 for line in head) + _MARKS
    longest = room - 2 * LEAST_AROUND
    quote = visible_characters(document.text[start : min(end, start + longest)])
    around = min(AROUND, (room - min(longest, sum(map(_count, quote)))) // 2)
    shown = window(document.text, start, end, around, longest, _count)
    body = f"{escaped(shown.before)}{bold(escaped(shown.quote))}{escaped(shown.after)}"
    lines = [
        *head,
        *([] if shown.begins else ["…"]),
        *([quoted(body)] if body else []),
        *([] if shown.ends else ["…"]),
    ]
    return "\n".join(lines)


def _count(shown: str) -> int:
    """What a character takes at most, whatever stands beside it."""
    if shown == "\n":
        return _LINE_END
    return 2 if shown in punctuation else size(shown)
