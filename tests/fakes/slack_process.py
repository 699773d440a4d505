"""``legation slack`` as a process of its own, connected to the local Slack, for tests to talk to as users do."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal

from tests.fakes.slack import Message, SlackServer

Mode = Literal["socket", "http"]

_LISTENING = re.compile(r"Listening for Slack on 127\.0\.0\.1, port (\d+), at (/\S*)\.")
ROOT = Path(__file__).resolve().parents[2]


class SlackProcess:
    """Started and connected on entering, stopped by SIGTERM on leaving unless it has ended by then.

    ``settings`` are further environment variables, without their LEGATION_. ``log`` is what it has written so far.
    """

    def __init__(self, server: SlackServer, home: Path, models: Path, mode: Mode = "socket", **settings: str) -> None:
        self.server, self.mode = server, mode
        self._folder = home.parent  # not the checkout, where a developer may have a .env
        ours = {
            "HOME": str(home), "MODEL_CACHE": str(models), "SLACK__MODE": mode, "SLACK__API_URL": server.base_url,
            "SLACK__BOT_TOKEN": server.bot_token, "SLACK__APP_TOKEN": server.app_token,
            "SLACK__SIGNING_SECRET": server.signing_secret, "SLACK__PORT": "0",
        }  # fmt: skip
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
        self.environment |= {f"LEGATION_{name}": value for name, value in (ours | settings).items()}
        self.environment["PYTHONPATH"] = str(ROOT)
        self._lines: list[str] = []
        self._changed = threading.Condition()

    def __enter__(self) -> "SlackProcess":
        self.start()
        self.connected()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM if kind is None else signal.SIGKILL)
        self.process.wait(40)
        self._reader.join(10)

    def start(self) -> None:
        """Only starts it; whether it gets anywhere is for the test to see."""
        command = [sys.executable, "-m", "bot", "slack"]
        self.process = subprocess.Popen(
            command, cwd=self._folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def connected(self) -> None:
        """Waits until Slack can deliver to it."""
        if self.mode == "http":
            found = self.says(_LISTENING.pattern)
            self.server.deliver_to(f"http://127.0.0.1:{found[1]}{found[2]}")
        else:
            self.says("Connected to Slack by a socket")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(40)
        self._reader.join(10)
        return code

    def ends(self) -> int:
        """The exit code, when it ends by itself."""
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    def says(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Waits for a line of the log, the ``times``-th of its kind."""
        found: list[re.Match[str]] = []

        def there() -> bool:
            found[:] = [match for line in self._lines if (match := re.search(pattern, line))]
            return len(found) >= times or self.process.poll() is not None

        with self._changed:
            self._changed.wait_for(there, 60)
            there()
        assert len(found) >= times, f"no {pattern!r} in:\n{self.log}"
        return found[times - 1]

    @property
    def log(self) -> str:
        with self._changed:
            return "".join(self._lines)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        self.process.stderr.close()
        with self._changed:
            self._changed.notify_all()


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
