"""Numbers of ships, passports and registers, which are no names and are looked up in the texts of the entries."""

from datetime import date

import pytest

from bot.answer import check_quotes
from bot.list_answer import ListFinding, look_up
from bot.list_number import number_in
from bot.list_question import bare_name, list_question
from bot.places import load_places
from index.editions import newest
from index.library import Library
from index.register import Register, register_content
from tests.bot.list_editions import edition, entry, put_edition

TODAY = date(2026, 11, 26)
NAME = "United Nations Security Council Consolidated List"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("IMO 9187629", "9187629"),
        ("the vessel with IMO number 9187629", "9187629"),
        ("passport A0123456", "A0123456"),
        ("Passport No. 0430.033.662", "0430.033.662"),
        ("9187629", "9187629"),
        ("Rupert Hentzau", None),
        ("Rupert Hentzau 9187629", None),
        ("IMO 9187629 and IMO 9187631", None),
        ("passport 2019-04-15", None),
        ("Brigade 1187", None),
        ("IMO", None),
        ("", None),
    ],
)
def test_a_number_is_told_from_a_name(name: str, number: str | None) -> None:
    assert number_in(name) == number


def _ask(library: Library, question: str) -> ListFinding | None:
    editions = library.editions.all()
    register = Register(*register_content(library, editions, newest(editions)))
    asked = list_question(question, load_places(), TODAY) or bare_name(question, load_places())
    assert asked is not None
    finding = look_up(asked, register, library.documents, (), 5, None, library.saying)
    if finding is not None:
        check_quotes(finding.quotes)
    return finding


@pytest.fixture
def held(library: Library) -> Library:
    rupert = entry("KPi.1", "RUPERT HENTZAU", ("COMMENTS1", "Owns the ship Zenda, IMO 9187629."))
    detchard = entry("KPi.2", "DETCHARD", ("COMMENTS1", "Passport 91876290, once c0123456."))
    put_edition(library, "old", edition("2018-10-29", rupert, detchard))
    put_edition(library, "new", edition("2020-11-30", rupert))
    return library


@pytest.mark.parametrize(
    "question",
    ["Is IMO 9187629 sanctioned?", "is the vessel IMO 9187629 on the UN list?", "IMO 9187629", "9187629",
     "Is the ship with IMO number 9187629 sanctioned?"],
)  # fmt: skip
def test_an_entry_is_found_by_a_number_in_it(held: Library, question: str) -> None:
    finding = _ask(held, question)
    assert finding is not None
    (quote,) = finding.quotes
    assert (quote.pinpoint, quote.match) == ("KPi.1", None)
    assert quote.document.text[slice(*quote.highlight)] == "9187629"
    assert [each.sentence for each in finding.lookups] == [f"[1] Found in the {NAME}, edition of 2020-11-30."]


def test_a_number_that_only_an_earlier_edition_has(held: Library) -> None:
    finding = _ask(held, "Is passport C0123456 sanctioned?")
    assert finding is not None
    assert [quote.pinpoint for quote in finding.quotes] == ["KPi.2"]
    assert [each.sentence for each in finding.lookups] == [
        f"[1] Present in the {NAME}, edition of 2018-10-29, absent in that of 2020-11-30."
    ]


def test_a_part_of_a_number_is_no_number(held: Library) -> None:
    finding = _ask(held, "Is IMO 918762 sanctioned?")
    assert finding is not None
    assert finding.quotes == ()
    assert [each.sentence for each in finding.lookups] == [f"Not found in the {NAME} as of 2020-11-30."]


def test_a_bare_number_of_no_entry_asks_of_no_list(held: Library) -> None:
    assert _ask(held, "1234567") is None
