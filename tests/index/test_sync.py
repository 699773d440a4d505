"""From sources to what answers: counts, reuse, what is kept, and who must wait."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.concept import concepts
from index.errors import BusyError, EmptyLibraryError, LibraryError, ModelMismatchError, NotFoundError
from index.generation import Generation
from index.home import Home, delete_folder
from index.intake import Skipped
from index.library import Library
from index.parsing.supervisor import ParsingProcess
from index.prepare import splitting_name
from index.row_checksums import row_checksum
from index.search import Searcher
from index.sync import Limits, SyncReport, sync
from index.types import Filter, Progress, Query, Source, Vectors
from tests.conftest import Corpus
from tests.fakes.library_places import BOTH, LibraryPlace
from tests.fakes.word_encoder import WordEncoder

LIMITS = Limits(most_bytes=10_000, passage_tokens=8)
OSLO = "# Oslo\n\nThe embassy in Oslo closed in May. It reopened in June.\n"
TIRANA = "---\npublished: 1946-11\n---\n# Tirana\n\nThe legation in Tirana was withdrawn.\n"
QUITO = "# Quito\n\nVisas are issued in Quito.\n"

Run = Callable[..., SyncReport]


@pytest.fixture
def run(home: Home, library: Library, word_encoder: WordEncoder, parser: ParsingProcess) -> Run:
    def run(
        *add: Source,
        only: tuple[str, ...] | None = None,
        remove: tuple[str, ...] = (),
        encoder: WordEncoder = word_encoder,
        limits: Limits = LIMITS,
        verify: bool = False,
        tell: Callable[[Progress], None] = lambda progress: None,
    ) -> SyncReport:
        return sync(
            home, library, encoder, limits, add=add, only=only, remove=remove, verify=verify, tell=tell, parser=parser
        )

    return run


def source(folder: Path, name: str = "notes", collection: str = "c") -> Source:
    return Source(name, str(folder), collection)


def counts(report: SyncReport) -> tuple[int, int, int, int, int, int]:
    """Documents added, changed, removed, unchanged; passages; passages encoded."""
    return (
        report.added, report.changed, report.removed, report.unchanged, report.passages, report.encoded,
    )  # fmt: skip


def answers(home: Home, library: Library, encoder: WordEncoder, question: str) -> list[tuple[str, str]]:
    result = Searcher(home, library, encoder).search(Query(question), Filter(), 3)
    return [(hit.stored.document.id, hit.stored.text) for hit in result.hits]


def indexed_ids(home: Home, library: Library) -> list[int]:
    """Passage ids of the current generation, by a search that wants more than there are."""
    record = library.current()
    assert record is not None
    opened = Generation(home.generations, record)
    query = WordEncoder(record.dimension).encode_query("x")
    return [each.passage_id for each in opened.search(query, [], 10_000, Filter())]


@BOTH
def test_a_first_sync(
    run: Run, corpus: Corpus, home: Home, place: LibraryPlace, library: Library, word_encoder: WordEncoder
) -> None:
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA, "picture.png": b"\x89PNG"})
    report = run(source(folder))
    assert counts(report) == (2, 0, 0, 0, 3, 3)
    assert report.skipped == ()
    assert report.elapsed_seconds > 0
    record = library.current()
    assert record is not None
    assert (record.name, record.count, record.id) == (report.generation, 3, 1)
    assert (record.model, record.fingerprint, record.dimension) == ("words", "words-1", 32)
    assert record.splitting == splitting_name(word_encoder, 8) == "3/8/words"
    assert indexed_ids(home, library) == [1, 2, 3]
    assert [each.text for each in library.passages([1, 2, 3])] == [
        "The embassy in Oslo closed in May.",
        "It reopened in June.",
        "The legation in Tirana was withdrawn.",
    ]
    assert word_encoder.encoded == [
        "Oslo\nThe embassy in Oslo closed in May.",
        "Oslo\nIt reopened in June.",
        "Tirana\nThe legation in Tirana was withdrawn.",
    ]
    assert answers(home, library, word_encoder, "Tirana legation")[0] == (
        "notes/tirana.md",
        "The legation in Tirana was withdrawn.",
    )
    assert library.counts() == [("notes", "c", 2, "1946-11")]
    here = {path.name for path in home.path.iterdir()}
    assert here - {"generations"} == ({"library.sqlite", "sync.lock"} if place.kind == "sqlite" else set())


def test_a_second_sync_changes_nothing(run: Run, corpus: Corpus, home: Home, word_encoder: WordEncoder) -> None:
    first = run(source(corpus({"oslo.md": OSLO, "tirana.md": TIRANA})))
    files = {path: path.stat().st_mtime_ns for path in home.generations.rglob("*.*") if "lock" not in path.name}
    word_encoder.encoded.clear()
    stages: list[str] = []
    second = run(tell=lambda progress: stages.append(progress.stage))
    assert counts(second) == (0, 0, 0, 2, 3, 0)
    assert second.generation == first.generation
    assert word_encoder.encoded == []
    assert stages == ["read", "read"]
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_a_generation_of_another_format_is_built_again(
    run: Run, corpus: Corpus, library: Library, word_encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(source(corpus({"oslo.md": OSLO})))
    word_encoder.encoded.clear()
    for module in ("index.generation_files", "index.local_store"):
        monkeypatch.setattr(f"{module}.FORMAT", b"later\n")
    second = run()
    record = library.current()
    assert record is not None
    assert (record.name, record.id) == (second.generation, 2)
    assert second.generation != first.generation
    assert word_encoder.encoded == []
    assert run().generation == second.generation


def test_progress_is_told_in_order(run: Run, corpus: Corpus) -> None:
    heard: list[Progress] = []
    run(source(corpus({"oslo.md": OSLO, "tirana.md": TIRANA})), tell=heard.append)
    assert heard == [
        Progress("read", 1, 2), Progress("read", 2, 2), Progress("encode", 3, 3), Progress("generation-written"),
        Progress("generation-renamed"), Progress("published"), Progress("cleaned"),
    ]  # fmt: skip


class ToldEncoder(WordEncoder):
    """Says so when it has encoded something."""

    has_encoded: threading.Event

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = WordEncoder.encode_passages(self, texts)
        self.has_encoded.set()
        return vectors


def test_what_was_read_is_encoded_while_more_is_read(
    home: Home, library: Library, parser: ParsingProcess, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.intake.COMMIT_BATCH", 1)
    encoder, waited = ToldEncoder(), list[bool]()
    encoder.has_encoded = threading.Event()

    def tell(progress: Progress) -> None:
        if progress == Progress("read", 1, 2):
            waited.append(encoder.has_encoded.wait(10))

    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA})
    sync(home, library, encoder, LIMITS, add=[source(folder)], tell=tell, parser=parser)
    assert waited == [True]


def test_how_far_a_file_of_many_documents_is_split_is_told(
    run: Run, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.prepare.COMMIT_BATCH", 2)
    lines = [json.dumps({"id": str(number), "text": f"Post {number} closed."}) for number in range(3)]
    heard: list[Progress] = []
    run(source(corpus({"posts.jsonl": "\n".join(lines)})), tell=heard.append)
    assert heard[:5] == [
        Progress("read", 1, 1), Progress("split", 1, 3), Progress("split", 2, 3), Progress("split", 3, 3),
        Progress("encode", 3, 3),
    ]  # fmt: skip


def test_files_that_nothing_reads_are_counted_by_their_endings(run: Run, corpus: Corpus) -> None:
    names = ["a.doc", "b/B.DOC", "c.zip", "README", "of 3.5.24 in Oslo", "feed.xml", "left/d.zip", ".e.zip"]
    folder = corpus(dict.fromkeys(names, "<rss/>") | {"oslo.md": OSLO})
    report = run(replace(source(folder), exclude=("left/*",)))
    assert list(report.passed_over.items()) == [("", 2), (".doc", 2), (".xml", 1), (".zip", 1)]
    assert (report.added, report.skipped) == (1, ())
    assert run(source(corpus({"tirana.md": TIRANA}) / "tirana.md", "alone"), only=("alone",)).passed_over == {}


@BOTH
def test_added_changed_and_removed_are_counted(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA, "quito.md": QUITO})
    first = run(source(folder))
    word_encoder.encoded.clear()
    corpus({"oslo.md": OSLO.replace("June", "July"), "rome.md": "# Rome\n\nA mission opened.\n"})
    (folder / "quito.md").unlink()
    second = run()
    assert counts(second) == (1, 1, 1, 1, 4, 2)
    assert second.generation != first.generation
    # Only the passage that changed and the new one: the other of Oslo was known.
    assert word_encoder.encoded == ["Rome\nA mission opened.", "Oslo\nIt reopened in July."] or (
        word_encoder.encoded == ["Oslo\nIt reopened in July.", "Rome\nA mission opened."]
    )
    assert [each.path for each in library.current_documents()] == ["oslo.md", "rome.md", "tirana.md"]
    ids = indexed_ids(home, library)
    assert sorted(each.text for each in library.passages(ids)) == [
        "A mission opened.",
        "It reopened in July.",
        "The embassy in Oslo closed in May.",
        "The legation in Tirana was withdrawn.",
    ]
    assert ("notes/quito.md", "Visas are issued in Quito.") not in answers(home, library, word_encoder, "Quito visas")


def test_back_to_an_earlier_text_needs_no_work(run: Run, corpus: Corpus, home: Home, library: Library) -> None:
    run(source(corpus({"oslo.md": OSLO})))
    ids = indexed_ids(home, library)
    corpus({"oslo.md": QUITO})
    assert counts(run()) == (0, 1, 0, 0, 1, 1)
    assert indexed_ids(home, library) == [3]
    corpus({"oslo.md": OSLO})
    assert counts(run()) == (0, 1, 0, 0, 2, 0)
    assert indexed_ids(home, library) == ids == [1, 2]


def test_passages_whose_ids_are_not_in_the_order_of_their_documents(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    """The document stored first is split again last: the index must still find what it names."""
    one, two = (
        source(corpus({"oslo.md": OSLO}, "one"), "one"),
        source(corpus({"quito.md": QUITO}, "two"), "two"),
    )
    run(one, two)
    longer = Limits(10_000, 20)
    run(remove=("one",), limits=longer)
    assert indexed_ids(home, library) == [4]
    run(one, limits=longer)
    assert indexed_ids(home, library) == [4, 5]
    assert [each.document.path for each in library.passages([4, 5])] == ["quito.md", "oslo.md"]
    assert answers(home, library, word_encoder, "embassy Oslo")[0][0] == "one/oslo.md"
    assert answers(home, library, word_encoder, "visas Quito")[0][0] == "two/quito.md"


def test_documents_that_a_new_version_splits_as_before_are_not_encoded_again(
    run: Run, corpus: Corpus, home: Home, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus({"oslo.md": OSLO, "quito.md": QUITO})
    with monkeypatch.context() as patched:
        patched.setattr("index.prepare.SPLIT_VERSION", 2)
        before = run(source(folder))
    report = run()
    assert (report.unchanged, report.encoded, report.passages) == (2, 0, before.passages)
    record = library.current()
    assert record is not None and record.splitting == "3/8/words"
    assert indexed_ids(home, library) == [4, 5, 6]


def test_the_same_text_twice_is_encoded_once(run: Run, corpus: Corpus, home: Home, library: Library) -> None:
    report = run(source(corpus({"a.md": QUITO, "b.md": QUITO, "c/d.md": QUITO})))
    assert counts(report) == (3, 0, 0, 0, 3, 1)
    assert indexed_ids(home, library) == [1, 2, 3]


def test_a_file_that_cannot_be_read_any_more_keeps_its_last_good_version(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA})
    first = run(source(folder))
    corpus({"oslo.md": b"\x00\xff\xfe broken \x80" * 2000, "new.md": b""})
    report = run()
    assert counts(report) == (0, 0, 0, 2, 3, 0)
    assert report.generation == first.generation
    assert report.skipped == (
        Skipped("notes/new.md", "The file is empty or holds white space only.", kept=False),
        Skipped("notes/oslo.md", "it is larger than 10000 bytes, the most that is read of one file", kept=True),
    )
    assert answers(home, library, word_encoder, "Oslo embassy closed")[0] == (
        "notes/oslo.md",
        "The embassy in Oslo closed in May.",
    )
    corpus({"oslo.md": OSLO.replace("June", "July")})
    assert counts(run()) == (0, 1, 0, 1, 3, 1)


def test_a_file_that_became_a_pipe_or_a_link_is_kept(run: Run, corpus: Corpus, tmp_path: Path) -> None:
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA})
    run(source(folder))
    (folder / "oslo.md").unlink()
    os.mkfifo(folder / "oslo.md")
    (folder / "tirana.md").unlink()
    (folder / "tirana.md").symlink_to("/etc/hostname")
    report = run()
    assert counts(report) == (0, 0, 0, 2, 3, 0)
    assert report.skipped == (
        Skipped("notes/oslo.md", "it is not a regular file", kept=True),
        Skipped("notes/tirana.md", "it is a symbolic link that leads out of the folder", kept=True),
    )


def test_a_folder_that_cannot_be_listed_keeps_its_documents(
    parser: ParsingProcess, bound_folder: Path, word_encoder: WordEncoder
) -> None:
    folder, home = bound_folder / "corpus", Home(bound_folder / "home")
    for path, content in {"deep/er/oslo.md": OSLO, "deep.md": QUITO, "tirana.md": TIRANA}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    library = Library(home.library)

    def run(*add: Source) -> SyncReport:
        return sync(home, library, word_encoder, LIMITS, add=add, parser=parser)

    assert counts(run(source(folder))) == (3, 0, 0, 0, 4, 4)
    (folder / "deep.md").unlink()
    (folder / "deep").chmod(0o000)
    report = run()
    assert counts(report) == (0, 0, 1, 2, 3, 0)
    assert report.skipped == (Skipped("notes/deep", "the folder cannot be listed: Permission denied", kept=True),)
    folder.chmod(0o000)
    report = run()
    assert counts(report) == (0, 0, 0, 2, 3, 0)
    assert report.skipped == (Skipped("notes/.", "the folder cannot be listed: Permission denied", kept=True),)
    folder.chmod(0o700)
    bound_folder.chmod(0o700)
    (folder / "deep").chmod(0o700)
    (folder / "tirana.md").chmod(0o000)
    report = run()
    assert counts(report) == (0, 0, 0, 2, 3, 0)
    assert report.skipped == (Skipped("notes/tirana.md", "it cannot be read: Permission denied", kept=True),)
    library.close()


def test_a_source_behind_a_closed_folder_keeps_its_documents(
    parser: ParsingProcess, bound_folder: Path, word_encoder: WordEncoder
) -> None:
    folder, home = bound_folder / "outer" / "corpus", Home(bound_folder / "home")
    folder.mkdir(parents=True)
    (folder / "oslo.md").write_text(OSLO)
    library = Library(home.library)
    sync(home, library, word_encoder, LIMITS, add=[source(folder)], parser=parser)
    folder.parent.chmod(0o000)
    report = sync(home, library, word_encoder, LIMITS, parser=parser)
    assert counts(report) == (0, 0, 0, 1, 2, 0)
    assert report.skipped == (Skipped("notes", f"{folder} cannot be read: Permission denied", kept=True),)
    library.close()


def test_a_source_whose_folder_is_gone_keeps_its_documents(
    run: Run, corpus: Corpus, home: Home, library: Library, tmp_path: Path
) -> None:
    folder = corpus({"oslo.md": OSLO})
    first = run(source(folder))
    folder.rename(tmp_path / "elsewhere")
    report = run()
    assert counts(report) == (0, 0, 0, 1, 2, 0)
    assert report.generation == first.generation
    assert report.skipped == (Skipped("notes", f"{folder} does not exist any more", kept=True),)
    report = run(source(tmp_path / "elsewhere"))  # and can be told where it went
    assert counts(report) == (0, 0, 0, 1, 2, 0)
    assert report.skipped == ()


def test_a_source_that_never_was_there(run: Run, tmp_path: Path) -> None:
    report = run(source(tmp_path / "missing"))
    assert counts(report) == (0, 0, 0, 0, 0, 0)
    assert report.skipped == (Skipped("notes", f"{tmp_path / 'missing'} does not exist any more", kept=False),)


def test_a_single_file_as_source(run: Run, corpus: Corpus, library: Library) -> None:
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA, "odd.xyz": "x"})
    assert counts(run(source(folder / "oslo.md", "oslo"))) == (1, 0, 0, 0, 2, 2)
    assert [each.id for each in library.current_documents()] == ["oslo/oslo.md"]
    report = run(source(folder / "odd.xyz", "odd"))
    assert counts(report) == (0, 0, 0, 1, 2, 0)
    assert [(each.name, each.kept) for each in report.skipped] == [("odd", False)]
    assert report.skipped[0].reason.startswith("No reader for this kind of file; those that can be read end in .md")


@BOTH
def test_a_removed_source_is_gone_from_the_next_generation(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    run(source(corpus({"oslo.md": OSLO}, "one"), "one"), source(corpus({"tirana.md": TIRANA}, "two"), "two"))
    (old,) = library.find_documents("oslo.md")
    word_encoder.encoded.clear()
    report = run(remove=("one",), only=())
    assert counts(report) == (0, 0, 1, 1, 1, 0)
    assert [each.name for each in library.sources()] == ["two"]
    assert [each.id for each in library.current_documents()] == ["two/tirana.md"]
    assert indexed_ids(home, library) == [3]
    assert library.find_documents("oslo.md") == []
    assert library.find_documents("oslo.md", old.version) == [old]
    report = run(remove=("two",), only=())
    assert counts(report) == (0, 0, 1, 0, 0, 0)
    assert answers(home, library, word_encoder, "Oslo") == []
    assert counts(run(source(corpus({}, "one"), "one"))) == (1, 0, 0, 0, 2, 0)  # back, and not encoded again


def test_only_leaves_other_sources_as_they_are(run: Run, corpus: Corpus, library: Library) -> None:
    one, two = corpus({"oslo.md": OSLO}, "one"), corpus({"tirana.md": TIRANA}, "two")
    run(source(one, "one"), source(two, "two"))
    corpus({"oslo.md": QUITO}, "one")
    (two / "tirana.md").unlink()
    assert counts(run(only=("one",))) == (0, 1, 0, 1, 2, 1)
    assert [each.path for each in library.current_documents()] == ["oslo.md", "tirana.md"]
    assert counts(run(only=())) == (0, 0, 0, 2, 2, 0)
    report = run()  # nothing is left in the folder: a second look decides
    assert counts(report) == (0, 0, 0, 2, 2, 0)
    reason = "nothing is left in it; its documents answer on until the next sync finds nothing either"
    assert report.skipped == (Skipped("two", reason, kept=True),)
    assert counts(run()) == (0, 0, 1, 1, 1, 0)


@pytest.mark.parametrize("where", [{"only": ("nobody",)}, {"remove": ("nobody",)}])
def test_an_unknown_source_is_refused(run: Run, where: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(NotFoundError) as caught:
        run(**where)
    assert caught.value.user_message == "There is no source called nobody; legation sources lists them."


def test_another_collection_is_read_again_but_not_encoded_again(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA})
    run(source(folder))
    word_encoder.encoded.clear()
    report = run(source(folder, collection="other"))
    assert counts(report) == (0, 2, 0, 0, 3, 0)
    assert word_encoder.encoded == []
    assert library.counts() == [("notes", "other", 2, "1946-11")]
    searcher = Searcher(home, library, word_encoder)
    assert searcher.search(Query("Oslo"), Filter(collections=("c",)), 5).hits == ()
    assert len(searcher.search(Query("Oslo"), Filter(collections=("other",)), 5).hits) == 3


def test_another_model_encodes_everything_again_and_the_old_one_is_refused(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    run(source(corpus({"oslo.md": OSLO, "tirana.md": TIRANA})))
    other = WordEncoder(fingerprint="words-2", salt="other")
    open_before = Searcher(home, library, word_encoder)
    open_before.search(Query("Oslo"), Filter(), 1)
    report = run(encoder=other)
    assert counts(report) == (0, 0, 0, 2, 3, 3)
    assert len(other.encoded) == 3
    for searcher in (open_before, Searcher(home, library, word_encoder)):
        with pytest.raises(ModelMismatchError) as caught:
            searcher.search(Query("Oslo"), Filter(), 1)
        assert caught.value.user_message.startswith("The index was built by an earlier version of Legation")
    assert answers(home, library, other, "Tirana legation")[0][0] == "notes/tirana.md"
    assert counts(run()) == (0, 0, 0, 2, 3, 0)  # and back: the first vectors were kept
    assert open_before.search(Query("Tirana legation"), Filter(), 1).hits[0].stored.document.path == "tirana.md"


def test_before_the_first_sync_nothing_can_be_searched(home: Home, library: Library, word_encoder: WordEncoder) -> None:
    with pytest.raises(EmptyLibraryError) as caught:
        answers(home, library, word_encoder, "Oslo")
    assert caught.value.user_message == "No documents were indexed yet; run: legation add PATH"


def test_a_damaged_index_is_mended_by_the_next_sync(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    first = run(source(corpus({"oslo.md": OSLO})))
    (home.generations / first.generation / "rows.bin").write_bytes(b"")
    word_encoder.encoded.clear()
    second = run()
    assert counts(second) == (0, 0, 0, 1, 2, 0)
    assert second.generation != first.generation
    assert word_encoder.encoded == []
    assert indexed_ids(home, library) == [1, 2]


@BOTH
@pytest.mark.parametrize("column", ["vector", "sentences"])
@pytest.mark.parametrize("damage", ["checksum = 7", "blob"])
def test_a_damaged_vector_is_encoded_again_by_a_sync_that_verifies(
    run: Run, corpus: Corpus, place: LibraryPlace, library: Library, word_encoder: WordEncoder, column: str, damage: str
) -> None:
    first = run(source(corpus({"oslo.md": OSLO, "tirana.md": TIRANA})))
    ids = [1, 2, 3]

    def stored() -> list[bytes]:
        whole = library.vectors.of_passages(ids, "words-1", 32)
        return [whole.tobytes(), *(each.tobytes() for each in library.vectors.of_sentences(ids, "words-1", 32))]

    before = stored()
    ((digest,),) = place.execute("SELECT encoded_digest FROM passages WHERE id = 2")
    change = f"{column}_{damage}"
    values: tuple[bytes | int, ...] = ()
    if damage == "blob":  # longer than it was, with the checksum of what it is now
        ((value,),) = place.execute(f"SELECT {column} FROM vectors WHERE encoded_digest = ?", digest)
        longer = bytes(value) + b"\0\0\0\0"
        change, values = f"{column} = ?, {column}_checksum = ?", (longer, row_checksum("words-1", digest, longer))
    else:
        change, values = f"{column}_{damage}", ()
    place.execute(f"UPDATE vectors SET {change} WHERE encoded_digest = ?", *values, digest)
    with pytest.raises(LibraryError, match="legation sync --verify"):
        stored()
    word_encoder.encoded.clear()
    assert run().encoded == 0  # to read each of a million vectors takes minutes
    report = run(verify=True)
    assert counts(report) == (0, 0, 0, 2, 3, 1)
    assert report.generation == first.generation
    assert word_encoder.encoded == ["Oslo\nIt reopened in June."]
    assert stored() == before
    assert run(verify=True).encoded == 0


@BOTH
@pytest.mark.parametrize("damage", ["[[0, 5]]", "5"])
def test_a_sync_that_verifies_forgets_no_vectors_of_a_damaged_passage(
    run: Run, corpus: Corpus, place: LibraryPlace, library: Library, damage: str
) -> None:
    run(source(corpus({"oslo.md": OSLO})))
    place.execute("UPDATE passages SET sentences = ? WHERE id = 2", damage)
    place.execute("UPDATE vectors SET vector_checksum = 7 WHERE fingerprint = 'words-1'")
    assert library.vectors.forget_damaged() == 1  # that of the passage that is whole
    ((digest,),) = place.execute("SELECT encoded_digest FROM passages WHERE id = 2")
    assert place.execute("SELECT encoded_digest FROM vectors") == [(digest,)]


def test_a_vector_that_is_lost_is_encoded_again_by_a_sync_that_verifies_and_has_something_new(
    run: Run, corpus: Corpus, place: LibraryPlace, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a library that is too large for every sync to look for it."""
    monkeypatch.setattr("index.sync.LOOKED_OVER", 0)
    monkeypatch.setattr("index.nearest.CHUNK_IDS", 2)  # the index takes over what it has of Oslo
    run(source(corpus({"oslo.md": OSLO})))
    ((digest,),) = place.execute("SELECT encoded_digest FROM passages WHERE id = 1")
    place.execute("UPDATE vectors SET encoded_digest = ? WHERE encoded_digest = ?", bytes(32), digest)
    assert run(source(corpus({"tirana.md": TIRANA, "quito.md": QUITO}))).encoded == 2
    with pytest.raises(LibraryError, match="missing or damaged"):
        library.vectors.of_sentences([1], "words-1", 32)
    corpus({"lima.md": "# Lima\n\nVisas are issued in Lima.\n"})
    assert run(verify=True).encoded == 2
    assert len(library.vectors.of_sentences([1], "words-1", 32)) == 1


