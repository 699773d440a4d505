"""A power cut at any moment of a sync leaves the old index or the new one, and what was told done lasts.

A real sync is recorded by strace, call by call. Its files are then made as a power cut after each call may leave them:
with all that was not flushed, with none of it, with the names alone or the bytes alone, or with some of it by chance.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from index.home import delete_folder
from index.manifest import SourceEntry, put_entry
from tests.fakes.post_library import (
    DIMENSION,
    NOTHING,
    OLD,
    PostLibrary,
    State,
    changed,
    filled,
    post,
    quick_folder,
    undisturbed,
)
from tests.fakes.power_loss import CUTS, Call, Cut, Disk, Tree, by_chance, is_traceable, record, write_tree
from tests.fakes.word_encoder import WordEncoder
from tests.rounds import Rounds

pytestmark = pytest.mark.skipif(not is_traceable(), reason="strace is not installed, or may not trace here")

ROOT = Path(__file__).resolve().parents[2]
SYNC = """
import sys
from pathlib import Path
from tests.fakes.post_library import PostLibrary

place = Path(sys.argv[1])
with (place / "told").open("ab", buffering=0) as told:
    PostLibrary(place).sync(lambda progress: told.write(f"{progress.stage} {progress.done}".encode()))
    told.write(b"done")
"""
"""Whatever it tells is written into a file, and stands so among the calls."""

PUT = """
import sys
from pathlib import Path
from index.manifest import SourceEntry, put_entry

