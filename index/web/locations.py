"""Which URLs are read, before anything is connected to; the addresses behind them are judged in addresses.py."""

import re
from dataclasses import dataclass

from yarl import URL

from index.errors import ReadError
from index.web.addresses import INSIDE, AllowedHosts, permitted
from index.web.errors import NO_URL, RefusedError

MOST_CHARACTERS = 4_000
"""Longest URL that is read; servers commonly stop at 8,000."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Locations:
    """The rules for URLs: only http and https, only these ``ports`` unless the host is allowed explicitly."""

    allowed: AllowedHosts
    ports: frozenset[int]

    def parse(self, text: str) -> URL:
        """The URL in its normal form, without a fragment. Raises RefusedError, with the reason, if it is not read."""
        text = text.strip(" \t\r\n\f")
        if len(text) > MOST_CHARACTERS or _FORBIDDEN.search(text):
            raise RefusedError("its address is not valid")
        try:
            url = URL(text).with_fragment(None)
            host, port, secret = (url.raw_host or "").rstrip("."), url.port, url.raw_user or url.raw_password
            if url.scheme not in ("http", "https"):
                raise RefusedError("only http and https addresses are read")
            url = url.with_host(host)
        except NO_URL as error:
            raise RefusedError("its address is not valid") from error
        if secret is not None:
            raise RefusedError("an address with a user name or a password is not read")
        self._judge(host, port)
        return url

    def redirected(self, current: URL, target: str | None) -> URL:
        """Where a redirect leads. Raises ReadError, with the reason, if it must not be followed."""
        try:
            joined = str(current.join(URL(target or ""))) if target and not _FORBIDDEN.search(target) else ""
        except NO_URL:
            joined = ""
        if not joined:
            raise ReadError("it redirects to an address that is not valid")
        try:
            following = self.parse(joined)
        except RefusedError as error:
            raise refused_redirect(error) from error
        if current.scheme == "https" and following.scheme == "http":
            raise ReadError("it redirects from https to http")
        return following

    def _judge(self, host: str, port: int | None) -> None:
        literal = ":" in host
        if not literal and not _NAME.fullmatch(host):
            raise RefusedError("its host name is not valid")
        if self.allowed.include(host):
            return
        # Of numbers only addresses written in full pass: 127.1 or 2130706433 would be loopback further down.
        if (literal or host.replace(".", "").isdigit()) and not permitted(host, self.allowed.networks):
            raise RefusedError(INSIDE)
        if port not in self.ports:
            numbers = " and ".join(str(number) for number in sorted(self.ports))
            raise RefusedError(f"it is on port {port}; only {numbers} are read from")


def refused_redirect(error: RefusedError) -> ReadError:
    """What to say of a redirect to a place that is refused: the document is not read, its own address may be fine."""
    return ReadError(f"it redirects to an address that is not read: {error.user_message}")
