# ruff: noqa: E501 (the samples are as long as the lists' own lines)
from index.lists import OPENSANCTIONS, read_list, recognise
from index.types import Edition, Entry, ListedName, Problem

HEADER = (
    "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,"
    "first_seen,last_seen,last_change\n"
)
CSV = (
    HEADER
    + '"Q1","Person","Ivan Sample","Abu ""S"";""Sample; Ivan"";Иван Пример","1960-04-10;1961","ru;sa","1 Main St, New Town",'
    '"P 71","PRK - 2017/1509 - 2017-08-31","+123","a@example.org","EU-PRK;UN-SCDPRK","EU List;UN List",'
    '"2021-01-24T00:00:00","2026-08-20T00:00:00","2024-05-06T07:08:09"\n'
    '"V1","Vessel","SEA SAMPLE","a""b;c","","","","","","","","","","","",""\n'
    ',"Person","Nobody",,,,,,,,,,,,,\n'
    '"Q2","Company"," ",,,,,,,,,,,,,\n'
    '"Q3","Company"\n'
)

PERSON = """Ivan Sample
Reference: Q1
Programme: EU-PRK
Programme: UN-SCDPRK
List: EU List
List: UN List
First seen: 2021-01-24T00:00:00
Last change: 2024-05-06T07:08:09
Type: Person
Original script: Иван Пример
Alias: Abu "S"
Alias: Sample; Ivan
Date of birth: 1960-04-10
Date of birth: 1961
Country: ru
Country: sa
Identifier: P 71
Address: 1 Main St, New Town
Phone number: +123
Email address: a@example.org
Sanction: PRK - 2017/1509 - 2017-08-31"""


def test_the_targets() -> None:
    assert recognise("targets.simple.csv", CSV.encode()) == OPENSANCTIONS
    found = read_list(OPENSANCTIONS, {"targets.simple.csv": CSV.encode()})
    assert found.edition == Edition("opensanctions", "OpenSanctions Targets", "OpenSanctions", None)
    person, ship = found.readings
    assert person.text == PERSON
    starts = [PERSON.index(name) for name in ("Иван Пример", 'Abu "S"', "Sample; Ivan")]
    names = (
        ListedName(0, 11, "primary"),
        ListedName(starts[0], starts[0] + 11, "original script"),
        ListedName(starts[1], starts[1] + 7, "alias"),
        ListedName(starts[2], starts[2] + 12, "alias"),
    )
    births, programmes = ("1960-04-10", "1961"), ("EU-PRK", "UN-SCDPRK")
    assert person.entry == Entry("opensanctions", "Q1", "person", names, births, ("ru", "sa"), programmes)
    assert (person.published, person.member) == ("2024-05-06", "Q1")
    assert ship.text == 'SEA SAMPLE\nReference: V1\nType: Vessel\nAlias: a"b\nAlias: c'
    assert found.problems == (
        Problem("targets.simple.csv, line 4", "The row has no id."),
        Problem("targets.simple.csv, line 5", "The row has no name."),
        Problem("targets.simple.csv, line 6", "The row has 2 columns instead of 16."),
    )


def test_columns_that_are_missing_and_columns_that_are_new() -> None:
    content = b"id,schema,name,aliases,new_column\nQ1,Thing,A,,x\n"
    reading = read_list(OPENSANCTIONS, {"t.csv": content}).readings[0]
    assert reading.text == "A\nReference: Q1\nType: Thing\nNew column: x"
    assert reading.entry is not None
    assert reading.entry.kind == "other"
