"""The SQLite file itself: creation, identity, transactions, locks, damage."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import database, database_copy
from index.database import Database
from index.errors import BusyError, LibraryError, StorageError, UsageError
from index.library import FileRecord, Library
from index.library_rows import GenerationRecord
from index.library_schema import APPLICATION_ID, LIBRARY
from index.row_checksums import CHECKED_MEMBERSHIP, row_checksum
from index.sqlite_schema import Schema
from index.types import Document, Edition, Heading, Passage, Source, Span

DAMAGED = (
    "The library file is damaged or is no Legation library; restore it from a backup, "
    "or move it away and add the sources again."
)
TABLES = ["documents", "editions", "files", "generations", "memberships", "passages", "pointer", "sources", "vectors"]


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def document(number: int, text: str = "") -> Document:
    text = text or f"Embassy number {number} closed. " * 40
    return Document(
        id=f"notes/{number}.md", source="notes", collection="notes", path=f"{number}.md",
        media_type="text/markdown", title=f"Note {number}", publisher=None, published="2017-05", url=None,
        language="en", text=text, headings=(Heading(0, 7, 1, "Embassy"),), blocks=(Span(0, len(text)),),
    )  # fmt: skip


def test_two_processes_that_create_at_once_make_one_schema(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    code = (
        "import sys; from pathlib import Path; from index.library import Library; from index.types import Source\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "library = Library(Path(sys.argv[1]))\n"
        "library.put_source(Source(sys.argv[2], '/nowhere', 'c')); library.close()\n"
    )
    children = [child(code, str(path), name) for name in ("one", "two", "three")]
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in children:  # all of them at once
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in children:
        _, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, "")
    library = Library(path)
    assert [source.name for source in library.sources()] == ["one", "three", "two"]
    library.close()
    with sqlite3.connect(path) as connection:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        assert [row[0] for row in connection.execute(query)] == TABLES
    connection.close()


SCHEMA_2 = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY, location TEXT NOT NULL, collection TEXT NOT NULL, added_at TEXT NOT NULL
) STRICT;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, source TEXT NOT NULL,
    collection TEXT NOT NULL, path TEXT NOT NULL, media_type TEXT NOT NULL, title TEXT NOT NULL,
    publisher TEXT, published TEXT, url TEXT, language TEXT, text TEXT NOT NULL,
    version TEXT NOT NULL, digest TEXT NOT NULL, headings TEXT NOT NULL, blocks TEXT NOT NULL,
    stored_at TEXT NOT NULL, UNIQUE (id, digest)
) STRICT;
CREATE INDEX documents_by_version ON documents (id, version);
CREATE TABLE files (
    source TEXT NOT NULL, path TEXT NOT NULL, content_digest TEXT NOT NULL, reading TEXT NOT NULL,
    document_key INTEGER NOT NULL REFERENCES documents (key), PRIMARY KEY (source, path)
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document_key INTEGER NOT NULL REFERENCES documents (key),
    splitting TEXT NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    headings TEXT NOT NULL, sentences TEXT NOT NULL, encoded_digest BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages (document_key, splitting);
CREATE TABLE vectors (
    fingerprint TEXT NOT NULL, encoded_digest BLOB NOT NULL, vector BLOB NOT NULL, sentences BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vectors_by_digest ON vectors (encoded_digest, fingerprint);
CREATE TABLE generations (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL, model TEXT NOT NULL,
    fingerprint TEXT NOT NULL, dimension INTEGER NOT NULL, count INTEGER NOT NULL,
    splitting TEXT NOT NULL, files TEXT NOT NULL
) STRICT;
CREATE TABLE memberships (
    document_key INTEGER NOT NULL REFERENCES documents (key),
    first_generation INTEGER NOT NULL, end_generation INTEGER
) STRICT;
CREATE INDEX memberships_open ON memberships (end_generation, document_key);
CREATE TABLE pointer (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL REFERENCES generations (id)
) STRICT;
"""
"""As the second release made a library."""

COPIED = {
    "sources": "name, location, collection, added_at",
    "documents": "key, id, source, collection, path, media_type, title, publisher, published, url, language, text, "
    "version, digest, headings, blocks, stored_at",
    "passages": 'id, document_key, splitting, "start", "end", headings, sentences, encoded_digest',
    "generations": "id, name, created_at, model, fingerprint, dimension, count, splitting, files",
    "memberships": CHECKED_MEMBERSHIP,
    "pointer": "*",
}


