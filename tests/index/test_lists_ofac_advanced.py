# ruff: noqa: E501 (the samples are as long as the lists' own lines)
from index.lists import OFAC_ADVANCED, read_list, recognise
from index.types import Edition, Entry, ListedName, Problem


def values(kind: str, *pairs: tuple[str, str]) -> str:
    return (
        f"<{kind}Values>"
        + "".join(f'<{kind} ID="{number}">{text}</{kind}>' for number, text in pairs)
        + f"</{kind}Values>"
    )


REFERENCES = (
    '<AreaCodeValues><AreaCode ID="11216" CountryID="11216" Description="Samplia" AreaCodeTypeID="1">SA</AreaCode></AreaCodeValues>'
    '<PartySubTypeValues><PartySubType ID="1" PartyTypeID="4">Vessel</PartySubType>'
    '<PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>'
    + values("AliasType", ("1400", "A.K.A."), ("1401", "F.K.A."), ("1403", "Name"))
    + values("Country", ("11216", "Samplia"), ("11291", "undetermined"))
    + values("DetailReference", ("91526", "Male"))
    + values(
        "FeatureType", ("8", "Birthdate"), ("9", "Place of Birth"), ("11", "Citizenship Country"), ("25", "Location"),
        ("26", "Title"), ("224", "Gender"), ("504", "Additional Sanctions Information - "), ("3", "Vessel Flag"),
    )
    + values("IDRegDocDateType", ("1480", "Issue Date"))
    + values("IDRegDocType", ("1571", "Passport"))
    + values("LegalBasis", ("1", "Executive Order 13224"))
    + values("List", ("1550", "SDN List"), ("91507", "Consolidated List"))
    + values("LocPartType", ("1", "Unknown"), ("1451", "ADDRESS1"), ("1454", "CITY"), ("1456", "POSTAL CODE"))
    + values("NamePartType", ("1520", "Last Name"), ("1521", "First Name"), ("1526", "Vessel Name"))
    + values("PartyType", ("1", "Individual"), ("4", "Transport"))
    + values("RelationType", ("15003", "Associate Of"))
    + values("SanctionsType", ("1", "Program"), ("1705", "Block"))
)  # fmt: skip


def part(kind: str, *texts: str) -> str:
    each = "".join(
        f'<LocationPartValue Primary="{str(not at).lower()}"><Comment/><Value>{text}</Value></LocationPartValue>'
        for at, text in reversed(list(enumerate(texts)))
    )
    return f'<LocationPart LocPartTypeID="{kind}">{each}</LocationPart>'


def date(year: int, month: int | None = None, day: int | None = None) -> str:
    parts = zip(("Year", "Month", "Day"), (year, month, day), strict=True)
    return "".join(f"<{tag}>{value}</{tag}>" for tag, value in parts if value)


def period(first: str, last: str, about: str = "false") -> str:
    return (
        f'<DatePeriod CalendarTypeID="1"><Start Approximate="{about}"><From>{first}</From><To>{first}</To></Start>'
        f'<End Approximate="{about}"><From>{last}</From><To>{last}</To></End></DatePeriod>'
    )


def feature(kind: str, inner: str) -> str:
    return (
        f'<Feature ID="1" FeatureTypeID="{kind}"><FeatureVersion ID="2"><Comment />{inner}</FeatureVersion></Feature>'
    )


def alias(kind: str, *names: str, primary: bool = False, low: bool = False) -> str:
    documented = "".join(f"<DocumentedName>{name}</DocumentedName>" for name in names)
    flags = f'Primary="{str(primary).lower()}" LowQuality="{str(low).lower()}"'
    return f'<Alias AliasTypeID="{kind}" {flags}>{documented}</Alias>'


def name(*parts: tuple[str, str]) -> str:
    return "".join(
        f'<DocumentedNamePart><NamePartValue NamePartGroupID="{group}">{text}</NamePartValue></DocumentedNamePart>'
        for group, text in parts
    )


