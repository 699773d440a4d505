"""What a check gives, and how it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from index.types import Progress

MOST_NAMED = 3
"""Things that a detail names, of those that are wrong."""

RESTORE = "legation restore FILE, or move library.sqlite, generations and any store.id away and add the sources again"
SYNC = "nothing: it is built again with the next question, or now with legation sync"

UNREACHED = "see to that, then check again"
SPLIT = "legation sync splits it again"
ENCODE = "legation sync encodes them again"
ENCODE_AGAIN = "legation sync --verify encodes them again"

OLDER = "of schema {version}, which is an earlier version's, and read as it is"
UPGRADE = "{upgraded_by} upgrades it; the earlier version cannot use it then"

Tell = Callable[[Progress], None]
Status = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked. ``mend`` says what to do about it, None if nothing is to be done."""

    subject: str
    status: Status
    detail: str
    mend: str | None = None


@dataclass(slots=True)
class Tally:
    """How many of something were looked at, and which of them are wrong."""

    subject: str
    count: int = 0
    wrong: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, problem: str | None) -> None:
        """Counts one, and what is wrong with it if something is."""
        self.count += 1
        if problem is not None:
            self.tell(problem)

    def tell(self, problem: str) -> None:
        """Notes what is wrong with all of them together."""
        if len(self.wrong) < MOST_NAMED:
            self.wrong.append(problem)
        else:
            self.more += 1

    def check(self, mend: str) -> Check:
        if not self.wrong:
            return Check(self.subject, "ok", f"{self.count:,} checked")
        more = f"; and {self.more:,} more" if self.more else ""
        return Check(self.subject, "wrong", f"{'; '.join(self.wrong)}{more}", mend)
