# ruff: noqa: E501 (the samples are as long as the lists' own lines)
import re
from pathlib import Path

import pytest

from index.lists import UN, read_list, recognise
from index.types import Edition, Entry, ListedName, Problem

LISTS = Path(__file__).resolve().parents[2] / "../shared/lists"

SAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="2020-11-30T20:31:19.923-05:00">
 <INDIVIDUALS>
  <INDIVIDUAL><DATAID>11</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME> AMIR </FIRST_NAME><SECOND_NAME>EL\u00a0 SAMPLE</SECOND_NAME><THIRD_NAME/>
   <UN_LIST_TYPE>Taliban</UN_LIST_TYPE><REFERENCE_NUMBER>XXi.001 </REFERENCE_NUMBER><LISTED_ON>2001-01-25-05:00</LISTED_ON>
   <GENDER>Male</GENDER><SUBMITTED_BY>Germany</SUBMITTED_BY><NAME_ORIGINAL_SCRIPT>أمير</NAME_ORIGINAL_SCRIPT>
   <COMMENTS1>First line
      goes on.

Second &amp; last.
</COMMENTS1>
   <TITLE><VALUE>Maulavi</VALUE><VALUE>Haji</VALUE></TITLE><DESIGNATION><VALUE>Minister of Samples</VALUE></DESIGNATION>
   <NATIONALITY><VALUE>Samplia </VALUE></NATIONALITY><LIST_TYPE><VALUE>UN List</VALUE></LIST_TYPE>
   <LAST_DAY_UPDATED><VALUE>2003-09-03</VALUE><VALUE>2018-05-31</VALUE><VALUE/></LAST_DAY_UPDATED>
   <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Ameer al-Sample</ALIAS_NAME><DATE_OF_BIRTH>1961</DATE_OF_BIRTH>
    <CITY_OF_BIRTH>Old Town</CITY_OF_BIRTH><COUNTRY_OF_BIRTH>Elsewhere</COUNTRY_OF_BIRTH><NOTE>previously listed as</NOTE></INDIVIDUAL_ALIAS>
   <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Abu
     Sample </ALIAS_NAME></INDIVIDUAL_ALIAS>
   <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
   <INDIVIDUAL_ADDRESS><CITY>New Town</CITY><COUNTRY>Elsewhere</COUNTRY><NOTE>as at 2015</NOTE></INDIVIDUAL_ADDRESS>
   <INDIVIDUAL_ADDRESS><COUNTRY/></INDIVIDUAL_ADDRESS>
   <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1962-03-04</DATE></INDIVIDUAL_DATE_OF_BIRTH>
   <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1963</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
   <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><NOTE>said to be</NOTE><FROM_YEAR>1958</FROM_YEAR><TO_YEAR>1965</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
   <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE/></INDIVIDUAL_DATE_OF_BIRTH>
   <INDIVIDUAL_PLACE_OF_BIRTH><CITY>Village</CITY><STATE_PROVINCE>Province</STATE_PROVINCE><COUNTRY>Samplia</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>
   <INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER> K475</NUMBER><DATE_OF_ISSUE>2009-08-31</DATE_OF_ISSUE><COUNTRY_OF_ISSUE>Samplia</COUNTRY_OF_ISSUE><NOTE>expired</NOTE></INDIVIDUAL_DOCUMENT>
   <INDIVIDUAL_DOCUMENT/><SORT_KEY/><SORT_KEY_LAST_MOD/></INDIVIDUAL>
  <INDIVIDUAL><REFERENCE_NUMBER/><FIRST_NAME>NOBODY</FIRST_NAME></INDIVIDUAL>
  <INDIVIDUAL><REFERENCE_NUMBER>XXi.002</REFERENCE_NUMBER><FIRST_NAME> </FIRST_NAME></INDIVIDUAL>
 </INDIVIDUALS>
 <ENTITIES>
  <ENTITY><DATAID>12</DATAID><FIRST_NAME>SAMPLE TRADING</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>XXe.001</REFERENCE_NUMBER>
   <LISTED_ON>2009-07-17</LISTED_ON><SUBMITTED_ON>2009-07-01</SUBMITTED_ON><COMMENTS1/><NEW_FIELD><VALUE>new</VALUE></NEW_FIELD>
   <ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>SAMTRA</ALIAS_NAME></ENTITY_ALIAS>
   <ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>OLD SAMPLE TRADING</ALIAS_NAME></ENTITY_ALIAS>
   <ENTITY_ADDRESS><STREET>1 Main Street</STREET><CITY>New Town</CITY><ZIP_CODE>12</ZIP_CODE><COUNTRY>Elsewhere</COUNTRY></ENTITY_ADDRESS><ENTITY_ADDRESS/></ENTITY>
 </ENTITIES>
