"""Payloads as Slack sends them: events, slash commands, interactions. Shapes are those of Slack's reference."""

import copy
import re
import secrets
import uuid
from typing import Any

from tests.fakes.slack.workspace import Channel, Message, View, Workspace, random_id

Payload = dict[str, Any]
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def event_callback(space: Workspace, event: Payload) -> Payload:
    """The outside of an Events API payload, with a new event_id."""
    return {
        "token": space.verification_token,
        "team_id": space.team_id,
        "context_team_id": space.team_id,
        "context_enterprise_id": None,
        "api_app_id": space.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": random_id("Ev"),
        "event_time": int(space.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": space.team_id,
                "user_id": space.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(40)}",
    }


def rich_text_of(text: str) -> list[Payload]:
    """The block that Slack's composer makes of what a user writes."""
    pieces: list[Payload] = []
    end = 0
    for match in MENTION.finditer(text):
        if match.start() > end:
            pieces.append({"type": "text", "text": plain(text[end : match.start()])})
        pieces.append({"type": "user", "user_id": match.group(1)})
        end = match.end()
    if end < len(text):
        pieces.append({"type": "text", "text": plain(text[end:])})
    section = {"type": "rich_text_section", "elements": pieces}
    return [{"type": "rich_text", "block_id": secrets.token_hex(2), "elements": [section]}]


