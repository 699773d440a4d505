"""Answers as messages: the quotes with their citations and buttons, or why there are none. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.render.cut import one_line, shortened
from bot.render.excerpt import Excerpt, highlight
from bot.render.fit import fit, fit_closest, fit_together
from bot.render.slack.citation import citation, plain_citation, source
from bot.render.slack.elements import (
    DISMISS,
    FEEDBACK,
    LONGEST_FALLBACK,
    MORE,
    MOST_BLOCKS,
    MOST_CHARACTERS,
    SHARE,
    Block,
    Message,
    actions,
    button,
    count_characters,
    dim_block,
    escaped,
    escaped_beginning,
    plain_text,
    question_block,
    quoted,
    rich_text,
    section,
    sentence_block,
    text_elements,
    user_element,
)
from bot.render.slack.excerpt import excerpt_blocks
from bot.render.words import (
    ALIKE,
    CLOSEST,
    NOT_FOUND,
    NOTHING_MORE,
    differing_here,
    left_out,
    listed_as,
    lookups_here,
    notes,
    searched,
)
from bot.types import Answer, Quote

_LONGEST_DIFFERENCE = 600
_LONGEST_BESIDE_LOOKUPS = 250
_LONGEST_LOOKUP = 300
_MOST_OF_LOOKUPS = 1_000
_LONGEST_NOTE = 500
_LONGEST_REASON = 1_000
_LONGEST_LINE = 200
"""Characters; the second of a difference where lists say something too, the fourth of all that they say, the last of a
passage that is close without answering.
"""


def answer_message(
    answer: Answer, *, restated: bool, private: bool, share: bool, more: bool, shared_by: str | None = None
) -> Message:
    """The quotes, or the reason why there are none, what was searched and what came closest. To what is no question,
    only the reply.

    ``restated`` puts the question on top. ``private`` says that only who asked sees it, who may then dismiss it, and
    with ``share`` show it to the others. ``more`` says that there may be further quotes to ask for. ``shared_by`` is
    the Slack id of whoever shared it.
    """
    if answer.kind in ("help", "small-talk"):
        reply = sentence_block(answer.reason or NOT_FOUND)
        return Message(
            escaped(answer.reason or NOT_FOUND), (reply, *_buttons(answer, more=None, share=False, dismiss=private))
        )
    head = [rich_text(section([*text_elements("Shared by "), user_element(shared_by)]))] if shared_by else []
    head += question_block("Question: ", answer.question) if restated else []
    head += [dim_block(shortened(note, _LONGEST_NOTE)) for note in notes(answer)]
    if not answer.found:
        return _refused(answer, head, _buttons(answer, more=None, share=share, dismiss=private))
    return _fitted(answer, head, [_feedback(answer)], more=more, share=share, dismiss=private)


def further_message(answer: Answer, *, more: bool) -> Message:
    """Further quotes, for one person, for a question that was answered before, numbered on from those; or that there
    are none. ``more`` says that there may be still more.
    """
    head = question_block("More quotes for: ", answer.question)
    if not answer.quotes:
        dismiss = _buttons(answer, more=None, share=False, dismiss=True)
        return Message(NOTHING_MORE, (*head, sentence_block(NOTHING_MORE), *dismiss))
    return _fitted(replace(answer, lookups=(), candidates=()), head, [], more=more, share=False, dismiss=True)


def _fitted(answer: Answer, head: list[Block], tail: list[Block], *, more: bool, share: bool, dismiss: bool) -> Message:
    head = [*head, *_told(answer)]
    all_left_out = dim_block(left_out(len(answer.quotes)))
    most_buttons = _buttons(answer, more=answer.quotes[-1].number, share=share, dismiss=dismiss)
    room = MOST_CHARACTERS - count_characters([head, all_left_out, most_buttons, tail])
    most = (MOST_BLOCKS - len(head) - len(most_buttons) - len(tail) - 1) // 2

    def show(excerpt: Excerpt) -> tuple[Block, Block]:
        return excerpt_blocks(answer.id, excerpt)

    fitted = fit(answer.quotes, most, room, show, count_characters)
    blocks = [block for shown in fitted.shown for block in shown]
    if fitted.left_out:
        blocks.append(dim_block(left_out(fitted.left_out)))
    last = answer.quotes[len(fitted.shown) - 1].number if more or fitted.left_out else None
    buttons = _buttons(answer, more=last, share=share, dismiss=dismiss)
    if len(head) + len(blocks) + len(buttons) + len(tail) < MOST_BLOCKS:
        blocks += _candidates(answer, MOST_CHARACTERS - count_characters([head, blocks, buttons, tail]))
    return Message(_fallback(answer.quotes[0]), (*head, *blocks, *buttons, *tail))


def _refused(answer: Answer, head: list[Block], tail: list[Block]) -> Message:
    reason = shortened(answer.reason or NOT_FOUND, _LONGEST_REASON) or NOT_FOUND
    blocks = [*head, sentence_block(reason, bold=True)]
    blocks += [sentence_block(shortened(line, _LONGEST_REASON)) for line in searched(answer)]
    closest = [sentence_block(CLOSEST)] if answer.nearest else []
    room = MOST_CHARACTERS - count_characters([blocks, closest, tail])
    closest += fit_closest(answer.nearest, room, _near, count_characters)
    room = MOST_CHARACTERS - count_characters([blocks, closest, tail])
    return Message(escaped(reason), (*blocks, *_candidates(answer, room), *closest, *tail))


def _near(quote: Quote, linked: bool) -> Block:
    """The sentence that comes close, cut to one line, and where it stands."""
    line, cut = one_line(quote.text[slice(*highlight(quote))], _LONGEST_LINE)
    shown = text_elements(f"“{line}”{' …' if cut else ''}")
    return rich_text(quoted(shown), section(citation(quote, linked)))


def _candidates(answer: Answer, room: int) -> list[Block]:
    """Entries whose names are only alike, as many as there is room for, in one block."""
    block = fit_together(answer.candidates, room, _alike, count_characters)
    return [block] if block is not None else []


def _alike(quotes: Sequence[Quote]) -> Block:
    """A line for each, and one for its name; the title of an entry is its first line."""
    elements = text_elements(ALIKE)
    for letter, quote in zip("abc", quotes, strict=False):
        elements += [*text_elements(f"\n({letter}) "), *source(quote.document, None, quote.pinpoint)]
        elements += text_elements(f"\n{listed_as(quote.match)}") if quote.match is not None else []
    return rich_text(section(elements))


def _told(answer: Answer) -> list[Block]:
    """What lists say, and where the quotes of this message differ, in one block."""
    lines = lookups_here(answer, lambda line: shortened(line, _LONGEST_LOOKUP), _MOST_OF_LOOKUPS, len)
    longest = _LONGEST_BESIDE_LOOKUPS if lines else _LONGEST_DIFFERENCE
    lines += differing_here(answer, lambda line: shortened(line, longest))
    return [sentence_block("\n".join(lines), bold=True)] if lines else []


def _buttons(answer: Answer, *, more: int | None, share: bool, dismiss: bool) -> list[Block]:
    """``more`` is the number of the last quote that is shown, if there may be others behind it."""
    row = [] if more is None else [button("More quotes", MORE, f"{answer.id}:{more}")]
    row += [button("Share to channel", SHARE, answer.id)] if share else []
    row += [button("Dismiss", DISMISS, answer.id)] if dismiss else []
    return actions(row)


def _feedback(answer: Answer) -> Block:
    buttons = {
        name: {
            "text": plain_text(label),
            "value": f"{answer.id}:{judgement}",
            "accessibility_label": f"Say that this is a {judgement} answer",
        }
        for name, label, judgement in (
            ("positive_button", "Right answer", "right"),
            ("negative_button", "Wrong answer", "wrong"),
        )
    }
    return {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": FEEDBACK, **buttons}]}


def _fallback(quote: Quote) -> str:
    """The sentence that answers, cut so that the citation behind it is always there."""
    cited = escaped(plain_citation(quote), LONGEST_FALLBACK // 2)
    sentence = " ".join(quote.text[slice(*highlight(quote))].split())
    shown, cut = escaped_beginning(sentence, LONGEST_FALLBACK - len(cited) - len("“” … "))
    return f"“{shown}”{' …' if cut else ''} {cited}"