@pytest.fixture
def schema_2(tmp_path: Path) -> Path:
    """A library as the second release left it: one document a file, no lists, no pinpoints."""
    path, made = tmp_path / "library.sqlite", tmp_path / "made.sqlite"
    library = Library(made)
    key = library.put_document(document(1))
    library.put_source(Source("notes", "/nowhere", "notes"))
    library.put_passages(key, "s", [Passage(0, 26, (), (Span(0, 26),))], [b"x"])
    library.publish(GenerationRecord(1, "000001-a", "2026", "words", "m", 2, 1, "s", {"rows.bin": "00"}), [key], [])
    library.close()
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA_2)
    connection.execute("ATTACH ? AS made", (str(made),))
    for table, columns in COPIED.items():
        connection.execute(f"INSERT INTO {table} SELECT {columns} FROM made.{table}")
    connection.execute("INSERT INTO files VALUES ('notes', '1.md', 'd', 'r', 1)")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    made.unlink()
    return path


@pytest.fixture
def schema_1(schema_2: Path) -> Path:
    """A library as the first release left it: its vectors had no column for those of sentences."""
    with sqlite3.connect(schema_2) as connection:
        connection.executescript("""
            DROP TABLE vectors;
            CREATE TABLE vectors (
                fingerprint TEXT NOT NULL, encoded_digest BLOB NOT NULL, vector BLOB NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX vectors_by_digest ON vectors (encoded_digest, fingerprint);
            INSERT INTO vectors VALUES ('m', x'78', x'0000803f00000000');
            PRAGMA user_version = 1;
        """)
    connection.close()
    return schema_2


def test_a_library_of_schema_2_keeps_what_it_knows_of_its_files(schema_2: Path, tmp_path: Path) -> None:
    library = Library(schema_2)
    assert library.documents([1]) == {1: document(1)}
    assert library.files("notes") == {"1.md": FileRecord("d", "r", (1,))}
    assert library.sources() == (Source("notes", "/nowhere", "notes"),)
    assert (library.synced(), library.editions.all()) == ({}, ())
    library.put_source(Source("notes", "/nowhere", "notes", kind="files", exclude=("*.txt",)))
    assert library.sources() == (Source("notes", "/nowhere", "notes", kind="files", exclude=("*.txt",)),)
    assert library.check() == []
    library.close()
    assert schema_of(schema_2) == schema_of(new_library(tmp_path / "new.sqlite"))


@pytest.fixture
def schema_3(tmp_path: Path) -> Path:
    """A library without the checksums of rows, in which there is a row of each kind."""
    path = tmp_path / "library.sqlite"
    library = Library(path)
    library.put_source(Source("notes", "/nowhere", "notes"))
    key = library.put_document(document(1))
    edition = Edition("un", "The list", "United Nations", "2018-10-29")
    library.editions.put("notes", "un.xml", "d", "notes", edition, [key], date(2026, 3, 1))
    library.put_passages(key, "s", [Passage(0, 26, (), (Span(0, 26),))], [b"x"])
    vectors = np.array([[0, 1]], dtype=np.float32)
    library.vectors.put("m", [b"x"], vectors, [vectors])
    library.publish(GenerationRecord(1, "000001-a", "2026", "words", "m", 2, 1, "s", {"rows.bin": "00"}), [key], [])
    library.close()
    connection = sqlite3.connect(path)
    for table, columns in CHECKSUMS.items():
        for column in columns:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 3")
    connection.commit()
    connection.close()
    return path


CHECKSUMS = {
    "passages": ["checksum"],
    "editions": ["checksum"],
    "generations": ["checksum"],
    "vectors": ["vector_checksum", "sentences_checksum"],
    "memberships": ["checksum"],
}


def test_a_library_of_schema_3_gets_checksums(schema_3: Path, tmp_path: Path) -> None:
    library = Library(schema_3)
    (passage,) = library.passages([1])
    edition = library.editions.all()[0].edition
    assert (passage.passage, passage.document.edition) == (Passage(0, 26, (), (Span(0, 26),)), edition)
    assert library.vectors.of_sentences([1], "m", 2)[0].tolist() == [[0, 1]]
    assert library.vectors.of_passages([1], "m", 2).tolist() == [[0, 1]]
    record = library.current()
    assert record is not None
    assert record.files == {"rows.bin": "00"}
    library.finish([], [])
    library.close()
    assert schema_of(schema_3) == schema_of(new_library(tmp_path / "new.sqlite"))
    with sqlite3.connect(schema_3) as connection:
        for table, columns in CHECKSUMS.items():
            for column in columns:
                assert connection.execute(f"SELECT {column} IS NULL FROM {table}").fetchall() == [(0,)]
    connection.close()


@pytest.fixture
def schema_4(tmp_path: Path) -> Path:
    return with_schema_4(tmp_path / "library.sqlite")


