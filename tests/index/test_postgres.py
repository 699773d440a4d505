"""PostgreSQL itself: addresses, migrations, transactions, lost connections, limits of time; no password shown."""

import logging
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from index.errors import BusyError, LibraryError, SettingsError, StorageError, UncertainError, UsageError
from index.postgres import PostgresDatabase
from index.postgres_connections import NO_ADDRESS, NO_PORT
from index.postgres_schema import PostgresSchema
from tests.fakes.postgres import PASSWORD, USER, PostgresServer, address
from tests.fakes.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]

SCHEMA = PostgresSchema(
    name="notebook",
    namespace="legation_test",
    migrations=(
        'CREATE TABLE notes (text TEXT COLLATE "C" PRIMARY KEY); CREATE TABLE applied (migration INTEGER)',
        "INSERT INTO applied VALUES (2)",
    ),
    kept="what was noted before is kept",
    statement_seconds=5,
    lock_seconds=1,
)


@pytest.fixture
def database(postgres_uri: str) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_uri, SCHEMA)
    yield database
    database.close()


def note(database: PostgresDatabase, text: str) -> None:
    with database.writing() as statements:
        statements.execute("INSERT INTO notes VALUES (?)", (text,))


def notes(database: PostgresDatabase) -> list[str]:
    with database.reading() as statements:
        return [text for (text,) in statements.execute("SELECT text FROM notes ORDER BY text")]


def applied(database: PostgresDatabase) -> list[tuple[int]]:
    with database.reading() as statements:
        return statements.execute("SELECT migration FROM applied").fetchall()


def test_what_is_written_is_there_byte_for_byte_in_the_order_of_bytes(database: PostgresDatabase) -> None:
    texts = ["", "B", "a", "b ? 100 % %s", "ä", "\u2028", "🏛"]
    for text in reversed(texts):
        note(database, text)
    assert notes(database) == texts


def test_what_raises_writes_nothing(database: PostgresDatabase) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as statements:
        statements.execute("INSERT INTO notes VALUES ('a')")
        raise ZeroDivisionError
    with pytest.raises(LibraryError) as caught, database.writing() as statements:
        statements.execute("INSERT INTO notes VALUES ('quetzal')")
        statements.execute("INSERT INTO notes VALUES ('quetzal')")
    assert caught.value.user_message == (
        "PostgreSQL refused an operation on the notebook (UniqueViolation, 23505)."
    )  # it does not repeat the value
    assert notes(database) == []


