"""What is kept of the past, and that nothing goes which answers or is quoted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.types import Filter, Query, Source
from tests.conftest import Corpus
from tests.fakes.library_places import BOTH, in_sqlite
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work, editions, standing, un

KEEP = timedelta(days=30)


def aged(work: Work, days: int) -> None:
    """As if all that is stored had been so many days earlier."""
    place = work.place or in_sqlite(work.home.library)
    for table, column, key in (
        ("generations", "created_at", "id"), ("documents", "stored_at", "key"), ("editions", "stored_at", "id"),
    ):  # fmt: skip
        for number, moment in place.execute(f"SELECT {key}, {column} FROM {table}"):
            earlier = (datetime.fromisoformat(moment) - timedelta(days)).isoformat()[: len(moment)]
            place.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", earlier, number)
    place.check_generations()


def stored(work: Work, table: str = "documents") -> int:
    assert work.place is not None
    return int(work.place.execute(f"SELECT count(*) FROM {table}")[0][0])


def keeping(work: Work, keep: timedelta | None = KEEP) -> Work:
    work.limits = replace(work.limits, keep=keep)
    return work


def text(number: int) -> str:
    return f"# Post\n\nThe post was closed {number} times.\n"


@BOTH
def test_what_is_old_enough_goes_with_all_that_hangs_on_it(work: Work, corpus: Corpus) -> None:
    folder = corpus({"a.md": text(1), "b.md": text(2)})
    work.sync(Source("notes", str(folder), "notes"))
    (first, _) = work.library.current_documents()
    corpus({"a.md": text(3)})
    work.sync()
    aged(work, 31)
    counts = [stored(work, table) for table in ("documents", "passages", "vectors", "memberships")]
    assert counts == [3, 3, 3, 3]
    keeping(work).sync()
    assert [stored(work, table) for table in ("documents", "passages", "vectors", "memberships")] == [2, 2, 2, 2]
    assert work.library.find_documents(first.id, first.version) == []
    assert work.ids() == ["notes/a.md", "notes/b.md"]
    assert work.answers("closed 3 times")[0] == "notes/a.md"


@pytest.mark.parametrize(("days", "left"), [(29, 2), (31, 1)])
def test_it_goes_when_it_stopped_answering_long_enough_ago(work: Work, corpus: Corpus, days: int, left: int) -> None:
    folder = corpus({"a.md": text(1)})
    work.sync(Source("notes", str(folder), "notes"))
    aged(work, 100)
    corpus({"a.md": text(2)})
    work.sync()
    aged(work, days)
    keeping(work).sync()
    assert stored(work) == left


def test_everything_is_kept_where_nothing_says_how_long(work: Work, corpus: Corpus) -> None:
    folder = corpus({"a.md": text(1)})
    work.sync(Source("notes", str(folder), "notes"))
    corpus({"a.md": text(2)})
    work.sync()
    aged(work, 10_000)
    keeping(work, None).sync()
    assert stored(work) == 2


def test_an_earlier_day_that_is_open_is_made_anew_without_what_went(work: Work, corpus: Corpus) -> None:
    folder = corpus({"a.md": text(1), "b.md": text(2)})
    work.sync(Source("notes", str(folder), "notes"))
    corpus({"a.md": text(3)})
    work.sync()
    assert work.place is not None
    work.place.execute("UPDATE documents SET stored_at = '2020-01-01T00:00:00+00:00'")
    for number, moment in enumerate(("2020-01-01T00:00:00+00:00", "2020-02-01T00:00:00+00:00"), start=1):
        work.backdate(moment, number)
    searcher, day = work.searcher(), date(2020, 1, 15)

    def found() -> list[str]:
        hits = searcher.search(Query("closed times"), Filter(), 5, within=searcher.open(day)).hits
        return sorted(hit.stored.text for hit in hits)

    assert found() == ["The post was closed 1 times.", "The post was closed 2 times."]
    keeping(work).sync()
    assert found() == ["The post was closed 2 times."]


def test_vectors_that_are_shared_stay(work: Work, corpus: Corpus) -> None:
    folder = corpus({"a.md": text(1), "b.md": text(1)})
    work.sync(Source("notes", str(folder), "notes"))
    (folder / "a.md").unlink()
    work.sync()
    aged(work, 31)
    keeping(work).sync()
    assert (stored(work), stored(work, "vectors")) == (1, 1)
    corpus({"a.md": text(1)})
    work.sync()
    assert work.encoder.encoded == []


@BOTH
def test_an_old_edition_goes_with_the_entries_that_it_alone_held(work: Work, corpus: Corpus) -> None:
    """And whatever the register names can be read at every moment: ``Work.sync`` looks."""
    folder = corpus({"un.xml": un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak Nam")}, "lists")
    work.sync(Source("un", str(folder / "un.xml"), "un"))
    corpus({"un.xml": un("2020-11-30", KPi_001="Ri Won")}, "lists")
    work.sync()
    aged(work, 31)
    generation = work.library.current()
    report = keeping(work).sync()
    assert generation is not None
    assert report.generation != generation.name  # the register must know first that the edition goes
    assert editions(work.searcher().open()) == [("un", "un", "2020-11-30", True)]
    assert standing(work.searcher().open()) == {"KPi.001": ["2020-11-30"]}
    assert stored(work) == 1
    assert work.sync().generation == report.generation


def test_the_newest_edition_stays_however_old(work: Work, corpus: Corpus) -> None:
    folder = corpus({"un.xml": un("1999-10-29", KPi_001="Ri Won"), "note.md": text(1)}, "lists")
    work.sync(Source("un", str(folder), "un"))
    (folder / "un.xml").unlink()
    work.sync()
    aged(work, 10_000)
    keeping(work).sync()
    assert [each.date for each in work.library.editions.all()] == ["1999-10-29"]
    assert stored(work) == 2


def test_a_kill_before_what_is_old_is_deleted_changes_nothing(
    work: Work, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus({"un.xml": un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak Nam")}, "lists")
    work.sync(Source("un", str(folder / "un.xml"), "un"))
    corpus({"un.xml": un("2020-11-30", KPi_001="Ri Won")}, "lists")
    work.sync()
    aged(work, 31)

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("index.library.prune", killed)
    with pytest.raises(KeyboardInterrupt):
        keeping(work).sync()
    work.is_whole()
    monkeypatch.undo()
    work.sync()
    assert stored(work) == 1


# Random histories

NAMES = ("KPi.001", "KPi.002", "KPi.003")
Act = tuple[str, int, int]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["write", "list", "drop", "age", "sync", "sync", "move"]), st.integers(0, 2), st.integers(0, 3)
    ),
    min_size=3,
    max_size=12,
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=ACTS)
def test_nothing_that_answers_is_ever_lost(parser: ParsingProcess, acts: list[Act]) -> None:
    """A library that forgets answers as one that keeps all, and its newest editions are the same."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "files"
        folder.mkdir()
        (folder / "always.md").write_text(text(9))
        works = [Work(home := Home(Path(place) / name), Library(home.library), WordEncoder(), parser) for name in "ab"]
        forgetting = keeping(works[0])
        try:
            for act in (*acts, ("sync", 0, 0)):
                _act(folder, works, *act)
            assert forgetting.texts() == works[1].texts()
            assert standing_now(forgetting) == standing_now(works[1])
            newest = [
                {(each.edition.list, each.collection): each.date for each in work.library.editions.all()}
                for work in works
            ]
            assert newest[0] == newest[1]
            for day in (date(2018, 1, 1), datetime.now(UTC).date() - timedelta(5)):
                opened = forgetting.searcher().open(day)
                keys = {v.document_key for listing in opened.register.listings for v in listing.versions}
                assert forgetting.library.documents(keys).keys() == keys
        finally:
            for work in works:
                work.library.close()


def _act(folder: Path, works: list[Work], what: str, which: int, value: int) -> None:
    if what == "write":
        (folder / f"{which}.md").write_text(text(value))
    elif what == "list":
        names = {name.replace(".", "_"): f"Name {value}" for name in NAMES[: which + 1]}
        (folder / f"{which}.xml").write_text(un(f"20{10 + 3 * value + which}-01-01", **names))
    elif what == "drop":
        for file in folder.glob(f"{which}.*"):
            file.unlink()
    elif what == "age":
        for work in works:
            aged(work, 20 * value)
    else:
        collection = f"c{which}" if what == "move" else None
        for work in works:
            before = work.library.sources()
            within = collection or (before[0].collection if before else "c")
            work.sync(Source("files", str(folder), within))


def standing_now(work: Work) -> dict[tuple[str, str], str]:
    """Of every listing that stands in the current edition its text there."""
    register = work.searcher().open().register
    found = {}
    for place, held in enumerate(register.editions):
        for listing in register.listings:
            key = listing.in_edition(place)
            if held.current and key is not None:
                found[listing.collection, listing.reference] = work.library.documents([key])[key].text
    return found
