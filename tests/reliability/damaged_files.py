"""Files of every format that is read, small ones, and damage done to them: the same for the same number."""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from tests.index import (
    test_lists_eu,
    test_lists_ofac_advanced,
    test_lists_ofac_csv,
    test_lists_opensanctions,
    test_lists_uk,
    test_lists_un,
    test_readers_books,
    test_readers_docx,
    test_readers_mail_rtf,
    test_readers_pdf,
    test_readers_tables,
)

SHARED = Path(__file__).parents[3] / "shared"
LARGEST = 40_000
"""Bytes of a file that is damaged; of larger ones, the beginning is taken or none."""

OWN = 25
"""How much more often files that are built here are taken than real ones, which take longer to read."""

TOKENS = (
    b"\x00", b"\x1a", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x80\xa8",
    b"\xe2\x80\xae",
    b"\x85", b"\x0b", b"\x0c", b"\x1c", b"\r", b"\n", b"\t", b" ", b'"', b"'", b",", b";", b"<", b">", b"&", b"</",
    b"/>",
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml version='1.0' encoding='utf-16'?>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;",
    b"&#0;", b"&#x10FFFF;", b"&#xD800;", b"&#8;", b"&nbsp;", b"<a>", b"</a>", b"<p>", b"<div>", b"<table><tr><td>",
    b"<pre>",
    b"<script>", b"<svg>", b"<template>", b"<base href='//[::1]@'>", b"<meta charset=utf-7>", b"<meta charset=hex>",
    b"- ", b"# ",
    b"---\n", b"```\n", b"> ", b"| a | b |\n|---|---|\n", b"* * *\n", b"1. ", b"[a](b)", b"title: [",
    b"published: 9999-99-99\n",
    b"{", b"}", b"[", b"]", b"\\", b"\\u123456789?", b"\\bin99999 ", b"\\'zz", b"{\\*\\", b"\\upr", b"obj", b"endobj",
    b"stream",
    b"<<", b">>", b"/Kids[2 0 R]", b"/Parent 3 0 R", b"/Length 99999999", b"/Filter/FlateDecode",
    b"/Filter[/LZWDecode/LZWDecode]",
    b"/Encrypt 1 0 R", b"(\\", b"1 0 R", b"trailer", b"startxref\n0", b"BT", b"Tj", b"Do", b"0 0 0 0 0 0 cm", b"1e38 ",
    b"Content-Type: text/plain; charset=hex\n", b"Content-Type: multipart/mixed; boundary=a\n", b"charset=idna",
    b"charset=punycode",
    b"Content-Transfer-Encoding: base64\n", b"=?utf-8?q?=FF?=", b"=?hex?b?YQ?=", b"filename*=utf-16''%00", b"--a\n",
    b"--a--\n",
    b'{"text": "', b'"text": {"a": 1}', b"1e999", b"NaN", b'"\\ud800"', b"-0-", b"ID=", b"true",
    b"9" * 400, b"2147483648",
    b"-1", b"99991231", b"0000-00-00", b"29 Feb 2019", b"circa", b"http://[", b"PK\x03\x04", b"PK\x01\x02",
    b"PK\x05\x06", b"%PDF-",
    b"{\\rtf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"../", b"xmlns:w='x'", b"<w:p>", b"<w:tbl>", b"</w:p>",
    b"<text:p>", b"<c t='s'>",
)  # fmt: skip
NUMBERS = (b"0", b"-1", b"1", b"65536", b"4294967295", b"18446744073709551616", b"1e308", b"9" * 30, b"00", b"1.5")
SUFFIXES = (
    ".txt",
    ".md",
    ".html",
    ".pdf",
    ".docx",
    ".odt",
    ".epub",
    ".rtf",
    ".eml",
    ".csv",
    ".tsv",
    ".xlsx",
    ".jsonl",
    "",
)
HEADERS = (
    None,
    "text/html",
    "text/html; charset=utf-16",
    "text/plain; charset=hex",
    "application/pdf",
    "text/csv;",
    "a/b",
    ";",
)

_NUMBER = re.compile(rb"[0-9]+")


@dataclass(frozen=True, slots=True)
class Seed:
    """A file that can be read, with those that belong to it. ``weight`` is how often it is taken: as it is fast."""

    name: str
    files: Mapping[str, bytes]
    weight: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """What ``parse_files`` is called with. ``media_type`` is what a server might call the file."""

    name: str
    files: dict[str, bytes]
    media_type: str | None


