"""Writes what the sides of peers.py index and are asked, in a process of its own, so that whoever measures stays small.

python benchmarks/peers/prepare.py set FOLDER TARGET --documents 1000 --limit 200
python benchmarks/peers/prepare.py library HOME TARGET
python benchmarks/peers/prepare.py reader READER TARGET
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from documents import VECTORS
from with_legation import FILES, PATHS

from bot.evaluation.beir import RetrievalSet, read_set, write_files
from bot.evaluation.questions import sample
from index.export.dequantise import dequantise
from index.library import Library

ASKED = 200
MOST_LETTERS = 200
BATCH = 1000


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("kind", choices=("set", "library", "reader"))
    made.add_argument("folder", type=Path, help="a set in BEIR layout, the home of a library, or a reader")
    made.add_argument("target", type=Path, help="the folder to write into")
    made.add_argument("--documents", type=int, metavar="N", help="only N documents, those that are relevant among them")
    made.add_argument("--limit", type=int, metavar="N", help="only N queries")
    options = made.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    if options.kind == "set":
        _write_set(read_set(options.folder, options.limit), options.target, options.documents)
    elif options.kind == "reader":
        dequantise(options.folder, options.target)  # as a CrossEncoder, which the others load
    else:
        _write_library(options.folder / "library.sqlite", options.target)


def _write_set(chosen: RetrievalSet, target: Path, most: int | None) -> None:
    """The set, its queries without a relevant document left out. Of the documents, all that are relevant to a query
    are kept, and others, always the same ones.
    """
    entries = list(chosen.entries())
    relevant = {document for grades in chosen.relevant.values() for document in grades}
    kept = [entry for entry in entries if entry["_id"] in relevant]
    if most is not None and len(kept) > most:
        sys.exit(f"{len(kept)} documents of {chosen.folder.name} are relevant, more than {most}: take fewer queries.")
    others = [entry for entry in entries if entry["_id"] not in relevant]
    room = None if most is None else most - len(kept)
    names = {entry["_id"] for entry in (*kept, *sample(others, room, (entry["_id"] for entry in others)))}
    _lines(target / "corpus.jsonl", (entry for entry in entries if entry["_id"] in names))
    asked = ({"_id": query, "text": text} for query, text in chosen.queries.items() if query in chosen.relevant)
    _lines(target / "queries.jsonl", asked)
    (target / "qrels").mkdir(exist_ok=True)
    rows = [f"{q}\t{document}\t{grade}" for q, found in chosen.relevant.items() for document, grade in found.items()]
    (target / "qrels" / "test.tsv").write_text("\n".join(("query-id\tcorpus-id\tscore", *rows)) + "\n")
    paths = write_files(read_set(target), target / FILES)
    (target / PATHS).write_text(json.dumps(paths))


def _write_library(path: Path, target: Path) -> None:
    """The passages of a library as documents, with their vectors; as queries, beginnings of some of them."""
    import numpy as np

    library = Library(path)
    record = library.current()
    if record is None:
        sys.exit(f"Nothing is indexed in {path}.")
    rows = library.passage_rows(sorted(library.members()), record.splitting)
    np.save(
        target / VECTORS, library.vectors.of_passages([row.id for row in rows], record.fingerprint, record.dimension)
    )
    ids = [row.id for row in rows]
    del rows
    _lines(target / "corpus.jsonl", _passages(library, ids))
    asked = library.passages(ids[:: max(1, len(ids) // ASKED)][:ASKED])
    texts = ((each.id, each.text[:MOST_LETTERS].rpartition(" ")[0] or each.text) for each in asked)
    _lines(target / "queries.jsonl", ({"_id": str(name), "text": " ".join(text.split())} for name, text in texts))
    (target / PATHS).write_text("{}")
    library.close()


def _passages(library: Library, ids: list[int]) -> Iterator[Mapping[str, Any]]:
    for start in range(0, len(ids), BATCH):
        for stored in library.passages(ids[start : start + BATCH]):
            yield {"_id": str(stored.id), "title": stored.document.title, "text": stored.text}


def _lines(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for value in values:
            stream.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    main()
