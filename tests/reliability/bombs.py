"""Small files that grow when they are read, and servers that never come to an end: made here, none larger than a few
megabytes.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from tests.index.test_lists_un import SAMPLE as UN
from tests.index.test_readers_books import CONTAINER, NAMESPACES, PACKAGE, package
from tests.index.test_readers_docx import W, with_body, with_part
from tests.index.test_readers_pdf import pdf, show, stream
from tests.index.test_readers_tables import workbook

WORDS = "The embassy was closed. "
LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'closed'>{}]>".format(
    "".join(f"<!ENTITY a{level} '{f'&a{level - 1};' * 10}'>" for level in range(1, 12))
)
"""Of which ``&a11;`` stands for 100,000,000,000 words."""

QUADRATIC = f"<!DOCTYPE a [<!ENTITY b '{WORDS * 4_000}'>]>"
OUTSIDE = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///dev/zero'><!ENTITY c SYSTEM 'file:///dev/random'>]>"


def _zip(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream_ = io.BytesIO()
    with zipfile.ZipFile(stream_, "w", method) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return stream_.getvalue()


def _lying(content: bytes, size: int) -> bytes:
    """A zip file whose directory says that each part has ``size`` bytes."""
    changed = bytearray(content)
    place = changed.find(b"PK\x01\x02")
    while place >= 0:
        changed[place + 24 : place + 28] = struct.pack("<I", size)
        place = changed.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


def _overlapping(copies: int) -> bytes:
    """A zip file in which ``copies`` parts are the same stretch of bytes."""
    body = _zip({"word/document.xml": b"<a>" + bytes(20_000_000) + b"</a>"})
    start = body.index(b"PK\x01\x02")
    entry, end = body[start : body.index(b"PK\x05\x06")], body[body.index(b"PK\x05\x06") :]
    entries = [entry.replace(b"document", b"%08d" % number) for number in range(copies)]
    size = sum(map(len, entries))
    return body[:start] + b"".join(entries) + end[:8] + struct.pack("<HHII", copies, copies, size, start) + end[20:]


def _docx(body: str, head: str = "") -> bytes:
    document = f"<?xml version='1.0'?>{head}<w:document {W}><w:body>{body}</w:body></w:document>"
    return with_part(with_body(""), "word/document.xml", document.encode())


def _odt(body: str, head: str = "") -> bytes:
    content = (
        f"{head}<office:document-content {NAMESPACES}><office:body><office:text>{body}</office:text></office:body>"
    )
    mimetype = "application/vnd.oasis.opendocument.text"
    return package({"mimetype": mimetype, "content.xml": f"{content}</office:document-content>"})


def _epub(page: str) -> bytes:
    parts = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": PACKAGE, "OEBPS/two.xhtml": page}
    return package({"mimetype": "application/epub+zip", **parts, "OEBPS/text/one page.xhtml": page})


def _xlsx(sheet: str, head: str = "", strings: str | None = None) -> bytes:
    space = "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"
    written = f"<?xml version='1.0'?>{head}<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>"
    book = with_part(workbook(A=[["a"]]), "xl/worksheets/sheet1.xml", written.encode())
    return (
        book if strings is None else with_part(book, "xl/sharedStrings.xml", f"<sst {space}>{strings}</sst>".encode())
    )


def _flate(content: bytes, times: int) -> bytes:
    """A stream of a PDF that is deflated several times."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    filters = b"[" + b"/FlateDecode" * times + b"]"
    return stream(content, b"<</Filter%s/Length %d>>" % (filters, len(content)))


def _pdf(content: bytes, times: int = 1, more: bytes = b"") -> bytes:
    """A PDF of one page with this drawing; ``more`` are further objects, from number 8."""
    plain = pdf([b""])
    whole = plain.replace(stream(b""), _flate(content, times))
    return whole.replace(b"xref\n", more + b"xref\n", 1)


