"""Pairs of one's own: what is read, what is refused, what is held out."""

import json
from typing import Any

import pytest

from bot.training.pairs import Pair, example, hold_out, read_pairs, to_lines
from index.errors import UsageError

PLAIN = {"question": "When was it closed?", "text": "It was closed in 1911.", "answers": True}


def line(**fields: Any) -> str:
    return json.dumps({**PLAIN, **fields})


def test_pairs_are_read() -> None:
    whole = {"title": ["Strelsau", "Closure"], "before": "It had a garden.", "start": 17, "end": 21, "note": "seen"}
    content = f"{line(**whole)}\n\n{line(question='Why?', answers=False, title='Strelsau')}\r\n"
    assert read_pairs(content) == (
        Pair(
            "When was it closed?", "It was closed in 1911.", True, ("Strelsau", "Closure"), "It had a garden.",
            17, 21, "seen",
        ),
        Pair("Why?", "It was closed in 1911.", False, ("Strelsau",)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "this is not JSON"),
        ("[]", "this is not a JSON object"),
        (line(answer=True), 'there is no field "answer"'),
        (line(answers="yes"), '"answers" is true or false'),
        (line(answers=1), '"answers" is true or false'),
        ('{"question": "a", "text": "b"}', '"answers" is true or false'),
        (line(question=" "), '"question" is a string with some text'),
        (line(text=None), '"text" is a string with some text'),
        (line(text=["a"]), '"text" is a string with some text'),
        (line(text="\ud83c"), '"text" has half a character'),
        (line(title="\ud83c"), '"title" has half a character'),
        (line(title=[1]), '"title" is a string, or a list of strings'),
        (line(title={}), '"title" is a string, or a list of strings'),
        (line(before=3), '"before" is a string'),
        (line(start=17), '"start" and "end" are whole numbers, the place of some words in "text"'),
        (line(start=17, end=23), '"start" and "end" are whole numbers, the place of some words in "text"'),
        (line(start=-1, end=4), '"start" and "end" are whole numbers, the place of some words in "text"'),
        (line(start=4, end=4), '"start" and "end" are whole numbers, the place of some words in "text"'),
        (line(start=True, end=4), '"start" and "end" are whole numbers, the place of some words in "text"'),
        (line(start=2, end=6), 'what stands from "start" to "end" begins and ends with a word'),
        (
            line(start=0, end=2, answers=False),
            '"start" and "end" are of words that answer, and this text does not answer',
        ),
        (line(question="WHEN  was it closed", answers=False), "line 1 says the opposite of the same pair"),
    ],
)
def test_a_line_that_is_no_pair_is_named(bad: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_pairs(f"{line()}\n\n{bad}\n{line(question='And then?')}\n")
    assert caught.value.user_message == f"Line 3 of the pairs: {reason}."


def test_a_file_without_pairs_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^There are no pairs in this file\.$"):
        read_pairs("\n \n")


def test_the_same_pair_counts_once() -> None:
    (pair,) = read_pairs(f"{line()}\n{line(question='when was it closed', title='Strelsau')}")
    assert (pair.question, pair.title) == ("when was it closed", ("Strelsau",))


def test_what_is_written_is_read_again() -> None:
    pairs = (
        Pair("Wann? \u2028", "Am 4. Mai 🏛.", True, ("A", "B"), "Vorher.", 0, 2, "note"),
        Pair("Why?", "It was closed.", False),
    )
    assert read_pairs(to_lines(pairs)) == pairs
    assert to_lines(pairs[1:]) == '{"question": "Why?", "text": "It was closed.", "answers": false}\n'


def test_a_pair_is_read_as_the_product_reads_it_and_the_answer_stands_where_it_stood() -> None:
    pair = Pair(
        "When?", "  It \n was closed on 4  May 1911.", True, ("Strelsau", "Closure"), "It had a garden.", 21, 32
    )
    assert pair.text[21:32] == "4  May 1911"
    made = example(pair)
    assert made.text == "It was closed on 4 May 1911. | Strelsau - Closure | It had a garden."
    assert made.text[made.start : made.end] == "4 May 1911"
    assert (made.question, made.label, made.kind) == ("When?", 1, "own")
    first = example(Pair("What?", "It was closed.", True, start=0, end=2))
    assert (first.start, first.end) == (0, 2)
    unknown = example(Pair("What?", "It was closed.", True))
    assert (unknown.start, unknown.end) == (-1, -1)
    wrong = example(Pair("Why?", "It was closed.", False))
    assert (wrong.label, wrong.start, wrong.end) == (0, 0, 0)


def test_every_fifth_question_is_held_out_with_all_its_pairs() -> None:
    pairs = [
        Pair(f"{'Question' if right else 'question '} {number}?", f"text {right}", right)
        for number in range(50)
        for right in (True, False)
    ]
    kept, held = hold_out(pairs)
    assert (len(kept), len(held)) == (80, 20)
    assert [pair for pair in pairs if pair in kept] == list(kept)
    assert {pair.question.split()[1] for pair in kept} & {pair.question.split()[1] for pair in held} == set()
    assert hold_out(pairs[::-1]) == (kept[::-1], held[::-1])


def test_so_many_are_held_out_that_both_kinds_are_there() -> None:
    pairs = [Pair(f"question {number}", "text", number == 7) for number in range(20)]
    pairs += [Pair("question 7b", "text", True)]
    kept, held = hold_out(pairs)
    assert {pair.answers for pair in kept} == {pair.answers for pair in held} == {True, False}
    assert len(kept) + len(held) == 21


@pytest.mark.parametrize(
    "pairs",
    [
        [Pair("a", "x", True), Pair("a", "y", False)],  # one question
        [Pair(f"question {number}", "x", True) for number in range(50)],
        [Pair(f"question {number}", "x", number == 7) for number in range(50)],
    ],
)
def test_too_few_pairs_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(UsageError, match=r"^There are too few pairs: when those of every fifth question"):
        hold_out(pairs)
