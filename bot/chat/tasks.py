"""Work that goes on beside a listener: kept alive, its errors told, waited for at the end."""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from index.errors import LegationError

_log = logging.getLogger(__name__)


class Tasks:
    """The work under way. For one event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs ``work`` from now on; asyncio itself would let go of a task that nobody refers to."""
        task = asyncio.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def include(self) -> None:
        """What runs now, a task of somebody else's, is work under way, too."""
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> int:
        """Waits for what is under way, and returns how much of it was not done in time and is dropped."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)  # what was started just now begins
        end = loop.time() + seconds
        while self._tasks and (left := end - loop.time()) > 0:  # work may start more work
            await asyncio.wait(set(self._tasks), timeout=left)
        pending = set(self._tasks)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return len(pending)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except LegationError as error:
        _log.error("%s", error.user_message)
    except Exception as error:  # nobody awaits a task: what it raises must be told here
        _log.error("Something went wrong inside Legation: %s.", where(error))


def where(error: BaseException) -> str:
    """The kind of an error and the place that raised it, for a log: its words may hold what somebody wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
    return f"{type(error).__name__} at {place}"
