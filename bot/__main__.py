"""Where the command starts: before anything heavy is imported, so that Ctrl-C is clean from the first moment."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """The command line; see ``bot.cli.main``. Exits with 130 if interrupted while it is being loaded."""
    try:
        from bot.cli import main as run
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
