"""What lists say of names and of programmes, on invented editions that are held in a library."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.answer import check_quotes
from bot.list_answer import ListFinding, look_up
from bot.list_question import ListQuestion, bare_name, list_question
from bot.places import load_places
from bot.types import Lookup, Period
from index.editions import newest
from index.library import Library
from index.lists import UN as FORMAT
from index.lists import read_list
from index.lists.entry_text import EntryText, Kind
from index.register import Register, register_content
from index.types import Document, Edition, Reading, Source

TODAY = date(2026, 11, 26)
UN, OFAC = "UN Consolidated List", "OFAC List"


def _entry(
    reference: str, name: str, *aliases: str, programme: str = "DPRK", kind: Kind = "person", born: str = ""
) -> EntryText:
    entry = EntryText("", reference, kind)
    entry.name("", name, "primary")
    entry.say("Reference", reference)
    entry.programme(programme)
    for alias in aliases:
        weak = alias.startswith("~")
        entry.name("Alias (low quality)" if weak else "Alias", alias.removeprefix("~"), "alias", weak=weak)
    entry.births += [born] if born else []
    return entry


def _document(source: str, reading: Reading, collection: str = "un") -> Document:
    return Document(
        id=f"{source}/{reading.member}", source=source, collection=collection, path=reading.member,
        media_type="application/xml", title=reading.title or "", publisher=None, published=None, url=None,
        language="en", text=reading.text, headings=(), blocks=reading.blocks, entry=reading.entry,
    )  # fmt: skip


class Lists:
    """Editions in a library, and the register of them."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.number = 0

    def put(self, short: str, day: str | None, *entries: EntryText, collection: str = "open") -> None:
        """An edition of a list, read on 1 January 2026."""
        self.number += 1
        source = f"{short}-{self.number}"
        self.library.put_source(Source(source, f"/invented/{source}", collection))
        edition = Edition(short, UN if short == "un" else OFAC, "Publisher", day)
        readings = [replace(entry, list_name=short).reading(edition) for entry in entries]
        keys = [self.library.put_document(_document(source, each, collection)) for each in readings]
        self.library.editions.put(source, "list", str(self.number), collection, edition, keys, date(2026, 1, 1))

    def ask(
        self, question: str | ListQuestion, *collections: str, limit: int = 5, wanted: str | None = None
    ) -> ListFinding | None:
        editions = self.library.editions.all()
        register = Register(*register_content(self.library, editions, newest(editions)))
        if isinstance(question, str):
            places = load_places()
            asked = list_question(question, places, TODAY) or bare_name(question, places)
            assert asked is not None
        else:
            asked = question
        finding = look_up(asked, register, self.library.documents, collections, limit, wanted, self.library.saying)
        if finding is not None:
            check_quotes((*finding.quotes, *finding.candidates))
        return finding

    def found(self, question: str | ListQuestion, *collections: str, limit: int = 5) -> ListFinding:
        finding = self.ask(question, *collections, limit=limit)
        assert finding is not None
        return finding


@pytest.fixture
def lists(library: Library) -> Lists:
    return Lists(library)


def _references(quotes: Sequence[object]) -> list[str]:
    return [getattr(quote, "pinpoint", "") for quote in quotes]


def _sentences(finding: ListFinding) -> list[str]:
    return [each.sentence for each in finding.lookups]


def _states(finding: ListFinding) -> list[tuple[str, str, int | None]]:
    return [(each.state, each.list, each.number) for each in finding.lookups]


