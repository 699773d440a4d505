"""The page that somebody sees who opens the app. Pure."""

from collections.abc import Sequence

from bot.render.cut import shortened
from bot.render.help_words import ABOUT
from bot.render.slack.elements import (
    Block,
    bullets,
    dim_block,
    header,
    rich_text,
    section,
    sentence_block,
    text_elements,
)
from bot.render.slack.overview import overview_blocks
from bot.render.slack.replies import how_to_ask
from bot.render.words import nothing_listed
from bot.types import Gap, Overview

_MOST_GAPS = 20
_MOST_WORDINGS = 2
_LONGEST_QUESTION = 150
_LONGEST_WORDING = 80
_LONGEST_DATE = 40
"""Characters."""


def home_view(overview: Overview, command: str, mention: str, gaps: Sequence[Gap] | None) -> Block:
    """What is stored, how to ask, and below it the ``gaps``, for those who may see them: None leaves them out.
    ``command`` is like "/ask", ``mention`` like "@Legation".
    """
    stored = overview_blocks(overview) or [sentence_block(nothing_listed(overview))]
    blocks = [sentence_block(ABOUT), header("Stored here"), *stored, *how_to_ask(command, mention)]
    if gaps is not None:
        blocks += [header("Not answered lately"), *_gap_blocks(gaps)]
    return {"type": "home", "blocks": blocks}


def _gap_blocks(gaps: Sequence[Gap]) -> list[Block]:
    if not gaps:
        return [sentence_block("None.")]
    blocks = [rich_text(bullets(_gap(gap) for gap in gaps[:_MOST_GAPS]))]
    if hidden := len(gaps[_MOST_GAPS:]):
        blocks.append(dim_block(f"{hidden} more {'is' if hidden == 1 else 'are'} not listed."))
    return blocks


def _gap(gap: Gap) -> Block:
    told = f" · {_times('asked', gap.times)}, last on {shortened(gap.latest, _LONGEST_DATE)}"
    if gap.marked_wrong:
        told += f" · {_times('answered, but marked wrong', gap.marked_wrong)}"
    if gap.others:
        others = ", ".join(f"“{shortened(each, _LONGEST_WORDING)}”" for each in gap.others[:_MOST_WORDINGS])
        told += f" · also {others}{', …' if len(gap.others) > _MOST_WORDINGS else ''}"
    return section([*text_elements(shortened(gap.question, _LONGEST_QUESTION), bold=True), *text_elements(told)])


def _times(what: str, times: int) -> str:
    return f"{what} {'once' if times == 1 else f'{times} times'}"
