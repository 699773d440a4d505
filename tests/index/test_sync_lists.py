"""Sanctions lists from files: editions, what holds, what is kept, and what is closed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.home import Home
from index.intake import Skipped
from index.library import Library
from index.locations import list_at
from index.names import CANDIDATE
from index.parsing.supervisor import ParsingProcess
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work, add, alt, editions, sdn, standing, un

OLD = un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak Nam")
NEW = un("2020-11-30", KPi_001="Ri Won", KPi_003="Kim Dok")


def source(place: Path, name: str, collection: str = "un") -> Source:
    return Source(name, str(place), collection)


@pytest.mark.parametrize("first", ["2018", "2020"])
def test_two_editions_say_the_same_in_whatever_order_they_came(work: Work, corpus: Corpus, first: str) -> None:
    folder = corpus({"2018.xml": OLD, "2020.xml": NEW}, "lists")
    order = sorted(("2018", "2020"), reverse=first == "2020")
    for year in order:
        work.sync(source(folder / f"{year}.xml", year))
    opened = work.searcher().open()
    assert editions(opened) == [("un", "un", "2018-10-29", False), ("un", "un", "2020-11-30", True)]
    assert standing(opened) == {
        "KPi.001": ["2018-10-29", "2020-11-30"],
        "KPi.002": ["2018-10-29"],
        "KPi.003": ["2020-11-30"],
    }
    assert work.ids() == ["2020/KPi.001", "2020/KPi.003"]
    assert work.library.counts() == [("2020", "un", 2, None)]
    assert work.answers("Pak Nam")[0] != "2018/KPi.002"
    assert {each.edition.date for each in work.library.current_documents() if each.edition} == {"2020-11-30"}


def test_a_file_that_is_replaced_leaves_its_edition_as_history(work: Work, corpus: Corpus) -> None:
    folder = corpus({"un.xml": OLD}, "lists")
    first = work.sync(source(folder / "un.xml", "un"))
    assert (first.added, first.unchanged) == (2, 0)
    corpus({"un.xml": NEW}, "lists")
    second = work.sync()
    # The text of the first entry is the same in both: only what came and went is counted.
    assert (second.added, second.changed, second.removed, second.unchanged) == (1, 0, 1, 1)
    opened = work.searcher().open()
    assert editions(opened) == [("un", "un", "2018-10-29", False), ("un", "un", "2020-11-30", True)]
    assert standing(opened)["KPi.001"] == ["2018-10-29", "2020-11-30"]
    (listing,) = (each for each in opened.register.listings if each.reference == "KPi.001")
    assert [version.editions for version in listing.versions] == [(0, 1)]  # one document, in both
    corpus({"un.xml": un("2022-01-05", KPi_001="Ri Won", KPi_003="Kim Dok", KPi_004="O Il")}, "lists")
    work.sync()
    assert [each[2] for each in editions(work.searcher().open())] == ["2018-10-29", "2020-11-30", "2022-01-05"]
    again = work.sync()
    assert (again.added, again.changed, again.removed, again.encoded) == (0, 0, 0, 0)


def test_a_file_that_goes_back_to_an_older_edition_leaves_the_newer_one_answering(work: Work, corpus: Corpus) -> None:
    folder = corpus({"un.xml": OLD}, "lists")
    work.sync(source(folder / "un.xml", "un"))
    corpus({"un.xml": NEW}, "lists")
    work.sync()
    corpus({"un.xml": OLD}, "lists")
    behind = work.sync()
    reason = "it is of 2018-10-29; the newer edition of 2020-11-30 was here before and answers on"
    assert behind.skipped == (Skipped("un", reason, kept=True),)
    assert work.ids() == ["un/KPi.001", "un/KPi.003"]
    assert [each[2:] for each in editions(work.searcher().open())] == [("2018-10-29", False), ("2020-11-30", True)]
    corpus({"un.xml": NEW}, "lists")
    work.sync()
    assert [each[2:] for each in editions(work.searcher().open())] == [("2018-10-29", False), ("2020-11-30", True)]


def test_an_edition_that_is_taken_away_says_nothing_any_more(work: Work, corpus: Corpus) -> None:
    folder = corpus({"2018.xml": OLD, "2020.xml": NEW, "note.md": "# Note\n\nSomething else.\n"}, "lists")
    work.sync(source(folder, "lists"))
    assert work.ids() == ["lists/2020.xml/KPi.001", "lists/2020.xml/KPi.003", "lists/note.md"]
    (folder / "2020.xml").unlink()
    work.sync()
    assert work.ids() == ["lists/2018.xml/KPi.001", "lists/2018.xml/KPi.002", "lists/note.md"]
    assert editions(work.searcher().open()) == [("un", "un", "2018-10-29", True)]
    (folder / "2018.xml").unlink()
    work.sync()
    assert work.ids() == ["lists/note.md"]
    assert editions(work.searcher().open()) == []
    assert standing(work.searcher().open()) == {}


@pytest.mark.parametrize(
    "damage", [b"", b"\x00\x01", OLD[:300].encode(), b"<html><body>Service unavailable</body></html>"]
)
def test_a_list_that_cannot_be_read_any_more_stays(work: Work, corpus: Corpus, damage: bytes) -> None:
    folder = corpus({"un.xml": OLD, "note.md": "# Note\n\nSomething else.\n"}, "lists")
    work.sync(source(folder, "lists"))
    before, texts = work.ids(), work.texts()
    corpus({"un.xml": damage}, "lists")
    for _ in range(2):
        report = work.sync()
        assert [(each.name, each.kept) for each in report.skipped] == [("lists/un.xml", True)]
        assert (report.added, report.changed, report.removed) == (0, 0, 0)
        assert (work.ids(), work.texts()) == (before, texts)
        assert editions(work.searcher().open()) == [("un", "un", "2018-10-29", True)]
    corpus({"un.xml": NEW}, "lists")
    assert work.sync().skipped == ()
    assert editions(work.searcher().open())[-1] == ("un", "un", "2020-11-30", True)


def test_a_damaged_csv_does_not_become_a_table(work: Work, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.intake.datetime", _Then)
    folder = corpus({"sdn.csv": sdn({1: "RI, Won"}), "alt.csv": alt({1: "LI, Won"})}, "ofac")
    work.sync(Source("ofac", str(folder), "ofac"))
    corpus({"sdn.csv": "a,b\r\n1,2\r\n"}, "ofac")
    report = work.sync()
    assert Skipped("ofac/sdn.csv", "it was a sanctions list, and cannot be read as one any more", kept=True) in (
        report.skipped
    )
    assert "ofac/1" in work.ids()
    assert editions(work.searcher().open()) == [("ofac-sdn", "ofac", "2026-11-26", True)]


def test_an_undated_list_counts_from_the_day_it_was_first_read(
    work: Work, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus({"sdn.csv": sdn({1: "RI, Won"})}, "ofac")
    place = Source("ofac", str(folder / "sdn.csv"), "ofac")
    monkeypatch.setattr("index.intake.datetime", _Then)
    work.sync(place)
    assert editions(work.searcher().open()) == [("ofac-sdn", "ofac", "2026-11-26", True)]
    assert [each.edition and each.edition.dated for each in work.library.current_documents()] == [False]
    work.sync(replace(place, edition="2019-02-14"))
    assert editions(work.searcher().open()) == [("ofac-sdn", "ofac", "2019-02-14", True)]
    assert [each.edition and each.edition.dated for each in work.library.current_documents()] == [True]
    monkeypatch.setattr("index.intake.datetime", _Later)  # read again on another day, it is not newer for it
    work.sync(place)
    assert editions(work.searcher().open()) == [("ofac-sdn", "ofac", "2026-11-26", True)]


class _Then(datetime):
    @classmethod
    def now(cls, tz: object = None) -> "_Then":
        return cls(2026, 11, 26, 12, tzinfo=UTC)


class _Later(datetime):
    @classmethod
    def now(cls, tz: object = None) -> "_Later":
        return cls(2999, 1, 1, tzinfo=UTC)


def test_the_same_list_in_two_collections_is_two_lists(work: Work, corpus: Corpus) -> None:
    """What is known from a closed collection alone shows nowhere in the open one."""
    folder = corpus({"open.xml": OLD, "closed.xml": NEW}, "lists")
    work.sync(source(folder / "open.xml", "open", "open"), source(folder / "closed.xml", "closed", "closed"))
    opened = work.searcher().open()
    assert editions(opened) == [("un", "open", "2018-10-29", True), ("un", "closed", "2020-11-30", True)]
    assert standing(opened, "open") == {"KPi.001": ["2018-10-29"], "KPi.002": ["2018-10-29"]}
    assert standing(opened, "closed") == {"KPi.001": ["2020-11-30"], "KPi.003": ["2020-11-30"]}
    assert all(each.startswith("open/") for each in work.answers("Kim Dok", "open"))
    listings = opened.register.listings
    found = opened.register.names.search("Kim Dok", 5, allowed=lambda place: listings[place].collection == "open")
    assert [each for each in found if each.score >= CANDIDATE] == []
    assert not opened.generation.vocabulary(("open",)).knows("Dok")
    assert work.library.counts() == [("closed", "closed", 2, None), ("open", "open", 2, None)]


def test_a_collection_that_is_closed_closes_what_cannot_be_read_and_what_is_history(
    work: Work, corpus: Corpus, tmp_path: Path
) -> None:
    folder = corpus({"un.xml": OLD}, "lists")
    notes = corpus({"oslo.md": "# Oslo\n\nThe embassy closed.\n"}, "notes")
    work.sync(source(folder / "un.xml", "un", "open"), Source("notes", str(notes), "open"))
    corpus({"un.xml": NEW}, "lists")
    work.sync()
    folder.rename(tmp_path / "away")
    notes.rename(tmp_path / "away-too")
    work.sync(source(folder / "un.xml", "un", "closed"), Source("notes", str(notes), "closed"))
    assert [each[1] for each in editions(work.searcher().open())] == ["closed", "closed"]
    assert work.answers("Oslo embassy", "open") == []
    assert work.answers("Oslo embassy", "closed")[0] == "notes/oslo.md"
    assert {each.collection for each in work.library.current_documents()} == {"closed"}
    assert {row[1] for row in work.library.counts()} == {"closed"}
    before = work.library.current()
    work.sync()
    assert work.library.current() == before


def test_a_source_that_is_removed_takes_its_editions_along(work: Work, corpus: Corpus) -> None:
    folder = corpus({"2018.xml": OLD, "2020.xml": NEW}, "lists")
    work.sync(source(folder / "2018.xml", "2018"), source(folder / "2020.xml", "2020"))
    work.sync(remove=["2020"], only=())
    assert editions(work.searcher().open()) == [("un", "un", "2018-10-29", True)]
    assert work.ids() == ["2018/KPi.001", "2018/KPi.002"]
    work.sync(remove=["2018"], only=())
    assert editions(work.searcher().open()) == []
    assert work.library.editions.all() == ()
    work.sync(source(folder / "2020.xml", "2020"))  # and comes back with its own only
    assert editions(work.searcher().open()) == [("un", "un", "2020-11-30", True)]


def test_broken_rows_are_told_and_the_others_taken(work: Work, corpus: Corpus) -> None:
    text = sdn({1: "RI, Won"}) + "2,too,few\r\n" + sdn({3: "PAK, Nam"})
    folder = corpus({"sdn.csv": text, "alt.csv": alt({3: "BAK, Nam", 9: "NOBODY"})}, "ofac")
    report = work.sync(Source("ofac", str(folder), "ofac"))
    assert work.ids() == ["ofac/1", "ofac/3"]
    assert [each.name for each in report.problems] == ["ofac/sdn.csv: sdn.csv, line 2", "ofac/sdn.csv: alt.csv, line 2"]
    assert report.skipped == ()
    assert work.sync().problems == ()  # it was not read again


# What belongs to a list beside its file

SET = {"sdn.csv": sdn({1: "RI, Won"}), "alt.csv": alt({1: "LI, Weon"}), "add.csv": add({1: "Havana"})}


def says_all(work: Work) -> bool:
    (text,) = (text for text in work.texts() if "RI, Won" in text)
    return "LI, Weon" in text and "Havana" in text


@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize("single", [True, False])
def test_the_companions_of_a_list_are_read_with_it(work: Work, corpus: Corpus, case: type[str], single: bool) -> None:
    folder = corpus({case(name): text for name, text in SET.items()}, "ofac")
    report = work.sync(Source("ofac", str(folder / case("sdn.csv") if single else folder), "ofac"))
    assert (report.skipped, report.problems, work.ids()) == ((), (), ["ofac/1"])
    assert says_all(work)
    changed = SET["alt.csv"].replace("Weon", "Weoun")
    corpus({case("alt.csv"): changed}, "ofac")
    assert work.sync().changed == 1
    assert "LI, Weoun" in work.texts()[0]


def test_companions_need_not_be_included_but_can_be_excluded(work: Work, corpus: Corpus) -> None:
    folder = corpus({f"us/{name}": text for name, text in SET.items()} | {"note.md": "# N\n\nNote.\n"}, "ofac")
    place = Source("ofac", str(folder), "ofac", include=("*/sdn.csv",))
    work.sync(place)
    assert work.ids() == ["ofac/1"]
    assert says_all(work)
    work.sync(replace(place, exclude=("*/alt.csv",)))
    assert "LI, Weon" not in work.texts()[0]
    assert "Havana" in work.texts()[0]


def test_companions_without_their_list_are_tables(work: Work, corpus: Corpus) -> None:
    folder = corpus({"alt.csv": SET["alt.csv"] * 2}, "ofac")
    work.sync(Source("ofac", str(folder), "ofac"))
    assert work.ids() == ["ofac/alt.csv"]
    assert editions(work.searcher().open()) == []
    corpus({"sdn.csv": SET["sdn.csv"]}, "ofac")
    work.sync()
    assert work.ids() == ["ofac/1"]


def test_a_companion_in_a_folder_that_cannot_be_listed(
    bound_folder: Path, word_encoder: WordEncoder, parser: ParsingProcess
) -> None:
    folder, home = bound_folder / "ofac", Home(bound_folder / "home")
    work = Work(home, Library(home.library), word_encoder, parser)
    folder.mkdir()
    for name, text in SET.items():
        (folder / name).write_text(text)
    work.sync(Source("ofac", str(folder / "sdn.csv"), "ofac"))
    folder.chmod(0o300)
    report = work.sync()
    reason = "the folder that sdn.csv lies in cannot be listed: Permission denied"
    assert report.skipped == (Skipped("ofac", reason, kept=True),)
    assert says_all(work)
    folder.chmod(0o700)
    work.library.close()


def test_a_list_among_other_documents(work: Work, corpus: Corpus) -> None:
    folder = corpus(
        {
            "lists/un.xml": OLD,
            "lists/UN.xml": NEW.replace("KPi", "QDi"),
            "data/feed.xml": "<rss><channel/></rss>",
            "oslo.md": "# Oslo\n\nThe embassy closed.\n",
        }
    )
    report = work.sync(Source("mixed", str(folder), "mixed"))
    assert report.skipped == ()
    assert work.ids() == ["mixed/lists/UN.xml/QDi.001", "mixed/lists/UN.xml/QDi.003", "mixed/oslo.md"]
    assert editions(work.searcher().open()) == [
        ("un", "mixed", "2018-10-29", False),
        ("un", "mixed", "2020-11-30", True),
    ]


def test_what_list_a_place_is(corpus: Corpus) -> None:
    folder = corpus({"un/a.xml": OLD, "un/b.xml": NEW, "us/sdn.csv": SET["sdn.csv"], "us/alt.csv": SET["alt.csv"]})
    assert list_at(folder / "un") == "un"
    assert list_at(folder / "un" / "a.xml") == "un"
    assert list_at(folder / "us") == "ofac-sdn"
    assert list_at(folder) is None  # two lists
    corpus({"un/deep/note.md": "# Note\n\nNote.\n"})
    assert list_at(folder / "un") is None  # a folder of documents, with a list in it


def test_a_file_of_several_documents(work: Work, corpus: Corpus) -> None:
    lines = ['{"id": "a", "text": "The embassy in Oslo closed."}', '{"id": "b", "text": "The legation left Rome."}']
    folder = corpus({"posts.jsonl": "\n".join(lines), "x.md": "# X\n\nAnother.\n"})
    work.sync(Source("posts", str(folder), "posts"))
    assert work.ids() == ["posts/posts.jsonl/a", "posts/posts.jsonl/b", "posts/x.md"]
    corpus({"posts.jsonl": "\n".join([lines[0].replace("Oslo", "Bergen"), '{"broken": ', lines[1]])})
    report = work.sync()
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 1, 0, 2)
    assert [each.name for each in report.problems] == ["posts/posts.jsonl: line 2"]
    assert work.encoder.encoded == ["a\nThe embassy in Bergen closed."]
    corpus({"posts.jsonl": lines[1]})
    report = work.sync()
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 0, 1, 2)
    assert work.ids() == ["posts/posts.jsonl/b", "posts/x.md"]
    corpus({"posts.jsonl": ""})
    report = work.sync()
    assert [(each.name, each.kept) for each in report.skipped] == [("posts/posts.jsonl", True)]
    assert work.ids() == ["posts/posts.jsonl/b", "posts/x.md"]


def test_a_list_kept_while_its_own_file_alone_is_the_source(work: Work, corpus: Corpus) -> None:
    folder = corpus({"un.xml": OLD}, "lists")
    work.sync(source(folder / "un.xml", "un"))
    corpus({"un.xml": "no list"}, "lists")
    report = work.sync()
    assert [(each.name, each.kept) for each in report.skipped] == [("un", True)]
    assert work.ids() == ["un/KPi.001", "un/KPi.002"]
    (folder / "un.xml").unlink()
    report = work.sync()
    assert report.skipped == (Skipped("un", f"{folder / 'un.xml'} does not exist any more", kept=True),)
    assert editions(work.searcher().open()) == [("un", "un", "2018-10-29", True)]


def test_a_list_whose_new_place_cannot_be_read_stays_until_it_can(work: Work, corpus: Corpus) -> None:
    folder = corpus({"2018.xml": OLD, "2020.xml": "no list"}, "lists")
    work.sync(source(folder / "2018.xml", "un"))
    report = work.sync(source(folder / "2020.xml", "un"))
    assert [(each.name, each.kept) for each in report.skipped] == [("un", True)]
    assert work.ids() == ["un/KPi.001", "un/KPi.002"]
    assert editions(work.searcher().open()) == [("un", "un", "2018-10-29", True)]
    corpus({"2020.xml": NEW}, "lists")
    work.sync()
    assert [each[2:] for each in editions(work.searcher().open())] == [("2018-10-29", False), ("2020-11-30", True)]
    assert list(work.library.files("un")) == ["2020.xml"]


def test_what_is_asked_to_be_a_list_must_be_one(work: Work, corpus: Corpus) -> None:
    folder = corpus({"note.md": "# Note\n\nSomething.\n", "un.xml": OLD})
    report = work.sync(Source("un", str(folder), "un", "list"))
    reason = "it is not a sanctions list in a format that can be read"
    assert report.skipped == (Skipped("un/note.md", reason, kept=False),)
    assert work.ids() == ["un/un.xml/KPi.001", "un/un.xml/KPi.002"]
