"""Answers as messages: the quotes with their citations and buttons, or why there are none. Pure."""

from dataclasses import replace

from bot.render.slack.citation import citation, plain_citation
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
    one_line,
    plain_text,
    question_block,
    quoted,
    rich_text,
    section,
    sentence_block,
    shortened,
    text_elements,
    user_element,
)
from bot.render.slack.excerpt import highlight
from bot.render.slack.fit import fit
from bot.render.words import differing, notes, searched
from bot.types import Answer, Quote

NOTHING_MORE = "There are no more quotes for this question."
_NOT_FOUND = "Not found in these sources."
_MOST_DIFFERENCES = 3
_LONGEST_DIFFERENCE = 600
_LONGEST_NOTE = 500
_LONGEST_REASON = 1_000
_LONGEST_LINE = 200
"""Characters; the last of a passage that is close without answering."""


def answer_message(
    answer: Answer, *, restated: bool, private: bool, more: bool, shared_by: str | None = None
) -> Message:
    """The quotes, or the reason why there are none, what was searched and what came closest. To what is no question,
    only the reply.

    ``restated`` puts the question on top. ``private`` says that only who asked sees it, who may then share or dismiss
    it. ``more`` says that there may be further quotes to ask for. ``shared_by`` is the Slack id of whoever shared it.
    """
    if answer.kind in ("help", "small-talk"):
        reply = sentence_block(answer.reason or _NOT_FOUND)
        return Message(
            escaped(answer.reason or _NOT_FOUND), (reply, *_buttons(answer, more=False, share=False, dismiss=private))
        )
    head = [rich_text(section([*text_elements("Shared by "), user_element(shared_by)]))] if shared_by else []
    head += question_block("Question: ", answer.question) if restated else []
    head += [dim_block(shortened(note, _LONGEST_NOTE)) for note in notes(answer)]
    tail = _buttons(answer, more=more and answer.found, share=private, dismiss=private)
    tail.append(_feedback(answer))
    return _fitted(answer, head, tail) if answer.found else _refused(answer, head, tail)


def further_message(answer: Answer, *, private: bool) -> Message:
    """Further quotes for a question that was answered before, numbered on from those; or that there are none."""
    head = question_block("More quotes for: ", answer.question)
    if not answer.quotes:
        dismiss = _buttons(answer, more=False, share=False, dismiss=private)
        return Message(NOTHING_MORE, (*head, sentence_block(NOTHING_MORE), *dismiss))
    return _fitted(answer, head, _buttons(answer, more=False, share=False, dismiss=private))


def _fitted(answer: Answer, head: list[Block], tail: list[Block]) -> Message:
    head = [*head, *_differences(answer)]
    all_left_out = _left_out(len(answer.quotes))
    room = MOST_CHARACTERS - count_characters([head, all_left_out, tail])
    fitted = fit(answer.id, answer.quotes, room, MOST_BLOCKS - len(head) - len(tail) - 1)
    left_out = [_left_out(fitted.left_out)] if fitted.left_out else []
    text = _fallback(answer.quotes[0]) if answer.quotes else escaped(_NOT_FOUND)
    return Message(text, (*head, *fitted.blocks, *left_out, *tail), fitted.left_out)


def _refused(answer: Answer, head: list[Block], tail: list[Block]) -> Message:
    reason = shortened(answer.reason or _NOT_FOUND, _LONGEST_REASON) or _NOT_FOUND
    blocks = [*head, sentence_block(reason, bold=True)]
    blocks += [sentence_block(shortened(line, _LONGEST_REASON)) for line in searched(answer)]
    if answer.nearest:
        blocks.append(sentence_block("Closest, but not an answer:"))
    room = MOST_CHARACTERS - count_characters([blocks, tail])
    for quote in answer.nearest[:3]:
        near = _near(quote)
        if count_characters(near) > room:
            # Only a link can be as long as that, and three of them.
            near = _near(quote, linked=False)
        room -= count_characters(near)
        blocks.append(near)
    return Message(escaped(reason), (*blocks, *tail))


def _near(quote: Quote, linked: bool = True) -> Block:
    """The sentence that comes close, cut to one line, and where it stands."""
    line, cut = one_line(quote.text[slice(*highlight(quote))], _LONGEST_LINE)
    shown = text_elements(f"“{line}”{' …' if cut else ''}")
    return rich_text(quoted(shown), section(citation(quote, linked)))


def _differences(answer: Answer) -> list[Block]:
    """Where the quotes of this message differ, in one block."""
    here = {quote.number for quote in answer.quotes}
    between = tuple(each for each in answer.differences if here.issuperset(each.numbers))
    lines = [shortened(line, _LONGEST_DIFFERENCE) for line in differing(replace(answer, differences=between))]
    if hidden := len(lines[_MOST_DIFFERENCES:]):
        lines[_MOST_DIFFERENCES:] = [f"They also differ on {hidden} other point{'' if hidden == 1 else 's'}."]
    return [sentence_block("\n".join(lines), bold=True)] if lines else []


def _left_out(quotes: int) -> Block:
    return dim_block(f"{quotes} more quote{' was' if quotes == 1 else 's were'} left out for length.")


def _buttons(answer: Answer, *, more: bool, share: bool, dismiss: bool) -> list[Block]:
    chosen = ((more, "More quotes", MORE), (share, "Share to channel", SHARE), (dismiss, "Dismiss", DISMISS))
    return actions([button(label, action, answer.id) for wanted, label, action in chosen if wanted])


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
