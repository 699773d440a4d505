"""Sources read again by themselves: when, in a process of its own, and that nothing ends it but a stop."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import pytest

import bot.refresh as module
from bot.assemble import Legation
from bot.refresh import LOOK_SECONDS, refresh, sync_due
from bot.settings import load_settings
from index.errors import SettingsError
from index.manifest import SourceEntry, put_entry

ROOT = Path(__file__).resolve().parents[2]


class Enough(Exception):  # noqa: N818
    """Ends the loop of a test."""


@pytest.fixture
def legation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Legation:
    monkeypatch.chdir(tmp_path)
    return Legation(load_settings(tmp_path / "home"))


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the loop wanted to wait; it ends at the third time."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Enough

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    return slept


def waits(monkeypatch: pytest.MonkeyPatch, *answers: float | Exception | None) -> list[str]:
    """What the manifest says, time after time; the list is what was synced."""
    given, synced = list(answers), []

    def until_due(_: Legation) -> float | None:
        answer = given.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sync(_: Legation) -> None:
        synced.append("synced")

    monkeypatch.setattr(module, "seconds_until_due", until_due)
    monkeypatch.setattr(module, "sync_due", sync)
    return synced


def run_loop(legation: Legation) -> None:
    with pytest.raises(Enough):
        asyncio.run(refresh(legation))


def test_it_waits_for_what_is_due_and_looks_at_the_manifest_meanwhile(
    legation: Legation, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = waits(monkeypatch, 5.5, 1e6, None)
    run_loop(legation)
    assert (slept, synced) == ([5.5, LOOK_SECONDS, LOOK_SECONDS], [])


def test_what_is_due_is_read_again_and_not_at_once_after(
    legation: Legation, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that fails leaves its source due: it must not be tried without a pause."""
    synced = waits(monkeypatch, 0, 0, 12.0)
    run_loop(legation)
    assert (slept, synced) == ([LOOK_SECONDS, LOOK_SECONDS, 12.0], ["synced", "synced"])


def test_a_broken_manifest_does_not_end_it(
    legation: Legation, slept: list[float], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits(monkeypatch, SettingsError("The manifest is wrong."), 3.0, None)
    run_loop(legation)
    assert slept == [LOOK_SECONDS, 3.0, LOOK_SECONDS]
    assert [each.message for each in caplog.records] == ["Sources cannot be read again: The manifest is wrong."]


def test_that_no_process_can_be_started_does_not_end_it(
    legation: Legation, slept: list[float], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    waits(monkeypatch, 0, 0, 0)
    monkeypatch.setattr(module, "sync_due", sync_due)
    monkeypatch.setattr(module.asyncio, "create_subprocess_exec", refused)
    run_loop(legation)
    assert slept == [LOOK_SECONDS] * 3
    assert {each.message for each in caplog.records} == {"Sources cannot be read again: Cannot allocate memory"}


def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Another program in the place of ``legation sync --due``."""
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(module.sys, "executable", str(program))


@pytest.mark.parametrize(
    ("code", "messages"),
    [
        (
            'print(\'{"added": 1, "changed": 2, "removed": 3, "skipped": [{"name": "a", "reason": "b"}]}\')',
            ["Sources read again: 1 documents added, 2 changed, 3 removed.", "Skipped a: b"],
        ),
        (
            'print(\'{"error": {"message": "Busy."}}\'); raise SystemExit(10)',
            ["Sources were not read again: Busy."],
        ),
        ("raise SystemExit(7)", ["Sources were not read again: the process ended with 7"]),
        ("import os; os.kill(os.getpid(), 9)", ["Sources were not read again: the process ended with -9"]),
        ('print("no JSON")', ["Sources were not read again: the process ended with 0"]),
        ('print("[]")', ["Sources were not read again: the process ended with 0"]),
        ('print(\'{"error": "odd"}\')', ["Sources were not read again: the process ended with 0"]),
    ],
)
def test_what_came_of_it_is_logged(
    legation: Legation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: str,
    messages: list[str],
) -> None:
    child(monkeypatch, tmp_path, code)
    with caplog.at_level(logging.INFO, "bot.refresh"):
        asyncio.run(sync_due(legation))
    assert [each.message for each in caplog.records] == messages


def test_a_stop_ends_the_process_and_waits_for_it(
    legation: Legation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, ended = tmp_path / "started", tmp_path / "ended"
    os.mkfifo(started)
    child(
        monkeypatch,
        tmp_path,
        # Held back until it is waited for: one that comes just before a wait does not end it.
        "import pathlib, signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        f"pathlib.Path({str(started)!r}).write_text('x')\n"
        "signal.sigwait([signal.SIGTERM])\n"
        f"pathlib.Path({str(ended)!r}).touch()",
    )

    async def stop() -> None:
        task = asyncio.create_task(sync_due(legation))
        await asyncio.to_thread(started.read_text)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.exists()

    asyncio.run(stop())


def test_a_real_process_reads_what_is_due(
    tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(model_cache))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "oslo.md").write_text("# Oslo\n\nThe embassy in Oslo closed.\n")
    legation = Legation(load_settings(tmp_path / "home"))
    put_entry(legation.home.manifest, SourceEntry("posts", str(folder), every="6h"))
    assert module.seconds_until_due(legation) == 0
    with caplog.at_level(logging.INFO, "bot.refresh"):
        asyncio.run(sync_due(legation))
    assert [each.message for each in caplog.records] == ["Sources read again: 1 documents added, 0 changed, 0 removed."]
    assert [each.id for each in legation.library.current_documents()] == ["posts/oslo.md"]
    assert json.dumps(list(legation.library.synced())) == '["posts"]'
    waits = module.seconds_until_due(legation)
    assert waits is not None
    assert waits > 0
    legation.library.close()
