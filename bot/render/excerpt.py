"""A quote as a chat shows it: whole, or with less around the sentence that answers. Pure.

What is shown is in typographic quotation marks, and … outside of them says that the source goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.render.visible import visible, visible_characters
from bot.render.words import breaks_off
from bot.types import Quote


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of ``quote``: ``quote.text[start:end]``, its lead-ins if ``led``, and if ``noted`` by what name it
    was found and which documents say the same.
    """

    quote: Quote
    start: int
    end: int
    led: bool
    noted: bool

    @property
    def length(self) -> int:
        """Characters of the sources, at least; more where some are named because they cannot be seen."""
        return self.end - self.start + (sum(end - start for start, end in self.quote.lead_ins) if self.led else 0)

    @property
    def before(self) -> str:
        """What stands before the opening quotation mark."""
        return "… " if self.start > 0 or (self.quote.lead_ins and not self.led) else ""

    @property
    def after(self) -> str:
        """What stands behind the closing quotation mark."""
        return " …" if self.end < len(self.quote.text) or breaks_off(self.quote.text) else ""


def excerpts(quote: Quote) -> tuple[Excerpt, ...]:
    """From all there is to the sentence that answers alone, each shorter than the one before."""
    whole = Excerpt(
        quote, 0, len(quote.text), led=bool(quote.lead_ins), noted=quote.match is not None or bool(quote.repeated)
    )
    first, last = highlight(quote)
    unled = replace(whole, led=False)
    answering = replace(unled, start=first, end=last)
    return tuple(dict.fromkeys((whole, unled, answering, replace(answering, noted=False))))


def highlight(quote: Quote) -> tuple[int, int]:
    """The span of the sentence that answers, in offsets of ``quote.text``."""
    first, last = (min(max(offset - quote.start, 0), len(quote.text)) for offset in quote.highlight)
    return (first, last) if first < last else (0, len(quote.text))


def shown_parts(excerpt: Excerpt) -> tuple[str, str, str]:
    """What stands between the quotation marks, visible: before the sentence that answers, that sentence, and after."""
    text = excerpt.quote.text
    first, last = (min(max(offset, excerpt.start), excerpt.end) for offset in highlight(excerpt.quote))
    return _shown(text, excerpt.start, first), _shown(text, first, last), _shown(text, last, excerpt.end)


def shown_lead_ins(excerpt: Excerpt) -> Iterator[tuple[str, str]]:
    """What a list item belongs to, visible, each stretch with " […]" where text is left out before the next."""
    if not excerpt.led:
        return
    quote, text = excerpt.quote, excerpt.quote.document.text
    following = [start for start, _ in (*quote.lead_ins, (quote.start, quote.end))][1:]
    for (start, end), then in zip(quote.lead_ins, following, strict=True):
        yield visible(text[start:end]), " […]" if text[end:then].strip() else ""


def cut_to_fit(excerpt: Excerpt, fits: Callable[[Excerpt], bool], room: int) -> Excerpt:
    """As much of the excerpt's beginning as ``fits``, cut behind a word if possible; no character of it takes less
    than one of the ``room``.
    """
    text = excerpt.quote.text
    least, most = excerpt.start, min(excerpt.end, excerpt.start + max(room, 0))
    while least < most:
        middle = (least + most + 1) // 2
        if fits(replace(excerpt, end=middle)):
            least = middle
        else:
            most = middle - 1
    end = least
    if end < excerpt.end:
        space = text.rfind(" ", excerpt.start + (end - excerpt.start) // 2, end)
        end = space if space > excerpt.start else end
    return replace(excerpt, end=end)


def _shown(text: str, start: int, end: int) -> str:
    """What ``visible(text)`` has for ``text[start:end]``; what an invisible character is, its neighbours tell."""
    first = max(start - 1, 0)
    return "".join(visible_characters(text[first : end + 1])[start - first : end - first])
