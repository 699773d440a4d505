"""Which quotes are shown, and how much of each, so that Slack takes the message. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.render.slack.elements import Block, count_characters
from bot.render.slack.excerpt import Excerpt, cut_to, excerpt_blocks, excerpts
from bot.types import Quote


@dataclass(frozen=True, slots=True)
class Fitted:
    """Two blocks for each quote that is shown; ``left_out`` is the number of those behind them."""

    blocks: tuple[Block, ...]
    left_out: int


def fit(answer_id: str, quotes: Sequence[Quote], characters: int, blocks: int) -> Fitted:
    """The quotes in at most ``characters`` and ``blocks``, of which the first quote needs two.

    As many quotes as fit when each is nothing but its sentence that answers; then, from the first on, as much around it
    as still fits. The first quote is always there, cut if its sentence alone is too long.
    """
    least: list[tuple[Block, ...]] = []
    room = characters
    for quote in quotes[: blocks // 2]:
        shown = next(_shown(answer_id, excerpts(quote)[-1:], room), None)
        if shown is None:
            break
        room -= count_characters(shown)
        least.append(shown)
    if quotes and not least:
        return Fitted(_cut(answer_id, excerpts(quotes[0])[-1], characters), len(quotes) - 1)
    fitted: list[Block] = []
    for quote, shortest in zip(quotes, least, strict=False):
        room += count_characters(shortest)
        best = next(_shown(answer_id, excerpts(quote)[:-1], room), shortest)
        room -= count_characters(best)
        fitted += best
    return Fitted(tuple(fitted), len(quotes) - len(least))


def _shown(answer_id: str, candidates: Sequence[Excerpt], room: int) -> Iterator[tuple[Block, ...]]:
    """The blocks of those candidates that fit."""
    for excerpt in candidates:
        # What is far too long is not even made.
        if excerpt.length <= room:
            blocks = excerpt_blocks(answer_id, excerpt)
            if count_characters(blocks) <= room:
                yield blocks


def _cut(answer_id: str, excerpt: Excerpt, room: int) -> tuple[Block, ...]:
    nothing = excerpt_blocks(answer_id, cut_to(excerpt, 0))
    return excerpt_blocks(answer_id, cut_to(excerpt, room - count_characters(nothing)))
