"""legation eval and legation calibrate, from words to exit code, on the briefs and the real model."""

import json
import re
import shutil
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bot.assemble import Legation
from bot.evaluation import command
from bot.evaluation.asking import measuring
from bot.evaluation.evaluate import evaluate_questions
from bot.evaluation.figures import Calibration, Evaluation
from bot.evaluation.questions import Case, Gold
from bot.settings import load_settings
from index.errors import BusyError
from index.types import Progress
from tests.bot.test_cli import Cli, cli  # noqa: F401
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder

pytestmark = pytest.mark.usefixtures("one_parser")

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "docs" / "example-questions.jsonl"
BRIEFS = ROOT / "docs" / "sources"
COMMANDS = (ROOT / "docs" / "commands.md").read_text()


@pytest.fixture(scope="module")
def indexed_briefs(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the briefs were measured once. Not to be changed: copy it."""
    home = tmp_path_factory.mktemp("measured") / "home"
    measuring(Legation(load_settings(home, model_cache=model_cache)), BRIEFS).library.close()
    return home


@pytest.fixture
def measured(indexed_briefs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed_briefs, tmp_path / "home"))


def _measures(result: Any) -> dict[tuple[str, str | None], tuple[float, int]]:
    return {(each["name"], each["group"]): (each["value"], each["count"]) for each in result["measures"]}


def test_the_examples_are_measured_on_the_briefs(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    run = cli(
        "eval", QUESTIONS, "--corpus", BRIEFS, "--refuse-below", 0, "--json",
        "--errors", tmp_path / "errors.md", "--plot", tmp_path / "plot.svg",
    )  # fmt: skip
    assert run.code == 0
    assert [run.json[name] for name in ("questions", "answerable", "documents")] == [25, 15, 32]
    measures = _measures(run.json)
    assert [measures[name, None] for name in ("exact quotes", "refused")] == [(1.0, 5 * 25), (0.0, 15)]
    assert [count for (name, _), (_, count) in measures.items() if name == "answered"] == [10, 5, 4, 1]
    # What was asked in short is what the figures were made of.
    ranks = [asked["quote"] for asked in run.json["asked"] if asked["group"] is None]
    assert measures["quote@3", None][0] == pytest.approx(sum(rank in {1, 2, 3} for rank in ranks) / 15, abs=1e-6)
    errors = (tmp_path / "errors.md").read_text()
    assert "- Answerable, but refused: 0\n" in errors
    assert "- Not answerable, but answered: 10\n" in errors
    assert (tmp_path / "plot.svg").read_bytes().startswith(b"<?xml")
    # The user's own library was not touched, and what was indexed is used again.
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["evaluations"]
    again = cli("eval", QUESTIONS, "--corpus", BRIEFS, "--refuse-below", 1, "--limit", 5)
    assert again.code == 0
    assert again.out.startswith("5 questions, ")
    assert "on 32 documents" in again.out
    assert "Encoding" not in again.err


def test_a_library_is_measured_as_it_is(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    assert cli("add", BRIEFS).code == 0
    before = sorted(path.name for path in (tmp_path / "home").iterdir())
    run = cli("eval", QUESTIONS, "--json", "--limit", 3)
    assert (run.code, run.json["questions"], run.json["documents"]) == (0, 3, 32)
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == before


def test_a_threshold_is_chosen_and_written(cli: Cli, measured: Path) -> None:  # noqa: F811
    run = cli("calibrate", QUESTIONS, "--corpus", BRIEFS, "--refuse-at-most", 1, "--json", "--write")
    assert (run.code, run.err.count("stronger"), run.err.count("Encoding")) == (0, 0, 0)
    assert (run.json["goal"], run.json["chosen"]["refuse_below"]) == ({"refuse_at_most": 1, "right_at_least": None}, 1)
    settings = measured / "legation.toml"
    assert tomllib.loads(settings.read_text()) == {"refuse_below": 1}
    run = cli("calibrate", QUESTIONS, "--corpus", BRIEFS)
    chosen = re.match(r"Refuse below (\S+), chosen from 25 questions", run.out)
    assert chosen is not None
    assert run.out.endswith(
        f"legation.toml:  refuse_below = {chosen[1]}\nenvironment:    LEGATION_REFUSE_BELOW={chosen[1]}\n"
    )
    assert tomllib.loads(settings.read_text()) == {"refuse_below": 1}


@pytest.mark.usefixtures("measured")
def test_a_stronger_setting_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("LEGATION_REFUSE_BELOW", "0.123")
    run = cli("calibrate", QUESTIONS, "--corpus", BRIEFS, "--write")
    assert "LEGATION_REFUSE_BELOW, in the environment or in .env, is stronger than legation.toml." in run.err


def test_a_set_in_beir_layout_is_measured(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("ir_measures")
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    entries = [
        {"_id": "b", "title": "Basel", "text": "The consulate in Basel was closed on 3 May 1891."},
        {"_id": "s", "title": "Salzburg", "text": "The consular agency in Salzburg was opened in 1947."},
    ]
    queries = [
        {"_id": "1", "text": "When was the consulate in Basel closed?", "metadata": {"answers": ["3 May 1891"]}},
        {"_id": "2", "text": "Which wine is best with fish?", "metadata": {"answerable": False}},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(entry) for entry in entries))
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(query) for query in queries))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\tb\t1\n")
    run = cli("eval", "--beir", folder, "--json", "--errors", tmp_path / "errors.md")
    assert run.code == 0
    assert [run.json[name] for name in ("questions", "answerable", "documents")] == [2, 1, 2]
    measures = _measures(run.json)
    for name in ("nDCG@10", "recall@10", "recall@100", "MRR@10", "quote-contains-answer@1", "quote-contains-answer@3"):
        assert measures[name, None] == (1.0, 1)
    assert measures["AUROC", None] == (1.0, 2)
    assert measures["exact quotes", None][0] == 1.0
    assert (tmp_path / "errors.md").read_text().startswith("# Failing cases\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "legation eval takes either QUESTIONS.jsonl or --beir FOLDER."),
        ((QUESTIONS, "--beir", "set"), "legation eval takes either QUESTIONS.jsonl or --beir FOLDER."),
        (("--beir", "set", "--corpus", "docs"), "--corpus goes with QUESTIONS.jsonl"),
        (("--beir", "set"), "There is no folder called set."),
        (("nowhere.jsonl",), "nowhere.jsonl cannot be read: No such file or directory."),
        ((QUESTIONS, "--plot", "plot.pdf"), "--plot draws into a file that ends in .png or .svg."),
        ((QUESTIONS, "--errors", "nowhere/errors.md"), "nowhere/errors.md is no place for a file."),
        ((QUESTIONS, "--corpus", "nowhere"), "There is no folder called nowhere."),
        ((QUESTIONS, "--errors", QUESTIONS), "are the same file."),
        ((QUESTIONS, "--errors", "/dev/full"), "/dev/full is no place for a file."),
        ((QUESTIONS, "--errors", __file__), "holds something else, which would be lost; name another file."),
        ((QUESTIONS, "--errors", "a.svg", "--plot", "./a.svg"), "a.svg are the same file."),
        ((QUESTIONS, "--refuse-below", "nan"), "nan is not a number."),
        ((QUESTIONS, "--corpus", "."), "lies in . and would be read as documents; choose another."),
    ],
)
def test_what_cannot_be_measured_is_refused(cli: Cli, tmp_path: Path, arguments: tuple[Any, ...], problem: str) -> None:  # noqa: F811
    run = cli("eval", *arguments)
    assert (run.code, run.out) == (2, "")
    assert problem in run.err
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("measured")
def test_figures_are_printed_before_files_are_written(
    cli: Cli,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "check_target", lambda *paths: None)
    monkeypatch.setattr(command, "check_beginning", lambda *arguments: None)
    run = cli("eval", QUESTIONS, "--corpus", BRIEFS, "--limit", 1, "--json", "--errors", "/dev/full")
    assert (run.code, run.json["questions"]) == (9, 1)
    assert run.err.splitlines()[-1] == "/dev/full cannot be written: No space left on device."


def test_other_settings_are_measured_in_another_place(model_cache: Path, tmp_path: Path, corpus: Corpus) -> None:
    folder = corpus({"basel.txt": "Basel\n\nIt closed.\n"})
    homes = [
        measuring(Legation(load_settings(tmp_path / "home", model_cache=model_cache, **further)), folder).home.path
        for further in ({}, {"passage_tokens": 64}, {})
    ]
    assert homes[0] == homes[2]
    assert homes[0] != homes[1]


def test_what_is_measured_is_apart_from_what_machines_share(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither server is there: one that is asked for something is an error."""
    monkeypatch.setattr("bot.assemble.load_encoder", lambda *_: WordEncoder())
    shared = {"database": "postgresql://legation@127.0.0.1:1/legation"}, {"uri": "http://127.0.0.1:1", "prefix": "ours"}
    settings = load_settings(tmp_path / "home", model="words", library=shared[0], store=shared[1])
    measured = measuring(Legation(settings), corpus({"oslo.md": "# Oslo\n\nThe embassy in Oslo closed.\n"}))
    assert measured.library.counts() == [("corpus", "corpus", 1, None)]
    assert (measured.home.library.exists(), measured.home.generations.exists()) == (True, True)


def test_an_index_that_changes_meanwhile_is_noticed(model_cache: Path, tmp_path: Path, corpus: Corpus) -> None:
    folder = corpus({"basel.txt": "Basel\n\nIt closed.\n"})
    settings = load_settings(tmp_path / "home", model_cache=model_cache)

    def tell(event: Progress) -> None:
        if event.stage == "ask":
            corpus({"bern.txt": "Bern\n\nIt reopened.\n"})
            measuring(Legation(settings), folder)

    case = Case("1", "Did Basel close?", None, "any", None, (Gold("basel.txt", "It closed."),))
    with pytest.raises(BusyError, match="Another process changed the index while it was measured"):
        evaluate_questions(Legation(settings, tell), [case], folder, 0.5)


def test_too_few_questions_and_a_place_that_is_none_are_found_first(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    few = tmp_path / "few.jsonl"
    few.write_text('{"question": "When?", "gold": [{"doc": "a.txt", "quote": "x"}]}\n')
    run = cli("calibrate", few, "--write")
    assert (run.code, run.err) == (
        2,
        "Of 10 answerable questions that a threshold should be chosen from, there are 1; it is not written.\n",
    )
    (tmp_path / "home" / "legation.toml").mkdir(parents=True)
    run = cli("calibrate", QUESTIONS, "--write")
    assert (run.code, run.err) == (12, f"{tmp_path / 'home' / 'legation.toml'} is not a file.\n")
    assert cli("calibrate", QUESTIONS, "--right-at-least", "nan").code == 2


def test_a_bad_line_and_a_folder_of_nothing(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "empty").mkdir()
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"question": "When?"}\n{"question": 3}\n')
    run = cli("calibrate", bad)
    assert (run.code, run.err) == (2, 'Line 2 of the questions: "question" is a string with some text.\n')
    run = cli("eval", QUESTIONS, "--corpus", "empty")
    assert (run.code, run.err.splitlines()[-1]) == (11, f"Nothing could be read in {tmp_path / 'empty'}.")


@pytest.mark.parametrize(("command", "kind"), [("eval", Evaluation), ("calibrate", Calibration)])
def test_the_fields_of_the_json_are_described(command: str, kind: Any) -> None:
    (row,) = re.findall(rf"^\| `{command}` \| \| .*$", COMMANDS, flags=re.MULTILINE)
    assert re.findall(r"`(\w+)`", row)[1:] == [field.name for field in fields(kind)]