SAMPLE = f"""<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML" Version="3">
<DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>9</Month><Day>3</Day></DateOfIssue>
<ReferenceValueSets>{REFERENCES}</ReferenceValueSets>
<Locations>
 <Location ID="500"><LocationAreaCode AreaCodeID="11216"/><LocationCountry CountryID="11216"/>
  {part("1454", "New Town", "新町")}{part("1451", "1 Main Street")}{part("1456", "453")}</Location>
 <Location ID="501">{part("1", "Samplia")}</Location>
 <Location ID="502"><LocationCountry CountryID="11291"/></Location>
</Locations>
<IDRegDocuments><IDRegDocument ID="2" IDRegDocTypeID="1571" IdentityID="60" IssuedBy-CountryID="11216">
 <Comment/><IDRegistrationNo>P 71</IDRegistrationNo><IssuingAuthority>Police</IssuingAuthority>
 <DocumentDate IDRegDocDateTypeID="1480">{period(date(2005, 6, 1), date(2005, 6, 1))}</DocumentDate></IDRegDocument></IDRegDocuments>
<DistinctParties>
<DistinctParty FixedRef="2674"><Comment>A comment.</Comment><Profile ID="2674" PartySubTypeID="4"><Identity ID="60" Primary="true">
 {alias("1400", name(("72", "ZAYDAN"), ("73", "Muhammad")))}
 {alias("1403", name(("72", "SAMPLE"), ("73", "Abu"), ("73", "John")), name(("74", "عباس"), ("75", "أبو")), primary=True)}
 {alias("1401", name(("72", "OLD")), low=True)}
 <NamePartGroups><MasterNamePartGroup><NamePartGroup ID="72" NamePartTypeID="1520"/></MasterNamePartGroup>
  <MasterNamePartGroup><NamePartGroup ID="73" NamePartTypeID="1521"/></MasterNamePartGroup>
  <MasterNamePartGroup><NamePartGroup ID="74" NamePartTypeID="1520"/></MasterNamePartGroup></NamePartGroups></Identity>
 {feature("504", '<VersionDetail DetailTypeID="1432">Subject to more</VersionDetail>')}
 {feature("25", '<VersionLocation LocationID="500"/>')}
 {feature("25", '<VersionLocation LocationID="502"/>')}
 {feature("25", '<VersionLocation LocationID="424242"/>')}
 {feature("8", period(date(1948, 12, 10), date(1948, 12, 10)))}
 {feature("8", period(date(1951, 1, 1), date(1951, 12, 31), "true"))}
 {feature("8", period(date(1952, 2, 1), date(1952, 2, 29)))}
 {feature("8", period(date(1955), date(1958)))}
 {feature("9", '<VersionDetail DetailTypeID="1432">Village, Samplia</VersionDetail>')}
 {feature("11", '<VersionDetail DetailTypeID="1433"/><VersionLocation LocationID="501"/>')}
 {feature("224", '<VersionDetail DetailTypeID="1431" DetailReferenceID="91526"/>')}
 {feature("26", "<VersionDetail>Director</VersionDetail>")}
</Profile></DistinctParty>
<DistinctParty FixedRef="4238"><Profile ID="4238" PartySubTypeID="1"><Identity ID="61">
 {alias("1403", name(("76", "SEA SAMPLE")), primary=True)}</Identity>{feature("3", "<VersionDetail>Samplia</VersionDetail>")}
</Profile></DistinctParty>
<DistinctParty FixedRef="5"><Profile ID="5" PartySubTypeID="1"><Identity ID="62">
 {alias("1403", name(("76", "OTHER LIST")), primary=True)}</Identity></Profile></DistinctParty>
<DistinctParty FixedRef="6"><Profile ID="6" PartySubTypeID="1"><Identity ID="63"/></Profile></DistinctParty>
<DistinctParty FixedRef="7"/>
</DistinctParties>
<ProfileRelationships>
 <ProfileRelationship ID="1" From-ProfileID="2674" To-ProfileID="4238" RelationTypeID="15003"><Comment/></ProfileRelationship>
</ProfileRelationships>
<SanctionsEntries>
 <SanctionsEntry ID="2674" ProfileID="2674" ListID="1550">
  <EntryEvent ID="1" LegalBasisID="1"><Comment/><Date CalendarTypeID="1">{date(2001, 12, 4)}</Date></EntryEvent>
  <SanctionsMeasure ID="1" SanctionsTypeID="1705"><Comment/></SanctionsMeasure>
  <SanctionsMeasure ID="2" SanctionsTypeID="1"><Comment>SDGT</Comment></SanctionsMeasure></SanctionsEntry>
 <SanctionsEntry ID="4238" ProfileID="4238" ListID="1550"/>
 <SanctionsEntry ID="5" ProfileID="5" ListID="91507"/>
 <SanctionsEntry ID="6" ProfileID="6" ListID="1550"/>
</SanctionsEntries></Sanctions>
"""

