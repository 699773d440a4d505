"""How often the tests in tests/reliability try: a few times always, many times with ``--soak``."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest

PROPERTY = "rounds"


@dataclass(frozen=True)
class Rounds:
    """Counts what a test tries. The long form begins with the round ``first``, where an earlier one ended, and ends
    after ``minutes`` at the latest; how far it came is told.
    """

    soak: bool
    minutes: float
    first: int
    request: pytest.FixtureRequest

    def __call__(self, short: int, long: int) -> Iterator[tuple[int, Random]]:
        """The numbers of the rounds, each with a source of randomness of its own: ``Random(number)``."""
        ends = time.monotonic() + self.minutes * 60
        done, wanted = (self.first, long) if self.soak else (0, short)
        properties = self.request.node.user_properties
        try:
            while done < wanted and (not self.soak or time.monotonic() < ends):
                yield done, Random(done)
                done += 1
        finally:
            properties.append((PROPERTY, (done, wanted)))

    def count(self, short: int, long: int) -> int:
        """For what counts by itself, such as hypothesis: how many to ask for."""
        return long if self.soak else short
