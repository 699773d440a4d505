"""Legal structure as the pinpoint of a quote: "§ 9214(a)(2)", "Article 12(3)(b)", "Annex IV", "OP 8(d)". Pure.

The provision is named by a heading, or at the start of a paragraph ("Sec. 3. (a) All property"); what stands behind
it are the markers of the lists that the quote lies in. A marker that does not follow the one before it in its list
is not named, nor is one above a paragraph that may belong to any of several items: none is better than a wrong one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.list_items import Level, Nesting, bare, marks_of, reads_as_label, without_marks
from index.types import Document, Heading, Span

MOST_BLOCKS = 4_000
"""Between a heading, or a resolution's beginning, and a quote; further down the quote gets no pinpoint."""

_NUMBER = r"(?:\d{1,5}(?:\.\d{1,4})?[A-Za-z]{0,3}(?:[-–]\d{1,3}[a-z]?)?|[IVXL]{1,7})"
_ITEMS = r"((?:\(\w{1,4}\))*)"
# "Article 5 of the Charter" cites another provision, "Section 3 is amended" begins a sentence.
_END = r"(?=\s*\Z|[.:]?\s*[—–\n]|[.:](?:\s|\Z)|\s+[A-Z“\"(\[])"
_PROVISIONS = (
    (re.compile(rf"§\s*({_NUMBER}){_ITEMS}{_END}"), "§"),
    (re.compile(rf"(?:Section|SECTION|Sec\.|SEC\.)\s+({_NUMBER}){_ITEMS}{_END}"), "Section"),
    (re.compile(rf"(?:Article|ARTICLE|Art\.)\s+({_NUMBER}){_ITEMS}{_END}"), "Article"),
    (re.compile(rf"(?:Annex|ANNEX)\s+({_NUMBER}|[A-Z])(){_END}"), "Annex"),
    (re.compile(rf"(?:Schedule|SCHEDULE)\s+({_NUMBER})(){_END}"), "Schedule"),
)
_ATTACHMENTS = ("Annex", "Schedule")
"""Their items are cited in other ways; they may hold articles and sections."""

# At the start of a paragraph, where a full stop or nothing follows.
_IN_TEXT = re.compile(
    rf"(?:(?:SECTION|Section|SEC\.|Sec\.|§)\s*{_NUMBER}\.(?=\s|\Z)|(?:ARTICLE|Article)\s+{_NUMBER}\.?(?=\s*\Z))\s*"
)
_PROVISION_WITHIN = re.compile(
    rf"(?:SECTION|SEC\.|Sec\.|ARTICLE|ANNEX)\s+{_NUMBER}\b|\n\s*(?:Section|Article|Annex)\s+{_NUMBER}\b"
)
_ITEM_WITHIN = re.compile(r"(?:[.;:,—–]|\b(?:and|or)|\n)\s*(\(\w{1,4}\)|\d{1,3}[.)])\s")
_NOTES = re.compile(r"\b(?:notes?|amendments|references|history|footnotes)\b", re.IGNORECASE)
_TO_COME = 40
"""Blocks to look ahead for "(ii)" or "(j)"."""

