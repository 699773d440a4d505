"""Sources as people handle them: the manifest and the library agree, whoever edits the one and whatever ends a sync."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import bot.sources as module
from bot.assemble import BRIEFS, Legation, briefs_source
from bot.settings import load_settings
from bot.sources import ListedSource, add_sources, list_sources, remove_sources, seconds_until_due, sync_sources
from index.errors import BusyError, NotFoundError, ReadError, SettingsError, UsageError
from index.lock import writer_lock
from index.manifest import SourceEntry, load_catalogue, put_entry, read_manifest, remove_entries
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un
from tests.index.web_site import WebSite, answer

GIVEN = SourceEntry("", "")
OSLO = "# Oslo\n\nThe embassy in Oslo closed.\n"
ROOT = Path(__file__).resolve().parents[2]

Add = Callable[..., tuple[str, ...]]


@pytest.fixture
def legation(tmp_path: Path, one_parser: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Legation]:
    """With words for a model, and a reading process that runs already."""
    monkeypatch.chdir(tmp_path)
    legation = Legation(load_settings(tmp_path / "home", sources={"second_look_minutes": 0}))
    legation.__dict__["encoder"] = WordEncoder()
    yield legation
    legation.library.close()


@pytest.fixture
def add(legation: Legation) -> Add:
    """Adds a place and returns the names of the sources that were empty."""

    def add(place: Path, name: str | None = None, collection: str | None = None, **given: object) -> tuple[str, ...]:
        return add_sources(legation, [str(place)], replace(GIVEN, **given), name, collection).empty  # type: ignore[arg-type]

    return add


def manifest(legation: Legation) -> dict[str, SourceEntry]:
    return {entry.name: entry for entry in read_manifest(legation.home.manifest)}


def held(legation: Legation) -> dict[str, tuple[str, str]]:
    """Location and collection of the sources in the library."""
    return {source.name: (source.location, source.collection) for source in legation.library.sources()}


def ids(legation: Legation) -> list[str]:
    return [document.id for document in legation.library.current_documents()]


def agree(legation: Legation) -> bool:
    wanted = {name: (each.location, each.collection) for name, each in manifest(legation).items() if each.enabled}
    return wanted == held(legation)


def edit(legation: Legation, old: str, new: str) -> None:
    text = legation.home.manifest.read_text()
    assert old in text
    legation.home.manifest.write_text(text.replace(old, new))


# Adding


def test_what_is_added_stands_in_the_manifest_and_the_library(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"oslo.md": OSLO}, "posts")
    assert add(folder, every="6h", publisher="Gazette", exclude=("*.txt",)) == ()
    wanted = SourceEntry("posts", str(folder), "auto", "posts", "6h", "Gazette", None, (), ("*.txt",))
    assert manifest(legation) == {"posts": wanted}
    assert legation.library.sources() == (
        Source("posts", str(folder), "posts", publisher="Gazette", exclude=("*.txt",)),
    )
    assert ids(legation) == ["posts/oslo.md"]
    (listed,) = list_sources(legation)
    assert listed == ListedSource(
        "posts", "posts", str(folder), "auto", "6h", 1, None, legation.library.synced()["posts"]
    )


def test_adding_again_changes_what_is_given_and_nothing_else(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"oslo.md": OSLO}, "posts")
    add(folder, collection="treaties", every="6h", publisher="Gazette")
    edit(legation, '[[source]]\nname = "posts"', '# kept by hand\n[[source]]\nenabled = false\nname = "posts"')
    add(folder, language="en")
    again = SourceEntry("posts", str(folder), "auto", "treaties", "6h", "Gazette", "en")
    assert manifest(legation) == {"posts": again}
    assert "# kept by hand" in legation.home.manifest.read_text()
    add(folder, collection="laws", every="12h")
    assert manifest(legation) == {"posts": replace(again, collection="laws", every="12h")}
    assert agree(legation)


def test_names_are_chosen_and_places_of_one_name_told_apart(legation: Legation, add: Add, tmp_path: Path) -> None:
    for parent in ("a", "b"):
        (tmp_path / parent / "my  posts").mkdir(parents=True)
        (tmp_path / parent / "my  posts" / "x.md").write_text(OSLO)
        add(tmp_path / parent / "my  posts")
    assert list(held(legation)) == ["my-posts", "my-posts-2"]
    add(tmp_path / "b" / "my  posts")
    assert list(held(legation)) == ["my-posts", "my-posts-2"]
    add(tmp_path / "b" / "my  posts" / "x.md", name="my-posts")
    assert list(held(legation)) == ["my-posts", "my-posts-2", "my-posts-3"]


@pytest.mark.parametrize(("name", "collection"), [("a/b", None), ("", None), (" a", None), (None, "x\ny"), (None, "")])
def test_names_that_are_refused_leave_nothing(
    legation: Legation, add: Add, corpus: Corpus, name: str | None, collection: str | None
) -> None:
    with pytest.raises(UsageError):
        add(corpus({"oslo.md": OSLO}), name, collection)
    assert not legation.home.manifest.exists()


def test_a_date_of_a_list_is_refused_where_none_is(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"oslo.md": OSLO, "other.csv": "name,town\nKim,Oslo\n"}, "posts")
    for place in (folder, folder / "oslo.md", folder / "other.csv"):
        with pytest.raises(UsageError) as caught:
            add(place, edition="2019-04-15")
        assert caught.value.user_message == f"{place} holds no sanctions list; --edition is the date of one."
    assert not legation.home.manifest.exists()
    corpus({"un.xml": un("2020-11-30", KPi_001="Ri")}, "posts")  # beside other documents
    assert add(folder, edition="2019-04-15") == ()
    assert manifest(legation)["posts"].edition == "2019-04-15"


def test_a_list_that_cannot_be_read_is_not_called_none(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"oslo.md": OSLO}, "un")
    (folder / "un.xml").symlink_to("un.xml")
    with pytest.raises(ReadError) as caught:
        add(folder, edition="2019-04-15")
    reason = "un.xml: it is a symbolic link that leads nowhere"
    assert caught.value.user_message == f"Nothing could be read in un; it was not added ({reason})."
    (folder / "un.xml").unlink()
    os.mkfifo(folder / "un.xml")
    with pytest.raises(ReadError, match=r"un\.xml: it is not a regular file"):
        add(folder, edition="2019-04-15")
    assert not legation.home.manifest.exists()


def test_at_an_address_without_a_list_a_date_of_one_is_told_to_be_of_no_use(
    legation: Legation, one_parser: None
) -> None:
    told: list[str] = []
    settings = load_settings(
        legation.home.path, sources={"inside_hosts": ["127.0.0.1"], "pause_seconds": 0, "second_look_minutes": 0}
    )
    there = replace(legation, settings=settings, notice=told.append)
    there.__dict__["encoder"] = WordEncoder()
    with WebSite() as site:
        for path, content in (("/un.xml", un("2020-11-30", KPi_001="Ri")), ("/oslo.txt", OSLO)):
            site.routes[path] = answer(200, content.encode(), Content_Type="text/plain")
        for name in ("un.xml", "oslo.txt"):
            wanted = replace(GIVEN, edition="2019-04-15")
            assert add_sources(there, [site.url(f"/{name}", "127.0.0.1")], wanted, name, None).empty == ()
    assert told == ["oslo.txt holds no sanctions list; --edition says nothing of it."]
    there.library.close()


@pytest.mark.parametrize("given", [{"every": "soon"}, {"edition": "2020"}, {"language": "e"}, {"kind": "feed"}])
def test_options_that_are_refused_leave_nothing(
    legation: Legation, add: Add, corpus: Corpus, given: dict[str, str]
) -> None:
    with pytest.raises(UsageError):
        add(corpus({"oslo.md": OSLO}), **given)
    assert (manifest(legation), held(legation)) == ({}, {})


def test_editions_of_one_list_belong_together(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"2018.xml": un("2018-10-29", KPi_001="Ri"), "2020.xml": un("2020-11-30", KPi_001="Ri")}, "lists")
    add(folder / "2018.xml")
    add(folder / "2020.xml")
    assert {each.collection for each in manifest(legation).values()} == {"un"}
    assert ids(legation) == ["2020/KPi.001"]
    corpus({"note.md": OSLO}, "lists")
    add(folder)
    assert manifest(legation)["lists"].collection == "lists"


def test_what_is_empty_is_not_added(legation: Legation, add: Add, corpus: Corpus) -> None:
    good = corpus({"oslo.md": OSLO}, "good")
    add(good)
    before = legation.home.manifest.read_bytes()
    assert add(corpus({"a.md": ""}, "bad")) == ("bad",)
    assert legation.home.manifest.read_bytes() == before
    assert list(held(legation)) == ["good"]


@pytest.mark.parametrize("files", [{}, {"a.md": "", "b.pdf": "none"}])
def test_a_first_source_in_which_nothing_can_be_read_leaves_no_library(
    legation: Legation, add: Add, corpus: Corpus, files: dict[str, str]
) -> None:
    folder = corpus(files, "bad")
    folder.mkdir(exist_ok=True)
    assert add(folder) == ("bad",)
    assert legation.is_new
    # What keeps two writers apart must stay: one may be waiting for it.
    assert [path.name for path in legation.home.path.iterdir()] == ["sync.lock"]
    assert add(corpus({"oslo.md": OSLO}, "good")) == ()
    assert ids(legation) == ["good/oslo.md"]


def test_a_first_source_in_which_nothing_can_be_read_beside_one_that_can(
    legation: Legation, add: Add, corpus: Corpus
) -> None:
    places = [str(corpus({"a.md": text}, name)) for name, text in (("bad", ""), ("good", OSLO))]
    assert add_sources(legation, places, GIVEN, None, None).empty == ("bad",)
    assert list(held(legation)) == list(manifest(legation)) == ["good"]
    assert ids(legation) == ["good/a.md"]


def test_a_new_library_that_another_process_has_used_meanwhile_is_not_deleted(
    legation: Legation, add: Add, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = legation.home.manifest
    good = corpus({"oslo.md": OSLO}, "good")

    def remove(path: Path, names: list[str]) -> tuple[str, ...]:
        put_entry(mine, SourceEntry("good", str(good), collection="good"))
        legation.sync(add=[Source("good", str(good), "good")], only=["good"])
        return remove_entries(path, names)

    monkeypatch.setattr(module, "remove_entries", remove)
    assert add(corpus({"a.md": ""}, "bad")) == ("bad",)
    assert ids(legation) == ["good/oslo.md"]
    assert agree(legation)


def test_what_somebody_wrote_into_the_manifest_stays_there_though_it_is_empty(
    legation: Legation, add: Add, corpus: Corpus
) -> None:
    folder = corpus({"a.md": ""}, "posts")
    put_entry(legation.home.manifest, SourceEntry("mine", str(folder), every="1d"))
    assert add(folder) == ("mine",)
    assert manifest(legation) == {"mine": SourceEntry("mine", str(folder), every="1d")}
    assert held(legation) == {}
    corpus({"a.md": OSLO}, "posts")
    sync_sources(legation)
    assert agree(legation)


# A manifest that was edited by hand


@pytest.fixture
def two(legation: Legation, add: Add, corpus: Corpus) -> Legation:
    add(corpus({"oslo.md": OSLO}, "one"), every="6h")
    add(corpus({"rome.md": "# Rome\n\nThe legation in Rome opened.\n"}, "two"))
    return legation


def test_a_changed_collection(two: Legation) -> None:
    edit(two, 'name = "one"\n', 'name = "one"\ncollection = "closed"\n')
    report = sync_sources(two)
    assert (report.added, report.removed) == (0, 0)
    assert agree(two)
    assert two.library.counts() == [("one", "closed", 1, None), ("two", "two", 1, None)]


@pytest.mark.parametrize("disabled", [True, False])
def test_a_collection_is_closed_although_its_source_is_not_read(two: Legation, disabled: bool) -> None:
    off = "enabled = false\n" if disabled else ""
    edit(two, 'name = "one"\n', f'name = "one"\n{off}collection = "closed"\n')
    sync_sources(two, () if disabled else ("two",))
    assert two.library.counts() == [("one", "closed", 1, None), ("two", "two", 1, None)]
    (document, _) = two.library.current_documents()
    assert document.collection == "closed"


def test_a_changed_location(two: Legation, tmp_path: Path) -> None:
    (tmp_path / "one").rename(tmp_path / "elsewhere")
    edit(two, f'"{tmp_path}/one"', '"../elsewhere"')
    report = sync_sources(two)
    assert (report.skipped, report.unchanged, report.removed) == ((), 2, 0)
    assert held(two)["one"] == (str(tmp_path / "elsewhere"), "one")


def test_a_source_that_is_disabled_answers_on_and_is_not_read(two: Legation, corpus: Corpus) -> None:
    edit(two, 'name = "one"\n', 'name = "one"\nenabled = false\n')
    corpus({"oslo.md": "# Oslo\n\nChanged.\n"}, "one")
    assert sync_sources(two).unchanged == 2
    assert seconds_until_due(two) is None
    assert sync_sources(two, ["one"]).changed == 1  # unless somebody asks for it by name


def test_a_source_that_is_taken_out_leaves_at_the_next_sync_of_all(two: Legation) -> None:
    text = two.home.manifest.read_text()
    start = text.index('[[source]]\nname = "two"')
    two.home.manifest.write_text(text[:start])
    for report in (sync_sources(two, ["one"]), sync_sources(two, only_due=True)):
        assert report.removed == 0
    assert sync_sources(two).removed == 1
    assert agree(two)
    assert ids(two) == ["one/oslo.md"]


@pytest.mark.parametrize(
    "text", ["[[source", '[[source]]\nname = "x"\n', "source = 1\n", '[[source]]\ncolour = "red"\n']
)
def test_a_broken_manifest_is_told_and_nothing_is_lost(two: Legation, text: str) -> None:
    two.home.manifest.write_text(text)
    for act in (
        lambda: sync_sources(two),
        lambda: sync_sources(two, only_due=True),
        lambda: remove_sources(two, ["one"]),
        lambda: add_sources(two, [str(two.home.path)], GIVEN, "new", None),
        lambda: list_sources(two),
        lambda: seconds_until_due(two),
    ):
        with pytest.raises(SettingsError) as caught:
            act()
        assert str(two.home.manifest) in caught.value.user_message
    assert two.home.manifest.read_text() == text
    assert list(held(two)) == ["one", "two"]
    assert ids(two) == ["one/oslo.md", "two/rome.md"]


def test_an_emptied_manifest_takes_nothing_out(two: Legation) -> None:
    two.home.manifest.write_text("")
    for act in (
        lambda: sync_sources(two),
        lambda: remove_sources(two, ["one"]),
        lambda: add_sources(two, [str(two.home.path)], GIVEN, "new", None),
    ):
        with pytest.raises(SettingsError, match="is empty, but the library has sources"):
            act()
    assert ids(two) == ["one/oslo.md", "two/rome.md"]
    two.home.manifest.unlink()
    assert sync_sources(two).unchanged == 2
    two.home.manifest.write_text("")
    assert remove_sources(two, ["one", "two"]).removed == 2
    assert sync_sources(two).removed == 0


def test_a_manifest_of_comments_only_has_no_sources(legation: Legation) -> None:
    legation.home.path.mkdir()
    legation.home.manifest.write_text(load_catalogue())
    assert sync_sources(legation).added == 0
    assert (manifest(legation), held(legation)) == ({}, {})
    assert legation.home.manifest.read_text() == load_catalogue()


def test_the_briefs_stand_in_no_manifest_and_stay(two: Legation) -> None:
    two.sync(add=(briefs_source(),), only=(BRIEFS,))
    assert sync_sources(two).removed == 0
    assert BRIEFS in held(two)
    assert BRIEFS not in manifest(two)
    assert remove_sources(two, [BRIEFS]).removed > 0


# A library without a manifest


@pytest.fixture
def older(two: Legation) -> Legation:
    """As an earlier version left it."""
    two.home.manifest.unlink()
    return two


def test_an_older_library_gets_its_manifest(older: Legation) -> None:
    before = ids(older)
    assert sync_sources(older).unchanged == 2
    assert (agree(older), ids(older)) == (True, before)
    older.home.manifest.unlink()
    remove_sources(older, ["two"])
    assert list(manifest(older)) == ["one"]
    assert agree(older)


def test_all_that_the_library_knows_of_a_source_is_written(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"oslo.md": OSLO, "un.xml": un("2020-11-30", KPi_001="Ri")}, "posts")
    given = {
        "publisher": "Gazette",
        "language": "en",
        "include": ("*.md",),
        "exclude": ("x*",),
        "edition": "2020-01-31",
    }
    add(folder, collection="treaties", kind="files", **given)
    before = manifest(legation)
    legation.home.manifest.unlink()
    sync_sources(legation)
    assert manifest(legation) == before


@pytest.mark.parametrize("failing", [1, 2])
def test_a_manifest_is_begun_whole_or_not_at_all(
    older: Legation, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Else the next sync would let go of what does not stand in it."""
    calls = []

    def killed(path: Path, entry: SourceEntry) -> bool:
        calls.append(entry.name)
        if len(calls) == failing:
            raise KeyboardInterrupt
        return put_entry(path, entry)

    with monkeypatch.context() as patched:
        patched.setattr(module, "put_entry", killed)
        with pytest.raises(KeyboardInterrupt):
            sync_sources(older)
    assert [each.name for each in older.home.path.iterdir() if "manifest" in each.name or "toml" in each.name] == []
    assert sync_sources(older).unchanged == 2
    assert list(manifest(older)) == ["one", "two"]


