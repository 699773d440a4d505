"""Answers and passages for a terminal or a pipe, as one string that is ready to print.

The layout is the same with and without escape codes. Quotes are set off by an indent, not a bar, and
their typographic quotation marks hang in the margin, so that nothing foreign is copied along. Citations
stand further left than any line of a quote, so that no quoted text can pass for one.
"""

import re
from collections.abc import Iterator

from rich.style import Style
from rich.text import Text

from bot.render.fit import MOST_CANDIDATES
from bot.render.layout import INDENT, Look, make_look, printed, wrapped
from bot.render.source import details_of, pinpoint_of, title_of
from bot.render.visible import visible, visible_characters, visible_line
from bot.render.words import (
    ALIKE,
    CLOSEST,
    MOST_REPEATED,
    NOT_FOUND,
    SAME_WORDS,
    breaks_off,
    differing,
    listed_as,
    lookups,
    not_named,
    notes,
    searched,
)
from bot.types import Answer, Quote
from index.types import Document

CONTEXT = 600
"""Characters shown on each side of a quote in its document."""

# Printable ASCII only: such an address cannot end the escape sequence that carries it.
_WEB_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def render_answer(answer: Answer, width: int, colour: bool, hyperlinks: bool) -> str:
    """The quotes with their citations, or the reason why there are none, what was searched and what came
    closest, of which only one line each is shown. To what is no question, only the reply.

    Above the quotes stand what sanctions lists say and where quotes differ, and in dim type what a reader would
    not expect: a day in the past, a mended spelling, the question before it, a limit on dates. Below them, with
    letters for numbers, stand entries whose names are only alike. ``width`` is in columns; addresses to be copied are
    never broken and may be longer. ``colour`` allows bold and dim type, ``hyperlinks`` OSC 8 links on the
    titles, in place of written-out addresses.
    """
    look = make_look(width, colour, hyperlinks)
    if answer.kind in ("help", "small-talk"):
        return printed(wrapped(Text(visible(answer.reason or "")), look), look, colour or hyperlinks)
    lines = [line for note in notes(answer) for line in (*wrapped(Text(note, look.faint), look), Text())]
    if answer.found:
        above = (*lookups(answer), *differing(answer))
        lines += [line for told in above for line in wrapped(Text(told, look.strong), look)]
    else:
        reason = visible_line(answer.reason or NOT_FOUND)
        lines += wrapped(Text(reason, look.strong), look)
        lines += [line for told in searched(answer) for line in wrapped(Text(told), look)]
    for quote in answer.quotes:
        lines += [*([Text()] if lines and lines[-1] else []), *_quote(quote, look)]
    if answer.candidates:
        lines += [Text(), *wrapped(Text(ALIKE), look)]
    for letter, quote in zip("abc", answer.candidates[:MOST_CANDIDATES], strict=False):
        lines += _candidate(f"{INDENT}({letter}) ", quote, look)
    if answer.nearest:
        lines += [Text(), *wrapped(Text(CLOSEST), look)]
    for quote in answer.nearest:
        lines += [Text(), *_nearest(quote, look)]
    return printed(lines, look, colour or hyperlinks)


def render_passage(document: Document, start: int, end: int, width: int, colour: bool) -> str:
    """``document.text[start:end]`` marked within the text around it, below the document's name.

    Marked by reversed type, or without ``colour`` by lines ``>>>`` and ``<<<``, which stand in the margin
    where no text of a document can. ``…`` stands where the text goes on. Expects
    ``0 <= start <= end <= len(document.text)``.
    """
    look = make_look(width, colour)
    first, last = _window(document.text, start, end)
    shown = visible_characters(document.text[first:last])
    before, after = "".join(shown[: start - first]), "".join(shown[end - first :])
    quote = "".join(shown[start - first : end - first])
    lines = wrapped(Text(_source(document, pinpoint_of(document, start)), look.strong), look)
    lines += [Text(_address(document, start, end), look.faint), Text()]
    if first > 0:
        lines.append(Text(f"{INDENT}…"))
    if colour:
        body = Text.assemble(before.lstrip("\n"), (quote, look.marked), after.rstrip())
        lines += wrapped(body, look, INDENT, INDENT)
    else:
        lines += _around(before.lstrip("\n").rstrip(), look)
        lines += [Text(">>>"), *wrapped(Text(quote), look, INDENT, INDENT), Text("<<<")]
        lines += _around(after.strip(), look)
    if last < len(document.text):
        lines.append(Text(f"{INDENT}…"))
    return printed(lines, look, colour)


def render_document(document: Document, width: int, colour: bool) -> str:
    """A whole document for reading: its name, its details, its text as it is stored."""
    look = make_look(width, colour)
    reference = document.entry.reference if document.entry is not None else None
    lines = wrapped(Text(_source(document, reference), look.strong), look)
    lines += [Text(_address(document, 0, len(document.text)), look.faint), Text()]
    lines += wrapped(Text("".join(visible_characters(document.text))), look, INDENT, INDENT)
    return printed(lines, look, colour)


