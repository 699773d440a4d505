"""A table of names against invented lists: what is read of it, what is found, what is printed."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from list_editions import edition, entry, put_edition

from bot.assemble import Legation
from bot.render.screening import COLUMNS, to_csv, to_json
from bot.screened import BrokenRow, LookedInto, Match, Person, Screened
from bot.screening.command import run_screen
from bot.screening.facts import births_of, countries_of
from bot.screening.rows import LONGEST_NAME, MOST_LINES, Chosen, read_rows
from bot.screening.screening import Screening
from bot.settings import load_settings
from index.editions import newest
from index.errors import NotFoundError, UsageError
from index.library import Library
from index.register import Register, register_content
from index.types import Document, Entry, ListedName, Source

HEAD = "full_name,date_of_birth,nationality\n"
OLD = edition("2018-10-29", entry("KPi.001", "An Il Ho"), entry("KPi.002", "Pak Chol Su"))
NEW = edition(
    "2020-11-30",
    entry("KPi.002", "Pak Chol Su", ("INDIVIDUAL_DATE_OF_BIRTH/YEAR", "1964"), ("NATIONALITY/VALUE", "Iraq")),
    entry("KPe.003", "Green Pine Associated Corporation", kind="ENTITY"),
)


def _read(text: str, *chosen: str | None) -> list[Person | BrokenRow]:
    return list(read_rows(io.StringIO(text, newline=""), Chosen(*chosen)))


def _names(text: str, *chosen: str | None) -> list[str]:
    return [
        row.name if isinstance(row, Person) else f"! {row.line}: {row.reason.partition(' (')[0]}"
        for row in _read(text, *chosen)
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name\nAn Il Ho\nPak\n", ["An Il Ho", "Pak"]),
        ("\ufeffFull Name;dob\r\nAn  Il Ho;1964\r\n", ["An Il Ho"]),
        ("id\tNAME\n7\tAn Il Ho\n", ["An Il Ho"]),
        ("first_name,last-name,middle name\nAn,Ho,Il\n,Pak,\n", ["An Il Ho", "Pak"]),
        ("full_name,first_name,last_name\nAn Il Ho,X,Y\n,Pak,Chol\n", ["An Il Ho", "Pak Chol"]),
        ('name\n"Ho, An ""Il"""\n\n"two\nlines"\n', ['Ho, An "Il"', "two lines"]),
        ("name,x\nAn\n,\n  \nPak,,\n", ["An", "", "Pak"]),
        ("name\rAn\rPak", ["An", "Pak"]),
        ("\r\n\nid;name\n1;An\n", ["An"]),
    ],
)
def test_names_are_read_of_every_dialect(text: str, names: list[str]) -> None:
    assert _names(text) == names


@pytest.mark.parametrize(
    ("text", "column", "names"),
    [
        ("kunde,name\nAn,7\n", "Kunde", ["An"]),
        ("kunde,name\nAn,7\n", "1", ["An"]),  # the first row has a name that is known: it is the header
        ("kunde,stadt\nAn,Basel\n", "1", ["kunde", "An"]),  # and here it is not, so nothing is left out
        ("2,1\nAn,Pak\n", "1", ["Pak"]),
        ("An Il Ho\nPak\n", "1", ["An Il Ho", "Pak"]),
    ],
)
def test_a_column_is_chosen_by_name_or_number(text: str, column: str, names: list[str]) -> None:
    assert _names(text, column) == names


