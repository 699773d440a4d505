"""Threads that stay, in the process that began them and in one that was forked from it."""

import subprocess
import sys

from index.worker_threads import WorkerThreads

FORKS = """
import os
from index.worker_threads import WorkerThreads

threads = WorkerThreads(1, "test")
assert list(threads.pool.map(len, ["a", "bb"])) == [1, 2]
child = os.fork()
if child == 0:
    print(list(threads.pool.map(len, ["ccc", "dddd"])), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(list(threads.pool.map(len, ["", "e"])))
"""


def test_the_threads_stay() -> None:
    threads = WorkerThreads(1, "test")
    assert threads.pool is threads.pool


def test_a_process_that_was_forked_has_threads_of_its_own() -> None:
    # One of its own: Python warns of forks of a process that has threads.
    command = [sys.executable, "-W", "ignore", "-c", FORKS]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert finished.stdout == "[3, 4]\n[0, 1]\n"
