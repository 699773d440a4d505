"""Backups: whole, of one moment, verified before anything is replaced, and harmless whoever made the file."""

import fcntl
import hashlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from index import backup as module
from index import database_copy
from index.backup import MANIFEST, Backup, Part, write_backup
from index.database import Database
from index.errors import BackupError, BusyError, EmptyLibraryError, LibraryError, StorageError, UsageError
from index.home import Home
from index.library import Library
from index.library_schema import LIBRARY
from index.lock import writer_lock
from index.parsing.supervisor import ParsingProcess
from index.restore import Restored, finish_restore, restore
from index.search import Searcher
from index.sqlite_schema import Schema
from index.sync import Limits, sync
from index.types import Filter, Progress, Query, Source
from tests.conftest import Corpus
from tests.fakes.word_encoder import WordEncoder

STATE = Schema(
    name="state", application_id=7, version=1, statements="CREATE TABLE notes (words TEXT NOT NULL) STRICT",
    mend="move it away", upgrades={}, kept="the rest is kept", private=True,
)  # fmt: skip
DATABASES = {"library.sqlite": LIBRARY, "state.sqlite": STATE}
POSTS: dict[str, str | bytes] = {
    "strelsau.md": "# Strelsau\n\nThe embassy in Strelsau closed in May. It reopened in June.\n",
    "zenda.md": "# Zenda\n\nThe legation in Zenda was withdrawn.\n",
}
LIMITS = Limits(10_000, 64)


@pytest.fixture
def filled(home: Home, corpus: Corpus, parser: ParsingProcess) -> Home:
    """A home with two documents, some state, a manifest of sources, and settings."""
    fill(home, corpus(POSTS, "posts"), parser)
    return home


def fill(home: Home, folder: Path, parser: ParsingProcess, note: str = "first") -> None:
    with closing(Library(home.library)) as library:
        sync(home, library, WordEncoder(), LIMITS, add=[Source(folder.name, str(folder), "posts")], parser=parser)
    remember(home, note)
    home.manifest.write_text(f'# of {folder.name}\n[[source]]\nname = "{folder.name}"\nlocation = "{folder}"\n')
    (home.path / "legation.toml").write_text("[slack]\nbot_token = 'xoxb-secret'\n")


def remember(home: Home, note: str) -> None:
    with closing(Database(home.path / "state.sqlite", STATE)) as state, state.writing() as connection:
        connection.execute("INSERT INTO notes VALUES (?)", (note,))


