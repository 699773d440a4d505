"""The process that trains: what it tells on the way, and how it ends. Mostly another program stands in for it."""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bot.training import learn as module
from bot.training.example import Example, read_examples
from bot.training.learn import learn
from index.errors import LegationError, ModelError, StorageError
from index.rerank import OnnxReranker, RerankerManifest
from index.types import Progress
from tests.index.model_texts import TEXTS

INSTALLED = all(find_spec(name) for name in ("accelerate", "datasets"))
EXAMPLES = [
    Example(f"When was embassy {number} closed?\u2028", TEXTS[number % 2], number % 2, *(2 * [-(number % 2)]), "own")
    for number in range(32)
]


def run(monkeypatch: pytest.MonkeyPatch, work: Path, program: str) -> list[Progress]:
    """Runs ``program``, in Python, in place of the process; what was told."""
    monkeypatch.setattr(module, "_command", lambda *arguments: [sys.executable, "-c", program])
    told: list[Progress] = []
    learn(work / "start", EXAMPLES, work, work / "reader", told.append)
    return told


def test_steps_are_told_and_chatter_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [
        "Loading weights…", '{"done": 1, "total": 2}', "{'loss': 0.7}", "3", '["total"]',
        '{"done": 2, "total": 2}', '{"folder": "…"}', "{'train_runtime': 1.0}",
    ]  # fmt: skip
    program = f"import sys\nprint('warning', file=sys.stderr)\nfor line in {lines!r}: print(line)"
    assert run(monkeypatch, tmp_path, program) == [Progress("train", 1, 2), Progress("train", 2, 2)]
    assert read_examples(tmp_path / "examples.jsonl") == EXAMPLES


@pytest.mark.parametrize(
    ("program", "kind", "message"),
    [
        ('print(\'{"error": "No.", "storage": false}\')', ModelError, "No."),
        ('print(\'{"error": "Full.", "storage": true}\')', StorageError, "Full."),
        ("import os; os.kill(os.getpid(), 9)", ModelError, "The training failed: it was stopped by signal 9."),
        ("raise SystemExit(3)", ModelError, "The training failed: it ended with status 3."),
        ("raise ValueError('of no use')", ModelError, "The training failed: ValueError: of no use"),
        ('print(\'{"done": 1, "total": 2}\')', ModelError, "The training failed: it ended with status 0."),
    ],
)
def test_a_failure_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, kind: type[LegationError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        run(monkeypatch, tmp_path, program)
    assert caught.value.user_message == message


def test_interrupted_it_ends_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = 'import os, time\nprint(\'{"done": %d, "total": 1}\' % os.getpid(), flush=True)\ntime.sleep(600)'
    monkeypatch.setattr(module, "_command", lambda *arguments: [sys.executable, "-c", program])
    seen: list[int] = []

    def interrupt(progress: Progress) -> None:
        seen.append(progress.done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path, EXAMPLES, tmp_path, tmp_path / "reader", interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


@pytest.mark.skipif(INSTALLED, reason="the extra train is installed")
def test_without_the_extra_the_process_says_what_is_missing(small_readers: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No module named '(?:datasets|accelerate)'"):
        learn(small_readers / "reader", EXAMPLES, tmp_path, tmp_path / "reader", lambda progress: None)


@pytest.mark.skipif(not INSTALLED, reason="the extra train is not installed")
def test_a_reader_learns(small_readers: Path, tmp_path: Path) -> None:
    """Which of two texts answers, whatever is asked: the one that ``opposite`` puts last."""
    pairs = [(each.question, each.text) for each in EXAMPLES]
    label = np.array([each.label for each in EXAMPLES])
    start = min(("reader", "opposite"), key=lambda name: _margin(small_readers / name, pairs, label))
    told: list[Progress] = []
    work = tmp_path / "work"
    work.mkdir()
    learn(small_readers / start, EXAMPLES, work, tmp_path / "new", told.append, epochs=30)
    assert told == [Progress("train", step, 60) for step in range(1, 61)]
    assert _margin(tmp_path / "new", pairs, label) > _margin(small_readers / start, pairs, label)
    manifest = RerankerManifest.read(tmp_path / "new")
    assert (manifest.reference, manifest.precision, manifest.max_tokens) == ("legation-reader-own", "int8", 64)
    again = tmp_path / "again"
    again.mkdir()
    learn(small_readers / start, EXAMPLES, again, tmp_path / "newer", told.append, epochs=30)
    assert json.loads((tmp_path / "newer" / "reranker.json").read_text())["files"] == manifest.files


def _margin(folder: Path, pairs: list[tuple[str, str]], label: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float:
    logits = OnnxReranker(folder).logits(pairs)
    return float(logits[label == 1].mean() - logits[label == 0].mean())
