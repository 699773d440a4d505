"""The command line. Thin: options in, the parts asked, text or JSON out; the commands are in ``bot.commands``.

Exit codes: 0 done (also when nothing was found: that is an answer), 1 a check failed, 2 and up as in
index.errors, 70 an error inside Legation, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from bot.commands import asking, care, chats, keeping, lists, measuring, sources, training
from bot.commands.options import EXIT_CHECK_FAILED, complain
from bot.settings import load_settings
from index.errors import LegationError, StorageError, UsageError

__all__ = ["EXIT_CHECK_FAILED", "EXIT_INTERNAL", "EXIT_INTERRUPTED", "app", "main"]

EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="legation", prog_name="legation")
def app() -> None:
    """Answers questions about diplomatic closures and sanctions with quoted, cited passages."""


for _command in (
    asking.ask, sources.add, sources.sync, sources.remove, sources.sources, sources.diff, asking.show, asking.verify,
    lists.screen, measuring.evaluate, measuring.calibrate, training.train_reader,
    chats.slack, chats.discord, chats.serve, chats.gaps, chats.feedback, care.doctor,
    keeping.check, keeping.backup, keeping.restore,
):  # fmt: skip
    app.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point: runs a command and turns every error into a sentence and an exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # Python's way of saying that it was closed before we started
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        # Not app.main, which would end the process by itself when a pipe is closed.
        with app.make_context("legation", given) as context:
            app.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
        code = 0
    except click.exceptions.Exit as error:  # --help and --version
        code = error.exit_code
    except LegationError as error:
        code = complain(error.user_message, error.exit_code, error.retryable, as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = UsageError.exit_code
    except click.ClickException as error:
        code = complain(error.format_message(), UsageError.exit_code, False, as_json)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again on closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except OSError as error:
        if _traceback_wanted():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what could not be written stays unwritten
        click.echo(f"Reading or writing failed: {error.strerror or type(error).__name__}.", err=True)
        code = StorageError.exit_code
    except Exception as error:  # the last fence: no person sees a traceback unasked
        if _hides_an_interruption(error):
            click.echo("Stopped.", err=True)
            sys.exit(EXIT_INTERRUPTED)
        if _traceback_wanted():
            raise
        kind = type(error).__name__
        sentence = f"Something went wrong inside Legation ({kind}); LEGATION_TRACEBACK=1 shows where."
        code = complain(sentence, EXIT_INTERNAL, False, as_json)
    sys.exit(code)


def _hides_an_interruption(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it: a module in C that is interrupted while it is loaded says ImportError, and a class
    that is while it is made RuntimeError.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _traceback_wanted() -> bool:
    try:
        return load_settings().traceback
    except LegationError:
        return False


if __name__ == "__main__":
    main()
