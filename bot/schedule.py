"""Which sources are to be read again, and when the next one will be."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from index.manifest import SourceEntry


def due(entries: Sequence[SourceEntry], last_synced: Mapping[str, datetime], now: datetime) -> tuple[str, ...]:
    """Names of the enabled sources whose interval has passed, in the order of the entries.

    ``last_synced`` says by name when a source was last read, or tried; both it and ``now`` are aware of their time
    zones. A source that was never read is due, and one that was read after ``now``: a clock was wrong then. A source
    without an interval is never due: it is read when somebody asks.
    """
    return tuple(name for name, seconds in _waits(entries, last_synced, now) if seconds <= 0)


def seconds_until_next(
    entries: Sequence[SourceEntry], last_synced: Mapping[str, datetime], now: datetime
) -> float | None:
    """Seconds until a source is due, 0 if one is already; None if none ever will be."""
    return min((max(seconds, 0.0) for _, seconds in _waits(entries, last_synced, now)), default=None)


def _waits(
    entries: Sequence[SourceEntry], last_synced: Mapping[str, datetime], now: datetime
) -> Iterator[tuple[str, float]]:
    """(name, seconds until it is due) of every source that is read by itself."""
    for entry in entries:
        interval = entry.every_seconds
        if not entry.enabled or interval is None:
            continue
        last = last_synced.get(entry.name)
        # By UTC: two times of one zone are otherwise subtracted by the clock on the wall, an hour off in spring.
        elapsed = None if last is None else (now.astimezone(UTC) - last.astimezone(UTC)).total_seconds()
        yield entry.name, 0.0 if elapsed is None or elapsed < 0 else interval - elapsed
