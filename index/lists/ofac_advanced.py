"""OFAC's Specially Designated Nationals list in the Advanced Sanctions Data Model, sdn_advanced.xml.

Documented in https://home.treasury.gov/system/files/126/sdn_advanced_notes.pdf and its schema. The file is some 100 MB:
it is read twice, once for what the parties point to, of which some comes after them, and once for the parties, so that
no more than one of them is held as XML.
"""

from collections.abc import Iterator, Mapping

from index.lists.entry_text import EntryText, gather, in_latin, words
from index.lists.ofac_csv import OFAC, SDN
from index.lists.ofac_reference import VALUE_SETS, References, area_names, day, period, period_text
from index.lists.safe_xml import Element, elements, local, place, said
from index.types import Edition, EntryKind, FileReading, NameKind

_LISTED = "SDN List"
_KINDS: dict[str, EntryKind] = {"Individual": "person", "Entity": "entity", "Vessel": "vessel", "Aircraft": "aircraft"}
_ALIASES: dict[str, tuple[str, NameKind]] = {
    "A.K.A.": ("Also known as", "alias"),
    "F.K.A.": ("Formerly known as", "former"),
    "N.K.A.": ("Now known as", "alias"),
}
_FAMILY = {"Last Name", "Maiden Name", "Patronymic", "Matronymic"}
_LABELS = {
    "Birthdate": "Date of birth", "Location": "Address", "Nationality Country": "Nationality",
    "Citizenship Country": "Citizenship",
}  # fmt: skip
# Labels in the order of their lines; all others stand behind them.
_FIRST = ("Title", "Gender", "Date of birth", "Place of birth", "Nationality", "Citizenship")


def read_ofac_advanced(files: Mapping[str, bytes]) -> FileReading:
    """Every party on the SDN list; one that is on another list only is a problem. The edition's date is DateOfIssue.

    References are the numbers of profiles, which are the ``ent_num`` of sdn.csv. Raises ReadError as ``elements``
    and ``gather`` do.
    """
    ((name, content),) = files.items()
    date, references = _references(content)
    countries = area_names(references)
    found = (
        (place(name, party, number), _entry(party, references, countries))
        for number, party in enumerate(elements(content, "DistinctParty"), start=1)
    )
    return gather("application/xml", Edition("ofac-sdn", SDN, OFAC, date), found)


def _references(content: bytes) -> tuple[str | None, References]:
    date, references = None, References()
    kinds = ("Location", "IDRegDocument", "ProfileRelationship", "SanctionsEntry")
    for element in elements(content, "DateOfIssue", *VALUE_SETS, *kinds, "DistinctParty"):
        if local(element) == "DateOfIssue":
            date = date or day(element) or None
        elif local(element) == "DistinctParty":
            for profile in element.iterfind("{*}Profile"):
                references.names[words(profile.get("ID"))] = _main_name(profile, references)
        else:
            references.add(element)
    return date, references


def _entry(party: Element, references: References, countries: set[str]) -> EntryText | str:
    profile = party.find("{*}Profile")
    number = words(profile.get("ID")) if profile is not None else ""
    if not number:
        return "The party has no profile with a number."
    listings = [each for each in references.listings.get(number, []) if each.name == _LISTED]
    if not listings:
        return f"The party {number} is not on the list named {_LISTED}."
    kind = references.party_type(profile.get("PartySubTypeID"))
    entry = EntryText("ofac-sdn", number, _KINDS.get(kind, "other"))
    entry.name("", references.names.get(number), "primary")
    if entry.nameless:
        return f"The party {number} has no name."
    entry.say("Reference", number)
    for listing in listings:
        for programme in listing.programmes:
            entry.programme(programme)
    for date in dict.fromkeys(sorted(date for listing in listings for date in listing.dates)):
        entry.listed_on(date)
    entry.say("Type", kind)
    _names(entry, profile, references)
    _features(entry, party, references, countries)
    for relation, other, comment in references.relations.get(number, []):
        entry.say(relation or "Related to", references.names.get(other) or other, comment)
    for listing in listings:
        for basis in listing.bases:
            entry.say("Legal basis", basis)
        for measure in listing.measures:
            entry.say("Measure", measure)
        for comment in listing.comments:
            entry.say("Comment", comment)
    entry.prose("Comment", party.findtext("{*}Comment"))
    return entry


