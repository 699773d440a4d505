"""A site on loopback that answers byte for byte what a test gives it, and what else such tests share."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp.abc import AbstractResolver, ResolveResult

from index.web.download import Downloader
from index.web.rules import DownloadRules
from index.web.waiting import Clock

HOST = "site.test"


@dataclass(frozen=True)
class Request:
    """``path`` with its query; ``headers`` by their names in lower case."""

    path: str
    headers: dict[str, str]


Answering = bytes | Callable[[Request], bytes | Iterator[bytes]]


def answer(status: int, content: bytes = b"", **headers: str) -> bytes:
    """A whole answer; an underscore in a header's name stands for a hyphen."""
    lines = [f"HTTP/1.1 {status} Some"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if not {"Content_Length", "Transfer_Encoding"} & headers.keys():
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join((*lines, "Connection: close", "", "")).encode("latin-1") + content


class WebSite:
    """Serves ``routes``, and 404 elsewhere. ``requests`` are those that came, in their order."""

    def __init__(self, secure: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Answering] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()
        site = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if secure is not None:
                    self.request = secure.wrap_socket(self.request, server_side=True, do_handshake_on_connect=False)
                super().setup()

            def handle(self) -> None:
                site._handle(self)
                self.request.close()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def __enter__(self) -> "WebSite":
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str = "/", host: str = HOST) -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def _handle(self, handler: socketserver.StreamRequestHandler) -> None:
        try:
            line = handler.rfile.readline().decode("latin-1").split()
            headers = {}
            while header := handler.rfile.readline().decode("latin-1").strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            if len(line) < 2:
                return
            request = Request(line[1], headers)
            self.requests.append(request)
            given: Answering | Iterator[bytes] = self.routes.get(request.path, answer(404))
            given = given(request) if callable(given) else given
            for part in [given] if isinstance(given, bytes) else given:
                handler.wfile.write(part)
        except OSError:
            return  # the client went away, as it should in some tests


@dataclass
class StoppedClock(Clock):
    """A clock that only moves when somebody sleeps. ``chance`` is always 0.5."""

    time: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.time

    def now(self) -> datetime:
        return datetime(2024, 5, 6, tzinfo=UTC) + timedelta(seconds=self.time)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def chance(self) -> float:
        return 0.5


class Names(AbstractResolver):
    """A DNS of our own. ``answers`` are the addresses of a name, or a list of them for one question after another,
    of which the last stays. Numbers are read as the system reads them; nothing is asked of the network.
    """

    def __init__(self, **answers: str | list[str]) -> None:
        self.answers: dict[str, str | list[str]] = {HOST: "127.0.0.1", **answers}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        given = self.answers.get(host)
        if isinstance(given, list):
            given = given.pop(0) if len(given) > 1 else given[0]
        if given is None:
            if host != "localhost" and not set(host) <= set("0123456789abcdefx."):
                raise socket.gaierror(socket.EAI_NONAME, "not known")
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [str(entry[4][0]) for entry in found]
        else:
            addresses = given.split()
        return [
            ResolveResult(hostname=host, host=address, port=port, family=_family(address), proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def downloader(
    rules: DownloadRules | None = None, clock: Clock | None = None, names: Names | None = None
) -> Downloader:
    """One that reads from HOST, which is on loopback, and otherwise keeps all rules; it does not wait."""
    return Downloader(
        rules or DownloadRules(allowed_hosts=frozenset((HOST,)), attempts=1), clock or StoppedClock(), names or Names()
    )
