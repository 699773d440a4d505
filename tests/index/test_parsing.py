"""What a document does to the process that reads it does not reach the one that asked, nor the next document."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.assemble import Legation
from bot.settings import load_settings
from index.errors import LegationError, ReadError
from index.parsing.process import Child, ParsingLimits
from index.parsing.supervisor import ParsingProcess
from index.types import FileReading, Progress, Reading, Source, Span
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder

HOSTILE = "tests.fakes.hostile_readers:read"
LIMITS = ParsingLimits(megabytes=200, cpu_seconds=1, wall_seconds=30)
BRIEF = ParsingLimits(megabytes=200, cpu_seconds=20, wall_seconds=4)
"""Long enough for a process that starts anew on a busy machine."""

CRASHED = "reading it failed (the reader crashed)"
SENSELESS = "reading it failed (the reader's answer makes no sense: it is not the JSON of an answer)"
TOO_MUCH = "it needed more than 200 megabytes of memory to read"
TOO_LONG = "it took longer than 1 seconds to read"


@pytest.fixture(scope="module")
def hostile() -> Iterator[ParsingProcess]:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        yield process


def _text(process: ParsingProcess, name: str, content: str = "The embassy was closed.") -> str:
    return process.parse({name: content.encode()}, name).readings[0].text


def _facts(process: ParsingProcess) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(_text(process, "tell"))
    return facts


def test_a_document_comes_back_as_it_was_read(hostile: ParsingProcess) -> None:
    text = "Zenda – 曾达 🏰\n\nclosed."
    expected = FileReading("text/x-own", (Reading(text, (Span(0, len(text)),)),))
    assert hostile.parse({"a.txt": text.encode()}, "a.txt", "text/x-own") == expected


def test_the_child_gets_every_file(hostile: ParsingProcess) -> None:
    large = bytes(range(256)) * 5_000
    files = {"tell": b"", "sdn.csv": b"1,2", "ältere/alt.csv": large, "bad \udcff name": b"\xff"}
    facts = json.loads(hostile.parse(files, "tell").readings[0].text)
    assert {path: content.encode("latin-1") for path, content in facts["files"].items()} == files


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("refuse", "The file holds no text."),
        ("allocate", TOO_MUCH),
        ("allocate behind a translation", TOO_MUCH),
        ("spin", TOO_LONG),
        ("exit", CRASHED),
        ("crash", CRASHED),
        ("raise", CRASHED),
        ("recurse", CRASHED),
        ("write a file", CRASHED),
        ("close the pipe", CRASHED),
        ("fork and exit", CRASHED),
        ("be killed", "reading it failed (the system killed the reader, as it does when memory runs out)"),
        ("answer garbage", CRASHED),
        ("announce a huge answer", CRASHED),
        ("answer twice", CRASHED),
        ("answer nested", SENSELESS),
        ("answer no JSON", SENSELESS),
    ],
)
def test_a_hostile_document_is_a_reason_and_the_next_one_is_read(
    hostile: ParsingProcess, act: str, reason: str
) -> None:
    with pytest.raises(ReadError) as raised:
        _text(hostile, act)
    assert raised.value.user_message == reason
    assert _text(hostile, "next", "The next one.") == "The next one."


@pytest.mark.parametrize("act", ["sleep deaf", "answer in half"])
def test_the_clock_limits_what_takes_no_cpu_time(act: str) -> None:
    with ParsingProcess(BRIEF, reader=HOSTILE) as process:
        with pytest.raises(ReadError) as raised:
            _text(process, act)
        assert raised.value.user_message == "it took longer than 4 seconds to read"
        assert _text(process, "next", "The next one.") == "The next one."


@pytest.mark.parametrize("act", ["print", "read input"])
def test_what_is_printed_or_asked_for_goes_nowhere(hostile: ParsingProcess, act: str) -> None:
    assert _text(hostile, act) == "The embassy was closed."
    assert _text(hostile, "next", "The next one.") == "The next one."


def test_the_crash_of_a_reader_is_noted_for_whoever_mends_it(hostile: ParsingProcess) -> None:
    with pytest.raises(ReadError) as raised:
        _text(hostile, "raise")
    assert raised.value.__notes__[0].endswith("KeyError: 'no such key'\n")


def test_one_child_reads_many_documents_each_with_cpu_time_of_its_own() -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        pids = set()
        for _ in range(4):
            _text(process, "take half a second")
            pids.add(_facts(process)["pid"])
    assert len(pids) == 1


def test_a_child_is_replaced_after_so_many_documents() -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE, documents=2) as process:
        one, two, three = [_facts(process)["pid"] for _ in range(3)]
    assert one == two != three


def test_a_child_that_has_grown_is_replaced() -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        before = _facts(process)["pid"]
        _text(process, "keep much")
        assert _facts(process)["pid"] != before


def test_a_child_that_died_between_documents_is_replaced() -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        pid = _facts(process)["pid"]
        with _Watched(pid) as child:
            os.kill(pid, signal.SIGKILL)
            assert child.ended()
        assert _facts(process)["pid"] != pid


def test_a_document_does_not_pay_for_the_one_before(hostile: ParsingProcess) -> None:
    _text(hostile, "poison")
    assert _text(hostile, "next", "The next one.") == "The next one."


def test_the_child_has_nothing_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEGATION_SLACK_BOT_TOKEN", "xoxb-secret")
    with (tmp_path / "library.db").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        with ParsingProcess(LIMITS, reader=HOSTILE) as process:
            facts = _facts(process)
    assert set(facts["environment"]) - {"LD_LIBRARY_PATH"} == {"LC_ALL", "OPENBLAS_NUM_THREADS", "PYTHONPATH"}
    assert set(facts["opened"]) <= {"/dev/null", "pipe", f"/proc/{facts['pid']}/fd"}
    assert facts["cwd"] == "/"


def test_threads_take_turns(hostile: ParsingProcess) -> None:
    texts = [f"Document {number}." for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: _text(hostile, "turn", text), texts)) == texts


def test_the_child_outlives_the_thread_that_started_it() -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        pids: list[int] = []
        thread = threading.Thread(target=lambda: pids.append(_facts(process)["pid"]))
        thread.start()
        thread.join()
        assert _facts(process)["pid"] == pids[0]


def test_a_child_that_does_not_start_is_no_fault_of_the_document() -> None:
    missing = "tests.fakes.no_such_module:read"
    with ParsingProcess(LIMITS, reader=missing) as process, pytest.raises(LegationError) as raised:
        _text(process, "good")
    assert raised.value.user_message == "The process that reads documents does not start."
    assert type(raised.value) is LegationError


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process ids of all children that are started from now on."""
    pids: list[int] = []

    class Counted(Child):
        def __init__(self, entry: str, limits: ParsingLimits) -> None:
            super().__init__(entry, limits)
            pids.append(self._process.pid)

    monkeypatch.setattr("index.parsing.supervisor.Child", Counted)
    return pids


