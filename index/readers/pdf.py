"""PDF (ISO 32000), by PDFium: the text of each page, with pages as pinpoints."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.readers.composition import Composition
from index.readers.pdf_lines import Line, find_words, paragraphs
from index.readers.text import clean, iso_date
from index.types import FileReading, Problem, Reading

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

LABEL_LENGTH = 20
"""Characters of a page label; longer ones are cut."""

_PICTURE = "the page is a picture without text; recognise its text (OCR) first"
_DAMAGE = "the page is damaged"
_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_SECURITY_ERROR = 5  # FPDF_ERR_SECURITY
_MARK_WITHIN = 1_024
_IMAGES_WITHIN = 15  # forms, which draw things together, may stand in each other
_DATE = re.compile(r"(?:D:)?(\d{4})(?:(\d{2})(\d{2})?)?")
# What programs put into the title by themselves.
_SILLY_TITLE = re.compile(
    r"untitled.*|microsoft (?:word|powerpoint|excel)\b.*|(?:document|dokument|presentation|slide|layout|model)\s*\d*"
    r"|title|.*\.(?:docx?|odt|rtf|pdf|pptx?|xlsx?|indd|qxd|pmd|wpd|tex|dvi|html?|txt|ps|ai|pub|pages|dwg)|[\W\d_]*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Page:
    """``lines`` are not blank; ``problem`` says why there are none, if there should be some."""

    label: str
    lines: tuple[Line, ...]
    problem: str | None


def read_pdf(content: bytes) -> FileReading:
    """The paragraphs of all pages; a page without text that is a picture or damaged is a problem.

    Lines keep their ends as line feeds, except where a word is hyphenated. A pinpoint is "p. iv" where the document
    labels its pages, else "p. 4". Raises ReadError for what is no PDF, damaged, or needs a password, and for a
    document without text.
    """
    if b"%PDF-" not in content[:_MARK_WITHIN]:
        raise ReadError("The file is no PDF: it does not begin as one.")
    with closing(_opened(content)) as document:
        pages = list(_pages(document))
        title, published = _information(document)
    words = find_words(line.text for page in pages for line in page.lines)
    composition = Composition()
    for page in pages:
        start = composition.next_start
        for paragraph in paragraphs(page.lines, words):
            composition.add(paragraph)
        composition.pinpoint(start, page.label)
    layout = composition.layout()
    problems = tuple(Problem(page.label, page.problem) for page in pages if page.problem is not None)
    if not layout.blocks:
        raise ReadError(_reason_for_no_text(len(pages), {problem.reason for problem in problems}))
    reading = Reading(layout.text, layout.blocks, title=title, published=published, pinpoints=layout.pinpoints)
    return FileReading("application/pdf", (reading,), problems=problems)


def _opened(content: bytes) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        return PdfDocument(content, password="")  # the empty one opens what only forbids changes
    except PdfiumError as error:
        # For a file without pages the number is that of the last error, perhaps of another file.
        if b"/Encrypt" in content and error.err_code == _PASSWORD_ERROR:
            raise ReadError("The PDF is encrypted and needs a password.") from error
        if b"/Encrypt" in content and error.err_code == _SECURITY_ERROR:
            raise ReadError("The PDF is encrypted in a way that cannot be read.") from error
        raise ReadError("The PDF is damaged: it cannot be opened, or has no pages.") from error


def _pages(document: "PdfDocument") -> Iterator[_Page]:
    from pypdfium2 import PdfiumError

    for index in range(len(document)):
        label = "p. " + (clean(_text(partial(document.get_page_label, index)), LABEL_LENGTH) or str(index + 1))
        try:
            with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
                lines = tuple(_lines(text_page))
                yield _Page(label, lines, None if lines or not _has_images(page) else _PICTURE)
        except PdfiumError:
            yield _Page(label, (), _DAMAGE)


def _lines(page: "PdfTextPage") -> Iterator[Line]:
    """PDFium parts lines by CR and LF, and writes U+FFFE for the hyphen of a word that goes on in the next line."""
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

    text = _text_of(page)
    for found in re.finditer(r"[^\r\n\ufffe]+\ufffe?", text):
        words = found[0]
        if not words.strip():
            continue
        first = found.start() + len(words) - len(words.lstrip())
        last = found.end() - 1 - (len(words) - len(words.rstrip()))
        indices = [FPDFText_GetCharIndexFromTextIndex(page, index) for index in (first, last)]
        boxes = [page.get_charbox(index, loose=True) if index >= 0 else (0.0,) * 4 for index in indices]
        (left, bottom, _, top), (_, _, right, _) = boxes
        yield Line(words.strip(), left, right, bottom, top)


def _text_of(page: "PdfTextPage") -> str:
    """Without the characters before and after it that are in no text: pypdfium2 passes over them by a recursion, which
    ends at a thousand.
    """
    from pypdfium2.raw import FPDFText_GetTextIndexFromCharIndex

    places = range(page.count_chars())
    first, last = (
        next((place for place in each if FPDFText_GetTextIndexFromCharIndex(page, place) >= 0), None)
        for each in (places, reversed(places))
    )
    return "" if first is None or last is None else page.get_text_range(first, last + 1 - first)


def _has_images(page: "PdfPage") -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    return next(page.get_objects(filter=(FPDF_PAGEOBJ_IMAGE,), max_depth=_IMAGES_WITHIN), None) is not None


def _reason_for_no_text(pages: int, problems: set[str]) -> str:
    if _PICTURE in problems:
        return "The PDF holds pictures of pages and no text; recognise its text (OCR) first."
    if _DAMAGE in problems:
        return "The PDF is damaged: its pages cannot be read."
    return f"The PDF holds no text on its {pages} page{'s' if pages > 1 else ''}."


def _information(document: "PdfDocument") -> tuple[str | None, str | None]:
    """Title and date of creation, else of change."""
    title, created, changed = (
        _text(partial(document.get_metadata_value, name)) for name in ("Title", "CreationDate", "ModDate")
    )
    title = clean(title)
    if title is not None and _SILLY_TITLE.fullmatch(title):
        title = None
    return title, _date(created) or _date(changed)


def _text(value: Callable[[], str]) -> str | None:
    """What the document says of itself; None if that is no text, but half of a pair of surrogates."""
    try:
        return value()
    except UnicodeDecodeError:
        return None


def _date(value: str | None) -> str | None:
    found = _DATE.match((value or "").strip())
    return iso_date("-".join(part for part in found.groups() if part)) if found else None
