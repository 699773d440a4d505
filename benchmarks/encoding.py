"""Passages encoded in a second: OnnxEncoder against SentenceTransformer.encode at its defaults.

All sides encode the same texts, those that a sync encodes (title, headings and text of a passage), each
side in a process of its own, in turn. Loading and a warm-up are not counted. The figures are medians.
int8_peak.py then says what share of the processor's peak is reached, and where the rest goes.

    python benchmarks/encoding.py --corpus FOLDER
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import Table, add_corpus, build_home, measure, parser, report

from index.home import Home
from index.library import Library
from index.split import encoded_text

SIDES = ("sentence-transformers", "float32", "int8")
PEAK = Path(__file__).parent / "int8_peak.py"
WARM_UP = 16
PROFILED = 100
LEAST_SHARE = 0.005
"""Of the time: operators that take less stand together."""

TARGET = "Target: int8 at least 2.5 times the passages a second of sentence-transformers."


def main() -> None:
    made = parser(__doc__)
    add_corpus(made)
    made.add_argument("--passages", type=int, default=600, metavar="N", help="evenly spaced (default 600)")
    made.add_argument("--rounds", type=int, default=3, metavar="N", help="of all sides (default 3)")
    made.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = made.parse_args()
    if options.side is not None:
        _time_one(options.side, Path.cwd(), options.model_cache)
        return
    with tempfile.TemporaryDirectory(prefix="legation-") as name:
        folder = Path(name)
        cache = (options.model_cache or folder / "models").absolute()
        texts = choose_texts(Home(build_home(folder, options.corpus, cache)), options.passages)
        # A first call for each side: what is exported there counts towards no figure.
        (folder / "texts.json").write_text(json.dumps(texts[:WARM_UP]))
        for side in SIDES:
            measure(_command(side, cache), folder)
        (folder / "texts.json").write_text(json.dumps(texts))
        timed: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
        for _ in range(options.rounds):
            for side in SIDES:
                cost, output = measure(_command(side, cache), folder)
                timed[side].append(json.loads(output) | {"peak": cost.peak_mib})
        (folder / "texts.json").write_text(json.dumps(texts[:: max(1, len(texts) // PROFILED)]))
        command = [sys.executable, str(PEAK), "--texts", "texts.json", "--model-cache", str(cache)]
        peak = json.loads(measure(command, folder)[1])
        vectors = {side: np.load(folder / f"{side}.npy") for side in SIDES}
    report("Encoding", [*_tables(timed, vectors), *_shares(peak)], options.json, notes=(TARGET,))


def choose_texts(home: Home, count: int) -> list[str]:
    """The encoded texts of ``count`` passages, evenly spaced over the library (all, if it has fewer)."""
    library = Library(home.library)
    record = library.current()
    assert record is not None
    keys = sorted(library.members())
    rows = library.passage_rows(keys, record.splitting)
    places = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
    chosen = library.passages([rows[place].id for place in places])
    library.close()
    return [encoded_text(stored.document, stored.passage) for stored in chosen]


def _command(side: str, cache: Path) -> list[str]:
    return [sys.executable, str(Path(__file__).resolve()), "--side", side, "--model-cache", str(cache)]


def _time_one(side: str, folder: Path, cache: Path) -> None:
    """Encodes the texts in ``folder``, keeps the vectors there, and prints what it took as JSON."""
    texts: list[str] = json.loads((folder / "texts.json").read_text())
    encode, tokens = _sentence_transformers() if side == "sentence-transformers" else _legation(side, cache)
    encode(texts[:WARM_UP])
    cpu, started = time.process_time(), time.perf_counter()
    vectors = encode(texts)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    np.save(folder / f"{side}.npy", vectors)
    print(json.dumps({"seconds": seconds, "cpu": cpu_seconds, "tokens": tokens(texts)}))


def _sentence_transformers() -> tuple[Callable[..., Any], Callable[[Sequence[str]], list[int]]]:
    from sentence_transformers import SentenceTransformer

    from index.export import DEFAULT_MODEL, resolve

    model = SentenceTransformer(str(resolve(DEFAULT_MODEL)), device="cpu")
    return model.encode, lambda texts: []


def _legation(precision: str, cache: Path) -> tuple[Callable[..., Any], Callable[[Sequence[str]], list[int]]]:
    from index.export import DEFAULT_MODEL, load_encoder

    encoder = load_encoder(DEFAULT_MODEL, precision, cache)
    if encoder.precision != precision:
        sys.exit(f"The model could not be had in {precision} without losing too much.")
    # With the two special tokens, and cut as the model cuts them: what is really computed.
    return encoder.encode_passages, lambda texts: [
        min(encoder.count_tokens(text) + 2, encoder.max_tokens) for text in texts
    ]


def _tables(timed: dict[str, list[dict[str, Any]]], vectors: dict[str, Any]) -> list[Table]:
    tokens: list[int] = timed["int8"][0]["tokens"]
    reference = vectors["sentence-transformers"]
    slowest = median(run["seconds"] for run in timed["sentence-transformers"])
    rows = []
    for side, runs in timed.items():
        seconds = median(run["seconds"] for run in runs)
        cosines = np.sum(vectors[side] * reference, axis=1)
        rows.append(
            {
                "encoder": side if side == "sentence-transformers" else f"Legation {side}",
                "passages/s": len(tokens) / seconds,
                "tokens/s": sum(tokens) / seconds,
                "CPU ms a passage": median(run["cpu"] for run in runs) * 1000 / len(tokens),
                "peak MiB": median(run["peak"] for run in runs),
                "times as fast": slowest / seconds,
                "mean cosine": float(cosines.mean()),
                "least cosine": float(cosines.min()),
            }
        )
    statistics = {
        "passages": len(tokens),
        "mean": float(np.mean(tokens)),
        "median": float(np.median(tokens)),
        "90th percentile": float(np.percentile(tokens, 90)),
        "longest": max(tokens),
    }
    return [
        Table("Tokens of the texts, special tokens included", [statistics]),
        Table(f"Medians of {len(timed['int8'])} rounds; cosines to sentence-transformers", rows),
    ]


def _shares(peak: dict[str, Any]) -> list[Table]:
    reached = {
        "peak, 10^9 multiply-adds/s": peak["peak"],
        "tokens a text": peak["tokens"],
        "million int8 multiply-adds a token": peak["multiply-adds a token"] / 1e6,
        "ms a text": peak["ms"],
        "reached, 10^9/s": peak["rate"],
        "share of the peak": peak["rate"] / peak["peak"],
        "share within int8 operators": peak["rate inside"] / peak["peak"],
    }
    rows = [
        {"operator": name, "what it is": what, "share of the time": share}
        for name, what, share in peak["operators"]
        if share >= LEAST_SHARE
    ]
    rest = sum(share for _, _, share in peak["operators"] if share < LEAST_SHARE)
    rows.append({"operator": "others", "what it is": "", "share of the time": rest})
    return [
        Table("int8 on one thread, against the product of large int8 matrices", [reached]),
        Table("Where the time goes", rows),
    ]


if __name__ == "__main__":
    main()