def _names(entry: EntryText, profile: Element, references: References) -> None:
    """All names but the primary one, those in other scripts first. OFAC calls weak names LowQuality."""
    groups, main = _groups(profile, references), _main(profile)
    latin = []
    for alias, documented in _documented(profile):
        if documented is main:
            continue
        name = _name(documented, groups)
        if in_latin(name):
            latin.append((alias, name))
        else:
            entry.name("Original script", name, "original script", weak=alias.get("LowQuality") == "true")
    for alias, name in latin:
        weak = alias.get("LowQuality") == "true"
        label, kind = _ALIASES.get(references.value("AliasType", alias.get("AliasTypeID")), ("Alias", "alias"))
        entry.name(f"{label} (low quality)" if weak else label, name, kind, weak=weak)


def _features(entry: EntryText, party: Element, references: References, countries: set[str]) -> None:
    """Birth, nationality, documents, addresses and everything else that a party has, in this order."""
    lines: list[tuple[str, str]] = []
    for feature in party.iter("{*}Feature"):
        written = references.value("FeatureType", feature.get("FeatureTypeID")) or "Feature"
        label = _LABELS.get(written, written.rstrip(" :-"))
        label = "Place of birth" if label == "Place of Birth" else label
        for version in feature.iterfind("{*}FeatureVersion"):
            text, named = _version(version, references)
            lines.append((label, text))
            if label == "Date of birth":
                entry.births += [date for each in version.iterfind("{*}DatePeriod") for date in period(each)]
            if label in {"Address", "Place of birth", "Nationality", "Citizenship"}:
                last = text.rpartition(", ")[2]
                entry.countries += named or [each for each in (text, last) if each in countries][:1]
    for wanted in _FIRST:
        _say(entry, lines, wanted)
    for identity in party.iter("{*}Identity"):
        for kind, told in references.documents.get(identity.get("ID") or "", []):
            entry.say(kind, *told)
    _say(entry, lines, "Address")
    for label, text in lines:
        if label not in {*_FIRST, "Address"}:
            entry.say(label, text)


def _say(entry: EntryText, lines: list[tuple[str, str]], wanted: str) -> None:
    for label, text in lines:
        if label == wanted:
            entry.say(label, text)


def _version(version: Element, references: References) -> tuple[str, list[str]]:
    """What a feature says, and the countries of its place."""
    told = [period_text(each) for each in version.iterfind("{*}DatePeriod")]
    countries: list[str] = []
    for located in version.iterfind("{*}VersionLocation"):
        found = references.places.get(located.get("LocationID") or "")
        if found:
            told.append(found.text)
            countries += found.countries
    for detail in version.iterfind("{*}VersionDetail"):
        told.append(references.value("DetailReference", detail.get("DetailReferenceID")) or words(detail.text))
    told.append(said(version, "Comment"))
    return ", ".join(filter(None, told)), countries


def _documented(profile: Element) -> Iterator[tuple[Element, Element]]:
    for alias in profile.iter("{*}Alias"):
        for documented in alias.iterfind("{*}DocumentedName"):
            yield alias, documented


def _main(profile: Element) -> Element | None:
    """The primary alias in Latin script, or else its first name, or else the first name of all."""
    every = list(_documented(profile))
    primary = [name for alias, name in every if alias.get("Primary") == "true"] or [name for _, name in every]
    return next((name for name in primary if in_latin("".join(name.itertext()))), next(iter(primary), None))


def _main_name(profile: Element, references: References) -> str:
    main = _main(profile)
    return "" if main is None else _name(main, _groups(profile, references))


def _groups(profile: Element, references: References) -> dict[str, str]:
    """The kind of each part of a name by the number of its group: "Last Name", "First Name", "Entity Name"."""
    return {
        group.get("ID") or "": references.value("NamePartType", group.get("NamePartTypeID"))
        for group in profile.iter("{*}NamePartGroup")
    }


def _name(documented: Element, groups: dict[str, str]) -> str:
    """As sdn.csv writes it: "LAST, First Middle"; in another script the parts in their order."""
    values = [part for part in documented.iter("{*}NamePartValue") if words(part.text)]
    parts = [(groups.get(part.get("NamePartGroupID") or "", ""), words(part.text)) for part in values]
    family = 0
    while family < len(parts) and parts[family][0] in _FAMILY:
        family += 1
    whole = " ".join(text for _, text in parts)
    if not 0 < family < len(parts) or not in_latin(whole):
        return whole
    return f"{' '.join(text for _, text in parts[:family])}, {' '.join(text for _, text in parts[family:])}"
