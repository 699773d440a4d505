"""What a SQLite file of ours holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds. ``name`` is what a person calls it, ``mend`` what to do if it is damaged.

    ``statements`` make an empty file; ``upgrades`` maps an older version to what brings it to the next one. ``kept``
    says what is not lost if the disk refuses. ``private``: people wrote it, so nobody else may read the file, and what
    is deleted is overwritten. Each connection keeps up to ``cache_kib`` of the file in memory: as much as a transaction
    writes, or it spills early.
    """

    name: str
    application_id: int
    version: int
    statements: str
    mend: str
    upgrades: dict[int, str]
    kept: str
    private: bool = False
    cache_kib: int = 65_536

    @property
    def damaged(self) -> str:
        return f"The {self.name} file is damaged or is no Legation {self.name}; {self.mend}."
