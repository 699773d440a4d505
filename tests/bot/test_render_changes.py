"""Changes on a terminal and as JSON, and the command that prints them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from list_editions import edition, entry, publish, put_edition
from rich.cells import cell_len

from bot.assemble import Legation
from bot.compared import Amendment, Changes, Comparison, Rewording, Stretch
from bot.comparing.changes import find_changes
from bot.comparing.command import run_diff
from bot.render.changes import changes_to_dict, render_changes
from bot.settings import load_settings
from index.errors import LibraryError, UsageError
from index.library import Library
from index.types import Document

OLD = edition(
    "2018-10-29",
    entry("KPi.001", "An Il Ho", ("NATIONALITY/VALUE", "North Korea")),
    entry("KPi.002", "Pak Chol", ("GENDER", "Male")),
)
NEW = edition("2020-11-30", entry("KPi.001", "An Il Ho", ("NATIONALITY/VALUE", "Iran")), entry("KPi.003", "Ri Won"))
NAME = "United Nations Security Council Consolidated List"


@pytest.fixture
def changes(library: Library) -> Changes:
    put_edition(library, "un-2018", OLD)
    publish(library, put_edition(library, "un-2020", NEW))
    return find_changes(library, "un", None)


def test_every_change_is_quoted_with_its_place_and_version(changes: Changes) -> None:
    (comparison,) = changes.comparisons
    (amended,) = comparison.amended
    versions = [comparison.added[0].document.version, amended.before.version, amended.after.version]
    versions.append(comparison.removed[0].document.version)
    assert render_changes(changes, 100, colour=False).splitlines() == [
        f"{NAME} [un]: edition of 2018-10-29 against edition of",
        "2020-11-30",
        "1 listed, 1 amended, 1 delisted.",
        "",
        "listed: KPi.003 · Ri Won",
        "  “Ri Won",
        "   Reference: KPi.003",
        "   Programme: DPRK",
        "   Type: individual” @ 0:58",
        f"  un-2020/KPi.003 version {versions[0]}",
        "",
        "amended: KPi.001 · An Il Ho",
        "  was: “Nationality: North Korea” @ 61:85",
        "  now: “Nationality: Iran” @ 61:78",
        f"  was: un-2018/KPi.001 version {versions[1]}",
        f"  now: un-2020/KPi.001 version {versions[2]}",
        "",
        "delisted: KPi.002 · Pak Chol",
        "  “Pak Chol",
        "   Reference: KPi.002",
        "   Programme: DPRK",
        "   Type: individual",
        "   Gender: Male” @ 0:73",
        f"  un-2018/KPi.002 version {versions[3]}",
    ]


def test_every_text_in_json_is_a_slice_of_its_version(changes: Changes, library: Library) -> None:
    told = json.loads(json.dumps(changes_to_dict(changes)))["comparisons"][0]
    assert (told["kind"], told["before"]["date"], told["after"]["date"]) == ("list", "2018-10-29", "2020-11-30")

    def said(document: dict[str, str], start: int, end: int) -> str:
        (found,) = library.find_documents(document["id"], document["version"])
        return found.text[start:end]

    for whole in (*told["added"], *told["removed"]):
        assert said(whole["document"], whole["start"], whole["end"]) == whole["text"]
    (amended,) = told["amended"]
    (pair,) = amended["rewordings"]
    assert said(amended["before"], pair["old"]["start"], pair["old"]["end"]) == "Nationality: North Korea"
    assert (
        said(amended["after"], pair["new"]["start"], pair["new"]["end"]) == pair["new"]["text"] == "Nationality: Iran"
    )
    assert [each["reference"] for each in (*told["added"], *told["amended"], *told["removed"])] == [
        "KPi.003", "KPi.001", "KPi.002",
    ]  # fmt: skip


def _document(text: str, title: str = "A", publisher: str | None = None) -> Document:
    return Document("s/a.md", "s", "s", "a.md", "text/markdown", title, publisher, None, None, None, text, (), ())


def _shown(amendment: Amendment, width: int = 80) -> list[str]:
    comparison = Comparison("documents", "s", "s", "the end of 2024-01-01 against now", amended=(amendment,))
    return render_changes(Changes("s", (comparison,)), width, colour=False).splitlines()


def test_what_came_in_went_out_or_is_a_detail() -> None:
    before, after = _document("one two"), _document("two six", publisher="B")
    pairs = (Rewording(Stretch(before, 0, 3), None), Rewording(None, Stretch(after, 4, 7)))
    assert _shown(Amendment(before, after, pairs, ("publisher",)))[3:-2] == [
        "changed: A",
        "  out: “one” @ 0:3",
        "  in:  “six” @ 4:7",
        "  publisher: was none, now B",
    ]
    assert _shown(Amendment(before, after, ()))[4] == "  Only white space differs."


def test_a_sentence_alone_where_there_is_nothing_to_compare() -> None:
    comparison = Comparison("list", "L", "c", nothing="Only one edition of the L is held, that of 2020-11-30.")
    assert render_changes(Changes("l", (comparison,)), 80, colour=False) == f"{comparison.nothing}\n"


def test_what_is_no_slice_is_never_shown() -> None:
    document = _document("one")
    comparison = Comparison("documents", "s", "s", added=(Stretch(document, 0, 4),))
    for show in (lambda changes: render_changes(changes, 80, colour=False), changes_to_dict):
        with pytest.raises(LibraryError):
            show(Changes("s", (comparison,)))


@given(st.text(min_size=1, max_size=120), st.integers(20, 60))
def test_no_text_steers_a_terminal_or_passes_for_a_line_of_ours(text: str, width: int) -> None:
    before, after = _document(text, title=text), _document(text, title=text, publisher=text)
    pair = Rewording(Stretch(before, 0, len(text)), Stretch(after, 0, len(text)))
    lines = _shown(Amendment(before, after, (pair,), ("publisher",)), width)
    assert all(not set(line) & set("\x1b\x07\x9b\u202e\r") for line in lines)
    assert sum(line.startswith("  was: “") for line in lines) == 1
    assert sum(line.startswith("changed:") for line in lines) == 1
    assert all(cell_len(line) <= width for line in lines if " version " not in line)


@pytest.fixture
def legation(tmp_path: Path) -> Legation:
    legation = Legation(load_settings(tmp_path / "home"))
    put_edition(legation.library, "un", OLD)
    publish(legation.library, put_edition(legation.library, "un", NEW))
    return legation


def test_the_command_prints_text_or_json(legation: Legation, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_diff(legation, "un", None, as_json=False) == 0
    assert "1 listed, 1 amended, 1 delisted." in capsys.readouterr().out.splitlines()
    assert run_diff(legation, "un", "2018", as_json=True) == 0
    (told,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert (told["since"], len(told["added"])) == ("2018-10-29", 1)
    assert run_diff(legation, "un", "2021-01", as_json=False) == 0
    assert capsys.readouterr().out == (
        f"No edition of the {NAME} newer than\n2021-01-31 is held; the current one is of 2020-11-30.\n"
    )


@pytest.mark.parametrize("since", ["yesterday", "2018-13", "the day after tomorrow"])
def test_a_day_that_is_none_is_refused(legation: Legation, since: str) -> None:
    if since == "the day after tomorrow":  # not that of when the tests are collected, before midnight perhaps
        since = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
    with pytest.raises(UsageError):
        run_diff(legation, "un", since, as_json=False)


def test_this_year_ends_today(legation: Legation, capsys: pytest.CaptureFixture[str]) -> None:
    today = datetime.now(UTC).date()
    run_diff(legation, "un", str(datetime.now(UTC).year), as_json=False)
    assert f"newer than\n{today.isoformat()} is held" in capsys.readouterr().out