def test_a_name_is_found_in_the_newest_edition_of_every_list(lists: Lists) -> None:
    lists.put("un", "2018-10-29", _entry("KPi.1", "RUPERT HENTZAU"))
    lists.put("un", "2020-11-30", _entry("KPi.1", "RUPERT HENTZAU", "Rupert of Hentzau"))
    lists.put("ofac-sdn", None, _entry("17", "HENTZAU, Rupert"))
    finding = lists.found("is Rupert Hentzau sanctioned?")
    assert _references(finding.quotes) == ["KPi.1", "17"]
    assert _sentences(finding) == [
        f"[1] Found in the {UN}, edition of 2020-11-30.",
        f"[2] Found in the {OFAC}, edition of 2026-01-01 (when it was read; it gives no date of its own).",
    ]
    assert finding.candidates == ()
    first = finding.quotes[0]
    assert first.match is not None
    assert (first.match.asked, first.match.listed, first.match.weak) == ("Rupert Hentzau", "RUPERT HENTZAU", False)
    assert first.document.edition == Edition("un", UN, "Publisher", "2020-11-30")


def test_the_alias_that_matches_is_told_and_how_well(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("KPi.1", "RUPERT HENTZAU", "Osric Tarlenheim"))
    (quote,) = lists.found("is Osric Tarlenhaim sanctioned?").quotes
    assert quote.match is not None
    assert quote.match.listed == "Osric Tarlenheim"
    assert 0.85 <= quote.match.score < 1
    assert quote.score == quote.match.score
    assert quote.document.text[slice(*quote.highlight)] == "Osric Tarlenheim"


def test_nothing_is_said_but_that_it_is_not_found_in_these_editions(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("KPi.1", "RUPERT HENTZAU"))
    lists.put("ofac-sdn", "2019-05-01", _entry("17", "HENTZAU, Rupert"))
    finding = lists.found("is Flavia Elphberg sanctioned?")
    assert (finding.quotes, finding.candidates) == ((), ())
    assert _sentences(finding) == [
        f"Not found in the {OFAC} as of 2019-05-01.",
        f"Not found in the {UN} as of 2020-11-30.",
    ]


def test_names_that_are_only_alike_stand_apart(lists: Lists) -> None:
    entries = [_entry(f"KPi.{number}", name) for number, name in enumerate(["KIM YONG CHOL", "KIM SONG CHOL"])]
    lists.put("un", "2020-11-30", *entries)
    finding = lists.found("is Kim Yong Chol sanctioned?")
    assert (_references(finding.quotes), _references(finding.candidates)) == (["KPi.0"], ["KPi.1"])
    assert _states(finding) == [("listed", "un", 1)]


def test_a_longer_name_that_begins_so_is_a_candidate_of_a_list_that_has_not_the_name(lists: Lists) -> None:
    longer = "AL-NUSRAH FRONT FOR THE PEOPLE OF THE LEVANT"
    lists.put("un", "2020-11-30", _entry("QDe.137", longer, kind="entity"))
    lists.put("ofac-sdn", "2019-05-01", _entry("16937", "AL-NUSRAH FRONT", kind="entity"))
    finding = lists.found("is Al-Nusrah Front sanctioned?")
    assert (_references(finding.quotes), _references(finding.candidates)) == (["16937"], ["QDe.137"])
    assert _sentences(finding)[1] == (
        f"Not found in the {UN} as of 2020-11-30; names in it that are alike are shown as candidates."
    )


def test_another_spelling_on_another_list_is_found_there_too(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("QDi.135", "DAWOOD EBRAHIM"))
    lists.put("ofac-sdn", "2019-05-01", _entry("9758", "IBRAHIM, Dawood"))
    assert _references(lists.found("is Dawood Ibrahim sanctioned?").quotes) == ["9758", "QDi.135"]


def test_an_acronym_in_brackets_and_the_name_before_it_are_names(lists: Lists) -> None:
    bank = _entry("KPe.47", "OCEAN MARITIME MANAGEMENT COMPANY, LIMITED (OMMC)", kind="entity")
    lists.put("un", "2020-11-30", bank)
    (quote,) = lists.found("is OMMC sanctioned?").quotes
    assert quote.document.text[slice(*quote.highlight)] == "OMMC"
    (quote,) = lists.found("is Ocean Maritime Management sanctioned?").quotes
    assert quote.document.text[slice(*quote.highlight)] == "OCEAN MARITIME MANAGEMENT COMPANY, LIMITED"
    assert quote.score == 1.0


