"""Nobody is let in by a document: whatever a file holds, reading it gives a sound text or a reason, and the process
that asked goes on.

Files of every format (built here, and real ones where they lie beside the checkout) are damaged, and read by workers
that may die at any of them. A fault is another error than ReadError, or a reading that breaks what the rest relies on
(tests/reliability/sound_readings.py). A file that ends a worker, which libraries written in C can do, is no fault in
itself: it is read once more as the product does, in a process of its own, and must come out as a reason.
"""

import json
import os
import signal
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from index.errors import ReadError
from index.parsing.child import parse_files
from index.parsing.process import ParsingLimits
from index.parsing.supervisor import ParsingProcess
from tests.reliability.damaged_files import Damage, Damaged, own_seeds, real_seeds
from tests.reliability.sound_readings import fault_of
from tests.rounds import Rounds

ROOT = Path(__file__).parents[2]
A_ROUND = 50_000
"""Files of a round in the long form; the short form reads a few."""

ELSEWHERE = 10**9
"""Where the numbers of the second test begin: not those of the first."""

LIMITS = ParsingLimits(megabytes=1_024, cpu_seconds=10, wall_seconds=60)
REASONS = (
    "it took longer than 10 seconds to read",
    "it needed more than 1,024 megabytes of memory to read",
    "reading it failed (the reader crashed)",
    "reading it failed (the system killed the reader, as it does when memory runs out)",
)


@dataclass
class Workers:
    """Processes that read the numbers ``first`` to ``end`` between them, started again behind what ended them."""

    folder: Path
    count: int
    real: bool
    first: int
    end: int
    faults: list[dict[str, object]] = field(default_factory=list)
    ended: dict[int, int] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        running = [(lane, self._started(lane, self.first + lane)) for lane in range(self.count)]
        while running:
            lane, process = running.pop(0)
            output, _ = process.communicate()
            self._note(output)
            if process.returncode:
                number = struct.unpack(">q", self._place(lane).read_bytes())[0]
                assert process.returncode < 0, f"the worker itself failed at {number}"
                self.ended[number] = process.returncode
                running.append((lane, self._started(lane, number + self.count)))

    def _started(self, lane: int, first: int) -> "subprocess.Popen[str]":
        self._place(lane).write_bytes(struct.pack(">q", first))
        command = [sys.executable, "-m", "tests.reliability.reading_worker"]
        numbers = map(str, (first, self.end, self.count, "real" if self.real else "own", self._place(lane)))
        return subprocess.Popen([*command, *numbers], cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def _place(self, lane: int) -> Path:
        return self.folder / f"number-{lane}"

    def _note(self, output: str) -> None:
        for line in output.splitlines():
            told = json.loads(line)
            if "outcomes" in told:
                self.outcomes.update(told["outcomes"])
            else:
                self.faults.append(told)


def test_damaged_files(rounds: Rounds, tmp_path: Path) -> None:
    """A round of the long form is ``A_ROUND`` files: 20 rounds are a million."""
    damage = Damage(own_seeds() + (real_seeds() if rounds.soak else ()))
    size = rounds.count(short=1_500, long=A_ROUND)
    count = rounds.count(short=2, long=1)  # other tests run beside the long form
    for number, _ in rounds(short=1, long=20):
        workers = Workers(tmp_path, count, rounds.soak, number * size, (number + 1) * size)
        workers.run()
        assert workers.faults == []
        for each, status in workers.ended.items():
            assert comes_out_as_a_reason(damage.file(each)), (
                f"file {each} ended a worker ({signal.Signals(-status).name})"
            )
        assert workers.outcomes["read"] > 0
        assert workers.outcomes["refused"] > 0


def comes_out_as_a_reason(file: Damaged) -> bool:
    with ParsingProcess(LIMITS) as process:
        with suppress(ReadError):
            process.parse(file.files, file.name, file.media_type)  # what ends one process may be read by another
        read = process.parse({"a.txt": b"The next one."}, "a.txt")
        return read.readings[0].text == "The next one."


@pytest.fixture(scope="module")
def process() -> Iterator[ParsingProcess]:
    with ParsingProcess(LIMITS, documents=2_000) as process:
        yield process


def test_the_process_that_asks(rounds: Rounds, process: ParsingProcess) -> None:
    """Through the pipe it gets what a reader gives, or one reason, and nothing is lost on the way."""
    damage = Damage(own_seeds() + real_seeds())
    descriptors = _descriptors()
    for number, _ in rounds(short=150, long=50_000):
        file = damage.file(ELSEWHERE + number)
        try:
            found = process.parse(file.files, file.name, file.media_type)
        except ReadError as error:
            reason = error.user_message
            # What was no reader's own reason has a fault behind it, or is a limit.
            assert not getattr(error, "__notes__", ()), (number, error.__notes__)
            if reason not in REASONS:
                with pytest.raises(ReadError) as here:
                    parse_files(file.files, file.name, file.media_type)
                assert here.value.user_message[:1_000] == reason, number
            continue
        assert fault_of(found) is None, number
        assert found == parse_files(file.files, file.name, file.media_type), number
    assert _descriptors() <= descriptors + 3


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