def own_seeds() -> tuple[Seed, ...]:
    """Built here, of all formats."""
    docx = test_readers_docx
    body = docx.paragraph(docx.words("The embassy was closed.")) + (
        "<w:tbl><w:tr><w:tc>" + docx.paragraph(docx.words("1911")) + "</w:tc></w:tr></w:tbl>"
    )
    minimal = {
        name: part
        for name, part in _parts(docx.with_body(body)).items()
        if name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml")
    }
    minimal["word/styles.xml"] = f'<w:styles {docx.W}><w:style w:styleId="a" w:type="paragraph"/></w:styles>'.encode()
    paragraphs = (
        "<text:h text:outline-level='1'>Zenda</text:h><text:p>The embassy was <text:s text:c='3'/>closed.</text:p>"
    )
    table = "<table:table><table:table-row><table:table-cell table:number-columns-repeated='2'><text:p>a</text:p>"
    odt = test_readers_books.odt(f"{paragraphs}{table}</table:table-cell></table:table-row></table:table>")
    pages = [
        test_readers_pdf.show(["The embassy in Luanda was closed, and", "reopened."]),
        test_readers_pdf.show(["a-", "b"]),
    ]
    mail = test_readers_mail_rtf.HEAD + (
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n"
        b"--a\nContent-Type: text/plain; charset=latin-1\nContent-Transfer-Encoding: quoted-printable\n\nClosed =E9.\n"
        b"--a\nContent-Type: text/html\n\n<p>Closed.</p>\n"
        b"--a\nContent-Disposition: attachment; filename=b.pdf\n\nx\n--a--\n"
    )
    page = (
        b"<html lang=en><head><title>Zenda</title><meta charset=utf-8><meta name=date content=2020-02-03></head><body>"
        b"<article><h1>Zenda</h1><p>The embassy was <b>closed</b> in May.</p><ul><li>one<li>two</ul>"
        b"<table><tr><td>a<td>b</table>"
    )
    markdown = (
        b"---\ntitle: Zenda\npublished: 2020-02-03\n---\n\n# Zenda\n\nThe embassy *was* closed.\n\n- one\n- two\n\n"
        b"| a | b |\n|---|---|\n| c | d |\n"
    )
    un = test_lists_un.SAMPLE.encode()
    lists = (
        ("un.xml", {"un.xml": un}),
        ("sdn.csv", test_lists_ofac_csv.FILES),
        ("sdn_advanced.xml", {"sdn_advanced.xml": test_lists_ofac_advanced.SAMPLE.encode()}),
        ("eu.xml", {"eu.xml": test_lists_eu.XML.encode()}),
        ("eu.csv", {"eu.csv": test_lists_eu.CSV}),
        ("uk.xml", {"uk.xml": test_lists_uk.XML.encode()}),
        ("uk.csv", {"uk.csv": test_lists_uk.CSV}),
        ("targets.simple.csv", {"targets.simple.csv": test_lists_opensanctions.CSV.encode()}),
    )
    documents = (
        ("a.txt", b"The embassy was closed.\n\nIn May, the consulate\nas well.\n", 12),
        ("a.md", markdown, 12),
        ("a.html", page + b"</article></body></html>", 4),
        (
            "a.pdf",
            test_readers_pdf.pdf(pages, b"/PageLabels<</Nums[0<</S/r>>]>>", b"/Title(Zenda)/CreationDate(D:2020)"),
            12,
        ),
        ("a.docx", test_readers_books.package(minimal), 3),
        ("a.odt", odt, 6),
        ("a.epub", test_readers_books.epub(), 4),
        ("a.rtf", test_readers_mail_rtf.RTF, 12),
        ("a.eml", mail, 8),
        ("a.csv", b'post,closed\nZenda,1893\n"Stre\nlsau","4 May ""1911"""\n', 12),
        ("a.tsv", b"post\tclosed\nZenda\t1893\n", 8),
        ("a.xlsx", test_readers_tables.workbook(Posts=[["post", "closed"], ["Zenda", 1893], [None, 1.5]]), 1),
        (
            "a.jsonl",
            b'{"id": "a", "text": "Closed.", "date": "2020-02-03"}\n{"body": "b", "url": "https://a.bc"}\n',
            12,
        ),
    )
    return (
        *(Seed(name, {name: content}, OWN * weight) for name, content, weight in documents),
        *(Seed(name, files, OWN * 6) for name, files in lists),
    )


