"""What the styles of a Word document say of a paragraph: whether it is a heading, and of what level."""

import posixpath
import re
from dataclasses import dataclass

from lxml import etree

from index.readers.archive import Archive, attribute, child, local_name

_BASES = 20
_HEADING = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Style:
    """``level`` is 1 to 6 for a heading, None for body text. ``is_contents``: a line of a table of contents."""

    level: int | None = None
    is_title: bool = False
    is_contents: bool = False


class Styles:
    """Paragraph styles by their id."""

    def __init__(self, definitions: dict[str, etree._Element]) -> None:
        self._definitions = definitions
        self._known: dict[str, Style] = {}

    def of(self, paragraph: etree._Element) -> Style:
        """The style of a paragraph, its own outline level included."""
        named = _value(paragraph, "pPr", "pStyle") or ""
        style = self._named(named)
        own = _outline(paragraph)
        return style if own is None else Style(_level(own), style.is_title, style.is_contents)

    def _named(self, name: str) -> Style:
        if name not in self._known:
            self._known[name] = self._resolved(name)
        return self._known[name]

    def _resolved(self, name: str) -> Style:
        """Along the styles that it is based on. Built-in names are English in every language of Word."""
        for _ in range(_BASES):
            definition = self._definitions.get(name)
            called = name if definition is None else _value(definition, "name") or name
            heading = _HEADING.fullmatch(called)
            outline = None if definition is None else _outline(definition)
            if called.lower() == "title":
                return Style(1, is_title=True)
            if called.lower().startswith("toc "):
                return Style(is_contents=True)
            if outline is not None:
                return Style(_level(outline))
            if heading is not None:
                return Style(min(int(heading[1]), 6))
            name = "" if definition is None else _value(definition, "basedOn") or ""
            if not name:
                break
        return Style()


def read_styles(archive: Archive, folder: str) -> Styles:
    """The styles of the document whose main part lies in ``folder``. Raises ReadError if they are damaged."""
    name = posixpath.join(folder, "styles.xml")
    if name not in archive:
        return Styles({})
    return Styles(
        {
            attribute(style, "styleId") or "": style
            for style in archive.xml(name)
            if local_name(style) == "style" and attribute(style, "type") in (None, "paragraph")
        }
    )


def _outline(element: etree._Element) -> int | None:
    value = _value(element, "pPr", "outlineLvl")
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


def _level(outline: int) -> int | None:
    return min(outline + 1, 6) if outline < _BODY_LEVEL else None


def _value(element: etree._Element, *path: str) -> str | None:
    found = child(element, *path)
    return attribute(found, "val") if found is not None else None
