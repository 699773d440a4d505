"""What a location offers: pages, feeds, sitemaps, and those that lie or go round in circles."""

import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest

from index.errors import ReadError
from index.types import Problem
from index.web.addresses import INSIDE
from index.web.download import Fetched
from index.web.looking import MOST_PROBLEMS, Item, Listing, look, recognise
from index.web.rules import DownloadRules
from index.web.sitemaps import MOST_SITEMAPS, Sitemap, SitemapEntry, read_sitemap
from tests.index.web_site import HOST, WebSite, answer, downloader

RULES = DownloadRules(allowed_hosts=frozenset((HOST,)), attempts=1)


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        yield site


def pages(*locations: str, modified: str = "") -> bytes:
    last = f"<lastmod>{modified}</lastmod>" if modified else ""
    entries = "".join(f"<url><loc>{location}</loc>{last}<priority>0.5</priority></url>" for location in locations)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def sitemaps(*locations: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{location}</loc></sitemap>" for location in locations)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'.encode()


def rss(*links: str) -> bytes:
    items = "".join(
        f"<item><title>T</title><link>{link}</link><pubDate>Mon, 06 May 2024 10:00:00 GMT</pubDate></item>"
        for link in links
    )
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def listed(site: WebSite, path: str = "/sitemap.xml", most: int = 100) -> Listing:
    with downloader(RULES) as loader:
        return look("auto", site.url(path), loader, most=most)


def test_a_page_is_itself(site: WebSite) -> None:
    with downloader(RULES) as loader:
        expected = Listing("page", (Item("example.org/a?b", "https://example.org/a?b"),))
        assert look("page", "HTTPS://example.org/a?b#c", loader) == expected
        with pytest.raises(ReadError, match="inside the network"):
            look("page", "http://127.0.0.1/", loader)
    assert site.requests == []


def test_the_items_of_a_feed(site: WebSite) -> None:
    site.routes["/feed"] = answer(
        200, rss("/1", "https://example.org/2", "https://example.org/2#top", "http://10.0.0.1/", "http://example.org/2")
    )
    assert listed(site, "/feed") == Listing(
        "feed",
        (
            Item(f"{HOST}:{site.port}/1", site.url("/1"), "2024-05-06"),
            Item("example.org/2", "https://example.org/2", "2024-05-06"),
        ),
        (Problem("http://10.0.0.1/", INSIDE),),
    )
    assert listed(site, "/feed", most=1).items == (Item(f"{HOST}:{site.port}/1", site.url("/1"), "2024-05-06"),)
    assert listed(site, "/feed", most=1).complete is False


def test_items_without_an_address_are_problems(site: WebSite) -> None:
    site.routes["/feed"] = answer(200, rss("", "javascript:alert(1)", "ftp://example.org/"))
    assert listed(site, "/feed") == Listing("feed", (), (Problem("T", "it has no web address"),) * 3)


def test_problems_are_bounded(site: WebSite) -> None:
    site.routes["/feed"] = answer(200, rss(*[f"http://10.0.0.1/{number}" for number in range(1_000)]))
    assert len(listed(site, "/feed").problems) == MOST_PROBLEMS


def test_patterns_choose(site: WebSite) -> None:
    links = [f"https://example.org{path}" for path in ("/press/1", "/press/2?print", "/news/3", "/Press/4")]
    site.routes["/feed"] = answer(200, rss(*links))
    chosen = {
        ((), ()): [0, 1, 2, 3],
        (("*/press/*",), ()): [0, 1],
        (("*/press/*", "*/news/*"), ("*?print", "*[?]print")): [0, 2],
        ((), ("https://example.org/[pn]*",)): [3],
        (("example.org/*",), ()): [],
    }
    with downloader(RULES) as loader:
        for (include, exclude), expected in chosen.items():
            listing = look("feed", site.url("/feed"), loader, include, exclude)
            assert [item.url for item in listing.items] == [links[number] for number in expected]


def test_the_pages_of_a_sitemap(site: WebSite) -> None:
    entries = pages(
        "https://example.org/1",
        "https://example.org/2?a=1&amp;b=2",
        "http://[::1]/",
        modified="2024-05-06T10:00:00+02:00",
    )
    site.routes["/sitemap.xml"] = answer(200, entries)
    site.routes["/sitemap.xml.gz"] = answer(200, gzip.compress(entries, mtime=0), Content_Type="application/x-gzip")
    expected = Listing(
        "sitemap",
        (
            Item("example.org/1", "https://example.org/1", modified="2024-05-06"),
            Item("example.org/2?a=1&b=2", "https://example.org/2?a=1&b=2", modified="2024-05-06"),
        ),
        (Problem("http://[::1]/", INSIDE),),
    )
    assert listed(site) == listed(site, "/sitemap.xml.gz") == expected


def test_an_index_leads_to_all_its_sitemaps(site: WebSite) -> None:
    site.routes["/sitemap.xml"] = answer(
        200, sitemaps(site.url("/a.xml.gz"), site.url("/moved"), site.url("/a.xml.gz"))
    )
    site.routes["/a.xml.gz"] = answer(
        200, gzip.compress(pages("https://example.org/1", "https://example.org/2"), mtime=0)
    )
    site.routes["/moved"] = answer(301, Location="/b.xml")
    site.routes["/b.xml"] = answer(200, pages("https://example.org/2", "https://example.org/3"))
    listing = listed(site)
    assert [item.url for item in listing.items] == [f"https://example.org/{number}" for number in (1, 2, 3)]
    assert (listing.problems, listing.complete) == ((), True)
    assert site.paths == ["/sitemap.xml", "/a.xml.gz", "/moved", "/b.xml"]


def test_sitemaps_that_cannot_be_read_leave_the_list_incomplete(site: WebSite) -> None:
    locations = (site.url("/gone"), "http://10.0.0.1/x", site.url("/cut"), site.url("/feed"), site.url("/good"))
    site.routes["/sitemap.xml"] = answer(200, sitemaps(*locations))
    site.routes["/cut"] = answer(200, pages("https://example.org/1")[:-9])
    site.routes["/feed"] = answer(200, rss("/1"))
    site.routes["/good"] = answer(200, pages("https://example.org/2"))
    assert listed(site) == Listing(
        "sitemap",
        (Item("example.org/2", "https://example.org/2"),),
        (
            Problem(locations[0], "the server answered 404 (Not Found)"),
            Problem(locations[1], INSIDE),
            Problem(locations[2], "it is not valid XML"),
            Problem(locations[3], "it is not a sitemap"),
        ),
        complete=False,
    )


def test_sitemaps_that_name_each_other_are_read_once(site: WebSite) -> None:
    site.routes["/sitemap.xml"] = answer(200, sitemaps(site.url("/sitemap.xml"), site.url("/b.xml")))
    site.routes["/b.xml"] = answer(200, sitemaps(site.url("/sitemap.xml"), site.url("/b.xml")))
    assert listed(site) == Listing("sitemap", ())
    assert site.paths == ["/sitemap.xml", "/b.xml"]


def test_sitemaps_are_read_three_levels_deep(site: WebSite) -> None:
    site.routes["/sitemap.xml"] = answer(200, sitemaps(site.url("/2")))
    site.routes["/2"] = answer(200, sitemaps(site.url("/3"), site.url("/3?pages")))
    site.routes["/3"] = answer(200, sitemaps(site.url("/4")))
    site.routes["/3?pages"] = answer(200, pages("https://example.org/1"))
    listing = listed(site)
    assert [item.url for item in listing.items] == ["https://example.org/1"]
    assert listing.problems == (Problem(site.url("/3"), "it names more sitemaps, which are not read beyond 3 levels"),)
    assert listing.complete is False
    assert site.paths == ["/sitemap.xml", "/2", "/3", "/3?pages"]


def test_the_number_of_sitemaps_is_bounded(site: WebSite) -> None:
    # They lie on a port that is not read from: refused without a request, counted all the same.
    site.routes["/sitemap.xml"] = answer(
        200, sitemaps(*[f"https://example.org:1/{n}" for n in range(2 * MOST_SITEMAPS)])
    )
    listing = listed(site)
    reason = f"it names more sitemaps than the {MOST_SITEMAPS} that are read of one site"
    assert listing.problems[0] == Problem(site.url("/sitemap.xml"), reason)
    assert (len(listing.problems), listing.complete) == (MOST_PROBLEMS, False)


def test_no_more_sitemaps_are_read_than_needed(site: WebSite) -> None:
    site.routes["/sitemap.xml"] = answer(200, sitemaps(*[site.url(f"/{number}") for number in range(5)]))
    for number in range(5):
        site.routes[f"/{number}"] = answer(200, pages(*[f"https://example.org/{number}/{page}" for page in range(3)]))
    listing = listed(site, most=4)
    assert [item.url[20:] for item in listing.items] == ["0/0", "0/1", "0/2", "1/0"]
    assert listing.complete is False
    assert site.paths == ["/sitemap.xml", "/0", "/1"]


def test_sitemaps_that_mean_harm() -> None:
    entity = b'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    bomb = gzip.compress(b"<urlset>" + b" " * (60 << 20), 9, mtime=0)
    reasons = {
        entity + pages("https://example.org/&x;"): "its XML declares entities, which are not read",
        entity + pages("https://example.org/"): "its XML declares entities, which are not read",
        bomb: "it holds more than 52428800 bytes, the most that is unpacked",
        gzip.compress(pages(), mtime=0)[:-5]: "its compressed content ends early",
        b"\x1f\x8bnot gzip": "its compressed content is damaged",
        pages("https://example.org/?a&b"): "it is not valid XML",
        b"": "it is not valid XML",
        rss(): "it is not a sitemap",
    }
    for content, reason in reasons.items():
        with pytest.raises(ReadError) as error:
            read_sitemap(content)
        assert (content[:80], error.value.user_message) == (content[:80], reason)


def test_entries_are_read_as_they_stand() -> None:
    content = b"""<urlset><url><loc>
        https://example.org/1 </loc><lastmod>2024-05</lastmod></url><url><loc/></url><other/>
        <url><loc>https://example.org/2</loc><lastmod>yesterday</lastmod></url></urlset>"""
    expected = (SitemapEntry("https://example.org/1", "2024-05"), SitemapEntry("https://example.org/2"))
    assert read_sitemap(content) == Sitemap("pages", expected)


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (rss("/1"), "application/rss+xml", "feed"),
        (rss("/1"), None, "feed"),
        (rss("/1"), "text/plain; charset=utf-8", "feed"),
        (b"\xef\xbb\xbf\n" + rss("/&nbsp;"), "text/xml", "feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "application/atom+xml", "feed"),
        (pages(), "application/xml", "sitemap"),
        (sitemaps(), "text/xml", "sitemap"),
        (gzip.compress(pages(), mtime=0), "application/gzip", "sitemap"),
        (gzip.compress(b"%PDF", mtime=0), "application/gzip", "page"),
        (rss("/1"), "Text/HTML; charset=utf-8", "page"),
        (b"<!DOCTYPE html><title>x</title><br>", "text/html", "page"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "application/xhtml+xml", "page"),
        (b"%PDF-1.7", "application/pdf", "page"),
        (b"", None, "page"),
        (rss("/1")[:-3], None, "page"),
    ],
)
def test_locations_are_recognised_by_their_content(content: bytes, media_type: str | None, kind: str) -> None:
    assert recognise(Fetched("https://example.org/", content, media_type, None, None, None)) == kind


def test_a_location_of_a_stated_kind_must_be_of_it(site: WebSite) -> None:
    site.routes["/"] = answer(200, b"<html/>")
    with downloader(replace(RULES)) as loader:
        for kind, reason in (("feed", "it is not an RSS or Atom feed"), ("sitemap", "it is not a sitemap")):
            with pytest.raises(ReadError) as error:
                look(kind, site.url(), loader)  # type: ignore[arg-type]
            assert error.value.user_message == reason
        assert look("auto", site.url(), loader) == Listing("page", (Item(f"{HOST}:{site.port}", site.url()),))