PERSON = """SAMPLE, Abu John
Reference: 2674
Programme: SDGT
Listed on: 2001-12-04
Type: Individual
Original script: عباس أبو
Also known as: ZAYDAN, Muhammad
Formerly known as (low quality): OLD
Title: Director
Gender: Male
Date of birth: 1948-12-10
Date of birth: circa 1951
Date of birth: 1952-02
Date of birth: 1955 to 1958
Place of birth: Village, Samplia
Citizenship: Samplia
Passport: P 71, Samplia, Police, Issue Date 2005-06-01
Address: 1 Main Street, New Town / 新町, 453, Samplia
Additional Sanctions Information: Subject to more
Associate Of: SEA SAMPLE
Legal basis: Executive Order 13224
Measure: Block
Comment: A comment."""


def test_the_parties_on_the_sdn_list() -> None:
    assert recognise("sdn_advanced.xml", SAMPLE.encode()[:4_096]) == OFAC_ADVANCED
    found = read_list(OFAC_ADVANCED, {"sdn_advanced.xml": SAMPLE.encode()})
    publisher = "U.S. Department of the Treasury, Office of Foreign Assets Control"
    title = "OFAC Specially Designated Nationals and Blocked Persons List"
    assert found.edition == Edition("ofac-sdn", title, publisher, "2026-09-03")
    person, ship = found.readings
    assert person.text == PERSON
    assert ship.text == "SEA SAMPLE\nReference: 4238\nType: Vessel\nVessel Flag: Samplia"
    spans = [(PERSON.index(text), len(text)) for text in ("عباس أبو", "ZAYDAN, Muhammad", "OLD")]
    (script, alias_name, old) = ((start, start + length) for start, length in spans)
    assert person.entry == Entry(
        "ofac-sdn",
        "2674",
        "person",
        (
            ListedName(0, 16, "primary"),
            ListedName(*script, "original script"),
            ListedName(*alias_name, "alias"),
            ListedName(*old, "former", weak=True),
        ),
        ("1948-12-10", "1951", "1952-02", "1955", "1958"),
        ("Samplia",),
        ("SDGT",),
        "2001-12-04",
    )
    assert ship.entry is not None
    assert (ship.entry.kind, person.published, ship.published) == ("vessel", "2001-12-04", None)


def test_parties_that_are_not_on_the_list_or_have_no_name_are_problems() -> None:
    lines = SAMPLE.split("\n")
    starts = {number: lines.index(line) + 1 for line in lines for number in "567" if f'FixedRef="{number}"' in line}
    assert read_list(OFAC_ADVANCED, {"a.xml": SAMPLE.encode()}).problems == (
        Problem(f"a.xml, line {starts['5']}", "The party 5 is not on the list named SDN List."),
        Problem(f"a.xml, line {starts['6']}", "The party 6 has no name."),
        Problem(f"a.xml, line {starts['7']}", "The party has no profile with a number."),
    )


def test_the_first_namespace_of_the_format() -> None:
    old = SAMPLE.replace(
        "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML",
        "http://www.un.org/sanctions/1.0",
    )
    assert recognise("a.xml", old.encode()[:4_096]) == OFAC_ADVANCED
    assert (
        read_list(OFAC_ADVANCED, {"a": old.encode()}).readings
        == read_list(OFAC_ADVANCED, {"a": SAMPLE.encode()}).readings
    )
