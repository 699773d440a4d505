"""A library copied from SQLite into PostgreSQL and back: the same rows, or nothing."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.backup import Shared, write_backup
from index.errors import BusyError, EmptyLibraryError, LegationError, LibraryError, StorageError, UsageError
from index.home import Home
from index.library import Library
from index.library_schema import LIBRARY
from index.parsing.supervisor import ParsingProcess
from index.postgres_library import POSTGRES_LIBRARY, PostgresLibrary
from index.restore import Restored, restore
from index.row_copy import Filling, filled
from index.search import Searcher
from index.sync import Limits, SyncReport, sync
from index.types import Filter, Progress, Query, Source
from tests.conftest import Corpus
from tests.fakes.library_places import LibraryPlace, emptied, in_sqlite
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un

NAME = "library.sqlite"
LIMITS = Limits(10_000, 8)
OSLO, ROME = "# Oslo\n\nThe embassy in Oslo closed in May.\n", "# Rome\n\nThe legation in Rome closed.\n"
GIVEN = 1000
"""Numbers up to this one were given to what is there no more."""

TAKEN = (
    "The library in PostgreSQL is in use already, and is not replaced: name another database, or make a pg_dump of it "
    "and drop the namespace legation_library."
)


@pytest.fixture
def shared(shared_uri: str) -> Shared:
    return {NAME: lambda: PostgresLibrary(shared_uri)}


@pytest.fixture
def empty(shared_uri: str) -> LibraryPlace:
    return emptied(shared_uri)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, parser: ParsingProcess) -> Home:
    """Two generations: a document and entries of a list that were changed, came and went."""
    home, folder = Home(tmp_path_factory.mktemp("made")), tmp_path_factory.mktemp("notes")
    (folder / "oslo.md").write_text(OSLO)
    (folder / "un.xml").write_text(un("2026-01-30", KPi_001="RI", KPi_002="PAK"))
    with closing(Library(home.library)) as library:
        synced(home, library, parser, Source("notes", str(folder), "c"))
        (folder / "oslo.md").write_text(OSLO.replace("May", "June"))
        (folder / "rome.md").write_text(ROME)
        (folder / "un.xml").write_text(un("2026-01-31", KPi_001="RI WON"))
        synced(home, library, parser)
    in_sqlite(home.library).execute("UPDATE sqlite_sequence SET seq = ?", GIVEN)
    home.manifest.write_text("# sources\n")
    return home


@pytest.fixture
def stored(made: Home, home: Home) -> Home:
    shutil.copytree(made.path, home.path)
    return home


def synced(home: Home, library: Library, parser: ParsingProcess, *add: Source) -> SyncReport:
    return sync(home, library, WordEncoder(), LIMITS, add=add, parser=parser)


def rows(place: LibraryPlace) -> dict[str, list[tuple[Any, ...]]]:
    """All that there is, by table."""
    return {table: sorted(place.execute(f"SELECT * FROM {table}"), key=repr) for table in POSTGRES_LIBRARY.tables}


def given(path: Path) -> dict[str, int]:
    return dict(in_sqlite(path).execute("SELECT name, seq FROM sqlite_sequence"))  # type: ignore[arg-type]


def save(home: Home, path: Path, shared: Shared | None = None) -> list[Progress]:
    told: list[Progress] = []
    write_backup(home, path, {NAME: LIBRARY}, replace=False, tell=told.append, shared=shared or {})
    return told


def put(home: Home, path: Path, shared: Shared | None = None, *, replace: bool = False) -> Restored:
    return restore(home, path, {NAME: LIBRARY}, replace=replace, shared=shared or {})


def test_both_have_the_same_tables_and_columns(empty: LibraryPlace) -> None:
    """A column that only one of them knows would be lost, or stop the copy."""
    columns = (
        "SELECT table_name, column_name, udt_name, is_nullable FROM information_schema.columns "
        "WHERE table_schema = 'legation_library' AND table_name <> 'schema_version'"
    )
    types = {"INTEGER": {"int4", "int8"}, "TEXT": {"text"}, "BLOB": {"bytea"}}
    there = {(table, column): (kind, nullable == "YES") for table, column, kind, nullable in empty.execute(columns)}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(LIBRARY.statements)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        here = {
            (table, column): (kind, not (required or key))
            for table in tables - {"sqlite_sequence"}
            for _, column, kind, required, _, key in connection.execute(f"PRAGMA table_info({table})")
        }
    assert here.keys() == there.keys()
    for place, (kind, nullable) in here.items():
        assert (there[place][0] in types[kind], there[place][1]) == (True, nullable), place
    assert {table for table, _ in here} == set(POSTGRES_LIBRARY.tables)


def test_there_and_back_it_is_the_same_byte_for_byte(
    stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path
) -> None:
    before, through, back = rows(in_sqlite(stored.library)), Home(tmp_path / "through"), Home(tmp_path / "back")
    assert all(before.values())
    save(stored, tmp_path / "1.tar")
    restored = put(through, tmp_path / "1.tar", shared)
    assert (restored.parts, restored.documents, restored.kept) == ((NAME, "sources.toml"), 6, None)
    assert sorted(each.name for each in through.path.iterdir()) == ["sources.toml", "sync.lock"]
    assert rows(empty) == before
    total = sum(len(found) for found in before.values())
    assert Progress("rows", total, total) in save(through, tmp_path / "2.tar", shared)
    put(back, tmp_path / "2.tar")
    assert rows(in_sqlite(back.library)) == before
    assert given(back.library) == given(stored.library) == dict.fromkeys(("documents", "editions", "passages"), GIVEN)
    assert back.manifest.read_text() == "# sources\n"


def test_what_was_found_before_is_found_after_and_numbers_go_on(
    stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path, corpus: Corpus, parser: ParsingProcess
) -> None:
    def told(library: Library) -> tuple[object, ...]:
        found = Searcher(stored, library, WordEncoder()).search(Query("closed June"), Filter(), 3, sentences_of=3)
        documents = library.documents(range(1, 7)).values()
        return (
            *(hit.stored for hit in found.hits),
            library.current(),
            library.editions.all(),
            library.history.held_at(date.max),
            library.history.held_before(2, "notes"),
            [library.find_documents(each.path, each.version) for each in documents],
        )

    with closing(Library(stored.library)) as library:
        before = told(library)
    save(stored, tmp_path / "b.tar")
    put(Home(tmp_path / "through"), tmp_path / "b.tar", shared)
    stored.library.unlink()
    with closing(empty.open()) as library:
        assert told(library) == before
        more = corpus({"lima.md": "# Lima\n\nThe mission in Lima moved.\n", "un.xml": un("2026-02-01", KPi_009="NEW")})
        report = synced(stored, library, parser, Source("more", str(more), "c"))
        assert (report.added, report.skipped) == (2, ())
    for table, number in (("documents", "key"), ("passages", "id"), ("editions", "id")):
        newest = empty.execute(f"SELECT {number} FROM {table} WHERE {number} > ? ORDER BY 1", GIVEN)
        assert newest == [(GIVEN + 1,), (GIVEN + 2,)][: 1 if table == "editions" else 2]


def left(home: Home, path: Path, shared: Shared, empty: LibraryPlace) -> LegationError:
    """The error of a restore that has changed nothing."""
    home.path.mkdir()
    home.manifest.write_text("# another\n")
    with pytest.raises(LegationError) as caught:
        put(home, path, shared, replace=True)
    assert not any(rows(empty).values())
    assert home.manifest.read_text() == "# another\n"
    assert {each.name for each in home.path.iterdir()} <= {"sources.toml", "sync.lock"}
    return caught.value


def test_what_holds_something_is_not_written_to(
    stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path
) -> None:
    save(stored, tmp_path / "b.tar")
    empty.execute("INSERT INTO vectors VALUES ('f', 'd', 'v', 's')")
    before = rows(empty)
    for replace in (False, True):
        with pytest.raises(UsageError) as caught:
            put(Home(tmp_path / "other"), tmp_path / "b.tar", shared, replace=replace)
        assert caught.value.user_message == TAKEN
    with closing(shared[NAME]()) as database:  # that it has come since is seen, too
        with pytest.raises(UsageError) as caught, filled([Filling(stored.library, LIBRARY, database)], print):
            raise AssertionError
        assert caught.value.user_message == TAKEN
    assert rows(empty) == before
    assert [each.name for each in (tmp_path / "other").iterdir()] == ["sync.lock"]


def test_there_is_no_backup_of_nothing(home: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path) -> None:
    with pytest.raises(EmptyLibraryError, match="Nothing is stored yet"):
        save(home, tmp_path / "b.tar", shared)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "kind", "words"),
    [
        (
            "UPDATE sources SET options = '{' || char(0)", UsageError,
            "PostgreSQL stores no text with the character NUL, and the library has one (options in sources).",
        ),
        (
            "INSERT INTO pointer SELECT one + 1, generation FROM pointer", LibraryError,
            "PostgreSQL refused an operation on the library (CheckViolation, 23514).",
        ),
        ("UPDATE editions SET dated = 3000000000", LibraryError, LIBRARY.damaged),
        ("CREATE TABLE w AS SELECT * FROM vectors; DROP TABLE vectors; ALTER TABLE w RENAME TO vectors; "
         "UPDATE vectors SET vector = 'words'", LibraryError, LIBRARY.damaged),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_copied_leaves_nothing(
    stored: Home, empty: LibraryPlace, shared: Shared, damage: str, kind: type[LegationError], words: str
) -> None:
    with closing(sqlite3.connect(stored.library)) as connection:
        connection.executescript(f"PRAGMA ignore_check_constraints = ON; {damage}")
    with closing(shared[NAME]()) as database:
        with pytest.raises(kind) as caught, filled([Filling(stored.library, LIBRARY, database)], print):
            raise AssertionError
        assert caught.value.user_message == words
        assert not any(rows(empty).values())
        with database.reading() as statements:  # the connection goes on
            assert statements.execute("SELECT 1").fetchone() == (1,)


def test_what_fails_in_mid_copy_leaves_nothing(
    stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last table refuses; the disk does when all is copied; the connection is cut before the commit."""
    path = tmp_path / "b.tar"
    save(stored, path)
    empty.execute("ALTER TABLE pointer ADD CONSTRAINT never CHECK (generation < 0)")
    refused = left(Home(tmp_path / "1"), path, shared, empty)
    empty.execute("ALTER TABLE pointer DROP CONSTRAINT never")
    assert refused.user_message == "PostgreSQL refused an operation on the library (CheckViolation, 23514)."

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    def cut(folder: Path) -> None:
        empty.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    monkeypatch.setattr("index.restore.fsync_tree", full)
    no_room = left(Home(tmp_path / "2"), path, shared, empty)
    assert no_room.user_message == "The backup cannot be restored: No space left on device."
    monkeypatch.setattr("index.restore.fsync_tree", cut)
    assert left(Home(tmp_path / "3"), path, shared, empty).user_message == (
        "The connection to PostgreSQL was lost while the library was written; it is not known whether it was; before "
        "another attempt, drop what PostgreSQL may have of it (legation_library)."
    )


