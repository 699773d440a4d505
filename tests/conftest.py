"""What the tests share, and which parts of it are real.

Real everywhere: SQLite, FAISS, tantivy, the readers, the splitter, files, locks and processes, so
that a test fails when one of them behaves otherwise than we think. Nothing is mocked.

Fake, because a model costs seconds and its vectors differ between processors: the encoder of tests
that are about storage. ``WordEncoder`` keeps the contract of ``index.types.Encoder``, and its
vectors can be worked out by hand. Tests about the quality of answers, and of the command line,
take ``encoder`` or ``model_cache``: the real default model, exported once in a run (tests/once.py).

No test opens a connection to the outside; the model hub is switched off before anything is imported.
"""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

import faulthandler
import gc
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, settings

from index.encode import OnnxEncoder
from index.home import Home
from index.library import Library
from index.parsing.process import ParsingLimits
from index.parsing.supervisor import ParsingProcess
from tests.fakes.postgres import PostgresServer
from tests.fakes.word_encoder import WordEncoder
from tests.once import made_once
from tests.rounds import PROPERTY, Rounds

NOBODY = 65534

Corpus = Callable[..., Path]
"""Called with a dict of paths to contents (text or bytes), and optionally the name of the folder."""

Refusals = dict[str, dict[str, Any]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="tests/reliability: the long form of each test")
    parser.addoption("--soak-from", type=int, default=0, help="the round that the long form begins with")
    parser.addoption("--soak-minutes", type=float, default=20, help="the most that the long form of one test may take")


def pytest_configure(config: pytest.Config) -> None:
    """No example has a time limit, which a busy machine would not keep; the same examples each time, but in a soak."""
    settings.register_profile(
        "legation",
        deadline=None,
        derandomize=not config.getoption("--soak"),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("legation")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a script runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests stay until the end: nobody looks for garbage among them, while they are read or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the long form did: a test that ran out of time before it ran out of rounds says so."""
    if not config.getoption("--soak"):
        return
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, counted in report.user_properties:
                if name == PROPERTY and report.when == "call":
                    done, wanted = counted
                    terminalreporter.write_line(f"{report.nodeid}: {done:,} of {wanted:,} rounds, {outcome}")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> Rounds:
    """``for number, random in rounds(short=20, long=1000): ...``"""
    if request.config.getoption("--soak"):
        faulthandler.cancel_dump_traceback_later()  # it ends by --soak-minutes
    chosen = [request.config.getoption(name) for name in ("--soak", "--soak-minutes", "--soak-from")]
    return Rounds(*chosen, request)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def library(home: Home) -> Iterator[Library]:
    library = Library(home.library)
    yield library
    library.close()


@pytest.fixture
def word_encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Writes files into a folder (created if need be) and returns the folder."""

    def write(files: dict[str, str | bytes], name: str = "corpus") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


@pytest.fixture
def bound_folder() -> Iterator[Path]:
    """A folder in which permissions bind: as root, the test runs as nobody while it uses it."""
    folder = Path(tempfile.mkdtemp(prefix="legation-test-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
        for parent, folders, _ in os.walk(folder):
            for name in folders:
                (Path(parent) / name).chmod(0o700)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real server for the test session; who stops it starts it again. Skips where none is installed."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_uri(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    uri = postgres_server.database()
    yield uri
    postgres_server.drop(uri)


@pytest.fixture(scope="session")
def parser() -> Iterator[ParsingProcess]:
    """A process that reads documents, running already: whoever has no access to the interpreter can use it too."""
    with ParsingProcess(ParsingLimits()) as process:
        process.parse({"a.txt": b"A."}, "a.txt", None)
        yield process


@pytest.fixture
def one_parser(parser: ParsingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """What syncs in this process reads by ``parser``, in place of a process that is started for each sync."""

    class Shared:
        parse = parser.parse

        def __init__(self, limits: ParsingLimits) -> None: ...
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...
        def begin(self) -> None: ...
        def close(self) -> None: ...

    for module in ("index.sync", "index.parsing.supervisor"):
        monkeypatch.setattr(f"{module}.ParsingProcess", Shared)


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the real model lies exported: give it to the command line as LEGATION_MODEL_CACHE."""
    from index.export import load_encoder

    return made_once(tmp_path_factory, "models", lambda cache: load_encoder("all-MiniLM-L6-v2", "int8", cache))


@pytest.fixture(scope="session")
def encoder(model_cache: Path) -> OnnxEncoder:
    """The real default model."""
    from index.export import load_encoder

    return load_encoder("all-MiniLM-L6-v2", "int8", model_cache)


@pytest.fixture(scope="session")
def made_with_torch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models and of what becomes of them, which tests/fakes/made_with_torch.py describes. Made in a process
    of its own, so that torch never enters the process of the tests.
    """
    command = [sys.executable, "-m", "tests.fakes.made_with_torch"]

    def make(folder: Path) -> None:
        subprocess.run([*command, folder], check=True, capture_output=True, cwd=Path(__file__).parents[1])

    return made_once(tmp_path_factory, "torch", make)


@pytest.fixture(scope="session")
def tiny_models(made_with_torch: Path) -> Path:
    """A folder of models, which tests/fakes/tiny_models.py describes. Not to be changed: copy one."""
    return made_with_torch / "tiny"


@pytest.fixture(scope="session")
def tiny_cache(made_with_torch: Path) -> Path:
    """Where tiny models lie exported. What is in it stays as it is."""
    return made_with_torch / "exports"


@pytest.fixture(scope="session")
def small_readers(made_with_torch: Path) -> Path:
    """A folder of readers, which tests/fakes/small_readers.py describes. Not to be changed: copy one."""
    return made_with_torch / "readers"


@pytest.fixture(scope="session")
def refusals(made_with_torch: Path) -> Refusals:
    """By kind and name of a model: what was said when it was refused, and what was left of the attempt."""
    return dict(json.loads((made_with_torch / "refusals.json").read_text()))
