"""A disk that is full, read-only or closed to us: one sentence, an exit code, and the old index answers on.

Syncs run in processes of their own: under a limit on the size of files (RLIMIT_FSIZE), which writes anywhere in them
run into, and on a small disk of their own, which is really full. Permissions bind whoever is not root.
"""

import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest

from index.errors import LegationError, StorageError
from index.home import delete_folder
from index.types import Progress
from tests.fakes.apart import Ending, apart
from tests.fakes.post_library import OLD, Files, PostLibrary, State, changed, filled, undisturbed
from tests.fakes.small_disk import close_disk, mount_disk, resize_disk
from tests.rounds import Rounds

ENOUGH = 65_536
"""Kilobytes."""
SAME_FILES = 6
"""So many rounds sync the same files, each with another limit: what is to come of them is worked out once."""


def is_clear(sentence: str) -> bool:
    """One sentence that says what cannot be done, and shows nobody's insides."""
    words = ("cannot be stored", "cannot be read or written", "is full", "Nothing can be written")
    return sentence.endswith((".", "?")) and "\n" not in sentence and any(each in sentence for each in words)


def limited(talk: Connection, place: Path, event: int, most_bytes: int) -> str:
    """Syncs; when it has told of so much, no file may grow beyond so many bytes."""
    told = 0

    def limit(progress: Progress | None) -> None:
        nonlocal told
        told += 1
        if told == event:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit(None)
    return PostLibrary(place).sync(limit).generation


def check_refused(ending: Ending, library: PostLibrary, old: State, new: State) -> bool:
    """Whether it was refused: then with a sentence, and what answered before still does, or what was published."""
    if ending.refusal is None:
        assert library.state() == new
        return False
    assert (ending.code, ending.refusal.kind, ending.refusal.exit_code) == (0, "StorageError", StorageError.exit_code)
    assert is_clear(ending.refusal.sentence), ending.refusal
    assert library.state() in (old, new)
    return True