def with_schema_4(path: Path) -> Path:
    """A library without the checksums of memberships, in which one document came, one went and one stayed."""
    library = Library(path)
    library.put_source(Source("notes", "/nowhere", "notes"))
    keys = [library.put_document(document(number)) for number in (1, 2, 3)]
    for number, members in ((1, keys[:2]), (2, keys[1:])):
        library.publish(GenerationRecord(number, f"{number}", "2026", "w", "m", 2, 1, "s", {}), members, [])
    library.close()
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE memberships DROP COLUMN checksum")
    connection.execute("PRAGMA user_version = 4")
    connection.commit()
    connection.close()
    return path


def test_a_library_of_schema_4_gets_checksums_of_memberships(schema_4: Path, tmp_path: Path) -> None:
    upgraded(schema_4).close()
    assert schema_of(schema_4) == schema_of(new_library(tmp_path / "new.sqlite"))
    with sqlite3.connect(schema_4) as connection:
        rows = connection.execute(f"SELECT {CHECKED_MEMBERSHIP}, checksum FROM memberships ORDER BY 1").fetchall()
    connection.close()
    values = [(1, 1, 2), (2, 1, None), (3, 2, None)]
    assert rows == [(*row, row_checksum(*row)) for row in values]


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ('UPDATE passages SET "start" = 8', lambda library: library.passages([1])),
        ("UPDATE passages SET headings = '[\"x\"]'", lambda library: library.passages([1])),
        ("UPDATE passages SET id = 2", lambda library: library.passages([2])),
        ("UPDATE vectors SET sentences = x'0000003d'", lambda library: library.vectors.of_sentences([1], "m", 2)),
        ("UPDATE vectors SET vector = x'0000000000000040'", lambda library: library.vectors.of_passages([1], "m", 2)),
        ("UPDATE editions SET date = '2018-10-28'", lambda library: library.passages([1])),
        ("UPDATE editions SET list = 'eu'", lambda library: library.editions.all()),
        ("UPDATE generations SET created_at = '2025'", lambda library: library.current()),
        ("UPDATE pointer SET generation = 2", lambda library: library.current()),
        ("DELETE FROM pointer", lambda library: library.current()),
        ("UPDATE documents SET text = CAST(x'ff00fe' AS TEXT)", lambda library: library.passages([1])),
        ("UPDATE documents SET digest = 'x' || digest", lambda library: library.passages([1])),
    ],
)  # fmt: skip
def test_a_row_that_is_not_as_it_was_stored_is_refused(
    schema_3: Path, change: str, read: Callable[[Library], object]
) -> None:
    library = upgraded(schema_3)
    with sqlite3.connect(schema_3) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(change)
    connection.close()
    with pytest.raises(LibraryError, match=r"damaged|no longer as it was stored") as caught:
        read(library)
    assert caught.value.user_message.isprintable()
    library.close()


def test_a_library_of_schema_1_keeps_its_documents_and_is_encoded_again(schema_1: Path, tmp_path: Path) -> None:
    library = Library(schema_1)
    assert library.documents([1]) == {1: document(1)}
    assert library.sources() == (Source("notes", "/nowhere", "notes"),)
    assert library.passages([1])[0].passage == Passage(0, 26, (), (Span(0, 26),))
    assert [found.id for found in library.current_documents()] == ["notes/1.md"]
    assert list(library.vectors.missing([1], "s", "m").values()) == [1]
    with pytest.raises(LibraryError):
        library.vectors.of_sentences([1], "m", 2)
    vectors = np.array([[0, 1]], dtype=np.float32)
    library.vectors.put("m", [b"x"], vectors, [vectors])
    assert library.vectors.of_sentences([1], "m", 2)[0].tobytes() == vectors.tobytes()
    assert library.check() == []
    library.close()
    assert schema_of(schema_1) == schema_of(new_library(tmp_path / "new.sqlite"))
    library = Library(schema_1)  # once upgraded, nothing is dropped again
    assert library.vectors.of_sentences([1], "m", 2)[0].tobytes() == vectors.tobytes()
    library.close()


def upgraded(path: Path) -> Library:
    """Opened, and written to."""
    library = Library(path)
    library.finish([], [])
    return library


@pytest.fixture(params=[1, 2, 3, 4])
def older(request: pytest.FixtureRequest) -> Path:
    """A library of each earlier version."""
    path: Path = request.getfixturevalue(f"schema_{request.param}")
    return path


def columns_of(path: Path) -> dict[str, set[str]]:
    """By table, what a reader finds in it."""
    with closing(Database(path, LIBRARY)) as opened, opened.reading() as connection:
        return {
            table: {column for column, *_ in connection.execute(f"SELECT * FROM {table}").description}
            for table in TABLES
        }


