"""Passages with the same text, gathered: one story that is stored under forty addresses is found once, not forty times.

Two entries of a list may say the same of two people, and are never the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from index.types import Hit, StoredPassage

BEST, NEWEST = 8, 8
"""So many passages of one text are kept: those that were found first, for the titles and headings above a text count,
too; and of the others those of the newest documents.
"""

Said = tuple[str, str | None]
"""A passage's text, and the document if it is the entry of a list."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The first hits of different texts, each with those of the same text behind it. ``seen`` are all hits that were
    looked at for them.
    """

    texts: tuple[tuple[Hit, ...], ...]
    seen: int

    @property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(hit for text in self.texts for hit in text)

    @property
    def has_copies(self) -> bool:
        return self.seen > len(self.texts)


@dataclass(slots=True)
class _Text:
    best: list[Hit] = field(default_factory=list)
    newest: list[Hit] = field(default_factory=list)

    def add(self, hit: Hit) -> None:
        if len(self.best) < BEST:
            self.best.append(hit)
            return
        newest = sorted([*self.newest, hit], key=_published, reverse=True)
        self.newest = newest[:NEWEST]


def said(stored: StoredPassage) -> Said:
    """The same for passages that say the same."""
    return stored.text, stored.document.id if stored.document.entry is not None else None


def gather(hits: Iterable[Hit], texts: int) -> Gathered:
    """As many different ``texts`` as there are in ``hits``, best first; no more of them are looked at than it takes."""
    found: dict[Said, _Text] = {}
    seen = 0
    for hit in hits if texts > 0 else ():
        found.setdefault(said(hit.stored), _Text()).add(hit)
        seen += 1
        if len(found) == texts:
            break
    return Gathered(tuple((*text.best, *text.newest) for text in found.values()), seen)


def _published(hit: Hit) -> str:
    return hit.stored.document.published or ""