def _forms(levels: int) -> bytes:
    """A PDF in which each form draws the next one ten times."""
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>/Length 60>>"
    forms = [
        b"%d 0 obj\n%s\nendobj\n" % (8 + level, stream(b"/F Do " * 10, form % (9 + level))) for level in range(levels)
    ]
    plain = pdf([b"/I Do " * 10]).replace(b"/I 4 0 R", b"/I 8 0 R")
    last = show(["Closed."])
    end = b"%d 0 obj\n%s\nendobj\n" % (
        8 + levels, stream(last, b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length %d>>" % len(last))
    )  # fmt: skip
    return plain.replace(b"xref\n", b"".join(forms) + end + b"xref\n", 1)


def _kids(levels: int) -> bytes:
    """A tree of pages in which every node names the next one a hundred times, and the last one the first."""
    nodes = [
        b"%d 0 obj\n<</Type/Pages/Parent 2 0 R/Count 1000000/Kids[%s]>>\nendobj\n"
        % (8 + level, b"%d 0 R " % (9 + level if level + 1 < levels else 2) * 100)
        for level in range(levels)
    ]
    tree = pdf([b""]).replace(b"/Kids[6 0 R]/Count 1", b"/Kids[8 0 R]/Count 1000000000")
    return tree.replace(b"xref\n", b"".join(nodes) + b"xref\n", 1)


def _mail(levels: int) -> bytes:
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(levels))
    return f"From: a@b.cd\nMIME-Version: 1.0\n{heads}Content-Type: text/plain\n\n{WORDS}".encode()


LINE = show(["The embassy was closed."])

