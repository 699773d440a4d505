"""Rich Text Format (Microsoft's specification 1.9.1), by striprtf."""

import re

from index.errors import ReadError
from index.readers.composition import Composition
from index.readers.text import clean, iso_date, printable
from index.types import Reading

_HEAD = 65_536
"""Characters within which the group of information about the document is looked for."""

_INFORMATION = re.compile(r"\{\\info\b")
_TITLE = re.compile(r"\{\\title\s((?:[^{}\\]|\\.)*)\}", re.DOTALL)
_CREATED = re.compile(r"\{\\creatim\s*\\yr(\d{4})\s*\\mo(\d{1,2})\s*\\dy(\d{1,2})")
_SPACE = re.compile(r"[ \t]+")


def read_rtf(content: bytes) -> Reading:
    """Paragraphs and table rows, cells joined by `` | ``. Title and date come from the group of information.

    Raises ReadError for what is no RTF or cannot be read as such.
    """
    # RTF is ASCII; what other bytes mean is told by its code page, which striprtf reads in the text.
    source = content.decode("latin-1").lstrip("\ufeff\xef\xbb\xbf \r\n\t")
    if not source.startswith("{\\rtf"):
        raise ReadError("The file is no Rich Text Format: it does not begin with {\\rtf.")
    text = _to_text(source)
    composition = Composition()
    for line in printable(text).split("\n"):
        words = _SPACE.sub(" ", line).strip()
        if words.endswith("|"):
            composition.add_row(words.split("|"))
        else:
            composition.add(words)
    layout = composition.layout()
    title, published = _information(source[:_HEAD])
    return Reading(layout.text, layout.blocks, title=title, published=published)


def _to_text(source: str) -> str:
    from striprtf.striprtf import rtf_to_text

    try:
        # Written otherwise, a link would have its address put into the text.
        source = source.replace("\\fldinst{", "\\fldinst {")
        return str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    except Exception as error:  # it lets through whatever broken control words make Python raise
        raise ReadError("The file is damaged: its Rich Text Format cannot be understood.") from error


def _information(head: str) -> tuple[str | None, str | None]:
    found = _INFORMATION.search(head)
    if found is None:
        return None, None
    group = head[found.start() :]
    title, created = _TITLE.search(group), _CREATED.search(group)
    published = f"{created[1]}-{int(created[2]):02}-{int(created[3]):02}" if created else None
    # Written with the same escapes as the text.
    words = _to_text("{\\rtf1" + _code_page(head) + " " + title[1] + "}") if title else None
    return clean(printable(words)) if words else None, iso_date(published)


def _code_page(head: str) -> str:
    found = re.search(r"\\ansicpg\d+", head)
    return found[0] if found else ""
