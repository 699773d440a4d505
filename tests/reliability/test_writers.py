"""Of two syncs at once one wins and the other names it; a lock whose owner is dead holds up nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from statistics import median

from index import lock
from index.errors import BusyError
from index.home import delete_folder
from index.types import Progress
from tests.fakes.apart import Ending, Process
from tests.fakes.post_library import OLD, PostLibrary, State, changed, undisturbed
from tests.rounds import Rounds

AT_ONCE = 8
"""So many pairs wait for each other in a round, most of it for a second that nobody uses."""
MOST_SECONDS = 2.0
"""Until somebody who cannot write is told so, where a processor is free: half of the syncs that were refused."""

LEFT_BEHIND = [None, "", "{", '{"process": 1}', "[]", '{"process": 4194304, "started": "2020-01-01T00:00:00+00:00"}']
"""What a sync that was killed, or a power cut, may leave of the file that names the owner."""


def held(talk: Connection, place: Path) -> str:
    """Syncs; says when it has the lock, and goes on when it is told to."""

    def tell(progress: Progress) -> None:
        if progress.stage == "read" and progress.done == 1:
            talk.send("in")
            talk.recv()

    return PostLibrary(place).sync(tell).generation


def held_patiently(talk: Connection, place: Path) -> str:
    """The same, and waits for the lock as long as it takes."""
    lock.WAIT_SECONDS = 60.0
    return held(talk, place)


class Pair:
    """Two syncs of the same home that begin at once."""

    def __init__(
        self,
        template: PostLibrary,
        files: dict[str, str],
        place: Path,
        left_behind: str | None = None,
        run: Callable[..., str] = held,
    ) -> None:
        self.library = template.copy(place)
        self.library.fill(files)
        if left_behind is not None:
            (self.library.home.path / "sync.owner").write_text(left_behind)
        self.both = (Process(run, place), Process(run, place))

    def winner(self) -> tuple[Process, Process]:
        """Which one got in, and the other one, which has ended."""
        first, second = self.both
        heard = first.hears(), second.hears()
        assert sorted(heard, key=str) == [None, "in"], heard
        return (first, second) if heard[0] else (second, first)

    def first(self) -> tuple[Process, Process]:
        """Which one got in first, and the other one."""
        ready = wait([process.talk for process in self.both])
        first, second = self.both if self.both[0].talk in ready else reversed(self.both)
        assert first.hears() == "in"
        return first, second


def is_refused(ending: Ending, owner: int) -> bool:
    refusal = ending.refusal
    assert refusal is not None, "both got in"
    assert (refusal.kind, refusal.exit_code) == ("BusyError", BusyError.exit_code)
    return refusal.sentence.startswith(f"Another sync is under way (process {owner}, started 2")


def check(pair: Pair, new: State, kill: bool) -> float:
    """One wins, the other names it. Gives the seconds until it did."""
    winner, loser = pair.winner()
    refused = loser.ending()
    assert is_refused(refused, winner.pid), refused
    if kill:
        winner.kill()
        assert winner.ending().code == -signal.SIGKILL
        assert pair.library.sync().generation
    else:
        winner.talk.send("on")
        assert winner.ending().refusal is None
    assert pair.library.state() == new
    assert not (pair.library.home.path / "sync.owner").exists()
    return refused.seconds


def test_one_of_two_syncs_wins_and_the_other_names_it(folder: Path, template: PostLibrary, rounds: Rounds) -> None:
    seconds: list[float] = []
    for number, random in rounds(short=1, long=125):
        files = changed(OLD, random)
        new = undisturbed(template, files, folder / "undisturbed")
        pairs = [
            Pair(template, files, folder / f"{number}-{place}", random.choice(LEFT_BEHIND)) for place in range(AT_ONCE)
        ]
        for pair in pairs:
            seconds.append(check(pair, new, random.random() < 0.3))
            delete_folder(pair.library.place)
    if rounds.soak and os.getloadavg()[0] < (os.cpu_count() or 1) + 1:  # others need the processors otherwise
        assert median(seconds) < MOST_SECONDS


def test_who_waits_gets_in_when_the_owner_is_killed(folder: Path, template: PostLibrary, rounds: Rounds) -> None:
    """Whatever the owner had begun is finished."""
    for number, random in rounds(short=3, long=300):
        files = changed(OLD, random)
        new = undisturbed(template, files, folder / "undisturbed")
        pair = Pair(template, files, folder / f"killed-{number}", run=held_patiently)
        winner, waiting = pair.first()
        winner.kill()
        assert winner.ending().code == -signal.SIGKILL
        assert waiting.hears() == "in"
        waiting.talk.send("on")
        assert waiting.ending().refusal is None
        assert pair.library.state() == new
        delete_folder(pair.library.place)


def test_the_command_line_ends_with_the_code_of_its_own(folder: Path, template: PostLibrary) -> None:
    library = template.copy(folder / "command")
    library.fill(changed(OLD, Random(1)))
    owner = Process(held, library.place)
    assert owner.hears() == "in"
    environment = os.environ | {"LEGATION_HOME": str(library.home.path), "LEGATION_MODEL_CACHE": str(folder)}
    program = (
        "import sys\n"
        "from bot import assemble, cli\n"
        "from tests.fakes.post_library import DIMENSION\n"
        "from tests.fakes.word_encoder import WordEncoder\n"
        "assemble.load_encoder = lambda *chosen: WordEncoder(DIMENSION)\n"
        "cli.main(['sync'])\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert finished.returncode == BusyError.exit_code == 10
    assert f"(process {owner.pid}, started 2" in finished.stderr
    assert "Traceback" not in finished.stderr
    owner.talk.send("on")
    assert owner.ending().code == 0
