"""The beginning of the process, and its end: interrupted while its modules are loaded it stops without a word more
than that; all is written and said, and for an answer nothing is given back piece by piece.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

INTERRUPTED = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPTED_AT"]:
            sys.meta_path.remove(self)
            try:
                signal.raise_signal(signal.SIGINT)
                list(range(10))
            except KeyboardInterrupt as error:
                if "HIDDEN" in os.environ:
                    raise ImportError("initialization failed") from error
                raise

sys.meta_path.insert(0, Finder())
"""
"""Interrupts the process at the import of a module. Hidden, the module then says what pybind11 says of itself."""

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
    return run_program(PROGRAM.format(arguments=arguments))


def run_program(program: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=root, timeout=60
    )


def interrupted(tmp_path: Path, at: str, *before: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED)
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{root}", "INTERRUPTED_AT": at, **variables}
    return subprocess.run(
        [*before, sys.executable, "-m", "bot", "ask", "--limit", "1", ""],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip


@pytest.mark.parametrize("hidden", [{}, {"HIDDEN": "1"}], ids=["", "hidden"])
@pytest.mark.parametrize("module", ["bot.cli", "onnxruntime", "bot.conversation"])
def test_interrupted_while_a_module_is_loaded(tmp_path: Path, module: str, hidden: dict[str, str]) -> None:
    finished = interrupted(tmp_path, module, **hidden)
    assert (finished.returncode, finished.stderr, finished.stdout) == (130, "Stopped.\n", "")


def test_who_is_told_to_ignore_it_goes_on(tmp_path: Path) -> None:
    finished = interrupted(tmp_path, "onnxruntime", "/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh")
    assert (finished.returncode, finished.stderr) == (2, "The question is empty.\n")


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


@pytest.mark.parametrize("code", [130, 0])
def test_pressed_once_more_at_the_end_it_ends_as_it_would(code: int) -> None:
    """As Python puts away what there is, a moment in which KeyboardInterrupt is a traceback."""
    finished = run_program(
        "import atexit, bot.cli, signal, sys\n"
        "from bot.__main__ import main\n"
        f"bot.cli.main = lambda: sys.exit({code})\n"
        "atexit.register(lambda: signal.raise_signal(signal.SIGINT))\n"
        "main()\n"
    )
    assert (finished.returncode, finished.stderr, finished.stdout) == (code, "", "")


def test_pressed_while_a_stuck_thread_is_waited_for_it_ends_with_everything_written() -> None:
    finished = run_program(
        "import bot.cli, os, signal, sys, threading, time\n"
        "from bot.__main__ import main\n"
        "def stuck():\n"
        "    threading.main_thread().join()  # it waits for this one by then\n"
        "    while True:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(0.1)\n"
        "threading.Thread(target=stuck).start()\n"
        "bot.cli.main = lambda: sys.exit(print('done'))\n"
        "main()\n"
    )
    assert (finished.returncode, finished.stderr, finished.stdout) == (0, "", "done\n")
