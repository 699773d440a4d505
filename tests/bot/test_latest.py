"""The latest day that a text tells of."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.latest import Day, latest_day

TODAY = date(1950, 6, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("It closed on May 4, 1911.", (1911, 5, 4)),
        ("It closed on 4 May 1911, and opened in 1920.", (1920, 0, 0)),
        ("It closed in May 1911, not in 1911.", (1911, 5, 0)),
        ("It closed on 1911-05-04.", (1911, 5, 4)),
        ("It closed in 1911-05.", (1911, 5, 0)),
        ("It closed in 1911 and will open in 1960.", (1911, 0, 0)),
        ("It will open on June 2, 1950.", None),
        ("It opened on June 1, 1950.", (1950, 6, 1)),
        ("It cost 1,911 crowns, or 1911.5 or 1911,500, in A1911.", None),
        ("Between 1911–1920 it was closed.", (1920, 0, 0)),
        ("It closed.", None),
    ],
)
def test_the_latest_day_that_is_not_to_come(text: str, day: Day | None) -> None:
    assert latest_day(text, TODAY) == day


@given(st.text() | st.from_regex(r"\A(?:\d{1,4}[-, ]|May |June ){0,8}\Z"))
def test_any_text(text: str) -> None:
    day = latest_day(text, TODAY)
    assert day is None or (1500, 0, 0) <= day <= (1950, 6, 1)
