"""Real PDF and Word files, some of them encrypted, damaged or empty: each gives text or a named reason."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from index.errors import ReadError
from index.readers import read
from index.types import Reading

MESSY = Path(__file__).resolve().parents[2] / "../shared/messy"
PICTURES = "The PDF holds pictures of pages and no text; recognise its text (OCR) first."
LOCKED = "The PDF is encrypted and needs a password."


def outcomes(suffix: str) -> tuple[dict[str, Reading], dict[str, str]]:
    """What was read, and the reasons for the rest, by file name."""
    folder = MESSY / suffix
    if not folder.is_dir():
        pytest.skip("the files are not here")
    found: dict[str, Reading] = {}
    reasons: dict[str, str] = {}
    for path in sorted(folder.glob(f"*.{suffix}")):
        try:
            found[path.name] = read(path.read_bytes(), path.name).readings[0]
        except ReadError as error:
            reasons[path.name] = error.user_message
    for reading in found.values():
        reading.text.encode()
        assert [each for each in reading.text if each < " " and each not in "\n\t"] == []
        for spans in (reading.blocks, reading.pinpoints):
            assert all(reading.text[each.start : each.end].strip() for each in spans)
            assert all(before.end <= after.start for before, after in pairwise(spans))
    return found, reasons


def test_pdfs() -> None:
    found, reasons = outcomes("pdf")
    assert len(found) == 49
    assert Counter(reasons.values()) == {LOCKED: 10, PICTURES: 7}
    assert {name for name, reason in reasons.items() if reason == PICTURES} == {
        "box.pdf", "encrypted_doc_no_id.pdf", "git.pdf", "imagemagick-ASCII85Decode.pdf",
        "imagemagick-CCITTFaxDecode.pdf", "imagemagick-lzw.pdf", "issue-3850-1bit-indexed-flate.pdf",
    }  # fmt: skip
    assert found["metadata.pdf"].title == "The Title"


def test_word_documents() -> None:
    found, reasons = outcomes("docx")
    assert len(found) == 29
    assert Counter(reasons.values()) == {"The file holds no text.": 16}
    assert [heading.title for heading in found["par-known-paragraphs.docx"].headings] == ["Heading Paragraph"]
