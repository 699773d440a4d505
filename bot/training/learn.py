"""Starts the process that trains, and hears how far it is."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.training.example import Example, write_examples
from index.errors import ModelError, StorageError
from index.types import Progress

EPOCHS = 3
SEED = 7


def learn(
    start: Path,
    examples: Sequence[Example],
    work: Path,
    target: Path,
    tell: Callable[[Progress], None],
    epochs: int = EPOCHS,
    seed: int = SEED,
) -> None:
    """Trains the reader in the folder ``start`` on the examples, and writes what comes out into the new folder
    ``target``. ``work`` is an empty folder; what is left in it has no further use. Interrupted, it stops the process.

    Raises ModelError if ``start`` cannot be trained further, or the training fails; StorageError.
    """
    try:
        write_examples(examples, work / "examples.jsonl")
        with (work / "messages.txt").open("wb") as messages:
            process = subprocess.Popen(
                _command(start, work, target, epochs, seed),
                stdout=subprocess.PIPE, stderr=messages, encoding="utf-8", env=_environment(),
            )  # fmt: skip
            result = _followed(process, tell)
        said = (work / "messages.txt").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StorageError(f"The training cannot go on: {error.strerror}.") from error
    if "error" in result:
        raise (StorageError if result["storage"] else ModelError)(result["error"])
    if "folder" not in result:
        raise ModelError(f"The training failed: {_reason(process.returncode, said)}")


def _command(start: Path, work: Path, target: Path, epochs: int, seed: int) -> list[str]:
    paths = (start, work / "examples.jsonl", work, target)
    return [sys.executable, "-P", "-m", "bot.training", *map(str, paths), str(epochs), str(seed)]


def _environment() -> dict[str, str]:
    # -P keeps the working directory off the path; the packages' own folder is named instead.
    own = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(each for each in (own, os.environ.get("PYTHONPATH")) if each)
    return os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def _followed(process: subprocess.Popen[str], tell: Callable[[Progress], None]) -> dict[str, Any]:
    """The last object that the process printed, after its end."""
    last: dict[str, Any] = {}
    try:
        for line in process.stdout or ():
            said = _object(line)
            if "total" in said:
                tell(Progress("train", said["done"], said["total"]))
            last = said or last
    finally:
        if process.poll() is None and sys.exc_info()[0] is not None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    return last


def _object(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}  # what a library prints
    return said if isinstance(said, dict) else {}


def _reason(code: int, messages: str) -> str:
    if code < 0:
        return f"it was stopped by signal {-code}."
    lines = messages.strip().splitlines()
    return lines[-1] if lines else f"it ended with status {code}."