def plain(text: str) -> str:
    """Text without the three escapes of Slack's markup."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def message_event(space: Workspace, channel: Channel, message: Message) -> Payload:
    """The ``message`` event of a message that a user wrote."""
    event: Payload = {
        "user": message.user,
        "type": "message",
        "ts": message.ts,
        "client_msg_id": str(uuid.uuid4()),
        "text": message.text,
        "team": space.team_id,
        "blocks": copy.deepcopy(message.blocks),
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel.channel_type,
    }
    if message.thread_ts is not None:
        event |= {"thread_ts": message.thread_ts, "parent_user_id": parent_user(space, message)}
    return event


def parent_user(space: Workspace, message: Message) -> str | None:
    """Who began the thread of a message."""
    parent = space.message(message.channel, message.thread_ts or "")
    return parent.user if parent is not None else None


def mention_event(space: Workspace, channel: Channel, message: Message) -> Payload:
    """The ``app_mention`` event of a message."""
    event = message_event(space, channel, message) | {"type": "app_mention"}
    del event["channel_type"]
    return event


def changed_event(space: Workspace, channel: Channel, message: Message, before: Payload) -> Payload:
    """The ``message`` event that says that a message was edited."""
    ts = space.next_ts()
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": space.message_payload(message) | {"edited": {"user": message.user, "ts": ts}},
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.channel_type,
    }


def deleted_event(space: Workspace, channel: Channel, message: Message) -> Payload:
    """The ``message`` event that says that a message was deleted."""
    ts = space.next_ts()
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": space.message_payload(message),
        "channel": channel.id,
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": ts,
        "event_ts": ts,
        "channel_type": channel.channel_type,
    }


def home_event(space: Workspace, user: str, tab: str) -> Payload:
    """``app_home_opened``; the home tab tells what it shows, the messages tab does not."""
    event: Payload = {
        "type": "app_home_opened",
        "user": user,
        "channel": space.direct_channel(user).id,
        "tab": tab,
        "event_ts": space.next_ts(),
    }
    if tab == "home" and user in space.home_views:
        event["view"] = space.view_payload(space.home_views[user])
    return event


def command(space: Workspace, user: str, channel: Channel, name: str, text: str, response_url: str) -> Payload:
    """A slash command."""
    return {
        "token": space.verification_token,
        "team_id": space.team_id,
        "team_domain": "example",
        "channel_id": channel.id,
        "channel_name": {"public": channel.name, "private": "privategroup", "im": "directmessage"}[channel.kind],
        "user_id": user,
        "user_name": space.users[user].name,
        "command": name,
        "text": text,
        "api_app_id": space.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": space.new_trigger(user),
    }


def interaction(space: Workspace, kind: str, user: str, view_id: str | None = None) -> Payload:
    """What all interactions have."""
    person = space.users[user]
    return {
        "type": kind,
        "user": {"id": user, "username": person.name, "name": person.name, "team_id": space.team_id},
        "api_app_id": space.app_id,
        "token": space.verification_token,
        "trigger_id": space.new_trigger(user, view_id),
        "team": {"id": space.team_id, "domain": "example"},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_of(channel: Channel) -> Payload:
    """A channel as interactions show it."""
    name = {"public": channel.name, "private": "privategroup", "im": "directmessage"}[channel.kind]
    return {"id": channel.id, "name": name}


def find_element(blocks: list[Payload], action_id: str) -> tuple[Payload, Payload]:
    """The element of an action_id, and its block. Raises AssertionError if no block shows it."""
    for block in blocks:
        places = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in places:
            if isinstance(element, dict) and element.get("action_id") == action_id:
                return element, block
    raise AssertionError(f"nothing to click with action_id {action_id} in {blocks}")


def chosen(element: Payload, value: str | None) -> Payload:
    """What an element says when a user has chosen ``value`` in it."""
    kind = element["type"]
    if kind in {"static_select", "radio_buttons", "overflow"}:
        return {"selected_option": option_of(element, value)}
    if kind in {"checkboxes", "multi_static_select"}:
        wanted = [entry for entry in (value or "").split(",") if entry]
        return {"selected_options": [option_of(element, entry) for entry in wanted]}
    name = {
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "users_select": "selected_user",
        "conversations_select": "selected_conversation",
        "channels_select": "selected_channel",
    }.get(kind, "value")
    return {name: value}


def option_of(element: Payload, value: str | None) -> Payload | None:
    """The option with a value. Raises AssertionError if the menu does not offer it."""
    if value is None:
        return None
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(entry for group in groups for entry in group["options"])]
    for entry in offered:
        if entry["value"] == value:
            return dict(entry)
    raise AssertionError(f"{element.get('action_id')} does not offer {value}, only {[o['value'] for o in offered]}")


def action_of(space: Workspace, element: Payload, block: Payload, value: str | None) -> Payload:
    """One entry of ``actions`` in block_actions."""
    kind = element["type"]
    action: Payload = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": space.next_ts(),
    }
    if kind == "feedback_buttons":
        buttons = [element["positive_button"], element["negative_button"]]
        pressed = [button for button in buttons if value in {button["value"], button["text"]["text"]}]
        if len(pressed) != 1:
            raise AssertionError(f"{value} is neither of {[button['value'] for button in buttons]}")
        return action | {"text": pressed[0]["text"], "value": pressed[0]["value"]}
    if kind in {"button", "icon_button"}:
        if value is not None and value != element.get("value"):
            raise AssertionError(f"the button's value is {element.get('value')}, not {value}")
        action["text"] = element["text"]
        return action | ({"value": element["value"]} if "value" in element else {})
    return action | chosen(element, value)


def click_in_message(space: Workspace, user: str, message: Message, action: Payload, response_url: str) -> Payload:
    """block_actions of an element in a message; that of an ephemeral message does not contain the message."""
    channel = space.channels[message.channel]
    ephemeral = message.ephemeral_to is not None
    container: Payload = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    payload = interaction(space, "block_actions", user) | {
        "container": container,
        "channel": channel_of(channel),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
    if not ephemeral:
        payload["message"] = space.message_payload(message)
    return payload


def click_in_view(space: Workspace, user: str, view: View, action: Payload) -> Payload:
    """block_actions of an element in a modal or home view."""
    return interaction(space, "block_actions", user, view.id) | {
        "container": {"type": "view", "view_id": view.id},
        "view": space.view_payload(view),
        "actions": [action],
    }


def submission(space: Workspace, user: str, view: View, values: dict[str, str | None]) -> Payload:
    """view_submission. Raises AssertionError where Slack's client would not have let the user submit."""
    content = space.view_payload(view)
    known = {block["block_id"] for block in content["blocks"] if block["type"] == "input"}
    if not set(values) <= known:
        raise AssertionError(f"no input blocks named {sorted(set(values) - known)}, only {sorted(known)}")
    state: dict[str, Payload] = {}
    for block in content["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = values.get(block["block_id"], initial_value(element))
        check_input(block, value)
        state[block["block_id"]] = {
            element.get("action_id", "action"): {"type": element["type"], **chosen(element, value)}
        }
    content["state"] = {"values": state}
    return interaction(space, "view_submission", user, view.id) | {"view": content, "response_urls": []}


def initial_value(element: Payload) -> str | None:
    """What an input holds when the user has not touched it."""
    for name in ("initial_value", "initial_date", "initial_time", "initial_user", "initial_conversation"):
        if name in element:
            return str(element[name])
    if "initial_option" in element:
        return str(element["initial_option"]["value"])
    if "initial_options" in element:
        return ",".join(entry["value"] for entry in element["initial_options"])
    return None


def check_input(block: Payload, value: str | None) -> None:
    """Raises AssertionError if Slack's client would mark the input as wrong."""
    element = block["element"]
    if not value:
        if not block.get("optional"):
            raise AssertionError(f"{block['block_id']} must be filled in")
    elif element["type"] == "plain_text_input":
        shortest, longest = element.get("min_length", 0), element.get("max_length", 3000)
        if not shortest <= len(value) <= longest:
            raise AssertionError(f"{block['block_id']} takes {shortest} to {longest} characters, not {len(value)}")


def message_shortcut(space: Workspace, user: str, message: Message, callback_id: str, response_url: str) -> Payload:
    """message_action."""
    return interaction(space, "message_action", user) | {
        "action_ts": space.next_ts(),
        "channel": channel_of(space.channels[message.channel]),
        "callback_id": callback_id,
        "response_url": response_url,
        "message_ts": message.ts,
        "message": space.message_payload(message),
    }
