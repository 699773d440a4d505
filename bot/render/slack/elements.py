"""What Slack's blocks are made of, and how much of it Slack takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.render.cut import shortened, shortened_text, whole_end
from bot.render.visible import visible

Block = dict[str, Any]
"""A block, or a part or a view made of blocks, as JSON has it."""

MORE = "legation_more"
CONTEXT = "legation_context"
SOURCE = "legation_source"
SHARE = "legation_share"
DISMISS = "legation_dismiss"
FEEDBACK = "legation_feedback"
"""Action ids of the buttons."""

ASK_VIEW = "legation_ask"
"""The callback id of the form to ask with."""

QUESTION_BLOCK = "question"
COLLECTION_BLOCK = "collection"
SINCE_BLOCK = "since"
UNTIL_BLOCK = "until"
AS_OF_BLOCK = "as-of"
"""Block ids in that form; each input's action id is INPUT."""

INPUT = "value"

MOST_BLOCKS = 50
"""Of a message; a view may have twice as many."""

MOST_CHARACTERS = 10_000
"""Of a message, texts and addresses together. Slack sets about 12,000, but counts more than what is seen."""

LONGEST_URL = 3_000
LONGEST_SENTENCE = 3_000
LONGEST_FALLBACK = 1_000
LONGEST_QUESTION = 300
"""Characters."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` is what notifications and screen readers get: escaped, at most LONGEST_FALLBACK characters."""

    text: str
    blocks: tuple[Block, ...]


def text_elements(text: str, bold: bool = False) -> list[Block]:
    """Literal text within rich text; none for empty text, which Slack refuses."""
    if not text:
        return []
    return [{"type": "text", "text": text, "style": {"bold": True}} if bold else {"type": "text", "text": text}]


def link_element(url: str, text: str) -> Block:
    """Expects an address that ``web_address`` let through, and some text."""
    return {"type": "link", "url": url, "text": text}


def user_element(user: str) -> Block:
    return {"type": "user", "user_id": user}


def section(elements: Iterable[Block]) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def quoted(elements: Iterable[Block]) -> Block:
    return {"type": "rich_text_quote", "elements": list(elements)}


def bullets(sections: Iterable[Block]) -> Block:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(sections)}


def rich_text(*parts: Block) -> Block:
    return {"type": "rich_text", "elements": list(parts)}


def sentence_block(sentence: str, bold: bool = False) -> Block:
    """A block of literal text; its line feeds are kept, and a dash stands for nothing."""
    return rich_text(section(text_elements(shortened_text(sentence, LONGEST_SENTENCE) or "–", bold)))


def plain_text(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def dim_block(text: str) -> Block:
    """Small grey text, literal. Expects some, of at most LONGEST_SENTENCE characters."""
    return {"type": "context", "elements": [plain_text(text)]}


def header(text: str) -> Block:
    """Expects 1 to 150 characters."""
    return {"type": "header", "text": plain_text(text)}


def button(label: str, action: str, value: str) -> Block:
    """Expects 1 to 75 characters of ``label`` and up to 2,000 of ``value``."""
    return {"type": "button", "text": plain_text(label), "action_id": action, "value": value}


def link_button(label: str, action: str, url: str) -> Block:
    return {"type": "button", "text": plain_text(label), "action_id": action, "url": url}


def actions(buttons: Sequence[Block]) -> list[Block]:
    """A row of buttons; none without buttons, because Slack refuses an empty row."""
    return [{"type": "actions", "elements": list(buttons)}] if buttons else []


def question_block(label: str, question: str) -> list[Block]:
    """A question behind a bold label, shortened; none if nothing of it can be seen."""
    shown = shortened(question, LONGEST_QUESTION)
    return [rich_text(section([*text_elements(label, bold=True), *text_elements(shown)]))] if shown else []


def escaped(text: str, longest: int = LONGEST_FALLBACK) -> str:
    """``text`` visible, ``&``, ``<`` and ``>`` as entities, cut with … to ``longest`` characters, entities counted."""
    shown, cut = escaped_beginning(text, longest - 1)
    return f"{shown}…" if cut else shown


def escaped_beginning(text: str, longest: int) -> tuple[str, bool]:
    """As much of the escaped text as ``longest`` characters hold; whether more of it was left out."""
    pieces = [_ENTITIES.get(character, character) for character in visible(text)]
    kept, room = 0, longest
    while kept < len(pieces) and len(pieces[kept]) <= room:
        room -= len(pieces[kept])
        kept += 1
    shown = "".join(pieces[:kept])
    return (shown, False) if kept == len(pieces) else (whole_end(shown), True)


def count_characters(value: object) -> int:
    """Of all texts, addresses and values of buttons in a block, or in several."""
    if isinstance(value, dict):
        return sum(
            len(each)
            if name in ("text", "url", "value", "user_id") and isinstance(each, str)
            else count_characters(each)
            for name, each in value.items()
        )
    return sum(map(count_characters, value)) if isinstance(value, list | tuple) else 0
