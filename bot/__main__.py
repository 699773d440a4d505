"""Where the command starts: before anything heavy is imported, so that Ctrl-C is clean from the first moment."""

import atexit
import gc
import os
import signal
import sys

_INTERRUPTED = 130


def main() -> None:
    """The command line; see ``bot.cli.main``. Exits with 130 if interrupted while it is being loaded."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # and not told to be ignored, as by nohup
    if ours:
        signal.signal(signal.SIGINT, _stop)
    gc.disable()  # of what is imported nothing is garbage
    from bot.cli import main as run

    gc.freeze()
    gc.enable()
    try:
        try:
            if ours:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            run()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # no traceback at the end
    except SystemExit as end:
        if sys.argv[1:2] == ["ask"] or end.code == _INTERRUPTED:
            _leave(end.code)
        if ours:  # a thread that is stuck would be waited for
            code = end.code  # the name of the exception is gone after the block
            signal.signal(signal.SIGINT, lambda *_: _end(code))
        raise
    except KeyboardInterrupt:  # a moment before, or after, what run itself watches over
        _stop()


def _stop(*_: object) -> None:
    """Ends the process at once: while it is being loaded there is nothing to be put away. An exception in its place
    could be lost, as some modules in C take one that comes while they are loaded for a fault of theirs.
    """
    try:
        os.write(2, b"Stopped.\n")
    finally:
        os._exit(_INTERRUPTED)


def _leave(code: object) -> None:
    """Ends the process at once. Giving back piece by piece what models and indexes hold, which the system takes back
    anyway, is a tenth of a cold answer. Returns if something is still to be written and cannot.
    """
    if _all_written() and isinstance(code, int):
        atexit._run_exitfuncs()
        os._exit(code)


def _end(code: object) -> None:
    """Ends the process at once, with what is being put away given up: the command has done its work."""
    try:
        _all_written()
    finally:  # also in the middle of writing, where it may not be begun again
        os._exit(code if isinstance(code, int) else 0)


def _all_written() -> bool:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