@pytest.mark.parametrize(
    ("text", "chosen", "says"),
    [
        ("", (), "The table is empty."),
        (" \n\ufeff\n\n", (), "The table is empty."),
        ("kunde,stadt\nAn,Basel\n", (), r"No column of names is recognised in the first row \(kunde, stadt\)"),
        ("name|dob\nAn|1964\n", (), "Cells are parted by commas, semicolons or tabs."),
        ("first_name,dob\nAn,1964\n", (), "No column of names"),
        ("name\nAn\n", ("kunde",), r"There is no column kunde; the first row is: name\."),
        ("name\nAn\n", ("0",), "There is no column 0"),
        ("name\nAn\n", ("2",), "There is no column 2"),
        ("name\nAn\n", (None, "dob"), "There is no column dob"),
        ("name,x,x\nAn,1,2\n", (None, "x"), "2 columns are called x"),
        ("n\0a\0m\0e\0\n", (), "no CSV in UTF-8"),
        ("PK\x03\x04\n", (), "no CSV in UTF-8"),
        ("Pr\udce9nom\nAn\n", ("1",), "no CSV in UTF-8"),
        ('"name\nAn\n', (), "The first line of the table cannot be read"),
    ],
)
def test_what_is_no_such_table_is_refused(text: str, chosen: tuple[str | None, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        _read(text, *chosen)


def test_a_broken_row_spoils_itself_only() -> None:
    text = (
        'name,dob\nAn,1964\nHo, An,1964\n"Pak,1964\nRi,1965\nKi\udce9m,1966\n'
        f'"Yi" Won,1967\n{"x" * (LONGEST_NAME + 1)},\nCho\0,\nSu,1968\n'
    )
    assert _names(text) == [
        "An",
        "! 3: it has 3 cells where the first row has 2",
        "! 4: it is no CSV",
        "Ri",
        "! 6: it is not in UTF-8",
        "! 7: it is no CSV",
        f"! 8: the name has more than {LONGEST_NAME} characters",
        "! 9: it is not in UTF-8",
        "Su",
    ]
    assert [row.number for row in _read(text)] == list(range(1, 10))
    assert _names("x,name\n1\n2,An\n") == ["! 2: it has 1 cells, and the name stands in cell 2", "An"]


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_table() -> None:
    names = [f"Name {number}" for number in range(3 * MOST_LINES)]
    assert _names('name\n"open\n' + "\n".join(names)) == ["! 2: it is no CSV", *names]


@pytest.mark.parametrize(
    ("cell", "births"),
    [
        ("1964", ("1964",)), ("1964-07", ("1964-07",)), (" 1964-07-17 ", ("1964-07-17",)),
        ("19640717", ("1964-07-17",)),
        ("17/07/1964", ("1964",)), ("Jul 17, 1964", ("1964",)), ("1951 or 1952", ("1951", "1952")), ("12/31/64", ()),
        ("1345-02-01", ("1345-02-01",)), ("born 1345", ()), ("", ()),
    ],
)  # fmt: skip
def test_births(cell: str, births: tuple[str, ...]) -> None:
    assert births_of(cell) == births


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("Iraqi", "Iraq"), ("iraq", "Iraq"), ("IQ", "Iraq"), ("DPRK", "North Korea"),
        ("Korea, North", "North Korea"), ("UK", "United Kingdom"), ("Syrian Arab Republic", "Syria"),
        ("Bosnia and Herzegovina", "Bosnia and Herzegovina"),
        ("Burma", "Myanmar"), ("Georgia", "Georgia"),
    ],
)  # fmt: skip
def test_a_country_by_any_of_its_names(cell: str, first: str) -> None:
    assert countries_of(cell)[0] == first


def test_several_countries_and_none() -> None:
    assert {"Iraq", "Iran"} <= set(countries_of("Iraqi; IR"))
    assert {"Russia", "Iran"} <= set(countries_of("Russia and Iran"))
    assert {"Democratic Republic of the Congo", "Republic of the Congo"} <= set(countries_of("Congo"))
    for unknown in ("Atlantis", "Iraq; Atlantis", "no", "Paris", ""):  # a city or a word is no country
        assert countries_of(unknown) == ()


def test_what_of_a_row_is_not_understood_is_noted() -> None:
    (row,) = _read(HEAD + "An,12/31/64,Atlantis\n")
    assert row == Person(
        1, 2, "An", notes=("the date of birth “12/31/64” is not understood", "the country “Atlantis” is not known")
    )


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('",;\n\t'), max_size=12)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example([('a"b', "x"), ("c\nd", "")], ";", "\r\n", True)
def test_what_a_writer_of_csv_writes_is_read(
    rows: list[tuple[str, str]], delimiter: str, ending: str, mark: bool
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=ending).writerows([("name", "x"), *rows])
    wanted = [" ".join(name.split()) for name, _ in rows]
    assert _names(("\ufeff" if mark else "") + written.getvalue()) == wanted


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for line in (text, "name\n" + text):
        try:
            rows = _read(line)
        except UsageError:
            continue
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))


@pytest.fixture
def register(library: Library) -> Register:
    put_edition(library, "un", OLD)
    put_edition(library, "un", NEW)
    put_edition(library, "archive", OLD, "archive")
    editions = library.editions.all()
    return Register(*register_content(library, editions, newest(editions)))


def _screened(register: Register, library: Library, *names: str, collections: tuple[str, ...] = ()) -> list[Screened]:
    rows = [Person(number, number + 1, name) for number, name in enumerate(names, start=1)]
    return list(Screening(register, library.documents, collections=collections).screen(rows))


