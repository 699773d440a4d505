"""Word documents: WordprocessingML in a zip file (ECMA-376, ISO/IEC 29500-1, transitional and strict).

Names are compared without their namespaces, which differ between the two. What was deleted with tracked
changes, hidden text, field codes, comments, headers and footers, and tables of contents are left out.
"""

import posixpath
from collections.abc import Iterator

from lxml import etree

from index.errors import ReadError
from index.readers.archive import Archive, attribute, child, local_name
from index.readers.composition import Composition
from index.readers.docx_styles import Styles, read_styles
from index.readers.docx_words import Words, own_children, words_of
from index.readers.text import clean, iso_date, language_tag
from index.types import Reading

HEADING_LENGTH = 300
"""Longer paragraphs are blocks, whatever their style: headings are never quoted."""

_KIND = "Word document"
_DEFAULT_TITLES = frozenset({"word document", "microsoft word document", "untitled", "document", "title"})


def read_docx(content: bytes) -> Reading:
    """Headings by style level, paragraphs, list items, and table rows with cells joined by `` | ``.

    Foot- and endnotes and the text of text boxes are blocks after the paragraph that they belong to. Title, date of
    creation and language come from the core properties. Raises ReadError for what is no Word document,
    damaged, encrypted or too large.
    """
    archive = Archive(content, _KIND)
    main = _main_part(archive)
    body = child(archive.xml(main), "body")
    if body is None:
        raise ReadError("The file is no Word document: it has no body.")
    folder = posixpath.dirname(main)
    writer = _Writer(read_styles(archive, folder), _notes(archive, folder))
    writer.write(body)
    layout = writer.composition.layout()
    title, published, language = core_properties(archive)
    return Reading(
        layout.text,
        layout.blocks,
        layout.headings,
        title=title or writer.title or (layout.headings[0].title if layout.headings else None),
        published=published,
        language=language,
    )


class _Writer:
    """Walks through containers of paragraphs and tables, and writes each as a block or heading."""

    def __init__(self, styles: Styles, notes: dict[tuple[str, str], etree._Element]) -> None:
        self.composition = Composition()
        self.title: str | None = None
        self._styles = styles
        self._notes = notes

    def write(self, container: etree._Element) -> None:
        for element in own_children(container, ("p", "tbl")):
            if local_name(element) == "p":
                self._paragraph(element)
            else:
                for row in own_children(element, ("tr",)):
                    self._row(row)

    def _paragraph(self, paragraph: etree._Element) -> None:
        style = self._styles.of(paragraph)
        if style.is_contents:
            return
        words = words_of(paragraph)
        level = style.level if style.level is not None and len(words.text) <= HEADING_LENGTH else None
        if style.is_title:
            self.title = self.title or clean(words.text)
        self.composition.add(words.text, level)
        self._write_after(words)

    def _row(self, row: etree._Element) -> None:
        cells = list(own_children(row, ("tc",)))
        if len(cells) < 2 or any(self._arranges(cell) for cell in cells):
            for cell in cells:
                self.write(cell)
            return
        words = [[words_of(paragraph) for paragraph in own_children(cell, ("p",))] for cell in cells]
        self.composition.add_row(" ".join(each.text for each in cell) for cell in words)
        for cell in words:
            for each in cell:
                self._write_after(each)

    def _arranges(self, cell: etree._Element) -> bool:
        """Whether the cell only gives things their place on the page: it holds a table or a heading."""
        if next(own_children(cell, ("tbl",)), None) is not None:
            return True
        return any(self._styles.of(paragraph).level is not None for paragraph in own_children(cell, ("p",)))

    def _write_after(self, words: Words) -> None:
        for box in words.boxes:
            self.write(box)
        for kind, number in words.notes:
            # Taken out of the table, so that a note that refers to itself is written once.
            note = self._notes.pop((kind, number), None)
            if note is not None:
                self.write(note)


def _main_part(archive: Archive) -> str:
    """The part that the package's relationships call its office document."""
    if "_rels/.rels" in archive:
        for relationship in archive.xml("_rels/.rels"):
            if (attribute(relationship, "Type") or "").endswith("/officeDocument"):
                return posixpath.normpath((attribute(relationship, "Target") or "").lstrip("/"))
    return "word/document.xml"


def _notes(archive: Archive, folder: str) -> dict[tuple[str, str], etree._Element]:
    """Foot- and endnotes by kind and number, without the lines that separate them from the text."""
    return {
        (local_name(note), attribute(note, "id") or ""): note
        for part in ("footnotes.xml", "endnotes.xml")
        if (name := posixpath.join(folder, part)) in archive
        for note in archive.xml(name)
        if attribute(note, "type") in (None, "normal")
    }


def core_properties(archive: Archive) -> tuple[str | None, str | None, str | None]:
    """Title, date and language from the core properties of any Office Open XML file; the date is ISO 8601."""
    if "docProps/core.xml" not in archive:
        return None, None, None
    values = dict(_values(archive.xml("docProps/core.xml")))
    title = clean(values.get("title"))
    if title is not None and title.lower() in _DEFAULT_TITLES:
        title = None
    published = iso_date(values.get("created")) or iso_date(values.get("modified"))
    return title, published, language_tag(values.get("language"))


def _values(properties: etree._Element) -> Iterator[tuple[str, str]]:
    for element in properties:
        if element.text and local_name(element):
            yield local_name(element), element.text
