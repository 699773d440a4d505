"""legation check finds each kind of damage, names it, and says what to do; what is whole is said to be."""

import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from index.check import ENCODE, ENCODE_AGAIN, RESTORE, SPLIT, SYNC, UNREACHED, Check, check
from index.check.derived import EXPORT, PAST
from index.database import Database
from index.errors import StorageError
from index.home import Home, delete_folder
from index.library import Library
from index.library_schema import LIBRARY
from index.onnx_model import find_export
from index.parsing.process import ParsingLimits
from index.parsing.supervisor import ParsingProcess
from index.past import open_past
from index.prepare import splitting_name
from index.rerank import RerankerManifest
from index.row_checksums import CHECKED, CHECKED_VECTORS, row_checksum
from index.sqlite_schema import Schema
from index.sync import Limits, sync
from index.transactions import SharedDatabase
from index.types import Progress, Source
from tests.fakes.word_encoder import WordEncoder
from tests.index.list_samples import un

STATE = Schema(
    name="state", application_id=7, version=1, statements="CREATE TABLE notes (words TEXT NOT NULL) STRICT",
    mend="move it away", upgrades={}, kept="the rest is kept",
)  # fmt: skip
DATABASES = {"library.sqlite": LIBRARY, "state.sqlite": STATE}
STRELSAU = "# Strelsau\n\nThe embassy in Strelsau closed in May. It reopened in June.\n"
LIMITS = Limits(100_000, 64)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with documents, a sanctions list, two generations, an index of the past, and state. Not to be changed."""
    folder = tmp_path_factory.mktemp("check")
    home = Home(folder / "home")
    (folder / "posts").mkdir()
    (folder / "posts" / "strelsau.md").write_text(STRELSAU)
    (folder / "un.xml").write_text(un("2018-10-29", KPi_001="Ri Won", KPi_002="Pak Nam"))
    encoder = WordEncoder()
    with ParsingProcess(ParsingLimits()) as parser, closing(Library(home.library)) as library:
        sources = [Source("posts", str(folder / "posts"), "posts"), Source("un", str(folder / "un.xml"), "un")]
        sync(home, library, encoder, LIMITS, add=sources, parser=parser)
        (folder / "posts" / "zenda.md").write_text("# Zenda\n\nThe legation in Zenda was withdrawn.\n")
        sync(home, library, encoder, LIMITS, parser=parser)
        open_past(home, library, encoder, splitting_name(encoder, 64), date.today() - timedelta(days=1))
    with closing(Database(home.path / "state.sqlite", STATE)) as state, state.writing() as connection:
        connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 3000,)] * 5)
    home.manifest.write_text('[[source]]\nname = "posts"\nlocation = "/posts"\n')
    return home.path


@pytest.fixture
def whole(made: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(made, tmp_path / "home")))


def checked(home: Home, models: Path | None = None) -> list[Check]:
    return list(check(home, DATABASES, models or home.models, lambda progress: None))


def wrong(home: Home, models: Path | None = None) -> dict[str, tuple[str, str | None]]:
    return {each.subject: (each.detail, each.mend) for each in checked(home, models) if each.status == "wrong"}


def execute(home: Home, *statements: str) -> None:
    """What a damaged disk, or a mistake of ours, does to the library."""
    with closing(sqlite3.connect(home.library)) as connection, connection:
        connection.create_function("checksum", -1, row_checksum)
        for statement in statements:
            connection.execute(statement)


AGAIN = {table: f"UPDATE {table} SET checksum = checksum({of})" for table, of in CHECKED.items()}
"""The checksums of a table as they would be."""


def snapshot(home: Home) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.path.rglob("*") if path.is_file()}


def test_what_is_whole_is_said_to_be_and_left_as_it_is(whole: Home) -> None:
    before = snapshot(whole)
    found = checked(whole)
    assert {each.status for each in found} == {"ok"}
    told = {each.subject: each.detail for each in found}
    assert list(told) == [
        "library.sqlite", "state.sqlite", "documents", "passages", "vectors", "references", "records", "index", "lists",
        "past", "sources.toml",
    ]  # fmt: skip
    with closing(sqlite3.connect(whole.library)) as connection:
        documents, passages = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("documents", "passages")
        )
    assert (told["documents"], told["passages"]) == (f"{documents} checked", f"{passages} checked")
    assert (told["past"], told["sources.toml"]) == ("1 checked", "1 source")
    assert all(each.mend is None for each in found)
    after = snapshot(whole)
    assert {path for path in after if not path.endswith(".tantivy-meta.lock")} - before.keys() == set()
    assert all(after[path] == content for path, content in before.items())


def test_an_empty_home_has_nothing_wrong(tmp_path: Path) -> None:
    found = checked(Home(tmp_path / "nowhere"))
    assert [(each.subject, each.status) for each in found] == [("library.sqlite", "note"), ("state.sqlite", "note")]
    assert not (tmp_path / "nowhere").exists()


def test_a_file_in_the_place_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for path, taken in ((tmp_path / "file" / "home", "file"), (tmp_path / "link", "link")):
        found = checked(Home(path))
        assert [(each.subject, each.status, each.detail) for each in found] == [
            ("home", "wrong", f"{tmp_path / taken} is no folder")
        ]


def test_a_library_that_is_gone(whole: Home) -> None:
    whole.library.unlink()
    assert wrong(whole) == {"library.sqlite": ("it is missing or empty, and was here before", RESTORE)}
    assert not whole.library.exists()


def test_a_library_that_is_empty_does_not_become_a_new_one(whole: Home) -> None:
    whole.library.write_bytes(b"")
    (whole.path / "state.sqlite").write_bytes(b"")
    assert wrong(whole) == {"library.sqlite": ("it is missing or empty, and was here before", RESTORE)}
    assert whole.library.stat().st_size == (whole.path / "state.sqlite").stat().st_size == 0


def test_an_index_that_is_not_there_after_a_restore_is_not_wrong(whole: Home) -> None:
    delete_folder(whole.generations)
    assert wrong(whole) == {}
    ((status, detail, mend),) = [(e.status, e.detail, e.mend) for e in checked(whole) if e.subject == "index"]
    assert (status, mend) == ("note", SYNC)
    assert detail.endswith("is not here, as after a restore")


def test_an_index_of_an_earlier_version_is_not_wrong(whole: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.check.derived.is_of_todays_format", lambda record: False)
    monkeypatch.setattr("index.register.FORMAT", 99)
    assert wrong(whole) == {}


@pytest.mark.parametrize("column", ["text", "title", "version", "digest", "headings"])
def test_a_document_that_is_not_as_it_was_stored(whole: Home, column: str) -> None:
    changed = "'0' || substr(digest, 2)" if column == "digest" else f"{column} || ' '"
    execute(whole, f"UPDATE documents SET {column} = {changed} WHERE id = 'posts/strelsau.md'")
    problem = "The stored posts/strelsau.md no longer matches its checksum; it is not quoted"
    assert wrong(whole) == {"documents": (problem, RESTORE)}


def test_rows_that_hold_bytes_or_text_where_there_was_something_else(whole: Home) -> None:
    """As a single bit does it, in what says of which type a value is."""
    with closing(sqlite3.connect(whole.library, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = on")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE type = 'table'")
    execute(
        whole,
        "UPDATE documents SET title = CAST(title AS BLOB) WHERE id = 'posts/zenda.md'",
        "UPDATE passages SET start = 'x' WHERE document_key = 1",
    )
    found = wrong(whole)
    assert found["documents"] == (
        "The stored posts/zenda.md no longer matches its checksum; it is not quoted", RESTORE
    )  # fmt: skip
    assert found["passages"][0].endswith("no longer matches its checksum")


def test_a_version_that_is_not_that_of_the_text_though_the_checksum_is(whole: Home) -> None:
    from index.library_rows import _DOCUMENT_COLUMNS, _digest

    with closing(sqlite3.connect(whole.library)) as connection, connection:
        names = (*_DOCUMENT_COLUMNS, "version")
        row = connection.execute(f"SELECT {', '.join(names)} FROM documents WHERE id = 'posts/zenda.md'").fetchone()
        values = dict(zip(names, row, strict=True)) | {"version": "0" * 64}
        connection.execute(
            "UPDATE documents SET version = ?, digest = ? WHERE id = 'posts/zenda.md'", ("0" * 64, _digest(values))
        )
    execute(whole, AGAIN["passages"])
    assert wrong(whole) == {"documents": ("the version of posts/zenda.md is not that of its text", RESTORE)}


@pytest.mark.parametrize(
    "change",
    ['"end" = 1000000', '"start" = -1', '"start" = "end"', "sentences = '[[0, 5000]]'", "sentences = '[[30, 20]]'",
     "sentences = '[[40, 50], [20, 30]]'", "sentences = '{}'", "sentences = 'x'", "headings = '7'"],
)  # fmt: skip
def test_a_passage_that_is_no_stretch_of_its_text(whole: Home, change: str) -> None:
    where = "document_key = (SELECT key FROM documents WHERE id = 'posts/strelsau.md')"
    if change == "sentences = '{}'":  # nothing at all is a list of none
        change = "sentences = '[7]'"
    execute(whole, f"UPDATE passages SET {change} WHERE {where}", AGAIN["passages"])
    ((subject, (detail, mend)),) = wrong(whole).items()
    assert (subject, mend) == ("passages", RESTORE)
    assert detail.endswith("of posts/strelsau.md is no stretch of its text")


def test_a_passage_that_is_another_stretch_than_it_was(whole: Home) -> None:
    execute(whole, 'UPDATE passages SET "end" = "end" - 1, sentences = \'[]\'')
    ((subject, (detail, _)),) = wrong(whole).items()
    assert subject == "passages"
    first, *others = detail.split("; ")
    assert re.fullmatch(r"passage 1 of (posts/strelsau\.md|un/KPi\.001) no longer matches its checksum", first)
    with closing(sqlite3.connect(whole.library)) as connection:
        count = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
    assert others[-1] == f"and {count - 3} more"


@pytest.mark.parametrize("column", ["vector", "sentences"])
@pytest.mark.parametrize("value", ["x''", "substr({}, 2)", "substr({}, 1, length({}) - 1) || x'7f'", "{} || x'00'"])
def test_vectors_that_are_none(whole: Home, column: str, value: str) -> None:
    digest = (
        "(SELECT encoded_digest FROM passages JOIN documents ON key = document_key WHERE documents.id = "
        "'posts/strelsau.md')"
    )
    changed = (
        f"UPDATE vectors SET {column} = CAST({value.replace('{}', column)} AS BLOB) WHERE encoded_digest = {digest}"
    )
    execute(whole, changed)
    damaged = wrong(whole)
    ((subject, (detail, mend)),) = damaged.items()
    assert (subject, mend) == ("vectors", ENCODE_AGAIN)
    assert detail.endswith("of posts/strelsau.md are damaged")
    execute(whole, *(f"UPDATE vectors SET {name} = checksum({of})" for name, of in CHECKED_VECTORS.items()))
    assert wrong(whole) == ({} if "7f" in value else damaged)  # where there are too many numbers, or too few


@pytest.mark.parametrize(
    ("table", "change"),
    [("editions", "date = '2019-01-01'"), ("editions", "list = 'eu'"), ("generations", "splitting = splitting || ' '"),
     ("generations", "count = count + 1"), ("generations", "checksum = NULL")],
)  # fmt: skip
def test_a_record_that_is_not_as_it_was(whole: Home, table: str, change: str) -> None:
    execute(whole, f"UPDATE {table} SET {change} WHERE id = 1")
    detail, mend = wrong(whole)["records"]
    assert detail.endswith(f" of {table} no longer matches its checksum")
    assert mend == RESTORE


@pytest.mark.parametrize(
    "change", ["first_generation = 2", "end_generation = 2", "document_key = document_key + 1", "checksum = 7"]
)
def test_a_document_that_was_there_at_another_time(whole: Home, change: str) -> None:
    execute(whole, f"UPDATE memberships SET {change} WHERE document_key = 2")
    number = 3 if change.startswith("document_key") else 2
    told = f"when document number {number} was there no longer matches its checksum"
    assert wrong(whole)["records"] == (told, RESTORE)


def test_a_damaged_membership_stays_damaged(whole: Home) -> None:
    execute(whole, "UPDATE memberships SET first_generation = 2 WHERE document_key = 2")
    with closing(Library(whole.library)) as library:
        record = library.current()
        assert record is not None
        library.publish(replace(record, id=3, name="3"), [1], [])
    found = [each for each in wrong(whole)["records"][0].split("; ") if "document" in each]
    assert found == ["when document number 2 was there no longer matches its checksum"]


def test_an_entry_that_is_cited_under_an_edition_without_it(whole: Home) -> None:
    execute(whole, "UPDATE documents SET edition = 1 WHERE id = 'posts/zenda.md'")
    assert wrong(whole)["references"] == ("posts/zenda.md is cited under an edition that does not have it", RESTORE)


def test_an_edition_that_was_read_again_has_its_entries_still(whole: Home) -> None:
    """Also after a sync that was cut short."""

    def cut_short(progress: Progress) -> None:
        if progress.stage == "generation-written":
            raise KeyboardInterrupt

    with ParsingProcess(ParsingLimits()) as parser, closing(Library(whole.library)) as library:
        moved = replace(next(each for each in library.sources() if each.name == "un"), collection="moved")
        with pytest.raises(KeyboardInterrupt):
            sync(whole, library, WordEncoder(), LIMITS, add=[moved], only=["un"], parser=parser, tell=cut_short)
        assert "references" not in wrong(whole)
        report = sync(whole, library, WordEncoder(), LIMITS, only=["un"], parser=parser)
        assert report.changed == 2
        assert wrong(whole) == {}


def test_vectors_that_are_missing(whole: Home) -> None:
    execute(whole, "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors LIMIT 2)")
    assert wrong(whole) == {"vectors": ("passages without one: 2", ENCODE)}


def test_passages_that_are_missing(whole: Home, tmp_path: Path) -> None:
    """A sync of something else makes them again, too."""
    of_zenda = "document_key = (SELECT key FROM documents WHERE id = 'posts/zenda.md')"
    execute(whole, f"DELETE FROM passages WHERE {of_zenda}")
    found = wrong(whole)
    assert found.pop("index")[1] == "legation sync"
    assert found == {"passages": ("posts/zenda.md has none", SPLIT)}
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "hentzau.md").write_text("# Hentzau\n\nThe consulate in Hentzau closed.\n")
    with closing(Library(whole.library)) as library, ParsingProcess(ParsingLimits()) as parser:
        other = Source("other", str(folder), "other")
        sync(whole, library, WordEncoder(), LIMITS, add=[other], only=["other"], parser=parser)
    assert wrong(whole) == {}
    execute(whole, 'UPDATE passages SET "end" = "end" - 1 WHERE id = 1', f"DELETE FROM passages WHERE {of_zenda}")
    assert wrong(whole)["passages"][1] == RESTORE


def test_what_refers_to_nothing(whole: Home) -> None:
    execute(whole, "UPDATE files SET document_keys = '[1, 999]' WHERE path = 'strelsau.md'")
    execute(whole, "UPDATE pointer SET generation = 77")
    found = wrong(whole)
    assert found["references"] == ("posts/strelsau.md was read as a document that is not there", RESTORE)
    assert found["library.sqlite"] == ("row 1 of pointer refers to a row of generations that is not there", RESTORE)


def test_an_index_is_not_built_again_from_a_library_that_points_to_another(whole: Home) -> None:
    execute(whole, "UPDATE pointer SET generation = 1")
    told = "A row of the library is damaged; restore it from a backup.", RESTORE
    assert wrong(whole) == {"index": told, "lists": told}


def test_a_list_of_documents_that_is_none(whole: Home) -> None:
    execute(whole, "UPDATE editions SET document_keys = '[1'")
    found = wrong(whole)
    assert found["references"] == ("A row of the library is damaged; restore it from a backup.", RESTORE)


def test_a_file_that_is_no_database(whole: Home) -> None:
    whole.library.write_bytes(b"Shopping list: eggs.\n" * 500)
    (whole.path / "state.sqlite").write_bytes(b"\0" * 9000)
    found = wrong(whole)
    assert found["library.sqlite"][0].startswith("The library file is damaged")
    assert found["library.sqlite"][1] == found["documents"][1] == RESTORE
    assert found["state.sqlite"] == (found["state.sqlite"][0], "move it away")


def test_every_file_of_the_index_is_compared(whole: Home) -> None:
    with closing(Library(whole.library)) as library:
        record = library.current()
    assert record is not None
    for name in record.files:
        path = whole.generations / record.name / name
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]) if content else b"x")
        problem = "The index files are missing or damaged"
        told = [(each.subject, each.detail, each.mend) for each in checked(whole) if each.status != "ok"]
        assert told == [("index", problem, SYNC)], name
        path.write_bytes(content)
    assert wrong(whole) == {}


def test_an_index_of_other_passages(whole: Home) -> None:
    execute(whole, "UPDATE sources SET collection = 'closed' WHERE name = 'posts'")
    detail, mend = wrong(whole)["index"]
    assert detail.endswith("the library has other passages")
    assert mend == "legation sync"


def test_an_entry_of_a_list_that_the_library_does_not_have(whole: Home) -> None:
    execute(whole, "UPDATE documents SET entry = NULL WHERE entry IS NOT NULL")
    found = wrong(whole)
    assert "of un is not in the library" in found["lists"][0]
    assert "documents" in found


def test_an_entry_of_a_list_that_cannot_be_read(whole: Home) -> None:
    execute(whole, "UPDATE documents SET entry = substr(entry, 2) WHERE entry IS NOT NULL")
    found = wrong(whole)
    assert found.keys() == {"documents", "lists"}
    assert found["lists"] == ("A row of the library is damaged; restore it from a backup.", RESTORE)


def test_an_index_of_the_past(whole: Home) -> None:
    (folder,) = whole.past.iterdir()
    file = next(path for path in folder.rglob("rows.bin"))
    file.write_bytes(file.read_bytes() + b"\0")
    assert wrong(whole) == {"past": (f"{folder.name} is damaged", PAST)}
    (folder / "record.json").write_text("{}")
    assert wrong(whole) == {"past": (f"{folder.name} is damaged", PAST)}


def test_a_manifest_that_cannot_be_understood(whole: Home) -> None:
    whole.manifest.write_text("[[source]\n")
    detail, mend = wrong(whole)["sources.toml"]
    assert "is not TOML" in detail
    assert mend == "correct it"


def test_what_is_left_over_is_told(whole: Home) -> None:
    (whole.generations / ".building-3-77").mkdir()
    (whole.path / "replaced-20260101").mkdir()
    (whole.path / "restoring-20260102").mkdir()
    notes = [(each.subject, each.status, each.detail) for each in checked(whole) if each.status != "ok"]
    assert notes == [
        ("generations", "note", "nothing needs .building-3-77"),
        ("restore", "wrong", "it was cut short"),
        ("restore", "note", f"{whole.path / 'replaced-20260101'} has what was replaced"),
    ]


@pytest.fixture
def models(tiny_models: Path, tiny_cache: Path, tmp_path: Path) -> Path:
    """A folder with an exported model of random weights."""
    from index.export import load_reranker

    source = tiny_models / "cross"
    load_reranker(str(source), "float32", tiny_cache)
    found = find_export(RerankerManifest, tiny_cache, str(source), "float32", source)
    assert found is not None
    shutil.copytree(found, tmp_path / "models" / found.name)
    return tmp_path / "models"


def test_every_file_of_a_model_is_compared(models: Path, tiny_models: Path, tmp_path: Path) -> None:
    home, subject = Home(tmp_path / "home"), f"model {tiny_models / 'cross'}"
    assert Check(subject, "ok", "3 checked") in checked(home, models)
    (folder,) = (each for each in models.iterdir() if each.is_dir())
    (folder / "weights.bin").write_bytes(b"")
    (folder / "tokenizer.json").unlink()
    told = "weights.bin fails its checksum", "tokenizer.json cannot be read (No such file or directory)"
    detail, mend = wrong(home, models)[subject]
    assert (set(detail.split("; ")), mend) == (set(told), EXPORT)
    (folder / "reranker.json").unlink()
    notes = [(each.subject, each.status) for each in checked(home, models) if each.detail.startswith(folder.name)]
    assert notes == [("models", "note")]


def test_a_database_that_cannot_be_reached_is_not_called_damaged(whole: Home) -> None:
    def open_shared() -> SharedDatabase:
        raise StorageError("PostgreSQL cannot be reached.")

    found = {each.subject: each for each in check(whole, {}, whole.models, lambda progress: None, open_shared)}
    for subject in ("documents", "references", "records", "index", "lists"):
        assert (found[subject].status, found[subject].mend) == ("wrong", UNREACHED)


@pytest.fixture
def bound(whole: Home, bound_folder: Path) -> Home:
    """As ``whole``, where permissions hold for who runs the tests."""
    held, owner = os.geteuid(), bound_folder.stat()
    os.seteuid(os.getuid())
    home = Home(Path(shutil.copytree(whole.path, bound_folder / "home")))
    for each in (home.path, *home.path.rglob("*")):
        os.chown(each, owner.st_uid, owner.st_gid)
    os.seteuid(held)
    return home


def test_a_folder_that_may_not_be_looked_into_does_not_end_the_check(bound: Home) -> None:
    bound.generations.chmod(0)
    found = wrong(bound)
    assert found.keys() == {"index", "lists", "generations"}
    detail, mend = found["index"]
    assert (detail.startswith(f"{bound.generations}/"), mend) == (True, UNREACHED)
    assert detail.endswith(" cannot be read: Permission denied")


def test_what_may_not_be_read_is_not_called_damaged(bound: Home) -> None:
    newest, (day,) = max(bound.generations.iterdir()), bound.past.iterdir()
    (letters,) = newest.rglob("lexical/0/meta.json")
    unreadable = {
        "index": (letters, newest / "rows.bin", newest),
        "past": (next(day.rglob("rows.bin")), day / "record.json", day, bound.past),
        "models": (bound.models,),
    }
    bound.models.mkdir()
    for subject, places in unreadable.items():
        for place in places:
            before = place.stat().st_mode
            place.chmod(0)
            found = wrong(bound)
            place.chmod(before)
            detail, mend = found.pop(subject)
            assert (found, mend) == ({}, UNREACHED)
            assert detail.startswith(str(place))
            assert detail.endswith(" cannot be read: Permission denied")
    assert wrong(bound) == {}
