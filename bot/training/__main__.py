"""The child process: a reader trained further on examples, and one JSON object a line on standard output.

    python -m bot.training START EXAMPLES WORK TARGET EPOCHS SEED

``{"done": 3, "total": 40}`` after each step; at the end ``{"folder": …}``, or ``{"error": …, "storage": …}``. Other
lines are what libraries print.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from transformers import TrainerCallback

from bot.training.example import Example, read_examples
from bot.training.loss import SPAN_WEIGHT
from bot.training.train import Recipe, new_reader, train
from index.errors import LegationError, StorageError
from index.export.dequantise import dequantise
from index.export.reader import REFERENCE, export_reader
from index.rerank import RerankerManifest

OWN = f"{REFERENCE}-own"
BATCH = 16
MOST_ERROR = 1.0
"""Of the export: far more than other models may have, for this one is measured in its int8 form before it is kept."""

RATE = 3e-5
"""A fifth of the rate at which the reader learned from the beginning: it is to keep what it knows."""


class Steps(TrainerCallback):  # type: ignore[misc]
    """Prints how many steps are done."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        print(json.dumps({"done": state.global_step, "total": state.max_steps}), flush=True)


def main() -> None:
    start, examples, work, target = map(Path, sys.argv[1:5])
    epochs, seed = map(int, sys.argv[5:7])
    try:
        _train(start, read_examples(examples), work, target, epochs, seed)
        result: dict[str, Any] = {"folder": str(target)}
    except LegationError as error:
        result = {"error": error.user_message, "storage": isinstance(error, StorageError)}
    except OSError as error:
        reason = error.strerror or type(error).__name__
        result = {"error": f"The trained reader cannot be stored: {reason}.", "storage": True}
    print(json.dumps(result), flush=True)


def _train(start: Path, examples: Sequence[Example], work: Path, target: Path, epochs: int, seed: int) -> None:
    dequantise(start, work / "start")
    model = new_reader(str(work / "start"), RerankerManifest.read(start).max_tokens)
    known = any(example.end > 0 for example in examples)  # the layer that finds the words begins anew
    recipe = Recipe(
        batch=BATCH,
        rate=RATE,
        warm_up=0.1,
        span_weight=SPAN_WEIGHT if known else 0.0,
        save_every=None,
        seed=seed,
    )
    train(model, _in_epochs(examples, epochs, seed), recipe, work / "run", callbacks=[Steps()])
    model.save(str(work / "trained"))
    export_reader(work / "trained", target, reference=OWN, most_error=MOST_ERROR)


def _in_epochs(examples: Sequence[Example], epochs: int, seed: int) -> list[Example]:
    """All examples as often as there are epochs, shuffled anew for each."""
    random = Random(seed)  # noqa: S311 -- an order, not a secret
    return [example for _ in range(epochs) for example in random.sample(examples, len(examples))]


if __name__ == "__main__":
    main()
