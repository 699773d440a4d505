"""A quote within the text around it, as far as there is room for. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.render.visible import visible_characters


@dataclass(frozen=True, slots=True)
class Window:
    """Visible texts; ``begins`` and ``ends`` say whether they are the document's first and last."""

    before: str
    quote: str
    after: str
    begins: bool
    ends: bool


def window(
    text: str,
    start: int,
    end: int,
    around: int,
    longest: int,
    count: Callable[[str], int] = len,
) -> Window:
    """``text[start:end]``, of which what counts at most ``longest`` is shown, with up to ``around`` on each side.

    ``count`` says how much room that takes which is shown of one character, at least 1. Expects
    ``0 <= start <= end <= len(text)``.
    """
    # One character more than is shown tells whether the text goes on.
    first, last = max(0, start - around - 1), min(len(text), end + around + 1, start + longest + around + 1)
    shown = visible_characters(text[first:last])
    before, quote, after = shown[: start - first], shown[start - first : end - first], shown[end - first :]
    before = _first_part(before[::-1], around, count)[::-1]
    kept = _count_within(quote, longest, count)
    after = _first_part(after, around, count) if kept == end - start else []
    begins = not text[: start - len(before)].strip()
    ends = not text[start + kept + len(after) :].strip()
    return Window("".join(before).lstrip("\n"), "".join(quote[:kept]), "".join(after).rstrip(), begins, ends)


def _first_part(shown: list[str], around: int, count: Callable[[str], int]) -> list[str]:
    """The beginning of at most ``around``, up to a line end in its second half, else up to a space."""
    kept = _count_within(shown, around, count)
    if kept == len(shown):
        return shown
    cuts = (_last_index(shown[:kept], "\n", around // 2), _last_index(shown[:kept], " ", 0))
    return shown[: next((cut for cut in cuts if cut is not None), kept)]


def _last_index(shown: list[str], sought: str, least: int) -> int | None:
    return next((index for index in range(len(shown) - 1, least - 1, -1) if shown[index] == sought), None)


def _count_within(shown: list[str], longest: int, count: Callable[[str], int]) -> int:
    """How many pieces take at most ``longest``."""
    for index, each in enumerate(shown):
        longest -= count(each)
        if longest < 0:
            return index
    return len(shown)