def content(path: Path) -> list[str]:
    """Everything that a database holds."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def contents(home: Home) -> dict[str, object]:
    """Everything in a home that a backup can have."""
    kept = {name: content(home.path / name) for name in DATABASES if (home.path / name).exists()}
    return kept | ({"sources.toml": home.manifest.read_bytes()} if home.manifest.exists() else {})


def write(home: Home, target: Path, *, replace: bool = False, tell: Callable[[Progress], None] = print) -> Backup:
    return write_backup(home, target, DATABASES, replace=replace, tell=tell)


def put_back(home: Home, path: Path, *, replace: bool = False) -> Restored:
    return restore(home, path, DATABASES, ("slack",), replace=replace)


def paths(home: Home) -> list[str]:
    """What is asked finds this, in this order; the index is built again if need be."""
    encoder = WordEncoder()
    with closing(Library(home.library)) as library:
        sync(home, library, encoder, LIMITS, only=())
        assert encoder.encoded == []
        result = Searcher(home, library, encoder).search(Query("embassy Strelsau"), Filter(), 3)
    return [hit.stored.document.path for hit in result.hits]


# What is in it


def test_a_backup_is_put_back_into_an_empty_home_and_answers(filled: Home, tmp_path: Path) -> None:
    made = write(filled, tmp_path / "b.tar")
    other = Home(tmp_path / "other")
    restored = put_back(other, tmp_path / "b.tar")
    assert restored == Restored(made.created, ("library.sqlite", "state.sqlite", "sources.toml"), 2, None)
    assert contents(other) == contents(filled)
    assert not (other.path / "legation.toml").exists()
    assert paths(other) == paths(filled) == ["strelsau.md", "zenda.md"]
    assert sorted(each.name for each in other.path.iterdir() if each.is_dir()) == ["generations"]
    assert (other.path / "state.sqlite").stat().st_mode & 0o077 == 0


def test_it_is_a_plain_archive_with_checksums_for_its_owner_alone(filled: Home, tmp_path: Path) -> None:
    target = tmp_path / "b.tar"
    made = write(filled, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert b"xoxb" not in target.read_bytes()
    with tarfile.open(target) as archive:
        members = {each.name: archive.extractfile(each).read() for each in archive.getmembers()}  # type: ignore[union-attr]
        assert {(each.type, each.mode) for each in archive.getmembers()} == {(tarfile.REGTYPE, 0o600)}
    assert list(members) == ["library.sqlite", "state.sqlite", "sources.toml", MANIFEST]
    listed = json.loads(members.pop(MANIFEST))
    sums = [{"name": n, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()} for n, c in members.items()]
    assert listed == {"format": 1, "created": made.created, "parts": sums}
    assert [Part(**each) for each in sums] == list(made.parts)
    assert members["sources.toml"] == filled.manifest.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.tar", "home", "posts"]


def test_a_manifest_that_cannot_be_read_is_named(filled: Home, tmp_path: Path) -> None:
    filled.manifest.unlink()
    filled.manifest.mkdir()
    with pytest.raises(StorageError) as raised:
        write(filled, tmp_path / "b.tar")
    assert raised.value.user_message == f"{filled.manifest} cannot be read: Is a directory."
    assert not (tmp_path / "b.tar").exists()


def test_what_is_not_there_is_not_in_it(filled: Home, tmp_path: Path) -> None:
    (filled.path / "state.sqlite").unlink()
    filled.manifest.unlink()
    assert [part.name for part in write(filled, tmp_path / "b.tar").parts] == ["library.sqlite"]
    assert put_back(Home(tmp_path / "other"), tmp_path / "b.tar").parts == ("library.sqlite",)


def test_each_database_is_of_one_moment_though_others_write(
    filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs are written between the steps of the copies: a backup has both of a pair or neither."""
    monkeypatch.setattr(database_copy, "COPY_PAGES", 3)
    pairs: list[int] = []

    def write_a_pair(event: Progress) -> None:
        if event.stage == "copy" and len(pairs) < 20:
            pairs.append(len(pairs))
            with closing(Library(filled.library)) as library, library.batch():
                for name in ("a", "b"):
                    library.put_source(Source(f"{name}{pairs[-1]}", "/nowhere" * 500, "pairs"))
            with closing(Database(filled.path / "state.sqlite", STATE)) as state, state.writing() as connection:
                connection.executemany("INSERT INTO notes VALUES (?)", [(f"{pairs[-1]} " * 2000,)] * 2)

    with writer_lock(filled.lock):  # a sync is under way
        write(filled, tmp_path / "b.tar", tell=write_a_pair)
    other = Home(tmp_path / "other")
    put_back(other, tmp_path / "b.tar")
    with closing(Library(other.library)) as library:
        names = {source.name for source in library.sources()} - {"posts"}
    assert {f"a{name[1:]}" for name in names} | {f"b{name[1:]}" for name in names} == names
    assert 0 < len(names) <= 2 * len(pairs)
    with closing(Database(other.path / "state.sqlite", STATE)) as state, state.reading() as connection:
        counts = connection.execute("SELECT count(*) FROM notes WHERE words != 'first' GROUP BY words").fetchall()
    assert set(counts) == {(2,)}


# Where it is written


def test_what_is_there_is_replaced_only_if_that_is_wanted(filled: Home, tmp_path: Path) -> None:
    target = tmp_path / "b.tar"
    target.write_bytes(b"precious")
    with pytest.raises(UsageError, match=r"b\.tar is there already; --force writes the backup in its place\."):
        write(filled, target)
    assert target.read_bytes() == b"precious"
    write(filled, target, replace=True)
    assert put_back(Home(tmp_path / "other"), target).documents == 2


@pytest.mark.parametrize("place", ["home/library.sqlite", "home/sources.toml", "posts", "link"])
def test_the_library_itself_is_never_replaced_by_its_backup(filled: Home, tmp_path: Path, place: str) -> None:
    (tmp_path / "link").symlink_to(filled.library)
    before = contents(filled)
    with pytest.raises(UsageError, match="is not a backup that could be replaced"):
        write(filled, tmp_path / place, replace=True)
    assert contents(filled) == before


