"""What was found of one thing that was looked at; an error is a finding, too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.assemble import Legation
from index.errors import GenerationError, LegationError, LibraryError, ModelError, UsageError

Status = Literal["ok", "note", "wrong"]

RESTORE = "restore library.sqlite from a backup, or add the sources again"
_MENDS = {
    ModelError: "legation ask exports the model again",
    LibraryError: RESTORE,
    GenerationError: "legation sync",
    UsageError: "correct the file, or unset LEGATION_GLOSSARY",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``mend`` says what to do about it, None if nothing is to be done."""

    subject: str
    status: Status
    detail: str
    mend: str | None = None


def guarded(look: Callable[[Legation], Iterator[Finding]], legation: Legation) -> Iterator[Finding]:
    try:
        yield from look(legation)
    except LegationError as error:
        yield Finding(look.__name__.strip("_"), "wrong", error.user_message, _MENDS.get(type(error)))
