"""What became of quotes, for a terminal or a pipe: of a changed one what it was and what stands there now."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from bot.compared import QuoteCheck
from bot.render.layout import INDENT, Look, make_look, printed, wrapped
from bot.render.visible import visible, visible_line

NOTHING = "The answer has no quotes to check."

_CITED = {True: "", False: "; the cited version does not say this", None: "; the cited version is not held here"}


def render_checks(checks: Sequence[QuoteCheck], width: int, colour: bool) -> str:
    """One line a quote, which is never broken, and below it what else there is to say. The name of the answer stands
    before it if the checks are of several; ``width`` is in columns.
    """
    look = make_look(width, colour)
    several = len({check.answer for check in checks}) > 1
    lines = [line for check in checks for line in _check(check, several, look)]
    return printed(lines or [Text(NOTHING)], look, colour)


def _check(check: QuoteCheck, several: bool, look: Look) -> Iterator[Text]:
    where = f"{check.document} @ {check.start}:{check.end}"
    if check.found_in is not None and check.verdict != "changed":
        where = f"{check.document}, now {check.found_in} @ {check.start}:{check.end}"
    line = f"[{check.number}] {check.verdict}: {where}{_CITED[check.cited]}"
    style = look.faint if check.verdict == "exact" and check.cited is not False else look.strong
    yield Text(visible_line(f"{check.answer} {line}" if several else line), style)
    if check.note is not None:
        yield from wrapped(Text(visible_line(check.note)), look, INDENT, INDENT)
    if check.verdict == "changed":
        yield from _quoted("was", check.text, look)
        yield from _now(check, look)


def _now(check: QuoteCheck, look: Look) -> Iterator[Text]:
    document = check.found_in or check.document
    if check.now_text is None:
        yield from wrapped(Text(f"now: nothing like it in {visible_line(document)}"), look, INDENT, INDENT)
        return
    yield from _quoted("now", check.now_text, look)
    yield Text(f"{INDENT}     {visible_line(document)} @ {check.now_start}:{check.now_end}", look.faint)


def _quoted(label: str, text: str, look: Look) -> list[Text]:
    """In quotation marks, its further lines indented more than any of ours."""
    margin = f"{INDENT}{label}: “"
    return wrapped(Text(f"{visible(text)}”"), look, margin, " " * len(margin))