</CONSOLIDATED_LIST>
"""

PERSON = """AMIR EL SAMPLE
Reference: XXi.001
Programme: Taliban
Listed on: 2001-01-25-05:00
Amended on: 2003-09-03
Amended on: 2018-05-31
Type: individual
Original script: أمير
Alias (good quality): Ameer al-Sample
Date of birth under this alias: 1961
Place of birth under this alias: Old Town, Elsewhere
Note on this alias: previously listed as
Alias (low quality): Abu Sample
Title: Maulavi
Title: Haji
Designation: Minister of Samples
Gender: Male
Date of birth (exact): 1962-03-04
Date of birth (approximately): 1963
Date of birth (between): 1958 and 1965, said to be
Place of birth: Village, Province, Samplia
Nationality: Samplia
Document: Passport, K475, issued 2009-08-31, Samplia, expired
Address: New Town, Elsewhere, as at 2015
Data ID: 11
Submitted by: Germany
List type: UN List
Comments: First line goes on.
Second & last."""

ENTITY = """SAMPLE TRADING
Reference: XXe.001
Programme: DPRK
Listed on: 2009-07-17
Type: entity
Also known as: SAMTRA
Formerly known as: OLD SAMPLE TRADING
Address: 1 Main Street, New Town, 12, Elsewhere
Data ID: 12
Submitted on: 2009-07-01
New field: new"""


def named(text: str, *names: str) -> list[tuple[int, int]]:
    starts = [text.index(name, text.index(": ") if at else 0) for at, name in enumerate(names)]
    return [(start, start + len(name)) for start, name in zip(starts, names, strict=True)]


def test_individuals_and_entities() -> None:
    found = read_list(UN, {"un.xml": SAMPLE.encode()})
    name = "United Nations Security Council Consolidated List"
    assert found.edition == Edition("un", name, "United Nations Security Council", "2020-11-30")
    assert found.media_type == "application/xml"
    person, entity = found.readings
    assert person.text == PERSON
    assert entity.text == ENTITY
    spans = named(PERSON, "AMIR EL SAMPLE", "أمير", "Ameer al-Sample", "Abu Sample")
    assert person.entry == Entry(
        "un",
        "XXi.001",
        "person",
        (
            ListedName(*spans[0], "primary"),
            ListedName(*spans[1], "original script"),
            ListedName(*spans[2], "alias"),
            ListedName(*spans[3], "alias", weak=True),
        ),
        ("1961", "1962-03-04", "1963", "1958", "1965"),
        ("Elsewhere", "Samplia"),
        ("Taliban",),
        "2001-01-25",
    )
    assert (person.title, person.member, person.published) == ("AMIR EL SAMPLE", "XXi.001", "2018-05-31")
    assert entity.entry is not None
    assert (entity.entry.kind, entity.published) == ("entity", "2009-07-17")
    assert [(each.kind, each.weak) for each in entity.entry.names] == [
        ("primary", False),
        ("alias", False),
        ("former", False),
    ]


def test_entries_without_a_reference_or_a_name_are_problems() -> None:
    assert read_list(UN, {"un.xml": SAMPLE.encode()}).problems == (
        Problem("un.xml, line 29", "The entry has no reference number."),
        Problem("un.xml, line 30", "The entry has no name."),
    )


@pytest.mark.parametrize(
    ("file", "date", "individuals", "entities"),
    [("un-2020-11-30.xml", "2020-11-30", 713, 305), ("un-2018-10-29.xml", "2018-10-29", 703, 390)],
)
def test_the_editions_of_2018_and_2020(file: str, date: str, individuals: int, entities: int) -> None:
    if not (LISTS / file).exists():
        pytest.skip("The lists for measurement are not here.")
    content = (LISTS / file).read_bytes()
    fmt = recognise(file, content[:4096])
    assert fmt == UN
    found = read_list(UN, {file: content})
    raw = content.decode()
    assert (len(re.findall("<INDIVIDUAL>", raw)), len(re.findall("<ENTITY>", raw))) == (individuals, entities)
    kinds = [reading.entry.kind for reading in found.readings if reading.entry]
    assert (kinds.count("person"), kinds.count("entity"), found.problems) == (individuals, entities, ())
    assert found.edition is not None
    assert found.edition.date == date
    written = [" ".join(name.split()) for name in re.findall(r"<ALIAS_NAME>([^<]*)</ALIAS_NAME>", raw) if name.strip()]
    aliases = [
        reading.text[name.start : name.end].replace("&", "&amp;")
        for reading in found.readings
        for name in (reading.entry.names if reading.entry else ())
        if name.kind in {"alias", "former"}
    ]
    assert aliases == written
    references = [" ".join(each.split()) for each in re.findall(r"<REFERENCE_NUMBER>([^<]*)<", raw)]
    assert [reading.member for reading in found.readings] == references
