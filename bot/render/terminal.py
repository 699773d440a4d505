"""Answers and passages for a terminal or a pipe, as one string that is ready to print.

The layout is the same with and without escape codes. Quotes are set off by an indent, not a bar, and
their typographic quotation marks hang in the margin, so that nothing foreign is copied along. Citations
stand further left than any line of a quote, so that no quoted text can pass for one.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.style import Style
from rich.text import Text

from bot.render.visible import visible_characters, visible_line
from bot.types import Answer, Quote
from index.types import Document

NARROWEST = 20
"""Columns; a narrower terminal gets lines of this width."""

CONTEXT = 600
"""Characters shown on each side of a quote in its document."""

_INDENT = "  "
# Printable ASCII only: such an address cannot end the escape sequence that carries it.
_WEB_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_LINK_ID = re.compile(r"(?<=\x1b\]8;)id=[^;]*")


@dataclass(frozen=True, slots=True)
class _Look:
    width: int
    hyperlinks: bool
    strong: Style
    faint: Style
    marked: Style


def render_answer(answer: Answer, width: int, colour: bool, hyperlinks: bool) -> str:
    """The quotes with their citations, or the reason why there are none and what came closest.

    ``width`` is in columns; addresses to be copied are never broken and may be longer. ``colour`` allows
    bold and dim type, ``hyperlinks`` OSC 8 links on the titles, in place of written-out addresses.
    """
    look = _look(width, colour, hyperlinks)
    lines: list[Text] = []
    if not answer.found:
        reason = visible_line(answer.reason or "Not found in these sources.")
        lines += _wrapped(Text(reason, look.strong), look, "", "")
        if answer.nearest:
            lines += [Text(), *_wrapped(Text("Closest, but not an answer:"), look, "", "")]
    shown = answer.quotes if answer.found else answer.nearest
    for quote in shown:
        if lines:
            lines.append(Text())
        lines += _quote(quote, look, answer.found)
    return _printed(lines, look, colour or hyperlinks)


def render_passage(document: Document, start: int, end: int, width: int, colour: bool) -> str:
    """``document.text[start:end]`` marked within the text around it, below the document's name.

    Marked by reversed type, or without ``colour`` by lines ``>>>`` and ``<<<``, which stand in the margin
    where no text of a document can. ``…`` stands where the text goes on. Expects
    ``0 <= start <= end <= len(document.text)``.
    """
    look = _look(width, colour, False)
    first, last = _window(document.text, start, end)
    shown = visible_characters(document.text[first:last])
    before, after = "".join(shown[: start - first]), "".join(shown[end - first :])
    quote = "".join(shown[start - first : end - first])
    lines = _wrapped(Text(_source(document), look.strong), look, "", "")
    lines += [Text(_address(document, start, end), look.faint), Text()]
    if first > 0:
        lines.append(Text(f"{_INDENT}…"))
    if colour:
        body = Text.assemble(before.lstrip("\n"), (quote, look.marked), after.rstrip())
        lines += _wrapped(body, look, _INDENT, _INDENT)
    else:
        lines += _around(before.lstrip("\n").rstrip(), look)
        lines += [Text(">>>"), *_wrapped(Text(quote), look, _INDENT, _INDENT), Text("<<<")]
        lines += _around(after.strip(), look)
    if last < len(document.text):
        lines.append(Text(f"{_INDENT}…"))
    return _printed(lines, look, colour)


def render_document(document: Document, width: int, colour: bool) -> str:
    """A whole document for reading: its name, its details, its text as it is stored."""
    look = _look(width, colour, False)
    lines = _wrapped(Text(_source(document), look.strong), look, "", "")
    lines += [Text(_address(document, 0, len(document.text)), look.faint), Text()]
    lines += _wrapped(Text("".join(visible_characters(document.text))), look, _INDENT, _INDENT)
    return _printed(lines, look, colour)


def _look(width: int, colour: bool, hyperlinks: bool) -> _Look:
    plain = Style()
    return _Look(
        max(width, NARROWEST),
        hyperlinks,
        Style(bold=True) if colour else plain,
        Style(dim=True) if colour else plain,
        Style(bold=True, reverse=True) if colour else plain,
    )


def _quote(quote: Quote, look: _Look, answers: bool) -> Iterator[Text]:
    shown = visible_characters(quote.text)
    first, last = (offset - quote.start for offset in quote.highlight)
    highlighted = "".join(shown[first:last])
    body = Text("".join(shown[:first]), Style() if answers else look.faint)
    body.append(highlighted, look.strong if answers else None).append("".join(shown[last:]) + "”")
    yield from _wrapped(body, look, f"{_INDENT} “", _INDENT * 2)
    yield Text()

    document = quote.document
    address = quote.link if quote.link and _WEB_ADDRESS.fullmatch(quote.link) else None
    linked = look.hyperlinks and address is not None
    citation = Text(style=look.faint)
    citation.append(visible_line(document.title), Style(link=address) if linked else None)
    citation.append(_details(document))
    if quote.pinpoint:
        citation.append(f" · {visible_line(quote.pinpoint)}")
    number = f"{_INDENT}[{quote.number}] "
    margin = " " * len(number)
    yield from _wrapped(citation, look, number, margin)
    if quote.link and not linked:
        yield Text(margin + visible_line(quote.link), look.faint)
    yield Text(margin + _address(document, quote.start, quote.end), look.faint)


def _source(document: Document) -> str:
    return visible_line(document.title) + _details(document)


def _details(document: Document) -> str:
    named = (document.publisher, document.published or "no date")
    return "".join(f" · {visible_line(name)}" for name in named if name)


def _address(document: Document, start: int, end: int) -> str:
    return f"{visible_line(document.id)} @ {start}:{end}"


def _around(text: str, look: _Look) -> list[Text]:
    return _wrapped(Text(text), look, _INDENT, _INDENT) if text.strip() else []


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


def _wrapped(text: Text, look: _Look, first: str, rest: str) -> list[Text]:
    """The lines of ``text``, each of at most ``look.width`` columns with its margin."""
    console = _console(look, io.StringIO(), escapes=False)
    lines = text.wrap(console, look.width - len(rest), overflow="fold")
    margins = [first, *[rest] * (len(lines) - 1)]
    for line in lines:
        line.rstrip()
    return [Text.assemble(margin, line) for margin, line in zip(margins, lines, strict=True)]


def _printed(lines: list[Text], look: _Look, escapes: bool) -> str:
    output = io.StringIO()
    console = _console(look, output, escapes)
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)
    # rich numbers its links at random; without a number the same answer gives the same bytes.
    return _LINK_ID.sub("", output.getvalue())


def _console(look: _Look, output: io.StringIO, escapes: bool) -> Console:
    """A console that neither the environment nor a terminal has a say in."""
    return Console(
        file=output,
        width=look.width,
        height=25,
        color_system="standard" if escapes else None,
        force_terminal=escapes,
        force_jupyter=False,
        no_color=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
