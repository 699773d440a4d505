"""The operator that asks of the sources as they were on an earlier day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.as_of import find_as_of, parse_as_of, without_as_of
from index.errors import UsageError

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("is Rosneft listed? as-of:2018-12-31", date(2018, 12, 31), "is Rosneft listed?"),
        ("as-of:2018-12-31 is Rosneft listed?", date(2018, 12, 31), "is Rosneft listed?"),
        ("is Rosneft as-of:2018-12-31 listed?", date(2018, 12, 31), "is Rosneft listed?"),
        ("is Rosneft listed as-of:2018-12-31?", date(2018, 12, 31), "is Rosneft listed"),
        ("was it listed as-of:2019, please", date(2019, 12, 31), "was it listed please"),
        ("listed AS-OF: 2019-02", date(2019, 2, 28), "listed"),
        ("listed --as-of 2020-02", date(2020, 2, 29), "listed"),
        ("listed --as-of=2019-01-01", date(2019, 1, 1), "listed"),
        ("listed as-of:2026-11", TODAY, "listed"),
        ("listed as-of:2026", TODAY, "listed"),
        ("as-of:2019", date(2019, 12, 31), ""),
    ],
)
def test_the_operator_gives_the_last_day_and_is_taken_out(text: str, day: date, rest: str) -> None:
    assert find_as_of(text, TODAY) == day
    assert without_as_of(text) == rest


@pytest.mark.parametrize("text", ["listed as of 2019?", "as-of", "has-of:2019", "the--as-of 2019", "x  y", ""])
def test_other_words_are_left_as_they_are(text: str) -> None:
    assert find_as_of(text, TODAY) is None
    assert without_as_of(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("as-of:yesterday", "yesterday is not a date as in 2017, 2017-05 or 2017-05-31."),
        ("as-of:2018-13", "2018-13 is not a date as in 2017, 2017-05 or 2017-05-31."),
        ("as-of:", " is not a date as in 2017, 2017-05 or 2017-05-31."),
        ("as-of:2027", "2027 lies in the future; as-of takes a day that has been."),
        ("as-of:2026-11-27", "2026-11-27 lies in the future; as-of takes a day that has been."),
        ("as-of:2018 as-of:2019", "A question is asked as of one day; as-of: stands in it twice."),
    ],
)
def test_what_is_no_day_that_has_been_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        find_as_of(text, TODAY)
    assert refused.value.user_message == message


@given(st.dates(date(1000, 1, 1), TODAY))
def test_every_day_until_today_can_be_asked_of(day: date) -> None:
    assert parse_as_of(day.isoformat(), TODAY) == day
    assert find_as_of(f"who as-of:{day}?", TODAY) == day


@given(st.text(max_size=80))
def test_any_text_gives_a_day_none_or_a_refusal(text: str) -> None:
    try:
        found = find_as_of(text, TODAY)
    except UsageError:
        return
    assert found is None or found <= TODAY
