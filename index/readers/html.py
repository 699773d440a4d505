"""HTML: the main content of a page, without menus, advertisements, comments and scripts.

trafilatura (Barbaresi 2021, https://aclanthology.org/2021.acl-demo.15) tells content from the rest.
Where it finds nothing or next to nothing, all visible text of the page is taken.
"""

import logging
import re
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from index.readers.composition import Layout
from index.readers.html_metadata import publisher, read_metadata
from index.readers.html_tree import INVISIBLE, parse_html
from index.readers.layout import lay_out
from index.readers.text import clean, decode, iso_date, known_encoding
from index.types import Reading

ELEMENTS = 50_000
"""Pages with more elements, on which trafilatura takes over 5 seconds, are taken whole."""

SHORT = 250
"""Characters of main content below which a page is looked at again."""

SHARE = 0.1
"""The main content is a mistake if it is short and a smaller share than this of all visible text."""

DAMAGE = 1 / 10_000
"""Share of bytes that may be no UTF-8 in a page that is UTF-8 otherwise."""

_LOGGER = logging.getLogger(__name__)
_DECLARATION = re.compile(
    rb"<(?:meta|\?xml)\b[^<>]*?\b(?:charset|encoding)\s*=\s*[\"']?\s*([a-z0-9._:-]{1,40})", re.IGNORECASE
)
_DECLARATION_WITHIN = 16_384


@dataclass(frozen=True, slots=True)
class _Page:
    """What trafilatura makes of a page; without content, ``body`` is None."""

    body: etree._Element | None = None
    title: str | None = None
    publisher: str | None = None
    published: str | None = None


def read_html(content: bytes) -> Reading:
    """The main content of a page, laid out anew: blocks and headings with an empty line between them.

    The cells of a table row are joined by `` | ``. ``published`` comes from metadata, time elements, the
    address or a date line, never from a search of the text. Raises ReadError as ``decode`` does and
    for what is no HTML.
    """
    tree, flattened = parse_html(_decoded(content))
    # trafilatura needs the nesting, and joins the words of a page without it.
    page = _Page() if flattened or sum(1 for _ in tree.iter()) > ELEMENTS else _main_content(tree)
    declared = read_metadata(tree)
    title = clean(page.title) or declared.title or clean(tree.findtext(".//title"))
    language = tree.get("lang") or tree.get("xml:lang")
    layout = lay_out(page.body) if page.body is not None else Layout()
    if len(layout.text) < SHORT:
        etree.strip_elements(tree, *INVISIBLE, with_tail=False)
        everything = lay_out(tree)
        if len(layout.text) < SHARE * len(everything.text) or not layout.blocks:
            layout = everything
    headings = layout.headings
    return Reading(
        layout.text,
        layout.blocks,
        headings,
        title=title or (headings[0].title if headings else None),
        publisher=declared.publisher or publisher(page.publisher),
        published=iso_date(page.published) or declared.published,
        url=declared.url,
        language=clean(language),
    )


def all_text(page: str) -> Layout:
    """All that a reader of a page sees, for what is no page of a site: a chapter of a book, a message.

    Raises ReadError for what is no HTML.
    """
    tree, _ = parse_html(page)
    etree.strip_elements(tree, *INVISIBLE, with_tail=False)
    return lay_out(tree)


def _decoded(content: bytes) -> str:
    """As ``decode``, but a long page keeps its place if a few bytes of it are damaged: programs that make pages cut
    descriptions in the midst of a character. Those bytes become U+FFFD, and so are in no word and no quote unseen.
    """
    encoding = declared_encoding(content)
    if encoding in (None, "utf-8"):
        mended = content.decode("utf-8", errors="replace")
        if 0 < mended.count("\ufffd") <= DAMAGE * len(content):
            content = mended.encode()
    return decode(content, encoding)


def declared_encoding(content: bytes) -> str | None:
    """The Python name of the encoding that the page declares, if it is one of web pages."""
    found = _DECLARATION.search(content[:_DECLARATION_WITHIN])
    return known_encoding(found[1].decode("ascii")) if found else None


def _main_content(tree: etree._Element) -> _Page:
    """``tree`` stays as it is."""
    from trafilatura import bare_extraction
    from trafilatura.settings import DEFAULT_CONFIG

    for logger in (logging.getLogger("trafilatura"), logging.getLogger("htmldate")):
        if logger.level == logging.NOTSET:  # they report as errors what is handled here
            logger.setLevel(logging.CRITICAL)
    config = deepcopy(DEFAULT_CONFIG)
    # What it has for pages on which it finds little puts spaces into words: "f<b>oo</b>" as "f oo".
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "0")
    try:
        found = bare_extraction(
            tree,
            include_comments=False,
            include_tables=True,
            favor_recall=True,
            with_metadata=True,
            config=config,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except Exception:  # heuristics over wild input: any error means that another way must be tried
        _LOGGER.info("trafilatura failed; taking all visible text", exc_info=True)
        return _Page()
    if found is None:
        return _Page()
    return _Page(found.body, found.title, found.sitename, found.date)
