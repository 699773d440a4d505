"""What Slack sends, as plain values. Pure: dictionaries in, no SDK, no network.

Shapes are those of docs.slack.dev: Events API, slash commands, ``view_submission``, ``message_action``,
``block_actions``. A payload that asks nothing of us gives None.
"""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

from bot.as_of import parse_as_of
from bot.chat.access import Place
from bot.chat.desk import Asked
from bot.render.slack.ask_form import chosen_collection
from bot.render.slack.elements import (
    AS_OF_BLOCK,
    COLLECTION_BLOCK,
    INPUT,
    QUESTION_BLOCK,
    SHARE,
    SINCE_BLOCK,
    UNTIL_BLOCK,
)
from bot.small_talk import talk_of
from index.errors import UsageError

PLATFORM = "slack"

Payload = dict[str, Any]
Surface = Literal["mention", "direct", "follow-up", "command", "form", "shortcut"]

_FROM_PEOPLE = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that a person has written; all others tell of something else."""

_REFERENCE = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]*:)[^<>|\n]*)(?:\|([^<>\n]*))?>", re.IGNORECASE)
_ASKS = re.compile(
    r"\?|^\W*(?:and|but|or|so|then|also|what|which|who|whom|whose|when|where|why|how|did|does|do|is|are|was|were|has|have|had"
    r"|can|could|may|will|would|any|tell|more|since|until|before|after)\b",
    re.IGNORECASE,
)
"""What a sentence has that follows a question up without being addressed to us."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A question from Slack, and where its answer goes.

    ``key`` is the same however often Slack delivers it. ``thread`` is the message under which a public answer is
    posted; ``response_url`` takes a private one, for 30 minutes. Dates are ISO 8601.
    """

    key: str
    surface: Surface
    text: str
    team: str
    channel: str
    user: str
    position: str = ""
    thread: str | None = None
    response_url: str | None = None
    collection: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def checks(self) -> bool:
        """Whether the text is a message to be checked."""
        return self.surface == "shortcut"

    @property
    def repeatable(self) -> bool:
        """Slack has no way to send something once only."""
        return False

    @property
    def insists(self) -> bool:
        """Slack delivers events again that are not acknowledged, and nothing else (docs.slack.dev, "Events API")."""
        return not self.private

    @property
    def private(self) -> bool:
        """Whether only the asker sees the answer."""
        return self.surface in ("command", "form", "shortcut")

    @property
    def place(self) -> Place:
        return place(self.channel, self.user)

    @property
    def asked(self) -> Asked:
        since, until = (date.fromisoformat(day) if day else None for day in (self.since, self.until))
        channel = f"{PLATFORM}:{self.team}:{self.channel}"
        # To one person alone the app may be written to without opening a thread.
        names = (
            () if self.private else (self.conversation, channel) if self.surface == "direct" else (self.conversation,)
        )
        return Asked(self.text, self.place, names, self.position, self.collection, since, until)

    @property
    def conversation(self) -> str:
        """The thread it belongs to."""
        return f"{PLATFORM}:{self.team}:{self.channel}:{self.thread}"

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def incoming_from_json(text: str) -> Incoming:
    """What ``Incoming.to_json`` gave; fields that this version does not know are dropped."""
    known = {field.name for field in fields(Incoming)}
    return Incoming(**{name: value for name, value in json.loads(text).items() if name in known})


def place(channel: str, user: str) -> Place:
    """Ids of direct conversations begin with D."""
    return Place(PLATFORM, channel, user, direct=channel.startswith("D"))


def mention(body: Payload, bot_user: str) -> Incoming | None:
    """An ``app_mention`` event: the question without the mention itself."""
    event = body["event"]
    if _is_not_asked(event):
        return None
    return _of_message(body, "mention", _without_mention(event.get("text") or "", bot_user))


def message(body: Payload, bot_user: str) -> Incoming | None:
    """A ``message`` event: a question in a direct conversation, or one that may follow up in a thread.

    None for what is delivered as a mention too, for what stands in no thread of a channel or asks nothing there, for
    what is addressed to somebody else, and for what no person has written.
    """
    event = body["event"]
    text = event.get("text") or ""
    if _is_not_asked(event):
        return None
    if event.get("channel_type") == "im" or event["channel"].startswith("D"):
        return _of_message(body, "direct", _without_mention(text, bot_user))
    if event.get("thread_ts") in (None, event.get("ts")) or "<@" in text:
        return None
    said = plain_text(text)
    return _of_message(body, "follow-up", said) if _ASKS.search(said) and talk_of(said) is None else None


def command(body: Payload) -> Incoming:
    """A slash command."""
    return Incoming(
        key=f"trigger:{body['trigger_id']}",
        surface="command",
        text=plain_text(body.get("text") or ""),
        team=body.get("team_id") or "",
        channel=body["channel_id"],
        user=body["user_id"],
        response_url=body.get("response_url"),
    )


@dataclass(frozen=True, slots=True)
class FormOrigin:
    """Where the form was opened from, which Slack carries for us as ``private_metadata`` (3,000 characters)."""

    channel: str
    response_url: str | None

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def form_origin(body: Payload) -> FormOrigin:
    """Where a submitted form was opened from."""
    told = json.loads(body["view"]["private_metadata"])
    return FormOrigin(told["channel"], told.get("response_url"))


def form(body: Payload, collections: Sequence[str], today: date) -> tuple[Incoming, dict[str, str]]:
    """A submitted form, and what is wrong with it: a sentence for each block. ``collections`` are those that may
    be chosen now, ``today`` is the last day that may be. A day in the past is asked of by the operator in the text.
    """
    view = body["view"]
    values: Payload = {name: block[INPUT] for name, block in view["state"]["values"].items()}
    origin = form_origin(body)
    option = (values.get(COLLECTION_BLOCK) or {}).get("selected_option") or {}
    since, until, as_of = (
        (values.get(block) or {}).get("selected_date") for block in (SINCE_BLOCK, UNTIL_BLOCK, AS_OF_BLOCK)
    )
    text = (values.get(QUESTION_BLOCK) or {}).get("value") or ""
    errors, collection = {}, None
    try:
        collection = chosen_collection(option.get("value"), collections)
    except UsageError as error:
        errors[COLLECTION_BLOCK] = error.user_message
    if not text.strip():
        errors[QUESTION_BLOCK] = "Please type a question."
    if since and until and since > until:
        errors[UNTIL_BLOCK] = "This day is before the first one."
    if as_of:
        try:
            text = f"{text} as-of:{parse_as_of(as_of, today)}"
        except UsageError as error:
            errors[AS_OF_BLOCK] = error.user_message
    asked = Incoming(
        key=f"view:{view['id']}",
        surface="form",
        text=text,
        team=(body.get("team") or {}).get("id") or "",
        channel=origin.channel,
        user=body["user"]["id"],
        response_url=origin.response_url,
        collection=collection,
        since=since,
        until=until,
    )
    return asked, errors


def shortcut(body: Payload) -> Incoming:
    """The message shortcut: the message's text is the question."""
    return Incoming(
        key=f"trigger:{body['trigger_id']}",
        surface="shortcut",
        text=plain_text((body.get("message") or {}).get("text") or ""),
        team=(body.get("team") or {}).get("id") or "",
        channel=body["channel"]["id"],
        user=body["user"]["id"],
        response_url=body.get("response_url"),
    )


