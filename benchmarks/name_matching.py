"""Names found on sanctions lists: as they stand, misspelt, turned around, transliterated otherwise; and people on none.

Takes the UN list (XML) and OFAC's sdn.csv and alt.csv of one folder of lists, and a folder with negatives.csv
(people on no list) and pairs.csv (labelled pairs). All that is random is seeded. Times are medians of one process.

    python benchmarks/name_matching.py --un FILE --ofac FOLDER --names FOLDER
"""

import csv
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import ROOT, Table, parser, report

from index.names import CANDIDATE, STATED, Kind, NameCandidate, NameIndex, NameRow, compare, normal_form

SHARED = ROOT.parent / "shared"
PACKAGES = ("rapidfuzz", "anyascii")
TARGETS = (
    "Targets: own entry first 0.99, with one typed error 0.93; at most 2% of the people on no list stated; "
    "F1 of the pairs 0.85; 50 ms to load, 20 ms a search."
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VARIANTS = (
    ("mohammad", "muhammed"), ("mohammed", "muhammad"), ("muhammad", "mohamed"), ("ahmed", "ahmad"),
    ("hussein", "husayn"), ("abdul ", "abd al-"), ("abd al-", "abdel "), ("al-", "el-"), ("ou", "u"), ("oo", "u"),
    ("ee", "i"), ("sh", "sch"), ("ks", "x"), ("x", "ks"), ("ov", "off"), ("y", "i"), ("i", "y"), ("q", "k"),
    ("kh", "h"), ("ph", "f"), ("w", "v"), ("aa", "a"), ("ll", "l"), ("ss", "s"), ("mm", "m"),
)  # fmt: skip
SCHEMAS: dict[str, Kind] = {"Person": "person", "Vessel": "vessel"}
OFAC_KINDS: dict[str, Kind] = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
_BIRTH = re.compile(r"DOB (?:circa )?(?:\d\d )?(?:\w{3} )?(\d{4})")
_COUNTRY = re.compile(r"(?:nationality|citizen) ([^;.]+)")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--un", type=Path, default=SHARED / "lists" / "un-2020-11-30.xml", metavar="FILE")
    made.add_argument("--ofac", type=Path, default=SHARED / "lists" / "ofac-2019", metavar="FOLDER")
    made.add_argument("--names", type=Path, default=SHARED / "names", metavar="FOLDER")
    made.add_argument("--every", type=int, default=1, metavar="N", help="search every Nth name only (default 1: all)")
    made.add_argument("--seed", type=int, default=1)
    options = made.parse_args()
    rows = [*un_rows(options.un), *ofac_rows(options.ofac)]
    content, build = timed(lambda: NameIndex.build(rows))
    loads = [timed(lambda: NameIndex(content)) for _ in range(9)]
    index = loads[-1][0]
    finding, times = searched(index, rows, options.every, options.seed)
    size = {
        "entries": len({row.entry for row in rows}), "names": len(rows), "MiB": len(content) / 1024**2,
        "build s": build, "load ms": 1000 * median(took for _, took in loads),
        "search ms, median": 1000 * median(times),
        "search ms, 95th percentile": 1000 * sorted(times)[len(times) * 95 // 100],
    }  # fmt: skip
    report(
        "Name matching",
        [
            Table("Index", [size]),
            Table("Primary names and strong aliases: share found, and where", finding),
            Table("People on no list: share with a match", list(negatives(index, options.names / "negatives.csv"))),
            Table("Labelled pairs", [labelled_pairs(options.names / "pairs.csv")]),
        ],
        options.json,
        notes=(TARGETS,),
        extra=PACKAGES,
    )


def un_rows(path: Path) -> Iterator[NameRow]:
    """The names of the UN's consolidated list."""
    for number, element in enumerate(ElementTree.parse(path).getroot().iter()):  # noqa: S314 - a file of one's own
        if element.tag not in {"INDIVIDUAL", "ENTITY"}:
            continue
        kind: Kind = "person" if element.tag == "INDIVIDUAL" else "entity"
        parts = [element.findtext(f"{place}_NAME") or "" for place in ("FIRST", "SECOND", "THIRD", "FOURTH")]
        names = [(" ".join(" ".join(parts).split()), False, False)]
        names.append((element.findtext("NAME_ORIGINAL_SCRIPT") or "", False, True))
        for alias in element.iter(f"{element.tag}_ALIAS"):
            names.append((alias.findtext("ALIAS_NAME") or "", alias.findtext("QUALITY") == "Low", False))
        births = tuple(
            (born.findtext("DATE") or born.findtext("YEAR") or "")[:10]
            for born in element.iter("INDIVIDUAL_DATE_OF_BIRTH")
        )
        countries = tuple((value.text or "").strip() for value in element.iterfind("NATIONALITY/VALUE"))
        for text, weak, original in names:
            if text.strip():
                yield NameRow(-number, kind, text.strip(), weak, original, births, countries)


def ofac_rows(folder: Path) -> Iterator[NameRow]:
    """The names of OFAC's list, those of sdn.csv and alt.csv."""
    facts: dict[str, tuple[Kind, tuple[str, ...], tuple[str, ...]]] = {}
    for row in read_csv(folder / "sdn.csv"):
        if len(row) < 12:
            continue
        births, countries = tuple(_BIRTH.findall(row[11])), tuple(_COUNTRY.findall(row[11]))
        facts[row[0]] = (OFAC_KINDS.get(row[2].strip(), "entity"), births, countries)
        yield NameRow(int(row[0]), facts[row[0]][0], row[1].strip(), False, False, births, countries)
    for row in read_csv(folder / "alt.csv"):
        if len(row) >= 4 and row[0] in facts:
            kind, births, countries = facts[row[0]]
            yield NameRow(int(row[0]), kind, row[3].strip(), False, False, births, countries)


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.reader(file))


def searched(
    index: NameIndex, rows: Sequence[NameRow], every: int, seed: int
) -> tuple[list[dict[str, Any]], list[float]]:
    """Every way to spell a name with the share of names found so, and the seconds that each search took."""
    entries = defaultdict(set)
    for row in rows:
        entries[normal_form(row.text).key].add(row.entry)
    chosen = [row for row in rows if not row.weak and not row.original_script][::every]
    ways: dict[str, Callable[[str, random.Random], str]] = {
        "as they stand": lambda text, _: text,
        "one typed error": typed_wrongly,
        "words in another order": turned_around,
        "transliterated otherwise": respelt,
    }
    table, times = [], []
    for title, change in ways.items():
        maker = random.Random(seed)
        counts = {"first": 0, "first, stated": 0, "first three": 0, "candidate": 0}
        names = 0
        for row in chosen:
            changed = change(row.text, maker)
            if changed == row.text and title != "as they stand":
                continue
            found, took = timed(partial(index.search, changed, 3))
            names += 1
            times.append(took)
            count(counts, found, entries[normal_form(row.text).key])
        table.append({"spelling": title, "names": names} | {name: number / names for name, number in counts.items()})
    return table, times


def count(counts: dict[str, int], found: Sequence[NameCandidate], right: set[int]) -> None:
    ranks = [rank for rank, candidate in enumerate(found) if candidate.entry in right]
    if not ranks:
        return
    score = found[ranks[0]].score
    counts["first"] += ranks[0] == 0
    counts["first, stated"] += ranks[0] == 0 and score >= STATED
    counts["first three"] += 1
    counts["candidate"] += score >= CANDIDATE


def typed_wrongly(text: str, maker: random.Random) -> str:
    """One letter inserted, left out, changed, or two neighbours exchanged; never one that changes nothing."""
    places = [place for place, character in enumerate(text) if character.isalpha()]
    for _ in range(20):
        if not places:
            break
        place, way, letter = maker.choice(places), maker.randrange(4), maker.choice(LETTERS)
        if text[place].isupper():
            letter = letter.upper()
        before, after = text[:place], text[place + 1 :]
        if way == 0:
            return before + letter + text[place:]
        if way == 1 and len(places) > 1:
            return before + after
        if way == 2 and letter != text[place]:
            return before + letter + after
        if way == 3 and after[:1].isalpha() and after[0] != text[place]:
            return before + after[0] + text[place] + after[1:]
    return text


def turned_around(text: str, maker: random.Random) -> str:
    words = text.replace(",", "").split()
    maker.shuffle(words)
    return " ".join(words)


def respelt(text: str, maker: random.Random) -> str:
    """One or two habits of transliteration exchanged for others."""
    text = text.lower()
    usable = [(spelt, other) for spelt, other in VARIANTS if spelt in text]
    for spelt, other in maker.sample(usable, min(2, len(usable))):
        text = text.replace(spelt, other, 1)
    return text


def negatives(index: NameIndex, path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    for title, facts in (("name, birth, nationality", True), ("name only", False)):
        best = []
        for person in people:
            births = (person["date_of_birth"],) if facts else ()
            countries = (person["nationality"],) if facts else ()
            found = index.search(person["full_name"], 1, births, countries)
            best.append(found[0].score if found else 0.0)
        yield {
            "given": title,
            "people": len(people),
            "stated": sum(score >= STATED for score in best) / len(best),
            "candidate": sum(score >= CANDIDATE for score in best) / len(best),
        }


def labelled_pairs(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    right = missed = wrong = 0
    for pair in pairs:
        stated = compare(pair["name1"], pair["name2"], SCHEMAS.get(pair["schema"], "entity")) >= STATED
        same = pair["is_match"] == "true"
        right, missed, wrong = right + (stated and same), missed + (same and not stated), wrong + (stated and not same)
    return {
        "pairs": len(pairs), "precision": right / (right + wrong), "recall": right / (right + missed),
        "F1": 2 * right / (2 * right + wrong + missed),
    }  # fmt: skip


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return run(), time.perf_counter() - started


if __name__ == "__main__":
    main()