def test_whoever_only_reads_leaves_an_older_library_as_it_is(older: Path, tmp_path: Path) -> None:
    before, version = older.read_bytes(), schema_of(older)["version"]
    library = Library(older)
    assert (library.older,) == version
    assert [replace(found, edition=None) for found in library.documents([1]).values()] == [document(1)]
    assert {member.source for member in library.members().values()} == {"notes"}
    assert library.check() == []
    library.close()
    assert columns_of(older) == columns_of(new_library(tmp_path / "new.sqlite"))
    assert older.read_bytes() == before
    assert sorted(path.name for path in older.parent.glob("library.sqlite*")) == ["library.sqlite"]


def test_who_reads_meanwhile_sees_an_upgrade(older: Path, tmp_path: Path) -> None:
    reader, before = Library(older), schema_of(older)["version"]
    found = reader.documents([1]), reader.members(), reader.counts()
    assert (reader.older,) == before
    upgraded(older).close()
    assert (reader.documents([1]), reader.members(), reader.counts()) == found
    assert reader.older is None
    reader.close()
    assert schema_of(older) == schema_of(new_library(tmp_path / "new.sqlite"))


def test_an_upgrade_that_fails_changes_nothing(schema_4: Path) -> None:
    before = schema_4.read_bytes()
    broken = replace(LIBRARY, upgrades={4: f"{LIBRARY.upgrades[4]};INSERT INTO nowhere VALUES (1)"})
    opened = Database(schema_4, broken)
    with pytest.raises(LibraryError, match="no such table: nowhere"), opened.writing():
        raise AssertionError
    assert schema_4.read_bytes() == before
    with opened.reading() as connection:
        assert connection.execute("SELECT count(checksum) FROM memberships").fetchone() == (3,)
    opened.close()
    upgraded(schema_4).close()


