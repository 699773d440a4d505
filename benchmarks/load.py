"""How soon many people at once are answered from a large library, and what becomes of those who are too many.

The library is made of the documents again and again: in each copy the numbers have other last digits, and the vectors
are those of the originals, moved a little and at random. So it is no larger in meaning than the originals, but what is
searched, read, ranked and quoted is as much as in a library of that size. Everything else is real: the model that
encodes the questions, the index, the database, the state of chats, and the pool in which ``legation serve`` answers.

Each of the people asks, waits for the answer, and asks again: at once, or after a pause. Latencies are from asking to
the answer in hand, waiting for a turn included. "Busy" is the reply of the pool when too many wait; it is no error,
and comes at once. The answers come from a process of its own, whose memory is told.

    python benchmarks/load.py --passages 100000 --people 50 --pause 10 5 0 --keep HOME

With --keep, a library that is large enough is taken as it is, such as the one that growth.py made.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from machine import ROOT, Table, add_corpus, measure, parser, peak_mib, report

from bot.assemble import Legation
from bot.chat.access import Access, Place
from bot.chat.desk import Asked, Desk
from bot.chat.pool import Pool
from bot.settings import load_settings
from index.encode import OnnxEncoder
from index.errors import BusyError, LegationError
from index.types import Source, Span, Vectors

QUESTIONS = ROOT / "docs" / "example-questions.jsonl"
NOISE = 0.02
"""Of each of a vector's numbers, before it is brought to length 1 again."""
COPIES_AT_ONCE = 100
TARGET = "Target: 1 s for 99 of 100 at 50 people, no error; who is one too many is told so within 1 s."


def main() -> None:
    options = _options()
    if options.ask is not None:
        print(json.dumps(asyncio.run(_ask(options))))
        return
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="legation-load-") as work:
        home = (options.keep or Path(work) / "home").absolute()
        cache = (options.model_cache or home / "models").absolute()
        passages = _grow(home, cache, [path.resolve() for path in options.corpus], options.passages)
        many = [(options.people, pause) for pause in options.pause]
        for people, pause in ((1, 0.0), *many, (options.crowd, 0.0)):
            command = [
                sys.executable, str(Path(__file__).resolve()), "--ask", str(home), "--model-cache", str(cache),
                "--people", str(people), "--pause", str(pause), "--questions", str(options.questions),
                "--from", str(options.source.absolute()), "--reranker", options.reranker,
            ]  # fmt: skip
            cost, output = measure(command, Path(work), cache)
            rows.append({"passages": passages, **json.loads(output), "peak MiB": round(cost.peak_mib, 1)})
            print(json.dumps(rows[-1]), file=sys.stderr)
    report("Load", [Table("Milliseconds from asking to the answer", rows)], options.json, notes=(TARGET,))


@dataclass(slots=True)
class MovedVectors:
    """The real model for texts that differ in more than their digits; for the others its vectors, moved a little."""

    real: OnnxEncoder
    known: dict[bytes, tuple[Vectors, Vectors]] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return self.real.fingerprint

    @property
    def name(self) -> str:
        return self.real.name

    @property
    def dimension(self) -> int:
        return self.real.dimension

    @property
    def max_tokens(self) -> int:
        return self.real.max_tokens

    def count_tokens(self, text: str) -> int:
        return self.real.count_tokens(text)

    def encode_query(self, text: str) -> Vectors:
        return self.real.encode_query(text)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.encode_with_sentences(texts, [()] * len(texts))[0]

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, tuple[Vectors, ...]]:
        keys = [_key(text, spans) for text, spans in zip(texts, sentences, strict=True)]
        new = {key: place for place, key in enumerate(keys) if key not in self.known}
        if new:
            places = list(new.values())
            found = self.real.encode_with_sentences([texts[n] for n in places], [sentences[n] for n in places])
            self.known.update(zip(new, zip(*found, strict=True), strict=True))
        moved = [
            (_moved(vector[None], text)[0], _moved(parts, text))
            for text, (vector, parts) in zip(texts, (self.known[key] for key in keys), strict=True)
        ]
        return np.array([vector for vector, _ in moved]), tuple(parts for _, parts in moved)


def _key(text: str, spans: Sequence[Span]) -> bytes:
    plain = re.sub(r"\d", "0", text)
    return hashlib.sha256(repr((plain, [(span.start, span.end) for span in spans])).encode()).digest()


