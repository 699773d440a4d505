"""A reader of text directives, written from the specification alone: what a browser would find."""

import re
from urllib.parse import unquote


def terms(link: str) -> tuple[str | None, str, str | None, str | None]:
    """Prefix, start, end and suffix of the link's text directive."""
    parts = link.split(":~:text=")[1].split(",")
    assert all(re.fullmatch(r"-?(?:[A-Za-z0-9!$'()*+./:;=?@_~]|%[0-9A-F]{2})+-?", part) for part in parts)
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else None
    suffix = unquote(parts.pop()[1:]) if parts[-1].startswith("-") else None
    return prefix, unquote(parts[0]), unquote(parts[1]) if len(parts) == 2 else None, suffix


def occurrences(term: str, text: str, start: int, opens: bool, closes: bool) -> list[tuple[int, int]]:
    """Where ``term`` stands from ``start`` on within one line, at word boundaries where asked."""
    words = r"[^\S\n]+".join(re.escape(word) for word in term.split())
    spans = (found.span(1) for found in re.finditer(f"(?=({words}))", text[start:], re.IGNORECASE))
    found = ((first + start, last + start) for first, last in spans)
    return [
        (first, last)
        for first, last in found
        if not (opens and inside_word(text, first)) and not (closes and inside_word(text, last))
    ]


def inside_word(text: str, offset: int) -> bool:
    return re.fullmatch(r"\w\w", text[max(0, offset - 1) : offset + 1]) is not None


def after_blank(text: str, offset: int) -> int:
    return offset + len(text[offset:]) - len(text[offset:].lstrip())


def first_match(text: str, link: str) -> tuple[int, int] | None:
    """Step by step "find a range from a text directive", lines for blocks."""
    prefix, start, end, suffix = terms(link)
    bounded = end is not None or suffix is None
    if prefix is None:
        starts = occurrences(start, text, 0, True, bounded)
    else:
        places = {after_blank(text, last) for _, last in occurrences(prefix, text, 0, True, False)}
        starts = [span for span in occurrences(start, text, 0, False, bounded) if span[0] in places]
    for first, last in starts:
        closing = [last]
        if end is not None:
            closing = [stop for _, stop in occurrences(end, text, last, True, suffix is None)]
        for stop in closing:
            place = after_blank(text, stop)
            if suffix is None or any(begin == place for begin, _ in occurrences(suffix, text, place, False, True)):
                return first, stop
    return None
