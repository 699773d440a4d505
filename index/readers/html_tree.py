"""HTML to a tree of bounded depth."""

from collections.abc import Mapping

from lxml import etree
from lxml import html as lxml_html

from index.errors import ReadError
from index.readers.layout import BLOCKS

DEPTH = 200
"""Elements nested deeper are put side by side: libxml2 drops them from 2,048 on, trafilatura before."""

# fmt: off
INVISIBLE = (
    "head", "script", "style", "nav", "noscript", "template", "svg", "math", "iframe", "object", "select",
    "button", "textarea", "datalist",
)
# fmt: on
"""Elements whose words no reader of the page sees, or that lead elsewhere."""


class _Flattener:
    """Builds a tree from the events of a parser, DEPTH elements deep at most.

    A block further down has its words put after its empty self, so that blocks stay apart.
    """

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder(parser=lxml_html.HTMLParser())
        self._open: list[str] = []
        self._hidden = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._open.append(tag)
        self._hidden += tag in INVISIBLE
        if len(self._open) <= DEPTH:
            self._builder.start(tag, dict(attributes))
        else:
            self._mark(tag)

    def end(self, tag: str) -> None:
        if len(self._open) <= DEPTH:
            self._builder.end(tag)
        else:
            self._mark(tag)
        self._hidden -= self._open.pop() in INVISIBLE

    def data(self, words: str) -> None:
        if not self._hidden or len(self._open) <= DEPTH:
            self._builder.data(words)

    def close(self) -> lxml_html.HtmlElement:
        return self._builder.close()

    def _mark(self, tag: str) -> None:
        if tag in BLOCKS or tag == "br":
            self._builder.start(tag, {})
            self._builder.end(tag)


def parse_html(text: str) -> tuple[lxml_html.HtmlElement, bool]:
    """The tree of a page, and whether it had to be flattened to DEPTH.

    Raises ReadError for what is no HTML, a page of comments for example.
    """
    content = text.encode()
    try:
        tree = lxml_html.document_fromstring(content, _parser())
        if not _is_deep(tree):
            return tree, False
        return etree.fromstring(content, _parser(_Flattener())), True
    except (etree.LxmlError, AssertionError) as error:
        raise ReadError("The page holds no HTML that could be parsed.") from error


def _parser(target: _Flattener | None = None) -> etree.HTMLParser:
    # Without huge_tree libxml2 drops all that is nested 256 deep, and texts over 10 MB.
    return lxml_html.HTMLParser(target=target, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)


def _is_deep(tree: lxml_html.HtmlElement) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH:
            return True
    return False
