"""Documents into passages: sections, then blocks, then sentences, until each fits the encoder.

Where a section has to be cut, all its ends of sentences are weighed at once, as Knuth and Plass weigh
the breaks of a paragraph ("Breaking Paragraphs into Lines", 1981): full, even passages against breaks
that tear apart what belongs together.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.sentences import cut_near, sentences, trimmed
from index.types import Document, Heading, Passage, Span

SPLIT_VERSION = 3
"""Raised whenever the same document would be split otherwise."""

MOST_SENTENCES = 40
"""In one passage. Bounds the time for texts of very many tiny blocks, such as tables."""

# What a break costs beside the emptiness of the passages, which is 0 (full) to 1 (empty) for each.
_AFTER_BLOCK = 0.0
_BETWEEN_ITEMS = 0.15  # "(1) ...; or" before "(2)"
_WITHIN_BLOCK = 0.2
_AFTER_LEAD_IN = 1.0  # "The President shall" before its "(1)"
_WITHIN_SENTENCE = 1.5

_FINISHED = re.compile(r"[.!?…。！？｡؟۔।॥][\"'”’»)\]}」』）*_]*(?:\s*\[\d+\])*\Z")
_ITEM_END = re.compile(r"[;,](?:\s+(?:and|or|but))?\Z")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """``tokens`` of its own, ``gap_tokens`` of a list marker before it, cost of a break after it."""

    span: Span
    tokens: int
    gap_tokens: int
    break_cost: float


def split(document: Document, count_tokens: Callable[[str], int], max_tokens: int) -> tuple[Passage, ...]:
    """The passages of a document, in order, each of at most ``max_tokens`` tokens of quoted text.

    Tokens are counted sentence by sentence and added up, which is at least the count of the whole for
    tokenizers that do not join words. No passage crosses a heading. A sentence that is too long is cut at
    white space into pieces that count as sentences; one character alone may exceed ``max_tokens``.
    Blocks without text are skipped. A document of headings alone gives them as one section.
    """
    passages: list[Passage] = []
    for titles, blocks in _sections(document):
        measured = list(_measure(document.text, blocks, count_tokens, max_tokens))
        for first, last in _even_runs(measured, max_tokens):
            spans = tuple(sentence.span for sentence in measured[first:last])
            passages.append(Passage(spans[0].start, spans[-1].end, titles, spans))
    return tuple(passages)


def encoded_text(document: Document, passage: Passage) -> str:
    """What is encoded and indexed for search, never quoted: title, headings and text, a line each."""
    text = document.text[passage.start : passage.end]
    return "\n".join(part for part in (document.title, *passage.headings, text) if part)


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], list[Span]]]:
    """Runs of blocks with no heading between them, with the titles above them, outermost first."""
    blocks = [trimmed(document.text, block.start, block.end) for block in document.blocks]
    blocks = [block for block in blocks if block.start < block.end]
    if not blocks:
        lines = [trimmed(document.text, heading.start, heading.end) for heading in document.headings]
        yield (), [line for line in lines if line.start < line.end]
        return
    headings = list(reversed(document.headings))
    path: list[Heading] = []
    section: list[Span] = []
    for block in blocks:
        if section and headings and headings[-1].start <= block.start:
            yield _titles(document, path), section
            section = []
        while headings and headings[-1].start <= block.start:
            heading = headings.pop()
            path = [above for above in path if above.level < heading.level] + [heading]
        section.append(block)
    yield _titles(document, path), section


def _titles(document: Document, path: Sequence[Heading]) -> tuple[str, ...]:
    known = {"", _plain(document.title)}
    return tuple(heading.title for heading in path if _plain(heading.title) not in known)


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()


def _measure(
    text: str, blocks: Sequence[Span], count_tokens: Callable[[str], int], max_tokens: int
) -> Iterator[_Sentence]:
    """The sentences of the blocks, those that are too long in pieces."""
    end = blocks[0].start if blocks else 0
    for block in blocks:
        for sentence in sentences(text, block):
            for span, tokens in _pieces(text, sentence, count_tokens, max_tokens):
                gap = text[end : span.start].strip()
                end = span.end
                if end < sentence.end:
                    cost = _WITHIN_SENTENCE
                else:
                    cost = _WITHIN_BLOCK if end < block.end else _cost_after(text[block.start : end])
                yield _Sentence(span, tokens, count_tokens(gap) if gap else 0, cost)


def _pieces(text: str, span: Span, count_tokens: Callable[[str], int], max_tokens: int) -> Iterator[tuple[Span, int]]:
    """``span`` in about equal pieces of at most ``max_tokens``, with their tokens."""
    tokens = count_tokens(text[span.start : span.end])
    if tokens <= max_tokens or span.end - span.start < 2:
        yield span, tokens
        return
    count = -(-tokens // max_tokens)
    target = span.start + (span.end - span.start) * (count // 2) // count
    cut = cut_near(text, span, target)
    for part in (trimmed(text, span.start, cut), trimmed(text, cut, span.end)):
        yield from _pieces(text, part, count_tokens, max_tokens)


def _cost_after(block: str) -> float:
    if _FINISHED.search(block):
        return _AFTER_BLOCK
    return _BETWEEN_ITEMS if _ITEM_END.search(block) else _AFTER_LEAD_IN


def _even_runs(measured: Sequence[_Sentence], max_tokens: int) -> list[tuple[int, int]]:
    """The cheapest way to cut the sentences of a section into passages, as half-open ranges."""
    costs, starts = [0.0], [0]
    for last in range(1, len(measured) + 1):
        tokens, best, start = 0, float("inf"), last - 1
        for first in range(last - 1, max(-1, last - 1 - MOST_SENTENCES), -1):
            tokens += measured[first].tokens
            if tokens > max_tokens and first < last - 1:
                break
            cost = costs[first] + max(0.0, 1 - tokens / max_tokens) ** 2
            if cost < best:
                best, start = cost, first
            tokens += measured[first].gap_tokens
        costs.append(best + (measured[last - 1].break_cost if last < len(measured) else 0.0))
        starts.append(start)
    runs = []
    last = len(measured)
    while last:
        runs.append((starts[last], last))
        last = starts[last]
    return runs[::-1]
