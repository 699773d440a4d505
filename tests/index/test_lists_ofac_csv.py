# ruff: noqa: E501 (the samples are as long as the lists' own lines)
import csv
import re
from pathlib import Path

import pytest

from index.errors import ReadError
from index.lists import OFAC_CSV, read_list
from index.types import Edition, Entry, FileReading, ListedName, Problem

LISTS = Path(__file__).resolve().parents[2] / "../shared/lists"
NAMES = ("sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv")
SIX = ",-0- " * 6
NULLS = SIX + ",-0- "

LONG = "DOB 14 Jun 1975; " + "x" * 981 + "; "
SDN = f"""36,"SAMPLE BANK",-0- ,"CUBA"{NULLS},"a.k.a. 'SB'."
400,"SAMPLE ""Q"", John","individual","SDGT] [IFSR","Director, Sample Bank"{SIX},"DOB 14 Jun 1975; alt. DOB circa 1951; alt. DOB 1955 to 1958; POB Leningrad, Russia; alt. POB Pyongyang, Korea, North; POB Nowhere, Sinaloa; nationality Syria; citizen Korea, North; Gender Male; Passport 71 (Russia) expires 2020; f.k.a. 'OLD JOHN'; a.k.a. ''JOHNNY''; Linked To: SAMPLE BANK."
401,"SEA SAMPLE","vessel","IRAN",-0- ,"CL2","Crude Oil Tanker","318,000","163,660","Panama","NITC","Vessel Registration Identification IMO 1234567."
402,"EP-GOL","aircraft","IRAN"{NULLS},-0-
403,"LONG",-0- ,"CUBA"{NULLS},"{LONG}"
\x1a"""
ALT = """36,12,"aka","BANK OF SAMPLES",-0-
36,13,"fka","OLD SAMPLE BANK",-0-
36,14,"nka","NEW SAMPLE BANK","since 2010"
"""
ADD = """36,25,"Ibex House, The Minories","London EC3N 1DY","United Kingdom",-0-
400,26,-0- ,-0- ,"Korea, North","Mailing address"
402,27,-0- ,-0- ,-0- ,-0"""
COMMENTS = "403,\"nationality Syria; a.k.a. 'LO'.\"\n\x1a"
FILES = dict(zip(NAMES, (each.encode() for each in (SDN, ALT, ADD, COMMENTS)), strict=True))

BANK = """SAMPLE BANK
Reference: 36
Programme: CUBA
Also known as: BANK OF SAMPLES
Formerly known as: OLD SAMPLE BANK
Now known as: NEW SAMPLE BANK
Remark on this name: since 2010
Also known as (low quality): a.k.a. 'SB'.
Address: Ibex House, The Minories, London EC3N 1DY, United Kingdom"""

JOHN = """SAMPLE "Q", John
Reference: 400
Programme: SDGT
Programme: IFSR
Type: individual
Formerly known as (low quality): f.k.a. 'OLD JOHN'
Also known as (low quality): a.k.a. ''JOHNNY''
Title: Director, Sample Bank
Date of birth: DOB 14 Jun 1975
Date of birth: alt. DOB circa 1951
Date of birth: alt. DOB 1955 to 1958
Place of birth: POB Leningrad, Russia
Place of birth: alt. POB Pyongyang, Korea, North
Place of birth: POB Nowhere, Sinaloa
Nationality: nationality Syria
Citizenship: citizen Korea, North
Address: Korea, North, Mailing address
Remark: Gender Male
Remark: Passport 71 (Russia) expires 2020
Remark: Linked To: SAMPLE BANK."""

SHIP = """SEA SAMPLE
Reference: 401
Programme: IRAN
Type: vessel
Call sign: CL2
Vessel type: Crude Oil Tanker
Tonnage: 318,000
Gross registered tonnage: 163,660
Vessel flag: Panama
Vessel owner: NITC
Remark: Vessel Registration Identification IMO 1234567."""


def read(**changed: str) -> FileReading:
    return read_list(OFAC_CSV, FILES | {f"{name}.csv": content.encode() for name, content in changed.items()})


def problems(**changed: str) -> list[tuple[str, str]]:
    return [(problem.place, problem.reason) for problem in read(**changed).problems]