def test_the_editions_that_hold_are_looked_into(register: Register, library: Library) -> None:
    """An Il Ho was delisted from the one, and still stands in the other."""
    un, archive = (_screened(register, library, "AN, Il Ho", collections=(each,))[0] for each in ("un", "archive"))
    assert (un.result, [(each.collection, each.date) for each in un.looked_into]) == (
        "not found",
        [("un", "2020-11-30")],
    )
    assert (archive.result, [match.reference for match in archive.matches]) == ("found", ["KPi.001"])
    both = _screened(register, library, "An Il Ho")[0]
    assert [(match.edition.collection, match.document.id) for match in both.matches] == [("archive", "archive/KPi.001")]
    assert sorted(each.date for each in both.looked_into) == ["2018-10-29", "2020-11-30"]


def test_matches_are_cited_from_the_edition_that_was_looked_into(register: Register, library: Library) -> None:
    (found,) = _screened(register, library, "Green Pine Associated Corporation", collections=("un",))
    (match,) = found.matches
    assert (match.reference, match.listed, match.score, match.weak) == (
        "KPe.003", "Green Pine Associated Corporation", 1.0, False,
    )  # fmt: skip
    assert (match.document.id, match.programmes, match.edition.name) == (
        "un/KPe.003", ("DPRK",), "United Nations Security Council Consolidated List",
    )  # fmt: skip
    assert match.listed in match.document.text


def test_births_that_contradict_make_a_candidate_of_a_match(register: Register, library: Library) -> None:
    screening = Screening(register, library.documents, collections=("un",))
    rows = [Person(1, 2, "Pak Chol Su", births=(born,)) for born in ("1964-05-01", "1990")]
    results = [(each.result, len(each.matches), len(each.candidates)) for each in screening.screen(rows)]
    assert results == [("found", 1, 0), ("alike", 0, 1)]


def test_rows_without_a_name_and_broken_ones(register: Register, library: Library) -> None:
    rows: list[Person | BrokenRow] = [Person(1, 2, ""), Person(2, 3, "?!"), BrokenRow(3, 4, "it is no CSV")]
    found = list(Screening(register, library.documents).screen(rows))
    assert [each.result for each in found] == ["no name", "no name", "not read"]


@pytest.mark.parametrize(
    ("lists", "collections", "says"),
    [
        (("uk",), (), "No list called uk is held; the lists held are un."),
        (("un",), ("posts",), "No list called un is held in posts; the lists held are un."),
        ((), ("posts",), "No sanctions list is held in posts; legation add takes one in."),
    ],
)
def test_a_list_that_is_not_held_is_an_error(
    register: Register, library: Library, lists: tuple[str, ...], collections: tuple[str, ...], says: str
) -> None:
    with pytest.raises(NotFoundError) as error:
        Screening(register, library.documents, lists, collections)
    assert error.value.user_message == says


def _match(listed: str, programme: str = "DPRK") -> Match:
    entry_ = Entry("un", "KPi.001", "person", (ListedName(0, len(listed), "primary"),))
    document = Document(
        "un/KPi.001", "un", "un", "KPi.001", "application/xml", listed, None, None, None, None, listed, (), (),
        entry=entry_,
    )  # fmt: skip
    edition_ = LookedInto("un", "UN List", "un", "2020-11-30", dated=False)
    return Match(edition_, "KPi.001", listed, 0.91234, True, (programme,), document)


def _cells(screened: Screened, candidates: bool = False) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, next(csv.reader([line])), strict=True)) for line in to_csv(screened, candidates)]


def test_a_line_for_each_match_and_one_for_a_name_without() -> None:
    looked = (_match("An").edition,)
    found = Screened(Person(7, 8, "An"), (_match("An"), _match("Ahn")), (_match("Ang"),), looked)
    assert [cells["listed_name"] for cells in _cells(found)] == ["An", "Ahn"]
    assert [(cells["result"], cells["listed_name"]) for cells in _cells(found, True)] == [
        ("found", "An"), ("found", "Ahn"), ("alike", "Ang"),
    ]  # fmt: skip
    assert _cells(found)[0] == {
        "row": "7", "name": "An", "result": "found", "list": "un", "edition": "2020-11-30", "reference": "KPi.001",
        "listed_name": "An", "score": "0.912", "weak": "weak", "programmes": "DPRK", "id": "un/KPi.001",
        "version": found.matches[0].document.version, "looked_into": "un 2020-11-30 (when it was read)", "notes": "",
    }  # fmt: skip
    alike = Screened(Person(1, 2, "An", notes=("x",)), (), (_match("Ang"),), looked)
    (cells,) = _cells(alike)
    assert (cells["result"], cells["listed_name"], cells["notes"]) == ("not found", "", "x")
    assert cells["looked_into"] == "un 2020-11-30 (when it was read)"
    assert [each["result"] for each in _cells(alike, True)] == ["alike"]
    (broken,) = _cells(Screened(BrokenRow(3, 4, "it is no CSV")))
    assert (broken["result"], broken["name"], broken["notes"]) == ("not read", "", "line 4: it is no CSV")


