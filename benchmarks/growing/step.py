"""One step of growth.py in a process of its own, so that its time and memory are its own.

python benchmarks/growing/step.py grow --base HOME --home HOME --passages 10000 --out FILE
"""

import argparse
import cProfile
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from index.home import Home
from index.library import Library
from index.types import Filter, Query, Vectors

ASKED = 200
WARM_UP = 10
NEAREST = 10
KEYS = 256
MOST_LETTERS = 200


def main() -> None:
    options = _options()
    steps = {"grow": _grow, "build": _build, "search": _search, "answer": _answer, "add": _documents_to_add}
    profile = cProfile.Profile()
    if options.profile is not None:
        profile.enable()
    told = steps[options.step](options)
    if options.profile is not None:
        profile.disable()
        profile.dump_stats(options.profile)
    options.out.write_text(json.dumps(told))


def _grow(options: argparse.Namespace) -> dict[str, Any]:
    from copies import grow, read_originals

    base = Library(Home(options.base).library)
    record = base.current()
    assert record is not None
    originals = read_originals(base, record)
    base.close()
    library = Library(Home(options.home).library)
    grow(library, originals, record, options.passages)
    library.close()
    return {"real passages": sum(len(original.passages) for original in originals)}


def _build(options: argparse.Namespace) -> dict[str, Any]:
    """As the last part of a sync: the next generation, of all documents, published."""
    from copies import copied_keys

    from index.building import build_generation
    from index.local_store import LocalStore

    home = Home(options.home)
    library = Library(home.library)
    base = Library(Home(options.base).library)
    splitting = base.current().splitting  # type: ignore[union-attr]
    base.close()
    keys = sorted({*library.members(), *copied_keys(library)})
    encoder = _encoder(options)
    started = time.perf_counter()
    times: dict[str, float] = {}
    record = build_generation(
        LocalStore(home.generations), library, encoder, splitting, keys, (), (),
        lambda step: times.setdefault(step, time.perf_counter() - started), library.current(),
    )  # fmt: skip
    times["built"] = time.perf_counter() - started
    library.publish(record, keys, ())
    times["published"] = time.perf_counter() - started
    LocalStore(home.generations).remove_others({record.name})
    library.close()
    return {"passages": record.count, "documents": len(keys), "times": times}


def _search(options: argparse.Namespace) -> dict[str, Any]:
    """Warm searches as answers make them, the parts they are made of, and dense recall against exact search."""
    from bot.answer import PASSAGES
    from index.concept import concepts
    from index.search import CANDIDATES, Searcher

    home = Home(options.home)
    library, encoder = Library(home.library), _encoder(options)
    searcher = Searcher(home, library, encoder)
    started = time.perf_counter()
    generation = searcher.open().generation
    opened = time.perf_counter() - started
    questions = _questions(options)

    def search(question: str) -> object:
        return searcher.search(Query(question), Filter(), NEAREST)

    def weigh(question: str) -> object:
        return searcher.search(Query(question), Filter(), PASSAGES, PASSAGES)

    times, weighed = _timed(search, questions), _timed(weigh, questions)
    resident = _resident_mib()
    vectors = [encoder.encode_query(question) for question in questions]
    wanted = [concepts(Query(question), generation.terms) for question in questions]
    places = range(len(questions))
    parts = {
        "question encoded": _timed(encoder.encode_query, questions),
        "words searched": _timed(lambda n: generation.lexical.search(wanted[n], CANDIDATES, Filter()), places),
        "words and vectors searched": _timed(
            lambda n: generation.search(vectors[n], wanted[n], CANDIDATES, Filter()), places
        ),
    }
    recall = _recall(library, generation.record, np.array(vectors), [
        sorted(((each.dense, each.passage_id) for each in generation.search(vector, each_wanted, CANDIDATES, Filter())),
               reverse=True)[:NEAREST]
        for vector, each_wanted in zip(vectors, wanted, strict=True)
    ])  # fmt: skip
    return {
        "open seconds": opened, "seconds": times, "weighed seconds": weighed, "resident MiB": resident, "parts": parts,
        "recall@10": recall,
    }  # fmt: skip


