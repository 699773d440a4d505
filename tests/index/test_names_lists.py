"""What the index of real lists reaches; see benchmarks/name_matching.py for all names of them."""

import csv
import random
import string
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from index.names import STATED, Kind, NameIndex, NameRow, compare, normal_form

SHARED = Path(__file__).resolve().parents[2] / "../shared"
UN, OFAC = SHARED / "lists/un-2020-11-30.xml", SHARED / "lists/ofac-2019"
NEGATIVES, PAIRS = SHARED / "names/negatives.csv", SHARED / "names/pairs.csv"
KINDS: dict[str, Kind] = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
SCHEMAS: dict[str, Kind] = {"Person": "person", "Vessel": "vessel"}

pytestmark = pytest.mark.skipif(not (UN.exists() and OFAC.exists() and PAIRS.exists()), reason="no lists here")


def un_rows() -> Iterator[NameRow]:
    for number, element in enumerate(ElementTree.parse(UN).iter()):  # noqa: S314 - a file of our own
        if element.tag in {"INDIVIDUAL", "ENTITY"}:
            kind: Kind = "person" if element.tag == "INDIVIDUAL" else "entity"
            parts = (element.findtext(f"{place}_NAME") or "" for place in ("FIRST", "SECOND", "THIRD", "FOURTH"))
            names = [(" ".join(" ".join(parts).split()), False)]
            names.extend(
                (alias.findtext("ALIAS_NAME") or "", alias.findtext("QUALITY") == "Low")
                for alias in element.iter(f"{element.tag}_ALIAS")
            )
            births = tuple(
                born.findtext("DATE") or born.findtext("YEAR") or ""
                for born in element.iter("INDIVIDUAL_DATE_OF_BIRTH")
            )
            yield from (
                NameRow(-number, kind, text.strip(), weak, False, births, ()) for text, weak in names if text.strip()
            )


def ofac_rows() -> Iterator[NameRow]:
    kinds = {}
    for line in read(OFAC / "sdn.csv"):
        if len(line) > 2:
            kinds[line[0]] = KINDS.get(line[2].strip(), "entity")
            yield NameRow(int(line[0]), kinds[line[0]], line[1].strip(), False, False, (), ())
    for line in read(OFAC / "alt.csv"):
        if len(line) > 3:
            yield NameRow(int(line[0]), kinds[line[0]], line[3].strip(), False, False, (), ())


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def rows() -> list[NameRow]:
    return [*un_rows(), *ofac_rows()]


@pytest.fixture(scope="module")
def index(rows: list[NameRow]) -> NameIndex:
    return NameIndex(NameIndex.build(rows))


def mistyped(text: str, maker: random.Random) -> str:
    place = maker.choice([place for place, character in enumerate(text) if character.isalpha()])
    letter = maker.choice(string.ascii_uppercase)
    before, here, after = text[:place], text[place], text[place + 1 :]
    return maker.choice(
        [before + letter + here + after, before + after, before + letter + after, before + after[:1] + here + after[1:]]
    )


@pytest.mark.parametrize(("typed_errors", "least"), [(0, 0.99), (1, 0.93)])
def test_names_find_their_own_entry_first(
    rows: list[NameRow], index: NameIndex, typed_errors: int, least: float
) -> None:
    maker = random.Random(6)
    entries = defaultdict(set)
    for row in rows:
        entries[normal_form(row.text).key].add(row.entry)
    chosen = maker.sample([row for row in rows if not row.weak and normal_form(row.text).words], 150)
    right = 0
    for row in chosen:
        name = mistyped(row.text, maker) if typed_errors else row.text
        found = index.search(name, 1)
        right += bool(found) and found[0].entry in entries[normal_form(row.text).key]
    assert right / len(chosen) >= least


@pytest.mark.parametrize("with_birth", [True, False])
def test_people_on_no_list_are_hardly_ever_stated(index: NameIndex, with_birth: bool) -> None:
    with NEGATIVES.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))[::4]
    stated = 0
    for person in people:
        births = (person["date_of_birth"],) if with_birth else ()
        found = index.search(person["full_name"], 1, births, (person["nationality"],) if with_birth else ())
        stated += bool(found) and found[0].score >= STATED
    assert stated / len(people) <= 0.02


def test_labelled_pairs() -> None:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    told = [
        (
            compare(pair["name1"], pair["name2"], SCHEMAS.get(pair["schema"], "entity")) >= STATED,
            pair["is_match"] == "true",
        )
        for pair in pairs
    ]
    right, wrong, missed = told.count((True, True)), told.count((True, False)), told.count((False, True))
    assert 2 * right / (2 * right + wrong + missed) >= 0.85
