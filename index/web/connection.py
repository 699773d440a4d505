"""One request and its answer, over aiohttp: judged addresses, bounded bytes, bounded time.

Two pools of connections: to hosts that are allowed by name any address is connected to, to all others only permitted
ones. They share nothing, so an answer of the DNS can never lend one host the rights of another.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yarl import URL

from index.errors import ReadError
from index.web.addresses import INSIDE, AddressRefusedError, AllowedHosts, judged_socket
from index.web.errors import RefusedError, UnavailableError
from index.web.inflate import Inflater

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.abc import AbstractResolver

WITH_CONTENT = (200, 203)
"""Statuses whose content is read; that of others is left on the wire."""

_MOST_HEADER_BYTES = 32_768  # of one header; some sites' content security policies pass aiohttp's 8,190
_CHUNK = 65_536
_NOT_HTTP = "the server's answer is not valid HTTP"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one answer. ``cut`` keeps the first ``most_inflated`` bytes where more would be an error."""

    most_bytes: int
    most_inflated: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; ``content`` is empty unless the status is one of WITH_CONTENT."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Connections:
    """The connections of one downloader. To be used and closed within one event loop."""

    def __init__(self, allowed: AllowedHosts, user_agent: str, resolver: "AbstractResolver | None") -> None:
        self._allowed = allowed
        self._user_agent = user_agent
        self._resolver = resolver
        self._sessions: dict[bool, ClientSession] = {}

    async def exchange(self, url: URL, headers: Mapping[str, str], limits: Limits, seconds: float) -> Answer:
        """The answer to GET ``url``; redirects are not followed. Raises ReadError: RefusedError if the address must not
        be connected to, UnavailableError if trying again may help.
        """
        import aiohttp

        try:
            async with asyncio.timeout(seconds):
                session = self._session(url.raw_host in self._allowed.names)
                async with session.get(url, headers=headers, allow_redirects=False) as response:
                    content = await _content(response, limits) if response.status in WITH_CONTENT else b""
                    response.close()  # what is left of it is not waited for
                    return Answer(response.status, response.headers, content)
        except TimeoutError as error:
            raise ReadError("it was not answered in full in the time allowed") from error
        except aiohttp.ClientError as error:
            raise _translated(error) from error
        except ValueError as error:
            raise ReadError("its address is not valid") from error

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, trusted: bool) -> "ClientSession":
        import aiohttp

        if trusted not in self._sessions:
            self._sessions[trusted] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=self._resolver,
                    use_dns_cache=False,
                    socket_factory=None if trusted else judged_socket(self._allowed.networks),
                ),
                headers={"User-Agent": self._user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                max_line_size=_MOST_HEADER_BYTES,
                max_field_size=_MOST_HEADER_BYTES,
            )
        return self._sessions[trusted]


async def _content(response: "ClientResponse", limits: Limits) -> bytes:
    coding = ", ".join(response.headers.getall("Content-Encoding", ())).strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise ReadError("its content is encoded in a way that was not asked for")
    if (response.content_length or 0) > limits.most_bytes and not limits.cut:
        raise _too_large(limits.most_bytes)
    inflater = None if coding in ("", "identity") else Inflater(limits.most_inflated)
    received, content = 0, bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        received += len(chunk)
        if received > limits.most_bytes and not limits.cut:
            raise _too_large(limits.most_bytes)
        content += inflater.feed(chunk) if inflater else chunk
        if len(content) > limits.most_inflated:
            if limits.cut:
                return bytes(content[: limits.most_inflated])
            raise ReadError(f"it holds more than {limits.most_inflated} bytes, the most that is unpacked")
    if inflater:
        inflater.finish()
    return bytes(content)


def _too_large(most_bytes: int) -> ReadError:
    return ReadError(f"it is larger than {most_bytes} bytes, the most that is read of one file")


def _translated(error: Exception) -> ReadError:
    import aiohttp

    match error:
        case aiohttp.ClientConnectorCertificateError():
            return ReadError("its certificate is not trusted")
        case aiohttp.ClientSSLError():
            return ReadError("no secure connection could be made to it")
        case aiohttp.ClientConnectorDNSError(os_error=socket.gaierror(errno=socket.EAI_AGAIN)):
            return UnavailableError("its host name could not be looked up")
        case aiohttp.ClientConnectorDNSError():
            return ReadError("its host name is not known")
        case aiohttp.ClientConnectorError(os_error=AddressRefusedError()):
            return RefusedError(INSIDE)
        case aiohttp.ClientConnectorError():
            return UnavailableError("the server cannot be reached")
        case aiohttp.ClientPayloadError():
            return UnavailableError("its content broke off before the end")
        case aiohttp.ClientConnectionError():
            return UnavailableError("the server broke the connection off")
        case aiohttp.InvalidURL():
            return RefusedError("its address is not valid")
    return ReadError(_NOT_HTTP)
