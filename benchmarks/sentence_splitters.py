"""Compares sentence splitters on labelled snippets, on the quotes of a question set, and in speed.

Prints the machine, the versions and a Markdown table. Splitters that are not installed are left out;
for all of them: pip install pysbd sentencex syntok
"""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from index.sentences import sentences
from index.types import Span

Splitter = Callable[[str], list[tuple[int, int]]]
LABELLED = Path(__file__).parent / "data" / "sentences.jsonl"


def legation() -> Splitter:
    return lambda text: [(span.start, span.end) for span in sentences(text, Span(0, len(text)))]


def nupunkt() -> Splitter:
    from nupunkt import load_default_model

    tokenizer = load_default_model()
    return lambda text: list(tokenizer.span_tokenize(text))


def sentencex() -> Splitter:
    from sentencex import get_sentence_boundaries

    return lambda text: [(found["start_index"], found["end_index"]) for found in get_sentence_boundaries("en", text)]


def pysbd() -> Splitter:
    from pysbd import Segmenter

    segmenter = Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(found.start, found.end) for found in segmenter.segment(text)]


def syntok() -> Splitter:
    from syntok.segmenter import analyze

    return lambda text: [
        (tokens[0].offset, tokens[-1].offset + len(tokens[-1].value))
        for paragraph in analyze(text)
        for tokens in paragraph
    ]


SPLITTERS = {each.__name__: each for each in (legation, nupunkt, sentencex, pysbd, syntok)}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A snippet and the offsets inside it at which a sentence ends, its own end left out."""

    text: str
    ends: frozenset[int]


def read_labelled(path: Path) -> Iterator[Labelled]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        joint = row.get("joint", " ")
        text, ends = "", []
        for sentence in row["sentences"]:
            text += joint * bool(text) + sentence
            ends.append(len(text))
        yield Labelled(text, frozenset(ends[:-1]))


def edges(text: str, spans: Sequence[tuple[int, int]]) -> tuple[set[int], set[int]]:
    """Starts and ends of the sentences without the white space around them."""
    whole = [(start, end) for start, end in spans if text[start:end].strip()]
    starts = {end - len(text[start:end].lstrip()) for start, end in whole}
    ends = {start + len(text[start:end].rstrip()) for start, end in whole}
    return starts, ends


def boundaries(splitter: Splitter, labelled: Sequence[Labelled]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the ends inside the snippets, each in [0, 1]."""
    right = found = wanted = 0
    for snippet in labelled:
        ends = edges(snippet.text, splitter(snippet.text))[1] - {len(snippet.text)}
        right, found, wanted = right + len(ends & snippet.ends), found + len(ends), wanted + len(snippet.ends)
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    return precision, recall, 2 * right / max(found + wanted, 1)


def read_blocks(corpus: Path) -> dict[str, list[str]]:
    """The blocks of every document, under its path."""
    from index.readers import read  # here, so that it does not count as loading

    blocks = {}
    for path in sorted(corpus.rglob("*")):
        if path.suffix in (".md", ".txt"):
            reading = read(path.read_bytes(), path.name).readings[0]
            blocks[path.relative_to(corpus).as_posix()] = [
                reading.text[block.start : block.end] for block in reading.blocks
            ]
    return blocks


def quotes_on_edges(splitter: Splitter, questions: Path, blocks: dict[str, list[str]]) -> tuple[int, int]:
    """How many gold quotes start and end where sentences do, of how many that lie in one block."""
    right = total = 0
    for line in questions.read_text(encoding="utf-8").splitlines():
        for gold in json.loads(line).get("gold", []):
            home = next((block for block in blocks.get(gold["doc"], []) if gold["quote"] in block), None)
            if home is None:
                continue
            place = home.index(gold["quote"])
            starts, ends = edges(home, splitter(home))
            total += 1
            right += place in starts and place + len(gold["quote"]) in ends
    return right, total


def megacharacters_a_second(splitter: Splitter, texts: Sequence[str], seconds: float) -> float:
    """Over as many of the texts as fit into the time, a first one for loading left out."""
    splitter(texts[0])
    begin, done = time.perf_counter(), 0
    for text in texts:
        splitter(text)
        done += len(text)
        if time.perf_counter() - begin > seconds:
            break
    return done / (time.perf_counter() - begin) / 1e6


def loading_milliseconds(name: str) -> float:
    """What importing and the first sentence take in a fresh process."""
    command = [sys.executable, __file__, "--load", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def load(name: str) -> None:
    begin = time.perf_counter()
    SPLITTERS[name]()("One. Two.")
    print((time.perf_counter() - begin) * 1000)


def version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, default=LABELLED, help="snippets with their sentences, JSON lines")
    parser.add_argument("--questions", type=Path, help="questions with gold quotes, JSON lines; needs --corpus")
    parser.add_argument("--corpus", type=Path, help="folder of .md and .txt documents, for quotes and speed")
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement of speed")
    parser.add_argument("--load", choices=SPLITTERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        return load(options.load)
    labelled = list(read_labelled(options.labelled))
    blocks = read_blocks(options.corpus) if options.corpus else {}
    texts = [block for each in blocks.values() for block in each] or [each.text for each in labelled] * 100
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"{len(labelled)} snippets with {sum(len(each.ends) for each in labelled)} ends of sentences inside\n")
    print("| splitter | precision | recall | F1 | quotes on edges | M characters/s | load ms |")
    print("|---|---|---|---|---|---|---|")
    for name, make in SPLITTERS.items():
        if name != "legation" and not version(name):
            continue
        splitter = make()
        precision, recall, f1 = boundaries(splitter, labelled)
        right, total = quotes_on_edges(splitter, options.questions, blocks) if options.questions else (0, 0)
        quotes = f"{right} of {total}" if total else "-"
        speed = megacharacters_a_second(splitter, texts, options.seconds)
        title = f"legation (nupunkt {version('nupunkt')})" if name == "legation" else f"{name} {version(name)}"
        print(
            f"| {title} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {quotes} "
            f"| {speed:.2f} | {loading_milliseconds(name):.0f} |"
        )
    return None


if __name__ == "__main__":
    main()
