"""Word documents, made with python-docx; what it cannot make is put into their XML."""

import io
import zipfile
from datetime import UTC, datetime

import docx
import pytest
from docx.document import Document

from index.errors import ReadError
from index.readers import read
from index.types import FileReading, Heading, Reading, Span

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same zip file with one part replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, part)
    return stream.getvalue()


def with_body(body: str) -> bytes:
    document = f"<?xml version='1.0' encoding='UTF-8'?><w:document {W}><w:body>{body}</w:body></w:document>"
    return with_part(saved(docx.Document()), "word/document.xml", document.encode())


def blocks(content: bytes) -> list[str]:
    reading = read(content, "a.docx").readings[0]
    return [reading.text[block.start : block.end] for block in reading.blocks]


def paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r>{run}</w:r>" for run in runs) + "</w:p>"


def words(text: str) -> str:
    return f'<w:t xml:space="preserve">{text}</w:t>'


def test_headings_paragraphs_lists_and_rows() -> None:
    document = docx.Document()
    document.core_properties.title = "Closures of missions"
    document.core_properties.created = datetime(2019, 1, 10, tzinfo=UTC)
    document.core_properties.language = "en-GB"
    document.add_heading("Angola", level=1)
    document.add_paragraph("The embassy was ").add_run("closed").bold = True
    document.add_heading("What followed", level=2)
    document.add_paragraph("A liaison office.", style="List Bullet")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), "abcd f", strict=True):
        cell.text = text.strip()
    assert read(saved(document), "a.docx") == FileReading(
        MEDIA_TYPE,
        (
            Reading(
                "Angola\n\nThe embassy was closed\n\nWhat followed\n\nA liaison office.\n\na | b | c\n\nd | f",
                (Span(8, 30), Span(47, 64), Span(66, 75), Span(77, 82)),
                (Heading(0, 6, 1, "Angola"), Heading(32, 45, 2, "What followed")),
                title="Closures of missions",
                published="2019-01-10",
                language="en-GB",
            ),
        ),
    )


def test_levels_come_from_style_names_outline_levels_and_the_styles_that_these_are_based_on() -> None:
    document = docx.Document()
    document.add_heading("The title", level=0)
    styles = document.styles
    styles.add_style("Kapitel", 1).base_style = styles["Heading 3"]
    document.add_paragraph("By its base", style="Kapitel")
    document.add_heading("By its name", level=9)
    document.add_heading("x" * 301, level=1)
    reading = read(saved(document), "a.docx").readings[0]
    assert [(heading.level, heading.title) for heading in reading.headings] == [
        (1, "The title"),
        (3, "By its base"),
        (6, "By its name"),
    ]
    assert reading.title == "The title"
    outline = "<w:p><w:pPr><w:outlineLvl w:val='{}'/></w:pPr><w:r><w:t>Own</w:t></w:r></w:p>"
    own = read(with_body(outline.format(1) + outline.format(9)), "a.docx").readings[0]
    assert own.headings == (Heading(0, 3, 2, "Own"),)


def test_what_is_no_text_of_the_document_is_left_out() -> None:
    body = (
        paragraph(words("Kept"), "<w:tab/>", words("here"), "<w:br/>", words("and  there."), "<w:softHyphen/>")
        + "<w:p><w:del><w:r><w:delText>Deleted</w:delText></w:r></w:del></w:p>"
        + "<w:p><w:ins><w:r><w:t>Inserted</w:t></w:r></w:ins></w:p>"
        + paragraph("<w:rPr><w:vanish/></w:rPr><w:t>Hidden</w:t>", words("Shown"), "<w:instrText>PAGE</w:instrText>")
        + '<w:p><w:pPr><w:pStyle w:val="TOC 1"/></w:pPr><w:r><w:t>Contents 7</w:t></w:r></w:p>'
        + f"<w:sdt><w:sdtContent>{paragraph(words('Within a control'))}</w:sdtContent></w:sdt>"
    )
    assert blocks(with_body(body)) == ["Kept here\nand there.", "Inserted", "Shown", "Within a control"]


def test_text_boxes_stand_once_after_their_paragraph() -> None:
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = f"<w:txbxContent>{paragraph(words('In the box'))}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    assert blocks(with_body(paragraph(words("Before, "), both, words("after.")))) == ["Before, after.", "In the box"]


def test_notes_stand_after_the_paragraph_that_refers_to_them() -> None:
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0">{paragraph(words("line"))}</w:footnote>'
        f'<w:footnote w:id="1">{paragraph(words("See the report of 1994."))}</w:footnote></w:footnotes>'
    )
    body = paragraph(words("It closed."), '<w:footnoteReference w:id="1"/>') + paragraph(words("It opened."))
    content = with_part(with_body(body), "word/footnotes.xml", notes.encode())
    assert blocks(content) == ["It closed.", "See the report of 1994.", "It opened."]


def test_tables_that_arrange_the_page_are_no_rows() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text = "Left."
    inner = table.cell(0, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "a", "b"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "One cell\nof two paragraphs"
    assert blocks(saved(document)) == ["Left.", "a | b", "One cell\nof two paragraphs"]


def test_strict_documents_are_read() -> None:
    content = with_body(paragraph(words("Strict.")))
    part = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml")
    strict = part.replace(
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    assert blocks(with_part(content, "word/document.xml", strict)) == ["Strict."]


def test_default_titles_are_none() -> None:
    document = docx.Document()
    document.core_properties.title = "Word Document"
    document.add_paragraph("Words.")
    assert read(saved(document), "a.docx").readings[0].title is None


BOMB = "<?xml version='1.0'?><!DOCTYPE w [<!ENTITY a 'closed'>]><w:document {}><w:body>{}</w:body></w:document>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (saved(docx.Document()), "The file holds no text."),
        (b"", "The file is damaged, or no Word document: it is not a complete zip file."),
        (saved(docx.Document())[:-100], "The file is damaged, or no Word document: it is not a complete zip file."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "The Word document is encrypted and needs a password.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504,
            "The file is in a format of Office before 2007; save it as .docx or .xlsx.",
        ),
        (
            with_body("<w:p>"),
            "The Word document is damaged: the XML of its part 'word/document.xml' is broken.",
        ),
        (
            with_body("<w:p>" * 300 + "</w:p>" * 300),
            "The Word document is damaged: the XML of its part 'word/document.xml' is broken.",
        ),
        (
            with_part(saved(docx.Document()), "_rels/.rels", b"<r/>").replace(
                b"word/document.xml", b"word/documint.xml"
            ),
            "The file is no Word document, or damaged: its part 'word/document.xml' is missing.",
        ),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.docx")
    assert caught.value.user_message == message


def test_entities_are_not_resolved() -> None:
    body = BOMB.format(W, paragraph("<w:t>It is &a;</w:t>", words(" and open.")))
    assert blocks(with_part(saved(docx.Document()), "word/document.xml", body.encode())) == ["It is and open."]


def test_bounds_hold_before_anything_is_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for number in range(10_001):
            package.writestr(str(number), b"")
    with pytest.raises(ReadError, match=r"^The Word document has 10001 parts; at most 10000 are read\.$"):
        read(stream.getvalue(), "a.docx")
    large = with_part(saved(docx.Document()), "word/document.xml", b" " * (64 * 1024**2 + 1))
    assert len(large) < 200_000
    with pytest.raises(ReadError, match=r"^The Word document has a part of more than 64 MiB\.$"):
        read(large, "a.docx")
