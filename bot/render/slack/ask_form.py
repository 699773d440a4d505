"""The form to ask with: a question, and what to search. Pure."""

import hashlib
from collections.abc import Sequence

from bot.render.slack.elements import (
    AS_OF_BLOCK,
    ASK_VIEW,
    COLLECTION_BLOCK,
    INPUT,
    QUESTION_BLOCK,
    SINCE_BLOCK,
    UNTIL_BLOCK,
    Block,
    plain_text,
)
from bot.render.slack.overview import collection_name
from index.errors import UsageError

LONGEST_QUESTION = 3_000
_LONGEST_OPTION = 75
"""Characters."""

_AS_OF = "Asks the sources, and the sanctions lists, as they were on this day."
_MOST_OPTIONS = 100
_ALL = "all"


def ask_view(collections: Sequence[str], private_metadata: str, question: str = "") -> Block:
    """A window with the form. ``question`` stands in it already, cut to LONGEST_QUESTION characters and otherwise as
    it was typed, because it is sent back. ``private_metadata`` comes back with the form; up to 3,000 characters.

    A choice of collections is there if there are two or more, of which the first 99 can be chosen.
    """
    typed: Block = {
        "type": "plain_text_input",
        "action_id": INPUT,
        "multiline": True,
        "max_length": LONGEST_QUESTION,
        "placeholder": plain_text("When was the embassy in Phnom Penh closed?"),
    }
    if question.strip():
        typed["initial_value"] = question[:LONGEST_QUESTION]
    names = list(dict.fromkeys(collections))
    blocks = [
        _input(QUESTION_BLOCK, "Question", typed, optional=False),
        *([_collections(names)] if len(names) > 1 else []),
        _input(SINCE_BLOCK, "Published since", _day(), optional=True),
        _input(UNTIL_BLOCK, "Published until", _day(), optional=True),
        {**_input(AS_OF_BLOCK, "As of", _day(), optional=True), "hint": plain_text(_AS_OF)},
    ]
    return {
        "type": "modal",
        "callback_id": ASK_VIEW,
        "private_metadata": private_metadata,
        "title": plain_text("Ask a question"),
        "submit": plain_text("Ask"),
        "close": plain_text("Cancel"),
        "blocks": blocks,
    }


def chosen_collection(value: str | None, collections: Sequence[str]) -> str | None:
    """The collection of an option's value; None for all of them, or if none was chosen.

    Raises UsageError if it is not among ``collections``, which may have changed since the form was opened.
    """
    if value is None or value == _ALL:
        return None
    for name in collections:
        if _value(name) == value:
            return name
    raise UsageError("The collection that was chosen is no longer there.")


def _collections(names: Sequence[str]) -> Block:
    every = _option("All collections", _ALL)
    listed = names[: _MOST_OPTIONS - 1]
    select: Block = {
        "type": "static_select",
        "action_id": INPUT,
        "options": [every, *(_option(collection_name(name, _LONGEST_OPTION), _value(name)) for name in listed)],
        "initial_option": every,
    }
    block = _input(COLLECTION_BLOCK, "Collection", select, optional=True)
    if hidden := len(names) - len(listed):
        block["hint"] = plain_text(f"{hidden} more cannot be chosen here; they are searched with all collections.")
    return block


def _value(name: str) -> str:
    """Short enough for any name, and the same wherever it stands in a list that may change."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def _option(label: str, value: str) -> Block:
    return {"text": plain_text(label), "value": value}


def _day() -> Block:
    return {"type": "datepicker", "action_id": INPUT}


def _input(block_id: str, label: str, element: Block, *, optional: bool) -> Block:
    return {"type": "input", "block_id": block_id, "label": plain_text(label), "element": element, "optional": optional}
