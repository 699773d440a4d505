"""The training run: sentence-transformers' CrossEncoder trainer on the examples in their order."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from datasets.table import InMemoryTable
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from torch.utils.data import SequentialSampler
from transformers import TrainerCallback

from bot.training.example import Example
from bot.training.loss import SPAN_WEIGHT, AnswerLoss

MAX_TOKENS = 96
"""Of question and text together, special tokens included."""

WORDS = "words.safetensors"


@dataclass(frozen=True, slots=True)
class Recipe:
    """``rate`` is the learning rate of the last layer; each layer below has ``decay`` times that of the one above. The
    embeddings and the lowest ``frozen`` layers stay as they are, which saves a third of the time. ``minutes`` is
    how long it may train, over all resumed parts: the rate falls to 0 at the end of the examples or of the
    time, whichever comes first. Every ``save_every`` steps, and at the end, a checkpoint is saved; None saves none.
    """

    batch: int = 64
    rate: float = 1.5e-4
    decay: float = 0.9
    frozen: int = 1
    warm_up: float = 0.06
    span_weight: float = SPAN_WEIGHT
    half: bool = True
    minutes: float = float("inf")
    save_every: int | None = 200
    seed: int = 7


class WordsKeeper(TrainerCallback):  # type: ignore[misc]
    """Saves the layer that finds the answering words in each checkpoint, where the trainer saves the model alone."""

    def __init__(self, loss: AnswerLoss) -> None:
        self._loss = loss

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        save_file(self._loss.words.state_dict(), Path(args.output_dir) / f"checkpoint-{state.global_step}" / WORDS)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        kept = Path(args.output_dir) / f"checkpoint-{state.global_step}" / WORDS
        if kept.is_file():
            self._loss.words.load_state_dict(load_file(kept))


class Clock(TrainerCallback):  # type: ignore[misc]
    """How much of the run is over, from 0 to 1. The time of earlier parts is kept in a file beside the checkpoints."""

    def __init__(self, recipe: Recipe, steps: int, folder: Path) -> None:
        self._recipe, self._steps, self._file = recipe, steps, folder / "seconds"
        self._before = float(self._file.read_text()) if self._file.is_file() else 0.0
        self._started = time.monotonic()

    def progress(self, step: int) -> float:
        return min(1.0, max(step / self._steps, self._seconds() / (self._recipe.minutes * 60)))

    def factor(self, step: int) -> float:
        """Of the learning rate: up during the warm-up, then down in a line."""
        over, warm = self.progress(step), self._recipe.warm_up
        return min(1.0, (step + 1) / max(1.0, warm * self._steps)) * min(1.0, max(0.0, (1 - over) / (1 - warm)))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.progress(state.global_step) >= 1:
            control.should_training_stop = True
            control.should_evaluate = args.eval_strategy != "no"
            control.should_save = self._recipe.save_every is not None

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._file.write_text(f"{self._seconds():.1f}")

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._started


def new_reader(base: str, max_tokens: int = MAX_TOKENS) -> CrossEncoder:
    """A cross-encoder with one score on top of the encoder in the folder ``base``, or the reader there. Without
    dropout: a run that sees each example once does not learn them by heart. Attention is the plain one: torch's fused
    kernel took a step of 64 pairs from 3.3 s to 4.4 s on one core.
    """
    model = CrossEncoder(
        base,
        num_labels=1,
        max_length=max_tokens,
        device="cpu",
        local_files_only=True,
        config_kwargs={"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
        model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},
    )
    model.model.config.id2label = {0: "answers"}
    return model


def train(
    model: CrossEncoder,
    examples: Sequence[Example],
    recipe: Recipe,
    folder: Path,
    evaluator: Any = None,
    callbacks: Sequence[TrainerCallback] = (),
) -> CrossEncoder:
    """Trains, from the newest checkpoint in ``folder`` if there is one, and returns the model. The examples are learned
    once, in their order.
    """
    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        "question": [each.question for each in examples],
        "text": [each.text for each in examples],
        "label": [[each.label, each.start, each.end] for each in examples],
    }
    # A fingerprint of its own: the one that datasets would make pickles the whole table, which some versions cannot.
    data = Dataset(InMemoryTable.from_pydict(columns), fingerprint=f"examples-{len(examples)}")
    loss = AnswerLoss(model, model.max_seq_length, recipe.span_weight)
    clock = Clock(recipe, -(-len(examples) // recipe.batch), folder)
    optimiser = torch.optim.AdamW(parameter_groups(model, loss, recipe), weight_decay=0.01, fused=True)
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,
        per_device_train_batch_size=recipe.batch,
        batch_sampler=in_given_order,
        bf16=recipe.half,
        use_cpu=True,
        max_grad_norm=1.0,
        save_strategy="no" if recipe.save_every is None else "steps",
        save_steps=recipe.save_every or 0,
        eval_strategy="steps" if evaluator else "no",
        eval_steps=recipe.save_every,
        logging_steps=25,
        save_total_limit=None,
        report_to=[],
        disable_tqdm=True,
        seed=recipe.seed,
    )
    trainer = CrossEncoderTrainer(
        model=model,
        args=arguments,
        train_dataset=data,
        loss=loss,
        evaluator=evaluator,
        callbacks=[clock, WordsKeeper(loss), *callbacks],
        optimizers=(optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, clock.factor)),
    )
    trainer.train(resume_from_checkpoint=bool(list(folder.glob("checkpoint-*"))))
    return model


def in_given_order(dataset: Any, batch_size: int, drop_last: bool, **_: Any) -> DefaultBatchSampler:
    """Batches as the examples come: whoever made them has put them in order."""
    return DefaultBatchSampler(SequentialSampler(dataset), batch_size=batch_size, drop_last=drop_last)


def parameter_groups(model: CrossEncoder, loss: AnswerLoss, recipe: Recipe) -> list[dict[str, Any]]:
    """The parameters that learn, with the rates of their layers; the others are frozen."""
    bert = model.model.bert
    layers = list(bert.encoder.layer)
    for frozen in (bert.embeddings, *layers[: recipe.frozen]):
        frozen.requires_grad_(False)
    groups = [
        {"params": list(layer.parameters()), "lr": recipe.rate * recipe.decay**below}
        for below, layer in enumerate(reversed(layers[recipe.frozen :]))
    ]
    top = [*bert.pooler.parameters(), *model.model.classifier.parameters()]
    return [
        *groups,
        {"params": top, "lr": recipe.rate},
        {"params": list(loss.words.parameters()), "lr": 5 * recipe.rate},
    ]
