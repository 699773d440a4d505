"""The prompt, driven by real key presses through prompt_toolkit's pipe input."""

import json
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.conversation import answer_batch, converse
from bot.types import Answer, Understanding
from index.errors import UsageError
from index.types import Query


class _Recorder:
    """Stands where the answerer stands, and writes down what it was asked. Every question is searched for in
    capitals, but "thanks" is talk.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def answer(self, text: str, context: str | None = None, name: str | None = None) -> Answer:
        self.asked.append((text, context))
        if text == "fail":
            raise UsageError("That did not\x1b work.")
        understanding = Understanding(Query(text.upper()), talk="small-talk" if text == "thanks" else None)
        reason = "Not found in these sources."
        return Answer("id", text, False, reason, 0.0, (), (), "000001", 1.0, understanding)


def _type(keys: str, history: Path) -> _Recorder:
    recorder = _Recorder()
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        converse(recorder, lambda answer: f"<{answer.question}>", history)
    return recorder


def test_follow_ups_get_what_was_searched_before_and_ctrl_d_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = "Why was the embassy in Kampala closed in 1973?\nand in Mogadishu?\n\nwhat about 1991 there?\n\x04"
    recorder = _type(keys, tmp_path / "history")
    assert recorder.asked == [
        ("Why was the embassy in Kampala closed in 1973?", None),
        ("and in Mogadishu?", "WHY WAS THE EMBASSY IN KAMPALA CLOSED IN 1973?"),
        ("what about 1991 there?", "AND IN MOGADISHU?"),
    ]
    assert capsys.readouterr().out.splitlines() == [f"<{text}>" for text, _ in recorder.asked]
    assert "+and in Mogadishu?" in (tmp_path / "history").read_text().splitlines()


def test_talk_and_errors_leave_the_question_before_as_it_was(tmp_path: Path) -> None:
    recorder = _type("Why was it closed?\nthanks\nfail\nand when?\n\x04", tmp_path / "history")
    assert [context for _, context in recorder.asked] == [None, *["WHY WAS IT CLOSED?"] * 3]


def test_ctrl_c_drops_a_line_and_an_error_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorder = _type("half a quest\x03fail\nWhere is the protecting power's office?\n\x04", tmp_path / "history")
    assert recorder.asked == [("fail", None), ("Where is the protecting power's office?", None)]
    assert "That did not⟨U+001B⟩ work." in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["exit", "quit", "/quit", " Exit "])
def test_exit_and_quit_end(tmp_path: Path, ending: str) -> None:
    recorder = _type(f"Why was it closed?\n{ending}\nand when?\n\x04", tmp_path / "history")
    assert recorder.asked == [("Why was it closed?", None)]


def test_a_line_with_an_unknown_field_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = _Recorder()
    assert answer_batch(recorder, ['{"id": "a", "question": "Why?", "since": "2020"}\n']) == 2
    assert json.loads(capsys.readouterr().out) == {
        "id": "a",
        "error": {
            "message": 'A JSON line has no field "since"; there are id, question, context.',
            "exit_code": 2,
            "retryable": False,
        },
    }
    assert recorder.asked == []