@BOTH
@pytest.mark.parametrize("lost", ["vectors", "passages"])
def test_what_is_lost_is_made_again_by_a_sync_that_has_something_new(
    run: Run, corpus: Corpus, place: LibraryPlace, library: Library, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr("index.nearest.CHUNK_IDS", 2)  # the index takes over what it has of Oslo
    run(source(corpus({"oslo.md": OSLO})))
    record = library.current()
    assert record is not None
    assert not library.lacks_some(record.splitting, record.fingerprint)
    place.execute(f"DELETE FROM {lost}")
    assert library.lacks_some(record.splitting, record.fingerprint)
    encoded = record.count if lost == "vectors" else 0
    assert run(source(corpus({"tirana.md": TIRANA}))).encoded == 1 + encoded
    assert not library.lacks_some(record.splitting, record.fingerprint)


def test_a_damaged_vector_that_turns_up_is_encoded_again(
    run: Run, corpus: Corpus, home: Home, place: LibraryPlace, library: Library, word_encoder: WordEncoder
) -> None:
    """As after a restore, when all of the index is built again."""
    folder = corpus({"oslo.md": OSLO, "tirana.md": TIRANA})
    run(source(folder))
    place.execute("UPDATE vectors SET vector_checksum = 7, sentences_checksum = 7")
    delete_folder(home.generations)
    word_encoder.encoded.clear()
    assert counts(run()) == (0, 0, 0, 2, 3, 3)
    assert answers(home, library, word_encoder, "Tirana legation")[0][0] == "notes/tirana.md"
    place.execute("UPDATE vectors SET vector_checksum = 7")
    delete_folder(home.generations)
    corpus({"quito.md": QUITO})  # that something is new is no reason to look at that alone
    assert counts(run()) == (1, 0, 0, 2, 4, 4)
    place.execute("UPDATE passages SET checksum = 7")  # what cannot be made again is told
    delete_folder(home.generations)
    with pytest.raises(LibraryError, match="no longer as it was stored"):
        run()


def test_only_the_current_and_the_previous_generation_are_kept(run: Run, corpus: Corpus, home: Home) -> None:
    names = []
    for number in range(4):
        names.append(run(source(corpus({"a.md": f"# A\n\nRevision {number}.\n"}))).generation)
        assert sorted(path.name for path in home.generations.iterdir()) == names[-2:]
    assert [name[:7] for name in names] == ["000001-", "000002-", "000003-", "000004-"]


def test_two_syncs_at_once(run: Run, corpus: Corpus, home: Home, library: Library) -> None:
    """The second one, in another process, is told to wait, and changes nothing."""
    folder, other = corpus({"oslo.md": OSLO}), corpus({"quito.md": QUITO}, "other")
    code = (
        "import json, sys; from pathlib import Path\n"
        "from index.home import Home; from index.library import Library; from index.sync import Limits, sync\n"
        "from index.errors import BusyError; from index.types import Source\n"
        "from tests.fakes.word_encoder import WordEncoder\n"
        "home = Home(Path(sys.argv[1])); library = Library(home.library)\n"
        "try: sync(home, library, WordEncoder(), Limits(10000, 8), add=[Source('other', sys.argv[2], 'c')])\n"
        "except BusyError as error: print(json.dumps(error.user_message))\n"
        "library.close()\n"
    )
    told: list[subprocess.CompletedProcess[str]] = []

    def tell(progress: Progress) -> None:
        if progress.stage == "generation-written":
            command = [sys.executable, "-c", code, str(home.path), str(other)]
            told.append(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60))

    report = run(source(folder), tell=tell)
    assert counts(report) == (1, 0, 0, 0, 2, 2)
    message = json.loads(told[0].stdout)
    assert message.startswith(f"Another sync is under way (process {os.getpid()}, started ")
    assert [each.name for each in library.sources()] == ["notes"]


