"""The reader trained further on pairs of one's own, measured on some of them, and kept if it got no worse."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.evaluation.measures import auroc
from bot.training.example import Example
from bot.training.pairs import Pair, example, hold_out
from index.errors import StorageError, UsageError
from index.onnx_model import GRAPH, TOKENIZER, WEIGHTS
from index.rerank import OnnxReranker, RerankerManifest
from index.types import Progress

NOTES = "training.json"
"""In the folder of a reader that was trained further: what from, and what came of it."""

_OWN_FILES = {GRAPH, WEIGHTS, TOKENIZER, f"{RerankerManifest.KIND}.json", NOTES, "MODEL_CARD.md"}

Learn = Callable[[Path, Sequence[Example], Path, Path, Callable[[Progress], None]], None]
"""As ``bot.training.learn.learn``."""


@dataclass(frozen=True, slots=True)
class Retrained:
    """``before`` and ``after`` are AUROCs over the pairs that were held out, of which ``held_out_right`` answer: how
    often one that answers scores above one that does not; 0.5 is chance. ``written``: whether the reader lies in
    ``folder``. ``learned``: the number of pairs that were learned.
    """

    folder: str
    written: bool
    learned: int
    held_out: int
    held_out_right: int
    before: float
    after: float

    @property
    def worse(self) -> bool:
        return self.after < self.before


def check_target(target: Path, force: bool) -> None:
    """Raises UsageError if something lies at ``target`` that is not to be replaced: with ``force`` only a reader is."""
    if not target.is_symlink() and not target.exists():
        return
    if not force:
        raise UsageError(f"{target} is there already; --force replaces a reader.")
    held = {each.name for each in target.iterdir()} if target.is_dir() and not target.is_symlink() else {""}
    if not held <= _OWN_FILES:
        raise UsageError(f"{target} is no folder of a reader alone, and is not replaced.")


def retrain(
    start: Path,
    pairs: Sequence[Pair],
    target: Path,
    learn: Learn,
    tell: Callable[[Progress], None],
    force: bool = False,
) -> Retrained:
    """Trains the reader in ``start`` on most of the pairs and measures both readers on the others, which ``hold_out``
    chooses. The new one is put at ``target`` if it is not worse there, or with ``force``; at once as a whole.

    Raises UsageError for too few pairs and as ``check_target`` does, ModelError if ``start`` is no reader,
    StorageError, and what ``learn`` raises. Whatever is raised, ``target`` is as it was.
    """
    check_target(target, force)
    kept, held = hold_out(pairs)
    work = _work_folder(target)
    try:
        before = _measured(OnnxReranker(start), held)
        (work / "run").mkdir()
        learn(start, [example(pair) for pair in kept], work / "run", work / "reader", tell)
        after = _measured(OnnxReranker(work / "reader"), held)
        right = sum(pair.answers for pair in held)
        result = Retrained(str(target), force or after >= before, len(kept), len(held), right, before, after)
        if result.written:
            notes = {"started_from": RerankerManifest.read(start).fingerprint, **asdict(result)}
            del notes["folder"]
            (work / "reader" / NOTES).write_text(json.dumps(notes, indent=2) + "\n")
            check_target(target, force)  # again: the training took a while
            _put(work, target)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return result


def _measured(reader: OnnxReranker, pairs: Sequence[Pair]) -> float:
    read = [example(pair) for pair in pairs]
    scores = reader.logits([(each.question, each.text) for each in read])
    right = [each.label == 1 for each in read]
    return auroc(scores[right], scores[[not each for each in right]])


def _work_folder(target: Path) -> Path:
    """A new folder on the same disk."""
    try:
        return Path(tempfile.mkdtemp(prefix=".train-reader-", dir=target.absolute().parent))
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.") from error


def _put(work: Path, target: Path) -> None:
    replaced = work / "replaced"
    if target.exists():
        target.rename(replaced)
    try:
        (work / "reader").rename(target)
    except BaseException:  # KeyboardInterrupt too
        if replaced.exists():
            replaced.rename(target)
        raise