# What is due


def test_only_what_is_due_is_read(two: Legation, corpus: Corpus) -> None:
    corpus({"oslo.md": "# Oslo\n\nChanged.\n"}, "one")
    corpus({"rome.md": "# Rome\n\nChanged.\n"}, "two")
    waits = seconds_until_due(two)
    assert waits is not None
    assert 6 * 3600 - 600 < waits <= 6 * 3600
    assert sync_sources(two, only_due=True).changed == 0
    connection = sqlite3.connect(two.home.library)
    then = (datetime.now(UTC) - timedelta(hours=7)).isoformat(timespec="seconds")
    connection.execute("UPDATE sources SET synced_at = ?", (then,))
    connection.commit()
    connection.close()
    assert seconds_until_due(two) == 0
    assert sync_sources(two, only_due=True).changed == 1
    assert seconds_until_due(two) != 0


@pytest.mark.parametrize("damaged", ["2026-13-01T00:00", "", "7"])
def test_a_source_of_which_it_is_damaged_when_it_was_looked_at_is_due(two: Legation, damaged: str) -> None:
    connection = sqlite3.connect(two.home.library)
    connection.execute("UPDATE sources SET synced_at = ? WHERE name = 'one'", (damaged,))
    connection.commit()
    connection.close()
    assert seconds_until_due(two) == 0
    assert sync_sources(two, only_due=True).changed == 0
    assert seconds_until_due(two) != 0


