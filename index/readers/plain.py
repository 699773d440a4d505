"""Plain text: paragraphs between blank lines."""

from collections.abc import Iterator

from index.readers.text import clean, decode
from index.types import Heading, Reading, Span

TITLE_LENGTH = 150
"""A first line of at most this many characters can be the title."""


def read_plain(content: bytes) -> Reading:
    """The paragraphs of a text file; a hard-wrapped one stays whole.

    The first line is the title and the one heading if it stands alone, is short, is followed by more
    text and does not end as a sentence or a label does. Raises ReadError as ``decode`` does.
    """
    text = decode(content)
    blocks = tuple(paragraphs(text))
    first = text[blocks[0].start : blocks[0].end]
    titled = (
        len(blocks) > 1
        and len(first) <= TITLE_LENGTH
        and "\n" not in first
        and not first.endswith((".", "。", ":", ";", ","))
    )
    if not titled:
        return Reading(text, blocks)
    title = clean(first) or first
    heading = Heading(blocks[0].start, blocks[0].end, 1, title)
    return Reading(text, blocks[1:], (heading,), title)


def paragraphs(text: str) -> Iterator[Span]:
    """The runs of lines between blank ones."""
    position, start, end = 0, -1, -1
    for line in text.split("\n"):
        words = line.strip()
        if words:
            offset = position + line.index(words)
            start = offset if start < 0 else start
            end = offset + len(words)
        elif start >= 0:
            yield Span(start, end)
            start = -1
        position += len(line) + 1
    if start >= 0:
        yield Span(start, end)
