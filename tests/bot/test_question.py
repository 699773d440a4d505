"""What is typed, to what is searched."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.question import clean, has_words, make_question
from index.errors import UsageError
from index.types import Filter


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  When was it\n\tclosed? ", "When was it closed?"),
        ("a\x00b\ud800c\x1b[31m", "abc[31m"),
        ("متى أغلقت السفارة؟", "متى أغلقت السفارة؟"),
        ("👩‍👩‍👧 embassy", "👩‍👩‍👧 embassy"),
        ('title:foo AND (bar OR "baz', 'title:foo AND (bar OR "baz'),
    ],
)
def test_cleaning_keeps_text_and_drops_what_is_none(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned


@given(st.text())
def test_cleaning_is_idempotent_and_always_encodable(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode()


@pytest.mark.parametrize("nothing", ["", "   ", "\x00\x07", "\ud800", "\n\n"])
def test_an_empty_question_is_refused(nothing: str) -> None:
    with pytest.raises(UsageError, match=r"^The question is empty\.$"):
        make_question(nothing)


def test_length_is_limited_after_cleaning() -> None:
    assert len(make_question("a" * 10_000 + " " * 500).text) == 10_000
    with pytest.raises(UsageError, match="has 10001 characters; at most 10000"):
        make_question("a" * 10_001)


def test_dates_must_be_in_order() -> None:
    day, before = date(2020, 1, 2), date(2020, 1, 1)
    assert make_question("q", since=before, until=day).filter == Filter((), before, day)
    with pytest.raises(UsageError, match="since 2020-01-02 is after until 2020-01-01"):
        make_question("q", since=day, until=before)


def test_words_are_letters_or_digits_of_any_script() -> None:
    assert [has_words(text) for text in ("???", "🙂", "§", "制裁", "§ 9")] == [
        False,
        False,
        False,
        True,
        True,
    ]
