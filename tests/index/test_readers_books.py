"""OpenDocument texts and e-books, made with zipfile."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from index.errors import ReadError
from index.readers import read
from index.types import FileReading, Heading, Problem, Reading, Span


def package(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return stream.getvalue()


NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in [
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("meta", "meta"),
    ]
)
META = f"""<office:document-meta {NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>
<dc:title>Closures</dc:title><dc:date>2020-02-03T04:05:06</dc:date>
<meta:creation-date>2019-01-10T08:00:00</meta:creation-date><dc:language>en-GB</dc:language>
</office:meta></office:document-meta>"""


def odt(body: str, **parts: str) -> bytes:
    content = (
        f"<office:document-content {NAMESPACES}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return package({"mimetype": kind, "content.xml": content, **{f"{name}.xml": part for name, part in parts.items()}})


def odt_blocks(body: str) -> list[str]:
    reading = read(odt(body), "a.odt").readings[0]
    return [reading.text[block.start : block.end] for block in reading.blocks]


def test_a_text_of_opendocument() -> None:
    body = """<text:h text:outline-level="2">Angola</text:h>
    <text:p>The  embassy<text:s text:c="3"/>was <text:span>clo</text:span>sed<text:line-break/>in 1975.</text:p>
    <text:list><text:list-item><text:p>A liaison office.</text:p></text:list-item></text:list>
    <table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>City</text:p></table:table-cell>
    <table:table-cell><text:p>Closed</text:p></table:table-cell></table:table-row></table:table-header-rows></table:table>"""
    assert read(odt(body, meta=META), "a.odt") == FileReading(
        "application/vnd.oasis.opendocument.text",
        (
            Reading(
                "Angola\n\nThe embassy was closed\nin 1975.\n\nA liaison office.\n\nCity | Closed",
                (Span(8, 39), Span(41, 58), Span(60, 73)),
                (Heading(0, 6, 2, "Angola"),),
                title="Closures",
                published="2019-01-10",
                language="en-GB",
            ),
        ),
    )


def test_a_part_without_a_name_is_no_part() -> None:
    content = odt("<text:p>It was closed.</text:p>", nobody="<a/>")
    assert content.count(b"nobody.xml") == 2
    reading = read(content.replace(b"nobody.xml", b"\0obody.xml"), "a.odt").readings[0]  # read up to the NUL
    assert reading.text == "It was closed."


def test_what_is_no_text_of_an_opendocument_text_is_left_out() -> None:
    body = """<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted</text:p></text:deletion>
    </text:changed-region></text:tracked-changes><text:table-of-content><text:index-body><text:p>Angola 7</text:p>
    </text:index-body></text:table-of-content><text:p>Kept
    <office:annotation><text:p>A remark</text:p></office:annotation>
    here.<text:note><text:note-citation>1</text:note-citation>
    <text:note-body><text:p>A note.</text:p></text:note-body>
    </text:note></text:p><text:section><text:p>In a section.<draw:frame><draw:text-box><text:p>In a frame.</text:p>
    </draw:text-box></draw:frame></text:p></text:section>"""
    assert odt_blocks(body) == ["Kept here.", "A note.", "In a section.", "In a frame."]


ENCRYPTED = "<m:manifest xmlns:m='urn:x'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (odt(""), "The file holds no text."),
        (
            odt("<text:h>Only a heading</text:h>"),
            "The file holds no text to quote: only headings, or markup without words.",
        ),
        (odt("<text:p>"), "The OpenDocument text is damaged: the XML of its part 'content.xml' is broken."),
        (
            package({"mimetype": "x"}),
            "The file is no OpenDocument text, or damaged: its part 'content.xml' is missing.",
        ),
        (
            package({"META-INF/manifest.xml": ENCRYPTED, "content.xml": b"\x80\x81"}),
            "The OpenDocument text is encrypted and needs a password.",
        ),
        (
            package({"content.xml": "<office xmlns='urn:y'><body><spreadsheet/></body></office>"}),
            "The file is no OpenDocument text: it has no body of text.",
        ),
    ],
)
def test_opendocument_texts_that_cannot_be_read_say_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.odt")
    assert caught.value.user_message == message


CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The closures</dc:title>
<dc:publisher>Strelsau Press</dc:publisher>
<dc:date opf:event="modification">2021-01-01</dc:date><dc:date opf:event="publication">2019-05</dc:date>
<dc:language>en</dc:language></metadata>
<manifest><item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/one%20page.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="none.xhtml" media-type="application/xhtml+xml"/>
<item id="p" href="p.svg" media-type="image/svg+xml"/></manifest>
<spine><itemref idref="a"/><itemref idref="p"/><itemref idref="b"/><itemref idref="c"/>
<itemref idref="x"/></spine></package>"""
ONE = """<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">
<head><title/><script src="a.js"/></head>
<body><a id="top"/><h1>Angola</h1>
<p>The embassy was <b>closed</b>&nbsp;in 1975.<br/>It opened again.</p></body></html>"""
TWO = "<html><body><nav><p>Contents</p></nav><p>A second page.</p></body></html>"
PAGES = {"OEBPS/text/one page.xhtml": ONE, "OEBPS/two.xhtml": TWO}


def epub(**replaced: str) -> bytes:
    parts = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/book.opf": PACKAGE} | PAGES
    return package(parts | {name.replace("__", "/"): part for name, part in replaced.items()})


def test_an_e_book_is_read_in_the_order_of_its_spine() -> None:
    text = "Angola\n\nThe embassy was closed\u00a0in 1975.\nIt opened again.\n\nA second page."
    assert read(epub(), "a.epub") == FileReading(
        "application/epub+zip",
        (
            Reading(
                text,
                (Span(8, 56), Span(58, 72)),
                (Heading(0, 6, 1, "Angola"),),
                title="The closures",
                publisher="Strelsau Press",
                published="2019-05",
                language="en",
            ),
        ),
        problems=(
            Problem("OEBPS/none.xhtml", "The file is no e-book, or damaged: its part 'OEBPS/none.xhtml' is missing."),
        ),
    )


def test_a_page_whose_name_has_characters_that_no_text_may_hold_is_named_without_them() -> None:
    damaged = PACKAGE.replace("none.xhtml", "no%00ne.xhtml")
    (problem,) = read(
        package({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": damaged} | PAGES), "a.epub"
    ).problems
    assert problem.place == "OEBPS/no ne.xhtml"


CIPHER = "<e xmlns='urn:x'><d><CipherReference URI='{}'/></d></e>"


def test_hidden_fonts_are_no_protection() -> None:
    content = package(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": PACKAGE,
            "META-INF/encryption.xml": CIPHER.format("a.OTF"),
        }
        | PAGES
    )
    assert read(content, "a.epub").readings[0].title == "The closures"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            package({"META-INF/container.xml": CONTAINER, "META-INF/encryption.xml": CIPHER.format("one.xhtml")}),
            "The e-book is protected against copying and cannot be read.",
        ),
        (
            package({"META-INF/container.xml": "<container/>"}),
            "The e-book is damaged: its container names no package document.",
        ),
        (
            package({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": "<package/>"}),
            "The e-book is damaged: its package document has no manifest or no spine.",
        ),
        (
            package({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": "<package><manifest/><spine/></package>"}),
            "The e-book names no pages to read.",
        ),
        (
            package({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": PACKAGE}),
            "No page of the e-book can be read; of the first: The file is no e-book, or damaged: "
            "its part 'OEBPS/text/one page.xhtml' is missing.",
        ),
    ],
)
def test_e_books_that_cannot_be_read_say_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.epub")
    assert caught.value.user_message == message
