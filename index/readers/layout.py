"""A tree of HTML, or of what trafilatura makes of HTML, as text with blocks and headings."""

import re

from lxml import etree

from index.readers.composition import CELL_SEPARATOR, Composition, Layout

# fmt: off
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "cell", "center", "dd", "details",
    "dialog", "div", "dl", "doc", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "item", "legend", "li", "list",
    "main", "menu", "nav", "ol", "option", "p", "pre", "quote", "row", "search", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
"""Block elements of HTML; cell, item, list, quote and row are those of trafilatura."""
# fmt: on
_ROWS = frozenset({"row", "tr"})
_CELLS = frozenset({"cell", "td", "th"})
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_CELL_END = "\0"  # no tree can hold it
_SPACE = re.compile(r"[ \t\n\r\f]+")
_EMPTY_LINES = re.compile(r"\n[ \t\n]*\n")


def lay_out(root: etree._Element) -> Layout:
    """The text below ``root``, however deep it is nested.

    White space is collapsed as browsers do, but kept in ``pre`` and in ``code`` of several lines. A
    line break stays one; two in a row part blocks. A table row is one block, its cells joined by
    `` | ``, unless the table only arranges the page.
    """
    writer = _Writer()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            writer.open(element)
            writer.write(element.text)
        else:
            writer.close(element)
            if element is not root:
                writer.write(element.tail)
    writer.flush()
    return writer.composition.layout()


class _Writer:
    """Collects words until a block ends, then writes the block."""

    def __init__(self) -> None:
        self.composition = Composition()
        self._words: list[str] = []
        self._level: int | None = None
        self._row: etree._Element | None = None
        self._verbatim: etree._Element | None = None

    def open(self, element: etree._Element) -> None:
        if element.tag in ("br", "lb"):
            self._words.append("\n")
        elif self._row is not None:
            self._words.append(" " if element.tag in BLOCKS else "")
        elif element.tag in BLOCKS or _is_listing(element):
            self.flush()
            self._level = _level(element) or self._level
            self._row = element if _is_data_row(element) else None
            if self._verbatim is None and _is_listing(element):
                self._verbatim = element

    def close(self, element: etree._Element) -> None:
        if self._row is not None and element is not self._row:
            self._words.append(_CELL_END if element.tag in _CELLS else " " if element.tag in BLOCKS else "")
        elif element.tag in BLOCKS or element is self._verbatim:
            self.flush()
            self._row = None
            self._level = None if _level(element) else self._level
            self._verbatim = None if element is self._verbatim else self._verbatim

    def write(self, words: str | None) -> None:
        # A soft hyphen marks where a browser may break a line; within a word it would hide it from search.
        words = (words or "").replace("\u00ad", "")
        if self._verbatim is not None:
            self._words.append(words.replace("\r\n", "\n").replace("\r", "\n"))
        else:
            self._words.append(_SPACE.sub(" ", words))

    def flush(self) -> None:
        words, self._words = "".join(self._words), []
        if self._row is not None:
            cells = (_SPACE.sub(" ", cell).strip() for cell in words.split(_CELL_END))
            self._append(CELL_SEPARATOR.join(cell for cell in cells if cell))
        elif self._level is not None:
            self._append(_SPACE.sub(" ", words).strip())
        elif self._verbatim is not None:
            self._append_all(_EMPTY_LINES.split(words))
        else:
            lines = re.sub(" {2,}", " ", words).replace(" \n", "\n").replace("\n ", "\n")
            self._append_all(_EMPTY_LINES.split(lines))

    def _append_all(self, blocks: list[str]) -> None:
        for block in blocks:
            self._append(block.strip())

    def _append(self, block: str) -> None:
        self.composition.add(block, self._level)


def _level(element: etree._Element) -> int | None:
    """The level of a heading, which in trafilatura's trees is ``head`` with the HTML tag in ``rend``."""
    return _LEVELS.get(element.get("rend", "h2") if element.tag == "head" else element.tag)


def _is_listing(element: etree._Element) -> bool:
    return element.tag == "pre" or (element.tag == "code" and "\n" in "".join(element.itertext()).strip())


def _is_data_row(element: etree._Element) -> bool:
    """Whether a row holds data: several cells, with neither tables, headings nor more paragraphs in
    them than cells. Other rows only arrange the page."""
    if element.tag not in _ROWS:
        return False
    cells = paragraphs = 0
    for inner in element.iterdescendants():
        if inner.tag in _ROWS or _level(inner):
            return False
        cells += inner.tag in _CELLS
        paragraphs += inner.tag in ("p", "li", "item")
    return cells > 1 and paragraphs <= cells
