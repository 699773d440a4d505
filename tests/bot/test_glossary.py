"""Acronyms and synonyms of the field, ours and a user's."""

from pathlib import Path

import pytest

from bot.glossary import Glossary, load_glossary
from bot.words import edited
from index.errors import UsageError


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return load_glossary()


def terms(glossary: Glossary, text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[term.start : term.end], term.others) for term in glossary.terms(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did OFAC say?", "What did Office of Foreign Assets Control say?"),
        ("caatsa", "Countering America's Adversaries Through Sanctions Act"),
        ("the un and U.N.", "the United Nations and United Nations"),
        ("SDNs", "Specially Designated Nationals"),
        ("FTOs", "Foreign Terrorist Organizations"),
        ("bis zum ear un", "bis zum ear un"),
        ("BIS, DoS", "Bureau of Industry and Security, Department of State"),
        ("State said", "State said"),
    ],
)
def test_acronyms_are_written_out(glossary: Glossary, text: str, expected: str) -> None:
    assert edited(text, glossary.written_out(text)) == expected


CLOSED = ("closed", "closure", "shut", "suspended operations", "ceased operations")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("was it shuttered", [("shuttered", CLOSED)]),
        ("closing", [("closing", CLOSED[1:])]),
        ("it suspended operations", [("suspended operations", CLOSED[:3] + CLOSED[4:])]),
        ("Embassies", [("Embassies", ("legation", "mission"))]),
        ("broke with them", [("broke with", ("severed relations", "broke off relations", "break in relations"))]),
        ("it broke", []),
        ("the Department designed a system", []),
        ("Office of Foreign Assets Control", [("Office of Foreign Assets Control", ("OFAC",))]),
    ],
)
def test_words_that_mean_the_same(glossary: Glossary, text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert terms(glossary, text) == expected


def test_a_users_glossary_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        """
        [acronyms]
        BIS = "Bank for International Settlements"
        CGBR = "Consulate General Bratislava"
        [[synonyms]]
        words = ["embassy", "chancellery"]
        [[synonyms]]
        words = ["démarche", "protest note"]
        also = ["strong letter"]
        """
    )
    own = load_glossary(path)
    text = "BIS, cgbr, OFAC"
    written = "Bank for International Settlements, Consulate General Bratislava, Office of Foreign Assets Control"
    assert edited(text, own.written_out(text)) == written
    assert terms(own, "embassy") == [("embassy", ("chancellery",))]
    assert terms(own, "strong letters") == [("strong letters", ("démarche", "protest note"))]
    assert terms(own, "demarche") == [("demarche", ("protest note",))]
    assert terms(own, "legation") == [("legation", ("embassy", "mission"))]


def test_acronyms_of_a_user_may_be_written_with_full_stops(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[acronyms]\n\"K.B.\" = 'Krone Bank'\n")
    own = load_glossary(path)
    assert edited("KB, K.B. and kb", own.written_out("KB, K.B. and kb")) == "Krone Bank, Krone Bank and kb"
    assert own.own == {"kb"}
    assert load_glossary().own == frozenset()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "[acronyms]\n'A B' = 'Amt Basel'\n",
            'is wrong in line 2: the acronym "A B" is not one word of letters and digits.',
        ),
        ("[acronyms]\n'?' = 'a'\n", 'is wrong in line 2: the acronym "?" is not one word of letters and digits.'),
        ("[[synonyms]]\nwords = []\n", "is wrong in line 1: synonyms have lists of words, words and perhaps also."),
        ("[acronyms]\nX = 1\n", 'is wrong in line 2: "X" needs words that it stands for, in quotation marks.'),
        ("[acronyms]\n\nX = '?'\n", 'is wrong in line 3: "X" needs words that it stands for, in quotation marks.'),
        ("x = \n", "is not TOML: Invalid value (at line 1, column 5)."),
        ("\nwords = ['a']", 'is wrong in line 2: "words" is neither acronyms nor synonyms.'),
        ("synonyms = 3", "is wrong in line 1: synonyms are written as [[synonyms]] with words = [...]."),
        ("acronyms = 3", "is wrong in line 1: [acronyms] is a table."),
        (
            "[[synonyms]]\nwords = ['a']\n[[synonyms]]\nwords = 'b'\n",
            "is wrong in line 3: synonyms have lists of words, words and perhaps also.",
        ),
        (
            "[[synonyms]]\nword = ['a']\n",
            "is wrong in line 1: synonyms have lists of words, words and perhaps also.",
        ),
    ],
)
def test_a_bad_file_is_refused_with_the_line(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        load_glossary(path)
    assert caught.value.user_message == f"The glossary {path} {problem}"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml cannot be read: No such file or directory\.$"):
        load_glossary(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"[acronyms]\nA = '\xe9t\xe9'\n")
    with pytest.raises(UsageError, match=r"latin\.toml is not UTF-8 in line 2\.$"):
        load_glossary(tmp_path / "latin.toml")
