"""Feeds of every kind, and feeds that mean harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.web.feeds import FeedItem, read_feed
from index.web.markup import MOST_XML_NODES, parse_xml

ADDRESS = "https://example.org/news/feed.xml"


def rss(items: str, head: str = "", version: str = "2.0") -> bytes:
    return f"""<?xml version="1.0"?>{head}<rss version="{version}" xmlns:content="http://purl.org/rss/1.0/modules/content/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
        xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Site</title><link>https://example.org/site/</link>
        <atom:link rel="self" href="https://example.org/feed"/>{items}</channel></rss>""".encode()


def problem(content: bytes) -> str:
    with pytest.raises(ReadError) as error:
        read_feed(content, ADDRESS)
    return error.value.user_message


def test_rss_2() -> None:
    content = rss("""
        <item><title>Embassy &amp; <![CDATA[consulate]]> closed</title><link> https://example.org/1 </link>
          <guid isPermaLink="false">id-1</guid><pubDate>Mon, 06 May 2024 23:30:00 -0500</pubDate>
          <description>&lt;p&gt;Short&lt;/p&gt;</description>
          <content:encoded><![CDATA[<p>In full</p>]]></content:encoded>
          <media:title>Not this</media:title><atom:updated>2025-01-01</atom:updated></item>
        <item><guid>https://example.org/2</guid><dc:date>2024-05-07T01:00:00Z</dc:date></item>
        <item><guid isPermaLink="false">https://example.org/no</guid><title/></item>
        <item><link>../3?a=1&amp;b=2</link><pubDate>yesterday</pubDate></item>""")
    assert read_feed(content, ADDRESS) == (
        FeedItem(
            "https://example.org/1",
            "id-1",
            "Embassy & consulate closed",
            "2024-05-06",
            "<p>Short</p>",
            "<p>In full</p>",
        ),
        FeedItem("https://example.org/2", "https://example.org/2", published="2024-05-07"),
        FeedItem(None, "https://example.org/no"),
        FeedItem("https://example.org/3?a=1&b=2"),
    )
    # Without an address of its own, the site's.
    assert read_feed(content)[3].link == "https://example.org/3?a=1&b=2"


def test_rss_091_has_a_document_type_which_is_not_fetched() -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss-0.91.dtd">'
    content = rss("<item><title>Caf&eacute; one</title><link>https://example.org/1</link></item>", head, "0.91")
    assert read_feed(content) == (FeedItem("https://example.org/1", None, "Café one"),)


@pytest.mark.parametrize("space", ["http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"])
def test_rss_1_and_090(space: str) -> None:
    content = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{space}"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Site</title>
        <link>https://example.org/</link></channel><item rdf:about="https://example.org/1"><title>One</title>
        <link>/1</link><dc:date>2009-05-06</dc:date></item></rdf:RDF>""".encode()
    assert read_feed(content) == (FeedItem("https://example.org/1", "https://example.org/1", "One", "2009-05-06"),)


