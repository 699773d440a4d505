# ruff: noqa: E501 (the samples are as long as the lists' own lines)
import csv
from io import StringIO

import pytest

from index.lists import UK_CSV, UK_XML, read_list, recognise
from index.types import Edition, Entry, ListedName, Problem

XML = """<?xml version="1.0" encoding="utf-8"?>
<Designations><DateGenerated>20/08/2026</DateGenerated>
<Designation>
  <LastUpdated>14/04/2026</LastUpdated><DateDesignated>25/01/2001</DateDesignated><UniqueID>AFG0006</UniqueID>
  <OFSIGroupID>7172</OFSIGroupID><UNReferenceNumber>XXi.002</UNReferenceNumber>
  <Names>
    <Name><Name6>Haji Sample</Name6><NameType>ALias</NameType><AliasStrength>Good quality a.k.a</AliasStrength></Name>
    <Name><Name1>AMIR</Name1><Name2>EL</Name2><Name6>SAMPLE</Name6><NameType>Primary Name</NameType></Name>
    <Name><Name1>Amir</Name1><Name6>Sampel</Name6><NameType>Primary name variation</NameType></Name>
    <Name><Name6>Abu</Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name>
  </Names>
  <NonLatinNames><NonLatinName><NameNonLatinScript>أمير</NameNonLatinScript><NonLatinScriptType>Arabic</NonLatinScriptType><NonLatinScriptLanguage>Dari</NonLatinScriptLanguage></NonLatinName></NonLatinNames>
  <Titles><Title>Mullah</Title><Title>Haji</Title></Titles>
  <RegimeName>The Sample (Sanctions) Regulations 2020</RegimeName>
  <IndividualEntityShip>Individual</IndividualEntityShip><DesignationSource>UN</DesignationSource>
  <SanctionsImposed>Asset freeze|Travel Ban</SanctionsImposed>
  <SanctionsImposedIndicators><AssetFreeze>true</AssetFreeze></SanctionsImposedIndicators>
  <OtherInformation>A close
associate.</OtherInformation>
  <UKStatementofReasons>First.

Second.</UKStatementofReasons>
  <Addresses><Address><AddressLine1>1 Main Street</AddressLine1><AddressLine6>New Town</AddressLine6><AddressPostalCode>1001</AddressPostalCode><AddressCountry>Samplia</AddressCountry></Address></Addresses>
  <PhoneNumbers><PhoneNumber>+1 23</PhoneNumber></PhoneNumbers>
  <IndividualDetails><Individual>
    <DOBs><DOB>dd/mm/1945</DOB><DOB>01/03/1958</DOB></DOBs>
    <PassportDetails><Passport><PassportNumber>P04</PassportNumber><PassportAdditionalInformation>old</PassportAdditionalInformation></Passport></PassportDetails>
    <NationalIdentifierDetails><NationalIdentifier><NationalIdentifierNumber>12345</NationalIdentifierNumber></NationalIdentifier></NationalIdentifierDetails>
    <Nationalities><Nationality>Samplia</Nationality></Nationalities>
    <Positions><Position>Minister</Position></Positions><Genders><Gender>Male</Gender></Genders>
    <BirthDetails><Location><TownOfBirth>Village</TownOfBirth><CountryOfBirth>Elsewhere</CountryOfBirth></Location></BirthDetails>
  </Individual></IndividualDetails>
  <NewDetails><SomeNewField>new</SomeNewField></NewDetails>
</Designation>
<Designation>
  <UniqueID>DPR0075</UniqueID><Names><Name><Name6>Petrel 8</Name6><NameType>Primary name</NameType></Name></Names>
  <IndividualEntityShip>Ship</IndividualEntityShip>
  <ShipDetails><Ship><IMONumbers><IMONumber>IMO9562233</IMONumber></IMONumbers>
   <CurrentBelievedFlagOfShips><CurrentBelievedFlagOfShip>Comoros</CurrentBelievedFlagOfShip></CurrentBelievedFlagOfShips>
   <TonnageOfShipDetails><TonnageOfShip>7078</TonnageOfShip></TonnageOfShipDetails></Ship></ShipDetails>
</Designation>
<Designation><Names><Name><Name6>Nobody</Name6></Name></Names></Designation>
<Designation><UniqueID>X1</UniqueID></Designation>
</Designations>
"""

PERSON = """AMIR EL SAMPLE
Reference: AFG0006
Programme: The Sample (Sanctions) Regulations 2020
Listed on: 25/01/2001
Amended on: 14/04/2026
Type: Individual
Sanctions imposed: Asset freeze
Sanctions imposed: Travel Ban
Designated by: UN
UN reference: XXi.002
OFSI group ID: 7172
Original script (Arabic, Dari): أمير
Alias (good quality): Haji Sample
Primary name variation: Amir Sampel
Alias (low quality): Abu
Title: Mullah
Title: Haji
Position: Minister
Gender: Male
Date of birth: dd/mm/1945
Date of birth: 01/03/1958
Place of birth: Village, Elsewhere
Nationality: Samplia
Passport: P04, old
National identifier: 12345
Address: 1 Main Street, New Town, 1001, Samplia
Phone number: +1 23
Some new field: new
Other information: A close associate.
UK statement of reasons: First.
Second."""

SHIP = """Petrel 8
Reference: DPR0075
Type: Ship
IMO number: IMO9562233
Flag: Comoros
Tonnage of ship: 7078"""

