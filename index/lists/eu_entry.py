"""One entry of the EU's Consolidated Financial Sanctions List, from either of its formats.

Fields: the schema of the export, namespace http://eu.europa.ec/fpi/fsd/export, which comes with the list on
https://webgate.ec.europa.eu/fsd/fsf; the CSV columns have the same names in another spelling. Left out are the
regulation behind each single name, address and document, and the numbers and languages of records.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from index.lists.dates import iso
from index.lists.entry_text import EntryText, in_latin, words
from index.types import Edition, EntryKind, NameKind

Fields = Mapping[str, str]
"""An element's attributes, by the names of the XML format; ``remark`` and ``contact`` are children there."""

_KINDS: dict[str, EntryKind] = {
    "p": "person", "person": "person", "e": "entity", "enterprise": "entity", "vessel": "vessel", "ship": "vessel",
}  # fmt: skip
_ADDRESS = ("street", "poBox", "place", "zipCode", "city", "region", "countryDescription", "countryIso2Code")
_OF_NAMES = {"title": "Title", "function": "Function", "gender": "Gender", "remark": "Remark on a name"}
_FLAGS = {
    "diplomatic": "diplomatic", "knownExpired": "known to be expired", "knownFalse": "known to be false",
    "reportedLost": "reported lost", "revokedByIssuer": "revoked by the issuer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """A ``sanctionEntity`` with the children of each kind, in order."""

    attributes: Fields
    remarks: list[str] = field(default_factory=list)
    regulations: list[Fields] = field(default_factory=list)
    names: list[Fields] = field(default_factory=list)
    citizenships: list[Fields] = field(default_factory=list)
    births: list[Fields] = field(default_factory=list)
    identifications: list[Fields] = field(default_factory=list)
    addresses: list[Fields] = field(default_factory=list)


def edition(date: str | None) -> Edition:
    """The edition of that day."""
    return Edition("eu", "EU Consolidated Financial Sanctions List", "European Commission", date)


def eu_entry(subject: Subject) -> EntryText | str:
    """The entry, or why there is none. Its reference is the EU's number, or the logical one where it has none.

    A name is weak that is not ``strong``, or that its remark calls of low quality. The first name in Latin script
    is the primary one.
    """
    about = subject.attributes
    reference = about.get("euReferenceNumber") or about.get("logicalId")
    if not reference:
        return "The entry has no reference number."
    entry = EntryText("eu", reference, _KINDS.get(about.get("code", "").lower(), "other"))
    names = sorted(filter(_whole, subject.names), key=lambda name: not in_latin(_whole(name)))
    if not names:
        return "The entry has no name."
    entry.name("", _whole(names[0]), "primary", weak=_weak(names[0]))
    entry.say("Reference", reference)
    for programme in _each(subject.regulations, "programme"):
        entry.programme(programme)
    entry.listed_on(about.get("designationDate"))
    for date in _each(subject.regulations, "publicationDate"):
        entry.amended_on(date, "Regulation published on")
    entry.say("Type", about.get("code"))
    entry.say("UN reference", about.get("unitedNationId"))
    for name in sorted(names[1:], key=lambda name: in_latin(_whole(name))):
        _alias(entry, _whole(name), name)
    for key, label in _OF_NAMES.items():
        for value in _each(subject.names, key):
            entry.say(label, value)
    for birth in subject.births:
        _birth(entry, birth)
    for citizenship in subject.citizenships:
        entry.say("Citizenship", _country(entry, citizenship), citizenship.get("region"), citizenship.get("remark"))
    for document in subject.identifications:
        _document(entry, document)
    for address in subject.addresses:
        _country(entry, address)
        entry.say("Address", *_place(address), address.get("remark"))
        entry.say("Contact", address.get("contact"))
    for regulation in subject.regulations:
        entry.say("Regulation", *(regulation.get(key) for key in ("numberTitle", "regulationType", "organisationType")))
        entry.say("Regulation in force from", regulation.get("entryIntoForceDate"))
        entry.say("Regulation text", regulation.get("publicationUrl"))
    entry.prose("Designation details", about.get("designationDetails"))
    for remark in subject.remarks:
        entry.prose("Remark", remark)
    return entry


def _alias(entry: EntryText, text: str, name: Fields) -> None:
    language, weak = name.get("nameLanguage", ""), _weak(name)
    notes = ", ".join(filter(None, ["low quality" if weak else "", language]))
    label = "Alias" if in_latin(text) else "Original script"
    kind: NameKind = "alias" if in_latin(text) else "original script"
    entry.name(f"{label} ({notes})" if notes else label, text, kind, weak=weak)


def _birth(entry: EntryText, birth: Fields) -> None:
    between = [birth.get("yearRangeFrom", ""), birth.get("yearRangeTo", "")]
    date = [birth.get("year", ""), birth.get("monthOfYear", "").zfill(2), birth.get("dayOfMonth", "").zfill(2)]
    while date and not date[-1].strip("0"):
        date.pop()
    written = birth.get("birthdate") or "-".join(date) or " to ".join(filter(None, between))
    calendar = birth.get("calendarType", "GREGORIAN") or "GREGORIAN"
    label = "Date of birth (circa)" if birth.get("circa", "").lower() == "true" else "Date of birth"
    entry.say(label, written, calendar if written and calendar != "GREGORIAN" else "")
    _country(entry, birth)
    entry.say("Place of birth", *_place(birth))
    entry.say("Remark on birth", birth.get("remark"))
    if calendar == "GREGORIAN":
        entry.births += filter(None, map(iso, [written] if birth.get("birthdate") or date else between))


def _document(entry: EntryText, document: Fields) -> None:
    label = document.get("identificationTypeDescription") or document.get("identificationTypeCode") or "Identification"
    number, latin = document.get("number", ""), document.get("latinNumber", "")
    dated = (("issueDate", "issued"), ("validFrom", "valid from"), ("validTo", "valid to"))
    entry.say(
        words(label)[:1].upper() + words(label)[1:],
        number,
        latin if latin != number else "",
        document.get("nameOnDocument"),
        document.get("issuedBy"),
        *(f"{said} {document[key]}" for key, said in dated if document.get(key)),
        *_place(document),
        *(said for key, said in _FLAGS.items() if document.get(key, "").lower() == "true"),
        document.get("remark"),
    )


def _place(fields: Fields) -> list[str]:
    """What is known of a place. UNKNOWN and 00 are the list's null; the country's code stands in for its name."""
    known = {key: fields.get(key, "") for key in _ADDRESS}
    if known["countryDescription"] or known["countryIso2Code"] == "00":
        known["countryIso2Code"] = ""
    if known["countryDescription"] == "UNKNOWN":
        known["countryDescription"] = ""
    return list(known.values())


def _country(entry: EntryText, fields: Fields) -> str:
    """The country, which is one of the entry's; empty if it is unknown."""
    country = " ".join(_place(fields)[-2:]).strip()
    entry.countries.append(country)
    return country


def _whole(name: Fields) -> str:
    parts = (name.get(key, "") for key in ("firstName", "middleName", "lastName"))
    return words(name.get("wholeName")) or words(" ".join(parts))


def _weak(name: Fields) -> bool:
    return name.get("strong", "").lower() == "false" or "low quality" in name.get("remark", "").lower()


def _each(fields: Iterable[Fields], key: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (each.get(key, "") for each in fields))))
