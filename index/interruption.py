"""Ctrl-C while threads work together.

Python raises KeyboardInterrupt between any two steps of the main thread: also just after it has taken a lock of a
pool or a future and before it has entered the block that gives it back. Whoever else wants that lock waits for ever.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_ctrl_c() -> Iterator[list[FrameType | None]]:
    """Ctrl-C adds to the list, and does what it otherwise does only at the end of the block."""
    before = signal.getsignal(signal.SIGINT)
    pressed: list[FrameType | None] = []
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield pressed  # other threads hear nothing of it, and where it is ignored nobody does
        return
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(frame))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            before(signal.SIGINT, pressed[0])
