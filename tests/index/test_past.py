"""What was held, or what the lists said, on an earlier day; and whatever can go wrong on the way there."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from index import past as module
from index.errors import BusyError, GenerationError, LegationError, StorageError
from index.home import Home, delete_folder
from index.past import MOST_KEPT, open_past
from index.search import Opened
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.library_places import BOTH
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work, editions, failure, standing, un

DAYS = [date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 9)]
OSLO, BERGEN = "# Oslo\n\nThe embassy in Oslo closed.\n", "# Oslo\n\nThe embassy went to Bergen.\n"
ROME = "# Rome\n\nThe legation in Rome opened.\n"


@pytest.fixture
def history(work: Work, corpus: Corpus) -> Work:
    """Two files on the first day, one changed and one new on the second, one removed on the third."""
    folder = corpus({"oslo.md": OSLO, "lima.md": "# Lima\n\nThe consulate in Lima moved.\n"}, "notes")
    work.sync(Source("notes", str(folder), "notes"))
    corpus({"oslo.md": BERGEN, "rome.md": ROME}, "notes")
    work.sync()
    (folder / "lima.md").unlink()
    work.sync()
    dated(work, *DAYS)
    return work


def dated(work: Work, *days: date) -> None:
    """As if the generations had been made at noon of these days."""
    for number, day in enumerate(days, start=1):
        work.backdate(f"{day}T12:00:00+00:00", number)


def held(work: Work, opened: Opened) -> dict[str, str]:
    """The texts of all documents of a generation, by path."""
    ids = sorted(opened.generation.placed)
    return {each.document.path: each.text for each in work.library.passages(ids)}


NOW = {"oslo.md": "The embassy went to Bergen.", "rome.md": "The legation in Rome opened."}


@pytest.mark.parametrize(
    ("day", "texts"),
    [
        (DAYS[0] - timedelta(1), {}),
        (DAYS[0], {"oslo.md": "The embassy in Oslo closed.", "lima.md": "The consulate in Lima moved."}),
        (DAYS[1] - timedelta(1), {"oslo.md": "The embassy in Oslo closed.", "lima.md": "The consulate in Lima moved."}),
        (DAYS[1], NOW | {"lima.md": "The consulate in Lima moved."}),
        (DAYS[2], NOW),
        (date.min, {}),
    ],
)
def test_what_was_held_on_a_day(history: Work, day: date, texts: dict[str, str]) -> None:
    opened = history.searcher().open(day)
    assert (opened.as_of, held(history, opened)) == (day, texts)
    assert [(each.name, each.documents) for each in opened.collections] == ([("notes", len(texts))] if texts else [])
    found = history.answers("Oslo embassy closed", within=opened)
    assert found[:1] == (["notes/oslo.md"] if texts else [])
    assert opened.register.editions == ()


@pytest.mark.parametrize("ahead", [0, 1, 4000])
def test_today_and_later_are_what_answers_now(history: Work, ahead: int) -> None:
    searcher = history.searcher()
    day = datetime.now(UTC).date() + timedelta(ahead)
    assert searcher.open(day) is searcher.open()
    assert searcher.open(day).as_of is None
    assert not history.home.past.exists()


def test_of_a_list_the_newest_edition_of_that_day_counts(work: Work, corpus: Corpus) -> None:
    """Whenever they were read, and in whatever order."""
    folder = corpus(
        {"2020.xml": un("2020-11-30", KPi_001="Ri Won"), "2018.xml": un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak")},
        "lists",
    )
    work.sync(Source("2020", str(folder / "2020.xml"), "un"))
    work.sync(Source("2018", str(folder / "2018.xml"), "un"))
    work.encoder.encoded.clear()
    searcher = work.searcher()
    assert editions(searcher.open(date(2018, 10, 28))) == []
    for day in (date(2018, 10, 29), date(2020, 11, 29)):
        opened = searcher.open(day)
        assert editions(opened) == [("un", "un", "2018-10-29", True)]
        assert standing(opened) == {"KPi.001": ["2018-10-29"], "KPi.002": ["2018-10-29"]}
        assert sorted(held(work, opened)) == ["KPi.001", "KPi.002"]
    opened = searcher.open(date(2020, 11, 30))
    assert editions(opened) == [("un", "un", "2018-10-29", False), ("un", "un", "2020-11-30", True)]
    assert sorted(held(work, opened)) == ["KPi.001"]
    assert work.encoder.encoded == []  # all of it was, when it was read


@BOTH
def test_a_list_that_was_taken_away_says_nothing_of_the_days_after(work: Work, corpus: Corpus) -> None:
    """Of the days before it does, also of those before it was read; an edition that comes later counts by its date."""
    new = un("2020-11-30", KPi_001="Ri Won")
    folder = corpus({"2018.xml": un("2018-10-29", KPi_001="Ri Won"), "2020.xml": new, "note.md": OSLO}, "lists")
    work.sync(Source("lists", str(folder), "un"))
    for name in ("2020.xml", "2018.xml"):
        (folder / name).unlink()
        work.sync()
    dated(work, *DAYS)
    searcher = work.searcher()
    older, newer = ("un", "un", "2018-10-29", False), ("un", "un", "2020-11-30", True)
    assert editions(searcher.open(date(2018, 10, 29))) == [("un", "un", "2018-10-29", True)]
    for day in (date(2020, 11, 30), DAYS[0] - timedelta(1), DAYS[0], DAYS[1] - timedelta(1)):
        assert editions(searcher.open(day)) == [older, newer], day
    for day in (DAYS[1], DAYS[2] - timedelta(1)):
        assert editions(searcher.open(day)) == [("un", "un", "2018-10-29", True)], day
    for day in (DAYS[2], DAYS[2] + timedelta(100)):
        assert editions(searcher.open(day)) == [], day
        assert held(work, searcher.open(day)) == {"note.md": "The embassy in Oslo closed."}
    work.sync(Source("again", str(corpus({"un.xml": new}, "again")), "un"))
    assert editions(work.searcher().open(DAYS[2]))[-1] == newer


def test_a_source_that_was_removed_is_not_in_the_past_either(history: Work, corpus: Corpus) -> None:
    assert held(history, history.searcher().open(DAYS[0])) != {}
    (notes,) = history.library.sources()
    history.sync(remove=["notes"], only=())
    assert held(history, history.searcher().open(DAYS[0])) == {}
    history.sync(notes)  # nor does its past come back with another one of that name
    assert held(history, history.searcher().open(DAYS[0])) == {}
    assert history.ids() == ["notes/oslo.md", "notes/rome.md"]


@BOTH
def test_a_collection_that_was_closed_since_is_closed_in_the_past(history: Work, tmp_path: Path) -> None:
    folder = Path(history.library.sources()[0].location)
    history.sync(Source("notes", str(folder), "closed"))
    opened = history.searcher().open(DAYS[0])
    assert [each.name for each in opened.collections] == ["closed"]
    assert history.answers("Oslo", "notes", within=opened) == []
    assert history.answers("Oslo", "closed", within=opened)[0] == "notes/oslo.md"


# What is made is kept, and made anew where it is damaged


def folders(home: Home) -> list[Path]:
    return sorted(home.past.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)


def opened_at(work: Work, day: date) -> list[int]:
    splitting = work.library.current()
    assert splitting is not None
    made = open_past(work.home, work.library, work.encoder, splitting.splitting, day)
    return sorted(made.generation.placed)


def test_a_day_is_made_once_and_taken_away_by_the_next_sync(history: Work, corpus: Corpus) -> None:
    first = opened_at(history, DAYS[0])
    (folder,) = folders(history.home)
    made = (folder / "record.json").stat().st_mtime_ns
    assert opened_at(history, DAYS[1] - timedelta(1)) == first  # the same was held: it is the same folder
    assert [(each, (each / "record.json").stat().st_mtime_ns) for each in folders(history.home)] == [(folder, made)]
    history.sync()  # nothing has changed
    assert folders(history.home) == [folder]
    corpus({"rome.md": OSLO}, "notes")
    history.sync()
    assert folders(history.home) == []
    assert opened_at(history, DAYS[0]) == first


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [_empty, _flip, Path.unlink])
@pytest.mark.parametrize(
    "name", ["record.json", "rows.bin", "00000000.f32", "collections.json", "lists.json", "meta.json"]
)
def test_damaged_files_are_made_anew(history: Work, name: str, damage: Callable[[Path], None]) -> None:
    first = opened_at(history, DAYS[0])
    (folder,) = folders(history.home)
    (file,) = folder.rglob(name)
    damage(file)
    assert opened_at(history, DAYS[0]) == first
    record = json.loads((folder / "record.json").read_text())
    assert {"rows.bin", "lists.json", "lexical"} <= {each.name for each in (folder / record["name"]).iterdir()}


@pytest.mark.parametrize("content", ["[]", "null", "{}", '{"name": 1}', "\ud800".encode("utf-8", "surrogatepass")])
def test_a_record_of_nonsense_is_made_anew(history: Work, content: str | bytes) -> None:
    first = opened_at(history, DAYS[0])
    (folder,) = folders(history.home)
    (folder / "record.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert opened_at(history, DAYS[0]) == first


def test_only_some_days_are_kept(work: Work, corpus: Corpus) -> None:
    days = [date(2026, 1, 1) + timedelta(number) for number in range(MOST_KEPT + 3)]
    for number in range(len(days) + 1):
        folder = corpus({"a.md": f"# A\n\nText number {number}.\n"})
        work.sync(Source("notes", str(folder), "notes"))
    dated(work, *days)
    for number, day in enumerate(days):
        opened_at(work, day)
        for age, made in enumerate(reversed(folders(work.home))):
            os.utime(made, (1_000_000 + number * 100 - age,) * 2)
        assert len(folders(work.home)) == min(number + 1, MOST_KEPT)
    assert held(work, work.searcher().open(days[0])) == {"a.md": "Text number 0."}  # made again


def test_threads_that_ask_for_one_day_get_one_generation(history: Work) -> None:
    searcher, found, start = history.searcher(), [], threading.Barrier(6)

    def ask() -> None:
        start.wait()
        found.append(searcher.open(DAYS[0]))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(each is found[0] for each in found)


def test_searchers_that_make_one_day_at_once_do_not_disturb_each_other(history: Work) -> None:
    """As two processes do: each has a searcher of its own."""
    found: list[list[int]] = []
    failures: list[BaseException] = []
    start = threading.Barrier(5)

    def ask() -> None:
        try:
            start.wait()
            found.append(opened_at(history, DAYS[0]))
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert found == [found[0]] * 5
    assert len(folders(history.home)) == 1


@BOTH
def test_what_must_be_encoded_first_is_not_while_a_sync_is_running(history: Work) -> None:
    """With another model than the past was encoded by."""
    history.encoder = other = WordEncoder(salt="other", fingerprint="words-2")
    history.sync()
    other.encoded.clear()
    with closing(history.place.open()) as syncing, syncing.alone(history.home.lock), pytest.raises(BusyError):
        history.searcher().open(DAYS[0])
    assert other.encoded == []
    assert held(history, history.searcher().open(DAYS[0]))["oslo.md"] == "The embassy in Oslo closed."
    assert sorted(other.encoded) == ["Lima\nThe consulate in Lima moved.", "Oslo\nThe embassy in Oslo closed."]


def test_a_running_sync_does_not_keep_the_past_waiting(history: Work) -> None:
    with closing(history.place.open()) as syncing, syncing.alone(history.home.lock):
        assert held(history, history.searcher().open(DAYS[0]))["oslo.md"] == "The embassy in Oslo closed."


def test_a_home_that_cannot_be_written_to_is_told_in_a_sentence(history: Work) -> None:
    history.home.past.write_text("a file where the folder should be")
    with pytest.raises(StorageError) as caught:
        history.searcher().open(DAYS[0])
    assert failure(caught.value) == ("StorageError", "The index of that day cannot be stored: Not a directory.")


def test_a_folder_that_vanishes_while_it_is_made(history: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a sync that publishes meanwhile."""
    build = module.build_generation

    def vanish(root: Path, *rest: object) -> object:
        record = build(root, *rest)  # type: ignore[arg-type]
        delete_folder(history.home.past)
        return record

    monkeypatch.setattr(module, "build_generation", vanish)
    with pytest.raises(GenerationError) as caught:
        history.searcher().open(DAYS[0])
    assert caught.value.user_message == "The index of that day cannot be stored or read; try again."
    monkeypatch.undo()
    assert held(history, history.searcher().open(DAYS[0]))["oslo.md"] == "The embassy in Oslo closed."


def test_nothing_is_left_of_what_could_not_be_made(history: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.local_store.fsync_tree", refuse)
    with pytest.raises(LegationError) as caught:
        history.searcher().open(DAYS[0])
    assert failure(caught.value) == ("StorageError", "The index cannot be stored: No space left on device.")
    assert folders(history.home) == []
