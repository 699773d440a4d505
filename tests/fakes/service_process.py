"""A service of Legation as a process of its own, for tests to talk to."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds: who takes longer to start, to say something or to end hangs, also on a machine that is busy."""


class ServiceProcess:
    """Started and connected on entering, stopped by SIGTERM on leaving unless it has ended by then.

    ``command`` is what is run, of the program ``module``. ``settings`` are environment variables without their
    LEGATION_. ``log`` is what it has written so far.
    """

    module = "bot"
    command = ""

    def __init__(self, home: Path, models: Path, settings: Mapping[str, str]) -> None:
        self._folder = home.parent  # not the checkout, where a developer may have a .env
        ours = {"HOME": str(home), "MODEL_CACHE": str(models)} | dict(settings)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
        self.environment |= {f"LEGATION_{name}": value for name, value in ours.items()}
        self.environment["PYTHONPATH"] = str(ROOT)
        self._lines: list[str] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        if not hasattr(self, "process"):
            self.start()
        self.connected()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM if kind is None else signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def start(self) -> None:
        """Only starts it; whether it gets anywhere is for the test to see."""
        command = [sys.executable, "-m", self.module, self.command]
        self.process = subprocess.Popen(
            command, cwd=self._folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def connected(self) -> None:
        """Waits until the platform can deliver to it."""
        raise NotImplementedError

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def ends(self) -> int:
        """The exit code, when it ends by itself."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def says(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Waits for a line of the log, the ``times``-th of its kind."""
        found: list[re.Match[str]] = []

        def there() -> bool:
            found[:] = [match for line in self._lines if (match := re.search(pattern, line))]
            return len(found) >= times or self.process.poll() is not None

        with self._changed:
            self._changed.wait_for(there, PATIENCE)
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
