"""What a library costs as it grows: 1,000, 10,000, 100,000 passages, and a million when asked for.

The passages are real ones repeated and perturbed, for encoding a million would take hours: growing/copies.py says how.
One library grows from size to size. At each, the product's own code builds the generation, searches, answers, and
adds 100 documents by a real sync, every step in a process of its own. Times say what such a size costs; of quality
they say nothing, but for recall@10: the share of the ten nearest vectors, by exact search, that are found.

    python benchmarks/growth.py --passages 1000 10000 100000 --work FOLDER --corpus FOLDER

With --work, what was measured stays there and is not measured again; a growing that was cut short goes on. The
home is FOLDER/home afterwards; peers.py --library takes it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from machine import Table, add_corpus, build_home, legation, machine, measure, parser, report
from plots import Panel, Picture, keep_and_draw, percentile

STEP = Path(__file__).parent / "growing" / "step.py"
COPIES = "copies"
RESULTS = "growth.json"
NOTES = (
    "The passages are copies of real ones with words exchanged and vectors turned at random, not real ones; "
    "benchmarks/growing/copies.py says how.",
    "Targets at a million: search 15 ms at the median and 50 ms at the 99th, 2,048 MiB resident, 100 documents added "
    "within 10 s, recall@10 of 0.99.",
)


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="legation-growth-") as name:
        growth = Growth((options.work or Path(name)).absolute(), options)
        for passages in sorted(options.passages):
            growth.measure(passages)
        results = growth.results()
        for folder in options.beside:
            results |= held(folder)
        report("Growth", list(_tables(results)), options.json, NOTES)
        if options.plot is not None:
            _draw(results, options.plot)


class Growth:
    """The library that grows, and what was measured at every size."""

    def __init__(self, work: Path, options: argparse.Namespace) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self._work, self._options = work, options
        self._cache = (options.model_cache or work / "models").absolute()
        self._base, self._home = work / "base" / "home", work / "home"
        if not (work / "base" / "built").exists():
            (work / "base").mkdir(exist_ok=True)
            build_home(work / "base", options.corpus, self._cache)
            (work / "base" / "built").touch()

    def results(self) -> dict[int, dict[str, Any]]:
        """By size asked for, what was measured there."""
        return held(self._work)

    def measure(self, passages: int) -> None:
        """Measures at a size what is not there yet."""
        if "add" in self.results().get(passages, {}):
            return
        if any(size > passages for size in self.results()):
            sys.exit(f"The library is larger than {passages} passages already; take another --work.")
        for step, further in (
            ("grow", ("--passages", str(passages))),
            ("build", ()),
            ("search", self._questions()),
            ("answer", self._questions()),
        ):
            if step not in self.results().get(passages, {}):
                told = self._step(passages, step, *further)
                if step == "build":
                    told["bytes"] = self._bytes()
                self._keep(passages, step, told)
        self._add(passages)

    def _add(self, passages: int) -> None:
        """100 documents more, by the command line, from its start to its end."""
        folder = self._work / "added" / str(passages)
        self._step(passages, "add", "--target", str(folder), "--documents", str(self._options.added))
        command = legation("add", "--json", "--collection", COPIES, "--home", str(self._home), "--", str(folder))
        cost, output = measure(command, self._work, self._cache)
        self._keep(passages, "add", asdict(cost) | {"added": json.loads(output)["added"]})

    def _step(self, passages: int, step: str, *further: str) -> dict[str, Any]:
        print(f"{passages:,}: {step}", file=sys.stderr)
        out = self._work / f"{step}.out"
        places = {"base": self._base, "home": self._home, "out": out, "model-cache": self._cache}
        named = [part for name, path in places.items() for part in (f"--{name}", str(path))]
        if self._options.profile is not None:
            self._options.profile.mkdir(parents=True, exist_ok=True)
            named += ["--profile", str(self._options.profile.absolute() / f"{passages}-{step}.profile")]
        try:
            cost, _ = measure([sys.executable, str(STEP), step, *named, *further], self._work, self._cache)
        except subprocess.CalledProcessError as error:
            how = f"with status {error.returncode}" if error.returncode > 0 else f"by signal {-error.returncode}"
            sys.exit(f"At {passages:,} passages, the step {step} ended {how}; what was measured before is kept.")
        return asdict(cost) | dict(json.loads(out.read_text()))

    def _questions(self) -> tuple[str, ...]:
        return () if self._options.questions is None else ("--questions", str(self._options.questions.absolute()))

    def _bytes(self) -> dict[str, int]:
        generations = [file for file in (self._home / "generations").rglob("*") if file.is_file()]
        library = (self._home / "library.sqlite").stat().st_size
        return {"library": library, "generation": sum(file.stat().st_size for file in generations)}

    def _keep(self, passages: int, step: str, told: dict[str, Any]) -> None:
        results = self.results()
        results.setdefault(passages, {})[step] = told
        (self._work / RESULTS).write_text(json.dumps(results))


def held(work: Path) -> dict[int, dict[str, Any]]:
    """By size asked for, what was measured there."""
    path = work / RESULTS
    found = json.loads(path.read_text()) if path.exists() else {}
    return {int(size): steps for size, steps in sorted(found.items(), key=lambda pair: int(pair[0]))}


def _tables(results: dict[int, dict[str, Any]]) -> Iterator[Table]:
    whole = {size: steps for size, steps in results.items() if "answer" in steps}
    if not whole:
        return
    yield Table("Building and storing", [_building(size, steps) for size, steps in whole.items()])
    yield Table("Serving", list(_serving(whole)))
    yield Table("Where a search's time goes, median ms", [_parts(steps) for steps in whole.values()])


def _building(size: int, steps: dict[str, Any]) -> dict[str, Any]:
    built, count = steps["build"], steps["build"]["passages"]
    return {
        "passages": count,
        "documents": built["documents"],
        "written s": steps["grow"]["wall_seconds"],
        "generation built s": built["times"]["built"],
        "building, CPU s": built["cpu_seconds"],
        "published s": built["times"]["published"] - built["times"]["built"],
        "peak MiB while building": built["peak_mib"],
        "library bytes a passage": built["bytes"]["library"] / count,
        "generation bytes a passage": built["bytes"]["generation"] / count,
        "documents added": steps.get("add", {}).get("added", ""),
        "adding them s": steps.get("add", {}).get("wall_seconds", ""),
        "adding, CPU s": steps.get("add", {}).get("cpu_seconds", ""),
        "peak MiB while adding": steps.get("add", {}).get("peak_mib", ""),
    }


def _serving(results: dict[int, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    smallest = next(iter(results.values()))
    for steps in results.values():
        search, answer = steps["search"], steps["answer"]
        more = steps["build"]["passages"] - smallest["build"]["passages"]
        grown = (answer["resident MiB"] - smallest["answer"]["resident MiB"]) * 1024**2
        yield {
            "passages": steps["build"]["passages"],
            "opened s": search["open seconds"],
            "search median ms": median(search["seconds"]) * 1000,
            "search 99th ms": percentile(search["seconds"], 99) * 1000,
            "with sentences weighed, median ms": median(search["weighed seconds"]) * 1000,
            "answer median ms": median(answer["seconds"]) * 1000,
            "answer 99th ms": percentile(answer["seconds"], 99) * 1000,
            "recall@10": search["recall@10"],
            "resident MiB": answer["resident MiB"],
            "peak MiB": answer["peak_mib"],
            "resident bytes for each passage more": grown / more if more else "",
        }


def _parts(steps: dict[str, Any]) -> dict[str, Any]:
    parts = {name: median(seconds) * 1000 for name, seconds in steps["search"]["parts"].items()}
    search, weighed = (median(steps["search"][name]) * 1000 for name in ("seconds", "weighed seconds"))
    return {
        "passages": steps["build"]["passages"],
        "question encoded": parts["question encoded"],
        "words, meanwhile": parts["words searched"],
        "words and vectors": parts["words and vectors searched"],
        "the whole search": search,
        "sentences weighed": weighed - search,
    }


def _draw(results: dict[int, dict[str, Any]], path: Path) -> None:
    tables = list(_tables(results))
    building, serving = tables[0].rows, tables[1].rows
    here = machine()
    panels = (
        Panel("Index built", "seconds", 4, 1, {"index built s": _points(building, "generation built s")}),
        Panel("Bytes a passage, on disk", "bytes", 3, 0, {
            "index bytes a passage": _points(building, "generation bytes a passage"),
            "library bytes a passage": _points(building, "library bytes a passage"),
        }),
        Panel("A search", "milliseconds", 4, 1, {
            "search, median ms": _points(serving, "search median ms"),
            "search, 99th ms": _points(serving, "search 99th ms"),
        }),
        Panel("Memory of a process", "MiB", 3, 0, {
            "peak MiB while building": _points(building, "peak MiB while building"),
            "resident MiB": _points(serving, "resident MiB"),
        }),
    )  # fmt: skip
    title = f"What a library costs as it grows, on {here['cores']} cores ({here['processor']})"
    keep_and_draw(Picture(title, "passages (copies of real ones, changed)", panels), path)


def _points(rows: Sequence[Any], name: str) -> dict[str, float]:
    return {str(row["passages"]): row[name] for row in rows if row[name] != ""}


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    add_corpus(made)
    made.add_argument(
        "--passages", type=int, nargs="+", default=[1000, 10_000, 100_000], metavar="N",
        help="sizes (default: 1000 10000 100000; a million takes about 10 GB of disk)",
    )  # fmt: skip
    made.add_argument("--work", type=Path, metavar="FOLDER", help="keep all that is made there, and go on from it")
    made.add_argument(
        "--beside", type=Path, nargs="+", default=[], metavar="FOLDER",
        help="other folders of --work, whose sizes are to be in the tables and the picture, too",
    )  # fmt: skip
    made.add_argument("--questions", type=Path, metavar="FILE", help="JSON lines with question or text")
    made.add_argument("--added", type=int, default=100, metavar="N", help="documents added at each size (default: 100)")
    made.add_argument("--profile", type=Path, metavar="FOLDER", help="write what cProfile saw of each step")
    made.add_argument("--plot", type=Path, metavar="FILE", help="draw them into a .svg or .png; JSON beside it")
    return made.parse_args()


if __name__ == "__main__":
    main()
