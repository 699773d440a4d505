"""The threshold that is chosen, and the file it is written into."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.calibration import Goal, Scored, choose, fit, make_goal, platt, reservation
from bot.evaluation.files import check_threshold, threshold_line, with_threshold, write_threshold
from index.errors import SettingsError, StorageError, UsageError

SCORED = st.builds(Scored, st.none() | st.floats(0, 1), st.booleans(), st.booleans())

TEN = [Scored(tenth / 10, True, tenth > 3) for tenth in range(1, 11)]
"""Answerable, with 0.1, 0.2 … 1; from 0.4 on answered rightly."""

OFF_TOPIC = [Scored(0.12, False, False), Scored(0.34, False, False), Scored(None, False, False)]


def test_the_default_goal() -> None:
    assert make_goal(None, None) == Goal(0.05, None)
    assert make_goal(None, 0.8) == Goal(None, 0.8)
    assert make_goal(0.1, 0.8) == Goal(0.1, 0.8)


def test_the_highest_threshold_that_refuses_no_more_than_allowed() -> None:
    chosen = choose([*TEN, *OFF_TOPIC], Goal(0.2, None))
    # 0.1 and 0.2 may be refused, so 0.3 must not be; of thirteen questions nine are answered: the
    # answerable ones from 0.3 on, of which one is not right, and the off-topic one with 0.34.
    assert (chosen.refuse_below, chosen.refused, chosen.answered) == (0.3, pytest.approx(0.2), pytest.approx(9 / 13))
    assert chosen.right == pytest.approx(7 / 9)
    assert choose([*TEN, *OFF_TOPIC], Goal(0.0, None)).refuse_below == 0.1


def test_the_lowest_threshold_at_which_enough_is_right() -> None:
    chosen = choose([*TEN, *OFF_TOPIC], Goal(None, 1.0))
    assert (chosen.refuse_below, chosen.right, chosen.answered) == (0.35, 1.0, pytest.approx(7 / 13))
    # From 0.21 on nine questions are answered, seven of them rightly.
    assert choose([*TEN, *OFF_TOPIC], Goal(None, 7 / 9)).refuse_below == 0.21


def test_both_goals_at_once() -> None:
    assert choose([*TEN, *OFF_TOPIC], Goal(0.5, 0.9)).refuse_below == 0.6
    with pytest.raises(UsageError, match="No threshold reaches this goal"):
        choose([*TEN, *OFF_TOPIC], Goal(0.1, 1.0))


def test_without_answerable_questions_nothing_can_be_chosen() -> None:
    with pytest.raises(UsageError, match="no answerable question"):
        choose(OFF_TOPIC, Goal(0.05, None))
    with pytest.raises(UsageError, match="no answerable question"):
        choose([], Goal(0.05, None))


def test_few_questions_are_told_of_and_set_nothing() -> None:
    assert reservation(10, write=True) is None
    assert reservation(9, write=False) == (
        "Of 10 answerable questions that a threshold should be chosen from, there are 9; it says little."
    )
    with pytest.raises(UsageError, match="there are 9; it is not written"):
        reservation(9, write=True)
    with pytest.raises(UsageError, match="no answerable question"):
        reservation(0, write=False)


def test_what_cannot_be_answered_is_refused_at_every_threshold() -> None:
    chosen = choose([Scored(0.0, True, True), Scored(None, False, False)], Goal(0.0, None))
    assert (chosen.refuse_below, chosen.answered, chosen.right) == (0.0, 0.5, 1.0)


def test_the_uncertainty_is_the_same_every_time_and_around_the_threshold() -> None:
    many = [*TEN, *OFF_TOPIC] * 3
    chosen = choose(many, Goal(0.2, None))
    assert chosen == choose(many, Goal(0.2, None))
    assert chosen.low is not None
    assert chosen.high is not None
    assert chosen.refused_elsewhere is not None
    assert chosen.low <= 0.3 <= chosen.high
    assert 0.1 < chosen.refused_elsewhere < 0.3
    lonely = choose([Scored(0.5, True, True)], Goal(0.05, None))
    assert (lonely.refuse_below, lonely.low, lonely.refused_elsewhere) == (0.5, None, None)


@given(st.lists(SCORED, max_size=15), st.sampled_from([0.0, 0.05, 0.5]))
def test_the_choice_is_what_trying_every_threshold_gives(questions: list[Scored], most: float) -> None:
    can = [-1 if each.score is None else each.score for each in questions if each.answerable]
    if not can:
        return
    thresholds = [hundredth / 100 for hundredth in range(101)]
    allowed = [t for t in thresholds if sum(score < t for score in can) <= most * len(can) + 1e-9]
    if allowed:
        assert choose(questions, Goal(most, None)).refuse_below == allowed[-1]
    else:
        with pytest.raises(UsageError):
            choose(questions, Goal(most, None))


def test_platt_finds_the_line_that_made_the_outcomes() -> None:
    scores = np.repeat([0.2, 0.5, 0.8], 1000)
    # 0.2 has the logit -1.386: with slope 0.5 and intercept -1 that is 0.155; and so on.
    right = np.concatenate([np.arange(1000) < count for count in (155, 269, 424)]).astype(float)
    slope, intercept = platt(scores, right)
    assert (slope, intercept) == pytest.approx((0.5, -1.0), abs=0.01)


def test_the_fit_says_how_far_off_the_answerability_is() -> None:
    questions = [Scored(0.9, True, number < 5) for number in range(10)]
    found = fit(questions)
    assert (found.error, found.brier) == (pytest.approx(0.4), pytest.approx(0.41))
    assert (found.fitted_error, found.fitted_brier) == (pytest.approx(0.0, abs=1e-6), pytest.approx(0.25))


@given(st.lists(SCORED, min_size=1, max_size=20))
def test_the_fit_is_always_finite(questions: list[Scored]) -> None:
    found = fit(questions)
    assert np.isfinite([found.error, found.brier, found.slope, found.intercept, found.fitted_brier]).all()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "refuse_below = 0.37\n"),
        ("quotes = 3\n", "refuse_below = 0.37\nquotes = 3\n"),
        ("quotes = 3\nrefuse_below = 0.5  # as it was\n", "quotes = 3\nrefuse_below = 0.37  # as it was\n"),
        ("refuse_below=0.5#x\r\nquotes = 3\r\n", "refuse_below=0.37#x\r\nquotes = 3\r\n"),
        ("# mine\n\n[slack]\nrefuse_below = 1\n", "refuse_below = 0.37\n# mine\n\n[slack]\nrefuse_below = 1\n"),
    ],
)
def test_the_threshold_is_set_and_the_rest_stays(before: str, after: str) -> None:
    assert with_threshold(before.encode(), 0.37) == after.encode()


@pytest.mark.parametrize(
    "before", ['"refuse_below" = 0.5\n', 'note = """\nrefuse_below = 1\n"""\nrefuse_below = 0.5\n']
)
def test_what_is_not_one_plain_line_is_left_alone(before: str) -> None:
    with pytest.raises(SettingsError, match=r"yourself: refuse_below = 0[.]37"):
        with_threshold(before.encode(), 0.37)


def test_a_file_that_is_not_toml_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "legation.toml"
    for content in (b"quotes =", b"\xff"):
        path.write_bytes(content)
        with pytest.raises(SettingsError, match="is not TOML"):
            write_threshold(path, 0.37)
        with pytest.raises(SettingsError, match="is not TOML"):
            check_threshold(path)
        assert path.read_bytes() == content


def test_the_file_and_its_folder_are_made_if_need_be(tmp_path: Path) -> None:
    path = tmp_path / "home" / "legation.toml"
    write_threshold(path, 1.0)
    write_threshold(path, 0.3)
    assert tomllib.loads(path.read_text()) == {"refuse_below": 0.3}
    assert [each.name for each in path.parent.iterdir()] == ["legation.toml"]
    assert threshold_line(0.3) == "refuse_below = 0.3"


def test_a_link_and_the_mode_of_the_file_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "legation.toml"
    real.write_text("quotes = 3\n")
    real.chmod(0o640)
    link.symlink_to(real)
    check_threshold(link)
    write_threshold(link, 0.3)
    assert link.is_symlink()
    assert real.read_text() == "refuse_below = 0.3\nquotes = 3\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["legation.toml", "real.toml"]


def test_what_cannot_be_written_is_known_beforehand(bound_folder: Path) -> None:
    path = bound_folder / "legation.toml"
    check_threshold(path)
    check_threshold(bound_folder / "new" / "home" / "legation.toml")
    assert list(bound_folder.iterdir()) == []
    path.mkdir()
    with pytest.raises(SettingsError, match="is not a file"):
        check_threshold(path)
    path.rmdir()
    closed = bound_folder / "closed"
    closed.mkdir(mode=0o500)
    for refused in (check_threshold, lambda place: write_threshold(place, 0.3)):
        with pytest.raises(StorageError, match=r"closed/legation\.toml cannot be written"):
            refused(closed / "legation.toml")
    path.write_text("quotes = 3\n")
    path.chmod(0o400)
    with pytest.raises(StorageError, match="no access"):
        check_threshold(path)
