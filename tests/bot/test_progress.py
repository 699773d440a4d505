"""What a person without a terminal is told while work goes on."""

from io import StringIO

import pytest

from bot.progress import progress
from index.types import Progress


@pytest.mark.parametrize(
    ("stage", "label"),
    [("read", "Reading"), ("split", "Splitting"), ("encode", "Encoding"), ("search", "Searching"), ("ask", "Asking")],
)
def test_the_end_of_a_stage_is_told(stage: str, label: str) -> None:
    stream = StringIO()
    with progress(stream) as tell:
        for number in range(1, 9):
            tell(Progress(stage, number, 8))
    assert stream.getvalue() == f"{label}: 8 of 8\n"


def test_long_work_is_told_in_quarters_and_steps_without_units_are_not() -> None:
    stream = StringIO()
    with progress(stream) as tell:
        for number in range(1, 401):
            tell(Progress("ask", number, 400))
        tell(Progress("published"))
    assert stream.getvalue().splitlines() == [f"Asking: {number} of 400" for number in (100, 200, 300, 400)]


def test_a_quarter_is_told_when_it_is_passed_though_work_goes_in_steps() -> None:
    """As encoding does; told by two syncs, one after the other."""
    stream = StringIO()
    with progress(stream) as tell:
        for _ in range(2):
            for done in (128, 256, 384, 512, 640, 700):
                tell(Progress("encode", done, 700))
    assert stream.getvalue().splitlines() == 2 * [f"Encoding: {done} of 700" for done in (256, 384, 640, 700)]
