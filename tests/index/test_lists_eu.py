# ruff: noqa: E501 (the samples are as long as the lists' own lines)
import pytest

from index.lists import EU_CSV, EU_XML, read_list, recognise
from index.types import Edition, Entry, ListedName, Problem

XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2024-12-11T23:24:35.826+01:00" globalFileId="171703">
 <sanctionEntity designationDate="2016-11-30" designationDetails="" unitedNationId="XX.1" euReferenceNumber="EU.1.2" logicalId="13">
  <remark>UNSC RESOLUTION 1483 </remark>
  <regulation regulationType="amendment" organisationType="council" publicationDate="2017-08-31" entryIntoForceDate="2017-09-01" numberTitle="2017/1509 (OJ L224)" programme="PRK" logicalId="348">
   <publicationUrl>http://eur-lex.europa.eu/x</publicationUrl></regulation>
  <subjectType code="person" classificationCode="P"/>
  <nameAlias firstName="" wholeName="Иван Пример" nameLanguage="RU" strong="true" logicalId="16"/>
  <nameAlias firstName="Ivan" middleName="" lastName="Sample" wholeName="Ivan Sample" function="(a) Minister" gender="M" title="Mr" nameLanguage="" strong="true" regulationLanguage="en" logicalId="17">
   <regulationSummary regulationType="regulation" publicationDate="2003-07-08" numberTitle="1210/2003 (OJ L169)"/></nameAlias>
  <nameAlias wholeName="Abu Sample" nameLanguage="EN" strong="false" logicalId="19"/>
  <nameAlias firstName="Ivan" lastName="Sampl" wholeName="" logicalId="20"><remark>(Low quality alias)</remark></nameAlias>
  <citizenship region="" countryIso2Code="SA" countryDescription="SAMPLIA" logicalId="30"/>
  <birthdate circa="false" calendarType="GREGORIAN" city="New Town" birthdate="1960-04-10" dayOfMonth="10" monthOfYear="4" year="1960" countryIso2Code="SA" countryDescription="SAMPLIA" logicalId="223"/>
  <birthdate circa="true" calendarType="GREGORIAN" city="" year="1961" monthOfYear="3" countryIso2Code="00" countryDescription="UNKNOWN" logicalId="224"/>
  <birthdate circa="false" calendarType="GREGORIAN" yearRangeFrom="1958" yearRangeTo="1965" logicalId="225"/>
  <birthdate circa="false" calendarType="ISLAMIC" year="1380" logicalId="226"/>
  <identification diplomatic="true" knownExpired="true" knownFalse="false" number="27 08" issuedBy="Police" issueDate="2001-02-03" identificationTypeCode="passport" identificationTypeDescription="National passport" countryIso2Code="SA" countryDescription="SAMPLIA" logicalId="8">
   <remark>(seen once)</remark></identification>
  <address city="New Town" street="1 Main Street" poBox="" zipCode="11" region="" place="" asAtListingTime="false" countryIso2Code="EL" countryDescription="" logicalId="172">
   <remark>Office</remark><contactInfo key="PHONE" value="+1 23"/></address>
  <address countryIso2Code="00" countryDescription="UNKNOWN" logicalId="173"/>
 </sanctionEntity>
 <sanctionEntity logicalId="201"><subjectType code="enterprise" classificationCode="E"/><nameAlias wholeName="Sample Ltd" strong="true"/></sanctionEntity>
 <sanctionEntity logicalId="202"><subjectType code="enterprise"/><nameAlias wholeName=" "/></sanctionEntity>
 <sanctionEntity><nameAlias wholeName="Nobody"/></sanctionEntity>
