"""One designation of the UK Sanctions List, from either of its formats.

Fields: https://www.gov.uk/government/publications/uk-sanctions-list-change-in-format and the files on
https://www.gov.uk/government/publications/the-uk-sanctions-list. The XML's SanctionsImposedIndicators say the same as
SanctionsImposed and are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.lists.dates import iso
from index.lists.entry_text import EntryText
from index.types import Edition, EntryKind


@dataclass(frozen=True, slots=True)
class Field:
    """``tags`` are the XML elements, ``columns`` the CSV's names in small letters for the same, one each."""

    label: str
    tags: tuple[str, ...]
    columns: tuple[str, ...]


NAME = Field(
    "Name",
    (*(f"Name{number}" for number in range(1, 7)), "NameType", "AliasStrength"),
    (*(f"name {number}" for number in range(1, 7)), "name type", "alias strength"),
)
SCRIPT = Field(
    "Original script",
    ("NameNonLatinScript", "NonLatinScriptType", "NonLatinScriptLanguage"),
    ("name non-latin script", "non-latin script type", "non-latin script language"),
)
REFERENCE = Field("Reference", ("UniqueID",), ("unique id",))
PROGRAMME = Field("Programme", ("RegimeName",), ("regime name",))
LISTED = Field("Listed on", ("DateDesignated",), ("date designated",))
AMENDED = Field("Amended on", ("LastUpdated",), ("last updated",))
TYPE = Field("Type", ("IndividualEntityShip",), ("designation type",))
OLD_TYPE = Field("Type", (), ("individual, entity, ship",))
IMPOSED = Field("Sanctions imposed", ("SanctionsImposed",), ("sanctions imposed",))
BORN = Field("Date of birth", ("DOB",), ("d.o.b",))
BIRTHPLACE = Field("Place of birth", ("TownOfBirth", "CountryOfBirth"), ("town of birth", "country of birth"))
NATIONALITY = Field("Nationality", ("Nationality",), ("nationality(/ies)",))
ADDRESS = Field(
    "Address",
    (*(f"AddressLine{number}" for number in range(1, 7)), "AddressPostalCode", "AddressCountry"),
    (*(f"address line {number}" for number in range(1, 7)), "address postal code", "address country"),
)
FLAG = Field("Flag", ("CurrentBelievedFlagOfShip",), ("current believed flag of ship",))
SOURCE = (
    Field("Designated by", ("DesignationSource",), ("designation source",)),
    Field("UN reference", ("UNReferenceNumber",), ("un reference number",)),
    Field("OFSI group ID", ("OFSIGroupID",), ("ofsi group id",)),
)
PERSON = (
    Field("Title", ("Title",), ("title",)),
    Field("Position", ("Position",), ("position",)),
    Field("Gender", ("Gender",), ("gender",)),
    BORN,
    BIRTHPLACE,
    NATIONALITY,
    Field(
        "Passport", ("PassportNumber", "PassportAdditionalInformation"),
        ("passport number", "passport additional information"),
    ),
    Field(
        "National identifier", ("NationalIdentifierNumber", "NationalIdentifierAdditionalInformation"),
        ("national identifier number", "national identifier additional information"),
    ),
    Field("Type of entity", ("TypeOfEntity",), ("type of entity",)),
    Field("Business registration number", ("BusinessRegistrationNumber",), ("business registration number (s)",)),
    Field("Parent company", ("ParentCompany",), ("parent company",)),
    Field("Subsidiary", ("Subsidiary",), ("subsidiaries",)),
    Field("IMO number", ("IMONumber",), ("imo number",)),
    FLAG,
    Field("Previous flag", ("PreviousFlag",), ("previous flags",)),
    Field("Type of ship", ("TypeOfShip",), ("type of ship",)),
    Field("Tonnage of ship", ("TonnageOfShip",), ("tonnage of ship",)),
    Field("Length of ship", ("LengthOfShip",), ("length of ship",)),
    Field("Year built", ("YearBuilt",), ("year built",)),
    Field("Hull identification number", ("HullIdentificationNumber",), ("hull identification number (hin)",)),
    Field("Current owner or operator", ("CurrentOwnerOperator",), ("current owner/operator (s)",)),
    Field("Previous owner or operator", ("PreviousOwnerOperator",), ("previous owner/operator (s)",)),
    ADDRESS,
    Field("Phone number", ("PhoneNumber",), ("phone number",)),
    Field("Email address", ("EmailAddress",), ("email address",)),
    Field("Website", ("Website",), ("website",)),
)  # fmt: skip
REASONS = (
    Field("Other information", ("OtherInformation",), ("other information",)),
    Field("UK statement of reasons", ("UKStatementofReasons",), ("uk statement of reasons",)),
)
FIELDS = (
    NAME, SCRIPT, REFERENCE, PROGRAMME, LISTED, AMENDED, TYPE, OLD_TYPE, IMPOSED, *SOURCE, *PERSON, *REASONS,
)  # fmt: skip

