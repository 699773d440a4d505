"""From web addresses to what answers, on real servers on loopback: what is fetched, kept, and let go."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from index.home import Home
from index.intake import Skipped
from index.types import Source, SourceKind
from tests.index.list_samples import Work, add, alt, editions, sdn, un
from tests.index.web_site import Request, WebSite, answer

HTML = {"Content_Type": "text/html; charset=utf-8"}
OSLO, BERGEN = "The embassy in Oslo closed in May.", "The embassy in Bergen closed in June."


def page(text: str, title: str = "Post") -> bytes:
    return (
        f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p>"
        f"<p>Nobody knows more about it than the ministry has said so far.</p></main></body></html>"
    ).encode()


def served(content: bytes, etag: str = "", **headers: str) -> Callable[[Request], bytes]:
    """With an ETag of its own it is sent only to who does not have it."""

    def answering(request: Request) -> bytes:
        if etag and request.headers.get("if-none-match") == etag:
            return answer(304, ETag=etag)
        return answer(200, content, **({"ETag": etag} if etag else {}), **headers)

    return answering


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        yield site


def web(site: WebSite, path: str, kind: SourceKind = "auto", name: str = "web") -> Source:
    return Source(name, site.url(path, "127.0.0.1"), "web", kind)


def asked(site: WebSite) -> list[str]:
    """What was asked for since the last time."""
    paths = site.paths
    site.requests.clear()
    return paths


def at(site: WebSite, path: str) -> str:
    """How the document at a path is called in its source."""
    return f"127.0.0.1:{site.port}{path}"


# One page


@pytest.mark.parametrize("kind", ["auto", "page"])
def test_a_page_that_did_not_change_is_neither_sent_nor_encoded_again(
    work: Work, site: WebSite, kind: SourceKind
) -> None:
    site.routes["/post"] = served(page(OSLO), '"1"', **HTML)
    report = work.sync(web(site, "/post", kind))
    assert (report.added, report.skipped) == (1, ())
    (document,) = work.library.current_documents()
    assert (document.id, document.url, document.title) == (
        f"web/{at(site, '/post')}", site.url("/post", "127.0.0.1"), "Post",
    )  # fmt: skip
    assert OSLO in document.text
    asked(site)
    again = work.sync()
    assert asked(site) == ["/post"]
    assert (again.added, again.changed, again.unchanged, again.encoded) == (0, 0, 1, 0)
    assert work.encoder.encoded == []
    assert again.generation == report.generation


def test_a_page_that_changes_has_a_new_version_and_the_old_one_stays_known(work: Work, site: WebSite) -> None:
    site.routes["/post"] = served(page(OSLO), '"1"', **HTML)
    work.sync(web(site, "/post", "page"))
    (old,) = work.library.current_documents()
    site.routes["/post"] = served(page(BERGEN), '"2"', **HTML)
    report = work.sync()
    assert (report.added, report.changed, report.removed) == (0, 1, 0)
    (new,) = work.library.current_documents()
    assert (OSLO in new.text, BERGEN in new.text, old.id) == (False, True, new.id)
    assert work.library.find_documents(old.id, old.version) == [old]


def test_a_page_is_cited_from_where_it_was_found(work: Work, site: WebSite) -> None:
    site.routes["/old"] = answer(301, Location="/new")
    site.routes["/new"] = served(page(OSLO), '"1"', **HTML)
    work.sync(web(site, "/old", "page"))
    (document,) = work.library.current_documents()
    assert (document.path, document.url) == (at(site, "/old"), site.url("/new", "127.0.0.1"))
    asked(site)
    assert work.sync().unchanged == 1
    assert asked(site) == ["/old", "/new"]


@pytest.mark.parametrize("status", [500, 503, 403, 429])
def test_a_server_in_trouble_leaves_what_was_read(work: Work, site: WebSite, status: int) -> None:
    site.routes["/post"] = served(page(OSLO), **HTML)
    work.sync(web(site, "/post", "page"))
    site.routes["/post"] = answer(status)
    for _ in range(3):
        report = work.sync()
        assert [(each.name, each.kept) for each in report.skipped] == [("web", True)]
        assert f"the server answered {status}" in report.skipped[0].reason
        assert len(work.ids()) == 1


def test_a_server_that_is_not_there_leaves_what_was_read(work: Work) -> None:
    with WebSite() as site:
        site.routes["/post"] = served(page(OSLO), **HTML)
        work.sync(web(site, "/post"))
    report = work.sync()
    assert [(each.name, each.kept) for each in report.skipped] == [("web", True)]
    assert work.answers("Oslo embassy") == [f"web/{at(site, '/post')}"]


def test_a_page_that_is_gone_once_answers_on(work: Work, site: WebSite) -> None:
    site.routes["/post"] = served(page(OSLO), **HTML)
    place = web(site, "/post")
    work.sync(place)
    later = replace(work.limits, second_look=timedelta(hours=1))
    for _ in range(2):  # the second look is not yet one
        site.routes["/post"] = answer(404)
        report = work.sync(limits=later)
        waits = "the server answered 404 (Not Found); it answers on until a second look does not find it either"
        assert report.skipped == (Skipped(f"web/{at(site, '/post')}", waits, kept=True),)
        assert len(work.ids()) == 1
    site.routes["/post"] = served(page(OSLO), **HTML)
    assert work.sync(limits=later).skipped == ()
    assert [record.missing_since for record in work.library.files("web").values()] == [None]
    site.routes["/post"] = answer(404)
    assert len(work.sync(limits=later).skipped) == 1  # it is counted anew


def test_a_page_that_is_gone_twice_is_withdrawn(work: Work, site: WebSite, home: Home) -> None:
    site.routes["/post"] = served(page(OSLO), **HTML)
    work.sync(web(site, "/post"))
    (document,) = work.library.current_documents()
    site.routes["/post"] = answer(410)
    work.sync()
    report = work.sync()
    assert (report.removed, report.skipped) == (1, ())
    assert (work.ids(), work.library.files("web"), work.answers("Oslo embassy")) == ([], {}, [])
    assert work.library.members() == {}
    assert work.library.find_documents(document.id, document.version) == [document]
    site.routes["/post"] = served(page(OSLO), **HTML)
    assert work.sync().added == 1
    assert work.encoder.encoded == []


def test_a_source_that_moves_lets_go_once_its_new_place_can_be_read(work: Work, site: WebSite) -> None:
    site.routes["/one"] = served(page(OSLO), **HTML)
    work.sync(web(site, "/one", "page"))
    report = work.sync(web(site, "/two", "page"))
    assert work.ids() == [f"web/{at(site, '/one')}"]
    assert [each.kept for each in report.skipped] == [False]
    site.routes["/two"] = served(page(BERGEN), **HTML)
    work.sync()
    assert work.ids() == [f"web/{at(site, '/two')}"]
    assert list(work.library.files("web")) == [at(site, "/two")]


def test_robots_txt_is_kept_to(work: Work, site: WebSite) -> None:
    site.routes["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /closed\n")
    site.routes["/closed/a"] = served(page(OSLO), **HTML)
    site.routes["/open/a"] = served(page(BERGEN), **HTML)
    report = work.sync(web(site, "/closed/a", "page", "closed"), web(site, "/open/a", "page", "open"))
    assert work.ids() == [f"open/{at(site, '/open/a')}"]
    assert [(each.name, each.kept) for each in report.skipped] == [("closed", False)]
    assert "robots.txt" in report.skipped[0].reason
    assert asked(site) == ["/open/a"]


def test_an_address_inside_is_not_read(work: Work, site: WebSite) -> None:
    site.routes["/a"] = served(page(OSLO), **HTML)
    with_rules = replace(work.limits, download=replace(work.limits.download, allowed_hosts=frozenset()))
    report = work.sync(web(site, "/a", "page"), limits=with_rules)
    assert [(each.name, each.kept) for each in report.skipped] == [("web", False)]
    assert site.requests == []


# Feeds and sitemaps


def feed(site: WebSite, *names: str) -> bytes:
    items = "".join(
        f"<item><title>{name}</title><link>{site.url('/' + name, '127.0.0.1')}</link>"
        "<pubDate>Mon, 06 May 2024 10:00:00 GMT</pubDate></item>"
        for name in names
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


def sitemap(site: WebSite, *paths: str) -> bytes:
    places = "".join(f"<url><loc>{site.url(path, '127.0.0.1')}</loc></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'.encode()


def test_the_items_of_a_feed(work: Work, site: WebSite) -> None:
    """What a feed no longer shows is not gone; what is gone at its own address is."""
    for name in ("a", "b", "c", "d"):
        site.routes[f"/{name}"] = served(page(f"{OSLO} Item {name}."), f'"{name}"', **HTML)
    site.routes["/feed"] = answer(200, feed(site, "a", "b", "c"), Content_Type="application/rss+xml")
    report = work.sync(web(site, "/feed"))
    assert (report.added, report.skipped) == (3, ())
    assert work.ids() == [f"web/{at(site, '/' + name)}" for name in "abc"]
    assert {each.published for each in work.library.current_documents()} == {"2024-05-06"}
    site.routes["/feed"] = answer(200, feed(site, "b", "c", "d"), Content_Type="application/rss+xml")
    asked(site)
    report = work.sync()
    assert (report.added, report.removed, report.encoded) == (1, 0, len(work.encoder.encoded))
    assert all("Item d." in text for text in work.encoder.encoded if "Item" in text)
    assert work.ids() == [f"web/{at(site, '/' + name)}" for name in "abcd"]
    assert asked(site) == ["/feed", "/b", "/c", "/d"]
    site.routes["/c"] = answer(404)
    assert [each.name for each in work.sync().skipped] == [f"web/{at(site, '/c')}"]
    assert work.sync().removed == 1
    site.routes["/feed"] = answer(404)
    report = work.sync()
    assert [(each.name, each.kept) for each in report.skipped] == [("web", True)]
    assert work.ids() == [f"web/{at(site, '/' + name)}" for name in "abd"]


def test_a_feed_in_another_place_is_another_feed(work: Work, site: WebSite) -> None:
    for name in ("a", "b"):
        site.routes[f"/{name}"] = served(page(f"{OSLO} Item {name}."), **HTML)
    site.routes["/one"] = answer(200, feed(site, "a"))
    site.routes["/two"] = answer(200, feed(site, "b"))
    work.sync(web(site, "/one", "feed"))
    work.sync(web(site, "/two", "feed"))
    assert work.ids() == [f"web/{at(site, '/b')}"]


def test_a_sitemap_with_patterns(work: Work, site: WebSite) -> None:
    for path in ("/press/a", "/press/b", "/press/draft/c", "/jobs/d"):
        site.routes[path] = served(page(f"{OSLO} At {path}."), **HTML)
    site.routes["/map"] = answer(200, sitemap(site, "/press/a", "/press/b", "/press/draft/c", "/jobs/d"))
    place = replace(web(site, "/map", "sitemap"), include=("*/press/*",), exclude=("*/draft/*",))
    report = work.sync(place)
    assert (report.added, report.skipped) == (2, ())
    assert asked(site) == ["/map", "/press/a", "/press/b"]
    site.routes["/map"] = answer(200, sitemap(site, "/press/a"))
    report = work.sync()
    waits = "it is no longer listed; it answers on until a second look does not find it either"
    assert report.skipped == (Skipped(f"web/{at(site, '/press/b')}", waits, kept=True),)
    assert len(work.ids()) == 2
    report = work.sync()
    assert (report.removed, report.skipped) == (1, ())
    assert work.ids() == [f"web/{at(site, '/press/a')}"]


def test_a_sitemap_of_which_a_part_cannot_be_read_lets_nothing_go(work: Work, site: WebSite) -> None:
    site.routes["/a"], site.routes["/b"] = served(page(OSLO), **HTML), served(page(BERGEN), **HTML)
    parts = "".join(f"<sitemap><loc>{site.url(path, '127.0.0.1')}</loc></sitemap>" for path in ("/m1", "/m2"))
    site.routes["/map"] = answer(200, f"<sitemapindex>{parts}</sitemapindex>".encode())
    site.routes["/m1"], site.routes["/m2"] = answer(200, sitemap(site, "/a")), answer(200, sitemap(site, "/b"))
    work.sync(web(site, "/map"))
    site.routes["/m2"] = answer(404)
    for _ in range(3):
        report = work.sync()
        assert [each.name for each in report.skipped] == [f"web: {site.url('/m2', '127.0.0.1')}"]
        assert len(work.ids()) == 2


def test_an_item_that_fails_keeps_nothing_of_those_below_it(work: Work, site: WebSite) -> None:
    site.routes["/a"], site.routes["/a/b"] = served(page(OSLO), **HTML), served(page(OSLO), **HTML)
    site.routes["/map"] = answer(200, sitemap(site, "/a", "/a/b"))
    work.sync(web(site, "/map", "sitemap"))
    site.routes["/a"], site.routes["/a/b"] = answer(500), served(page(BERGEN), **HTML)
    report = work.sync()
    assert (report.changed, [(each.name, each.kept) for each in report.skipped]) == (
        1,
        [(f"web/{at(site, '/a')}", True)],
    )
    assert work.ids() == [f"web/{at(site, path)}" for path in ("/a", "/a/b")]
    assert [OSLO in text for text in work.texts()] == [True, False]


def test_a_hostile_item_is_left_out_and_the_others_taken(work: Work, site: WebSite) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    site.routes["/bomb.xml"] = served(bomb, Content_Type="application/xml")
    site.routes["/zip.docx"] = served(b"PK\x03\x04" + b"\xff" * 500)
    site.routes["/inside"] = answer(302, Location="http://169.254.169.254/latest")
    site.routes["/loop"] = answer(302, Location="/loop")
    site.routes["/large"] = served(b"x" * 300_000, Content_Type="text/plain")
    site.routes["/nul.txt"] = served(b"\x00" * 2000, Content_Type="text/plain")
    site.routes["/good"] = served(page(OSLO), **HTML)
    small = replace(work.limits, download=replace(work.limits.download, most_bytes=100_000))
    names = ["/bomb.xml", "/zip.docx", "/inside", "/loop", "/large", "/nul.txt", "/good"]
    site.routes["/map"] = answer(200, sitemap(site, *names))
    report = work.sync(web(site, "/map", "sitemap"), limits=small)
    assert work.ids() == [f"web/{at(site, '/good')}"]
    assert [each.name for each in report.skipped] == [f"web/{at(site, name)}" for name in names[:-1]]
    assert not any(each.kept or "Traceback" in each.reason for each in report.skipped)


# Sanctions lists


@pytest.mark.parametrize("kind", ["list", "auto"])
def test_a_list_at_an_address(work: Work, site: WebSite, kind: SourceKind) -> None:
    site.routes["/un.xml"] = served(un("2020-11-30", KPi_001="Ri Won", KPi_002="Pak Nam").encode(), '"1"')
    report = work.sync(web(site, "/un.xml", kind, "un"))
    assert (report.skipped, work.ids()) == ((), ["un/KPi.001", "un/KPi.002"])
    assert editions(work.searcher().open()) == [("un", "web", "2020-11-30", True)]
    (document, _) = work.library.current_documents()
    assert document.url == site.url("/un.xml", "127.0.0.1")
    asked(site)
    assert work.sync().encoded == 0
    assert asked(site) == ["/un.xml"]
    site.routes["/un.xml"] = answer(200, b"<html><body><p>We are down for maintenance today.</p></body></html>")
    report = work.sync()
    assert [(each.name, each.kept) for each in report.skipped] == [("un", True)]
    assert work.ids() == ["un/KPi.001", "un/KPi.002"]
    site.routes["/un.xml"] = answer(404)
    work.sync()
    assert len(work.ids()) == 2
    work.sync()
    assert (work.ids(), editions(work.searcher().open())) == ([], [])


def ofac(site: WebSite, version: str, **files: str) -> None:
    for name, text in files.items():
        site.routes[f"/ofac/{name}.csv"] = served(text.encode(), f'"{version}{name}"', Content_Type="text/csv")


FILES = {
    "sdn": sdn({1: "RI, Won"}), "alt": alt({1: "LI, Weon"}), "add": add({1: "Havana"}),
    "sdn_comments": "1,A comment that goes on.\r\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["list", "auto"])
def test_a_list_of_several_files_beside_each_other(work: Work, site: WebSite, kind: SourceKind) -> None:
    ofac(site, "1", **FILES)
    place = web(site, "/ofac/sdn.csv", kind, "ofac")
    report = work.sync(place)
    assert (report.skipped, report.problems, work.ids()) == ((), (), ["ofac/1"])
    (text,) = work.texts()
    assert all(words in text for words in ("RI, Won", "LI, Weon", "Havana"))
    asked(site)
    again = work.sync()
    assert (again.encoded, again.generation) == (0, report.generation)
    everything = [f"/ofac/{name}.csv" for name in ("sdn", "alt", "add", "sdn_comments")]
    assert sorted(asked(site)) == sorted(everything)
    ofac(site, "2", alt=FILES["alt"].replace("Weon", "Weoun"))  # the list itself is as it was
    assert work.sync().changed == 1
    assert "LI, Weoun" in work.texts()[0]
    site.routes["/ofac/alt.csv"] = answer(404)
    for _ in range(3):
        report = work.sync()
        gone = "alt.csv, which belongs to it, is gone: the server answered 404 (Not Found)"
        assert report.skipped == (Skipped("ofac", gone, kept=True),)
        assert "LI, Weoun" in work.texts()[0]
    ofac(site, "3", **FILES)
    assert work.sync().skipped == ()
    assert "LI, Weon" in work.texts()[0]
    site.routes["/ofac/add.csv"] = answer(503)
    ofac(site, "4", sdn=sdn({1: "RI, Won", 2: "PAK, Nam"}))
    report = work.sync()
    assert [(each.name, each.kept) for each in report.skipped] == [("ofac", True)]
    assert report.skipped[0].reason.startswith("add.csv, which belongs to it, was not read: ")
    assert work.ids() == ["ofac/1"]


def test_a_list_of_one_file_where_there_could_be_more(work: Work, site: WebSite) -> None:
    ofac(site, "1", sdn=FILES["sdn"])
    report = work.sync(web(site, "/ofac/sdn.csv", "list", "ofac"))
    assert (report.skipped, work.ids()) == ((), ["ofac/1"])
    asked(site)
    assert work.sync().skipped == ()
    assert asked(site) == ["/ofac/sdn.csv"]


def test_a_list_that_moves_to_another_address_keeps_its_history(work: Work, site: WebSite) -> None:
    site.routes["/2018/un.xml"] = served(un("2018-10-29", KPi_001="Ri Won").encode())
    site.routes["/2020/un.xml"] = served(un("2020-11-30", KPi_002="Pak Nam").encode())
    work.sync(web(site, "/2018/un.xml", "list", "un"))
    work.sync(web(site, "/2020/un.xml", "list", "un"))
    assert work.ids() == ["un/KPi.002"]
    assert [each[2:] for each in editions(work.searcher().open())] == [("2018-10-29", False), ("2020-11-30", True)]
