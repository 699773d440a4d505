"""When sources are to be read again."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import due, seconds_until_next
from index.errors import SettingsError
from index.manifest import SourceEntry

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


def entry(name: str, every: str | None = "1h", enabled: bool = True) -> SourceEntry:
    return SourceEntry(name, f"/{name}", every=every, enabled=enabled)


def ago(**since: float) -> datetime:
    return NOW - timedelta(**since)


@pytest.mark.parametrize(
    ("last", "names", "wait"),
    [
        (None, ("a",), 0.0),
        (ago(hours=2), ("a",), 0.0),
        (ago(hours=1), ("a",), 0.0),
        (ago(minutes=59, seconds=59.5), (), 0.5),
        (ago(minutes=45), (), 900.0),
        (NOW, (), 3600.0),
        (ago(seconds=-1), ("a",), 0.0),
        (ago(days=-400), ("a",), 0.0),
    ],
)
def test_a_source_is_due_when_its_interval_has_passed(
    last: datetime | None, names: tuple[str, ...], wait: float
) -> None:
    known = {} if last is None else {"a": last}
    assert due([entry("a")], known, NOW) == names
    assert seconds_until_next([entry("a")], known, NOW) == wait


def test_sources_that_are_disabled_or_read_on_demand_are_never_due() -> None:
    entries = [entry("off", enabled=False), entry("on demand", every=None)]
    for known in ({}, {"off": ago(days=9), "on demand": ago(days=9)}):
        assert due(entries, known, NOW) == ()
        assert seconds_until_next(entries, known, NOW) is None
    assert due([], {}, NOW) == ()
    assert seconds_until_next([], {}, NOW) is None


def test_the_order_is_that_of_the_manifest_and_the_wait_that_of_the_soonest() -> None:
    entries = [entry("z", "1d"), entry("m", "15m"), entry("a", "6h"), entry("new", "7d")]
    known = {"z": ago(days=1), "m": ago(minutes=5), "a": ago(hours=7), "gone": ago(days=3)}
    assert due(entries, known, NOW) == ("z", "a", "new")
    assert seconds_until_next(entries, known, NOW) == 0.0
    known |= {"z": ago(hours=1), "a": ago(hours=1), "new": NOW}
    assert due(entries, known, NOW) == ()
    assert seconds_until_next(entries, known, NOW) == 600.0


def test_clocks_of_other_zones_and_summer_time() -> None:
    last = ago(minutes=30).astimezone(timezone(timedelta(hours=-9)))
    assert seconds_until_next([entry("a")], {"a": last}, NOW.astimezone(timezone(timedelta(hours=5)))) == 1800.0
    vienna = ZoneInfo("Europe/Vienna")
    # In the night of 29 March 2026 the clock goes from two to three: half an hour lies between these.
    before, after = datetime(2026, 3, 29, 1, 45, tzinfo=vienna), datetime(2026, 3, 29, 3, 15, tzinfo=vienna)
    assert due([entry("a")], {"a": before}, after) == ()
    assert seconds_until_next([entry("a")], {"a": before}, after) == 1800.0


def test_an_interval_that_is_none_is_an_error() -> None:
    with pytest.raises(SettingsError, match="every is no interval"):
        due([entry("a", "often")], {}, NOW)


@given(st.integers(5, 10_000), st.integers(0, 2_000_000))
def test_what_is_not_due_is_due_after_the_wait(minutes: int, seconds: int) -> None:
    entries, known = [entry("a", f"{minutes}m")], {"a": ago(seconds=seconds)}
    wait = seconds_until_next(entries, known, NOW)
    assert wait == max(0, 60 * minutes - seconds)
    assert due(entries, known, NOW) == (("a",) if wait == 0 else ())
    assert due(entries, known, NOW + timedelta(seconds=wait)) == ("a",)