Record = Mapping[Field, Sequence[tuple[str, ...]]]
"""What a designation says: for each field its values in order, each with as many parts as the field has."""

_KINDS: dict[str, EntryKind] = {"individual": "person", "entity": "entity", "ship": "vessel"}


def edition(date: str | None) -> Edition:
    """The edition of that day."""
    publisher = "UK Foreign, Commonwealth & Development Office"
    return Edition("uk", "UK Sanctions List", publisher, date)


def uk_entry(record: Record) -> EntryText | str:
    """The designation, or why there is none. Without a primary name its first name stands in for it."""
    references = _texts(record, REFERENCE)
    if not references:
        return "The designation has no unique ID."
    kinds = [*_texts(record, TYPE), *_texts(record, OLD_TYPE)]
    entry = EntryText("uk", references[0], _KINDS.get(kinds[0].lower(), "other") if kinds else "other")
    names = sorted(filter(_whole, record.get(NAME, ())), key=lambda name: name[6].lower() != "primary name")
    if not names:
        return "The designation has no name."
    entry.name("", _whole(names[0]), "primary", weak=_weak(names[0]))
    entry.say("Reference", references[0])
    for programme in _texts(record, PROGRAMME):
        entry.programme(programme)
    for date in _texts(record, LISTED):
        entry.listed_on(date)
    for date in _texts(record, AMENDED):
        entry.amended_on(date)
    entry.say("Type", *dict.fromkeys(kinds))
    for imposed in _texts(record, IMPOSED):
        for measure in imposed.split("|"):
            entry.say("Sanctions imposed", measure)
    _say(entry, record, SOURCE)
    for script in record.get(SCRIPT, ()):
        about = ", ".join(filter(None, script[1:]))
        entry.name(f"Original script ({about})" if about else "Original script", script[0], "original script")
    for name in names[1:]:
        _alias(entry, name)
    _say(entry, record, PERSON)
    _say(entry, record, [field for field in record if field not in FIELDS])
    for field in REASONS:
        for reason in record.get(field, ()):
            entry.prose(field.label, reason[0])
    entry.births += filter(None, map(iso, _texts(record, BORN)))
    for field in (NATIONALITY, BIRTHPLACE, ADDRESS, FLAG):
        entry.countries += [values[-1] for values in record.get(field, ())]
    return entry


def _alias(entry: EntryText, name: tuple[str, ...]) -> None:
    kind, strength = name[6].lower(), name[7].lower()
    label = {"primary name": "Primary name", "primary name variation": "Primary name variation"}.get(kind, "Alias")
    quality = strength.replace("a.k.a", "").strip(" .")
    entry.name(f"{label} ({quality})" if quality else label, _whole(name), "alias", weak=_weak(name))


def _say(entry: EntryText, record: Record, fields: Sequence[Field]) -> None:
    for field in fields:
        for values in record.get(field, ()):
            entry.say(field.label, *values)


def _texts(record: Record, field: Field) -> list[str]:
    return [values[0] for values in record.get(field, ()) if values[0]]


def _whole(name: tuple[str, ...]) -> str:
    return " ".join(filter(None, name[:6]))


def _weak(name: tuple[str, ...]) -> bool:
    return name[7].lower().startswith("low")
