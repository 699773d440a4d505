"""What robots.txt allows, and what is made of a robots.txt that cannot be read."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from index.errors import ReadError
from index.web.download import Fetched
from index.web.robots import MOST_ROBOTS_BYTES
from index.web.rules import DownloadRules
from tests.index.web_site import HOST, Names, StoppedClock, WebSite, answer, downloader

RULES = DownloadRules(allowed_hosts=frozenset((HOST,)), attempts=1)


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        site.routes["/a"] = site.routes["/b"] = answer(200, b"content")
        yield site


def said(site: WebSite, path: str, rules: DownloadRules = RULES) -> str:
    """Why the path is not read; empty if it is."""
    with downloader(rules) as loader:
        try:
            loader.get(site.url(path))
        except ReadError as error:
            return error.user_message
    return ""


def test_the_rules_for_us_count(site: WebSite) -> None:
    site.routes["/robots.txt"] = answer(
        200, b"\xef\xbb\xbfUser-agent: legation\nDisallow: /a\nAllow: /a$\n\nUser-agent: *\nDisallow: /b\n"
    )
    site.routes["/a?x"] = answer(200, b"content")
    assert said(site, "/a") == ""
    assert said(site, "/a?x") == "robots.txt does not allow it"
    assert said(site, "/b") == ""
    other = replace(RULES, user_agent="Other/1.0 (Legation)")
    assert said(site, "/a", other) == ""
    assert said(site, "/b", other) == "robots.txt does not allow it"
    assert site.paths == ["/a", "/b", "/a"]


def test_robots_txt_is_read_once_for_a_downloader(site: WebSite) -> None:
    with downloader() as loader:
        for path in ("/a", "/b", "/a"):
            loader.get(site.url(path))
    assert [request.path for request in site.requests] == ["/robots.txt", "/a", "/b", "/a"]


def test_every_hop_of_a_redirect_is_asked_for(site: WebSite) -> None:
    site.routes["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /b\n")
    site.routes["/a"] = answer(302, Location="/b")
    assert said(site, "/a") == "robots.txt does not allow it"
    assert site.paths == ["/a"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_site_that_has_none_allows_all(site: WebSite, status: int) -> None:
    site.routes["/robots.txt"] = answer(status, b"User-agent: *\nDisallow: /\n")
    assert said(site, "/a") == ""


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(500), "the server answered 500 (Internal Server Error)"),
        (answer(503), "the server answered 503 (Service Unavailable)"),
        (answer(429), "the server answered 429 (Too Many Requests)"),
        (answer(200, b"User-agent: *", Content_Length="99"), "its content broke off before the end"),
        (answer(302, Location="/robots.txt"), "it redirects more than 5 times"),
        (answer(302, Location="http://:/"), "it redirects to an address that is not valid"),
    ],
)  # fmt: skip
def test_nothing_is_read_while_it_cannot_be_known(site: WebSite, given: bytes, reason: str) -> None:
    site.routes["/robots.txt"] = given
    with downloader() as loader:
        for _ in range(2):
            with pytest.raises(ReadError) as error:
                loader.get(site.url("/a"))
            assert error.value.user_message == f"robots.txt cannot be read for now: {reason}"
    assert site.paths == []


def test_it_may_stand_elsewhere(site: WebSite) -> None:
    site.routes["/robots.txt"] = answer(301, Location="/rules")
    site.routes["/rules"] = answer(200, b"User-agent: *\nDisallow: /a\n")
    assert said(site, "/a") == "robots.txt does not allow it"


def test_what_is_beyond_the_limit_is_ignored(site: WebSite) -> None:
    rule = b"User-agent: *\nDisallow: /b\n"
    filling = b"#" + b"x" * (MOST_ROBOTS_BYTES - len(rule) - 20) + b"\n"
    # The limit falls into "Disallow: /a...", which would otherwise be read as another rule.
    site.routes["/robots.txt"] = answer(
        200, rule + filling + b"Disallow: /a/and/more/that/is/long\n" + b"#" * 1_000_000
    )
    assert said(site, "/a") == ""
    assert said(site, "/b") == "robots.txt does not allow it"


def test_a_crawl_delay_is_kept_up_to_a_bound(site: WebSite) -> None:
    for asked, slept in (("0.5", 1.0), ("7", 7.0), ("86400", 30.0), ("soon", 1.0)):
        site.routes["/robots.txt"] = answer(200, f"User-agent: *\nCrawl-delay: {asked}\n".encode())
        clock = StoppedClock()
        with downloader(RULES, clock) as loader:
            loader.get(site.url("/a"))
            loader.get(site.url("/b"))
        assert (asked, clock.slept) == (asked, [slept, slept])


def test_a_page_instead_of_rules_allows_all(site: WebSite) -> None:
    site.routes["/robots.txt"] = answer(200, b"<!DOCTYPE html><p>Welcome" + bytes(range(256)))
    assert said(site, "/a") == ""


def test_hosts_have_rules_of_their_own(site: WebSite) -> None:
    site.routes["/robots.txt"] = lambda request: (
        answer(200, b"User-agent: *\nDisallow: /\n") if HOST in request.headers["host"] else answer(404)
    )
    rules = replace(RULES, allowed_hosts=frozenset((HOST, "open.test")))
    with downloader(rules, names=Names(**{"open.test": "127.0.0.1"})) as loader:
        assert isinstance(loader.get(site.url("/a", "open.test")), Fetched)
        with pytest.raises(ReadError):
            loader.get(site.url("/a"))
