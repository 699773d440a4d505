"""What messages are made of, how much of it Discord takes, and the same message as an embed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.render.discord.escape import escaped_line, size

Action = Literal["more", "context", "share", "dismiss", "right", "wrong"]

MOST_COMPONENTS = 40
"""Of a message, the container around it and what is nested counted."""

MOST_CHARACTERS = 3_900
"""Of a message, all texts together, in UTF-16 code units. Discord takes 4,000, and 4,096 in the description of an
embed, where line feeds join the texts.
"""

LONGEST_PLAIN = 2_000
LONGEST_LINK = 1_000
LONGEST_BUTTON_URL = 512
LONGEST_QUESTION = 300
"""Sizes, in UTF-16 code units."""

MOST_ROWS = 5
MOST_BUTTONS = 5
"""Rows of buttons below an embed, and buttons in a row."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of its own, in Discord's markdown."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Button:
    """``action`` is the custom_id of a button that comes back to us, at most 100 characters; ``url``, of at most 512,
    is where a link leads. One of them is None.
    """

    label: str
    action: str | None
    url: str | None
    style: Literal["primary", "secondary", "success", "danger", "link"]


@dataclass(frozen=True, slots=True)
class Row:
    """1 to 5 buttons."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Separator:
    """Some space and a line."""


Part = Text | Row | Separator


@dataclass(frozen=True, slots=True)
class Message:
    """``parts`` stand below each other in one container. ``plain`` says the most important of it in up to 2,000
    characters of markdown, for places that take nothing else.
    """

    parts: tuple[Part, ...]
    plain: str


@dataclass(frozen=True, slots=True)
class Embed:
    """``description`` is markdown of up to 4,096 characters; ``rows``, at most 5, stand below the embed."""

    description: str
    rows: tuple[Row, ...]


def embed(message: Message) -> Embed:
    """The same texts in one. Buttons do not stand below their quotes there, so they say which quote is theirs; if there
    are too many rows, those of the quotes share some, and so do the others.
    """
    texts = [part.markdown for part in message.parts if isinstance(part, Text)]
    rows = [part for part in message.parts if isinstance(part, Row)]
    quotes = [_numbered(row) for row in rows if _number(row)]
    others = [row for row in rows if not _number(row)]
    if len(rows) > MOST_ROWS:
        quotes, others = _packed(quotes), _packed(others)
    return Embed("\n\n".join(texts), (*quotes, *others))


def action_button(
    label: str,
    action: Action,
    *details: str | int,
    style: Literal["primary", "secondary", "success", "danger"] = "secondary",
) -> Button:
    """Expects up to 70 characters of ``details``, without colons: the answer's id, then what else the action needs."""
    return Button(label, ":".join(("legation", action, *map(str, details))), None, style)


def link_button(label: str, url: str) -> Button:
    return Button(label, None, url, "link")


def row(buttons: Iterable[Button]) -> list[Part]:
    """A row of up to 5 buttons; none without buttons, because Discord refuses an empty row."""
    all_buttons = tuple(buttons)
    return [Row(all_buttons)] if all_buttons else []


def question_line(label: str, question: str) -> list[str]:
    """A question behind a bold label, shortened; none if nothing of it can be seen."""
    shown = escaped_line(question, LONGEST_QUESTION)
    return [f"**{label}** {shown}"] if shown else []


def bold(markdown: str) -> str:
    """Each line in bold type for itself, so that it does not matter what stands between them."""
    return "\n".join(_bold_line(line) for line in markdown.split("\n"))


def quoted(markdown: str) -> str:
    """Each line as one of a block quote."""
    return "\n".join(f"> {line}" for line in markdown.split("\n"))


def dim(markdown: str) -> str:
    """Small grey text. Expects one line."""
    return f"-# {markdown}"


def count_components(parts: Iterable[Part]) -> int:
    """With the container around them."""
    return 1 + sum(1 + len(part.buttons) if isinstance(part, Row) else 1 for part in parts)


def count_characters(parts: Iterable[Part]) -> int:
    """The size of all texts together."""
    return sum(size(part.markdown) for part in parts if isinstance(part, Text))


def _bold_line(line: str) -> str:
    text = line.strip()
    return line.replace(text, f"**{text}**", 1) if text else line


def _number(row: Row) -> str | None:
    """That of the quote whose buttons these are."""
    action = row.buttons[0].action or ""
    return action.rpartition(":")[2] if action.startswith("legation:context:") else None


def _numbered(row: Row) -> Row:
    number = _number(row)
    return Row(tuple(replace(button, label=f"{button.label} [{number}]") for button in row.buttons))


def _packed(rows: Sequence[Row]) -> list[Row]:
    """The same buttons in fewer rows, those of one row never parted."""
    packed: list[Row] = []
    for each in rows:
        if packed and len(packed[-1].buttons) + len(each.buttons) <= MOST_BUTTONS:
            packed[-1] = Row(packed[-1].buttons + each.buttons)
        else:
            packed.append(each)
    return packed
