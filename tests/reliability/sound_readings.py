"""What the rest of the product relies on in what a reader gives, told apart from the product's own check."""

import re
from itertools import pairwise

from index.types import FileReading, Reading

_NEVER = re.compile(r"[\x00\r\ud800-\udfff]")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def fault_of(found: FileReading) -> str | None:
    """What is wrong with it; None if nothing is."""
    members = [reading.member for reading in found.readings]
    if not members or len(set(members)) < len(members) or (len(members) > 1 and not all(members)):
        return f"documents without names of their own: {members[:5]}"
    if found.edition is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", found.edition.date or "2020-01-01"):
        return "an edition that is not of a day"
    said = [found.media_type, *(text for problem in found.problems for text in (problem.place, problem.reason))]
    if any(_NEVER.search(text) for text in said):
        return "a problem with characters that no text may hold"
    return next((fault for fault in map(_fault_of, found.readings) if fault is not None), None)


def _fault_of(reading: Reading) -> str | None:
    text = reading.text
    units = sorted((each.start, each.end) for each in (*reading.blocks, *reading.headings))
    pages = [(each.start, each.end) for each in reading.pinpoints]
    said = (reading.title, reading.publisher, reading.published, reading.url, reading.language, reading.member)
    labels = (*(each.title for each in reading.headings), *(each.label for each in reading.pinpoints))
    if not reading.blocks:
        return "nothing to quote"
    if any(_NEVER.search(each) for each in (text, *labels, *filter(None, said))):
        return "characters that no text may hold"
    if [(each.start, each.end) for each in reading.blocks] != sorted((each.start, each.end) for each in reading.blocks):
        return "blocks out of order"
    for spans in (units, pages):
        if not all(0 <= start < end <= len(text) for start, end in spans):
            return "a place outside the text"
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            return "places that overlap"
    if any(text[start:end] != text[start:end].strip() for start, end in units):
        return "a block with white space at an end"
    if any(not 1 <= each.level <= 6 for each in reading.headings):
        return "a heading of no level"
    if reading.published is not None and not _DATE.fullmatch(reading.published):
        return "a date that is none"
    if reading.url is not None and not re.match(r"(?i:https?)://", reading.url):
        return "an address that is none"
    names = reading.entry.names if reading.entry is not None else ()
    if any(not text[each.start : each.end].strip() for each in names) or (reading.entry is not None and not names):
        return "an entry without a name"
    return None
