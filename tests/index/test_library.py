"""Sources, document versions, passages, vectors and publications, and how documents are found again."""

import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.errors import LibraryError
from index.home import Home
from index.library import FileRecord, Library, Member
from index.library_rows import GenerationRecord
from index.lock import writer_lock
from index.manifest.write import alone
from index.row_checksums import CHECKED_MEMBERSHIP
from index.types import Document, Heading, Passage, Source, Span, StoredPassage
from tests.fakes.library_places import BOTH, LibraryPlace

TEXT = "# Tirana\n\nThe legation closed in 1946. It never reopened."
NONE = np.zeros((0, 2), dtype=np.float32)
HASH = "0c3ec3dd0a9ec2b6a3c0f9f8f0d3d0d5"


def document(text: str = TEXT, path: str = "albania.md", **fields: str | None) -> Document:
    start = text.index("\n\n") + 2
    made = Document(
        id=f"notes/{path}", source="notes", collection="history", path=path, media_type="text/markdown",
        title="Albania", publisher="Office of the Historian", published="1946-11-14",
        url="https://example.org/albania", language="en", text=text,
        headings=(Heading(0, start - 2, 1, "Tirana"),), blocks=(Span(start, len(text)),),
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def generation(number: int, count: int = 0) -> GenerationRecord:
    return GenerationRecord(
        id=number, name=f"{number:06d}-{HASH[:8]}", created_at="2026-01-01T00:00:00+00:00", model="words",
        fingerprint="words-1", dimension=2, count=count, splitting="s", files={"rows.bin": "00"},
    )  # fmt: skip


def memberships(place: LibraryPlace) -> list[tuple[int, int, int | None]]:
    return place.execute(f"SELECT {CHECKED_MEMBERSHIP} FROM memberships ORDER BY first_generation, document_key")  # type: ignore[return-value]


@BOTH
def test_sources_come_back_in_the_order_of_their_names(library: Library) -> None:
    for name in ("b", "a", "Ç"):
        library.put_source(Source(name, f"/{name}", "c"))
    assert library.sources() == (Source("a", "/a", "c"), Source("b", "/b", "c"), Source("Ç", "/Ç", "c"))


@BOTH
def test_a_source_can_change_its_collection_and_its_place(library: Library, tmp_path: Path) -> None:
    library.put_source(Source("notes", str(tmp_path), "one"))
    library.put_source(Source("notes", str(tmp_path), "two"))
    assert library.sources() == (Source("notes", str(tmp_path), "two"),)
    library.put_source(Source("notes", "/elsewhere", "two", "list", include=("*.xml",), edition="2026-01-31"))
    moved = Source("notes", "/elsewhere", "two", "list", include=("*.xml",), edition="2026-01-31")
    assert library.sources() == (moved,)


@BOTH
def test_a_document_is_in_the_collection_of_its_source(library: Library, tmp_path: Path) -> None:
    """Also in what was stored before: what is closed now is not open in the past."""
    stored = document()
    key = library.put_document(stored)
    assert library.documents([key]) == {key: stored}  # its source is in no library any more
    library.put_source(Source(stored.source, str(tmp_path), "closed"))
    assert library.documents([key]) == {key: replace(stored, collection="closed")}
    assert library.documents([library.put_document(stored)]) == {key: replace(stored, collection="closed")}


@BOTH
def test_a_document_comes_back_as_it_was(library: Library) -> None:
    stored = document("# Ünïcode 🏛\u2028\n\nA\x85B\u200dC \U0001f1e6\U0001f1f1 «x»", publisher=None, published=None)
    key = library.put_document(stored)
    assert library.documents([key]) == {key: stored}


@BOTH
def test_the_same_document_is_stored_once(library: Library) -> None:
    key = library.put_document(document())
    assert library.put_document(document()) == key
    record = FileRecord("digest-2", "2/history", (key,))
    library.put_file("notes", "albania.md", record)
    assert library.files("notes") == {"albania.md": record}
    assert library.files("other") == {}


@pytest.mark.parametrize("field", ["collection", "media_type", "title", "publisher", "published", "url", "language"])
@BOTH
def test_every_field_makes_a_version_of_its_own(library: Library, field: str) -> None:
    first = library.put_document(document())
    other = document(**{field: "other"})
    second = library.put_document(other)
    assert (first, second) == (1, 2)
    assert library.documents([1, 2]) == {1: document(), 2: other}


def test_the_past_is_not_told_from_a_damaged_row(library: Library, place: LibraryPlace) -> None:
    library.put_source(Source("notes", "/notes", "history"))
    keys = [library.put_document(document(path=name)) for name in ("a.md", "b.md")]
    library.publish(generation(1), keys, [])
    history = library.history
    assert (history.held_at(date.max), history.last_change("notes")) == (set(keys), library.current())
    place.execute("UPDATE memberships SET end_generation = 1 WHERE document_key = ?", keys[0])
    for ask in (
        lambda: history.held_at(date.max),
        lambda: history.without_withdrawn((), date.max),
        lambda: history.last_change("notes"),
    ):
        with pytest.raises(LibraryError, match="A row of the library is damaged; restore it"):
            ask()


def test_what_is_there_is_told_without_an_index_that_has_no_checksum(
    library: Library, place: LibraryPlace, home: Home
) -> None:
    """Here SQLite's own index of the table has lost everything."""
    library.put_source(Source("notes", "/notes", "history"))
    key = library.put_document(document())
    library.publish(generation(1), [key], [])
    for change in ("sql || ' WHERE 0'", "replace(sql, ' WHERE 0', '')"):
        with closing(sqlite3.connect(home.library)) as connection, connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(f"UPDATE sqlite_master SET sql = {change} WHERE name = 'memberships_open'")
        if change.startswith("sql"):
            place.execute("REINDEX memberships_open")
    with closing(Library(home.library)) as opened:
        assert opened.check() != []
        assert opened.counts() == opened.counts(1) == [("notes", "history", 1, "1946-11-14")]
        assert opened.members() == {key: Member("notes", "albania.md")}


@BOTH
def test_back_to_an_old_version_and_its_memberships(library: Library, place: LibraryPlace) -> None:
    old, new = document(), document(TEXT + " Or did it?")
    for number, version in enumerate((old, new, old), start=1):
        key = library.put_document(version)
        assert key == {old: 1, new: 2}[version]
        library.publish(generation(number), [key], [])
        assert library.members() == {key: Member("notes", "albania.md")}
        assert library.current() == generation(number)
        assert list(library.current_documents()) == [version]
    assert memberships(place) == [(1, 1, 2), (2, 2, 3), (1, 3, None)]
    assert library.find_documents("notes/albania.md", new.version) == [new]
    assert library.next_generation_id() == 4


@BOTH
def test_a_publication_replaces_the_membership_and_keeps_what_stays(library: Library, place: LibraryPlace) -> None:
    keys = [library.put_document(document(path=f"{name}.md")) for name in "abc"]
    library.publish(generation(1), keys[:2], [])
    library.publish(generation(2), keys[1:], [])
    assert memberships(place) == [(1, 1, 2), (2, 1, None), (3, 2, None)]
    assert [found.path for found in library.current_documents()] == ["b.md", "c.md"]
    assert library.counts() == [("notes", "history", 2, "1946-11-14")]
    library.publish(generation(3), keys[2:], [])
    assert [library.counts(number)[0][2] for number in (1, 2, 3)] == [2, 2, 1]


@BOTH
def test_a_publication_lets_removed_sources_go(library: Library) -> None:
    library.put_source(Source("notes", "/notes", "history"))
    library.put_source(Source("other", "/other", "history"))
    key = library.put_document(document())
    library.publish(generation(1), [key], [])
    library.publish(generation(2), [], ["notes"])
    assert library.sources() == (Source("other", "/other", "history"),)
    assert library.files("notes") == {}
    assert list(library.current_documents()) == []
    assert library.documents([key]) == {key: document()}  # a citation of it can still be checked


@BOTH
def test_a_publication_happens_whole_or_not_at_all(library: Library, place: LibraryPlace) -> None:
    library.put_source(Source("notes", "/notes", "history"))
    keys = [library.put_document(document(path=f"{name}.md")) for name in "ab"]
    library.publish(generation(1), keys[:1], [])
    with pytest.raises(LibraryError) as caught:
        library.publish(generation(2), [keys[1], 99], ["notes"])  # there is no document 99
    assert (
        caught.value.user_message
        == {
            "sqlite": "The library refused an operation: FOREIGN KEY constraint failed.",
            "postgresql": "PostgreSQL refused an operation on the library (ForeignKeyViolation, 23503).",
        }[place.kind]
    )

    def names() -> list[str]:
        raise RuntimeError("in the middle")

    class Failing(list[str]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield "notes"
            names()

    with pytest.raises(RuntimeError, match="in the middle"):
        library.publish(generation(2), [keys[1]], Failing())
    assert library.current() == generation(1)
    assert library.members() == {keys[0]: Member("notes", "a.md")}
    assert library.sources() == (Source("notes", "/notes", "history"),)
    assert memberships(place) == [(1, 1, None)]
    assert library.next_generation_id() == 2


@BOTH
def test_before_the_first_publication_nothing_is_current(library: Library) -> None:
    library.put_document(document())
    assert library.current() is None
    assert library.members() == {}
    assert list(library.current_documents()) == []
    assert library.find_documents("notes/albania.md") == []
    assert library.counts() == []
    assert library.next_generation_id() == 1


@BOTH
def test_passages_come_back_with_their_document_in_the_order_asked(library: Library) -> None:
    key = library.put_document(document())
    assert library.unsplit([key], "s") == [key]
    passages = [
        Passage(10, 38, ("Tirana", "Año «1»"), (Span(10, 38),)),
        Passage(39, 57, (), (Span(39, 45), Span(46, 57))),
    ]
    library.put_passages(key, "s", passages, [b"1" * 32, b"2" * 32])
    assert library.unsplit([key], "s") == []
    assert library.unsplit([key], "other") == [key]
    stored = [StoredPassage(number, passage, document()) for number, passage in enumerate(passages, start=1)]
    assert library.passages([2, 1, 2]) == [stored[1], stored[0], stored[1]]
    assert [found.text for found in library.passages([1, 2])] == [
        "The legation closed in 1946.",
        "It never reopened.",
    ]
    with pytest.raises(LibraryError) as caught:
        library.passages([1, 3])
    assert caught.value.user_message == "The index names passage 3, which the library does not hold."


@BOTH
def test_vectors_are_kept_by_what_was_encoded(library: Library) -> None:
    first = library.put_document(document(path="a.md"))
    second = library.put_document(document(path="b.md"))
    passages = [Passage(10, 38, (), ()), Passage(39, 57, (), ())]
    library.put_passages(first, "s", passages, [b"x", b"y"])
    library.put_passages(second, "s", passages, [b"y", b"z"])
    # "y" stands in both and is to be encoded once
    assert list(library.vectors.missing([first, second], "s", "m").items()) == [(b"x", 1), (b"y", 2), (b"z", 4)]
    library.vectors.put("m", [b"x", b"y"], np.array([[1, 0], [0, 1]], dtype=np.float32), [NONE, NONE])
    assert library.vectors.missing([first, second], "s", "m") == {b"z": 4}
    assert library.vectors.missing([first], "s", "m") == {}
    assert library.vectors.missing([first], "s", "other") == {b"x": 1, b"y": 2}
    with pytest.raises(LibraryError) as caught:
        library.vectors.of_passages([1, 2, 3, 4], "m", 2)
    assert caught.value.user_message == "The vector of passage 4 is missing or damaged; run: legation sync --verify"
    # x is there already
    library.vectors.put("m", [b"z", b"x"], np.array([[0.6, 0.8], [9, 9]], dtype=np.float32), [NONE, NONE])
    rows = library.passage_rows([second, first], "s")
    assert [(row.id, row.document_key) for row in rows] == [(1, first), (2, first), (3, second), (4, second)]
    assert {(row.collection, row.published) for row in rows} == {(document().collection, document().published)}
    assert library.passage_rows([first, second], "other") == []
    expected = np.array([[1, 0], [0, 1], [0, 1], [0.6, 0.8]], dtype=np.float32)
    assert np.array_equal(library.vectors.of_passages([1, 2, 3, 4], "m", 2), expected)
    assert np.array_equal(library.vectors.of_passages([4, 1], "m", 2), expected[[3, 0]])
    for ids, dimension in (([1], 3), ([5], 2)):
        with pytest.raises(LibraryError):
            library.vectors.of_passages(ids, "m", dimension)


def with_sentences(library: Library) -> int:
    """A document whose two passages have two sentences and one, encoded as ``x`` and ``y``."""
    key = library.put_document(document())
    two = Passage(10, 57, (), (Span(10, 38), Span(39, 57)))
    library.put_passages(key, "s", [two, Passage(39, 57, (), (Span(39, 57),))], [b"x", b"y"])
    return key


@BOTH
def test_sentence_vectors_come_back_at_half_precision_in_the_order_asked(library: Library) -> None:
    with_sentences(library)
    two = np.array([[0.6, 0.8], [1 / 3, -0.9428090415820634]], dtype=np.float32)
    one = np.array([[-1, 0]], dtype=np.float32)
    library.vectors.put("m", [b"x", b"y"], np.array([[1, 0], [0, 1]], dtype=np.float32), [two, one])
    found = library.vectors.of_sentences([2, 1, 2], "m", 2)
    assert [vectors.dtype for vectors in found] == [np.float32] * 3
    expected = [vectors.astype("<f2").astype(np.float32) for vectors in (one, two, one)]
    assert [vectors.tobytes() for vectors in found] == [vectors.tobytes() for vectors in expected]
    assert found[1].tolist() == [[0.60009765625, 0.7998046875], [0.333251953125, -0.94287109375]]
    assert library.vectors.of_sentences([], "m", 2) == []
    # What is there stays: the same text always has the same vectors.
    library.vectors.put("m", [b"x"], np.array([[9, 9]], dtype=np.float32), [two * 2])
    assert library.vectors.of_sentences([1], "m", 2)[0].tobytes() == expected[1].tobytes()


@given(arrays(np.float32, (4, 384), elements=st.floats(-1, 1, width=32)))
def test_half_precision_hardly_moves_a_cosine(made: npt.NDArray[np.float32]) -> None:
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    vectors = made[lengths[:, 0] > 1e-3] / lengths[lengths > 1e-3][:, None]
    moved = vectors.astype("<f2").astype(np.float32)
    assert np.abs(moved @ vectors.T - vectors @ vectors.T).max(initial=0) < 0.001


@BOTH
def test_a_passage_without_sentences_has_no_sentence_vectors(library: Library) -> None:
    key = library.put_document(document())
    library.put_passages(key, "s", [Passage(10, 38, (), ())], [b"x"])
    library.vectors.put("m", [b"x"], np.array([[1, 0]], dtype=np.float32), [NONE])
    assert [vectors.shape for vectors in library.vectors.of_sentences([1], "m", 2)] == [(0, 2)]


@pytest.mark.parametrize(
    "change",
    [
        ("DELETE FROM vectors WHERE encoded_digest = ?", b"x"),
        ("UPDATE vectors SET fingerprint = 'other'",),
        ("UPDATE vectors SET sentences = substr(sentences, 1, 7)",),
        ("UPDATE vectors SET sentences = ?", b""),
        ("UPDATE vectors SET sentences = ?", bytes(10)),
        ("UPDATE passages SET sentences = '[[10, 38]]'",),
        ("UPDATE passages SET sentences = '5'",),
    ],
)
@BOTH
def test_sentence_vectors_that_do_not_fit_are_refused(
    library: Library, place: LibraryPlace, change: tuple[str, ...]
) -> None:
    with_sentences(library)
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    library.vectors.put("m", [b"x", b"y"], vectors, [vectors, vectors[:1]])
    place.execute(*change)
    with pytest.raises(LibraryError) as caught:
        library.vectors.of_sentences([1], "m", 2)
    told = "The sentence vectors of passage 1 are missing or damaged; run: legation sync --verify"
    assert caught.value.user_message == told


@BOTH
def test_sentence_vectors_of_an_unknown_passage_model_or_dimension_are_refused(library: Library) -> None:
    with_sentences(library)
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    library.vectors.put("m", [b"x", b"y"], vectors, [vectors, vectors[:1]])
    for passage, fingerprint, dimension in ((3, "m", 2), (1, "other", 2), (1, "m", 3)):
        with pytest.raises(LibraryError):
            library.vectors.of_sentences([passage], fingerprint, dimension)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE documents SET text = replace(text, '1946', '1947')",
        "UPDATE documents SET title = 'Albany'",
        "UPDATE documents SET url = NULL",
        "UPDATE documents SET headings = '[[0, 8, 1, \"Rome\"]]'",
        "UPDATE documents SET blocks = 'no JSON'",
        "UPDATE documents SET version = replace(version, substr(version, 1, 1), 'x')",
        "UPDATE documents SET text = CAST(x'ff' AS TEXT)",  # which PostgreSQL does not store
    ],
)
@BOTH
def test_a_row_that_was_changed_behind_our_back_is_refused(library: Library, place: LibraryPlace, change: str) -> None:
    key = library.put_document(document())
    library.put_passages(key, "s", [Passage(10, 38, (), ())], [b"x"])
    library.publish(generation(1), [key], [])
    if "x'ff'" in change and place.kind == "postgresql":
        return
    place.execute(change)
    for reading in (
        lambda: library.documents([key]),
        lambda: library.passages([1]),
        lambda: list(library.current_documents()),
        lambda: library.find_documents("albania.md"),
    ):
        with pytest.raises(LibraryError):
            reading()