def test_the_four_files() -> None:
    found = read()
    publisher = "U.S. Department of the Treasury, Office of Foreign Assets Control"
    name = "OFAC Specially Designated Nationals and Blocked Persons List"
    assert found.edition == Edition("ofac-sdn", name, publisher, None)
    assert (found.media_type, found.problems) == ("text/csv", ())
    bank, john, ship, aircraft, long = found.readings
    assert (bank.text, john.text, ship.text) == (BANK, JOHN, SHIP)
    assert aircraft.text == "EP-GOL\nReference: 402\nProgramme: IRAN\nType: aircraft"
    assert john.published is None
    old, weak = JOHN.index("OLD JOHN"), JOHN.index("'JOHNNY'")
    assert john.entry == Entry(
        "ofac-sdn",
        "400",
        "person",
        (
            ListedName(0, 16, "primary"),
            ListedName(old, old + 8, "former", weak=True),
            ListedName(weak, weak + 8, "alias", weak=True),
        ),
        ("1975-06-14", "1951", "1955", "1958"),
        ("Korea, North", "Syria"),
        ("SDGT", "IFSR"),
    )
    kinds = [reading.entry.kind for reading in found.readings if reading.entry]
    assert kinds == ["entity", "person", "vessel", "aircraft", "entity"]
    assert ship.entry is not None
    assert ship.entry.countries == ("Panama",)
    expected = [
        "LONG", "Reference: 403", "Programme: CUBA", "Also known as (low quality): a.k.a. 'LO'.",
        "Date of birth: DOB 14 Jun 1975", "Nationality: nationality Syria", "Remark: " + "x" * 981,
    ]  # fmt: skip
    assert long.text.split("\n") == expected


def test_files_in_capitals_and_folders_and_files_that_are_missing() -> None:
    capitals = read_list(OFAC_CSV, {f"lists/{name.upper()}": content for name, content in FILES.items()})
    assert capitals == read()
    alone = read_list(OFAC_CSV, {"SDN.CSV": FILES["sdn.csv"]})
    assert [reading.member for reading in alone.readings] == ["36", "400", "401", "402", "403"]
    reason = "The remarks break off after 1000 characters, and sdn_comments.csv does not go on with them."
    assert alone.problems == (Problem("SDN.CSV, line 5", reason),)
    with pytest.raises(ReadError, match="lacks its main file"):
        read_list(OFAC_CSV, {"alt.csv": FILES["alt.csv"]})


def test_a_country_of_birth_is_one_that_the_files_name() -> None:
    def countries(remarks: str) -> tuple[str, ...]:
        row = f'1,"A","individual","CUBA"{NULLS},"{remarks}"\n'
        entry = read_list(OFAC_CSV, {"sdn.csv": row.encode()}).readings[0].entry
        assert entry is not None
        return entry.countries

    assert countries("POB Leningrad, Russia; nationality Russia.") == ("Russia",)
    assert countries("POB Leningrad, Russia") == ()


def test_broken_rows_of_the_main_file() -> None:
    rows = [
        f'1,"ONE",-0- ,"CUBA"{NULLS},-0- ',
        "||||",
        f'2,"TWO,-0- ,"CUBA"{NULLS},-0- ',
        f'x3,"THREE",-0- ,"CUBA"{NULLS},-0- ',
        f'1,"ONE AGAIN",-0- ,"CUBA"{NULLS},-0- ',
        f'5,-0- ,-0- ,"CUBA"{NULLS},-0- ',
        f'6,"SIX","robot","CUBA"{NULLS},-0- ',
        f'7,"SEVEN",-0- ,"CUBA"{NULLS},"open',
        "",
        f'8,"EIGHT",-0- ,"CUBA"{NULLS},-0- ',
        '9,"NI',
    ]
    found = read_list(OFAC_CSV, {"sdn.csv": "\r\n".join(rows).encode(), "alt.csv": b'5,1,"aka","FIVE",-0- '})
    assert [reading.title for reading in found.readings] == ["ONE", "EIGHT"]
    assert [(problem.place, problem.reason) for problem in found.problems] == [
        ("sdn.csv, line 2", "The row has 1 column instead of 12."),
        ("sdn.csv, line 3", "It is no CSV: ',' expected after '\"'."),
        ("sdn.csv, line 4", "The first column is no entry number."),
        ("sdn.csv, line 5", "The entry number 1 is that of line 1 already."),
        ("sdn.csv, line 6", "The entry has no name."),
        ("sdn.csv, line 7", "The type of the entry is unknown: robot."),
        ("sdn.csv, line 8", "A quotation mark is not closed."),
        ("sdn.csv, line 11", "A quotation mark is not closed."),
        ("alt.csv, line 1", "No entry of sdn.csv has the number 5."),
    ]