@dataclass(frozen=True, slots=True)
class Click:
    """A button that was pressed below an answer. ``answer`` is the answer's id, ``detail`` what follows it in the
    button's value. ``thread`` is what the message belongs to; ``private`` says that one person alone sees it.
    """

    key: str
    action: str
    answer: str
    detail: str
    channel: str
    user: str
    trigger: str
    private: bool
    thread: str | None
    response_url: str | None

    @property
    def place(self) -> Place:
        return place(self.channel, self.user)


def click(body: Payload) -> Click:
    """A ``block_actions`` payload."""
    action = body["actions"][0]
    answer, _, detail = (action.get("value") or "").partition(":")
    container, shown = body.get("container") or {}, body.get("message") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    return Click(
        # An answer is shared once, however often the button is pressed.
        key=f"share:{answer}" if action["action_id"] == SHARE else f"trigger:{body['trigger_id']}",
        action=action["action_id"],
        answer=answer,
        detail=detail,
        channel=channel,
        user=body["user"]["id"],
        trigger=body["trigger_id"],
        private=bool(container.get("is_ephemeral")),
        thread=shown.get("thread_ts") or container.get("thread_ts"),
        response_url=body.get("response_url"),
    )


def plain_text(text: str) -> str:
    """Slack's markup as words: ``<https://a.example|a page>`` becomes "a page", ``&lt;`` becomes "<"."""
    return html.unescape(_REFERENCE.sub(_words_of, text)).strip()


def _words_of(found: re.Match[str]) -> str:
    target, label = found[1].strip(), found[2]
    if label:
        return label.removeprefix("@") if target.startswith(("!", "@")) else label
    return "" if target.startswith(("@", "!", "#")) else target.removeprefix("mailto:")


def _without_mention(text: str, bot_user: str) -> str:
    return plain_text(re.sub(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>[\s,:]*", " ", text))


def _is_not_asked(event: Payload) -> bool:
    """Whether no person asked this: bots, edits, and notices of what happened."""
    return (
        event.get("subtype") not in _FROM_PEOPLE
        or bool(event.get("bot_id"))
        or bool(event.get("edited"))
        or not event.get("user")
    )


def _of_message(body: Payload, surface: Surface, text: str) -> Incoming:
    event = body["event"]
    channel, position = event["channel"], event["ts"]
    team = body.get("team_id") or event.get("team") or ""
    return Incoming(
        # A mention arrives as app_mention and as message, with two event ids and one time stamp.
        key=f"message:{team}:{channel}:{position}",
        surface=surface,
        text=text,
        team=team,
        channel=channel,
        user=event["user"],
        position=position,
        thread=event.get("thread_ts") or position,
    )
