"""E-books: EPUB 2 and 3, XHTML in a zip file (https://www.w3.org/TR/epub-33/)."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from index.errors import ReadError
from index.readers.archive import Archive, attribute, child, local_name
from index.readers.composition import Composition, Layout
from index.readers.html import all_text, declared_encoding
from index.readers.text import clean, decode, iso_date, language_tag
from index.types import FileReading, Problem, Reading

_KIND = "e-book"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
_SELF_CLOSED = re.compile(rf"<(?!(?:{_VOID})[\s/>])([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)/>", re.IGNORECASE)
# Encrypting fonts only hides them a little; anything else that is encrypted is protection against copying.
_FONTS = (".otf", ".ttf", ".woff", ".woff2", ".ttc")


@dataclass(frozen=True, slots=True)
class _Package:
    """What the package document tells; ``pages`` are the parts with text, in reading order."""

    pages: tuple[str, ...]
    title: str | None
    publisher: str | None
    published: str | None
    language: str | None


def read_epub(content: bytes) -> FileReading:
    """The pages in the order of the spine, laid out as HTML is; a page that is missing or damaged is a problem.

    Title, publisher, date and language come from the package document. Raises ReadError for what is no e-book,
    damaged, protected against copying or too large, or if no page can be read.
    """
    archive = Archive(content, _KIND)
    _refuse_protection(archive)
    package = _package(archive)
    composition = Composition()
    problems: list[Problem] = []
    for page in package.pages:
        try:
            composition.append(_page(archive.read(page)))
        except ReadError as error:
            problems.append(Problem(clean(page) or "a page", error.user_message))
    if not package.pages:
        raise ReadError("The e-book names no pages to read.")
    if len(problems) == len(package.pages):
        raise ReadError(f"No page of the e-book can be read; of the first: {problems[0].reason}")
    layout = composition.layout()
    reading = Reading(
        layout.text,
        layout.blocks,
        layout.headings,
        title=package.title or (layout.headings[0].title if layout.headings else None),
        publisher=package.publisher,
        published=package.published,
        language=package.language,
    )
    return FileReading("application/epub+zip", (reading,), problems=tuple(problems))


def _page(content: bytes) -> Layout:
    # An empty page, of a picture alone for example, is no problem.
    if not content.strip():
        return Layout()
    # To a parser of HTML, <title/> and <a/> begin what they end in XHTML.
    return all_text(_SELF_CLOSED.sub(r"<\1\2></\1>", decode(content, declared_encoding(content))))


def _package(archive: Archive) -> _Package:
    container = archive.xml("META-INF/container.xml")
    root = next((each for each in container.iter() if local_name(each) == "rootfile"), None)
    name = attribute(root, "full-path") if root is not None else None
    if name is None:
        raise ReadError("The e-book is damaged: its container names no package document.")
    package = archive.xml(name)
    values: dict[str, str] = {}
    metadata = child(package, "metadata")
    for key, value in _values(metadata) if metadata is not None else ():
        values.setdefault(key, value)
    return _Package(
        tuple(_spine(package, posixpath.dirname(name))),
        clean(values.get("title")),
        clean(values.get("publisher")),
        iso_date(values.get("publication") or values.get("date")),
        language_tag(values.get("language")),
    )


def _values(metadata: etree._Element) -> Iterator[tuple[str, str]]:
    """Dublin Core elements by name; an EPUB 2 date by its event, of which ``publication`` is one."""
    for element in metadata.iter():
        name, text = local_name(element), (element.text or "").strip()
        event = attribute(element, "event") if name == "date" else None
        if name and text:
            yield event or name, text


def _spine(package: etree._Element, folder: str) -> Iterator[str]:
    manifest, spine = child(package, "manifest"), child(package, "spine")
    if manifest is None or spine is None:
        raise ReadError("The e-book is damaged: its package document has no manifest or no spine.")
    items = {attribute(item, "id"): item for item in manifest if local_name(item) == "item"}
    for reference in spine:
        item = items.get(attribute(reference, "idref")) if local_name(reference) == "itemref" else None
        if item is not None and (attribute(item, "media-type") or "") in _PAGES:
            path = unquote((attribute(item, "href") or "").partition("#")[0])
            yield posixpath.normpath(posixpath.join(folder, path))


def _refuse_protection(archive: Archive) -> None:
    if "META-INF/encryption.xml" not in archive:
        return
    for element in archive.xml("META-INF/encryption.xml").iter():
        path = attribute(element, "URI") if local_name(element) == "CipherReference" else None
        if path is not None and not path.lower().endswith(_FONTS):
            raise ReadError("The e-book is protected against copying and cannot be read.")
