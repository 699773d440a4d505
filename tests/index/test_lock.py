"""One writer at a time, also when the other one dies."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import lock
from index.errors import BusyError, StorageError
from index.lock import shared_lock, writer_lock

HOLDER = (
    "import sys; from pathlib import Path; from index.lock import writer_lock\n"
    "with writer_lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.readline()\n"
)


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_told_who_has_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "home" / "sync.lock"
    with holder(path) as process:
        started = json.loads((tmp_path / "home" / "sync.owner").read_text())["started"]
        begun = time.monotonic()
        with pytest.raises(BusyError) as caught, writer_lock(path):
            pass
        assert time.monotonic() - begun > 0.9  # and not for ever
        assert caught.value.user_message == (
            f"Another sync is under way (process {process.pid}, started {started}); try again when it is done."
        )
        assert caught.value.retryable
        process.communicate("done\n", timeout=60)
        assert process.returncode == 0
    with writer_lock(path):
        assert json.loads((tmp_path / "home" / "sync.owner").read_text())["process"] == os.getpid()
    assert not (tmp_path / "home" / "sync.owner").exists()


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sync.lock"
    with holder(path) as process:
        process.kill()
        process.wait(timeout=60)
        monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
        with writer_lock(path):
            pass


def test_an_owner_file_that_cannot_be_read_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "sync.lock"
    with holder(path):
        (tmp_path / "sync.owner").write_text('{"process"')
        with pytest.raises(BusyError) as caught, writer_lock(path):
            pass
        assert caught.value.user_message == (
            "Another sync is under way (its owner could not be read); try again when it is done."
        )


def test_two_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    path = tmp_path / "sync.lock"
    refused: list[str] = []

    def attempt() -> None:
        try:
            with writer_lock(path):
                refused.append("held")
        except BusyError as error:
            refused.append(error.user_message)

    with writer_lock(path):
        started = json.loads((tmp_path / "sync.owner").read_text())["started"]
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    assert refused == [
        f"Another sync is under way (process {os.getpid()}, started {started}); try again when it is done."
    ]


def test_the_lock_is_given_back_when_something_is_raised(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="of the body"), writer_lock(tmp_path / "sync.lock"):
        raise OSError("of the body")
    with writer_lock(tmp_path / "sync.lock"):
        pass


def test_where_nothing_can_be_written_there_is_no_lock(bound_folder: Path) -> None:
    (bound_folder / "home").mkdir(mode=0o555)
    with pytest.raises(StorageError) as caught, writer_lock(bound_folder / "home" / "sync.lock"):
        pass
    assert caught.value.user_message == f"Nothing can be written to {bound_folder / 'home'}: Permission denied."


def test_a_shared_lock_is_had_by_many_and_keeps_who_writes_out(tmp_path: Path) -> None:
    path = tmp_path / "home" / "slack.lock"
    with shared_lock(path, "held by {owner}"), shared_lock(path, "held by {owner}"):
        with pytest.raises(BusyError) as caught, writer_lock(path, "in use ({owner})"):
            pass
        assert caught.value.user_message == "in use (its owner could not be read)"
    with holder(path) as process, pytest.raises(BusyError) as caught, shared_lock(path, "held by {owner}"):
        pass
    assert caught.value.user_message.startswith(f"held by process {process.pid}, started ")
    with writer_lock(path):
        pass
