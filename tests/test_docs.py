"""The documents say what the code does."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from bot.cli import EXIT_CHECK_FAILED, EXIT_INTERNAL, EXIT_INTERRUPTED, app
from bot.doctor import Finding
from bot.sources import ListedSource
from bot.training.feedback import FeedbackPairs
from bot.training.retrain import Retrained
from bot.types import Gap
from bot.verify import QuoteCheck
from index.backup import Part
from index.check import Check
from index.errors import LegationError, ReadError
from index.intake import Skipped
from index.readers import Format
from index.restore import Restored
from index.sync import SyncReport
from index.types import Pinpoint, Span

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def _sections(page: str) -> dict[str, str]:
    """The text below each heading of the second level, by its title."""
    _, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    return {title: text for title, _, text in (section.partition("\n") for section in sections)}


def _rows(text: str) -> Iterator[list[str]]:
    """The cells of the rows below the heads of a section's tables."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def _code(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def _exact(cell: str) -> str:
    """What stands between the first pair of backticks of a cell, if there is one."""
    found = re.match(r"`([^`]+)`", cell)
    return found[1] if found else ""


def test_settings_are_as_the_code_generates_them() -> None:
    generated = subprocess.check_output([sys.executable, "-m", "bot.settings"], cwd=ROOT)
    assert (ROOT / "docs" / "settings.md").read_bytes() == generated


def test_every_command_is_described() -> None:
    assert list(_sections(COMMANDS)) == [*app.commands, "Exit codes", "JSON"]


@pytest.mark.parametrize("name", list(app.commands))
def test_every_option_of_a_command_is_described_and_no_other(name: str) -> None:
    section = _sections(COMMANDS)[name]
    described = [_exact(first).split()[0] for first, *_ in _rows(section) if first.startswith("`--")]
    parameters = app.commands[name].params
    options = [parameter.opts[0] for parameter in parameters if isinstance(parameter, click.Option)]
    assert described == options
    arguments = [parameter for parameter in parameters if isinstance(parameter, click.Argument)]
    usage = re.match(rf"\n`legation {name}( [^`]+)?`", section)
    assert usage is not None
    assert _usage(usage[1]) == [_argument(argument) for argument in arguments]


def _usage(words: str | None) -> list[tuple[str, bool, bool]]:
    """(name, whether it may be left out, whether there may be several)."""
    parts = (words or "").split()
    return [(part.strip("[]…").rstrip("…"), part.startswith("["), "…" in part) for part in parts]


def _argument(argument: click.Argument) -> tuple[str, bool, bool]:
    # A question is several words to the shell, and one question to whoever asks it.
    name = re.match(r"[A-Z]+", argument.metavar or (argument.name or "").upper())
    assert name is not None
    several = argument.nargs == -1 and argument.name != "question"
    return name[0].removesuffix("S") if several else name[0], not argument.required, several


def test_options_of_every_command_are_named_with_the_program() -> None:
    opening = COMMANDS.partition("\n## ")[0]
    assert re.findall(r"`(-[-\w]+)[ `]", opening) == ["--home", "-h", "--help", "--json"]
    assert app.context_settings["help_option_names"] == ["-h", "--help"]
    assert [parameter.opts for parameter in app.params] == [["--version"]]
    assert "`legation --version`" in opening


def test_the_exit_codes_are_those_of_the_errors() -> None:
    kinds = LegationError.__subclasses__()
    expected = {(kind.exit_code, kind.__name__) for kind in kinds}
    expected |= {(0, ""), (EXIT_CHECK_FAILED, ""), (EXIT_INTERNAL, ""), (EXIT_INTERRUPTED, "")}
    rows = [row for row in _rows(_sections(COMMANDS)["Exit codes"]) if row[0].isdigit()]
    assert [(int(code), _exact(kind)) for code, kind, _ in rows] == sorted(expected)
    retryable = {_exact(kind) for _, kind, meaning in rows if "trying again can help" in meaning}
    assert retryable == {kind.__name__ for kind in kinds if kind.retryable}


