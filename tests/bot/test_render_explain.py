from dataclasses import replace
from pathlib import Path

import pytest
from render_examples import CLOSURE, differing, document, found, help_reply, quote, refused, understood

from bot.render.explain import render_explanation
from bot.types import Answer, Part
from index.types import Filter

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("name", "answer", "width", "colour"),
    [
        ("explained.txt", differing(), 72, False),
        ("explained-colour.txt", differing(), 72, True),
        ("explained-narrow.txt", refused(), 20, False),
    ],
)
def test_explanations(name: str, answer: Answer, width: int, colour: bool) -> None:
    assert render_explanation(answer, width, colour).encode() == (GOLDEN / name).read_bytes()


def test_what_was_not_recorded_is_left_out() -> None:
    assert render_explanation(found(quote(document(), CLOSURE)), 80, False) == (
        "How the question was understood\n  answerability: 0.900\n\n[1] score 0.750\n  not recorded\n"
    )
    assert render_explanation(help_reply(), 80, False) == (
        "How the question was understood\n  searched text: help\n  answerability: 0.125\n"
    )


def test_names_of_parts_and_questions_are_inert() -> None:
    passage = replace(quote(document(), CLOSURE), parts=(Part("a\x1b[2J\nb", 1, 1),))
    asked = replace(understood("\x1b[31m"), filter=Filter(("\u202e",)))
    shown = render_explanation(replace(found(passage), understanding=asked), 80, False)
    assert "a⟨U+001B⟩[2J b      1.000     +1.000\n" in shown
    assert "  spelling: “Strelsau” instead of “⟨U+001B⟩[31m”\n" in shown
    assert "  collections: ⟨U+202E⟩\n" in shown


def test_a_sentence_that_was_not_read_is_not_shown_as_if_it_had_been() -> None:
    parts = (Part("reader", 0.5, 1), Part("reader", -6.28, -2.73, supposed=True))
    shown = render_explanation(found(replace(quote(document(), CLOSURE), parts=parts)), 80, False)
    assert shown.endswith(
        "  part        value       adds\n  reader   not read     -2.730\n  reader      0.500     +1.000\n"
    )
