"""kill -9 anywhere in a sync leaves the old index or the new one, exactly, and no committed document is lost.

A round copies a library, changes its files and kills syncs of them: at something that the sync told of, at a call of a
function, or after some time. Whatever is left must answer as before or as after; the next sync must lose nothing of
what was committed, encode none of it again, and end where a sync ends to which nothing happens.
"""

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import FrameType

import pytest

from index.home import delete_folder
from index.types import Progress
from tests.fakes.apart import Ending, Process, apart
from tests.fakes.post_library import (
    DIMENSION,
    NOTHING,
    OLD,
    Files,
    PostLibrary,
    State,
    changed,
    undisturbed,
)
from tests.fakes.word_encoder import WordEncoder
from tests.rounds import Rounds

KILLED = -signal.SIGKILL
MOST_CALLS = 30_000
"""About as many functions are called in a sync."""
MOST_SECONDS = 0.08
"""About as long a sync takes."""


def synced(talk: Connection, place: Path) -> list[str]:
    """The stages that it tells of, in order."""
    told: list[str] = []
    PostLibrary(place).sync(lambda progress: told.append(progress.stage))
    return told


def killed_at_stage(talk: Connection, place: Path, event: int) -> None:
    """Kills itself when it has told of so much."""
    told = 0

    def tell(progress: Progress) -> None:
        nonlocal told
        told += 1
        if told == event:
            os.kill(os.getpid(), signal.SIGKILL)

    PostLibrary(place).sync(tell)


def killed_at_call(talk: Connection, place: Path, call: int) -> None:
    """Kills itself when so many functions, Python's or C's, were entered or left."""
    called = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal called
        called += 1
        if called == call:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    PostLibrary(place).sync()
    sys.setprofile(None)


def killed_in_time(place: Path, seconds: float) -> Ending:
    process = Process(synced, place)
    process.wait(seconds)
    process.kill()
    return process.ending()


def kill_somewhere(place: Path, random: Random) -> Ending:
    way = random.randrange(3)
    if way == 0:
        return apart(killed_at_stage, place, random.randint(1, 25))
    if way == 1:
        return apart(killed_at_call, place, random.randint(1, MOST_CALLS))
    return killed_in_time(place, random.uniform(0, MOST_SECONDS))


def check_after(killed: PostLibrary, committed: set[tuple[str, str]], allowed: tuple[State, ...]) -> State:
    """What a kill may leave: one of these states, which is given, and all that was ever committed."""
    found = killed.state()
    assert found in allowed
    assert committed <= killed.stored()
    return found


def finish(killed: PostLibrary, new: State) -> None:
    """The next sync gets there, and then there is nothing left to do."""
    stored = killed.stored()
    vectors = count_of_vectors(killed)
    encoder = WordEncoder(DIMENSION)
    report = killed.sync(encoder=encoder)
    assert stored <= killed.stored()
    assert count_of_vectors(killed) == vectors + len(encoder.encoded)
    assert killed.state() == new
    generations = {path.name for path in killed.home.generations.iterdir()}
    assert report.generation in generations
    assert len(generations) <= 2
    again = killed.sync()
    assert (again.generation, again.encoded, again.added, again.changed, again.removed) == (
        report.generation, 0, 0, 0, 0,
    )  # fmt: skip


def count_of_vectors(library: PostLibrary) -> int:
    with library.library() as opened, opened._database.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])


def stages_of(place: Path) -> list[str]:
    ending = apart(synced, place)
    assert ending.code == 0
    return list(ending.value)


@pytest.mark.parametrize("first", [True, False], ids=["first sync", "later sync"])
def test_killed_at_each_thing_that_a_sync_tells_of(folder: Path, template: PostLibrary, first: bool) -> None:
    """Without chance: at every stage, before and after the publication."""
    files = OLD if first else changed(OLD, Random(1))
    folder = folder / str(first)
    start = PostLibrary(folder / "start") if first else template.copy(folder / "start")
    start.fill(files)
    old = NOTHING if first else template.state()
    whole = start.copy(folder / "whole")
    stages = stages_of(whole.place)
    new = whole.state()
    published = stages.index("published") + 1
    assert {"read", "encode", "generation-written", "generation-renamed", "cleaned"} <= set(stages)
    chosen = [number for number, stage in enumerate(stages, 1) if stages.index(stage) + 1 == number]
    for event in chosen:
        killed = start.copy(folder / f"event-{event}")
        committed = set() if first else killed.stored()
        assert apart(killed_at_stage, killed.place, event).code == KILLED
        check_after(killed, committed, (old,) if event < published else (new,))
        finish(killed, new)


def test_killed_anywhere(folder: Path, template: PostLibrary, rounds: Rounds) -> None:
    old = template.state()
    endings = {0: 0, KILLED: 0}
    for number, random in rounds(short=12, long=1000):
        files: Files = changed(OLD, random)
        new = undisturbed(template, files, folder / "undisturbed")
        killed = template.copy(folder / f"round-{number}")
        killed.fill(files)
        committed = killed.stored()
        allowed: tuple[State, ...] = (old, new)
        for _ in range(random.randint(1, 3)):
            ending = kill_somewhere(killed.place, random)
            endings[ending.code] += 1
            if check_after(killed, committed, allowed) == new:
                allowed = (new,)
            committed = killed.stored()
        finish(killed, new)
        delete_folder(killed.place)
    assert endings[KILLED] > endings[0]