def test_the_same_as_json() -> None:
    looked = (_match("An").edition,)
    told = json.loads(
        to_json(Screened(Person(7, 8, "An", ("1964",)), (_match("An"),), (_match("Ang"),), looked), False)
    )
    assert (told["row"], told["line"], told["result"], told["births"], told["candidates"]) == (
        7,
        8,
        "found",
        ["1964"],
        [],
    )
    assert told["matches"][0] == {
        "edition": told["looked_into"][0], "reference": "KPi.001", "listed": "An", "score": 0.91234, "weak": True,
        "programmes": ["DPRK"], "document": {"id": "un/KPi.001", "version": _match("An").document.version},
    }  # fmt: skip
    assert told["looked_into"] == [
        {"list": "un", "name": "UN List", "collection": "un", "date": "2020-11-30", "dated": False}
    ]
    broken = json.loads(to_json(Screened(BrokenRow(3, 4, "it is no CSV")), False))
    assert (broken["result"], broken["name"], broken["notes"]) == ("not read", None, ["it is no CSV"])


@given(st.text(st.sampled_from(" =+-@＝＋－＠\t\r\n\x1b\u202e'\",;aé")))
@example("=HYPERLINK(1)")
@example(" \t=1")
@example("-1+1")
def test_no_cell_is_a_formula_or_steers_a_terminal(text: str) -> None:
    screened = Screened(Person(1, 2, text, notes=(text,)), (_match(text or "x", text),), (), (_match("x").edition,))
    for line in (*to_csv(screened, True), to_json(screened, True)):
        assert "\n" not in line
        assert not set(line) & set("\x1b\u202e\r\t")
    for cell in _cells(screened)[0].values():
        assert cell.strip()[:1] not in {*"=+-@＝＋－＠"} or not cell.strip()


@pytest.fixture
def legation(tmp_path: Path, model_cache: Path) -> Legation:
    """With two editions of an invented list, as files of a folder."""
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "a.xml").write_bytes(OLD)
    (folder / "b.xml").write_bytes(NEW)
    legation = Legation(load_settings(tmp_path / "home", model_cache=model_cache))
    legation.sync(add=(Source("lists", str(folder), "un"),))
    return legation


def test_a_table_is_screened_from_file_to_lines(
    legation: Legation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "people.csv"
    table.write_bytes(HEAD.encode() + b"Pak Chol Su,1964,Iraqi\nAn Il Ho,,\n,,\nA,b,c,d\nNobody At All,64,\n")
    assert run_screen(legation, table, Chosen(), (), (), None, False, False) == UsageError.exit_code
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["row"], row["result"], row["reference"]) for row in rows] == [
        ("1", "found", "KPi.002"), ("2", "not found", ""), ("3", "no name", ""), ("4", "not read", ""),
        ("5", "not found", ""),
    ]  # fmt: skip
    assert [row["looked_into"] for row in rows] == ["un 2020-11-30"] * 2 + ["", "", "un 2020-11-30"]
    assert err.splitlines()[-3:] == [
        "line 5 was not read: it has 4 cells where the first row has 3",
        "line 6 was screened without something: the date of birth “64” is not understood",
        "5 rows: 1 found, 2 not found, 1 no name, 1 not read. Looked into: un 2020-11-30.",
    ]
    for word in ("clear", "not sanctioned"):
        assert word not in out + err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"name\nAn Il Ho\n")))
    assert run_screen(legation, Path("-"), Chosen(), ("un",), ("un",), "2019-01-01", False, True) == 0
    (told,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["result"], [each["date"] for each in told["looked_into"]]) == ("found", ["2018-10-29"])
    with pytest.raises(NotFoundError, match=r"as early as 2017-12-31 is held; the oldest is of 2018-10-29\."):
        run_screen(legation, table, Chosen(), (), (), "2017", False, False)
    with pytest.raises(UsageError, match="cannot be read"):
        run_screen(legation, tmp_path / "none.csv", Chosen(), (), (), None, False, False)
