"""A link that opens a document's web page at the quote.

Text fragments follow "URL Fragment Text Directives" (https://wicg.github.io/scroll-to-text-fragment/):
``#:~:text=[prefix-,]start[,end][,-suffix]``. A browser goes to the first match, without regard to case
and white space; a term lies within one block of the page, here taken as one line of the text.
"""

import re
import string
from collections.abc import Iterator
from urllib.parse import quote as percent_encoded

from index.types import Document, Span

LONGEST_WHOLE = 80
"""A quote of up to this many characters goes into the link whole, a longer one by its two ends."""

LONGEST_DIRECTIVE = 2_000
"""Characters; Slack and some browsers cut or refuse much longer links, so the page is linked instead."""

_MOST_WORDS_WHOLE = 10
_END_WORDS = (5, 10)
_CONTEXT_WORDS = (0, 2, 4, 8, 16)
_CONTEXT_CHARACTERS = 400

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]"
# Chinese and Japanese put no spaces between words; behind their punctuation a word surely begins.
_WORD = re.compile(r"[^\s。、，；：！？]+[。、，；：！？]*|[。、，；：！？]+")
# A page shows bullets and headings without these characters, so they belong to no term.
_MARKER = re.compile(r"[ \t]*(?:(?:[-*+•>]|#{1,6})[ \t]+)?")
_BLANK = re.compile(r"\s*")
_IGNORED = (string.punctuation + string.whitespace).encode()


def deep_link(document: Document, start: int, end: int, page: int | None = None) -> str | None:
    """The http(s) address of ``document.text[start:end]``, in printable ASCII; None without one.

    HTML and text open at the quote, with as many words around it as tell it from every other place in
    the document; where the sentences around are repeated as well, at the first such place. A PDF opens
    at ``page``, counted from 1. Takes time linear in the length of the document.
    """
    if document.url is None or not _WEB_ADDRESS.match(document.url):
        return None
    address = percent_encoded(document.url, safe=_URL_CHARACTERS, errors="replace")
    if document.media_type == "application/pdf":
        return address if page is None else f"{address.partition('#')[0]}#page={page}"
    terms = _directive(document.text, start, end)
    directive = ",".join(terms)
    if not terms or len(directive) > LONGEST_DIRECTIVE:
        return address
    address = address.partition(":~:")[0]
    return f"{address}{'' if '#' in address else '#'}:~:text={directive}"