@BOTH
def test_two_threads_sync_one_after_the_other_or_are_told(
    home: Home, library: Library, corpus: Corpus, word_encoder: WordEncoder
) -> None:
    folder = corpus({f"{number}.md": f"# N{number}\n\nText {number}.\n" for number in range(10)})
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            report = sync(home, library, word_encoder, LIMITS, add=[source(folder)])
            outcomes.append(report.generation)
        except BusyError:
            outcomes.append("busy")

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = library.current()
    assert record is not None
    assert record.id == 1
    assert set(outcomes) <= {record.name, "busy"}
    assert record.name in outcomes


def test_searches_go_on_while_syncs_publish(
    run: Run, corpus: Corpus, home: Home, library: Library, word_encoder: WordEncoder
) -> None:
    """Every answer is of one revision, whole; none is refused though old generations are deleted."""
    revisions = [f"# Rev\n\nOslo first {n}.\n\nOslo second {n}.\n" for n in range(8)]
    run(source(corpus({"a.md": revisions[0]})), limits=Limits(10_000, 3))
    searcher = Searcher(home, library, word_encoder)
    done = threading.Event()
    seen: set[tuple[str, ...]] = set()
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            while not done.is_set():
                hits = searcher.search(Query("Oslo first"), Filter(), 5).hits
                seen.add(tuple(sorted(hit.stored.text for hit in hits)))
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for revision in revisions[1:]:
            corpus({"a.md": revision})
            run(limits=Limits(10_000, 3))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert seen <= {(f"Oslo first {n}.", f"Oslo second {n}.") for n in range(8)}
    assert answers(home, library, word_encoder, "Oslo") != []