FILES: dict[str, Callable[[], tuple[str, bytes]]] = {
    "a DOCX with a part of 60 MB": lambda: ("a.docx", _docx(f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>" * 1_200_000)),
    "a DOCX with a part of 600 MB": lambda: (
        "a.docx", with_part(with_body(""), "word/document.xml", b"<a>" + bytes(600_000_000))
    ),
    "a DOCX that lies about its parts": lambda: (
        "a.docx", _lying(with_part(with_body(""), "word/document.xml", b"<a>" + b" " * 90_000_000), 100)
    ),
    "a DOCX of parts that overlap": lambda: ("a.docx", _overlapping(9_000)),
    "a DOCX of 20,000 parts": lambda: ("a.docx", _zip({f"word/{number}.xml": b"<a/>" for number in range(20_000)})),
    "a DOCX packed with bzip2": lambda: ("a.docx", _zip({"word/document.xml": bytes(200_000_000)}, zipfile.ZIP_BZIP2)),
    "a DOCX packed with LZMA": lambda: ("a.docx", _zip({"word/document.xml": bytes(60_000_000)}, zipfile.ZIP_LZMA)),
    "a DOCX of laughs": lambda: ("a.docx", _docx("<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>", LAUGHS)),
    "a DOCX of one long entity": lambda: ("a.docx", _docx("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>" * 20_000, QUADRATIC)),
    "a DOCX of files of ours": lambda: ("a.docx", _docx("<w:p><w:r><w:t>&b;&c;</w:t></w:r></w:p>", OUTSIDE)),
    "a DOCX of nested tables": lambda: ("a.docx", _docx("<w:tbl><w:tr><w:tc>" * 50_000)),
    "a DOCX of tables within tables": lambda: (
        "a.docx", _docx("<w:tbl><w:tr><w:tc>" * 60 + f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>" * 5_000
                        + "</w:tc></w:tr></w:tbl>" * 60)
    ),
    "an ODT of laughs": lambda: ("a.odt", _odt("<text:p>&a11;</text:p>", LAUGHS)),
    "an ODT of spaces": lambda: ("a.odt", _odt("<text:p>a<text:s text:c='2000000000'/>b</text:p>")),
    "an ODT of repeated cells": lambda: (
        "a.odt", _odt("<table:table><table:table-row table:number-rows-repeated='1000000'>"
                      "<table:table-cell table:number-columns-repeated='1000000'><text:p>a</text:p></table:table-cell>"
                      "</table:table-row></table:table>")
    ),
    "an EPUB of a large page": lambda: ("a.epub", _epub(f"<html><body>{'<p>closed' * 3_000_000}</body></html>")),
    "an EPUB of laughs": lambda: ("a.epub", _epub(f"{LAUGHS}<html><body><p>&a11;</p></body></html>")),
    "an XLSX of laughs": lambda: ("a.xlsx", _xlsx("<row><c t='inlineStr'><is><t>&a11;</t></is></c></row>", LAUGHS)),
    "an XLSX with a cell far out": lambda: (
        "a.xlsx", _xlsx("".join(f"<row r='{row}'><c r='XFD{row}'><v>1</v></c></row>" for row in range(1, 3_000)))
    ),
    "an XLSX with a row far down": lambda: ("a.xlsx", _xlsx("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>")),
    "an XLSX beyond the last row": lambda: ("a.xlsx", _xlsx("<row r='999999999'><c r='A999999999'><v>1</v></c></row>")),
    "an XLSX of many strings": lambda: (
        "a.xlsx", _xlsx("<row><c t='s'><v>0</v></c></row>", strings=f"<si><t>{WORDS}</t></si>" * 1_500_000)
    ),
    "an XLSX of the same long string": lambda: (
        "a.xlsx", _xlsx("<row><c t='s'><v>0</v></c></row>" * 60_000, strings=f"<si><t>{WORDS * 1_000}</t></si>")
    ),
    "a PDF of 400 MB": lambda: ("a.pdf", _pdf(LINE * 5_000_000)),
    "a PDF deflated twice": lambda: ("a.pdf", _pdf(LINE * 3_000_000, 2)),
    "a PDF deflated three times": lambda: ("a.pdf", _pdf(b" " * 500_000_000, 3)),
    "a PDF of forms within forms": lambda: ("a.pdf", _forms(20)),
    "a PDF of pages within pages": lambda: ("a.pdf", _kids(8)),
    "a PDF of a billion pages": lambda: ("a.pdf", pdf([LINE]).replace(b"/Count 1>>", b"/Count 1000000000>>")),
    "a PDF of huge numbers": lambda: ("a.pdf", _pdf(b"1e38 0 0 1e38 1e38 1e38 cm " * 100 + LINE * 10_000)),
    "a PDF of brackets": lambda: ("a.pdf", pdf([LINE], b"/A " + b"[" * 1_000_000)),
    "a PDF that refers to itself": lambda: ("a.pdf", pdf([LINE]).replace(b"/Parent 2 0 R", b"/Parent 6 0 R")),
    "HTML of tables within tables": lambda: ("a.html", b"<table><tr><td>" * 200_000),
    "HTML of lists within lists": lambda: ("a.html", b"<ul><li>" * 300_000 + b"closed"),
    "HTML of bold within bold": lambda: ("a.html", b"<b><i><p>" * 200_000 + b"closed"),
    "HTML of many paragraphs": lambda: ("a.html", b"<p>The embassy was closed.</p>" * 1_500_000),
    "HTML of attributes": lambda: ("a.html", b"<p " + b"".join(b"a%d=b " % n for n in range(500_000)) + b">closed"),
    "HTML of one long word": lambda: ("a.html", b"<p>" + b"a" * 30_000_000),
    "HTML of marks that are not closed": lambda: ("a.html", b"<p>closed" + b"<!--" * 5_000_000),
    "HTML of references": lambda: ("a.html", b"<p>closed" + b"&amp;&#65;&nbsp" * 2_000_000),
    "XML of laughs as a list": lambda: (
        "un.xml", UN.replace("Minister", "&a11;").replace("<CONSOLIDATED", f"{LAUGHS}<CONSOLIDATED", 1).encode()
    ),
    "XML of one long entry": lambda: (
        "un.xml", UN.replace("Minister", "<VALUE>" + WORDS * 2_000_000 + "</VALUE>").encode()
    ),
    "XML of a million entries": lambda: (
        "un.xml", b"<CONSOLIDATED_LIST>" + b"<INDIVIDUAL><FIRST_NAME>A</FIRST_NAME><REFERENCE_NUMBER>1"
                  b"</REFERENCE_NUMBER></INDIVIDUAL>" * 1_000_000 + b"</CONSOLIDATED_LIST>"
    ),
    "XML of elements within elements": lambda: ("un.xml", b"<CONSOLIDATED_LIST>" + b"<INDIVIDUAL>" * 2_000_000),
    "Markdown of quotes within quotes": lambda: ("a.md", b"> " * 3_000_000 + b"closed"),
    "Markdown of brackets": lambda: ("a.md", b"closed " + b"[" * 3_000_000 + b"](" * 1_000_000),
    "Markdown of stars": lambda: ("a.md", b"closed " + b"*a **b " * 1_000_000),
    "Markdown of aliases": lambda: (
        "a.md", b"---\na0: &a0 [x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d," % (n - 1) * 10) for n in range(1, 12))
        + b"title: *a11\n---\n\nclosed"
    ),
    "RTF of groups within groups": lambda: ("a.rtf", b"{\\rtf1 " + b"{" * 10_000_000 + b"closed"),
    "RTF of a long skip": lambda: ("a.rtf", b"{\\rtf1 \\uc2000000000 \\u333 closed" + b"\\par " * 2_000_000 + b"}"),
    "a message within messages": lambda: ("a.eml", _mail(20_000)),
    "a message of encoded words": lambda: (
        "a.eml", b"From: a@b.cd\nSubject: " + b"=?utf-8?q?a?= " * 500_000 + b"\n\nclosed"
    ),
    "a table of one long row": lambda: ("a.csv", b"a," * 10_000_000 + b"\nb"),
    "a table of many columns": lambda: ("a.csv", b"a," * 20_000 + b"\n" + (b"b," * 20_000 + b"\n") * 200),
    "a table of quotation marks": lambda: ("a.csv", b'"' * 20_000_001),
    "JSON within JSON": lambda: ("a.jsonl", b'{"text": ' + b"[" * 10_000_000),
    "JSON of a long number": lambda: ("a.jsonl", b'{"text": ' + b"9" * 10_000_000 + b"}"),
    "text without an end": lambda: ("a.txt", b"a" * 50_000_000),
    "text of empty lines": lambda: ("a.txt", b"a\n\n" * 10_000_000),
}  # fmt: skip


@cache
def gzipped(megabytes: int) -> bytes:
    """So many megabytes of zeros."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS: dict[str, tuple[bytes, bytes]] = {
    "a status that is never told": (b"HTTP/1.1 200 ", b"x"),
    "spaces before the status": (b"", b"\r\n"),
    "a header without an end": (OK + b"X-Slow: ", b"x"),
    "headers without an end": (OK, b"X: y\r\n"),
    "informational answers without an end": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "content byte by byte": (OK + b"Content-Length: 10000000\r\n\r\n", b"x"),
    "content until the end of the connection": (OK + b"\r\n", b"x"),
    "chunks of one byte": (CHUNKED, b"1\r\nx\r\n"),
    "the size of a chunk": (CHUNKED, b"0"),
    "the extension of a chunk": (CHUNKED + b"1;", b"x"),
    "trailers without an end": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "gzip byte by byte": (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"a")[:10], b"\x00"),
    "gzip of empty members": (OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
    "nothing after the headers": (OK + b"Content-Length: 5\r\n\r\n", b""),
    "nothing at all": (b"", b""),
}
"""What a server sends first, and then for ever, one after another with a pause between."""
