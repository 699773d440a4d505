"""Logs of the services: one line an event on standard error, without secrets, and without what people write."""

import logging
import re
import sys
from collections.abc import Sequence
from copy import copy
from typing import TextIO

from bot.chat.tasks import where
from bot.render.visible import visible_line

HIDDEN = "[secret]"

_TOKEN = re.compile(r"xox[a-z](?:\.xox[a-z])?-[\w.-]+|x(?:app|wfp)-[\w-]+")
# The ticket of a Socket Mode address, and response URLs, with which anybody could listen or reply.
_ADDRESS = re.compile(r"(ticket=|(?:\\?/|%2F)(?:commands|actions|services|workflows|link)(?:\\?/|%2F))[^\s'\"<>&)]+")
# The verification token of a request: Slack's older way of proving who it is.
_VERIFICATION = re.compile(r"""(token(?:["']\s*:\s*["']|=))[^\s"'&]+""")
_LIBRARIES = ("slack_bolt", "slack_sdk", "discord", "aiohttp", "asyncio")


class SecretsHidden(logging.Formatter):
    """Formats a record on one line, with everything that looks like a secret, or is one of ``secrets``, hidden."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        known = sorted(secrets, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def format(self, record: logging.LogRecord) -> str:
        raised = record.exc_info[1] if record.exc_info else None
        record = copy(record)
        record.exc_info = record.exc_text = None  # a traceback is many lines; where it was raised is enough
        text = super().format(record)
        if raised is not None:
            text += f" ({where(raised)})"
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern in (_ADDRESS, _VERIFICATION):
            text = pattern.sub(rf"\1{HIDDEN}", text)
        return visible_line(_TOKEN.sub(HIDDEN, text))


def start_logging(level: str, texts: bool, secrets: Sequence[str], stream: TextIO | None = None) -> None:
    """Logs to ``stream``, by default standard error. Unless ``texts``, the libraries, which log whole messages when
    they log in detail, tell of warnings and errors only.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(SecretsHidden(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(level.upper() if texts else max(logging.WARNING, root.level))