@BOTH
def test_a_source_with_a_damaged_option_is_refused(library: Library, place: LibraryPlace) -> None:
    library.put_source(Source("notes", "/notes", "c", "list"))
    place.execute("UPDATE sources SET options = replace(options, 'kind', '+ind')")
    with pytest.raises(LibraryError, match="A row of the library is damaged"):
        library.sources()


@BOTH
def test_damaged_json_of_a_passage_is_refused(library: Library, place: LibraryPlace) -> None:
    key = library.put_document(document())
    library.put_passages(key, "s", [Passage(10, 38, (), ())], [b"x"])
    place.execute("UPDATE passages SET sentences = '[[1,'")
    with pytest.raises(LibraryError):
        library.vectors.of_sentences([1], "m", 2)
    with pytest.raises(LibraryError) as caught:
        library.passages([1])
    assert caught.value.user_message == "Passage 1 is no longer as it was stored; it is not quoted."


@BOTH
def test_an_unknown_document_key_is_refused(library: Library) -> None:
    with pytest.raises(LibraryError) as caught:
        library.documents([5])
    assert caught.value.user_message == "The library does not hold document number 5."


@BOTH
def test_documents_are_found_by_id_then_path_then_end_of_path(library: Library) -> None:
    made = {
        name: document(TEXT + name, path=path, id=f"{source}/{path}", source=source)
        for name, source, path in (
            ("one", "notes", "a.md"),
            ("two", "notes", "deep/a.md"),
            ("three", "other", "a.md"),
            ("four", "other", "notes/a.md"),
            ("five", "other", "a%.md"),
            ("six", "other", "ba.md"),
        )
    }
    keys = [library.put_document(each) for each in made.values()]
    library.publish(generation(1), keys, [])
    assert library.find_documents("notes/a.md") == [made["one"]]  # an id wins over the end of a path
    assert library.find_documents("a.md") == [made["one"], made["two"], made["three"], made["four"]]
    assert library.find_documents("deep/a.md") == [made["two"]]
    assert library.find_documents("a%.md") == [made["five"]]
    assert library.find_documents("%") == []
    assert library.find_documents("") == []
    assert library.find_documents("A.md") == []
    assert library.find_documents("x' OR 1=1 --") == []