@pytest.mark.parametrize(
    ("printed_by", "field", "kind"),
    [
        ("`add`, `sync`, `remove`", "", SyncReport),
        ("the same", "skipped", Skipped),
        ("`sources`", "sources", ListedSource),
        ("`verify`", "checks", QuoteCheck),
        ("`train-reader`", "", Retrained),
        ("`gaps`", "gaps", Gap),
        ("`feedback`", "", FeedbackPairs),
        ("`doctor`", "findings", Finding),
        ("`check`", "checks", Check),
        ("`backup`", "parts", Part),
        ("`restore`", "", Restored),
    ],
)
def test_the_fields_of_json_are_those_of_the_values(printed_by: str, field: str, kind: Any) -> None:
    rows = {(row[0], _exact(row[1])): row[3] for row in _rows(_sections(COMMANDS)["JSON"])}
    assert re.findall(r"`(\w+)`", rows[printed_by, field]) == [each.name for each in fields(kind)]


def _defined(path: Path) -> set[str]:
    """Functions, classes and methods (``Class.method``) of a module."""
    tree = ast.parse(path.read_text())
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    methods = {
        f"{node.name}.{method.name}"
        for node in named
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return methods | {node.name for node in named}


def test_every_hop_exists() -> None:
    sections = _sections((ROOT / "docs" / "how-it-works.md").read_text())
    for title in ("From a question to an answer", "A question in Slack", "From a source to the index"):
        hops = [row for row in _rows(sections[title]) if row[0].isdigit()]
        assert [number for number, *_ in hops] == ["1", "2", "3", "4", "5", "6"]
        missing = [name for _, path, name, _ in hops if _exact(name) not in _defined(ROOT / _exact(path))]
        assert missing == []


def test_every_name_in_how_it_works_exists() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text()
    spoken = set(re.findall(r"`([A-Z]\w+\.\w+|\w+_\w+|fuse)`", page))
    modules = [*(ROOT / "index").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]
    defined = {name for path in modules for name in _defined(path)}
    assert {"Library.publish", "add_sources", "fuse"} <= spoken
    assert spoken - defined == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", prose)
    paths = re.findall(r"`((?:index|bot|docs|tests|benchmarks|docker|\.ci)/[\w./-]*)`", prose)
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_reader_in_contributing_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, line = _code((ROOT / "CONTRIBUTING.md").read_text(), "python")
    registered = f"\nfrom index.readers import Format\n\nFORMATS = (\n{line})\n"
    (tmp_path / "subtitles_of_contributing.py").write_text(module + registered)
    monkeypatch.syspath_prepend(tmp_path)
    subtitles = import_module("subtitles_of_contributing")
    read_subtitles = subtitles.read_subtitles
    assert (Format("application/x-subrip", "index.readers.subtitles:read_subtitles", (".srt",)),) == subtitles.FORMATS

    one = "1\n00:00:01,000 --> 00:00:03,500\nThe embassy is closed.\n\n"
    two = "2\n00:01:04,000 --> 00:01:05,000\nIt reopens\nin May.\n"
    reading = read_subtitles((one + two).encode())
    first, second = one.index("The"), len(one) + two.index("It")
    assert reading.text == one + two
    assert reading.blocks == (Span(first, first + 22), Span(second, second + 18))
    assert reading.pinpoints == (
        Pinpoint(first, first + 22, "00:00:01"),
        Pinpoint(second, second + 18, "00:01:04"),
    )
    with pytest.raises(ReadError, match="no subtitles"):
        read_subtitles(b"The embassy is closed.\n")


def test_continuous_integration_ends_with_the_tests_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111 == 0o111
    last = script.read_text().splitlines()[-1]
    promised = re.search(r"-m pytest[^`\n]*", "".join(_code((ROOT / "README.md").read_text(), "sh")))
    assert promised is not None
    assert last == f"python {promised[0]} --durations=15"


def test_the_changelog_begins_with_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    first = next(iter(_sections((ROOT / "CHANGELOG.md").read_text())))
    assert re.fullmatch(rf"\[{re.escape(version)}\] - (unreleased|\d{{4}}-\d\d-\d\d)", first)
