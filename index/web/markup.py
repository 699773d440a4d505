"""XML from strangers: no entities, no DTD, nothing fetched."""

import html
import re
from typing import Any

from index.errors import ReadError

MOST_XML_BYTES = 50 * 1024 * 1024
"""Of one document; the bound that the sitemap protocol sets itself."""

MOST_XML_NODES = 1_500_000
"""Elements and attributes of one document, estimated by "<" and "="."""

_REPAIRABLE = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)"  # left as it is
    rb"|&([A-Za-z][A-Za-z0-9]*;|#[0-9]+;|#x[0-9A-Fa-f]+;)?"
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1f]",
    re.DOTALL,
)


def parse_xml(content: bytes, lenient: bool = False) -> Any:
    """The root element. ``lenient`` overlooks mistakes that many feeds have: a bare "&", "&nbsp;", a control
    character.

    Raises ReadError for what is too large, is not XML, ends early, or declares entities: those of a stranger can
    stand for files of ours, or for gigabytes. A document type alone is let through, since RSS 0.91 has one; it is
    not fetched.
    """
    from lxml import etree

    if len(content) > MOST_XML_BYTES:
        raise ReadError(f"it is larger than {MOST_XML_BYTES} bytes, the most that is read of XML")
    if content.count(b"<") + content.count(b"=") > MOST_XML_NODES:
        raise ReadError("it holds more XML elements and attributes than are read")
    content = content.lstrip(b" \t\r\n")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            if not lenient:
                raise
            root = etree.fromstring(_REPAIRABLE.sub(_repaired, content), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise ReadError("it is not valid XML") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise ReadError("its XML declares entities, which are not read")
    return root


def _repaired(found: re.Match[bytes]) -> bytes:
    """A reference as a number, which needs no declaration; a bare "&" as one; nothing for a control character."""
    whole, reference = found[0], found[1]
    if not whole.startswith(b"&") or (reference and reference.startswith(b"#")):
        return whole if len(whole) > 1 else b""
    meant = html.unescape(whole.decode()) if reference else "&"
    return "".join(f"&#{ord(character)};" for character in meant).encode()


def text_of(element: Any) -> str:
    """All text of an element and those within it. Names such as "&eacute;" are what they are in HTML.

    It calls itself for every level; libxml2 lets 256 of them through.
    """
    own = element.text or ""
    own = own if isinstance(element.tag, str) else html.unescape(own)
    return own + "".join(text_of(each) + (each.tail or "") for each in element)


def local_name(element: Any) -> str:
    """The element's name without its namespace; empty for an entity that was left as it is."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def namespace(element: Any) -> str:
    """The element's namespace, empty if it has none."""
    return element.tag.rpartition("}")[0].lstrip("{") if isinstance(element.tag, str) else ""
