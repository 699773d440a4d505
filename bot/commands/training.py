"""Training the reader further: train-reader."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from bot.commands.options import EXIT_CHECK_FAILED, FileName, json_option
from bot.progress import progress
from bot.training.learn import EPOCHS, SEED

FEW = 100
"""Held-out pairs, below which their AUROC says little."""


@click.command("train-reader", short_help="Train the reader further on pairs of your own.")
@click.argument("pairs", metavar="PAIRS.jsonl|-", type=FileName(stream=True))
@click.option("--to", "target", required=True, metavar="FOLDER", type=FileName(), help="Write it here.")
@click.option("--from", "start", metavar="FOLDER", type=FileName(), help="Start from this reader. Default: ours.")
@click.option(
    "--epochs", type=click.IntRange(1, 100), default=EPOCHS, show_default=True, help="Times to learn each pair."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=SEED, show_default=True, help="Of the order of the pairs."
)
@click.option("--force", is_flag=True, help="Replace a reader in FOLDER, and write one that got worse.")
@json_option
def train_reader(
    pairs: Path, target: Path, start: Path | None, epochs: int, seed: int, force: bool, as_json: bool
) -> None:
    """Train the reader further on pairs of your own; docs/commands.md tells how to write them."""
    from bot.evaluation.extra import needed
    from bot.input_files import read_text
    from bot.reader import FOLDER
    from bot.training.learn import learn
    from bot.training.pairs import read_pairs
    from bot.training.retrain import check_target, retrain

    for module in ("accelerate", "datasets"):
        needed(module, "legation train-reader", "train")
    check_target(target, force)
    chosen = read_pairs(read_text(pairs))
    with progress() as tell:
        result = retrain(start or FOLDER, chosen, target, partial(learn, epochs=epochs, seed=seed), tell, force)
    if as_json:
        click.echo(json.dumps(asdict(result)))
    else:
        few = "; so few say little" if result.held_out < FEW else ""
        held = f"{result.held_out} were held out ({result.held_out_right} that answer){few}"
        click.echo(f"{result.learned} pairs were learned, {held}.")
        click.echo(f"AUROC on those held out: {result.before:.3f} before, {result.after:.3f} now.")
        if result.written:
            click.echo(f"The reader is in {target}. To use it: export LEGATION_RERANKER={target.absolute()}")
            click.echo("To go back to the reader that ships with Legation: export LEGATION_RERANKER=shipped")
    if result.worse:
        written = (
            "it was written all the same" if result.written else "nothing was written (--force writes it all the same)"
        )
        click.echo(f"The reader got worse; {written}.", err=True)
        raise SystemExit(0 if result.written else EXIT_CHECK_FAILED)
