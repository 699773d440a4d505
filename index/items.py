"""What a source has to be read, before it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from index.types import Problem

Known = Mapping[str, Mapping[str, str]]
"""What servers want to hear at the next look, by the name of the file: ``etag`` and ``last_modified``."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an item, by the names of its files: one, or the set of a sanctions list. ``name`` is the one that
    tells its format; ``url`` where it was found in the end.
    """

    files: dict[str, bytes]
    name: str
    media_type: str | None = None
    url: str | None = None
    validators: dict[str, dict[str, str]] = field(default_factory=dict)


class Item(Protocol):
    """Something to read. ``path`` names it within its source; ``published`` is a date that the source gives for it."""

    @property
    def path(self) -> str: ...

    @property
    def published(self) -> str | None: ...

    def read(self, known: Known) -> Content | None:
        """Its bytes, or None if the server says that they are those ``known``. Raises ReadError, and Gone if there is
        nothing at its place any more.
        """


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has now. ``alone``: it is one item by its nature, so that its documents need no name of it.
    ``complete``: what is not among ``items`` is gone. ``problems`` are items that must not be read. ``passed_over``
    counts files of kinds that nothing reads, by the endings of their names, in small letters.
    """

    items: tuple[Item, ...]
    alone: bool
    complete: bool
    problems: tuple[Problem, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
