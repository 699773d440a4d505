"""Questions of what became of a list: who was delisted, who was added. The answer counts, and quotes the entries."""

from datetime import date

import pytest

from bot.answer import check_quotes
from bot.list_answer import ListFinding, look_up
from bot.list_question import Change, list_question, wording
from bot.places import load_places
from index.editions import newest
from index.library import Library
from index.register import Register, register_content
from tests.bot.list_editions import edition, entry, put_edition

TODAY = date(2026, 11, 26)
NAME = "United Nations Security Council Consolidated List"
UN = frozenset({"un"})
BOTH: tuple[Change, ...] = ("delisted", "listed")


@pytest.mark.parametrize(
    ("text", "changes", "lists"),
    [
        ("who was delisted from the UN list since 2018?", ("delisted",), UN),
        ("who was removed from the UN list?", ("delisted",), UN),
        ("Which people were delisted by OFAC?", ("delisted",), frozenset({"ofac-sdn"})),
        ("how many entities were taken off the UN list in 2019", ("delisted",), UN),
        ("was anyone added to the UN list in 2019?", ("listed",), UN),
        ("were any vessels added to the UN list", ("listed",), UN),
        ("who is new on the UN list?", ("listed",), UN),
        ("new UN listings", ("listed",), UN),
        ("latest additions to the UN list", ("listed",), UN),
        ("what changed on the UN list since 2018?", BOTH, UN),
        ("who was delisted?", ("delisted",), frozenset()),
    ],
)
def test_what_became_of_a_list_is_asked(text: str, changes: tuple[Change, ...], lists: frozenset[str]) -> None:
    asked = list_question(text, load_places(), TODAY)
    assert asked is not None
    assert (asked.kind, asked.changes, asked.lists) == ("changes", changes, lists)
    again = list_question(wording(asked), load_places(), TODAY)
    assert again is not None
    assert again.kind == "changes"


@pytest.mark.parametrize(
    "text",
    [
        "was Rupert Hentzau delisted?",
        "is the New Ansari Money Exchange on the UN list?",
        "which lists name New Ansari Money Exchange?",
        "who is on the UN list for Libya?",
        "which embassies were removed in 2018?",
        "who was added to the EU delegation?",
        "what changed in Havana since 2015?",
    ],
)
def test_other_questions_ask_nothing_of_the_kind(text: str) -> None:
    asked = list_question(text, load_places(), TODAY)
    assert asked is None or asked.kind != "changes"


def _ask(library: Library, question: str, limit: int = 5) -> ListFinding:
    editions = library.editions.all()
    register = Register(*register_content(library, editions, newest(editions)))
    asked = list_question(question, load_places(), TODAY)
    assert asked is not None
    finding = look_up(asked, register, library.documents, (), limit, None, library.saying)
    assert finding is not None
    check_quotes(finding.quotes)
    return finding


@pytest.fixture
def held(library: Library) -> Library:
    people = {number: entry(f"KPi.{number}", f"PERSON {number}") for number in range(1, 6)}
    late = entry("KPi.6", "PERSON 6", ("LISTED_ON", "2019-07-01"))
    ship = entry("KPe.1", "GOOD SHIP", kind="ENTITY")
    put_edition(library, "a", edition("2018-10-29", *(people[number] for number in (1, 2, 3))))
    put_edition(library, "b", edition("2020-11-30", people[3], people[4], late, ship))
    return library


def _told(finding: ListFinding) -> tuple[list[str | None], list[str]]:
    return [quote.pinpoint for quote in finding.quotes], [each.sentence for each in finding.lookups]


def test_who_was_delisted_is_counted_and_quoted_from_the_edition_that_has_it(held: Library) -> None:
    finding = _ask(held, "who was removed from the UN list?")
    assert _told(finding) == (
        ["KPi.1", "KPi.2"],
        [f"2 entries present in the {NAME}, edition of 2018-10-29, are absent in that of 2020-11-30: [1] [2]."],
    )
    assert [quote.document.edition.date for quote in finding.quotes if quote.document.edition] == ["2018-10-29"] * 2
    assert [(each.state, each.count, each.number) for each in finding.lookups] == [("delisted", 2, None)]


def test_who_was_listed_in_the_time_asked_about_stands_first(held: Library) -> None:
    finding = _ask(held, "who was added to the UN list in 2019?", limit=2)
    assert _told(finding) == (
        ["KPi.6", "KPe.1"],
        [
            f"3 entries present in the {NAME}, edition of 2020-11-30, are absent in that of 2018-10-29: "
            "[1] [2] and 1 more."
        ],
    )


def test_both_kinds_of_changes_share_the_room(held: Library) -> None:
    pinpoints, sentences = _told(_ask(held, "what changed on the UN list since 2018?", limit=3))
    assert pinpoints == ["KPi.1", "KPi.6", "KPe.1"]
    assert [sentence.rsplit(": ", 1)[1] for sentence in sentences] == ["[1] and 1 more.", "[2] [3] and 1 more."]


def test_only_entries_of_the_kind_asked_for_count(held: Library) -> None:
    assert _told(_ask(held, "which entities were delisted from the UN list?")) == (
        [],
        [f"No entries of entities present in the {NAME}, edition of 2018-10-29, are absent in that of 2020-11-30."],
    )


@pytest.mark.parametrize("time", ["in 2010", "since 2021", "before 2018"])
def test_what_was_before_or_after_all_editions_is_not_told_from_others(held: Library, time: str) -> None:
    finding = _ask(held, f"who was added to the UN list {time}?")
    assert _told(finding) == (
        [],
        [
            f"What became of the {NAME} in that time is not known here: the oldest edition held is that of "
            "2018-10-29, the newest that of 2020-11-30."
        ],
    )
    assert [each.state for each in finding.lookups] == ["no edition"]


def test_a_single_edition_is_compared_with_nothing(library: Library) -> None:
    put_edition(library, "a", edition("2018-10-29", entry("KPi.1", "PERSON 1")))
    assert _told(_ask(library, "who was delisted from the UN list?")) == (
        [],
        [f"Only one edition of the {NAME} is held, that of 2018-10-29: there is nothing to compare it with."],
    )
