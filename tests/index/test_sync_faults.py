"""A sync that is killed, or that the disk refuses, at every stage: what answers is old or new, whole.

The syncs run in processes of their own, which really end by SIGKILL and really meet a limit on the
size of files (RLIMIT_FSIZE: to a program the same as a disk that is full).
"""

import signal
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.generation import Generation
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import SyncReport, sync
from index.types import Filter, Query, Source
from tests.fakes.interrupted_sync import BATCH, DIMENSION, LIMITS, Ending, interrupted_sync
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import alt, editions, sdn, un

KILLED = Ending(-signal.SIGKILL)
OLD = {f"{n}.md": f"# Post {n}\n\nThe post number{n} closed early.\n\nIt had a garden{n}.\n" for n in range(6)}
NEW = {path: text for path, text in OLD.items() if path != "0.md"} | {
    f"{n}.md": f"# Post {n}\n\nThe post number{n} closed early.\n\nIt had a tower{n}.\n" for n in range(3, 9)
}


@dataclass(frozen=True)
class Setting:
    """A corpus, and a home in which a library may stand already."""

    home: Home
    folder: Path

    def fill(self, files: dict[str, str]) -> None:
        self.folder.mkdir(exist_ok=True)
        for file in self.folder.iterdir():
            file.unlink()
        for path, text in files.items():
            (self.folder / path).write_text(text)

    def interrupt(self, stage: str, event: int, most_bytes: int = 0) -> Ending:
        return interrupted_sync(self.home, self.folder, stage, event, most_bytes)

    def sync(self, encoder: WordEncoder) -> SyncReport:
        library = Library(self.home.library)
        try:
            return sync(self.home, library, encoder, LIMITS, add=[Source("posts", str(self.folder), "c")])
        finally:
            library.close()

    def state(self) -> tuple[list[str], list[str]] | None:
        """The texts that the library says are current, and those that the index really answers with."""
        library = Library(self.home.library)
        try:
            record = library.current()
            if record is None:
                return None
            assert library.check() == []
            opened = Generation(self.home.generations, record)
            everything = opened.search(WordEncoder(DIMENSION).encode_query("x"), [], 1000, Filter())
            stored = library.passages([each.passage_id for each in everything])
            searcher = Searcher(self.home, library, WordEncoder(DIMENSION))
            for passage in stored:  # each of them is found first by its own words
                found = searcher.search(Query(f"{passage.document.title} {passage.text}"), Filter(), 1).hits
                assert found[0].stored == passage
            documents = [each.text for each in library.current_documents()]
            return documents, sorted(passage.text for passage in stored)
        finally:
            library.close()


def expected(files: dict[str, str]) -> tuple[list[str], list[str]]:
    lines = [line for text in files.values() for line in text.splitlines() if line and not line.startswith("#")]
    return [files[path] for path in sorted(files)], sorted(lines)


def texts(files: dict[str, str]) -> set[str]:
    """What is encoded for the files: title and text of every passage."""
    found = set()
    for text in files.values():
        title, *lines = [line for line in text.splitlines() if line]
        found |= {f"{title.removeprefix('# ')}\n{line}" for line in lines}
    return found


@pytest.fixture
def fresh(tmp_path: Path) -> Setting:
    setting = Setting(Home(tmp_path / "home"), tmp_path / "posts")
    setting.fill(OLD)
    return setting


@pytest.fixture
def grown(fresh: Setting) -> Setting:
    report = fresh.sync(WordEncoder(DIMENSION))
    assert (report.added, report.passages, report.encoded) == (6, 12, 12)
    assert fresh.state() == expected(OLD)
    fresh.fill(NEW)
    return fresh


STAGES = [
    ("read", 4),
    ("split", 4),
    ("encode", 1),
    ("encode", 2),
    ("generation-written", 1),
    ("generation-renamed", 1),
    ("published", 1),
    ("cleaned", 1),
]
BEFORE = ("read", "split", "encode", "generation-written", "generation-renamed")