def test_there_must_be_something_and_somewhere(home: Home, filled: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        write(filled, tmp_path / "nowhere" / "b.tar")
    with pytest.raises(EmptyLibraryError):
        write(Home(tmp_path / "empty"), tmp_path / "b.tar")
    assert not (tmp_path / "empty").exists()


def test_a_backup_that_fails_leaves_the_one_before(
    filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.tar"
    write(filled, target)
    before = target.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as caught:
        write(filled, target, replace=True)
    assert caught.value.user_message == "The backup cannot be written: No space left on device."
    assert target.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.tar", "home", "posts"]


def test_a_disk_without_room_for_the_copy_is_not_taken_for_the_librarys(
    filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(connection: sqlite3.Connection, path: Path, tell: object) -> None:
        """As SQLite tells it."""
        with closing(sqlite3.connect(path)) as copy:
            copy.execute("PRAGMA max_page_count = 1")
            connection.backup(copy)

    monkeypatch.setattr("index.database.copy_database", full)
    with pytest.raises(StorageError) as caught:
        write(filled, tmp_path / "b.tar")
    assert caught.value.user_message.startswith("No backup was written (library.sqlite): The disk is full;")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "posts"]


@pytest.mark.parametrize("damage", ["UPDATE documents SET text = text || ' Not.' WHERE key = 1", "DROP TABLE vectors"])
def test_what_could_not_be_put_back_does_not_replace_what_can_be(filled: Home, tmp_path: Path, damage: str) -> None:
    target = tmp_path / "b.tar"
    write(filled, target)
    before = target.read_bytes()
    with closing(sqlite3.connect(filled.library)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(LibraryError) as caught:
        write(filled, target, replace=True)
    assert caught.value.user_message.startswith("No backup was written (library.sqlite): The ")
    assert target.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.tar", "home", "posts"]


@pytest.mark.parametrize("damage", ["no database", "a table"])
def test_what_is_damaged_beside_the_library_is_left_out_and_told(filled: Home, tmp_path: Path, damage: str) -> None:
    target, state = tmp_path / "b.tar", filled.path / "state.sqlite"
    write(filled, target)
    before = target.read_bytes()
    if damage == "no database":
        state.write_bytes(b"no database" * 400)
        problem = "The state file is damaged or is no Legation state; move it away."
    else:
        with closing(sqlite3.connect(state)) as connection, connection:
            connection.execute("CREATE TABLE further (x TEXT)")
        problem = "The state has other tables than it should."
    made = write(filled, tmp_path / "c.tar")
    assert made.left_out == (f"state.sqlite is not in it: {problem}",)
    assert [part.name for part in made.parts] == ["library.sqlite", "sources.toml"]
    other = Home(tmp_path / "other")
    assert put_back(other, tmp_path / "c.tar").parts == ("library.sqlite", "sources.toml")
    assert paths(other) == ["strelsau.md", "zenda.md"]
    # In the place of a backup that has it, none is written that has not.
    with pytest.raises(LibraryError) as caught:
        write(filled, target, replace=True)
    assert caught.value.user_message == f"No backup was written (state.sqlite): {problem}"
    assert target.read_bytes() == before


def test_a_library_that_was_emptied_does_not_replace_what_was_saved(filled: Home, tmp_path: Path) -> None:
    write(filled, tmp_path / "b.tar")
    before = (tmp_path / "b.tar").read_bytes()
    for empty in (lambda: filled.library.write_bytes(b""), filled.library.unlink):
        empty()
        with pytest.raises(LibraryError, match="missing or empty, but was here before"):
            write(filled, tmp_path / "b.tar", replace=True)
    assert (tmp_path / "b.tar").read_bytes() == before
    assert not filled.library.exists()


def test_what_a_killed_backup_left_is_deleted_and_what_another_one_makes_is_not(filled: Home, tmp_path: Path) -> None:
    left, used = tmp_path / ".legation-backup-left", tmp_path / ".legation-backup-used"
    for folder in (left, used):
        folder.mkdir()
        (folder / "library.sqlite").write_bytes(b"x")
    descriptor = os.open(used, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    write(filled, tmp_path / "b.tar")
    os.close(descriptor)
    assert (left.exists(), [each.name for each in used.iterdir()]) == (False, ["library.sqlite"])


# Over what is there


@pytest.fixture
def two(filled: Home, tmp_path: Path, corpus: Corpus, parser: ParsingProcess) -> tuple[Home, Path]:
    """Another home with other documents, and a backup of the first."""
    write(filled, tmp_path / "b.tar")
    other = Home(tmp_path / "other")
    fill(other, corpus({"hentzau.md": "# Hentzau\n\nThe mission in Hentzau moved.\n"}, "others"), parser, "second")
    return other, tmp_path / "b.tar"


def test_what_is_there_stays_unless_something_else_is_wanted(two: tuple[Home, Path]) -> None:
    home, path = two
    before = contents(home)
    with pytest.raises(UsageError, match="is in use already; --force replaces what is there"):
        put_back(home, path)
    assert contents(home) == before
    for name in ("library.sqlite", "state.sqlite"):
        (home.path / name).unlink()
    with pytest.raises(UsageError, match="is in use already"):  # a manifest alone says what to read
        put_back(home, path)


def test_what_is_replaced_is_kept_beside(two: tuple[Home, Path], filled: Home) -> None:
    home, path = two
    before = contents(home)
    (home.past / "0123").mkdir(parents=True)
    restored = put_back(home, path, replace=True)
    assert restored.kept is not None
    assert contents(home) == contents(filled)
    assert contents(Home(home.path / restored.kept)) == before
    assert (home.path / restored.kept).stat().st_mode & 0o077 == 0
    assert not (home.past / "0123").exists()
    assert (home.path / "legation.toml").exists()
    assert paths(home) == ["strelsau.md", "zenda.md"]
    assert not list(home.path.glob("*restoring*"))


def test_what_the_backup_does_not_have_is_not_there_afterwards(two: tuple[Home, Path], filled: Home) -> None:
    """A manifest of other sources would have the next sync let go of those that were put back."""
    home, path = two
    (filled.path / "state.sqlite").unlink()
    filled.manifest.unlink()
    write(filled, path, replace=True)
    before = contents(home)
    restored = put_back(home, path, replace=True)
    assert list(contents(home)) == ["library.sqlite"]
    assert contents(Home(home.path / str(restored.kept))) == before


def test_a_journal_of_the_old_library_does_not_meet_the_new_one(two: tuple[Home, Path], filled: Home) -> None:
    home, path = two
    before = home.library.read_bytes()
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size = 1'); connection.execute('BEGIN')\n"
        "connection.execute('UPDATE documents SET text = ?', ('x' * 90000,))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(home.library)], check=False)
    assert home.library.with_name("library.sqlite-journal").exists()
    restored = put_back(home, path, replace=True)
    assert contents(home) == contents(filled)
    kept = home.path / str(restored.kept) / "library.sqlite"
    with closing(Library(kept)) as library:  # it is rolled back where it lies now
        assert library.check() == []
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("lock", "words"),
    [("sync.lock", "Legation writes to this home (process "), ("slack.lock", "legation slack runs with this home (")],
)
def test_nothing_is_put_back_while_somebody_writes(two: tuple[Home, Path], lock: str, words: str) -> None:
    home, path = two
    before = contents(home)
    with writer_lock(home.path / lock), pytest.raises(BusyError) as caught:
        put_back(home, path, replace=True)
    assert caught.value.user_message.startswith(words)
    assert contents(home) == before


CRASHES = """
import os, shutil, sys
from itertools import count
from pathlib import Path
from index.home import Home
from index.restore import restore
from tests.index.test_backup import DATABASES

template, path, folder = map(Path, sys.argv[1:])
for number in count():
    home = Path(shutil.copytree(template, folder / str(number)))
    if (child := os.fork()) == 0:
        steps = 0

        def hook(event, arguments):
            global steps
            if event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}:
                if steps == number:
                    os.kill(os.getpid(), 9)
                steps += 1

        sys.addaudithook(hook)
        restore(Home(home), path, DATABASES, replace=True)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


def test_killed_at_any_step_all_is_as_before_or_all_is_put_back(
    two: tuple[Home, Path], filled: Home, tmp_path: Path
) -> None:
    home, path = two
    before, after = contents(home), contents(filled)
    (tmp_path / "homes").mkdir()
    subprocess.run(
        [sys.executable, "-c", CRASHES, home.path, path, tmp_path / "homes"],
        check=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    outcomes: list[str] = []
    for number in range(len(list((tmp_path / "homes").iterdir()))):
        crashed = Home(tmp_path / "homes" / str(number))
        finished = finish_restore(crashed)
        found = contents(crashed)
        assert found in (before, after)
        kept = list(crashed.path.glob("replaced-*"))
        assert [contents(Home(each)) for each in kept] == ([before] if found == after else [])
        assert not list(crashed.path.glob("restoring-*"))
        assert not finish_restore(crashed)
        outcomes.append(f"{'new' if found == after else 'old'}{', finished' if finished else ''}")
        if found == before:
            put_back(crashed, path, replace=True)  # what was left over is in nobody's way
            assert contents(crashed) == after
            assert not list(crashed.path.glob(".restoring-*"))
    assert sorted(set(outcomes)) == ["new", "new, finished", "old"]
    assert outcomes.count("new, finished") > 5


# Files that are damaged, or made to do harm


def refused(home: Home, path: Path) -> str:
    """Why a file is not put back; nothing of it is left."""
    with pytest.raises(BackupError) as caught:
        put_back(home, path)
    left = [each.name for each in home.path.iterdir() if each.suffix not in {".lock", ".owner"}]
    assert left == []
    assert caught.value.exit_code == 17
    return caught.value.user_message


def test_a_backup_that_is_cut_short_is_refused(filled: Home, tmp_path: Path) -> None:
    path, cut = tmp_path / "b.tar", tmp_path / "cut.tar"
    write(filled, path)
    whole = path.read_bytes()
    end = whole.rindex(b"}") + 1
    chance = Random(20261126)
    for size in {0, 1, 511, 512, 513, end - 1, *(chance.randrange(end) for _ in range(12))}:
        cut.write_bytes(whole[:size])
        assert refused(Home(tmp_path / "other"), cut).startswith("cut.tar is damaged")


def test_a_backup_with_a_damaged_byte_is_refused_or_the_same(filled: Home, tmp_path: Path) -> None:
    path, damaged = tmp_path / "b.tar", tmp_path / "damaged.tar"
    write(filled, path)
    whole, told = path.read_bytes(), set[bool]()
    chance = Random(20261126)
    with tarfile.open(path) as archive:
        heads = [place for each in archive.getmembers() for place in (each.offset + 124, each.offset + 156)]
    for number, place in enumerate([*heads, *(chance.randrange(len(whole)) for _ in range(30))]):
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        damaged.write_bytes(changed)
        home = Home(tmp_path / f"other-{number}")
        try:
            put_back(home, damaged)
        except BackupError:
            told.add(True)
        else:
            assert contents(home) == contents(filled)
    assert told


Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, size: int | None = None) -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content) if size is None else size
    return info, content


def archive(path: Path, members: list[Member], form: int = tarfile.GNU_FORMAT) -> Path:
    """Headers and contents just as they are given."""
    blocks = io.BytesIO()
    for info, content in members:
        blocks.write(info.tobuf(form))
        blocks.write(content + b"\0" * (-len(content) % 512))
    path.write_bytes(blocks.getvalue() + b"\0" * 1024)
    return path


def listing(*parts: Member, **changes: object) -> Member:
    listed = [{"name": i.name, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()} for i, c in parts]
    fields = {"format": 1, "created": "2026-11-26T00:00:00+00:00", "parts": listed} | changes
    return member(MANIFEST, json.dumps(fields).encode())


def linked(kind: bytes, target: str) -> Member:
    info, content = member("library.sqlite", kind=kind)
    info.linkname = target
    return info, content


@pytest.fixture
def sound(filled: Home) -> Member:
    return member("library.sqlite", filled.library.read_bytes())


def test_an_archive_made_by_hand_is_as_good(sound: Member, tmp_path: Path) -> None:
    path = archive(tmp_path / "b.tar", [sound, listing(sound)])
    assert put_back(Home(tmp_path / "other"), path).documents == 2


@pytest.mark.parametrize(
    "name",
    ["../library.sqlite", "/tmp/library.sqlite", "./library.sqlite", "sub/library.sqlite", "legation.toml",
     "slack.lock", "library.sqlite-journal", "parts.json", "generations/000001-x/rows.bin", "LIBRARY.SQLITE",
     "library.sqlite\0x", ""],
)  # fmt: skip
def test_a_name_that_no_backup_has(sound: Member, tmp_path: Path, name: str) -> None:
    foreign = member(name, b"x" * 700)
    before = sorted(each.name for each in tmp_path.iterdir())
    path = archive(tmp_path / "b.tar", [sound, foreign, listing(sound, foreign)])
    assert "holds something that none has" in refused(Home(tmp_path / "other"), path) or name == "library.sqlite\0x"
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*before, "b.tar", "other"])


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE,
     tarfile.CONTTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE,
     tarfile.XGLTYPE, b"V", b"Z"],
)  # fmt: skip
def test_a_member_that_is_no_regular_file(sound: Member, tmp_path: Path, kind: bytes) -> None:
    path = archive(tmp_path / "b.tar", [linked(kind, "/etc/passwd"), sound, listing(sound)])
    refused(Home(tmp_path / "other"), path)
    path = archive(tmp_path / "b.tar", [member("library.sqlite", sound[1], kind), listing(sound)])
    refused(Home(tmp_path / "other"), path)


@pytest.mark.parametrize("size", [1 << 40, -1, 10**12, 1 << 62])
def test_a_size_that_is_not_that_of_the_file(sound: Member, tmp_path: Path, size: int) -> None:
    info, content = sound
    info.size = size
    refused(Home(tmp_path / "other"), archive(tmp_path / "b.tar", [(info, content), listing((info, content))]))


def test_two_of_a_name(sound: Member, tmp_path: Path) -> None:
    path = archive(tmp_path / "b.tar", [sound, sound, listing(sound, sound)])
    assert "holds something that none has" in refused(Home(tmp_path / "other"), path)


def test_a_list_of_parts_that_does_not_match(sound: Member, tmp_path: Path) -> None:
    home, path, state = Home(tmp_path / "other"), tmp_path / "b.tar", member("state.sqlite", b"state")
    good = json.loads(listing(sound)[1])["parts"][0]
    for members in (
        [sound, listing(sound, state)],
        [sound, state, listing(sound)],
        [sound, listing()],
        [sound, listing(sound, sound)],
        [sound, listing(parts=[good | {"sha256": "0" * 64}])],
        [sound, listing(parts=[good | {"bytes": good["bytes"] + 1}])],
        [sound, listing(parts=[good | {"name": "state.sqlite"}])],
    ):
        assert refused(home, archive(path, members)) == "b.tar is damaged: its parts do not match their checksums."


@pytest.mark.parametrize(
    "written",
    [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 60_000, b'{"format": 1, "created": "x", "parts": 7}',
     b'{"format": 1, "created": "x", "parts": [{"name": "library.sqlite"}]}', b" " * 65_537],
)  # fmt: skip
def test_a_list_of_parts_that_is_none(sound: Member, tmp_path: Path, written: bytes) -> None:
    path = archive(tmp_path / "b.tar", [sound, member(MANIFEST, written)])
    assert refused(Home(tmp_path / "other"), path) == "b.tar is damaged, or no backup of Legation."


def test_another_format_and_what_is_not_at_its_place(sound: Member, tmp_path: Path) -> None:
    home, path = Home(tmp_path / "other"), tmp_path / "b.tar"
    newer = refused(home, archive(path, [sound, listing(sound, format=2)]))
    assert newer == "b.tar was written by another version of Legation (format 2)."
    assert "is damaged" in refused(home, archive(path, [listing(sound), sound]))
    assert "something that none has" in refused(home, archive(path, [sound, listing(sound), sound]))
    assert "has no library" in refused(home, archive(path, [listing()]))
    archive(path, [sound, listing(sound)])
    path.write_bytes(path.read_bytes() + b"\0" * module.MOST_MANIFEST_BYTES)
    assert "something that none has" in refused(home, path)


@pytest.mark.parametrize("content", [b"", b"Shopping list: eggs.\n" * 99, b"\0" * 20_000, b"PK\x03\x04" + b"\0" * 900])
def test_a_file_that_is_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.tar"
    path.write_bytes(content)
    assert refused(Home(tmp_path / "other"), path) == "b.tar is damaged, or no backup of Legation."


@pytest.fixture
def ends_waiting() -> Iterator[None]:
    """What waits for ever fails after a minute."""

    def give_up(*_: object) -> None:
        raise AssertionError("It waits.")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("ends_waiting")
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_no_file_at_all(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "b.tar"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)  # and nobody writes into it
    for replace in (False, True):
        with pytest.raises(UsageError) as caught:
            put_back(Home(tmp_path / "other"), path, replace=replace)
        problem = "cannot be read: No such file or directory" if kind == "missing" else "is no file"
        assert caught.value.user_message == f"{path} {problem}."
    assert not (tmp_path / "other").exists()


DAMAGES = {
    "a view": "CREATE VIEW further AS SELECT * FROM documents",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON sources BEGIN DELETE FROM documents; END",
    "a table": "CREATE TABLE further (x TEXT)",
    "an index": "CREATE INDEX further ON sources (location)",
    "a column": "ALTER TABLE sources ADD COLUMN further TEXT",
    "a view for a table": "ALTER TABLE files RENAME TO f; CREATE VIEW files AS SELECT * FROM f",
    "less": "DROP TABLE vectors",
    "a newer schema": "PRAGMA user_version = 99",
    "another application": "PRAGMA application_id = 5",
    "a changed document": "UPDATE documents SET text = text || ' Not.' WHERE key = 1",
    "a changed title": "UPDATE documents SET title = 'Elsewhere' WHERE key = 2",
    "a reference to nothing": "INSERT INTO memberships VALUES (77, 1, NULL, NULL)",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_database_that_is_not_as_it_should_be(filled: Home, tmp_path: Path, damage: str) -> None:
    with closing(sqlite3.connect(filled.library)) as connection:
        connection.executescript(DAMAGES[damage])
        connection.commit()
    part = member("library.sqlite", filled.library.read_bytes())
    words = refused(Home(tmp_path / "other"), archive(tmp_path / "b.tar", [part, listing(part)]))
    assert words.startswith("b.tar cannot be restored (library.sqlite): ")


@pytest.fixture
def state(filled: Home) -> Iterator[Callable[[bytes], list[Member]]]:
    library = member("library.sqlite", filled.library.read_bytes())

    def members(content: bytes) -> list[Member]:
        part = member("state.sqlite", content)
        return [library, part, listing(library, part)]

    yield members


def test_state_that_is_not_as_it_should_be(
    state: Callable[[bytes], list[Member]], filled: Home, tmp_path: Path
) -> None:
    sound = (filled.path / "state.sqlite").read_bytes()
    for content in (b"", b"no database", sound[:100], sound[:4096], filled.library.read_bytes()):
        path = archive(tmp_path / "b.tar", state(content))
        words = refused(Home(tmp_path / "other"), path)
        assert words.startswith("b.tar cannot be restored (state.sqlite): ")
    archive(path, state(sound))
    assert put_back(Home(tmp_path / "other"), path).parts == ("library.sqlite", "state.sqlite")


def test_a_page_that_is_damaged_is_found(filled: Home, tmp_path: Path) -> None:
    """Of an index, which no document's checksum covers."""
    content = bytearray(filled.library.read_bytes())
    with closing(sqlite3.connect(filled.library)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'documents_by_version'"
        page = connection.execute(query).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    content[page * size - 40 : page * size - 30] = b"0123456789"
    part = member("library.sqlite", bytes(content))
    words = refused(Home(tmp_path / "other"), archive(tmp_path / "b.tar", [part, listing(part)]))
    assert words.startswith("b.tar cannot be restored (library.sqlite): The library file is damaged")


def test_a_full_disk_while_it_is_unpacked_is_told_as_such(
    two: tuple[Home, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, path = two
    before = contents(home)

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.restore.fsync_tree", full)
    with pytest.raises(StorageError, match="No space left on device"):
        put_back(home, path, replace=True)
    assert contents(home) == before
    assert not list(home.path.glob("*restoring*"))
