"""What is asked of whoever downloads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DownloadRules:
    """Bounds, in bytes and seconds, and manners of a downloader.

    ``most_bytes`` is on the wire, ``most_inflated`` after unpacking. ``seconds_in_all`` is for one attempt with its
    redirects, from the first connection to the last byte, waits for politeness left out. ``allowed_hosts`` are exact
    host names, addresses or networks inside, which are let through on every port; from other hosts only ``ports``
    are read. The product token of ``user_agent`` is what robots.txt knows us by.
    """

    most_bytes: int = 50_000_000
    most_inflated: int = 200_000_000
    seconds_in_all: float = 120.0
    seconds_between_requests: float = 1.0
    attempts: int = 3
    allowed_hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset((80, 443))
    user_agent: str = "Legation (+https://github.com/legation/legation)"