def test_files_that_cannot_be_put_in_place_are_told(
    stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, name: Path) -> None:
        raise OSError(28, "No space left on device")

    save(stored, tmp_path / "b.tar")
    monkeypatch.setattr("pathlib.Path.rename", full)
    with pytest.raises(StorageError) as caught:
        put(Home(tmp_path / "other"), tmp_path / "b.tar", shared)
    assert caught.value.user_message == (
        "PostgreSQL has its part of b.tar, but the files of the home cannot be put in place (No space left on device); "
        "unpack them with tar."
    )
    assert rows(empty) == rows(in_sqlite(stored.library))


def test_a_file_of_before_is_kept_beside(stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path) -> None:
    save(stored, tmp_path / "b.tar")
    before = rows(in_sqlite(stored.library))
    with pytest.raises(UsageError, match="is in use already; --force"):
        put(stored, tmp_path / "b.tar", shared)
    kept = put(stored, tmp_path / "b.tar", shared, replace=True).kept
    assert kept is not None
    assert sorted(each.name for each in (stored.path / kept).iterdir()) == [NAME, "sources.toml"]
    assert (stored.library.exists(), stored.manifest.read_text()) == (False, "# sources\n")
    assert rows(in_sqlite(stored.path / kept / NAME)) == rows(empty) == before