def test_atom() -> None:
    content = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/a/"><title>Site</title>
        <link rel="self" href="https://example.org/feed"/>
        <entry xml:base="b/"><title type="html">A &lt;b&gt;bold&lt;/b&gt; &amp;amp; new</title><id>urn:1</id>
          <link rel="enclosure" href="https://example.org/x.mp3"/><link href="c"/>
          <published>2024-05-06T10:00:00Z</published>
          <updated>2024-06-01T00:00:00Z</updated><summary>Short</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">In <i>full</i></div></content></entry>
        <entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Two <i>words</i></div></title>
          <link rel="alternate" href="//example.com/2"/><updated>2024-06-02T00:00:00+02:00</updated>
          <content src="https://example.org/2.html"/></entry>
        <entry><link rel="alternate" href="javascript:alert(1)"/></entry></feed>"""
    assert read_feed(content, ADDRESS) == (
        FeedItem(
            "https://example.org/a/b/c", "urn:1", "A bold & new", "2024-05-06", "Short",
            '<div xmlns="http://www.w3.org/1999/xhtml">In <i>full</i></div>',
        ),
        FeedItem("https://example.com/2", None, "Two words", "2024-06-02"),
        FeedItem(None),
    )  # fmt: skip


def test_mistakes_that_many_feeds_have_are_overlooked() -> None:
    link = "<link>https://example.org/?a=1&b=2&amp;c=3</link>"
    content = b"\n\n " + rss(
        f"<item><title>A &nbsp;<b>B</b> & C &amp;nbsp;&odd;<![CDATA[ &&nbsp;]]>\x01</title>{link}</item>"
    )
    assert read_feed(content) == (
        FeedItem("https://example.org/?a=1&b=2&c=3", None, "A \xa0B & C &nbsp;&odd; &&nbsp;"),
    )


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        content = (
            f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><title>Café</title></item></channel></rss>'
        )
        assert read_feed(content.encode(encoding))[0].title == "Café"


BILLION = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p; <!ENTITY x "y">]>',
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{BILLION}<!ENTITY x "&l9;">]>',
        f'<!DOCTYPE rss [<!ENTITY x "{"x" * 100_000}">]>',
        '<!DOCTYPE rss [<!ENTITY x "y">]>',
    ],
)
@pytest.mark.parametrize("place", ["<title>&x;</title>", '<link a="&x;"/>', "<title>" + "&x;" * 10_000 + "</title>"])
def test_entities_are_refused(head: str, place: str) -> None:
    reason = problem(rss(f"<item>{place}</item>", head))
    assert reason in ("its XML declares entities, which are not read", "it is not valid XML")


def test_depth_is_bounded() -> None:
    assert problem(rss("<item>" + "<a>" * 100_000 + "</a>" * 100_000 + "</item>")) == "it is not valid XML"


def test_the_number_of_elements_and_attributes_is_bounded() -> None:
    reason = "it holds more XML elements and attributes than are read"
    assert problem(rss("<a/>" * MOST_XML_NODES)) == reason
    assert problem(rss('<a b="" c=""/>' * (MOST_XML_NODES // 3))) == reason


def test_a_feed_that_ends_early_is_no_feed() -> None:
    content = rss("<item><title>One</title></item>" * 3)
    for end in range(0, len(content) - 7):
        with pytest.raises(ReadError):
            read_feed(content[:end])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not valid XML"),
        (b"plain text", "it is not valid XML"),
        (b"%PDF-1.7 \x00\x01", "it is not valid XML"),
        (b"<html><body>x</body></html>", "it is not an RSS or Atom feed"),
        (b"<feed><entry/></feed>", "it is not an RSS or Atom feed"),
        (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "it is not an RSS or Atom feed"),
    ],
)
def test_what_is_no_feed_is_told(content: bytes, reason: str) -> None:
    assert problem(content) == reason


def test_a_feed_may_be_empty() -> None:
    assert read_feed(rss("")) == ()
    assert read_feed(b'<rss version="2.0"/>') == ()


@given(st.binary(max_size=200) | st.text(alphabet="<>/&;!?[]-rdf:=' \"item", max_size=80).map(str.encode))
def test_nothing_but_a_read_error_comes_of_any_bytes(content: bytes) -> None:
    for lenient in (True, False):
        try:
            parse_xml(content, lenient)
        except ReadError:
            continue
    try:
        read_feed(content)
    except ReadError:
        return


@given(st.text(max_size=30), st.text(max_size=30))
def test_links_are_absolute_web_addresses_or_none(link: str, base: str) -> None:
    from xml.sax.saxutils import escape, quoteattr

    clean = [("".join(sign for sign in text if sign.isprintable())) for text in (link, base)]
    content = (
        f"<rss xml:base={quoteattr(clean[1])}><channel><item><link>{escape(clean[0])}</link></item></channel></rss>"
    )
    for item in read_feed(content.encode(), ADDRESS):
        assert item.link is None or item.link.startswith(("http://", "https://"))


@pytest.mark.parametrize("link", ["http://[::1]@/", "//[::1]@", "http://a:b/", "http://a]/", "javascript:alert(1)"])
def test_a_link_that_is_no_address_is_none(link: str) -> None:
    assert read_feed(rss(f"<item><link>{link}</link></item>"), ADDRESS) == (FeedItem(None),)
