"""An excerpt of a quote as blocks. Pure."""

from collections.abc import Iterator

from bot.render.excerpt import Excerpt, shown_lead_ins, shown_parts
from bot.render.slack.citation import address_of, citation, noted
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


def excerpt_blocks(answer_id: str, excerpt: Excerpt) -> tuple[Block, Block]:
    """The excerpt with its citation and what is said of it, and the buttons that belong to it."""
    quote = excerpt.quote
    address = address_of(quote)
    buttons = [button("Show in context", CONTEXT, f"{answer_id}:{quote.mark}")]
    if address:
        buttons.append(link_button("Open source", SOURCE, address))
    (row,) = actions(buttons)
    led = (quoted(text_elements(f"“{shown}”{gap}")) for shown, gap in shown_lead_ins(excerpt))
    cited = citation(quote) + (noted(quote) if excerpt.noted else [])
    return rich_text(*led, quoted(_body(excerpt)), section(cited)), row


def _body(excerpt: Excerpt) -> Iterator[Block]:
    before, answering, after = shown_parts(excerpt)
    yield from text_elements(f"{excerpt.before}“")
    yield from text_elements(before)
    yield from text_elements(answering, bold=True)
    yield from text_elements(after)
    yield from text_elements(f"”{excerpt.after}")
