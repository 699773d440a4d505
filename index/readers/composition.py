"""A text put together piece by piece, with blocks and headings that have an empty line between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from index.readers.text import clean
from index.types import Heading, Pinpoint, Span

CELL_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Layout:
    """A text with its blocks and headings."""

    text: str = ""
    blocks: tuple[Span, ...] = ()
    headings: tuple[Heading, ...] = ()
    pinpoints: tuple[Pinpoint, ...] = ()


class Composition:
    """Takes blocks and headings in reading order."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Span] = []
        self._headings: list[Heading] = []
        self._pinpoints: list[Pinpoint] = []

    @property
    def next_start(self) -> int:
        """Where the next block will begin."""
        return self._length + 2 if self._pieces else 0

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def add(self, words: str, level: int | None = None) -> None:
        """A block, or a heading if it has a ``level``; nothing if there are no words."""
        words = words.strip()
        if not words:
            return
        start, end = self._place(words)
        if level is None:
            self._blocks.append(Span(start, end))
        else:
            self._headings.append(Heading(start, end, level, clean(words) or words))

    def add_row(self, cells: Iterable[str]) -> None:
        """A table row as a block on one line, without its empty cells."""
        joined = (" ".join(cell.split()) for cell in cells)
        self.add(CELL_SEPARATOR.join(cell for cell in joined if cell))

    def pinpoint(self, start: int, label: str) -> None:
        """Labels what was added from ``start`` on; nothing if that is nothing."""
        if start < self._length:
            self._pinpoints.append(Pinpoint(start, self._length, label))

    def append(self, layout: Layout) -> None:
        """All of another text."""
        if not layout.text:
            return
        shift, _ = self._place(layout.text)
        self._blocks.extend(Span(each.start + shift, each.end + shift) for each in layout.blocks)
        self._headings.extend(
            Heading(each.start + shift, each.end + shift, each.level, each.title) for each in layout.headings
        )

    def layout(self) -> Layout:
        """All that was added."""
        return Layout("".join(self._pieces), tuple(self._blocks), tuple(self._headings), tuple(self._pinpoints))

    def _place(self, words: str) -> tuple[int, int]:
        start = self.next_start
        if self._pieces:
            self._pieces.append("\n\n")
        self._pieces.append(words)
        self._length = start + len(words)
        return start, self._length