def test_of_two_names_each_is_answered(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"), _entry("A.2", "BLACK MICHAEL"))
    finding = lists.found("are Rupert Hentzau and Black Michael sanctioned?")
    assert [(quote.number, quote.pinpoint) for quote in finding.quotes] == [(1, "A.1"), (2, "A.2")]
    assert _sentences(finding) == [
        f"Rupert Hentzau: [1] Found in the {UN}, edition of 2020-11-30.",
        f"Black Michael: [2] Found in the {UN}, edition of 2020-11-30.",
    ]


def test_of_two_names_the_one_that_is_not_found_is_told(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"))
    finding = lists.found("is Flavia Elphberg or Rupert Hentzau sanctioned?")
    assert [(quote.number, quote.pinpoint) for quote in finding.quotes] == [(1, "A.1")]
    assert _sentences(finding) == [
        f"Flavia Elphberg: Not found in the {UN} as of 2020-11-30.",
        f"Rupert Hentzau: [1] Found in the {UN}, edition of 2020-11-30.",
    ]


def test_one_name_with_an_and_in_it_is_one(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "TRADE AND DEVELOPMENT BANK", kind="entity"))
    finding = lists.found("is Trade and Development Bank sanctioned?")
    assert _sentences(finding) == [f"[1] Found in the {UN}, edition of 2020-11-30."]
    finding = lists.found("is Sun and Moon Factory sanctioned?")
    assert _sentences(finding) == [f"Not found in the {UN} as of 2020-11-30."]


def test_births_tell_namesakes_apart(lists: Lists) -> None:
    lists.put(
        "un", "2020-11-30", _entry("A.1", "RI PYONG CHOL", born="1948"), _entry("A.2", "RI PYONG CHOL", born="1970")
    )
    finding = lists.found("is Ri Pyong Chol (born 1948) sanctioned?")
    assert (_references(finding.quotes), _references(finding.candidates)) == (["A.1"], ["A.2"])
    finding = lists.found("is Ri Pyong Chol (born 1930) sanctioned?")
    assert (_references(finding.quotes), _states(finding)) == ([], [("not found", "un", None)])
    assert sorted(_references(finding.candidates)) == ["A.1", "A.2"]


def test_a_list_is_not_left_out_for_the_namesakes_of_another(lists: Lists) -> None:
    lists.put("un", "2020-11-30", *(_entry(f"A.{number}", "RI PYONG CHOL") for number in range(6)))
    lists.put("ofac-sdn", "2019-05-01", _entry("17", "RI, Pyong-Chol"))
    finding = lists.found("is Ri Pyong Chol sanctioned?", limit=3)
    assert _references(finding.quotes) == ["A.0", "A.1", "17"]
    assert finding.candidates == ()  # they are of that very name
    more = "4 more entries of that name, or one like it, are not quoted for lack of room."
    assert _sentences(finding)[0] == f"[1] Found in the {UN}, edition of 2020-11-30. {more}"
    finding = lists.found("is Ri Pyong Chol sanctioned?", limit=1)
    assert _states(finding) == [("listed", "un", 1), ("listed", "ofac-sdn", None)]
    assert _sentences(finding)[1] == f"Found in the {OFAC}, edition of 2019-05-01."


def test_a_name_that_is_only_like_the_one_asked_for_is_said_to_be(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "HAMZA USAMA MUHAMMAD BIN LADEN"))
    finding = lists.found("is osama bin laden on the UN list?")
    (quote,) = finding.quotes
    assert quote.match is not None
    alike = f"[1] By a name that is {int(quote.match.score * 100)}% alike: "
    assert _sentences(finding) == [f"{alike}Found in the {UN}, edition of 2020-11-30."]


