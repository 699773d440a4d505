"""Outcomes to figures, text, JSON, Markdown and pictures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.evaluation import extra, summary
from bot.evaluation.calibration import Chosen, Fit, Goal
from bot.evaluation.figures import Asked, Calibration, Evaluation, KindMeasures, Measure
from bot.evaluation.measures import Bin, RiskPoint
from bot.evaluation.plot import check_plot, draw
from bot.evaluation.questions import Case
from bot.evaluation.report import calibration_to_text, errors_to_markdown, fenced, to_json, to_text
from bot.types import Part
from index.errors import UsageError
from tests.bot.evaluation_examples import case, document, four, outcome, quote

HELD = document("a.txt", "It closed. It reopened in May. Nobody knows why it was closed for so long at all.")

EVALUATION = Evaluation(
    questions=4,
    answerable=2,
    documents=3,
    passages=9,
    model="words",
    refuse_below=0.5,
    measures=(
        Measure("quote@1", None, 0.5, 0.0, 1.0, 2),
        Measure("answered", None, 0.5, 0.0, 1.0, 2),
        Measure("answered", "near-\x1bmiss", 1 / 3, 0.25, 1.0, 1),
    ),
    by_kind=(
        KindMeasures("date", 1, 1.0, 1.0, 1.0, 0.0, 1, 1.0),
        KindMeasures("who", 1, 0.0, 1.0, 1.0, 1.0, 0, None),
    ),
    risk_coverage=(RiskPoint(0.9, 0.25, 0.0), RiskPoint(0.6, 0.5, 0.5), RiskPoint(0.4, 0.75, 1 / 3)),
    reliability=(Bin(0.4, 0.5, 1, 0.4, 1.0), Bin(0.9, 1.0, 1, 0.9, 1.0)),
    median_ms=20.4,
    p99_ms=40.0,
    asked=(Asked("one", "date", None, 1, 1, 1, 0.9, True, 10.0),),
)

EVALUATION_TEXT = """\
4 questions, 2 of them answerable, on 3 documents (9 passages); refused below 0.5

measure                      value    95% interval  of
quote@1                      0.500  0.000 to 1.000   2
answered (all unanswerable)  0.500  0.000 to 1.000   2
answered (near-⟨U+001B⟩miss) 0.333  0.250 to 1.000   1

kind  answerable  quote@1  quote@3  quote@5  refused  unanswerable  answered
date           1    1.000    1.000    1.000    0.000             1     1.000
who            1    0.000    1.000    1.000    1.000             0         -

A warm answer takes 20 ms (99th percentile 40 ms)."""

CALIBRATION = Calibration(
    questions=4,
    goal=Goal(0.05, None),
    chosen=Chosen(0.4, 0.0, 0.75, 2 / 3, 0.35, 0.9, 0.125),
    measures=(Measure("refused", None, 0.0, 0.0, 0.0, 2),),
    fit=Fit(0.25, 0.2, 0.7, -1.3, 0.1, 0.15),
)

CALIBRATION_TEXT = """\
Refuse below 0.4, chosen from 4 questions (95% interval 0.35 to 0.9)

measure  value    95% interval  of
refused  0.000  0.000 to 0.000   2

Of other answerable questions, expect 0.125 to be refused (bootstrap).
1 / (1 + exp(-(0.70 * logit + -1.30))) of the answerability fits these questions best: calibration error \
0.100 instead of 0.250, Brier score 0.150 instead of 0.200.

legation.toml:  refuse_below = 0.4
environment:    LEGATION_REFUSE_BELOW=0.4"""

ERRORS = """\
# Failing cases

Of 4 questions, refused below 0.5:

- Answerable, but refused: 1
- Answerable, but none of the first three quotes is right: 1
- Answerable, but the first quote is not right: 1
- Not answerable, but answered: 1

## Answerable, but refused

```text
r (date)
  asked: When?
  refused: nothing was found, or it is small talk
  gold, a.txt:
    It closed.
```

## Answerable, but none of the first three quotes is right

```text
m (date)
  before: Where?
  asked: When?
  answered: answerability 0.750, not below 0.5
  gold, a.txt:
    It closed.
  [1] corpus/a.txt @ 11:30
    score 0.500: same year 1 adds -2.250, dense 0.25 adds +1.500, neighbouring words 0.125 adds
    +0.500
    It reopened in May.
  [2] corpus/a.txt @ 31:81
    score 0.500
    Nobody knows why it was closed for so long at all.
```

