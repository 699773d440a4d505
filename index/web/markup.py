"""XML from strangers: no entities, no DTD, nothing fetched."""

from typing import Any

from index.errors import ReadError

_CUT_OFF = ("ERR_TAG_NOT_FINISHED", "ERR_DOCUMENT_EMPTY", "ERR_DOCUMENT_END")


def parse_xml(content: bytes, lenient: bool = False) -> Any:
    """The root element. ``lenient`` overlooks mistakes that many feeds have, such as a bare "&" or "&nbsp;".

    Raises ReadError for what is not XML, ends early, or declares entities: those of a stranger can stand for files of
    ours, or for gigabytes. A document type alone is let through, since RSS 0.91 has one; it is not fetched.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=lenient, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise ReadError("it is not valid XML") from error
    if root is None or any(mistake.type_name in _CUT_OFF for mistake in parser.error_log):
        raise ReadError("it is not valid XML")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise ReadError("its XML declares entities, which are not read")
    return root


def local_name(element: Any) -> str:
    """The element's name without its namespace; empty for an entity that was left as it is."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def namespace(element: Any) -> str:
    """The element's namespace, empty if it has none."""
    return element.tag.rpartition("}")[0].lstrip("{") if isinstance(element.tag, str) else ""