def _moved(vectors: Vectors, text: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    noise = np.random.default_rng(seed).normal(0, NOISE, vectors.shape).astype(np.float32)
    moved = vectors + noise
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def _grow(home: Path, cache: Path, folders: Sequence[Path], wanted: int) -> int:
    """Adds copies to the library until it has so many passages. Returns how many it has."""
    legation = Legation(load_settings(home, model_cache=cache))
    real = legation.encoder
    assert isinstance(real, OnnxEncoder)
    legation.__dict__["encoder"] = MovedVectors(real)
    record = legation.library.current()
    count, copy = record.count if record else 0, len(legation.library.sources()) * COPIES_AT_ONCE
    each = 0
    while count < wanted:
        here = COPIES_AT_ONCE if each == 0 else max(1, min(COPIES_AT_ONCE, -(-(wanted - count) // each)))
        with tempfile.TemporaryDirectory(prefix="legation-copies-") as written:
            for number in range(copy, copy + here):
                _write_copy(folders, Path(written) / f"{number}", number)
            source = Source(f"copies-{copy}", written, "copies")
            before, count = count, legation.sync(add=[source], only=[source.name]).passages
        each, copy = max(1, (count - before) // here), copy + here
        print(f"{count} passages", file=sys.stderr)
    legation.library.close()
    return count


def _write_copy(folders: Sequence[Path], target: Path, number: int) -> None:
    """Text files as they are but for the last digit of each number."""
    random = Random(number)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".md", ".txt", ".html"} and path.is_file():
                place = target / folder.name / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                text = path.read_text(errors="replace")
                head, front, body = text.partition("\n---\n") if text.startswith("---\n") else ("", "", text)
                place.write_text(head + front + re.sub(r"\d\b", lambda _: str(random.randrange(10)), body))


async def _ask(options: argparse.Namespace) -> dict[str, Any]:
    legation = Legation(load_settings(options.ask, model_cache=options.model_cache, reranker=options.reranker))
    legation.answerer.open()
    chat = legation.settings.chat
    desk = legation.desk(Access(), legation.settings.quotes)
    texts = [json.loads(line)["question"] for line in options.source.read_text().splitlines()]
    for text in texts[:5]:
        desk.answer(Asked(text, Place("chat", "newsroom", "reader")))
    pool = Pool(chat.workers or os.cpu_count() or 1, chat.waiting)
    outcomes: Counter[str] = Counter()
    times: dict[str, list[float]] = {"answered": [], "busy": []}
    each = -(-options.questions // options.people)
    started, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(
        *(
            _person(number, each, options.pause[0], desk, pool, texts, outcomes, times)
            for number in range(options.people)
        )
    )
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    pool.close()
    answered, busy = (np.array(times[kind]) * 1000 for kind in ("answered", "busy"))
    return {
        "reader": options.reranker,
        "people": options.people,
        "pause s": options.pause[0],
        "answers": len(answered),
        "a second": round(len(answered) / seconds, 1),
        "CPU ms an answer": round(processor * 1000 / len(answered), 1),
        "median": round(float(np.median(answered)), 1),
        "p99": round(float(np.quantile(answered, 0.99)), 1),
        "worst": round(float(answered.max()), 1),
        "busy": len(busy),
        "busy worst": round(float(busy.max()), 1) if len(busy) else 0.0,
        "errors": outcomes["error"],
        "own peak MiB": round(peak_mib(), 1),
    }


async def _person(
    number: int,
    each: int,
    pause: float,
    desk: Desk,
    pool: Pool,
    texts: Sequence[str],
    outcomes: Counter[str],
    times: dict[str, list[float]],
) -> None:
    random = Random(number)
    await asyncio.sleep(random.random() * pause)
    for count in range(each):
        asked = Asked(random.choice(texts), Place("chat", "newsroom", f"reader{number}"), (f"{number}",), f"{count:06}")
        started = time.perf_counter()
        try:
            await pool.run(lambda asked=asked: desk.answer(asked))  # type: ignore[misc]
            outcome = "answered"
        except BusyError:
            outcome = "busy"
        except LegationError as error:
            outcome = "error"
            print(error.user_message, file=sys.stderr)
        outcomes[outcome] += 1
        if outcome != "error":
            times[outcome].append(time.perf_counter() - started)
        await asyncio.sleep(pause)


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    add_corpus(made)
    made.add_argument("--passages", type=int, default=100_000, metavar="N", help="in the library (default: 100,000)")
    made.add_argument("--people", type=int, default=50, metavar="N", help="who ask at once (default: 50)")
    made.add_argument("--crowd", type=int, default=400, metavar="N", help="who are too many (default: 400)")
    made.add_argument("--pause", type=float, nargs="+", default=[5.0, 0.0], metavar="S", help="before each asks again")
    made.add_argument("--questions", type=int, default=2000, metavar="N", help="in all, a row (default: 2,000)")
    made.add_argument("--from", dest="source", type=Path, default=QUESTIONS, metavar="JSONL", help="what they ask")
    made.add_argument("--reranker", default="shipped", help="that setting: none is without the reader")
    made.add_argument("--keep", type=Path, metavar="HOME", help="keep the library here, and go on from what it holds")
    made.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    return made.parse_args()


if __name__ == "__main__":
    main()
