"""The real readers in the child: what they read, and documents made to exhaust them."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import ReadError
from index.parsing.child import parse_files
from index.parsing.process import ParsingLimits
from index.parsing.supervisor import ParsingProcess
from index.types import FileReading

CRASHED = "reading it failed (the reader crashed)"
TOO_MUCH = "it needed more than 200 megabytes of memory to read"
TOO_LONG = "it took longer than 1 seconds to read"

MESSY = Path(__file__).parents[3] / "shared" / "messy"

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_LINE = b"BT /F 12 Tf 50 700 Td (The embassy was closed.) Tj ET "


@pytest.fixture(scope="module")
def process() -> Iterator[ParsingProcess]:
    with ParsingProcess(ParsingLimits(megabytes=200, cpu_seconds=20)) as process:
        yield process


def _docx(paragraphs: int) -> bytes:
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>'
        + "<w:p><w:r><w:t>The embassy was closed.</w:t></w:r></w:p>" * paragraphs
        + "</w:body></w:document>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def _pdf(page: bytes) -> bytes:
    stream = zlib.compress(page)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    file, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(file)
    return file + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


_UN_LIST = b"""<?xml version="1.0" encoding="utf-8"?>
<CONSOLIDATED_LIST dateGenerated="1894-05-01T00:00:00Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>RUPERT</FIRST_NAME><SECOND_NAME>HENTZAU</SECOND_NAME>
<UN_LIST_TYPE>Ruritania</UN_LIST_TYPE><REFERENCE_NUMBER>RUi.001</REFERENCE_NUMBER><LISTED_ON>1893-01-02</LISTED_ON>
</INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>"""

SMALL = {
    "a.txt": b"The embassy was closed.\n\nIn May.",
    "a.md": b"# Zenda\n\nThe embassy was closed.",
    "a.html": b"<html><head><title>Zenda</title></head><body><p>The embassy was closed.</p></body></html>",
    "a.docx": _docx(2),
    "a.pdf": _pdf(_LINE),
    "a.csv": b"post,closed\nZenda,1893\n",
    "list.xml": _UN_LIST,
}


@pytest.mark.parametrize("name", SMALL)
def test_the_child_reads_what_is_read_here(process: ParsingProcess, name: str) -> None:
    files = {name: SMALL[name]}
    assert process.parse(files, name) == parse_files(files, name, None)


def test_the_media_type_and_the_name_reach_the_reader(process: ParsingProcess) -> None:
    html = b"<p>The embassy was closed.</p>"
    assert process.parse({"page": html}, "page", "text/html").media_type == "text/html"
    with pytest.raises(ReadError) as raised:
        process.parse({"a.docx": b"no package"}, "a.docx")
    with pytest.raises(ReadError) as here:
        parse_files({"a.docx": b"no package"}, "a.docx", None)
    assert raised.value.user_message == here.value.user_message


def test_a_list_is_read_as_a_list(process: ParsingProcess) -> None:
    read = process.parse({"list.xml": _UN_LIST}, "list.xml")
    assert read.edition is not None
    assert [reading.member for reading in read.readings] == ["RUi.001"]


@pytest.mark.parametrize(
    ("name", "made", "reasons"),
    [
        # 32 megabytes of XML in 115 kilobytes; python-docx builds a tree of it.
        ("bomb.docx", lambda: _docx(700_000), {TOO_MUCH}),
        # pdfium ends the process where it gets no memory.
        ("bomb.pdf", lambda: _pdf(_LINE * 4_000_000), {TOO_MUCH, CRASHED}),
    ],
)
def test_a_bomb_is_a_reason_and_the_next_document_is_read(
    process: ParsingProcess, name: str, made: Callable[[], bytes], reasons: set[str]
) -> None:
    with pytest.raises(ReadError) as raised:
        process.parse({name: made()}, name)
    assert raised.value.user_message in reasons
    assert process.parse({"a.txt": SMALL["a.txt"]}, "a.txt").readings[0].text == "The embassy was closed.\n\nIn May."


def test_a_page_that_takes_long_is_given_up() -> None:
    page = b"<table><tr><td>" * 200_000
    with ParsingProcess(ParsingLimits(cpu_seconds=1)) as process:
        with pytest.raises(ReadError) as raised:
            process.parse({"slow.html": page}, "slow.html")
        assert raised.value.user_message == TOO_LONG
        assert process.parse({"a.txt": b"Next."}, "a.txt").readings[0].text == "Next."


def test_a_page_that_nests_deeply_is_read(process: ParsingProcess) -> None:
    page = b"<html><body>" + b"<div>" * 50_000 + b"<p>The embassy in Zenda was closed.</p>"
    assert "The embassy in Zenda was closed." in process.parse({"deep.html": page}, "deep.html").readings[0].text


@pytest.mark.skipif(not MESSY.is_dir(), reason="the folder of real files does not lie beside the checkout")
@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_real_files_are_read_as_they_are_here(process: ParsingProcess, kind: str) -> None:
    files = sorted(MESSY.glob(f"{kind}/*.{kind}"))
    assert files
    for file in files:
        given = {file.name: file.read_bytes()}
        in_the_child = _outcome(lambda given=given, name=file.name: process.parse(given, name))
        assert in_the_child == _outcome(lambda given=given, name=file.name: parse_files(given, name, None))


def _outcome(read: Callable[[], FileReading]) -> FileReading | str:
    try:
        return read()
    except ReadError as error:
        return error.user_message
