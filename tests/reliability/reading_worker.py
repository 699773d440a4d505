"""Reads damaged files, one after another, in a process that may end at any of them: run by test_parsers.py.

Arguments: the first number, the number behind the last, the step, whether real files are damaged too, and a file of
eight bytes for the number that is read at present. Standard output: a line of JSON for each fault, with its number and
what is wrong, and at the end how often what came out.
"""

import gc
import json
import mmap
import resource
import signal
import struct
import sys
import traceback
from collections import Counter
from pathlib import Path

MEGABYTES = 1_024
CPU_SECONDS = 5.0
"""Of each file, user time; then SIGVTALRM ends the process."""

WARM = 500
"""Files after which all readers are loaded; what is there then need not be looked at as garbage again and again."""


def main(arguments: list[str]) -> None:
    first, end, step, real, place = int(arguments[0]), int(arguments[1]), int(arguments[2]), arguments[3], arguments[4]
    from index.errors import ReadError
    from index.parsing.child import parse_files
    from tests.reliability.damaged_files import Damage, own_seeds, real_seeds
    from tests.reliability.sound_readings import fault_of

    damage = Damage(own_seeds() + (real_seeds() if real == "real" else ()))
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEGABYTES * 1_000_000,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    outcomes: Counter[str] = Counter()
    with Path(place).open("r+b") as file, mmap.mmap(file.fileno(), 8) as noted:
        for number in range(first, end, step):
            noted[:8] = struct.pack(">q", number)
            if number == first + WARM * step:
                gc.collect()
                gc.freeze()
            damaged = damage.file(number)
            signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
            try:
                reading = parse_files(damaged.files, damaged.name, damaged.media_type)
                fault = fault_of(reading)
                outcomes["read"] += 1
            except ReadError as error:
                fault = None if error.user_message.strip() else "a refusal without a reason"
                outcomes["refused"] += 1
            except Exception as error:
                fault = None if _is_for_want_of_memory(error) else traceback.format_exc(limit=-6)
                outcomes["memory" if fault is None else "raised"] += 1
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            if fault is not None:
                print(json.dumps({"number": number, "file": damaged.name, "fault": fault}), flush=True)
        noted[:8] = struct.pack(">q", end)
    print(json.dumps({"outcomes": outcomes}), flush=True)


def _is_for_want_of_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