def committed(home: Home) -> int:
    """How many vectors the library holds."""
    connection = sqlite3.connect(home.library)
    (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    connection.close()
    return int(count)


@pytest.mark.parametrize(("stage", "event"), STAGES)
def test_a_first_sync_that_is_killed(fresh: Setting, stage: str, event: int) -> None:
    assert fresh.interrupt(stage, event) == KILLED
    assert fresh.state() == (None if stage in BEFORE else expected(OLD))
    kept = committed(fresh.home)
    assert kept == {"read": 0, "split": 0, "encode": event * BATCH}.get(stage, 12)
    encoder = WordEncoder(DIMENSION)
    report = fresh.sync(encoder)
    added = 6 if stage in BEFORE else 0
    assert (report.added, report.changed, report.removed, report.unchanged) == (added, 0, 0, 6 - added)
    assert (report.passages, report.encoded, len(encoder.encoded)) == (12, 12 - kept, 12 - kept)
    assert fresh.state() == expected(OLD)
    assert [path.name for path in fresh.home.generations.iterdir()] == [report.generation]


@pytest.mark.parametrize(("stage", "event"), STAGES)
def test_a_later_sync_that_is_killed(grown: Setting, stage: str, event: int) -> None:
    assert grown.interrupt(stage, event) == KILLED
    assert grown.state() == (expected(OLD) if stage in BEFORE else expected(NEW))
    new = len(texts(NEW) - texts(OLD))
    kept = committed(grown.home) - 12
    assert (new, kept) == (9, {"read": 0, "split": 0, "encode": event * BATCH}.get(stage, 9))
    encoder = WordEncoder(DIMENSION)
    report = grown.sync(encoder)
    changes = (3, 3, 1, 2) if stage in BEFORE else (0, 0, 0, 8)
    assert (report.added, report.changed, report.removed, report.unchanged) == changes
    assert (report.passages, report.encoded, len(encoder.encoded)) == (16, new - kept, new - kept)
    assert set(encoder.encoded) <= texts(NEW) - texts(OLD)
    assert grown.state() == expected(NEW)
    assert len(list(grown.home.generations.iterdir())) == 2


def test_killed_again_and_again_a_sync_still_gets_there(grown: Setting) -> None:
    """Every attempt is killed a little later than the one before, and none loses what they had."""
    for stage, event in (("read", 2), ("split", 3), ("encode", 1), ("encode", 1), ("generation-renamed", 1)):
        assert grown.interrupt(stage, event) == KILLED
    assert grown.state() == expected(OLD)
    assert committed(grown.home) == 12 + 9
    report = grown.sync(WordEncoder(DIMENSION))
    assert (report.passages, report.encoded) == (16, 0)
    assert grown.state() == expected(NEW)


# Sanctions lists

OLD_LISTS = {
    "un.xml": un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak Nam"),
    "sdn.csv": sdn({1: "RI, Won", 2: "PAK, Nam"}),
    "alt.csv": alt({1: "LI, Weon"}),
    "post.md": "# Post\n\nThe post closed early.\n",
}
NEW_LISTS = OLD_LISTS | {
    "un.xml": un("2020-11-30", KPi_001="Ri Won", KPi_003="Kim Dok"),
    "alt.csv": alt({1: "LI, Weoun"}),
    "second.xml": un("2019-05-01", KPi_001="Ri Won", KPi_009="O Il"),
}


def lists(setting: Setting) -> tuple[object, ...]:
    """What the index answers with, what its register knows, and that all of it can be read."""
    library = Library(setting.home.library)
    try:
        opened = Searcher(setting.home, library, WordEncoder(DIMENSION)).open()
        register = opened.register
        versions = [
            (listing.list, listing.reference, document.text, [register.editions[place].date for place in each.editions])
            for listing in register.listings
            for each in listing.versions
            for document in library.documents([each.document_key]).values()
        ]
        current = [(each.id, each.text) for each in library.current_documents()]
        return current, editions(opened), sorted(versions), opened.generation.record.count
    finally:
        library.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """What both syncs end in if nothing happens to them."""
    place = tmp_path_factory.mktemp("undisturbed")
    setting = Setting(Home(place / "home"), place / "posts")
    for files in (OLD_LISTS, NEW_LISTS):
        setting.fill(files)
        setting.sync(WordEncoder(DIMENSION))
    return lists(setting)


@pytest.mark.parametrize(("stage", "event"), [("read", 1), ("read", 3), *STAGES[1:]])
def test_lists_after_a_sync_that_was_killed(
    fresh: Setting, undisturbed: tuple[object, ...], stage: str, event: int
) -> None:
    fresh.fill(OLD_LISTS)
    fresh.sync(WordEncoder(DIMENSION))
    before = lists(fresh)
    fresh.fill(NEW_LISTS)
    assert fresh.interrupt(stage, event) == KILLED
    if stage in BEFORE:
        assert lists(fresh) == before
    report = fresh.sync(WordEncoder(DIMENSION))
    assert lists(fresh) == undisturbed
    assert fresh.sync(WordEncoder(DIMENSION)).generation == report.generation


# A disk that refuses

LIBRARY = "The library cannot be read or written (disk I/O error); the index is as it was."
VECTORS = "The index cannot be stored: File too large."
WORDS = "The lexical index cannot be stored; is the disk full?"


@pytest.mark.parametrize(
    ("stage", "event", "most_bytes", "last", "sentence"),
    [
        ("start", 1, 100, "read", LIBRARY),  # the journal
        ("start", 1, 30_000, "read", LIBRARY),  # the library
        ("encode", 1, 4000, "encode", LIBRARY),
        ("encode", 3, 100, "encode", VECTORS),
        ("encode", 3, 600, "encode", WORDS),  # the dictionary of terms
        ("encode", 3, 1000, "encode", WORDS),  # what is written of the index last
        ("encode", 3, 4000, "generation-renamed", LIBRARY),  # only the publication
    ],
)
def test_a_full_disk_leaves_the_old_generation_answering(
    grown: Setting, stage: str, event: int, most_bytes: int, last: str, sentence: str
) -> None:
    ending = grown.interrupt(stage, event, most_bytes)
    assert ending == Ending(0, last, ("StorageError", sentence))
    assert grown.state() == expected(OLD)
    report = grown.sync(WordEncoder(DIMENSION))
    assert (report.added, report.changed, report.removed, report.unchanged) == (3, 3, 1, 2)
    assert grown.state() == expected(NEW)


def test_syncs_that_fail_leave_no_heap_of_indexes(grown: Setting) -> None:
    for _ in range(3):
        assert grown.interrupt("generation-renamed", 1, 4000).error == ("StorageError", LIBRARY)
        assert len(list(grown.home.generations.iterdir())) == 2  # the one that answers, and this failure
    assert grown.state() == expected(OLD)


def test_a_first_sync_on_a_full_disk_leaves_nothing_to_answer(fresh: Setting) -> None:
    assert fresh.interrupt("start", 1, 100) == Ending(0, "", ("StorageError", LIBRARY))
    assert fresh.interrupt("encode", 3, 300).error == ("StorageError", VECTORS)
    assert fresh.state() is None
    assert fresh.sync(WordEncoder(DIMENSION)).passages == 12
    assert fresh.state() == expected(OLD)
