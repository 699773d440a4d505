"""The command line from words to exit code, in this process, on the real model and index."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.chat.store import NAME, AnswerRecord, ChatStore
from bot.cli import app, main
from tests.conftest import Corpus

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "answer.schema.json").read_text())
QUESTION = "When was the consulate in Basel closed?"
SENTENCE = "The consulate in Basel was closed on 3 May 1891."
POSTS: dict[str, str | bytes] = {
    "switzerland/basel.md": (
        "---\ntitle: Basel\npublisher: Invented Archive\npublished: 1900-05\nurl: https://example.org/basel\n---\n\n"
        f"# Basel\n\n## Closure\n\n{SENTENCE} Its files went to Bern.\n"
    ),
    "austria/salzburg.txt": "Salzburg\n\nThe consular agency in Salzburg was opened in 1947 and reports to Vienna.\n",
}


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Run]


@pytest.fixture
def cli(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("LEGATION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(model_cache))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Run:
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Run(int(exit_.value.code or 0), out, err)

    return run


@pytest.fixture
def posts(cli: Cli, corpus: Corpus, one_parser: None) -> Path:
    folder = corpus(POSTS, "posts")
    assert cli("add", folder).code == 0
    return folder


def test_first_use_builds_the_index_from_the_briefs_and_answers(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    run = cli("ask", "Which embassies is North Korea closing, and why?")
    assert run.code == 0
    assert f"Nothing is indexed yet in {tmp_path / 'home'}; building the index once." in run.err
    promised = (ROOT / "README.md").read_text().split("```text\n")[1].split("```")[0]
    assert "Angola, Uganda and Spain" in promised
    assert run.out.startswith(promised)
    assert "\x1b" not in run.out
    again = cli("ask", "Which embassies is North Korea closing, and why?")
    assert (again.out, again.err) == (run.out, "")
    assert "briefs [briefs]: 32 documents, newest 2026-11-24" in cli("sources").out


def test_the_json_answer(cli: Cli, posts: Path) -> None:
    answer = cli("ask", "--json", QUESTION).json
    jsonschema.validate(answer, SCHEMA)
    text = cli("show", "posts/switzerland/basel.md", "--text").out
    quote = answer["quotes"][0]
    assert answer["found"] is True
    assert quote["text"] == text[quote["start"] : quote["end"]] == SENTENCE
    assert text[slice(*quote["highlight"])] == SENTENCE
    assert quote["pinpoint"] == "Closure"
    assert quote["document"] | {"version": ""} == {
        "id": "posts/switzerland/basel.md",
        "version": "",
        "title": "Basel",
        "publisher": "Invented Archive",
        "published": "1900-05",
        "url": "https://example.org/basel",
        "path": "switzerland/basel.md",
        "collection": "posts",
        "edition": None,
        "reference": None,
    }
    assert quote["link"].startswith("https://example.org/basel#:~:text=The%20consulate%20in%20Basel")


def test_the_json_answer_says_how_the_question_was_understood_and_scored(cli: Cli, posts: Path) -> None:
    answer = cli("ask", "--json", "When was the consulatte in Basel closed?").json
    jsonschema.validate(answer, SCHEMA)
    assert answer["kind"] == "answer"
    assert answer["question"] == "When was the consulatte in Basel closed?"
    understood = answer["understanding"]
    assert (understood["text"], understood["asked"]) == (QUESTION, ["date"])
    assert understood["corrections"] == [{"typed": "consulatte", "searched": "consulate"}]
    assert (understood["context_used"], understood["since"], understood["until"]) == (False, None, None)
    assert answer["searched"] == [{"name": "posts", "documents": 2, "newest": "1900-05"}]
    parts = answer["quotes"][0]["parts"]
    assert parts[0]["name"] == "intercept"
    logit = sum(part["adds"] for part in parts)
    assert answer["quotes"][0]["score"] == pytest.approx(1 / (1 + exp(-logit)), abs=1e-4)


def test_explain_shows_what_the_score_is_made_of(cli: Cli, posts: Path) -> None:
    plain, explained = cli("ask", QUESTION), cli("ask", "--explain", QUESTION)
    assert (explained.code, explained.err) == (0, "")
    assert explained.out.startswith(plain.out.rstrip("\n"))
    told = explained.out[len(plain.out) :]
    assert [word for word in ("sentence_dense", "offers_date", "intercept") if word not in told] == []


@pytest.mark.parametrize(("text", "kind"), [("help", "help"), ("hello!", "small-talk")])
def test_talk_gets_a_reply(cli: Cli, posts: Path, text: str, kind: str) -> None:
    run = cli("ask", "--json", text)
    jsonschema.validate(run.json, SCHEMA)
    assert (run.code, run.json["kind"], run.json["found"]) == (0, kind, False)
    assert (run.json["quotes"], run.json["nearest"], run.json["searched"]) == ([], [], [])
    said = cli("ask", text)
    assert (said.code, " ".join(said.out.split())) == (0, run.json["reason"])


def test_a_refusal_says_what_was_searched(cli: Cli, posts: Path) -> None:
    run = cli("ask", "best recipe for sourdough bread", "--since", "1900", "--until", "1950")
    assert run.code == 0
    said = " ".join(run.out.split())
    assert said.startswith("Not found in these sources.")
    assert "posts (2 documents, newest 1900-05)" in said
    assert "1900-01-01" in said
    assert "1950-12-31" in said


def test_own_documents_alone_are_searched_once_some_are_added(cli: Cli, posts: Path) -> None:
    assert [item["name"] for item in cli("sources", "--json").json["sources"]] == ["posts"]


def test_dates_and_collections_limit(cli: Cli, posts: Path) -> None:
    def paths(*options: str) -> list[str]:
        answer = cli("ask", "--json", QUESTION, *options).json
        return [quote["document"]["path"] for quote in answer["quotes"] + answer["nearest"]]

    assert set(paths("--since", "1900-05", "--until", "1900")) == {"switzerland/basel.md"}
    assert paths("--since", "1900-06") == []
    assert "switzerland/basel.md" in paths("--collection", "posts")
    wrong = cli("ask", QUESTION, "--collection", "nothing")
    assert (wrong.code, wrong.err) == (3, "There is no collection called nothing; there are: posts.\n")
    assert cli("ask", QUESTION, "--since", "yesterday").code == 2
    assert cli("ask", QUESTION, "--since", "1901", "--until", "1900").code == 2


def test_a_batch_keeps_order_ids_and_bad_lines(cli: Cli, posts: Path, tmp_path: Path) -> None:
    lines = [
        QUESTION,
        json.dumps({"id": "q2", "question": "and when was it opened?", "context": "consular agency in Salzburg"}),
        "",
        '{"question": 3, "id": "q3"}',
        "{broken",
        json.dumps({"id": 4, "question": "bread recipes"}),
    ]
    (tmp_path / "questions").write_text("\n".join(lines))
    run = cli("ask", "--json", "--batch", tmp_path / "questions")
    answers = [json.loads(line) for line in run.out.splitlines()]
    assert run.code == 2
    assert [answer["id"] for answer in answers[1:]] == ["q2", "q3", None, "4"]
    assert answers[0]["quotes"][0]["text"] == SENTENCE
    assert answers[1]["quotes"][0]["document"]["path"] == "austria/salzburg.txt"
    assert answers[1]["understanding"]["context_used"] is True
    assert [answer["error"]["exit_code"] for answer in answers[2:4]] == [2, 2]
    assert answers[4]["found"] is False
    assert cli("ask", "--batch", tmp_path / "questions").code == 2


def test_verify_follows_a_document_through_its_changes(cli: Cli, posts: Path, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(cli("ask", "--json", "--limit", "1", QUESTION).out)
    assert cli("verify", tmp_path / "answer.json").out == "[1] exact: posts/switzerland/basel.md @ 22:70\n"
    file = posts / "switzerland" / "basel.md"
    file.write_text(file.read_text().replace("## Closure", "## The closure"))
    assert "0 added, 1 changed, 0 removed, 1 unchanged, 0 skipped" in cli("sync").out
    run = cli("verify", tmp_path / "answer.json")
    assert (run.code, run.out) == (1, "[1] moved: posts/switzerland/basel.md @ 26:74\n")
    file.write_text("# Basel\n\nNothing is known of a closure.\n")
    cli("sync")
    assert cli("verify", tmp_path / "answer.json").out == (
        "[1] changed: posts/switzerland/basel.md @ 22:70\n"
        "  was: “The consulate in Basel was closed on 3 May 1891.”\n"
        "  now: nothing like it in posts/switzerland/basel.md\n"
    )
    assert cli("remove", "posts").code == 0
    run = cli("verify", "--json", tmp_path / "answer.json")
    assert run.code == 1
    assert [check["verdict"] for check in run.json["checks"]] == ["gone"]


def test_show_marks_a_stretch_and_refuses_nonsense(cli: Cli, posts: Path) -> None:
    assert ">>>" in cli("show", "basel.md", "--at", "22:70").out
    assert cli("show", "basel.md", "--at", "22:70", "--text").out == SENTENCE
    shown = cli("show", "basel.md", "--at", "22:70", "--json").json
    assert (shown["text"], shown["document"]["id"]) == (SENTENCE, "posts/switzerland/basel.md")
    for at in ("70:22", "20:2000", "20", "-1:5", "a:b"):
        assert cli("show", "basel.md", "--at", at).code == 2
    assert "ends before it begins" in cli("show", "basel.md", "--at", "70:22").err
    missing = cli("show", "geneva.md", "--json")
    assert missing.code == 3
    assert missing.json["error"]["message"] == "There is no document called geneva.md."


def test_what_cannot_be_added_leaves_nothing_behind(cli: Cli, posts: Path, corpus: Corpus) -> None:
    assert cli("add", "nowhere").code == 2
    bad = corpus({"a.md": b"\x00\x01", "b.txt": b"caf\xe9 closed", "c.md": b"", "d.bin": b"x"}, "bad")
    run = cli("add", bad)
    assert run.code == 11
    assert [line.split(":")[0] for line in run.err.splitlines() if line.startswith("skipped")] == [
        "skipped bad/a.md",
        "skipped bad/b.txt",
        "skipped bad/c.md",
    ]
    assert "passed over, as nothing reads such files: 1 .bin\n" in run.err
    assert run.err.endswith("Nothing could be read in bad; it was not added.\n")
    assert [item["name"] for item in cli("sources", "--json").json["sources"]] == ["posts"]


def test_of_kinds_that_are_passed_over_the_most_frequent_are_told(cli: Cli, corpus: Corpus) -> None:
    names = ["one.md", "a.zip", "b.zip", "README", *(f"{letter}.x{letter}" for letter in "abcdefgh")]
    run = cli("add", corpus(dict.fromkeys(names, SENTENCE), "mixed"))
    kinds = "2 .zip, 1 without an ending, 1 .xa, 1 .xb, 1 .xc, 1 .xd, 1 .xe, 1 .xf, 2 of other kinds"
    assert f"passed over, as nothing reads such files: {kinds}\n" in run.err


def test_an_error_that_stands_alone_says_why_nothing_was_added(cli: Cli, corpus: Corpus) -> None:
    run = cli("add", corpus({"a.md": b"", "b.zip": b"x"}, "bad"), "--json")
    reason = "bad/a.md: The file is empty or holds white space only"
    assert run.json["error"]["message"] == f"Nothing could be read in bad; it was not added ({reason})."
    run = cli("add", corpus({"one.doc": b"x", "b.zip": b"x"}, "old"), "--json")
    reason = "passed over, as nothing reads such files: 1 .doc, 1 .zip"
    assert run.json["error"]["message"] == f"Nothing could be read in old; it was not added ({reason})."


def test_two_places_of_one_name_are_told_apart(cli: Cli, posts: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "posts"
    other.mkdir(parents=True)
    (other / "one.md").write_text("The mission in Nuuk reopened in 2020.\n")
    assert cli("add", other).code == 0
    assert cli("add", other).code == 0
    assert [item["name"] for item in cli("sources", "--json").json["sources"]] == ["posts", "posts-2"]
    assert cli("remove", "nobody").code == 3


def test_a_damaged_index_is_rebuilt_and_answers(cli: Cli, posts: Path, tmp_path: Path) -> None:
    before = cli("ask", "--json", QUESTION).json
    (generation,) = [folder for folder in (tmp_path / "home" / "generations").iterdir() if folder.name[:1] == "0"]
    content = (generation / "vectors" / "00000000.f32").read_bytes()
    (generation / "vectors" / "00000000.f32").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    run = cli("ask", "--json", QUESTION)
    told = "The index files are missing or damaged; building the index from the library.\n"
    assert run.err.startswith(told)
    assert run.json["quotes"] == before["quotes"]
    assert run.json["generation"] != before["generation"]


def test_another_model_than_the_index_has_is_refused_until_a_sync(
    cli: Cli, posts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_MODEL", "another-model")
    run = cli("ask", QUESTION)
    assert run.code == 6
    assert run.err.startswith(
        "The index was built with the model all-MiniLM-L6-v2 and the settings name another-model;"
    )


def test_a_foreign_library_is_named_and_left_alone(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "library.sqlite").write_bytes(b"something else entirely\n" * 100)
    for command in (["ask", "x"], ["sources"], ["sync"]):
        assert cli(*command).code == 8
    assert (tmp_path / "home" / "library.sqlite").read_bytes() == b"something else entirely\n" * 100
    doctor = cli("doctor", "--json")
    assert doctor.code == 1
    assert [f["subject"] for f in doctor.json["findings"] if f["status"] == "wrong"] == [
        "library",
        "generation",
    ]


def test_doctor_finds_a_healthy_installation_healthy(cli: Cli, posts: Path) -> None:
    run = cli("doctor", "--json")
    assert run.code == 0
    findings = {finding["subject"]: finding for finding in run.json["findings"]}
    assert findings["library"]["detail"] == "documents: 2, sources: 1"
    assert {finding["status"] for finding in findings.values()} == {"ok"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", ""], 2),
        (["ask", "\x00"], 2),
        (["ask", "--limit", "0", "x"], 2),
        (["nothing"], 2),
        ([], 2),
        (["-h"], 0),
    ],
)
def test_usage_errors_are_one_sentence(cli: Cli, posts: Path, arguments: list[str], code: int) -> None:
    assert cli(*arguments).code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup", "-"],
        ["restore", "-"],
        ["eval", "q.jsonl", "--errors", "-"],
        ["eval", "q.jsonl", "--plot", "-"],
        ["eval", "q.jsonl", "--corpus", "-"],
        ["eval", "--beir", "-"],
        ["calibrate", "q.jsonl", "--corpus", "-"],
        ["train-reader", "p.jsonl", "--to", "-"],
        ["train-reader", "p.jsonl", "--to", "new", "--from", "-"],
        ["sources", "--home", "-"],
    ],
)
def test_what_is_no_stream_is_not_called_dash(cli: Cli, tmp_path: Path, arguments: list[str]) -> None:
    run = cli(*arguments)
    assert (run.code, run.err.partition(": ")[2]) == (
        2, "name a file or folder, instead of - (or ./- if it is called so).\n",
    )  # fmt: skip
    assert not (tmp_path / "-").exists()
    for blank in ("", "  "):
        run = cli(*(blank if each == "-" else each for each in arguments))
        assert (run.code, run.err.partition(": ")[2]) == (2, "the name is empty.\n")
    assert not (tmp_path / "  ").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "http://exa mple.org"], "The location of exa-mple.org is no valid web address."),
        (["add", "one.txt", "--exclude", "*"], "one file; --include and --exclude choose from what a folder holds."),
        (["add", "ftp://me:secret@example.org/x"], "ftp:// is not read; an address begins with http:// or https://."),
        (["eval", "--beir", "one.txt"], "There is no folder called one.txt."),
        (["sources", "--home", "one.txt"], "one.txt is no folder."),
        (["sources", "--home", "one.txt/home"], "one.txt is no folder."),
    ],
)
def test_what_cannot_be_is_told_by_its_name(cli: Cli, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "one.txt").write_text("The consulate in Basel was closed.\n")
    run = cli(*arguments)
    assert (run.code != 0, run.err.endswith(f"{sentence}\n"), "secret" in run.err) == (True, True, False), run.err
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", ""], ["add", "posts", "--collection", " "], ["sync", ""], ["remove", ""], ["diff", ""], ["show", ""],
        ["ask", "--collection", "", "who?"], ["ask", "--since", "", "who?"], ["screen", "table.csv", "--column", ""],
        ["gaps", "--since", ""],
    ],
)  # fmt: skip
def test_a_variable_of_the_shell_that_is_not_set_is_told(cli: Cli, tmp_path: Path, arguments: list[str]) -> None:
    """No name would otherwise be that of the folder in which one stands: all of it would be added."""
    run = cli(*arguments)
    assert (run.code, run.err.partition(": ")[2]) == (2, "it is empty.\n")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "arguments",
    [["eval", "-"], ["calibrate", "-"], ["verify", "-"], ["ask", "-"]],
)
def test_what_is_read_may_come_from_standard_input(
    cli: Cli, posts: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """The error is about what stands there."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x00")))
    run = cli(*arguments)
    assert (run.code, run.err) == (2, "Standard input is not UTF-8 text.\n")
    monkeypatch.setattr(sys, "stdin", None)
    assert cli(*arguments).err == "Standard input is closed.\n"


