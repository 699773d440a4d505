"""While a service runs, sources are read again when their interval has passed.

In a process of its own, so that its memory goes back when it is done, and whatever becomes of it, questions are
answered on. The service sees the new index by itself: every answer looks which one is current.
"""

import asyncio
import json
import logging
import sys
from contextlib import suppress
from typing import Any

from bot.assemble import Legation
from bot.sources import seconds_until_due
from index.errors import LegationError

LOOK_SECONDS = 60.0
"""At least as often the manifest is looked at: somebody may have edited it."""

_log = logging.getLogger(__name__)


async def refresh(legation: Legation) -> None:
    """Syncs what is due, until it is cancelled; then it waits for a sync that is under way to end."""
    while True:
        try:
            wait = await asyncio.to_thread(seconds_until_due, legation)
            if wait == 0:
                await sync_due(legation)
        except LegationError as error:
            _log.warning("Sources cannot be read again: %s", error.user_message)
            wait = None
        except OSError as error:  # no process can be started
            _log.warning("Sources cannot be read again: %s", error.strerror or error)
            wait = None
        await asyncio.sleep(LOOK_SECONDS if not wait else min(wait, LOOK_SECONDS))


async def sync_due(legation: Legation) -> None:
    """Runs ``legation sync --due`` and logs what came of it."""
    command = (sys.executable, "-m", "bot", "sync", "--due", "--json", "--home", str(legation.home.path))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):  # it ended just now
            process.terminate()
        await process.wait()
        raise
    _tell(output, process.returncode)


def _tell(output: bytes, code: int | None) -> None:
    try:
        report = json.loads(output)
        if code == 0:
            _tell_of(report)
            return
        error = report["error"]["message"]
    except (ValueError, TypeError, KeyError):  # it was ended, or could not even say what failed
        error = f"the process ended with {code}"
    _log.warning("Sources were not read again: %s", error)


def _tell_of(report: Any) -> None:
    _log.info(
        "Sources read again: %d documents added, %d changed, %d removed.",
        report["added"], report["changed"], report["removed"],
    )  # fmt: skip
    for skipped in report["skipped"]:
        _log.warning("Skipped %s: %s", skipped["name"], skipped["reason"])