def _answer(options: argparse.Namespace) -> dict[str, Any]:
    """Warm answers, from question to checked quotes."""
    from bot.assemble import Legation
    from bot.question import make_question
    from bot.settings import load_settings

    legation = Legation(load_settings(options.home, model_cache=options.model_cache))
    legation.prepare()
    times = _timed(lambda question: legation.answerer.answer(make_question(question)), _questions(options))
    return {"seconds": times, "resident MiB": _resident_mib()}


def _documents_to_add(options: argparse.Namespace) -> dict[str, Any]:
    """Writes documents for a sync to add: real passages with words exchanged, as text files."""
    from copies import exchanged, read_originals, words_by_length

    base = Library(Home(options.base).library)
    record = base.current()
    assert record is not None
    originals = read_originals(base, record)
    words = words_by_length(originals)
    options.target.mkdir(parents=True, exist_ok=True)
    random = Random(str(options.target))
    for number in range(options.documents):
        original = originals[number % len(originals)]
        passage = random.choice(original.passages)
        text = exchanged(original.document.text[passage.start : passage.end], random, words)
        (options.target / f"{number:04d}.txt").write_text(f"{original.document.title} {number}\n\n{text}\n")
    return {}


def _recall(library: Library, record: Any, questions: Vectors, found: Sequence[Sequence[tuple[float, int]]]) -> float:
    """The share of the nearest by exact search over all vectors of the library that was found, too."""
    best: list[list[tuple[float, int]]] = [[] for _ in questions]
    keys = sorted(library.members())
    for start in range(0, len(keys), KEYS):
        part = keys[start : start + KEYS]
        rows = library.passage_rows(part, record.splitting)
        vectors = library.vectors.of_passages([row.id for row in rows], record.fingerprint, record.dimension)
        cosines = questions @ vectors.T
        for place, row in enumerate(cosines):
            near = np.argpartition(-row, min(NEAREST, len(row) - 1))[:NEAREST]
            best[place] = sorted([*best[place], *((float(row[n]), rows[n].id) for n in near)], reverse=True)[:NEAREST]
    # Of passages equally near, any will do.
    shares = [
        sum(cosine >= exact[-1][0] - 1e-5 for cosine, _ in ours) / len(exact)
        for ours, exact in zip(found, best, strict=True)
    ]
    return float(np.mean(shares))


def _questions(options: argparse.Namespace) -> list[str]:
    """Those of a file, or else beginnings of real passages."""
    if options.questions is not None:
        lines = map(json.loads, options.questions.read_text().splitlines())
        return [line.get("question") or line["text"] for line in lines][:ASKED]
    base = Library(Home(options.base).library)
    record = base.current()
    assert record is not None
    rows = base.passage_rows(sorted(base.members()), record.splitting)
    stored = base.passages([row.id for row in rows[:: max(1, len(rows) // ASKED)]][:ASKED])
    base.close()
    return [each.text[:MOST_LETTERS].rpartition(" ")[0] or each.text for each in stored]


def _timed(work: Callable[[Any], object], items: Sequence[Any]) -> list[float]:
    """Seconds of each, after a few to warm up."""
    for item in items[:WARM_UP]:
        work(item)
    times = []
    for item in items:
        started = time.perf_counter()
        work(item)
        times.append(time.perf_counter() - started)
    return times


def _encoder(options: argparse.Namespace) -> Any:
    from index.export import DEFAULT_MODEL, load_encoder

    return load_encoder(DEFAULT_MODEL, "int8", options.model_cache)


def _resident_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("step", choices=("grow", "build", "search", "answer", "add"))
    made.add_argument("--base", type=Path, required=True, help="the home of the real documents")
    made.add_argument("--home", type=Path, required=True, help="the home that grows")
    made.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    made.add_argument("--model-cache", type=Path, help="exported models")
    made.add_argument("--passages", type=int, default=0, help="grow: so many, in all")
    made.add_argument("--questions", type=Path, help="JSON lines with question or text")
    made.add_argument("--documents", type=int, default=100, help="add: so many")
    made.add_argument("--target", type=Path, help="add: the folder to write them into")
    made.add_argument("--profile", type=Path, help="write what cProfile saw into this file")
    return made.parse_args()


if __name__ == "__main__":
    main()
