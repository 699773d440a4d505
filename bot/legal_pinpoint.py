"""Legal structure as the pinpoint of a quote: "§ 9214(a)(2)", "Article 12(3)(b)", "Annex IV", "OP 8(d)". Pure.

The provision is named by a heading, or at the start of a paragraph ("Sec. 3. (a) All property"); what stands behind
it are the markers of the lists that the quote lies in. A marker that does not follow the one before it in its list
is not named, nor is one in a paragraph that may go on from any of several items: none is better than a wrong one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.list_items import Level, Nesting, bare, marks_of, reads_as_label
from index.types import Document, Heading, Span

MOST_BLOCKS = 4_000
"""Between a heading, or a resolution's beginning, and a quote; further down the quote gets no pinpoint."""

_NUMBER = r"(?:\d{1,5}(?:\.\d{1,4})?[A-Za-z]{0,3}(?:[-–]\d{1,3}[a-z]?)?|[IVXL]{1,7})"
_ITEMS = r"((?:\(\w{1,4}\))*)"
# "Article 5 of the Charter" and "Section 3 is amended" cite another provision, or are a sentence.
_END = r"(?=\s*\Z|[.:]?\s*[—–\n]|[.:]\s|\s+[A-Z“\"(\[])"
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
_WITHIN = re.compile(
    rf"(?:SECTION|SEC\.|Sec\.|ARTICLE|ANNEX)\s+{_NUMBER}\b|\n\s*(?:Section|Article|Annex)\s+{_NUMBER}\b"
)
_ITEM_WITHIN = re.compile(r"(?:[.;:,—–]|\b(?:and|or)|\n)\s*(?:\(\w{1,4}\)|\d{1,3}[.)])\s")
_NOTES = re.compile(r"\b(?:notes?|amendments|references|history|footnotes)\b", re.IGNORECASE)

_RESOLUTION = re.compile(r"\bresolution\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*\d{1,3}\.\s+")
_OPERATIVE = re.compile(
    r"(?:(?:also|further|strongly|again|once again|hereby)\s+)?"
    r"(?:acknowledges|adopts|affirms|appeals|appoints|approves|authori[sz]es|calls (?:up)?on|clarifies|commends|"
    r"concludes|condemns|confirms|considers|decides|declares|demands|deplores|designates|determines|directs|"
    r"emphasi[sz]es|encourages|endorses|establishes|expresses|extends|instructs|intends|invites|looks forward|notes|"
    r"reaffirms|recalls|recogni[sz]es|recommends|reiterates|remains|renews|requests|requires|resolves|stresses|"
    r"supports|takes note|terminates|underlines|underscores|urges|warns|welcomes)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What the headings say: "Annex IV" or "", "Article 5" or "", and the markers of headings below it.

    ``closed``: a heading below them is neither, so that lists may begin anew.
    """

    attachment: str = ""
    provision: str = ""
    marks: tuple[str, ...] = ()
    closed: bool = False


def legal_pinpoint(document: Document, start: int) -> str | None:
    """Where in a law, treaty or resolution ``document.text[start:]`` stands; None for what is none, or in doubt.

    ``start`` is the first character of a quote. Sections: "§ 9214(a)(2)", "Section 2(b)"; articles: "Article 5",
    "Article 12(3)(b)", in an annex "Annex IV, Article 2"; annexes: "Annex IV"; numbered paragraphs of a resolution:
    "OP 8(d)" if the paragraph begins with an operative verb, else "para. 8".
    """
    text, blocks = document.text, document.blocks
    last = bisect_right(blocks, start, key=lambda block: block.start) - 1
    if last < 0 or start >= blocks[last].end or _WITHIN.search(text, blocks[last].start, start):
        return None
    above = _headings_above(document, start)
    place = _place(heading.title for heading in above)
    if place is None:
        return None
    within = _ITEM_WITHIN.search(text, blocks[last].start, start) is not None
    if not place.attachment and not place.provision and any(map(_RESOLUTION.search, _titles(document, above))):
        numbered = _known(document, 0, last, _Place())
        return None if numbered is None else _paragraph(text, blocks, numbered, within)
    first = bisect_right(blocks, above[-1].start, key=lambda block: block.start) if above else 0
    ...


def _headings_above(document: Document, start: int) -> list[Heading]:
    """Outermost first."""
    above: list[Heading] = []
    for heading in document.headings[: bisect_right(document.headings, start, key=lambda heading: heading.start)]:
        while above and above[-1].level >= heading.level:
            above.pop()
        above.append(heading)
    return above
