"""Legation against txtai, LlamaIndex, Haystack and a plain script, on the same documents, model and cores.

Each side indexes the documents of sets in BEIR layout, ranks them for the set's queries, answers one question in a
new process, and many in one process, by one asker and by several at once. Every step of every side is a process of
its own, timed from outside. txtai runs its hybrid search, LlamaIndex and Haystack dense search and BM25 fused as
their documentation shows, the plain script dense search alone: each finds ten documents when answers are timed, and
looks at 100 candidates of each kind when documents are ranked. Legation answers whole questions, with checked quotes;
the same without its reader and its search alone stand beside that. Then the others' searches have a reranker behind
them, as their documentation shows: the weights of Legation's reader, on as many texts as that reads in doubt, cut to
as many tokens. A side whose packages are not installed is left out, and the report says so.

    pip install -e ".[bench]"
    python benchmarks/peers.py SCIFACT OBLIQA --documents 1000 --limit 200 --work FOLDER

With --work, what was measured stays there and is not measured again: sides can be measured one by one (--side), and
the report holds all of them. Answers are timed on the first set only; the others are indexed and ranked.

    python benchmarks/peers.py --library HOME --work FOLDER

takes the passages of a library, such as growth.py makes, with the vectors that it holds: nothing but questions is
encoded, so that memory and answers can be compared at sizes that would take hours to encode.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from figures import draw, tables
from machine import build_home, parser, report
from measuring import Load, Measured
from sides import SIDES

HOW = (
    "Indexing and cold answers are whole processes, imports and the model's loading included. Legation's indexing "
    "reads files, stores documents, passages, sentence vectors and words, and flushes them to the disk."
)


def main() -> None:
    options = _options()
    chosen = [side for side in SIDES if not options.side or side.option in options.side]
    notes = [
        f'{side.name} was left out: {", ".join(side.missing)} not installed; run: pip install -e ".[bench]"'
        for side in chosen
        if side.missing
    ]
    print("\n".join(notes), file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="legation-peers-") as name:
        sets = _sets(options, (options.work or Path(name)).absolute())
        for place, each in enumerate(sets):
            notes += each.measure([side for side in chosen if not side.missing], answers=place == 0)
        packages = tuple(package for side in SIDES for package in side.packages)
        report("Legation and its peers", list(tables(sets)), options.json, (HOW, *notes), packages)
        if options.plot is not None:
            draw(sets, options.plot)


def _sets(options: argparse.Namespace, work: Path) -> list[Measured]:
    cache = (options.model_cache or work / "models").absolute()
    _export_model(work, cache)
    load = Load(options.runs, options.questions, tuple(options.askers), options.seconds)
    if options.library is not None:
        home, folder = options.library.absolute(), work / "library"
        return [Measured("library", folder, cache, ("library", str(home), str(folder)), load, home)]
    sets = []
    limits = [("documents", options.documents), ("limit", options.limit)]
    for original in (folder.absolute() for folder in options.sets):
        folder = work / "-".join((original.name, *(str(number) for _, number in limits if number is not None)))
        further = [part for name, number in limits if number is not None for part in (f"--{name}", str(number))]
        prepare = ("set", str(original), str(folder), *further)
        sets.append(Measured(original.name, folder, cache, prepare, load))
    return sets


def _export_model(work: Path, cache: Path) -> None:
    """Legation exports its model once; the others' lies ready, too."""
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as name:
        word = Path(name) / "word.txt"
        word.write_text("A word, so that the model is exported before anything is timed.")
        build_home(Path(name), [word], cache)


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("sets", nargs="*", type=Path, metavar="FOLDER", help="sets in BEIR layout")
    made.add_argument("--library", type=Path, metavar="HOME", help="a library instead, with the vectors that it holds")
    names = [side.option for side in SIDES]
    made.add_argument("--side", choices=names, action="append", help="only this one; repeatable (default: all)")
    made.add_argument("--work", type=Path, metavar="FOLDER", help="keep indexes and results there, and go on from them")
    made.add_argument("--documents", type=int, metavar="N", help="only N of a set, all relevant ones among them")
    made.add_argument("--limit", type=int, metavar="N", help="only N queries of a set")
    made.add_argument("--runs", type=int, default=3, metavar="N", help="of a cold answer, after one (default: 3)")
    made.add_argument("--questions", type=int, default=200, metavar="N", help="of warm answers (default: 200)")
    made.add_argument("--askers", type=int, nargs="+", default=[1, 2, 4, 8, 16], metavar="N", help="at once")
    made.add_argument("--seconds", type=float, default=5, metavar="S", help="for which they ask (default: 5)")
    made.add_argument("--plot", type=Path, metavar="FILE", help="draw the figures into a .png or .svg")
    options = made.parse_args()
    if bool(options.sets) == (options.library is not None):
        made.error("name sets in BEIR layout, or --library HOME")
    return options


if __name__ == "__main__":
    main()
