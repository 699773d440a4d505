"""``legation slack`` as a process of its own, connected to the local Slack, for tests to talk to as users do."""

import re
from pathlib import Path
from typing import Literal

from tests.fakes.service_process import ServiceProcess
from tests.fakes.slack import Message, SlackServer

Mode = Literal["socket", "http"]

_LISTENING = re.compile(r"Listening for Slack on 127\.0\.0\.1, port (\d+), at (/\S*)\.")


class SlackProcess(ServiceProcess):
    """Started and connected on entering; ``settings`` are further environment variables, without their LEGATION_."""

    command = "slack"

    def __init__(self, server: SlackServer, home: Path, models: Path, mode: Mode = "socket", **settings: str) -> None:
        self.server, self.mode = server, mode
        ours = {
            "SLACK__MODE": mode, "SLACK__API_URL": server.base_url, "SLACK__PORT": "0",
            "SLACK__BOT_TOKEN": server.bot_token, "SLACK__APP_TOKEN": server.app_token,
            "SLACK__SIGNING_SECRET": server.signing_secret,
        }  # fmt: skip
        super().__init__(home, models, ours | settings)

    def connected(self) -> None:
        """Waits until Slack can deliver to it."""
        if self.mode == "http":
            found = self.says(_LISTENING.pattern)
            self.server.deliver_to(f"http://127.0.0.1:{found[1]}{found[2]}")
        else:
            self.says("Connected to Slack by a socket")


def words(message: Message | dict[str, object]) -> str:
    """All that a message or a view shows, in order."""
    content = message.blocks if isinstance(message, Message) else message

    def shown(value: object) -> str:
        if isinstance(value, dict):
            texts = (each if name == "text" and isinstance(each, str) else shown(each) for name, each in value.items())
            return "".join(texts)
        return "".join(map(shown, value)) if isinstance(value, list | tuple) else ""

    return shown(content)


def quotes(message: Message) -> list[str]:
    """The quotes of a message without their quotation marks, in order."""
    quoted = [
        "".join(each["text"] for each in element["elements"])
        for block in message.blocks
        if block["type"] == "rich_text"
        for element in block["elements"]
        if element["type"] == "rich_text_quote"
    ]
    return [text.removeprefix("“").removesuffix(" …").removesuffix("”") for text in quoted]