@pytest.mark.parametrize("arguments", [["eval"], ["calibrate"], ["verify"]])
def test_a_file_that_is_called_dash_is_not_standard_input(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    run = cli(*arguments, "./-")
    assert (run.code, run.err) == (2, f"{tmp_path / '-'} cannot be read: No such file or directory.\n")


def test_a_setting_that_is_not_allowed_is_named_without_its_value(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_REFUSE_BELOW", "hunter2")
    run = cli("sources")
    assert run.code == 12
    assert "LEGATION_REFUSE_BELOW" in run.err
    assert "hunter2" not in run.err + run.out


def test_a_reader_that_goes_away_is_no_error(posts: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m bot show posts/switzerland/basel.md --text | true; exit ${{PIPESTATUS[0]}}"
    finished = subprocess.run(
        ["/bin/bash", "-c", command], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert (finished.returncode, finished.stderr) == (0, "")


def test_nothing_is_left_outside_of_the_home_folder(posts: Path, tmp_path: Path) -> None:
    """onnxruntime, for one, would leave a device id in the user's cache."""
    user = tmp_path / "user"
    user.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    finished = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--json", QUESTION],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env=environment | {"HOME": str(user)},
    )
    assert json.loads(finished.stdout)["quotes"][0]["text"] == SENTENCE
    assert list(user.rglob("*")) == []


def test_names_have_no_slash_so_that_ids_stay_unique(cli: Cli, posts: Path) -> None:
    for name in ("a/b", "a\nb", " a", ""):
        assert cli("add", posts, "--name", name).code == 2
    assert cli("add", posts, "--collection", "x/y").code == 2


def test_adding_a_place_again_keeps_its_name_and_collection(cli: Cli, corpus: Corpus) -> None:
    folder = corpus(POSTS, "posts")
    cli("add", folder, "--name", "foo", "--collection", "treaties")
    assert "0 added, 0 changed, 0 removed, 2 unchanged" in cli("add", folder).out
    (source,) = cli("sources", "--json").json["sources"]
    assert (source["name"], source["collection"]) == ("foo", "treaties")


def test_an_add_that_added_nothing_leaves_the_briefs_to_answer(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = cli("add", tmp_path / "empty", "--json")
    assert refused.code == 11
    assert refused.json["error"]["exit_code"] == 11
    assert cli("ask", "--json", "Which embassies is North Korea closing, and why?").json["found"] is True


def test_an_emptied_library_is_not_replaced_in_silence(cli: Cli, posts: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "library.sqlite").write_bytes(b"")
    for command in (["ask", QUESTION], ["sync"], ["add", posts], ["sources"]):
        run = cli(*command)
        assert run.code == 8
        assert "restore it from a backup" in run.err
    assert len(list((tmp_path / "home" / "generations").iterdir())) == 1


def test_doctor_changes_nothing(cli: Cli, posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_MODEL_CACHE", str(tmp_path / "models"))
    assert cli("doctor").code == 0
    assert not (tmp_path / "models").exists()


def test_a_batch_may_begin_with_a_byte_order_mark_and_hold_bad_bytes(cli: Cli, posts: Path, tmp_path: Path) -> None:
    line = json.dumps({"id": "a", "question": QUESTION}).encode()
    (tmp_path / "questions").write_bytes(b"\xef\xbb\xbf" + line + b"\n\xff\xfe\n" + line + b"\n")
    answers = [json.loads(text) for text in cli("ask", "--json", "--batch", tmp_path / "questions").out.splitlines()]
    assert [answer["id"] for answer in answers if "error" not in answer] == ["a", "a"]
    assert answers[1]["error"]["message"] == "The question is empty."


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-", ">/dev/full"])
def test_closed_and_full_streams_end_without_a_traceback(posts: Path, redirection: str) -> None:
    command = f"{sys.executable} -m bot sources {redirection}"
    finished = subprocess.run(
        ["/bin/bash", "-c", command], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert "Traceback" not in finished.stderr
    assert finished.returncode == (9 if "full" in redirection else 0)


def test_a_text_for_a_closed_stream_is_no_fault(cli: Cli, posts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    run = cli("show", "posts/switzerland/basel.md", "--text")
    assert (run.code, run.out, run.err) == (0, "", "")


def test_ctrl_c_is_clean_from_the_first_moment(posts: Path) -> None:
    """Interrupted while its modules are being loaded: Python's own start-up is behind it by then."""
    program = (
        "import builtins, signal, os, sys\n"
        "real = builtins.__import__\n"
        "def loading(name, *rest):\n"
        "    if name.startswith('pydantic_settings'): os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = loading\n"
        "from bot.__main__ import main\n"
        "sys.argv = ['legation', 'sources']\n"
        "main()\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert (finished.returncode, finished.stderr, finished.stdout) == (130, "Stopped.\n", "")


def test_the_manifest_follows_the_settings(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    default = cli("slack", "--manifest")
    assert (default.code, default.err) == (0, "")
    assert default.out == (Path(__file__).parents[2] / "slack_manifest.yaml").read_text()
    monkeypatch.setenv("LEGATION_SLACK__COMMAND", "/why")
    assert "command: /why\n" in cli("slack", "--manifest").out
    monkeypatch.setenv("LEGATION_SLACK__MODE", "http")
    refused = cli("slack", "--manifest")
    assert (refused.code, refused.out) == (12, "")
    assert refused.err == (
        "Slack must know where to reach Legation in http mode: set slack.public_url (LEGATION_SLACK__PUBLIC_URL).\n"
    )


def test_gaps_are_listed(cli: Cli, tmp_path: Path) -> None:
    store = ChatStore(tmp_path / "home" / NAME)
    for name, question in enumerate(("Who closed Hentzau?", "who closed hentzau", "Is it \x1b[31mred?")):
        store.put_answer(AnswerRecord(str(name), "not-found", question))
    store.put_answer(AnswerRecord("3", "answer", "When was Basel closed?"))
    assert store.put_feedback("3", False, None)
    store.close()
    today = datetime.now(UTC).date().isoformat()
    assert sorted(cli("gaps").out.splitlines()) == sorted([
        f"2 times, last on {today}: who closed hentzau",
        f"once, last on {today}, 1 of them answered and marked as wrong: When was Basel closed?",
        f"once, last on {today}: Is it ⟨U+001B⟩[31mred?",
    ])  # fmt: skip
    assert cli("gaps", "--limit", "1").out.splitlines()[1] == "2 more groups; --limit shows them."
    assert cli("gaps", "--json", "--limit", "1").json["gaps"] == [
        {"question": "who closed hentzau", "times": 2, "latest": today, "marked_wrong": 0, "others": []}
    ]
    assert cli("gaps", "--json", "--since", "2999").json == {"gaps": []}
    assert cli("gaps", "--since", "soon").code == 2


def test_the_settings_are_shown_without_secrets(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_SLACK__BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("LEGATION_SLACK__CHANNELS", '{"C012AB3CD": ["posts"]}')
    shown = cli("doctor", "--show-config").out
    assert "secret" not in shown.replace("signing_secret", "")
    lines = dict(line.split(" =", 1) for line in shown.splitlines())
    assert (lines["slack.bot_token"], lines["slack.app_token"]) == (" set", "")
    assert lines["slack.channels"] == ' {"C012AB3CD": ["posts"]}'
    as_json = cli("doctor", "--show-config", "--json").json["settings"]
    assert (as_json["slack.bot_token"], as_json["slack.app_token"], as_json["slack.port"]) == ("set", None, "3000")


def test_the_list_of_commands_is_read_at_a_glance(cli: Cli) -> None:
    shown = cli("--help").out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in shown] == sorted(app.commands)
    assert all(line.endswith(".") and not line.endswith("...") and len(line) <= 80 for line in shown)
