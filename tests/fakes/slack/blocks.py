"""Block Kit as Slack's reference describes it: what a message, a modal or a home view may hold, and what is live in it.

Surfaces are "message", "modal" and "home". A complaint reads as Slack's do, with a JSON pointer to the place.
Lengths are in characters.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_200

Check = Callable[["Checker", Any, str], None]


@dataclass
class Checker:
    """Collects complaints about the blocks of one surface."""

    surface: str
    complaints: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)

    def refuse(self, path: str, why: str) -> None:
        """Note a complaint about the value at a JSON pointer."""
        self.complaints.append(f"[ERROR] {why} [json-pointer:{path or '/'}]")

    def fields(self, thing: Any, path: str, required: Mapping[str, Check], optional: Mapping[str, Check]) -> bool:
        """Check an object: all required fields, no unknown ones, each value by its check."""
        if not isinstance(thing, dict):
            self.refuse(path, "must provide an object")
            return False
        for name in required:
            if name not in thing:
                self.refuse(path, f"missing required field: {name}")
        for name, value in thing.items():
            check = required.get(name) or optional.get(name)
            if check is None:
                self.refuse(f"{path}/{name}", f"no more fields are allowed: {name}")
            else:
                check(self, value, f"{path}/{name}")
        return True


def kind_of(value: object) -> str:
    """The type that an object says it has, "" if none."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def anything(checker: Checker, value: Any, path: str) -> None:
    """A value that is not looked at."""