## Answerable, but the first quote is not right

```text
l (date)
  asked: When?
  answered: answerability 0.500, not below 0.5
  gold, a.txt:
    It closed.
  [1] corpus/a.txt @ 11:30
    score 0.500
    It reopened in May.
  [2] (right) corpus/a.txt @ 0:10
    score 0.500
    It closed.
```

## Not answerable, but answered

```text
n (date, near-miss)
  asked: When?
  answered: answerability 0.500, not below 0.5
  [1] corpus/a.txt @ 0:10
    score 0.500
    It closed.
```
"""


def _values(measures: list[Measure]) -> dict[tuple[str, str | None], tuple[float, int]]:
    return {(each.name, each.group): (pytest.approx(each.value), each.count) for each in measures}


def test_the_measures_of_quotes() -> None:
    assert _values(summary.quote_measures(four(), "quote", documents=True)) == {
        ("quote@1", None): (0.5, 2),
        ("quote@3", None): (1.0, 2),
        ("quote@5", None): (1.0, 2),
        ("highlight@1", None): (0.5, 2),
        ("document@1", None): (0.5, 2),
        ("document@5", None): (1.0, 2),
    }
    assert summary.quote_measures(four()[2:], "quote", documents=True) == []


def test_the_measures_of_refusing() -> None:
    assert _values(summary.refusal_measures(four(), 0.5)) == {
        ("refused", None): (0.5, 2),
        ("answered", None): (0.5, 2),
        ("answered", "near-miss"): (1.0, 1),
        ("answered", "small-talk"): (0.0, 1),
    }
    assert _values(summary.refusal_measures(four()[:2], 0.4)) == {("refused", None): (0.0, 2)}
    nameless = [outcome(case("n", "unanswerable"), 0.7)]
    assert _values(summary.refusal_measures(nameless, 0.5)) == {("answered", None): (1.0, 1)}
    named = [outcome(case("n", "off-topic"), 0.7)]
    assert list(_values(summary.refusal_measures(named, 0.5))) == [("answered", None), ("answered", "off-topic")]


def test_the_measures_of_telling_apart() -> None:
    assert _values(summary.telling_apart(four())) == {
        ("AUROC", None): (0.75, 4),
        ("AUROC", "near-miss"): (0.5, 3),
        ("AUROC", "small-talk"): (1.0, 3),
    }
    assert summary.telling_apart(four()[:2]) == summary.telling_apart(four()[2:]) == []


def test_the_measures_of_being_right() -> None:
    assert _values(summary.right_among_answered(four(), 0.5)) == {("right among answered", None): (0.5, 2)}
    assert summary.right_among_answered(four(), 0.95) == []
    assert _values(summary.being_right(four())) == {
        # 0.9 right, 0.6 wrong, 0.4 right: risks 0, 1/2 and 1/3.
        ("area under risk-coverage", None): ((0 + 1 / 2 + 1 / 3) / 3, 4),
        ("Brier score", None): ((0.01 + 0.36 + 0.36 + 0) / 4, 4),
        ("calibration error", None): ((0.1 + 0.6 + 0.6 + 0) / 4, 4),
    }


def test_what_nothing_is_known_of_has_no_figure() -> None:
    assert summary.being_right(four()[2:]) == []
    assert [each.name for each in summary.being_right([outcome(case("a"), None)])] == [
        "Brier score",
        "calibration error",
    ]


def test_curve_kinds_and_times() -> None:
    assert summary.curve(four()) == list(EVALUATION.risk_coverage)
    assert summary.kinds(four(), 0.5) == [
        KindMeasures("date", 1, 1.0, 1.0, 1.0, 0.0, 1, 1.0),
        KindMeasures("who", 1, 0.0, 1.0, 1.0, 1.0, 1, 0.0),
    ]
    assert summary.times(four()) == (20.0, 40.0)
    assert summary.asked(four()[1], 0.5) == Asked("two", "who", None, 2, 2, 2, 0.4, False, 20.0)


def test_a_quote_that_is_no_slice_shows() -> None:
    held = quote(1, HELD, 0, 10)
    good = outcome(case("a"), 0.9, 1, (held, held, held))
    (measure,) = summary.exactness([good, replace(good, exact=(False,))])
    assert (measure.name, measure.value, measure.count) == ("exact quotes", 0.75, 4)
    assert summary.exactness(four()) == []


def test_the_text() -> None:
    assert [" ".join(line.split()) for line in to_text(EVALUATION).splitlines()] == [
        " ".join(line.split()) for line in EVALUATION_TEXT.splitlines()
    ]
    assert to_text(replace(EVALUATION, measures=EVALUATION.measures[:2])).splitlines() == [
        line for line in EVALUATION_TEXT.splitlines() if "U+001B" not in line
    ]


def test_the_text_of_a_calibration() -> None:
    assert calibration_to_text(CALIBRATION) == CALIBRATION_TEXT


def test_the_json() -> None:
    shown = json.loads(to_json(EVALUATION))
    assert shown["measures"][2] == {
        "name": "answered", "group": "near-\x1bmiss", "value": 0.333333, "low": 0.25, "high": 1.0, "count": 1,
    }  # fmt: skip
    assert shown["by_kind"][1]["answered"] is None
    assert shown["risk_coverage"][2] == {"threshold": 0.4, "coverage": 0.75, "risk": 0.333333}
    assert "\n" not in to_json(EVALUATION)
    assert json.loads(to_json(CALIBRATION))["chosen"]["right"] == 0.666667


def test_the_failing_cases() -> None:
    parts = (
        Part("dense", 0.25, 1.5), Part("nothing", 0.3, 0.0), Part("hardly", 0.3, 0.0004),
        Part("neighbouring words", 0.125, 0.5), Part("same year", 1.0, -2.25),
    )  # fmt: skip
    first, last, wrong = quote(2, HELD, 0, 10), quote(2, HELD, 31, 81), quote(1, HELD, 11, 30)
    outcomes = [
        outcome(case("r"), None, 1),
        outcome(replace(case("m"), context="Where?"), 0.75, 4, (replace(wrong, parts=parts), last)),
        outcome(case("l"), 0.5, 2, (wrong, first)),
        outcome(case("n", "near-miss"), 0.5, None, (quote(1, HELD, 0, 10),)),
    ]
    assert errors_to_markdown(outcomes, 0.5) == ERRORS
    (line,) = (line for line in errors_to_markdown([outcome(case("r"), 0.12, 1)], 0.15).split("\n") if ": ans" in line)
    assert line == "  refused: answerability 0.120, below 0.15"
    fine = [outcome(case("a"), 0.9, 1), outcome(case("b", "near-miss"), 0.1)]
    assert "##" not in errors_to_markdown(fine, 0.5)


@given(st.text(alphabet=st.sampled_from("`~ \n\r\t#*<>[]()a\u2028\x1b")), st.text())
def test_nothing_that_is_quoted_acts_as_markdown(hostile: str, other: str) -> None:
    held = document(f"{hostile}.txt", f"It closed.{hostile}{other}")
    asked = Case(hostile, f"x{hostile}", other or None, hostile, None, case("x").gold, (hostile,))
    failing = outcome(asked, None, None, (quote(1, held, 0, len(held.text)),))
    tokens = MarkdownIt().parse(errors_to_markdown([failing], 0.5))
    kinds = [token.type for token in tokens if token.level == 0]
    assert kinds.count("fence") == 1
    assert set(kinds) == {
        "heading_open", "inline", "heading_close", "paragraph_open", "paragraph_close",
        "bullet_list_open", "bullet_list_close", "fence",
    } - {"inline"}  # fmt: skip
    assert sum(kind == "heading_open" for kind in kinds) == 2


@given(st.text(alphabet="`\nab"))
def test_a_fence_holds_what_it_is_given(text: str) -> None:
    (token,) = MarkdownIt().parse(fenced(text))
    assert (token.type, token.content) == ("fence", text + "\n")


def test_pictures_in_both_formats_and_the_same_every_time() -> None:
    assert draw(EVALUATION, ".png").startswith(b"\x89PNG\r\n\x1a\n")
    picture = draw(EVALUATION, ".svg")
    assert picture == draw(EVALUATION, ".svg")
    assert b"<svg" in picture
    assert b"<svg" in draw(replace(EVALUATION, refuse_below=1.0, risk_coverage=(), reliability=()), ".svg")


def test_a_picture_that_cannot_be_drawn_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    check_plot(Path("a.PNG"))
    with pytest.raises(UsageError, match=r"ends in \.png or \.svg"):
        check_plot(Path("a.pdf"))
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as raised:
        check_plot(Path("a.svg"))
    assert raised.value.user_message == (
        "--plot needs matplotlib, which is not installed; run: pip install 'legation[eval]'"
    )
