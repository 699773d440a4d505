"""A quote as it is shown: whole, or with less around the sentence that answers. Pure.

What is shown is in typographic quotation marks, and … outside of them says that the source goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.render.slack.citation import address_of, citation
from bot.render.slack.elements import (
    CONTEXT,
    SOURCE,
    Block,
    actions,
    button,
    link_button,
    quoted,
    rich_text,
    section,
    text_elements,
)
from bot.render.visible import visible, visible_characters
from bot.render.words import breaks_off
from bot.types import Quote


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of ``quote``: ``quote.text[start:end]``, and its lead-ins if ``led``."""

    quote: Quote
    start: int
    end: int
    led: bool

    @property
    def length(self) -> int:
        """Characters of the sources, at least; more where some are named because they cannot be seen."""
        return self.end - self.start + (sum(end - start for start, end in self.quote.lead_ins) if self.led else 0)


def excerpts(quote: Quote) -> tuple[Excerpt, ...]:
    """From all there is to the sentence that answers alone, each shorter than the one before."""
    whole = Excerpt(quote, 0, len(quote.text), led=bool(quote.lead_ins))
    first, last = highlight(quote)
    unled = replace(whole, led=False)
    return tuple(dict.fromkeys((whole, unled, replace(unled, start=first, end=last))))


def highlight(quote: Quote) -> tuple[int, int]:
    """The span of the sentence that answers, in offsets of ``quote.text``."""
    first, last = (min(max(offset - quote.start, 0), len(quote.text)) for offset in quote.highlight)
    return (first, last) if first < last else (0, len(quote.text))


def excerpt_blocks(answer_id: str, excerpt: Excerpt) -> tuple[Block, Block]:
    """The excerpt with its citation, and the buttons that belong to it."""
    quote = excerpt.quote
    address = address_of(quote)
    buttons = [button("Show in context", CONTEXT, f"{answer_id}:{quote.number}")]
    if address:
        buttons.append(link_button("Open source", SOURCE, address))
    (row,) = actions(buttons)
    return rich_text(*_lead_ins(excerpt), quoted(_body(excerpt)), section(citation(quote))), row


def cut_to(excerpt: Excerpt, room: int) -> Excerpt:
    """As much of the excerpt's beginning as can be shown in ``room`` characters, cut behind a word if possible."""
    text = excerpt.quote.text
    end, longest = excerpt.start, min(excerpt.end, excerpt.start + max(room, 0))
    for shown in visible_characters(text[excerpt.start : longest]):
        room -= len(shown)
        if room < 0:
            break
        end += 1
    if end < excerpt.end:
        space = text.rfind(" ", excerpt.start + (end - excerpt.start) // 2, end)
        end = space if space > excerpt.start else end
    return replace(excerpt, end=end)


def _body(excerpt: Excerpt) -> Iterator[Block]:
    quote = excerpt.quote
    before = "… " if excerpt.start > 0 or (quote.lead_ins and not excerpt.led) else ""
    after = " …" if excerpt.end < len(quote.text) or breaks_off(quote.text) else ""
    first, last = (min(max(offset, excerpt.start), excerpt.end) for offset in highlight(quote))
    yield from text_elements(f"{before}“")
    yield from text_elements(_shown(quote.text, excerpt.start, first))
    yield from text_elements(_shown(quote.text, first, last), bold=True)
    yield from text_elements(_shown(quote.text, last, excerpt.end))
    yield from text_elements(f"”{after}")


def _lead_ins(excerpt: Excerpt) -> Iterator[Block]:
    """What a list item belongs to, each stretch for itself; […] where text is left out before the next."""
    if not excerpt.led:
        return
    quote, text = excerpt.quote, excerpt.quote.document.text
    following = [start for start, _ in (*quote.lead_ins, (quote.start, quote.end))][1:]
    for (start, end), then in zip(quote.lead_ins, following, strict=True):
        gap = " […]" if text[end:then].strip() else ""
        yield quoted(text_elements(f"“{visible(text[start:end])}”{gap}"))


def _shown(text: str, start: int, end: int) -> str:
    """What ``visible(text)`` has for ``text[start:end]``; what an invisible character is, its neighbours tell."""
    first = max(start - 1, 0)
    return "".join(visible_characters(text[first : end + 1])[start - first : end - first])