def test_nothing_is_written_beside_a_later_version(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite")
    library.put_source(Source("a", "/a", "a"))
    with sqlite3.connect(tmp_path / "library.sqlite") as connection:
        connection.execute("PRAGMA user_version = 6")
    connection.close()
    with pytest.raises(LibraryError) as caught:
        library.put_source(Source("b", "/b", "b"))
    assert caught.value.user_message == "The library has schema 6; this version of Legation reads 5."
    assert library.sources() == (Source("a", "/a", "a"),)
    library.close()


def new_library(path: Path) -> Path:
    Library(path).close()
    return path


def schema_of(path: Path) -> dict[str, object]:
    """Every table's columns and keys, the indexes, and the version: columns that came later stand elsewhere in SQL."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    found: dict[str, object] = {}
    for (table,) in rows:
        for kind in ("table_info", "foreign_key_list", "index_list"):
            facts = connection.execute(f"PRAGMA {kind}('{table}')").fetchall()
            found[f"{table} {kind}"] = sorted(fact[1:] for fact in facts)
    found["version"] = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return found


def test_processes_that_upgrade_at_once_upgrade_once(schema_1: Path) -> None:
    """Each stores a vector right after it has opened: none may be dropped by the upgrade of another one."""
    code = (
        "import sys; from pathlib import Path; import numpy as np; from index.library import Library\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "library = Library(Path(sys.argv[1])); vectors = np.ones((1, 2), dtype=np.float32)\n"
        "library.vectors.put(sys.argv[2], [b'x'], vectors, [vectors]); library.close()\n"
    )
    children = [child(code, str(schema_1), name) for name in ("one", "two", "three")]
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in children:  # all of them at once
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in children:
        _, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, "")
    library = Library(schema_1)
    for name in ("one", "two", "three"):
        assert library.vectors.of_sentences([1], name, 2)[0].tolist() == [[1, 1]]
    assert library.documents([1]) == {1: document(1)}
    library.close()


def test_who_comes_second_sees_what_the_first_has_upgraded(schema_1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite believes a schema that it read before, as long as a statement can be understood by it."""
    upgrade = database.upgrade

    def upgrade_second(connection: sqlite3.Connection, schema: Schema) -> None:
        monkeypatch.setattr(database, "upgrade", upgrade)
        upgraded(schema_1).close()
        upgrade(connection, schema)

    monkeypatch.setattr(database, "upgrade", upgrade_second)
    library = Library(schema_1)
    vectors = np.array([[0, 1]], dtype=np.float32)
    library.vectors.put("m", [b"x"], vectors, [vectors])
    assert library.vectors.of_sentences([1], "m", 2)[0].tobytes() == vectors.tobytes()
    library.close()


def test_an_upgrade_waits_its_turn(schema_1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    before = schema_1.read_bytes()
    other = sqlite3.connect(schema_1, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    library = Library(schema_1)
    with pytest.raises(BusyError):
        library.finish([], [])
    other.execute("ROLLBACK")
    other.close()
    assert schema_1.read_bytes() == before
    assert library.older == 1
    library.finish([], [])
    assert library.older is None
    library.close()


def test_an_empty_file_becomes_a_library(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.touch()
    library = Library(path)
    assert library.sources() == ()
    library.close()


def test_a_creation_that_was_killed_while_it_was_written_is_begun_again(tmp_path: Path) -> None:
    """The rollback journal then stands beside a file that is not empty, and rolls it back to nothing."""
    path = tmp_path / "library.sqlite"
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size = 1'); connection.execute('BEGIN EXCLUSIVE')\n"
        "connection.execute('CREATE TABLE documents (text TEXT)')\n"
        "connection.executemany('INSERT INTO documents VALUES (?)', [('x' * 3000,)] * 200)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    process = child(code, str(path))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert path.stat().st_size > 0
    assert path.with_name("library.sqlite-journal").exists()
    library = Library(path)
    assert library.sources() == ()
    assert library.check() == []
    library.close()


def test_a_write_that_was_killed_is_rolled_back(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    library = Library(path)
    keys = [library.put_document(document(number)) for number in range(5)]
    library.close()
    before = path.read_bytes()
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size = 1'); connection.execute('BEGIN')\n"
        "connection.execute('UPDATE documents SET text = text || text, title = ?', ('x' * 9000,))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    child(code, str(path)).communicate(timeout=60)
    assert path.read_bytes() != before
    library = Library(path)
    assert library.documents(keys) == {key: document(number) for number, key in enumerate(keys)}
    library.close()
    assert path.read_bytes() == before


def test_what_another_thread_has_open_is_not_closed_before_it_ends(tmp_path: Path) -> None:
    opened = Database(tmp_path / "library.sqlite", LIBRARY)
    begun, closed = threading.Event(), threading.Event()

    def read() -> tuple[object, ...]:
        with opened.reading() as connection:
            begun.set()
            assert closed.wait(10)
            return tuple(connection.execute("SELECT count(*) FROM documents").fetchone())

    with opened.reading() as mine:
        pass
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        assert begun.wait(10)
        opened.close()
        closed.set()
        assert reading.result() == (0,)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        mine.execute("SELECT 1")
    opened.close()
    assert opened._connections == {}


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LibraryError) as caught:
        Library(path)
    assert caught.value.user_message == "library.sqlite is not a Legation library."
    assert caught.value.exit_code == 8
    assert path.read_bytes() == before


def test_a_text_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.write_text("Shopping list: eggs, tantivy, milk.\n" * 50)
    with pytest.raises(LibraryError) as caught:
        Library(path)
    assert caught.value.user_message == DAMAGED
    assert path.read_text() == "Shopping list: eggs, tantivy, milk.\n" * 50


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    Library(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(LibraryError) as caught:
        Library(path)
    assert caught.value.user_message == "The library has schema 7; this version of Legation reads 5."


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        Library(tmp_path)
    assert caught.value.user_message == (
        "The library cannot be read or written (unable to open database file); the index is as it was."
    )


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageError) as caught:
        Library(tmp_path / "home" / "library.sqlite")
    assert caught.value.user_message == f"The library cannot be stored: {tmp_path / 'home'} is no folder."
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageError) as caught:
        Library(tmp_path / "link" / "library.sqlite")
    assert caught.value.user_message == f"The library cannot be stored: {tmp_path / 'link'} is no folder."


def read_everything(path: Path, keys: list[int]) -> dict[int, Document]:
    library = Library(path)
    try:
        return library.documents(keys)
    finally:
        library.close()


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Path, list[int], dict[int, Document]]:
    path = tmp_path / "library.sqlite"
    library = Library(path)
    keys = [library.put_document(document(number)) for number in range(12)]
    library.close()
    return path, keys, read_everything(path, keys)


@pytest.mark.parametrize("size", [1, 15, 50, 99, 511, 4096, 4097, 8192, 20_000, -4096])
def test_a_truncated_library_is_refused(filled: tuple[Path, list[int], dict[int, Document]], size: int) -> None:
    path, keys, _ = filled
    os.truncate(path, size if size > 0 else path.stat().st_size + size)
    with pytest.raises(LibraryError) as caught:
        read_everything(path, keys)
    assert caught.value.user_message.endswith(".")
    assert "\n" not in caught.value.user_message


def test_damaged_bytes_are_refused_or_change_nothing(
    filled: tuple[Path, list[int], dict[int, Document]],
) -> None:
    """SQLite keeps no checksums: the library's own must catch what still parses."""
    path, keys, documents = filled
    sound = path.read_bytes()
    chance = random.Random(20170605)
    for _ in range(150):
        damaged = bytearray(sound)
        place, length = chance.randrange(len(sound)), chance.choice([1, 1, 1, 16, 4096])
        damaged[place : place + length] = chance.randbytes(len(damaged[place : place + length]))
        path.write_bytes(damaged)
        try:
            assert read_everything(path, keys) == documents
        except (LibraryError, StorageError) as error:
            assert error.user_message.endswith(".")


@pytest.mark.parametrize(
    "column",
    [b"Embassy number 3 closed.", b"Note 3", b"text/markdown", b"2017-05", b'[[0, 7, 1, "Em', b"[[0, 10"],
)
def test_one_changed_letter_of_a_stored_document_is_refused(
    filled: tuple[Path, list[int], dict[int, Document]], column: bytes
) -> None:
    path, keys, _ = filled
    content = bytearray(path.read_bytes())
    content[content.index(column) + len(column) - 1] ^= 1
    path.write_bytes(content)
    with pytest.raises(LibraryError) as caught:
        read_everything(path, keys)
    assert caught.value.user_message.endswith(" no longer matches its checksum; it is not quoted.")


def test_a_whole_page_of_zeros_is_refused(filled: tuple[Path, list[int], dict[int, Document]]) -> None:
    path, keys, _ = filled
    content = bytearray(path.read_bytes())
    place = content.index(b"Embassy number 3 closed.") // 4096 * 4096
    content[place : place + 4096] = bytes(4096)
    path.write_bytes(content)
    with pytest.raises(LibraryError) as caught:
        read_everything(path, keys)
    assert caught.value.user_message == DAMAGED


def test_check_names_what_is_wrong(filled: tuple[Path, list[int], dict[int, Document]]) -> None:
    path, _, _ = filled
    library = Library(path)
    assert library.check() == []
    library.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'path TEXT NOT NULL', 'path INTEGER NOT NULL')")
    connection.close()
    library = Library(path)
    found = library.check()
    library.close()
    assert found[0] == "non-INTEGER value in documents.path"


def test_a_library_left_in_wal_mode_opens(filled: tuple[Path, list[int], dict[int, Document]]) -> None:
    path, keys, documents = filled
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    columns = "name, location, collection, added_at"
    connection.execute(f"INSERT INTO sources ({columns}) VALUES ('late', '/late', 'late', '2026')")
    connection.commit()
    assert path.with_name("library.sqlite-wal").exists()
    library = Library(path)
    assert [source.name for source in library.sources()] == ["late"]
    assert library.documents(keys) == documents
    library.close()
    connection.close()


def test_the_journal_is_a_rollback_journal(tmp_path: Path) -> None:
    found = Database(tmp_path / "library.sqlite", LIBRARY)
    with found.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA synchronous").fetchone() == (3,)
    found.close()
    assert [file.name for file in tmp_path.iterdir()] == ["library.sqlite"]


def test_what_is_raised_inside_a_write_undoes_it(tmp_path: Path) -> None:
    found = Database(tmp_path / "library.sqlite", LIBRARY)
    with pytest.raises(KeyboardInterrupt), found.writing() as connection:
        connection.execute("INSERT INTO sources (name, location, collection, added_at) VALUES ('a', '/a', 'a', '2026')")
        raise KeyboardInterrupt
    with found.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sources").fetchone() == (0,)
    found.close()


def test_a_busy_writer_is_told_to_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    path = tmp_path / "library.sqlite"
    library = Library(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError) as caught:
        library.put_source(Source("a", "/a", "a"))
    assert caught.value.user_message == "Another process is writing to the library; try again in a moment."
    assert caught.value.retryable
    assert library.sources() == ()  # reading goes on while another one writes
    other.execute("ROLLBACK")
    library.put_source(Source("a", "/a", "a"))
    assert library.sources() == (Source("a", "/a", "a"),)
    other.close()
    library.close()


def test_a_name_that_is_not_utf8_is_a_usage_error(tmp_path: Path) -> None:
    library = Library(tmp_path / "library.sqlite")
    with pytest.raises(UsageError) as caught:
        library.find_documents(os.fsdecode(b"caf\xe9.md"))
    assert caught.value.user_message == "A name or path holds bytes that are not valid UTF-8."
    library.close()


def test_connections_of_threads_that_ended_are_closed(tmp_path: Path) -> None:
    found = Database(tmp_path / "library.sqlite", LIBRARY)

    def look() -> None:
        with found.reading() as connection:
            connection.execute("SELECT count(*) FROM sources").fetchone()

    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    opened = [link for link in Path("/proc/self/fd").iterdir() if os.path.realpath(link) == str(found._path)]
    assert len(opened) == 2  # this thread's and the last one's
    found.close()
    opened = [link for link in Path("/proc/self/fd").iterdir() if os.path.realpath(link) == str(found._path)]
    assert opened == []


def test_a_refused_file_is_not_held_open(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.write_text("no library" * 100)
    with pytest.raises(LibraryError):
        Library(path)
    assert [link for link in Path("/proc/self/fd").iterdir() if os.path.realpath(link) == str(path)] == []


def test_readers_see_whole_states_while_a_writer_publishes(tmp_path: Path) -> None:
    """Every publication changes two rows together; no reader may ever see one without the other."""
    found = Database(tmp_path / "library.sqlite", LIBRARY)
    with found.writing() as connection:
        columns = "name, location, collection, added_at"
        connection.executemany(f"INSERT INTO sources ({columns}) VALUES (?, '0', '0', '')", [("a",), ("b",)])
    done = threading.Event()

    def read() -> set[tuple[str, str]]:
        seen = set()
        while not done.is_set():
            with found.reading() as connection:
                first = connection.execute("SELECT location FROM sources WHERE name = 'a'").fetchone()[0]
                second = connection.execute("SELECT location FROM sources WHERE name = 'b'").fetchone()[0]
            seen.add((first, second))
        return seen

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        try:
            for number in range(1, 31):
                with found.writing() as connection:
                    connection.execute("UPDATE sources SET location = ? WHERE name = 'a'", (str(number),))
                    connection.execute("UPDATE sources SET location = ? WHERE name = 'b'", (str(number),))
        finally:
            done.set()
        states = set().union(*(reader.result() for reader in readers))
    assert {first == second for first, second in states} == {True}
    assert states <= {(str(number), str(number)) for number in range(31)}
    found.close()


def test_a_library_in_a_read_only_folder_can_be_read_not_written(bound_folder: Path) -> None:
    path = bound_folder / "home" / "library.sqlite"
    library = Library(path)
    library.put_source(Source("a", "/a", "a"))
    library.close()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    library = Library(path)
    assert library.sources() == (Source("a", "/a", "a"),)
    with pytest.raises(StorageError) as caught:
        library.put_source(Source("b", "/b", "b"))
    assert caught.value.user_message == (
        "The library cannot be read or written (attempt to write a readonly database); the index is as it was."
    )
    library.close()


def test_a_library_of_an_earlier_schema_that_may_only_be_read_is_read_and_not_upgraded(bound_folder: Path) -> None:
    path = with_schema_4(bound_folder / "library.sqlite")
    before = path.read_bytes()
    path.chmod(0o444)
    bound_folder.chmod(0o555)
    library = Library(path)
    assert library.documents([1]) == {1: document(1)}
    with pytest.raises(StorageError) as caught:
        library.finish([], [])
    library.close()
    assert caught.value.user_message == (
        "The library is of an earlier version of Legation and has to be upgraded, which cannot be done where it may "
        "only be read; the index is as it was."
    )
    assert path.read_bytes() == before


def test_a_library_in_a_folder_of_others_is_refused(bound_folder: Path) -> None:
    (bound_folder / "home").mkdir(mode=0o000)
    with pytest.raises(StorageError) as caught:
        Library(bound_folder / "home" / "library.sqlite")
    assert caught.value.user_message == (
        "The library cannot be read or written (unable to open database file); the index is as it was."
    )


def test_an_unfinished_write_in_a_read_only_folder_is_refused(bound_folder: Path) -> None:
    """The journal cannot be rolled back there, so what the file says must not be believed."""
    path = bound_folder / "home" / "library.sqlite"
    library = Library(path)
    for number in range(5):
        library.put_document(document(number))
    library.close()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN")
    writer.execute("UPDATE documents SET title = ?", ("x" * 90_000,))
    journal = path.with_name("library.sqlite-journal").read_bytes()
    half_written = path.read_bytes()
    writer.close()
    path.write_bytes(half_written)
    path.with_name("library.sqlite-journal").write_bytes(journal)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    with pytest.raises(StorageError) as caught:
        Library(path)
    assert caught.value.user_message.endswith("; the index is as it was.")


def test_what_is_written_within_reading_is_a_mistake_of_ours_and_told(tmp_path: Path) -> None:
    made = Database(tmp_path / "library.sqlite", LIBRARY)
    with made.writing() as connection:
        connection.execute("INSERT INTO sources (name, location, collection, added_at) VALUES ('a', '/', 'c', '')")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="within reading is not kept"), made.reading(), made.writing():
            raise AssertionError
    with made.writing(), made.reading(), made.writing() as connection:  # a transaction that was begun to write is one
        connection.execute("UPDATE sources SET collection = 'd'")
    with made.reading() as connection:
        assert connection.execute("SELECT name, collection FROM sources").fetchall() == [("a", "d")]
    made.close()


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_a_library_that_is_no_longer_in_its_place_gives_no_answer(tmp_path: Path, how: str) -> None:
    path = tmp_path / "library.sqlite"
    library = Library(path)
    library.put_source(Source("old", "/nowhere", "c"))
    kept = path.rename(tmp_path / "kept.sqlite")
    if how == "deleted":
        kept.unlink()
    if how == "replaced":
        new_library(path)
    with ThreadPoolExecutor(1) as another_thread:
        for look in (library.sources, another_thread.submit(library.sources).result, lambda: library.finish(["a"], [])):
            with pytest.raises(LibraryError) as caught:
                look()
            assert caught.value.user_message == (
                "The library file was moved, deleted or replaced while it was open; start Legation again."
            )
    assert path.exists() == (how == "replaced")
    if how == "moved":
        kept.rename(path)
        assert [source.name for source in library.sources()] == ["old"]
    library.close()


def test_a_copy_is_made_while_others_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything of one moment: whoever writes in between has it begun anew, and once too often waits."""
    monkeypatch.setattr(database_copy, "COPY_PAGES", 5)
    path, copied = tmp_path / "library.sqlite", tmp_path / "copy.sqlite"
    library = Library(path)
    keys = [library.put_document(document(number)) for number in range(12)]
    heard: list[tuple[int, int]] = []

    def write(done: int, total: int) -> None:
        heard.append((done, total))
        if done < total:
            other = Library(path)
            keys.append(other.put_document(document(len(keys))))
            other.close()

    made = Database(path, LIBRARY)
    made.copy_to(copied, write)
    made.close()
    *before, last = heard
    assert last[0] == last[1]
    assert [done for done, _ in before] == [5] * (database_copy.COPY_RESTARTS + 1)
    copy = Library(copied)
    assert copy.documents(keys) == {key: document(number) for number, key in enumerate(keys)}
    assert copy.check() == []
    copy.close()
    library.close()


def test_a_copy_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    made = Database(tmp_path / "library.sqlite", LIBRARY)
    other = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BusyError):
        made.copy_to(tmp_path / "copy.sqlite")
    other.close()
    made.close()


def test_rows_that_refer_to_nothing_are_a_problem(tmp_path: Path) -> None:
    path = new_library(tmp_path / "library.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO memberships VALUES (7, 1, NULL, NULL)")
    connection.close()
    library = Library(path)
    assert library.check() == ["row 1 of memberships refers to a row of documents that is not there"]
    library.close()


@pytest.mark.parametrize("late", [False, True])
def test_ctrl_c_before_the_check_is_waited_for_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Where it has begun already and never ends, and where it begins only after it and takes long over a few steps."""
    begun, interrupted, looked = threading.Event(), threading.Event(), threading.Condition()
    failures: list[str] = []
    looks = 0

    def look(*arguments: Any) -> Any:
        nonlocal looks
        with looked:
            looks += 1
            looked.notify_all()
        return wait(*arguments)

    def await_two_looks() -> None:
        with looked:
            before = looks
            assert looked.wait_for(lambda: looks >= before + 2, 60)

    def endless(connection: sqlite3.Connection) -> list[str]:
        if late:
            assert interrupted.wait(60)
        connection.create_function("begin", 0, await_two_looks if late else begun.set)
        try:
            connection.execute(
                "WITH RECURSIVE c(n) AS (SELECT begin() UNION ALL SELECT n FROM c LIMIT ?) SELECT max(n) FROM c",
                (3 if late else -1,),
            )
        except sqlite3.OperationalError as error:
            failures.append(str(error))
        return []

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *arguments: Any) -> Any:  # type: ignore[override]
            future = super().submit(*arguments)
            if not late:
                assert begun.wait(60)
            signal.raise_signal(signal.SIGINT)
            interrupted.set()
            return future

    database = Database(tmp_path / "library.sqlite", LIBRARY)
    with monkeypatch.context() as patched:
        patched.setattr("index.database._problems", endless)
        patched.setattr("index.database.ThreadPoolExecutor", Interrupted)
        patched.setattr("index.database.wait", look)
        with pytest.raises(KeyboardInterrupt):
            database.problems()
    assert failures == ["interrupted"]
    assert database.problems() == []
    database.close()


def press_as_a_terminal_does() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def press_unheard() -> None:
    """The thread that waits is not woken, as when it was just about to wait."""
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


@pytest.mark.parametrize("press", [press_as_a_terminal_does, press_unheard])
def test_ctrl_c_ends_a_check_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, press: Callable[[], None]
) -> None:
    running = threading.Event()

    def endless(connection: sqlite3.Connection) -> list[str]:
        connection.set_progress_handler(running.set, 1000)
        counted = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
        return [str(connection.execute(counted).fetchone())]

    def press_when_it_runs() -> None:
        assert running.wait(60)
        press()

    database = Database(tmp_path / "library.sqlite", LIBRARY)
    monkeypatch.setattr("index.database._problems", endless)
    thread = threading.Thread(target=press_when_it_runs)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        database.problems()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    monkeypatch.undo()
    assert database.problems() == []
    database.close()


def test_where_ctrl_c_is_ignored_and_in_other_threads_a_check_takes_no_part_in_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.sqlite", LIBRARY)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(database.problems).result() == []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert database.problems() == []
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    database.close()