def test_unknown_names(two: Legation) -> None:
    for act in (sync_sources, remove_sources):
        with pytest.raises(NotFoundError) as caught:
            act(two, ["one", "nobody"])
        assert caught.value.user_message == "There is no source called nobody; legation sources lists them."
    assert agree(two)


# Interrupted, and two at once


def test_two_adds_at_once(legation: Legation, corpus: Corpus) -> None:
    """One of them may be told that the other is at work; trying again ends as if it had waited."""
    folders = [corpus({"a.md": OSLO}, name) for name in ("one", "two")]
    started, outcomes = threading.Barrier(2), []

    def attempt(folder: Path) -> None:
        started.wait()
        try:
            add_sources(legation, [str(folder)], GIVEN, None, None)
            outcomes.append("added")
        except BusyError:
            outcomes.append("busy")

    threads = [threading.Thread(target=attempt, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "added" in outcomes
    assert sorted(manifest(legation)) == ["one", "two"]
    for folder in folders:
        add_sources(legation, [str(folder)], GIVEN, None, None)
    assert agree(legation)
    assert ids(legation) == ["one/a.md", "two/a.md"]


def test_an_add_that_found_another_sync_at_work_is_made_up_for(legation: Legation, add: Add, corpus: Corpus) -> None:
    folder = corpus({"oslo.md": OSLO}, "posts")
    with writer_lock(legation.home.lock), pytest.raises(BusyError):
        add(folder, publisher="Gazette")
    assert (list(manifest(legation)), held(legation)) == (["posts"], {})
    assert [(each.name, each.documents, each.synced) for each in list_sources(legation)] == [("posts", 0, None)]
    sync_sources(legation)
    assert agree(legation)
    assert ids(legation) == ["posts/oslo.md"]


def test_a_removal_that_was_cut_short_goes_on(two: Legation) -> None:
    with writer_lock(two.home.lock), pytest.raises(BusyError):
        remove_sources(two, ["one"])
    assert list(manifest(two)) == ["two"]
    sync_sources(two)
    assert agree(two)
    assert ids(two) == ["two/rome.md"]


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.assemble import Legation
from bot.settings import load_settings
from bot.sources import add_sources
from index.manifest import SourceEntry
from tests.fakes.word_encoder import WordEncoder

def tell(progress):
    if progress.stage == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

legation = Legation(load_settings(Path(sys.argv[1])), tell)
legation.__dict__["encoder"] = WordEncoder()
add_sources(legation, [sys.argv[2]], SourceEntry("", "", publisher="Gazette"), None, None)
"""


@pytest.mark.parametrize("stage", ["read", "encode", "generation-renamed", "published"])
def test_an_add_that_was_killed_is_finished_by_the_next_sync(legation: Legation, corpus: Corpus, stage: str) -> None:
    folder = corpus({"oslo.md": OSLO, "un.xml": un("2020-11-30", KPi_001="Ri Won")}, "posts")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", KILLED, str(legation.home.path), str(folder), stage]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (-signal.SIGKILL, b"")
    assert manifest(legation)["posts"].publisher == "Gazette"
    sync_sources(legation)
    assert agree(legation)
    assert ids(legation) == ["posts/oslo.md", "posts/un.xml/KPi.001"]
    assert {each.publisher for each in legation.library.current_documents() if each.entry is None} == {"Gazette"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("edition", "2019-13-45", "--edition is no date such as 2026-05-31."),
        ("every", "soon", '--every is no interval such as "15m", "6h" or "7d", from 5m to 3650d.'),
        ("language", "english?", '--language is no language tag such as "en" or "pt-BR".'),
    ],
)
def test_an_option_that_is_wrong_is_told_as_such(
    legation: Legation, add: Add, tmp_path: Path, field: str, value: str, message: str
) -> None:
    (tmp_path / "oslo.md").write_text(OSLO)
    with pytest.raises(UsageError) as caught:
        add(tmp_path / "oslo.md", **{field: value})
    assert caught.value.user_message == message
    assert manifest(legation) == {}


def test_an_address_that_is_none_is_told_as_such(legation: Legation) -> None:
    with pytest.raises(UsageError, match=r"^http://\[x is no valid web address\.$"):
        add_sources(legation, ["http://[x"], GIVEN, None, None)
    assert manifest(legation) == {}
