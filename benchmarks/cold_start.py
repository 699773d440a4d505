"""A whole cold process of ``legation ask`` against a plain sentence-transformers script.

Both answer the same question from the same passages, vectors and model, prepared beforehand: the one
searches, ranks sentences and cites; the other (baselines/plain_sentence_transformers.py) imports
sentence-transformers, encodes the question and searches the vectors. Each runs several times, in
turn, after a first run that is not counted; the figures are medians.

    python benchmarks/cold_start.py --corpus FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Cost, Table, add_corpus, build_home, legation, measure, middle, parser, report

from index.home import Home
from index.library import Library

BASELINE = Path(__file__).parent / "baselines" / "plain_sentence_transformers.py"
TARGETS = "Targets: at least 5 times faster (wall), at most half the memory."


def main() -> None:
    made = parser(__doc__)
    add_corpus(made)
    made.add_argument("--question", default="Why was the embassy in Kabul closed in 1989?")
    made.add_argument("--runs", type=int, default=7, metavar="N", help="that are counted (default 7)")
    options = made.parse_args()
    with tempfile.TemporaryDirectory(prefix="legation-") as name:
        folder = Path(name)
        home = Home(build_home(folder, options.corpus, options.model_cache))
        count = export_vectors(home, folder)
        plain = [sys.executable, str(BASELINE), "vectors.npy", "passages.json", options.question]
        sides = {
            "legation ask --json": legation("ask", options.question, "--json", "--home", str(home.path)),
            "plain sentence-transformers": plain,
        }
        costs: dict[str, list[Cost]] = {side: [] for side in sides}
        for number in range(options.runs + 1):
            for side, command in sides.items():
                cost, output = measure(command, folder, options.model_cache)
                json.loads(output)
                if number:
                    costs[side].append(cost)
    report(f"Cold start, {count} passages", _tables(costs), options.json, notes=(TARGETS,))


def export_vectors(home: Home, folder: Path) -> int:
    """Writes vectors.npy and passages.json for the baseline into ``folder``. Returns their number."""
    import numpy as np

    library = Library(home.library)
    record = library.current()
    assert record is not None
    keys = sorted(library.members())
    rows = library.passage_rows(keys, record.splitting)
    np.save(
        folder / "vectors.npy",
        library.vectors.of_passages([row.id for row in rows], record.fingerprint, record.dimension),
    )
    texts = [stored.text for stored in library.passages([row.id for row in rows])]
    (folder / "passages.json").write_text(json.dumps(texts))
    library.close()
    return len(rows)


def _tables(costs: dict[str, list[Cost]]) -> list[Table]:
    middles = {side: middle(found) for side, found in costs.items()}
    rows: list[dict[str, Any]] = [
        {
            "process": side,
            "wall s": cost.wall_seconds,
            "CPU s": cost.cpu_seconds,
            "peak MiB": cost.peak_mib,
            "slowest wall s": max(run.wall_seconds for run in costs[side]),
        }
        for side, cost in middles.items()
    ]
    ours, theirs = rows
    names = ("wall s", "CPU s", "peak MiB", "slowest wall s")
    ratio = {"process": "plain / legation"} | {name: theirs[name] / ours[name] for name in names}
    return [Table(f"Medians of {len(next(iter(costs.values())))} runs", [*rows, ratio])]


if __name__ == "__main__":
    main()