put_entry(Path(sys.argv[1]) / "home" / "sources.toml", SourceEntry("two", "/two"))
"""


Point = tuple[int, str]
"""A power cut after so many calls, of a kind of ``CUTS``."""


@dataclass(frozen=True)
class Recording:
    """What a program did to the folder ``place``, beginning with ``before``, a copy of it."""

    before: Path
    place: Path
    calls: list[Call]

    def points(self) -> list[Point]:
        """After each call that changes or flushes something, the power cuts that leave other files than those before
        them.
        """
        disk, seen, found = self._disk(), set(), []
        for number, call in enumerate(self.calls, 1):
            disk.play(call)
            if self._matters(call):
                for name, cut in CUTS.items():
                    tree = left(disk, cut)
                    digest = hashlib.sha256(repr(sorted(tree.items())).encode()).digest()
                    if self._tells(call) or digest not in seen:
                        seen.add(digest)
                        found.append((number, name))
        return found

    def after(self, number: int, cut: Cut) -> tuple[frozenset[str], Tree]:
        """What was told in so many calls, and the files that a power cut leaves then."""
        disk = self._disk()
        for call in self.calls[:number]:
            disk.play(call)
        told = {call.content.decode() for call in self.calls[:number] if self._tells(call)}
        return frozenset(told), left(disk, cut)

    def moments(self) -> list[int]:
        """After how many calls something is changed, flushed or told."""
        return [number for number, call in enumerate(self.calls, 1) if self._matters(call)]

    def told_in(self, last: str) -> int:
        """In how many calls."""
        return next(
            number for number, call in enumerate(self.calls, 1) if self._tells(call) and call.content == last.encode()
        )

    def check_model(self) -> None:
        """Played to the end, all calls must give just the files that the program left."""
        _, tree = self.after(len(self.calls), CUTS["all is kept"])
        assert tree == left(Disk.of(self.place), CUTS["all is kept"])

    def _disk(self) -> Disk:
        disk = Disk.of(self.before)
        disk.root = str(self.place)
        return disk

    def _tells(self, call: Call) -> bool:
        return call.name == "write" and call.paths[0] == f"{self.place}/told"

    def _matters(self, call: Call) -> bool:
        inside = call.paths[0].startswith(f"{self.place}/home") or call.paths[0] == str(self.place)
        return self._tells(call) or (inside and call.name not in {"lseek", "mmap"})


def left(disk: Disk, cut: Cut) -> Tree:
    return {path: content for path, content in disk.left_by(cut).items() if path.split("/")[0] == "home"}


def recorded(before: PostLibrary, folder: Path, program: str) -> Recording:
    place = folder / "recorded"
    shutil.copytree(before.place, place)
    recording = Recording(before.place, place, record(program, [str(place)], folder / "log", ROOT))
    recording.check_model()
    return recording


@dataclass(frozen=True)
class Case:
    """A sync that was recorded: what answered before, what answers after it."""

    folder: Path
    recording: Recording
    old: State
    new: State
    stored: set[tuple[str, str]]

    def check(self, told: frozenset[str], tree: Tree) -> None:
        place = self.folder / "cut"
        write_tree(tree | {"posts": None}, place)
        cut = PostLibrary(place)
        cut.fill({file.name: file.read_text() for file in (self.recording.place / "posts").iterdir()})
        found = cut.state()
        assert found in ((self.new,) if "published 0" in told else (self.old, self.new))
        stored = cut.stored()
        assert self.stored <= stored
        encoder = WordEncoder(DIMENSION)
        report = cut.sync(encoder=encoder)
        assert cut.state() == self.new
        assert stored <= cut.stored()
        if "generation-written 0" in told:
            assert encoder.encoded == []
        assert len(list(cut.home.generations.iterdir())) <= 2
        assert (cut.home.generations / report.generation).is_dir()
        delete_folder(place)


@pytest.fixture(scope="module", params=["first sync", "later sync", "growing sync"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    with quick_folder() as folder:
        first = request.param == "first sync"
        before = PostLibrary(folder / "before") if first else filled(folder / "before")
        files = OLD if first else changed(OLD, Random(4))
        if request.param == "growing sync":  # which takes over files of the index before
            files = OLD | {"90.md": post(90, "orchard"), "91.md": post(91, "pond")}
        before.fill(files)
        (before.place / "told").touch()
        old, stored = (NOTHING, set()) if first else (before.state(), before.stored())
        new = undisturbed(before, files, folder / "undisturbed")
        recording = recorded(before, folder, SYNC)
        assert PostLibrary(recording.place).state() == new != old
        assert any(call.name.startswith("link") for call in recording.calls) == (request.param == "growing sync")
        yield Case(folder, recording, old, new, stored)


def test_the_old_index_or_the_new_one_after_a_power_cut(case: Case, rounds: Rounds) -> None:
    """In the long form all states that are no matter of chance, and then many that are."""
    recording = case.recording
    points = recording.points() if rounds.soak else []
    assert len(recording.calls) > 300
    for number, random in rounds(short=16, long=len(points) + 1500):
        if number < len(points):
            after, cut = points[number]
            case.check(*recording.after(after, CUTS[cut]))
        else:
            chosen = random.choice([*CUTS.values(), by_chance(random), by_chance(random)])
            case.check(*recording.after(random.choice(recording.moments()), chosen))


@pytest.mark.parametrize("cut", CUTS)
def test_what_was_told_done_lasts(case: Case, cut: str) -> None:
    for last in ("published 0", "done"):
        case.check(*case.recording.after(case.recording.told_in(last), CUTS[cut]))
    case.check(*case.recording.after(len(case.recording.calls), CUTS[cut]))


def test_the_old_manifest_or_the_new_one_after_a_power_cut(rounds: Rounds) -> None:
    with quick_folder() as folder:
        before = PostLibrary(folder / "before")
        before.home.path.mkdir(parents=True)
        manifest = before.home.manifest
        put_entry(manifest, SourceEntry("one", "/one"))
        old = manifest.read_bytes()
        recording = recorded(before, folder, PUT)
        new = PostLibrary(recording.place).home.manifest.read_bytes()
        assert json.dumps("/two").encode() in new
        trees = [recording.after(number, CUTS[cut]) for number, cut in recording.points()]
        moments = recording.moments()
        for _, random in rounds(short=50, long=500):
            trees.append(recording.after(random.choice(moments), by_chance(random)))
        assert {tree["home/sources.toml"] for _, tree in trees} == {old, new}
        assert recording.after(len(recording.calls), CUTS["all is lost"])[1]["home/sources.toml"] == new
