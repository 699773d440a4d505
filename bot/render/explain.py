"""How a question was understood, and what each quote's score is made of, for a terminal."""

from collections.abc import Iterator

from rich.text import Text

from bot.render.layout import INDENT, make_look, printed, wrapped
from bot.render.visible import visible_line
from bot.render.words import published
from bot.types import Answer, Quote, Understanding

_NOT_READ = "not read"
_HANGING = INDENT * 2


def render_explanation(answer: Answer, width: int, colour: bool) -> str:
    """What stands below an answer with ``--explain``: how the question was understood, then for each quote the
    parts of its score, the weightiest first. ``width`` is in columns, which only the table of parts may exceed;
    ``colour`` allows bold type.
    """
    look = make_look(width, colour)
    lines = wrapped(Text("How the question was understood", look.strong), look)
    for name, value in _understood(answer):
        lines += wrapped(Text(f"{name}: {visible_line(value)}"), look, INDENT, _HANGING)
    for quote in answer.quotes or answer.nearest:
        lines += [Text(), Text(f"[{quote.number}] score {quote.score:.3f}", look.strong)]
        lines += [Text(line) for line in _parts(quote)] or wrapped(Text("not recorded"), look, INDENT, INDENT)
    return printed(lines, look, colour)


def _understood(answer: Answer) -> Iterator[tuple[str, str]]:
    if answer.understanding is not None:
        yield from _lines(answer.understanding)
    yield "answerability", f"{answer.answerability:.3f}"


def _lines(understood: Understanding) -> Iterator[tuple[str, str]]:
    yield "searched text", understood.query.text
    for each in understood.query.alternatives:
        yield "also found by", f"{each.words} = {', '.join(each.others)}"
    if understood.asked:
        yield "asks for", ", ".join(sorted(understood.asked))
    for period in understood.periods:
        yield "period", f"“{period.text}”, {period.first} to {period.last}"
    if understood.places:
        yield "places", ", ".join(understood.places)
    if understood.present:
        yield "asks about", "the present"
    for correction in understood.corrections:
        yield "spelling", f"“{correction.searched}” instead of “{correction.typed}”"
    for name in understood.unsaid:
        yield "in no passage", f"“{name.name}”{', so that nothing can answer' if name.decisive else ''}"
    if understood.context_used:
        yield "follows up", "the question before it was used"
    if understood.filter.collections:
        yield "collections", ", ".join(understood.filter.collections)
    if dates := published(understood.filter):
        yield "only documents", dates


def _parts(quote: Quote) -> Iterator[str]:
    names = [visible_line(part.name) for part in quote.parts]
    if not names:
        return
    wide = max(map(len, names))
    yield f"{INDENT}{'part':<{wide}}  {'value':>9}  {'adds':>9}"
    pairs = sorted(zip(names, quote.parts, strict=True), key=lambda pair: (-abs(pair[1].adds), pair[0]))
    for name, part in pairs:
        value = _NOT_READ if part.supposed else f"{part.value:.3f}"
        yield f"{INDENT}{name:<{wide}}  {value:>9}  {part.adds:>+9.3f}"
