"""Where the command starts: before anything heavy is imported, so that Ctrl-C is clean from the first moment."""

import atexit
import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """The command line; see ``bot.cli.main``. Exits with 130 if interrupted while it is being loaded."""
    gc.disable()  # of what is imported nothing is garbage
    try:
        from bot.cli import main as run
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    gc.freeze()
    gc.enable()
    try:
        run()
    except SystemExit as end:
        if sys.argv[1:2] == ["ask"]:
            _leave(end.code)
        raise


def _leave(code: object) -> None:
    """Ends the process at once. Giving back piece by piece what models and indexes hold, which the system takes back
    anyway, is a tenth of a cold answer. Returns if something is still to be written and cannot.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        return
    if isinstance(code, int):
        atexit._run_exitfuncs()
        os._exit(code)


if __name__ == "__main__":
    main()