@pytest.fixture
def expected(folder: Path, template: PostLibrary) -> Callable[[int], tuple[Files, State]]:
    """By the number of a round its files, and the state after a sync of them to which nothing happens."""

    @lru_cache(maxsize=1)
    def expect(number: int) -> tuple[Files, State]:
        files = changed(OLD, Random(number))
        return files, undisturbed(template, files, folder / "undisturbed")

    return lambda number: expect(number // SAME_FILES)


def test_no_file_can_grow(
    folder: Path, template: PostLibrary, expected: Callable[[int], tuple[Files, State]], rounds: Rounds
) -> None:
    old = template.state()
    refused = done = 0
    for number, random in rounds(short=24, long=1500):
        files, new = expected(number)
        library = template.copy(folder / f"limited-{number}")
        library.fill(files)
        stored = library.stored()
        most_bytes = int(2 ** random.uniform(0, 17))
        ending = apart(limited, library.place, random.randint(1, 20), most_bytes)
        refused += check_refused(ending, library, old, new)
        assert stored <= library.stored()
        assert library.sync().generation
        assert library.state() == new
        done += 1
        delete_folder(library.place)
    assert refused > done / 3


# A small disk


def on_a_small_disk(
    talk: Connection, template: Path, disk: Path, files: dict[str, str], kilobytes: int
) -> tuple[tuple[str, str] | None, State, State]:
    """Syncs where so much room is left; and again when there is enough. What was refused, and the states after both."""
    mount_disk(disk, ENOUGH)
    library = PostLibrary(template).copy(disk / "library")
    library.fill(files)
    resize_disk(disk, _used(disk) + kilobytes)
    refused = None
    try:
        library.sync()
    except LegationError as error:
        refused = (type(error).__name__, error.user_message)
    found = library.state()
    resize_disk(disk, ENOUGH)
    library.sync()
    return refused, found, library.state()


def on_a_closed_disk(talk: Connection, template: Path, disk: Path) -> tuple[State, list[tuple[str, str]]]:
    """What can be read where nothing can be written, and how a sync is refused there."""
    mount_disk(disk, ENOUGH)
    library = PostLibrary(template).copy(disk / "library")
    library.fill(changed(OLD, Random(1)))
    close_disk(disk, ENOUGH)
    refusals = []
    for _ in range(2):
        with suppress(StorageError):
            try:
                library.sync()
            except StorageError as error:
                refusals.append((type(error).__name__, error.user_message))
                raise
    return library.state(), refusals


def _used(disk: Path) -> int:
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize // 1024


def may_mount(talk: Connection, disk: Path) -> bool:
    try:
        mount_disk(disk, ENOUGH)
        resize_disk(disk, ENOUGH)
    except OSError:
        return False
    return True


@pytest.fixture
def disk(folder: Path) -> Path:
    place = folder / "disk"
    place.mkdir(exist_ok=True)
    if not apart(may_mount, place).value:
        pytest.skip("no process may mount a disk of its own here")
    return place


def test_a_full_disk(
    template: PostLibrary, disk: Path, expected: Callable[[int], tuple[Files, State]], rounds: Rounds
) -> None:
    old = template.state()
    sentences = set()
    for number, random in rounds(short=12, long=500):
        files, new = expected(number)
        kilobytes = number * 12 % 300 if number < 100 else random.randrange(300)
        ending = apart(on_a_small_disk, template.place, disk, files, kilobytes)
        refused, found, last = ending.value
        if refused is None:
            assert found == new
        else:
            assert refused[0] == "StorageError", refused
            assert is_clear(refused[1]), refused
            sentences.add(refused[1])
            assert found in (old, new)
        assert last == new
    assert "The disk is full; the index is as it was." in sentences


def test_a_disk_that_can_only_be_read(template: PostLibrary, disk: Path) -> None:
    found, refusals = apart(on_a_closed_disk, template.place, disk).value
    assert found == template.state()
    assert len(refusals) == 2
    assert all(is_clear(sentence) for _, sentence in refusals)


# No permission. With "template" all is imported already: whoever is nobody may not read the interpreter's files.

FORBIDDEN = {
    "home": 0o555, "home/generations": 0o555, "home/library.sqlite": 0o444, "home/sync.lock": 0o000,
    "home/sync.owner": 0o000,
}  # fmt: skip


@pytest.mark.parametrize("path", FORBIDDEN)
@pytest.mark.usefixtures("template")
def test_what_may_not_be_written(bound_folder: Path, path: str) -> None:
    library = filled(bound_folder / "library")
    old = library.state()
    library.fill(changed(OLD, Random(1)))
    (library.home.path / "sync.owner").touch()
    forbidden = library.place / path
    forbidden.chmod(FORBIDDEN[path])
    with pytest.raises(StorageError) as caught:
        library.sync()
    assert is_clear(caught.value.user_message), caught.value.user_message
    assert library.state() == old
    if forbidden.exists():  # a file that names an owner is cleared away where its folder allows it
        forbidden.chmod(0o700)
    library.sync()
    assert library.state() != old


@pytest.mark.parametrize("path", ["home", "home/library.sqlite", "home/generations"])
@pytest.mark.usefixtures("template")
def test_what_may_not_even_be_read(bound_folder: Path, path: str) -> None:
    library = filled(bound_folder / "library")
    old = library.state()
    forbidden = library.place / path
    forbidden.chmod(0o000)
    with pytest.raises(LegationError) as caught:
        library.state()
    assert caught.value.user_message.count("\n") == 0
    forbidden.chmod(0o700)
    assert library.state() == old


def test_an_owner_file_that_takes_no_bytes(template: PostLibrary, folder: Path) -> None:
    library = template.copy(folder / "owner")
    library.fill(changed(OLD, Random(1)))
    owner = library.home.path / "sync.owner"
    owner.symlink_to("/dev/full")
    with pytest.raises(StorageError) as caught:
        library.sync()
    assert caught.value.user_message == f"Nothing can be written to {library.home.path}: No space left on device."
    assert library.state() == template.state()
    assert not owner.is_symlink()
    library.sync()