def test_an_error_that_is_passed_over_is_no_half_a_transaction(database: PostgresDatabase) -> None:
    with pytest.raises(LibraryError) as caught, database.writing() as statements:
        statements.execute("INSERT INTO notes VALUES ('a')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            statements.execute("INSERT INTO notes VALUES ('a')")
    assert caught.value.user_message == "What was to be written to the notebook failed in part; nothing was."
    assert notes(database) == []


def test_one_within_another_is_part_of_it(database: PostgresDatabase) -> None:
    with pytest.raises(ZeroDivisionError), database.writing():
        note(database, "a")
        assert notes(database) == ["a"]
        raise ZeroDivisionError
    assert notes(database) == []
    with database.reading(), pytest.raises(RuntimeError):
        note(database, "a")
    with database.reading() as one, database.reading() as other:
        assert one is other
    assert notes(database) == []


def test_reading_sees_one_state_and_writes_nothing(database: PostgresDatabase, postgres_uri: str) -> None:
    other = PostgresDatabase(postgres_uri, SCHEMA)
    note(database, "a")
    with database.reading() as statements:
        assert statements.execute("SELECT count(*) FROM notes").fetchone() == (1,)
        note(other, "b")
        assert statements.execute("SELECT count(*) FROM notes").fetchone() == (1,)
    assert notes(database) == ["a", "b"]
    with pytest.raises(StorageError) as caught, database.reading() as statements:
        statements.execute("INSERT INTO notes VALUES ('c')")
    assert caught.value.user_message == ("PostgreSQL lets the notebook be read only; what was noted before is kept.")
    other.close()


def test_threads_have_transactions_of_their_own(database: PostgresDatabase) -> None:
    with ThreadPoolExecutor(30) as threads:  # more than there are connections
        list(threads.map(lambda number: note(database, f"{number:02}"), range(100)))
    assert notes(database) == [f"{number:02}" for number in range(100)]
    with database.writing() as mine, ThreadPoolExecutor(1) as threads:
        mine.execute("INSERT INTO notes VALUES ('mine')")
        assert len(threads.submit(notes, database).result()) == 100


# Migrations


def test_processes_that_open_at_once_migrate_once(postgres_uri: str) -> None:
    code = (
        "import sys\nfrom index.postgres import PostgresDatabase\nfrom tests.index.test_postgres import SCHEMA\n"
        "print('ready', flush=True); sys.stdin.readline()\nPostgresDatabase(sys.argv[1], SCHEMA).close()\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, postgres_uri], cwd=ROOT, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]  # fmt: skip
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in children:  # all of them at once
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in children:
        _, complaints = process.communicate(timeout=30)
        assert (process.returncode, complaints) == (0, "")
    database = PostgresDatabase(postgres_uri, SCHEMA)
    assert applied(database) == [(2,)]
    database.close()


def test_what_is_missing_is_applied_and_what_is_there_stays(postgres_uri: str) -> None:
    database = PostgresDatabase(postgres_uri, replace(SCHEMA, migrations=SCHEMA.migrations[:1]))
    note(database, "kept")
    database.close()
    for _ in range(2):
        database = PostgresDatabase(postgres_uri, SCHEMA)
        assert (database.older, notes(database), applied(database)) == (1, ["kept"], [])
        database.close()
    for more in ("a", "b"):
        database = PostgresDatabase(postgres_uri, SCHEMA)
        note(database, more)
        assert (database.older, applied(database)) == (None, [(2,)])
        database.close()
    database = PostgresDatabase(postgres_uri, SCHEMA)
    assert (notes(database), applied(database)) == (["a", "b", "kept"], [(2,)])
    database.close()


def test_who_comes_second_to_an_upgrade_finds_it_done(postgres_uri: str) -> None:
    PostgresDatabase(postgres_uri, replace(SCHEMA, migrations=SCHEMA.migrations[:1])).close()
    one, other, third = (PostgresDatabase(postgres_uri, SCHEMA) for _ in range(3))
    note(one, "a")
    note(other, "b")
    assert (notes(third), applied(third), third.older) == (["a", "b"], [(2,)], None)
    for database in (one, other, third):
        database.close()


def test_a_migration_that_fails_changes_nothing(postgres_uri: str) -> None:
    broken = replace(SCHEMA, migrations=(SCHEMA.migrations[0], "INSERT INTO applied VALUES (2); SELECT 1 / 0"))
    with pytest.raises(LibraryError) as caught:
        PostgresDatabase(postgres_uri, broken)
    assert caught.value.user_message == ("PostgreSQL refused an operation on the notebook (DivisionByZero, 22012).")
    database = PostgresDatabase(postgres_uri, SCHEMA)
    assert applied(database) == [(2,)]
    database.close()


def test_a_later_version_is_refused(database: PostgresDatabase, postgres_uri: str) -> None:
    with database.writing() as statements:
        statements.execute("UPDATE schema_version SET version = 7")
    with pytest.raises(LibraryError) as caught:
        PostgresDatabase(postgres_uri, SCHEMA)
    assert caught.value.user_message == "The notebook has schema 7; this version of Legation reads 2."


def test_rooms_share_a_database_and_do_not_see_each_other(database: PostgresDatabase, postgres_uri: str) -> None:
    other = PostgresDatabase(postgres_uri, replace(SCHEMA, namespace="legation_other"))
    note(database, "here")
    note(other, "there")
    assert (notes(database), notes(other)) == (["here"], ["there"])
    other.close()


def test_a_database_of_another_encoding_is_refused(postgres_server: PostgresServer) -> None:
    postgres_server.administer(f"CREATE DATABASE latin OWNER {USER} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(LibraryError) as caught:
        PostgresDatabase(address(postgres_server.port, "latin"), SCHEMA)
    assert caught.value.user_message == "The PostgreSQL database has the encoding LATIN1; Legation needs UTF8."
    postgres_server.drop("/latin")


# What goes wrong


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_cannot_be_stored_is_told(database: PostgresDatabase, text: str) -> None:
    with pytest.raises(UsageError):
        note(database, text)
    assert notes(database) == []


def test_whoever_waits_too_long_for_a_lock_is_told(database: PostgresDatabase) -> None:
    note(database, "a")
    with database.writing() as statements, ThreadPoolExecutor(1) as threads:
        statements.execute("DELETE FROM notes")
        with pytest.raises(BusyError) as caught:
            threads.submit(note, database, "a").result()
    assert caught.value.user_message == "Another process is writing to the notebook; try again in a moment."
    assert notes(database) == []


def test_a_statement_that_takes_too_long_is_given_up(postgres_uri: str) -> None:
    database = PostgresDatabase(postgres_uri, replace(SCHEMA, statement_seconds=1))
    with pytest.raises(BusyError) as caught, database.reading() as statements:
        statements.execute("SELECT pg_sleep(30)")
    assert caught.value.user_message == (
        "An operation on the notebook took too long and was given up; try again in a moment."
    )
    database.close()


def cut(server: PostgresServer) -> None:
    """Ends every connection of ours, as a restart of the server does."""
    server.administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{USER}'")


def test_connections_that_were_cut_are_replaced(database: PostgresDatabase, postgres_server: PostgresServer) -> None:
    note(database, "a")
    cut(postgres_server)
    assert notes(database) == ["a"]
    note(database, "b")
    assert notes(database) == ["a", "b"]


def test_a_transaction_that_is_cut_writes_nothing(database: PostgresDatabase, postgres_server: PostgresServer) -> None:
    with pytest.raises(StorageError) as caught, database.writing() as statements:
        statements.execute("INSERT INTO notes VALUES ('a')")
        cut(postgres_server)
        statements.execute("INSERT INTO notes VALUES ('b')")
    assert caught.value.user_message == (
        "The connection to PostgreSQL, which has the notebook, was lost; what was noted before is kept."
    )
    assert notes(database) == []


def test_a_connection_that_is_lost_while_committing_leaves_it_open_what_was_written(
    database: PostgresDatabase, postgres_server: PostgresServer
) -> None:
    with pytest.raises(UncertainError) as caught, database.writing() as statements:
        statements.execute("INSERT INTO notes VALUES ('a')")
        cut(postgres_server)
    assert caught.value.user_message == (
        "The connection to PostgreSQL was lost while the notebook was written; it is not known whether it was."
    )
    assert notes(database) == []


def test_a_server_that_was_restarted_is_found_again(
    database: PostgresDatabase, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(database, "a")
    postgres_server.stop()
    monkeypatch.setattr("index.postgres.POOL_SECONDS", 0.2)
    with pytest.raises(StorageError) as caught:
        notes(database)
    assert caught.value.user_message.startswith("PostgreSQL, which has the notebook, gives no connection")
    monkeypatch.undo()
    postgres_server.start()

    def found() -> list[str]:
        try:
            return notes(database)
        except StorageError:  # the pool tries again only now and then
            return []

    assert wait_until(threading.Condition(), found, 60, postgres_server.log) == ["a"]
    note(database, "b")
    assert notes(database) == ["a", "b"]


Wrong = Callable[[int], str]


@pytest.mark.parametrize(
    ("uri", "kind", "sentence"),
    [
        (lambda port: address(port, "postgres", "quetzal"), StorageError, "(password authentication failed for user"),
        (lambda port: address(port, "nowhere"), StorageError, '(database "nowhere" does not exist)'),
        (lambda port: address(1, "postgres"), StorageError, "(Connection refused)"),
        (lambda port: "postgresql://legation:quetzal@no%20host/x", StorageError, "(no host of that name)"),
        (lambda port: f"postgresql://legation:quetzal@127.0.0.1:{port}a/x", SettingsError, NO_PORT),
        (lambda port: "postgresql://legation:quetzal@127.0.0.1:65536/x", SettingsError, NO_PORT),
        (lambda port: f"postgresql://legation:quetzal@127.0.0.1:{port},localhost:0/x", SettingsError, NO_PORT),
        (lambda port: "postgresql://legation:quetzal@127.0.0.1/x?port=horse", SettingsError, NO_PORT),
        (lambda port: f"postgresql://legation:que/horse@127.0.0.1:{port}/x", SettingsError, NO_PORT),
        (lambda port: f"postgresql://legation:{PASSWORD}%ZZ@127.0.0.1:{port}/x", SettingsError, NO_ADDRESS),
        (lambda port: f"postgresql://legation:quetzal@horse@127.0.0.1:{port}/x", SettingsError, NO_ADDRESS),
        (lambda port: f"legation {PASSWORD}", SettingsError, NO_ADDRESS),
        (lambda port: f"host=127.0.0.1 password={PASSWORD}", SettingsError, NO_ADDRESS),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_opened_is_told_without_the_password(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture, uri: Wrong, kind: type[Exception], sentence: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(kind) as caught:
        PostgresDatabase(uri(postgres_server.port), SCHEMA)
    assert sentence in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value, limit=0)) + caplog.text
    assert "quetzal" not in shown
    assert "horse" not in shown


def test_who_may_not_make_a_namespace_is_told(postgres_server: PostgresServer) -> None:
    with pytest.raises(StorageError) as caught:
        PostgresDatabase(address(postgres_server.port, "postgres"), SCHEMA)
    assert caught.value.user_message == (
        "PostgreSQL does not give Legation the right to do that with the notebook; what was noted before is kept."
    )


def test_the_server_says_its_version(database: PostgresDatabase) -> None:
    assert database.server()[0].isdigit()
    assert threading.active_count() < 10


FORKS = """
import os, sys
from index.postgres import PostgresDatabase
from tests.index.test_postgres import SCHEMA, note, notes

database = PostgresDatabase(sys.argv[1], SCHEMA)

def backend():
    with database.reading() as statements:
        return statements.execute("SELECT pg_backend_pid()").fetchone()[0]

before = backend()
child = os.fork()
if child == 0:
    apart = backend() != before
    note(database, "child")
    database.close()
    os._exit(0 if apart else 1)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), backend() == before, notes(database))
"""


def test_a_process_that_was_forked_has_connections_of_its_own(postgres_uri: str) -> None:
    # One of its own: Python warns of forks of a process that has threads.
    command = [sys.executable, "-W", "ignore", "-c", FORKS, postgres_uri]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert finished.stdout == "0 True ['child']\n"
