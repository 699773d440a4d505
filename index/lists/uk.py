"""The UK Sanctions List, XML; see ``uk_entry``."""

import re
from collections.abc import Mapping

from index.lists.dates import iso
from index.lists.entry_text import gather, words
from index.lists.safe_xml import Element, elements, local, place, said
from index.lists.uk_entry import FIELDS, REASONS, Field, Record, edition, uk_entry
from index.types import FileReading

_TOLD = {tag for field in FIELDS for tag in field.tags}
_INDICATORS = "SanctionsImposedIndicators"
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_uk(files: Mapping[str, bytes]) -> FileReading:
    """Every Designation. The edition's date is DateGenerated.

    Raises ReadError as ``elements`` and ``gather`` do.
    """
    ((name, content),) = files.items()
    date, found = None, []
    for number, element in enumerate(elements(content, "DateGenerated", "Designation"), start=1):
        if local(element) == "DateGenerated":
            date = date or iso(words(element.text))
        else:
            found.append((place(name, element, number), uk_entry(_record(element))))
    return gather("application/xml", edition(date), found)


def _record(designation: Element) -> Record:
    record: dict[Field, list[tuple[str, ...]]] = {}
    for field in FIELDS:
        leaves = designation.iter(*(f"{{*}}{tag}" for tag in field.tags)) if field.tags else ()
        for parent in dict.fromkeys(leaf.getparent() for leaf in leaves):
            _add(record, field, parent)
    for leaf in designation.iter():
        if not len(leaf) and local(leaf) not in _TOLD and not _indicator(leaf) and words(leaf.text):
            label = _CAPITAL.sub(" ", local(leaf)).capitalize()
            record.setdefault(Field(label, (local(leaf),), ()), []).append((words(leaf.text),))
    return record


def _add(record: dict[Field, list[tuple[str, ...]]], field: Field, parent: Element) -> None:
    """The values of one field below one parent: a name of several parts, or all of several names."""
    values = record.setdefault(field, [])
    if len(field.tags) > 1:
        values.append(tuple(said(parent, tag) for tag in field.tags))
    else:
        texts = (leaf.text or "" for leaf in parent.iterfind(f"{{*}}{field.tags[0]}"))
        # Reasons keep their line ends, by which they part into paragraphs.
        values += [(text if field in REASONS else words(text),) for text in texts if words(text)]


def _indicator(leaf: Element) -> bool:
    return any(local(above) == _INDICATORS for above in leaf.iterancestors())
