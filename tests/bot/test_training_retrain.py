"""A reader trained further: measured before and after, kept or not, put in its place. What trains is a stand-in."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from bot.training.example import Example
from bot.training.pairs import Pair, example, hold_out
from bot.training.retrain import NOTES, Retrained, check_target, retrain
from index.errors import ModelError, StorageError, UsageError
from index.rerank import OnnxReranker, RerankerManifest
from index.types import Progress
from tests.index.model_texts import TEXTS


@dataclass
class Copied:
    """Learns nothing: what comes out is a copy of ``source``. Keeps what it was given."""

    source: Path
    start: Path | None = None
    examples: list[Example] = field(default_factory=list)

    def __call__(
        self,
        start: Path,
        examples: Sequence[Example],
        work: Path,
        target: Path,
        tell: Callable[[Progress], None],
    ) -> None:
        assert list(work.iterdir()) == []
        self.start, self.examples = start, list(examples)
        tell(Progress("train", 1, 1))
        shutil.copytree(self.source, target)


def nothing(progress: Progress) -> None:
    pass


@pytest.fixture(scope="module")
def pairs(small_readers: Path) -> tuple[Pair, ...]:
    """Forty pairs. Those to which ``reader`` gives the higher scores answer: its AUROC is 1, that of ``opposite`` 0."""
    asked = [Pair(f"When was embassy {number} closed?", text, True) for number in range(20) for text in TEXTS[:2]]
    read = [example(pair) for pair in asked]
    logits = OnnxReranker(small_readers / "reader").logits([(each.question, each.text) for each in read])
    order = np.argsort(np.argsort(logits))
    return tuple(Pair(pair.question, pair.text, bool(place >= 20)) for pair, place in zip(asked, order, strict=True))


def test_a_better_reader_is_put_in_its_place(small_readers: Path, pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    told: list[Progress] = []
    learn = Copied(small_readers / "reader")
    target = tmp_path / "own"
    result = retrain(small_readers / "opposite", pairs, target, learn, told.append)
    kept, held = hold_out(pairs)
    right = sum(pair.answers for pair in held)
    assert result == Retrained(str(target), True, len(kept), len(held), right, 0.0, 1.0)
    assert not result.worse
    assert learn.start == small_readers / "opposite"
    assert learn.examples == [example(pair) for pair in kept]
    assert told == [Progress("train", 1, 1)]
    assert list(tmp_path.iterdir()) == [target]
    assert json.loads((target / NOTES).read_text()) == {
        "started_from": RerankerManifest.read(small_readers / "opposite").fingerprint,
        "written": True,
        "learned": len(kept),
        "held_out": len(held),
        "held_out_right": right,
        "before": 0.0,
        "after": 1.0,
    }
    for file in (small_readers / "reader").iterdir():
        assert (target / file.name).read_bytes() == file.read_bytes()
    OnnxReranker(target)


def test_a_worse_one_is_not_unless_it_is_forced(small_readers: Path, pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    target, learn = tmp_path / "own", Copied(small_readers / "opposite")
    result = retrain(small_readers / "reader", pairs, target, learn, nothing)
    assert (result.written, result.worse, result.before, result.after) == (False, True, 1.0, 0.0)
    assert list(tmp_path.iterdir()) == []
    forced = retrain(small_readers / "reader", pairs, target, learn, nothing, force=True)
    assert (forced.written, forced.worse) == (True, True)
    assert RerankerManifest.read(target).reference == "legation-reader-own"


def test_one_that_is_as_good_is_kept(small_readers: Path, pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    result = retrain(small_readers / "reader", pairs, tmp_path / "own", Copied(small_readers / "reader"), nothing)
    assert (result.written, result.before, result.after) == (True, 1.0, 1.0)


def test_what_is_there_is_replaced_by_force_only(small_readers: Path, pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    target, learn = tmp_path / "own", Copied(small_readers / "reader")
    retrain(small_readers / "opposite", pairs, target, Copied(small_readers / "opposite"), nothing)
    with pytest.raises(UsageError) as caught:
        retrain(small_readers / "opposite", pairs, target, learn, nothing)
    assert caught.value.user_message == f"{target} is there already; --force replaces a reader."
    assert learn.start is None
    retrain(small_readers / "opposite", pairs, target, learn, nothing, force=True)
    assert RerankerManifest.read(target).reference == "legation-reader"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_no_reader_is_never_replaced(tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    check_target(letters, force=True)  # empty
    (letters / "model.onnx").touch()
    check_target(letters, force=True)
    (letters / "dear.txt").touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(letters)
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    for name in ("letters", "file", "link", "nowhere"):
        with pytest.raises(UsageError) as caught:
            check_target(tmp_path / name, force=True)
        assert caught.value.user_message == f"{tmp_path / name} is no folder of a reader alone, and is not replaced."
        with pytest.raises(UsageError, match="is there already"):
            check_target(tmp_path / name, force=False)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ModelError("It failed."), OSError(28, "No space left on disk")])
def test_whatever_stops_it_leaves_what_was_there(
    small_readers: Path, pairs: tuple[Pair, ...], tmp_path: Path, error: BaseException
) -> None:
    target = tmp_path / "own"
    retrain(small_readers / "opposite", pairs, target, Copied(small_readers / "reader"), nothing)
    before = {file.name: file.read_bytes() for file in target.iterdir()}

    def stopped(
        start: Path, examples: Sequence[Example], work: Path, made: Path, tell: Callable[[Progress], None]
    ) -> None:
        (work / "checkpoint").write_text("half")
        raise error

    expected = StorageError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        retrain(small_readers / "opposite", pairs, target, stopped, nothing, force=True)
    if isinstance(caught.value, StorageError):
        assert caught.value.user_message == f"{target} cannot be written: No space left on disk."
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before
    assert list(tmp_path.iterdir()) == [target]


def test_a_reader_that_cannot_be_put_there_leaves_the_old_one(
    small_readers: Path, pairs: tuple[Pair, ...], tmp_path: Path
) -> None:
    """Somebody makes a folder of the target while it is trained."""
    target, learn = tmp_path / "own", Copied(small_readers / "reader")

    def meanwhile(progress: Progress) -> None:
        target.mkdir()
        (target / "dear.txt").write_text("A letter.")

    with pytest.raises(UsageError, match="is there already"):
        retrain(small_readers / "opposite", pairs, target, learn, meanwhile)
    assert [file.name for file in target.iterdir()] == ["dear.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_without_access_is_told_before_anything_is_learned(
    small_readers: Path, pairs: tuple[Pair, ...], bound_folder: Path
) -> None:
    closed = bound_folder / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    learn = Copied(small_readers / "reader")
    with pytest.raises(StorageError) as caught:
        retrain(small_readers / "opposite", pairs, closed / "own", learn, nothing)
    assert caught.value.user_message == f"{closed / 'own'} cannot be written: Permission denied."
    assert learn.start is None


def test_a_start_that_is_no_reader_is_refused(pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no readable manifest"):
        retrain(tmp_path, pairs, tmp_path / "own", Copied(tmp_path), nothing)
    assert list(tmp_path.iterdir()) == []
