"""Which quotes are shown, and how much of each, so that a chat takes the message. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.render.excerpt import Excerpt, cut_to_fit, excerpts
from bot.types import Quote

Shown = TypeVar("Shown")
"""A quote, or several, as a chat takes it."""

MOST_CANDIDATES = 3
MOST_CLOSEST = 3


@dataclass(frozen=True, slots=True)
class Fitted(Generic[Shown]):
    """The quotes that are shown; ``left_out`` is the number of those behind them."""

    shown: tuple[Shown, ...]
    left_out: int


def fit(
    quotes: Sequence[Quote],
    most: int,
    room: int,
    show: Callable[[Excerpt], Shown],
    count: Callable[[Shown], int],
) -> Fitted[Shown]:
    """Up to ``most`` quotes, at least one, which together ``count`` at most ``room`` characters.

    As many quotes as fit when each is nothing but its sentence that answers; then, from the first on, as much with it
    as still fits. The first quote is always there, cut if its sentence alone is too long.
    """

    def fitting(candidates: Sequence[Excerpt], room: int) -> Iterator[Shown]:
        for excerpt in candidates:
            # What is far too long is not even made.
            if excerpt.length <= room:
                shown = show(excerpt)
                if count(shown) <= room:
                    yield shown

    least: list[Shown] = []
    left = room
    for quote in quotes[:most]:
        shown = next(fitting(excerpts(quote)[-1:], left), None)
        if shown is None:
            break
        left -= count(shown)
        least.append(shown)
    if quotes and not least:
        cut = cut_to_fit(excerpts(quotes[0])[-1], lambda excerpt: count(show(excerpt)) <= room, room)
        return Fitted((show(cut),), len(quotes) - 1)
    fitted: list[Shown] = []
    for quote, shortest in zip(quotes, least, strict=False):
        left += count(shortest)
        best = next(fitting(excerpts(quote)[:-1], left), shortest)
        left -= count(best)
        fitted.append(best)
    return Fitted(tuple(fitted), len(quotes) - len(least))


def fit_together(
    quotes: Sequence[Quote], room: int, show: Callable[[Sequence[Quote]], Shown], count: Callable[[Shown], int]
) -> Shown | None:
    """As many of the first MOST_CANDIDATES as ``count`` at most ``room`` when shown together; None if that is none."""
    beginnings = (quotes[:most] for most in range(min(MOST_CANDIDATES, len(quotes)), 0, -1))
    return next((shown for shown in map(show, beginnings) if count(shown) <= room), None)


def fit_closest(
    quotes: Sequence[Quote], room: int, show: Callable[[Quote, bool], Shown], count: Callable[[Shown], int]
) -> list[Shown]:
    """As many of the first MOST_CLOSEST as together ``count`` at most ``room`` without links; then, from the first on,
    with a link where that still fits.
    """
    shown: list[Shown] = []
    for quote in quotes[:MOST_CLOSEST]:
        bare = show(quote, False)
        if count(bare) > room:
            break
        room -= count(bare)
        shown.append(bare)
    for index, quote in enumerate(quotes[: len(shown)]):
        linked = show(quote, True)
        more = count(linked) - count(shown[index])
        if more <= room:
            room -= more
            shown[index] = linked
    return shown