@BOTH
def test_an_old_version_is_found_by_its_version_only(library: Library) -> None:
    old, new = document(), document(TEXT + " Or did it?")
    library.publish(generation(1), [library.put_document(old)], [])
    library.publish(generation(2), [library.put_document(new)], [])
    for name in ("notes/albania.md", "albania.md"):
        assert library.find_documents(name) == [new]
        assert library.find_documents(name, new.version) == [new]
        assert library.find_documents(name, old.version) == [old]
        assert library.find_documents(name, "0" * 64) == []
    library.publish(generation(3), [], [])
    assert library.find_documents("albania.md") == []
    assert library.find_documents("albania.md", old.version) == [old]


@BOTH
def test_documents_can_be_walked_while_others_are_asked_for(library: Library) -> None:
    keys = [library.put_document(document(path=f"{name}.md")) for name in "ab"]
    library.publish(generation(1), keys, [])
    found = [library.find_documents(each.id) for each in library.current_documents()]
    assert found == [[document(path="a.md")], [document(path="b.md")]]
    walk = library.current_documents()
    next(walk)
    library.publish(generation(2), keys[1:], [])  # an unfinished walk holds up no writer
    walk.close()  # type: ignore[attr-defined]


@BOTH
def test_eight_readers_see_one_generation_each_while_a_writer_publishes(library: Library) -> None:
    versions = {}
    for number in range(1, 21):
        made = document(f"{TEXT} Revision {number}.")
        versions[library.put_document(made)] = made
    keys = list(versions)
    library.publish(generation(1), keys[:1], [])
    done = threading.Event()

    def read() -> list[int]:
        seen = []
        while not done.is_set():
            ((key, member),) = library.members().items()
            assert member == Member("notes", "albania.md")
            assert library.documents([key]) == {key: versions[key]}
            record = library.current()
            assert record is not None
            assert record.id >= key
            (found,) = library.find_documents("albania.md")
            assert found in versions.values()
            seen.append(key)
        return seen

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        try:
            for number, key in enumerate(keys[1:], start=2):
                library.publish(generation(number), [key], [])
        finally:
            done.set()
        for reader in readers:
            seen = reader.result()
            assert seen == sorted(seen)  # nobody sees an older generation after a newer one
    assert library.members() == {20: Member("notes", "albania.md")}


@pytest.mark.parametrize("first", ["library", "lock", "manifest"])
def test_a_new_home_is_for_its_owner_alone(home: Home, first: str) -> None:
    if first == "library":
        Library(home.library).close()
    elif first == "lock":
        with writer_lock(home.lock):
            pass
    else:
        with alone(home.manifest):
            pass
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
