"""Nobody is let in: no request reaches an address inside the network, however it is written and whatever leads there.

A request is led there directly, by a redirect, by an item of a feed, by a page or a sitemap that a sitemap names, and
by a DNS that gives another address the next time. The short form tries every spelling of
tests/index/inside_addresses.py on each of these ways, the long form others that it makes up as well.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from random import Random
from xml.sax.saxutils import escape, quoteattr

import pytest

from index.errors import ReadError
from index.locations import find_items
from index.types import Source
from index.web.download import Downloader
from index.web.rules import DownloadRules
from tests.index.inside_addresses import SPELLINGS, caught, connections, four_spellings, trap
from tests.index.web_site import HOST, Names, WebSite, answer, downloader
from tests.rounds import Rounds

INSIDE = ("inside.test", "127.0.0.1 ::1")
FOUR = ("0", "10", "100.64", "127", "169.254", "172.16", "172.31", "192.0.0", "192.168", "198.18", "224", "240", "255")
SIX = ("::", "::ffff:7f00:", "64:ff9b::", "64:ff9b:1::", "2001:db8:", "2002:7f00:1:", "fc00:", "fd00:ec2::", "fe80::")
SIGNS = ("", ".", "..", "%2e", "%00", "\t", "#", "?", "\\", "@", ":", ":80", "/..", "%25lo", "\u00ad", "\u200b")
SCHEMES = (
    "http://",
    "https://",
    "HTTP://",
    "http:",
    "http:/",
    "http:///",
    "//",
    "http:\\\\",
    "\thttp://",
    "ftp://",
    "",
)


@dataclass(frozen=True)
class Site:
    """Our site, what was connected to in a round, and a port inside at which nobody may call."""

    web: WebSite
    port: int
    loader: Downloader

    def read(self, kind: str, path: str = "/start") -> None:
        """What a sync does with a source: it looks for items and reads each of them."""
        source = Source("web", self.web.url(path), "web", kind)  # type: ignore[arg-type]
        with suppress(ReadError):
            for item in find_items(source, lambda: self.loader, 10_000_000).items:
                with suppress(ReadError):
                    item.read({})


def directly(site: Site, url: str) -> None:
    with suppress(ReadError):
        site.loader.get(url)


def by_a_redirect(site: Site, url: str) -> None:
    target = url.encode().decode("latin-1").replace("\n", "").replace("\r", "")
    site.web.routes["/start"] = answer(307, Location="/next")
    site.web.routes["/next"] = answer(302, Location=target)
    site.read("page")


def by_a_feed(site: Site, url: str) -> None:
    items = f"<item><title>a</title><link>{escape(url)}</link></item><item><guid>{escape(url)}</guid></item>"
    site.web.routes["/start"] = answer(200, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())
    site.read("feed")


def by_the_base_of_a_feed(site: Site, url: str) -> None:
    entries = f'<entry><link href={quoteattr(url)}/></entry><entry xml:base={quoteattr(url)}><link href="x"/></entry>'
    site.web.routes["/start"] = answer(200, f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode())
    site.read("auto")


def by_a_sitemap(site: Site, url: str) -> None:
    site.web.routes["/start"] = answer(200, f"<urlset><url><loc>{escape(url)}</loc></url></urlset>".encode())
    site.read("sitemap")


def by_a_sitemap_of_sitemaps(site: Site, url: str) -> None:
    below = f"<sitemap><loc>{escape(url)}</loc></sitemap>"
    site.web.routes["/start"] = answer(200, f"<sitemapindex>{below}</sitemapindex>".encode())
    site.read("sitemap")


@contextmanager
def at_work() -> Iterator[tuple[Site, Callable[[], None]]]:
    """The site, and a look at what was connected to since the last one."""
    names = Names(**{INSIDE[0]: INSIDE[1]})
    with WebSite() as web, trap() as (port, listening), connections() as connected:
        rules = DownloadRules(
            attempts=1, ports=frozenset((80, 443, port)), allowed_hosts=frozenset((HOST,)), seconds_in_all=5.0
        )

        def look() -> None:
            assert set(connected) <= {("127.0.0.1", web.port)}
            assert caught(listening) == 0
            connected.clear()

        with downloader(rules, names=names) as loader:
            yield Site(web, port, loader), look


def urls(number: int, random: Random, port: int) -> list[str]:
    """The addresses of a round: one spelling on its port, and on the usual one."""
    if number < len(SPELLINGS):
        spelling = SPELLINGS[number]
        return [f"http://{spelling}:{port}/x", f"https://{spelling}:{port}/x", f"http://{spelling}/x"]
    return [_made_up(random, port)]


def _made_up(random: Random, port: int) -> str:
    """No address outside the network is written out in it."""
    spelled = random.choice([*four_spellings(_four(random)), *(f"[{_six(random)}]" for _ in range(20))])
    user = random.choice(("", "", "", "a@", "a:b@", f"{HOST}@", f"{HOST}:80@", "%40@"))
    host = user + spelled + random.choice(SIGNS)
    at = random.choice((f":{port}", f":{port}", f":0{port}", "", ":", f":{port}#@{HOST}", f":{port}\\@{HOST}"))
    url = f"{random.choice(SCHEMES)}{host}{at}/{random.choice(('x', '../x', '?u=1', ''))}"
    place = random.randrange(len(url) + 1)
    damage = random.choice(("", "", "", " ", "\t", "\r\n", "\x00", "\u3002", "\uff0f", "%", "\u202e", "\u2028"))
    return url[:place] + damage + url[place:]


def _four(random: Random) -> str:
    begins = random.choice(FOUR).split(".")
    return ".".join([*begins, *(str(random.choice((0, 1, 16, 129, 254, 255))) for _ in range(4 - len(begins)))])


def _six(random: Random) -> str:
    begins = random.choice(SIX)
    ends = ":".join(f"{random.choice((0, 1, 0x7F00, 0xA9FE)):x}" for _ in range(1 if begins.endswith("::") else 2))
    written = f"{begins}{ends}" if "::" in begins else f"{begins}:{ends}"
    return random.choice((written, written.upper(), f"{written}%25lo", _four(random).join(("::ffff:", ""))))


WAYS = (directly, by_a_redirect, by_a_feed, by_the_base_of_a_feed, by_a_sitemap, by_a_sitemap_of_sitemaps)


def test_there_are_spellings_enough() -> None:
    assert len(set(SPELLINGS)) >= 200


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_spelling_leads_inside(way: Callable[[Site, str], None], rounds: Rounds) -> None:
    with at_work() as (site, look):
        for number, random in rounds(short=len(SPELLINGS), long=20_000):
            for url in urls(number, random, site.port)[: 3 if way is directly else 1]:
                way(site, url)
                look()


def test_every_way_leads_to_where_one_may_go() -> None:
    """Else the test above would pass because nothing is ever read."""
    for way in WAYS[1:]:
        with at_work() as (site, look):
            site.web.routes["/good"] = answer(200, b"<urlset/>", Content_Type="text/plain")
            way(site, site.web.url("/good"))
            assert "/good" in site.web.paths
            look()


def test_no_answer_of_the_dns_leads_inside(rounds: Rounds) -> None:
    """A name is fine when robots.txt is read, and inside when the page or what it redirects to is. 127.0.0.1 stands for
    what is outside; some answers hold it beside addresses inside.
    """
    with WebSite() as web, connections() as connected:
        web.routes["/"] = answer(302, Location="/page")
        web.routes["/page"] = answer(200, b"The embassy was closed.")
        rules = DownloadRules(attempts=1, ports=frozenset((web.port,)), allowed_hosts=frozenset(("127.0.0.1",)))
        names = Names()
        reached = 0
        with downloader(rules, names=names) as loader:
            for number, random in rounds(short=200, long=20_000):
                host, good = f"rebinding{number}.test", random.randrange(4)
                inside = _forbidden(random)
                beside = random.choice((inside, inside, f"{inside} {_forbidden(random)}", f"{inside} 127.0.0.1"))
                names.answers[host] = [*["127.0.0.1"] * good, beside]
                del web.requests[:]
                outside = {("127.0.0.1", web.port)}
                with suppress(ReadError):
                    loader.get(web.url(host=host))
                assert set(connected) <= outside
                # robots.txt, the redirect and the page, each only while the name leads outside.
                assert len(web.requests) == (3 if "127.0.0.1" in beside else min(good, 3))
                reached += len(web.requests)
                connected.clear()
                del names.answers[host]
        assert reached > 0


def _forbidden(random: Random) -> str:
    """An address inside, as a DNS gives it, other than 127.0.0.1."""
    four = next(each for each in iter(lambda: _four(random), None) if each != "127.0.0.1")
    number = int(IPv4Address(four))
    forms = (0xFFFF << 32, 0, 0x64FF9B << 96, 0xFFFF << 48, 0x2A001450 << 96 | 0x5EFE << 32)
    six = [str(IPv6Address(form | number)) for form in forms]
    return random.choice(
        [four, four, *six, str(IPv6Address(0x2002 << 112 | number << 80)), "::1", "fe80::1", "fd00::1"]
    )
