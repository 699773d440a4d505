"""An excerpt of a quote as markdown, and its buttons. Pure."""

from bot.render.discord.citation import citation, noted
from bot.render.discord.elements import (
    LONGEST_BUTTON_URL,
    LONGEST_LINK,
    Button,
    action_button,
    bold,
    link_button,
    quoted,
)
from bot.render.discord.escape import escaped
from bot.render.excerpt import Excerpt, shown_lead_ins, shown_parts
from bot.render.source import address_of
from bot.types import Quote


def excerpt_markdown(excerpt: Excerpt, longest_link: int = LONGEST_LINK) -> str:
    """The excerpt as lines of a block quote, the sentence that answers in bold type, and below its citation what
    is said of it.
    """
    before, answering, after = map(escaped, shown_parts(excerpt))
    shown = [f"“{escaped(led)}”{escaped(gap)}" for led, gap in shown_lead_ins(excerpt)]
    shown.append(f"{excerpt.before}“{before}{bold(answering)}{after}”{excerpt.after}")
    below = noted(excerpt.quote) if excerpt.noted else []
    return "\n".join([*map(quoted, shown), citation(excerpt.quote, longest_link), *below])


def quote_buttons(answer_id: str, quote: Quote) -> list[Button]:
    """What belongs to one quote; no link if there is no address that a button takes."""
    buttons = [action_button("Show in context", "context", answer_id, quote.mark, quote.number)]
    if address := address_of(quote, LONGEST_BUTTON_URL):
        buttons.append(link_button("Open source", address))
    return buttons
