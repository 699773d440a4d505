"""Answers as messages: the quotes with their citations and buttons, or why there are none. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from bot.render.discord.citation import citation, listed, source
from bot.render.discord.elements import (
    LONGEST_BUTTON_URL,
    LONGEST_PLAIN,
    MOST_CHARACTERS,
    MOST_COMPONENTS,
    Button,
    Message,
    Part,
    Row,
    Separator,
    Text,
    action_button,
    bold,
    count_characters,
    count_components,
    dim,
    question_line,
    quoted,
    row,
)
from bot.render.discord.escape import escaped, escaped_beginning, escaped_line, escaped_text, size
from bot.render.discord.excerpt import excerpt_markdown, quote_buttons
from bot.render.excerpt import Excerpt, highlight
from bot.render.fit import fit, fit_closest, fit_together
from bot.render.words import (
    ALIKE,
    CLOSEST,
    NOT_FOUND,
    NOTHING_MORE,
    differing_here,
    left_out,
    lookups_here,
    notes,
    searched,
)
from bot.types import Answer, Quote

_LONGEST_DIFFERENCE = 300
_LONGEST_BESIDE_LOOKUPS = 150
_LONGEST_LOOKUP = 250
_MOST_OF_LOOKUPS = 600
_LONGEST_NOTE = 400
_LONGEST_REASON = 600
_LONGEST_LINE = 200
_LONGEST_REPLY = 1_500
_LONGEST_PLAIN_HEAD = 500
"""Sizes, in UTF-16 code units; the second of a difference where lists say something too, the fourth of all that they
say, _LONGEST_LINE of a passage that is close without answering, the last of what stands above the quotes in a plain
text.
"""


def answer_message(
    answer: Answer, *, restated: bool, private: bool, share: bool, more: bool, shared_by: str | None = None
) -> Message:
    """The quotes, or the reason why there are none, what was searched and what came closest. To what is no question,
    only the reply.

    ``restated`` puts the question on top. ``private`` says that only who asked sees it, who may then dismiss it, and
    with ``share`` show it to the others. ``more`` says that there may be further quotes to ask for. ``shared_by`` is
    the Discord id of whoever shared it.
    """
    if answer.kind in ("help", "small-talk"):
        reply = escaped_text(answer.reason or "", _LONGEST_REPLY) or NOT_FOUND
        return Message((Text(reply), *_buttons(answer, share=False, dismiss=private)), reply)
    head = [f"Shared by {_mention(shared_by)}"] if shared_by else []
    head += question_line("Question:", answer.question) if restated else []
    head += [dim(escaped_line(note, _LONGEST_NOTE)) for note in notes(answer)]
    below = _buttons(answer, share=share, dismiss=private)
    if not answer.found:
        return _refused(answer, head, [Separator(), *below] if below else [])
    return _fitted(answer, head, [Separator()], _judgements(answer), below, more=more)


def further_message(answer: Answer, *, more: bool) -> Message:
    """Further quotes, for one person, for a question that was answered before, numbered on from those; or that there
    are none. ``more`` says that there may be still more.
    """
    head = question_line("More quotes for:", answer.question)
    below = _buttons(answer, share=False, dismiss=True)
    if not answer.quotes:
        return Message((Text("\n".join([*head, NOTHING_MORE])), *below), NOTHING_MORE)
    return _fitted(answer, head, [], [], below, more=more)


def _fitted(
    answer: Answer,
    head: list[str],
    line: Sequence[Part],
    judgements: Sequence[Button],
    buttons: Sequence[Part],
    *,
    more: bool,
) -> Message:
    last = answer.quotes[-1].number
    tail = [*line, *row([_more(answer, last), *judgements]), *buttons]
    head = head + _told(answer)
    above: list[Part] = [Text("\n".join(head))] if head else []
    below: list[Part] = [Text(dim(left_out(len(answer.quotes))))]
    rows = [Row(tuple(quote_buttons(answer.id, quote))) for quote in answer.quotes]
    room = MOST_COMPONENTS - count_components([*above, *below, *tail])
    counts = accumulate(2 + len(each.buttons) for each in rows)
    most = sum(count <= room for count in counts)
    room = MOST_CHARACTERS - count_characters([*above, *below])
    fitted = fit(answer.quotes, most, room, excerpt_markdown, size)
    shown: list[Part] = []
    for markdown, own in zip(fitted.shown, rows, strict=False):
        shown += [Text(markdown), own]
    if fitted.left_out:
        shown.append(Text(dim(left_out(fitted.left_out))))
        last = answer.quotes[len(fitted.shown) - 1].number
    first = [_more(answer, last)] if more or fitted.left_out else []
    tail = [*line, *row([*first, *judgements]), *buttons]
    parts = [*above, *shown, *tail]
    if count_components(parts) < MOST_COMPONENTS:
        shown += map(Text, _candidates(answer, MOST_CHARACTERS - count_characters(parts)))
    return Message((*above, *shown, *tail), _plain(answer, head))


def _told(answer: Answer) -> list[str]:
    """What lists say, and where the quotes of this message differ."""
    lines = lookups_here(answer, lambda line: escaped_line(line, _LONGEST_LOOKUP), _MOST_OF_LOOKUPS, size)
    longest = _LONGEST_BESIDE_LOOKUPS if lines else _LONGEST_DIFFERENCE
    lines += differing_here(answer, lambda line: escaped_line(line, longest))
    return [bold(line) for line in lines]


def _candidates(answer: Answer, room: int) -> list[str]:
    """Entries whose names are only alike, as many as there is room for, in one text."""
    alike = fit_together(answer.candidates, room, _alike, size)
    return [alike] if alike is not None else []


def _alike(quotes: Sequence[Quote]) -> str:
    """A line for each, and one for its name; the title of an entry is its first line."""
    lines = [ALIKE]
    for letter, quote in zip("abc", quotes, strict=False):
        lines.append(f"{escaped(f'({letter})')} {source(quote.document, None, quote.pinpoint)}")
        lines += [listed(quote)] if quote.match is not None else []
    return "\n".join(lines)


def _plain(answer: Answer, head: list[str]) -> str:
    """As many of the quotes as a plain message takes, the first always with its citation."""
    above = "\n".join(_beginning(head, _LONGEST_PLAIN_HEAD))
    texts = [above] if above else []
    room = LONGEST_PLAIN - sum(size(text) + 2 for text in (*texts, dim(left_out(len(answer.quotes)))))

    def show(excerpt: Excerpt) -> str:
        return f"{excerpt_markdown(excerpt, LONGEST_BUTTON_URL)}\n\n"

    fitted = fit(answer.quotes, len(answer.quotes), room, show, size)
    texts += [shown.rstrip("\n") for shown in fitted.shown]
    if fitted.left_out:
        texts.append(dim(left_out(fitted.left_out)))
    return "\n\n".join(texts) or NOT_FOUND


def _beginning(lines: Sequence[str], room: int) -> list[str]:
    """As many of the first lines as fit."""
    ends = accumulate(size(line) + 1 for line in lines)
    return list(lines[: sum(end - 1 <= room for end in ends)])


def _refused(answer: Answer, head: list[str], tail: Sequence[Part]) -> Message:
    reason = escaped_line(answer.reason or NOT_FOUND, _LONGEST_REASON) or NOT_FOUND
    told = [bold(reason), *(escaped_line(line, _LONGEST_REASON) for line in searched(answer))]
    above = "\n".join([*head, *told])
    closest = [CLOSEST] if answer.nearest else []
    plain = "\n".join([*told, *closest])
    room = MOST_CHARACTERS - sum(map(size, (above, *closest)))
    nearest = fit_closest(answer.nearest, room, _near, size)
    room -= sum(map(size, nearest))
    for near in nearest:
        if size(plain) + 2 + size(near) <= LONGEST_PLAIN:
            plain += f"\n\n{near}"
    texts = [above, *_candidates(answer, room), *closest, *nearest]
    return Message((*map(Text, texts), *tail), plain)


def _near(quote: Quote, linked: bool) -> str:
    """The sentence that comes close, cut to one line, and where it stands."""
    if not linked:
        quote = replace(quote, link=None, document=replace(quote.document, url=None))
    line, cut = escaped_beginning(quote.text[slice(*highlight(quote))], _LONGEST_LINE)
    goes_on = " …" if cut else ""
    return f"{quoted(f'“{line}”{goes_on}')}\n{citation(quote)}"


def _mention(user: str) -> str:
    """Whoever has this id; nobody is told, if the message is sent as it should be."""
    return f"<@{user}>" if user.isascii() and user.isdigit() and len(user) <= 20 else escaped_line(user, _LONGEST_LINE)


def _more(answer: Answer, last: int) -> Button:
    """``last`` is the number of the last quote that is shown."""
    return action_button("More quotes", "more", answer.id, last, style="primary")


def _judgements(answer: Answer) -> list[Button]:
    return [
        action_button("Right answer", "right", answer.id, style="success"),
        action_button("Wrong answer", "wrong", answer.id, style="danger"),
    ]


def _buttons(answer: Answer, *, share: bool, dismiss: bool) -> list[Part]:
    return row(
        [
            *([action_button("Share to channel", "share", answer.id, style="primary")] if share else []),
            *([action_button("Dismiss", "dismiss", answer.id)] if dismiss else []),
        ]
    )
