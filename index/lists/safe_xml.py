"""XML from anywhere, read element by element: no DTD, no entity, no network."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from index.errors import ReadError
from index.lists.entry_text import words

Element = Any
"""An element of lxml, which has no types."""

_LINES = 65_535
"""libxml2 counts the lines of elements no further."""


def elements(content: bytes, *tags: str) -> Iterator[Element]:
    """Every element of one of these local names, complete, in order; it is emptied before the next one is read.

    Raises ReadError for what is no well-formed XML in UTF-8 to its very end, so that a list that was cut off is not
    taken for a shorter one, and for a document type: entities come with it, and no list has one.
    """
    # Read as UTF-8 whatever it declares: only so does this search see what the parser sees. Without a document type
    # no entity is defined, and one that is used makes the XML damaged.
    if b"<!DOCTYPE" in content:
        raise ReadError("The XML has a document type definition, which can hold entities: it is not read.")
    if b"\0" in content:
        raise ReadError("The XML is not in UTF-8.")
    parsed = etree.iterparse(
        BytesIO(content),
        tag=[f"{{*}}{tag}" for tag in tags],
        encoding="utf-8",
        load_dtd=False,
        no_network=True,
        resolve_entities="internal",
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in parsed:
            yield element
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise ReadError(f"The XML is damaged or cut off at line {error.lineno}.") from error


def local(element: Element) -> str:
    """The name of an element without its namespace, which may hold anything: etree.QName raises for some."""
    return str(element.tag).rpartition("}")[2]


def said(element: Element, tag: str) -> str:
    """The words of the first child of this local name; empty if there is none."""
    return words(element.findtext(f"{{*}}{tag}"))


def every(element: Element, tag: str) -> list[str]:
    """The words of every descendant of this local name that has some, in order."""
    return [text for text in (words(each.text) for each in element.iter(f"{{*}}{tag}")) if text]


def parts(element: Element, *order: str) -> list[str]:
    """The words of the children named, in this order, then those of all others, which a list may add one day."""
    named = [said(element, tag) for tag in order]
    return [*named, *(words(each.text) for each in element if local(each) not in order)]


def attribute(element: Element, name: str) -> str:
    """The words of an attribute; empty if there is none."""
    return words(element.get(name))


def place(name: str, element: Element, number: int) -> str:
    """Where an element stands: "un.xml, line 12", or "un.xml, entry 900" where lines are no longer counted."""
    line = element.sourceline
    return f"{name}, line {line}" if line and line < _LINES else f"{name}, entry {number}"


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
