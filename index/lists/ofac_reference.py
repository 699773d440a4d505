"""What the entries of OFAC's advanced format only point to: value sets, places, documents, relationships, listings.

See ``ofac_advanced`` for where the format is documented.
"""

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import takewhile

from index.lists.dates import iso
from index.lists.entry_text import words
from index.lists.safe_xml import Element, local, said

VALUE_SETS = (
    "AliasType", "AreaCode", "Country", "DetailReference", "FeatureType", "IDRegDocDateType", "IDRegDocType",
    "LegalBasis", "List", "LocPartType", "NamePartType", "PartySubType", "PartyType", "RelationType", "SanctionsType",
)  # fmt: skip

_PLACE = ("ADDRESS1", "ADDRESS2", "ADDRESS3", "CITY", "STATE/PROVINCE", "POSTAL CODE", "REGION")
_UNKNOWN = "undetermined"


@dataclass(frozen=True, slots=True)
class Place:
    """``text`` is the whole place with its country; ``countries`` are what the list says is one."""

    text: str
    countries: tuple[str, ...] = ()


@dataclass(slots=True)
class Listing:
    """One entry in one of OFAC's lists, which goes by its official ``name``."""

    name: str
    dates: list[str] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class References:
    """Everything by its number in the file. ``values`` go by the name of their set and their number."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    party_types: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    documents: dict[str, list[tuple[str, list[str]]]] = field(default_factory=lambda: defaultdict(list))
    relations: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))
    listings: dict[str, list[Listing]] = field(default_factory=lambda: defaultdict(list))
    names: dict[str, str] = field(default_factory=dict)

    def value(self, kind: str, number: str | None) -> str:
        """The text of a value; empty if the file lacks it."""
        return self.values.get((kind, number or ""), "")

    def add(self, element: Element) -> None:
        """Remembers an element of VALUE_SETS, or a Location, IDRegDocument, ProfileRelationship or SanctionsEntry."""
        kind, number = local(element), element.get("ID") or ""
        if kind == "Location":
            self.places[number] = self._place(element)
        elif kind == "IDRegDocument":
            self.documents[element.get("IdentityID") or ""].append(self._document(element))
        elif kind == "ProfileRelationship":
            relation = self.value("RelationType", element.get("RelationTypeID"))
            self.relations[element.get("From-ProfileID") or ""].append(
                (relation, element.get("To-ProfileID") or "", said(element, "Comment"))
            )
        elif kind == "SanctionsEntry":
            self.listings[element.get("ProfileID") or ""].append(self._listing(element))
        else:
            described = element.get("Description") if kind == "AreaCode" else None
            self.values[kind, number] = words(described) or words(element.text)
            if kind == "PartySubType":
                self.party_types[number] = element.get("PartyTypeID") or ""

    def party_type(self, sub_type: str | None) -> str:
        """Individual, Entity, Vessel or Aircraft: the sub-type, or the type behind it where that is Unknown."""
        text = self.value("PartySubType", sub_type)
        return self.value("PartyType", self.party_types.get(sub_type or "")) if text in {"", "Unknown"} else text

    def _place(self, element: Element) -> Place:
        named: dict[str, str] = {}
        for part in element.iterfind("{*}LocationPart"):
            kind = self.value("LocPartType", part.get("LocPartTypeID")).upper()
            values = sorted(part.iterfind("{*}LocationPartValue"), key=lambda value: value.get("Primary") != "true")
            # Other spellings, mostly in another script, stand behind the main one.
            named[kind] = " / ".join(filter(None, (said(value, "Value") for value in values)))
        countries = [self.value("Country", each.get("CountryID")) for each in element.iterfind("{*}LocationCountry")]
        areas = [self.value("AreaCode", each.get("AreaCodeID")) for each in element.iterfind("{*}LocationAreaCode")]
        known = dict.fromkeys(each for each in [*countries, *areas] if each and each != _UNKNOWN)
        parts = [*(named.pop(kind, "") for kind in _PLACE), *(each for each in named.values() if each not in known)]
        return Place(", ".join(filter(None, [*parts, *known])), tuple(known))

    def _document(self, element: Element) -> tuple[str, list[str]]:
        """The type of the document, and what is said of it."""
        dates = []
        for dated in element.iterfind("{*}DocumentDate"):
            label = self.value("IDRegDocDateType", dated.get("IDRegDocDateTypeID"))
            dates += [f"{label} {text}".strip() for text in map(period_text, dated.iterfind("{*}DatePeriod")) if text]
        country = self.value("Country", element.get("IssuedBy-CountryID"))
        number, authority, comment = (said(element, tag) for tag in ("IDRegistrationNo", "IssuingAuthority", "Comment"))
        told = [number, "" if country == _UNKNOWN else country, authority, *dates, "" if comment == number else comment]
        return self.value("IDRegDocType", element.get("IDRegDocTypeID")) or "Document", told

    def _listing(self, element: Element) -> Listing:
        listing = Listing(self.value("List", element.get("ListID")))
        for event in element.iterfind("{*}EntryEvent"):
            listing.dates += filter(None, (day(date) for date in event.iterfind("{*}Date")))
            listing.bases.append(self.value("LegalBasis", event.get("LegalBasisID")))
            listing.comments.append(said(event, "Comment"))
        for measure in element.iterfind("{*}SanctionsMeasure"):
            kind, comment = self.value("SanctionsType", measure.get("SanctionsTypeID")), said(measure, "Comment")
            if kind == "Program":
                listing.programmes.append(comment)
            else:
                listing.measures.append(": ".join(filter(None, [kind, comment])))
        return listing


def day(element: Element | None) -> str:
    """Year, Month and Day as an ISO 8601 date of that precision; empty if there is none."""
    if element is None:
        return ""
    year, month, number = (said(element, tag) for tag in ("Year", "Month", "Day"))
    known = takewhile(bool, [year and year.zfill(4), month and month.zfill(2), number and number.zfill(2)])
    return iso("-".join(known)) or ""


def period(element: Element) -> tuple[str, ...]:
    """The date of a DatePeriod, or its first and last one.

    A period from the first to the last day of a year or a month is that year or month: so OFAC writes what it does
    not know to the day.
    """
    bounds = [day(each) for name in ("Start", "End") for end in element.iterfind(f"{{*}}{name}") for each in end]
    known = [each for each in bounds if each]
    if not known:
        return ()
    first, last = known[0], known[-1]
    if first == f"{first[:4]}-01-01" and last == f"{first[:4]}-12-31":
        return (first[:4],)
    if first == f"{first[:7]}-01" and last == _month_end(first):
        return (first[:7],)
    return (first,) if first == last else (first, last)


def period_text(element: Element) -> str:
    """``1962-11-23``, ``circa 1951`` or ``1955 to 1958``; empty if there is no date."""
    text = " to ".join(period(element))
    about = any(end.get("Approximate") == "true" for end in element)
    return f"circa {text}" if about and text else text


def area_names(references: References) -> set[str]:
    """Every country that the file knows by name."""
    return {text for (kind, _), text in references.values.items() if kind in {"Country", "AreaCode"}} - {"", _UNKNOWN}


def _month_end(date: str) -> str:
    year, month = int(date[:4]), int(date[5:7] or 1)
    return f"{date[:7]}-{calendar.monthrange(year, month)[1]}" if year else ""
