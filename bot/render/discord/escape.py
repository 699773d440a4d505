"""Text from outside, escaped so that Discord shows it as letters. Pure.

A backslash makes a letter of any ASCII punctuation, but does nothing before letters, digits and white space, and stands
there as itself within the name of a link. So what consists of words comes apart at its punctuation: an address at its
colon, an invitation at its slash, a list at its dot. The beginning of a text counts as that of a line, and its end as
if anything could follow, so that escaped texts can be put anywhere and behind each other.

Lengths are in UTF-16 code units, of which a character has one or two: Discord's clients count in them, and never count
less than its servers.
"""

import re
import unicodedata
from itertools import accumulate

from bot.render.cut import whole_end
from bot.render.visible import visible, visible_line

# Of each match, the last character gets a backslash.
_SPECIAL = re.compile(
    r"[\\*_~`|<>\[\]@]"  # styles, spoilers, code, quotes, mentions, emoji, times, links
    r"|(?<![^\]])\("  # behind the name of a link
    r"|:(?=\S|\Z)"  # addresses, emoji by name
    r"|(?<!\S)\#"  # headings
    r"|^[^\S\n]*[-+]"  # lists, small text
    r"|^[^\S\n]*[0-9]+[.)](?=\s|\Z)",  # numbered lists
    re.MULTILINE,
)
# Discord knows invitations to it without a scheme.
_HOST = re.compile(r"\.[^\s/.]*/")
# Emoji by other categories than their own, and what makes emoji of other characters.
_EMOJI = re.compile("[\u203c\u2049\u2139\u20e3\u3030\u303d\ufe00-\ufe0f]")
_IN_NAMES = frozenset(
    {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"}
)


def escaped(shown: str) -> str:
    """What is written for a visible text; line feeds are kept."""
    return "".join(_pieces(shown))


def escaped_line(text: str, longest: int) -> str:
    """``text`` on one line, escaped, cut with … to a size of ``longest``."""
    return _cut(visible_line(text), longest, "…")


def escaped_text(text: str, longest: int) -> str:
    """``text`` with its line feeds, without blank ends, escaped, cut with " …" to a size of ``longest``."""
    return _cut(visible(text).strip(), longest, " …")


def escaped_beginning(text: str, longest: int) -> tuple[str, bool]:
    """``text`` on one line, escaped, of a size of at most ``longest``; whether more of it was left out."""
    line = visible_line(text)
    markdown = _cut(line, longest, "")
    return markdown, markdown != escaped(line)


def size(markdown: str) -> int:
    """UTF-16 code units."""
    return len(markdown) + sum(character > "\uffff" for character in markdown)


def is_plain(markdown: str) -> bool:
    """Whether escaped text can be the name of a link, where backslashes stand as themselves and Discord makes no link
    if there are emoji.
    """
    return not _EMOJI.search(markdown) and all(_is_plain(character) for character in markdown)


def _is_plain(character: str) -> bool:
    return character != "\\" and (character in " +=$" or unicodedata.category(character) in _IN_NAMES)


def _cut(shown: str, longest: int, mark: str) -> str:
    # What is far too long is not escaped first.
    pieces = _pieces(shown[: longest + 1])
    sizes = list(accumulate(map(size, pieces), initial=0))
    if sizes[-1] <= longest:
        return "".join(pieces)
    kept = next(index for index, each in enumerate(sizes) if each > longest - size(mark)) - 1
    # What follows next may have been all that made letters of the last characters.
    while size(written := escaped(whole_end(shown[:kept])) + mark) > longest:
        kept -= 1
    return written


def _pieces(shown: str) -> list[str]:
    """What is written for each character."""
    special = {match.end() - 1 for pattern in (_SPECIAL, _HOST) for match in pattern.finditer(shown)}
    return [f"\\{character}" if index in special else character for index, character in enumerate(shown)]