_RESOLUTION = re.compile(r"\bresolution\b", re.IGNORECASE)
_OPERATIVE = re.compile(
    r"[*_]*(?:(?:also|further|strongly|again|once again|hereby)\s+)?"
    r"(?:acknowledges|adopts|affirms|appeals|appoints|approves|authori[sz]es|calls (?:up)?on|clarifies|commends|"
    r"concludes|condemns|confirms|considers|decides|declares|demands|deplores|designates|determines|directs|"
    r"emphasi[sz]es|encourages|endorses|establishes|expresses|extends|instructs|intends|invites|looks forward|notes|"
    r"reaffirms|recalls|recogni[sz]es|recommends|reiterates|remains|renews|requests|requires|resolves|stresses|"
    r"supports|takes note|terminates|underlines|underscores|urges|warns|welcomes)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What headings say: "Annex IV" or "", "Article 5" or "", and the markers of the headings below it.

    ``closed``: a heading that is neither stands below them, and lists may begin anew under it.
    """

    attachment: str = ""
    provision: str = ""
    marks: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where the walk has come to: the provision, its items that are not in doubt, and where the last block's own
    words begin.
    """

    provision: str
    items: tuple[Level, ...]
    body: int


def legal_pinpoint(document: Document, start: int) -> str | None:
    """Where in a law, treaty or resolution ``document.text[start:]`` stands; None for what is none, or in doubt.

    ``start`` is the first character of a quote. Sections: "§ 9214(a)(2)", "Section 2(b)"; articles: "Article 5",
    "Article 12(3)(b)", in an annex "Annex IV, Article 2"; annexes: "Annex IV"; numbered paragraphs of a resolution:
    "OP 8(d)" if the paragraph begins with an operative verb, else "para. 8".
    """
    text, blocks = document.text, document.blocks
    last = bisect_right(blocks, start, key=lambda block: block.start) - 1
    if last < 0 or start >= blocks[last].end:
        return None
    above = _headings_above(document, start)
    titles = [heading.title for heading in above]
    place = _place(titles)
    if place is None:
        return None
    numbered = place == _Place(closed=place.closed) and any(map(_RESOLUTION.search, (document.title, *titles)))
    first = bisect_right(blocks, above[-1].start, key=lambda block: block.start) if above and not numbered else 0
    standing = _follow(document, first, last, _Place() if numbered else place)
    if standing is None or _PROVISION_WITHIN.search(text, standing.body, max(start, standing.body)):
        return None
    inner = _ITEM_WITHIN.findall(text, standing.body, max(start, standing.body))
    if standing.provision:
        items = _in_brackets(() if inner else standing.items)
        return ", ".join(filter(None, (place.attachment, standing.provision + items)))
    if numbered and not any(written[0].isdigit() for written in inner):
        return _paragraph(document, standing.items[: 1 if inner else None])
    return place.attachment or None


def _headings_above(document: Document, start: int) -> list[Heading]:
    """Outermost first."""
    above: list[Heading] = []
    for heading in document.headings[: bisect_right(document.headings, start, key=lambda heading: heading.start)]:
        while above and above[-1].level >= heading.level:
            above.pop()
        above.append(heading)
    return above


def _place(titles: Iterable[str]) -> _Place | None:
    """What headings say, outermost first. None for notes to a provision."""
    place = _Place()
    for title in titles:
        found = _provision(title)
        marks = marks_of(title, Span(0, len(title)), 0)
        if found is not None and found[0].startswith(_ATTACHMENTS):
            place = _Place(attachment=found[0])
        elif found is not None:
            place = _Place(place.attachment, *found)
        elif marks and place.provision and not place.closed:
            place = replace(place, marks=place.marks + marks)
        elif _NOTES.search(title):
            return None
        else:
            place = replace(place, closed=True)
    return place


def _provision(words: str) -> tuple[str, tuple[str, ...]] | None:
    """ "Section 2" and the marker "(b)" of "Section 2(b)"; None if the words do not begin with a provision."""
    for pattern, name in _PROVISIONS:
        if found := pattern.match(words):
            items = found.group(2)
            return f"{name} {found.group(1)}", marks_of(items, Span(0, len(items)), 0)
    return None


def _follow(document: Document, first: int, last: int, place: _Place) -> _Standing | None:
    """From a heading's first block to the quote's. None if it meets a provision within another, or is too long."""
    if last - first > MOST_BLOCKS:
        return None
    text, provision, closed, nesting = document.text, place.provision, place.closed, Nesting(place.marks)
    items, body, below_label = nesting.known(), 0, False
    for index in range(first, last + 1):
        block = document.blocks[index]
        before = document.blocks[index - 1].end if index else 0
        if found := _IN_TEXT.match(text, block.start, block.end):
            named = _provision(found.group().strip())
            if place.provision or named is None:
                return None
            provision, closed, nesting = named[0], False, Nesting(named[1])
            block, before = Span(found.end(), block.end), found.end()
            items = nesting.known()
        marks = marks_of(text, block, before)
        for written in marks:
            nesting.enter(written, index, _to_come(document, index) if bare(written) in ("i", "I") else ())
        if marks:
            items = nesting.known()
        elif not below_label and found is None:
            items = nesting.leave()
        below_label = bool(marks) and reads_as_label(text[block.start : block.end])
        body = block.end - len(without_marks(text[block.start : block.end]))
    return _Standing(provision, () if closed else tuple(items), body)


def _to_come(document: Document, index: int) -> Sequence[str]:
    """The markers of the blocks after one."""
    nearby = document.blocks[index : index + _TO_COME]
    return [written for one, other in pairwise(nearby) for written in marks_of(document.text, other, one.end)]


def _in_brackets(items: Iterable[Level]) -> str:
    return "".join(f"({bare(item.written)})" for item in items)


def _paragraph(document: Document, items: Sequence[Level]) -> str | None:
    """The numbered paragraph of a resolution; None if the outermost item is none."""
    if not items or not items[0].written.endswith(".") or not bare(items[0].written).isdigit():
        return None
    block = document.blocks[items[0].place]
    words = without_marks(document.text[block.start : block.end])
    name = "OP" if _OPERATIVE.match(words) else "para."
    return f"{name} {bare(items[0].written)}{_in_brackets(items[1:])}"
