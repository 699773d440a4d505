"""Nothing takes more than it may: small files that grow, and servers that never come to an end, are stopped and told.

The files and servers are those of tests/reliability/bombs.py. Each file is read as a sync reads it, in a process with
limits on memory and time; that the kernel keeps these limits is tests/index/test_parsing.py's to show. Here it is
shown that no file gets around them, that each is a reason or a sound text, and that the next document is read.
"""

import resource
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from index.errors import ReadError
from index.locations import find_items
from index.parsing.process import ParsingLimits
from index.parsing.supervisor import ParsingProcess
from index.types import Source
from index.web.rules import DownloadRules
from tests.index.web_site import HOST, Request, StoppedClock, WebSite, answer, downloader
from tests.reliability.bombs import DRIPS, FILES, LAUGHS, gzipped
from tests.reliability.sound_readings import fault_of
from tests.rounds import Rounds

LIMITS = ParsingLimits(megabytes=200, cpu_seconds=1, wall_seconds=60)
STARTING = 10
"""Seconds of CPU time that starting a process and the small document take at most, and by which a limit may be late."""

QUICK = (
    "a DOCX of parts that overlap", "an XLSX of laughs", "a PDF deflated twice", "a message within messages",
    "an XLSX beyond the last row",
)  # fmt: skip
"""What the short form reads."""


def _cpu_seconds() -> float:
    """That children have taken which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_files(rounds: Rounds) -> None:
    names = tuple(FILES) if rounds.soak else QUICK
    for number, _ in rounds(short=len(QUICK), long=len(FILES)):
        name, content = FILES[names[number]]()
        used = _cpu_seconds()
        with ParsingProcess(LIMITS) as process:
            try:
                assert fault_of(process.parse({name: content}, name)) is None, names[number]
            except ReadError as error:
                assert error.user_message.strip()
                # A reader's own error would have its trace here: none is to come out of a reader but ReadError.
                assert not getattr(error, "__notes__", ()), (names[number], error.__notes__)
            read = process.parse({"a.txt": b"The next one."}, "a.txt")
            assert read.readings[0].text == "The next one.", names[number]
        assert _cpu_seconds() - used < LIMITS.cpu_seconds + STARTING, names[number]


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        yield site


ITEM = "<item><link>https://a.bc/&a11;</link><title>&a11;</title></item>"
WEB: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a large sitemap": ("sitemap", lambda: answer(200, gzipped(300), Content_Type="application/gzip")),
    "a sitemap sent as a large one": ("sitemap", lambda: answer(200, gzipped(300), Content_Encoding="gzip")),
    "a large page": ("page", lambda: answer(200, gzipped(300), Content_Encoding="gzip", Content_Type="text/html")),
    "a feed of laughs": (
        "feed", lambda: answer(200, f'{LAUGHS}<rss version="2.0"><channel>{ITEM}</channel></rss>'.encode())
    ),
    "a sitemap of laughs": (
        "sitemap", lambda: answer(200, f"{LAUGHS}<urlset><url><loc>&a11;</loc></url></urlset>".encode())
    ),
    "a feed of elements": ("feed", lambda: answer(200, b"<rss>" + b"<a>" * 2_000_000)),
    "a sitemap of deep elements": ("sitemap", lambda: answer(200, b"<urlset>" + b"<a>" * 200_000)),
    "a robots.txt without an end": ("page", lambda: answer(200, b"Disallow: /a*b*c*d*e\n" * 300_000)),
}  # fmt: skip
"""What a server sends in place of what it was asked for, and what that would be."""


@pytest.mark.parametrize("name", WEB)
def test_what_servers_send(site: WebSite, name: str) -> None:
    kind, sent = WEB[name]
    site.routes["/robots.txt" if "robots" in name else "/"] = sent()
    source = Source("web", site.url(), "web", kind)  # type: ignore[arg-type]
    rules = DownloadRules(allowed_hosts=frozenset((HOST,)), attempts=1, most_inflated=20_000_000)
    with downloader(rules, StoppedClock()) as loader:
        loader.check(site.url())
        tracemalloc.start()
        try:
            with pytest.raises(ReadError) as stopped:
                for item in find_items(source, lambda: loader, 20_000_000).items:
                    item.read({})
            # Twice what may be unpacked, and XML as a tree.
            assert tracemalloc.get_traced_memory()[1] < 150_000_000
        finally:
            tracemalloc.stop()
    assert stopped.value.user_message.strip()


@pytest.mark.parametrize("path", ["/page", "/robots.txt", "/map"])
def test_servers_that_drip(site: WebSite, rounds: Rounds, path: str) -> None:
    """As a page, as what says whether it may be read, and as a sitemap that another one names."""
    late = "it was not answered in full in the time allowed"
    start = "/index" if path == "/map" else "/page"
    rules = DownloadRules(allowed_hosts=frozenset((HOST,)), attempts=2, seconds_in_all=0.2)
    drips = list(DRIPS.items())
    for number, random in rounds(short=5, long=20 * len(drips)):
        name, (begun, then) = drips[number % len(drips)] if rounds.soak else random.choice(drips)
        pauses = random.choice((0.0, 0.001, 0.01, 0.05))

        def drip(_: Request, begun: bytes = begun, then: bytes = then, pause: float = pauses) -> Iterator[bytes]:
            yield begun
            for part in cycle((then,)):
                if site.closing.wait(pause):
                    return
                yield part

        site.routes = {
            "/page": answer(200, b"The embassy was closed."),
            "/index": answer(
                200, f"<sitemapindex><sitemap><loc>{site.url('/map')}</loc></sitemap></sitemapindex>".encode()
            ),
            path: drip,
        }
        source = Source("web", site.url(start), "web", "sitemap" if path == "/map" else "page")
        reasons = []
        with downloader(rules) as loader:
            try:
                found = find_items(source, lambda loader=loader: loader, 1_000_000)
                reasons += [problem.reason for problem in found.problems]
                for item in found.items:
                    item.read({})
            except ReadError as error:
                reasons.append(error.user_message.removeprefix("robots.txt cannot be read for now: "))
        # What comes fast enough meets another limit before that of time.
        told = (late, "it is larger", "the server's answer", "its content", "its compressed content")
        assert reasons, name
        assert all(reason.startswith(told) for reason in reasons), (name, reasons)
