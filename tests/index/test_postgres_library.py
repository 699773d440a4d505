"""A library in PostgreSQL: what several processes share, and what can go wrong between them and the server.

What a library does is tested over SQLite and PostgreSQL in the modules whose ``library`` lies in a ``place``.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import psycopg
import pytest

from index.backup import write_backup
from index.check import check
from index.check.result import Check
from index.errors import BusyError, LegationError, LibraryError, StorageError, UsageError
from index.home import Home
from index.library import Library
from index.library_schema import LIBRARY
from index.parsing.supervisor import ParsingProcess
from index.postgres_library import PostgresLibrary
from index.row_checksums import CHECKED, CHECKED_MEMBERSHIP, CHECKED_VECTORS, row_checksum
from index.search import Searcher
from index.sync import SyncReport, sync
from index.types import Filter, Query, Source
from tests.conftest import Corpus
from tests.fakes.library_places import LibraryPlace, emptied, in_sqlite
from tests.fakes.postgres_sync import LIMITS, URI
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un
from tests.index.test_library import document

FAKES = Path(__file__).resolve().parents[1] / "fakes"
OSLO, ROME = "# Oslo\n\nThe embassy in Oslo closed in May.\n", "# Rome\n\nThe legation in Rome closed.\n"


@pytest.fixture
def place(shared_uri: str) -> LibraryPlace:
    return emptied(shared_uri)


def synced(home: Home, library: Library, parser: ParsingProcess, *add: Source) -> SyncReport:
    return sync(home, library, WordEncoder(), LIMITS, add=add, parser=parser)


def answers(home: Home, library: Library, question: str) -> list[str]:
    found = Searcher(home, library, WordEncoder()).search(Query(question), Filter(), 3, sentences_of=3)
    return [hit.stored.text for hit in found.hits]


@contextmanager
def syncing(uri: str, home: Home, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(FAKES / "postgres_sync.py"), str(home.path), str(folder)]
    environment = {**os.environ, URI: uri, "PYTHONPATH": str(FAKES.parents[1])}
    pipes = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipes, stdout=pipes, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_worker_that_is_killed_in_mid_commit_leaves_the_old_generation_answering(
    shared_uri: str, home: Home, library: Library, corpus: Corpus, parser: ParsingProcess
) -> None:
    folder = corpus({"oslo.md": OSLO})
    first = synced(home, library, parser, Source("notes", str(folder), "c"))
    corpus({"rome.md": ROME})
    (folder / "oslo.md").unlink()
    with syncing(shared_uri, home, folder) as worker:
        assert line(worker) == "moved"
        assert answers(home, library, "closed") == ["The embassy in Oslo closed in May."]
        with pytest.raises(BusyError) as caught:
            synced(home, library, parser)
        owner = f"process {worker.pid} on {socket.gethostname()}, started "
        assert caught.value.user_message.startswith(f"Another sync is under way ({owner}")
        worker.kill()
        worker.wait()
    record = library.current()
    assert record is not None
    assert record.name == first.generation
    assert answers(home, library, "closed") == ["The embassy in Oslo closed in May."]
    second_report = synced(home, library, parser)  # the lock went with its owner
    assert (second_report.added, second_report.removed, second_report.encoded) == (1, 1, 0)
    assert answers(home, library, "closed") == ["The legation in Rome closed."]


def test_who_has_lost_the_lock_writes_nothing_more(
    shared_uri: str, home: Home, library: Library, place: LibraryPlace
) -> None:
    with library.alone(home.lock):
        library.put_source(Source("kept", "/kept", "c"))
        place.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        with closing(PostgresLibrary(shared_uri)) as other, other.alone("{owner}"):
            with pytest.raises(StorageError) as caught:
                library.put_source(Source("lost", "/lost", "c"))
            assert caught.value.user_message == (
                "The connection to PostgreSQL, which has the library, was lost; the index is as it was."
            )
    assert [each.name for each in library.sources()] == ["kept"]


def test_the_lock_is_free_again_whatever_was_raised(home: Home, library: Library) -> None:
    with pytest.raises(RuntimeError, match="within"), library.alone(home.lock):
        raise RuntimeError("within")
    with library.alone(home.lock):
        library.put_source(Source("notes", "/notes", "c"))
        with pytest.raises(BusyError), library.alone(home.lock):
            pass
        assert len(library.sources()) == 1


def test_a_text_with_nul_is_refused_in_a_sentence(library: Library) -> None:
    with pytest.raises(UsageError) as caught, library.batch():
        library.put_document(document())
        library.put_document(document(title="a\0b"))
    assert caught.value.user_message == "A text holds a character that PostgreSQL does not store."
    assert library.put_document(document())  # the connection goes on
    assert library.saying("a\0b") == frozenset()
    assert library.find_documents("a\0b") == []


def test_capitals_of_ascii_make_no_difference_and_others_do(library: Library) -> None:
    key = library.put_document(document("# T\n\nThe Café in Strelsau closed."))
    assert library.saying("THE CAFé IN strelsau") == {key}
    assert library.saying("café") == {key}
    assert library.saying("CAFÉ") == frozenset()
    assert library.saying("Caf_") == frozenset()


def told(library: Library) -> tuple[object, ...]:
    """Whatever there is to ask of a library and its history, the moments apart."""
    last, keys = library.history.last_change("notes"), sorted(library.members())
    documents = library.documents(range(1, max(keys) + 1))
    return (
        last and last.id,
        library.history.held_before(2, "notes"),
        library.history.held_at(date.max),
        library.history.changes([1, 2], keys),
        [library.history.successors(each) for each in documents.values()],
        [library.find_documents(each.path, each.version) for each in documents.values()],
        list(documents.items()),
        list(library.current_documents()),
        library.editions.all(),
        library.counts(),
        library.counts(1),
        library.counts_of(keys),
        library.placed("3/8/words"),
        library.saying("the EMBASSY"),
    )


def test_rows_checksums_and_answers_are_those_of_sqlite(
    home: Home, library: Library, place: LibraryPlace, tmp_path: Path, corpus: Corpus, parser: ParsingProcess
) -> None:
    """So that a library can be copied from one to the other row by row."""
    here = in_sqlite(tmp_path / "other" / "library.sqlite")
    folder = corpus({"oslo.md": OSLO, "un.xml": un("2026-01-30", KPi_001="RI", KPi_002="PAK")})
    with closing(here.open()) as other:
        places = ((home, library), (Home(tmp_path / "other"), other))
        for where, each in places:
            assert synced(where, each, parser, Source("notes", str(folder), "c")).skipped == ()
        corpus({"oslo.md": ROME, "un.xml": un("2026-01-31", KPi_001="RI WON", KPi_003="HAN")})
        for where, each in places:
            assert synced(where, each, parser).changed == 2
        assert told(library) == told(other)
        assert [[each.text.splitlines()[0] for each in found] for found in told(library)[4]][1:3] == [["RI WON"], []]
    for table, columns, checksum in (
        *((table, columns, "checksum") for table, columns in CHECKED.items() if table != "generations"),
        *(("vectors", columns, name) for name, columns in CHECKED_VECTORS.items()),
        ("memberships", f"{CHECKED_MEMBERSHIP.replace('end_generation', 'coalesce(end_generation, 0)')}", "checksum"),
    ):
        rows = sorted(place.execute(query := f"SELECT {columns}, {checksum} FROM {table}"))
        assert rows == sorted(here.execute(query))
        assert rows


def checks(home: Home, uri: str) -> dict[str, Check]:
    found = check(home, {"library.sqlite": LIBRARY}, home.models, lambda progress: None, lambda: PostgresLibrary(uri))
    return {each.subject: each for each in found}


def test_a_check_finds_a_row_that_was_changed(
    shared_uri: str, home: Home, library: Library, place: LibraryPlace, corpus: Corpus, parser: ParsingProcess
) -> None:
    folder = corpus({"oslo.md": OSLO, "rome.md": ROME})
    synced(home, library, parser, Source("notes", str(folder), "c"))
    sound = checks(home, shared_uri)
    looked_at = {"documents", "passages", "vectors", "references", "records", "index"}
    assert {name: each.status for name, each in sound.items()} == dict.fromkeys(looked_at, "ok")
    assert sound["passages"].detail == "2 checked"
    place.execute('UPDATE passages SET "end" = "end" - 1 WHERE id = 2')
    place.execute("UPDATE documents SET title = 'Lima' WHERE key = 1")
    place.execute("UPDATE generations SET model = 'other'")
    found = checks(home, shared_uri)
    assert {name for name, each in found.items() if each.status == "wrong"} >= {"documents", "passages", "records"}
    mend = "pg_restore of a dump that is whole, or drop the namespace legation_library and restore a backup"
    assert found["passages"].mend == mend
    with pytest.raises(LibraryError):
        library.passages([2])


def test_memberships_of_before_get_their_checksums_with_the_next_publication(
    home: Home, shared_uri: str, library: Library, place: LibraryPlace, corpus: Corpus, parser: ParsingProcess
) -> None:
    folder = corpus({"oslo.md": OSLO, "rome.md": ROME})
    synced(home, library, parser, Source("notes", str(folder), "c"))
    place.execute("UPDATE memberships SET checksum = NULL")
    assert checks(home, shared_uri)["records"].status == "ok"
    (folder / "rome.md").unlink()
    synced(home, library, parser)
    rows = place.execute(f"SELECT {CHECKED_MEMBERSHIP}, checksum FROM memberships ORDER BY 1")
    assert rows == [(*row, row_checksum(*row)) for row in ((1, 1, None), (2, 1, 2))]
    place.execute("UPDATE memberships SET end_generation = 3 WHERE document_key = 2")
    assert "when document number 2 was there" in checks(home, shared_uri)["records"].detail


def test_a_library_of_schema_1_is_read_as_it_is_and_upgraded_by_who_writes(
    home: Home, shared_uri: str, place: LibraryPlace, corpus: Corpus, parser: ParsingProcess
) -> None:
    folder = corpus({"oslo.md": OSLO, "rome.md": ROME})
    with closing(place.open()) as library:
        synced(home, library, parser, Source("notes", str(folder), "c"))
    place.execute("ALTER TABLE memberships DROP COLUMN checksum")
    place.execute("UPDATE schema_version SET version = 1")
    columns = (
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'legation_library' "
        "AND table_name = 'memberships'"
    )
    with closing(place.open()) as library, closing(place.open()) as other:
        assert (library.older, library.counts()) == (1, [("notes", "c", 2, None)])
        assert answers(home, library, "Rome")[0] == "The legation in Rome closed."
        found = checks(home, shared_uri)
        assert found.pop("library").mend == "legation sync upgrades it; the earlier version cannot use it then"
        assert {each.status for each in found.values()} == {"ok"}
        shared = {"library.sqlite": lambda: PostgresLibrary(shared_uri)}
        made = write_backup(home, home.path / "b.tar", {"library.sqlite": LIBRARY}, replace=False, shared=shared)
        assert [part.name for part in made.parts] == ["library.sqlite"]
        assert (place.execute("SELECT version FROM schema_version"), place.execute(columns)) == ([(1,)], [(3,)])
        with pytest.raises(StorageError), library._database.reading() as statements:
            statements.execute("DELETE FROM sources")
        synced(home, library, parser)
        assert (library.older, other.older, other.counts(), other.older) == (None, 1, [("notes", "c", 2, None)], None)
    assert (place.execute("SELECT version FROM schema_version"), place.execute(columns)) == ([(2,)], [(4,)])


def test_a_password_is_in_no_error(shared_uri: str) -> None:
    with psycopg.connect(shared_uri) as connection:
        password = connection.info.password
    wrong = shared_uri.replace("127.0.0.1", "127.0.0.2")
    for uri in (wrong, shared_uri.replace("@", "x@"), shared_uri.replace("postgresql", "postgres ql")):
        with pytest.raises(LegationError) as caught:
            PostgresLibrary(uri)
        shown = repr(caught.value)
        assert password not in shown
        assert uri.split(":")[2].split("@")[0] not in shown
