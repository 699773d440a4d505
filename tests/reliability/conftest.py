"""What the tests of reliability share: a small library in memory, to be copied, broken and compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.post_library import PostLibrary, filled, quick_folder


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """On a disk in memory where there is one."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def template(folder: Path) -> PostLibrary:
    """Not to be changed: copy it."""
    return filled(folder / "template")
