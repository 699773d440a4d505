"""The United Nations Security Council Consolidated List, XML.

Fields: https://www.un.org/sc/resources/sc-sanctions.xsd and the technical notes on
https://www.un.org/securitycouncil/content/un-sc-consolidated-list. What only keeps the UN's records (VERSIONNUM and
the sort keys) is left out.
"""

from collections.abc import Mapping

from index.lists.dates import iso
from index.lists.entry_text import EntryText, gather, words
from index.lists.safe_xml import Element, elements, every, local, parts, place, said
from index.types import Edition, FileReading, NameKind

_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_QUALITIES = {
    "good": "Alias (good quality)", "low": "Alias (low quality)", "a.k.a.": "Also known as",
    "f.k.a.": "Formerly known as",
}  # fmt: skip
_ADDRESS = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY", "NOTE")
_TOLD = {
    *_NAMES, "REFERENCE_NUMBER", "UN_LIST_TYPE", "LISTED_ON", "LAST_DAY_UPDATED", "NAME_ORIGINAL_SCRIPT",
    "INDIVIDUAL_ALIAS", "ENTITY_ALIAS", "TITLE", "DESIGNATION", "GENDER", "INDIVIDUAL_DATE_OF_BIRTH",
    "INDIVIDUAL_PLACE_OF_BIRTH", "NATIONALITY", "INDIVIDUAL_DOCUMENT", "INDIVIDUAL_ADDRESS", "ENTITY_ADDRESS",
    "COMMENTS1", "VERSIONNUM", "SORT_KEY", "SORT_KEY_LAST_MOD",
}  # fmt: skip


def read_un(files: Mapping[str, bytes]) -> FileReading:
    """Every individual and entity. The edition's date is the day of ``dateGenerated``, as written.

    Raises ReadError as ``elements`` and ``gather`` do.
    """
    ((name, content),) = files.items()
    date, found = None, []
    for number, element in enumerate(elements(content, "INDIVIDUAL", "ENTITY"), start=1):
        date = date or iso(element.getroottree().getroot().get("dateGenerated"))
        found.append((place(name, element, number), _entry(element)))
    title = "United Nations Security Council Consolidated List"
    return gather("application/xml", Edition("un", title, "United Nations Security Council", date), found)


def _entry(element: Element) -> EntryText | str:
    reference = said(element, "REFERENCE_NUMBER")
    if not reference:
        return "The entry has no reference number."
    entry = EntryText("un", reference, "person" if local(element) == "INDIVIDUAL" else "entity")
    entry.name("", " ".join(said(element, tag) for tag in _NAMES), "primary")
    if entry.nameless:
        return "The entry has no name."
    entry.say("Reference", reference)
    for programme in every(element, "UN_LIST_TYPE"):
        entry.programme(programme)
    entry.listed_on(said(element, "LISTED_ON"))
    for day in _values(element, "LAST_DAY_UPDATED"):
        entry.amended_on(day)
    entry.say("Type", local(element).lower())
    for original in every(element, "NAME_ORIGINAL_SCRIPT"):
        entry.name("Original script", original, "original script")
    for alias in element.iterfind("{*}INDIVIDUAL_ALIAS"):
        _alias(entry, alias)
    for alias in element.iterfind("{*}ENTITY_ALIAS"):
        _alias(entry, alias)
    _person(entry, element)
    for address in [*element.iterfind("{*}INDIVIDUAL_ADDRESS"), *element.iterfind("{*}ENTITY_ADDRESS")]:
        entry.say("Address", *parts(address, *_ADDRESS))
        entry.countries.append(said(address, "COUNTRY"))
    for other in element:
        if local(other) not in _TOLD:
            label = "Data ID" if local(other) == "DATAID" else local(other).replace("_", " ").capitalize()
            entry.say(label, other.text, *(each.text for each in other))
    for comment in element.iterfind("{*}COMMENTS1"):
        entry.prose("Comments", comment.text)
    return entry


def _alias(entry: EntryText, alias: Element) -> None:
    quality = said(alias, "QUALITY")
    label = _QUALITIES.get(quality.lower(), f"Alias ({quality})" if quality else "Alias")
    kind: NameKind = "former" if quality.lower() == "f.k.a." else "alias"
    entry.name(label, alias.findtext("{*}ALIAS_NAME"), kind, weak=quality.lower() == "low")
    born, country = said(alias, "DATE_OF_BIRTH"), said(alias, "COUNTRY_OF_BIRTH")
    entry.say("Date of birth under this alias", born)
    entry.say("Place of birth under this alias", said(alias, "CITY_OF_BIRTH"), country)
    entry.say("Note on this alias", said(alias, "NOTE"))
    entry.births += filter(None, [iso(born)])
    entry.countries.append(country)


def _person(entry: EntryText, element: Element) -> None:
    for title in _values(element, "TITLE"):
        entry.say("Title", title)
    for designation in _values(element, "DESIGNATION"):
        entry.say("Designation", designation)
    for gender in every(element, "GENDER"):
        entry.say("Gender", gender)
    for birth in element.iterfind("{*}INDIVIDUAL_DATE_OF_BIRTH"):
        _birth(entry, birth)
    for birthplace in element.iterfind("{*}INDIVIDUAL_PLACE_OF_BIRTH"):
        entry.say("Place of birth", *parts(birthplace, *_ADDRESS))
        entry.countries.append(said(birthplace, "COUNTRY"))
    for nationality in _values(element, "NATIONALITY"):
        entry.say("Nationality", nationality)
        entry.countries.append(nationality)
    for document in element.iterfind("{*}INDIVIDUAL_DOCUMENT"):
        issued = said(document, "DATE_OF_ISSUE")
        told = ("TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "NUMBER", "ISSUING_COUNTRY", "DATE_OF_ISSUE")
        values = [said(document, tag) for tag in told[:-1]]
        rest = parts(document, *told, "CITY_OF_ISSUE", "COUNTRY_OF_ISSUE", "NOTE")[len(told) :]
        entry.say("Document", *values, issued and f"issued {issued}", *rest)


def _birth(entry: EntryText, birth: Element) -> None:
    """TYPE_OF_DATE is EXACT, APPROXIMATELY or BETWEEN, the last with two years."""
    quality, first, last = (said(birth, tag) for tag in ("TYPE_OF_DATE", "FROM_YEAR", "TO_YEAR"))
    known = [said(birth, "DATE"), said(birth, "YEAR"), " and ".join(filter(None, [first, last]))]
    told = ("TYPE_OF_DATE", "FROM_YEAR", "TO_YEAR", "DATE", "YEAR")
    label = f"Date of birth ({quality.lower()})" if quality else "Date of birth"
    entry.say(label, *known, *parts(birth, *told)[len(told) :])
    entry.births += filter(None, map(iso, [*known[:2], first, last]))


def _values(element: Element, tag: str) -> list[str]:
    return [words(value.text) for field in element.iterfind(f"{{*}}{tag}") for value in field.iterfind("{*}VALUE")]
