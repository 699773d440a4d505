"""What is installed is what stands in the checkout, and its dependencies are all that it imports."""

import ast
import configparser
import hashlib
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from email.parser import HeaderParser
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.built_wheel import ROOT, build_wheel

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MODULES = [path for name in ("index", "bot") for path in (ROOT / name).rglob("*.py")]
EVALUATION = [path for path in MODULES if path.is_relative_to(ROOT / "bot" / "evaluation")]
ELSEWHERE = [*(ROOT / "index").glob("postgres*.py"), *(ROOT / "index" / "milvus").glob("*.py")]
"""What talks to databases that only some have."""
TRAINING = [path for path in MODULES if path.is_relative_to(ROOT / "bot" / "training")]

APACHE_2_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def _parsed(paths: list[Path]) -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in paths]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as pip would lay them into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    with ZipFile(build_wheel(folder)) as wheel:
        wheel.extractall(folder / "unpacked")  # noqa: S202 - a wheel that was built just now
    return folder / "unpacked"


def _information(unpacked: Path) -> Path:
    (folder,) = unpacked.glob("legation-*.dist-info")
    return folder


def test_the_wheel_holds_every_module_and_every_brief_and_nothing_else(unpacked: Path) -> None:
    expected = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for package in ("index", "bot")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".toml", ".json", ".txt"} or path.name == "py.typed"
    }
    reader = [path for path in (ROOT / "bot" / "reader").iterdir() if path.is_file()]
    expected |= {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in reader}
    assert {"bot/reader/weights.bin", "bot/reader/MODEL_CARD.md"} <= expected.keys()
    tables = {"bot/countries.json", "bot/place_words.txt", "bot/glossary.toml", "index/catalogue.toml"}
    assert {"bot/ranking.json", *tables} <= expected.keys()
    briefs = {f"bot/sources/{path.name}": path.read_bytes() for path in (ROOT / "docs/sources").glob("*.md")}
    assert len(briefs) >= 32
    expected |= briefs
    shipped = {
        path.relative_to(unpacked).as_posix(): path.read_bytes()
        for package in ("index", "bot")
        for path in (unpacked / package).rglob("*")
        if path.is_file()
    }
    assert {"index/py.typed", "bot/py.typed"} <= shipped.keys()
    assert shipped == expected
    assert sorted(path.name for path in unpacked.iterdir()) == ["bot", "index", _information(unpacked).name]


def test_the_source_archive_holds_what_the_wheel_is_made_of(unpacked: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (archive,) = tmp_path.glob("legation-*.tar.gz")
    with tarfile.open(archive) as opened:
        packed = {name.partition("/")[2] for name in opened.getnames()}
    shipped = {
        path.relative_to(unpacked).as_posix().replace("bot/sources/", "docs/sources/")
        for package in ("index", "bot")
        for path in (unpacked / package).rglob("*")
        if path.is_file()
    }
    assert {"bot/ranking.json", "docs/sources/taipei-embassy-1979.md"} <= shipped
    assert (shipped | {"pyproject.toml", "README.md", "LICENSE"}) - packed == set()


def test_the_licence_is_the_unmodified_apache_2_and_travels_along(unpacked: Path) -> None:
    licence = (_information(unpacked) / "licenses" / "LICENSE").read_bytes()
    assert hashlib.sha256(licence).hexdigest() == APACHE_2_SHA256
    assert licence == (ROOT / "LICENSE").read_bytes()


def test_the_metadata_names_version_licence_and_readme(unpacked: Path) -> None:
    metadata = HeaderParser().parsestr((_information(unpacked) / "METADATA").read_text())
    assert metadata["Name"] == "legation"
    assert metadata["Version"] == PROJECT["version"]
    assert metadata["License-Expression"] == "Apache-2.0 AND CC-BY-SA-4.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_payload() == (ROOT / "README.md").read_text()


def test_the_command_is_legation(unpacked: Path) -> None:
    entry_points = configparser.ConfigParser()
    entry_points.read(_information(unpacked) / "entry_points.txt")
    assert {name: dict(entry_points[name]) for name in entry_points.sections()} == {
        "console_scripts": {"legation": "bot.__main__:main"}
    }


def test_an_installed_legation_finds_its_briefs(unpacked: Path, tmp_path: Path) -> None:
    program = "from bot.assemble import shipped_sources; print(shipped_sources())"
    environment = {"PYTHONPATH": str(unpacked)}
    printed = subprocess.check_output([sys.executable, "-c", program], cwd=tmp_path, env=environment, text=True)
    assert printed == f"{unpacked / 'bot' / 'sources'}\n"


def _imported(*roots: ast.AST) -> Iterator[str]:
    for node in chain.from_iterable(map(ast.walk, roots)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _normalised(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _declared(requirements: list[str]) -> set[str]:
    return {_normalised(requirement) for requirement in requirements}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _provided_by(modules: set[str]) -> dict[str, set[str]]:
    """The distributions that bring each module that is neither Python's nor ours."""
    foreign = modules - sys.stdlib_module_names - {"index", "bot"}
    return {name: {_normalised(each) for each in _distributions().get(name, [])} for name in foreign}


def test_everything_imported_is_a_declared_dependency() -> None:
    known = _declared(PROJECT["dependencies"])
    always = [path for path in MODULES if path not in {*EVALUATION, *ELSEWHERE, *TRAINING}]
    provided = _provided_by(set(_imported(*_parsed(always))))
    assert [name for name, by in provided.items() if not by & known] == []
    assert {"click", "faiss", "lxml", "tantivy", "yaml"} <= provided.keys()  # the search itself works


def test_only_an_evaluation_imports_what_is_installed_on_request_and_only_when_it_runs() -> None:
    known, extra = _declared(PROJECT["dependencies"]), _declared(PROJECT["optional-dependencies"]["eval"])
    provided = _provided_by(set(_imported(*_parsed(EVALUATION))))
    assert {name for name, by in provided.items() if not by & known} == {"ir_measures", "matplotlib"}
    assert all(by & (known | extra) for by in provided.values())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    at_import = [node for tree in _parsed(EVALUATION) for node in tree.body if not isinstance(node, functions)]
    assert {"ir_measures", "matplotlib"} & set(_imported(*at_import)) == set()


def test_only_what_talks_to_another_database_imports_its_client() -> None:
    known, extras = _declared(PROJECT["dependencies"]), PROJECT["optional-dependencies"]
    provided = _provided_by(set(_imported(*_parsed(ELSEWHERE))))
    asked = {name: by for name, by in provided.items() if not by & known}
    assert asked.keys() == {"grpc", "psycopg", "psycopg_pool", "pymilvus"}
    assert all(by & _declared([*extras["milvus"], *extras["postgres"]]) for by in asked.values())


def test_only_the_process_that_trains_imports_what_trains() -> None:
    """Those of the extra are not installed here, or come with sentence-transformers; their modules have their names."""
    known, extra = _declared(PROJECT["dependencies"]), _declared(PROJECT["optional-dependencies"]["train"])
    provided = _provided_by(set(_imported(*_parsed(TRAINING))))
    needed = {name for name, by in provided.items() if not by & known}
    assert needed == {"datasets", "safetensors", "transformers"}
    assert needed | {"accelerate"} == extra  # transformers' trainer imports it
    heavy = needed | {"torch", "sentence_transformers"}
    names = {path.stem for path in TRAINING if heavy & set(_imported(*_parsed([path])))}
    assert names == {"__main__", "loss", "train"}
