"""Messages that quote nothing: sentences, help, what is stored. Pure."""

from bot.render.cut import shortened
from bot.render.help_words import ABOUT, BUTTONS, EXAMPLES, who_sees
from bot.render.slack.elements import (
    Block,
    Message,
    bullets,
    escaped,
    header,
    question_block,
    rich_text,
    section,
    sentence_block,
    text_elements,
)
from bot.render.slack.overview import overview_blocks
from bot.render.words import nothing_listed
from bot.types import Overview

_LONGEST_NAME = 80
"""Characters of a command or a mention."""


def sentence_message(sentence: str, question: str | None = None) -> Message:
    """An error, a notice or the like, below the question if there is one."""
    return Message(
        escaped(sentence.strip() or "–"), (*question_block("Question: ", question or ""), sentence_block(sentence))
    )


def help_message(command: str, mention: str) -> Message:
    """What the bot does and how to ask it. ``command`` is like "/ask", ``mention`` like "@Legation"."""
    return Message(escaped(ABOUT), (sentence_block(ABOUT), *how_to_ask(command, mention)))


def how_to_ask(command: str, mention: str) -> tuple[Block, ...]:
    """Ways to ask, examples, what the buttons do, and who sees what."""
    typed, named = shortened(command, _LONGEST_NAME), shortened(mention, _LONGEST_NAME)
    ways = (
        (f"{typed} and a question", "answers you alone."),
        (f"{typed} alone", "opens a form, with dates and collections to choose."),
        (
            f"{named} and a question",
            "answers in the thread, where a further question may be as short as “and in 1940?”.",
        ),
        ("A direct message", "is answered there."),
    )
    examples = [section(text_elements(f"{typed} {example}")) for example in EXAMPLES]
    return (
        header("How to ask"),
        rich_text(_explained(ways)),
        header("For example"),
        rich_text(bullets(examples)),
        header("Buttons below an answer"),
        rich_text(_explained(BUTTONS)),
        sentence_block(who_sees(typed, named)),
    )


def sources_message(overview: Overview) -> Message:
    """What is stored, as far as whoever asks may see it."""
    blocks = overview_blocks(overview)
    if not blocks:
        nothing = nothing_listed(overview)
        return Message(nothing, (sentence_block(nothing),))
    names = ", ".join(each.name for each in overview.collections)
    return Message(escaped(f"Stored here: {names}"), (header("Stored here"), *blocks))


def _explained(pairs: tuple[tuple[str, str], ...]) -> Block:
    return bullets(
        section([*text_elements(name, bold=True), *text_elements(f" {explanation}")]) for name, explanation in pairs
    )
