"""After whatever came before, an index that took over pieces of others is the one that is made from nothing.

A round is a life of a library: files come, change, go and move between collections; models and the size of passages are
changed; builds are cut short, the library is put back to an earlier state, vectors are lost, files of the index are
damaged. After each sync, what is found is compared with an index of the same library that took nothing over, and what
is in it with a library that was made from the files as they are now.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from index import nearest
from index.building import LibraryContent, places_of
from index.concept import concepts
from index.home import Home
from index.library import Library
from index.library_rows import GenerationRecord
from index.local_store import LocalStore
from index.pieces import Pieces
from index.sync import Limits, sync
from index.types import Filter, Query, Source
from tests.fakes.post_library import DirectReader
from tests.fakes.word_encoder import WordEncoder
from tests.rounds import Rounds

WORDS = "embassy oslo closed visa list entry bergen consulate quito tirana legation treaty note".split()
QUESTIONS = ("oslo visa", "bergen consulate", "treaty", "embassy closed")
ENCODERS = (WordEncoder(16), WordEncoder(16, "words-2", "others", salt="x"))
SOURCES = ("north", "south")


class StoppedError(BaseException):
    """As a kill or Ctrl-C."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "CHUNK_IDS", 16)
    monkeypatch.setattr("os.fsync", lambda file: None)  # no power is lost here


def text(random: Random) -> str:
    dated = [f"---\npublished: 20{random.randint(10, 24)}\n---"] if random.random() < 0.3 else []
    lines = [" ".join(random.choices(WORDS, k=random.randint(3, 8))).capitalize() for _ in range(random.randint(1, 3))]
    return "\n\n".join([*dated, f"# {random.choice(WORDS)}", *(f"{line}." for line in lines)])


class Life:
    """A library, its sources, and what happens to them."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder, self.random, self.home = folder, random, Home(folder / "home")
        self.collection = dict.fromkeys(SOURCES, "c0")
        self.encoder, self.tokens, self.lost = ENCODERS[0], 8, False
        for name in SOURCES:
            (folder / name).mkdir(parents=True)
            (folder / name / "0.md").write_text(text(random))
        self.dump = folder / "dump"

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def change(self) -> None:
        for name in SOURCES:
            for _ in range(self.random.choice((0, 0, 1, 1, 3))):
                (self.folder / name / f"{self.random.randrange(20)}.md").write_text(text(self.random))
            there = sorted((self.folder / name).iterdir())
            if self.chance(0.2) and len(there) > 1:
                self.random.choice(there).unlink()
        if self.chance(0.2):
            self.collection[self.random.choice(SOURCES)] = f"c{self.random.randrange(3)}"
        if self.chance(0.15):
            self.encoder, self.tokens = self.random.choice(ENCODERS), self.random.choice((8, 12))

    def trouble(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if self.chance(0.3):
            files = sorted(each for each in self.home.generations.rglob("*") if each.is_file() and each.stat().st_size)
            if files:
                file = self.random.choice(files)
                content = bytearray(file.read_bytes())
                content[self.random.randrange(len(content))] ^= 1
                with file.open("r+b") as stream:  # of every generation that has a link to it
                    stream.write(content)
        if self.chance(0.4):
            before = self.folder / "before"
            _copy(self.home.library, before)
            with monkeypatch.context() as patch, suppress(StoppedError):
                patch.setattr(Pieces, "end", _stop)
                self.sync(self.home)
            self.change()
            if self.chance(0.5):
                _copy(before, self.home.library)
        if self.chance(0.2) and self.dump.exists():
            _copy(self.dump, self.home.library)
        if self.chance(0.3):
            _copy(self.home.library, self.dump)
        if self.chance(0.1):
            with closing(sqlite3.connect(self.home.library)) as connection, connection:
                connection.execute("DELETE FROM vectors WHERE rowid % 3 = 0")
            self.lost = True

    def sync(self, home: Home) -> None:
        sources = [Source(name, str(self.folder / name), self.collection[name]) for name in SOURCES]
        with closing(Library(home.library)) as library:
            limits = Limits(100_000, self.tokens)
            sync(home, library, self.encoder, limits, add=sources, parser=DirectReader())  # type: ignore[arg-type]


def _stop(pieces: Pieces) -> None:
    raise StoppedError


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


@contextmanager
def current(home: Home) -> Iterator[tuple[Library, GenerationRecord]]:
    with closing(Library(home.library)) as library:
        record = library.current()
        assert record is not None
        yield library, record


def found(store: LocalStore, record: GenerationRecord, encoder: WordEncoder) -> list[object]:
    """What is found, to the last bit."""
    opened = store.open(record)
    result: list[object] = [opened.placed]
    for limits in (Filter(), Filter(("c0",)), Filter(("c1", "c2"))):
        for question in QUESTIONS:
            wanted = concepts(Query(question), opened.terms)
            # All of them: of passages that are equally good by words, which come first hangs on when they came.
            result.append(opened.search(encoder.encode_query(question), wanted, 1000, limits))
        words = opened.vocabulary(limits.collections)
        result += ([words.passages(word) for word in WORDS], words.nearest("embasy"), words.nearest("consulat"))
    return result


def held(home: Home) -> list[tuple[object, ...]]:
    """All passages of the current generation, without their numbers; each can be quoted."""
    with current(home) as (library, record):
        placed = LocalStore(home.generations).open(record).placed
        library.vectors.of_sentences(list(placed), record.fingerprint, record.dimension)
        stored = library.passages(list(placed))
        return sorted((each.document.id, placed[each.id], each.text, each.passage.start) for each in stored)


def test_what_took_pieces_over_is_what_is_made_from_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rounds: Rounds
) -> None:
    for number, random in rounds(short=3, long=400):
        life = Life(folder / str(number), random)
        life.sync(life.home)
        for step in range(10):
            store_of_nothing = life.folder / f"nothing-{step}"
            life.change()
            life.trouble(monkeypatch)
            life.sync(life.home)
            if life.lost:  # a sync to which something is new looks at nothing else, but the next one does
                life.sync(life.home)
                life.lost = False
            with current(life.home) as (library, record):
                store, nothing = LocalStore(life.home.generations), LocalStore(store_of_nothing)
                places = places_of(library.passage_rows(list(library.members()), record.splitting))
                content = LibraryContent(library, record.fingerprint, record.dimension, places.ids)
                made = nothing.build(replace(record, name="", files={}), places, content, lambda step: None)
                assert found(store, record, life.encoder) == found(nothing, made, life.encoder)
                assert store.open(record).record.fingerprint == life.encoder.fingerprint
            fresh = Home(life.folder / f"fresh-{step}")
            life.sync(fresh)
            assert held(life.home) == held(fresh)
            # A thread of tantivy may still be about to lock what was just opened, and write its file for that.
            shutil.rmtree(fresh.path, ignore_errors=True)
            shutil.rmtree(store_of_nothing, ignore_errors=True)
        shutil.rmtree(life.folder, ignore_errors=True)
