"""Files of questions, and the examples that are shipped as one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.judging import find_places
from bot.evaluation.questions import Case, Gold, read_questions, sample
from index.errors import UsageError
from index.readers import read

ROOT = Path(__file__).resolve().parents[2]
GOLD = [{"doc": "basel.md", "quote": "It closed."}]


def _line(**fields: Any) -> str:
    return json.dumps({"question": "When?"} | fields)


def test_an_answerable_question() -> None:
    line = _line(
        id="d1",
        context="Where?",
        kind="date",
        answerable=True,
        gold=GOLD,
        note="left alone",
        answers=[],
        source="left alone",
    )
    assert read_questions(f"\n{line}\n\n") == (
        Case("d1", "When?", "Where?", "date", None, (Gold("basel.md", "It closed."),)),
    )


def test_only_the_question_and_gold_are_needed() -> None:
    first, second = read_questions(f"{_line(gold=GOLD)}\n{_line()}")
    assert first == Case("1", "When?", None, "any", None, (Gold("basel.md", "It closed."),))
    assert second == Case("2", "When?", None, "any", "unanswerable")


@pytest.mark.parametrize(
    ("fields", "group"),
    [
        ({"unanswerable": "off-topic"}, "off-topic"),
        ({"unanswerable": "off-topic", "why": "near-miss: no year"}, "off-topic"),
        ({"why": "near-miss: gives no year"}, "near-miss"),
        ({"why": "gives no year"}, "unanswerable"),
        ({"why": "It gives the month, but: no year"}, "unanswerable"),
        ({"why": 3}, "unanswerable"),
        ({}, "unanswerable"),
    ],
)
def test_the_group_of_an_unanswerable_question(fields: dict[str, Any], group: str) -> None:
    (case,) = read_questions(_line(answerable=False, **fields))
    assert case.group == group
    assert not case.answerable


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "this is not JSON"),
        ("[1]", "this is not a JSON object"),
        ("[" * 100_000, "this is not JSON"),
        ('{"question": " "}', '"question" is a string with some text'),
        ('{"id": "d"}', '"question" is a string with some text'),
        (_line(id=1.5), '"id" is a string or a whole number'),
        (_line(id=True), '"id" is a string or a whole number'),
        (_line(id="first"), "the id first is there already"),
        (_line(context=3), '"context" is a string with some text'),
        (_line(kind=None), '"kind" is a string with some text'),
        (_line(unanswerable=7), '"unanswerable" is a string with some text'),
        (_line(answerable="yes"), '"answerable" is true or false'),
        (_line(answerable=True), 'an answerable question has "gold", and one that is not has none'),
        (_line(answerable=False, gold=GOLD), 'an answerable question has "gold", and one that is not has none'),
        (_line(gold={}), '"gold" is a list of objects with "doc" and "quote"'),
        (_line(gold=["x"]), '"gold" is a list of objects with "doc" and "quote"'),
        (_line(gold=[{"doc": "basel.md"}]), '"quote" is a string with some text'),
        (_line(Gold=GOLD), 'there is no field "Gold"; it is called "gold"'),
        (_line(answerble=False), 'there is no field "answerble"; it is called "answerable"'),
        (_line(gold=[{"doc": 1, "quote": "x"}]), '"doc" is a string with some text'),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: str, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_questions(f"{_line(id='first')}\n\n{line}\n")
    assert raised.value.user_message == f"Line 3 of the questions: {problem}."


def test_a_file_without_questions_is_refused() -> None:
    with pytest.raises(UsageError, match="There are no questions in this file"):
        read_questions("\n \n")


@given(st.text())
def test_any_text_is_read_or_refused(content: str) -> None:
    try:
        read_questions(content)
    except UsageError as error:
        assert "\n" not in error.user_message


def test_samples_keep_the_order_and_lie_within_each_other() -> None:
    names = [f"q{number}" for number in range(50)]
    small, large = sample(names, 10, names), sample(names, 20, names)
    assert (len(small), len(large)) == (10, 20)
    assert set(small) < set(large)
    assert list(large) == [name for name in names if name in large]
    assert sample(names, 10, names) == small
    assert sample(names, 99, names) == sample(names, None, names) == tuple(names)


def test_every_gold_quote_of_the_examples_stands_in_its_brief_once() -> None:
    cases = read_questions((ROOT / "docs" / "example-questions.jsonl").read_text())
    assert len(cases) == 25
    assert sum(case.answerable for case in cases) == 15
    assert {case.group for case in cases} == {None, "near-miss", "off-topic", "injection"}
    for case in cases:
        for gold in case.gold:
            path = ROOT / "docs" / "sources" / gold.doc
            reading = read(path.read_bytes(), path.name).readings[0]
            assert [reading.text[place.start : place.end] for place in find_places(reading.text, gold.quote)] == [
                gold.quote
            ]