def test_whoever_writes_there_is_not_disturbed(
    stored: Home, empty: LibraryPlace, shared: Shared, shared_uri: str, tmp_path: Path
) -> None:
    save(stored, tmp_path / "b.tar")
    with closing(PostgresLibrary(shared_uri)) as writer, writer.alone("{owner}"):
        error = left(Home(tmp_path / "other"), tmp_path / "b.tar", shared, empty)
    assert isinstance(error, BusyError)
    assert error.user_message.startswith("Another process writes to the library in PostgreSQL (process ")


def test_a_backup_is_of_one_moment_though_others_write(
    stored: Home, empty: LibraryPlace, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(stored, tmp_path / "1.tar")
    put(Home(tmp_path / "through"), tmp_path / "1.tar", shared)
    before, written = rows(empty), list[Progress]()

    def write(progress: Progress) -> None:
        if progress.stage == "rows" and not written:
            written.append(progress)
            empty.execute("DELETE FROM pointer")
            empty.execute("INSERT INTO sources VALUES ('new', '/new', 'c', '2026')")

    monkeypatch.setattr("index.row_copy._TELL_ROWS", 1)
    target = tmp_path / "2.tar"
    write_backup(Home(tmp_path / "through"), target, {NAME: LIBRARY}, replace=False, tell=write, shared=shared)
    assert (written[0].done, len(rows(empty)["sources"])) == (1, 2)
    put(Home(tmp_path / "back"), target)
    assert rows(in_sqlite(tmp_path / "back" / NAME)) == before