def real_seeds() -> tuple[Seed, ...]:
    """Of real files, where they lie beside the checkout; none otherwise."""
    found = [
        Seed(path.name, {path.name: path.read_bytes()}, 1)
        for path in sorted(SHARED.glob("messy/*/*"))
        if path.suffix in (".html", ".pdf", ".docx") and path.stat().st_size <= LARGEST
    ]
    for path in sorted(SHARED.glob("lists/un-20*.xml")):
        content = path.read_bytes()
        cut = content[: content.index(b"</INDIVIDUAL>", LARGEST // 4) + 13] + b"</INDIVIDUALS></CONSOLIDATED_LIST>"
        found.append(Seed("un.xml", {"un.xml": cut}, 1))
    for folder in sorted(SHARED.glob("lists/ofac-*")):
        files = {path.name: path.read_bytes()[: LARGEST // 8] for path in sorted(folder.glob("*.csv"))}
        found.append(Seed("sdn.csv", files, 1))
    return tuple(found)


class Damage:
    """Damaged files by number."""

    def __init__(self, seeds: tuple[Seed, ...]) -> None:
        self._seeds = seeds
        self._weights = list(accumulate(seed.weight for seed in seeds))

    def file(self, number: int) -> Damaged:
        random = Random(number)
        (seed,) = random.choices(self._seeds, cum_weights=self._weights)
        files = dict(seed.files)
        chosen = seed.name if random.random() < 0.6 else random.choice(sorted(files))
        files[chosen] = self._damaged(files[chosen], random)
        name = seed.name
        if random.random() < 0.03:
            name = f"a{random.choice(SUFFIXES)}"
            files[name] = files.pop(seed.name)
        return Damaged(name, files, random.choice(HEADERS) if random.random() < 0.1 else None)

    def _damaged(self, content: bytes, random: Random) -> bytes:
        if content.startswith(b"PK") and random.random() < 0.8:
            return self._repacked(content, random)
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            content = self._changed(content, random)
        return content[: 4 * LARGEST]

    def _repacked(self, content: bytes, random: Random) -> bytes:
        """A zip file with damage inside its parts, so that it gets beyond the checksums."""
        parts = _parts(content)
        names = sorted(parts)
        for _ in range(random.choice((1, 1, 2))):
            name = random.choice(names)
            if random.random() < 0.05:
                parts.pop(name, None)
            elif name in parts:
                parts[name] = self._damaged(parts[name], random) if not parts[name].startswith(b"PK") else parts[name]
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as new:
            for name, part in parts.items():
                new.writestr(name, part)
        return stream.getvalue()

    def _changed(self, content: bytes, random: Random) -> bytes:
        length = len(content)
        at = random.randrange(length + 1)
        end = min(length, at + int(random.expovariate(1 / random.choice((1, 8, 64, 1_000)))))
        before, part, after = content[:at], content[at:end], content[end:]
        match random.randrange(9):
            case 0:
                flipped = bytearray(content)
                for _ in range(random.choice((1, 2, 16))):
                    if length:
                        flipped[random.randrange(length)] ^= 1 << random.randrange(8)
                return bytes(flipped)
            case 1:
                return before + random.randbytes(random.choice((1, 2, 8, 64))) + after
            case 2:
                return before + after
            case 3:
                return before + part * random.choice((2, 3, 16, 300)) + after
            case 4:
                return before + random.choice(TOKENS) + (after if random.random() < 0.5 else part + after)
            case 5:
                return before + random.choice(TOKENS) * random.choice((2, 10, 300, 3_000)) + part + after
            case 6:
                return before
            case 7:
                other = random.choice(list(random.choice(self._seeds).files.values()))
                start = random.randrange(len(other) + 1)
                return before + other[start : start + random.choice((10, 200, 5_000))] + after
            case _:
                found = _NUMBER.search(content, at)
                if found is None:
                    return before + random.choice(NUMBERS) + after
                return content[: found.start()] + random.choice(NUMBERS) + content[found.end() :]


def _parts(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old:
            return {name: old.read(name) for name in old.namelist()}
    except Exception:  # damaged before
        return {"a": content}
