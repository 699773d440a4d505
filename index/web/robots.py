"""What a site's robots.txt allows (RFC 9309), read once for each origin."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from yarl import URL

from index.errors import ReadError
from index.web.errors import RefusedError, StatusError

if TYPE_CHECKING:
    from protego import Protego

MOST_ROBOTS_BYTES = 500 * 1024
"""What is read of a robots.txt; the rest is ignored (RFC 9309, 2.5, asks for at least as much)."""

MOST_CRAWL_DELAY = 30.0
"""Seconds. A longer Crawl-delay is taken for this one: with minutes between pages no site could be read."""


class Robots:
    """The rules of every origin asked about so far. ``fetch`` gives the bytes of a robots.txt or raises ReadError;
    ``product`` is the token that it knows us by.
    """

    def __init__(self, fetch: Callable[[URL], bytes], product: str) -> None:
        self._fetch = fetch
        self._product = product
        self._rules: dict[URL, Protego | ReadError] = {}

    def check(self, url: URL) -> float:
        """Seconds that the site wants between two requests, 0 if it does not say.

        Raises ReadError if ``url`` is not allowed, or if robots.txt cannot be read for now: then nothing is, unless
        the site answers that it has none (4xx, but not 429).
        """
        rules = self._of(url.origin())
        if isinstance(rules, RefusedError):
            raise rules
        if isinstance(rules, ReadError):
            raise ReadError(f"robots.txt cannot be read for now: {rules.user_message}") from rules
        if not rules.can_fetch(str(url), self._product):
            raise ReadError("robots.txt does not allow it")
        return min(rules.crawl_delay(self._product) or 0.0, MOST_CRAWL_DELAY)

    def _of(self, origin: URL) -> "Protego | ReadError":
        if origin not in self._rules:
            self._rules[origin] = self._read(origin)
        return self._rules[origin]

    def _read(self, origin: URL) -> "Protego | ReadError":
        from protego import Protego

        try:
            content = self._fetch(origin / "robots.txt")
        except StatusError as error:
            if not 400 <= error.status < 500:
                return error
            content = b""
        except ReadError as error:
            return error
        if len(content) >= MOST_ROBOTS_BYTES:
            content = content[: content.rfind(b"\n") + 1]  # half a rule could mean something else
        return Protego.parse(content.decode("utf-8-sig", errors="replace"))