def test_a_passage_is_found_by_words_of_its_neighbours_in_the_same_section(
    home: Home, library: Library, word_encoder: WordEncoder, corpus: Corpus
) -> None:
    sentences = ["The embassy in Kampala closed.", "Staff left within days.", "Files were burned there."]
    folder = corpus({"a.md": "# Post\n\n" + "\n\n".join(sentences) + "\n\n## Later\n\nIt reopened.\n"})
    # Room for about one sentence a passage.
    sync(home, library, word_encoder, Limits(1_000_000, 5), add=[Source("corpus", str(folder), "corpus")])
    record = library.current()
    assert record is not None
    opened = Generation(home.generations, record)

    def found(words: str) -> set[str]:
        hits = opened.lexical.search(concepts(Query(words), opened.terms), 10, Filter())
        return {stored.text for stored in library.passages([passage_id for passage_id, _ in hits])}

    assert found("Kampala") == set(sentences[:2])
    assert found("burned") == set(sentences[1:])
    assert found("reopened") == {"It reopened."}


@BOTH
@pytest.mark.parametrize("lost", ["vectors", "passages"])
def test_what_is_gone_from_the_library_of_what_answers_is_made_again(
    run: Run, corpus: Corpus, library: Library, place: LibraryPlace, lost: str
) -> None:
    folder = corpus({"oslo.md": OSLO, "quito.md": QUITO})
    run(source(folder))

    def whole() -> bool:
        record = library.current()
        assert record is not None
        rows = library.passage_rows(list(library.members()), record.splitting)
        library.vectors.of_passages([row.id for row in rows], record.fingerprint, record.dimension)
        return {row.document_key for row in rows} == library.members().keys() and len(rows) == record.count

    place.execute(f"DELETE FROM {lost}")
    assert run().encoded == (3 if lost == "vectors" else 0)
    assert whole()
    place.execute("DELETE FROM vectors")
    corpus({"tirana.md": TIRANA})
    assert (run().encoded, whole()) == (4, True)