def test_a_child_that_was_begun_reads_the_first_document(children: list[int]) -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        process.begin()
        process.begin()
        assert _facts(process)["pid"] == children[0]
        process.begin()
        assert _facts(process)["pid"] == children[0]
    assert len(children) == 1


def test_a_child_that_is_killed_while_it_starts_is_started_again(children: list[int]) -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        process.begin()
        os.kill(children[0], signal.SIGKILL)
        assert _facts(process)["pid"] == children[1]
    assert len(children) == 2


def test_a_child_that_was_begun_for_nothing_is_ended(children: list[int]) -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        process.begin()
        child = _Watched(children[0])
    with child:
        assert child.ended()


def test_what_read_for_a_sync_is_ended_before_anything_is_encoded(
    children: list[int], corpus: Corpus, tmp_path: Path
) -> None:
    """It may have grown to half of what one document may take."""
    lived: dict[str, bool] = {}

    def tell(progress: Progress) -> None:
        (child,) = children
        lived[progress.stage] = Path(f"/proc/{child}").exists()

    legation = Legation(load_settings(tmp_path / "home", model="words", reranker="none"), tell)
    legation.__dict__["encoder"] = WordEncoder()
    legation.sync(add=[Source("posts", str(corpus({"oslo.md": "The legation in Oslo closed."}, "posts")), "posts")])
    assert (lived["read"], lived["encode"]) == (True, False)


def test_closing_ends_the_child_and_what_it_started() -> None:
    with ParsingProcess(LIMITS, reader=HOSTILE) as process:
        child = _Watched(_facts(process)["pid"])
    with child:
        assert child.ended()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_child_ends_with_the_parent_in_the_middle_of_a_document(tmp_path: Path, how: signal.Signals) -> None:
    """SIGKILL leaves the parent no time to end it; SIGINT goes to the whole group, as Ctrl-C does."""
    fifo = tmp_path / "pid"
    os.mkfifo(fifo)
    script = (
        "import sys; from index.parsing.supervisor import ParsingProcess\n"
        f"with ParsingProcess(reader={HOSTILE!r}) as process:\n"
        "    process.parse({'report and sleep': sys.argv[1].encode()}, 'report and sleep')\n"
    )
    command = [sys.executable, "-c", script, str(fifo)]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, cwd=root, text=True) as parent:
        with _Watched(int(fifo.read_text(encoding="ascii"))) as child:
            os.killpg(parent.pid, how)
            assert child.ended()
        _, printed = parent.communicate(timeout=60)
    assert parent.returncode == -how
    assert printed.count("Traceback") == (how == signal.SIGINT)


class _Watched:
    """A process that is somebody else's child."""

    def __init__(self, pid: int) -> None:
        try:
            self._descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = -1

    def __enter__(self) -> "_Watched":
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def ended(self) -> bool:
        """Waits for it to end, not for ever."""
        return self._descriptor < 0 or bool(select.select([self._descriptor], [], [], 60)[0])
