"""A local Slack for tests, which refuses what Slack refuses: the Web API, Socket Mode, and events over HTTP."""

from tests.fakes.slack.blocks import LiveMarkup, check_blocks, check_view, live_markup, total_characters
from tests.fakes.slack.delivery import Attempt, Delivery, Handle
from tests.fakes.slack.server import SlackServer
from tests.fakes.slack.workspace import ALL_SCOPES, ApiCall, Channel, Message, Status, SuggestedPrompts, User, View

__all__ = [
    "ALL_SCOPES",
    "ApiCall",
    "Attempt",
    "Channel",
    "Delivery",
    "Handle",
    "LiveMarkup",
    "Message",
    "SlackServer",
    "Status",
    "SuggestedPrompts",
    "User",
    "View",
    "check_blocks",
    "check_view",
    "live_markup",
    "total_characters",
]
