"""Windows over a message: a quote within its document, or a sentence. Pure."""

from bot.render.slack.citation import source, web_address
from bot.render.slack.elements import (
    Block,
    plain_text,
    quoted,
    rich_text,
    section,
    sentence_block,
    shortened,
    text_elements,
)
from bot.render.visible import visible_characters
from index.types import Document, Heading

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
    text = document.text
    # One character more than is shown tells whether the text goes on.
    first, last = max(0, start - AROUND - 1), min(len(text), end + AROUND + 1)
    shown = visible_characters(text[first:last])
    before, quote, after = shown[: start - first], shown[start - first : end - first], shown[end - first :]
    before = _last_part(before)
    first = start - len(before)
    kept = _count_within(quote, LONGEST_QUOTE)
    after = _first_part(after) if kept == len(quote) else []
    last = start + kept + len(after)

    body = [
        *text_elements("".join(before).lstrip("\n")),
        *text_elements("".join(quote[:kept]), bold=True),
        *text_elements("".join(after).rstrip()),
    ]
    goes_on = section(text_elements("…"))
    parts = [
        *([goes_on] if text[:first].strip() else []),
        *([quoted(body)] if body else []),
        *([goes_on] if text[last:].strip() else []),
    ]
    blocks = [] if note is None else [sentence_block(note)]
    blocks.append(rich_text(section(source(document, web_address(document.url), _pinpoint(document, start)))))
    blocks += [rich_text(*parts)] if parts else []
    return _modal("In context", blocks)


def notice_view(title: str, sentence: str) -> Block:
    """A window with one sentence. ``title`` is cut with … to 24 characters."""
    return _modal(shortened(title, _LONGEST_TITLE) or "–", [sentence_block(sentence)])


def _modal(title: str, blocks: list[Block]) -> Block:
    return {"type": "modal", "title": plain_text(title), "close": plain_text("Close"), "blocks": blocks}


def _pinpoint(document: Document, start: int) -> str | None:
    """The titles of the sections that ``start`` lies in, outermost first."""
    path: list[Heading] = []
    for heading in document.headings:
        if heading.start > start:
            break
        path = [above for above in path if above.level < heading.level] + [heading]
    known = ("", _plain(document.title))
    return " › ".join(heading.title for heading in path if _plain(heading.title) not in known) or None


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()


def _first_part(shown: list[str]) -> list[str]:
    """The beginning of at most AROUND characters, up to a line end in its second half, else up to a space."""
    kept = _count_within(shown, AROUND)
    if kept == len(shown):
        return shown
    cuts = (_last_index(shown[:kept], "\n", AROUND // 2), _last_index(shown[:kept], " ", 0))
    return shown[: next((cut for cut in cuts if cut is not None), kept)]


def _last_part(shown: list[str]) -> list[str]:
    return _first_part(shown[::-1])[::-1]


def _last_index(shown: list[str], sought: str, least: int) -> int | None:
    return next((index for index in range(len(shown) - 1, least - 1, -1) if shown[index] == sought), None)


def _count_within(shown: list[str], longest: int) -> int:
    """How many entries make up at most ``longest`` characters."""
    for count, each in enumerate(shown):
        longest -= len(each)
        if longest < 0:
            return count
    return len(shown)
