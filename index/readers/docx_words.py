"""The words of one paragraph of a Word document, and what hangs on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from index.readers.archive import attribute, child, local_name
from index.readers.text import printable

# Properties, field codes, and what tracked changes deleted or moved away; reading aids over characters.
_SKIPPED = frozenset({
    "pPr", "rPr", "sdtPr", "sdtEndPr", "instrText", "del", "moveFrom", "delText", "delInstrText", "rt",
    "binData", "fldData", "object", "control",
})  # fmt: skip
_CONTAINERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "AlternateContent", "Choice"})
_WRITTEN = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SPACE = re.compile(r"[ \t]+")


@dataclass(slots=True)
class Words:
    """``boxes`` are text boxes, ``notes`` the notes referred to, as ("footnote", id)."""

    text: str = ""
    boxes: list[etree._Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def words_of(paragraph: etree._Element) -> Words:
    """The text of a paragraph; runs of spaces and tabs are one space, a line break is a line feed."""
    found = Words()
    pieces: list[str] = []
    _collect(paragraph, pieces, found)
    found.text = "\n".join(line.strip() for line in _SPACE.sub(" ", printable("".join(pieces))).split("\n")).strip()
    return found


def own_children(container: etree._Element, names: tuple[str, ...]) -> Iterator[etree._Element]:
    """The elements of these names that stand in ``container``, if only within wrappers."""
    for element in container:
        name = local_name(element)
        if name in names:
            yield element
        elif name in _CONTAINERS:
            yield from own_children(element, names)


def _collect(element: etree._Element, pieces: list[str], found: Words) -> None:
    for each in element:
        name = local_name(each)
        if name == "t":
            pieces.append(each.text or "")
        elif name in _WRITTEN:
            pieces.append(_WRITTEN[name])
        elif name in {"footnoteReference", "endnoteReference"}:
            found.notes.append((name.removesuffix("Reference"), attribute(each, "id") or ""))
        elif name == "txbxContent":
            found.boxes.append(each)
        elif name == "AlternateContent":
            # The same thing for newer and for older programs.
            chosen = child(each, "Choice")
            _collect(chosen if chosen is not None else each, pieces, found)
        elif name and name not in _SKIPPED and not _is_hidden(each, name):
            _collect(each, pieces, found)


def _is_hidden(element: etree._Element, name: str) -> bool:
    vanish = child(element, "rPr", "vanish") if name == "r" else None
    return vanish is not None and attribute(vanish, "val") not in {"0", "false", "off"}
