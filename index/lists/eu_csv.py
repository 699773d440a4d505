"""The EU's Consolidated Financial Sanctions List, CSV ("csvFullSanctionsList" 1.1); see ``eu_entry``.

Semicolons part the columns. Every row repeats its entity and adds one name, address, birth, document or citizenship.
The format does not say whether a name is strong, save in its remark.
"""

from collections.abc import Mapping

from index.errors import ReadError
from index.lists.dates import iso
from index.lists.entry_text import gather, words
from index.lists.eu_entry import Fields, Subject, edition, eu_entry
from index.lists.rows import Row, read_rows
from index.types import FileReading

_PARTS = ("Entity_Regulation", "NameAlias", "Citizenship", "BirthDate", "Identification", "Address")
# Columns whose names are not those of the attributes with a large first letter.
_RENAMED = {
    "Entity_EU_ReferenceNumber": "euReferenceNumber", "BirthDate_BirthDate": "birthdate", "BirthDate_Day": "dayOfMonth",
    "BirthDate_Month": "monthOfYear", "Identification_IssuedDate": "issueDate", "Address_ContactInfo": "contact",
    "Identification_TypeCode": "identificationTypeCode", "Entity_SubjectType": "code",
    "Identification_TypeDescription": "identificationTypeDescription", "Entity_Regulation_Type": "regulationType",
}  # fmt: skip
_KEY = "Entity_LogicalId"


def read_eu_csv(files: Mapping[str, bytes]) -> FileReading:
    """Every entity. The edition's date is the first ``fileGenerationDate``.

    Raises ReadError without a header and as ``gather`` does.
    """
    ((name, content),) = files.items()
    rows = read_rows(content, ";")
    header = next(rows, Row(1))
    columns = [words(column) for column in header.values]
    if _KEY not in columns:
        raise ReadError("The list lacks its first line, the names of the columns.")
    date, found = None, []
    groups: dict[str, list[dict[str, str]]] = {}
    places: dict[str, str] = {}
    for row in rows:
        values = {column: value for column, value in zip(columns, row.values, strict=False) if value}
        number = words(values.get(_KEY))
        place = f"{name}, line {row.line}"
        if row.broken or not number:
            found.append((place, row.broken or f"The row has no {_KEY}."))
            continue
        date = date or iso(values.get("fileGenerationDate"))
        groups.setdefault(number, []).append(values)
        places.setdefault(number, place)
    entries = ((places[number], eu_entry(_subject(group))) for number, group in groups.items())
    return gather("text/csv", edition(date), [*found, *entries])


def _subject(rows: list[dict[str, str]]) -> Subject:
    about = {_attribute("Entity", name): words(value) for name, value in rows[0].items() if name.startswith("Entity_")}
    remarks = dict.fromkeys(filter(None, (row.get("Entity_Remark", "") for row in rows)))
    return Subject(about, list(remarks), *(_part(rows, prefix) for prefix in _PARTS))


def _part(rows: list[dict[str, str]], prefix: str) -> list[Fields]:
    """What the rows say of one kind of thing, each once; a row that says nothing of it has those columns empty."""
    found: dict[tuple[tuple[str, str], ...], Fields] = {}
    for row in rows:
        fields = {_attribute(prefix, column): words(value) for column, value in row.items() if _of(column, prefix)}
        if any(fields.values()):
            found.setdefault(tuple(fields.items()), fields)
    return list(found.values())


def _of(column: str, prefix: str) -> bool:
    """The columns of a regulation belong to the entity; those behind each name or address are left out."""
    rest = column.removeprefix(f"{prefix}_")
    return rest != column and "_" not in rest and rest not in {"RegulationLanguage", "LogicalId"}


def _attribute(prefix: str, column: str) -> str:
    rest = column.removeprefix(f"{prefix}_")
    return _RENAMED.get(column, rest[:1].lower() + rest[1:])
