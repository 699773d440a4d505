"""A whole first sync of a folder against the time that its encoding alone takes, and a second sync.

Each is a process of its own, timed from outside: ``legation add`` into an empty home (the model was
exported before); the same texts through ``encode_passages`` alone, timed from inside and without
loading; and ``legation sync`` with nothing changed.

    python benchmarks/syncing.py --corpus FOLDER
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Cost, Table, add_corpus, build_home, legation, measure, middle, parser, peak_mib, report

from index.home import Home
from index.library import Library
from index.split import encoded_text

TARGETS = "Targets: first sync at most 1.5 times the encoding alone; second sync under 2 s of wall time."


def main() -> None:
    made = parser(__doc__)
    add_corpus(made)
    made.add_argument("--rounds", type=int, default=1, metavar="N", help="of first sync and encoding (default 1)")
    made.add_argument("--runs", type=int, default=5, metavar="N", help="of the second sync (default 5)")
    made.add_argument("--encode-only", type=Path, help=argparse.SUPPRESS)
    options = made.parse_args()
    if options.encode_only is not None:
        _encode_only(Home(options.encode_only), options.model_cache)
        return
    paths = [str(path.absolute()) for path in options.corpus]
    with tempfile.TemporaryDirectory(prefix="legation-") as name:
        folder = Path(name)
        cache = (options.model_cache or folder / "models").absolute()
        empty = folder / "empty"
        empty.mkdir()
        (empty / "word.txt").write_text("A word, so that the model is exported before anything is timed.")
        build_home(empty, [empty / "word.txt"], cache)
        first: list[Cost] = []
        alone: list[Cost] = []
        for number in range(options.rounds):
            home = folder / f"home-{number}"
            cost, output = measure(legation("add", "--json", "--home", str(home), "--", *paths), folder, cache)
            first.append(cost)
            told = json.loads(output)
            command = [
                sys.executable,
                str(Path(__file__).resolve()),
                "--encode-only",
                str(home),
                "--model-cache",
                str(cache),
            ]
            alone.append(Cost(**json.loads(measure(command, folder)[1])))
        again = legation("sync", "--json", "--home", str(home))
        second = [measure(again, folder, cache)[0] for _ in range(options.runs)]
    report("Syncing", _tables(told, middle(first), middle(alone), middle(second)), options.json, notes=(TARGETS,))


def _encode_only(home: Home, cache: Path) -> None:
    """Prints, as JSON, what ``encode_passages`` costs for every text that the sync encoded."""
    from index.export import DEFAULT_MODEL, load_encoder

    encoder = load_encoder(DEFAULT_MODEL, "int8", cache)
    library = Library(home.library)
    record = library.current()
    assert record is not None
    keys = sorted(library.members())
    rows = library.passage_rows(keys, record.splitting)
    stored = library.passages([row.id for row in rows])
    texts = list(dict.fromkeys(encoded_text(each.document, each.passage) for each in stored))
    encoder.encode_passages(texts[:16])
    cpu, started = time.process_time(), time.perf_counter()
    encoder.encode_passages(texts)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"wall_seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_mib()}))


def _tables(told: dict[str, Any], first: Cost, alone: Cost, second: Cost) -> list[Table]:
    content = {
        "documents": told["added"],
        "skipped": len(told["skipped"]),
        "passages": told["passages"],
        "encoded": told["encoded"],
    }
    costs = {
        "first sync (legation add)": first,
        "encoding alone": alone,
        "second sync (legation sync)": second,
    }
    rows = [
        {
            "what": name,
            "wall s": cost.wall_seconds,
            "CPU s": cost.cpu_seconds,
            "wall, of the encoding": cost.wall_seconds / alone.wall_seconds,
            "CPU, of the encoding": cost.cpu_seconds / alone.cpu_seconds,
            "peak MiB": cost.peak_mib,
        }
        for name, cost in costs.items()
    ]
    return [Table("What was synced", [content]), Table("Times", rows)]


if __name__ == "__main__":
    main()
