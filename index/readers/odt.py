"""OpenDocument text: content.xml in a zip file (OASIS OpenDocument 1.3, part 3).

Deleted passages of tracked changes, annotations and generated indexes are left out.
"""

import re

from lxml import etree

from index.errors import ReadError
from index.readers.archive import Archive, attribute, child, local_name
from index.readers.composition import Composition
from index.readers.text import clean, iso_date, language_tag, printable
from index.types import Reading

_KIND = "OpenDocument text"
_SKIPPED = frozenset({
    "tracked-changes", "annotation", "annotation-end", "note-citation", "ruby-text", "forms", "sequence-decls",
    "variable-decls", "user-field-decls", "table-of-content", "alphabetical-index", "illustration-index",
    "table-index", "object-index", "user-index", "bibliography", "title", "desc",
})  # fmt: skip
_WRITTEN = {"s": " ", "tab": " ", "line-break": "\n"}
_SPACE = re.compile(r"[ \t\r\n]+")
_BREAK = "\0"  # no XML can hold it


def read_odt(content: bytes) -> Reading:
    """Headings by outline level, paragraphs, list items, and table rows with cells joined by `` | ``.

    Notes and the text of frames are blocks after the paragraph that they belong to. Raises ReadError for what
    is no OpenDocument text, damaged, encrypted or too large.
    """
    archive = Archive(content, _KIND)
    _refuse_encryption(archive)
    body = child(archive.xml("content.xml"), "body", "text")
    if body is None:
        raise ReadError("The file is no OpenDocument text: it has no body of text.")
    writer = _Writer()
    writer.write(body)
    layout = writer.composition.layout()
    title, published, language = _properties(archive)
    return Reading(
        layout.text,
        layout.blocks,
        layout.headings,
        title=title or (layout.headings[0].title if layout.headings else None),
        published=published,
        language=language,
    )


class _Writer:
    """Walks through containers of paragraphs and tables, and writes each as a block or heading."""

    def __init__(self) -> None:
        self.composition = Composition()

    def write(self, container: etree._Element) -> None:
        for element in container:
            name = local_name(element)
            if name in {"p", "h"}:
                words, after = _words(element)
                self.composition.add(words, _level(element) if name == "h" else None)
                self._write_all(after)
            elif name == "table-row":
                self._row(element)
            elif name and name not in _SKIPPED:
                self.write(element)

    def _row(self, row: etree._Element) -> None:
        cells = [cell for cell in row if local_name(cell) == "table-cell"]
        inner = [local_name(each) for cell in cells for each in cell.iterdescendants()]
        if len(cells) < 2 or "table" in inner or "h" in inner:  # it only arranges the page
            self._write_all(cells)
            return
        words = [_words(cell) for cell in cells]
        self.composition.add_row(text for text, _ in words)
        self._write_all([each for _, after in words for each in after])

    def _write_all(self, containers: list[etree._Element]) -> None:
        for container in containers:
            self.write(container)


def _words(element: etree._Element) -> tuple[str, list[etree._Element]]:
    """The text of a paragraph or cell, white space as OpenDocument collapses it, and its notes and frames."""
    pieces: list[str] = []
    after: list[etree._Element] = []
    _collect(element, pieces, after)
    text = printable(_SPACE.sub(" ", "".join(pieces)).replace(_BREAK, "\n"))
    return "\n".join(line.strip() for line in text.split("\n")), after


def _collect(element: etree._Element, pieces: list[str], after: list[etree._Element]) -> None:
    pieces.append(element.text or "")
    for each in element:
        name = local_name(each)
        if name in _WRITTEN:
            pieces.append(_WRITTEN[name].replace("\n", _BREAK))
        elif name in {"note-body", "text-box"}:
            after.append(each)
        elif name and name not in _SKIPPED:
            pieces.append(" " if name in {"p", "h"} else "")
            _collect(each, pieces, after)
        pieces.append(each.tail or "")


def _level(heading: etree._Element) -> int:
    value = attribute(heading, "outline-level") or ""
    return min(max(int(value), 1), 6) if value.isascii() and value.isdigit() else 1


def _refuse_encryption(archive: Archive) -> None:
    if "META-INF/manifest.xml" not in archive:
        return
    manifest = archive.xml("META-INF/manifest.xml")
    if any(local_name(each) == "encryption-data" for each in manifest.iter()):
        raise ReadError(f"The {_KIND} is encrypted and needs a password.")


def _properties(archive: Archive) -> tuple[str | None, str | None, str | None]:
    """Title, date of creation or else of the last change, and language."""
    properties = child(archive.xml("meta.xml"), "meta") if "meta.xml" in archive else None
    values = {local_name(each): each.text for each in (properties if properties is not None else ())}
    published = iso_date(values.get("creation-date")) or iso_date(values.get("date"))
    return clean(values.get("title")), published, language_tag(values.get("language"))