def test_broken_rows_of_the_companions() -> None:
    more = '36,x,"aka","A",-0-\n36,12,"aka","B",-0-\n36,15,"what","C",-0-\n36,16,"aka",-0- ,-0-\n9,17,"aka","D",-0-\n'
    assert problems(alt=ALT + more) == [
        ("alt.csv, line 4", "The second column is no record number."),
        ("alt.csv, line 5", "The row repeats line 1."),
        ("alt.csv, line 6", "The kind of the alternate name is unknown: what."),
        ("alt.csv, line 7", "The alternate name is missing."),
        ("alt.csv, line 8", "No entry of sdn.csv has the number 9."),
    ]
    assert problems(add=ADD.replace("36,25", "0,25") + "\n36") == [
        ("add.csv, line 1", "The first column is no entry number."),
        ("add.csv, line 4", "The row has 1 column instead of 6."),
    ]
    assert problems(sdn_comments=COMMENTS + "\n403,-0-\n7,x\n") == [
        ("sdn_comments.csv, line 3", "The comment is empty."),
        ("sdn_comments.csv, line 4", "No entry of sdn.csv has the number 7."),
    ]


def folder(name: str) -> dict[str, bytes]:
    if not (LISTS / name).exists():
        pytest.skip("The lists for measurement are not here.")
    return {file: (LISTS / name / file).read_bytes() for file in NAMES}


def counted(found: FileReading, start: str) -> int:
    return sum(line.startswith(start) for reading in found.readings for line in reading.text.split("\n"))


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(content.decode().replace("\x1a", "").splitlines()))


def test_the_set_of_2019() -> None:
    files = folder("ofac-2019")
    found = read_list(OFAC_CSV, files)
    sdn, alt, add, comments = map(rows, files.values())
    numbers = [row[0] for row in sdn]
    assert (len(sdn), len(alt), len(add), len(comments)) == (7_379, 9_682, 11_696, 13)
    assert [reading.member for reading in found.readings] == numbers
    assert [reading.title for reading in found.readings] == [" ".join(row[1].split()) for row in sdn]
    known = set(numbers)
    unknown = [line for line, row in enumerate(comments, start=1) if row[0] not in known]
    assert len(unknown) == 10
    assert [problem.place for problem in found.problems] == [f"sdn_comments.csv, line {line}" for line in unknown]

    strong = {reading.member: [] for reading in found.readings}
    weak = 0
    for reading in found.readings:
        assert reading.entry is not None
        for name in reading.entry.names[1:]:
            weak += name.weak
            if not name.weak:
                strong[reading.member].append(reading.text[name.start : name.end])
    expected = {number: [] for number in numbers}
    for row in alt:
        expected[row[0]].append(" ".join(row[3].split()))
    assert strong == expected
    whole = {row[0]: row[11] for row in sdn}
    for row in comments:
        whole[row[0]] = whole.get(row[0], "") + row[1]
    assert weak == sum(len(re.findall(r"(?:^|; )[af]\.k\.a\. '", whole[number])) for number in numbers)

    places = [row for row in add if any(not value.startswith("-0") for value in row[2:])]
    assert counted(found, "Address: ") == len(places)
    cuts = {row[0]: row[1] for row in comments if row[0] in known}
    for reading in found.readings:
        if reading.member in cuts:
            assert f"Remark: {cuts[reading.member].split('; ')[-1]}" in reading.text.split("\n")


def test_the_damaged_set() -> None:
    files = folder("ofac-broken")
    whole = folder("ofac-2019")
    found = read_list(OFAC_CSV, files)
    broken = [
        (f"{name}, line {line}", row)
        for name, content in files.items()
        for line, row in enumerate(rows(content), start=1)
        if len(row) != {"sdn.csv": 12, "alt.csv": 5, "add.csv": 6, "sdn_comments.csv": 2}[name]
    ]
    assert [row for _, row in broken] == [["||||"]] * 4
    assert [problem.place for problem in found.problems] == [place for place, _ in broken]
    # Otherwise the files hold the same rows, but for six postal codes that lost a zero.
    assert [rows(files[name])[:-1] for name in ("sdn.csv", "alt.csv")] == list(map(rows, list(whole.values())[:2]))
    pairs = list(zip(found.readings, read_list(OFAC_CSV, whole).readings, strict=True))
    assert [here.entry and here.entry.reference for here, _ in pairs] == [row[0] for row in rows(whole["sdn.csv"])]
    differing = [
        line for here, there in pairs for line in zip(*(each.text.split("\n") for each in (here, there)), strict=True)
    ]
    changed = [(here, there) for here, there in differing if here != there]
    assert len(changed) == 6
    assert all(re.sub(r", (\d{5}),", r", 0\1,", here) == there for here, there in changed)