def boolean(checker: Checker, value: Any, path: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        checker.refuse(path, "must be a boolean")


def characters(longest: int, shortest: int = 1) -> Check:
    """A string of a certain length."""

    def check(checker: Checker, value: Any, path: str) -> None:
        if not isinstance(value, str):
            checker.refuse(path, "must provide a string")
        elif len(value) < shortest:
            checker.refuse(path, f"must be more than {shortest - 1} characters")
        elif len(value) > longest:
            checker.refuse(path, f"must be less than {longest + 1} characters")

    return check


def integer(lowest: int, highest: int) -> Check:
    """A whole number of a range."""

    def check(checker: Checker, value: Any, path: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            checker.refuse(path, "must provide an integer")
        elif not lowest <= value <= highest:
            checker.refuse(path, f"must be from {lowest} to {highest}")

    return check


def one_of(*allowed: str) -> Check:
    """One of a few strings."""

    def check(checker: Checker, value: Any, path: str) -> None:
        if value not in allowed:
            checker.refuse(path, f"must be one of {', '.join(allowed)}")

    return check


def several(item: Check, most: int, fewest: int = 1) -> Check:
    """An array."""

    def check(checker: Checker, value: Any, path: str) -> None:
        if not isinstance(value, list):
            checker.refuse(path, "must provide an array")
            return
        if len(value) < fewest:
            checker.refuse(path, f"must have at least {fewest} items")
        if len(value) > most:
            checker.refuse(path, f"no more than {most} items allowed")
        for number, entry in enumerate(value):
            item(checker, entry, f"{path}/{number}")

    return check


def web_address(longest: int) -> Check:
    """An address that starts with http:// or https:// and names a host."""
    length = characters(longest)

    def check(checker: Checker, value: Any, path: str) -> None:
        length(checker, value, path)
        if isinstance(value, str):
            try:
                parts = urlsplit(value)
            except ValueError:
                checker.refuse(path, "invalid url")
                return
            if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"\s", value):
                checker.refuse(path, "invalid url")

    return check


def text_object(longest: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Check:
    """A text object; ``emoji`` goes with plain_text, ``verbatim`` with mrkdwn."""
    required: dict[str, Check] = {"type": one_of(*kinds), "text": characters(longest)}

    def check(checker: Checker, value: Any, path: str) -> None:
        plain = isinstance(value, dict) and value.get("type") == "plain_text"
        checker.fields(value, path, required, {"emoji": boolean} if plain else {"verbatim": boolean})

    return check


def plain_text(longest: int) -> Check:
    """A text object of type plain_text."""
    return text_object(longest, ("plain_text",))


def day(checker: Checker, value: Any, path: str) -> None:
    """A date as YYYY-MM-DD."""
    try:
        right = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        right = False
    if not right:
        checker.refuse(path, "invalid date format, must be YYYY-MM-DD")


def clock_time(checker: Checker, value: Any, path: str) -> None:
    """A time as HH:mm."""
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        checker.refuse(path, "invalid time format, must be HH:mm")


def action_name(checker: Checker, value: Any, path: str) -> None:
    """An action_id, unique within its block."""
    characters(255)(checker, value, path)
    if isinstance(value, str):
        if value in checker.action_ids:
            checker.refuse(path, f"action_id {value} already exists in the block")
        checker.action_ids.add(value)


def block_name(checker: Checker, value: Any, path: str) -> None:
    """A block_id, unique within its message or view."""
    characters(255)(checker, value, path)
    if isinstance(value, str):
        if value in checker.block_ids:
            checker.refuse(path, f"block_id {value} already exists")
        checker.block_ids.add(value)


def confirmation(checker: Checker, value: Any, path: str) -> None:
    """A confirmation dialog."""
    required: dict[str, Check] = {
        "title": plain_text(100),
        "text": text_object(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    }
    checker.fields(value, path, required, {"style": one_of("primary", "danger")})


def option(text: Check, value_length: int = 150, with_url: bool = False) -> Check:
    """One option of a select menu, of checkboxes or radio buttons, or of an overflow menu."""
    optional: dict[str, Check] = {"description": plain_text(75)}
    if with_url:
        optional["url"] = web_address(3000)

    def check(checker: Checker, value: Any, path: str) -> None:
        checker.fields(value, path, {"text": text, "value": characters(value_length)}, optional)

    return check


MENU_OPTION = option(plain_text(75))
BOX_OPTION = option(text_object(75))


def option_group(checker: Checker, value: Any, path: str) -> None:
    """Options under a label."""
    checker.fields(value, path, {"label": plain_text(75), "options": several(MENU_OPTION, 100)}, {})


def dispatch_settings(checker: Checker, value: Any, path: str) -> None:
    """When a text input sends block_actions."""
    triggers = several(one_of("on_enter_pressed", "on_character_entered"), 2)
    checker.fields(value, path, {"trigger_actions_on": triggers}, {})


def feedback_button(checker: Checker, value: Any, path: str) -> None:
    """One of the two of feedback_buttons."""
    required: dict[str, Check] = {"text": plain_text(75), "value": characters(2000)}
    checker.fields(value, path, required, {"accessibility_label": characters(75)})


ACTION: dict[str, Check] = {"action_id": action_name}
CHOICE: dict[str, Check] = {**ACTION, "confirm": confirmation, "focus_on_load": boolean}
MENU: dict[str, Check] = {**CHOICE, "placeholder": plain_text(150)}
MANY: dict[str, Check] = {"max_selected_items": integer(1, 1000)}
STATIC: dict[str, Check] = {"options": several(MENU_OPTION, 100), "option_groups": several(option_group, 100)}

ELEMENTS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "button": (
        {"text": plain_text(75)},
        {
            **ACTION,
            "url": web_address(3000),
            "value": characters(2000),
            "style": one_of("primary", "danger"),
            "confirm": confirmation,
            "accessibility_label": characters(75),
        },
    ),
    "static_select": ({}, {**MENU, **STATIC, "initial_option": MENU_OPTION}),
    "multi_static_select": ({}, {**MENU, **STATIC, **MANY, "initial_options": several(MENU_OPTION, 100)}),
    "external_select": ({}, {**MENU, "initial_option": MENU_OPTION, "min_query_length": integer(0, 1000)}),
    "users_select": ({}, {**MENU, "initial_user": characters(255)}),
    "multi_users_select": ({}, {**MENU, **MANY, "initial_users": several(characters(255), 1000)}),
    "conversations_select": (
        {},
        {
            **MENU,
            "initial_conversation": characters(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": anything,
        },
    ),
    "channels_select": ({}, {**MENU, "initial_channel": characters(255), "response_url_enabled": boolean}),
    "overflow": ({"options": several(option(plain_text(75), with_url=True), 5)}, {**ACTION, "confirm": confirmation}),
    "datepicker": ({}, {**MENU, "initial_date": day}),
    "timepicker": ({}, {**MENU, "initial_time": clock_time, "timezone": characters(255)}),
    "checkboxes": ({"options": several(BOX_OPTION, 10)}, {**CHOICE, "initial_options": several(BOX_OPTION, 10)}),
    "radio_buttons": ({"options": several(BOX_OPTION, 10)}, {**CHOICE, "initial_option": BOX_OPTION}),
    "plain_text_input": (
        {},
        {
            **ACTION,
            "initial_value": characters(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": dispatch_settings,
            "focus_on_load": boolean,
            "placeholder": plain_text(150),
        },
    ),
    "number_input": (
        {"is_decimal_allowed": boolean},
        {
            **ACTION,
            "initial_value": characters(255),
            "min_value": characters(255),
            "max_value": characters(255),
            "dispatch_action_config": dispatch_settings,
            "focus_on_load": boolean,
            "placeholder": plain_text(150),
        },
    ),
    "image": ({"image_url": web_address(3000), "alt_text": characters(2000)}, {}),
    "feedback_buttons": ({"positive_button": feedback_button, "negative_button": feedback_button}, ACTION),
    "icon_button": (
        {"icon": one_of("trash"), "text": plain_text(75)},
        {
            **ACTION,
            "value": characters(2000),
            "confirm": confirmation,
            "accessibility_label": characters(75),
            "visible_to_user_ids": several(characters(255), 1000),
        },
    ),
}
MENUS = {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
MULTIPLE = {"multi_static_select", "multi_users_select"}
PICKERS = {"datepicker", "timepicker", "checkboxes", "radio_buttons"}
IN_ACTIONS = {"button", "overflow", *MENUS, *MULTIPLE, *PICKERS}
IN_SECTION = {*IN_ACTIONS, "image"}
IN_INPUT = {"plain_text_input", "number_input", *MENUS, *MULTIPLE, *PICKERS}


def element(allowed: set[str]) -> Check:
    """An element of one of the allowed types."""

    def check(checker: Checker, value: Any, path: str) -> None:
        kind = kind_of(value)
        if kind not in allowed:
            checker.refuse(f"{path}/type", f"unsupported type: {kind}")
            return
        required, optional = ELEMENTS[kind]
        checker.fields(value, path, {"type": anything, **required}, optional)
        if kind in {"static_select", "multi_static_select"} and ("options" in value) == ("option_groups" in value):
            checker.refuse(path, "must define either options or option_groups")
        if kind == "plain_text_input":
            _check_input_lengths(checker, value, path)

    return check


def _check_input_lengths(checker: Checker, value: dict[str, Any], path: str) -> None:
    shortest, longest, initial = value.get("min_length", 0), value.get("max_length", 3000), value.get("initial_value")
    if isinstance(shortest, int) and isinstance(longest, int):
        if shortest > longest:
            checker.refuse(f"{path}/min_length", "must be less than max_length")
        if isinstance(initial, str) and len(initial) > longest:
            checker.refuse(f"{path}/initial_value", "must be less than max_length")


def context_element(checker: Checker, value: Any, path: str) -> None:
    """An image or a text object."""
    if isinstance(value, dict) and value.get("type") == "image":
        element({"image"})(checker, value, path)
    else:
        text_object(3000)(checker, value, path)


def styles(*names: str) -> Check:
    """The style of a piece of rich text: booleans by name."""

    def check(checker: Checker, value: Any, path: str) -> None:
        checker.fields(value, path, {}, dict.fromkeys(names, boolean))

    return check


TEXT_STYLE = styles("bold", "italic", "strike", "code", "underline")
MENTION_STYLE = styles("bold", "italic", "strike", "highlight", "client_highlight", "unlink")

RICH_PIECES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "text": ({"text": characters(MESSAGE_CHARACTERS)}, {"style": TEXT_STYLE}),
    "link": (
        {"url": web_address(3000)},
        {"text": characters(MESSAGE_CHARACTERS), "unsafe": boolean, "style": TEXT_STYLE},
    ),
    "user": ({"user_id": characters(255)}, {"style": MENTION_STYLE}),
    "channel": ({"channel_id": characters(255)}, {"style": MENTION_STYLE}),
    "usergroup": ({"usergroup_id": characters(255)}, {"style": MENTION_STYLE}),
    "broadcast": ({"range": one_of("here", "channel", "everyone")}, {"style": MENTION_STYLE}),
    "emoji": ({"name": characters(255)}, {"unicode": characters(255), "skin_tone": integer(1, 6), "style": TEXT_STYLE}),
    "date": (
        {"timestamp": integer(0, 10**11), "format": characters(255)},
        {"url": web_address(3000), "fallback": characters(3000), "style": TEXT_STYLE},
    ),
    "color": ({"value": characters(255)}, {"style": TEXT_STYLE}),
}


def rich_piece(allowed: set[str]) -> Check:
    """A piece of rich text of one of the allowed types."""

    def check(checker: Checker, value: Any, path: str) -> None:
        kind = kind_of(value)
        if kind not in allowed:
            checker.refuse(f"{path}/type", f"unsupported rich text element: {kind}")
            return
        required, optional = RICH_PIECES[kind]
        checker.fields(value, path, {"type": anything, **required}, optional)

    return check


RICH_PIECE = rich_piece(set(RICH_PIECES))
BORDER = integer(0, 1)


def rich_section(checker: Checker, value: Any, path: str) -> None:
    """A rich_text_section, as it stands alone or in a list."""
    required: dict[str, Check] = {"type": one_of("rich_text_section"), "elements": several(RICH_PIECE, 10_000)}
    checker.fields(value, path, required, {})


RICH_PARTS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "rich_text_section": ({"elements": several(RICH_PIECE, 10_000)}, {}),
    "rich_text_list": (
        {"elements": several(rich_section, 10_000), "style": one_of("bullet", "ordered")},
        {"indent": integer(0, 8), "offset": integer(0, 10**6), "border": BORDER},
    ),
    "rich_text_preformatted": (
        {"elements": several(rich_piece({"text", "link"}), 10_000)},
        {"border": BORDER, "language": characters(255)},
    ),
    "rich_text_quote": ({"elements": several(RICH_PIECE, 10_000)}, {"border": BORDER}),
}


def rich_part(checker: Checker, value: Any, path: str) -> None:
    """A section, a list, preformatted text or a quote of a rich_text block."""
    kind = kind_of(value)
    if kind not in RICH_PARTS:
        checker.refuse(f"{path}/type", f"unsupported rich text element: {kind}")
        return
    required, optional = RICH_PARTS[kind]
    checker.fields(value, path, {"type": anything, **required}, optional)


BLOCKS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "section": (
        {},
        {
            "text": text_object(3000),
            "fields": several(text_object(2000), 10),
            "accessory": element(IN_SECTION),
            "expand": boolean,
        },
    ),
    "header": ({"text": plain_text(150)}, {}),
    "divider": ({}, {}),
    "context": ({"elements": several(context_element, 10)}, {}),
    "actions": ({"elements": several(element(IN_ACTIONS), 25)}, {}),
    "context_actions": ({"elements": several(element({"feedback_buttons", "icon_button"}), 5)}, {}),
    "image": ({"image_url": web_address(3000), "alt_text": characters(2000)}, {"title": plain_text(2000)}),
    "input": (
        {"label": plain_text(2000), "element": element(IN_INPUT)},
        {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": ({"elements": several(rich_part, 10_000)}, {}),
}
SURFACES = {
    "message": set(BLOCKS) - {"input"},
    "modal": set(BLOCKS) - {"context_actions"},
    "home": set(BLOCKS) - {"context_actions"},
}


def block(checker: Checker, value: Any, path: str) -> None:
    """One block of the checker's surface."""
    kind = kind_of(value)
    if kind not in SURFACES[checker.surface]:
        checker.refuse(f"{path}/type", f"unsupported type: {kind}")
        return
    checker.action_ids = set()
    required, optional = BLOCKS[kind]
    checker.fields(value, path, {"type": anything, **required}, {"block_id": block_name, **optional})
    if kind == "section" and "text" not in value and "fields" not in value:
        checker.refuse(path, "missing required field: text or fields")


def check_blocks(blocks: object, surface: str = "message") -> list[str]:
    """Complaints about an array of blocks; none if Slack takes them."""
    checker = Checker(surface)
    several(block, MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS, 0)(checker, blocks, "/blocks")
    return checker.complaints


def check_view(view: object, kinds: tuple[str, ...] = ("modal", "home")) -> list[str]:
    """Complaints about a view; none if Slack takes it."""
    kind = kind_of(view)
    if not isinstance(view, dict) or kind not in kinds:
        return [f"[ERROR] invalid view type: {kind}, expected {' or '.join(kinds)} [json-pointer:/view/type]"]
    checker = Checker(kind)
    required: dict[str, Check] = {"type": anything, "blocks": several(block, VIEW_BLOCKS, 0)}
    optional: dict[str, Check] = {
        "callback_id": characters(255, 0),
        "private_metadata": characters(3000, 0),
        "external_id": characters(255, 0),
    }
    if kind == "modal":
        required["title"] = plain_text(24)
        optional |= {"submit": plain_text(24), "close": plain_text(24)}
        optional |= {"clear_on_close": boolean, "notify_on_close": boolean, "submit_disabled": boolean}
    checker.fields(view, "/view", required, optional)
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(kind_of(entry) == "input" for entry in blocks)
    if kind == "modal" and inputs and "submit" not in view:
        checker.refuse("/view", "missing required field: submit")
    return checker.complaints


def strings_of(thing: object, names: frozenset[str] | None = None) -> Iterator[str]:
    """Every string in blocks; only those under the given field names, if any are given."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            if not isinstance(value, str):
                yield from strings_of(value, names)
            elif names is None or name in names:
                yield value
    elif isinstance(thing, list):
        for value in thing:
            yield from strings_of(value, names)


def total_characters(blocks: object) -> int:
    """The characters of all texts in blocks."""
    return sum(len(text) for text in strings_of(blocks, frozenset({"text", "alt_text", "fallback"})))


@dataclass(frozen=True)
class LiveMarkup:
    """Something in a message that is more than letters.

    ``kind`` is "broadcast", "user", "channel", "usergroup", "link", "date", "special" (another ``<!...>``) or
    "invisible" (a bidirectional control or a character without width); ``value`` is its target (the address of a link
    or of a button, the id of a user), ``label`` what is shown instead. A bare address in mrkdwn, which Slack makes a
    link by itself, has the label None.
    """

    kind: str
    value: str
    label: str | None = None


CONTROL_SEQUENCE = re.compile(r"<([^<>\n]+)>")
BARE_ADDRESS = re.compile(r"(?<![\w/])https?://[^\s<>|]+", re.IGNORECASE)
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def live_markup(message: object) -> list[LiveMarkup]:
    """Every live construct of a message (a Message or a dict with ``text`` and ``blocks``) or of a view.

    Looks into the fallback text and all mrkdwn texts, into the elements of rich text, and for invisible characters
    into every string. plain_text and the text of rich text are only looked at for invisible characters.
    """
    if isinstance(message, dict):
        text, blocks = message.get("text"), message.get("blocks")
    else:
        content = getattr(message, "content", None)
        text, blocks = getattr(message, "text", ""), getattr(message, "blocks", None) or (content or {}).get("blocks")
    text = text if isinstance(text, str) else ""
    found = list(_live_in_mrkdwn(text, False))
    found.extend(_live_in_blocks(blocks))
    for piece in [text, *strings_of(blocks)]:
        found.extend(LiveMarkup("invisible", f"U+{ord(match):04X}") for match in INVISIBLE.findall(piece))
    return found


def _live_in_blocks(thing: object) -> Iterator[LiveMarkup]:
    if isinstance(thing, list):
        for value in thing:
            yield from _live_in_blocks(value)
    elif isinstance(thing, dict):
        kind = kind_of(thing)
        if kind == "mrkdwn":
            yield from _live_in_mrkdwn(str(thing.get("text", "")), thing.get("verbatim") is True)
        elif kind == "user" and "user_id" in thing:
            yield LiveMarkup("user", thing["user_id"])
        elif kind == "channel" and "channel_id" in thing:
            yield LiveMarkup("channel", thing["channel_id"])
        elif kind == "usergroup" and "usergroup_id" in thing:
            yield LiveMarkup("usergroup", thing["usergroup_id"])
        elif kind == "broadcast" and "range" in thing:
            yield LiveMarkup("broadcast", thing["range"])
        elif kind in {"link", "button", "date"} and isinstance(thing.get("url"), str):
            label = thing.get("text", thing.get("fallback", thing["url"]))
            yield LiveMarkup("link", thing["url"], label.get("text") if isinstance(label, dict) else label)
        for value in thing.values():
            if isinstance(value, dict | list):
                yield from _live_in_blocks(value)


def _live_in_mrkdwn(text: str, verbatim: bool) -> Iterator[LiveMarkup]:
    for match in CONTROL_SEQUENCE.finditer(text):
        inside, _, label = match.group(1).partition("|")
        shown = label or None
        if inside.startswith("!subteam^"):
            yield LiveMarkup("usergroup", inside.removeprefix("!subteam^"), shown)
        elif inside.startswith("!date^"):
            yield LiveMarkup("date", inside.removeprefix("!date^"), shown)
        elif inside in {"!here", "!channel", "!everyone"}:
            yield LiveMarkup("broadcast", inside[1:], shown)
        elif inside.startswith("!"):
            yield LiveMarkup("special", inside[1:], shown)
        elif inside.startswith("@"):
            yield LiveMarkup("user", inside[1:], shown)
        elif inside.startswith("#"):
            yield LiveMarkup("channel", inside[1:], shown)
        elif re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", inside):
            yield LiveMarkup("link", inside, shown or inside)
    if not verbatim:
        for match in BARE_ADDRESS.finditer(CONTROL_SEQUENCE.sub(" ", text)):
            yield LiveMarkup("link", match.group(0))
