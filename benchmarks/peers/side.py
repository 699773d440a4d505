"""One side of peers.py in a process of its own: builds an index, answers one question, or answers many.

    python benchmarks/peers/side.py with_txtai build --set FOLDER --index FOLDER --model FOLDER --out FILE

peers.py starts it. A side is a module beside this one: ``load`` imports its library and loads the model, ``build``
indexes the documents and writes the index, ``open_index`` opens it and gives a function from a question, a number of
results and a number of candidates of each half of a search, to (document id, score), best first; ``open_reranked``
gives one from a question to as many texts as it says, found in the same way and then ordered by a reranker. Legation's
own has ``open_answers`` instead, from a question to an answer with quotes, with or without its reader.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

RESULTS = 10
CANDIDATES = 100
WARM_UP = 10
RERANKED = 6
"""Texts that a reranker reads: as many as the sentences that Legation's reads at most, which is in doubt."""


def main() -> None:
    options = _options()
    side = import_module(options.side)
    actions = {"build": _build, "ask": _ask, "serve": _serve, "rank": _rank}
    options.out.write_text(json.dumps(actions[options.action](side, options)))


def _build(side: ModuleType, options: argparse.Namespace) -> dict[str, Any]:
    started = time.perf_counter()
    loaded = side.load(options.index, options.model)
    ready = time.perf_counter()
    side.build(loaded, options.set, options.index)
    return {"load seconds": ready - started, "build seconds": time.perf_counter() - ready}


def _ask(side: ModuleType, options: argparse.Namespace) -> dict[str, Any]:
    search = side.open_index(options.index, options.set, options.model)
    return {"found": search(options.question, RESULTS, RESULTS)}


def _serve(side: ModuleType, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of every answer, one after the other; resident memory; and questions a second by askers."""
    started = time.perf_counter()
    ask = _asking(side, options)
    questions = _questions(options.set)
    ask(questions[0])
    opened = time.perf_counter() - started
    for question in questions[1:WARM_UP]:
        ask(question)
    times = []
    for number in range(options.questions):
        started = time.perf_counter()
        ask(questions[number % len(questions)])
        times.append(time.perf_counter() - started)
    resident = _resident_mib()
    rates = {str(askers): _rate(ask, questions, askers, options.seconds) for askers in options.askers}
    return {"open seconds": opened, "seconds": times, "resident MiB": resident, "askers": rates,
            "resident MiB after": _resident_mib()}  # fmt: skip


def _rank(side: ModuleType, options: argparse.Namespace) -> dict[str, Any]:
    """The documents found for every query, with their scores."""
    search = side.open_index(options.index, options.set, options.model)
    run: dict[str, dict[str, float]] = {}
    for query, text in _queries(options.set):
        run[query] = {document: float(score) for document, score in search(text, RESULTS, CANDIDATES)}
    return {"run": run}


def _asking(side: ModuleType, options: argparse.Namespace) -> Callable[[str], object]:
    if options.answers is not None:
        answer: Callable[[str], object] = side.open_answers(options.index, options.answers == "read")
        return answer
    if options.reranker is not None:
        reranked: Callable[[str], object] = side.open_reranked(
            options.index, options.set, options.model, options.reranker, RERANKED
        )
        return reranked
    search = side.open_index(options.index, options.set, options.model)
    return lambda question: search(question, RESULTS, RESULTS)


def _rate(ask: Callable[[str], object], questions: Sequence[str], askers: int, seconds: float) -> dict[str, Any]:
    """Questions a second with so many threads that ask one after the other. What raises an error when several
    threads ask at once is asked by one at a time instead, and the error is told.
    """
    try:
        return {"rate": _asked(ask, questions, askers, seconds, nullcontext())}
    except Exception as error:  # whatever another library raises
        rate = _asked(ask, questions, askers, seconds, threading.Lock())
        return {"rate": rate, "one at a time, because of": f"{type(error).__name__}: {error}"[:200]}


def _asked(
    ask: Callable[[str], object],
    questions: Sequence[str],
    askers: int,
    seconds: float,
    guard: AbstractContextManager[Any],
) -> float:
    """Questions a second. Raises what the first thread that failed did."""
    done, failed = [0] * askers, []
    until = time.perf_counter() + seconds

    def one(asker: int) -> None:
        number = asker
        try:
            while time.perf_counter() < until and not failed:
                with guard:
                    ask(questions[number % len(questions)])
                done[asker] += 1
                number += askers
        except Exception as error:  # told to the thread that waits
            failed.append(error)

    threads = [threading.Thread(target=one, args=(asker,)) for asker in range(askers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done) / (time.perf_counter() - started)


def _queries(chosen: Path) -> list[tuple[str, str]]:
    lines = (chosen / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [(query["_id"], query["text"]) for query in map(json.loads, lines)]


def _questions(chosen: Path) -> list[str]:
    return [text for _, text in _queries(chosen)]


def _resident_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("side", help="a module in this folder, such as with_txtai")
    made.add_argument("action", choices=("build", "ask", "serve", "rank"))
    made.add_argument("--set", type=Path, required=True, help="documents and queries in BEIR layout")
    made.add_argument("--index", type=Path, required=True, help="where the index is or goes")
    made.add_argument("--model", type=Path, required=True, help="a model of sentence-transformers")
    made.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    made.add_argument("--question", default="", help="what ask asks")
    made.add_argument("--questions", type=int, default=200, help="that serve asks one after the other")
    made.add_argument("--askers", type=int, nargs="*", default=[1, 2, 4, 8, 16], help="threads that ask at once")
    made.add_argument("--seconds", type=float, default=5, help="for which they ask")
    made.add_argument("--answers", choices=("read", "unread"), help="serve whole answers instead of searches")
    made.add_argument("--reranker", type=Path, metavar="FOLDER", help="serve what this CrossEncoder has ordered anew")
    return made.parse_args()


if __name__ == "__main__":
    main()
