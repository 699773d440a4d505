"""A sync that is killed, or that the disk refuses, at every stage: what answers is old or new, whole.

The syncs run in processes of their own, which really end by SIGKILL and really meet a limit on the
size of files (RLIMIT_FSIZE: to a program the same as a disk that is full).
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.generation import Generation
from index.home import Home
from index.library import Library
from index.search import Searcher
from index.sync import Limits, SyncReport, sync
from index.types import Filter, Source
from tests.fakes.word_encoder import WordEncoder

LIMITS = Limits(most_bytes=100_000, passage_tokens=8)
BATCH = 4
OLD = {f"{n}.md": f"# Post {n}\n\nThe post number{n} closed early.\n\nIt had a garden{n}.\n" for n in range(6)}
NEW = {path: text for path, text in OLD.items() if path != "0.md"} | {
    f"{n}.md": f"# Post {n}\n\nThe post number{n} closed early.\n\nIt had a tower{n}.\n" for n in range(3, 9)
}

CHILD = """
import json, os, resource, signal, sys
from pathlib import Path
from index import sync as module
from index.errors import LegationError
from index.home import Home
from index.library import Library
from index.types import Source
from tests.fakes.word_encoder import WordEncoder

home, folder, stage, event, most_bytes = Home(Path(sys.argv[1])), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
module.ENCODE_BATCH = int(sys.argv[6])
heard = []

def tell(progress):
    heard.append(progress.stage)
    if heard.count(stage) == event:
        os.kill(os.getpid(), signal.SIGKILL)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if most_bytes:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
try:
    library = Library(home.library)
    limits = module.Limits(100_000, 8)
    module.sync(home, library, WordEncoder(), limits, add=[Source("posts", folder, "c")], tell=tell)
    library.close()
    print(json.dumps(["done", "", 0, heard]))
except LegationError as error:
    print(json.dumps([type(error).__name__, error.user_message, error.exit_code, heard]))
"""


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

    def child(self, stage: str = "", event: int = 0, most_bytes: int = 0) -> subprocess.CompletedProcess[str]:
        arguments = [str(self.home.path), str(self.folder), stage, str(event), str(most_bytes), str(BATCH)]
        command = [sys.executable, "-c", CHILD, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

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
            everything = opened.search(WordEncoder().encode_query("x"), [], 1000, Filter())
            stored = library.passages([each.passage_id for each in everything])
            searcher = Searcher(self.home, library, WordEncoder())
            for passage in stored:  # each of them is found first by its own words
                found = searcher.search(f"{passage.document.title} {passage.text}", Filter(), 1).hits
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
    report = fresh.sync(WordEncoder())
    assert (report.added, report.passages, report.encoded) == (6, 12, 12)
    assert fresh.state() == expected(OLD)
    fresh.fill(NEW)
    return fresh


STAGES = [
    ("read", 1), ("read", 5), ("split", 1), ("split", 4), ("encode", 1), ("encode", 2), ("generation-written", 1),
    ("generation-renamed", 1), ("published", 1), ("cleaned", 1),
]  # fmt: skip
BEFORE = ("read", "split", "encode", "generation-written", "generation-renamed")


def committed(home: Home) -> int:
    """How many vectors the library holds."""
    import sqlite3

    connection = sqlite3.connect(home.library)
    (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    connection.close()
    return int(count)


@pytest.mark.parametrize(("stage", "event"), STAGES)
def test_a_first_sync_that_is_killed(fresh: Setting, stage: str, event: int) -> None:
    assert fresh.child(stage, event).returncode == -signal.SIGKILL
    assert fresh.state() == (None if stage in BEFORE else expected(OLD))
    kept = committed(fresh.home)
    assert kept == {"read": 0, "split": 0, "encode": event * BATCH}.get(stage, 12)
    encoder = WordEncoder()
    report = fresh.sync(encoder)
    added = 6 if stage in BEFORE else 0
    assert (report.added, report.changed, report.removed, report.unchanged) == (added, 0, 0, 6 - added)
    assert (report.passages, report.encoded, len(encoder.encoded)) == (12, 12 - kept, 12 - kept)
    assert fresh.state() == expected(OLD)
    assert [path.name for path in fresh.home.generations.iterdir()] == [report.generation]


@pytest.mark.parametrize(("stage", "event"), STAGES)
def test_a_later_sync_that_is_killed(grown: Setting, stage: str, event: int) -> None:
    assert grown.child(stage, event).returncode == -signal.SIGKILL
    assert grown.state() == (expected(OLD) if stage in BEFORE else expected(NEW))
    new = len(texts(NEW) - texts(OLD))
    kept = committed(grown.home) - 12
    assert (new, kept) == (9, {"read": 0, "split": 0, "encode": event * BATCH}.get(stage, 9))
    encoder = WordEncoder()
    report = grown.sync(encoder)
    changes = (3, 3, 1, 2) if stage in BEFORE else (0, 0, 0, 8)
    assert (report.added, report.changed, report.removed, report.unchanged) == changes
    assert (report.passages, report.encoded, len(encoder.encoded)) == (16, new - kept, new - kept)
    assert set(encoder.encoded) <= texts(NEW) - texts(OLD)
    assert grown.state() == expected(NEW)
    assert len(list(grown.home.generations.iterdir())) == 2


def test_killed_again_and_again_a_sync_still_gets_there(grown: Setting) -> None:
    for stage, event in STAGES[:8]:
        assert grown.child(stage, event).returncode == -signal.SIGKILL or stage in {"read", "split", "encode"}
        if stage in BEFORE and grown.state() != expected(NEW):
            assert grown.state() == expected(OLD)
    report = grown.sync(WordEncoder())
    assert report.passages == 16
    assert grown.state() == expected(NEW)


# A disk that refuses

SIZES = [100, 600, 1100, 2000, 4000, 16_000, 40_000, 70_000, 90_000]


def test_a_full_disk_leaves_the_old_generation_answering(grown: Setting) -> None:
    """Whatever is the first to be refused: the journal, the library, a part of the index."""
    before = grown.state()
    reached = set()
    for size in SIZES:
        result = grown.child(most_bytes=size)
        assert result.returncode == 0, result.stderr
        error, sentence, code, heard = json.loads(result.stdout)
        reached.add(heard[-1] if heard else "")
        print(size, error, sentence, heard[-1:], file=sys.stderr)
        if error == "done":
            break
        assert (error, code) == ("StorageError", 9)
        assert sentence.endswith((".", "?"))
        assert grown.state() == before
    assert 0
