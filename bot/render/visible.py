"""Text from outside, made inert: what cannot be seen is shown, what could steer a screen is named.

A character that is invisible, or that moves or reorders others, becomes ``⟨U+202E⟩``: brackets that mean
nothing to Slack, Discord, HTML or a terminal. Letters of every script stay as they are; the joiners
that some scripts and emoji need stay where they join something.
"""

import re
import unicodedata

_LEFT_OUT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Invisible by Unicode's Default_Ignorable_Code_Point, though their category says letter, mark or none.
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]")
# Signs that stand before a number in Arabic, Syriac and Kaithi, visible in spite of their category.
_NUMBER_SIGN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
# Arabic to Tibetan, Myanmar, Khmer, Mongolian and their relatives: a joiner or a word break after a
# letter is spelling there (compare RFC 5892, appendix A, on U+200C and U+200D).
_JOINED_SCRIPT = re.compile(
    "[\u0600-\u109f\u1780-\u1aff\u1b00-\u1c4f\ua840-\ua8ff\ua930-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
_JOINER = frozenset("\u180e\u200b\u200c\u200d")
_EMOJI = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_IDEOGRAPHIC_VARIATION = re.compile("[\U000e0100-\U000e01ef]")


def visible(text: str) -> str:
    """``text`` as it can be shown anywhere; line feeds are kept, a tab becomes one space."""
    return text if _is_plain(text) else "".join(visible_characters(text))


def visible_characters(text: str) -> list[str]:
    """``visible(text)`` cut by the characters of ``text``, one entry each, so that offsets carry over."""
    if _is_plain(text):
        return list(text)
    return [
        _shown(character, text[max(0, index - 1) : index], text[index + 1 : index + 2])
        for index, character in enumerate(text)
    ]


def visible_line(text: str) -> str:
    """``visible(text)`` on one line: white space and line feeds become single spaces."""
    return " ".join(visible(text).split())


def _is_plain(text: str) -> bool:
    """Whether each character can be shown as it is, as in most lines; if not, each has to be looked at."""
    return text.isascii() and text.isprintable()


def _shown(character: str, before: str, after: str) -> str:
    if character == "\n":
        return "\n"
    if character == "\t":
        return " "
    if unicodedata.category(character) not in _LEFT_OUT and not _IGNORABLE.match(character):
        return character
    if _NUMBER_SIGN.match(character) or _joins(character, before, after):
        return character
    return f"⟨U+{ord(character):04X}⟩"


def _joins(character: str, before: str, after: str) -> bool:
    """Whether an invisible character has work to do between these two."""
    if _IDEOGRAPHIC_VARIATION.match(character):
        return _IDEOGRAPH.match(before) is not None
    if character not in _JOINER:
        return False
    if _JOINED_SCRIPT.match(before) and unicodedata.category(before)[0] in "LM":
        return True
    emoji_before = before == "\ufe0f" or _EMOJI.match(before) is not None
    return character == "\u200d" and emoji_before and _EMOJI.match(after) is not None