def _directive(text: str, start: int, end: int) -> list[str]:
    """The encoded terms for the quote; none where it has no words."""
    words = text[start:end].strip()
    start = text.find(words, start, end)
    end = start + len(words)
    if not _folded(words):
        return []
    place = _Place(text, start)
    before, after = _words_before(text, start), _words_after(text, end)
    first_line = list(_words(text, start, _line_end(text, start, end)))
    one_line = first_line[-1].end == end
    whole = one_line and (
        len(words) <= LONGEST_WHOLE
        or len(first_line) == 1
        or (len(first_line) <= _MOST_WORDS_WHOLE and len(words) <= 2 * LONGEST_WHOLE)
    )
    if whole:
        return _whole(place, end, before, after)
    most = len(first_line) - min(_END_WORDS[0], len(first_line) // 2) if one_line else len(first_line)
    prefix, stop = _start(place, before, [first_line[min(count, most) - 1].end for count in _END_WORDS])
    line = text.rfind("\n", start, end) + 1
    last_line = _words(text, _after_marker(text, line), end) if line else first_line
    closing = [word for word in last_line if word.start >= stop]
    closes, suffix = _end(text, Span(stop, end), closing, after)
    return [*prefix, _term(text, start, stop), _term(text, closes, end), *suffix]


class _Place:
    """Where a quote starts, and whether words there stand nowhere else in the text."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        before = _folded(text[:start])
        self._offset = len(before)
        self._all = before + _folded(text[start:])

    def unique(self, prefix: str, words: str) -> bool:
        """Whether ``prefix``, which ends at the start, and ``words``, which begin there, occur once."""
        before = _folded(prefix)
        sought = before + _folded(words)
        found = self._all.find(sought)
        return found == self._offset - len(before) and self._all.find(sought, found + 1) < 0


def _whole(place: _Place, end: int, before: list[Span], after: list[Span]) -> list[str]:
    text, start = place.text, place.start
    # Words before the quote are tried first, then as many on both sides.
    sides = [(count, 0) for count in _CONTEXT_WORDS] + [(count, count) for count in _CONTEXT_WORDS[1:]]
    prefix = suffix = ""
    for left, right in sides:
        prefix = text[before[-left:][0].start : before[-1].end] if left and before else ""
        suffix = text[after[0].start : after[:right][-1].end] if right and after else ""
        if place.unique(prefix, text[start:end] + suffix):
            break
    return [*_prefix(prefix), _term(text, start, end), *_suffix(suffix)]


def _start(place: _Place, before: list[Span], stops: list[int]) -> tuple[list[str], int]:
    """The prefix if one is needed, and where the first term stops."""
    text = place.text
    tries = [(stop, 0) for stop in stops] + [(stops[-1], count) for count in _CONTEXT_WORDS[1:]]
    stop, prefix = stops[0], ""
    for stop, count in tries:
        prefix = text[before[-count:][0].start : before[-1].end] if count and before else ""
        if place.unique(prefix, text[place.start : stop]):
            break
    return _prefix(prefix), stop


def _end(text: str, rest: Span, words: list[Span], after: list[Span]) -> tuple[int, list[str]]:
    """Where the last term starts, and the suffix if one is needed, so that it matches at the end first."""
    within = _folded(text[rest.start : rest.end])
    tries = [(count, 0) for count in _END_WORDS] + [(_END_WORDS[-1], count) for count in _CONTEXT_WORDS[1:]]
    starts, suffix = rest.start, ""
    for count, right in tries:
        starts = words[-count:][0].start
        suffix = text[after[0].start : after[:right][-1].end] if right and after else ""
        last, following = _folded(text[starts : rest.end]), _folded(suffix)
        if (within + following).find(last + following) == len(within) - len(last):
            break
    return starts, _suffix(suffix)


def _words_before(text: str, start: int) -> list[Span]:
    """The last words of the line before, or of the same line where the quote starts within one."""
    line = text.rfind("\n", 0, start) + 1
    end = line if _MARKER.fullmatch(text, line, start) else start
    while end > 0 and text[end - 1].isspace():
        end -= 1
    line = text.rfind("\n", 0, end) + 1
    if end - line > _CONTEXT_CHARACTERS:
        return list(_words(text, end - _CONTEXT_CHARACTERS, end))[1:]
    return list(_words(text, _after_marker(text, line), end))


def _words_after(text: str, end: int) -> list[Span]:
    start = _BLANK.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing as well
    if "\n" in text[end:start]:
        start = _after_marker(text, start)
    line = _line_end(text, start, len(text))
    if line - start > _CONTEXT_CHARACTERS:
        return list(_words(text, start, start + _CONTEXT_CHARACTERS))[:-1]
    return list(_words(text, start, line))


def _after_marker(text: str, line: int) -> int:
    found = _MARKER.match(text, line)
    return found.end() if found else line


def _words(text: str, start: int, end: int) -> Iterator[Span]:
    return (Span(*found.span()) for found in _WORD.finditer(text, start, end))


def _line_end(text: str, start: int, end: int) -> int:
    found = text.find("\n", start, end)
    return end if found < 0 else found


def _folded(text: str) -> bytes:
    """What is compared: without case, ASCII punctuation and white space, so coarser than a browser."""
    folded = text.casefold().encode(errors="replace").translate(None, _IGNORED)
    return folded.replace("\N{NO-BREAK SPACE}".encode(), b"").replace("•".encode(), b"")


def _term(text: str, start: int, end: int) -> str:
    return _encoded(text[start:end])


def _prefix(words: str) -> list[str]:
    return [f"{_encoded(words)}-"] if words else []


def _suffix(words: str) -> list[str]:
    return [f"-{_encoded(words)}"] if words else []


def _encoded(words: str) -> str:
    return percent_encoded(" ".join(words.split()), safe="", errors="replace").replace("-", "%2D")
