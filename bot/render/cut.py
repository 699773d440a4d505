"""Text made visible and cut to a length, so that nothing is cut in half that belongs together. Pure."""

import re

from bot.render.visible import visible, visible_line

# The beginning of ⟨U+202E⟩, which is shown whole or not at all.
_BROKEN_NAME = re.compile(r"⟨(?:U(?:\+[0-9A-F]{0,6})?)?\Z")


def one_line(text: str, longest: int) -> tuple[str, bool]:
    """``text`` visible on one line, of at most ``longest`` characters; whether more of it was left out."""
    shown = visible_line(text)
    return (shown, False) if len(shown) <= longest else (cut(shown, longest), True)


def shortened(text: str, longest: int) -> str:
    """``text`` visible on one line, cut with … to ``longest`` characters."""
    shown = visible_line(text)
    return shown if len(shown) <= longest else f"{cut(shown, longest - 1)}…"


def shortened_text(text: str, longest: int) -> str:
    """``text`` visible with its line feeds, without blank ends, cut with " …" to ``longest`` characters."""
    shown = visible(text).strip()
    return shown if len(shown) <= longest else f"{cut(shown, longest - 2)} …"


def cut(shown: str, length: int) -> str:
    """The first ``length`` characters of a visible text, without a name that is cut in half and blanks at the end."""
    return whole_end(shown[:length])


def whole_end(shown: str) -> str:
    """A beginning of a visible text without a name that is cut in half and blanks at the end."""
    return _BROKEN_NAME.sub("", shown).rstrip()
