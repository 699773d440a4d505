"""Logs of the services: one line an event on standard error, without secrets, and without what people write."""

import json
import logging
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

from bot.chat.tasks import where
from bot.render.visible import visible_line
from bot.settings import LogSettings

HIDDEN = "[secret]"

_TOKEN = re.compile(r"xox[a-z](?:\.xox[a-z])?-[\w.-]+|x(?:app|wfp)-[\w-]+")
# The ticket of a Socket Mode address, and response URLs, with which anybody could listen or reply.
_ADDRESS = re.compile(
    r"(ticket=|(?:\\?/|%2F)(?:commands|actions|services|workflows|link|webhooks|interactions)(?:\\?/|%2F))[^\s'\"<>&)]+"
)
# The verification token of a request: Slack's older way of proving who it is.
_VERIFICATION = re.compile(r"""(token(?:["']\s*:\s*["']|=))[^\s"'&]+""")
_LIBRARIES = ("slack_bolt", "slack_sdk", "discord", "aiohttp", "asyncio", "psycopg")


class SecretsHidden(logging.Formatter):
    """Formats a record on one line, with everything that looks like a secret, or is one of ``secrets``, hidden."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        known = sorted(secrets, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {self.message(record)}"

    def message(self, record: logging.LogRecord) -> str:
        """What happened, on one line. A traceback is many; where an error was raised is enough."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += f" ({where(record.exc_info[1])})"
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern in (_ADDRESS, _VERIFICATION):
            text = pattern.sub(rf"\1{HIDDEN}", text)
        return visible_line(_TOKEN.sub(HIDDEN, text))


class JsonLines(SecretsHidden):
    """The same as JSON Lines: ``time`` (ISO 8601, UTC), ``level``, ``logger`` and ``message``."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"time": time, "level": record.levelname, "logger": record.name, "message": self.message(record)}
        return json.dumps(told, ensure_ascii=False)


def start_logging(settings: LogSettings, secrets: Sequence[str], stream: TextIO | None = None) -> None:
    """Logs to ``stream``, by default standard error. Unless ``settings.texts``, the libraries, which log whole messages
    when they log in detail, tell of warnings and errors only.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter((JsonLines if settings.format == "json" else SecretsHidden)(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _LIBRARIES:
        level = settings.level.upper() if settings.texts else max(logging.WARNING, root.level)
        logging.getLogger(name).setLevel(level)
