"""Windows over a message: a quote within its document, or a sentence. Pure."""

from bot.render.cut import shortened
from bot.render.slack.citation import source, web_address
from bot.render.slack.elements import (
    Block,
    plain_text,
    quoted,
    rich_text,
    section,
    sentence_block,
    text_elements,
)
from bot.render.source import pinpoint_of
from bot.render.window import window
from index.types import Document

AROUND = 1_500
"""Characters shown on each side of a quote."""

LONGEST_QUOTE = 6_000
_LONGEST_TITLE = 24
"""Characters."""


def passage_view(document: Document, start: int, end: int, note: str | None = None) -> Block:
    """``document.text[start:end]`` in bold type within the text around it, below the document's name and ``note``.

    ``…`` stands above or below where the text goes on, and a quote of more than LONGEST_QUOTE characters ends with
    it. Expects ``0 <= start <= end <= len(document.text)``.
    """
    shown = window(document.text, start, end, AROUND, LONGEST_QUOTE)
    body = [
        *text_elements(shown.before),
        *text_elements(shown.quote, bold=True),
        *text_elements(shown.after),
    ]
    goes_on = section(text_elements("…"))
    parts = [
        *([] if shown.begins else [goes_on]),
        *([quoted(body)] if body else []),
        *([] if shown.ends else [goes_on]),
    ]
    blocks = [] if note is None else [sentence_block(note)]
    blocks.append(rich_text(section(source(document, web_address(document.url), pinpoint_of(document, start)))))
    blocks += [rich_text(*parts)] if parts else []
    return _modal("In context", blocks)


def notice_view(title: str, sentence: str) -> Block:
    """A window with one sentence. ``title`` is cut with … to 24 characters."""
    return _modal(shortened(title, _LONGEST_TITLE) or "–", [sentence_block(sentence)])


def _modal(title: str, blocks: list[Block]) -> Block:
    return {"type": "modal", "title": plain_text(title), "close": plain_text("Close"), "blocks": blocks}
