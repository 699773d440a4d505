import json
import logging
from pathlib import Path

import pytest

from index.errors import ReadError
from index.readers import read
from index.types import Heading, Reading

PAGES = Path(__file__).resolve().parents[2] / "../shared/messy/html"

PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><title>The embassy closed | Example</title>
<meta property="og:site_name" content="Office of the Historian">
<meta property="article:published_time" content="2019-01-10T08:00:00Z">
<link rel="canonical" href="https://example.org/angola"><script>var hidden = 1;</script></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/map">Site map</a></li></ul></nav>
<main><article><h1>The embassy closed</h1>
<p>The embassy in Luanda was
   closed in 1975 and <b>opened</b> again <a href="/x">in 1992</a>, when an ambassador arrived.</p>
<h2>What <i>followed</i></h2>
<ul><li>The liaison office was opened on January 10, 1992, with a Director.</li>
<li>Diplomatic relations were established on July 14, 1994, in Luanda.</li></ul>
<table><tr><th>City</th><th>Closed</th></tr><tr><td>Luanda</td><td>November 1975</td></tr></table>
<blockquote><p>The United States did not recognize the Government of Angola.</p></blockquote>
<p>After years of civil war, Angola held its first multiparty elections in 1992.</p>
</article></main><footer>Copyright, privacy, contact</footer></body></html>"""


def html(text: str) -> Reading:
    return read(text.encode(), "a.html").readings[0]


def blocks(text: str) -> list[str]:
    reading = html(text)
    return [reading.text[block.start : block.end] for block in reading.blocks]


def test_the_main_content_with_what_the_page_says_of_itself() -> None:
    reading = html(PAGE)
    parts = [
        "The embassy closed",
        "The embassy in Luanda was closed in 1975 and opened again in 1992, when an ambassador arrived.",
        "What followed",
        "The liaison office was opened on January 10, 1992, with a Director.",
        "Diplomatic relations were established on July 14, 1994, in Luanda.",
        "City | Closed",
        "Luanda | November 1975",
        "The United States did not recognize the Government of Angola.",
        "After years of civil war, Angola held its first multiparty elections in 1992.",
    ]
    assert reading.text.split("\n\n") == parts
    start = reading.text.index("What followed")
    assert reading.headings == (
        Heading(0, 18, 1, "The embassy closed"),
        Heading(start, start + 13, 2, "What followed"),
    )
    assert [reading.text[block.start : block.end] for block in reading.blocks] == [
        part for part in parts if part not in {"The embassy closed", "What followed"}
    ]
    assert reading.title == "The embassy closed"
    assert reading.publisher == "Office of the Historian"
    assert reading.published == "2019-01-10"
    assert reading.url == "https://example.org/angola"
    assert reading.language == "en-GB"


def test_a_date_in_the_text_is_not_the_date_of_the_page() -> None:
    assert html("<html><body><p>The embassy was closed on 10 January 2012.</p></body></html>").published is None


def test_inline_elements_neither_part_nor_join_words() -> None:
    source = "<p>f<b>oo</b>bar (<a href=x>Smith</a>), H<sub>2</sub>O; <code>a</code>.<br>New <i>line</i>.</p>"
    assert blocks(source) == ["foobar (Smith), H2O; a.\nNew line."]


def test_layout_tables_are_no_rows() -> None:
    cells = "<td><h3>Angola</h3><p>One.</p><p>Two.</p></td><td>Three.</td>"
    assert blocks(f"<table><tr>{cells}</tr></table>") == ["One.", "Two.", "Three."]


def test_a_fragment_is_read() -> None:
    assert blocks("<p>One &lt;closure&gt;.</p>") == ["One <closure>."]


def test_line_breaks_stay_and_two_part_blocks() -> None:
    assert blocks("<div>First line<br>\n second line<br><br>Another one</div>") == [
        "First line\nsecond line",
        "Another one",
    ]


def test_listings_keep_their_white_space() -> None:
    filler = "<p>A paragraph of text that is long enough to count as content of this page.</p>" * 2
    assert "def a():\n    return 1" in blocks(f"<div>{filler}<pre>def a():\n    return 1</pre>{filler}</div>")


@pytest.mark.parametrize("depth", [201, 1_000, 10_000])
@pytest.mark.parametrize("tag", ["div", "span", "ul><li", "table><tr><td", "b"])
def test_very_deep_pages_lose_nothing_but_their_nesting(tag: str, depth: int) -> None:
    source = f"<p>Before it.</p>{f'<{tag}>' * depth}Deep <i>inside</i>.<script>x</script><p>After it.</p>"
    assert " ".join(html(source).text.split()) == "Before it. Deep inside. After it."


def test_a_page_of_many_elements_is_read_whole() -> None:
    assert html("<p>A sentence.</p>" * 50_001).text == "\n\n".join(["A sentence."] * 50_001)


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="iso-8859-1">',
        "<META CHARSET=windows-1252>",
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">',
        '<?xml version="1.0" encoding="latin1"?>',
    ],
)
def test_a_declared_encoding_is_used(declaration: str) -> None:
    content = f"{declaration}<p>Le café “fermé”.</p>".encode("cp1252")
    assert read(content, "a.xhtml").readings[0].text == "Le café “fermé”."


def test_other_encodings() -> None:
    russian = "<meta charset=koi8-r><p>Посольство закрыто.</p>"
    japanese = "<meta charset=iso-2022-jp><p>大使館は閉鎖された。</p>"
    assert read(russian.encode("koi8-r"), "a.htm").readings[0].text == "Посольство закрыто."
    assert read(japanese.encode("iso2022_jp"), "a.htm").readings[0].text == "大使館は閉鎖された。"
    assert read("<meta charset=latin1><p>déjà</p>".encode(), "a.htm").readings[0].text == "déjà"
    assert read("<meta charset=latin1><p>déjà</p>".encode("utf-16"), "a.htm").readings[0].text == "déjà"


@pytest.mark.parametrize("charset", ["utf-8", "idna", "unicode_escape", "utf-7", "rot13", "no-such", "zlib"])
def test_a_wrong_declaration_is_refused_and_never_guessed(charset: str) -> None:
    content = f"<meta charset={charset}><p>caf".encode() + b"\xe9 closed</p>"
    with pytest.raises(ReadError, match=r"^The file is not valid UTF-8: byte 0xe9 at offset "):
        read(content, "a.html")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<!-- only a comment -->", "The page holds no HTML that could be parsed."),
        ("<html><body><script>var a = 1;</script></body></html>", "The file holds no text."),
        (
            "<h1>A closure</h1>",
            "The file holds no text to quote: only headings, or markup without words.",
        ),
    ],
)
def test_pages_without_text_are_refused(source: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        html(source)
    assert caught.value.user_message == message


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        html("<p>x</p>")
    assert caplog.records == []


def test_real_pages_keep_their_content_and_lose_the_rest() -> None:
    if not PAGES.is_dir():
        pytest.skip("the pages are not here")
    kept = wanted = dropped = unwanted = 0
    for name, expected in json.loads((PAGES / "expected.json").read_text(encoding="utf-8")).items():
        try:
            text = " ".join(read((PAGES / name).read_bytes(), name).readings[0].text.split())
        except ReadError:
            text = ""
        kept += sum(" ".join(each.split()) in text for each in expected["must_contain"])
        dropped += sum(" ".join(each.split()) not in text for each in expected["must_not_contain"])
        wanted += len(expected["must_contain"])
        unwanted += len(expected["must_not_contain"])
    assert kept / wanted >= 0.93
    assert dropped / unwanted >= 0.90


def test_soft_hyphens_are_not_part_of_words() -> None:
    page = "<html><body><p>The Bot&shy;schaft in Pjöng\u00adjang was closed.</p></body></html>"
    reading = read(page.encode(), "page.html").readings[0]
    assert reading.text == "The Botschaft in Pjöngjang was closed."


def head(*elements: str) -> Reading:
    return html(f"<html><head>{''.join(elements)}</head><body><p>The embassy was closed.</p></body></html>")


@pytest.mark.parametrize(
    ("elements", "url"),
    [
        ('<link rel="alternate canonical" href="http://a.example/b">', "http://a.example/b"),
        ('<meta property="og:url" content="https://a.example/og">', "https://a.example/og"),
        (
            '<link rel=canonical href="https://a.example/c"><meta property="og:url" content="https://a.example/og">',
            "https://a.example/c",
        ),
        (
            '<link rel=canonical href="/c"><meta property="og:url" content="https://a.example/og">',
            "https://a.example/og",
        ),
        ('<link rel=canonical href="javascript:alert(1)">', None),
        ('<link rel=canonical href="ftp://a.example/c">', None),
        ('<link rel=stylesheet href="https://a.example/c">', None),
    ],
)
def test_the_address_that_a_page_gives_itself(elements: str, url: str | None) -> None:
    assert head(elements).url == url


@pytest.mark.parametrize("name", ["https://www.facebook.com/a", "{$site_name}"])
def test_what_is_no_name_of_a_publisher(name: str) -> None:
    assert head(f'<meta property="og:site_name" content="{name}">').publisher is None


def test_dublin_core() -> None:
    reading = head(
        '<meta name="DC.title" content="A closure"><meta name="DC.publisher" content="Strelsau">',
        '<meta name="DCTERMS.issued" content="2019-01-10">',
    )
    assert (reading.title, reading.publisher, reading.published) == ("A closure", "Strelsau", "2019-01-10")


def test_a_page_too_deep_for_trafilatura_still_tells_of_itself() -> None:
    reading = html(PAGE.replace("<main>", "<div>" * 1_000))
    assert (reading.title, reading.publisher) == ("The embassy closed | Example", "Office of the Historian")
    assert (reading.published, reading.url) == ("2019-01-10", "https://example.org/angola")


def test_a_damaged_byte_in_a_long_page_is_shown_and_does_not_cost_the_page() -> None:
    page = b"<meta charset=utf-8><p>" + b"The embassy was closed. " * 500 + b"caf\xc3</p>"
    assert len(page) > 10_000
    text = read(page, "a.html").readings[0].text
    assert text == "The embassy was closed. " * 500 + "caf\ufffd"
    with pytest.raises(ReadError, match=r"^The file is not valid UTF-8: byte 0xc3"):
        read(page.replace(b" closed.", b" closed\xc3"), "a.html")
