"""Names that are listed with something in brackets behind them, as the register gives them to the name index."""

from dataclasses import replace

import pytest

from index.editions import newest
from index.library import Library
from index.names import NameCandidate
from index.register import Register, register_content
from tests.bot.list_editions import edition, entry, put_edition


def _found(library: Library, listed: str, asked: str, kind: str = "ENTITY") -> list[NameCandidate]:
    put_edition(library, "un", edition("2020-11-30", entry("A.1", listed, kind=kind), entry("A.2", "ANOTHER ONE")))
    editions = library.editions.all()
    register = Register(*register_content(library, editions, newest(editions)))
    found = register.names.search(asked, 1)
    return [replace(each, entry=0) for each in found]


@pytest.mark.parametrize(
    ("listed", "asked", "text"),
    [
        ("FOREIGN TRADE BANK (FTBK)", "Foreign Trade Bank", "FOREIGN TRADE BANK"),
        ("FOREIGN TRADE BANK (FTBK)", "FTBK", "FTBK"),
        ("OCEAN MANAGEMENT COMPANY, LIMITED (OMMC)", "Ocean Management", "OCEAN MANAGEMENT COMPANY, LIMITED"),
        ("Jamaat-ul-Ahrar (JuAh)", "JUAH", "JuAh"),
        ("Al Qaïda au Maghreb islamique (AQMI)", "Al Qaida au Maghreb islamique", "Al Qaïda au Maghreb islamique"),
        ("جبهة النصرة (the Victory Front)", "جبهة النصرة", "جبهة النصرة"),
        ("Zenda Brigade (ZB-ADE)", "ZB-ADE", "ZB-ADE"),
    ],
)
def test_the_name_and_the_acronym_are_names(library: Library, listed: str, asked: str, text: str) -> None:
    assert _found(library, listed, asked) == [NameCandidate(0, text, 1.0, weak=False)]


def test_an_acronym_of_three_letters_is_weak_and_never_stated(library: Library) -> None:
    (found,) = _found(library, "FOREIGN TRADE BANK (FTB)", "FTB")
    assert (found.text, found.weak, found.score < 0.85) == ("FTB", True, True)


@pytest.mark.parametrize(
    "listed",
    [
        "ZENDA FOUNDATION (INDONESIA)",
        "ZENDA FOUNDATION (HOLDING)",
        "ZENDA FOUNDATION (PVT) LTD.",
        "ZENDA (DALIAN) FOUNDATION",
        "ZENDA FOUNDATION (OF RURITANIA)",
    ],
)
def test_another_branch_is_another_company(library: Library, listed: str) -> None:
    (found,) = _found(library, listed, "Zenda Foundation")
    assert found.text == listed


def test_what_stands_behind_a_person_is_left_out_as_well(library: Library) -> None:
    (found,) = _found(library, "Ezatullah Zenda (previously listed as)", "Ezatullah Zenda", "INDIVIDUAL")
    assert (found.text, found.score) == ("Ezatullah Zenda", 1.0)
