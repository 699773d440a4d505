"""Markdown: CommonMark 0.31 and tables, with YAML front matter (https://spec.commonmark.org/0.31.2/).

The text is the source itself, markup included, so that a quote is a slice of what the author wrote.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType

from index.errors import ReadError
from index.readers.front_matter import split_front_matter
from index.readers.text import clean, decode, iso_date, web_address
from index.types import Heading, Reading, Span

NESTING = 20
"""Lists, items and quotes may stand in each other this deep; each is worked through once a level."""

_INLINE_LIMIT = 2_000
_CONTAINERS = frozenset({"blockquote_open", "list_item_open"})
_CONTAINER_MARKERS = re.compile(r"(?:[ \t]*(?:>|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t])))*[ \t]*")
_TAG = re.compile(r"<[^<>]*>")


def read_markdown(content: bytes) -> Reading:
    """The text below the front matter; a paragraph, list item, table row or code block is a block.

    Markers before a block (``- ``, ``1. ``, ``> ``) and the fences of code lie outside of it. Raises
    ReadError for damaged front matter, for nesting too deep, and as ``decode`` does.
    """
    fields, text = split_front_matter(decode(content))
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING}).enable("table")
    # Inline markup matters in headings only, and can take quadratic time in long paragraphs.
    parser.disable(["inline", "text_join"])
    env: EnvType = {}
    tokens = parser.parse(text, env)
    # The parser drops what lies deeper without a word.
    if any(token.type in _CONTAINERS and token.level >= NESTING - 1 for token in tokens):
        raise ReadError(f"Lists or quotes stand in each other more than {NESTING - 2} levels deep.")
    lines = _Lines(text)
    headings = tuple(_headings(tokens, lines, parser, env))
    return Reading(
        text,
        tuple(_blocks(tokens, lines)),
        headings,
        title=clean(fields.get("title")) or (headings[0].title if headings else None),
        publisher=clean(fields.get("publisher")),
        published=iso_date(fields.get("published")),
        url=web_address(fields.get("url")),
        language=clean(fields.get("language")),
    )


class _Lines:
    """Lines of a text by number, as the parser counts them, with their offsets."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def end(self, number: int) -> int:
        """Where the line ends, white space left out."""
        return self.starts[number] + len(self.lines[number].rstrip())

    def locate(self, content: str, first: int, last: int) -> Span:
        """Where ``content``, which is not blank, stands in the lines ``first`` to ``last`` - 1.

        The parser gives it line by line, cut off at the left where a container has its markers.
        """
        blank = content[: len(content) - len(content.lstrip())].count("\n")
        words = content.strip().split("\n")
        head = words[0].rstrip()
        number = next(n for n in range(first + blank, last) if self.lines[n].rstrip().endswith(head))
        return Span(self.end(number) - len(head), self.end(number + len(words) - 1))


def _headings(tokens: Sequence[Token], lines: _Lines, parser: MarkdownIt, env: EnvType) -> Iterator[Heading]:
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or opening.map is None:
            continue
        title = clean(_words(inline.content, parser, env))
        if title is None:
            continue
        first, last = opening.map
        if opening.markup.startswith("#"):
            start = lines.starts[first] + lines.lines[first].index("#")
        else:
            start = lines.locate(inline.content, first, last).start
        yield Heading(start, lines.end(last - 1), int(opening.tag[1]), title)


def _words(content: str, parser: MarkdownIt, env: EnvType) -> str:
    """Inline content without its markup."""
    if len(content) > _INLINE_LIMIT:
        return content
    tokens: list[Token] = []
    parser.inline.parse(content, parser, env, tokens)
    shown = (token for token in tokens if token.type != "html_inline")
    return "".join(" " if token.type.endswith("break") else token.content for token in shown)


def _blocks(tokens: Sequence[Token], lines: _Lines) -> Iterator[Span]:
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
        if token.map is None:
            continue
        first, last = token.map
        if token.type == "tr_open":
            line = lines.lines[first]
            markers = _CONTAINER_MARKERS.match(line)
            row = line[markers.end() if markers else 0 :].lstrip()
            if row.strip("|> \t\u2028\u2029"):
                yield Span(lines.starts[first] + len(line) - len(row), lines.end(first))
        elif token.type == "paragraph_open" and following is not None and following.content.strip():
            yield lines.locate(following.content, first, last)
        elif token.type == "fence" and token.content.strip():
            yield lines.locate(token.content, first + 1, last)
        elif token.type in {"code_block", "html_block"} and _shows_words(token):
            yield lines.locate(token.content, first, last)


def _shows_words(token: Token) -> bool:
    """Whether a reader would see words: comments, anchors and bare tags of HTML show none."""
    content = token.content
    if token.type == "html_block":
        content = content.partition("-->")[2] if content.lstrip().startswith("<!--") else content
        content = _TAG.sub("", content)
    return bool(content.strip())