SAME = {
    "Last Updated": "14/04/2026", "Unique ID": "AFG0006", "OFSI Group ID": "7172", "UN Reference Number": "XXi.002",
    "Regime Name": "The Sample (Sanctions) Regulations 2020", "Designation Type": "Individual", "Designation source": "UN",
    "Sanctions Imposed": "Asset freeze|Travel Ban", "Other Information": "A close\nassociate.",
    "UK Statement of Reasons": "First.\n\nSecond.", "Date Designated": "25/01/2001", "Position": "Minister",
    "Gender": "Male", "Phone number": "+1 23", "Some new field": "new",
}  # fmt: skip
ROWS: list[dict[str, str]] = [
    SAME
    | {
        "Name 6": "Haji Sample", "Name type": "ALias", "Alias strength": "Good quality a.k.a", "Title": "Mullah",
        "Name non-latin script": "أمير", "Non-latin script type": "Arabic", "Non-latin script language": "Dari",
        "D.O.B": "dd/mm/1945", "Nationality(/ies)": "Samplia",
    },
    SAME | {"Name 6": "SAMPLE", "Name 1": "AMIR", "Name 2": "EL", "Name type": "Primary Name", "Title": "Haji"},
    SAME | {"Name 6": "Sampel", "Name 1": "Amir", "Name type": "Primary Name Variation", "D.O.B": "01/03/1958"},
    SAME
    | {
        "Name 6": "Abu", "Name type": "Alias", "Alias strength": "Low quality a.k.a", "Town of birth": "Village",
        "Country of birth": "Elsewhere", "Passport number": "P04", "Passport additional information": "old",
        "National Identifier number": "12345", "Address Line 1": "1 Main Street", "Address Line 6": "New Town",
        "Address Postal Code": "1001", "Address Country": "Samplia",
    },
    {
        "Unique ID": "DPR0075", "Name 6": "Petrel 8", "Name type": "Primary name", "Designation Type": "Ship",
        "IMO number": "IMO9562233", "Current believed flag of ship": "Comoros", "Tonnage of ship": "7078",
    },
    {"Name 6": "Nobody"},
    {"Unique ID": "X1"},
]  # fmt: skip


def table(rows: list[dict[str, str]], report: str = "Report Date: 20-Aug-2026\r\n") -> bytes:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    written = StringIO(newline="")
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + report + written.getvalue()).encode()


CSV = table(ROWS)


def entry(text: str) -> Entry:
    starts = {name: text.index(f": {name}\n") + 2 for name in ("أمير", "Haji Sample", "Amir Sampel", "Abu")}
    spans = [(start, start + len(name)) for name, start in starts.items()]
    names = (
        ListedName(0, 14, "primary"),
        ListedName(*spans[0], "original script"),
        ListedName(*spans[1], "alias"),
        ListedName(*spans[2], "alias"),
        ListedName(*spans[3], "alias", weak=True),
    )
    programmes = ("The Sample (Sanctions) Regulations 2020",)
    countries = ("Samplia", "Elsewhere")
    return Entry("uk", "AFG0006", "person", names, ("1945", "1958-03-01"), countries, programmes, "2001-01-25")


def test_the_xml_format() -> None:
    assert recognise("uk.xml", XML.encode()[:4096]) == UK_XML
    found = read_list(UK_XML, {"uk.xml": XML.encode()})
    publisher = "UK Foreign, Commonwealth & Development Office"
    assert found.edition == Edition("uk", "UK Sanctions List", publisher, "2026-08-20")
    person, ship = found.readings
    assert (person.text, ship.text) == (PERSON, SHIP)
    assert person.entry == entry(PERSON)
    assert (person.published, found.media_type) == ("2026-04-14", "application/xml")
    assert ship.entry is not None
    assert (ship.entry.kind, ship.entry.countries) == ("vessel", ("Comoros",))
    lines = XML.split("\n")
    assert found.problems == (
        Problem(f"uk.xml, line {len(lines) - 3}", "The designation has no unique ID."),
        Problem(f"uk.xml, line {len(lines) - 2}", "The designation has no name."),
    )


@pytest.mark.parametrize("report", ["Report Date: 20-Aug-2026\r\n", '"Report Date: 20-Aug-2026",,\n', ""])
def test_the_csv_format_says_the_same(report: str) -> None:
    content = table(ROWS, report)
    assert recognise("uk.csv", content[:4096]) == UK_CSV
    found = read_list(UK_CSV, {"uk.csv": content})
    assert found.edition is not None
    assert (found.edition.date, found.media_type) == ("2026-08-20" if report else None, "text/csv")
    person, ship = found.readings
    assert (person.text, ship.text) == (PERSON, SHIP)
    assert person.entry == entry(PERSON)
    assert person.published == "2026-04-14"
    first = 2 if report else 1
    # The four rows before them take five lines each: their reasons have three line ends.
    assert found.problems == (
        Problem(f"uk.csv, line {first + 4 * 4 + 2}", "The row has no unique ID."),
        Problem(f"uk.csv, line {first + 4 * 4 + 3}", "The designation has no name."),
    )


def test_the_type_under_its_first_name_and_a_designation_without_a_primary_name() -> None:
    rows = [{"Unique ID": "A1", "Name 6": "ONLY ALIAS", "Name type": "Alias", "Individual, Entity, Ship": "Entity"}]
    reading = read_list(UK_CSV, {"uk.csv": table(rows)}).readings[0]
    assert reading.text == "ONLY ALIAS\nReference: A1\nType: Entity"
    assert reading.entry == Entry("uk", "A1", "entity", (ListedName(0, 10, "primary"),))
