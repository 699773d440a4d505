"""Tiny models with random weights, and what sentence-transformers makes of a few texts with them; a library in SQLite
and in PostgreSQL, with whoever fills it; Milvus.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.home import Home
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from tests.fakes.library_places import LibraryPlace, emptied, in_sqlite
from tests.fakes.milvus import MilvusServer
from tests.fakes.postgres import PostgresServer
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import Work


@pytest.fixture(scope="session")
def shared_uri(postgres_server: PostgresServer) -> str:
    """The address of the database in which all libraries of the session lie that are in PostgreSQL."""
    return postgres_server.database()


@pytest.fixture
def place(request: pytest.FixtureRequest, home: Home) -> LibraryPlace:
    """A place for a new library: in SQLite, or for tests that are marked with ``BOTH`` in each."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return in_sqlite(home.library)
    return emptied(request.getfixturevalue("shared_uri"))


@pytest.fixture
def library(place: LibraryPlace) -> Iterator[Library]:
    library = place.open()
    yield library
    library.close()


@pytest.fixture
def work(home: Home, place: LibraryPlace, library: Library, word_encoder: WordEncoder, parser: ParsingProcess) -> Work:
    return Work(home, library, word_encoder, parser, place=place)


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    server = MilvusServer(tmp_path_factory.mktemp("milvus") / "engine.db")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def originals(made_with_torch: Path) -> dict[str, npt.NDArray[np.float32]]:
    """What the models make of ``TEXTS`` and ``PAIRS``, as tests/fakes/original_outputs.py names it."""
    with np.load(made_with_torch / "outputs.npz") as outputs:
        return dict(outputs)
