"""The EU's Consolidated Financial Sanctions List, XML ("xmlFullSanctionsList" 1.0 and 1.1); see ``eu_entry``."""

from collections.abc import Mapping

from index.lists.dates import iso
from index.lists.entry_text import gather, words
from index.lists.eu_entry import Fields, Subject, edition, eu_entry
from index.lists.safe_xml import Element, elements, local, place
from index.types import FileReading


def read_eu_xml(files: Mapping[str, bytes]) -> FileReading:
    """Every ``sanctionEntity``. The edition's date is the day of ``generationDate``, as written.

    Raises ReadError as ``elements`` and ``gather`` do.
    """
    ((name, content),) = files.items()
    date, found = None, []
    for number, element in enumerate(elements(content, "sanctionEntity"), start=1):
        date = date or iso(element.getroottree().getroot().get("generationDate"))
        found.append((place(name, element, number), eu_entry(_subject(element))))
    return gather("application/xml", edition(date), found)


def _subject(element: Element) -> Subject:
    about = dict(_fields(element))
    for kind in element.iterfind("{*}subjectType"):
        about["code"] = words(kind.get("code")) or words(kind.get("classificationCode"))
    children = {
        tag: [_fields(each) for each in element.iterfind(f"{{*}}{tag}")]
        for tag in ("regulation", "nameAlias", "citizenship", "birthdate", "identification", "address")
    }
    remarks = [each.text or "" for each in element.iterfind("{*}remark")]
    return Subject(about, remarks, *children.values())


def _fields(element: Element) -> Fields:
    """Attributes, and the children that are fields too."""
    fields = {key: words(value) for key, value in element.attrib.items()}
    for child in element:
        if local(child) in {"remark", "publicationUrl"}:
            fields[local(child)] = ", ".join(filter(None, [fields.get(local(child), ""), words(child.text)]))
        elif local(child) == "contactInfo":
            contact = f"{words(child.get('key'))} {words(child.get('value'))}".strip()
            fields["contact"] = ", ".join(filter(None, [fields.get("contact", ""), contact]))
    return fields
