"""The end of the process: all is written and said, and for an answer nothing is given back piece by piece."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import atexit, os, sys
from bot.__main__ import main
leave = os._exit
os._exit = lambda code: (print("at once", flush=True), leave(code))
atexit.register(lambda: print("at exit", flush=True))
sys.argv = ["legation", *{arguments!r}]
main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(arguments=arguments)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_an_answer_ends_at_once_with_everything_written() -> None:
    finished = run("ask", "--json", "")
    error, *others = finished.stdout.splitlines()
    assert json.loads(error)["error"]["exit_code"] == finished.returncode == 2
    assert finished.stderr == json.loads(error)["error"]["message"] + "\n"
    assert others == ["at exit", "at once"]


@pytest.mark.parametrize(("arguments", "code"), [(("--version",), 0), (("asks",), 2)])
def test_other_commands_end_as_python_does(arguments: tuple[str, ...], code: int) -> None:
    finished = run(*arguments)
    assert finished.returncode == code
    assert finished.stdout.splitlines()[-1:] == ["at exit"]
