"""Questions about names, from question to checked quotes: how long they take, and whose entry is quoted.

Names of the lists are drawn with a seed and asked for in a question, as they stand and with one typed error; then the
people of negatives.csv, who are on no list. Without --home, a library of the UN's and OFAC's list is made, which takes
minutes.

    python benchmarks/name_questions.py [--home FOLDER] --names FOLDER
"""

import argparse
import csv
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import ROOT, Table, build_home, parser, report
from name_matching import typed_wrongly

from bot.answer import Answerer
from bot.assemble import Legation
from bot.question import make_question
from bot.settings import load_settings
from bot.types import Answer
from index.names import normal_form
from index.register import Register

SHARED = ROOT.parent / "shared"
PACKAGES = ("rapidfuzz", "anyascii")
QUESTION = "is {} sanctioned?"
TARGETS = "Targets: median under 50 ms; at most 2% of the people on no list quoted as a match."

Key = tuple[str, str]  # the short name of a list, and a reference in it


@dataclass(frozen=True, slots=True)
class Named:
    """A listed name, and the entries that have it, in whatever order or case."""

    text: str
    own: Key
    entries: frozenset[Key]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="legation-names-") as work:
        home = options.home or build_home(Path(work), [options.un, options.ofac], options.model_cache)
        cache = {} if options.model_cache is None else {"model_cache": options.model_cache.resolve()}
        legation = Legation(load_settings(home, **cache))
        names = _names(legation, options.sample, random.Random(options.seed))
        legation.answerer.answer(make_question(QUESTION.format(names[0].text)))  # opens everything
        found, times = _found(legation.answerer, names, options.seed)
        people, their_times = _people(legation.answerer, options.names / "negatives.csv")
    report(
        "Questions about names",
        [
            Table("Milliseconds of a warm process, one question at a time", [_spread("listed", times), their_times]),
            Table("Whose entry is quoted first", found),
            Table("People on no list", people),
        ],
        options.json,
        notes=(TARGETS,),
        extra=PACKAGES,
    )


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--home", type=Path, metavar="FOLDER", help="a library that holds the lists (default: make one)")
    made.add_argument("--un", type=Path, default=SHARED / "lists" / "un-2020-11-30.xml", metavar="FILE")
    made.add_argument("--ofac", type=Path, default=SHARED / "lists" / "ofac-2019", metavar="FOLDER")
    made.add_argument("--names", type=Path, default=SHARED / "names", metavar="FOLDER")
    made.add_argument("--sample", type=int, default=500, metavar="N", help="listed names to ask for (default 500)")
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


def _names(legation: Legation, count: int, maker: random.Random) -> list[Named]:
    """Strong names in Latin letters of entries that are in the newest edition of their list."""
    from index.search import Searcher

    searcher = Searcher(legation.home, legation.library, legation.encoder)
    register: Register = searcher.open().register
    current = {place for place, edition in enumerate(register.editions) if edition.current}
    keys = {
        version.document_key: (listing.list, listing.reference)
        for listing in register.listings
        for version in listing.versions
        if not current.isdisjoint(version.editions)
    }
    texts: list[tuple[str, Key]] = []
    holders: dict[tuple[str, ...], set[Key]] = defaultdict(set)
    for key, document in legation.library.documents(list(keys)).items():
        for name in document.entry.names if document.entry is not None else ():
            text = document.text[name.start : name.end]
            holders[normal_form(text).key].add(keys[key])
            if not name.weak and text.isascii():
                texts.append((text, keys[key]))
    chosen = maker.sample(sorted(texts), count)
    return [Named(text, own, frozenset(holders[normal_form(text).key])) for text, own in chosen]


def _found(answerer: Answerer, names: Sequence[Named], seed: int) -> tuple[list[dict[str, Any]], list[float]]:
    ways: dict[str, Callable[[str, random.Random], str]] = {
        "as they stand": lambda text, _: text,
        "one typed error": typed_wrongly,
    }
    rows, times = [], []
    for title, change in ways.items():
        maker = random.Random(seed)
        counts = dict.fromkeys(("first", "quoted", "quoted or a candidate", "no match at all"), 0)
        for name in names:
            answer = answerer.answer(make_question(QUESTION.format(change(name.text, maker))))
            times.append(answer.elapsed_ms)
            quoted = [key for key in map(_key, _matches(answer)) if key is not None]
            alike = [
                (quote.document.entry.list, quote.pinpoint or "") for quote in answer.candidates if quote.document.entry
            ]
            counts["first"] += quoted[:1] != [] and quoted[0] in name.entries
            counts["quoted"] += name.own in quoted
            counts["quoted or a candidate"] += name.own in (*quoted, *alike)
            counts["no match at all"] += not quoted
        rows.append({"names": title, "asked": len(names)} | {what: n / len(names) for what, n in counts.items()})
    return rows, times


def _people(answerer: Answerer, path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    rows, times = [], []
    for title, question in (
        ("in a question", QUESTION),
        ("with the birth", "is {} (born {}) sanctioned?"),
        ("alone", "{}"),
    ):
        matched = looked_up = 0
        for person in people:
            answer = answerer.answer(make_question(question.format(person["full_name"], person["date_of_birth"])))
            times.append(answer.elapsed_ms)
            matched += bool(_matches(answer))
            looked_up += bool(answer.lookups)
        share = len(people)
        rows.append(
            {"asked": title, "people": share, "quoted as a match": matched / share, "looked up": looked_up / share}
        )
    return rows, _spread("on no list", times)


def _matches(answer: Answer) -> list[Any]:
    return [quote for quote in answer.quotes if quote.match is not None]


def _key(quote: Any) -> Key | None:
    entry = quote.document.entry
    return None if entry is None else (entry.list, entry.reference)


def _spread(title: str, times: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(times)
    return {
        "names": title, "asked": len(ordered), "median": median(ordered),
        "99th percentile": ordered[len(ordered) * 99 // 100], "longest": ordered[-1],
    }  # fmt: skip


if __name__ == "__main__":
    main()
