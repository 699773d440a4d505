"""Downloads over http and https: safe (no address inside the network), bounded and polite."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from pathlib import PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Self

from yarl import URL

from index.errors import ReadError, SettingsError
from index.web.addresses import allowed_hosts
from index.web.connection import WITH_CONTENT, Answer, Connections, Limits
from index.web.errors import Gone, RefusedError, StatusError, UnavailableError
from index.web.locations import Locations, refused_redirect
from index.web.robots import MOST_ROBOTS_BYTES, Robots
from index.web.rules import DownloadRules
from index.web.waiting import MOST_RETRY_AFTER, Clock, Pace, backoff, retry_after

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

MOST_REDIRECTS = 5

_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_TEMPORARY = (429, 502, 503, 504)
_USER_AGENT = re.compile(r"([A-Za-z_-]+)(?:[/ ][ -~]*)?")  # the product token of RFC 9309, 2.2.1


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells whether a document changed (RFC 9110, 8.8), as the server wrote it. ``url`` is where it was read
    in the end: elsewhere the validators mean nothing and are not sent. None sends them everywhere.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document as it was served. ``url`` is its final address; ``media_type`` the Content-Type, parameters
    included; ``file_name`` the last part of its path, or what the server calls it.
    """

    url: str
    content: bytes
    media_type: str | None
    etag: str | None
    last_modified: str | None
    file_name: str | None

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.last_modified, self.url)


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that the document is what it was. ``url`` is its final address."""

    url: str


class Downloader:
    """Downloads documents one after another. Not to be used within a running event loop, or by two threads.

    ``clock`` and ``resolver`` are for tests. Ctrl-C ends a download at once, as KeyboardInterrupt.
    """

    def __init__(
        self,
        rules: DownloadRules | None = None,
        clock: Clock | None = None,
        resolver: "AbstractResolver | None" = None,
    ) -> None:
        """Raises SettingsError if one of ``allowed_hosts`` is neither a host name nor a network, or the user agent
        does not begin with a product token.
        """
        self.rules = rules or DownloadRules()
        self._clock = clock or Clock()
        allowed = allowed_hosts(self.rules.allowed_hosts)
        self._locations = Locations(allowed, self.rules.ports)
        self._connections = Connections(allowed, self.rules.user_agent, resolver)
        self._pace = Pace(self._clock)
        product = _USER_AGENT.fullmatch(self.rules.user_agent)
        if product is None:
            raise SettingsError("The user agent must begin with a name of letters, and hold printable ASCII only.")
        self._robots = Robots(self._robots_txt, product[1])
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections; the downloader cannot be used afterwards."""
        self._runner.run(self._connections.close())
        self._runner.close()

    def check(self, url: str) -> str:
        """The normal form of ``url``, without a fragment. Connects nowhere. Raises RefusedError if it is not read."""
        return str(self._locations.parse(url))

    def get(self, url: str, validators: Validators | None = None) -> Fetched | NotModified:
        """The document at ``url``, or NotModified if it is still the one that ``validators`` came with.

        Raises ReadError, whose message is the reason and does not name the URL: RefusedError if our own rules forbid
        the address, Gone if the server has no such document, UnavailableError if all attempts found it in trouble.
        """
        start = self._locations.parse(url)
        limits = Limits(self.rules.most_bytes, self.rules.most_inflated)
        final, answer = self._attempted(lambda: self._followed(start, validators or Validators(), limits, polite=True))
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return NotModified(str(final))
        return Fetched(
            url=str(final),
            content=answer.content,
            media_type=_header(answer.headers, "Content-Type"),
            etag=_header(answer.headers, "ETag"),
            last_modified=_header(answer.headers, "Last-Modified"),
            file_name=_file_name(answer.headers, final),
        )

    def _robots_txt(self, url: URL) -> bytes:
        limits = Limits(MOST_ROBOTS_BYTES, MOST_ROBOTS_BYTES, cut=True)
        return self._attempted(lambda: self._followed(url, Validators(), limits, polite=False))[1].content

    def _attempted(self, attempt: Callable[[], tuple[URL, Answer]]) -> tuple[URL, Answer]:
        for number in range(1, self.rules.attempts):
            try:
                return attempt()
            except UnavailableError as error:
                if (error.seconds or 0.0) > MOST_RETRY_AFTER:
                    raise
                self._clock.sleep(backoff(number, error.seconds, self._clock))
        return attempt()

    def _followed(self, url: URL, validators: Validators, limits: Limits, polite: bool) -> tuple[URL, Answer]:
        """The last answer after redirects, and where it came from. ``polite`` asks robots.txt before every hop."""
        left = self.rules.seconds_in_all
        for hop in range(MOST_REDIRECTS + 1):
            try:
                delay = self._robots.check(url) if polite else 0.0
                headers = _conditions(url, validators)
                with self._pace.turn(str(url.host), max(delay, self.rules.seconds_between_requests)):
                    began = self._clock.monotonic()
                    answer = self._runner.run(self._connections.exchange(url, headers, limits, left))
                    left -= self._clock.monotonic() - began
            except RefusedError as error:
                if hop:
                    raise refused_redirect(error) from error
                raise
            if answer.status not in _REDIRECTS:
                self._judge(answer, conditional=bool(headers))
                return url, answer
            url = self._locations.redirected(url, answer.headers.get("Location"))
        raise ReadError(f"it redirects more than {MOST_REDIRECTS} times")

    def _judge(self, answer: Answer, conditional: bool) -> None:
        status = answer.status
        if status in WITH_CONTENT or (status == HTTPStatus.NOT_MODIFIED and conditional):
            return
        phrase = f" ({HTTPStatus(status).phrase})" if status in HTTPStatus.__members__.values() else ""
        message = f"the server answered {status}{phrase}"
        if status in _TEMPORARY:
            raise UnavailableError(message, retry_after(answer.headers.get("Retry-After"), self._clock))
        raise (Gone if status in _GONE else StatusError)(message, status)


def _conditions(url: URL, validators: Validators) -> dict[str, str]:
    if validators.url is not None and validators.url != str(url):
        return {}
    wanted = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in wanted.items() if value is not None}


def _header(headers: Mapping[str, str], name: str, most: int = 1_000) -> str | None:
    """A header's value; None if it could not be sent back or shown, as one with other than printable ASCII."""
    value = headers.get(name, "").strip()
    return value if 0 < len(value) <= most and value.isascii() and value.isprintable() else None


def _file_name(headers: Mapping[str, str], url: URL) -> str | None:
    """A name without folders, at most 200 characters, from Content-Disposition (RFC 6266) or the path."""
    message = Message()
    message["Content-Disposition"] = _header(headers, "Content-Disposition") or "inline"
    for given in (message.get_filename(), url.path):
        name = PurePosixPath((given or "").replace("\\", "/")).name
        name = "".join(character for character in name if character.isprintable()).strip(" .")
        if name:
            return name[-200:]
    return None
