"""legation train-reader and legation feedback, from words to exit code. What trains is a stand-in here."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.chat.store import NAME, AnswerRecord, ChatStore, QuotePlace
from bot.cli import main
from bot.training.example import Example
from bot.training.pairs import Pair, example, read_pairs, to_lines
from index.rerank import OnnxReranker
from index.types import Progress
from tests.fakes.word_encoder import WordEncoder
from tests.index.model_texts import TEXTS

Run = tuple[int, str, str]
Cli = Callable[..., Run]

EXTRA = "legation train-reader needs {}, which is not installed; run: pip install 'legation[train]'\n"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("LEGATION_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Run:
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return int(exit_.value.code or 0), out, err

    return run


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch, small_readers: Path) -> dict[str, Any]:
    """What the stand-in was told; its ``source`` is what comes out."""
    told: dict[str, Any] = {"source": small_readers / "reader"}

    def learn(
        start: Path,
        examples: Sequence[Example],
        work: Path,
        target: Path,
        tell: Callable[[Progress], None],
        epochs: int,
        seed: int,
    ) -> None:
        told.update(start=start, examples=len(examples), epochs=epochs, seed=seed)
        for step in range(1, 5):
            tell(Progress("train", step, 4))
        shutil.copytree(told["source"], target)

    monkeypatch.setattr("bot.training.learn.learn", learn)
    monkeypatch.setattr("bot.evaluation.extra.find_spec", lambda name: name)
    return told


@pytest.fixture
def pairs(small_readers: Path, tmp_path: Path) -> Path:
    """A file of forty pairs, of which ``reader`` has an AUROC of 1."""
    asked = [Pair(f"When was embassy {number} closed?", text, True) for number in range(20) for text in TEXTS[:2]]
    logits = OnnxReranker(small_readers / "reader").logits([(each.question, example(each).text) for each in asked])
    middle = sorted(logits.tolist())[20]
    labelled = [
        Pair(each.question, each.text, logit >= middle) for each, logit in zip(asked, logits.tolist(), strict=True)
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text(to_lines(labelled), encoding="utf-8")
    return path


def test_a_reader_is_trained_and_it_is_told_how_to_use_it(
    cli: Cli, learned: dict[str, Any], pairs: Path, small_readers: Path, tmp_path: Path
) -> None:
    code, out, err = cli("train-reader", pairs, "--to", "own", "--from", small_readers / "opposite", "--epochs", 2)
    assert (code, err) == (0, "Training: 4 of 4\n")
    first, second, third, fourth = out.splitlines()
    held = 40 - learned["examples"]
    assert first.startswith(f"{learned['examples']} pairs were learned, {held} were held out (")
    assert first.endswith("; so few say little.")
    assert second == "AUROC on those held out: 0.000 before, 1.000 now."
    assert third == f"The reader is in own. To use it: export LEGATION_RERANKER={tmp_path / 'own'}"
    assert fourth == "To go back to the reader that ships with Legation: export LEGATION_RERANKER=shipped"
    assert (learned["start"], learned["epochs"], learned["seed"]) == (small_readers / "opposite", 2, 7)
    OnnxReranker(tmp_path / "own")


def test_one_that_got_worse_is_a_check_that_failed(
    cli: Cli, learned: dict[str, Any], pairs: Path, small_readers: Path, tmp_path: Path
) -> None:
    learned["source"] = small_readers / "opposite"
    arguments = ("train-reader", pairs, "--to", tmp_path / "own", "--from", small_readers / "reader")
    code, out, err = cli(*arguments)
    assert code == 1
    assert out.splitlines()[1:] == ["AUROC on those held out: 1.000 before, 0.000 now."]
    assert err.splitlines()[-1] == "The reader got worse; nothing was written (--force writes it all the same)."
    assert not (tmp_path / "own").exists()
    code, out, err = cli(*arguments, "--json")
    printed = json.loads(out)
    assert (code, printed["written"], printed["before"], printed["after"]) == (1, False, 1.0, 0.0)
    code, out, err = cli(*arguments, "--force", "--json")
    assert (code, json.loads(out)["written"], json.loads(out)["folder"]) == (0, True, str(tmp_path / "own"))
    assert err.splitlines()[-1] == "The reader got worse; it was written all the same."


def test_what_cannot_be_done_is_told_before_anything_is_learned(
    cli: Cli, learned: dict[str, Any], pairs: Path, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    assert cli("train-reader", pairs, "--to", "own") == (2, "", "own is there already; --force replaces a reader.\n")
    assert cli("train-reader", "none.jsonl", "--to", "new")[::2] == (
        2,
        "none.jsonl cannot be read: No such file or directory.\n",
    )
    pairs.write_text('{"question": "When?"}\n')
    code, out, err = cli("train-reader", pairs, "--to", "new", "--json")
    message = 'Line 1 of the pairs: "answers" is true or false.'
    assert (code, json.loads(out), err) == (
        2,
        {"error": {"message": message, "exit_code": 2, "retryable": False}},
        f"{message}\n",
    )
    assert cli("train-reader", pairs)[0] == 2
    assert "start" not in learned


@pytest.mark.parametrize("missing", ["accelerate", "datasets"])
def test_without_the_extra_it_says_what_to_install(
    cli: Cli, pairs: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr("bot.evaluation.extra.find_spec", lambda name: None if name == missing else name)
    assert cli("train-reader", pairs, "--to", "own") == (2, "", EXTRA.format(missing))


def test_feedback_is_counted_and_written_as_pairs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.assemble.Legation.encoder", WordEncoder())
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "basel.md").write_text(
        "# Basel\n\nThe consulate was closed in 1891. Its files went to Bern.\n"
    )
    assert cli("add", "posts")[0] == 0
    shown = json.loads(cli("show", "posts/basel.md", "--json")[1])
    place = shown["text"].index("Its files")
    version = shown["document"]["version"]
    quote = QuotePlace("m", 1, "posts/basel.md", version, place, len(shown["text"].rstrip()))
    store = ChatStore(tmp_path / "home" / NAME)
    for number, right in enumerate((True, False)):
        question = f"When was the consulate in Basel closed, {number}?"
        store.put_answer(AnswerRecord(f"a{number}", "answer", question, quotes=(quote,)))
        store.put_feedback(f"a{number}", right, None)
    store.close()
    sentence = "Answers called right: 1, wrong: 1. Pairs: 2.\n"
    assert cli("feedback", "--pairs", "pairs.jsonl") == (0, sentence, "")
    written = (tmp_path / "pairs.jsonl").read_text()
    assert [(pair.text, pair.answers) for pair in read_pairs(written)] == [
        ("Its files went to Bern.", True),
        ("Its files went to Bern.", False),
    ]
    assert cli("feedback", "--pairs", "pairs.jsonl") == (
        2, "", "pairs.jsonl is there already, and may have been looked over; name another file.\n",
    )  # fmt: skip
    printed = json.loads(cli("feedback", "--json")[1])
    assert (printed["right"], printed["wrong"], printed["left_out"]) == (1, 1, 0)
    assert printed["pairs"][0]["title"] == ["Basel"]
    assert json.loads(cli("feedback", "--json", "--since", "2999")[1])["pairs"] == []
    assert cli("feedback", "--since", "2999", "--pairs", "none.jsonl") == (
        0, "Answers called right: 0, wrong: 0. Pairs: 0.\n", "none.jsonl was not written: there are no pairs.\n",
    )  # fmt: skip
    assert not (tmp_path / "none.jsonl").exists()
    assert cli("feedback", "--pairs", "-") == (0, written, sentence)
    assert not (tmp_path / "-").exists()
    code, _, err = cli("feedback", "--pairs", "-", "--json")
    assert (code, "where --json prints them already" in err) == (2, True)