HISTORY = {
    "": ("delisted", f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
    " in 2018": ("listed", f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
    " in 2019": ("listed", f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
    " on 1 June 2020": ("listed", f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
    " since 2019": ("delisted", f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30."),
    " between 2018 and 2020": (
        "delisted",
        f"[1] Present in the {UN}, edition of 2018-10-29, absent in that of 2020-11-30.",
    ),
    " before 2015": (
        "no edition",
        f"No edition of the {UN} as early as 2014-12-31 is held; [1] stands in that of 2018-10-29.",
    ),
}


@pytest.mark.parametrize(("time", "state", "sentence"), [(time, *said) for time, said in HISTORY.items()])
def test_who_was_taken_off_is_quoted_from_the_edition_they_stood_in(
    lists: Lists, time: str, state: str, sentence: str
) -> None:
    lists.put("un", "2018-10-29", _entry("A.1", "RUPERT HENTZAU"), _entry("A.2", "BLACK MICHAEL"))
    lists.put("un", "2020-11-30", _entry("A.2", "BLACK MICHAEL"))
    finding = lists.found(f"was Rupert Hentzau on the UN list{time}?")
    assert ([each.state for each in finding.lookups], _sentences(finding)) == ([state], [sentence])
    edition = finding.quotes[0].document.edition
    assert edition is not None
    assert edition.date == "2018-10-29"


def test_who_was_put_on_later_was_not_found_before(lists: Lists) -> None:
    lists.put("un", "2018-10-29", _entry("A.2", "BLACK MICHAEL"))
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"), _entry("A.2", "BLACK MICHAEL"))
    finding = lists.found("was Rupert Hentzau listed in 2019?")
    assert _sentences(finding) == [f"[1] Not found in the {UN} as of 2018-10-29; present in the edition of 2020-11-30."]
    assert finding.quotes[0].document.edition == Edition("un", UN, "Publisher", "2020-11-30")


def test_who_went_and_came_back_is_listed(lists: Lists) -> None:
    for day, there in (("2018-01-01", True), ("2019-01-01", False), ("2020-01-01", True)):
        others = [_entry("A.2", "BLACK MICHAEL")]
        lists.put("un", day, *([_entry("A.1", "RUPERT HENTZAU")] if there else []), *others)
    found = [lists.found(f"was Rupert Hentzau listed{time}?") for time in ("", " in 2019", " in 2018")]
    assert [each.lookups[0].state for each in found] == ["listed", "delisted", "listed"]


def test_an_amended_entry_is_quoted_as_it_was_then(lists: Lists) -> None:
    lists.put("un", "2018-10-29", _entry("A.1", "RUPERT HENTZAU", programme="Zenda"))
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU", "The Count", programme="Strelsau"))
    was, now = (lists.found(f"was Rupert Hentzau listed{time}?").quotes[0] for time in (" in 2018", ""))
    assert "Programme: Zenda" in was.text
    assert "Programme: Strelsau" in now.text
    by_alias = lists.found('was "The Count" listed in 2018?')
    assert by_alias.quotes[0].document.text[slice(*by_alias.quotes[0].highlight)] == "RUPERT HENTZAU"


def test_a_list_that_is_not_held_is_said_to_be_so(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"))
    finding = lists.found("is Rupert Hentzau sanctioned by the EU or the UK?")
    assert finding.quotes == ()
    assert _sentences(finding) == ["No edition of the EU list is held here.", "No edition of the UK list is held here."]


def test_nothing_of_a_closed_collection_is_told(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"), collection="closed")
    lists.put("ofac-sdn", "2019-05-01", _entry("17", "MICHAEL, Black"), collection="open")
    finding = lists.found("is Rupert Hentzau sanctioned?", "open")
    assert (finding.quotes, finding.candidates) == ((), ())
    assert _sentences(finding) == [f"Not found in the {OFAC} as of 2019-05-01."]
    assert _sentences(lists.found("is Rupert Hentzau on the UN list?", "open")) == [
        "No edition of the UN list is held here."
    ]
    assert lists.ask("is Rupert Hentzau sanctioned?", "nowhere") is None
    assert _sentences(lists.found("who is on the OFAC list?", "open"))[0].endswith("has 1 entry as of 2019-05-01.")


def test_a_text_that_may_be_a_name_is_one_only_if_it_is_listed(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"))
    assert _references(lists.found("Rupert Hentzau").quotes) == ["A.1"]
    assert lists.ask("Rupert Elphberg") is None
    assert lists.ask("Zenda castle sanctions") is None


def test_without_lists_nothing_is_looked_up(lists: Lists) -> None:
    assert lists.ask("is Rupert Hentzau sanctioned?") is None


def _members(lists: Lists) -> None:
    lists.put(
        "un", "2020-11-30",
        _entry("KPi.10", "ANNA"), _entry("KPi.9", "BERT"), _entry("KPe.1", "CASTLE", kind="entity"),
        _entry("QDi.1", "DORA", programme="Al-Qaida"),
    )  # fmt: skip
    lists.put(
        "ofac-sdn", "2019-05-01",
        _entry("10001", "EVE", programme="DPRK2"), _entry("999", "FRED", programme="DPRK"),
        _entry("5", "GULL", programme="IRAN-HR", kind="vessel"), _entry("6", "HANS", programme="SOUTH SUDAN"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "references", "sentences"),
    [
        (
            "who is on the UN list?", ["KPe.1", "KPi.9", "KPi.10", "QDi.1"],
            [f"The {UN} has 4 entries as of 2020-11-30."],
        ),
        (
            "who is on the UN list for 1718?", ["KPe.1", "KPi.9", "KPi.10"],
            [f"The {UN} has 3 entries under DPRK as of 2020-11-30."],
        ),
        (
            "how many people are on the UN list for North Korea?", ["KPi.9", "KPi.10"],
            [f"The {UN} has 2 entries of persons under DPRK as of 2020-11-30."],
        ),
        ("who is on the OFAC list under DPRK2?", ["10001"], [f"The {OFAC} has 1 entry under DPRK2 as of 2019-05-01."]),
        ("who is on the ofac list under dprk2?", ["10001"], [f"The {OFAC} has 1 entry under DPRK2 as of 2019-05-01."]),
        (
            "who is on the OFAC list under DPRK?", ["999", "10001"],
            [f"The {OFAC} has 2 entries under DPRK or DPRK2 as of 2019-05-01."],
        ),
        ("which vessels are on the OFAC list?", ["5"], [f"The {OFAC} has 1 entry of vessels as of 2019-05-01."]),
        ("who is on the OFAC list for Iran?", ["5"], [f"The {OFAC} has 1 entry under IRAN-HR as of 2019-05-01."]),
        ("who is on the OFAC list for Sudan?", [], [f"The {OFAC} has 0 entries under Sudan as of 2019-05-01."]),
        (
            "who is listed under 1718?", ["999", "10001", "KPe.1", "KPi.9", "KPi.10"],
            [
                f"The {OFAC} has 2 entries under DPRK or DPRK2 as of 2019-05-01.",
                f"The {UN} has 3 entries under DPRK as of 2020-11-30.",
            ],
        ),
        (
            "who was on the UN list in 2015?", [],
            [f"No edition of the {UN} as early as 2015-12-31 is held; the oldest is that of 2020-11-30."],
        ),
    ],
)  # fmt: skip
def test_who_is_on_a_list_is_counted_and_quoted_in_order(
    lists: Lists, question: str, references: list[str], sentences: list[str]
) -> None:
    _members(lists)
    finding = lists.found(question)
    assert _references(finding.quotes) == references
    assert _sentences(finding) == sentences
    assert all(quote.match is None for quote in finding.quotes)
    assert [quote.number for quote in finding.quotes] == list(range(1, len(references) + 1))


def test_the_count_is_of_all_however_few_are_quoted(lists: Lists) -> None:
    lists.put("un", "2020-11-30", *(_entry(f"A.{number}", f"NAME {number}") for number in range(30)))
    finding = lists.found("who is on the UN list?", limit=3)
    assert _references(finding.quotes) == ["A.0", "A.1", "A.2"]
    assert finding.lookups[0].count == 30


def test_a_word_that_is_no_programme_makes_it_another_question(lists: Lists) -> None:
    _members(lists)
    assert lists.ask("who is on the UN list of delegates?") is None
    assert lists.ask("Which UN entries are listed in section 9202?") is None


def test_the_time_of_a_question_goes_by_its_last_day(lists: Lists) -> None:
    lists.put("un", "2018-10-29", _entry("A.1", "RUPERT HENTZAU"))
    for last, state in ((date(2018, 10, 28), "no edition"), (date(2018, 10, 29), "listed")):
        asked = ListQuestion("named", "Rupert Hentzau", period=Period(date(2018, 1, 1), last, "then"))
        assert lists.found(asked).lookups[0].state == state


def test_a_lookup_says_who_keeps_the_list(lists: Lists) -> None:
    lists.put("un", "2020-11-30", _entry("A.1", "RUPERT HENTZAU"))
    (lookup,) = lists.found("is Rupert Hentzau sanctioned?").lookups
    edition = Edition("un", UN, "Publisher", "2020-11-30")
    sentence = f"[1] Found in the {UN}, edition of 2020-11-30."
    assert lookup == Lookup("listed", "un", edition, number=1, sentence=sentence)


DAYS = ("2018-10-29", "2020-11-30")
SHARED = Path(__file__).parents[3] / "shared" / "lists"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the lists of the United Nations are not here")
def test_who_left_the_list_of_the_united_nations_is_who_the_files_lack(library: Library) -> None:
    """A part of both editions: some who left, and some of those who stayed."""
    read = [read_list(FORMAT, {"un.xml": (SHARED / f"un-{day}.xml").read_bytes()}) for day in DAYS]
    first, last = ({each.member: each for each in found.readings} for found in read)
    gone = sorted(first.keys() - last.keys())
    assert len(gone) == 103
    kept = {*gone[::5], *sorted(first.keys() & last.keys())[::20]}
    for day, found in zip(DAYS, read, strict=True):
        assert found.edition is not None
        library.put_source(Source(day, f"/invented/{day}", "un"))
        keys = [library.put_document(_document(day, each)) for each in found.readings if each.member in kept]
        library.editions.put(day, "un.xml", day, "un", found.edition, keys, date(2026, 1, 1))
    editions = library.editions.all()
    register = Register(*register_content(library, editions, newest(editions)))
    for reference in gone[::5]:
        asked = ListQuestion("named", first[reference].title or "", frozenset({"un"}))
        finding = look_up(asked, register, library.documents, (), 5, None, library.saying)
        assert finding is not None
        assert finding.quotes[0].pinpoint == reference
        assert finding.quotes[0].document.text == first[reference].text
        assert finding.lookups[0].sentence == (
            "[1] Present in the United Nations Security Council Consolidated List, edition of 2018-10-29, "
            "absent in that of 2020-11-30."
        )


def test_names_alike_are_said_to_be_in_an_edition_only_if_they_are(lists: Lists) -> None:
    lists.put("un", "2018-10-29", _entry("KPi.1", "KIM SONG CHOL"))
    lists.put("un", "2020-11-30", _entry("KPi.1", "KIM SONG CHOL"), _entry("QDi.1", "HAMZA USAMA MUHAMMAD BIN LADEN"))
    lists.put("ofac-sdn", "2018-01-01", _entry("17", "BIN LADEN, Hamza"), _entry("18", "KIM, Yong Chol"))
    later, within = lists.found("was Hamza bin Laden listed in 2018?"), lists.found("was Kim Yong Chol listed in 2018?")
    assert (_references(later.candidates), _references(within.candidates)) == (["QDi.1"], ["KPi.1"])
    assert _sentences(later)[1] == f"Not found in the {UN} as of 2018-10-29."
    assert _sentences(within)[1] == (
        f"Not found in the {UN} as of 2018-10-29; names in it that are alike are shown as candidates."
    )
