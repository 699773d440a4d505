"""The whole training, from the data folder to the exported reader.

    python -m training --train ../shared/train --work FOLDER [--text FOLDER] [--minutes 60] [--from READER] [--seed 7]

Everything lies in FOLDER: vectors, examples, checkpoints, the reader. Interrupted, the same command goes on from the
last checkpoint.
"""

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from bot.training.example import read_examples, write_examples
from index.export import DEFAULT_MODEL, load_encoder, resolve
from index.export.dequantise import dequantise
from index.rerank import RerankerManifest
from training.asked_of_text import asked_of, told_in
from training.examples import in_order, make_examples
from training.mining import Likeness
from training.sets import Question, held_out, read_sets
from training.texts import read_texts

EASY = 0.4
"""The first part of the run, in which most hard pairs are left for later."""

SEED = 7
WITHOUT_TITLE = frozenset({"qamr", "squad1_train_sentences"})
"""Sets of single sentences: nothing to mine."""

CHOSEN_BY = "squad2_dev_other_articles"
"""The set whose held-out articles choose among checkpoints: the only one with unanswerable questions."""


def main() -> None:
    options = _options()
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    _prepare(options.train, options.text, work, options.seed)
    # Heavy, and not needed to prepare: torch and the trainer.
    from bot.training.train import Recipe, new_reader, train
    from index.export.reader import export_reader
    from training.held_out import HeldOut

    recipe = replace(Recipe(), minutes=options.minutes or float("inf"), seed=options.seed)
    chooser = HeldOut(json.loads((work / "held-out.json").read_text()), work / "held-out.log")
    examples = read_examples(work / "examples.jsonl")
    train(new_reader(str(starting_model(options.start, work))), examples, recipe, work / "run", chooser)
    best = best_checkpoint(work / "run", work / "held-out.log")
    print(f"{best.name} is best on the held-out articles")
    print(export_reader(best, work / "reader"))


def best_checkpoint(run: Path, log: Path) -> Path:
    """The checkpoint with the highest AUROC on the held-out articles."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    measured = {line["step"]: line["auroc"] for line in lines}
    kept = {int(folder.name.rpartition("-")[2]): folder for folder in run.glob("checkpoint-*")}
    return kept[max((step for step in measured if step in kept), key=lambda step: measured[step])]


def starting_model(start: Path | None, work: Path) -> Path:
    """The folder of the model to start from, in a form that can be trained: ``start`` itself, if it is no export."""
    if start is None:
        return resolve(DEFAULT_MODEL) or Path(DEFAULT_MODEL)
    if not RerankerManifest.path(start).is_file():
        return start
    dequantise(start, work / "start")
    return work / "start"


def _prepare(folder: Path, text: Path | None, work: Path, seed: int) -> None:
    """Makes the examples, and the lists that are held out, unless they are there."""
    if (work / "examples.jsonl").is_file() and (work / "held-out.json").is_file():
        return
    from training.held_out import lists

    questions = read_sets(folder)
    kept = held_out(questions)
    several = [each for each in questions if each.paragraph.set not in WITHOUT_TITLE]
    encoder = load_encoder(DEFAULT_MODEL, "int8", work / "models")
    likeness = Likeness(several, encoder, work / "vectors.npy")
    chosen = [each for each in questions if each.paragraph.article in kept and each.paragraph.set == CHOSEN_BY]
    (work / "held-out.json").write_text(json.dumps(lists(chosen, likeness)))
    examples = make_examples([each for each in questions if each.paragraph.article not in kept], likeness, seed)
    if text is not None:
        random = Random(seed)  # noqa: S311
        told = [each for texts in read_texts(text, encoder.count_tokens) for each in told_in(random, *texts)]
        examples += asked_of(told, seed)
    _tell(questions, kept, Counter(f"{each.kind} {each.label}" for each in examples))
    write_examples(in_order(examples, 64, EASY, seed), work / "examples.jsonl")


def _tell(questions: list[Question], kept: set[str], made: Counter[str]) -> None:
    print(f"{len(questions)} questions; {len(kept)} articles held out; examples:")
    for kind, count in made.most_common():
        print(f"  {kind}: {count}")


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True, metavar="FOLDER", help="the training sets")
    parser.add_argument(
        "--text", type=Path, metavar="FOLDER", help="documents of the field, whose own sentences are asked as well"
    )
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER", help="everything that is made")
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="FOLDER",
        help="start from this reader, exported or a checkpoint (default: the packaged encoder, without a last layer)",
    )
    parser.add_argument("--seed", type=int, default=SEED, help="of the examples and their order (default: %(default)s)")
    parser.add_argument("--minutes", type=float, help="how long to train at most (default: all examples once)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