def _quote(quote: Quote, look: Look) -> Iterator[Text]:
    yield from _lead_ins(quote, look)
    shown = visible_characters(quote.text)
    first, last = (offset - quote.start for offset in quote.highlight)
    body = Text("".join(shown[:first]))
    body.append("".join(shown[first:last]), look.strong).append("".join(shown[last:]) + "”")
    if breaks_off(quote.text):
        body.append(" …")
    yield from wrapped(body, look, f"{INDENT} “", INDENT * 2)
    yield Text()
    number = _number(quote)
    margin = " " * len(number)
    address = _web_address(quote.link, look)
    yield from wrapped(_citation(quote, look, address), look, number, margin)
    if quote.match is not None:
        yield from wrapped(Text(listed_as(quote.match), look.faint), look, margin, margin)
    if quote.link and not address:
        yield Text(margin + visible_line(quote.link), look.faint)
    yield Text(margin + _address(quote.document, quote.start, quote.end), look.faint)
    if quote.repeated:
        yield from wrapped(_same_words(quote, look), look, margin, margin)


def _lead_ins(quote: Quote, look: Look) -> Iterator[Text]:
    """What a list item belongs to, each stretch in quotation marks of its own; […] where text is left out."""
    text = quote.document.text
    following = [start for start, _ in (*quote.lead_ins, (quote.start, quote.end))][1:]
    for (start, end), then in zip(quote.lead_ins, following, strict=True):
        gap = " […]" if text[end:then].strip() else ""
        shown = "".join(visible_characters(text[start:end]))
        yield from wrapped(Text(f"{shown}”{gap}", look.faint), look, f"{INDENT} “", INDENT * 2)


def _nearest(quote: Quote, look: Look) -> Iterator[Text]:
    """The sentence that comes close, cut to one line, and where it stands."""
    sentence = quote.document.text[slice(*quote.highlight)]
    line = Text(visible_line(sentence) + "”", look.faint)
    if line.cell_len > look.width - 4:
        line.truncate(look.width - 5, overflow="ellipsis")
        line.append("”")
    yield Text.assemble(f"{INDENT} “", line, style=look.faint)
    number = _number(quote)
    yield from wrapped(_citation(quote, look, None), look, number, " " * len(number))
    yield Text(" " * len(number) + _address(quote.document, quote.start, quote.end), look.faint)


def _candidate(mark: str, quote: Quote, look: Look) -> Iterator[Text]:
    """An entry whose name is only alike; its title is its first line."""
    margin = " " * len(mark)
    yield from wrapped(_citation(quote, look, None), look, mark, margin)
    if quote.match is not None:
        yield from wrapped(Text(listed_as(quote.match), look.faint), look, margin, margin)
    yield Text(margin + _address(quote.document, quote.start, quote.end), look.faint)


def _citation(quote: Quote, look: Look, address: str | None) -> Text:
    titled = _titled(quote.document, address)
    return Text(style=look.faint).append(titled).append(_details(quote.document, quote.pinpoint))


def _same_words(quote: Quote, look: Look) -> Text:
    named = [
        _titled(each.document, _web_address(each.link or each.document.url, look)).append(_details(each.document, None))
        for each in quote.repeated[:MOST_REPEATED]
    ]
    return Text.assemble(SAME_WORDS, Text("; ").join(named), not_named(len(quote.repeated)), style=look.faint)


def _titled(document: Document, address: str | None) -> Text:
    return Text().append(title_of(document, visible_line), Style(link=address) if address else None)


def _web_address(address: str | None, look: Look) -> str | None:
    """The address if it is one to be linked on this screen."""
    return address if look.hyperlinks and address and _WEB_ADDRESS.fullmatch(address) else None


def _number(quote: Quote) -> str:
    return f"{INDENT}[{quote.number}] "


def _source(document: Document, pinpoint: str | None) -> str:
    return title_of(document, visible_line) + _details(document, pinpoint)


def _details(document: Document, pinpoint: str | None) -> str:
    return details_of(document, pinpoint, visible_line, visible_line)


def _address(document: Document, start: int, end: int) -> str:
    return f"{visible_line(document.id)} @ {start}:{end}"


def _around(text: str, look: Look) -> list[Text]:
    return wrapped(Text(text), look, INDENT, INDENT) if text.strip() else []


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """Up to CONTEXT characters more on each side, cut at a line end in the outer half, else at a space."""
    first, last = max(0, start - CONTEXT), min(len(text), end + CONTEXT)
    half = CONTEXT // 2
    if first > 0:
        cuts = (text.find("\n", first, start - half), text.find(" ", first, start))
        first = next((cut + 1 for cut in cuts if cut >= 0), first)
    if last < len(text):
        cuts = (text.rfind("\n", end + half, last), text.rfind(" ", end, last))
        last = next((cut for cut in cuts if cut >= 0), last)
    return first, last