</export>
"""

PERSON = """Ivan Sample
Reference: EU.1.2
Programme: PRK
Listed on: 2016-11-30
Regulation published on: 2017-08-31
Type: person
UN reference: XX.1
Original script (RU): Иван Пример
Alias (low quality, EN): Abu Sample
Alias (low quality): Ivan Sampl
Title: Mr
Function: (a) Minister
Gender: M
Remark on a name: (Low quality alias)
Date of birth: 1960-04-10
Place of birth: New Town, SAMPLIA
Date of birth (circa): 1961-03
Date of birth: 1958 to 1965
Date of birth: 1380, ISLAMIC
Citizenship: SAMPLIA
National passport: 27 08, Police, issued 2001-02-03, SAMPLIA, diplomatic, known to be expired, (seen once)
Address: 1 Main Street, 11, New Town, EL, Office
Contact: PHONE +1 23
Regulation: 2017/1509 (OJ L224), amendment, council
Regulation in force from: 2017-09-01
Regulation text: http://eur-lex.europa.eu/x
Remark: UNSC RESOLUTION 1483"""

COLUMNS = (
    "fileGenerationDate", "Entity_LogicalId", "Entity_EU_ReferenceNumber", "Entity_UnitedNationId", "Entity_DesignationDate",
    "Entity_DesignationDetails", "Entity_Remark", "Entity_SubjectType", "Entity_SubjectType_ClassificationCode",
    "Entity_Regulation_Type", "Entity_Regulation_OrganisationType", "Entity_Regulation_PublicationDate",
    "Entity_Regulation_EntryIntoForceDate", "Entity_Regulation_NumberTitle", "Entity_Regulation_Programme",
    "Entity_Regulation_PublicationUrl", "NameAlias_LastName", "NameAlias_FirstName", "NameAlias_WholeName",
    "NameAlias_NameLanguage", "NameAlias_Gender", "NameAlias_Title", "NameAlias_Function", "NameAlias_LogicalId",
    "NameAlias_RegulationLanguage", "NameAlias_Remark", "NameAlias_Regulation_NumberTitle", "Address_City", "Address_Street",
    "Address_ZipCode", "Address_ContactInfo", "Address_CountryIso2Code", "Address_Remark", "BirthDate_BirthDate",
    "BirthDate_Day", "BirthDate_Month", "BirthDate_Year", "BirthDate_YearRangeFrom", "BirthDate_YearRangeTo",
    "BirthDate_Circa", "BirthDate_CalendarType", "BirthDate_City", "BirthDate_CountryDescription", "Identification_Number",
    "Identification_Diplomatic", "Identification_KnownExpired", "Identification_IssuedBy", "Identification_IssuedDate",
    "Identification_TypeCode", "Identification_TypeDescription", "Identification_CountryDescription",
    "Identification_Remark", "Citizenship_CountryDescription",
)  # fmt: skip

ENTITY = {
    "fileGenerationDate": "11/12/2024", "Entity_LogicalId": "13", "Entity_EU_ReferenceNumber": "EU.1.2",
    "Entity_UnitedNationId": "XX.1", "Entity_DesignationDate": "2016-11-30", "Entity_Remark": "UNSC RESOLUTION 1483 ",
    "Entity_SubjectType": "P", "Entity_SubjectType_ClassificationCode": "person", "Entity_Regulation_Type": "amendment",
    "Entity_Regulation_OrganisationType": "council", "Entity_Regulation_PublicationDate": "2017-08-31",
    "Entity_Regulation_EntryIntoForceDate": "2017-09-01", "Entity_Regulation_NumberTitle": "2017/1509 (OJ L224)",
    "Entity_Regulation_Programme": "PRK", "Entity_Regulation_PublicationUrl": "http://eur-lex.europa.eu/x",
}  # fmt: skip

ROWS = [
    {"NameAlias_WholeName": "Иван Пример", "NameAlias_NameLanguage": "RU", "NameAlias_LogicalId": "16"},
    {
        "NameAlias_WholeName": "Ivan Sample", "NameAlias_FirstName": "Ivan", "NameAlias_LastName": "Sample",
        "NameAlias_Function": "(a) Minister", "NameAlias_Gender": "M", "NameAlias_Title": "Mr",
        "NameAlias_Regulation_NumberTitle": "1210/2003 (OJ L169)", "NameAlias_RegulationLanguage": "en",
    },
    {"NameAlias_WholeName": "Abu Sample", "NameAlias_NameLanguage": "EN", "NameAlias_Remark": "(Low quality alias)"},
    {"NameAlias_FirstName": "Ivan", "NameAlias_LastName": "Sampl", "NameAlias_Remark": "(Low quality alias)"},
    {
        "BirthDate_BirthDate": "1960-04-10", "BirthDate_Day": "10", "BirthDate_Month": "4", "BirthDate_Year": "1960",
        "BirthDate_City": "New Town", "BirthDate_CountryDescription": "SAMPLIA", "BirthDate_CalendarType": "GREGORIAN",
    },
    {"BirthDate_Month": "3", "BirthDate_Year": "1961", "BirthDate_Circa": "true"},
    {"BirthDate_YearRangeFrom": "1958", "BirthDate_YearRangeTo": "1965"},
    {"BirthDate_Year": "1380", "BirthDate_CalendarType": "ISLAMIC"},
    {"Citizenship_CountryDescription": "SAMPLIA"},
    {"Citizenship_CountryDescription": "SAMPLIA"},
    {
        "Identification_Number": "27 08", "Identification_Diplomatic": "true", "Identification_KnownExpired": "true",
        "Identification_IssuedBy": "Police", "Identification_IssuedDate": "2001-02-03", "Identification_TypeCode": "passport",
        "Identification_TypeDescription": "National passport", "Identification_CountryDescription": "SAMPLIA",
        "Identification_Remark": "(seen once)",
    },
    {
        "Address_Street": "1 Main Street", "Address_ZipCode": "11", "Address_City": "New Town", "Address_CountryIso2Code": "EL",
        "Address_Remark": "Office", "Address_ContactInfo": "PHONE +1 23",
    },
]  # fmt: skip


def table(*rows: dict[str, str]) -> bytes:
    lines = [";".join(COLUMNS), *(";".join(f'"{row.get(column, "")}"' for column in COLUMNS) for row in rows)]
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n"


CSV = (
    table(
        *(ENTITY | row for row in ROWS),
        {"Entity_LogicalId": "201", "Entity_SubjectType": "E", "NameAlias_WholeName": "Sample Ltd"},
        {"Entity_LogicalId": "202", "Entity_SubjectType": "E"},
        {"NameAlias_WholeName": "Nobody"},
    )
    + b"broken;row\r\n"
)


def entry(text: str) -> Entry:
    starts = [text.index(name) for name in ("Иван Пример", "Abu Sample", "Ivan Sampl\n")]
    names = (
        ListedName(0, 11, "primary"),
        ListedName(starts[0], starts[0] + 11, "original script"),
        ListedName(starts[1], starts[1] + 10, "alias", weak=True),
        ListedName(starts[2], starts[2] + 10, "alias", weak=True),
    )
    births = ("1960-04-10", "1961-03", "1958", "1965")
    return Entry("eu", "EU.1.2", "person", names, births, ("SAMPLIA", "EL"), ("PRK",), "2016-11-30")


def test_the_xml_format() -> None:
    assert recognise("x.xml", XML.encode()[:4096]) == EU_XML
    found = read_list(EU_XML, {"eu.xml": XML.encode()})
    assert found.edition == Edition(
        "eu", "EU Consolidated Financial Sanctions List", "European Commission", "2024-12-11"
    )
    person, company = found.readings
    assert person.text == PERSON
    assert person.entry == entry(PERSON)
    assert (person.published, found.media_type) == ("2017-08-31", "application/xml")
    assert company.text == "Sample Ltd\nReference: 201\nType: enterprise"
    assert company.entry is not None
    assert company.entry.kind == "entity"
    assert found.problems == (
        Problem("eu.xml, line 25", "The entry has no name."),
        Problem("eu.xml, line 26", "The entry has no reference number."),
    )


def test_the_csv_format_says_the_same() -> None:
    assert recognise("x.csv", CSV[:4096]) == EU_CSV
    found = read_list(EU_CSV, {"eu.csv": CSV})
    assert found.edition == Edition(
        "eu", "EU Consolidated Financial Sanctions List", "European Commission", "2024-12-11"
    )
    person, company = found.readings
    assert person.text == PERSON.replace("Type: person", "Type: P")
    assert person.entry == entry(person.text)
    assert (person.published, found.media_type) == ("2017-08-31", "text/csv")
    assert company.text == "Sample Ltd\nReference: 201\nType: E"
    assert found.problems == (
        Problem("eu.csv, line 16", "The row has no Entity_LogicalId."),
        Problem("eu.csv, line 17", f"The row has 2 columns instead of {len(COLUMNS)}."),
        Problem("eu.csv, line 15", "The entry has no name."),
    )


@pytest.mark.parametrize(
    ("written", "day"), [("2024-12-11T00:00:00", "2024-12-11"), ("2024-12", None), ("2024", None), ("", None)]
)
def test_an_edition_is_of_a_whole_day(written: str, day: str | None) -> None:
    found = read_list(EU_XML, {"eu.xml": XML.replace("2024-12-11T23:24:35.826+01:00", written).encode()})
    assert found.edition is not None
    assert found.edition.date == day


@pytest.mark.parametrize(
    ("code", "kind"), [("P", "person"), ("enterprise", "entity"), ("ship", "vessel"), ("x", "other")]
)
def test_kinds(code: str, kind: str) -> None:
    row = {"Entity_LogicalId": "1", "Entity_SubjectType": code, "NameAlias_WholeName": "A"}
    found = read_list(EU_CSV, {"eu.csv": table(row)}).readings[0].entry
    assert found is not None
    assert found.kind == kind
